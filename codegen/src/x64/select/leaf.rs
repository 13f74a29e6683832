//! Constants and addresses in registers.

use super::Patterns;
use crate::machine::{Address, Base, MachineInst};
use crate::select::Tile;
use crate::select::symbols::{ThreadLocal, is_near, thread_local};
use crate::x64::ops::Op as M;
use son_ir::{NodeId, Op, SymbolId, TlsModel, Type};

impl Patterns<'_, '_> {
    pub(super) fn leaf(&mut self, node: NodeId) -> Tile {
        let (ty, payload) = (self.s.ty(node), self.s.graph.payload(node));
        match self.s.op(node) {
            Op::SymbolAddr => self.symbol(SymbolId(payload as u32)),
            Op::SlotAddr => Tile::new(lea(Base::Slot, payload as u32), ty),
            Op::BlockAddr => Tile::new(lea(Base::Block, payload as u32), ty),
            Op::WideConst => {
                let bytes = self.s.graph.tables().wide[payload as usize].to_le_bytes();
                self.float_constant(ty, &bytes)
            }
            Op::Const if ty.is_float() || ty.is_vector() => match payload {
                0 => Tile::new(MachineInst::new(M::ZeroF, 16), ty).late(),
                _ => self.float_constant(ty, &payload.to_le_bytes()[..ty.bytes() as usize]),
            },
            Op::Const => integer(ty, payload),
            _ if ty.is_float() || ty.is_vector() => Tile::new(MachineInst::new(M::ZeroF, 16), ty).late(),
            _ => integer(ty, 0),
        }
    }

    fn float_constant(&mut self, ty: Type, bytes: &[u8]) -> Tile {
        let number = self.s.constants.add(bytes);
        let address = Address::named(Base::Constant, number, 0);
        Tile::new(MachineInst::new(M::MovsRM, bytes.len() as u8).at(address), ty)
    }

    fn symbol(&mut self, id: SymbolId) -> Tile {
        let symbol = self.s.module.symbol(id);
        let inst = if symbol.tls.is_some() {
            let op = match thread_local(self.s.module, symbol) {
                ThreadLocal::Model(TlsModel::LocalExec) => M::TlsLocal,
                ThreadLocal::Model(TlsModel::InitialExec) => M::TlsInitial,
                ThreadLocal::Model(TlsModel::LocalDynamic) => M::TlsModule,
                ThreadLocal::Model(TlsModel::GeneralDynamic) => M::TlsGeneral,
                ThreadLocal::Variable => M::TlsVariable,
                ThreadLocal::Index => M::TlsIndex,
            };
            let inst = MachineInst::new(op, 8).symbol(id.0);
            MachineInst { disp: 0, ..inst }
        } else if is_near(self.s.module, symbol) {
            lea(Base::Symbol, id.0)
        } else {
            MachineInst::new(M::MovRM, 8).at(Address::named(Base::Got, id.0, 0))
        };
        Tile::new(inst, Type::PTR)
    }
}

fn lea(base: Base, symbol: u32) -> MachineInst {
    MachineInst::new(M::Lea, 8).at(Address::named(base, symbol, 0))
}

/// The shortest constant that has the right low bits: a narrow integer as a zero-extended one.
fn integer(ty: Type, bits: u64) -> Tile {
    let size = super::width(ty);
    let tile = Tile::new(MachineInst::new(M::MovI, size).imm(bits as i64), ty);
    // What needs ten bytes is worth a register in a loop.
    if i32::try_from(bits as i64).is_ok() || u32::try_from(bits).is_ok() { tile.late() } else { tile }
}
