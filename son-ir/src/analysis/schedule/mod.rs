//! Global code motion: a block for each node, and an order inside each block.
//!
//! What: turns the sea of nodes into blocks of nodes that can be executed in order. Why: code generation needs
//! it, and so does everybody who reads or interprets a graph.
//!
//! Algorithm: Click, "Global code motion / global value numbering" (1995). Each node that control does not pin
//! may be anywhere between its *early* block, the deepest in the dominator tree of its inputs' blocks, and its
//! *late* block, the common dominator of its uses. Readers of memory have to come before what overwrites the
//! state that they read, which raises their late block (see [`super::anti_dependence`]). Of the blocks between,
//! the latest is taken, unless one outside of more loops is executed less often. Loads and divisions
//! do not rise above their control input. Stores stay at theirs.
//!
//! Linear in nodes and edges but for the depth of loops and logarithms of the dominator tree; no recursion.
//!
//! Needs nothing, breaks nothing, does not copy nodes. The independent checker is [`check`].
//!
//! ```
//! use son_ir::{Graph, NodeId, Op, Type, analysis::{Block, Schedule}};
//! let mut graph = Graph::new();
//! let (control, memory) = (graph.entry_control(), graph.entry_memory());
//! let x = graph.param(0, Type::I32);
//! let double = graph.pure(Op::Add, Type::I32, &[x, x]);
//! let ret = graph.raw(Op::Return, Type::CTRL, 0, &[control, memory, double]);
//! graph.add_input(NodeId::STOP, ret);
//! let schedule = Schedule::new(&graph);
//! assert_eq!(schedule.block_of(double), Block::ENTRY);
//! assert!(schedule.nodes(Block::ENTRY).ends_with(&[double, ret]));
//! ```

pub mod check;
mod order;
mod place;
#[cfg(test)]
mod tests;

use super::anti_dependence::{MemoryOrder, Places};
use super::cfg::{Block, Cfg};
use super::dominators::Dominators;
use super::effects::{Ideal, Target};
use super::frequency::Frequencies;
use super::loops::Loops;
use crate::graph::{Graph, NodeId};

/// The nodes of a graph in blocks, each in an order of execution.
#[derive(Clone)]
pub struct Schedule {
    /// The control skeleton.
    pub cfg: Cfg,
    /// Its dominators.
    pub dominators: Dominators,
    /// Its loops.
    pub loops: Loops,
    /// How often blocks are executed.
    pub frequencies: Frequencies,
    block_of: Vec<Block>,
    order: Vec<NodeId>,
    starts: Vec<u32>,
    before: Before,
}

/// Pairs of a reader and the writer in the same block that must not come before it, by writer. To keep them few, a
/// token stands for readers of the same state.
#[derive(Clone, Default)]
pub(crate) struct Before {
    /// Writer and token, sorted by writer.
    writers: Vec<(NodeId, u32)>,
    /// Readers of each token.
    readers: Vec<NodeId>,
    token_starts: Vec<u32>,
}

/// The blocks of a schedule, without an order inside them: what those need who change control, for half the time.
pub struct Blocks {
    /// The control skeleton.
    pub cfg: Cfg,
    /// Its loops.
    pub loops: Loops,
    /// The block of each node by its index, [`Block::NONE`] for nodes that nothing executed needs.
    pub block_of: Vec<Block>,
}

impl Blocks {
    /// Of a graph of ideal nodes, with memory ordered by alias classes.
    pub fn new(graph: &Graph) -> Blocks {
        let schedule = Schedule::empty(graph);
        let block_of = place::Placement::new(graph, &Ideal, MemoryOrder::Classes, &schedule).run();
        let Schedule { cfg, loops, .. } = schedule;
        Blocks { cfg, loops, block_of }
    }
}

impl Before {
    fn tokens(&self, writer: NodeId) -> &[(NodeId, u32)] {
        let start = self.writers.partition_point(|pair| pair.0 < writer);
        let len = self.writers[start..].iter().take_while(|pair| pair.0 == writer).count();
        &self.writers[start..start + len]
    }

    fn readers(&self, token: u32) -> &[NodeId] {
        &self.readers[self.token_starts[token as usize] as usize..self.token_starts[token as usize + 1] as usize]
    }
}

impl Schedule {
    /// The schedule of a graph of ideal nodes, with memory ordered by alias classes.
    pub fn new(graph: &Graph) -> Schedule {
        Schedule::with(graph, &Ideal, MemoryOrder::Classes)
    }

    /// The schedule of any graph.
    pub fn with(graph: &Graph, target: &impl Target, memory: MemoryOrder) -> Schedule {
        let mut schedule = Schedule::empty(graph);
        let placement = place::Placement::new(graph, target, memory, &schedule);
        (schedule.block_of, schedule.before) = placement.run_ordered();
        order::order(graph, &mut schedule);
        schedule
    }

    /// Only the control skeleton.
    fn empty(graph: &Graph) -> Schedule {
        let cfg = Cfg::new(graph);
        let dominators = Dominators::new(&cfg);
        let loops = Loops::new(&cfg, &dominators);
        let frequencies = Frequencies::new(graph, &cfg, &loops);
        Schedule {
            cfg,
            dominators,
            loops,
            frequencies,
            block_of: Vec::new(),
            order: Vec::new(),
            starts: Vec::new(),
            before: Before::default(),
        }
    }

    /// The block of a node, [`Block::NONE`] for nodes that nothing executed needs.
    pub fn block_of(&self, node: NodeId) -> Block {
        self.block_of.get(node.index()).copied().unwrap_or(Block::NONE)
    }

    /// The nodes of a block in order of execution: its head, phis and parameters, then all others, at last the
    /// branch or exit if the block has one of its own. Projections follow their tuples.
    pub fn nodes(&self, block: Block) -> &[NodeId] {
        &self.order[self.starts[block.index()] as usize..self.starts[block.index() + 1] as usize]
    }

    /// All nodes that have a block, block by block.
    pub fn all_nodes(&self) -> &[NodeId] {
        &self.order
    }

    /// The readers in the writer's own block that have to come before it.
    pub fn readers_before(&self, writer: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.before.tokens(writer).iter().flat_map(|&(_, token)| self.before.readers(token).iter().copied())
    }

    /// All pairs of a reader and a writer in the same block that has to come after it.
    pub fn orders(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        let readers = |token| self.before.readers(token).iter();
        self.before.writers.iter().flat_map(move |&(writer, token)| readers(token).map(move |&reader| (reader, writer)))
    }

    fn places<'a, T>(&'a self, graph: &'a Graph, target: &'a T, block_of: &'a [Block]) -> Places<'a, T> {
        Places { graph, target, cfg: &self.cfg, dominators: &self.dominators, block_of }
    }
}
