//! Integer arithmetic, logic, shifts and bits.

use super::{Patterns, bits, sized, value, width};
use crate::aarch64::ops::{Compare, Consumer, Op as M, extended, field, shifted};
use crate::aarch64::regs::Cond;
use crate::machine::MachineInst;
use crate::select::{Operand, Tile};
use son_ir::{NodeId, Op, Type};

impl Patterns<'_, '_> {
    pub(super) fn unary(&mut self, node: NodeId, op: M, a: NodeId) {
        let ty = self.s.ty(node);
        self.s.cover(node, Tile::new(sized(op, ty), ty).with(value(a)));
    }

    /// The input of a shift by a constant that the tile takes in, and the shift. Narrow integers are shifted in wider
    /// registers, whose upper bits are anything.
    pub(super) fn shifted_operand(&self, node: NodeId, ty: Type) -> Option<(NodeId, i64)> {
        let whole = i64::from(ty.bits()) == bits(ty);
        let kind = match self.s.op(node) {
            Op::Shl => 0,
            Op::LShr if whole => 1,
            Op::AShr if whole => 2,
            _ => return None,
        };
        let amount = self.s.constant(self.s.input(node, 1)).filter(|amount| (0..bits(ty)).contains(amount))?;
        let free = self.s.sole(node) && !self.s.is_demanded(node) && self.s.ty(node) == ty;
        free.then(|| (self.s.input(node, 0), shifted(kind, amount)))
    }

    /// The same for the last input of an op: that of logic may be rotated, too.
    fn moved_operand(&self, op: M, node: NodeId, ty: Type) -> Option<(NodeId, i64)> {
        let left = match self.s.op(node) {
            Op::Fshl => true,
            Op::Fshr => false,
            _ => return self.shifted_operand(node, ty),
        };
        let amount = self.s.constant(self.s.input(node, 2))? & (bits(ty) - 1);
        let fits = !matches!(op, M::AddRR | M::SubRR)
            && self.s.input(node, 0) == self.s.input(node, 1)
            && self.s.sole(node)
            && !self.s.is_demanded(node);
        let right = if left { -amount & (bits(ty) - 1) } else { amount };
        fits.then(|| (self.s.input(node, 0), shifted(3, right)))
    }

    /// An operation whose last input may be shifted.
    fn with_shift(&mut self, node: NodeId, op: M, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let (b, shift) = self.moved_operand(op, b, ty).unwrap_or((b, 0));
        self.s.cover(node, Tile::new(sized(op, ty).imm(shift), ty).with(value(a)).with(value(b)));
    }

    /// The same when the inputs may be exchanged.
    fn commuting(&mut self, node: NodeId, op: M, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let exchange = self.moved_operand(op, b, ty).is_none() && self.moved_operand(op, a, ty).is_some();
        let (a, b) = if exchange { (b, a) } else { (a, b) };
        self.with_shift(node, op, a, b);
    }

    pub(super) fn add(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        if self.with_overflow(node) {
            return;
        }
        let ty = self.s.ty(node);
        let (a, b) = if self.s.constant(a).is_some() { (b, a) } else { (a, b) };
        if let Some(imm) = self.sum_immediate(b) {
            return self.add_constant(node, a, imm);
        }
        for (addend, product) in [(a, b), (b, a)] {
            if let Some((op, x, y)) = self.product_and(node, product, [M::Madd, M::Smaddl, M::Umaddl]) {
                let tile = Tile::new(sized(op, ty), ty).with(value(x)).with(value(y)).with(value(addend));
                return self.s.cover(node, tile);
            }
        }
        for (first, second) in [(a, b), (b, a)] {
            if let Some((word, imm)) = self.extended_word(second, ty) {
                let tile = Tile::new(sized(M::AddRX, ty).imm(imm), ty).with(value(first)).with(value(word));
                return self.s.cover(node, tile);
            }
        }
        self.commuting(node, M::AddRR, a, b);
    }

    fn add_constant(&mut self, node: NodeId, a: NodeId, imm: i64) {
        let ty = self.s.ty(node);
        let op = if imm < 0 { M::SubRI } else { M::AddRI };
        self.s.cover(node, Tile::new(sized(op, ty).imm(imm.abs()), ty).with(value(a)));
    }

    /// An extension, shifted left by up to 4 or not, that the tile takes in: what is extended, and how. Loads extend by
    /// themselves.
    fn extended_word(&self, node: NodeId, ty: Type) -> Option<(NodeId, i64)> {
        let inner = |node: NodeId| self.s.sole(node) && !self.s.is_demanded(node) && self.s.ty(node) == ty;
        let (node, amount) = match self.shifted_operand(node, ty) {
            Some((shifted, amount @ 1..=4)) => (shifted, amount),
            _ => (node, 0),
        };
        let extends = matches!(self.s.op(node), Op::SExt | Op::ZExt | Op::And);
        if !extends || !inner(node) || i64::from(ty.bits()) != bits(ty) || self.s.strip(node) != node {
            return None;
        }
        let word = self.s.input(node, 0);
        let (signed, bytes) = match (self.s.op(node), self.s.ty(word).bits()) {
            (Op::SExt, from @ (8 | 16 | 32)) => (true, from / 8),
            (Op::ZExt, from @ (8 | 16 | 32)) => (false, from / 8),
            (Op::And, _) => match self.s.constant(self.s.input(node, 1))? {
                0xff => (false, 1),
                0xffff => (false, 2),
                0xffff_ffff if ty == Type::I64 => (false, 4),
                _ => return None,
            },
            _ => return None,
        };
        (!self.s.is(word, Op::Load)).then(|| (word, extended(signed, bytes as u8, amount)))
    }

    pub(super) fn sub(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        if self.with_overflow(node) {
            return;
        }
        let ty = self.s.ty(node);
        if self.s.constant(a) == Some(0) {
            return self.negate(node, b);
        }
        if let Some(imm) = self.sum_immediate(b) {
            return self.add_constant(node, a, -imm);
        }
        if let Some((op, x, y)) = self.product_and(node, b, [M::Msub, M::Smsubl, M::Umsubl]) {
            let tile = Tile::new(sized(op, ty), ty).with(value(x)).with(value(y)).with(value(a));
            return self.s.cover(node, tile);
        }
        if let Some((word, imm)) = self.extended_word(b, ty) {
            let tile = Tile::new(sized(M::SubRX, ty).imm(imm), ty).with(value(a)).with(value(word));
            return self.s.cover(node, tile);
        }
        self.with_shift(node, M::SubRR, a, b);
    }

    pub(super) fn negate(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        if let Some((from, bit)) = self.single_bit(ty, a) {
            return self.s.cover(node, Tile::new(sized(M::SbfmI, ty).imm(field(bit, bit)), ty).with(value(from)));
        }
        let (a, shift) = self.shifted_operand(a, ty).unwrap_or((a, 0));
        self.s.cover(node, Tile::new(sized(M::NegR, ty).imm(shift), ty).with(value(a)));
    }

    /// A logical operation: with a register, a bitmask, an inverted register.
    pub(super) fn logic(&mut self, node: NodeId, [rr, ri, inverted]: [M; 3], a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let (a, b) = if self.s.constant(a).is_some() { (b, a) } else { (a, b) };
        if let Some(imm) = self.logic_immediate(b) {
            return self.s.cover(node, Tile::new(sized(ri, ty).imm(imm), ty).with(value(a)));
        }
        for (first, second) in [(a, b), (b, a)] {
            if ty != Type::I1 && self.s.is(second, Op::Xor) && self.s.constant(self.s.input(second, 1)) == Some(-1) {
                let second = self.s.input(second, 0);
                return self.with_shift(node, inverted, first, second);
            }
        }
        self.commuting(node, rr, a, b);
    }

    pub(super) fn or(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let inserted = self.insertion(ty, a, b).or_else(|| self.insertion(ty, b, a));
        let Some((into, from, imm)) = inserted else {
            return self.logic(node, [M::OrrRR, M::OrrRI, M::OrnRR], a, b);
        };
        let tile = Tile::new(sized(M::BfmI, ty).imm(imm), ty).with(value(into)).with(value(from));
        self.s.cover(node, tile);
    }

    /// The low bits of a value, or a field of it, in the hole that a mask leaves in another value: both values, and
    /// how the field is moved.
    fn insertion(&self, ty: Type, masked: NodeId, put: NodeId) -> Option<(NodeId, NodeId, i64)> {
        let bits = bits(ty);
        let with = |node: NodeId, op: Op| {
            let inner = self.s.is(node, op) && self.s.sole(node) && !self.s.is_demanded(node);
            inner.then(|| Some((self.s.input(node, 0), self.s.constant(self.s.input(node, 1))?))).flatten()
        };
        let (into, mask) = with(masked, Op::And)?;
        let hole = !mask as u64 & ty.mask();
        let (low, width) = (i64::from(hole.trailing_zeros()), i64::from(hole.count_ones()));
        let ones = hole.checked_shr(low as u32)?;
        if i64::from(ty.bits()) != bits || ones & ones.wrapping_add(1) != 0 {
            return None;
        }
        let is = |constant: i64, wanted: u64| constant as u64 & ty.mask() == wanted;
        let moved = field(-low & (bits - 1), width - 1);
        if let Some((from, by)) = with(put, Op::Shl)
            && low > 0
            && by == low
        {
            return match with(from, Op::And) {
                Some((from, kept)) if is(kept, ones) => Some((into, from, moved)),
                _ => (low + width == bits).then_some((into, from, moved)),
            };
        }
        let (from, _) = with(put, Op::And).filter(|&(_, kept)| is(kept, hole))?;
        match (with(from, Op::Shl), with(from, Op::LShr)) {
            (Some((from, by)), _) if by == low && low > 0 => Some((into, from, moved)),
            (_, Some((from, by))) if low == 0 && (0..bits - width + 1).contains(&by) => {
                Some((into, from, field(by, by + width - 1)))
            }
            _ if low == 0 => Some((into, from, moved)),
            _ => None,
        }
    }

    pub(super) fn and(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let (a, b) = if self.s.constant(a).is_some() { (b, a) } else { (a, b) };
        if let Some((from, imm)) = self.bit_field(ty, a, b) {
            return self.s.cover(node, Tile::new(sized(M::UbfmI, ty).imm(imm), ty).with(value(from)));
        }
        self.logic(node, [M::AndRR, M::AndRI, M::BicRR], a, b);
    }

    /// One bit of a value as 0 or 1, `x >> n & 1`, which nobody else needs: the value, and the bit's number. Its negative
    /// is a field of one bit with its sign.
    fn single_bit(&self, ty: Type, node: NodeId) -> Option<(NodeId, i64)> {
        let one = self.s.is(node, Op::And) && self.s.constant(self.s.input(node, 1)) == Some(1);
        if !one || !self.s.sole(node) || self.s.is_demanded(node) {
            return None;
        }
        let from = self.s.input(node, 0);
        let field = self.bit_field(ty, from, self.s.input(node, 1));
        Some(field.map_or((from, 0), |(from, imm)| (from, imm & 63)))
    }

    /// `x >> n & ones`
    fn bit_field(&self, ty: Type, a: NodeId, b: NodeId) -> Option<(NodeId, i64)> {
        let mask = self.s.constant(b)? as u64 & ty.mask();
        if !self.s.is(a, Op::LShr) || i64::from(ty.bits()) != bits(ty) || mask & mask.wrapping_add(1) != 0 {
            return None;
        }
        let low = self.s.constant(self.s.input(a, 1))?;
        let last = low + i64::from(mask.count_ones()) - 1;
        (mask != 0 && last < bits(ty)).then(|| (self.s.input(a, 0), field(low, last)))
    }

    pub(super) fn xor(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        if ty == Type::I1 && self.s.constant(b).is_some_and(|bit| bit & 1 != 0) && self.is_compare(a) {
            return self.set(node);
        }
        if ty != Type::I1 && self.s.constant(b) == Some(-1) {
            let (a, shift) = self.moved_operand(M::NotR, a, ty).unwrap_or((a, 0));
            return self.s.cover(node, Tile::new(sized(M::NotR, ty).imm(shift), ty).with(value(a)));
        }
        self.logic(node, [M::EorRR, M::EorRI, M::EonRR], a, b);
    }

    /// A shift by a constant or a register.
    pub(super) fn shift(&mut self, node: NodeId, op: Op, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let last = bits(ty) - 1;
        if let Some(count) = self.s.constant(b) {
            let count = count & last;
            if let Some((inst, word)) = self.shifted_extension(op, ty, a, count) {
                return self.s.cover(node, Tile::new(inst, ty).with(value(word)));
            }
            let inst = match op {
                Op::Shl => sized(M::UbfmI, ty).imm(field(-count & last, last - count)),
                Op::LShr => sized(M::UbfmI, ty).imm(field(count, last)),
                _ => sized(M::SbfmI, ty).imm(field(count, last)),
            };
            return self.s.cover(node, Tile::new(inst, ty).with(value(a)));
        }
        let inst = match op {
            Op::Shl => sized(M::LslRR, ty),
            Op::LShr => sized(M::LsrRR, ty),
            _ => sized(M::AsrRR, ty),
        };
        let count = self.count(b, ty);
        self.s.cover(node, Tile::new(inst, ty).with(value(a)).with(value(count)));
    }

    /// An integer of 32 bits, extended to 64 and then shifted: one move of a bit field.
    fn shifted_extension(&self, op: Op, ty: Type, a: NodeId, count: i64) -> Option<(MachineInst, NodeId)> {
        let extension = self.s.op(a);
        let fits = matches!(extension, Op::ZExt | Op::SExt)
            && ty == Type::I64
            && self.s.sole(a)
            && !self.s.is_demanded(a)
            && self.s.strip(a) == a;
        let word = fits.then(|| self.s.input(a, 0)).filter(|&word| self.s.ty(word) == Type::I32)?;
        let inserted = if extension == Op::ZExt { M::UbfmI } else { M::SbfmI };
        let (inst, imm) = match op {
            Op::Shl if count > 0 => (inserted, field(-count & 63, 31.min(63 - count))),
            Op::LShr if extension == Op::ZExt && count < 32 => (M::UbfmI, field(count, 31)),
            Op::AShr if extension == Op::SExt && count < 32 => (M::SbfmI, field(count, 31)),
            _ => return None,
        };
        let loads = self.s.is(word, Op::Load) && self.s.sole(word);
        (!loads).then(|| (MachineInst::new(inst, 8).imm(imm), word))
    }

    /// The count without what the CPU does to it anyway: it takes the low 5 or 6 bits.
    fn count(&self, node: NodeId, ty: Type) -> NodeId {
        let mask = bits(ty) - 1;
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

    /// Funnel shifts and rotations of 32 and 64 bits; the count is taken modulo the width.
    pub(super) fn funnel(&mut self, node: NodeId) {
        let ty = self.s.ty(node);
        let (a, b, c) = (self.s.input(node, 0), self.s.input(node, 1), self.s.input(node, 2));
        let left = self.s.is(node, Op::Fshl);
        let constant = self.s.constant(c).map(|count| count & (bits(ty) - 1));
        match constant {
            Some(0) => self.unary(node, M::MovRR, if left { a } else { b }),
            Some(count) => {
                let from = if left { bits(ty) - count } else { count };
                let tile = Tile::new(sized(M::ExtrI, ty).imm(from), ty).with(value(a)).with(value(b));
                self.s.cover(node, tile);
            }
            None if a == b => {
                let count = value(self.count(c, ty));
                let right = match left {
                    true => self.s.inner(Tile::new(sized(M::NegR, ty), ty).with(count)),
                    false => count,
                };
                self.s.cover(node, Tile::new(sized(M::RorRR, ty), ty).with(value(a)).with(right));
            }
            None => self.funnel_by_register(node, left, [a, b, c]),
        }
    }

    /// The other word is shifted by one and by the complement of the count, so that count 0 is right.
    fn funnel_by_register(&mut self, node: NodeId, left: bool, [a, b, c]: [NodeId; 3]) {
        let ty = self.s.ty(node);
        let last = bits(ty) - 1;
        let count = value(self.count(c, ty));
        let by_one = if left { field(1, last) } else { field(last, last - 1) };
        let (main, other) = if left { (a, b) } else { (b, a) };
        let (ops, inner) = if left { ([M::LslRR, M::LsrRR], other) } else { ([M::LsrRR, M::LslRR], other) };
        let main = self.s.inner(Tile::new(sized(ops[0], ty), ty).with(value(main)).with(count));
        let once = self.s.inner(Tile::new(sized(M::UbfmI, ty).imm(by_one), ty).with(value(inner)));
        let rest = self.s.inner(Tile::new(sized(M::NotR, ty), ty).with(count));
        let other = self.s.inner(Tile::new(sized(ops[1], ty), ty).with(once).with(rest));
        self.s.cover(node, Tile::new(sized(M::OrrRR, ty), ty).with(main).with(other));
    }

    /// Leading zeroes of the reversed word.
    pub(super) fn trailing_zeros(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        let reversed = self.s.inner(Tile::new(sized(M::Rbit, ty), ty).with(value(a)));
        self.s.cover(node, Tile::new(sized(M::Clz, ty), ty).with(reversed));
    }

    pub(super) fn min_max(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let cond = match self.s.op(node) {
            Op::SMin => Cond::Lt,
            Op::SMax => Cond::Gt,
            Op::UMin => Cond::Lo,
            _ => Cond::Hi,
        };
        if self.s.constant(b) == Some(0) {
            let op = Compare::CmpRI.joined(Consumer::SelectZero);
            let inst = MachineInst::new(op, width(ty)).from_size(width(ty)).cond(cond);
            return self.s.cover(node, Tile::new(inst, ty).with(value(a)).with(value(a)));
        }
        let op = Compare::CmpRR.joined(Consumer::Select);
        let inst = MachineInst::new(op, width(ty)).from_size(width(ty)).cond(cond);
        let operands: [Operand; 4] = [value(a), value(b), value(a), value(b)];
        self.s.cover(node, Tile::new(inst, ty).with_all(&operands));
    }
}
