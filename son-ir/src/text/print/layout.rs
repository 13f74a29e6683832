//! The order in which a body is printed: blocks of a schedule.
//!
//! Text must not depend on the numbers of nodes, since reading it gives them others. So a copy of the graph
//! is brought into an order that depends on its structure only: exits in the order of blocks, then nodes as
//! compaction numbers them; that copy is scheduled.

use crate::analysis::{Cfg, Schedule};
use crate::facts::Fact;
use crate::graph::{Graph, NodeId};
use crate::module::{Function, Module};
use crate::verify::{Violation, verify_function};
use std::borrow::Cow;

/// A graph in printing order.
pub(crate) struct Layout<'a> {
    /// A copy of the function's graph without what `stop` does not reach, or what was given with its schedule.
    pub(crate) graph: Cow<'a, Graph>,
    /// Blocks and the order of nodes in them.
    pub(crate) schedule: Cow<'a, Schedule>,
    /// The number in the function's graph of each node of the copy.
    pub(crate) original: Vec<NodeId>,
    /// Nodes whose fact says more than follows from the facts of their inputs.
    pub(crate) assumed: Vec<bool>,
}

impl<'a> Layout<'a> {
    /// A graph that has a schedule, as it is.
    pub(crate) fn scheduled(graph: &'a Graph, schedule: &'a Schedule) -> Layout<'a> {
        let (original, assumed) = ((0..graph.len()).map(NodeId::new).collect(), vec![false; graph.len()]);
        Layout { graph: Cow::Borrowed(graph), schedule: Cow::Borrowed(schedule), original, assumed }
    }

    /// # Errors
    /// The function breaks the law, so there is no schedule.
    pub(crate) fn new(module: &Module, function: &Function) -> Result<Layout<'a>, Violation> {
        if let Err(mut violations) = verify_function(module, function) {
            return Err(violations.swap_remove(0));
        }
        let mut graph = function.graph.snapshot();
        order_exits(&mut graph);
        let renumbered = graph.compact();
        let mut original = vec![NodeId::NONE; graph.len()];
        for (old, new) in renumbered.iter().enumerate().filter(|(_, new)| new.is_some()) {
            original[new.index()] = NodeId::new(old);
        }
        let schedule = Schedule::new(&graph);
        let assumed = settle_facts(&mut graph, &schedule);
        Ok(Layout { graph: Cow::Owned(graph), schedule: Cow::Owned(schedule), original, assumed })
    }
}

fn order_exits(graph: &mut Graph) {
    let cfg = Cfg::new(graph);
    let mut exits = graph.copy_inputs(NodeId::STOP);
    exits.sort_by_key(|&exit| cfg.block_of(exit));
    graph.set_inputs(NodeId::STOP, &exits);
}

/// Brings facts to what a reader of the text computes: what follows from the inputs, and where more was
/// known, that too. Marks the nodes where more was known.
fn settle_facts(graph: &mut Graph, schedule: &Schedule) -> Vec<bool> {
    let mut assumed = vec![false; graph.len()];
    for &node in schedule.all_nodes() {
        let (ty, known) = (graph.ty(node), *graph.fact(node));
        graph.set_fact(node, Fact::Any);
        graph.refresh_fact(node);
        let follows = *graph.fact(node);
        let both = follows.meet(&known, ty);
        if both != follows {
            assumed[node.index()] = true;
            graph.set_fact(node, both);
        }
    }
    assumed
}
