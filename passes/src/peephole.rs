//! Rewrite rules, folding and value numbering to the fixpoint.
//!
//! **What:** Each node is replaced by its better form as long as it has one; equal nodes become one; decided branches
//! go. **Why:** Every other pass leaves simplifications to it, and finds the graph in one form.
//!
//! **Algorithm:** A worklist without duplicates (Click, "Global code motion / global value numbering", 1995),
//! seeded with all nodes, each after its inputs, so that most reach their final form at the first visit. A
//! node is visited again when its inputs or uses changed, when what is known of an input changed, or when an
//! input was rewritten in place, since rules look two levels deep. From then on the graph lists what other
//! passes change, and the next run starts from that.
//!
//! **Needs:** nothing. **Gives:** the fixpoint of the peephole rules. **Breaks:** nothing.
//!
//! **Does not try:** cycles: values that are constant only if assumed so come from [`sccp`](crate::sccp).
//!
//! **Tests:** `tests/files/peephole`, `passes/tests/peephole.rs`; rules are proven one by one.

use crate::context::Context;
use crate::control;
use crate::worklist::Worklist;
use son_ir::{Function, Graph, NodeId, Op, OpFlags};

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    let graph = &mut function.graph;
    let mut changed = Vec::new();
    let mut worklist = if graph.is_tracking() {
        graph.drain_changed(&mut changed);
        changed.sort_unstable();
        let mut worklist = Worklist::new(graph);
        changed.drain(..).filter(|&node| graph.is_live(node)).for_each(|node| push_near(graph, node, &mut worklist));
        worklist
    } else {
        graph.track(true);
        Worklist::seeded(graph, graph.post_order(), context.seed)
    };
    let mut decided = false;
    while !context.is_exhausted() {
        let Some(node) = worklist.pop() else { break };
        if !graph.is_live(node) {
            continue;
        }
        context.visit();
        if graph.refresh_fact(node) {
            push_users(graph, node, &mut worklist);
        }
        if can_improve(graph, node) {
            decided |= improve(graph, node, context);
        }
        graph.drain_changed(&mut changed);
        for node in changed.drain(..) {
            if graph.is_live(node) {
                worklist.push(node);
                if is_pure(graph, node) {
                    push_users(graph, node, &mut worklist);
                }
            }
        }
    }
    if decided {
        control::exit_endless_loops(graph);
    }
}

/// The node and those that see it within the two levels that rules look at.
fn push_near(graph: &Graph, node: NodeId, worklist: &mut Worklist) {
    worklist.push(node);
    for user in graph.users(node) {
        worklist.push(user);
        push_users(graph, user, worklist);
    }
}

fn push_users(graph: &Graph, node: NodeId, worklist: &mut Worklist) {
    graph.users(node).for_each(|user| worklist.push(user));
}

fn is_pure(graph: &Graph, node: NodeId) -> bool {
    Op::from_number(graph.op_number(node))
        .is_some_and(|op| op.is(OpFlags::SHARED) && !op.is(OpFlags::CHEAP) && op != Op::Proj)
}

fn can_improve(graph: &Graph, node: NodeId) -> bool {
    node != NodeId::START && node != NodeId::STOP && Op::from_number(graph.op_number(node)).is_some()
}

/// Rewrites the node if it has a better form. Was it a branch?
fn improve(graph: &mut Graph, node: NodeId, context: &mut Context) -> bool {
    let branches = matches!(graph.op(node), Op::If | Op::Switch);
    if graph.is_unused(node) && is_pure(graph, node) {
        graph.kill(node);
    } else if control::applies_to(graph.op(node)) && control::simplify(graph, node) {
        let _ = context.spend();
        return branches;
    } else if let Some(better) = graph.improve(node)
        && context.spend()
    {
        graph.replace(node, better);
    }
    false
}
