//! The dominator tree of the control skeleton.
//!
//! Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001), on blocks in reverse post order.
//! Intervals of a walk over the tree answer dominance in constant time; skew-binary jump pointers (Myers, "An
//! applicative random-access stack", 1983) find common dominators in logarithmic time at any depth.

use super::cfg::{Block, Cfg};

/// Immediate dominators, depths, and dominance queries.
#[derive(Clone)]
pub struct Dominators {
    immediate: Vec<Block>,
    depth: Vec<u32>,
    /// A dominator further up, so that a walk to any of them is short.
    jump: Vec<Block>,
    /// First and last number of the block's subtree in a walk over the tree.
    interval: Vec<(u32, u32)>,
}

impl Dominators {
    /// The tree of `cfg`.
    pub fn new(cfg: &Cfg) -> Dominators {
        Dominators::of_blocks(cfg.len(), |block| cfg.predecessors(block))
    }

    /// The tree of any flow graph whose blocks are numbered in reverse post order from the entry.
    pub fn of_blocks<'a>(count: usize, predecessors: impl Fn(Block) -> &'a [Block]) -> Dominators {
        let mut immediate = vec![Block::NONE; count];
        immediate[0] = Block::ENTRY;
        let mut changed = true;
        while changed {
            changed = false;
            for block in (1..count as u32).map(Block) {
                let mut new = Block::NONE;
                for &before in predecessors(block) {
                    if immediate[before.index()].is_some() {
                        new = if new.is_some() { intersect(&immediate, before, new) } else { before };
                    }
                }
                changed |= immediate[block.index()] != new;
                immediate[block.index()] = new;
            }
        }
        let mut depth = vec![0; count];
        let mut jump = vec![Block::ENTRY; count];
        for block in 1..count {
            let up = immediate[block].index();
            depth[block] = depth[up] + 1;
            let (first, second) = (jump[up].index(), jump[jump[up].index()].index());
            let equal_steps = depth[up] - depth[first] == depth[first] - depth[second];
            jump[block] = if equal_steps { Block(second as u32) } else { Block(up as u32) };
        }
        let interval = intervals(&immediate);
        Dominators { immediate, depth, jump, interval }
    }

    /// The closest dominator other than the block itself; the entry's is the entry.
    pub fn immediate(&self, block: Block) -> Block {
        self.immediate[block.index()]
    }

    /// Distance from the entry in the tree.
    pub fn depth(&self, block: Block) -> u32 {
        self.depth[block.index()]
    }

    /// Does `a` dominate `b`? Each block dominates itself.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (self.interval[a.index()], self.interval[b.index()]);
        a.0 <= b.0 && b.1 <= a.1
    }

    /// The closest block that dominates both.
    pub fn common(&self, a: Block, b: Block) -> Block {
        let mut at = a;
        while !self.dominates(at, b) {
            let jump = self.jump[at.index()];
            at = if self.dominates(jump, b) { self.immediate(at) } else { jump };
        }
        at
    }

    /// Places of the block's subtree in a walk over the tree: the block's own, and the last one inside it.
    pub fn interval(&self, block: Block) -> (u32, u32) {
        self.interval[block.index()]
    }
}

fn intersect(immediate: &[Block], mut a: Block, mut b: Block) -> Block {
    while a != b {
        while a > b {
            a = immediate[a.index()];
        }
        while b > a {
            b = immediate[b.index()];
        }
    }
    a
}

/// Numbers the tree so that each subtree is an interval, without recursion: sizes from the leaves up, then
/// places from the root down. A parent comes before its children in reverse post order.
fn intervals(immediate: &[Block]) -> Vec<(u32, u32)> {
    let count = immediate.len();
    let mut size = vec![1u32; count];
    for block in (1..count).rev() {
        size[immediate[block].index()] += size[block];
    }
    let mut interval = vec![(0, 0); count];
    let mut next = vec![1u32; count];
    interval[0] = (0, size[0] - 1);
    for block in 1..count {
        let parent = immediate[block].index();
        let start = next[parent];
        next[parent] += size[block];
        next[block] = start + 1;
        interval[block] = (start, start + size[block] - 1);
    }
    interval
}
