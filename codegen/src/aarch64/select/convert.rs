//! Conversions between integers, and between registers of different kinds.

use super::{Patterns, is_float, sized, value, width};
use crate::aarch64::ops::{Op as M, field};
use crate::machine::MachineInst;
use crate::select::Tile;
use son_ir::{NodeId, Op, Type};

impl Patterns<'_, '_> {
    pub(super) fn zero_extend(&mut self, node: NodeId, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let inst = match from.bits() {
            32 => MachineInst::new(M::MovRR, 4),
            bits => MachineInst::new(M::UbfmI, 4).imm(field(0, i64::from(bits) - 1)),
        };
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }

    pub(super) fn sign_extend(&mut self, node: NodeId, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        if from != Type::I1 && self.s.is(a, Op::Load) && self.s.can_take_in(a) {
            let access = self.s.access(a);
            let bytes = from.bytes() as u8;
            let mem = self.address(self.s.input(a, 2), bytes);
            let inst = match bytes {
                4 if width(ty) == 4 => MachineInst::new(M::Load, 4),
                _ => MachineInst::new(M::LoadS, bytes).from_size(width(ty)),
            };
            let tile = Tile::new(mem.of(inst), ty).with_all(&mem.registers);
            return self.s.cover(node, tile.access(Some(access)));
        }
        let inst = sized(M::SbfmI, ty).imm(field(0, i64::from(from.bits()) - 1));
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }

    /// Bits from an integer register to a float register and back; between registers of one kind nothing changes.
    pub(super) fn bitcast(&mut self, node: NodeId, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let bytes = ty.bytes() as u8;
        let inst = match (is_float(ty), is_float(from)) {
            (true, false) => MachineInst::new(M::FmovFI, bytes.max(4)),
            (false, true) => MachineInst::new(M::FmovIF, bytes.max(4)),
            (true, true) => MachineInst::new(M::FmovRR, 16),
            (false, false) => sized(M::MovRR, ty),
        };
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }

    /// Float to integer, towards zero.
    pub(super) fn float_to_int(&mut self, node: NodeId, op: M, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let inst = sized(op, ty).from_size(from.bytes() as u8);
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }

    /// Integer of 32 or 64 bits to float.
    pub(super) fn int_to_float(&mut self, node: NodeId, op: M, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let inst = MachineInst::new(op, ty.bytes() as u8).from_size(width(from));
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }

    pub(super) fn float_to_float(&mut self, node: NodeId, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let inst = MachineInst::new(M::Fcvt, ty.bytes() as u8).from_size(from.bytes() as u8);
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }
}
