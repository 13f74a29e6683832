//! The memory operations of each block, in an order in which they may be executed.
//!
//! Memory that is one chain gives the order itself. If it is sliced already, a schedule does.

use super::classes::is_access;
use son_ir::analysis::effects::ideal_effects;
use son_ir::analysis::{Block, Cfg, Dominators, Loops, Schedule};
use son_ir::{Graph, NodeId, Op, Type};

/// Memory operations by block, with the control skeleton.
pub(super) struct Events {
    pub(super) cfg: Cfg,
    pub(super) loops: Loops,
    of_block: Vec<Vec<NodeId>>,
}

impl Events {
    /// Of a graph of ideal nodes.
    pub(super) fn new(graph: &Graph) -> Events {
        if is_chain(graph) { Events::along_chain(graph) } else { Events::scheduled(graph) }
    }

    /// Loads, writes and whole readers of the block.
    pub(super) fn of(&self, block: Block) -> &[NodeId] {
        &self.of_block[block.index()]
    }

    fn scheduled(graph: &Graph) -> Events {
        let schedule = Schedule::new(graph);
        let memory = |block| schedule.nodes(block).iter().copied().filter(|&node| takes_memory(graph, node)).collect();
        let of_block = schedule.cfg.blocks().map(memory).collect();
        let Schedule { cfg, loops, .. } = schedule;
        Events { cfg, loops, of_block }
    }

    /// Each state is followed by the loads that read it, and by at most one write in its block.
    fn along_chain(graph: &Graph) -> Events {
        let cfg = Cfg::new(graph);
        let loops = Loops::new(&cfg, &Dominators::new(&cfg));
        let mut events = Events { of_block: vec![Vec::new(); cfg.len()], cfg, loops };
        for node in graph.post_order() {
            if graph.ty(node) == Type::MEM {
                let block = events.block_of_state(graph, node);
                events.push_loads(graph, node, block);
            } else if takes_memory(graph, node) && !graph.is(node, Op::Load) {
                events.push(node, events.cfg.block_of(node));
            }
        }
        events
    }

    fn push(&mut self, node: NodeId, block: Block) {
        if block.is_some() {
            self.of_block[block.index()].push(node);
        }
    }

    /// The block in which a state of memory comes to be. A write is an event of that block itself.
    fn block_of_state(&mut self, graph: &Graph, state: NodeId) -> Block {
        let block = match graph.op(state) {
            Op::Proj if graph.input(state, 0) == NodeId::START => Block::ENTRY,
            Op::Poison => Block::NONE,
            _ => self.cfg.block_of(graph.input(state, 0)),
        };
        if takes_memory(graph, state) {
            self.push(state, block);
        }
        block
    }

    fn push_loads(&mut self, graph: &Graph, state: NodeId, block: Block) {
        for (user, index) in graph.uses(state) {
            if graph.is(user, Op::Load) && index == 1 {
                self.push(user, block);
            }
        }
    }
}

/// Does the node read or write the memory that it takes?
fn takes_memory(graph: &Graph, node: NodeId) -> bool {
    Op::from_number(graph.op_number(node)).is_some_and(|op| ideal_effects(graph, node, op).memory.is_some())
}

/// Is there a single chain of memory, as the builder makes it: every write follows the one before?
fn is_chain(graph: &Graph) -> bool {
    graph.nodes().all(|node| match graph.op(node) {
        Op::MergeMem => false,
        Op::Phi => graph.ty(node) != Type::MEM || graph.payload(node) == 0,
        op if op == Op::Call || is_access(op) && op != Op::Load => continues(graph, node),
        _ => true,
    })
}

/// Does anything follow the state that the node makes? What is not followed was taken out of the chain.
fn continues(graph: &Graph, node: NodeId) -> bool {
    son_ir::analysis::effects::memory_after(graph, node).is_some_and(|after| !graph.is_unused(after))
}
