//! Atomic read-modify-write ops, fences, and the string instructions.

use super::asm::{Assembler, Rm, reg};
use super::codes::{self, Alu, Unary, by_size};
use super::ops::{AtomicOp, Op};
use super::regs::*;
use crate::machine::{Address, MachineInst};
use iced_x86::{Code, Instruction};
use regalloc2::{Allocation, PReg};

impl Assembler<'_> {
    /// Emits an atomic or string op; false if the op is none.
    pub(super) fn atomic_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        match op {
            Op::Xadd => {
                let mem = Rm::Mem(self.address(inst, &a[2..]));
                self.byte(0xf0);
                self.rm_reg(by_size(Code::Xadd_rm8_r8, inst.size), mem, reg(a[0]), inst.size);
            }
            Op::Xchg => {
                let mem = Rm::Mem(self.address(inst, &a[2..]));
                self.rm_reg(by_size(Code::Xchg_rm8_r8, inst.size), mem, reg(a[0]), inst.size);
            }
            Op::Cmpxchg => self.compare_exchange(inst, reg(a[2]), &a[3..]),
            Op::CmpxchgSet => {
                self.compare_exchange(inst, reg(a[3]), &a[4..]);
                self.set_if_equal(reg(a[1]));
            }
            Op::CmpxchgPair => self.compare_exchange_pair(inst, reg(a[2]), &a[3..]),
            Op::AtomicLoop => self.atomic_loop(inst, reg(a[1]), reg(a[2]), &a[3..]),
            Op::Mfence => self.plain(Code::Mfence),
            Op::RepMovs => self.repeat(match inst.size {
                1 => Instruction::with_rep_movsb(64),
                2 => Instruction::with_rep_movsw(64),
                4 => Instruction::with_rep_movsd(64),
                _ => Instruction::with_rep_movsq(64),
            }),
            Op::RepStos => self.repeat(match inst.size {
                1 => Instruction::with_rep_stosb(64),
                2 => Instruction::with_rep_stosw(64),
                4 => Instruction::with_rep_stosd(64),
                _ => Instruction::with_rep_stosq(64),
            }),
            _ => return false,
        }
        true
    }

    fn repeat(&mut self, instruction: Result<Instruction, iced_x86::IcedError>) {
        self.encode(&instruction.expect("64 is an address size"), None);
    }

    fn compare_exchange(&mut self, inst: &MachineInst, new: PReg, registers: &[Allocation]) {
        let mem = Rm::Mem(self.address(inst, registers));
        self.byte(0xf0);
        self.rm_reg(by_size(Code::Cmpxchg_rm8_r8, inst.size), mem, new, inst.size);
    }

    /// The low word of what is stored belongs in `rbx`, which may be the base of the frame: it is there for one instruction.
    fn compare_exchange_pair(&mut self, inst: &MachineInst, swapped: PReg, registers: &[Allocation]) {
        let mem = Rm::Mem(self.address(&inst.at(Address::reg(0)), registers));
        let exchange = |this: &mut Self| this.rm_reg(Code::Xchg_rm64_r64, Rm::Reg(RDI), RBX, 8);
        exchange(self);
        self.byte(0xf0);
        self.rm(Code::Cmpxchg16b_m128, mem, 8);
        exchange(self);
        self.set_if_equal(swapped);
    }

    fn set_if_equal(&mut self, to: PReg) {
        self.reg(codes::setcc(Cond::E as u8), to, 1);
        self.reg_rm(Code::Movzx_r32_rm8, (to, 4), (Rm::Reg(to), 1));
    }

    /// `rax` holds the old value, which a failed exchange refreshes.
    fn atomic_loop(&mut self, inst: &MachineInst, new: PReg, operand: PReg, registers: &[Allocation]) {
        let size = inst.size;
        let mem = self.address(inst, registers);
        let again = self.code.label();
        self.reg_rm(by_size(Code::Mov_r8_rm8, size), (RAX, size), (Rm::Mem(mem), size));
        self.bind(again);
        self.copy_int(new, RAX, 8);
        let op = AtomicOp::from_i64(inst.imm).expect("MIR law 6: an atomic operation");
        self.combine(op, new, operand, size);
        self.compare_exchange(inst, new, registers);
        self.jump(Cond::Ne as u8, again);
    }

    fn combine(&mut self, op: AtomicOp, new: PReg, operand: PReg, size: u8) {
        let keep_if = match op {
            AtomicOp::And => return self.alu_reg_rm(Alu::And, new, Rm::Reg(operand), size),
            AtomicOp::Or => return self.alu_reg_rm(Alu::Or, new, Rm::Reg(operand), size),
            AtomicOp::Xor => return self.alu_reg_rm(Alu::Xor, new, Rm::Reg(operand), size),
            AtomicOp::Nand => {
                self.alu_reg_rm(Alu::And, new, Rm::Reg(operand), size);
                return self.reg(Unary::Not.rm(size), new, size);
            }
            AtomicOp::Min => Cond::Le,
            AtomicOp::Max => Cond::Ge,
            AtomicOp::Umin => Cond::Be,
            AtomicOp::Umax => Cond::Ae,
        };
        self.rm_reg(Alu::Cmp.rm_reg(size), Rm::Reg(new), operand, size);
        self.reg_rm(codes::cmovcc(keep_if.inverted() as u8, 8), (new, 8), (Rm::Reg(operand), 8));
    }
}
