//! What expressions that are linear in a loop's counters are in the first iteration and in the last.
//!
//! A linear function that lies within a type at both ends of a range lies within it everywhere between, and is ordered
//! with another one everywhere between as it is at both ends. So an expression is computed ahead of the loop from the
//! first and the last values of counters, with conditions that no operation leaves its type at either end: under those
//! it is the same function of the counters in every iteration, whatever the flags of its operations say.

use super::outside::Outside;
use crate::relations::is_overflow_test;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::Block;
use son_ir::facts::IntFact;
use son_ir::facts::refine::{strip_pi, visit_conditions};
use son_ir::{Graph, NodeFlags, NodeId, Op, Type};

/// Most operations of an expression.
const MAX_OPERATIONS: usize = 24;

/// What a value is in the first iteration, and in the last.
pub(super) type Ends = [NodeId; 2];

/// A branch of a loop that leaves it.
pub(super) struct Exit {
    pub(super) block: Block,
    pub(super) condition: NodeId,
    /// What the condition is where control stays in the loop.
    pub(super) stays: bool,
}

/// A phi that steps by a constant, and what comes around.
#[derive(Clone, Copy)]
struct Counter {
    phi: NodeId,
    next: NodeId,
    step: i64,
}

impl Counter {
    fn new(graph: &Graph, head: NodeId, phi: NodeId) -> Option<Counter> {
        let ty = graph.ty(phi);
        let is_phi = graph.is(phi, Op::Phi) && graph.input(phi, 0) == head && ty.is_int() && ty.bits() <= 64;
        let next = is_phi.then(|| strip_pi(graph, graph.input(phi, 2)))?;
        let steps = graph.is(next, Op::Add) && strip_pi(graph, graph.input(next, 0)) == phi;
        let step = steps.then(|| graph.signed_constant(graph.input(next, 1)))??;
        (step != 0 && step != i64::MIN && ty.bits() > 1).then_some(Counter { phi, next, step })
    }

    fn goes_up(&self) -> bool {
        self.step > 0
    }
}

/// Finds the ends of expressions at one place of a loop.
pub(super) struct AtEnds<'a, 'b> {
    pub(super) outside: &'a mut Outside<'b>,
    pub(super) exits: &'a [Exit],
    /// The place: where expressions are asked for.
    pub(super) block: Block,
    /// What has to hold for ends to be what they are.
    holds: SmallVec<[NodeId; 8]>,
    known: FxHashMap<NodeId, Ends>,
}

impl<'a, 'b> AtEnds<'a, 'b> {
    pub(super) fn new(outside: &'a mut Outside<'b>, exits: &'a [Exit], block: Block) -> AtEnds<'a, 'b> {
        AtEnds { outside, exits, block, holds: SmallVec::new(), known: FxHashMap::default() }
    }

    /// A condition ahead of the loop under which the one given has the outcome in every iteration.
    pub(super) fn always(&mut self, condition: NodeId, outcome: bool) -> Option<NodeId> {
        self.holds.clear();
        self.known.clear();
        if let Some(same) = self.outside.invariant(condition) {
            self.hold(same, outcome);
        } else {
            self.test(condition, outcome)?;
        }
        let mut holds = std::mem::take(&mut self.holds).into_iter();
        let first = holds.next()?;
        let graph = &mut *self.outside.graph;
        let all = holds.fold(first, |all, condition| graph.pure(Op::And, Type::I1, &[all, condition]));
        (graph.constant(all) != Some(0)).then(|| graph.pure(Op::Freeze, Type::I1, &[all]))
    }

    /// A compare, or a test for overflow, of linear expressions.
    fn test(&mut self, condition: NodeId, outcome: bool) -> Option<()> {
        let graph = &*self.outside.graph;
        let op = graph.op(condition);
        let ordered = matches!(op, Op::Slt | Op::Sle | Op::Ult | Op::Ule);
        let is_product = matches!(op, Op::SMulOverflow | Op::UMulOverflow);
        let fits = (is_overflow_test(op) || is_product) && !outcome;
        if !(ordered || fits) {
            return None;
        }
        let operands = [graph.input(condition, 0), graph.input(condition, 1)];
        if !graph.ty(operands[0]).is_int() || graph.ty(operands[0]).bits() > 64 {
            return None;
        }
        let varies = operands.map(|operand| self.outside.invariant(operand).is_none());
        if is_product && varies == [true; 2] {
            return None;
        }
        let signed = matches!(op, Op::Slt | Op::Sle | Op::SAddOverflow | Op::SSubOverflow | Op::SMulOverflow);
        let ends = [self.ends(operands[0])?, self.ends(operands[1])?];
        for side in [0, 1] {
            for operand in (0..2).filter(|&operand| varies[operand] && !signed) {
                self.hold_not_negative(ends[operand][side]);
            }
            let test = self.outside.graph.pure(op, Type::I1, &[ends[0][side], ends[1][side]]);
            self.hold(test, outcome);
        }
        Some(())
    }

    fn hold(&mut self, condition: NodeId, outcome: bool) {
        let graph = &mut *self.outside.graph;
        let negation = graph.iconst(Type::I1, u64::from(!outcome));
        let condition = graph.pure(Op::Xor, Type::I1, &[condition, negation]);
        if graph.constant(condition) != Some(1) && !self.holds.contains(&condition) || self.holds.is_empty() {
            self.holds.push(condition);
        }
    }

    fn hold_not_negative(&mut self, value: NodeId) {
        let graph = &mut *self.outside.graph;
        let zero = graph.iconst(graph.ty(value), 0);
        let negative = graph.pure(Op::Slt, Type::I1, &[value, zero]);
        self.hold(negative, false);
    }

    /// The ends of a linear expression.
    fn ends(&mut self, of: NodeId) -> Option<Ends> {
        let mut stack: SmallVec<[NodeId; 8]> = smallvec::smallvec![of];
        let mut steps = 0;
        while let Some(&node) = stack.last() {
            steps += 1;
            if steps > MAX_OPERATIONS {
                return None;
            }
            if self.known.contains_key(&node) {
                stack.pop();
                continue;
            }
            if let Some(same) = self.outside.invariant(node) {
                self.known.insert(node, [same, same]);
            } else if let Some(ends) = self.of_counter(node) {
                self.known.insert(node, ends);
            } else {
                let operands = self.operands(node)?;
                let missing = operands.iter().find(|operand| !self.known.contains_key(operand));
                if let Some(&missing) = missing {
                    stack.push(missing);
                } else {
                    let ends = self.computed(node, &operands)?;
                    self.known.insert(node, ends);
                }
            }
        }
        self.known.get(&of).copied()
    }

    /// What a linear operation is computed from.
    fn operands(&self, node: NodeId) -> Option<SmallVec<[NodeId; 2]>> {
        let graph = &*self.outside.graph;
        let (op, ty) = (graph.op(node), graph.ty(node));
        if !ty.is_int() || ty.bits() > 64 {
            return None;
        }
        let all = || graph.inputs(node).collect();
        match op {
            Op::Pi => Some(smallvec::smallvec![graph.input(node, 1)]),
            Op::Add | Op::Sub | Op::SExt | Op::ZExt => Some(all()),
            Op::Trunc => (graph.ty(graph.input(node, 0)).bits() <= 64).then(all),
            Op::Mul => graph.inputs(node).any(|input| self.outside.invariant(input).is_some()).then(all),
            Op::Shl => graph.constant(graph.input(node, 1)).filter(|&by| by + 1 < u64::from(ty.bits())).map(|_| all()),
            _ => None,
        }
    }

    fn computed(&mut self, node: NodeId, operands: &[NodeId]) -> Option<Ends> {
        let ends: SmallVec<[Ends; 2]> = operands.iter().map(|operand| self.known[operand]).collect();
        let (op, ty) = (self.outside.graph.op(node), self.outside.graph.ty(node));
        let mut result = ends[0];
        for (side, end) in result.iter_mut().enumerate() {
            let a = ends[0][side];
            *end = match op {
                Op::Pi => a,
                Op::Add => self.exact((Op::Add, Op::SAddOverflow), a, ends[1][side]),
                Op::Sub => self.exact((Op::Sub, Op::SSubOverflow), a, ends[1][side]),
                Op::Mul => self.exact((Op::Mul, Op::SMulOverflow), a, ends[1][side]),
                Op::Shl => {
                    let by = self.outside.graph.constant(ends[1][side])?;
                    let factor = self.outside.graph.iconst(ty, 1 << by);
                    self.exact((Op::Mul, Op::SMulOverflow), a, factor)
                }
                Op::ZExt => {
                    self.hold_not_negative(a);
                    self.outside.graph.pure(Op::ZExt, ty, &[a])
                }
                Op::Trunc => self.cut(a, ty),
                _ => self.outside.graph.pure(Op::SExt, ty, &[a]),
            };
        }
        Some(result)
    }

    /// The result of an operation that does not leave its type.
    fn exact(&mut self, (op, overflow): (Op, Op), a: NodeId, b: NodeId) -> NodeId {
        let graph = &mut *self.outside.graph;
        let leaves = graph.pure(overflow, Type::I1, &[a, b]);
        let result = graph.pure(op, graph.ty(a), &[a, b]);
        self.hold(leaves, false);
        result
    }

    /// The low bits of a value that has no others.
    fn cut(&mut self, value: NodeId, ty: Type) -> NodeId {
        let graph = &mut *self.outside.graph;
        let low = graph.pure(Op::Trunc, ty, &[value]);
        let again = graph.pure(Op::SExt, graph.ty(value), &[low]);
        let same = graph.pure(Op::Eq, Type::I1, &[again, value]);
        self.hold(same, true);
        low
    }

    // ---- Counters ----

    /// The ends of a counter: by its own limit, or by that of another one, in lockstep with which it steps.
    fn of_counter(&mut self, node: NodeId) -> Option<Ends> {
        let head = self.outside.head;
        let counter = Counter::new(self.outside.graph, head, node)?;
        if let Some(ends) = self.of_limited(counter) {
            return Some(ends);
        }
        let graph = &*self.outside.graph;
        let others: SmallVec<[Counter; 4]> =
            graph.phis(head).filter_map(|phi| Counter::new(graph, head, phi)).collect();
        let fits = |other: &Counter| graph.ty(other.phi) == graph.ty(node) && other.step.abs() == 1;
        let others: SmallVec<[Counter; 4]> = others.iter().filter(|other| fits(other)).copied().collect();
        let (of_other, other) = others.iter().find_map(|&other| Some((self.of_limited(other)?, other)))?;
        let [from, to] = if other.goes_up() { of_other } else { [of_other[1], of_other[0]] };
        let trips = self.exact((Op::Sub, Op::SSubOverflow), to, from);
        let step = self.outside.graph.iconst(self.outside.graph.ty(node), counter.step as u64);
        let way = self.exact((Op::Mul, Op::SMulOverflow), trips, step);
        let first = self.outside.graph.input(node, 1);
        let first = self.outside.freeze(first);
        Some([first, self.exact((Op::Add, Op::SAddOverflow), first, way)])
    }

    /// The ends of a counter that a branch out of the loop limits; the last may lie further than what it comes to.
    fn of_limited(&mut self, counter: Counter) -> Option<Ends> {
        if let Some(&ends) = self.known.get(&counter.phi) {
            return Some(ends);
        }
        let exits = self.exits;
        let limit = exits.iter().find_map(|exit| self.limit(counter, exit))?;
        let first = self.outside.freeze(self.outside.graph.input(counter.phi, 1));
        let graph = &mut *self.outside.graph;
        let ty = graph.ty(counter.phi);
        // The first iteration is not limited by what is tested at the end of each.
        let farther = if counter.goes_up() { Op::SMax } else { Op::SMin };
        let last = graph.pure(farther, ty, &[first, limit]);
        if !graph.flags(counter.next).has(NodeFlags::NSW) {
            if counter.step.abs() != 1 {
                return None;
            }
            // Where it stops before its type's bound, it does not come around.
            let (low, high) = IntFact::full(ty).signed;
            let bound = graph.iconst(ty, if counter.goes_up() { high } else { low } as u64);
            let reached = graph.pure(Op::Eq, Type::I1, &[last, bound]);
            self.hold(reached, false);
        }
        self.known.insert(counter.phi, [first, last]);
        Some([first, last])
    }

    /// What the counter does not go beyond, but for the first iteration, because the loop would have been left.
    fn limit(&mut self, counter: Counter, exit: &Exit) -> Option<NodeId> {
        let tested_first = exit.block != self.block && self.outside.dominators.dominates(exit.block, self.block);
        if !tested_first && !self.outside.comes_before_next(exit.block) {
            return None;
        }
        let mut found = None;
        visit_conditions(self.outside.graph, exit.condition, exit.stays, &mut |condition, outcome| {
            found = found.or_else(|| Limit::new(self.outside, counter, condition, outcome));
        });
        let mut limit: Limit = found?;
        if !tested_first {
            limit.offset = limit.offset.checked_sub(counter.step)?;
        }
        limit.by = self.outside.freeze(limit.by);
        if limit.is_unsigned {
            self.hold_not_negative(limit.by);
        }
        limit.value(self.outside.graph, counter)
    }
}

/// `counter + offset <= by` for a counter that goes up, `>=` for one that goes down.
#[derive(Clone, Copy)]
struct Limit {
    by: NodeId,
    offset: i64,
    /// That is so only if what it is limited by is not negative.
    is_unsigned: bool,
}

impl Limit {
    fn new(outside: &Outside, counter: Counter, condition: NodeId, outcome: bool) -> Option<Limit> {
        let graph = &*outside.graph;
        let (op, a, b) = (graph.op(condition), graph.input(condition, 0), graph.input(condition, 1));
        let strict = match op {
            Op::Slt | Op::Ult => outcome,
            Op::Sle | Op::Ule => !outcome,
            _ => return None,
        };
        // The smaller of both first.
        let (less, more) = if outcome { (a, b) } else { (b, a) };
        let (sum, by) = if counter.goes_up() { (less, more) } else { (more, less) };
        let by = outside.invariant(by)?;
        let mut is_unsigned = matches!(op, Op::Ult | Op::Ule);
        if is_unsigned && !counter.goes_up() {
            // What is more than a number that would be a negative one is none that is not negative.
            if !graph.int_fact(sum).is_non_negative() {
                return None;
            }
            is_unsigned = false;
        }
        let offset = sum_of(graph, counter, sum)?;
        let beyond = i64::from(strict) * counter.step.signum();
        Some(Limit { by, offset: offset.checked_add(beyond)?, is_unsigned })
    }

    /// `by - offset`, or what lies farther if that leaves the type, as a counter.
    fn value(self, graph: &mut Graph, counter: Counter) -> Option<NodeId> {
        let ty = graph.ty(self.by);
        let (low, high) = IntFact::full(ty).signed;
        let clamped = match self.offset {
            0 => self.by,
            1.. => clamp(graph, Op::SMax, self.by, low.checked_add(self.offset).filter(|&least| least <= high)?),
            _ => clamp(graph, Op::SMin, self.by, high.checked_add(self.offset).filter(|&most| most >= low)?),
        };
        let negated = graph.iconst(ty, self.offset.wrapping_neg() as u64);
        let value = graph.pure(Op::Add, ty, &[clamped, negated]);
        let of_counter = graph.ty(counter.phi);
        if ty.bits() == of_counter.bits() {
            return Some(value);
        }
        let (low, high) = IntFact::full(of_counter).signed;
        let value = clamp(graph, Op::SMax, value, low);
        let value = clamp(graph, Op::SMin, value, high);
        Some(graph.pure(Op::Trunc, of_counter, &[value]))
    }
}

/// The constant by which a value is more than the counter. It may be extended.
fn sum_of(graph: &Graph, counter: Counter, value: NodeId) -> Option<i64> {
    let mut value = strip_pi(graph, value);
    let mut offset = 0i64;
    for _ in 0..MAX_OPERATIONS {
        if value == counter.phi {
            return Some(offset);
        }
        if value == counter.next {
            return offset.checked_add(counter.step);
        }
        let exact = graph.flags(value).has(NodeFlags::NSW);
        match graph.op(value) {
            Op::Add if exact => offset = offset.checked_add(graph.signed_constant(graph.input(value, 1))?)?,
            Op::SExt if graph.ty(value).bits() <= 64 => {}
            // An extended number is no less.
            Op::ZExt if graph.ty(value).bits() <= 64 && counter.goes_up() => {}
            _ => return None,
        }
        value = strip_pi(graph, graph.input(value, 0));
    }
    None
}

/// The value, or the bound if that lies farther.
pub(super) fn clamp(graph: &mut Graph, op: Op, value: NodeId, bound: i64) -> NodeId {
    let ty = graph.ty(value);
    let bound = graph.iconst(ty, bound as u64);
    graph.pure(op, ty, &[value, bound])
}
