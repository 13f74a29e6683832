//! Loads and stores.

use super::{Patterns, is_float, value};
use crate::aarch64::ops::Op as M;
use crate::machine::MachineInst;
use crate::select::Tile;
use son_ir::{NodeId, Type};

impl Patterns<'_, '_> {
    pub(super) fn load_value(&mut self, node: NodeId) {
        let ty = self.s.ty(node);
        let access = self.s.access(node);
        let size = ty.bytes() as u8;
        let mem = self.address(self.s.input(node, 2), size);
        let op = if is_float(ty) { M::LoadF } else { M::Load };
        let inst = mem.of(MachineInst::new(op, size));
        self.s.cover(node, Tile::new(inst, ty).with_all(&mem.registers).access(Some(access)));
    }

    pub(super) fn store(&mut self, node: NodeId) {
        let access = self.s.access(node);
        let stored = self.s.input(node, 3);
        let ty = self.s.ty(stored);
        let size = ty.bytes() as u8;
        let mem = self.address(self.s.input(node, 2), size);
        let tile = |op| Tile::new(mem.of(MachineInst::new(op, size)), Type::MEM).with_all(&mem.registers);
        let tile = match self.s.graph.constant(stored) {
            Some(0) if size <= 8 => tile(M::StoreZero),
            _ if is_float(ty) => tile(M::StoreF).with(value(stored)),
            _ => tile(M::Store).with(value(stored)),
        };
        self.s.cover(node, tile.access(Some(access)));
    }
}
