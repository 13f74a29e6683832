//! The latest block of each node: the common dominator of its uses.
//!
//! Cheaper than a schedule, and enough to ask which uses a branch dominates.

use son_ir::analysis::{Block, Cfg, Dominators};
use son_ir::{Graph, NodeId, Op, OpFlags};

/// Latest blocks, with the control skeleton that they speak of.
pub(crate) struct Latest {
    pub(crate) cfg: Cfg,
    pub(crate) dominators: Dominators,
    block_of: Vec<Block>,
}

impl Latest {
    /// Of a graph of ideal nodes. Linear but for the depth of the dominator tree.
    pub(crate) fn new(graph: &Graph) -> Latest {
        let cfg = Cfg::new(graph);
        let dominators = Dominators::new(&cfg);
        let mut latest = Latest { cfg, dominators, block_of: vec![Block::NONE; graph.len()] };
        for &node in graph.post_order().iter().rev() {
            latest.block_of[node.index()] = latest.find(graph, node);
        }
        latest
    }

    /// The node's latest block; none if nothing executed uses it.
    pub(crate) fn block_of(&self, node: NodeId) -> Block {
        self.block_of.get(node.index()).copied().unwrap_or(Block::NONE)
    }

    /// The block in which, or at whose end, input `index` of `user` is used.
    pub(crate) fn use_block(&self, graph: &Graph, user: NodeId, index: usize) -> Block {
        if graph.is(user, Op::Phi) && index > 0 {
            self.cfg.block_of(graph.input(graph.input(user, 0), index - 1))
        } else {
            self.block_of(user)
        }
    }

    fn find(&self, graph: &Graph, node: NodeId) -> Block {
        let block = self.cfg.block_of(node);
        if block.is_some() {
            return block;
        }
        let op = graph.op(node);
        if op == Op::Proj {
            let tuple = graph.input(node, 0);
            return if tuple == NodeId::START { Block::ENTRY } else { self.cfg.block_of(tuple) };
        }
        // What may trap goes no further up than its control, but so far: it counts as used there.
        if (op.is(OpFlags::PINNED) || op.is(OpFlags::MAY_TRAP)) && graph.num_inputs(node) > 0 {
            return self.cfg.block_of(graph.input(node, 0));
        }
        let mut latest = Block::NONE;
        for (user, index) in graph.uses(node) {
            let block = self.use_block(graph, user, index);
            latest = match (latest.is_some(), block.is_some()) {
                (true, true) => self.dominators.common(latest, block),
                (false, _) => block,
                _ => latest,
            };
        }
        latest
    }
}
