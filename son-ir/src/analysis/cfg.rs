//! The control skeleton: basic blocks of the control nodes that the function's entry reaches.
//!
//! A block starts at a head (`start`, `region`, `loop`, or a control projection of a branch) and goes on
//! along the chain of control through calls and other pinned effects to its end: a branch, an exit, or the
//! region that it jumps to. Blocks are numbered in reverse post order.

use crate::graph::{Graph, NodeId};
use crate::ops::{Op, OpFlags};
use crate::types::Type;

/// A basic block of a [`Cfg`]: its place in reverse post order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Block(pub u32);

impl Block {
    /// The entry block.
    pub const ENTRY: Block = Block(0);
    /// No block.
    pub const NONE: Block = Block(u32::MAX);

    /// As an index of side tables.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Is it a block, not the placeholder?
    pub const fn is_some(self) -> bool {
        self.0 != u32::MAX
    }
}

/// Control-flow graph of a function, a snapshot.
///
/// ```
/// use son_ir::{Graph, Op, Type, analysis::Cfg};
/// let mut graph = Graph::new();
/// let (control, memory) = (graph.entry_control(), graph.entry_memory());
/// let ret = graph.raw(Op::Return, Type::CTRL, 0, &[control, memory]);
/// graph.add_input(son_ir::NodeId::STOP, ret);
/// let cfg = Cfg::new(&graph);
/// assert_eq!(cfg.len(), 1);
/// assert_eq!(cfg.end(son_ir::analysis::Block::ENTRY), ret);
/// ```
#[derive(Clone)]
pub struct Cfg {
    heads: Vec<NodeId>,
    ends: Vec<NodeId>,
    block_of: Vec<Block>,
    successors: Lists,
    predecessors: Lists,
}

/// A list of blocks for each block, flat.
#[derive(Clone, Default)]
struct Lists {
    starts: Vec<u32>,
    items: Vec<Block>,
}

impl Lists {
    fn get(&self, block: Block) -> &[Block] {
        &self.items[self.starts[block.index()] as usize..self.starts[block.index() + 1] as usize]
    }
}

/// The node that takes over control from `control`: `None` if nothing does.
pub fn control_successor(graph: &Graph, control: NodeId) -> Option<NodeId> {
    graph.uses(control).find(|&(user, index)| continues_control(graph, user, index)).map(|(user, _)| user)
}

/// Does `user` take over control by its input `index`?
pub(crate) fn continues_control(graph: &Graph, user: NodeId, index: usize) -> bool {
    let ty = graph.ty(user);
    if ty != Type::CTRL && ty != Type::TUPLE {
        return false;
    }
    match Op::from_number(graph.op_number(user)) {
        Some(Op::Region | Op::Loop | Op::Stop) => true,
        Some(op) => index == 0 && op.is(OpFlags::PINNED),
        None => index == 0,
    }
}

/// Does the op end a block?
fn ends_block(graph: &Graph, node: NodeId) -> bool {
    Op::from_number(graph.op_number(node)).is_some_and(|op| op.is(OpFlags::BLOCK_END))
}

/// Where the block that starts with `head` goes: its end, and each node of its chain is handed to `visit`.
fn walk_chain(graph: &Graph, head: NodeId, mut visit: impl FnMut(NodeId)) -> NodeId {
    let mut control = head;
    visit(head);
    if head == NodeId::START {
        match graph.find_proj(NodeId::START, 0) {
            Some(entry) => control = entry,
            None => return head,
        }
        visit(control);
    }
    loop {
        let Some(next) = control_successor(graph, control) else { return control };
        match Op::from_number(graph.op_number(next)) {
            Some(Op::Region | Op::Loop | Op::Stop) => return next,
            _ if ends_block(graph, next) => {
                visit(next);
                return next;
            }
            _ => {}
        }
        visit(next);
        control = next;
        if graph.ty(next) == Type::TUPLE {
            if leaves_exceptionally(graph, next) {
                return next;
            }
            let Some(after) = graph.find_proj(next, 0) else { return next };
            visit(after);
            control = after;
        }
    }
}

/// Is it a call with an exceptional exit that is used?
fn leaves_exceptionally(graph: &Graph, node: NodeId) -> bool {
    graph.is(node, Op::Call) && graph.users(node).any(|user| graph.ty(user) == Type::CTRL && graph.payload(user) != 0)
}

/// Heads of the blocks that follow a block with this end, in the order of projections.
fn heads_after(graph: &Graph, end: NodeId, heads: &mut Vec<NodeId>) {
    heads.clear();
    match Op::from_number(graph.op_number(end)) {
        Some(Op::Region | Op::Loop) => heads.push(end),
        Some(Op::Stop) => {}
        _ if graph.ty(end) == Type::TUPLE && end != NodeId::START => {
            heads.extend(graph.users(end).filter(|&user| graph.is(user, Op::Proj) && graph.ty(user) == Type::CTRL));
            heads.sort_by_key(|&head| graph.payload(head));
        }
        _ => {}
    }
}

impl Cfg {
    /// The blocks that the entry reaches. Linear in the control nodes and their uses.
    pub fn new(graph: &Graph) -> Cfg {
        let mut finder =
            Finder { graph, number: vec![u32::MAX; graph.len()], found: Vec::new(), post_order: Vec::new() };
        finder.search();
        finder.finish()
    }

    /// Number of blocks.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Is there no block? Never: there is an entry.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// All blocks in reverse post order.
    pub fn blocks(&self) -> impl DoubleEndedIterator<Item = Block> + ExactSizeIterator + use<> {
        (0..self.len() as u32).map(Block)
    }

    /// The node that starts the block.
    pub fn head(&self, block: Block) -> NodeId {
        self.heads[block.index()]
    }

    /// The node that ends the block: a branch or exit of the block itself, or the region or loop it jumps to.
    pub fn end(&self, block: Block) -> NodeId {
        self.ends[block.index()]
    }

    /// The block that a control node lies in, [`Block::NONE`] for other nodes and unreachable ones.
    pub fn block_of(&self, node: NodeId) -> Block {
        self.block_of.get(node.index()).copied().unwrap_or(Block::NONE)
    }

    /// Hands the control nodes of the block to `visit`, from its head along the chain; its end only if that is a
    /// branch or exit of its own.
    pub fn chain(&self, graph: &Graph, block: Block, visit: impl FnMut(NodeId)) {
        walk_chain(graph, self.head(block), visit);
    }

    /// Blocks that may follow.
    pub fn successors(&self, block: Block) -> &[Block] {
        self.successors.get(block)
    }

    /// Blocks that may come before; for a region in the order of its inputs.
    pub fn predecessors(&self, block: Block) -> &[Block] {
        self.predecessors.get(block)
    }
}

/// Room in the stacks of a search that is enough for most functions.
const SHALLOW: usize = 64;

struct FoundBlock {
    head: NodeId,
    end: NodeId,
}

struct Finder<'a> {
    graph: &'a Graph,
    /// Number in order of discovery, by node.
    number: Vec<u32>,
    found: Vec<FoundBlock>,
    post_order: Vec<u32>,
}

impl Finder<'_> {
    fn discover(&mut self, head: NodeId) -> Option<u32> {
        if self.number[head.index()] != u32::MAX {
            return None;
        }
        let number = self.found.len() as u32;
        let Finder { graph, number: numbers, .. } = self;
        let end = walk_chain(graph, head, |node| numbers[node.index()] = number);
        self.found.push(FoundBlock { head, end });
        Some(number)
    }

    fn search(&mut self) {
        let mut heads = Vec::new();
        let mut pending: Vec<NodeId> = Vec::with_capacity(SHALLOW);
        let mut stack: Vec<(u32, usize)> = Vec::with_capacity(SHALLOW);
        let entry = self.discover(NodeId::START).expect("nothing is discovered yet");
        heads_after(self.graph, self.found[entry as usize].end, &mut heads);
        stack.push((entry, pending.len()));
        pending.append(&mut heads);
        while let Some(&(block, base)) = stack.last() {
            if pending.len() == base {
                self.post_order.push(block);
                stack.pop();
                continue;
            }
            let head = pending.pop().expect("longer than base");
            if let Some(next) = self.discover(head) {
                heads_after(self.graph, self.found[next as usize].end, &mut heads);
                stack.push((next, pending.len()));
                pending.append(&mut heads);
            }
        }
    }

    fn finish(self) -> Cfg {
        let Finder { graph, number, found, post_order } = self;
        let count = found.len();
        let mut place = vec![Block::NONE; count];
        for (i, &block) in post_order.iter().rev().enumerate() {
            place[block as usize] = Block(i as u32);
        }
        let block_of: Vec<Block> =
            number.iter().map(|&n| if n == u32::MAX { Block::NONE } else { place[n as usize] }).collect();
        let order: Vec<&FoundBlock> = post_order.iter().rev().map(|&block| &found[block as usize]).collect();
        let heads: Vec<NodeId> = order.iter().map(|block| block.head).collect();
        let ends: Vec<NodeId> = order.iter().map(|block| block.end).collect();
        let mut next = Vec::new();
        let successors = lists(count, |block, items| {
            heads_after(graph, ends[block], &mut next);
            items.extend(next.iter().map(|&head| block_of[head.index()]));
        });
        let predecessors = lists(count, |block, items| {
            let head = heads[block];
            if head != NodeId::START {
                items.extend(graph.inputs(head).map(|control| block_of[control.index()]).filter(|b| b.is_some()));
            }
        });
        Cfg { heads, ends, block_of, successors, predecessors }
    }
}

fn lists(count: usize, mut fill: impl FnMut(usize, &mut Vec<Block>)) -> Lists {
    let mut lists = Lists { starts: Vec::with_capacity(count + 1), items: Vec::with_capacity(count * 2) };
    for block in 0..count {
        lists.starts.push(lists.items.len() as u32);
        fill(block, &mut lists.items);
    }
    lists.starts.push(lists.items.len() as u32);
    lists
}
