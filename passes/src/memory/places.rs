//! Where nodes are and may be: order of control inside blocks, and the first block where a value is known.

use son_ir::analysis::{Block, Cfg, Dominators, Loops};
use son_ir::{Graph, NodeId, Op, OpFlags, Type};

/// A point of the program: a block and a place along its control.
pub(super) type Point = (Block, u32);

/// The control skeleton with the order of control inside each block, and early blocks of values.
pub(super) struct Places {
    pub(super) cfg: Cfg,
    pub(super) dominators: Dominators,
    pub(super) loops: Loops,
    /// Of control nodes and states of memory: place along the control of their block.
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
        let mut along = vec![0; graph.len()];
        for block in cfg.blocks() {
            let mut place = 0;
            cfg.chain(graph, block, |node| {
                along[node.index()] = place;
                place += 1;
            });
        }
        let mut places =
            Places { cfg, dominators, loops, along, early: vec![Block::ENTRY; graph.len()], loads: Vec::new() };
        for node in graph.post_order() {
            places.early[node.index()] = places.find_early(graph, node);
            if graph.ty(node) == Type::MEM {
                places.along[node.index()] = places.place_of_state(graph, node);
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

    /// Place along control where a state of memory is made.
    fn place_of_state(&self, graph: &Graph, state: NodeId) -> u32 {
        match graph.op(state) {
            Op::Phi | Op::Poison => 0,
            Op::Proj => self.along[graph.input(state, 0).index()] + 1,
            _ => {
                let block = self.early(state);
                let same_block = graph.inputs(state).filter(|input| self.early(*input) == block);
                let ordered = same_block.filter(|input| matches!(graph.ty(*input), Type::CTRL | Type::MEM));
                ordered.map(|input| self.along[input.index()]).max().unwrap_or(0)
            }
        }
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

    /// Is control always at `a` before it is at `b`?
    pub(super) fn comes_before(&self, a: Point, b: Point) -> bool {
        if a.0 == b.0 { a.1 <= b.1 } else { self.dominators.dominates(a.0, b.0) }
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
