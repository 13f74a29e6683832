//! Selection for AArch64: which instructions compute which ideal nodes. Patterns are grouped by family.
//!
//! Laws for authors of patterns:
//!
//! - Integers below 32 bits live in 32-bit registers; the bits above their type are anything. Arithmetic that does not
//!   look at them is done on 32 bits; legalization extends the inputs of everything that does, but for compares.
//! - A load is taken in only after [`Selection::can_take_in`] said yes.
//! - A pattern that takes in a node with more uses recomputes it: addresses, compares and constants only.

mod address;
mod chain;
mod compare;
mod convert;
mod effect;
mod float;
mod integer;
mod leaf;
mod memory;
mod multiply;

pub(super) use address::{pair_reaches, reaches};

use super::encode::{add_immediate, bitmask};
use super::features::Features;
use super::ops::Op as M;
use crate::machine::{MachineInst, Opcode};
use crate::select::{Operand, Select, Selection, Tile};
use son_ir::{NodeId, Op, Type};

/// The patterns, with what the CPU can do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aarch64Select {
    /// Extensions of the instruction set.
    pub features: Features,
}

/// The patterns at work.
struct Patterns<'s, 'a> {
    s: &'s mut Selection<'a>,
    features: Features,
}

impl Select for Aarch64Select {
    fn select(&self, selection: &mut Selection, node: NodeId) {
        Patterns { s: selection, features: self.features }.select(node);
    }

    fn condition(&self, selection: &mut Selection, branch: NodeId) -> Operand {
        let condition = selection.input(branch, 1);
        Patterns { s: selection, features: self.features }.branch_condition(condition)
    }

    /// A constant in an operand is worth a register in a loop: no instruction that takes a register takes it as well.
    fn leaf(&self, selection: &mut Selection, node: NodeId, fresh: bool) -> Tile {
        let tile = Patterns { s: selection, features: self.features }.leaf(node);
        if fresh { tile } else { tile.early() }
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

/// Bits of the integer operation on a type.
fn bits(ty: Type) -> i64 {
    i64::from(width(ty)) * 8
}

/// An instruction as wide as the operation on a type.
fn sized(op: impl Into<Opcode>, ty: Type) -> MachineInst {
    MachineInst::new(op, width(ty))
}

fn is_float(ty: Type) -> bool {
    ty.is_float() || ty.is_vector()
}

impl Patterns<'_, '_> {
    /// A constant that the instructions for sums can hold, or its negative; `i1` is 0 or 1.
    fn sum_immediate(&self, node: NodeId) -> Option<i64> {
        let constant = self.s.constant(node)?;
        let constant = if self.s.ty(node) == Type::I1 { constant & 1 } else { constant };
        constant.checked_abs().and_then(add_immediate).map(|_| constant)
    }

    /// A constant that the logical instructions can hold.
    fn logic_immediate(&self, node: NodeId) -> Option<i64> {
        let (constant, ty) = (self.s.constant(node)?, self.s.ty(node));
        let zero_extended = constant & ty.mask() as i64;
        let candidates = if ty == Type::I1 { [constant & 1; 2] } else { [constant, zero_extended] };
        candidates.into_iter().find(|&bits| bitmask(bits as u64, width(ty)).is_some())
    }

    fn select(&mut self, node: NodeId) {
        let ty = self.s.ty(node);
        let (a, b) = match self.s.graph.num_inputs(node) {
            0 => (node, node),
            1 => (self.s.input(node, 0), node),
            _ => (self.s.input(node, 0), self.s.input(node, 1)),
        };
        let op = self.s.op(node);
        if ty.is_vector() && !matches!(op, Op::Load | Op::Store | Op::Bitcast | Op::Select) {
            return self.s.refuse(node);
        }
        match op {
            Op::Add => self.add(node, a, b),
            Op::Sub => self.sub(node, a, b),
            Op::And | Op::Or if self.set_chain(node) => {}
            Op::And => self.and(node, a, b),
            Op::Or => self.or(node, a, b),
            Op::Xor => self.xor(node, a, b),
            Op::Neg => self.negate(node, a),
            Op::Mul => self.mul(node, a, b),
            Op::SMulHigh => self.mul_high(node, [M::Smulh, M::Smull], a, b),
            Op::UMulHigh => self.mul_high(node, [M::Umulh, M::Umull], a, b),
            Op::SDiv => self.divide(node, M::Sdiv),
            Op::UDiv => self.divide(node, M::Udiv),
            Op::SRem => self.remainder(node, M::Sdiv),
            Op::URem => self.remainder(node, M::Udiv),
            Op::Shl | Op::LShr | Op::AShr => self.shift(node, op, a, b),
            Op::Fshl | Op::Fshr => self.funnel(node),
            Op::Ctlz => self.unary(node, M::Clz, a),
            Op::Cttz => self.trailing_zeros(node, a),
            Op::Ctpop => self.unary(node, M::Ctpop, a),
            Op::Bswap => self.unary(node, M::Rev, a),
            Op::Bitreverse => self.unary(node, M::Rbit, a),
            Op::SMin | Op::SMax | Op::UMin | Op::UMax => self.min_max(node, a, b),
            Op::SAddOverflow => self.checked(node, [M::CheckedAdd, M::CheckedAddI, M::CheckedSubI]),
            Op::SSubOverflow => self.checked(node, [M::CheckedSub, M::CheckedSubI, M::CheckedAddI]),
            Op::SMulOverflow => self.checked_product(node, M::CheckedSmul),
            Op::UMulOverflow => self.checked_product(node, M::CheckedUmul),
            Op::PtrAdd => self.pointer(node),
            op if op.is_int_compare() || op.is_float_compare() => self.set(node),
            Op::Select => self.select_value(node),
            Op::ZExt => self.zero_extend(node, a),
            Op::SExt => self.sign_extend(node, a),
            Op::Bitcast => self.bitcast(node, a),
            Op::FToS => self.float_to_int(node, M::Fcvtzs, a),
            Op::FToU => self.float_to_int(node, M::Fcvtzu, a),
            Op::SToF => self.int_to_float(node, M::Scvtf, a),
            Op::UToF => self.int_to_float(node, M::Ucvtf, a),
            Op::FExt | Op::FTrunc => self.float_to_float(node, a),
            Op::FRem => self.s.keep(node),
            Op::Load => self.load_value(node),
            Op::Store => self.store(node),
            Op::FrameAddr => self.s.cover(node, Tile::new(MachineInst::new(M::FrameAddress, 8), ty)),
            Op::ReturnAddr => self.s.cover(node, Tile::new(MachineInst::new(M::ReturnAddress, 8), ty)),
            _ if self.float_op(node) => {}
            _ => self.effect(node),
        }
    }
}
