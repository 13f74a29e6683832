//! Addresses: base, scaled index, displacement; slots, symbols.

use super::{Patterns, sized, value};
use crate::machine::{Address, Base, MachineInst, NO_SYMBOL};
use crate::select::symbols::{ThreadLocal, is_near, thread_local};
use crate::select::{Operand, Tile};
use crate::x64::ops::Op as M;
use smallvec::SmallVec;
use son_ir::{NodeId, Op, SymbolId, TlsModel, Type};

/// A memory operand.
#[derive(Clone, Debug)]
pub struct Mem {
    /// All but the registers.
    pub address: Address,
    /// Base, then index.
    pub registers: SmallVec<[Operand; 2]>,
}

/// Steps that the search for an address takes: real ones are shorter.
const MAX_STEPS: usize = 8;

/// An address under construction.
struct Parts {
    base: Option<NodeId>,
    named: Option<(Base, u32)>,
    index: Option<(NodeId, u8)>,
    disp: i64,
}

impl Patterns<'_, '_> {
    /// The best memory operand for an address.
    pub(super) fn address(&mut self, node: NodeId) -> Mem {
        let parts = self.parts(node);
        self.memory_operand(parts)
    }

    fn parts(&self, node: NodeId) -> Parts {
        let mut parts = Parts { base: None, named: None, index: None, disp: 0 };
        let mut base = self.s.strip(node);
        for _ in 0..MAX_STEPS {
            if !self.s.is(base, Op::PtrAdd) {
                break;
            }
            let (pointer, offset) = (self.s.input(base, 0), self.s.input(base, 1));
            if !self.add_offset(&mut parts, offset) {
                break;
            }
            base = self.s.strip(pointer);
        }
        match self.named(base, parts.disp) {
            Some((name, symbol)) if name.allows_index() || parts.index.is_none() => parts.named = Some((name, symbol)),
            _ if self.s.constant(base) == Some(0) => {}
            _ => parts.base = Some(base),
        }
        parts
    }

    /// Adds an offset to the address, if there is room for it.
    fn add_offset(&self, parts: &mut Parts, offset: NodeId) -> bool {
        let mut offset = self.s.strip(offset);
        let mut disp = parts.disp;
        for _ in 0..MAX_STEPS {
            if let Some(constant) = self.s.constant(offset)
                && set_disp(parts, disp.wrapping_add(constant))
            {
                return true;
            }
            let addend = self.s.is(offset, Op::Add).then(|| self.s.constant(self.s.input(offset, 1))).flatten();
            let Some(sum) = addend.map(|constant| disp.wrapping_add(constant)) else { break };
            if i32::try_from(sum).is_err() || !self.is_word(offset) {
                break;
            }
            disp = sum;
            offset = self.s.strip(self.s.input(offset, 0));
        }
        if parts.index.is_some() {
            return false;
        }
        let (index, scale, more) = self.scaled(offset);
        let fits = set_disp(parts, disp.wrapping_add(more));
        if fits {
            parts.index = Some((index, scale));
        }
        fits
    }

    /// Is the node a 64-bit integer? Narrower ones wrap differently.
    fn is_word(&self, node: NodeId) -> bool {
        self.s.ty(node) == Type::I64
    }

    /// Takes a shift by 1 to 3 into the scale, and a constant added before the shift into the displacement.
    fn scaled(&self, offset: NodeId) -> (NodeId, u8, i64) {
        if !self.s.is(offset, Op::Shl) || !self.is_word(offset) {
            return (offset, 1, 0);
        }
        let Some(shift @ 1..=3) = self.s.constant(self.s.input(offset, 1)) else { return (offset, 1, 0) };
        let inner = self.s.strip(self.s.input(offset, 0));
        if self.s.is(inner, Op::Add)
            && self.is_word(inner)
            && let Some(constant @ -0x1000_0000..=0x0fff_ffff) = self.s.constant(self.s.input(inner, 1))
        {
            return (self.s.input(inner, 0), 1 << shift, constant << shift);
        }
        (inner, 1 << shift, 0)
    }

    /// The name that an address starts from, if no register is needed for it.
    fn named(&self, base: NodeId, disp: i64) -> Option<(Base, u32)> {
        let row = self.s.graph.payload(base) as u32;
        match self.s.op(base) {
            Op::SlotAddr => Some((Base::Slot, row)),
            Op::SymbolAddr => {
                let symbol = self.s.module.symbol(SymbolId(row));
                match symbol.tls {
                    // An addend that leaves the object could be out of the relocation's reach.
                    None if is_near(self.s.module, symbol) && disp.abs() < 1 << 24 => Some((Base::Symbol, row)),
                    Some(_) if thread_local(self.s.module, symbol) == ThreadLocal::Model(TlsModel::LocalExec) => {
                        Some((Base::ThreadLocal, row))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn memory_operand(&mut self, parts: Parts) -> Mem {
        let mut registers = SmallVec::new();
        let (base, symbol) = match (parts.named, parts.base) {
            (Some(named), _) => named,
            (None, Some(base)) => {
                registers.push(value(base));
                (Base::Reg, NO_SYMBOL)
            }
            (None, None) => (Base::None, NO_SYMBOL),
        };
        let mut scale = 0;
        if let Some((index, factor)) = parts.index {
            registers.push(value(index));
            scale = factor;
        }
        Mem { address: Address { base, scale, disp: parts.disp as i32, symbol }, registers }
    }

    /// A pointer in a register.
    pub(super) fn pointer(&mut self, node: NodeId) {
        let parts = self.parts(node);
        let inst = match (parts.named, parts.base, parts.index, parts.disp) {
            (None, Some(_), None, disp) => sized(M::AddRI, Type::I64).imm(disp),
            (None, Some(_), Some((_, 1)), 0) => sized(M::AddRR, Type::I64),
            _ => {
                let mem = self.memory_operand(parts);
                let inst = MachineInst::new(M::Lea, 8).at(mem.address);
                return self.s.cover(node, Tile::new(inst, Type::PTR).with_all(&mem.registers));
            }
        };
        let tile = Tile::new(inst, Type::PTR).with_all(&self.memory_operand(parts).registers);
        self.s.cover(node, tile);
    }
}

fn set_disp(parts: &mut Parts, disp: i64) -> bool {
    let fits = i32::try_from(disp).is_ok();
    if fits {
        parts.disp = disp;
    }
    fits
}
