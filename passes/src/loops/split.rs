//! Loop splitting: a loop without checks for the iterations in which they hold, and behind it the loop for the rest.
//!
//! **What:** `for (i = a; i < b; i++) { check(i < n); .. }` becomes a loop up to `min(b, n)` that tests nothing but that
//! its counter is below, and behind it the loop as it was for what is left. **Why:** a check that is not proven costs a
//! branch in each iteration; the limits are compared with each other once.
//!
//! **Algorithm:** index-set splitting, as C2's range-check elimination and LLVM's IRCE. A counter steps upwards by a
//! constant. Each branch that leaves the loop unless the counter, plus a constant, is below what the loop does not change
//! is a test; it gives a limit of the counter below which it holds. Limits are computed so that none of them wraps: one
//! that would is taken for less than it is, and more is left to the rest. Lower bounds hold if they do at first.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** counters that go down, lower bounds that are not constant, loops that have loops inside, loops
//! without a test whose failing side ends the program.
//!
//! **Tests:** `tests/files/split`.

use super::ends::clamp;
use super::peel::{Body, Copied};
use crate::places::Places;
use smallvec::SmallVec;
use son_ir::analysis::frequency::cold_blocks;
use son_ir::analysis::{Block, LoopId};
use son_ir::facts::IntFact;
use son_ir::facts::refine::strip_pi;
use son_ir::{Graph, Inputs, NodeFlags, NodeId, Op, Type, Weights};

/// Most instructions of a loop that is copied.
const MAX_SIZE: usize = 64;
/// Most instructions that the copies of a function have.
const MAX_GROWTH: usize = 320;
/// Most nodes that are sums of a counter.
const MAX_SUMS: usize = 32;
/// How often the branches that stay in the first loop go the likely way.
const LIKELY: Weights = Weights { on_true: 127, on_false: 1 };

/// Splits the loops that have checks. Returns how many were.
pub fn split(graph: &mut Graph) -> usize {
    if !graph.nodes().any(|node| graph.is(node, Op::Loop) && counters(graph, node).next().is_some()) {
        return 0;
    }
    let mut places = Places::new(graph);
    let cold = cold_blocks(graph, &places.cfg);
    graph.hold();
    let saved = graph.current_origin();
    let (mut count, mut growth) = (0, 0);
    for of in places.loops.all().rev() {
        let head = places.cfg.head(places.loops.header(of));
        let Some(counter) = counter(graph, &places, &cold, of, head) else { continue };
        let body = Body::new(graph, &mut places, of);
        let size = body.size(graph);
        if size <= MAX_SIZE && growth + size <= MAX_GROWTH {
            let before = places.block_of(graph.input(head, 0));
            Splitting { graph, places: &mut places, head, before, counter }.run(&body);
            (count, growth) = (count + 1, growth + size);
        }
    }
    graph.set_origin(saved);
    graph.release();
    count
}

/// The counter of an innermost loop that tells about more than one test, one of which is a check.
fn counter(graph: &Graph, places: &Places, cold: &[bool], of: LoopId, head: NodeId) -> Option<Counter> {
    let innermost = places.loops.blocks(of).iter().all(|&block| places.loops.innermost(block) == Some(of));
    let varies = |node: NodeId| {
        let block = places.block_of(node);
        !graph.is(node, Op::Const) && (!block.is_some() || places.contains(of, block))
    };
    // Where the failing side leads.
    let leaves = |test: &Test| {
        let [holds, fails] = [test.side, 1 - test.side].map(|side| graph.find_proj(test.branch, side));
        let [holds, fails] = [holds?, fails?].map(|proj| places.cfg.block_of(proj));
        let leaves = places.contains(of, holds) && fails.is_some() && !places.contains(of, fails);
        leaves.then_some(fails)
    };
    let mut counters = counters(graph, head).filter(|_| innermost);
    counters.find_map(|mut counter| {
        counter.tests.retain(|test| leaves(test).is_some() && !test.limit.is_some_and(varies));
        let is_check = |test: &Test| leaves(test).is_some_and(|block| cold[block.index()]);
        (counter.tests.len() > 1 && counter.tests.iter().any(is_check)).then_some(counter)
    })
}

/// A phi that steps upwards, and the tests that tell about it.
struct Counter {
    phi: NodeId,
    next: NodeId,
    tests: SmallVec<[Test; 4]>,
}

/// The counters of a loop that more than one branch compares.
fn counters(graph: &Graph, head: NodeId) -> impl Iterator<Item = Counter> + '_ {
    graph.phis(head).filter_map(move |phi| {
        let next = steps_upwards(graph, phi)?;
        let tests = tests(graph, phi);
        (tests.len() > 1).then_some(Counter { phi, next, tests })
    })
}

/// The phi's next value, if that is larger by a constant as long as the phi is below anything.
fn steps_upwards(graph: &Graph, phi: NodeId) -> Option<NodeId> {
    let next = strip_pi(graph, graph.input(phi, 2));
    let narrow = graph.ty(phi).is_int() && (2..=64).contains(&graph.ty(phi).bits());
    if !narrow || !graph.is(next, Op::Add) || strip_pi(graph, graph.input(next, 0)) != phi {
        return None;
    }
    let step = graph.signed_constant(graph.input(next, 1))?;
    (step == 1 || step > 1 && graph.flags(next).has(NodeFlags::NSW)).then_some(next)
}

/// The branches on compares of the counter.
fn tests(graph: &Graph, phi: NodeId) -> SmallVec<[Test; 4]> {
    let mut tests = SmallVec::new();
    let first = Sum { node: phi, offset: 0, extended: false, wraps: false, least: i64::MIN };
    let mut pending: SmallVec<[Sum; 8]> = smallvec::smallvec![first];
    for _ in 0..MAX_SUMS {
        let Some(sum) = pending.pop() else { break };
        for (user, index) in graph.uses(sum.node) {
            if let Some(sum) = sum.and(graph, user, index) {
                pending.push(sum);
            } else if graph.op(user).is_int_compare() {
                for branch in graph.users(user).filter(|&branch| graph.is(branch, Op::If)) {
                    let used = (user, index);
                    tests.extend(Test::below(graph, &sum, used, branch));
                    tests.extend(Test::from(graph, &sum, used, branch));
                }
            }
        }
    }
    let greatest = IntFact::full(graph.ty(phi)).signed.1;
    tests.retain(|test: &mut Test| test.least <= greatest);
    tests
}

/// The counter plus a constant.
#[derive(Clone, Copy)]
struct Sum {
    node: NodeId,
    offset: i64,
    extended: bool,
    /// It may wrap if the counter is not far enough from its type's bounds.
    wraps: bool,
    /// The least counter for which it is the sum.
    least: i64,
}

impl Sum {
    /// The user, if it is such a sum too.
    fn and(&self, graph: &Graph, user: NodeId, index: usize) -> Option<Sum> {
        match (graph.op(user), index) {
            (Op::Pi, 1) => Some(Sum { node: user, ..*self }),
            (Op::Add, 0) => {
                let offset = self.offset.checked_add(graph.signed_constant(graph.input(user, 1))?)?;
                let wraps = self.wraps || !graph.flags(user).has(NodeFlags::NSW);
                Some(Sum { node: user, offset, wraps, ..*self })
            }
            (Op::SExt | Op::ZExt, 0) if !self.extended && !self.wraps && graph.ty(user).bits() <= 64 => {
                let least =
                    if graph.is(user, Op::ZExt) { self.least.max(self.offset.checked_neg()?) } else { self.least };
                Some(Sum { node: user, extended: true, least, ..*self })
            }
            _ => None,
        }
    }
}

/// A branch that takes this side if `counter + offset < limit`, in the order of signed numbers, from a least counter on;
/// without a limit from there on always.
#[derive(Clone, Copy)]
struct Test {
    branch: NodeId,
    side: u32,
    limit: Option<NodeId>,
    offset: i64,
    least: i64,
}

impl Test {
    /// The side of the branch that is taken below a limit.
    fn below(graph: &Graph, sum: &Sum, (compare, index): (NodeId, usize), branch: NodeId) -> Option<Test> {
        let op = graph.op(compare);
        let limit = graph.input(compare, 1 - index);
        let (low, high) = IntFact::full(graph.ty(limit)).signed;
        let or_equal = match (op, index) {
            (Op::Slt | Op::Ult, 0) | (Op::Sle | Op::Ule, 1) => false,
            (Op::Sle | Op::Ule, 0) | (Op::Slt | Op::Ult, 1) => true,
            _ => return None,
        };
        let positive = matches!(op, Op::Ult | Op::Ule) || sum.offset < 0;
        let least = if positive { sum.least.max(sum.offset.checked_neg()?) } else { sum.least };
        let offset = sum.offset.checked_sub(i64::from(or_equal))?;
        let fits = low < offset && offset <= high;
        fits.then_some(Test { branch, side: index as u32, limit: Some(limit), offset, least })
    }

    /// The side that is taken from a constant on.
    fn from(graph: &Graph, sum: &Sum, (compare, index): (NodeId, usize), branch: NodeId) -> Option<Test> {
        let constant = graph.signed_constant(graph.input(compare, 1 - index))?;
        let equal = match (graph.op(compare), index) {
            (Op::Slt, 0) | (Op::Sle, 1) => true,
            (Op::Sle, 0) | (Op::Slt, 1) => false,
            _ => return None,
        };
        let least = constant.checked_sub(sum.offset)?.checked_add(i64::from(!equal))?.max(sum.least);
        let fits = !sum.wraps || sum.offset <= 0;
        fits.then_some(Test { branch, side: 1 - index as u32, limit: None, offset: 0, least })
    }
}

/// The loop that is split, and the block ahead of it.
struct Splitting<'a> {
    graph: &'a mut Graph,
    places: &'a mut Places,
    head: NodeId,
    before: Block,
    counter: Counter,
}

impl Splitting<'_> {
    fn run(mut self, body: &Body) {
        self.graph.set_origin(self.graph.origin(self.head));
        let phis: Inputs = self.graph.phis(self.head).collect();
        let (limit, least) = limits(self.graph, &self.counter);
        let fits = self.fits(limit, least);
        let (enter, skip) = self.branch(self.graph.input(self.head, 0), fits);
        let main = self.put(|graph| graph.raw(Op::Loop, Type::CTRL, 0, &[enter, enter]));
        let mut start = vec![(self.head, main)];
        for &phi in &phis {
            let first = self.graph.input(phi, 1);
            start.push((phi, self.phi(main, phi, [first, first])));
        }
        let copied = body.copy(self.graph, self.places, &start);
        for test in &self.counter.tests {
            let holds = self.graph.iconst(Type::I1, u64::from(test.side == 0));
            self.graph.set_input(copied.of(test.branch), 1, holds);
        }
        let over = self.go_around(&copied, limit, &start);
        self.enter_rest(&copied, [skip, over], &phis);
    }

    fn put(&mut self, make: impl FnOnce(&mut Graph) -> NodeId) -> NodeId {
        let node = make(self.graph);
        self.places.put(node, self.before);
        node
    }

    /// A likely branch: its two sides.
    fn branch(&mut self, control: NodeId, condition: NodeId) -> (NodeId, NodeId) {
        let branch = self.put(|graph| graph.raw(Op::If, Type::TUPLE, LIKELY.payload(), &[control, condition]));
        let mut side = |index| self.put(|graph| graph.insert_proj(branch, index, Type::CTRL));
        (side(0), side(1))
    }

    /// A phi like that of the loop.
    fn phi(&mut self, region: NodeId, like: NodeId, values: [NodeId; 2]) -> NodeId {
        let (ty, payload) = (self.graph.ty(like), self.graph.payload(like));
        self.put(|graph| graph.raw(Op::Phi, ty, payload, &[region, values[0], values[1]]))
    }

    /// Is the first iteration one without checks?
    fn fits(&mut self, limit: NodeId, least: i64) -> NodeId {
        let (graph, phi) = (&mut *self.graph, self.counter.phi);
        let ty = graph.ty(phi);
        let first = graph.pure(Op::Freeze, ty, &[graph.input(phi, 1)]);
        let below = graph.pure(Op::Slt, Type::I1, &[first, limit]);
        if graph.int_fact(first).signed.0 >= least {
            return below;
        }
        let least = graph.iconst(ty, least as u64);
        let above = graph.pure(Op::Sle, Type::I1, &[least, first]);
        graph.pure(Op::And, Type::I1, &[above, below])
    }

    /// The first loop goes on below the limit: the way out of it.
    fn go_around(&mut self, copied: &Copied, limit: NodeId, start: &[(NodeId, NodeId)]) -> NodeId {
        let stays = self.graph.pure(Op::Slt, Type::I1, &[copied.of(self.counter.next), limit]);
        let (again, over) = self.branch(copied.of(self.graph.input(self.head, 1)), stays);
        let (main, phis) = (start[0].1, &start[1..]);
        self.graph.set_input(main, 1, again);
        for &(phi, new) in phis {
            self.graph.set_input(new, 2, copied.of(self.graph.input(phi, 2)));
        }
        over
    }

    /// The old loop is entered past the first one, or with what that hands on.
    fn enter_rest(&mut self, copied: &Copied, ways: [NodeId; 2], phis: &[NodeId]) {
        let region = self.put(|graph| graph.raw(Op::Region, Type::CTRL, 0, &ways));
        for &phi in phis {
            let values = [self.graph.input(phi, 1), copied.of(self.graph.input(phi, 2))];
            let value = self.phi(region, phi, values);
            self.graph.set_input(phi, 1, value);
        }
        self.graph.set_input(self.head, 0, region);
    }
}

/// The counter below which all tests hold, and the least one for which that is so.
fn limits(graph: &mut Graph, counter: &Counter) -> (NodeId, i64) {
    let ty = graph.ty(counter.phi);
    let (mut least, greatest) = IntFact::full(ty).signed;
    let mut limit = graph.iconst(ty, greatest as u64);
    for test in &counter.tests {
        if let Some(other) = test.limit {
            let other = limit_of(graph, other, test.offset, ty);
            limit = graph.pure(Op::SMin, ty, &[limit, other]);
        }
        least = least.max(test.least);
    }
    (limit, least)
}

/// `limit - offset`, or less, as a counter.
fn limit_of(graph: &mut Graph, limit: NodeId, offset: i64, counter: Type) -> NodeId {
    let ty = graph.ty(limit);
    let (low, high) = IntFact::full(ty).signed;
    let mut limit = graph.pure(Op::Freeze, ty, &[limit]);
    if offset > 0 {
        limit = clamp(graph, Op::SMax, limit, low.saturating_add(offset));
    } else if offset < 0 {
        limit = clamp(graph, Op::SMin, limit, high.saturating_add(offset));
    }
    let negated = graph.iconst(ty, offset.wrapping_neg() as u64);
    limit = graph.pure(Op::Add, ty, &[limit, negated]);
    if ty.bits() == counter.bits() {
        return limit;
    }
    let (low, high) = IntFact::full(counter).signed;
    limit = clamp(graph, Op::SMax, limit, low);
    limit = clamp(graph, Op::SMin, limit, high);
    graph.pure(Op::Trunc, counter, &[limit])
}
