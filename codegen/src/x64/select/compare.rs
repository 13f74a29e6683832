//! Compares and what uses their outcome: branches, 0 or 1, selected values.
//!
//! The flags live inside one instruction, so each user of a compare repeats it. A load is taken in by a compare that
//! has one user only.

use super::{Mem, Patterns, value, width};
use crate::machine::MachineInst;
use crate::select::{Access, Operand, Tile};
use crate::x64::ops::{Compare, Consumer, Op as M};
use crate::x64::regs::Cond;
use smallvec::{SmallVec, smallvec};
use son_ir::{NodeId, Op, Type};

/// A compare and the condition that the outcome stands for.
struct Outcome {
    compare: Compare,
    cond: Cond,
    size: u8,
    imm: i64,
    mem: Option<(Mem, Access)>,
    registers: SmallVec<[Operand; 2]>,
}

impl Outcome {
    fn registers(compare: Compare, cond: Cond, size: u8, registers: &[Operand]) -> Outcome {
        Outcome { compare, cond, size, imm: 0, mem: None, registers: SmallVec::from_slice(registers) }
    }

    fn imm(self, imm: i64) -> Outcome {
        Outcome { imm, ..self }
    }

    fn inverted(self) -> Outcome {
        Outcome { cond: self.cond.inverted(), ..self }
    }

    /// The instruction that compares and consumes.
    fn instruction(&self, consumer: Consumer) -> MachineInst {
        let inst = MachineInst::new(self.compare.joined(consumer), self.size).cond(self.cond).imm(self.imm);
        match &self.mem {
            Some((mem, _)) => inst.at(mem.address),
            None => inst,
        }
    }

    /// Adds the operands of the compare.
    fn operands(&self, tile: Tile) -> Tile {
        let Some((mem, access)) = &self.mem else { return tile.with_all(&self.registers) };
        let memory_first = matches!(self.compare, Compare::CmpMR | Compare::TestMR);
        let tile = match memory_first {
            true => tile.with_all(&mem.registers).with_all(&self.registers),
            false => tile.with_all(&self.registers).with_all(&mem.registers),
        };
        tile.access(Some(*access))
    }
}

/// The condition for an integer compare of `a` with `b`.
fn condition_of(op: Op) -> Cond {
    match op {
        Op::Eq => Cond::E,
        Op::Ne => Cond::Ne,
        Op::Slt => Cond::L,
        Op::Sle => Cond::Le,
        Op::Ult => Cond::B,
        _ => Cond::Be,
    }
}

impl Patterns<'_, '_> {
    /// Is it a compare, whose outcome is in flags?
    pub(super) fn is_compare(&self, node: NodeId) -> bool {
        let op = self.s.op(node);
        op.is_int_compare() || op.is_float_compare()
    }

    pub(super) fn branch_condition(&mut self, condition: NodeId) -> Operand {
        let sole = self.s.sole(condition);
        let outcome = self.outcome(condition, sole);
        let tile = Tile::new(outcome.instruction(Consumer::Jump), Type::I1).late();
        let tile = outcome.operands(tile);
        self.s.inner(tile)
    }

    /// 0 or 1 in a whole register.
    pub(super) fn set(&mut self, node: NodeId) {
        let outcome = self.outcome(node, true);
        self.set_outcome(node, outcome);
    }

    fn set_outcome(&mut self, node: NodeId, outcome: Outcome) {
        let inst = outcome.instruction(Consumer::Set).from_size(4);
        let tile = outcome.operands(Tile::new(inst, self.s.ty(node)));
        self.s.cover(node, tile);
    }

    pub(super) fn select_value(&mut self, node: NodeId) {
        let (condition, yes, no) = (self.s.input(node, 0), self.s.input(node, 1), self.s.input(node, 2));
        let ty = self.s.ty(node);
        if self.float_min_max(node, condition, yes, no) {
            return;
        }
        let sole = self.s.sole(condition);
        let float = ty.is_float() || ty.is_vector();
        if !float && ty != Type::I1 {
            match (self.s.constant(yes), self.s.constant(no)) {
                (Some(1), Some(0)) => {
                    let outcome = self.outcome(condition, sole);
                    return self.set_outcome(node, outcome);
                }
                (Some(0), Some(1)) => {
                    let outcome = self.outcome(condition, sole).inverted();
                    return self.set_outcome(node, outcome);
                }
                _ => {}
            }
        }
        let mut outcome = self.outcome(condition, sole);
        let (mut yes, mut no) = (yes, no);
        if outcome.cond == Cond::FloatEq || (outcome.cond != Cond::FloatNe && self.s.sole(yes) && !self.s.sole(no)) {
            // The value if false is overwritten: better one that nobody else uses.
            outcome = outcome.inverted();
            (yes, no) = (no, yes);
        }
        let (consumer, from) = match float {
            true => (Consumer::SelectFloat, ty.bytes() as u8),
            false => (Consumer::Select, width(ty)),
        };
        let inst = outcome.instruction(consumer).from_size(from);
        let tile = outcome.operands(Tile::new(inst, ty).with(value(no)).with(value(yes)));
        self.s.cover(node, tile);
    }

    /// `a < b ? a : b` is what `min` computes, NaNs included.
    fn float_min_max(&mut self, node: NodeId, condition: NodeId, yes: NodeId, no: NodeId) -> bool {
        if !self.s.ty(node).is_float() || !self.s.is(condition, Op::FLt) {
            return false;
        }
        let (a, b) = (self.s.input(condition, 0), self.s.input(condition, 1));
        let op = match () {
            _ if (yes, no) == (a, b) => M::MinfRR,
            _ if (yes, no) == (b, a) => M::MaxfRR,
            _ => return false,
        };
        let ty = self.s.ty(node);
        let tile = Tile::new(MachineInst::new(op, ty.bytes() as u8), ty);
        self.s.cover(node, tile.with(value(yes)).with(value(no)));
        true
    }

    /// How the value of an `i1` is found out. `sole`: nobody else uses it, so that loads may be taken in.
    fn outcome(&mut self, node: NodeId, sole: bool) -> Outcome {
        let (mut node, mut sole, mut inverted) = (self.s.strip(node), sole, false);
        while self.s.is(node, Op::Xor) && self.s.constant(self.s.input(node, 1)).is_some_and(|bit| bit & 1 != 0) {
            let inner = self.s.input(node, 0);
            sole &= self.s.sole(inner);
            inverted = !inverted;
            node = self.s.strip(inner);
        }
        let outcome = self.plain_outcome(node, sole);
        if inverted { outcome.inverted() } else { outcome }
    }

    fn plain_outcome(&mut self, node: NodeId, sole: bool) -> Outcome {
        let op = self.s.op(node);
        if op.is_int_compare() {
            return self.int_outcome(node, op, sole);
        }
        if op.is_float_compare() {
            return self.float_outcome(node, op, sole);
        }
        if op == Op::LShr && !self.s.is_demanded(node) {
            return self.bit_outcome(node);
        }
        if self.s.ty(node) == Type::I1 && self.s.is_zero_above(node) {
            return Outcome::registers(Compare::TestRR, Cond::Ne, 4, &[value(node), value(node)]);
        }
        Outcome::registers(Compare::TestRI, Cond::Ne, 1, &[value(node)]).imm(1)
    }

    /// The low bit of `x >> n`.
    fn bit_outcome(&mut self, shift: NodeId) -> Outcome {
        let (x, n) = (self.s.input(shift, 0), self.s.input(shift, 1));
        let size = width(self.s.ty(shift));
        match self.s.constant(n) {
            Some(bit @ 0..31) => Outcome::registers(Compare::TestRI, Cond::Ne, 4, &[value(x)]).imm(1 << bit),
            Some(bit) => Outcome::registers(Compare::BtRI, Cond::B, size, &[value(x)]).imm(bit),
            None => Outcome::registers(Compare::BtRR, Cond::B, size, &[value(x), value(n)]),
        }
    }

    fn int_outcome(&mut self, node: NodeId, op: Op, sole: bool) -> Outcome {
        let (mut a, mut b) = (self.s.input(node, 0), self.s.input(node, 1));
        let mut cond = condition_of(op);
        if self.s.constant(a).is_some() {
            (a, b) = (b, a);
            cond = cond.swapped();
        }
        let ty = self.s.ty(a);
        let size = ty.bytes() as u8;
        if self.s.constant(b) == Some(0) {
            return self.zero_outcome(a, cond, sole);
        }
        if let Some(imm) = self.immediate(b) {
            if sole && let Some(mem) = self.load(a, ty.bytes()) {
                let registers = SmallVec::new();
                return Outcome { compare: Compare::CmpMI, cond, size, imm, mem: Some(mem), registers };
            }
            if size == 2 && i8::try_from(imm).is_err() {
                return self.wide_compare(a, imm, cond);
            }
            return Outcome::registers(Compare::CmpRI, cond, size, &[value(a)]).imm(imm);
        }
        if sole {
            if let Some(mem) = self.load(b, ty.bytes()) {
                let registers = smallvec![value(a)];
                return Outcome { compare: Compare::CmpRM, cond, size, imm: 0, mem: Some(mem), registers };
            }
            if let Some(mem) = self.load(a, ty.bytes()) {
                let registers = smallvec![value(b)];
                return Outcome { compare: Compare::CmpMR, cond, size, imm: 0, mem: Some(mem), registers };
            }
        }
        Outcome::registers(Compare::CmpRR, cond, size, &[value(a), value(b)])
    }

    /// A 16-bit immediate stalls the decoder: compares 32 bits instead.
    fn wide_compare(&mut self, a: NodeId, imm: i64, cond: Cond) -> Outcome {
        let signed = matches!(cond, Cond::L | Cond::Ge | Cond::Le | Cond::G);
        let node = self.s.strip(a);
        let (operand, imm) = match signed {
            false if self.is_narrow_zero_above(node, Type::I16) => (value(node), imm & 0xffff),
            false => {
                let inst = MachineInst::new(M::MovzxRR, 4).from_size(2);
                (self.s.inner(Tile::new(inst, Type::I32).with(value(node))), imm & 0xffff)
            }
            true => {
                let inst = MachineInst::new(M::MovsxRR, 4).from_size(2);
                (self.s.inner(Tile::new(inst, Type::I32).with(value(node))), imm)
            }
        };
        Outcome::registers(Compare::CmpRI, cond, 4, &[operand]).imm(imm)
    }

    /// Is the register of a value of this type zero above it?
    fn is_narrow_zero_above(&self, node: NodeId, ty: Type) -> bool {
        self.s.ty(node) == ty && self.s.is_zero_above(node)
    }

    /// A compare with zero.
    fn zero_outcome(&mut self, a: NodeId, cond: Cond, sole: bool) -> Outcome {
        let ty = self.s.ty(a);
        let size = ty.bytes() as u8;
        if sole && let Some(mem) = self.load(a, ty.bytes()) {
            let registers = SmallVec::new();
            return Outcome { compare: Compare::CmpMI, cond, size, imm: 0, mem: Some(mem), registers };
        }
        if self.s.is(a, Op::And) && !self.s.is_demanded(a) {
            let sole = sole && self.s.sole(a);
            return self.test_outcome(a, cond, sole);
        }
        let node = self.s.strip(a);
        // The bits above are zero: a longer compare sees the same, and needs no prefix.
        let size = match cond {
            Cond::E | Cond::Ne if size < 4 && self.is_narrow_zero_above(node, ty) => 4,
            _ => size,
        };
        Outcome::registers(Compare::TestRR, cond, size, &[value(node), value(node)])
    }

    /// Compares `x & y` with zero.
    fn test_outcome(&mut self, and: NodeId, cond: Cond, sole: bool) -> Outcome {
        let (x, y) = (self.s.input(and, 0), self.s.input(and, 1));
        let ty = self.s.ty(and);
        let size = ty.bytes() as u8;
        let equality = matches!(cond, Cond::E | Cond::Ne);
        // Bit tests leave their answer in the carry.
        let bit_cond = if cond == Cond::E { Cond::Ae } else { Cond::B };
        if equality && size >= 4 {
            for (word, bit) in [(x, y), (y, x)] {
                if self.s.is(bit, Op::Shl) && self.s.constant(self.s.input(bit, 0)) == Some(1) {
                    let operands = [value(word), value(self.s.input(bit, 1))];
                    return Outcome::registers(Compare::BtRR, bit_cond, size, &operands);
                }
            }
        }
        let Some(mask) = self.s.constant(y) else {
            if sole {
                for (register, memory) in [(x, y), (y, x)] {
                    if let Some(mem) = self.load(memory, ty.bytes()) {
                        let registers = smallvec![value(register)];
                        return Outcome { compare: Compare::TestMR, cond, size, imm: 0, mem: Some(mem), registers };
                    }
                }
            }
            return Outcome::registers(Compare::TestRR, cond, size, &[value(x), value(y)]);
        };
        let unsigned = mask as u64 & ty.mask();
        // A test of few low bits needs few bytes.
        let (size, imm) = match () {
            _ if equality && unsigned <= 0xff => (1, i64::from(mask as i8)),
            _ if equality && unsigned <= 0x7fff_ffff => (size.max(4), unsigned as i64),
            _ => (size, mask),
        };
        if sole && let Some((mem, access)) = self.load(x, ty.bytes()) {
            let size = size.min(ty.bytes() as u8);
            if i32::try_from(imm).is_ok() {
                let registers = SmallVec::new();
                return Outcome { compare: Compare::TestMI, cond, size, imm, mem: Some((mem, access)), registers };
            }
        }
        if i32::try_from(imm).is_err() {
            if equality && unsigned.is_power_of_two() {
                let bit = i64::from(unsigned.trailing_zeros());
                return Outcome::registers(Compare::BtRI, bit_cond, size, &[value(x)]).imm(bit);
            }
            return Outcome::registers(Compare::TestRR, cond, size, &[value(x), value(y)]);
        }
        Outcome::registers(Compare::TestRI, cond, size, &[value(x)]).imm(imm)
    }

    fn float_outcome(&mut self, node: NodeId, op: Op, sole: bool) -> Outcome {
        let (a, b) = (self.s.input(node, 0), self.s.input(node, 1));
        let ty = self.s.ty(a);
        let size = ty.bytes() as u8;
        // Unordered sets all three flags, so `a < b` asks whether `b` is above.
        let (cond, first, second) = match op {
            Op::FLt => (Cond::A, b, a),
            Op::FLe => (Cond::Ae, b, a),
            Op::FEq => (Cond::FloatEq, a, b),
            Op::FNe => (Cond::Ne, a, b),
            _ => (Cond::Np, a, b),
        };
        let commutes = !matches!(op, Op::FLt | Op::FLe);
        for (register, memory) in [(first, second), (second, first)].into_iter().take(1 + commutes as usize) {
            if sole && let Some(mem) = self.load(memory, ty.bytes()) {
                let registers = smallvec![value(register)];
                return Outcome { compare: Compare::UcomisRM, cond, size, imm: 0, mem: Some(mem), registers };
            }
        }
        Outcome::registers(Compare::UcomisRR, cond, size, &[value(first), value(second)])
    }
}
