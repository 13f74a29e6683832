//! Branches that test one value for one outcome become one branch.
//!
//! **What:** where two branches in a row on the same value have a common target, and both tests together are one
//! compare, one branch is left: `x >= 'a' && x <= 'z'` is `x - 'a' <u 26`. **Why:** half the branches of scanners and
//! bounds checks, and larger blocks for what follows.
//!
//! **Algorithm:** for each region and each way into it that comes from a branch right behind another one, whose other
//! side leads to the region too: the values that lead there by either way are an interval each, on a circle of all
//! values. If their union is one too, a single compare takes the place of the first condition. A region is looked at
//! again when ways into it have changed.
//!
//! **Needs:** nothing. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** conditions on different values, which would be computed more often than before; chains of
//! equalities that would become a switch.
//!
//! **Tests:** `tests/files/merge_branches`.

use son_ir::{Graph, Inputs, NodeId, Op, Type, Weights};

/// Merges all branches that can be. Returns how many went.
pub(crate) fn merge(graph: &mut Graph) -> usize {
    let mut worklist: Vec<NodeId> = graph.nodes().filter(|&node| graph.is(node, Op::Region)).collect();
    worklist.reverse();
    graph.hold();
    let mut merged = 0;
    while let Some(region) = worklist.pop() {
        while let Some(pair) = find(graph, region) {
            let branch = apply(graph, region, pair);
            merged += 1;
            worklist.extend(regions_behind(graph, branch));
            if !graph.is_live(region) {
                break;
            }
        }
    }
    graph.release();
    merged
}

/// Two ways into a region: by a side of the first branch, and by a side of the branch on its other side.
struct Pair {
    first: NodeId,
    second: NodeId,
    /// The first branch's side that leads to the region, and that which leads to the second branch.
    sides: [NodeId; 2],
    /// The second branch's side that leads to the region, as a way into it.
    way: usize,
    /// What is tested, and the values that lead to the region.
    value: NodeId,
    values: Interval,
}

fn find(graph: &Graph, region: NodeId) -> Option<Pair> {
    if !graph.is_live(region) || !graph.is(region, Op::Region) {
        return None;
    }
    (0..graph.num_inputs(region)).find_map(|way| pair_at(graph, region, way))
}

fn pair_at(graph: &Graph, region: NodeId, way: usize) -> Option<Pair> {
    let last = graph.input(region, way);
    let second = branch_of(graph, last)?;
    let between = graph.input(second, 0);
    let first = branch_of(graph, between).filter(|_| graph.has_one_use(between))?;
    let direct = graph.users(first).find(|&side| side != between)?;
    let other_way = graph.inputs(region).position(|control| control == direct)?;
    let same = |phi| graph.input(phi, way + 1) == graph.input(phi, other_way + 1);
    let (value, direct_values) = taken_for(graph, direct)?;
    let (other_value, last_values) = taken_for(graph, last)?;
    if other_value != value || !graph.phis(region).all(same) {
        return None;
    }
    let values = direct_values.union(last_values)?;
    Some(Pair { first, second, sides: [direct, between], way, value, values })
}

/// The branch whose side the control node is.
fn branch_of(graph: &Graph, side: NodeId) -> Option<NodeId> {
    let branch = graph.is(side, Op::Proj).then(|| graph.input(side, 0))?;
    graph.is(branch, Op::If).then_some(branch)
}

/// The value that the branch compares with a constant, and for which of its values control goes to this side.
fn taken_for(graph: &Graph, side: NodeId) -> Option<(NodeId, Interval)> {
    let condition = graph.input(graph.input(side, 0), 1);
    if !graph.op(condition).is_int_compare() {
        return None;
    }
    let (a, b) = (graph.input(condition, 0), graph.input(condition, 1));
    let ty = graph.ty(a);
    if !ty.is_int() || ty.bits() > 64 {
        return None;
    }
    let op = graph.op(condition);
    let (value, values) = match (graph.constant(a), graph.constant(b)) {
        (None, Some(bound)) => (a, Interval::satisfying(op, bound, ty, false)?),
        (Some(bound), None) => (b, Interval::satisfying(op, bound, ty, true)?),
        _ => return None,
    };
    Some((value, if graph.payload(side) == 0 { values } else { values.complement() }))
}

/// Values of an integer from `start` on, around the circle of all values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Interval {
    start: u64,
    /// How many.
    len: u128,
    ty: Type,
}

impl Interval {
    /// The values `x` with `x op bound`, or `bound op x` if the sides are exchanged.
    fn satisfying(op: Op, bound: u64, ty: Type, exchanged: bool) -> Option<Interval> {
        let least = if matches!(op, Op::Slt | Op::Sle) { 1u64 << (ty.bits() - 1) } else { 0 };
        let below = u128::from(bound.wrapping_sub(least) & ty.mask());
        let from_least = |len| Interval { start: least, len, ty };
        Some(match (op, exchanged) {
            (Op::Eq, _) => Interval { start: bound, len: 1, ty },
            (Op::Ne, _) => Interval { start: bound, len: 1, ty }.complement(),
            (Op::Slt | Op::Ult, false) => from_least(below),
            (Op::Sle | Op::Ule, false) => from_least(below + 1),
            (Op::Slt | Op::Ult, true) => from_least(below + 1).complement(),
            (Op::Sle | Op::Ule, true) => from_least(below).complement(),
            _ => return None,
        })
    }

    fn all(self) -> u128 {
        1 << self.ty.bits()
    }

    fn complement(self) -> Interval {
        let start = self.start.wrapping_add(self.len as u64) & self.ty.mask();
        Interval { start, len: self.all() - self.len, ty: self.ty }
    }

    /// The union, if it is an interval: one starts in the other or right behind it.
    fn union(self, other: Interval) -> Option<Interval> {
        self.extended(other).or_else(|| other.extended(self))
    }

    /// The union with one that starts in this one or right behind it.
    fn extended(self, other: Interval) -> Option<Interval> {
        let distance = u128::from(other.start.wrapping_sub(self.start) & self.ty.mask());
        let len = self.len.max(distance + other.len).min(self.all());
        (distance <= self.len).then_some(Interval { len, ..self })
    }

    /// The compare that holds for these values of `value`.
    fn test(self, graph: &mut Graph, value: NodeId) -> NodeId {
        let ty = self.ty;
        if self.len == self.all() {
            return graph.iconst(Type::I1, 1);
        }
        let start = graph.iconst(ty, self.start);
        let index = graph.pure(Op::Sub, ty, &[value, start]);
        let len = graph.iconst(ty, self.len as u64);
        graph.pure(Op::Ult, Type::I1, &[index, len])
    }
}

/// Puts one branch in place of both.
fn apply(graph: &mut Graph, region: NodeId, pair: Pair) -> NodeId {
    let Pair { first, second, sides: [direct, between], way, value, values } = pair;
    let last = graph.input(region, way);
    let away = graph.users(second).find(|&side| side != last).expect("law 6: a branch has two sides");
    let weights = weights(graph, direct, last);
    let saved = graph.current_origin();
    graph.set_origin(graph.origin(first));
    let inputs = [graph.input(first, 0), values.test(graph, value)];
    let branch = graph.raw(Op::If, Type::TUPLE, weights.payload(), &inputs);
    let (yes, no) = (graph.insert_proj(branch, 0, Type::CTRL), graph.insert_proj(branch, 1, Type::CTRL));
    graph.set_origin(saved);
    graph.drop_region_input(region, way);
    graph.replace(direct, yes);
    graph.replace(away, no);
    for node in [direct, away, last, second, between, first] {
        graph.kill(node);
    }
    if graph.num_inputs(region) == 1 {
        graph.collapse_region(region);
    }
    branch
}

/// How often control goes to the region, and how often past it.
fn weights(graph: &Graph, direct: NodeId, last: NodeId) -> Weights {
    let of = |side: NodeId| {
        let weights = Weights::from_payload(graph.payload(graph.input(side, 0)));
        let weights = if graph.payload(side) == 0 { weights } else { weights.swapped() };
        (f64::from(weights.on_true), f64::from(weights.on_false))
    };
    let ((direct, rest), (last, away)) = (of(direct), of(last));
    if direct + rest == 0.0 || last + away == 0.0 {
        return Weights::default();
    }
    let share = last / (last + away);
    Weights { on_true: (direct + rest * share) as u32, on_false: (rest * (1.0 - share)) as u32 }
}

/// Regions that the branch's sides lead to, at once or behind another branch.
fn regions_behind(graph: &Graph, branch: NodeId) -> Inputs {
    let mut regions = Inputs::new();
    for side in graph.users(branch) {
        for user in graph.users(side) {
            match graph.op(user) {
                Op::Region => regions.push(user),
                Op::If => {
                    let ends = graph.users(user).flat_map(|side| graph.users(side));
                    regions.extend(ends.filter(|&end| graph.is(end, Op::Region)));
                }
                _ => {}
            }
        }
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All intervals of 3 bits, as sets.
    #[test]
    fn unions_are_those_of_sets() {
        let ty = Type::int(3);
        let set = |interval: Interval| {
            (0..interval.len as u64).fold(0u32, |set, i| set | 1 << (interval.start.wrapping_add(i) & ty.mask()))
        };
        let all = || (0..8).flat_map(|start| (0..=8).map(move |len| Interval { start, len, ty }));
        for a in all() {
            assert_eq!(set(a) ^ set(a.complement()), 0xff);
            for b in all() {
                let union = set(a) | set(b);
                match a.union(b) {
                    Some(found) => assert_eq!(set(found), union, "{a:?} {b:?}"),
                    None => assert!(a.len == 0 || b.len == 0 || all().all(|c| set(c) != union), "{a:?} {b:?}"),
                }
            }
        }
    }

    #[test]
    fn compares_are_intervals() {
        let ty = Type::int(3);
        let signed = |x: u64| ty.sign_extend(x);
        for op in [Op::Eq, Op::Ne, Op::Slt, Op::Sle, Op::Ult, Op::Ule] {
            for (bound, x, exchanged) in (0..128).map(|i| (i & 7, i >> 3 & 7, i >> 6 & 1 == 1)) {
                let (a, b) = if exchanged { (bound, x) } else { (x, bound) };
                let holds = match op {
                    Op::Eq => a == b,
                    Op::Ne => a != b,
                    Op::Slt => signed(a) < signed(b),
                    Op::Sle => signed(a) <= signed(b),
                    Op::Ult => a < b,
                    _ => a <= b,
                };
                let interval = Interval::satisfying(op, bound, ty, exchanged).unwrap();
                let inside = u128::from(x.wrapping_sub(interval.start) & ty.mask()) < interval.len;
                assert_eq!(inside, holds, "{op} {bound} {x} {exchanged}");
            }
        }
    }
}
