//! Integer ops.

use super::asm::{Assembler, reg};
use super::encode::{Form, add_immediate, bitmask};
use super::ops::Op;
use super::regs::*;
use crate::buffer::RelocationTarget;
use crate::machine::{Base, MachineInst};
use regalloc2::{Allocation, PReg};

/// The form of an op on three registers, the last one shifted.
fn shifted_form(op: Op) -> Option<Form> {
    Some(match op {
        Op::AddRR => Form::Add,
        Op::SubRR => Form::Sub,
        Op::AndRR => Form::And,
        Op::OrrRR => Form::Orr,
        Op::EorRR => Form::Eor,
        Op::BicRR => Form::Bic,
        Op::OrnRR => Form::Orn,
        Op::EonRR => Form::Eon,
        _ => return None,
    })
}

/// The form of an op on registers alone.
fn plain_form(op: Op, size: u8) -> Option<Form> {
    Some(match op {
        Op::LslRR => Form::Lslv,
        Op::LsrRR => Form::Lsrv,
        Op::AsrRR => Form::Asrv,
        Op::RorRR => Form::Rorv,
        Op::Smulh => Form::Smulh,
        Op::Umulh => Form::Umulh,
        Op::Sdiv => Form::Sdiv,
        Op::Udiv => Form::Udiv,
        Op::Clz => Form::Clz,
        Op::Rbit => Form::Rbit,
        Op::Rev if size == 8 => Form::RevX,
        Op::Rev => Form::RevW,
        Op::Madd => Form::Madd,
        Op::Msub => Form::Msub,
        Op::Smaddl => Form::Smaddl,
        Op::Umaddl => Form::Umaddl,
        Op::Smsubl => Form::Smsubl,
        Op::Umsubl => Form::Umsubl,
        _ => return None,
    })
}

impl Assembler<'_> {
    /// Emits an op on integers; false if the op is none.
    pub(super) fn int_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let (size, imm) = (inst.size, inst.imm);
        let r = |number: usize| reg(a[number]);
        if let Some(form) = shifted_form(op) {
            self.regs_shifted(form, size, [r(0), r(1), r(2)], imm);
            return true;
        }
        if let Some(form) = plain_form(op, size) {
            let registers = [r(0), r(1), a.get(2).map_or(ZR, |&place| reg(place)), a.get(3).map_or(ZR, |&c| reg(c))];
            self.regs(form, size, &registers[..a.len()]);
            return true;
        }
        match op {
            Op::MovRR if size == 8 => self.copy(a[1], a[0]),
            Op::MovRR => self.copy_int(r(0), r(1), size),
            Op::MovI => self.constant(r(0), imm, size),
            Op::Address => self.address_of(r(0), inst),
            Op::AddRI | Op::SubRI if self.write_back(inst, r(0), r(1)) => {}
            Op::AddRI | Op::SubRI => {
                let form = if op == Op::AddRI { Form::AddI } else { Form::SubI };
                let (part, shift) = add_immediate(imm).expect("MIR law 3: an immediate of 12 bits");
                self.put(form, size, &[r(0).hw_enc() as i64, r(1).hw_enc() as i64, part, shift]);
            }
            Op::AddRX => self.regs_extended(Form::AddX, size, [r(0), r(1), r(2)], imm),
            Op::SubRX => self.regs_extended(Form::SubX, size, [r(0), r(1), r(2)], imm),
            Op::AndRI => self.logic(Form::AndI, size, [r(0), r(1)], imm),
            Op::OrrRI => self.logic(Form::OrrI, size, [r(0), r(1)], imm),
            Op::EorRI => self.logic(Form::EorI, size, [r(0), r(1)], imm),
            Op::NegR => self.regs_shifted(Form::Sub, size, [r(0), ZR, r(1)], imm),
            Op::NotR => self.regs_shifted(Form::Orn, size, [r(0), ZR, r(1)], imm),
            Op::UbfmI => self.bit_field(Form::Ubfm, size, r(0), r(1), imm),
            Op::SbfmI => self.bit_field(Form::Sbfm, size, r(0), r(1), imm),
            Op::BfmI => self.bit_field(Form::Bfm, size, r(0), r(2), imm),
            Op::ExtrI => self.regs_imm(Form::Extr, size, &[r(0), r(1), r(2)], imm),
            Op::Mul => self.regs(Form::Madd, size, &[r(0), r(1), r(2), ZR]),
            Op::Mneg => self.regs(Form::Msub, size, &[r(0), r(1), r(2), ZR]),
            Op::Ctpop => self.count_ones(size, r(0), r(1)),
            Op::Smull => self.regs(Form::Smaddl, 8, &[r(0), r(1), r(2), ZR]),
            Op::Umull => self.regs(Form::Umaddl, 8, &[r(0), r(1), r(2), ZR]),
            _ => return self.memory_op(op, inst, a) || self.checked_op(op, inst, a),
        }
        true
    }

    /// The ones of each byte, then the sum of all bytes.
    fn count_ones(&mut self, size: u8, to: PReg, from: PReg) {
        self.regs(if size == 8 { Form::FmovDX } else { Form::FmovSW }, size, &[V31, from]);
        self.regs(Form::CntV, 8, &[V31, V31]);
        self.regs(Form::UaddlvV, 8, &[V31, V31]);
        self.regs(Form::FmovWS, 4, &[to, V31]);
    }

    /// Logic with a constant, which must be a bitmask.
    pub(super) fn logic(&mut self, form: Form, size: u8, registers: [PReg; 2], value: i64) {
        let mask = bitmask(value as u64, size).expect("MIR law 3: a bitmask");
        self.regs_imm(form, size, &registers, mask);
    }

    fn address_of(&mut self, to: PReg, inst: &MachineInst) {
        let target = match inst.base {
            Base::Symbol => RelocationTarget::Symbol(inst.symbol),
            Base::Constant => RelocationTarget::Constant(inst.symbol),
            Base::Got => return self.got_entry(to, inst.symbol),
            _ => return self.address_in(to, inst),
        };
        self.target_address(to, target, i64::from(inst.disp));
    }

    /// Emits an op with its overflow as the second result; false if the op is none.
    fn checked_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let (size, r) = (inst.size, |number: usize| reg(a[number]));
        match op {
            Op::CheckedAdd => self.regs_shifted(Form::Adds, size, [r(0), r(2), r(3)], 0),
            Op::CheckedSub => self.regs_shifted(Form::Subs, size, [r(0), r(2), r(3)], 0),
            Op::CheckedAddI | Op::CheckedSubI => {
                let form = if op == Op::CheckedAddI { Form::AddsI } else { Form::SubsI };
                let (part, shift) = add_immediate(inst.imm).expect("MIR law 3: an immediate of 12 bits");
                self.put(form, size, &[r(0).hw_enc() as i64, r(2).hw_enc() as i64, part, shift]);
            }
            Op::CheckedSmul | Op::CheckedUmul => {
                self.checked_product(op == Op::CheckedSmul, size, [r(0), r(2), r(3)]);
                if size < 8 {
                    self.copy_int(r(0), r(0), 4);
                }
                self.choose(Form::Csinc, 4, [r(1), ZR, ZR], Cond::Eq);
                return true;
            }
            _ => return false,
        }
        self.choose(Form::Csinc, 4, [r(1), ZR, ZR], Cond::Vc);
        true
    }

    /// A product, and a compare of its high half with what it is without overflow.
    fn checked_product(&mut self, signed: bool, size: u8, [to, a, b]: [PReg; 3]) {
        use super::ops::{extended, shifted};
        match (signed, size) {
            (true, 8) => {
                self.regs(Form::Smulh, 8, &[X16, a, b]);
                self.regs(Form::Madd, 8, &[to, a, b, ZR]);
                self.compare(Form::Subs, 8, X16, to, shifted(2, 63));
            }
            (false, 8) => {
                self.regs(Form::Umulh, 8, &[X16, a, b]);
                self.regs(Form::Madd, 8, &[to, a, b, ZR]);
                self.compare(Form::Subs, 8, X16, ZR, 0);
            }
            (true, _) => {
                self.regs(Form::Smaddl, 8, &[to, a, b, ZR]);
                self.regs_extended(Form::SubsX, 8, [ZR, to, to], extended(true, 4, 0));
            }
            (false, _) => {
                self.regs(Form::Umaddl, 8, &[to, a, b, ZR]);
                self.compare(Form::Subs, 8, ZR, to, shifted(1, 32));
            }
        }
    }
}
