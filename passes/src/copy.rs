//! Copies of the computations of a block with some of their inputs replaced.

use crate::places::Places;
use rustc_hash::FxHashMap;
use son_ir::analysis::Block;
use son_ir::{Graph, Inputs, NewNode, NodeFlags, NodeId, Op};

/// A substitution of nodes, extended by the copies that follow from it.
pub(crate) struct Copies {
    /// Nodes of this block are copied; others stand for themselves.
    from: Block,
    /// Where the copies lie.
    to: Block,
    copies: FxHashMap<NodeId, NodeId>,
}

impl Copies {
    pub(crate) fn new(from: Block, to: Block) -> Copies {
        Copies { from, to, copies: FxHashMap::default() }
    }

    /// `copy` stands for `node`.
    pub(crate) fn bind(&mut self, node: NodeId, copy: NodeId) {
        self.copies.insert(node, copy);
    }

    fn known(&self, places: &Places, node: NodeId) -> Option<NodeId> {
        match self.copies.get(&node) {
            Some(&copy) => Some(copy),
            None if places.block_of(node) != self.from => Some(node),
            None => None,
        }
    }

    /// What stands for `node`, copied with all that it needs from its block.
    pub(crate) fn get(&mut self, graph: &mut Graph, places: &mut Places, node: NodeId) -> NodeId {
        let mut stack = vec![node];
        while let Some(&top) = stack.last() {
            if self.known(places, top).is_some() {
                stack.pop();
                continue;
            }
            let missing: Inputs = graph.inputs(top).filter(|&input| self.known(places, input).is_none()).collect();
            if missing.is_empty() {
                let copy = self.copy(graph, places, top);
                self.copies.insert(top, copy);
                stack.pop();
            } else {
                stack.extend(missing);
            }
        }
        self.known(places, node).expect("copied above")
    }

    fn copy(&self, graph: &mut Graph, places: &mut Places, node: NodeId) -> NodeId {
        let inputs: Inputs =
            graph.inputs(node).map(|input| self.known(places, input).expect("inputs come first")).collect();
        let (op, ty, flags, payload) = (graph.op(node), graph.ty(node), graph.flags(node), graph.payload(node));
        graph.set_origin(graph.origin(node));
        // Not shared: an equal node may lie where this one's uses are not reached from.
        let flags = if op == Op::Pi { NodeFlags::NONE } else { flags };
        let copy = graph.insert(&NewNode { op: op as u16, ty, flags, payload, inputs: &inputs });
        if let Some(fact) = graph.assumption(node) {
            graph.set_fact(copy, fact);
        }
        places.put(copy, self.to);
        copy
    }
}
