//! Float ops.

use super::asm::{Assembler, reg};
use super::encode::{Form, float_immediate};
use super::ops::Op;
use super::regs::V31;
use crate::machine::MachineInst;
use regalloc2::Allocation;

fn plain_form(op: Op) -> Option<Form> {
    Some(match op {
        Op::Fadd => Form::Fadd,
        Op::Fsub => Form::Fsub,
        Op::Fmul => Form::Fmul,
        Op::Fdiv => Form::Fdiv,
        Op::Fminnm => Form::Fminnm,
        Op::Fmaxnm => Form::Fmaxnm,
        Op::Fnmul => Form::Fnmul,
        Op::Fmadd => Form::Fmadd,
        Op::Fmsub => Form::Fmsub,
        Op::Fnmadd => Form::Fnmadd,
        Op::Fnmsub => Form::Fnmsub,
        Op::Fneg => Form::Fneg,
        Op::Fabs => Form::Fabs,
        Op::Fsqrt => Form::Fsqrt,
        Op::Frintn => Form::Frintn,
        Op::Frintm => Form::Frintm,
        Op::Frintp => Form::Frintp,
        Op::Frintz => Form::Frintz,
        Op::Frinta => Form::Frinta,
        _ => return None,
    })
}

/// The forms of a conversion for floats of 4 and of 8 bytes.
fn by_float(forms: [Form; 2], size: u8) -> Form {
    forms[(size == 8) as usize]
}

impl Assembler<'_> {
    /// Emits an op on floats; false if the op is none.
    pub(super) fn float_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let (size, from) = (inst.size, inst.from);
        let registers: smallvec::SmallVec<[_; 4]> = a.iter().filter_map(|place| place.as_reg()).collect();
        if let Some(form) = plain_form(op) {
            self.regs(form, size, &registers);
            return true;
        }
        match op {
            Op::FmovRR => self.copy(a[1], a[0]),
            Op::FmovI if inst.imm == 0 => self.regs(Form::MoviZero, 8, &registers),
            Op::FmovI => {
                let imm = float_immediate(inst.imm as u64, size).expect("MIR law 3: a float of 8 bits");
                self.regs_imm(Form::FmovI, size, &registers, imm);
            }
            Op::Fcvt => {
                let form = if size == 8 { Form::FcvtDS } else { Form::FcvtSD };
                self.regs(form, size, &registers);
            }
            Op::Scvtf => self.regs(by_float([Form::ScvtfS, Form::ScvtfD], size), from, &registers),
            Op::Ucvtf => self.regs(by_float([Form::UcvtfS, Form::UcvtfD], size), from, &registers),
            Op::Fcvtzs => self.regs(by_float([Form::FcvtzsS, Form::FcvtzsD], from), size, &registers),
            Op::Fcvtzu => self.regs(by_float([Form::FcvtzuS, Form::FcvtzuD], from), size, &registers),
            Op::FmovFI => self.regs(by_float([Form::FmovSW, Form::FmovDX], size), size, &registers),
            Op::FmovIF => self.regs(by_float([Form::FmovWS, Form::FmovXD], size), size, &registers),
            Op::CopySign => self.copy_sign(size, a),
            _ => return false,
        }
        true
    }

    /// -0.0 is the mask of the sign: the sign's bit of `b` is inserted into a copy of `a`.
    fn copy_sign(&mut self, size: u8, a: &[Allocation]) {
        let (to, magnitude, sign) = (reg(a[0]), reg(a[1]), reg(a[2]));
        self.regs(Form::MoviZero, 8, &[V31]);
        self.regs(Form::Fneg, size, &[V31, V31]);
        self.copy_float(to, magnitude);
        self.regs(Form::BitV, 8, &[to, sign, V31]);
    }
}
