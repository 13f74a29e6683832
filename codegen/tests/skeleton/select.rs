//! Selection: sums, differences, products, constants, and branches on compares.

use crate::ops::{Cond, Op as M};
use son_codegen::machine::MachineInst;
use son_codegen::select::{Operand, Select, Selection, Tile};
use son_ir::{NodeId, Op, Type};

/// The patterns.
pub(crate) struct Patterns;

/// Bytes of the compare of two values.
fn size(ty: Type) -> Option<u8> {
    let known = ty == Type::PTR || ty == Type::I32 || ty == Type::I64;
    known.then_some(ty.bytes() as u8)
}

impl Select for Patterns {
    fn select(&self, s: &mut Selection, node: NodeId) {
        let op = match s.op(node) {
            Op::Add => M::Add,
            Op::Sub => M::Sub,
            Op::Mul => M::Mul,
            _ => return s.refuse(node),
        };
        let (ty, a, b) = (s.ty(node), s.input(node, 0), s.input(node, 1));
        let short = s.constant(b).filter(|constant| op == M::Add && i8::try_from(*constant).is_ok());
        let tile = match short {
            Some(constant) => Tile::new(MachineInst::new(M::AddConstant, 8).imm(constant), ty).with(Operand::Value(a)),
            None => Tile::new(MachineInst::new(op, 8), ty).with(Operand::Value(a)).with(Operand::Value(b)),
        };
        s.cover(node, tile);
    }

    /// The instruction has no `<=`: that is `>=` of the operands exchanged.
    fn condition(&self, s: &mut Selection, branch: NodeId) -> Operand {
        let condition = s.input(branch, 1);
        let (cond, exchanged) = match s.op(condition) {
            Op::Eq => (Cond::Eq, false),
            Op::Ne => (Cond::Ne, false),
            Op::Slt => (Cond::SignedLess, false),
            Op::Sle => (Cond::SignedNotLess, true),
            Op::Ult => (Cond::Less, false),
            Op::Ule => (Cond::NotLess, true),
            _ => {
                s.refuse(condition);
                return Operand::Value(condition);
            }
        };
        let (a, b) = (s.input(condition, 0), s.input(condition, 1));
        let Some(size) = size(s.ty(a)) else {
            s.refuse(condition);
            return Operand::Value(condition);
        };
        let (a, b) = if exchanged { (b, a) } else { (a, b) };
        let tile = Tile::new(MachineInst::new(M::Branch, size).cond(cond), Type::I1).late();
        s.inner(tile.with(Operand::Value(a)).with(Operand::Value(b)))
    }

    fn leaf(&self, s: &mut Selection, node: NodeId, _fresh: bool) -> Tile {
        let constant = s.constant(node);
        if constant.is_none() {
            s.refuse(node);
        }
        Tile::new(MachineInst::new(M::Constant, 8).imm(constant.unwrap_or(0)), s.ty(node)).late()
    }

    fn complex(&self, s: &mut Selection, node: NodeId) {
        for (index, _) in s.values_taken(node) {
            let value = Operand::Fresh(s.input(node, index));
            s.replace_input(node, index, value);
        }
    }
}
