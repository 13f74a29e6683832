//! Addresses: base and displacement, base and scaled index; slots, symbols.

use super::{Patterns, sized, value};
use crate::aarch64::encode::add_immediate;
use crate::aarch64::ops::{Op as M, extended, shifted};
use crate::machine::{Address, Base, InstFlags, MachineInst};
use crate::select::symbols::is_near;
use crate::select::{Operand, Tile};
use smallvec::{SmallVec, smallvec};
use son_ir::{NodeId, Op, SymbolId, Type};

/// A memory operand.
#[derive(Clone, Debug)]
pub(super) struct Mem {
    /// All but the registers.
    address: Address,
    /// How the index is extended.
    flags: InstFlags,
    /// Base, then index.
    pub(super) registers: SmallVec<[Operand; 2]>,
}

impl Mem {
    fn new(address: Address, registers: SmallVec<[Operand; 2]>) -> Mem {
        Mem { address, flags: InstFlags::NONE, registers }
    }

    /// The instruction with this address.
    pub(super) fn of(&self, inst: MachineInst) -> MachineInst {
        inst.at(self.address).flags(self.flags)
    }
}

/// Steps that the search for an address takes: real ones are shorter.
const MAX_STEPS: usize = 8;

impl Patterns<'_, '_> {
    /// The best memory operand for an access of so many bytes.
    pub(super) fn address(&mut self, node: NodeId, bytes: u8) -> Mem {
        let (base, disp) = self.displaced(node);
        if let Some((name, symbol)) = self.named(base, disp, bytes) {
            return Mem::new(Address::named(name, symbol, disp as i32), SmallVec::new());
        }
        if reaches(disp, bytes) {
            if disp == 0
                && let Some(mem) = self.indexed(base, bytes)
            {
                return mem;
            }
            return Mem::new(Address::reg(disp as i32), smallvec![value(base)]);
        }
        let node = self.s.strip(node);
        Mem::new(Address::reg(0), smallvec![value(node)])
    }

    /// The pointer that an address is a constant distance from.
    fn displaced(&self, node: NodeId) -> (NodeId, i64) {
        let (mut base, mut disp) = (self.s.strip(node), 0i64);
        for _ in 0..MAX_STEPS {
            let constant = self.s.is(base, Op::PtrAdd).then(|| self.s.constant(self.s.input(base, 1))).flatten();
            let sum = constant.and_then(|constant| disp.checked_add(constant));
            let Some(sum) = sum.filter(|sum| (-(1 << 24)..1 << 24).contains(sum)) else { break };
            disp = sum;
            base = self.s.strip(self.s.input(base, 0));
        }
        (base, disp)
    }

    /// The name that an address starts from, if no register is needed for it.
    fn named(&self, base: NodeId, disp: i64, bytes: u8) -> Option<(Base, u32)> {
        let row = self.s.graph.payload(base) as u32;
        match self.s.op(base) {
            Op::SlotAddr => Some((Base::Slot, row)),
            Op::SymbolAddr => {
                let symbol = self.s.module.symbol(SymbolId(row));
                let unit = u32::from(bytes);
                let aligned = symbol.align != 0 && symbol.align.is_multiple_of(unit) && disp % i64::from(unit) == 0;
                let near = symbol.tls.is_none() && is_near(self.s.module, symbol) && symbol.is_defined();
                (near && aligned).then_some((Base::Symbol, row))
            }
            _ => None,
        }
    }

    /// A pointer plus an index that nothing else is added to.
    fn indexed(&self, node: NodeId, bytes: u8) -> Option<Mem> {
        if !self.s.is(node, Op::PtrAdd) || self.s.is_demanded(node) {
            return None;
        }
        let (base, offset) = (self.s.strip(self.s.input(node, 0)), self.s.strip(self.s.input(node, 1)));
        if self.s.constant(offset).is_some() {
            return None;
        }
        if !self.s.sole(node) && self.s.is(offset, Op::Mul) && self.s.sole(offset) {
            // The pointer is one instruction with the product.
            return None;
        }
        let (index, scale) = match self.shifted_word(offset) {
            Some((index, amount)) if 1 << amount == bytes => (index, bytes),
            _ => (offset, 1),
        };
        let (index, flags) = self.index_word(index);
        // The machine's scale has one byte; all that counts is whether there is one.
        let address = Address::reg(0).indexed(scale.min(8));
        Some(Mem { address, flags, registers: smallvec![value(base), value(index)] })
    }

    /// The integer of 32 bits that an index extends, and how, unless its extension is in a register anyway.
    fn index_word(&self, index: NodeId) -> (NodeId, InstFlags) {
        let index = self.s.strip(index);
        let flags = match self.s.op(index) {
            Op::SExt => InstFlags::SIGNED_INDEX,
            Op::ZExt => InstFlags::UNSIGNED_INDEX,
            _ => return (index, InstFlags::NONE),
        };
        let word = self.s.input(index, 0);
        match self.s.ty(word) == Type::I32 && !self.s.is_demanded(index) && !self.is_extending_load(index) {
            true => (word, flags),
            false => (index, InstFlags::NONE),
        }
    }

    /// Is the extension one that a load does by itself?
    fn is_extending_load(&self, extension: NodeId) -> bool {
        let word = self.s.input(extension, 0);
        self.s.is(word, Op::Load) && self.s.sole(word)
    }

    /// A 64-bit integer shifted left by a constant.
    fn shifted_word(&self, node: NodeId) -> Option<(NodeId, i64)> {
        let fits = self.s.is(node, Op::Shl) && self.s.ty(node) == Type::I64;
        let amount = fits.then(|| self.s.constant(self.s.input(node, 1))).flatten()?;
        (0..64).contains(&amount).then(|| (self.s.input(node, 0), amount))
    }

    /// A pointer in a register.
    pub(super) fn pointer(&mut self, node: NodeId) {
        let (base, disp) = self.displaced(node);
        if base != self.s.strip(node) {
            if self.s.is(base, Op::SlotAddr) {
                let address = Address::named(Base::Slot, self.s.graph.payload(base) as u32, disp as i32);
                return self.s.cover(node, Tile::new(MachineInst::new(M::Address, 8).at(address), Type::PTR));
            }
            if add_immediate(disp.abs()).is_some() {
                let op = if disp < 0 { M::SubRI } else { M::AddRI };
                let inst = MachineInst::new(op, 8).imm(disp.abs());
                return self.s.cover(node, Tile::new(inst, Type::PTR).with(value(base)));
            }
        }
        let (pointer, offset) = (self.s.input(node, 0), self.s.input(node, 1));
        if let Some((op, x, y)) = self.product_and(node, self.s.strip(offset), [M::Madd, M::Smaddl, M::Umaddl]) {
            let tile = Tile::new(MachineInst::new(op, 8), Type::PTR).with(value(x)).with(value(y));
            return self.s.cover(node, tile.with(value(pointer)));
        }
        let (inst, offset) = self.added_offset(offset);
        let tile = Tile::new(inst, Type::PTR).with(value(pointer)).with(value(offset));
        self.s.cover(node, tile);
    }

    /// The sum of a pointer and an offset that is shifted, extended, or both.
    fn added_offset(&self, offset: NodeId) -> (MachineInst, NodeId) {
        let offset = self.s.strip(offset);
        let plain = sized(M::AddRR, Type::I64);
        let (inner, amount) = self.shifted_word(offset).unwrap_or((offset, 0));
        let from_word = |op: Op| self.s.is(inner, op) && self.s.ty(self.s.input(inner, 0)) == Type::I32;
        for (op, signed) in [(Op::SExt, true), (Op::ZExt, false)] {
            if from_word(op) && amount <= 4 {
                let inst = sized(M::AddRX, Type::I64).imm(extended(signed, 4, amount));
                return (inst, self.s.input(inner, 0));
            }
        }
        (plain.imm(shifted(0, amount)), inner)
    }
}

/// Does an access of so many bytes reach so far from a register?
pub(in crate::aarch64) fn reaches(disp: i64, bytes: u8) -> bool {
    let unit = i64::from(bytes);
    (disp % unit == 0 && (0..=4095 * unit).contains(&disp)) || (-256..256).contains(&disp)
}

/// Can the access be one of a pair? What is in the frame is near the stack pointer.
pub(in crate::aarch64) fn pair_reaches(access: &MachineInst) -> bool {
    let (disp, unit) = (access.disp, i32::from(access.size));
    match access.base {
        Base::Reg => disp % unit == 0 && (-64..64).contains(&(disp / unit)),
        Base::Slot | Base::IncomingArg | Base::OutgoingArg => disp % unit == 0,
        _ => false,
    }
}
