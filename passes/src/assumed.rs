//! Branches to what is never executed: the test goes, once what it says has been used.
//!
//! **What:** a branch one side of which is `unreachable` at once takes the other side. **Why:** such branches are what a
//! frontend makes of assumptions (`llvm.assume`, `__builtin_unreachable`); they are there for the facts that follow
//! below them, and cost a test if they stay.
//!
//! **Algorithm:** a look at each branch.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the peephole rules; facts that hold by the branch alone are not
//! known any more.
//!
//! **Does not try:** cases of a switch, of which lowering makes one test anyway.
//!
//! **Tests:** `tests/files/assumed`.

use crate::context::Context;
use crate::control;
use son_ir::{Function, NodeId, Op};

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    let graph = &mut function.graph;
    graph.hold();
    let branches: Vec<NodeId> = graph.nodes().filter(|&node| graph.is(node, Op::If)).collect();
    let mut changed = false;
    for branch in branches {
        if !graph.is_live(branch) {
            continue;
        }
        let never =
            graph.users(branch).find(|&side| control::is_never_taken(graph, side)).map(|side| graph.payload(side));
        if let Some(never) = never
            && context.spend()
        {
            control::take(graph, branch, 1 - never);
            changed = true;
        }
    }
    if changed {
        control::exit_endless_loops(graph);
    }
    graph.release();
}
