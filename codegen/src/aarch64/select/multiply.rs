//! Multiplication, division, and arithmetic with its overflow.

use super::{Patterns, sized, value, width};
use crate::aarch64::ops::{Op as M, field};
use crate::machine::MachineInst;
use crate::select::{Operand, Tile};
use son_ir::{NodeId, Op, Type};

impl Patterns<'_, '_> {
    pub(super) fn mul(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        if self.with_overflow(node) {
            return;
        }
        let ty = self.s.ty(node);
        let inst = match self.product_of_words(ty, a, b) {
            Some((signed, a, b)) => {
                let op = if signed { M::Smull } else { M::Umull };
                Tile::new(MachineInst::new(op, 8), ty).with(value(a)).with(value(b))
            }
            None => Tile::new(sized(M::Mul, ty), ty).with(value(a)).with(value(b)),
        };
        self.s.cover(node, inst);
    }

    /// A product of 64 bits of two extended integers of 32, or one and a constant of as many bits: whether they are
    /// signed, and the integers.
    fn product_of_words(&self, ty: Type, a: NodeId, b: NodeId) -> Option<(bool, NodeId, NodeId)> {
        let extended = |node: NodeId, signed: bool| {
            let op = if signed { Op::SExt } else { Op::ZExt };
            let inner = || self.s.input(node, 0);
            (self.s.is(node, op) && self.s.ty(inner()) == Type::I32).then(inner)
        };
        let constant = |node: NodeId, signed: bool| match (self.s.constant(node)?, signed) {
            (value, true) => i32::try_from(value).is_ok().then_some(node),
            (value, false) => u32::try_from(value).is_ok().then_some(node),
        };
        let words = |signed: bool| Some((signed, extended(a, signed)?, extended(b, signed).or(constant(b, signed))?));
        (ty == Type::I64).then(|| words(true).or_else(|| words(false))).flatten()
    }

    /// A product that only the sum or difference `of` uses: the op of those listed (of whole registers, of signed words,
    /// of unsigned words) that does both, and the factors.
    pub(super) fn product_and(&self, of: NodeId, product: NodeId, ops: [M; 3]) -> Option<(M, NodeId, NodeId)> {
        let fits = self.s.is(product, Op::Mul)
            && self.s.sole(product)
            && self.s.twin(product).is_none()
            && self.s.ty(product).bits() == self.s.ty(of).bits()
            && !self.s.is_demanded(product);
        let (x, y) = fits.then(|| (self.s.input(product, 0), self.s.input(product, 1)))?;
        Some(match self.product_of_words(self.s.ty(product), x, y) {
            Some((true, x, y)) => (ops[1], x, y),
            Some((false, x, y)) => (ops[2], x, y),
            None => (ops[0], x, y),
        })
    }

    /// The high half of a product; of 32 bits, out of the product of 64.
    pub(super) fn mul_high(&mut self, node: NodeId, [high, whole]: [M; 2], a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        if width(ty) == 8 {
            let tile = Tile::new(MachineInst::new(high, 8), ty).with(value(a)).with(value(b));
            return self.s.cover(node, tile);
        }
        let product = Tile::new(MachineInst::new(whole, 8), Type::I64).with(value(a)).with(value(b));
        let product = self.s.inner(product);
        let inst = MachineInst::new(M::UbfmI, 8).imm(field(32, 63));
        self.s.cover(node, Tile::new(inst, ty).with(product));
    }

    fn quotient(&self, node: NodeId, op: M) -> Tile {
        let ty = self.s.ty(node);
        Tile::new(sized(op, ty), ty).with(value(self.s.input(node, 1))).with(value(self.s.input(node, 2)))
    }

    pub(super) fn divide(&mut self, node: NodeId, op: M) {
        let tile = self.quotient(node, op);
        self.s.cover(node, tile);
    }

    /// `a - a / b * b`
    pub(super) fn remainder(&mut self, node: NodeId, op: M) {
        let ty = self.s.ty(node);
        let quotient = self.quotient(node, op);
        let quotient = self.s.inner(quotient);
        let (a, b) = (self.s.input(node, 1), self.s.input(node, 2));
        let tile = Tile::new(sized(M::Msub, ty), ty).with(quotient).with(value(b)).with(value(a));
        self.s.cover(node, tile);
    }

    /// Is the node computed with its overflow? Then it is covered here.
    pub(super) fn with_overflow(&mut self, node: NodeId) -> bool {
        let checks = |op: Op| matches!(op, Op::SAddOverflow | Op::SSubOverflow | Op::SMulOverflow | Op::UMulOverflow);
        let Some(twin) = self.s.twin(node).filter(|&twin| checks(self.s.op(twin))) else { return false };
        self.select(twin);
        true
    }

    /// A sum or difference and its signed overflow: with a register, with a constant, with its negative.
    pub(super) fn checked(&mut self, node: NodeId, [with_register, plus, minus]: [M; 3]) {
        let (a, b) = (self.s.input(node, 0), self.s.input(node, 1));
        let ty = self.s.ty(a);
        let tile = match self.sum_immediate(b) {
            Some(imm) => {
                let op = if imm < 0 { minus } else { plus };
                Tile::new(sized(op, ty).imm(imm.abs()), Type::TUPLE).with(value(a))
            }
            None => Tile::new(sized(with_register, ty), Type::TUPLE).with(value(a)).with(value(b)),
        };
        self.cover_checked(node, tile);
    }

    pub(super) fn checked_product(&mut self, node: NodeId, op: M) {
        let operands: [Operand; 2] = [value(self.s.input(node, 0)), value(self.s.input(node, 1))];
        let ty = self.s.ty(self.s.input(node, 0));
        self.cover_checked(node, Tile::new(sized(op, ty), Type::TUPLE).with_all(&operands));
    }

    fn cover_checked(&mut self, node: NodeId, tile: Tile) {
        let result = self.s.twin(node).unwrap_or(NodeId::NONE);
        self.s.cover_both([result, node], tile);
    }
}
