//! Emission of instructions, prologues and epilogues.

use super::asm::{Assembler, Mem, Rm};
use super::codes::Alu;
use super::control::Described;
use super::ops::{Compare, Op};
use super::regs::*;
use crate::buffer::{CodeBuffer, FrameEvent, Label, RelocationKind, RelocationTarget};
use crate::frame::FrameMode;
use crate::isa::{Emit, FunctionContext, Targets};
use crate::machine::MachineInst;
use crate::runtime::Runtime;
use iced_x86::{Code, Encoder};
use regalloc2::{Allocation, PReg, RegClass};
use smallvec::SmallVec;

/// The emitter: an encoder, its bytes, and what the flags describe between instructions.
pub(super) struct Emitter {
    encoder: Encoder,
    bytes: Vec<u8>,
    described: Option<Described>,
}

impl Emitter {
    pub(super) fn new() -> Emitter {
        Emitter { encoder: Encoder::new(64), bytes: Vec::new(), described: None }
    }

    /// Runs `emit` on an assembler for the function.
    fn with<R>(
        &mut self,
        FunctionContext { mir, frame, has_frame }: FunctionContext<'_>,
        code: &mut CodeBuffer,
        emit: impl FnOnce(&mut Assembler<'_>) -> R,
    ) -> R {
        let mut assembler =
            Assembler { encoder: &mut self.encoder, code, mir, frame, has_frame, described: self.described };
        let result = emit(&mut assembler);
        self.described = assembler.described;
        result
    }
}

impl Emit for Emitter {
    fn begin(&mut self) {
        self.bytes.clear();
        self.encoder.set_buffer(std::mem::take(&mut self.bytes));
        self.described = None;
    }

    fn prologue(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        self.with(function, code, |assembler| assembler.prologue());
    }

    /// They have a prefix that says no.
    fn marks_tables(&self) -> bool {
        false
    }

    fn landing(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        self.with(function, code, |assembler| assembler.plain(Code::Endbr64));
    }

    fn epilogue(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        self.with(function, code, |assembler| assembler.epilogue());
    }

    fn describe_frame(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        self.with(function, code, |assembler| assembler.describe_frame());
    }

    fn bind(&mut self, code: &mut CodeBuffer, label: Label) {
        self.described = None;
        code.bind(label);
    }

    fn copy(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer, from: Allocation, to: Allocation) {
        self.with(function, code, |assembler| assembler.copy(from, to));
    }

    fn absorbs_copy(&self, inst: &MachineInst, allocations: &[Allocation]) -> bool {
        Assembler::absorbs_copy(Op::of(inst.opcode), inst, allocations)
    }

    fn inst(
        &mut self,
        function: FunctionContext<'_>,
        code: &mut CodeBuffer,
        inst: &MachineInst,
        allocations: &[Allocation],
        copied: Option<PReg>,
    ) {
        self.with(function, code, |assembler| assembler.inst(inst, allocations, copied));
    }

    fn branch(
        &mut self,
        function: FunctionContext<'_>,
        code: &mut CodeBuffer,
        inst: &MachineInst,
        allocations: &[Allocation],
        targets: Targets<'_>,
    ) {
        self.with(function, code, |assembler| assembler.branch(Op::of(inst.opcode), inst, allocations, targets));
    }

    fn bytes(&mut self) -> &[u8] {
        self.bytes = self.encoder.take_buffer();
        &self.bytes
    }
}

/// DWARF's numbers of the integer registers.
pub(super) fn dwarf_number(register: PReg) -> u16 {
    const NUMBERS: [u16; 16] = [0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15];
    match register.class() {
        RegClass::Int => NUMBERS[register.hw_enc()],
        _ => 17 + register.hw_enc() as u16,
    }
}

impl Assembler<'_> {
    fn inst(&mut self, inst: &MachineInst, a: &[Allocation], copied: Option<PReg>) {
        let op = Op::of(inst.opcode);
        if let Some((compare, consumer)) = Compare::parts(op) {
            return self.consume(compare, consumer, inst, a);
        }
        let known = self.int_op(op, inst, a, copied)
            || self.float_op(op, inst, a)
            || self.call_op(op, inst, a)
            || self.atomic_op(op, inst, a)
            || self.checked_op(op, inst, a)
            || self.tls_op(op, inst, a);
        debug_assert!(known, "no emission for {op:?}");
    }

    /// A move of the register allocator. Moves leave the flags alone.
    fn copy(&mut self, from: Allocation, to: Allocation) {
        let described = self.described;
        let wide = self.mir.facts().wide_floats;
        let float_size = if wide { 16 } else { 8 };
        match (self.any(from), self.any(to)) {
            (Rm::Reg(from), Rm::Reg(to)) if from.class() == RegClass::Float => {
                self.load_float(to, Rm::Reg(from), 16);
            }
            (from, Rm::Reg(to)) if to.class() == RegClass::Float => self.load_float(to, from, float_size),
            (Rm::Reg(from), to) if from.class() == RegClass::Float => self.store_float(to, from, float_size),
            (Rm::Reg(from), Rm::Reg(to)) => self.copy_int(to, from, 8),
            (from, Rm::Reg(to)) => self.load(to, from, 8),
            (Rm::Reg(from), to) => self.rm_reg(Code::Mov_rm64_r64, to, from, 8),
            (Rm::Mem(_), Rm::Mem(_)) => unreachable!("regalloc2 moves by way of a register"),
        }
        self.described = described.filter(|described| Some(described.register) != to.as_reg());
    }

    fn push(&mut self, register: PReg) {
        self.reg(Code::Push_r64, register, 8);
    }

    /// Integer registers that are pushed, the frame pointer aside.
    fn pushed(&self) -> impl DoubleEndedIterator<Item = PReg> + use<> {
        let pushed: SmallVec<[PReg; 8]> =
            self.frame.saved.iter().copied().filter(|register| register.class() == RegClass::Int).collect();
        pushed.into_iter()
    }

    /// Float registers that are saved in the frame, with their places.
    fn saved_floats(&self) -> SmallVec<[(PReg, Mem); 10]> {
        let base = self.frame_mem(self.frame.inside());
        let floats = self.frame.saved.iter().copied().filter(|register| register.class() == RegClass::Float);
        floats.enumerate().map(|(number, register)| (register, base.offset(16 * number as i32))).collect()
    }

    /// Callers may jump to the start of the function by its address.
    pub(super) fn mark_entry(&mut self) {
        if self.mir.facts().protection.branch_targets && self.code.position() == (0, 0) {
            self.plain(Code::Endbr64);
        }
    }

    fn prologue(&mut self) {
        self.mark_entry();
        let (frame, mut cfa) = (self.frame, 8);
        let has_pointer = frame.mode != FrameMode::Fixed;
        let pointer_first = has_pointer && frame.saved_area.above_pointer.is_some();
        if has_pointer {
            cfa += 8;
            self.push(RBP);
            self.code.frame_event(FrameEvent::CfaOffset(cfa));
            self.code.frame_event(FrameEvent::Saved(dwarf_number(RBP), -(cfa as i32)));
        }
        if pointer_first {
            self.set_frame_pointer(cfa);
        }
        for saved in self.pushed() {
            cfa += 8;
            self.push(saved);
            if !pointer_first {
                self.code.frame_event(FrameEvent::CfaOffset(cfa));
            }
            self.code.frame_event(FrameEvent::Saved(dwarf_number(saved), -(cfa as i32)));
        }
        if frame.size > 0 {
            self.make_room();
            if !pointer_first {
                self.code.frame_event(FrameEvent::CfaOffset(cfa + frame.size));
            }
        }
        if has_pointer && !pointer_first {
            self.set_frame_pointer(cfa + frame.size);
        }
        for (number, (register, place)) in self.saved_floats().into_iter().enumerate() {
            self.store_float(Rm::Mem(place), register, 16);
            let offset = frame.inside().1 + 16 * number as i32 - (cfa + frame.size) as i32;
            self.code.frame_event(FrameEvent::Saved(dwarf_number(register), offset));
        }
        if frame.realign != 0 {
            self.alu_rm_imm(Alu::And, Rm::Reg(RSP), -i64::from(frame.realign), 8, false);
        }
        if frame.mode == FrameMode::PointerAndBase {
            self.copy_int(RBX, RSP, 8);
        }
    }

    fn set_frame_pointer(&mut self, cfa: u32) {
        self.copy_int(RBP, RSP, 8);
        self.code.frame_event(FrameEvent::CfaRegister(dwarf_number(RBP), cfa));
    }

    /// Moves the stack pointer down by the size of the frame.
    fn make_room(&mut self) {
        let size = i64::from(self.frame.size);
        if !self.frame.probed {
            return self.alu_rm_imm(Alu::Sub, Rm::Reg(RSP), size, 8, false);
        }
        self.constant(RAX, size, 4);
        self.touch_pages();
    }

    /// Moves the stack pointer down by `rax`, page by page.
    pub(super) fn touch_pages(&mut self) {
        let probe = RelocationTarget::Symbol(Runtime::ProbeStack.symbol());
        self.near(Code::Call_rel32_64, probe, RelocationKind::Plt32);
        self.alu_reg_rm(Alu::Sub, RSP, Rm::Reg(RAX), 8);
    }

    /// Undoes the prologue, up to the return address. Code behind it still has the frame: see
    /// [`after_epilogue`](Self::after_epilogue).
    pub(super) fn epilogue(&mut self) {
        let frame = self.frame;
        if frame.cfa_offset() == 8 || !self.has_frame {
            return;
        }
        self.code.frame_event(FrameEvent::Remember);
        for (register, place) in self.saved_floats() {
            self.load_float(register, Rm::Mem(place), 16);
        }
        let pushed = frame.cfa_offset() - frame.size;
        let on_stack = frame.mode == FrameMode::Fixed || frame.saved_area.above_pointer.is_none();
        if frame.mode != FrameMode::Fixed {
            let above = frame.incoming().1;
            self.lea(RSP, Mem::at(RBP, above - pushed as i32), 8);
            if on_stack {
                self.code.frame_event(FrameEvent::CfaRegister(dwarf_number(RSP), pushed));
            }
        } else if frame.size > 0 {
            self.alu_rm_imm(Alu::Add, Rm::Reg(RSP), i64::from(frame.size), 8, false);
            self.code.frame_event(FrameEvent::CfaOffset(pushed));
        }
        let mut cfa = pushed;
        for saved in self.pushed().rev() {
            cfa -= 8;
            self.reg(Code::Pop_r64, saved, 8);
            if on_stack {
                self.code.frame_event(FrameEvent::CfaOffset(cfa));
            }
        }
        if frame.mode != FrameMode::Fixed {
            self.reg(Code::Pop_r64, RBP, 8);
            self.code.frame_event(FrameEvent::CfaRegister(dwarf_number(RSP), 8));
        }
    }

    /// Tells debuggers that the code behind a return has the frame again.
    pub(super) fn after_epilogue(&mut self) {
        if self.frame.cfa_offset() != 8 && self.has_frame {
            self.code.frame_event(FrameEvent::Restore);
        }
    }

    /// The rules after the prologue or those of the entry; only fixed frames are made elsewhere than there.
    fn describe_frame(&mut self) {
        let frame = self.frame;
        let cfa = if self.has_frame { frame.cfa_offset() } else { 8 };
        self.code.frame_event(FrameEvent::CfaOffset(cfa));
        for (number, &saved) in frame.saved.iter().enumerate() {
            let register = dwarf_number(saved);
            self.code.frame_event(match self.has_frame {
                true => FrameEvent::Saved(register, -16 - 8 * number as i32),
                false => FrameEvent::Restored(register),
            });
        }
    }
}

/// A jump's kind when it is unconditional; others are condition codes.
pub(super) const JUMP_ALWAYS: u8 = 16;

/// Bytes of a jump.
pub(super) fn jump_size(kind: u8, long: bool) -> u32 {
    match (kind, long) {
        (_, false) => 2,
        (JUMP_ALWAYS, true) => 5,
        (_, true) => 6,
    }
}

/// Writes a jump over a distance from its end.
pub(super) fn write_jump(kind: u8, long: bool, distance: i64, code: &mut Vec<u8>) {
    match (kind, long) {
        (JUMP_ALWAYS, false) => code.extend([0xeb, distance as u8]),
        (_, false) => code.extend([0x70 | kind, distance as u8]),
        (JUMP_ALWAYS, true) => code.push(0xe9),
        (_, true) => code.extend([0x0f, 0x80 | kind]),
    }
    if long {
        code.extend((distance as i32).to_le_bytes());
    }
}

/// The recommended multi-byte no-ops.
pub(super) fn write_padding(mut bytes: usize, code: &mut Vec<u8>) {
    const NOPS: [&[u8]; 9] = [
        &[0x90],
        &[0x66, 0x90],
        &[0x0f, 0x1f, 0x00],
        &[0x0f, 0x1f, 0x40, 0x00],
        &[0x0f, 0x1f, 0x44, 0x00, 0x00],
        &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
        &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
        &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
        &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    ];
    while bytes > 0 {
        let count = bytes.min(NOPS.len());
        code.extend_from_slice(NOPS[count - 1]);
        bytes -= count;
    }
}
