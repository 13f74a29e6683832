//! Conversions between integers, and between registers of different kinds.

use super::{Patterns, value, width};
use crate::machine::MachineInst;
use crate::select::Tile;
use crate::x64::ops::Op as M;
use son_ir::{NodeId, Type};

impl Patterns<'_, '_> {
    pub(super) fn zero_extend(&mut self, node: NodeId, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        if let Some((mem, access)) = self.load(a, from.bytes()) {
            let inst = match from.bytes() {
                size @ (1 | 2) => MachineInst::new(M::MovzxRM, 4).from_size(size as u8),
                size => MachineInst::new(M::MovRM, size as u8),
            };
            let tile = Tile::new(inst.at(mem.address), ty).with_all(&mem.registers);
            return self.s.cover(node, tile.access(Some(access)));
        }
        let inst = match from.bits() {
            1 => MachineInst::new(M::AndRI, 4).imm(1),
            8 | 16 => MachineInst::new(M::MovzxRR, 4).from_size(from.bytes() as u8),
            _ => MachineInst::new(M::MovRR, 4),
        };
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }

    pub(super) fn sign_extend(&mut self, node: NodeId, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let size = width(ty);
        if from == Type::I1 {
            return self.spread_bit(node, a);
        }
        let from_size = from.bytes() as u8;
        if let Some((mem, access)) = self.load(a, from.bytes()) {
            let inst = MachineInst::new(M::MovsxRM, size).from_size(from_size).at(mem.address);
            let tile = Tile::new(inst, ty).with_all(&mem.registers);
            return self.s.cover(node, tile.access(Some(access)));
        }
        let inst = MachineInst::new(M::MovsxRR, size).from_size(from_size);
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }

    /// All ones for 1.
    fn spread_bit(&mut self, node: NodeId, a: NodeId) {
        let ty = self.s.ty(node);
        let bit = match self.s.is_zero_above(a) {
            true => value(a),
            false => self.s.inner(Tile::new(MachineInst::new(M::AndRI, 4).imm(1), Type::I32).with(value(a))),
        };
        self.s.cover(node, Tile::new(super::sized(M::NegR, ty), ty).with(bit));
    }

    /// Bits from an integer register to a float register and back; between float registers nothing moves.
    pub(super) fn bitcast(&mut self, node: NodeId, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let float = |ty: Type| ty.is_float() || ty.is_vector();
        let bytes = ty.bytes() as u8;
        if let Some((mem, access)) = self.load(a, from.bytes()) {
            let op = if float(ty) { M::MovsRM } else { M::MovRM };
            let tile = Tile::new(MachineInst::new(op, bytes).at(mem.address), ty).with_all(&mem.registers);
            return self.s.cover(node, tile.access(Some(access)));
        }
        let inst = match (float(ty), float(from)) {
            (true, false) => MachineInst::new(M::MovFI, bytes.max(4)),
            (false, true) => MachineInst::new(M::MovIF, bytes.max(4)),
            (true, true) => MachineInst::new(M::MovsRR, 16),
            (false, false) => MachineInst::new(M::MovRR, width(ty)),
        };
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }

    /// Float to integer, towards zero. A narrow or unsigned result comes out of a wider signed conversion.
    pub(super) fn float_to_int(&mut self, node: NodeId, a: NodeId, unsigned: bool) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let from_size = from.bytes() as u8;
        let (op, size) = match (unsigned, ty.bits()) {
            (true, 64) => (M::CvtUF, 8),
            (true, 32) | (false, 33..=64) => (M::CvtIF, 8),
            _ => (M::CvtIF, 4),
        };
        if op == M::CvtIF
            && let Some((mem, access)) = self.load(a, from.bytes())
        {
            let inst = MachineInst::new(M::CvtIFM, size).from_size(from_size).at(mem.address);
            let tile = Tile::new(inst, ty).with_all(&mem.registers);
            return self.s.cover(node, tile.access(Some(access)));
        }
        self.s.cover(node, Tile::new(MachineInst::new(op, size).from_size(from_size), ty).with(value(a)));
    }

    /// Integer of 32 or 64 bits to float. An unsigned one of 32 bits is a positive one of 64.
    pub(super) fn int_to_float(&mut self, node: NodeId, a: NodeId, unsigned: bool) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let size = ty.bytes() as u8;
        if !unsigned && let Some((mem, access)) = self.load(a, from.bytes()) {
            let inst = MachineInst::new(M::CvtFIM, size).from_size(from.bytes() as u8).at(mem.address);
            let tile = Tile::new(inst, ty).with_all(&mem.registers);
            return self.s.cover(node, tile.access(Some(access)));
        }
        let inst = match (unsigned, from.bits()) {
            (true, 64) => MachineInst::new(M::CvtFU, size).from_size(8),
            (true, _) => {
                let wide = match self.s.is_zero_above(self.s.strip(a)) && self.s.strip(a) == a {
                    true => value(a),
                    false => self.s.inner(Tile::new(MachineInst::new(M::MovRR, 4), Type::I64).with(value(a))),
                };
                let inst = MachineInst::new(M::CvtFI, size).from_size(8);
                return self.s.cover(node, Tile::new(inst, ty).with(wide));
            }
            (false, _) => MachineInst::new(M::CvtFI, size).from_size(from.bytes() as u8),
        };
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }

    pub(super) fn float_to_float(&mut self, node: NodeId, a: NodeId) {
        let (ty, from) = (self.s.ty(node), self.s.ty(a));
        let size = ty.bytes() as u8;
        let from_size = from.bytes() as u8;
        if let Some((mem, access)) = self.load(a, from.bytes()) {
            let inst = MachineInst::new(M::CvtFFM, size).from_size(from_size).at(mem.address);
            let tile = Tile::new(inst, ty).with_all(&mem.registers);
            return self.s.cover(node, tile.access(Some(access)));
        }
        let inst = MachineInst::new(M::CvtFF, size).from_size(from_size);
        self.s.cover(node, Tile::new(inst, ty).with(value(a)));
    }
}
