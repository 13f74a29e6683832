//! Full unrolling of short loops: as many copies of the body as the loop has iterations, and no loop.
//!
//! **What:** a loop whose number of iterations is a small constant is peeled until one iteration is left; the loop that
//! remains is told that it never comes back. **Why:** counters become constants, arrays with constant indices become
//! scalars, and no branch is left.
//!
//! **Algorithm:** the number of iterations is found by executing a test of the loop on constants, as LLVM's
//! `computeExitCountExhaustively`: whatever the counter does, if it depends on constants only, the test can be run. It
//! may be any test that each iteration comes to and that leaves the loop, wherever else the loop may be left. A
//! counter may be a pointer that is compared with one into the same object: both are constants beside its address.
//! Loops over short lists of memory that the function made itself are peeled as often as the list has elements, see
//! `chain.rs`.
//!
//! **Needs:** loop form, rotated loops. **Breaks:** the fixpoint of the peephole rules; wants constant propagation
//! after it.
//!
//! **Does not try:** partial unrolling, trip counts that are not constant.
//!
//! **Tests:** `tests/files/unroll`, `passes/tests/loops.rs`.

use super::chain;
use super::peel::Body;
use crate::places::Places;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::{Address, LoopId};
use son_ir::eval::{self, Evaluated};
use son_ir::{Graph, NodeId, Op, OpFlags, Type};

/// Most iterations of a loop that is unrolled.
const MAX_TRIPS: usize = 64;
/// Most instructions that a loop may become.
const MAX_SIZE: usize = 160;
/// The same on trial, for a loop that gets memory.
const MAX_SIZE_ON_TRIAL: usize = 1200;
/// Most nodes of a loop's test.
const MAX_TEST: usize = 12;

/// Unrolls the loops that are short enough, inner ones first; on trial, longer ones if they get memory. Returns how many
/// were.
pub fn unroll(graph: &mut Graph, on_trial: bool) -> usize {
    let is_candidate = |node: NodeId| {
        let counted = || tests(graph, node).iter().any(|test| test.trips(graph, node).is_some());
        graph.is(node, Op::Loop) && (counted() || chain::elements(graph, node).is_some())
    };
    if !graph.nodes().any(is_candidate) {
        return 0;
    }
    let mut places = Places::new(graph);
    graph.hold();
    let saved = graph.current_origin();
    let mut unrolled = 0;
    for of in places.loops.all().rev() {
        let head = places.cfg.head(places.loops.header(of));
        let counted = tests(graph, head).into_iter().filter(|test| test.leaves(graph, &places, of));
        let counted = counted.filter_map(|test| Some((test.trips(graph, head)? - 1, Some(test))));
        let counted = counted.min_by_key(|of| of.0);
        let Some((copies, last)) = counted.or_else(|| Some((chain::elements(graph, head)?, None))) else {
            continue;
        };
        let body = Body::new(graph, &mut places, of);
        let most = if on_trial && body.gets_memory(graph) { MAX_SIZE_ON_TRIAL } else { MAX_SIZE };
        if (copies + 1) * body.size(graph) > most {
            continue;
        }
        for _ in 0..copies {
            Body::new(graph, &mut places, of).peel(graph, &mut places);
        }
        // What remains is the last iteration: it leaves.
        if let Some(Exit { branch, stays }) = last {
            let leaves = graph.iconst(Type::I1, graph.payload(stays));
            graph.set_input(branch, 1, leaves);
        }
        unrolled += 1;
    }
    graph.set_origin(saved);
    graph.release();
    unrolled
}

/// A branch that each iteration comes to.
#[derive(Clone, Copy)]
struct Exit {
    branch: NodeId,
    /// Its projection that goes on in the loop.
    stays: NodeId,
}

/// The branches on the way to the back edge behind where ways meet last, and the one at the head.
fn tests(graph: &Graph, head: NodeId) -> SmallVec<[Exit; 4]> {
    let mut tests: SmallVec<[Exit; 4]> = SmallVec::new();
    let mut control = graph.input(head, 1);
    while control != head && graph.is(control, Op::Proj) {
        let maker = graph.input(control, 0);
        if graph.is(maker, Op::If) {
            tests.push(Exit { branch: maker, stays: control });
        }
        control = graph.input(maker, 0);
    }
    if control != head
        && let Some(branch) = graph.users(head).find(|&user| graph.is(user, Op::If))
    {
        tests.extend(graph.users(branch).map(|stays| Exit { branch, stays }));
    }
    tests
}

impl Exit {
    fn leaves(self, graph: &Graph, places: &Places, of: LoopId) -> bool {
        let inside = |proj: NodeId| places.contains(of, places.block_of(proj));
        inside(self.stays) && graph.users(self.branch).any(|proj| !inside(proj))
    }

    /// The iteration in which the loop is left here, if it is not left elsewhere before, when that can be found by
    /// running the test.
    fn trips(self, graph: &Graph, head: NodeId) -> Option<usize> {
        let stays_on = u128::from(graph.payload(self.stays) == 0);
        let mut test = Test { graph, head, base: None, phis: FxHashMap::default(), values: FxHashMap::default() };
        let condition = graph.input(self.branch, 1);
        if !test.bind_phis(condition) {
            return None;
        }
        (1..=MAX_TRIPS).find_map(|trip| match test.step(condition) {
            Some(value) if value == stays_on => None,
            Some(_) => Some(Some(trip)),
            None => Some(None),
        })?
    }
}

/// A loop's test, executed on constants.
struct Test<'a> {
    graph: &'a Graph,
    head: NodeId,
    /// What all pointers of the test are sums with: it counts as zero.
    base: Option<NodeId>,
    /// Values of the phis in this iteration.
    phis: FxHashMap<NodeId, u128>,
    values: FxHashMap<NodeId, u128>,
}

impl Test<'_> {
    /// Finds the phis that the test depends on: false if it depends on anything but them and constants.
    fn bind_phis(&mut self, condition: NodeId) -> bool {
        self.find_base(condition);
        let is_number = |node: NodeId| self.graph.is(node, Op::Const) && self.graph.ty(node) != Type::PTR;
        let mut seen: SmallVec<[NodeId; MAX_TEST]> = SmallVec::new();
        let mut pending: SmallVec<[NodeId; MAX_TEST]> = smallvec::smallvec![condition];
        while let Some(node) = pending.pop() {
            if seen.contains(&node) || is_number(node) || self.place(node).is_some() {
                continue;
            }
            if seen.len() == MAX_TEST {
                return false;
            }
            seen.push(node);
            let op = self.graph.op(node);
            if op == Op::Phi && self.graph.input(node, 0) == self.head {
                let entry = self.graph.input(node, 1);
                let first = if is_number(entry) { self.graph.constant(entry) } else { self.place(entry) };
                let Some(first) = first else { return false };
                self.phis.insert(node, u128::from(first));
                pending.push(self.graph.input(node, 2));
            } else if op == Op::PtrAdd && self.base.is_some() {
                pending.extend(self.graph.inputs(node));
            } else if !is_plain(op) || !self.graph.ty(node).is_int() || self.sees_places(op, node) {
                return false;
            } else {
                pending.extend(self.graph.inputs(node));
            }
        }
        !self.phis.is_empty()
    }

    /// If the condition compares a pointer that the loop counts with, finds what it is a sum with.
    fn find_base(&mut self, condition: NodeId) {
        let counted = |operand: NodeId| {
            let phi = Address::of(self.graph, operand).base;
            let entry = (self.graph.is(phi, Op::Phi)
                && self.graph.input(phi, 0) == self.head
                && self.graph.ty(phi) == Type::PTR)
                .then(|| Address::of(self.graph, self.graph.input(phi, 1)))?;
            let is_object = matches!(self.graph.op(entry.base), Op::SlotAddr | Op::SymbolAddr | Op::Proj);
            (is_object && entry.index.is_none()).then_some(entry.base)
        };
        self.base = self.graph.inputs(condition).find_map(counted);
    }

    /// The offset of a pointer that does not change.
    fn place(&self, pointer: NodeId) -> Option<u64> {
        let base = self.base.filter(|_| self.graph.ty(pointer) == Type::PTR)?;
        let address = Address::of(self.graph, pointer);
        (address.base == base && address.index.is_none()).then_some(address.offset as u64)
    }

    /// Does the op tell more of pointers than whether they are equal? Nobody knows where the object is.
    fn sees_places(&self, op: Op, node: NodeId) -> bool {
        let is_pointer = |input| self.graph.ty(input) == Type::PTR;
        !matches!(op, Op::Eq | Op::Ne) && self.graph.inputs(node).any(is_pointer)
    }

    /// The test's value at the end of this iteration, and on to the next one.
    fn step(&mut self, condition: NodeId) -> Option<u128> {
        self.values.clear();
        let result = self.value(condition)?;
        let mut next = FxHashMap::default();
        let phis: SmallVec<[NodeId; 4]> = self.phis.keys().copied().collect();
        for phi in phis {
            next.insert(phi, self.value(self.graph.input(phi, 2))?);
        }
        self.phis = next;
        Some(result)
    }

    /// Depth is bounded by [`MAX_TEST`].
    fn value(&mut self, node: NodeId) -> Option<u128> {
        if let Some(bits) = self.graph.constant(node) {
            return Some(u128::from(bits));
        }
        if let Some(offset) = self.place(node) {
            return Some(u128::from(offset));
        }
        if let Some(&value) = self.phis.get(&node).or_else(|| self.values.get(&node)) {
            return Some(value);
        }
        let inputs: SmallVec<[NodeId; 4]> = self.graph.inputs(node).collect();
        let operands: SmallVec<[u128; 4]> = inputs.iter().map(|&input| self.value(input)).collect::<Option<_>>()?;
        if self.graph.is(node, Op::PtrAdd) {
            let sum = (operands[0] as u64).wrapping_add(operands[1] as u64);
            self.values.insert(node, u128::from(sum));
            return Some(u128::from(sum));
        }
        let from = self.graph.ty(*inputs.last()?);
        let value =
            match eval::scalar(self.graph.op(node), self.graph.flags(node), self.graph.ty(node), from, &operands)? {
                Evaluated::Bits(value) => value,
                _ => return None,
            };
        self.values.insert(node, value);
        Some(value)
    }
}

fn is_plain(op: Op) -> bool {
    op.is(OpFlags::SHARED) && !op.is(OpFlags::PINNED) && !op.takes_control() && !matches!(op, Op::Proj | Op::Select)
}
