//! Float ops: scalar SSE arithmetic, conversions, whole-register bit operations and moves.

use super::asm::{Assembler, Rm, reg, set_rm};
use super::codes::{self, Alu, FloatCodes, by_word};
use super::ops::Op;
use super::regs::*;
use crate::machine::MachineInst;
use iced_x86::{Code, OpKind};
use regalloc2::{Allocation, PReg};

const ADD: FloatCodes = FloatCodes(Code::Addss_xmm_xmmm32, Code::Addsd_xmm_xmmm64);
const SUB: FloatCodes = FloatCodes(Code::Subss_xmm_xmmm32, Code::Subsd_xmm_xmmm64);
const MUL: FloatCodes = FloatCodes(Code::Mulss_xmm_xmmm32, Code::Mulsd_xmm_xmmm64);
const DIV: FloatCodes = FloatCodes(Code::Divss_xmm_xmmm32, Code::Divsd_xmm_xmmm64);
const MIN: FloatCodes = FloatCodes(Code::Minss_xmm_xmmm32, Code::Minsd_xmm_xmmm64);
const MAX: FloatCodes = FloatCodes(Code::Maxss_xmm_xmmm32, Code::Maxsd_xmm_xmmm64);
const SQRT: FloatCodes = FloatCodes(Code::Sqrtss_xmm_xmmm32, Code::Sqrtsd_xmm_xmmm64);
const ROUND: FloatCodes = FloatCodes(Code::Roundss_xmm_xmmm32_imm8, Code::Roundsd_xmm_xmmm64_imm8);
const COMPARE: FloatCodes = FloatCodes(Code::Cmpss_xmm_xmmm32_imm8, Code::Cmpsd_xmm_xmmm64_imm8);
const FROM_I32: FloatCodes = FloatCodes(Code::Cvtsi2ss_xmm_rm32, Code::Cvtsi2sd_xmm_rm32);
const FROM_I64: FloatCodes = FloatCodes(Code::Cvtsi2ss_xmm_rm64, Code::Cvtsi2sd_xmm_rm64);
const TO_I32: FloatCodes = FloatCodes(Code::Cvttss2si_r32_xmmm32, Code::Cvttsd2si_r32_xmmm64);
const TO_I64: FloatCodes = FloatCodes(Code::Cvttss2si_r64_xmmm32, Code::Cvttsd2si_r64_xmmm64);
const RINT_I32: FloatCodes = FloatCodes(Code::Cvtss2si_r32_xmmm32, Code::Cvtsd2si_r32_xmmm64);
const RINT_I64: FloatCodes = FloatCodes(Code::Cvtss2si_r64_xmmm32, Code::Cvtsd2si_r64_xmmm64);
/// Fused products and sums by their signs, in the register of the addend, then in that of the first factor.
const FUSED: [[FloatCodes; 4]; 2] = [
    [
        FloatCodes(Code::VEX_Vfmadd231ss_xmm_xmm_xmmm32, Code::VEX_Vfmadd231sd_xmm_xmm_xmmm64),
        FloatCodes(Code::VEX_Vfnmadd231ss_xmm_xmm_xmmm32, Code::VEX_Vfnmadd231sd_xmm_xmm_xmmm64),
        FloatCodes(Code::VEX_Vfmsub231ss_xmm_xmm_xmmm32, Code::VEX_Vfmsub231sd_xmm_xmm_xmmm64),
        FloatCodes(Code::VEX_Vfnmsub231ss_xmm_xmm_xmmm32, Code::VEX_Vfnmsub231sd_xmm_xmm_xmmm64),
    ],
    [
        FloatCodes(Code::VEX_Vfmadd213ss_xmm_xmm_xmmm32, Code::VEX_Vfmadd213sd_xmm_xmm_xmmm64),
        FloatCodes(Code::VEX_Vfnmadd213ss_xmm_xmm_xmmm32, Code::VEX_Vfnmadd213sd_xmm_xmm_xmmm64),
        FloatCodes(Code::VEX_Vfmsub213ss_xmm_xmm_xmmm32, Code::VEX_Vfmsub213sd_xmm_xmm_xmmm64),
        FloatCodes(Code::VEX_Vfnmsub213ss_xmm_xmm_xmmm32, Code::VEX_Vfnmsub213sd_xmm_xmm_xmmm64),
    ],
];
const ARITHMETIC: [FloatCodes; 6] = [ADD, SUB, MUL, DIV, MIN, MAX];
const _: () = assert!(Op::MaxfRM as u16 == Op::AddfRR as u16 + 11 && Op::DivfRR as u16 == Op::AddfRR as u16 + 6);

impl Assembler<'_> {
    /// Emits a float op; false if it is none.
    pub(super) fn float_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let row = (op as usize).wrapping_sub(Op::AddfRR as usize);
        if let Some(codes) = ARITHMETIC.get(row / 2) {
            let other = if row & 1 == 0 { self.any(a[2]) } else { Rm::Mem(self.address(inst, &a[2..])) };
            self.xmm_rm(codes.of(inst.size), reg(a[0]), other);
            return true;
        }
        self.float_move(op, inst, a) || self.float_bits(op, inst, a) || self.convert(op, inst, a)
    }

    /// `code xmm, rm`.
    pub(super) fn xmm_rm(&mut self, code: Code, to: PReg, other: Rm) {
        self.reg_rm(code, (to, 16), (other, 16));
    }

    /// Loads 4, 8 or 16 bytes; between registers copies the whole.
    pub(super) fn load_float(&mut self, to: PReg, from: Rm, size: u8) {
        let code = match (from, size) {
            (Rm::Reg(from), _) if from == to => return,
            (Rm::Reg(_), _) => Code::Movaps_xmm_xmmm128,
            (_, 4) => Code::Movss_xmm_xmmm32,
            (_, 8) => Code::Movsd_xmm_xmmm64,
            _ => Code::Movups_xmm_xmmm128,
        };
        self.xmm_rm(code, to, from);
    }

    /// Stores 4, 8 or 16 bytes.
    pub(super) fn store_float(&mut self, to: Rm, from: PReg, size: u8) {
        let code = match size {
            4 => Code::Movss_xmmm32_xmm,
            8 => Code::Movsd_xmmm64_xmm,
            _ => Code::Movups_xmmm128_xmm,
        };
        self.rm_reg(code, to, from, 16);
    }

    fn float_move(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        match op {
            Op::MovsRR => {
                let size = if self.mir.facts().wide_floats { 16 } else { inst.size };
                self.load_float(reg(a[0]), self.any(a[1]), size);
            }
            Op::MovsRM => {
                let from = Rm::Mem(self.address(inst, &a[1..]));
                self.load_float(reg(a[0]), from, inst.size);
            }
            Op::MovsMR => {
                let to = Rm::Mem(self.address(inst, a));
                self.store_float(to, reg(a[a.len() - 1]), inst.size);
            }
            Op::ZeroF => self.zero_float(reg(a[0])),
            Op::MovFI => match (self.any(a[1]), inst.size) {
                (from @ Rm::Reg(_), 4) => self.reg_rm(Code::Movd_xmm_rm32, (reg(a[0]), 16), (from, 4)),
                (from @ Rm::Reg(_), _) => self.reg_rm(Code::Movq_xmm_rm64, (reg(a[0]), 16), (from, 8)),
                (spilled, size) => self.load_float(reg(a[0]), spilled, size),
            },
            Op::MovIF => {
                let code = if inst.size == 4 { Code::Movd_rm32_xmm } else { Code::Movq_rm64_xmm };
                self.build(code, |instruction| {
                    instruction.set_op1_register(codes::register(reg(a[1]), 16));
                    set_rm(instruction, 0, Rm::Reg(reg(a[0])), inst.size)
                });
            }
            _ => return false,
        }
        true
    }

    /// Clears a register, which also ends its dependence on older values.
    fn zero_float(&mut self, to: PReg) {
        self.xmm_rm(Code::Xorps_xmm_xmmm128, to, Rm::Reg(to));
    }

    fn float_bits(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let code = match op {
            Op::AndfRR | Op::AndfRM => Code::Andps_xmm_xmmm128,
            Op::OrfRR | Op::OrfRM => Code::Orps_xmm_xmmm128,
            Op::XorfRR | Op::XorfRM => Code::Xorps_xmm_xmmm128,
            Op::AndnfRR => Code::Andnps_xmm_xmmm128,
            _ => return false,
        };
        let other = match op {
            Op::AndfRM | Op::OrfRM | Op::XorfRM => Rm::Mem(self.address(inst, &a[2..])),
            _ => Rm::Reg(reg(a[2])),
        };
        self.xmm_rm(code, reg(a[0]), other);
        true
    }

    fn convert(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let (size, from_size) = (inst.size, inst.from);
        match op {
            Op::SqrtfRR => self.new_float(SQRT.of(size), reg(a[0]), self.any(a[1])),
            Op::SqrtfRM => self.new_float(SQRT.of(size), reg(a[0]), Rm::Mem(self.address(inst, &a[1..]))),
            Op::RoundfRR => {
                // Bit 3: no inexact exception.
                self.float_with_byte(ROUND.of(size), reg(a[0]), self.any(a[1]), inst.imm as u8 | 8);
            }
            Op::FmaRRR => self.fused(inst, FUSED[0], [reg(a[0]), reg(a[1]), reg(a[2])]),
            Op::FmaRRRa => self.fused(inst, FUSED[1], [reg(a[0]), reg(a[2]), reg(a[3])]),
            Op::CmpfRR => self.float_with_byte(COMPARE.of(size), reg(a[0]), self.any(a[2]), inst.imm as u8),
            Op::CvtFI => self.float_from_int(inst, reg(a[0]), self.any(a[1])),
            Op::CvtFIM => self.float_from_int(inst, reg(a[0]), Rm::Mem(self.address(inst, &a[1..]))),
            Op::CvtIF => self.int_from_float(TO_I32, TO_I64, inst, reg(a[0]), self.any(a[1])),
            Op::CvtIFM => self.int_from_float(TO_I32, TO_I64, inst, reg(a[0]), Rm::Mem(self.address(inst, &a[1..]))),
            Op::RintIF => self.int_from_float(RINT_I32, RINT_I64, inst, reg(a[0]), self.any(a[1])),
            Op::CvtFF | Op::CvtFFM => {
                let code = if from_size == 4 { Code::Cvtss2sd_xmm_xmmm32 } else { Code::Cvtsd2ss_xmm_xmmm64 };
                let from = if op == Op::CvtFF { self.any(a[1]) } else { Rm::Mem(self.address(inst, &a[1..])) };
                self.new_float(code, reg(a[0]), from);
            }
            Op::CvtFU => self.float_from_u64(size, reg(a[0]), [reg(a[1]), reg(a[2])], reg(a[3])),
            Op::CvtUF => self.u64_from_float(from_size, reg(a[0]), reg(a[1]), reg(a[2]), reg(a[3])),
            _ => return false,
        }
        true
    }

    fn fused(&mut self, inst: &MachineInst, codes: [FloatCodes; 4], registers: [PReg; 3]) {
        let code = codes[inst.imm as usize & 3].of(inst.size);
        self.build(code, |instruction| {
            for (operand, register) in registers.into_iter().enumerate() {
                instruction.set_op_register(operand as u32, codes::register(register, 16));
            }
            None
        });
    }

    /// An instruction that leaves the upper part of its result as it was: clearing it first saves waiting for whatever
    /// computed it, unless source and result are the same register.
    fn new_float(&mut self, code: Code, to: PReg, from: Rm) {
        if !matches!(from, Rm::Reg(from) if from == to) {
            self.zero_float(to);
        }
        self.xmm_rm(code, to, from);
    }

    fn float_from_int(&mut self, inst: &MachineInst, to: PReg, from: Rm) {
        self.zero_float(to);
        let codes = if inst.from == 8 { FROM_I64 } else { FROM_I32 };
        self.reg_rm(codes.of(inst.size), (to, 16), (from, inst.from));
    }

    fn int_from_float(&mut self, codes32: FloatCodes, codes64: FloatCodes, inst: &MachineInst, to: PReg, from: Rm) {
        let codes = if inst.size == 8 { codes64 } else { codes32 };
        self.reg_rm(codes.of(inst.from), (to, inst.size), (from, 16));
    }

    fn float_with_byte(&mut self, code: Code, to: PReg, other: Rm, byte: u8) {
        self.build(code, |instruction| {
            instruction.set_op0_register(codes::register(to, 16));
            instruction.set_op2_kind(OpKind::Immediate8);
            instruction.set_immediate8(byte);
            set_rm(instruction, 1, other, 16)
        });
    }

    /// Values with the top bit set are halved (keeping the lost bit sticky, so that rounding is right), converted as
    /// signed and doubled.
    fn float_from_u64(&mut self, size: u8, to: PReg, [half, low]: [PReg; 2], from: PReg) {
        let (big, done) = (self.code.label(), self.code.label());
        self.zero_float(to);
        self.rm_reg(Code::Test_rm64_r64, Rm::Reg(from), from, 8);
        self.jump(Cond::S as u8, big);
        self.reg_rm(FROM_I64.of(size), (to, 16), (Rm::Reg(from), 8));
        self.jump_always(done);
        self.bind(big);
        self.copy_int(half, from, 8);
        self.copy_int(low, from, 4);
        self.rm_byte(codes::Shift::Shr.rm_1(8), Rm::Reg(half), 8, 1);
        self.alu_rm_imm(Alu::And, Rm::Reg(low), 1, 4, false);
        self.alu_reg_rm(Alu::Or, half, Rm::Reg(low), 8);
        self.reg_rm(FROM_I64.of(size), (to, 16), (Rm::Reg(half), 8));
        self.xmm_rm(ADD.of(size), to, Rm::Reg(to));
        self.bind(done);
    }

    /// Values from 2^63 on make the signed conversion negative; they are converted less 2^63, which is added back.
    fn u64_from_float(&mut self, from_size: u8, to: PReg, rest: PReg, bits: PReg, from: PReg) {
        let done = self.code.label();
        self.reg_rm(TO_I64.of(from_size), (to, 8), (Rm::Reg(from), 16));
        self.rm_reg(Code::Test_rm64_r64, Rm::Reg(to), to, 8);
        self.jump(Cond::Ns as u8, done);
        if from_size == 8 {
            self.constant(bits, (-(2f64.powi(63))).to_bits() as i64, 8);
            self.reg_rm(Code::Movq_xmm_rm64, (rest, 16), (Rm::Reg(bits), 8));
        } else {
            self.constant(bits, i64::from((-(2f32.powi(63))).to_bits()), 4);
            self.reg_rm(Code::Movd_xmm_rm32, (rest, 16), (Rm::Reg(bits), 4));
        }
        self.xmm_rm(ADD.of(from_size), rest, Rm::Reg(from));
        self.reg_rm(TO_I64.of(from_size), (to, 8), (Rm::Reg(rest), 16));
        self.rm_byte(by_word(Code::Btc_rm16_imm8, 8), Rm::Reg(to), 8, 63);
        self.bind(done);
    }
}
