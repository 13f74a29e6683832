//! What is known ahead of a loop: what does not change in it, and what it computes first.

use crate::places::Places;
use rustc_hash::FxHashMap;
use son_ir::analysis::{Block, Dominators, LoopId};
use son_ir::facts::refine::strip_pi;
use son_ir::{Graph, Inputs, NewNode, NodeId, Op, OpFlags, Type};

/// Most nodes that are copied for one value.
const MAX_COPIED: usize = 48;

/// The way into a loop.
pub(super) struct Outside<'a> {
    pub(super) graph: &'a mut Graph,
    pub(super) places: &'a Places,
    pub(super) dominators: &'a Dominators,
    pub(super) of: LoopId,
    /// The loop's head.
    pub(super) head: NodeId,
    firsts: FxHashMap<NodeId, NodeId>,
    /// No poison in place of values: one choice for all who ask.
    frozen: FxHashMap<NodeId, NodeId>,
}

impl<'a> Outside<'a> {
    pub(super) fn new(graph: &'a mut Graph, places: &'a Places, dominators: &'a Dominators, of: LoopId) -> Outside<'a> {
        let head = places.cfg.head(places.loops.header(of));
        Outside { graph, places, dominators, of, head, firsts: FxHashMap::default(), frozen: FxHashMap::default() }
    }

    /// Is the block part of the loop?
    pub(super) fn has(&self, block: Block) -> bool {
        self.places.contains(self.of, block)
    }

    /// Is the block executed in each iteration that another one follows?
    pub(super) fn comes_before_next(&self, block: Block) -> bool {
        let header = self.places.loops.header(self.of);
        let around = self.places.cfg.predecessors(header).get(1);
        around.is_some_and(|&around| self.dominators.dominates(block, around))
    }

    /// The same value ahead of the loop, if it does not change.
    pub(super) fn invariant(&self, node: NodeId) -> Option<NodeId> {
        let node = strip_pi(self.graph, node);
        let block = self.places.block_of(node);
        let is_outside = block.is_some() && !self.has(block);
        (is_outside || self.graph.op(node).is(OpFlags::CHEAP) && self.graph.num_inputs(node) == 0).then_some(node)
    }

    /// The value, or any one if it is poison.
    pub(super) fn freeze(&mut self, value: NodeId) -> NodeId {
        let graph = &mut *self.graph;
        *self.frozen.entry(value).or_insert_with(|| graph.pure(Op::Freeze, graph.ty(value), &[value]))
    }

    /// What the value is in the first iteration, computed ahead of the loop, if it is computed from values alone.
    pub(super) fn first(&mut self, node: NodeId) -> Option<NodeId> {
        let mut stack = vec![node];
        let mut copied = 0;
        while let Some(&top) = stack.last() {
            if self.known(top).is_some() {
                stack.pop();
                continue;
            }
            if !self.is_copyable(top) || copied > MAX_COPIED {
                return None;
            }
            let missing: Inputs = self.inputs(top).filter(|&input| self.known(input).is_none()).collect();
            if missing.is_empty() {
                let copy = self.copy(top);
                self.firsts.insert(top, copy);
                copied += 1;
                stack.pop();
            } else if stack.len() > MAX_COPIED {
                return None;
            } else {
                stack.extend(missing);
            }
        }
        self.known(node)
    }

    fn known(&self, node: NodeId) -> Option<NodeId> {
        if let Some(same) = self.invariant(node) {
            return Some(same);
        }
        let is_phi = self.graph.is(node, Op::Phi) && self.graph.input(node, 0) == self.head;
        if is_phi { Some(self.graph.input(node, 1)) } else { self.firsts.get(&node).copied() }
    }

    fn is_copyable(&self, node: NodeId) -> bool {
        let op = self.graph.op(node);
        let is_value = !matches!(self.graph.ty(node), Type::CTRL | Type::TUPLE);
        is_value && (op == Op::Pi || !op.takes_control() && !op.is(OpFlags::PINNED) && op != Op::Proj)
    }

    fn inputs(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.graph.inputs(node).skip(usize::from(self.graph.is(node, Op::Pi)))
    }

    fn copy(&mut self, node: NodeId) -> NodeId {
        let inputs: Inputs = self.inputs(node).map(|input| self.known(input).expect("inputs come first")).collect();
        let graph = &mut *self.graph;
        let (op, ty, flags, payload) = (graph.op(node), graph.ty(node), graph.flags(node), graph.payload(node));
        if op == Op::Pi {
            inputs[0]
        } else {
            graph.share(&NewNode { op: op as u16, ty, flags, payload, inputs: &inputs })
        }
    }
}
