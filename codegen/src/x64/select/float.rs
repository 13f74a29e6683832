//! Float arithmetic.

use super::{Mem, Patterns, value};
use crate::machine::{Address, Base, MachineInst};
use crate::select::fused::Fused;
use crate::select::{Access, Operand, Tile};
use crate::x64::ops::Op as M;
use crate::x64::regs::Cond;
use son_ir::{NodeFlags, NodeId, Op, Type};

/// The second input of a float operation.
enum Other {
    Register(Operand),
    Memory(Mem, Access),
    Constant(Address),
}

impl Patterns<'_, '_> {
    /// A two-address operation on floats.
    pub(super) fn float_binary(&mut self, node: NodeId, ops: [M; 2], a: NodeId, b: NodeId, commutes: bool) {
        let (mut a, mut b) = (a, b);
        if commutes {
            let swap = self.s.constant(a).is_some() || (self.is_memory(a) && !self.is_memory(b));
            if swap || (!self.s.sole(a) && self.s.sole(b) && !self.is_memory(b) && self.s.constant(b).is_none()) {
                (a, b) = (b, a);
            }
        }
        let other = self.float_operand(b);
        self.float_tile(node, ops, value(a), other);
    }

    fn is_memory(&self, node: NodeId) -> bool {
        self.s.is(node, Op::Load) && self.s.can_take_in(node)
    }

    /// A load or constant as memory operand, if that is no worse than a register. In a loop a constant is better kept
    /// in a register.
    fn float_operand(&mut self, node: NodeId) -> Other {
        let ty = self.s.ty(node);
        if let Some((mem, access)) = self.load(node, ty.bytes()) {
            return Other::Memory(mem, access);
        }
        let looping = self.s.schedule.loops.innermost(self.s.current_block()).is_some();
        match self.s.graph.constant(node) {
            Some(bits) if bits != 0 && !looping => {
                Other::Constant(self.constant_address(&bits.to_le_bytes()[..ty.bytes() as usize]))
            }
            _ => Other::Register(value(node)),
        }
    }

    fn constant_address(&mut self, bytes: &[u8]) -> Address {
        Address::named(Base::Constant, self.s.constants.add(bytes), 0)
    }

    fn float_tile(&mut self, node: NodeId, [rr, rm]: [M; 2], first: Operand, other: Other) {
        let ty = self.s.ty(node);
        let inst = |op| MachineInst::new(op, ty.bytes() as u8);
        let tile = match other {
            Other::Register(b) => Tile::new(inst(rr), ty).with(first).with(b),
            Other::Constant(address) => Tile::new(inst(rm).at(address), ty).with(first),
            Other::Memory(mem, access) => {
                Tile::new(inst(rm).at(mem.address), ty).with(first).with_all(&mem.registers).access(Some(access))
            }
        };
        self.s.cover(node, tile);
    }

    /// The sign bit of each float in 16 bytes, or all other bits.
    fn sign_mask(ty: Type, sign: bool) -> [u8; 16] {
        let bits = 1u128 << (ty.bits() - 1);
        let mask = if sign { bits } else { bits - 1 };
        mask.to_le_bytes()
    }

    /// 16 bytes for a bit operation: from memory, or from a register in a loop.
    fn mask_operand(&mut self, ty: Type, sign: bool) -> Other {
        let address = self.constant_address(&Self::sign_mask(ty, sign));
        if self.s.schedule.loops.innermost(self.s.current_block()).is_none() {
            return Other::Constant(address);
        }
        let load = Tile::new(MachineInst::new(M::MovsRM, 16).at(address), ty);
        Other::Register(self.s.inner(load))
    }

    pub(super) fn float_sign(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        let negate = self.s.is(node, Op::FNeg);
        let other = self.mask_operand(ty, negate);
        let ops = if negate { [M::XorfRR, M::XorfRM] } else { [M::AndfRR, M::AndfRM] };
        self.whole_register(node, ops, value(a), other);
    }

    /// A bit operation on all 16 bytes.
    fn whole_register(&mut self, node: NodeId, ops: [M; 2], first: Operand, other: Other) {
        let tile = self.bits_tile(self.s.ty(node), ops, first, other);
        self.s.cover(node, tile);
    }

    fn bits_tile(&mut self, ty: Type, [rr, rm]: [M; 2], first: Operand, other: Other) -> Tile {
        match other {
            Other::Constant(address) => Tile::new(MachineInst::new(rm, 16).at(address), ty).with(first),
            Other::Register(b) => Tile::new(MachineInst::new(rr, 16), ty).with(first).with(b),
            Other::Memory(mem, access) => Tile::new(MachineInst::new(rm, 16).at(mem.address), ty)
                .with(first)
                .with_all(&mem.registers)
                .access(Some(access)),
        }
    }

    pub(super) fn copy_sign(&mut self, node: NodeId, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let (rest, sign) = (self.mask_operand(ty, false), self.mask_operand(ty, true));
        let magnitude = self.bits_tile(ty, [M::AndfRR, M::AndfRM], value(a), rest);
        let sign = self.bits_tile(ty, [M::AndfRR, M::AndfRM], value(b), sign);
        let (magnitude, sign) = (self.s.inner(magnitude), self.s.inner(sign));
        self.whole_register(node, [M::OrfRR, M::OrfRM], magnitude, Other::Register(sign));
    }

    /// Minimum or maximum as C's: if one is no number, the other. The instruction gives its second input if either is
    /// none.
    pub(super) fn float_minimum(&mut self, node: NodeId, op: M, a: NodeId, b: NodeId) {
        let ty = self.s.ty(node);
        let size = ty.bytes() as u8;
        let least = Tile::new(MachineInst::new(op, size), ty).with(value(b)).with(value(a));
        if self.s.graph.flags(node).has(NodeFlags::NNAN) {
            return self.s.cover(node, least);
        }
        let least = self.s.inner(least);
        let inst = MachineInst::new(M::SelectFloatUcomisRR, size).from_size(size).cond(Cond::P);
        self.s.cover(node, Tile::new(inst, ty).with(least).with(value(b)).with(value(a)).with(value(a)));
    }

    pub(super) fn square_root(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        let size = ty.bytes() as u8;
        if let Some((mem, access)) = self.load(a, ty.bytes()) {
            let tile = Tile::new(MachineInst::new(M::SqrtfRM, size).at(mem.address), ty);
            return self.s.cover(node, tile.with_all(&mem.registers).access(Some(access)));
        }
        self.s.cover(node, Tile::new(MachineInst::new(M::SqrtfRR, size), ty).with(value(a)));
    }

    /// Covers a product with what is added to it; false if the node is none. The result takes the register of the addend
    /// unless that is needed again.
    pub(super) fn fused(&mut self, node: NodeId) -> bool {
        let Some(Fused { factors: [x, y], addend, minus_product, minus_addend }) = self.s.fused(node) else {
            return false;
        };
        let ty = self.s.ty(node);
        let kept = |node: NodeId| self.s.constant(node).is_some() || !self.s.sole(node);
        let (op, [x, y]) = match (kept(addend), kept(x), kept(y)) {
            (true, false, _) => (M::FmaRRRa, [x, y]),
            (true, true, false) => (M::FmaRRRa, [y, x]),
            _ => (M::FmaRRR, [x, y]),
        };
        let signs = i64::from(minus_product) | i64::from(minus_addend) << 1;
        let tile = Tile::new(MachineInst::new(op, ty.bytes() as u8).imm(signs), ty);
        self.s.cover(node, tile.with_all(&[x, y, addend].map(value)));
        true
    }

    /// With SSE4.1; without it these are calls.
    pub(super) fn round(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        let mode = match self.s.op(node) {
            Op::FRint => 0,
            Op::FFloor => 1,
            Op::FCeil => 2,
            _ => 3,
        };
        let inst = MachineInst::new(M::RoundfRR, ty.bytes() as u8).imm(mode);
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }
}
