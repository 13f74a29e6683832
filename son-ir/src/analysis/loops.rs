//! The loop tree of the control skeleton.
//!
//! A back edge goes to a block that dominates its source; the loop of a header is what reaches the sources
//! of its back edges without passing the header. Headers are taken from the last in reverse post order, so
//! inner loops are complete when an outer one meets them and are then skipped as a whole (Tarjan, "Testing
//! flow graph reducibility", 1974; Havlak 1997 for the reducible case): nearly linear at any depth.

use super::cfg::{Block, Cfg};
use super::dominators::Dominators;

/// A loop of a [`Loops`]: an outer loop has a smaller number than those inside it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LoopId(pub u32);

impl LoopId {
    /// As an index of side tables.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone)]
struct LoopData {
    header: Block,
    parent: Option<LoopId>,
    depth: u32,
    /// Blocks of the loop and of those inside it, as a range of `Loops::blocks`.
    blocks: (u32, u32),
    /// One more than the last loop inside this one.
    end: u32,
}

/// The loops of a function and how they nest.
#[derive(Clone)]
pub struct Loops {
    loops: Vec<LoopData>,
    innermost: Vec<Option<LoopId>>,
    blocks: Vec<Block>,
}

impl Loops {
    /// The loops of `cfg`.
    pub fn new(cfg: &Cfg, dominators: &Dominators) -> Loops {
        let finder = Finder::new(cfg, dominators);
        finder.finish(cfg)
    }

    /// All loops, outer ones before those inside.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = LoopId> + ExactSizeIterator + use<> {
        (0..self.loops.len() as u32).map(LoopId)
    }

    /// Number of loops.
    pub fn len(&self) -> usize {
        self.loops.len()
    }

    /// Is there no loop?
    pub fn is_empty(&self) -> bool {
        self.loops.is_empty()
    }

    /// The block through which the loop is entered.
    pub fn header(&self, of: LoopId) -> Block {
        self.loops[of.index()].header
    }

    /// The closest loop around this one.
    pub fn parent(&self, of: LoopId) -> Option<LoopId> {
        self.loops[of.index()].parent
    }

    /// Number of loops around the blocks of this one, itself included.
    pub fn depth(&self, of: LoopId) -> u32 {
        self.loops[of.index()].depth
    }

    /// The blocks of the loop and of the loops inside it, its header first.
    pub fn blocks(&self, of: LoopId) -> &[Block] {
        let (start, end) = self.loops[of.index()].blocks;
        &self.blocks[start as usize..end as usize]
    }

    /// The innermost loop around the block.
    pub fn innermost(&self, block: Block) -> Option<LoopId> {
        self.innermost[block.index()]
    }

    /// Number of loops around the block.
    pub fn block_depth(&self, block: Block) -> u32 {
        self.innermost(block).map_or(0, |inner| self.depth(inner))
    }

    /// Is the block in the loop or in one inside it?
    pub fn contains(&self, outer: LoopId, block: Block) -> bool {
        self.innermost(block).is_some_and(|inner| self.encloses(outer, inner))
    }

    /// Is `inner` the loop `outer` or inside it?
    pub fn encloses(&self, outer: LoopId, inner: LoopId) -> bool {
        outer <= inner && inner.0 < self.loops[outer.index()].end
    }

    /// Edges that leave the loop: from a block inside to one outside.
    pub fn exits<'a>(&'a self, of: LoopId, cfg: &'a Cfg) -> impl Iterator<Item = (Block, Block)> + 'a {
        let edges = self.blocks(of).iter().flat_map(|&from| cfg.successors(from).iter().map(move |&to| (from, to)));
        edges.filter(move |&(_, to)| !self.contains(of, to))
    }
}

/// Loops numbered in the order in which they are found, from the last header to the first.
struct Finder<'a> {
    cfg: &'a Cfg,
    headers: Vec<Block>,
    parents: Vec<u32>,
    /// Loops that surround the loop or, followed to the end, the outermost one found so far.
    outermost: Vec<u32>,
    innermost: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl<'a> Finder<'a> {
    fn new(cfg: &'a Cfg, dominators: &Dominators) -> Finder<'a> {
        let mut finder = Finder {
            cfg,
            headers: Vec::new(),
            parents: Vec::new(),
            outermost: Vec::new(),
            innermost: vec![NONE; cfg.len()],
        };
        let mut worklist = Vec::new();
        for header in cfg.blocks().rev() {
            worklist.extend(cfg.predecessors(header).iter().filter(|&&b| dominators.dominates(header, b)));
            if !worklist.is_empty() {
                finder.collect(header, dominators, &mut worklist);
            }
        }
        finder
    }

    fn collect(&mut self, header: Block, dominators: &Dominators, worklist: &mut Vec<Block>) {
        let this = self.headers.len() as u32;
        self.headers.push(header);
        self.parents.push(NONE);
        self.outermost.push(this);
        self.innermost[header.index()] = this;
        while let Some(block) = worklist.pop() {
            let mut entry = block;
            match self.innermost[block.index()] {
                NONE => self.innermost[block.index()] = this,
                inner => {
                    let outermost = self.find_outermost(inner);
                    if outermost == this {
                        continue;
                    }
                    self.parents[outermost as usize] = this;
                    self.outermost[outermost as usize] = this;
                    entry = self.headers[outermost as usize];
                }
            }
            // Irreducible ways in are no part of the loop.
            let ways = self.cfg.predecessors(entry).iter();
            worklist.extend(ways.filter(|&&before| before != header && dominators.dominates(header, before)));
        }
    }

    fn find_outermost(&mut self, inner: u32) -> u32 {
        let mut root = inner;
        while self.outermost[root as usize] != root {
            root = self.outermost[root as usize];
        }
        let mut at = inner;
        while at != root {
            at = std::mem::replace(&mut self.outermost[at as usize], root);
        }
        root
    }

    /// Renumbers the loops so that each is followed by those inside it, and lists the blocks in that order.
    fn finish(self, cfg: &Cfg) -> Loops {
        let count = self.headers.len();
        // Found in this order, an outer loop comes after those inside it: sizes first, then places.
        let mut size = vec![1u32; count];
        for inner in 0..count {
            if self.parents[inner] != NONE {
                size[self.parents[inner] as usize] += size[inner];
            }
        }
        let mut next_place = 0;
        let mut next_child = vec![0u32; count];
        let mut place = vec![0u32; count];
        let mut loops = vec![LoopData { header: Block::NONE, parent: None, depth: 0, blocks: (0, 0), end: 0 }; count];
        for found in (0..count).rev() {
            let parent = self.parents[found];
            let slot = if parent == NONE { &mut next_place } else { &mut next_child[parent as usize] };
            let at = *slot;
            *slot += size[found];
            place[found] = at;
            next_child[found] = at + 1;
            let parent = (parent != NONE).then(|| LoopId(place[parent as usize]));
            let depth = parent.map_or(1, |outer| loops[outer.index()].depth + 1);
            let header = self.headers[found];
            loops[at as usize] = LoopData { header, parent, depth, blocks: (0, 0), end: at + size[found] };
        }
        let innermost: Vec<Option<LoopId>> =
            self.innermost.iter().map(|&found| (found != NONE).then(|| LoopId(place[found as usize]))).collect();
        let blocks = list_blocks(cfg, &mut loops, &innermost);
        Loops { loops, innermost, blocks }
    }
}

/// The blocks sorted by innermost loop, each header first; sets the range of each loop.
fn list_blocks(cfg: &Cfg, loops: &mut [LoopData], innermost: &[Option<LoopId>]) -> Vec<Block> {
    let mut start = vec![0u32; loops.len() + 1];
    for inner in innermost.iter().flatten() {
        start[inner.index() + 1] += 1;
    }
    for i in 0..loops.len() {
        start[i + 1] += start[i];
    }
    for (i, data) in loops.iter_mut().enumerate() {
        data.blocks = (start[i], start[data.end as usize]);
    }
    let mut blocks = vec![Block::NONE; start[loops.len()] as usize];
    // A header is the first of its own blocks in reverse post order.
    for block in cfg.blocks() {
        if let Some(inner) = innermost[block.index()] {
            blocks[start[inner.index()] as usize] = block;
            start[inner.index()] += 1;
        }
    }
    blocks
}
