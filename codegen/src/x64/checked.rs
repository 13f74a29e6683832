//! Arithmetic that also gives its overflow.

use super::asm::{Assembler, Rm, reg};
use super::codes::{self, Alu, Unary, by_word};
use super::ops::Op;
use crate::machine::MachineInst;
use iced_x86::Code;
use regalloc2::Allocation;

impl Assembler<'_> {
    /// Emits an op with an overflow flag as its second result; false if the op is none.
    pub(super) fn checked_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let size = inst.size;
        match op {
            Op::CheckedAddRR => self.alu_reg_rm(Alu::Add, reg(a[0]), self.any(a[3]), size),
            Op::CheckedSubRR => self.alu_reg_rm(Alu::Sub, reg(a[0]), self.any(a[3]), size),
            Op::CheckedImulRR => self.imul(reg(a[0]), self.any(a[3]), size),
            Op::CheckedImulRRI => {
                let code = by_word(Code::Imul_r16_rm16_imm16, size);
                self.reg_rm_imm(code, reg(a[0]), self.any(a[2]), size, inst.imm, false);
            }
            Op::CheckedMul => self.rm(Unary::Mul.rm(size), self.any(a[3]), size),
            // `inc` and `dec` leave the carry alone, and adding -128 for 128 inverts it: always the plain form.
            Op::CheckedAddRI => self.plain_imm(Alu::Add, inst, a),
            Op::CheckedSubRI => self.plain_imm(Alu::Sub, inst, a),
            _ => return false,
        }
        self.reg(codes::setcc(inst.cond), reg(a[1]), 1);
        self.reg_rm(Code::Movzx_r32_rm8, (reg(a[1]), 4), (Rm::Reg(reg(a[1])), 1));
        true
    }

    fn plain_imm(&mut self, alu: Alu, inst: &MachineInst, a: &[Allocation]) {
        let short = inst.size > 1 && i8::try_from(inst.imm).is_ok();
        let code = if short { alu.rm_imm8(inst.size) } else { alu.rm_imm(inst.size) };
        self.rm_imm(code, Rm::Reg(reg(a[0])), inst.size, inst.imm, short);
    }
}
