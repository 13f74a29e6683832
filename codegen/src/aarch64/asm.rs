//! The assembler: CPU instructions with their operands, encoded into the code of a function.

use super::encode::{self, Form, add_immediate};
use super::ops::Op;
use super::regs::*;
use crate::buffer::{CodeBuffer, RelocationKind, RelocationTarget};
use crate::frame::{Frame, FrameOffset, FrameRegister};
use crate::machine::{Base, InstFlags, MachineInst};
use crate::mir::Mir;
use regalloc2::{Allocation, PReg, RegClass};
use smallvec::SmallVec;

/// A memory operand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mem {
    /// A register plus an offset in bytes.
    Offset(PReg, i64),
    /// A register plus another one, extended from 32 bits or not, scaled by the size of the access or not.
    Index(PReg, PReg, IndexExtension, bool),
    /// A register that holds the page of a target, plus the target's place in it.
    Low(PReg, RelocationTarget, i64),
}

/// How an index is extended: the number that instructions have for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum IndexExtension {
    /// It has 64 bits.
    None = 3,
    /// Zeroes above 32 bits.
    Unsigned = 2,
    /// Copies of the sign above 32 bits.
    Signed = 6,
}

impl IndexExtension {
    fn of(inst: &MachineInst) -> IndexExtension {
        match inst.flags {
            flags if flags.contains(InstFlags::UNSIGNED_INDEX) => IndexExtension::Unsigned,
            flags if flags.contains(InstFlags::SIGNED_INDEX) => IndexExtension::Signed,
            _ => IndexExtension::None,
        }
    }
}

/// Assembles into a [`CodeBuffer`].
pub(super) struct Assembler<'a> {
    pub(super) bytes: &'a mut Vec<u8>,
    pub(super) code: &'a mut CodeBuffer,
    pub(super) mir: &'a Mir,
    pub(super) frame: &'a Frame,
    /// Whether the current block has the frame.
    pub(super) has_frame: bool,
    /// The access that may become one of a pair.
    pub(super) last_access: &'a mut Option<LastAccess>,
}

/// The access that was emitted last in this block.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastAccess {
    /// The place behind it.
    end: (u32, usize),
    form: Form,
    size: u8,
    register: PReg,
    /// Of a pair, the register at the higher address.
    second: Option<PReg>,
    base: PReg,
    offset: i64,
}

/// The pair of two accesses of a form.
fn pair_form(form: Form) -> Option<Form> {
    Some(match form {
        Form::Ldr => Form::Ldp,
        Form::Str => Form::Stp,
        Form::LdrF => Form::LdpF,
        Form::StrF => Form::StpF,
        _ => return None,
    })
}

/// The forms that write the address back: after the access, and before it.
fn write_back_forms(form: Form) -> Option<[Form; 2]> {
    Some(match form {
        Form::Ldr => [Form::LdrPost, Form::LdrPre],
        Form::Str => [Form::StrPost, Form::StrPre],
        Form::LdrsX => [Form::LdrsXPost, Form::LdrsXPre],
        Form::LdrsW => [Form::LdrsWPost, Form::LdrsWPre],
        Form::LdrF => [Form::LdrFPost, Form::LdrFPre],
        Form::StrF => [Form::StrFPost, Form::StrFPre],
        Form::Ldp => [Form::LdpPost, Form::LdpPre],
        Form::Stp => [Form::StpPost, Form::StpPre],
        Form::LdpF => [Form::LdpFPost, Form::LdpFPre],
        Form::StpF => [Form::StpFPost, Form::StpFPre],
        _ => return None,
    })
}

/// The forms of a load or store: offset scaled by the size, any near offset, index, index of 32 bits.
type AccessForms = [Form; 4];

pub(super) const LOAD: AccessForms = [Form::Ldr, Form::LdrNear, Form::LdrIndex, Form::LdrExtended];
pub(super) const LOAD_SIGNED: AccessForms = [Form::LdrsX, Form::LdrsXNear, Form::LdrsXIndex, Form::LdrsXExtended];
pub(super) const LOAD_SIGNED_WORD: AccessForms = [Form::LdrsW, Form::LdrsWNear, Form::LdrsWIndex, Form::LdrsWExtended];
pub(super) const STORE: AccessForms = [Form::Str, Form::StrNear, Form::StrIndex, Form::StrExtended];
pub(super) const LOAD_FLOAT: AccessForms = [Form::LdrF, Form::LdrFNear, Form::LdrFIndex, Form::LdrFExtended];
pub(super) const STORE_FLOAT: AccessForms = [Form::StrF, Form::StrFNear, Form::StrFIndex, Form::StrFExtended];

fn number(register: PReg) -> i64 {
    register.hw_enc() as i64
}

impl Assembler<'_> {
    // ---- instructions ----

    /// An instruction with operands that are numbers already.
    pub(super) fn put(&mut self, form: Form, size: u8, operands: &[i64]) {
        let word = encode::encode(form, size, operands);
        let word = word.unwrap_or_else(|| unreachable!("MIR law 3: operands {operands:?} of size {size} fit {form:?}"));
        self.bytes.extend(word.to_le_bytes());
        self.code.advance(4);
    }

    /// An instruction on registers.
    pub(super) fn regs(&mut self, form: Form, size: u8, registers: &[PReg]) {
        let mut operands = [0; 4];
        for (operand, &register) in operands.iter_mut().zip(registers) {
            *operand = number(register);
        }
        self.put(form, size, &operands[..registers.len()]);
    }

    /// An instruction on registers and one immediate.
    pub(super) fn regs_imm(&mut self, form: Form, size: u8, registers: &[PReg], imm: i64) {
        let mut operands = [imm; 5];
        for (operand, &register) in operands.iter_mut().zip(registers) {
            *operand = number(register);
        }
        self.put(form, size, &operands[..=registers.len()]);
    }

    /// An instruction on three registers, the last one shifted by what [`shifted`](super::ops::shifted) says.
    pub(super) fn regs_shifted(&mut self, form: Form, size: u8, [to, a, b]: [PReg; 3], shift: i64) {
        self.put(form, size, &[number(to), number(a), number(b), shift >> 6, shift & 63]);
    }

    /// An instruction on three registers, the last one extended by what [`extended`](super::ops::extended) says.
    pub(super) fn regs_extended(&mut self, form: Form, size: u8, [to, a, b]: [PReg; 3], extension: i64) {
        self.put(form, size, &[number(to), number(a), number(b), extension >> 3, extension & 7]);
    }

    /// A bit field move.
    pub(super) fn bit_field(&mut self, form: Form, size: u8, to: PReg, from: PReg, field: i64) {
        self.put(form, size, &[number(to), number(from), field >> 6, field & 63]);
    }

    /// A compare: `subs` or `ands` with a shifted register, to no register.
    pub(super) fn compare(&mut self, form: Form, size: u8, a: PReg, b: PReg, shift: i64) {
        self.regs_shifted(form, size, [ZR, a, b], shift);
    }

    /// `to` is `yes` if `cond` holds, else what the form makes of `no`.
    pub(super) fn choose(&mut self, form: Form, size: u8, [to, yes, no]: [PReg; 3], cond: Cond) {
        self.put(form, size, &[number(to), number(yes), number(no), cond as i64]);
    }

    /// Copies an integer register; 31 is zero.
    pub(super) fn copy_int(&mut self, to: PReg, from: PReg, size: u8) {
        self.regs_shifted(Form::Orr, size, [to, ZR, from], 0);
    }

    /// Copies a float register, all of it.
    pub(super) fn copy_float(&mut self, to: PReg, from: PReg) {
        self.regs(Form::OrrQ, 8, &[to, from, from]);
    }

    /// A constant in a register: one instruction for a bitmask, else one for each part that differs from all zeroes or
    /// all ones.
    pub(super) fn constant(&mut self, to: PReg, value: i64, size: u8) {
        let bits = if size == 8 { value as u64 } else { u64::from(value as u32) };
        let parts = if size == 8 { 4 } else { 2 };
        let part = |number: i64| (bits >> (16 * number) & 0xffff) as i64;
        let count = |unlike: i64| (0..parts).filter(|&number| part(number) != unlike).count();
        let (ones, zeroes) = (count(0xffff), count(0));
        if ones.min(zeroes) > 1
            && let Some(mask) = encode::bitmask(bits, size)
        {
            return self.regs_imm(Form::OrrI, size, &[to, ZR], mask);
        }
        let inverted = ones < zeroes;
        let (first, rest) = if inverted { (Form::Movn, 0xffff) } else { (Form::Movz, 0) };
        let mut started = false;
        for number in (0..parts).filter(|&number| part(number) != rest) {
            match started {
                true => self.put(Form::Movk, size, &[to.hw_enc() as i64, part(number), number]),
                false => self.put(first, size, &[to.hw_enc() as i64, part(number) ^ rest, number]),
            }
            started = true;
        }
        if !started {
            self.put(first, size, &[to.hw_enc() as i64, 0, 0]);
        }
    }

    /// `to = from + offset` on addresses; 31 is the stack pointer. `to` may be any register but [`X17`].
    pub(super) fn add_offset(&mut self, to: PReg, from: PReg, offset: i64) {
        let form = if offset < 0 { Form::SubI } else { Form::AddI };
        let magnitude = offset.unsigned_abs() as i64;
        let add = |assembler: &mut Self, from: PReg, part: i64, shift: i64| {
            assembler.put(form, 8, &[number(to), number(from), part, shift]);
        };
        match (add_immediate(magnitude), magnitude) {
            (Some((part, shift)), _) => add(self, from, part, shift),
            (None, 0..0x100_0000) => {
                add(self, from, magnitude >> 12, 1);
                add(self, to, magnitude & 0xfff, 0);
            }
            _ => {
                self.constant(X17, magnitude, 8);
                let form = if offset < 0 { Form::SubSp } else { Form::AddSp };
                self.put(form, 8, &[number(to), number(from), number(X17), 0]);
            }
        }
    }

    // ---- memory ----

    /// A place in the frame.
    pub(super) fn frame_mem(&self, (register, offset): FrameOffset) -> Mem {
        let base = match register {
            FrameRegister::Stack => SP,
            FrameRegister::Pointer => FP,
            FrameRegister::Base => X19,
        };
        Mem::Offset(base, i64::from(offset))
    }

    /// The address of an instruction; `registers` starts with those of its memory operand. May use [`X16`].
    pub(super) fn address(&mut self, inst: &MachineInst, registers: &[Allocation]) -> Mem {
        let disp = i64::from(inst.disp);
        let base = match inst.base {
            Base::Reg => Mem::Offset(reg(registers[0]), disp),
            Base::Slot => self.frame_mem(self.frame.slot(inst.symbol)).plus(disp),
            Base::IncomingArg => self.frame_mem(self.frame.incoming()).plus(disp),
            Base::OutgoingArg => self.frame_mem(self.frame.outgoing()).plus(disp),
            Base::Symbol => self.page(RelocationTarget::Symbol(inst.symbol), disp),
            Base::Constant => self.page(RelocationTarget::Constant(inst.symbol), disp),
            base => unreachable!("MIR law 3: memory is not addressed from {base:?}"),
        };
        if inst.scale == 0 {
            return base;
        }
        let index = reg(registers[(inst.base == Base::Reg) as usize]);
        let (extension, scaled) = (IndexExtension::of(inst), inst.scale > 1);
        match base {
            Mem::Offset(register, 0) => Mem::Index(register, index, extension, scaled),
            Mem::Offset(register, offset) => {
                self.add_offset(X16, register, offset);
                Mem::Index(X16, index, extension, scaled)
            }
            base => base,
        }
    }

    /// The page of a target in [`X16`].
    fn page(&mut self, target: RelocationTarget, disp: i64) -> Mem {
        self.relocated(Form::Adrp, &[X16], RelocationKind::AdrPrelPgHi21, target, disp);
        Mem::Low(X16, target, disp)
    }

    /// An instruction on registers whose last operand the linker fills.
    pub(super) fn relocated(
        &mut self,
        form: Form,
        registers: &[PReg],
        kind: RelocationKind,
        target: RelocationTarget,
        addend: i64,
    ) {
        self.relocated_sized(form, 8, registers, (kind, target, addend));
    }

    fn relocated_sized(
        &mut self,
        form: Form,
        size: u8,
        registers: &[PReg],
        (kind, target, addend): (RelocationKind, RelocationTarget, i64),
    ) {
        match form {
            Form::AddI => self.put(form, size, &[number(registers[0]), number(registers[1]), 0, 0]),
            _ => self.regs_imm(form, size, registers, 0),
        }
        self.code.relocation(4, kind, target, addend);
    }

    /// The address of a target in a register.
    pub(super) fn target_address(&mut self, to: PReg, target: RelocationTarget, disp: i64) {
        self.relocated(Form::Adrp, &[to], RelocationKind::AdrPrelPgHi21, target, disp);
        self.relocated(Form::AddI, &[to, to], RelocationKind::AddAbsLo12Nc, target, disp);
    }

    /// Loads or stores a register. [`X16`] holds the address if no form of the instruction reaches it.
    pub(super) fn access(&mut self, forms: AccessForms, size: u8, register: PReg, mem: Mem) {
        let [scaled, near, indexed, extended] = forms;
        match mem {
            Mem::Index(base, index, extension, shift) => {
                let (registers, shift) =
                    ([number(register), number(base), number(index)], i64::from(shift && size > 1));
                let [register, base, index] = registers;
                match extension {
                    IndexExtension::None => self.put(indexed, size, &[register, base, index, shift]),
                    _ => self.put(extended, size, &[register, base, index, extension as i64, shift]),
                }
            }
            Mem::Low(base, target, disp) => {
                self.relocated_sized(scaled, size, &[register, base], (low_kind(size), target, disp));
            }
            Mem::Offset(base, offset) => {
                if self.join_access(scaled, size, register, (base, offset)) {
                    return;
                }
                let unit = i64::from(size);
                if offset % unit == 0 && (0..=4095 * unit).contains(&offset) {
                    self.regs_imm(scaled, size, &[register, base], offset);
                } else if (-256..256).contains(&offset) {
                    self.regs_imm(near, size, &[register, base], offset);
                } else {
                    self.far_offset(base, offset);
                    self.regs_imm(scaled, size, &[register, X16], 0);
                }
            }
        }
    }

    /// Makes a pair of this access and the one just before it, if they are neighbours; else remembers this one.
    fn join_access(&mut self, form: Form, size: u8, register: PReg, (base, offset): (PReg, i64)) -> bool {
        let joined = self.last_access.take().and_then(|last| {
            let distance = offset - last.offset;
            let fits = (last.end, last.form, last.size, last.base) == (self.code.position(), form, size, base)
                && distance.abs() == i64::from(size)
                && pairs(form, last.register, register, base);
            let [first, second] = if distance > 0 { [last.register, register] } else { [register, last.register] };
            let operands = [number(first), number(second), number(base), offset.min(last.offset)];
            let word = encode::encode(pair_form(form)?, size, &operands).filter(|_| fits)?;
            let pair = LastAccess { register: first, second: Some(second), offset: operands[3], ..last };
            Some((word, LastAccess { form: pair_form(form)?, ..pair }))
        });
        match joined {
            Some((word, pair)) => {
                self.replace_last(word);
                *self.last_access = Some(pair);
            }
            None => {
                let (raw, jumps) = self.code.position();
                let end = (raw + 4, jumps);
                *self.last_access = Some(LastAccess { end, form, size, register, second: None, base, offset });
            }
        }
        joined.is_some()
    }

    /// Puts another instruction in place of the last one.
    fn replace_last(&mut self, word: u32) {
        let at = self.bytes.len() - 4;
        self.bytes[at..].copy_from_slice(&word.to_le_bytes());
    }

    /// Makes a sum part of the access just before it, through the register that is stepped; false if that cannot be.
    pub(super) fn write_back(&mut self, inst: &MachineInst, to: PReg, from: PReg) -> bool {
        let amount = if inst.opcode == Op::SubRI.into() { -inst.imm } else { inst.imm };
        let Some(last) = *self.last_access else { return false };
        let moved = [Some(last.register), last.second].into_iter().flatten();
        let fits = (last.end, last.base, last.base) == (self.code.position(), to, from)
            && inst.size == 8
            && moved.clone().all(|register| register != to)
            && (last.offset == 0 || last.offset == amount);
        let Some([after, before]) = write_back_forms(last.form).filter(|_| fits) else { return false };
        let operands: SmallVec<[i64; 4]> = moved.chain([to]).map(number).chain([amount]).collect();
        let form = if last.offset == 0 { after } else { before };
        let Some(word) = encode::encode(form, last.size, &operands) else { return false };
        self.replace_last(word);
        *self.last_access = None;
        true
    }

    /// [`X16`] is `base + offset`; [`X17`] may hold what is stored.
    fn far_offset(&mut self, base: PReg, offset: i64) {
        match offset.unsigned_abs() {
            0..0x100_0000 => self.add_offset(X16, base, offset),
            _ => {
                self.constant(X16, offset, 8);
                self.put(Form::AddSp, 8, &[number(X16), number(base), number(X16), 0]);
            }
        }
    }

    /// Loads a register of either class.
    pub(super) fn load(&mut self, to: PReg, mem: Mem, size: u8) {
        let forms = if to.class() == RegClass::Float { LOAD_FLOAT } else { LOAD };
        self.access(forms, size, to, mem);
    }

    /// Stores one.
    pub(super) fn store(&mut self, mem: Mem, from: PReg, size: u8) {
        let forms = if from.class() == RegClass::Float { STORE_FLOAT } else { STORE };
        self.access(forms, size, from, mem);
    }

    /// A spill slot.
    pub(super) fn spill(&self, allocation: Allocation) -> Mem {
        self.frame_mem(self.frame.spill(allocation.as_stack().expect("register or slot")))
    }
}

impl Mem {
    /// The same, `bytes` further.
    pub(super) fn plus(self, bytes: i64) -> Mem {
        match self {
            Mem::Offset(base, offset) => Mem::Offset(base, offset + bytes),
            Mem::Low(base, target, disp) => Mem::Low(base, target, disp + bytes),
            indexed => indexed,
        }
    }
}

/// May the two registers be loaded or stored by one instruction? A first load must not change the address or be lost.
fn pairs(form: Form, first: PReg, second: PReg, base: PReg) -> bool {
    match form {
        Form::Ldr => first != base && first != second,
        Form::LdrF => first != second,
        _ => true,
    }
}

/// The relocation of an access of so many bytes.
fn low_kind(size: u8) -> RelocationKind {
    match size {
        1 => RelocationKind::Ldst8AbsLo12Nc,
        2 => RelocationKind::Ldst16AbsLo12Nc,
        4 => RelocationKind::Ldst32AbsLo12Nc,
        8 => RelocationKind::Ldst64AbsLo12Nc,
        _ => RelocationKind::Ldst128AbsLo12Nc,
    }
}

/// The register of an operand that must be in one.
pub(super) fn reg(allocation: Allocation) -> PReg {
    allocation.as_reg().expect("an operand with a register constraint")
}
