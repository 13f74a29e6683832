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

use crate::control;
use crate::manager::Context;
use son_ir::{Function, Graph, NodeId, Op};

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
        let never = graph.users(branch).find(|&side| is_never_taken(graph, side)).map(|side| graph.payload(side));
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

/// Is there nothing on this way but that it is never gone?
fn is_never_taken(graph: &Graph, side: NodeId) -> bool {
    graph.has_one_use(side) && graph.users(side).all(|user| graph.is(user, Op::Unreachable))
}
