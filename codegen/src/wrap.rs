//! Shrink wrapping: the frame is made in the block that dominates all that needs it.
//!
//! What needs a frame: calls, saved registers, spill and stack slots, the caller's stack arguments. The prologue moves
//! from the entry to the closest dominator of all of it outside of loops. That block's subtree of the dominator tree
//! has the frame; an edge that leaves the subtree undoes it, and returns outside have nothing to undo. A critical edge
//! is split, so the block before such an edge has no other successor.

use crate::frame::{Frame, FrameMode};
use crate::isa::Isa;
use crate::machine::{Base, MachineInst, OpFlags};
use crate::mir::{Dominators, Mir};
use regalloc2::{Allocation, Block, Edit, Inst, Output, PRegSet};

/// Where the frame is.
#[derive(Debug, Default)]
pub struct Wrap {
    /// The block that begins with the prologue.
    pub start: u32,
    /// The blocks that have the frame; empty if all have it.
    inside: Vec<bool>,
}

impl Wrap {
    /// Finds the place for the frame.
    pub fn compute(&mut self, mir: &Mir, isa: &dyn Isa, frame: &Frame, output: &Output) {
        self.start = 0;
        self.inside.clear();
        let at_entry = isa.convention(mir.convention()).frame_at_entry || mir.facts().protection.signs_leaves;
        let trivial = at_entry || mir.begun_count() < 2 || frame.own_size() == 0 || frame.mode != FrameMode::Fixed;
        if trivial {
            return;
        }
        let needs = Needs { mir, isa, output, saved: frame.saved.iter().copied().collect() };
        let Some(tree) = needs.none_of(Block::new(0)).then(|| Dominators::of(mir)).flatten() else { return };
        let mut start = None;
        for block in (1..mir.block_count()).map(Block::new).filter(|&block| !needs.none_of(block)) {
            let block = mir.begun(block).index() as u32;
            start = Some(start.map_or(block, |start| tree.common(start, block)));
        }
        let mut start = start.unwrap_or(0);
        while start != 0 && mir.block(Block::new(start as usize)).loop_depth > 0 {
            start = tree.immediate(start);
        }
        if start != 0 {
            self.start = start;
            self.inside = tree.region(mir, start);
        }
    }

    /// True if an edge leaves the blocks that have the frame.
    pub fn leaves(&self, from: Block, to: Block) -> bool {
        self.has_frame(from) && !self.has_frame(to)
    }

    /// True if a block has the frame.
    pub fn has_frame(&self, block: Block) -> bool {
        self.inside.get(block.index()).copied().unwrap_or(true)
    }
}

/// Decides which blocks need a frame.
struct Needs<'a> {
    mir: &'a Mir,
    isa: &'a dyn Isa,
    output: &'a Output,
    saved: PRegSet,
}

impl Needs<'_> {
    fn none_of(&self, block: Block) -> bool {
        let insts = self.mir.block_insts(block);
        let edits = crate::regalloc::edits_of(self.output, insts);
        insts.iter().all(|inst| self.not_inst(inst))
            && edits.iter().all(|(_, Edit::Move { from, to })| self.not_place(*from) && self.not_place(*to))
    }

    fn not_inst(&self, inst: Inst) -> bool {
        let record = self.mir.inst(inst);
        let info = &self.isa.ops()[record.opcode.0 as usize];
        let calls = info.is(OpFlags::CALL) && !info.is(OpFlags::RETURN);
        !calls
            && !info.flags.intersects(OpFlags::DYNAMIC_STACK.with(OpFlags::FRAME))
            && !addresses_frame(record)
            && self.output.inst_allocs(inst).iter().all(|&place| self.not_place(place))
    }

    fn not_place(&self, place: Allocation) -> bool {
        match place.as_reg() {
            Some(register) => !self.saved.contains(register),
            None => !place.is_stack(),
        }
    }
}

fn addresses_frame(record: &MachineInst) -> bool {
    matches!(record.base, Base::Slot | Base::IncomingArg | Base::OutgoingArg)
}
