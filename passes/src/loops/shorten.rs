//! Sums, products and the like in loops, in the order in which their operands are ready.
//!
//! **What:** in `s = (s + x) + y` with `s` from the turn before, `x + y` is added first: `s = s + (x + y)`. **Why:** what one
//! turn hands to the next is the longest chain of a loop whose turns could otherwise overlap; here it is one addition
//! long instead of two. Sums with several new addends in each turn, unrolled ones, hashes and random numbers have this.
//!
//! **Algorithm:** one walk over the graph finds for each value which phis of its loop it depends on and, from that, which
//! phis depend on each other: the recurrences. A second one finds what is on the way around, and how many steps it is
//! behind the phis; other values are ready long before, since turns overlap. The operands of a tree of one op that
//! associates and commutes are combined anew in the order in which they are ready, one after the other or, if that is
//! better, always the two that are ready first, which is Huffman's algorithm (for depths: Golumbic, "Combinatorial
//! merging", 1976). A tree is left as it is if neither is better.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the rules. Sums lose their flags.
//!
//! **Does not try:** floats; differences; recurrences through memory; loops with more than 64 phis.
//!
//! **Tests:** `tests/files/shorten`.

use smallvec::SmallVec;
use son_ir::{Graph, NodeId, Op, OpFlags};
use std::cmp::Ordering;

/// Most operands of a tree.
const MAX_OPERANDS: usize = 16;
/// Most phis of a loop that are told apart.
const MAX_PHIS: u32 = 64;

/// Reorders the trees that hold up their loops. Returns how many.
pub fn shorten(graph: &mut Graph) -> usize {
    if !graph.nodes().any(|node| graph.is(node, Op::Loop)) {
        return 0;
    }
    let order = graph.post_order();
    let mut depths = Depths::new(graph, &order);
    let mut changed = 0;
    graph.hold();
    for root in order {
        if graph.is_live(root) && is_root(graph, root, &depths) {
            changed += usize::from(reorder(graph, root, &mut depths));
        }
    }
    graph.release();
    changed
}

// ---- Recurrences ----

/// The phis that a value depends on.
#[derive(Clone, Copy, Default)]
struct Dependence {
    /// Number of their loop, the last one that is entered; 0 for none.
    group: u32,
    /// A bit for each.
    phis: u64,
}

/// The phis of a loop.
#[derive(Default)]
struct Group {
    phis: SmallVec<[NodeId; 8]>,
    /// Those that are part of a recurrence.
    recurrent: u64,
}

/// What each value depends on, and the groups by number.
fn dependences(graph: &Graph, order: &[NodeId]) -> (Vec<Dependence>, Vec<Group>) {
    let mut groups = vec![Group::default()];
    let mut found = vec![Dependence::default(); graph.len()];
    for &node in order {
        found[node.index()] = if is_header_phi(graph, node) {
            // A loop has no value; its row says the number of the group.
            let header = graph.input(node, 0).index();
            if found[header].group == 0 {
                found[header].group = groups.len() as u32;
                groups.push(Group::default());
            }
            let group = found[header].group;
            let phis = &mut groups[group as usize].phis;
            phis.push(node);
            Dependence { group, phis: 1u64.checked_shl(phis.len() as u32 - 1).unwrap_or(0) }
        } else {
            values(graph, node).fold(Dependence::default(), |a, input| {
                let b = found[input.index()];
                match a.group.cmp(&b.group) {
                    Ordering::Less => b,
                    Ordering::Equal => Dependence { group: a.group, phis: a.phis | b.phis },
                    Ordering::Greater => a,
                }
            })
        };
    }
    (found, groups)
}

/// The phis that come back to themselves by more than one step: those of counters are ready turns ahead.
fn recurrent(graph: &Graph, group: &Group, number: u32, of: &[Dependence]) -> u64 {
    let next = |&phi: &NodeId| of[graph.input(phi, 2).index()];
    let mut reach: SmallVec<[u64; 8]> =
        group.phis.iter().map(next).map(|next| if next.group == number { next.phis } else { 0 }).collect();
    reach.truncate(MAX_PHIS as usize);
    for middle in 0..reach.len() {
        let behind = reach[middle];
        for from in reach.iter_mut().filter(|from| **from >> middle & 1 != 0) {
            *from |= behind;
        }
    }
    let comes_back = |phi: &usize| reach[*phi] >> phi & 1 != 0 && !is_counter(graph, group.phis[*phi], 1 << phi, of);
    (0..reach.len()).filter(comes_back).fold(0, |all, phi| all | 1 << phi)
}

/// Does one step lead from the phi to its next value, with nothing else that depends on it?
fn is_counter(graph: &Graph, phi: NodeId, bit: u64, of: &[Dependence]) -> bool {
    let next = graph.input(phi, 2);
    let others = |input: NodeId| {
        input == phi || of[input.index()].phis & bit == 0 || of[input.index()].group != of[phi.index()].group
    };
    values(graph, next).any(|input| input == phi) && values(graph, next).all(others)
}

/// How late values are that are on the way around a loop.
struct Depths {
    /// By node: steps behind the start of a turn, 1 for phis; 0 if it is not on the way around.
    depths: Vec<u32>,
    of: Vec<Dependence>,
}

impl Depths {
    fn new(graph: &Graph, order: &[NodeId]) -> Depths {
        let (of, mut groups) = dependences(graph, order);
        for (number, group) in groups.iter_mut().enumerate().skip(1) {
            group.recurrent = recurrent(graph, group, number as u32, &of);
        }
        let recurrent: Vec<bool> = of.iter().map(|of| of.phis & groups[of.group as usize].recurrent != 0).collect();
        let is_recurrent = |node: NodeId| recurrent[node.index()];
        let mut goes_around = vec![false; graph.len()];
        for phi in groups.iter().flat_map(|group| &group.phis).filter(|&&phi| is_recurrent(phi)) {
            goes_around[graph.input(*phi, 2).index()] = true;
        }
        for &node in order.iter().rev().filter(|&&node| !is_header_phi(graph, node)) {
            if goes_around[node.index()] && is_recurrent(node) {
                values(graph, node).for_each(|input| goes_around[input.index()] = true);
            }
        }
        let mut depths = Depths { depths: vec![0; graph.len()], of };
        for &node in order.iter().filter(|&&node| goes_around[node.index()]) {
            if is_recurrent(node) {
                let last = values(graph, node).map(|input| depths.of(input, node)).max().unwrap_or(0);
                depths.depths[node.index()] = if is_header_phi(graph, node) { 1 } else { last + latency(graph, node) };
            }
        }
        depths
    }

    /// Of an input as its user sees it: what an earlier loop made is ready.
    fn of(&self, input: NodeId, user: NodeId) -> u32 {
        let known = input.index() < self.of.len() && user.index() < self.of.len();
        let other = known && self.of[input.index()].group != self.of[user.index()].group;
        if other { 0 } else { self.get(input) }
    }

    fn get(&self, node: NodeId) -> u32 {
        self.depths.get(node.index()).copied().unwrap_or(0)
    }

    fn set(&mut self, node: NodeId, depth: u32) {
        self.depths.resize(self.depths.len().max(node.index() + 1), 0);
        self.depths[node.index()] = depth;
    }
}

fn is_header_phi(graph: &Graph, node: NodeId) -> bool {
    graph.is(node, Op::Phi) && graph.is(graph.input(node, 0), Op::Loop)
}

/// The values that a value is computed from; what memory holds and what calls return counts as ready.
fn values(graph: &Graph, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    let source = is_header_phi(graph, node) || !graph.ty(node).is_data();
    graph.inputs(node).filter(move |&input| !source && graph.ty(input).is_data())
}

/// Steps that an op takes, roughly.
fn latency(graph: &Graph, node: NodeId) -> u32 {
    match graph.op(node) {
        Op::ZExt | Op::Trunc | Op::Pi | Op::Freeze | Op::Phi | Op::Bitcast => 0,
        Op::Mul => 3,
        Op::Load => 4,
        Op::UDiv | Op::SDiv | Op::URem | Op::SRem => 20,
        _ if graph.ty(node).is_float() => 4,
        _ => 1,
    }
}

// ---- Trees ----

/// Is it the root of a tree of one op that is on the way around?
fn is_root(graph: &Graph, node: NodeId, depths: &Depths) -> bool {
    let op = graph.op(node);
    let inner = |user: NodeId| graph.op(user) == op && graph.has_one_use(node) && depths.get(user) > 0;
    op.is(OpFlags::ASSOCIATES) && graph.ty(node).is_int() && depths.get(node) > 0 && !graph.users(node).any(inner)
}

/// Combines the operands of the tree anew if the result is ready earlier then.
fn reorder(graph: &mut Graph, root: NodeId, depths: &mut Depths) -> bool {
    let (mut operands, constant) = operands_of(graph, root, depths);
    operands.sort_by_key(|&(_, depth)| depth);
    let step = latency(graph, root);
    let best = depths.get(root) - if constant.is_some() { step } else { 0 };
    let plan = [linear(&operands, step), huffman(&operands, step)].into_iter().min_by_key(|plan| plan.depth);
    let Some(plan) = plan.filter(|plan| operands.len() > 2 && plan.depth < best) else { return false };
    let (op, ty, saved) = (graph.op(root), graph.ty(root), graph.current_origin());
    graph.set_origin(graph.origin(root));
    let mut nodes: SmallVec<[NodeId; 2 * MAX_OPERANDS]> = operands.iter().map(|&(node, _)| node).collect();
    for (a, b) in plan.pairs {
        let pair = [nodes[a], nodes[b]];
        nodes.push(graph.pure(op, ty, &pair));
    }
    let mut result = nodes[nodes.len() - 1];
    if let Some(constant) = constant {
        result = graph.pure(op, ty, &[result, constant]);
    }
    graph.set_origin(saved);
    depths.set(result, plan.depth + if constant.is_some() { step } else { 0 });
    graph.replace(root, result);
    true
}

type Operands = SmallVec<[(NodeId, u32); MAX_OPERANDS]>;

/// The operands of a tree with their depths; a constant stays the last one to be combined.
fn operands_of(graph: &Graph, root: NodeId, depths: &Depths) -> (Operands, Option<NodeId>) {
    let (mut operands, mut constant) = (Operands::new(), None);
    let mut parts: SmallVec<[NodeId; MAX_OPERANDS]> = graph.inputs(root).rev().collect();
    while let Some(part) = parts.pop() {
        let inner = graph.op(part) == graph.op(root) && graph.has_one_use(part) && depths.get(part) > 0;
        if inner && operands.len() + parts.len() + 2 <= MAX_OPERANDS {
            parts.extend(graph.inputs(part).rev());
        } else if constant.is_none() && graph.constant(part).is_some() {
            constant = Some(part);
        } else {
            operands.push((part, depths.of(part, root)));
        }
    }
    (operands, constant)
}

/// Which operands and results are combined, by number; a result has the next number.
struct Plan {
    pairs: SmallVec<[(usize, usize); MAX_OPERANDS]>,
    depth: u32,
}

/// The depth of a combination: what is ready before the turn begins makes what is.
fn joint(a: u32, b: u32, step: u32) -> u32 {
    if a.max(b) == 0 { 0 } else { a.max(b) + step }
}

/// One after the other, in the order of their depths.
fn linear(operands: &Operands, step: u32) -> Plan {
    let mut plan = Plan { pairs: SmallVec::new(), depth: operands[0].1 };
    for (next, &(_, depth)) in operands.iter().enumerate().skip(1) {
        let sum = if next == 1 { 0 } else { operands.len() + next - 2 };
        plan.pairs.push((sum, next));
        plan.depth = joint(plan.depth, depth, step);
    }
    plan
}

/// Always the two that are ready first.
fn huffman(operands: &Operands, step: u32) -> Plan {
    let mut ready: SmallVec<[(u32, usize); MAX_OPERANDS]> =
        operands.iter().enumerate().map(|(number, &(_, depth))| (depth, number)).collect();
    let mut pairs = SmallVec::new();
    while let [(a, first), (b, second), ..] = ready[..] {
        let result = (joint(a, b, step), operands.len() + pairs.len());
        pairs.push((first, second));
        ready.drain(..2);
        let place = ready.partition_point(|other| *other < result);
        ready.insert(place, result);
    }
    Plan { pairs, depth: ready[0].0 }
}
