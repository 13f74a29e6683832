//! Multiplication, division, and arithmetic with its overflow.

use super::{Patterns, fits, sized, value, width};
use crate::machine::{Address, Base, MachineInst, NO_SYMBOL};
use crate::select::{Operand, Tile};
use crate::x64::ops::Op as M;
use crate::x64::regs::Cond;
use son_ir::{NodeId, Op, Type};

impl Patterns<'_, '_> {
    pub(super) fn mul(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        if self.with_twin(node) {
            return;
        }
        let ty = self.s.ty(node);
        let (a, b) = if self.s.constant(a).is_some() { (b, a) } else { (a, b) };
        let Some(by) = self.s.constant(b) else {
            return self.binary(node, [M::ImulRR, M::ImulRRI, M::ImulRM], a, b);
        };
        if self.mul_by_shifts(node, a, by) {
            return;
        }
        let Some(imm) = fits(by) else {
            return self.s.cover(node, Tile::new(sized(M::ImulRR, ty), ty).with(value(a)).with(value(b)));
        };
        if ty.bits() == u32::from(width(ty)) * 8
            && let Some((mem, access)) = self.load(a, ty.bytes())
        {
            let tile = Tile::new(sized(M::ImulRMI, ty).imm(imm).at(mem.address), ty);
            return self.s.cover(node, tile.with_all(&mem.registers).access(Some(access)));
        }
        self.s.cover(node, Tile::new(sized(M::ImulRRI, ty).imm(imm), ty).with(value(a)));
    }

    /// Products that two instructions of one cycle make: by 3, 5, 9, those shifted, and neighbours of powers of two.
    fn mul_by_shifts(&mut self, node: NodeId, a: NodeId, by: i64) -> bool {
        let ty = self.s.ty(node);
        let shift =
            |operand: Operand, count: u32| Tile::new(sized(M::ShlRI, ty).imm(i64::from(count)), ty).with(operand);
        if by <= 1 {
            return false;
        }
        let zeros = by.trailing_zeros();
        let odd = by >> zeros;
        if let 3 | 5 | 9 = odd {
            let address = Address { base: Base::Reg, scale: (odd - 1) as u8, disp: 0, symbol: NO_SYMBOL };
            let lea = Tile::new(sized(M::Lea, ty).at(address), ty).with(value(a)).with(value(a));
            if zeros == 0 {
                self.s.cover(node, lea);
            } else {
                let product = self.s.inner(lea);
                self.s.cover(node, shift(product, zeros));
            }
            return true;
        }
        let (above, below) = ((by + 1).trailing_zeros(), (by - 1).trailing_zeros());
        let (op, count) = match () {
            _ if odd == 1 => {
                self.s.cover(node, shift(value(a), zeros));
                return true;
            }
            _ if by == (1 << below) + 1 => (M::AddRR, below),
            _ if above < 63 && by == (1 << above) - 1 => (M::SubRR, above),
            _ => return false,
        };
        let shifted = self.s.inner(shift(value(a), count));
        self.s.cover(node, Tile::new(sized(op, ty), ty).with(shifted).with(value(a)));
        true
    }

    /// The high half of a product; the low half too, if the graph has it.
    pub(super) fn mul_high(&mut self, node: NodeId, op: M, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let low = self.s.twin(node).unwrap_or(NodeId::NONE);
        let tile = Tile::new(sized(op, ty), Type::TUPLE).with(value(a)).with(value(b));
        self.s.cover_both([low, node], tile);
    }

    /// Quotient and remainder come from one instruction.
    pub(super) fn divide(&mut self, node: NodeId, quotient: Op, op: M) {
        let ty = self.s.ty(node);
        let twin = self.s.twin(node).unwrap_or(NodeId::NONE);
        let results = if self.s.is(node, quotient) { [node, twin] } else { [twin, node] };
        let (a, b) = (self.s.input(node, 1), self.s.input(node, 2));
        let tile = Tile::new(sized(op, ty), Type::TUPLE).with(value(a)).with(value(b));
        let control = self.s.input(node, 0);
        self.s.cover_both(results, tile.below(control));
    }

    /// Is the node computed with its overflow or its high half? Then it is covered here.
    pub(super) fn with_twin(&mut self, node: NodeId) -> bool {
        let Some(twin) = self.s.twin(node) else { return false };
        self.select(twin);
        true
    }

    /// A sum, difference or product and its signed overflow.
    pub(super) fn checked(&mut self, node: NodeId, [rr, ri]: [M; 2]) {
        let (a, b) = (self.s.input(node, 0), self.s.input(node, 1));
        let ty = self.s.ty(a);
        let inst = MachineInst::new(rr, ty.bytes() as u8).cond(Cond::O);
        let tile = match self.immediate(b) {
            Some(imm) => Tile::new(MachineInst { opcode: ri.into(), ..inst }.imm(imm), Type::TUPLE).with(value(a)),
            None => Tile::new(inst, Type::TUPLE).with(value(a)).with(value(b)),
        };
        let result = self.s.twin(node).unwrap_or(NodeId::NONE);
        self.s.cover_both([result, node], tile);
    }

    pub(super) fn checked_unsigned_mul(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let result = self.s.twin(node).unwrap_or(NodeId::NONE);
        let inst = MachineInst::new(M::CheckedMul, self.s.ty(a).bytes() as u8).cond(Cond::O);
        self.s.cover_both([result, node], Tile::new(inst, Type::TUPLE).with(value(a)).with(value(b)));
    }
}
