//! Constants and addresses in registers.

use super::{Patterns, is_float, width};
use crate::aarch64::encode::{bitmask, float_immediate};
use crate::aarch64::ops::Op as M;
use crate::machine::{Address, Base, MachineInst};
use crate::select::Tile;
use crate::select::symbols::{ThreadLocal, is_near, thread_local};
use son_ir::{NodeId, Op, SymbolId, TlsModel, Type};

impl Patterns<'_, '_> {
    pub(super) fn leaf(&mut self, node: NodeId) -> Tile {
        let (ty, payload) = (self.s.ty(node), self.s.graph.payload(node));
        match self.s.op(node) {
            Op::SymbolAddr => self.symbol(SymbolId(payload as u32)),
            Op::SlotAddr => Tile::new(address(Base::Slot, payload as u32), ty),
            Op::BlockAddr => Tile::new(address(Base::Block, payload as u32), ty),
            Op::WideConst => {
                let bytes = self.s.graph.tables().wide[payload as usize].to_le_bytes();
                self.float_in_memory(ty, &bytes)
            }
            Op::Const if is_float(ty) => self.float_constant(ty, payload),
            Op::Const => integer(ty, payload),
            _ if is_float(ty) => self.float_constant(ty, 0),
            _ => integer(ty, 0),
        }
    }

    fn float_constant(&mut self, ty: Type, bits: u64) -> Tile {
        let size = ty.bytes() as u8;
        let encodes = !ty.is_vector() && float_immediate(bits, size).is_some();
        match bits == 0 || encodes {
            true => Tile::new(MachineInst::new(M::FmovI, size).imm(bits as i64), ty).late(),
            false => self.float_in_memory(ty, &bits.to_le_bytes()[..size as usize]),
        }
    }

    fn float_in_memory(&mut self, ty: Type, bytes: &[u8]) -> Tile {
        let number = self.s.constants.add(bytes);
        let address = Address::named(Base::Constant, number, 0);
        Tile::new(MachineInst::new(M::LoadF, bytes.len() as u8).at(address), ty)
    }

    fn symbol(&mut self, id: SymbolId) -> Tile {
        let symbol = self.s.module.symbol(id);
        let inst = match () {
            _ if symbol.tls.is_some() => {
                let op = match thread_local(self.s.module, symbol) {
                    ThreadLocal::Model(TlsModel::LocalExec) => M::TlsLocal,
                    ThreadLocal::Model(TlsModel::InitialExec) => M::TlsInitial,
                    ThreadLocal::Model(_) => M::TlsDescriptor,
                    ThreadLocal::Variable => M::TlsVariable,
                    ThreadLocal::Index => M::TlsIndex,
                };
                MachineInst::new(op, 8).symbol(id.0)
            }
            _ if is_near(self.s.module, symbol) => address(Base::Symbol, id.0),
            _ => address(Base::Got, id.0),
        };
        Tile::new(inst, Type::PTR)
    }
}

fn address(base: Base, symbol: u32) -> MachineInst {
    MachineInst::new(M::Address, 8).at(Address::named(base, symbol, 0))
}

/// A constant; one that takes several instructions is worth a register in a loop.
fn integer(ty: Type, bits: u64) -> Tile {
    let size = width(ty);
    let tile = Tile::new(MachineInst::new(M::MovI, size).imm(bits as i64), ty);
    let parts = |bits: u64| (0..4).filter(|part| bits >> (16 * part) & 0xffff != 0).count();
    let inverted = if size == 8 { !bits } else { u64::from(!bits as u32) };
    let short = parts(bits) <= 1 || parts(inverted) <= 1 || bitmask(bits, size).is_some();
    if short { tile.late() } else { tile }
}
