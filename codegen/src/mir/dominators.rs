//! Dominators of machine IR.
//!
//! Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001), in the order of the blocks, which MIR law 9
//! makes fit for it. Blocks that split edges are left out: such a block is dominated by its only predecessor.

use super::Mir;
use regalloc2::Block;

const NONE: u32 = u32::MAX;

/// The dominator tree.
pub(crate) struct Dominators {
    immediate: Vec<u32>,
}

impl Dominators {
    /// The tree of a finished function; `None` if its order of blocks breaks law 9.
    pub(crate) fn of(mir: &Mir) -> Option<Dominators> {
        let count = mir.begun_count();
        let mut tree = Dominators { immediate: vec![NONE; count] };
        tree.immediate[0] = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for block in 1..count {
                let mut new = NONE;
                for &pred in mir.preds(Block::new(block)) {
                    let pred = mir.begun(pred).index() as u32;
                    if tree.immediate[pred as usize] != NONE {
                        new = if new == NONE { pred } else { tree.common(new, pred) };
                    }
                }
                if new == NONE || new as usize >= block {
                    return None;
                }
                changed |= tree.immediate[block] != new;
                tree.immediate[block] = new;
            }
        }
        Some(tree)
    }

    /// The closest dominator of a block other than itself.
    pub(crate) fn immediate(&self, block: u32) -> u32 {
        self.immediate[block as usize]
    }

    /// The closest dominator of two blocks.
    pub(crate) fn common(&self, mut a: u32, mut b: u32) -> u32 {
        while a != b {
            if a > b {
                a = self.immediate[a as usize];
            } else {
                b = self.immediate[b as usize];
            }
        }
        a
    }

    /// Which blocks of the function, those of split edges included, a block dominates.
    pub(crate) fn region(&self, mir: &Mir, of: u32) -> Vec<bool> {
        let mut inside = vec![false; mir.block_count()];
        for block in 0..self.immediate.len() {
            inside[block] = block as u32 == of || block > 0 && inside[self.immediate[block] as usize];
        }
        for block in self.immediate.len()..mir.block_count() {
            inside[block] = inside[mir.begun(Block::new(block)).index()];
        }
        inside
    }
}
