//! Integer ops: moves, arithmetic, shifts, multiplication and division, bits.

use super::asm::{Assembler, Mem, Rm, reg};
use super::codes::{self, Alu, Shift, Unary, by_size, by_word};
use super::ops::Op;
use super::regs::*;
use crate::machine::{InstFlags, MachineInst};
use iced_x86::Code;
use regalloc2::{Allocation, PReg};

/// Operands of an arithmetic op, in the order of the rows of the op table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    RR,
    RI,
    RM,
    MR,
    MI,
}

const FORMS: [Form; 5] = [Form::RR, Form::RI, Form::RM, Form::MR, Form::MI];
const FAMILIES: [Alu; 5] = [Alu::Add, Alu::Or, Alu::And, Alu::Sub, Alu::Xor];
const _: () = assert!(Op::XorMI as u16 == Op::AddRR as u16 + 24 && Op::AndRM as u16 == Op::AddRR as u16 + 12);

const SHIFTS: [Shift; 5] = [Shift::Shl, Shift::Shr, Shift::Sar, Shift::Rol, Shift::Ror];
const _: () = assert!(Op::ShlRC as u16 == Op::ShlRI as u16 + 5 && Op::RorRC as u16 == Op::ShlRC as u16 + 4);
const _: () = assert!(Op::ShlMI as u16 == Op::RorRC as u16 + 1 && Op::SarMC as u16 == Op::ShlMI as u16 + 5);

/// The family and form of an arithmetic op, if it is one.
fn arithmetic(op: Op) -> Option<(Alu, Form)> {
    let row = (op as usize).checked_sub(Op::AddRR as usize)?;
    Some((*FAMILIES.get(row / 5)?, FORMS[row % 5]))
}

impl Assembler<'_> {
    /// True if the op can read its first input elsewhere than in the register of its result, so that a copy between
    /// the two is not needed: `lea` stands for `mov; add`.
    pub(super) fn absorbs_copy(op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        inst.size >= 4
            && match op {
                Op::AddRR => a[2].is_reg(),
                Op::AddRI => true,
                Op::SubRI => inst.imm != i64::from(i32::MIN),
                Op::ShlRI => inst.imm == 1,
                _ => false,
            }
    }

    /// Emits an integer op; false if it is none. `copied` is where the first input is instead, for ops that
    /// [absorb the copy](Self::absorbs_copy).
    pub(super) fn int_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation], copied: Option<PReg>) -> bool {
        if let Some((alu, form)) = arithmetic(op) {
            self.arithmetic(alu, form, inst, a, copied);
        } else if (Op::ShlRI as u16..=Op::SarMC as u16).contains(&(op as u16)) {
            self.shift(op, inst, a, copied);
        } else {
            return self.int_move(op, inst, a) || self.int_new(op, inst, a) || self.int_reused(op, inst, a);
        }
        true
    }

    /// Copies between integer registers of 4 or 8 bytes.
    pub(super) fn copy_int(&mut self, to: PReg, from: PReg, size: u8) {
        if to != from || size < 8 {
            let size = size.max(4);
            self.reg_rm(by_size(Code::Mov_r8_rm8, size), (to, size), (Rm::Reg(from), size));
        }
    }

    /// The shortest instruction that sets a register.
    pub(super) fn constant(&mut self, to: PReg, value: i64, size: u8) {
        let value = if size == 8 { value } else { i64::from(value as u32) };
        if value == 0 {
            self.rm_reg(Alu::Xor.rm_reg(4), Rm::Reg(to), to, 4);
        } else if u32::try_from(value).is_ok() {
            self.build(Code::Mov_r32_imm32, |instruction| {
                instruction.set_op0_register(codes::register(to, 4));
                instruction.set_op1_kind(iced_x86::OpKind::Immediate32);
                instruction.set_immediate32(value as u32);
                None
            });
        } else if i32::try_from(value).is_ok() {
            self.rm_imm(Code::Mov_rm64_imm32, Rm::Reg(to), 8, value, false);
        } else {
            self.build(Code::Mov_r64_imm64, |instruction| {
                instruction.set_op0_register(codes::register(to, 8));
                instruction.set_op1_kind(iced_x86::OpKind::Immediate64);
                instruction.set_immediate64(value as u64);
                None
            });
        }
    }

    fn int_move(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let size = inst.size;
        match op {
            Op::MovRR => match self.any(a[1]) {
                Rm::Reg(from) if from == reg(a[0]) && size == 8 => {}
                from => self.load(reg(a[0]), from, size.max(4)),
            },
            Op::MovI => self.constant(reg(a[0]), inst.imm, size),
            Op::MovRM => {
                let from = Rm::Mem(self.address(inst, &a[1..]));
                if size < 4 { self.widen(reg(a[0]), from, size, 4, false) } else { self.load(reg(a[0]), from, size) }
            }
            Op::MovMR => {
                let to = Rm::Mem(self.address(inst, a));
                self.rm_reg(by_size(Code::Mov_rm8_r8, size), to, reg(a[a.len() - 1]), size);
            }
            Op::MovMI => {
                let to = Rm::Mem(self.address(inst, a));
                let code = if size == 1 { Code::Mov_rm8_imm8 } else { by_word(Code::Mov_rm16_imm16, size) };
                self.rm_imm(code, to, size, inst.imm, false);
            }
            Op::MovzxRR | Op::MovsxRR => {
                let from = self.any(a[1]);
                self.widen(reg(a[0]), from, inst.from, size, op == Op::MovsxRR);
            }
            Op::MovzxRM | Op::MovsxRM => {
                let from = Rm::Mem(self.address(inst, &a[1..]));
                self.widen(reg(a[0]), from, inst.from, size, op == Op::MovsxRM);
            }
            Op::Lea => {
                let address = self.address(inst, &a[1..]);
                self.lea(reg(a[0]), address, size.max(4));
            }
            _ => return false,
        }
        true
    }

    /// `mov reg, rm` of 4 or 8 bytes.
    pub(super) fn load(&mut self, to: PReg, from: Rm, size: u8) {
        self.reg_rm(by_size(Code::Mov_r8_rm8, size), (to, size), (from, size));
    }

    /// `lea reg, mem`.
    pub(super) fn lea(&mut self, to: PReg, mem: Mem, size: u8) {
        self.reg_rm(by_word(Code::Lea_r16_m, size), (to, size), (Rm::Mem(mem), size));
    }

    fn widen(&mut self, to: PReg, from: Rm, from_size: u8, size: u8, signed: bool) {
        let size = size.max(4);
        match (from_size, signed) {
            (4, true) if size == 8 => self.reg_rm(Code::Movsxd_r64_rm32, (to, 8), (from, 4)),
            (4 | 8, _) => self.load(to, from, from_size),
            (2, true) => self.reg_rm(by_word(Code::Movsx_r16_rm16, size), (to, size), (from, 2)),
            (2, false) => self.reg_rm(Code::Movzx_r32_rm16, (to, 4), (from, 2)),
            (_, true) => self.reg_rm(by_word(Code::Movsx_r16_rm8, size), (to, size), (from, 1)),
            (_, false) => self.reg_rm(Code::Movzx_r32_rm8, (to, 4), (from, 1)),
        }
    }

    fn arithmetic(&mut self, alu: Alu, form: Form, inst: &MachineInst, a: &[Allocation], copied: Option<PReg>) {
        let size = inst.size;
        match form {
            Form::RR => {
                let to = reg(a[0]);
                match (copied, self.any(a[2])) {
                    (Some(from), Rm::Reg(other)) => {
                        let other = if other == to { from } else { other };
                        self.lea(to, Mem::indexed(from, other, 1), size);
                    }
                    (_, other) => self.alu_reg_rm(alu, to, other, size),
                }
            }
            Form::RI => match copied {
                Some(from) => {
                    let addend = if alu == Alu::Add { inst.imm } else { -inst.imm };
                    self.lea(reg(a[0]), Mem::at(from, addend as i32), size);
                }
                None => self.alu_rm_imm(alu, Rm::Reg(reg(a[0])), inst.imm, size, false),
            },
            Form::RM => {
                let mem = Rm::Mem(self.address(inst, &a[2..]));
                self.alu_reg_rm(alu, reg(a[0]), mem, size);
            }
            Form::MR => {
                let mem = Rm::Mem(self.address(inst, a));
                self.lock(inst);
                self.rm_reg(alu.rm_reg(size), mem, reg(a[a.len() - 1]), size);
            }
            Form::MI => {
                let mem = Rm::Mem(self.address(inst, a));
                self.alu_rm_imm(alu, mem, inst.imm, size, inst.flags.contains(InstFlags::LOCK));
            }
        }
    }

    /// The prefix of an atomic read-modify-write.
    fn lock(&mut self, inst: &MachineInst) {
        if inst.flags.contains(InstFlags::LOCK) {
            self.byte(0xf0);
        }
    }

    /// `op reg, rm`, and notes that the flags describe the register.
    pub(super) fn alu_reg_rm(&mut self, alu: Alu, to: PReg, other: Rm, size: u8) {
        match other {
            Rm::Reg(other) => self.rm_reg(alu.rm_reg(size), Rm::Reg(to), other, size),
            other => self.reg_rm(alu.reg_rm(size), (to, size), (other, size)),
        }
        self.describe(alu, to, size);
    }

    /// `op rm, imm` in its shortest form, and notes that the flags describe the register.
    pub(super) fn alu_rm_imm(&mut self, alu: Alu, to: Rm, imm: i64, size: u8, locked: bool) {
        let (alu, imm) = match (alu, imm) {
            (Alu::Add, 128) => (Alu::Sub, -128),
            (Alu::Sub, 128) => (Alu::Add, -128),
            other => other,
        };
        if locked {
            self.byte(0xf0);
        }
        let step = match (alu, imm) {
            (Alu::Add, 1) | (Alu::Sub, -1) => Some(true),
            (Alu::Add, -1) | (Alu::Sub, 1) => Some(false),
            _ => None,
        };
        let short = size > 1 && i8::try_from(imm).is_ok();
        match (to, step) {
            (_, Some(up)) => self.rm(step_code(up, size), to, size),
            (Rm::Reg(RAX), _) if !short && size > 1 => self.rm_imm(alu.rax_imm(size), to, size, imm, false),
            _ if short => self.rm_imm(alu.rm_imm8(size), to, size, imm, true),
            _ => self.rm_imm(alu.rm_imm(size), to, size, imm, false),
        }
        if let Rm::Reg(to) = to {
            self.describe(alu, to, size);
        }
    }

    fn shift(&mut self, op: Op, inst: &MachineInst, a: &[Allocation], copied: Option<PReg>) {
        let (size, row) = (inst.size, op as usize - Op::ShlRI as usize);
        let (shift, by_cl) = match row {
            0..10 => (SHIFTS[row % 5], row >= 5),
            _ => (SHIFTS[(row - 10) % 3], row >= 13),
        };
        let to = if row < 10 {
            if let Some(from) = copied {
                return self.lea(reg(a[0]), Mem::indexed(from, from, 1), size);
            }
            Rm::Reg(reg(a[0]))
        } else {
            Rm::Mem(self.address(inst, a))
        };
        match (by_cl, inst.imm) {
            (true, _) => self.rm_cl(shift.rm_cl(size), to, size),
            (false, 1) => self.rm_byte(shift.rm_1(size), to, size, 1),
            (false, count) => self.rm_byte(shift.rm_imm(size), to, size, count as u8),
        }
    }

    /// Ops that write their result to a new register, or to fixed ones.
    fn int_new(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let size = inst.size;
        let unary = |code| (code, self.any(a[1]));
        let (code, from) = match op {
            Op::BsfRR => unary(by_word(Code::Bsf_r16_rm16, size)),
            Op::BsrRR => unary(by_word(Code::Bsr_r16_rm16, size)),
            Op::TzcntRR => unary(by_word(Code::Tzcnt_r16_rm16, size)),
            Op::LzcntRR => unary(by_word(Code::Lzcnt_r16_rm16, size)),
            Op::PopcntRR => unary(by_word(Code::Popcnt_r16_rm16, size)),
            Op::PopcntRM => (by_word(Code::Popcnt_r16_rm16, size), Rm::Mem(self.address(inst, &a[1..]))),
            Op::ImulRRI => return self.imul_imm(inst, reg(a[0]), self.any(a[1])),
            Op::ImulRMI => return self.imul_imm(inst, reg(a[0]), Rm::Mem(self.address(inst, &a[1..]))),
            Op::Mul | Op::Imul => {
                let unary = if op == Op::Mul { Unary::Mul } else { Unary::Imul };
                self.rm(unary.rm(size), self.any(a[3]), size);
                return true;
            }
            Op::Div => {
                self.constant(RDX, 0, 4);
                self.rm(Unary::Div.rm(size), self.any(a[3]), size);
                return true;
            }
            Op::Idiv => {
                self.plain(if size == 8 { Code::Cqo } else { Code::Cdq });
                self.rm(Unary::Idiv.rm(size), self.any(a[3]), size);
                return true;
            }
            Op::BsfOr | Op::BsrOr => {
                let first = if op == Op::BsfOr { Code::Bsf_r16_rm16 } else { Code::Bsr_r16_rm16 };
                self.reg_rm(by_word(first, size), (reg(a[0]), size), (self.any(a[1]), size));
                (codes::cmovcc(Cond::E as u8, size), self.any(a[2]))
            }
            Op::Shlx | Op::Shrx | Op::Sarx => {
                self.three_operand_shift(op, reg(a[0]), self.any(a[1]), reg(a[2]), size);
                return true;
            }
            Op::RorxI => {
                let code = if size == 8 { Code::VEX_Rorx_r64_rm64_imm8 } else { Code::VEX_Rorx_r32_rm32_imm8 };
                self.reg_rm_byte(code, reg(a[0]), self.any(a[1]), size, inst.imm as u8);
                return true;
            }
            Op::AndnRR => {
                let code = if size == 8 { Code::VEX_Andn_r64_r64_rm64 } else { Code::VEX_Andn_r32_r32_rm32 };
                let rm = self.any(a[2]);
                self.build(code, |instruction| {
                    instruction.set_op0_register(codes::register(reg(a[0]), size));
                    instruction.set_op1_register(codes::register(reg(a[1]), size));
                    super::asm::set_rm(instruction, 2, rm, size)
                });
                return true;
            }
            _ => return false,
        };
        self.reg_rm(code, (reg(a[0]), size), (from, size));
        true
    }

    fn imul_imm(&mut self, inst: &MachineInst, to: PReg, from: Rm) -> bool {
        let short = i8::try_from(inst.imm).is_ok();
        let first = if short { Code::Imul_r16_rm16_imm8 } else { Code::Imul_r16_rm16_imm16 };
        self.reg_rm_imm(by_word(first, inst.size), to, from, inst.size, inst.imm, short);
        true
    }

    fn three_operand_shift(&mut self, op: Op, to: PReg, from: Rm, count: PReg, size: u8) {
        let code = match (op, size) {
            (Op::Shlx, 8) => Code::VEX_Shlx_r64_rm64_r64,
            (Op::Shlx, _) => Code::VEX_Shlx_r32_rm32_r32,
            (Op::Shrx, 8) => Code::VEX_Shrx_r64_rm64_r64,
            (Op::Shrx, _) => Code::VEX_Shrx_r32_rm32_r32,
            (_, 8) => Code::VEX_Sarx_r64_rm64_r64,
            (_, _) => Code::VEX_Sarx_r32_rm32_r32,
        };
        self.build(code, |instruction| {
            instruction.set_op0_register(codes::register(to, size));
            instruction.set_op2_register(codes::register(count, size));
            super::asm::set_rm(instruction, 1, from, size)
        });
    }

    /// Ops whose result is in the register of their first input, and the one-operand ops on memory.
    fn int_reused(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let size = inst.size;
        match op {
            Op::NegM => self.rm(Unary::Neg.rm(size), Rm::Mem(self.address(inst, a)), size),
            Op::NotM => self.rm(Unary::Not.rm(size), Rm::Mem(self.address(inst, a)), size),
            Op::AddPair | Op::SubPair => self.pair(op, a),
            Op::NegR => {
                self.reg(Unary::Neg.rm(size), reg(a[0]), size);
                self.describe(Alu::Sub, reg(a[0]), size);
            }
            Op::NotR => self.reg(Unary::Not.rm(size), reg(a[0]), size),
            Op::Bswap => self.reg(by_word(Code::Bswap_r16, size), reg(a[0]), size),
            Op::ImulRR => self.imul(reg(a[0]), self.any(a[2]), size),
            Op::ImulRM => self.imul(reg(a[0]), Rm::Mem(self.address(inst, &a[2..])), size),
            Op::ShldRI => self.double_shift(Code::Shld_rm16_r16_imm8, inst, a),
            Op::ShrdRI => self.double_shift(Code::Shrd_rm16_r16_imm8, inst, a),
            Op::ShldRC => self.double_shift(Code::Shld_rm16_r16_CL, inst, a),
            Op::ShrdRC => self.double_shift(Code::Shrd_rm16_r16_CL, inst, a),
            Op::BtsRR => self.rm_reg(by_word(Code::Bts_rm16_r16, size), Rm::Reg(reg(a[0])), reg(a[2]), size),
            Op::BtrRR => self.rm_reg(by_word(Code::Btr_rm16_r16, size), Rm::Reg(reg(a[0])), reg(a[2]), size),
            Op::BtcRR => self.rm_reg(by_word(Code::Btc_rm16_r16, size), Rm::Reg(reg(a[0])), reg(a[2]), size),
            Op::BtsRI => self.rm_byte(by_word(Code::Bts_rm16_imm8, size), Rm::Reg(reg(a[0])), size, inst.imm as u8),
            Op::BtrRI => self.rm_byte(by_word(Code::Btr_rm16_imm8, size), Rm::Reg(reg(a[0])), size, inst.imm as u8),
            Op::BtcRI => self.rm_byte(by_word(Code::Btc_rm16_imm8, size), Rm::Reg(reg(a[0])), size, inst.imm as u8),
            _ => return false,
        }
        true
    }

    pub(super) fn imul(&mut self, to: PReg, other: Rm, size: u8) {
        self.reg_rm(by_word(Code::Imul_r16_rm16, size), (to, size), (other, size));
    }

    /// `shld`, `shrd`, with the count in `cl` or as an immediate.
    fn double_shift(&mut self, first: Code, inst: &MachineInst, a: &[Allocation]) {
        self.build(by_word(first, inst.size), |instruction| {
            instruction.set_op0_register(codes::register(reg(a[0]), inst.size));
            instruction.set_op1_register(codes::register(reg(a[2]), inst.size));
            if matches!(first, Code::Shld_rm16_r16_CL | Code::Shrd_rm16_r16_CL) {
                instruction.set_op2_register(iced_x86::Register::CL);
            } else {
                instruction.set_op2_kind(iced_x86::OpKind::Immediate8);
                instruction.set_immediate8(inst.imm as u8);
            }
            None
        });
    }

    /// 128-bit addition and subtraction: low, then high with the carry.
    fn pair(&mut self, op: Op, a: &[Allocation]) {
        let (low, high) = if op == Op::AddPair { (Alu::Add, Alu::Adc) } else { (Alu::Sub, Alu::Sbb) };
        self.alu_reg_rm(low, reg(a[0]), self.any(a[4]), 8);
        self.alu_reg_rm(high, reg(a[1]), self.any(a[5]), 8);
    }
}

fn step_code(up: bool, size: u8) -> Code {
    match (up, size) {
        (true, 1) => Code::Inc_rm8,
        (true, _) => by_word(Code::Inc_rm16, size),
        (false, 1) => Code::Dec_rm8,
        (false, _) => by_word(Code::Dec_rm16, size),
    }
}
