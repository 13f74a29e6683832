//! Float arithmetic.

use super::{Patterns, value};
use crate::aarch64::ops::Op as M;
use crate::machine::MachineInst;
use crate::select::Tile;
use son_ir::{NodeFlags, NodeId, Op};

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
        let op = self.s.op(node);
        if !matches!(op, Op::FMa | Op::FAdd | Op::FSub | Op::FNeg) {
            return false;
        }
        let (a, b) = (self.s.input(node, 0), self.s.input(node, if op == Op::FNeg { 0 } else { 1 }));
        let factors = match op {
            Op::FMa => Some([a, b, self.s.input(node, 2)].map(|input| (input, false))),
            Op::FAdd if self.may_contract(node) => self.sum(a, b, false).or_else(|| self.sum(b, a, false)),
            Op::FSub if self.may_contract(node) => {
                let minuend = self.sum(a, b, true);
                minuend.or_else(|| self.sum(b, a, false).map(|[x, y, c]| [(x.0, !x.1), y, c]))
            }
            Op::FNeg if self.s.is(a, Op::FMul) && self.is_inner(a) => {
                let factors = [self.s.input(a, 0), self.s.input(a, 1)];
                let inst = MachineInst::new(M::Fnmul, self.s.ty(node).bytes() as u8);
                let tile = Tile::new(inst, self.s.ty(node)).with_all(&factors.map(value));
                self.s.cover(node, tile);
                return true;
            }
            _ => None,
        };
        let Some(factors) = factors else { return false };
        let [x, y, c] = factors.map(|(input, negated)| self.without_sign(input, negated));
        let op = match (x.1 ^ y.1, c.1) {
            (false, false) => M::Fmadd,
            (true, false) => M::Fmsub,
            (false, true) => M::Fnmsub,
            (true, true) => M::Fnmadd,
        };
        let tile = Tile::new(MachineInst::new(op, self.s.ty(node).bytes() as u8), self.s.ty(node));
        self.s.cover(node, tile.with_all(&[x.0, y.0, c.0].map(value)));
        true
    }

    /// A product that may be rounded together with its sum, as two factors, and the addend; each with whether it is
    /// negated.
    fn sum(&self, product: NodeId, addend: NodeId, negated: bool) -> Option<[(NodeId, bool); 3]> {
        let fits = self.s.is(product, Op::FMul) && self.may_contract(product) && self.is_inner(product);
        let factor = |index: usize| (self.s.input(product, index), false);
        fits.then(|| [factor(0), factor(1), (addend, negated)])
    }

    fn may_contract(&self, node: NodeId) -> bool {
        self.s.graph.flags(node).has(NodeFlags::CONTRACT)
    }

    /// Is the node needed by its one user only?
    fn is_inner(&self, node: NodeId) -> bool {
        self.s.sole(node) && !self.s.is_demanded(node)
    }

    /// The number of which this is the negative, if it is one.
    fn without_sign(&self, node: NodeId, negated: bool) -> (NodeId, bool) {
        match self.s.is(node, Op::FNeg) {
            true => (self.s.input(node, 0), !negated),
            false => (node, negated),
        }
    }
}
