//! Frame layout.
//!
//! From high to low addresses: stack arguments of the caller; the return address, frame pointer and callee-saved
//! registers as the target saves them; padding, stack slots, spill slots, stack arguments for calls. The stack pointer is fixed
//! after the prologue, and everything is addressed from it; leaf functions use the red zone below it instead of moving
//! it. A frame pointer is used only if the stack pointer moves (`alloca`) or must be aligned by more than the
//! convention promises; with both, a base register addresses the slots.

use crate::isa::{Isa, SavedArea};
use crate::mir::Mir;
use regalloc2::{Edit, Output, PReg, SpillSlot};
use thiserror::Error;

/// How the frame is addressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FrameMode {
    /// From the stack pointer.
    #[default]
    Fixed,
    /// A frame pointer restores the stack pointer and addresses the caller's stack arguments.
    Pointer,
    /// A base register, besides, addresses the slots: the stack pointer is realigned and moves.
    PointerAndBase,
}

/// A register that the frame is addressed from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameRegister {
    /// The stack pointer.
    Stack,
    /// The frame pointer.
    Pointer,
    /// The base register.
    Base,
}

/// An offset from one of the frame's registers.
pub type FrameOffset = (FrameRegister, i32);

/// Where everything is in a function's frame.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// How the frame is addressed.
    pub mode: FrameMode,
    /// Callee-saved registers that the prologue saves, in this order, those of the frame itself aside.
    pub saved: Vec<PReg>,
    /// Where they are.
    pub saved_area: SavedArea,
    /// Bytes that the prologue subtracts from the stack pointer after saving registers.
    pub size: u32,
    /// The stack pointer is aligned by this after the prologue; 0 if the convention's alignment does.
    pub realign: u32,
    /// Bytes for the stack arguments of calls.
    pub outgoing_size: u32,
    /// The prologue has a function make the frame page by page.
    pub probed: bool,
    pushed_by_call: u32,
    /// Bytes of the area that is addressed below the stack pointer.
    red_zone: u32,
    spill_offset: u32,
    inside_offset: u32,
    slot_offsets: Vec<u32>,
    order: Vec<u32>,
}

/// Why a frame cannot be laid out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Offsets in it do not fit 31 bits.
    #[error("the stack frame is larger than 2 GB")]
    TooLarge,
}

const WORD: u32 = 8;

impl FrameMode {
    /// The mode that a function needs.
    pub fn of(mir: &Mir, isa: &dyn Isa) -> FrameMode {
        let realigned = mir.slots().iter().any(|slot| slot.align > isa.stack_align());
        match (mir.facts().dynamic_stack, realigned) {
            (false, false) => FrameMode::Fixed,
            (true, true) => FrameMode::PointerAndBase,
            _ => FrameMode::Pointer,
        }
    }
}

impl Frame {
    /// Lays out the frame of a function from the result of register allocation.
    ///
    /// # Errors
    /// [`FrameError::TooLarge`].
    pub fn lay_out(&mut self, mir: &Mir, isa: &dyn Isa, mode: FrameMode, output: &Output) -> Result<(), FrameError> {
        self.mode = mode;
        self.collect_saved(mir, isa, output, mode);
        let facts = mir.facts();
        let align = mir.slots().iter().map(|slot| slot.align).max().unwrap_or(1);
        self.realign = if align > isa.stack_align() { align } else { 0 };
        self.outgoing_size = facts.outgoing_size.next_multiple_of(isa.stack_align());
        let size = self.place_slots(mir, output.num_spillslots as u64)?;

        self.saved_area = isa.saved_area(mode, mir, &self.saved, size);
        self.pushed_by_call = isa.unwinding().pushed;
        let size = self.place_inside(size)?;
        let pushed = self.saved_area.size;
        let aligned =
            facts.calls || facts.dynamic_stack || align > WORD || facts.wide_floats || isa.stack_stays_aligned();
        let aligned = aligned || self.saved_area.inside > 0;
        let unit = if self.realign != 0 { self.realign } else { isa.stack_align() };
        let size = if self.realign != 0 && self.saved_area.above_pointer.is_some() {
            // The prologue aligns after subtracting; callers of `size` only need it to be a multiple.
            size.next_multiple_of(u64::from(unit))
        } else if aligned {
            let unit = u64::from(isa.stack_align());
            (size + u64::from(pushed)).next_multiple_of(unit) - u64::from(pushed)
        } else {
            size.next_multiple_of(u64::from(WORD))
        };
        self.size = u32::try_from(size).ok().filter(|&size| size < 1 << 30).ok_or(FrameError::TooLarge)?;
        let leaf = !facts.calls && mode == FrameMode::Fixed;
        self.red_zone = 0;
        if leaf && self.size <= isa.convention(mir.convention()).red_zone {
            self.red_zone = self.size;
            self.size = 0;
        }
        self.probed = isa.probed_frame().is_some_and(|least| self.size >= least);
        Ok(())
    }

    /// Callee-saved registers that some operand, move or call writes.
    fn collect_saved(&mut self, mir: &Mir, isa: &dyn Isa, output: &Output, mode: FrameMode) {
        let mut used = mir.facts().clobbers;
        let moved = output.edits.iter().map(|(_, Edit::Move { to, .. })| to);
        for register in output.allocs.iter().chain(moved).filter_map(|allocation| allocation.as_reg()) {
            used.add(register);
        }
        self.saved.clear();
        let callee_saved = isa.convention(mir.convention()).callee_saved.iter().copied();
        self.saved.extend(callee_saved.filter(|&register| used.contains(register)));
        if mode == FrameMode::PointerAndBase {
            self.saved.push(isa.base_register());
        }
    }

    /// Registers that are saved in the frame are above all else in it, where realigned slots never are.
    fn place_inside(&mut self, size: u64) -> Result<u64, FrameError> {
        let inside = self.saved_area.inside;
        let offset = if inside > 0 { size.next_multiple_of(16) } else { size };
        self.inside_offset = u32::try_from(offset).map_err(|_| FrameError::TooLarge)?;
        Ok(offset + u64::from(inside))
    }

    /// Stack arguments at the bottom, then spill slots, then slots from small to large, so that the offsets of most
    /// accesses fit one byte.
    fn place_slots(&mut self, mir: &Mir, spill_slots: u64) -> Result<u64, FrameError> {
        self.spill_offset = self.outgoing_size;
        let mut size = u64::from(self.spill_offset) + u64::from(WORD) * spill_slots;
        let slots = mir.slots();
        self.order.clear();
        self.order.extend(0..slots.len() as u32);
        self.order.sort_by_key(|&slot| (slots[slot as usize].size, slot));
        self.slot_offsets.clear();
        self.slot_offsets.resize(slots.len(), 0);
        for &slot in &self.order {
            let data = slots[slot as usize];
            size = size.next_multiple_of(u64::from(data.align));
            self.slot_offsets[slot as usize] = u32::try_from(size).map_err(|_| FrameError::TooLarge)?;
            size += u64::from(data.size);
        }
        Ok(size)
    }

    /// Bytes between the canonical frame address (the stack pointer before the call) and the stack pointer after the
    /// prologue, if nothing is realigned.
    pub fn cfa_offset(&self) -> u32 {
        self.saved_area.size + self.size
    }

    /// Bytes of the frame, without what the call pushed.
    pub fn own_size(&self) -> u32 {
        self.cfa_offset() - self.pushed_by_call
    }

    /// Address of a stack slot.
    pub fn slot(&self, slot: u32) -> FrameOffset {
        self.area(self.slot_offsets[slot as usize])
    }

    /// Address of a spill slot.
    pub fn spill(&self, slot: SpillSlot) -> FrameOffset {
        self.area(self.spill_offset + WORD * slot.index() as u32)
    }

    /// Address of the caller's stack arguments.
    pub fn incoming(&self) -> FrameOffset {
        match self.mode {
            FrameMode::Fixed => (FrameRegister::Stack, self.cfa_offset() as i32),
            _ => (FrameRegister::Pointer, self.above_pointer() as i32),
        }
    }

    /// Bytes from the frame pointer to the canonical frame address.
    fn above_pointer(&self) -> u32 {
        self.saved_area.above_pointer.unwrap_or(self.cfa_offset())
    }

    /// Address of the registers that are saved in the frame, before it is realigned.
    pub fn inside(&self) -> FrameOffset {
        let register = if self.mode == FrameMode::Fixed { FrameRegister::Stack } else { FrameRegister::Pointer };
        (register, self.inside_offset as i32)
    }

    /// Address of the stack arguments of calls.
    pub fn outgoing(&self) -> FrameOffset {
        (FrameRegister::Stack, 0)
    }

    /// Address of the return address, if a call pushes it.
    pub fn return_address(&self) -> FrameOffset {
        let (register, offset) = self.incoming();
        (register, offset - WORD as i32)
    }

    /// An offset in the area below the saved registers. A realigned frame is addressed from the stack pointer (or its
    /// copy, the base register), one that moves from the frame pointer.
    fn area(&self, offset: u32) -> FrameOffset {
        match self.mode {
            FrameMode::Fixed => (FrameRegister::Stack, offset as i32 - self.red_zone as i32),
            FrameMode::PointerAndBase => (FrameRegister::Base, offset as i32),
            FrameMode::Pointer if self.realign != 0 => (FrameRegister::Stack, offset as i32),
            FrameMode::Pointer => {
                (FrameRegister::Pointer, offset as i32 - (self.cfa_offset() - self.above_pointer()) as i32)
            }
        }
    }
}
