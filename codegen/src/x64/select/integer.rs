//! Integer arithmetic, logic, shifts and bits.

use super::{Patterns, fits, sized, value, width};
use crate::machine::{Address, Base, MachineInst, NO_SYMBOL};
use crate::select::{Operand, Tile};
use crate::x64::ops::Op as M;
use crate::x64::regs::Cond;
use son_ir::{NodeId, Op, Type};

impl Patterns<'_, '_> {
    /// A two-address operation with its forms: register, immediate, memory. The first input is overwritten.
    pub(super) fn binary(&mut self, node: NodeId, [rr, ri, rm]: [M; 3], a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let commutes = rr != M::SubRR;
        let (mut a, mut b) = (a, b);
        if commutes && self.s.constant(a).is_some() {
            (a, b) = (b, a);
        }
        if let Some(imm) = self.immediate(b) {
            return self.s.cover(node, Tile::new(sized(ri, ty).imm(imm), ty).with(value(a)));
        }
        if ty.bits() == u32::from(width(ty)) * 8 {
            for (register, memory) in [(a, b), (b, a)].into_iter().take(1 + commutes as usize) {
                if let Some((mem, access)) = self.load(memory, ty.bytes()) {
                    let tile = Tile::new(sized(rm, ty).at(mem.address), ty).with(value(register));
                    return self.s.cover(node, tile.with_all(&mem.registers).access(Some(access)));
                }
            }
        }
        // What is used once needs no copy when it is overwritten.
        if commutes && !self.s.sole(a) && self.s.sole(b) {
            (a, b) = (b, a);
        }
        self.s.cover(node, Tile::new(sized(rr, ty), ty).with(value(a)).with(value(b)));
    }

    pub(super) fn unary(&mut self, node: NodeId, op: M, a: NodeId) {
        let ty = self.s.ty(node);
        self.s.cover(node, Tile::new(sized(op, ty), ty).with(value(a)));
    }

    pub(super) fn add(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        if self.with_twin(node) {
            return;
        }
        for (base, shifted) in [(a, b), (b, a)] {
            if let Some((index, scale)) = self.scaled_index(shifted) {
                return self.lea(node, Some(base), (index, scale), 0);
            }
        }
        self.binary(node, [M::AddRR, M::AddRI, M::AddRM], a, b);
    }

    /// A shift by 1 to 3 that nobody else uses.
    fn scaled_index(&self, node: NodeId) -> Option<(NodeId, u8)> {
        if !self.s.is(node, Op::Shl) || !self.s.sole(node) {
            return None;
        }
        match self.s.constant(self.s.input(node, 1)) {
            Some(shift @ 1..=3) => Some((self.s.input(node, 0), 1 << shift)),
            _ => None,
        }
    }

    /// Base and scaled index by `lea`, which needs no copy of its inputs.
    pub(super) fn lea(&mut self, node: NodeId, base: Option<NodeId>, (index, scale): (NodeId, u8), disp: i32) {
        let ty = self.s.ty(node);
        let kind = if base.is_some() { Base::Reg } else { Base::None };
        let address = Address { base: kind, scale, disp, symbol: NO_SYMBOL };
        let tile = Tile::new(sized(M::Lea, ty).at(address), ty);
        let tile = base.into_iter().fold(tile, |tile, base| tile.with(value(base)));
        self.s.cover(node, tile.with(value(index)));
    }

    pub(super) fn sub(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        if self.with_twin(node) {
            return;
        }
        if self.s.constant(a) == Some(0) {
            return self.unary(node, M::NegR, b);
        }
        match self.immediate(b).map(i64::wrapping_neg).and_then(fits) {
            Some(imm) => self.s.cover(node, Tile::new(sized(M::AddRI, ty).imm(imm), ty).with(value(a))),
            None => self.binary(node, [M::SubRR, M::SubRI, M::SubRM], a, b),
        }
    }

    pub(super) fn and(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let (a, b) = if self.s.constant(a).is_some() { (b, a) } else { (a, b) };
        let extension = match self.s.constant(b) {
            Some(0xff) if ty.bits() > 8 => Some(MachineInst::new(M::MovzxRR, 4).from_size(1)),
            Some(0xffff) if ty.bits() > 16 => Some(MachineInst::new(M::MovzxRR, 4).from_size(2)),
            Some(0xffff_ffff) => Some(MachineInst::new(M::MovRR, 4)),
            // The upper half is cleared for nothing.
            Some(mask @ 0..0x1_0000_0000) => Some(MachineInst::new(M::AndRI, 4).imm(i64::from(mask as i32))),
            _ => None,
        };
        if let Some(inst) = extension {
            return self.s.cover(node, Tile::new(inst, ty).with(value(a)));
        }
        if self.features.bmi1 {
            for (other, inverted) in [(a, b), (b, a)] {
                if self.s.is(inverted, Op::Xor) && self.s.constant(self.s.input(inverted, 1)) == Some(-1) {
                    let tile = Tile::new(sized(M::AndnRR, ty), ty).with(value(self.s.input(inverted, 0)));
                    return self.s.cover(node, tile.with(value(other)));
                }
            }
        }
        self.binary(node, [M::AndRR, M::AndRI, M::AndRM], a, b);
    }

    pub(super) fn xor(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        if ty == Type::I1 && self.s.constant(b).is_some_and(|bit| bit & 1 != 0) && self.is_compare(a) {
            return self.set(node);
        }
        if ty != Type::I1 && self.s.constant(b) == Some(-1) {
            return self.unary(node, M::NotR, a);
        }
        self.binary(node, [M::XorRR, M::XorRI, M::XorRM], a, b);
    }

    /// A shift: by a constant, by `cl`, or from any register with bmi2.
    pub(super) fn shift(&mut self, node: NodeId, [by_imm, by_cl, by_register]: [M; 3], a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        if let Some(count) = self.s.constant(b) {
            if by_imm == M::ShlRI && (1..=3).contains(&count) && !self.s.sole(a) {
                return match count {
                    1 => self.lea(node, Some(a), (a, 1), 0),
                    _ => self.lea(node, None, (a, 1 << count), 0),
                };
            }
            return self.s.cover(node, Tile::new(sized(by_imm, ty).imm(count), ty).with(value(a)));
        }
        let op = if self.features.bmi2 { by_register } else { by_cl };
        let count = self.count(b, ty);
        self.s.cover(node, Tile::new(sized(op, ty), ty).with(value(a)).with(value(count)));
    }

    /// The count without what the CPU does to it anyway: it takes the low 5 or 6 bits.
    fn count(&self, node: NodeId, ty: Type) -> NodeId {
        let mask = i64::from(width(ty)) * 8 - 1;
        let mut node = node;
        loop {
            node = match self.s.op(node) {
                Op::And if self.s.constant(self.s.input(node, 1)).is_some_and(|by| by & mask == mask) => {
                    self.s.input(node, 0)
                }
                Op::ZExt | Op::SExt | Op::Trunc if (8..=64).contains(&self.s.ty(self.s.input(node, 0)).bits()) => {
                    self.s.input(node, 0)
                }
                _ => return node,
            };
        }
    }

    /// Funnel shifts and rotations; the count is taken modulo the width, as the CPU does for 32 and 64 bits.
    pub(super) fn funnel(&mut self, node: NodeId) {
        let ty = self.s.ty(node);
        let (a, b, c) = (self.s.input(node, 0), self.s.input(node, 1), self.s.input(node, 2));
        let left = self.s.is(node, Op::Fshl);
        let size = ty.bytes() as u8;
        let constant = self.s.constant(c).map(|count| count & i64::from(ty.bits() - 1));
        if a == b {
            let op = match (left, constant) {
                (true, Some(_)) => M::RolRI,
                (false, Some(_)) => M::RorRI,
                (true, None) => M::RolRC,
                (false, None) => M::RorRC,
            };
            let tile = Tile::new(MachineInst::new(op, size).imm(constant.unwrap_or(0)), ty).with(value(a));
            let tile = if constant.is_none() { tile.with(value(self.count(c, ty))) } else { tile };
            return self.s.cover(node, tile);
        }
        let (op, first, second) = match (left, constant) {
            (true, Some(_)) => (M::ShldRI, a, b),
            (true, None) => (M::ShldRC, a, b),
            (false, Some(_)) => (M::ShrdRI, b, a),
            (false, None) => (M::ShrdRC, b, a),
        };
        let tile = Tile::new(MachineInst::new(op, size).imm(constant.unwrap_or(0)), ty);
        let tile = tile.with(value(first)).with(value(second));
        let tile = if constant.is_none() { tile.with(value(self.count(c, ty))) } else { tile };
        self.s.cover(node, tile);
    }

    pub(super) fn population(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        if let Some((mem, access)) = self.load(a, u32::from(width(ty))) {
            let tile = Tile::new(sized(M::PopcntRM, ty).at(mem.address), ty);
            return self.s.cover(node, tile.with_all(&mem.registers).access(Some(access)));
        }
        self.unary(node, M::PopcntRR, a);
    }

    /// `bsr` gives the index of the highest one: its complement in the width is the count.
    pub(super) fn leading_zeros(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        if self.features.lzcnt {
            return self.unary(node, M::LzcntRR, a);
        }
        let last = i64::from(ty.bits()) - 1;
        let index = self.scan(node, a, [M::BsrRR, M::BsrOr], 2 * last + 1);
        let index = self.s.inner(index);
        self.s.cover(node, Tile::new(sized(M::XorRI, ty).imm(last), ty).with(index));
    }

    pub(super) fn trailing_zeros(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        if self.features.bmi1 {
            return self.unary(node, M::TzcntRR, a);
        }
        let tile = self.scan(node, a, [M::BsfRR, M::BsfOr], i64::from(ty.bits()));
        self.s.cover(node, tile);
    }

    /// The index of a one, or `or` if there is none and that is possible.
    fn scan(&mut self, node: NodeId, a: NodeId, [plain, with_default]: [M; 2], or: i64) -> Tile {
        let ty = self.s.ty(node);
        if self.s.graph.flags(node).has(son_ir::NodeFlags::NUW) {
            return Tile::new(sized(plain, ty), ty).with(value(a));
        }
        let default = self.number(ty, or);
        Tile::new(sized(with_default, ty), ty).with(value(a)).with(default)
    }

    /// A small constant in a register.
    pub(super) fn number(&mut self, ty: Type, number: i64) -> Operand {
        self.s.inner(Tile::new(sized(M::MovI, ty).imm(number), ty).late())
    }

    pub(super) fn byte_swap(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        match ty {
            Type::I16 => {
                let inst = MachineInst::new(M::RolRI, 2).imm(8);
                self.s.cover(node, Tile::new(inst, ty).with(value(a)));
            }
            _ => self.unary(node, M::Bswap, a),
        }
    }

    pub(super) fn min_max(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let cond = match self.s.op(node) {
            Op::SMin => Cond::L,
            Op::SMax => Cond::G,
            Op::UMin => Cond::B,
            _ => Cond::A,
        };
        let compare = MachineInst::new(M::SelectCmpRR, ty.bytes() as u8).from_size(width(ty)).cond(cond);
        let tile = Tile::new(compare, ty).with(value(b)).with(value(a)).with(value(a)).with(value(b));
        self.s.cover(node, tile);
    }
}
