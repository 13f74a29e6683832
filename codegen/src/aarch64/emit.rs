//! Emission of instructions, prologues and epilogues; jumps.

use super::asm::{Assembler, LastAccess, Mem, reg};
use super::encode::Form;
use super::ops::{Compare, Op};
use super::regs::*;
use crate::buffer::{CodeBuffer, FrameEvent, Label, RelocationKind, RelocationTarget};
use crate::frame::FrameMode;
use crate::isa::{Emit, FunctionContext, Targets};
use crate::machine::{InstFlags, MachineInst};
use crate::runtime::Runtime;
use regalloc2::{Allocation, PReg, RegClass};
use smallvec::{SmallVec, smallvec};

/// The emitter keeps the bytes of the function.
#[derive(Default)]
pub(super) struct Emitter {
    bytes: Vec<u8>,
    last_access: Option<LastAccess>,
}

impl Emitter {
    /// Runs `emit` on an assembler for the function.
    fn with<R>(
        &mut self,
        FunctionContext { mir, frame, has_frame }: FunctionContext<'_>,
        code: &mut CodeBuffer,
        emit: impl FnOnce(&mut Assembler<'_>) -> R,
    ) -> R {
        let (bytes, last_access) = (&mut self.bytes, &mut self.last_access);
        emit(&mut Assembler { bytes, code, mir, frame, has_frame, last_access })
    }
}

impl Emit for Emitter {
    fn begin(&mut self) {
        self.bytes.clear();
        self.last_access = None;
    }

    fn prologue(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        self.with(function, code, |assembler| assembler.prologue());
    }

    fn landing(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        self.with(function, code, |assembler| assembler.put(Form::BtiJ, 8, &[]));
    }

    fn epilogue(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        self.with(function, code, |assembler| assembler.epilogue());
    }

    fn describe_frame(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        self.with(function, code, |assembler| assembler.describe_frame());
    }

    fn bind(&mut self, code: &mut CodeBuffer, label: Label) {
        self.last_access = None;
        code.bind(label);
    }

    fn copy(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer, from: Allocation, to: Allocation) {
        self.with(function, code, |assembler| assembler.copy(from, to));
    }

    fn absorbs_copy(&self, _inst: &MachineInst, _allocations: &[Allocation]) -> bool {
        false
    }

    fn inst(
        &mut self,
        function: FunctionContext<'_>,
        code: &mut CodeBuffer,
        inst: &MachineInst,
        allocations: &[Allocation],
        _copied: Option<PReg>,
    ) {
        self.with(function, code, |assembler| assembler.inst(inst, allocations));
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
        &self.bytes
    }
}

/// DWARF's numbers of the registers.
fn dwarf_number(register: PReg) -> u16 {
    match register.class() {
        RegClass::Int => register.hw_enc() as u16,
        _ => 64 + register.hw_enc() as u16,
    }
}

impl Assembler<'_> {
    fn inst(&mut self, inst: &MachineInst, a: &[Allocation]) {
        let op = Op::of(inst.opcode);
        let alone = inst.flags.contains(InstFlags::ALONE);
        if alone {
            *self.last_access = None;
        }
        if let Some((compare, consumer)) = Compare::parts(op) {
            return self.consume(compare, consumer, inst, a);
        }
        let known = self.int_op(op, inst, a)
            || self.float_op(op, inst, a)
            || self.call_op(op, inst, a)
            || self.atomic_op(op, inst, a)
            || self.tls_op(op, inst, a);
        debug_assert!(known, "no emission for {op:?}");
        if alone {
            *self.last_access = None;
        }
    }

    /// A move of the register allocator, or a copy from where it put a value.
    pub(super) fn copy(&mut self, from: Allocation, to: Allocation) {
        let float_size = if self.mir.facts().wide_floats { 16 } else { 8 };
        let size = |register: PReg| if register.class() == RegClass::Float { float_size } else { 8 };
        match (from.as_reg(), to.as_reg()) {
            (Some(from), Some(to)) if from.class() == RegClass::Float => self.copy_float(to, from),
            (Some(from), Some(to)) => self.copy_int(to, from, 8),
            (Some(from), None) => self.store(self.spill(to), from, size(from)),
            (None, Some(to)) => self.load(to, self.spill(from), size(to)),
            (None, None) => unreachable!("regalloc2 moves by way of a register"),
        }
    }

    /// Is the frame record saved: frame pointer and return address?
    pub(super) fn has_record(&self) -> bool {
        let area = self.frame.saved_area.size - self.mir.facts().home_size;
        area > super::saved_bytes(&self.frame.saved, false)
    }

    /// The saved registers, two of a class together, odd ones alone. The record is at the bottom.
    fn saved_pairs(&self) -> Vec<SmallVec<[PReg; 2]>> {
        let record: Option<SmallVec<[PReg; 2]>> = self.has_record().then(|| smallvec![FP, LR]);
        let of = |class: RegClass| self.frame.saved.iter().copied().filter(move |register| register.class() == class);
        let [ints, floats]: [Vec<PReg>; 2] = [RegClass::Int, RegClass::Float].map(|class| of(class).collect());
        let others = ints.chunks(2).chain(floats.chunks(2)).map(SmallVec::from_slice);
        record.into_iter().chain(others).collect()
    }

    /// Saves or restores one or two registers; the first ones move the stack pointer by the size of the area.
    fn save_pair(&mut self, restores: bool, pair: &[PReg], offset: i64) {
        use Form::*;
        let forms = match (pair.len(), pair[0].class(), restores) {
            (1, RegClass::Int, false) => [StrPre, Str],
            (1, RegClass::Int, true) => [LdrPost, Ldr],
            (1, _, false) => [StrFPre, StrF],
            (1, _, true) => [LdrFPost, LdrF],
            (_, RegClass::Int, false) => [StpPre, Stp],
            (_, RegClass::Int, true) => [LdpPost, Ldp],
            (_, _, false) => [StpFPre, StpF],
            (_, _, true) => [LdpFPost, LdpF],
        };
        let area = i64::from(self.frame.saved_area.size);
        let moved = if restores { area } else { -area };
        let (form, offset) = if offset == 0 { (forms[0], moved) } else { (forms[1], offset) };
        let registers: SmallVec<[PReg; 3]> = pair.iter().copied().chain([SP]).collect();
        self.regs_imm(form, 8, &registers, offset);
    }

    /// Is the return address saved, and signed before that?
    fn signs(&self) -> bool {
        self.mir.facts().protection.signs_return && self.has_record()
    }

    /// Callers may jump to the start of the function by its address. An instruction that signs marks it as well.
    pub(super) fn mark_entry(&mut self) {
        if self.mir.facts().protection.branch_targets && self.bytes.is_empty() {
            self.put(Form::BtiC, 8, &[]);
        }
    }

    /// The first pair moves the stack pointer over all of them.
    fn prologue(&mut self) {
        let (frame, area) = (self.frame, self.frame.saved_area.size);
        match self.signs() {
            true => {
                self.put(Form::Paciasp, 8, &[]);
                self.code.frame_event(FrameEvent::Signed);
            }
            false => self.mark_entry(),
        }
        for (number, pair) in self.saved_pairs().into_iter().enumerate() {
            let offset = 16 * number as i32;
            self.save_pair(false, &pair, i64::from(offset));
            if number == 0 {
                self.code.frame_event(FrameEvent::CfaOffset(area));
            }
            self.describe_pair(&pair, offset);
        }
        if frame.mode != FrameMode::Fixed {
            self.add_offset(FP, SP, 0);
            self.code.frame_event(FrameEvent::CfaRegister(dwarf_number(FP), area));
        }
        if frame.size > 0 {
            self.make_room();
            if frame.mode == FrameMode::Fixed {
                self.code.frame_event(FrameEvent::CfaOffset(area + frame.size));
            }
        }
        if frame.realign != 0 {
            self.align_stack_pointer(SP, i64::from(frame.realign));
        }
        if frame.mode == FrameMode::PointerAndBase {
            self.add_offset(X19, SP, 0);
        }
    }

    /// Moves the stack pointer down by the size of the frame.
    fn make_room(&mut self) {
        let size = i64::from(self.frame.size);
        if !self.frame.probed {
            return self.add_offset(SP, SP, -size);
        }
        self.constant(super::abi::PROBED_SIZE, size / 16, 8);
        self.touch_pages();
    }

    /// Moves the stack pointer down by the register for that, in units of 16 bytes, page by page.
    pub(super) fn touch_pages(&mut self) {
        let probe = RelocationTarget::Symbol(Runtime::ProbeStack.symbol());
        self.relocated(Form::Bl, &[], RelocationKind::Call26, probe, 0);
        self.put(Form::SubSp, 8, &[31, 31, super::abi::PROBED_SIZE.hw_enc() as i64, 4]);
    }

    /// The stack pointer is another register, rounded down to a multiple of `align`.
    pub(super) fn align_stack_pointer(&mut self, from: PReg, align: i64) {
        self.add_offset(X16, from, 0);
        let mask = super::encode::bitmask(-align as u64, 8).expect("a power of two");
        self.regs_imm(Form::AndI, 8, &[SP, X16], mask);
    }

    fn describe_pair(&mut self, pair: &[PReg], offset: i32) {
        let area = self.frame.saved_area.size as i32;
        for (place, &register) in pair.iter().enumerate() {
            let event = FrameEvent::Saved(dwarf_number(register), offset + 8 * place as i32 - area);
            self.code.frame_event(event);
        }
    }

    /// Undoes the prologue. Code behind it still has the frame: see [`after_epilogue`](Self::after_epilogue).
    pub(super) fn epilogue(&mut self) {
        let (frame, area) = (self.frame, self.frame.saved_area.size);
        if frame.own_size() == 0 || !self.has_frame {
            return;
        }
        self.code.frame_event(FrameEvent::Remember);
        if frame.mode != FrameMode::Fixed {
            self.add_offset(SP, FP, 0);
            self.code.frame_event(FrameEvent::CfaRegister(dwarf_number(SP), area));
        } else if frame.size > 0 {
            self.add_offset(SP, SP, i64::from(frame.size));
            self.code.frame_event(FrameEvent::CfaOffset(area));
        }
        for (number, pair) in self.saved_pairs().into_iter().enumerate().rev() {
            self.save_pair(true, &pair, 16 * number as i64);
        }
        if area > 0 {
            self.code.frame_event(FrameEvent::CfaOffset(0));
        }
        if self.signs() {
            self.put(Form::Autiasp, 8, &[]);
            self.code.frame_event(FrameEvent::Signed);
        }
    }

    /// Tells debuggers that the code behind a return has the frame again.
    pub(super) fn after_epilogue(&mut self) {
        if self.frame.own_size() != 0 && self.has_frame {
            self.code.frame_event(FrameEvent::Restore);
        }
    }

    /// The rules after the prologue or those of the entry; only fixed frames are made elsewhere than there.
    fn describe_frame(&mut self) {
        let cfa = if self.has_frame { self.frame.cfa_offset() } else { 0 };
        self.code.frame_event(FrameEvent::CfaOffset(cfa));
        if self.signs() {
            self.code.frame_event(FrameEvent::Signed);
        }
        for (number, pair) in self.saved_pairs().into_iter().enumerate() {
            if self.has_frame {
                self.describe_pair(&pair, 16 * number as i32);
                continue;
            }
            for register in pair {
                self.code.frame_event(FrameEvent::Restored(dwarf_number(register)));
            }
        }
    }

    /// The address of an instruction whose operand it is, in a register.
    pub(super) fn address_in(&mut self, to: PReg, inst: &MachineInst) {
        match self.address_or_label(inst) {
            Some(Mem::Offset(base, offset)) => self.add_offset(to, base, offset),
            _ => self.code.jump(ADR | to.hw_enc() as u32, Label(inst.symbol)),
        }
    }

    fn address_or_label(&mut self, inst: &MachineInst) -> Option<Mem> {
        use crate::machine::Base;
        (inst.base != Base::Block).then(|| self.address(inst, &[]))
    }

    /// Emits an op that reads or writes memory at its address; false if the op is none.
    pub(super) fn memory_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        use super::asm::{LOAD_SIGNED, LOAD_SIGNED_WORD};
        match op {
            Op::Load | Op::LoadF => {
                let mem = self.address(inst, &a[1..]);
                self.load(reg(a[0]), mem, inst.size);
            }
            Op::LoadS => {
                let mem = self.address(inst, &a[1..]);
                let forms = if inst.from == 8 { LOAD_SIGNED } else { LOAD_SIGNED_WORD };
                self.access(forms, inst.size, reg(a[0]), mem);
            }
            Op::Store | Op::StoreF => {
                let registers = inst.address().registers();
                let mem = self.address(inst, a);
                self.store(mem, reg(a[registers]), inst.size);
            }
            Op::StoreZero => {
                let mem = self.address(inst, a);
                self.store(mem, ZR, inst.size);
            }
            _ => return false,
        }
        true
    }
}

// ---- jumps: the kind is the instruction without its distance ----

/// `b`
pub(super) const B: u32 = 0x1400_0000;
/// `b.cond`
pub(super) const B_COND: u32 = 0x5400_0000;
/// `adr`, for the addresses of blocks.
pub(super) const ADR: u32 = 0x1000_0000;
const TEST_MASK: u32 = 0x7e00_0000;
/// `tbz`
pub(super) const TBZ: u32 = 0x3600_0000;

/// Lowest bit and width of the distance, in units of 4 bytes.
fn distance_field(kind: u32) -> (u32, u32) {
    match kind {
        B => (0, 26),
        _ if kind & TEST_MASK == TBZ => (5, 14),
        _ => (5, 19),
    }
}

fn is_address(kind: u32) -> bool {
    kind & !31 == ADR
}

/// Bytes of a jump. A long one jumps over an unconditional one; a long address is a sum of three.
pub(super) fn jump_size(kind: u32, long: bool) -> u32 {
    match (kind, long) {
        (B, _) | (_, false) => 4,
        _ if is_address(kind) => 12,
        _ => 8,
    }
}

/// Does the short form reach so far from its end?
pub(super) fn jump_reaches(kind: u32, distance: i64) -> bool {
    let (_, width) = distance_field(kind);
    let reach = if is_address(kind) { 1 << 20 } else { 1 << (width + 1) };
    kind == B || (-reach..reach).contains(&(distance + 4))
}

/// Writes a jump over a distance from its end.
pub(super) fn write_jump(kind: u32, long: bool, distance: i64, code: &mut Vec<u8>) {
    let mut word = |word: u32| code.extend(word.to_le_bytes());
    if is_address(kind) {
        return write_address(kind, long, distance, &mut word);
    }
    let with_distance = |kind: u32, distance: i64| {
        let (at, width) = distance_field(kind);
        kind | ((distance >> 2) as u32 & ((1 << width) - 1)) << at
    };
    match long && kind != B {
        true => {
            let opposite = if kind & 0xff00_0000 == B_COND { kind ^ 1 } else { kind ^ 1 << 24 };
            word(with_distance(opposite, 8));
            word(with_distance(B, distance + 4));
        }
        false => word(with_distance(kind, distance + 4)),
    }
}

/// `adr`, or `adr` of the end and a sum in two parts; the latter reaches 16 MB.
fn write_address(kind: u32, long: bool, distance: i64, word: &mut impl FnMut(u32)) {
    let register = kind & 31;
    let adr = |distance: i64| kind | (distance as u32 & 3) << 29 | ((distance >> 2) as u32 & 0x7_ffff) << 5;
    if !long {
        return word(adr(distance + 4));
    }
    let add: u32 = if distance < 0 { 0xd100_0000 } else { 0x9100_0000 };
    let size = distance.unsigned_abs() as u32;
    word(adr(12));
    word(add | 1 << 22 | (size >> 12 & 0xfff) << 10 | register << 5 | register);
    word(add | (size & 0xfff) << 10 | register << 5 | register);
}

/// Instructions without effect.
pub(super) fn write_padding(bytes: usize, code: &mut Vec<u8>) {
    const NOP: u32 = 0xd503_201f;
    debug_assert_eq!(bytes % 4, 0);
    (0..bytes / 4).for_each(|_| code.extend(NOP.to_le_bytes()));
}
