//! Float arithmetic.

use super::{Patterns, value};
use crate::aarch64::ops::Op as M;
use crate::machine::MachineInst;
use crate::select::Tile;
use crate::select::fused::Fused;
use smallvec::SmallVec;
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
        if self.fused(node) {
            return true;
        }
        let Some(op) = instruction(self.s.op(node)) else { return false };
        let ty = self.s.ty(node);
        let tile = Tile::new(MachineInst::new(op, ty.bytes() as u8), ty);
        let tile = self.s.graph.inputs(node).fold(tile, |tile, input| tile.with(value(input)));
        self.s.cover(node, tile);
        true
    }

    /// Covers a product with what is added to it, or with its sign; false if the node is none.
    fn fused(&mut self, node: NodeId) -> bool {
        let (op, operands) = match self.s.fused(node) {
            Some(Fused { factors: [x, y], addend, minus_product, minus_addend }) => {
                let op = match (minus_product, minus_addend) {
                    (false, false) => M::Fmadd,
                    (true, false) => M::Fmsub,
                    (false, true) => M::Fnmsub,
                    (true, true) => M::Fnmadd,
                };
                (op, SmallVec::from_slice(&[x, y, addend]))
            }
            None => match self.negated_product(node) {
                Some(factors) => (M::Fnmul, SmallVec::<[NodeId; 3]>::from_slice(&factors)),
                None => return false,
            },
        };
        let ty = self.s.ty(node);
        let tile = Tile::new(MachineInst::new(op, ty.bytes() as u8), ty);
        self.s.cover(node, operands.into_iter().fold(tile, |tile, operand| tile.with(value(operand))));
        true
    }

    /// The factors of a product that is needed with the other sign only.
    fn negated_product(&self, node: NodeId) -> Option<[NodeId; 2]> {
        let product = self.s.is(node, Op::FNeg).then(|| self.s.input(node, 0))?;
        let inner = self.s.is(product, Op::FMul) && self.s.sole(product) && !self.s.is_demanded(product);
        inner.then(|| [self.s.input(product, 0), self.s.input(product, 1)])
    }
}
