//! Selection for x86-64: which instructions compute which ideal nodes. Patterns are grouped by family.
//!
//! Laws for authors of patterns:
//!
//! - Integers below 32 bits live in 32-bit registers; the bits above their type are anything. Arithmetic that does not
//!   look at them is done on 32 bits; legalization extends the inputs of everything that does, but for compares, which
//!   exist in all sizes.
//! - A load is taken in only after [`Selection::can_take_in`] said yes, and only if all nodes between it and the root
//!   of the tile have one use.
//! - A pattern that takes in a node with more uses recomputes it: addresses, compares and constants only.

mod address;
mod compare;
mod convert;
mod effect;
mod float;
mod integer;
mod leaf;
mod memory;
mod multiply;

pub use address::Mem;

use super::ops::Op as M;
use crate::machine::{MachineInst, Opcode};
use crate::select::{Access, Operand, Select, Selection, Tile};
use crate::x64::features::Features;
use son_ir::{NodeId, Op, Type};

/// The patterns, with what the CPU can do.
#[derive(Clone, Copy, Debug, Default)]
pub struct X64Select {
    /// Extensions of the instruction set.
    pub features: Features,
}

/// The patterns at work.
struct Patterns<'s, 'a> {
    s: &'s mut Selection<'a>,
    features: Features,
}

impl Select for X64Select {
    fn select(&self, selection: &mut Selection, node: NodeId) {
        Patterns { s: selection, features: self.features }.select(node);
    }

    fn condition(&self, selection: &mut Selection, branch: NodeId) -> Operand {
        let condition = selection.input(branch, 1);
        Patterns { s: selection, features: self.features }.branch_condition(condition)
    }

    fn leaf(&self, selection: &mut Selection, node: NodeId, _fresh: bool) -> Tile {
        Patterns { s: selection, features: self.features }.leaf(node)
    }

    fn complex(&self, selection: &mut Selection, node: NodeId) {
        Patterns { s: selection, features: self.features }.complex(node);
    }
}

/// The value of a node in a register.
fn value(node: NodeId) -> Operand {
    Operand::Value(node)
}

/// Width of the integer operation on a type: 4 or 8 bytes.
fn width(ty: Type) -> u8 {
    if ty.bits() > 32 { 8 } else { 4 }
}

/// An instruction as wide as the operation on a type.
fn sized(op: impl Into<Opcode>, ty: Type) -> MachineInst {
    MachineInst::new(op, width(ty))
}

/// The constant as an immediate.
fn fits(value: i64) -> Option<i64> {
    i32::try_from(value).is_ok().then_some(value)
}

impl Patterns<'_, '_> {
    /// An immediate operand: a constant that 32 bits hold, sign-extended.
    fn immediate(&self, node: NodeId) -> Option<i64> {
        let constant = self.s.constant(node)?;
        fits(if self.s.ty(node) == Type::I1 { constant & 1 } else { constant })
    }

    /// The load of exactly so many bytes that the tile may take in: its address and access.
    fn load(&mut self, node: NodeId, bytes: u32) -> Option<(Mem, Access)> {
        if self.s.is(node, Op::Load) && self.s.ty(node).bytes() == bytes && self.s.can_take_in(node) {
            let access = self.s.access(node);
            return Some((self.address(self.s.input(node, 2)), access));
        }
        None
    }

    fn select(&mut self, node: NodeId) {
        let ty = self.s.ty(node);
        let (a, b) = match self.s.graph.num_inputs(node) {
            0 => (node, node),
            1 => (self.s.input(node, 0), node),
            _ => (self.s.input(node, 0), self.s.input(node, 1)),
        };
        match self.s.op(node) {
            _ if self.features.fma && self.fused(node) => {}
            Op::Add => self.add(node, a, b),
            Op::Sub => self.sub(node, a, b),
            Op::And => self.and(node, a, b),
            Op::Or => self.binary(node, [M::OrRR, M::OrRI, M::OrRM], a, b),
            Op::Xor => self.xor(node, a, b),
            Op::Neg => self.unary(node, M::NegR, a),
            Op::Mul => self.mul(node, a, b),
            Op::SMulHigh => self.mul_high(node, M::Imul, a, b),
            Op::UMulHigh => self.mul_high(node, M::Mul, a, b),
            Op::SDiv | Op::SRem => self.divide(node, Op::SDiv, M::Idiv),
            Op::UDiv | Op::URem => self.divide(node, Op::UDiv, M::Div),
            Op::Shl => self.shift(node, [M::ShlRI, M::ShlRC, M::Shlx], a, b),
            Op::LShr => self.shift(node, [M::ShrRI, M::ShrRC, M::Shrx], a, b),
            Op::AShr => self.shift(node, [M::SarRI, M::SarRC, M::Sarx], a, b),
            Op::Fshl | Op::Fshr => self.funnel(node),
            Op::Ctpop => self.population(node, a),
            Op::Ctlz => self.leading_zeros(node, a),
            Op::Cttz => self.trailing_zeros(node, a),
            Op::Bswap => self.byte_swap(node, a),
            Op::SMin | Op::SMax | Op::UMin | Op::UMax => self.min_max(node, a, b),
            Op::SAddOverflow => self.checked(node, [M::CheckedAddRR, M::CheckedAddRI]),
            Op::SSubOverflow => self.checked(node, [M::CheckedSubRR, M::CheckedSubRI]),
            Op::SMulOverflow => self.checked(node, [M::CheckedImulRR, M::CheckedImulRRI]),
            Op::UMulOverflow => self.checked_unsigned_mul(node, a, b),
            Op::PtrAdd => self.pointer(node),
            op if op.is_int_compare() || op.is_float_compare() => self.set(node),
            Op::Select => self.select_value(node),
            Op::ZExt => self.zero_extend(node, a),
            Op::SExt => self.sign_extend(node, a),
            Op::Bitcast => self.bitcast(node, a),
            Op::FToS => self.float_to_int(node, a, false),
            Op::FToU => self.float_to_int(node, a, true),
            Op::SToF => self.int_to_float(node, a, false),
            Op::UToF => self.int_to_float(node, a, true),
            Op::FExt | Op::FTrunc => self.float_to_float(node, a),
            Op::FAdd => self.float_binary(node, [M::AddfRR, M::AddfRM], a, b, true),
            Op::FSub => self.float_binary(node, [M::SubfRR, M::SubfRM], a, b, false),
            Op::FMul => self.float_binary(node, [M::MulfRR, M::MulfRM], a, b, true),
            Op::FDiv => self.float_binary(node, [M::DivfRR, M::DivfRM], a, b, false),
            Op::FNeg | Op::FAbs => self.float_sign(node, a),
            Op::FCopySign => self.copy_sign(node, a, b),
            Op::FSqrt => self.square_root(node, a),
            Op::FFloor | Op::FCeil | Op::FRoundZero | Op::FRint if self.features.sse41 => self.round(node, a),
            Op::FFloor | Op::FCeil | Op::FRoundZero | Op::FRint | Op::FRound => self.s.keep(node),
            Op::FRem | Op::FMa => self.s.keep(node),
            Op::FMin => self.float_minimum(node, M::MinfRR, a, b),
            Op::FMax => self.float_minimum(node, M::MaxfRR, a, b),
            Op::Load => self.load_value(node),
            Op::Store => self.store(node),
            Op::FrameAddr => self.s.cover(node, Tile::new(MachineInst::new(M::FrameAddress, 8), ty)),
            Op::ReturnAddr => self.s.cover(node, Tile::new(MachineInst::new(M::ReturnAddress, 8), ty)),
            _ => self.effect(node),
        }
    }
}
