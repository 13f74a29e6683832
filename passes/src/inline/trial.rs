//! Inlining trials: calls that keep allocations alive are inlined to see whether these go then.
//!
//! What a callee costs does not tell whether it pays to inline it where an object is made or given away: an object that
//! a callee frees, or that a callee makes for its caller, can only go if both are one function. So the calls that
//! allocated memory, or slots that hold it, are given to, and those that return some, are inlined on trial, whatever their
//! size within a bound and whether the source wants them to stay calls: that hint is about the size of code, and does not
//! know that there may be nothing left of it. If fewer allocations are executed then, it stays so; else everything is as it was
//! (Dean and Chambers, "Towards better inlining decisions using inlining trials", LFP 1994).

use super::{Callees, candidate, foresee, size};
use rustc_hash::FxHashSet;
use son_ir::analysis::allocation::{self, Role};
use son_ir::analysis::call_graph::direct_callee;
use son_ir::analysis::{Address, Schedule};
use son_ir::{Definition, Function, Graph, Module, NodeId, Op, Type};

/// Largest callee that is inlined on trial.
const MAX_CALLEE: u32 = 400;
/// Most that a caller may grow by in a trial.
const MAX_GROWTH: u32 = 1000;
/// What a caller may be larger by if the trial succeeds, for each allocation that goes.
const MAX_PRICE: f64 = 250.0;
/// A trial succeeds if so many fewer allocations are expected in an execution of the caller, or such a part of them.
const MIN_GAIN: f64 = 0.25;
/// What happens less often than that in an execution does not count.
const RARE: f64 = 0.05;
/// Levels of recursion for which allocations are counted.
const MAX_DEPTH: u32 = 4;
/// Most uses of a result that are looked at.
const MAX_USES: usize = 64;

/// How many allocations an execution of each function is expected to make, by row.
#[derive(Default)]
pub(crate) struct Allocations {
    of: Vec<f64>,
}

impl Allocations {
    /// Allocations of one execution of the body, given those of its callees.
    fn count(&self, module: &Module, function: &Function) -> f64 {
        let graph = &function.graph;
        let made = |node: NodeId| -> f64 {
            match Op::from_number(graph.op_number(node)) {
                Some(Op::Alloc) => 1.0,
                Some(Op::Call | Op::TailCall) => match allocation::role(module, graph, node) {
                    Some(Role::Allocate { .. } | Role::Resize { .. }) => 1.0,
                    Some(_) => 0.0,
                    None => self.of_call(module, graph, node),
                },
                _ => 0.0,
            }
        };
        let sites: Vec<(NodeId, f64)> =
            graph.nodes().map(|node| (node, made(node))).filter(|&(_, count)| count > 0.0).collect();
        if sites.is_empty() {
            return 0.0;
        }
        let schedule = Schedule::new(graph);
        let often = |node: NodeId| {
            let block = schedule.block_of(node);
            if block.is_some() { schedule.frequencies.of(block) } else { 0.0 }
        };
        sites.into_iter().map(|(node, count)| count * often(node)).sum()
    }

    /// Notes what is known of the bodies of a component of the call graph. The numbers of those that call themselves are
    /// approached from below, so that a level of the recursion looks no cheaper than a call.
    pub(crate) fn note(&mut self, module: &Module, component: &[u32]) {
        self.of.resize(module.functions.len(), 0.0);
        for _ in 0..MAX_DEPTH {
            let before: f64 = component.iter().map(|&row| self.of[row as usize]).sum();
            for &row in component {
                self.of[row as usize] = self.count(module, &module.functions[row as usize]).min(1e6);
            }
            if component.iter().map(|&row| self.of[row as usize]).sum::<f64>() == before {
                break;
            }
        }
    }

    /// Allocations and size of the body in a row.
    pub(crate) fn measure(&self, module: &Module, row: u32) -> (f64, u32) {
        let function = &module.functions[row as usize];
        (self.count(module, function), size(&function.graph))
    }

    /// The same, where what a loop gets in its first iteration counts in full.
    pub(crate) fn measure_with_loops(&self, module: &Module, row: u32) -> (f64, u32) {
        let (expected, size) = self.measure(module, row);
        let graph = &module.functions[row as usize].graph;
        let heads = graph.nodes().filter(|&node| graph.is(node, Op::Loop));
        let sure = heads.filter(|&head| foresee::first_iteration_allocates(module, graph, head)).count();
        (expected.max(sure as f64), size)
    }

    fn of_call(&self, module: &Module, graph: &Graph, call: NodeId) -> f64 {
        let callee = direct_callee(graph, call).map(|callee| &module.symbol(callee).definition);
        let Some(Definition::Function(row)) = callee else { return 0.0 };
        let expected = self.of.get(*row as usize).copied().unwrap_or(0.0);
        // On a path that is rare for others, maybe.
        let unlikely = expected > 0.0 && expected < MIN_GAIN;
        if unlikely && foresee::allocates(module, graph, call) { 1.0 } else { expected }
    }

    /// Calls whose inlining may make allocations go, with the rows of their callees.
    pub(crate) fn worth_a_trial(&self, module: &Module, row: u32, callees: &Callees) -> Vec<(NodeId, u32)> {
        let graph = &module.functions[row as usize].graph;
        let is_known = |&call: &NodeId| {
            let callee = direct_callee(graph, call).map(|callee| &module.symbol(callee).definition);
            matches!(callee, Some(Definition::Function(_)))
        };
        let calls: Vec<NodeId> = graph.nodes().filter(|&node| graph.is(node, Op::Call)).filter(is_known).collect();
        if calls.is_empty() {
            return Vec::new();
        }
        let holders = holders(module, graph);
        let mut budget = MAX_GROWTH;
        let mut chosen = Vec::new();
        for call in calls {
            let makes = self.of_call(module, graph, call) >= MIN_GAIN;
            let (mut given, mut slots) = (false, false);
            for argument in graph.inputs(call).skip(3).filter(|&input| graph.ty(input) == Type::PTR) {
                let base = Address::of(graph, argument).base;
                given |= is_allocated(module, graph, base) || holders.contains(&base);
                slots |= graph.is(base, Op::SlotAddr);
            }
            let wanted = given || (makes && (slots || is_local(module, graph, call)));
            let callee = wanted.then(|| candidate(module, row, call, callees, true)).flatten();
            let Some(Ok(callee)) = callee else { continue };
            let cost = size(&module.functions[callee as usize].graph);
            if cost <= MAX_CALLEE.min(budget) {
                budget -= cost;
                chosen.push((call, callee));
            }
        }
        chosen
    }
}

/// Is there a loop in the body, and does it call an allocator itself?
pub(crate) fn has_allocating_loop(module: &Module, row: u32) -> bool {
    let graph = &module.functions[row as usize].graph;
    graph.nodes().any(|node| graph.is(node, Op::Loop))
        && graph.nodes().any(|node| {
            matches!(allocation::role(module, graph, node), Some(Role::Allocate { .. } | Role::Resize { .. }))
        })
}

/// Did the trial pay: allocations and sizes before and after. Where there were few, on a rare path perhaps, fewer have to
/// go, for fewer instructions.
pub(crate) fn pays(before: (f64, u32), after: (f64, u32)) -> bool {
    let gain = before.0 - after.0;
    let price = if gain < MIN_GAIN { gain } else { gain.clamp(1.0, 8.0) };
    let enough = MIN_GAIN * before.0.clamp(RARE, 1.0);
    gain >= enough && f64::from(after.1.saturating_sub(before.1)) <= MAX_PRICE * price
}

/// Would the trial pay if all allocations went?
pub(crate) fn may_pay(before: (f64, u32), now: (f64, u32)) -> bool {
    pays(before, (0.0, now.1))
}

/// Is the pointer what an allocator returned?
fn is_allocated(module: &Module, graph: &Graph, pointer: NodeId) -> bool {
    let call = if graph.is(pointer, Op::Proj) { graph.input(pointer, 0) } else { pointer };
    graph.is(call, Op::Alloc)
        || matches!(allocation::role(module, graph, call), Some(Role::Allocate { .. } | Role::Resize { .. }))
}

/// Addresses of slots in which what an allocator returned is stored.
fn holders(module: &Module, graph: &Graph) -> FxHashSet<NodeId> {
    let stores = graph.nodes().filter(|&node| graph.is(node, Op::Store));
    let held = stores.filter(|&store| is_allocated(module, graph, Address::of(graph, graph.input(store, 3)).base));
    held.map(|store| Address::of(graph, graph.input(store, 2)).base)
        .filter(|&base| graph.is(base, Op::SlotAddr))
        .collect()
}

/// Does the call return a pointer that the caller keeps for itself, as far as a short look tells?
fn is_local(module: &Module, graph: &Graph, call: NodeId) -> bool {
    let is_pointer = |&proj: &NodeId| graph.payload(proj) >= 2 && graph.ty(proj) == Type::PTR;
    let mut pending: Vec<NodeId> = graph.users(call).filter(is_pointer).collect();
    let mut seen = pending.clone();
    while let Some(pointer) = pending.pop() {
        for (user, index) in graph.uses(pointer) {
            match (graph.op(user), index) {
                (Op::PtrAdd, 0) | (Op::Pi, 1) | (Op::Phi | Op::Select, 1..) => {
                    if !seen.contains(&user) {
                        seen.push(user);
                        pending.push(user);
                    }
                }
                (Op::Load | Op::Store | Op::MemSet, 2) | (Op::MemCopy | Op::MemMove, 2 | 3) => {}
                (Op::Store, 3) if graph.is(Address::of(graph, graph.input(user, 2)).base, Op::SlotAddr) => {}
                (op, _) if op.is_int_compare() => {}
                (Op::Call, 3..) => {
                    let callee = direct_callee(graph, user).map(|callee| &module.symbol(callee).definition);
                    let known = matches!(callee, Some(Definition::Function(_)));
                    if !known && allocation::role(module, graph, user).is_none() {
                        return false;
                    }
                }
                _ => return false,
            }
        }
        if seen.len() > MAX_USES {
            return false;
        }
    }
    !seen.is_empty()
}
