//! Arithmetic, comparisons, conversions.

use son_ir::{NodeFlags, NodeId, Op, Type};

use super::function::Translator;
use crate::ast::{BinaryOp, CastOp, FloatPredicate, Inst, InstFlags, InstKind, IntPredicate, Operand, Value};
use crate::error::Result;
use crate::types::{Type as Ast, TypeId};

fn select_flags(flags: InstFlags, table: &[(InstFlags, NodeFlags)]) -> NodeFlags {
    if flags == InstFlags::default() {
        return NodeFlags::NONE;
    }
    let set = table.iter().filter(|(flag, _)| flags.contains(*flag));
    set.fold(NodeFlags::NONE, |all, (_, flag)| all.or(*flag))
}

const FAST: &[(InstFlags, NodeFlags)] = &[
    (InstFlags::NNAN, NodeFlags::NNAN),
    (InstFlags::NINF, NodeFlags::NINF),
    (InstFlags::NSZ, NodeFlags::NSZ),
    (InstFlags::ARCP, NodeFlags::ARCP),
    (InstFlags::CONTRACT, NodeFlags::CONTRACT),
    (InstFlags::AFN, NodeFlags::AFN),
    (InstFlags::REASSOC, NodeFlags::REASSOC),
];

pub(super) fn fast_flags(flags: InstFlags) -> NodeFlags {
    select_flags(flags, FAST)
}

/// Flags of integer and float operators.
pub(super) fn wrap_flags(flags: InstFlags) -> NodeFlags {
    const WRAP: &[(InstFlags, NodeFlags)] = &[
        (InstFlags::NSW, NodeFlags::NSW),
        (InstFlags::NUW, NodeFlags::NUW),
        (InstFlags::EXACT, NodeFlags::EXACT),
        (InstFlags::DISJOINT, NodeFlags::DISJOINT),
    ];
    select_flags(flags, WRAP).or(fast_flags(flags))
}

/// Flags of conversions.
pub(super) fn cast_flags(flags: InstFlags) -> NodeFlags {
    const CAST: &[(InstFlags, NodeFlags)] =
        &[(InstFlags::NSW, NodeFlags::NSW), (InstFlags::NUW, NodeFlags::NUW), (InstFlags::NNEG, NodeFlags::NUW)];
    select_flags(flags, CAST).or(fast_flags(flags))
}

/// The op of a binary operator, the flags that mean something for it, and whether it may trap.
fn binary(op: BinaryOp) -> (Op, NodeFlags, bool) {
    const NONE: NodeFlags = NodeFlags::NONE;
    const WRAP: NodeFlags = NodeFlags::NSW.or(NodeFlags::NUW);
    match op {
        BinaryOp::Add => (Op::Add, WRAP, false),
        BinaryOp::Sub => (Op::Sub, WRAP, false),
        BinaryOp::Mul => (Op::Mul, WRAP, false),
        BinaryOp::UDiv => (Op::UDiv, NodeFlags::EXACT, true),
        BinaryOp::SDiv => (Op::SDiv, NodeFlags::EXACT, true),
        BinaryOp::URem => (Op::URem, NONE, true),
        BinaryOp::SRem => (Op::SRem, NONE, true),
        BinaryOp::Shl => (Op::Shl, WRAP, false),
        BinaryOp::LShr => (Op::LShr, NodeFlags::EXACT, false),
        BinaryOp::AShr => (Op::AShr, NodeFlags::EXACT, false),
        BinaryOp::And => (Op::And, NONE, false),
        BinaryOp::Or => (Op::Or, NodeFlags::DISJOINT, false),
        BinaryOp::Xor => (Op::Xor, NONE, false),
        BinaryOp::FAdd => (Op::FAdd, NodeFlags::FAST, false),
        BinaryOp::FSub => (Op::FSub, NodeFlags::FAST, false),
        BinaryOp::FMul => (Op::FMul, NodeFlags::FAST, false),
        BinaryOp::FDiv => (Op::FDiv, NodeFlags::FAST, false),
        BinaryOp::FRem => (Op::FRem, NodeFlags::FAST, false),
    }
}

impl Translator<'_, '_, '_> {
    #[inline]
    pub(super) fn binary(
        &mut self,
        inst: &Inst,
        op: BinaryOp,
        flags: InstFlags,
        left: Operand,
        right: Value,
    ) -> Result<()> {
        if self.is_wide(left.ty) {
            return self.wide_binary(inst, op, left, Operand { ty: left.ty, value: right });
        }
        if self.is_quad(left.ty) {
            return self.quad_binary(inst, op, left, right);
        }
        let (a, b) = (self.scalar(left)?, self.scalar_of(left.ty, right)?);
        let node = self.binary_node(op, wrap_flags(flags), left.ty, a, b)?;
        self.set(inst, node);
        Ok(())
    }

    #[inline]
    pub(super) fn binary_node(
        &mut self,
        op: BinaryOp,
        flags: NodeFlags,
        ty: TypeId,
        a: NodeId,
        b: NodeId,
    ) -> Result<NodeId> {
        let ty = self.number_type(ty)?;
        let (op, allowed, traps) = binary(op);
        let flags = flags.and(allowed);
        Ok(match traps {
            true => self.builder.pinned(op, ty, flags, &[a, b]),
            false => self.builder.pure_with(op, ty, flags, 0, &[a, b]),
        })
    }

    /// Not, of an `i1`.
    pub(super) fn not(&mut self, node: NodeId) -> NodeId {
        let one = self.builder.iconst(Type::I1, 1);
        self.builder.pure(Op::Xor, Type::I1, &[node, one])
    }

    #[inline]
    pub(super) fn int_compare_node(
        &mut self,
        predicate: IntPredicate,
        ty: TypeId,
        a: NodeId,
        b: NodeId,
    ) -> Result<NodeId> {
        let ty = self.number_type(ty)?;
        let (op, a, b) = match predicate {
            IntPredicate::Eq => (Op::Eq, a, b),
            IntPredicate::Ne => (Op::Ne, a, b),
            IntPredicate::Ult => (Op::Ult, a, b),
            IntPredicate::Ule => (Op::Ule, a, b),
            IntPredicate::Ugt => (Op::Ult, b, a),
            IntPredicate::Uge => (Op::Ule, b, a),
            IntPredicate::Slt => (Op::Slt, a, b),
            IntPredicate::Sle => (Op::Sle, a, b),
            IntPredicate::Sgt => (Op::Slt, b, a),
            IntPredicate::Sge => (Op::Sle, b, a),
        };
        if ty.is_pointer() && matches!(op, Op::Slt | Op::Sle) {
            let number = |node| self.builder.pure(Op::PtrToInt, Type::I64, &[node]);
            let operands = [a, b].map(number);
            return Ok(self.builder.pure(op, Type::I1, &operands));
        }
        Ok(self.builder.pure(op, Type::I1, &[a, b]))
    }

    /// Unordered comparisons are the negations of the opposite ordered ones.
    pub(super) fn float_compare_node(
        &mut self,
        predicate: FloatPredicate,
        flags: NodeFlags,
        ty: TypeId,
        a: NodeId,
        b: NodeId,
    ) -> Result<NodeId> {
        self.number_type(ty)?;
        let (op, a, b, negated) = match predicate {
            FloatPredicate::False => return Ok(self.builder.iconst(Type::I1, 0)),
            FloatPredicate::True => return Ok(self.builder.iconst(Type::I1, 1)),
            FloatPredicate::Oeq => (Op::FEq, a, b, false),
            FloatPredicate::One => (Op::FNe, a, b, false),
            FloatPredicate::Olt => (Op::FLt, a, b, false),
            FloatPredicate::Ole => (Op::FLe, a, b, false),
            FloatPredicate::Ogt => (Op::FLt, b, a, false),
            FloatPredicate::Oge => (Op::FLe, b, a, false),
            FloatPredicate::Ord => (Op::FOrd, a, b, false),
            FloatPredicate::Une => (Op::FEq, a, b, true),
            FloatPredicate::Ueq => (Op::FNe, a, b, true),
            FloatPredicate::Uge => (Op::FLt, a, b, true),
            FloatPredicate::Ugt => (Op::FLe, a, b, true),
            FloatPredicate::Ule => (Op::FLt, b, a, true),
            FloatPredicate::Ult => (Op::FLe, b, a, true),
            FloatPredicate::Uno => (Op::FOrd, a, b, true),
        };
        let node = self.builder.pure_with(op, Type::I1, flags, 0, &[a, b]);
        Ok(if negated { self.not(node) } else { node })
    }

    #[inline]
    pub(super) fn cast(&mut self, inst: &Inst, op: CastOp, flags: InstFlags, from: Operand, to: TypeId) -> Result<()> {
        if op == CastOp::BitCast && from.ty == to {
            let parts = self.parts(from)?;
            return self.set_result(inst, to, &parts);
        }
        if self.is_wide(from.ty) || self.is_wide(to) {
            return self.wide_cast(inst, op, from, to);
        }
        if self.is_quad(from.ty) || self.is_quad(to) {
            return self.quad_cast(inst, op, from, to);
        }
        let node = self.scalar(from)?;
        let node = self.cast_node(op, cast_flags(flags), (from.ty, to), node)?;
        self.set(inst, node);
        Ok(())
    }

    /// A conversion of a scalar.
    #[inline]
    pub(super) fn cast_node(
        &mut self,
        op: CastOp,
        flags: NodeFlags,
        (from, to): (TypeId, TypeId),
        node: NodeId,
    ) -> Result<NodeId> {
        if op == CastOp::BitCast {
            return self.bitcast(from, to, node);
        }
        self.number_type(from)?;
        let ty = self.number_type(to)?;
        let wrap = NodeFlags::NSW.or(NodeFlags::NUW);
        let (op, allowed) = match op {
            CastOp::Trunc => (Op::Trunc, wrap),
            CastOp::ZExt => (Op::ZExt, NodeFlags::NUW),
            CastOp::SExt => (Op::SExt, NodeFlags::NONE),
            CastOp::FpTrunc => (Op::FTrunc, NodeFlags::FAST),
            CastOp::FpExt => (Op::FExt, NodeFlags::FAST),
            CastOp::FpToUi => (Op::FToU, NodeFlags::NONE),
            CastOp::FpToSi => (Op::FToS, NodeFlags::NONE),
            CastOp::UiToFp => (Op::UToF, NodeFlags::NUW.or(NodeFlags::FAST)),
            CastOp::SiToFp => (Op::SToF, NodeFlags::FAST),
            CastOp::PtrToInt | CastOp::PtrToAddr => {
                let number = self.builder.pure(Op::PtrToInt, Type::I64, &[node]);
                return Ok(self.resize(number, Type::I64, ty));
            }
            CastOp::IntToPtr => {
                let from = self.number_type(from)?;
                let number = self.resize(node, from, Type::I64);
                return Ok(self.builder.pure(Op::IntToPtr, Type::PTR, &[number]));
            }
            CastOp::BitCast | CastOp::AddrSpaceCast => return Err(self.unsupported("address space")),
        };
        let from = self.builder.graph().ty(node);
        let conversion = matches!(op, Op::FTrunc | Op::FExt);
        if conversion && (from.bits() < ty.bits()) != (op == Op::FExt) {
            return Err(self.unsupported(format!("conversion from '{from}' to '{ty}'")));
        }
        Ok(self.builder.pure_with(op, ty, flags.and(allowed), 0, &[node]))
    }

    fn bitcast(&mut self, from: TypeId, to: TypeId, node: NodeId) -> Result<NodeId> {
        let mut scalar = |ty| self.context.lowering.scalar(self.types, ty);
        match (scalar(from), scalar(to)) {
            (Ok(a), Ok(b)) if a == b => Ok(node),
            (Ok(a), Ok(b)) if a.bits() == b.bits() && a.is_pointer() == b.is_pointer() => {
                Ok(self.builder.pure(Op::Bitcast, b, &[node]))
            }
            _ => {
                let (from, to) = (self.types.display(from), self.types.display(to));
                Err(self.unsupported(format!("bitcast from '{from}' to '{to}'")))
            }
        }
    }

    /// An integer cut, or filled with zeros, to another width.
    pub(super) fn resize(&mut self, node: NodeId, from: Type, to: Type) -> NodeId {
        match from.bits().cmp(&to.bits()) {
            std::cmp::Ordering::Equal => node,
            std::cmp::Ordering::Greater => self.builder.pure(Op::Trunc, to, &[node]),
            std::cmp::Ordering::Less => self.builder.pure(Op::ZExt, to, &[node]),
        }
    }

    /// An integer cut, or filled with its sign, to 64 bits.
    pub(super) fn index(&mut self, node: NodeId) -> NodeId {
        match self.builder.graph().ty(node).bits() {
            64 => node,
            65.. => self.builder.pure(Op::Trunc, Type::I64, &[node]),
            _ => self.builder.pure(Op::SExt, Type::I64, &[node]),
        }
    }

    pub(super) fn select(
        &mut self,
        inst: &Inst,
        flags: InstFlags,
        condition: Operand,
        then: Operand,
        otherwise: Value,
    ) -> Result<()> {
        if matches!(self.types.get(condition.ty), Ast::Vector { .. }) {
            self.number_type(condition.ty)?;
        }
        let condition = self.scalar(condition)?;
        let left = self.parts(then)?;
        let right = self.parts(Operand { ty: then.ty, value: otherwise })?;
        let mut nodes = left.clone();
        for (node, (&a, &b)) in nodes.iter_mut().zip(left.iter().zip(&right)) {
            let ty = self.builder.graph().ty(a);
            let flags = if ty.is_float() { fast_flags(flags) } else { NodeFlags::NONE };
            *node = self.builder.pure_with(Op::Select, ty, flags, 0, &[condition, a, b]);
        }
        self.set_result(inst, then.ty, &nodes)
    }

    /// Arithmetic and conversions.
    #[inline]
    pub(super) fn computation(&mut self, inst: &Inst) -> Result<()> {
        match inst.kind {
            InstKind::Binary { op, flags, left, right } => self.binary(inst, op, flags, left, right),
            InstKind::IntCompare { predicate, left, right, .. } if self.is_wide(left.ty) => {
                self.wide_compare(inst, predicate, left, Operand { ty: left.ty, value: right })
            }
            InstKind::IntCompare { predicate, left, right, .. } => {
                let (a, b) = (self.scalar(left)?, self.scalar_of(left.ty, right)?);
                let node = self.int_compare_node(predicate, left.ty, a, b)?;
                self.set(inst, node);
                Ok(())
            }
            InstKind::FloatCompare { predicate, left, right, .. } if self.is_quad(left.ty) => {
                self.quad_compare(inst, predicate, left, right)
            }
            InstKind::FloatCompare { predicate, flags, left, right } => {
                let (a, b) = (self.scalar(left)?, self.scalar_of(left.ty, right)?);
                let node = self.float_compare_node(predicate, fast_flags(flags), left.ty, a, b)?;
                self.set(inst, node);
                Ok(())
            }
            InstKind::Cast { op, flags, from, to } => self.cast(inst, op, flags, from, to),
            InstKind::Select { flags, condition, then, otherwise } => {
                self.select(inst, flags, condition, then, otherwise)
            }
            InstKind::FNeg { operand, .. } if self.is_quad(operand.ty) => self.quad_negate(inst, operand),
            InstKind::FNeg { flags, operand } => {
                let ty = self.number_type(operand.ty)?;
                let node = self.scalar(operand)?;
                let node = self.builder.pure_with(Op::FNeg, ty, fast_flags(flags), 0, &[node]);
                self.set(inst, node);
                Ok(())
            }
            InstKind::Freeze(operand) => {
                let mut nodes = self.parts(operand)?;
                for node in &mut nodes {
                    let ty = self.builder.graph().ty(*node);
                    *node = self.builder.pure(Op::Freeze, ty, &[*node]);
                }
                self.set_result(inst, operand.ty, &nodes)
            }
            _ => self.unknown(inst),
        }
    }
}
