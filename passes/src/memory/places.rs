//! Where nodes are and may be: order of control inside blocks, and the first block where a value is known.

use son_ir::analysis::{Block, Cfg, Dominators, Loops};
use son_ir::{Graph, NodeId, Op, OpFlags, Type};

/// A point of the program: a block, and how deep in its control and memory.
pub(super) type Point = (Block, u32);

/// The depth of a block's end.
pub(super) const END: u32 = u32::MAX;

/// The control skeleton with the order of control and memory inside each block, and early blocks of values.
pub(super) struct Places {
    pub(super) cfg: Cfg,
    pub(super) dominators: Dominators,
    pub(super) loops: Loops,
    /// Of control nodes and states of memory: how many of their block come before, on the longest way.
    along: Vec<u32>,
    early: Vec<Block>,
    /// Loads, each behind what it depends on.
    loads: Vec<NodeId>,
}

impl Places {
    /// Of a graph of ideal nodes.
    pub(super) fn new(graph: &Graph) -> Places {
        let cfg = Cfg::new(graph);
        let dominators = Dominators::new(&cfg);
        let loops = Loops::new(&cfg, &dominators);
        let nodes = graph.len();
        let mut places = Places {
            cfg,
            dominators,
            loops,
            along: vec![0; nodes],
            early: vec![Block::ENTRY; nodes],
            loads: Vec::new(),
        };
        for node in graph.post_order() {
            places.early[node.index()] = places.find_early(graph, node);
            if matches!(graph.ty(node), Type::CTRL | Type::TUPLE | Type::MEM) {
                places.along[node.index()] = places.depth_in_block(graph, node);
            } else if graph.is(node, Op::Load) {
                places.loads.push(node);
            }
        }
        places
    }

    /// All loads, those first that dominate others, and that others depend on.
    pub(super) fn loads(&self, graph: &Graph) -> Vec<NodeId> {
        let mut loads = self.loads.clone();
        loads.retain(|&load| self.point_of_load(graph, load).0.is_some());
        loads.sort_by_key(|&load| self.point_of_load(graph, load));
        loads
    }

    /// One more than the deepest control and memory of its block that the node follows; 0 at the block's start.
    fn depth_in_block(&self, graph: &Graph, node: NodeId) -> u32 {
        if node == NodeId::START || matches!(graph.op(node), Op::Region | Op::Loop | Op::Phi | Op::Poison) {
            return 0;
        }
        let block = self.early(node);
        let same_block = graph.inputs(node).filter(|input| self.early(*input) == block);
        let ordered = same_block.filter(|input| matches!(graph.ty(*input), Type::CTRL | Type::TUPLE | Type::MEM));
        ordered.map(|input| self.along[input.index()] + 1).max().unwrap_or(0)
    }

    /// The first point where a load can be: where its control is, its memory and its address.
    pub(super) fn point_of_load(&self, graph: &Graph, load: NodeId) -> Point {
        let [control, memory, address] = [0, 1, 2].map(|index| graph.input(load, index));
        let block = [control, memory, address]
            .into_iter()
            .map(|node| self.early(node))
            .fold(Block::ENTRY, |a, b| self.deeper(a, b));
        let ordered = [control, memory].into_iter().filter(|&node| self.early(node) == block);
        (block, ordered.map(|node| self.along[node.index()]).max().unwrap_or(0))
    }

    /// Is `a` always passed before `b`? Inside of a block the depths of accesses of one slice of memory tell;
    /// `comparable` says whether they are of one slice. Start and end of a block lie around all that is in it.
    pub(super) fn comes_before(&self, a: Point, b: Point, comparable: bool) -> bool {
        if a.0 != b.0 {
            return self.dominators.dominates(a.0, b.0);
        }
        a.1 == 0 || b.1 == END || (comparable && a.1 <= b.1)
    }

    /// The first block where the node's value is known.
    pub(super) fn early(&self, node: NodeId) -> Block {
        self.early.get(node.index()).copied().unwrap_or(Block::NONE)
    }

    /// Says where a new node is known.
    pub(super) fn set_early(&mut self, node: NodeId, block: Block) {
        if self.early.len() <= node.index() {
            self.early.resize(node.index() + 1, Block::NONE);
        }
        self.early[node.index()] = block;
    }

    /// The deeper of two blocks of which one dominates the other.
    pub(super) fn deeper(&self, a: Block, b: Block) -> Block {
        if !a.is_some() || !b.is_some() {
            return Block::NONE;
        }
        if self.dominators.depth(a) >= self.dominators.depth(b) { a } else { b }
    }

    fn find_early(&self, graph: &Graph, node: NodeId) -> Block {
        let block = self.cfg.block_of(node);
        if block.is_some() {
            return block;
        }
        let op = graph.op(node);
        if op.is(OpFlags::PINNED) && graph.num_inputs(node) > 0 {
            return self.cfg.block_of(graph.input(node, 0));
        }
        if op == Op::Proj && graph.input(node, 0) == NodeId::START {
            return Block::ENTRY;
        }
        graph.inputs(node).map(|input| self.early(input)).fold(Block::ENTRY, |a, b| self.deeper(a, b))
    }
}
