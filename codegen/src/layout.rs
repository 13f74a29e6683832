//! Block order.
//!
//! Chains of blocks grow along the hottest edges (Pettis and Hansen, "Profile guided code positioning", 1990): an edge
//! joins two chains if it leaves the end of one and enters the start of the other. Among equally hot edges those of
//! unconditional jumps go first, since falling through saves the instruction; that rotates a loop that tests at its
//! top, so that one jump closes it. Chains are then laid out in the order of their first blocks, cold ones last.
//!
//! Blocks that only jump, without moves of the register allocator, are skipped: jumps go to where they lead.

use crate::isa::Isa;
use crate::machine::OpFlags;
use crate::mir::Mir;
use crate::regalloc::edits_of;
use crate::wrap::Wrap;
use regalloc2::{Block, Output};

/// Blocks executed less often than this, for one execution of the function, go to its end.
const COLD: f32 = 1e-3;

const NONE: u32 = u32::MAX;

/// The order of a function's blocks. Kept from function to function for its memory.
#[derive(Debug, Default)]
pub struct Layout {
    order: Vec<Block>,
    forward: Vec<u32>,
    edges: Vec<Edge>,
    next: Vec<u32>,
    chains: Chains,
    keys: Vec<(bool, u32, u32)>,
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    weight: f32,
    only: bool,
    from: u32,
    to: u32,
}

/// Union-find of blocks, with the first and last block of each chain at its root.
#[derive(Debug, Default)]
struct Chains {
    parent: Vec<u32>,
    first: Vec<u32>,
    last: Vec<u32>,
}

impl Chains {
    fn reset(&mut self, blocks: usize) {
        for list in [&mut self.parent, &mut self.first, &mut self.last] {
            list.clear();
            list.extend(0..blocks as u32);
        }
    }

    fn root(&mut self, mut block: u32) -> u32 {
        while self.parent[block as usize] != block {
            let parent = self.parent[block as usize];
            self.parent[block as usize] = self.parent[parent as usize];
            block = self.parent[block as usize];
        }
        block
    }
}

impl Layout {
    /// Computes the order from frequencies and the result of register allocation.
    pub fn compute(&mut self, mir: &Mir, isa: &dyn Isa, output: &Output, wrap: &Wrap) {
        self.find_forwarders(mir, isa, output, wrap);
        self.collect_edges(mir);
        self.join_chains(mir);
        self.order_chains(mir, isa);
    }

    /// The order as it is in the MIR, for unoptimized code. Empty blocks are skipped all the same.
    pub fn keep(&mut self, mir: &Mir, isa: &dyn Isa, output: &Output, wrap: &Wrap) {
        self.find_forwarders(mir, isa, output, wrap);
        self.order.clear();
        let blocks = (0..mir.block_count()).map(Block::new);
        self.order.extend(blocks.filter(|block| self.forward[block.index()] == block.index() as u32));
    }

    /// The blocks to emit, in order.
    pub fn order(&self) -> &[Block] {
        &self.order
    }

    /// Where a jump to a block leads: to itself unless it only jumps on.
    pub fn resolve(&self, block: Block) -> Block {
        Block::new(self.forward[block.index()] as usize)
    }

    /// Sets `forward`, by union-find: a block that only jumps joins its target, unless that leads back to it or leaves
    /// the frame.
    fn find_forwarders(&mut self, mir: &Mir, isa: &dyn Isa, output: &Output, wrap: &Wrap) {
        self.forward.clear();
        self.forward.extend(0..mir.block_count() as u32);
        for block in (1..mir.block_count()).map(Block::new) {
            let insts = mir.block_insts(block);
            let starts_frame = wrap.start == block.index() as u32;
            if insts.len() != 1 || starts_frame || mir.inst(insts.first()).opcode != isa.jump() {
                continue;
            }
            let moves = !edits_of(output, insts).is_empty();
            let end = self.end_of(mir.succs(block)[0].index() as u32);
            if !moves && end != block.index() as u32 && !wrap.leaves(block, Block::new(end as usize)) {
                self.forward[block.index()] = end;
            }
        }
        for block in 0..mir.block_count() as u32 {
            self.forward[block as usize] = self.end_of(block);
        }
    }

    fn end_of(&mut self, mut block: u32) -> u32 {
        while self.forward[block as usize] != block {
            let next = self.forward[block as usize];
            self.forward[block as usize] = self.forward[next as usize];
            block = next;
        }
        block
    }

    fn collect_edges(&mut self, mir: &Mir) {
        self.edges.clear();
        for from in 0..mir.block_count() as u32 {
            if self.forward[from as usize] != from {
                continue;
            }
            let block = Block::new(from as usize);
            let succs = mir.succs(block);
            if succs.len() > 2 {
                continue;
            }
            for (position, &succ) in succs.iter().enumerate() {
                let to = self.forward[succ.index()];
                if to != from && to != 0 {
                    let weight = edge_frequency(mir, block, position);
                    self.edges.push(Edge { weight, only: succs.len() == 1, from, to });
                }
            }
        }
        self.edges.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(b.only.cmp(&a.only)).then(a.from.cmp(&b.from)));
    }

    fn join_chains(&mut self, mir: &Mir) {
        self.chains.reset(mir.block_count());
        self.next.clear();
        self.next.resize(mir.block_count(), NONE);
        for &Edge { from, to, .. } in &self.edges {
            let (a, b) = (self.chains.root(from), self.chains.root(to));
            if a != b && self.chains.last[a as usize] == from && self.chains.first[b as usize] == to {
                self.next[from as usize] = to;
                self.chains.parent[b as usize] = a;
                self.chains.last[a as usize] = self.chains.last[b as usize];
            }
        }
    }

    /// A chain's place is that of its earliest block; a block that splits an edge counts as its predecessor.
    fn order_chains(&mut self, mir: &Mir, isa: &dyn Isa) {
        const UNSET: (bool, u32, u32) = (true, u32::MAX, u32::MAX);
        self.keys.clear();
        self.keys.resize(mir.block_count(), UNSET);
        for block in 0..mir.block_count() as u32 {
            if self.forward[block as usize] == block {
                let root = self.chains.root(block) as usize;
                let data = mir.block(Block::new(block as usize));
                let cold = data.frequency < COLD || never_returns(mir, isa, Block::new(block as usize));
                let place = mir.place(Block::new(block as usize));
                let key = &mut self.keys[root];
                *key = (key.0 && cold, key.1.min(place), self.chains.first[root]);
            }
        }
        self.keys[self.chains.root(0) as usize] = (false, 0, 0);
        self.keys.retain(|&key| key != UNSET);
        self.keys.sort_unstable();
        self.order.clear();
        for &(_, _, first) in &self.keys {
            let mut block = first;
            while block != NONE {
                self.order.push(Block::new(block as usize));
                block = self.next[block as usize];
            }
        }
    }
}

/// Executions of an edge: known exactly where one end has no other edge.
fn edge_frequency(mir: &Mir, from: Block, position: usize) -> f32 {
    let succs = mir.succs(from);
    let source = mir.block(from).frequency;
    let single = |block: Block| mir.preds(block).len() == 1;
    if succs.len() == 1 {
        return source;
    }
    let (this, other) = (succs[position], succs[1 - position]);
    if single(this) {
        mir.block(this).frequency
    } else if single(other) {
        (source - mir.block(other).frequency).max(0.0)
    } else {
        source.min(mir.block(this).frequency) / 2.0
    }
}

/// True if a block ends in a trap or is known not to be left.
fn never_returns(mir: &Mir, isa: &dyn Isa, block: Block) -> bool {
    let last = mir.inst(mir.block_insts(block).last());
    isa.ops()[last.opcode.0 as usize].is(OpFlags::DEAD_END)
}
