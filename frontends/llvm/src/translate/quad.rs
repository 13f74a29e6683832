//! Floats of 128 bits (`fp128`): no CPU computes with them, so each operation calls the compiler's support library or
//! the mathematical one. A value is moved as a vector of the same size, which is passed in the same registers.

use son_ir::{NodeId, Op, Type};

use super::function::Translator;
use crate::ast::{BinaryOp, CastOp, FloatPredicate, Inst, Operand, Value};
use crate::error::Result;
use crate::types::TypeId;

/// What a float of 128 bits is in the graph.
pub(super) const QUAD: Type = Type::I64.vector(2);
/// The bits of -0.
const NEGATIVE_ZERO: u128 = 1 << 127;

/// The library's comparison: what is compared with 0, how, and whether the outcome is negated.
fn comparison(predicate: FloatPredicate) -> Option<(&'static str, Op, bool)> {
    Some(match predicate {
        FloatPredicate::Oeq => ("__eqtf2", Op::Eq, false),
        FloatPredicate::Une => ("__netf2", Op::Ne, false),
        FloatPredicate::Olt => ("__lttf2", Op::Slt, false),
        FloatPredicate::Ole => ("__letf2", Op::Sle, false),
        FloatPredicate::Ogt => ("__gttf2", Op::Sle, true),
        FloatPredicate::Oge => ("__getf2", Op::Slt, true),
        FloatPredicate::Uno => ("__unordtf2", Op::Ne, false),
        FloatPredicate::Ord => ("__unordtf2", Op::Eq, false),
        FloatPredicate::Ult => ("__getf2", Op::Slt, false),
        FloatPredicate::Ule => ("__gttf2", Op::Sle, false),
        FloatPredicate::Ugt => ("__letf2", Op::Sle, true),
        FloatPredicate::Uge => ("__lttf2", Op::Slt, true),
        FloatPredicate::False | FloatPredicate::True | FloatPredicate::One | FloatPredicate::Ueq => return None,
    })
}

impl Translator<'_, '_, '_> {
    /// Is it a float of 128 bits?
    pub(super) fn is_quad(&self, ty: TypeId) -> bool {
        ty == TypeId::FP128
    }

    pub(super) fn quad_binary(&mut self, inst: &Inst, op: BinaryOp, left: Operand, right: Value) -> Result<()> {
        let operands = [self.scalar(left)?, self.scalar_of(left.ty, right)?];
        let name = match op {
            BinaryOp::FAdd => "__addtf3",
            BinaryOp::FSub => "__subtf3",
            BinaryOp::FMul => "__multf3",
            BinaryOp::FDiv => "__divtf3",
            _ => "fmodl",
        };
        let node = self.library_call(name, &operands, QUAD);
        self.set(inst, node);
        Ok(())
    }

    /// `-0 - x`
    pub(super) fn quad_negate(&mut self, inst: &Inst, operand: Operand) -> Result<()> {
        let zero = self.builder.graph_mut().wide_const(QUAD, NEGATIVE_ZERO);
        let x = self.scalar(operand)?;
        let node = self.library_call("__subtf3", &[zero, x], QUAD);
        self.set(inst, node);
        Ok(())
    }

    pub(super) fn quad_compare(
        &mut self,
        inst: &Inst,
        predicate: FloatPredicate,
        left: Operand,
        right: Value,
    ) -> Result<()> {
        let operands = [self.scalar(left)?, self.scalar_of(left.ty, right)?];
        let node = match predicate {
            FloatPredicate::False => self.builder.iconst(Type::I1, 0),
            FloatPredicate::True => self.builder.iconst(Type::I1, 1),
            FloatPredicate::One | FloatPredicate::Ueq => {
                let equal = self.quad_outcome(FloatPredicate::Oeq, operands);
                let unordered = self.quad_outcome(FloatPredicate::Uno, operands);
                let either = self.builder.pure(Op::Or, Type::I1, &[equal, unordered]);
                if predicate == FloatPredicate::Ueq { either } else { self.not(either) }
            }
            _ => self.quad_outcome(predicate, operands),
        };
        self.set(inst, node);
        Ok(())
    }

    fn quad_outcome(&mut self, predicate: FloatPredicate, operands: [NodeId; 2]) -> NodeId {
        let (name, op, negated) = comparison(predicate).expect("the caller does what has no function");
        let number = self.library_call(name, &operands, Type::I32);
        let zero = self.builder.iconst(Type::I32, 0);
        let outcome = self.builder.pure(op, Type::I1, &[number, zero]);
        if negated { self.not(outcome) } else { outcome }
    }

    pub(super) fn quad_cast(&mut self, inst: &Inst, op: CastOp, from: Operand, to: TypeId) -> Result<()> {
        let node = self.scalar(from)?;
        let node = match op {
            CastOp::FpExt | CastOp::FpTrunc => {
                let other = self.number_type(if op == CastOp::FpExt { from.ty } else { to })?;
                let (name, result) = match (op, other == Type::F64) {
                    (CastOp::FpExt, true) => ("__extenddftf2", QUAD),
                    (CastOp::FpExt, false) => ("__extendsftf2", QUAD),
                    (_, true) => ("__trunctfdf2", Type::F64),
                    (_, false) => ("__trunctfsf2", Type::F32),
                };
                self.library_call(name, &[node], result)
            }
            CastOp::SiToFp | CastOp::UiToFp => self.quad_of_integer(op == CastOp::SiToFp, node),
            CastOp::FpToSi | CastOp::FpToUi => {
                let ty = self.number_type(to)?;
                self.quad_to_integer(op == CastOp::FpToSi, ty, node)
            }
            _ => return Err(self.unsupported("bitcast of 'fp128'")),
        };
        self.set(inst, node);
        Ok(())
    }

    fn quad_of_integer(&mut self, signed: bool, node: NodeId) -> NodeId {
        let from = self.builder.graph().ty(node);
        let (names, ty) = match from.bits() {
            0..=32 => (["__floatunsitf", "__floatsitf"], Type::I32),
            33..=64 => (["__floatunditf", "__floatditf"], Type::I64),
            _ => (["__floatuntitf", "__floattitf"], Type::I128),
        };
        let extension = if signed { Op::SExt } else { Op::ZExt };
        let whole = if from == ty { node } else { self.builder.pure(extension, ty, &[node]) };
        self.library_call(names[signed as usize], &[whole], QUAD)
    }

    fn quad_to_integer(&mut self, signed: bool, to: Type, node: NodeId) -> NodeId {
        let (names, ty) = match to.bits() {
            0..=32 => (["__fixunstfsi", "__fixtfsi"], Type::I32),
            33..=64 => (["__fixunstfdi", "__fixtfdi"], Type::I64),
            _ => (["__fixunstfti", "__fixtfti"], Type::I128),
        };
        let whole = self.library_call(names[signed as usize], &[node], ty);
        self.resize(whole, ty, to)
    }
}
