//! Loads, stores, and operations on memory in place.

use super::{Patterns, value};
use crate::machine::MachineInst;
use crate::select::{Access, Tile};
use crate::x64::ops::Op as M;
use son_ir::analysis::ideal_effects;
use son_ir::{NodeId, Op, OpFlags, Type};

/// Writes between a load and the store that changes what it read, at most: real ones are few.
const MAX_WRITES_BETWEEN: usize = 8;

fn is_float(ty: Type) -> bool {
    ty.is_float() || ty.is_vector()
}

impl Patterns<'_, '_> {
    pub(super) fn load_value(&mut self, node: NodeId) {
        let ty = self.s.ty(node);
        let access = self.s.access(node);
        let mem = self.address(self.s.input(node, 2));
        let op = if is_float(ty) { M::MovsRM } else { M::MovRM };
        let inst = MachineInst::new(op, ty.bytes() as u8).at(mem.address);
        self.s.cover(node, Tile::new(inst, ty).with_all(&mem.registers).access(Some(access)));
    }

    pub(super) fn store(&mut self, node: NodeId) {
        if self.store_in_place(node) {
            return;
        }
        let access = self.s.access(node);
        let stored = self.s.input(node, 3);
        let mem = self.address(self.s.input(node, 2));
        let ty = self.s.ty(stored);
        let size = ty.bytes() as u8;
        let tile = |op| Tile::new(MachineInst::new(op, size).at(mem.address), Type::MEM).with_all(&mem.registers);
        let tile = match self.stored_constant(stored, ty) {
            Some(imm) => {
                let inst = MachineInst::new(M::MovMI, size).at(mem.address).imm(imm);
                Tile::new(inst, Type::MEM).with_all(&mem.registers)
            }
            None if is_float(ty) => tile(M::MovsMR).with(value(stored)),
            None => tile(M::MovMR).with(value(stored)),
        };
        self.s.cover(node, tile.access(Some(access)));
    }

    /// The bits of a constant that an instruction can store, sign-extended from 32 bits.
    fn stored_constant(&self, stored: NodeId, ty: Type) -> Option<i64> {
        let bits = self.s.graph.constant(stored)?;
        let signed = match ty.bytes() {
            1 => i64::from(bits as i8),
            2 => i64::from(bits as i16),
            4 => i64::from(bits as i32),
            8 => bits as i64,
            _ => return None,
        };
        i32::try_from(signed).is_ok().then_some(signed)
    }

    /// `[p] = op([p], x)` in one instruction.
    fn store_in_place(&mut self, node: NodeId) -> bool {
        let stored = self.s.input(node, 3);
        let (ty, op) = (self.s.ty(stored), self.s.op(stored));
        let Some([with_register, with_imm]) = in_place(op) else { return false };
        if !matches!(ty.bits(), 8 | 16 | 32 | 64) || !self.s.sole(stored) {
            return false;
        }
        let sides = 1 + op.is(OpFlags::COMMUTES) as usize;
        let Some(at) = (0..sides).find(|&at| self.reads_for(self.s.input(stored, at), node, ty)) else { return false };
        let other = (self.s.graph.num_inputs(stored) > 1).then(|| self.s.input(stored, 1 - at));
        let imm = other.and_then(|other| self.immediate(other));
        let form = match imm {
            Some(-1) if op == Op::Xor => M::NotM,
            Some(_) => with_imm,
            None => with_register,
        };
        let access = self.s.access(node);
        let mem = self.address(self.s.input(node, 2));
        let inst = MachineInst::new(form, ty.bytes() as u8).at(mem.address);
        let inst = if form == with_imm { inst.imm(imm.unwrap_or(0)) } else { inst };
        let tile = Tile::new(inst, Type::MEM).with_all(&mem.registers);
        let register = other.filter(|_| imm.is_none());
        let tile = register.into_iter().fold(tile, |tile, other| tile.with(value(other)));
        self.s.cover(node, tile.access(Some(access)));
        true
    }

    /// May the store take in the load, because it reads the same place in the state that the store changes?
    fn reads_for(&self, load: NodeId, store: NodeId, ty: Type) -> bool {
        self.s.is(load, Op::Load)
            && self.s.ty(load) == ty
            && self.s.input(load, 2) == self.s.input(store, 2)
            && self.s.can_take_in(load)
            && self.sees_same(self.s.access(load), self.s.access(store))
    }

    /// Is nothing that the load could see written between the state that it reads and the one that the store takes?
    fn sees_same(&self, load: Access, store: Access) -> bool {
        if load.class != store.class {
            return false;
        }
        let mut state = store.memory;
        for _ in 0..MAX_WRITES_BETWEEN {
            if state == load.memory {
                return true;
            }
            let node = if self.s.is(state, Op::Proj) { self.s.input(state, 0) } else { state };
            let op = self.s.op(node);
            let effects = ideal_effects(self.s.graph, node, op);
            match effects.memory {
                Some(at) if !effects.overwrites(load.class) => state = self.s.input(node, at as usize),
                _ => return false,
            }
        }
        false
    }
}

/// The forms of an operation on memory: with a register (or `cl`), with an immediate.
fn in_place(op: Op) -> Option<[M; 2]> {
    Some(match op {
        Op::Add => [M::AddMR, M::AddMI],
        Op::Sub => [M::SubMR, M::SubMI],
        Op::And => [M::AndMR, M::AndMI],
        Op::Or => [M::OrMR, M::OrMI],
        Op::Xor => [M::XorMR, M::XorMI],
        Op::Shl => [M::ShlMC, M::ShlMI],
        Op::LShr => [M::ShrMC, M::ShrMI],
        Op::AShr => [M::SarMC, M::SarMI],
        Op::Neg => [M::NegM, M::NegM],
        _ => return None,
    })
}
