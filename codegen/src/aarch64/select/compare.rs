//! Compares and what uses their outcome: branches, 0 or 1, selected values.
//!
//! The flags live inside one instruction, so each user of a compare repeats it.

use super::{Patterns, bits, is_float, value, width};
use crate::aarch64::ops::{Compare, Consumer, Op as M, field};
use crate::aarch64::regs::Cond;
use crate::machine::MachineInst;
use crate::select::{Operand, Tile};
use smallvec::{SmallVec, smallvec};
use son_ir::{NodeId, Op, Type};

/// A compare and the condition that the outcome stands for.
pub(super) struct Outcome {
    pub(super) compare: Compare,
    pub(super) cond: Cond,
    pub(super) size: u8,
    imm: i64,
    pub(super) registers: SmallVec<[Operand; 2]>,
}

impl Outcome {
    pub(super) fn new(compare: Compare, cond: Cond, size: u8, registers: &[Operand]) -> Outcome {
        Outcome { compare, cond, size, imm: 0, registers: SmallVec::from_slice(registers) }
    }

    pub(super) fn imm(self, imm: i64) -> Outcome {
        Outcome { imm, ..self }
    }

    pub(super) fn inverted(&self) -> Outcome {
        Outcome { cond: self.cond.inverted(), registers: self.registers.clone(), ..*self }
    }

    /// The instruction that compares and consumes.
    pub(super) fn instruction(&self, consumer: Consumer) -> MachineInst {
        MachineInst::new(self.compare.joined(consumer), self.size).cond(self.cond).imm(self.imm)
    }
}

/// The condition for an integer compare of `a` with `b`.
pub(super) fn condition_of(op: Op) -> Cond {
    match op {
        Op::Eq => Cond::Eq,
        Op::Ne => Cond::Ne,
        Op::Slt => Cond::Lt,
        Op::Sle => Cond::Le,
        Op::Ult => Cond::Lo,
        _ => Cond::Ls,
    }
}

impl Patterns<'_, '_> {
    /// Is it a compare, whose outcome is in flags?
    pub(super) fn is_compare(&self, node: NodeId) -> bool {
        let op = self.s.op(node);
        op.is_int_compare() || op.is_float_compare()
    }

    pub(super) fn branch_condition(&mut self, condition: NodeId) -> Operand {
        let outcome = self.outcome(condition);
        let tile = Tile::new(outcome.instruction(Consumer::Jump), Type::I1).late();
        self.s.inner(tile.with_all(&outcome.registers))
    }

    /// 0 or 1 in a whole register.
    pub(super) fn set(&mut self, node: NodeId) {
        let outcome = self.outcome(node);
        self.set_outcome(node, &outcome, Consumer::Set);
    }

    /// The same for a chain of compares; false if it is none.
    pub(super) fn set_chain(&mut self, node: NodeId) -> bool {
        let Some(outcome) = self.chain_of_compares(node) else { return false };
        self.set_outcome(node, &outcome, Consumer::Set);
        true
    }

    fn set_outcome(&mut self, node: NodeId, outcome: &Outcome, consumer: Consumer) {
        let ty = self.s.ty(node);
        let inst = outcome.instruction(consumer).from_size(width(ty));
        self.s.cover(node, Tile::new(inst, ty).with_all(&outcome.registers));
    }

    pub(super) fn select_value(&mut self, node: NodeId) {
        let (condition, yes, no) = (self.s.input(node, 0), self.s.input(node, 1), self.s.input(node, 2));
        let ty = self.s.ty(node);
        let outcome = self.outcome(condition);
        if is_float(ty) {
            let inst = outcome.instruction(Consumer::SelectFloat).from_size(ty.bytes() as u8);
            let tile = Tile::new(inst, ty).with(value(yes)).with(value(no));
            return self.s.cover(node, tile.with_all(&outcome.registers));
        }
        match (self.s.constant(yes), self.s.constant(no)) {
            (Some(1), Some(0)) => return self.set_outcome(node, &outcome, Consumer::Set),
            (Some(0), Some(1)) => return self.set_outcome(node, &outcome.inverted(), Consumer::Set),
            (Some(-1), Some(0)) => return self.set_outcome(node, &outcome, Consumer::Mask),
            (Some(0), Some(-1)) => return self.set_outcome(node, &outcome.inverted(), Consumer::Mask),
            _ => {}
        }
        for (constant, other, outcome) in [(no, yes, &outcome), (yes, no, &outcome.inverted())] {
            if let Some(consumer) = self.selected_constant(constant, outcome) {
                let inst = outcome.instruction(consumer).from_size(width(ty));
                let tile = Tile::new(inst, ty).with(value(other)).with_all(&outcome.registers);
                return self.s.cover(node, tile);
            }
        }
        let (outcome, yes, (consumer, no)) = match (self.changed(no, &outcome), self.changed(yes, &outcome)) {
            (Some(changed), _) => (outcome, yes, changed),
            (None, Some(changed)) => (outcome.inverted(), no, changed),
            (None, None) => (outcome, yes, (Consumer::Select, no)),
        };
        let inst = outcome.instruction(consumer).from_size(width(ty));
        let tile = Tile::new(inst, ty).with(value(yes)).with(value(no));
        self.s.cover(node, tile.with_all(&outcome.registers));
    }

    /// How a constant is selected without being in a register.
    fn selected_constant(&self, constant: NodeId, outcome: &Outcome) -> Option<Consumer> {
        match self.s.constant(constant)? {
            0 => Some(Consumer::SelectZero),
            _ if outcome.cond.parts().1.is_some() => None,
            1 => Some(Consumer::SelectOne),
            -1 => Some(Consumer::SelectOnes),
            _ => None,
        }
    }

    /// A value that is another one plus 1, inverted or negated, which the selection does itself.
    fn changed(&self, node: NodeId, outcome: &Outcome) -> Option<(Consumer, NodeId)> {
        if outcome.cond.parts().1.is_some() || !self.s.sole(node) || self.s.is_demanded(node) {
            return None;
        }
        let constant = || self.s.constant(self.s.input(node, 1));
        let consumer = match self.s.op(node) {
            Op::Add if self.s.twin(node).is_none() && constant() == Some(1) => Consumer::SelectNext,
            Op::Xor if constant() == Some(-1) => Consumer::SelectNot,
            Op::Neg => Consumer::SelectNeg,
            _ => return None,
        };
        Some((consumer, self.s.input(node, 0)))
    }

    /// How the value of an `i1` is found out.
    fn outcome(&mut self, node: NodeId) -> Outcome {
        let (mut node, mut inverted) = (self.s.strip(node), false);
        while self.s.is(node, Op::Xor)
            && self.s.ty(node) == Type::I1
            && self.s.constant(self.s.input(node, 1)).is_some_and(|bit| bit & 1 != 0)
        {
            inverted = !inverted;
            node = self.s.strip(self.s.input(node, 0));
        }
        let outcome = self.plain_outcome(node);
        if inverted { outcome.inverted() } else { outcome }
    }

    pub(super) fn plain_outcome(&mut self, node: NodeId) -> Outcome {
        let op = self.s.op(node);
        if !self.s.is_demanded(node)
            && let Some(outcome) = self.chain_of_compares(node)
        {
            return outcome;
        }
        if op.is_int_compare() {
            return self.int_outcome(node, op);
        }
        if op.is_float_compare() {
            return self.float_outcome(node, op);
        }
        if op == Op::LShr
            && !self.s.is_demanded(node)
            && let Some(bit) = self.s.constant(self.s.input(node, 1))
        {
            let (x, size) = (self.s.input(node, 0), width(self.s.ty(node)));
            return Outcome::new(Compare::TstRI, Cond::Ne, size, &[value(x)]).imm(1 << bit);
        }
        if self.s.ty(node) == Type::I1 && self.s.is_zero_above(node) {
            return Outcome::new(Compare::CmpRI, Cond::Ne, 4, &[value(node)]);
        }
        Outcome::new(Compare::TstRI, Cond::Ne, 4, &[value(node)]).imm(1)
    }

    fn int_outcome(&mut self, node: NodeId, op: Op) -> Outcome {
        let (mut a, mut b) = (self.s.input(node, 0), self.s.input(node, 1));
        let mut cond = condition_of(op);
        if self.s.constant(a).is_some() {
            (a, b) = (b, a);
            cond = cond.swapped();
        }
        let ty = self.s.ty(a);
        if i64::from(ty.bits()) != bits(ty) {
            return self.narrow_outcome(a, b, cond);
        }
        let size = width(ty);
        if self.s.constant(b) == Some(0)
            && let Some(outcome) = self.test_outcome(a, cond)
        {
            return outcome;
        }
        if let Some(imm) = self.sum_immediate(b) {
            return Outcome::new(Compare::CmpRI, cond, size, &[value(a)]).imm(imm);
        }
        if self.shifted_operand(b, ty).is_none() && self.shifted_operand(a, ty).is_some() {
            (a, b, cond) = (b, a, cond.swapped());
        }
        let (b, shift) = self.shifted_operand(b, ty).unwrap_or((b, 0));
        Outcome::new(Compare::CmpRR, cond, size, &[value(a), value(b)]).imm(shift)
    }

    /// Narrow integers are extended to 32 bits first.
    fn narrow_outcome(&mut self, a: NodeId, b: NodeId, cond: Cond) -> Outcome {
        let signed = matches!(cond, Cond::Lt | Cond::Ge | Cond::Le | Cond::Gt);
        let ty = self.s.ty(a);
        let constant = self.s.constant(b).map(|constant| if signed { constant } else { constant & ty.mask() as i64 });
        if constant == Some(0)
            && matches!(cond, Cond::Eq | Cond::Ne)
            && let Some(outcome) = self.test_outcome(a, cond)
        {
            return outcome;
        }
        let first = self.extended_operand(a, signed);
        match constant.filter(|constant| constant.abs() < 1 << 12) {
            Some(imm) => Outcome::new(Compare::CmpRI, cond, 4, &[first]).imm(imm),
            None => {
                let second = self.extended_operand(b, signed);
                Outcome::new(Compare::CmpRR, cond, 4, &[first, second])
            }
        }
    }

    /// A narrow integer in 32 bits, with what is above it as the compare wants it.
    pub(super) fn extended_operand(&mut self, node: NodeId, signed: bool) -> Operand {
        let ty = self.s.ty(node);
        let stripped = self.s.strip(node);
        if !signed && self.s.ty(stripped) == ty && self.s.is_zero_above(stripped) {
            return value(node);
        }
        let op = if signed { M::SbfmI } else { M::UbfmI };
        let inst = MachineInst::new(op, 4).imm(field(0, i64::from(ty.bits()) - 1));
        self.s.inner(Tile::new(inst, Type::I32).with(value(node)))
    }

    /// Compares `x & y` with zero, if the value is that. The carry is not what an unsigned compare wants.
    fn test_outcome(&mut self, and: NodeId, cond: Cond) -> Option<Outcome> {
        let usable = matches!(cond, Cond::Eq | Cond::Ne | Cond::Lt | Cond::Ge | Cond::Gt | Cond::Le);
        if !usable || !self.s.is(and, Op::And) || self.s.is_demanded(and) {
            return None;
        }
        let (x, y) = (self.s.input(and, 0), self.s.input(and, 1));
        let ty = self.s.ty(and);
        let narrow = i64::from(ty.bits()) != bits(ty);
        let size = width(ty);
        if let Some(mask) = self.s.constant(y) {
            let mask = mask & ty.mask() as i64;
            let encodes = crate::aarch64::encode::bitmask(mask as u64, size).is_some();
            return encodes.then(|| Outcome::new(Compare::TstRI, cond, size, &[value(x)]).imm(mask));
        }
        (!narrow).then(|| Outcome::new(Compare::TstRR, cond, size, &[value(x), value(y)]))
    }

    fn float_outcome(&mut self, node: NodeId, op: Op) -> Outcome {
        let (a, b) = (self.s.input(node, 0), self.s.input(node, 1));
        let size = self.s.ty(a).bytes() as u8;
        let cond = match op {
            Op::FLt => Cond::Mi,
            Op::FLe => Cond::Ls,
            Op::FEq => Cond::Eq,
            Op::FNe => Cond::FloatNe,
            _ => Cond::Vc,
        };
        if self.s.graph.constant(b) == Some(0) {
            return Outcome { compare: Compare::FcmpZero, cond, size, imm: 0, registers: smallvec![value(a)] };
        }
        Outcome::new(Compare::Fcmp, cond, size, &[value(a), value(b)])
    }
}
