//! Escape analysis: memory of an allocator that nobody else learns of becomes a stack slot.
//!
//! **What:** an allocation of small bounded size whose address is only used to access it, to compare it, to give it
//! back, or as an argument of functions that do not keep it, becomes a slot; its calls go. Where the address escapes on
//! rarer paths only, the object is in its slot until there, and moves to the heap at the start of the rare path. A phi
//! of such objects, or of one and null, is an object with a slot of its own; a phi of pointers into one object is such a
//! pointer. Phis of one and something else are other names of it: see `aliases`. Atomic accesses of what nobody else
//! knows are plain ones. **Why:** an allocation costs more than most of what is done with it, and what is in memory that
//! others know cannot be kept in registers.
//!
//! Managed objects are treated alike. A state that names one which is a slot says what is in it: see `states`.
//!
//! **Algorithm:** Partial escape analysis (Stadler, Würthinger, Mössenböck, "Partial Escape Analysis and Scalar
//! Replacement for Java", CGO 2014), by objects instead of by a walk over control: each object's uses are collected;
//! one fails if it has an escaping use that cannot be separated from the others, a phi fails with its inputs, and
//! failing phis let their inputs escape, until nothing changes. A phi takes over what its input holds by a copy at the
//! end of the way in, which is right if the input is not live behind it. Values of fields are left to
//! [`scalar`](crate::scalar) and memory optimization, which run again: the copies of merging and of moving to the heap
//! are cut there, so that slots of objects end as phis of fields.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the rules, memory slices.
//!
//! **Does not try:** to move objects with other names to the heap, objects in fields of others that are loaded from a merge,
//! sizes above 1 KB, functions that call `setjmp`.
//!
//! **Tests:** `tests/files/escape`, `tests/tests/remarks.rs`, `tests/alloc`.

mod aliases;
mod atomics;
mod explain;
mod identity;
mod managed;
mod objects;
mod plan;
mod rewrite;
mod states;

use crate::{Context, Level};
use son_ir::analysis::Schedule;
use son_ir::analysis::allocation::Allocation;
use son_ir::{Function, FunctionFlags, Graph, Module};

pub(crate) use explain::settle;

/// Does the graph allocate memory of bounded size?
pub(crate) fn allocates(module: &Module, graph: &Graph) -> bool {
    let is_small = |memory: Allocation| memory.bytes <= objects::MAX_BYTES;
    graph.nodes().any(|node| {
        managed::allocation(graph, node).is_some() || Allocation::of(module, graph, node).is_some_and(is_small)
    })
}

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    let module = context.module;
    let graph = &function.graph;
    // What a slot holds need not outlive a jump back to `setjmp`.
    let returns_twice = function.flags.has(FunctionFlags::CALLS_RETURNS_TWICE);
    if context.level < Level::O2 || returns_twice || context.is_exhausted() {
        return;
    }
    if !allocates(module, graph) {
        return explain::explain_others(graph, &objects::Objects::default(), context);
    }
    let decided = identity::decide(module, function) + identity::decide_tests(module, &mut function.graph);
    context.made(decided);
    let graph = &mut function.graph;
    rewrite::remove_markers(module, graph);
    let returned = rewrite::replace_returned(context, graph);
    context.count("returned", returned as u64);
    let schedule = Schedule::new(graph);
    let objects = plan::best(context, graph, &schedule);
    explain::explain(graph, &objects, context);
    context.count("allocations", objects.list.iter().filter(|object| !object.phi).count() as u64);
    let on_stack = objects.list.iter().filter(|object| !object.phi && !object.failed);
    let (removed, moved) = on_stack.fold((0, 0), |sum, object| {
        let rare = !object.points.is_empty();
        (sum.0 + u64::from(!rare), sum.1 + u64::from(rare))
    });
    if removed + moved == 0 || !context.spend() {
        return;
    }
    context.count("removed", removed);
    context.count("moved to cold paths", moved);
    rewrite::rewrite(function, &schedule, &objects);
}
