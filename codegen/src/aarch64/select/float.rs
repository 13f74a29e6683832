//! Float arithmetic.

use super::{Patterns, value};
use crate::aarch64::ops::Op as M;
use crate::machine::MachineInst;
use crate::select::Tile;
use son_ir::{NodeId, Op};

/// The instruction that computes a float op from its inputs.
fn instruction(op: Op) -> Option<M> {
    Some(match op {
        Op::FAdd => M::Fadd,
        Op::FSub => M::Fsub,
        Op::FMul => M::Fmul,
        Op::FDiv => M::Fdiv,
        Op::FNeg => M::Fneg,
        Op::FAbs => M::Fabs,
        Op::FSqrt => M::Fsqrt,
        Op::FCopySign => M::CopySign,
        Op::FMin => M::Fminnm,
        Op::FMax => M::Fmaxnm,
        Op::FMa => M::Fmadd,
        Op::FFloor => M::Frintm,
        Op::FCeil => M::Frintp,
        Op::FRoundZero => M::Frintz,
        Op::FRint => M::Frintn,
        Op::FRound => M::Frinta,
        _ => return None,
    })
}

impl Patterns<'_, '_> {
    /// Covers an op on floats; false if it is none.
    pub(super) fn float_op(&mut self, node: NodeId) -> bool {
        let Some(op) = instruction(self.s.op(node)) else { return false };
        let ty = self.s.ty(node);
        let tile = Tile::new(MachineInst::new(op, ty.bytes() as u8), ty);
        let tile = self.s.graph.inputs(node).fold(tile, |tile, input| tile.with(value(input)));
        self.s.cover(node, tile);
        true
    }
}
