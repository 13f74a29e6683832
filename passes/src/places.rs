//! Where nodes lie while control is transformed.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use son_ir::analysis::{Block, Blocks, Cfg, LoopId, Loops};
use son_ir::{Graph, NodeId, Op, OpFlags, Type};

/// Where nodes lie while control is transformed: the blocks of a schedule taken before, and for nodes made since, the block
/// that their maker says.
pub(crate) struct Places {
    pub cfg: Cfg,
    pub loops: Loops,
    block_of: Vec<Block>,
    nodes_of: Vec<Vec<NodeId>>,
    /// The head of each block as it is now.
    heads: Vec<NodeId>,
    /// The block of the schedule that a block was split from.
    origin: Vec<Block>,
    /// The blocks that were split from a block of the schedule.
    splits: FxHashMap<Block, Vec<Block>>,
}

impl Places {
    pub(crate) fn new(graph: &Graph) -> Places {
        let Blocks { cfg, loops, block_of } = Blocks::new(graph);
        let mut nodes_of = vec![Vec::new(); cfg.len()];
        for (index, block) in block_of.iter().enumerate().filter(|(_, block)| block.is_some()) {
            nodes_of[block.index()].push(NodeId::new(index));
        }
        let (heads, origin) = cfg.blocks().map(|block| (cfg.head(block), block)).unzip();
        Places { cfg, loops, block_of, nodes_of, heads, origin, splits: FxHashMap::default() }
    }

    /// The node's block, [`Block::NONE`] for what nothing needs.
    pub(crate) fn block_of(&self, node: NodeId) -> Block {
        self.block_of.get(node.index()).copied().unwrap_or(Block::NONE)
    }

    /// Puts a new node into a block; one that has a block stays there.
    pub(crate) fn put(&mut self, node: NodeId, block: Block) {
        if self.block_of.len() <= node.index() {
            self.block_of.resize(node.index() + 1, Block::NONE);
        }
        if !self.block_of[node.index()].is_some() {
            self.block_of[node.index()] = block;
            self.nodes_of[block.index()].push(node);
        }
    }

    /// Is the block part of the loop?
    pub(crate) fn contains(&self, of: LoopId, block: Block) -> bool {
        block.is_some() && self.loops.contains(of, self.origin[block.index()])
    }

    /// The head of a block.
    pub(crate) fn head(&self, block: Block) -> NodeId {
        self.heads[block.index()]
    }

    /// Blocks before a block, in the order of its region's inputs.
    pub(crate) fn predecessors(&self, graph: &Graph, block: Block) -> SmallVec<[Block; 4]> {
        let head = self.head(block);
        let ways = if head == NodeId::START { 0 } else { graph.num_inputs(head) };
        (0..ways).map(|way| self.block_of(graph.input(head, way))).collect()
    }

    /// `region` merges the head of its block with other ways: it is the head now, and the old head that of a block of
    /// its own before it.
    pub(crate) fn merge_at_head(&mut self, old_head: NodeId, region: NodeId) {
        let block = self.block_of(old_head);
        self.block_of[old_head.index()] = Block::NONE;
        self.put_as_head(old_head, block);
        self.put(region, block);
        self.heads[block.index()] = region;
    }

    /// Puts a new head of a block into a block of its own, which counts to the same loops as `like`.
    pub(crate) fn put_as_head(&mut self, head: NodeId, like: Block) {
        let origin = self.origin[like.index()];
        let own = Block(self.heads.len() as u32);
        self.heads.push(head);
        self.origin.push(origin);
        self.splits.entry(origin).or_default().push(own);
        self.nodes_of.push(Vec::new());
        self.put(head, own);
    }

    /// `region` takes the place of the head of its block, which goes.
    pub(crate) fn replace_head(&mut self, block: Block, region: NodeId) {
        self.put(region, block);
        self.heads[block.index()] = region;
    }

    /// Control goes from one block straight into the other now, and nowhere else: they are one.
    pub(crate) fn absorb(&mut self, into: Block, from: Block) {
        let nodes = std::mem::take(&mut self.nodes_of[from.index()]);
        for &node in &nodes {
            if self.block_of[node.index()] == from {
                self.block_of[node.index()] = into;
            }
        }
        self.nodes_of[into.index()].extend(nodes);
    }

    /// The nodes of a block, some of which may be dead by now.
    pub(crate) fn nodes(&self, block: Block) -> &[NodeId] {
        &self.nodes_of[block.index()]
    }

    /// Is there nothing in the block but its head?
    pub(crate) fn is_empty(&self, block: Block) -> bool {
        self.nodes_of[block.index()].len() <= 1
    }

    /// The live nodes of a loop that may differ between iterations, each after its inputs but for those over back
    /// edges. Others lie in the loop only because it is cheap to.
    pub(crate) fn loop_nodes(&self, graph: &Graph, of: LoopId) -> Vec<NodeId> {
        let splits = |block| self.splits.get(block).into_iter().flatten();
        let blocks = self.loops.blocks(of).iter().flat_map(|block| std::iter::once(block).chain(splits(block)));
        let roots: Vec<NodeId> = blocks.flat_map(|block| &self.nodes_of[block.index()]).copied().collect();
        let mut unseen: FxHashSet<NodeId> = roots.iter().copied().filter(|&node| graph.is_live(node)).collect();
        let mut order = Vec::with_capacity(unseen.len());
        let mut varies = FxHashSet::default();
        varies.insert(self.cfg.head(self.loops.header(of)));
        for root in roots {
            let mut stack = Vec::new();
            if unseen.remove(&root) {
                stack.push((root, 0));
            }
            while let Some((node, next)) = stack.last_mut() {
                let (node, index) = (*node, *next);
                *next += 1;
                if index >= graph.num_inputs(node) {
                    if varies.contains(&node) || graph.inputs(node).any(|input| varies.contains(&input)) {
                        varies.insert(node);
                        order.push(node);
                    }
                    stack.pop();
                } else if !graph.is_back_edge(node, index) && unseen.remove(&graph.input(node, index)) {
                    stack.push((graph.input(node, index), 0));
                }
            }
        }
        order
    }

    /// The block at whose end, or in which, input `index` of `user` is used.
    pub(crate) fn use_block(&self, graph: &Graph, user: NodeId, index: usize) -> Block {
        if graph.is(user, Op::Phi) && index > 0 {
            let region = graph.input(user, 0);
            return self.block_of(graph.input(region, index - 1));
        }
        self.block_of(user)
    }

    /// Readies a loop, of which these are nodes, for more ways out. What floats below a control inside but lies outside
    /// is pinned to the block where it lies: its operands may come to be defined there only. What has no phi is made
    /// again outside, and its operands meet.
    pub(crate) fn settle_outside(&mut self, graph: &mut Graph, of: LoopId, nodes: &[NodeId]) {
        for &node in nodes {
            if graph.ty(node) == Type::CTRL {
                self.pin_outside(graph, of, node);
            } else if has_no_phi(graph, node) {
                self.copy_outside(graph, of, node);
            }
        }
    }

    fn pin_outside(&self, graph: &mut Graph, of: LoopId, control: NodeId) {
        for (user, index) in self.outside_uses(graph, of, control) {
            if !graph.op(user).is(OpFlags::PINNED) {
                graph.set_input(user, index, self.head(self.block_of(user)));
            }
        }
    }

    fn copy_outside(&mut self, graph: &mut Graph, of: LoopId, node: NodeId) {
        let mut pending = self.outside_uses(graph, of, node);
        while let Some((user, index)) = pending.pop() {
            let (node, block) = (graph.input(user, index), self.use_block(graph, user, index));
            let inputs = graph.copy_inputs(node);
            let copy = graph.raw(graph.op(node), graph.ty(node), graph.payload(node), &inputs);
            self.put(copy, block);
            graph.set_input(user, index, copy);
            let inside = |input: NodeId| has_no_phi(graph, input) && self.contains(of, self.block_of(input));
            pending.extend((0..).zip(&inputs).filter(|&(_, &input)| inside(input)).map(|(index, _)| (copy, index)));
        }
    }

    /// Uses of a node of the loop that lie outside of it.
    pub(crate) fn outside_uses(&self, graph: &Graph, of: LoopId, node: NodeId) -> Vec<(NodeId, usize)> {
        let is_outside = |&(user, index): &(NodeId, usize)| {
            let block = self.use_block(graph, user, index);
            block.is_some() && !self.contains(of, block)
        };
        graph.uses(node).filter(is_outside).collect()
    }
}

/// Does the node stand for several values, which meet one by one: the slices of memory, the values of a frame?
pub(crate) fn has_no_phi(graph: &Graph, node: NodeId) -> bool {
    let ty = graph.ty(node);
    graph.is(node, Op::MergeMem) || !(ty.is_data() || matches!(ty, Type::MEM | Type::CTRL | Type::TUPLE))
}
