//! Computations.

use super::check::shape;
use super::{Cursor, Operand, Value};
use crate::ops::{NodeFlags, Op};
use crate::types::Type;

/// Methods for ops of two operands: the op on integers, that on floats if there is one, and the doc.
macro_rules! binary {
    ($($name:ident($int:ident $(, $float:ident)?) $doc:literal;)*) => {
        impl Cursor<'_> {
            $(#[doc = $doc]
            pub fn $name(&self, a: impl Into<Operand>, b: impl Into<Operand>) -> Value {
                let (a, b) = (a.into(), b.into());
                let op = self.by_operands(Op::$int, &[$(Op::$float)?], &[a, b]);
                self.compute(op, NodeFlags::NONE, &[a, b])
            })*
        }
    };
}

/// Methods for ops of one operand.
macro_rules! unary {
    ($($name:ident($op:ident) $doc:literal;)*) => {
        impl Cursor<'_> {
            $(#[doc = $doc]
            pub fn $name(&self, a: impl Into<Operand>) -> Value {
                self.compute(Op::$op, NodeFlags::NONE, &[a.into()])
            })*
        }
    };
}

binary! {
    add(Add, FAdd) "Sum, of integers (wrapping) or floats.";
    sub(Sub, FSub) "Difference, of integers (wrapping) or floats.";
    mul(Mul, FMul) "Product, of integers (wrapping) or floats.";
    div(SDiv, FDiv) "Quotient, of signed integers or floats. Of integers it is undefined for divisor 0 and on overflow.";
    rem(SRem, FRem) "Remainder, of signed integers or floats, with the sign of the dividend.";
    udiv(UDiv) "Quotient of unsigned integers; undefined for divisor 0.";
    urem(URem) "Remainder of unsigned integers; undefined for divisor 0.";
    and(And) "Bitwise and.";
    or(Or) "Bitwise or.";
    xor(Xor) "Bitwise exclusive or.";
    shl(Shl) "Shift left; poison if the amount is not below the width.";
    lshr(LShr) "Shift right, zeros in; poison if the amount is not below the width.";
    ashr(AShr) "Shift right, sign in; poison if the amount is not below the width.";
    min(SMin, FMin) "Minimum, of signed integers or floats.";
    max(SMax, FMax) "Maximum, of signed integers or floats.";
    umin(UMin) "Minimum of unsigned integers.";
    umax(UMax) "Maximum of unsigned integers.";
    mul_high(SMulHigh) "High half of the double-width product of signed integers.";
    umul_high(UMulHigh) "High half of the double-width product of unsigned integers.";
    add_overflows(SAddOverflow) "Does the sum of signed integers overflow?";
    sub_overflows(SSubOverflow) "Does the difference of signed integers overflow?";
    mul_overflows(SMulOverflow) "Does the product of signed integers overflow?";
    uadd_overflows(UAddOverflow) "Does the sum of unsigned integers overflow?";
    usub_overflows(USubOverflow) "Does the difference of unsigned integers overflow?";
    umul_overflows(UMulOverflow) "Does the product of unsigned integers overflow?";
    copysign(FCopySign) "The first float with the sign of the second.";
    eq(Eq, FEq) "Equal: integers, pointers, or floats of which none is a NaN.";
    ult(Ult) "Less, as unsigned integers or addresses.";
    ule(Ule) "Less or equal, as unsigned integers or addresses.";
    lt(Slt, FLt) "Less, as signed integers or floats.";
    le(Sle, FLe) "Less or equal, as signed integers or floats.";
    ordered(FOrd) "Is neither float a NaN?";
}

unary! {
    abs_int(Abs) "Absolute value of an integer; of the minimum itself.";
    popcount(Ctpop) "Number of ones.";
    leading_zeros(Ctlz) "Number of leading zeros; the width for 0.";
    trailing_zeros(Cttz) "Number of trailing zeros; the width for 0.";
    swap_bytes(Bswap) "Bytes in reverse order.";
    reverse_bits(Bitreverse) "Bits in reverse order.";
    sqrt(FSqrt) "Square root.";
    fabs(FAbs) "Absolute value of a float.";
    floor(FFloor) "Round towards minus infinity.";
    ceil(FCeil) "Round towards plus infinity.";
    round_zero(FRoundZero) "Round towards zero.";
    round_even(FRint) "Round to nearest, ties to even.";
    round(FRound) "Round to nearest, ties away from zero.";
    freeze(Freeze) "The operand, or any one value if that is poison.";
}

impl Cursor<'_> {
    /// The op on floats, if there is one and the operands are floats, else that on integers.
    fn by_operands(&self, int: Op, float: &[Op], operands: &[Operand]) -> Op {
        match float {
            [float] if self.is_float(operands) => *float,
            _ => int,
        }
    }

    fn is_float(&self, operands: &[Operand]) -> bool {
        let known = operands.iter().find_map(|&operand| self.type_of(operand));
        known.is_some_and(|ty| ty.scalar().is_float())
    }

    /// Any op that computes a value from values of one type, with flags: `f.compute(Op::Add, NodeFlags::NSW, &[x, y])`.
    /// Conversions, which need the type of the result, have methods of their own.
    pub fn compute(&self, op: Op, flags: NodeFlags, operands: &[Operand]) -> Value {
        if matches!(op.signature().1, 'i' | 'f' | 'v') || !op.is_computation() {
            self.keep(shape(op, "is no computation whose type follows from its operands"));
            return self.placeholder(Type::I64);
        }
        let (values, shared) = self.fit(op, operands);
        let ty = self.result_type(op, &values, shared);
        if !self.is_open_for(op) || self.failed.get() {
            return self.placeholder(ty);
        }
        let nodes: smallvec::SmallVec<[_; 4]> = values.iter().map(|value| value.node).collect();
        let mut builder = self.builder.borrow_mut();
        let node = match op.takes_control() {
            true => builder.pinned(op, ty, flags, &nodes),
            false => builder.pure_with(op, ty, flags, 0, &nodes),
        };
        drop(builder);
        self.value(node, ty)
    }

    /// Negation of an integer (wrapping) or float.
    pub fn neg(&self, a: impl Into<Operand>) -> Value {
        let a = a.into();
        self.compute(if self.is_float(&[a]) { Op::FNeg } else { Op::Neg }, NodeFlags::NONE, &[a])
    }

    /// Every bit flipped; of `i1`, the opposite.
    pub fn not(&self, a: impl Into<Operand>) -> Value {
        let a = a.into();
        let Some(ty) = self.type_of(a) else {
            return self.compute(Op::Xor, NodeFlags::NONE, &[a, a]);
        };
        let ones = if ty == Type::I1 { Operand::Bool(true) } else { Operand::Int(-1) };
        self.compute(Op::Xor, NodeFlags::NONE, &[a, ones])
    }

    /// Not equal; of floats also when one is a NaN, as in C.
    pub fn ne(&self, a: impl Into<Operand>, b: impl Into<Operand>) -> Value {
        let (a, b) = (a.into(), b.into());
        match self.is_float(&[a, b]) {
            true => self.not(self.eq(a, b)),
            false => self.compute(Op::Ne, NodeFlags::NONE, &[a, b]),
        }
    }

    /// Greater, as signed integers or floats.
    pub fn gt(&self, a: impl Into<Operand>, b: impl Into<Operand>) -> Value {
        self.lt(b, a)
    }

    /// Greater or equal, as signed integers or floats.
    pub fn ge(&self, a: impl Into<Operand>, b: impl Into<Operand>) -> Value {
        self.le(b, a)
    }

    /// Greater, as unsigned integers or addresses.
    pub fn ugt(&self, a: impl Into<Operand>, b: impl Into<Operand>) -> Value {
        self.ult(b, a)
    }

    /// Greater or equal, as unsigned integers or addresses.
    pub fn uge(&self, a: impl Into<Operand>, b: impl Into<Operand>) -> Value {
        self.ule(b, a)
    }

    /// `a` rotated left by `amount` modulo the width.
    pub fn rotate_left(&self, a: impl Into<Operand>, amount: impl Into<Operand>) -> Value {
        let a = a.into();
        self.compute(Op::Fshl, NodeFlags::NONE, &[a, a, amount.into()])
    }

    /// `a` rotated right by `amount` modulo the width.
    pub fn rotate_right(&self, a: impl Into<Operand>, amount: impl Into<Operand>) -> Value {
        let a = a.into();
        self.compute(Op::Fshr, NodeFlags::NONE, &[a, a, amount.into()])
    }

    /// `a * b + c` of floats, rounded once.
    pub fn fma(&self, a: impl Into<Operand>, b: impl Into<Operand>, c: impl Into<Operand>) -> Value {
        self.compute(Op::FMa, NodeFlags::NONE, &[a.into(), b.into(), c.into()])
    }

    /// `a` if the condition holds, else `b`; both are computed.
    pub fn select(&self, condition: impl Into<Operand>, a: impl Into<Operand>, b: impl Into<Operand>) -> Value {
        self.compute(Op::Select, NodeFlags::NONE, &[condition.into(), a.into(), b.into()])
    }

    /// The address so many bytes further on.
    pub fn offset(&self, pointer: impl Into<Operand>, bytes: impl Into<Operand>) -> Value {
        self.compute(Op::PtrAdd, NodeFlags::NONE, &[pointer.into(), bytes.into()])
    }

    /// The address of element `index`, an integer of any width taken as signed, of an array of elements of the
    /// type.
    pub fn element(&self, pointer: impl Into<Operand>, index: impl Into<Operand>, ty: Type) -> Value {
        let index = match index.into() {
            Operand::Int(number) => Operand::Int(number),
            operand => match self.type_of(operand) {
                Some(from) if from.is_int() && from.bits() < 64 => self.sext(operand, Type::I64).into(),
                _ => operand,
            },
        };
        let size = Operand::Int(ty.bytes().into());
        let offset = match index {
            Operand::Int(number) => Operand::Int(number * i128::from(ty.bytes())),
            _ => self.mul(index, size).into(),
        };
        self.offset(pointer, offset)
    }

    // ---- Conversions ----

    fn convert(&self, op: Op, a: Operand, ty: Type, allowed: fn(Type, Type) -> bool) -> Value {
        let (values, _) = self.fit(op, &[a]);
        let from = values[0].ty;
        if from == ty && from.is_data() {
            return values[0];
        }
        if !ty.is_data() || ty.lanes() != from.lanes() && op != Op::Bitcast || !allowed(from.scalar(), ty.scalar()) {
            self.keep(shape(op, format!("does not convert {from} to {ty}")));
        }
        if !self.is_open_for(op) || self.failed.get() {
            return self.placeholder(ty);
        }
        let node = self.builder.borrow_mut().pure(op, ty, &[values[0].node]);
        self.value(node, ty)
    }

    /// The low bits of an integer, as a narrower type.
    pub fn trunc(&self, a: impl Into<Operand>, ty: Type) -> Value {
        self.convert(Op::Trunc, a.into(), ty, |from, to| to.is_int() && to.bits() < from.bits())
    }

    /// An integer as a wider type, zeros in.
    pub fn zext(&self, a: impl Into<Operand>, ty: Type) -> Value {
        self.convert(Op::ZExt, a.into(), ty, |from, to| to.is_int() && to.bits() > from.bits())
    }

    /// An integer as a wider type, sign in.
    pub fn sext(&self, a: impl Into<Operand>, ty: Type) -> Value {
        self.convert(Op::SExt, a.into(), ty, |from, to| to.is_int() && to.bits() > from.bits())
    }

    /// A signed integer as an integer of any width: the low bits, or with the sign in.
    pub fn int_cast(&self, a: impl Into<Operand>, ty: Type) -> Value {
        let a = a.into();
        let narrows = self.type_of(a).is_some_and(|from| from.bits() > ty.bits());
        if narrows { self.trunc(a, ty) } else { self.sext(a, ty) }
    }

    /// The same bits as another type of the same size.
    pub fn bitcast(&self, a: impl Into<Operand>, ty: Type) -> Value {
        let a = a.into();
        if let Some(from) = self.type_of(a).filter(|from| from.bits() != ty.bits()) {
            self.keep(shape(Op::Bitcast, format!("{from} and {ty} differ in size")));
        }
        self.convert(Op::Bitcast, a, ty, |_, _| true)
    }

    /// An address as an integer.
    pub fn pointer_to_int(&self, a: impl Into<Operand>, ty: Type) -> Value {
        self.convert(Op::PtrToInt, a.into(), ty, |_, to| to.is_int())
    }

    /// An integer as an address.
    pub fn int_to_pointer(&self, a: impl Into<Operand>) -> Value {
        self.convert(Op::IntToPtr, a.into(), Type::PTR, |_, to| to.is_pointer())
    }

    /// A signed integer as the nearest float.
    pub fn to_float(&self, a: impl Into<Operand>, ty: Type) -> Value {
        self.convert(Op::SToF, a.into(), ty, |_, to| to.is_float())
    }

    /// An unsigned integer as the nearest float.
    pub fn unsigned_to_float(&self, a: impl Into<Operand>, ty: Type) -> Value {
        self.convert(Op::UToF, a.into(), ty, |_, to| to.is_float())
    }

    /// A float as a signed integer, towards zero; poison out of range.
    pub fn to_int(&self, a: impl Into<Operand>, ty: Type) -> Value {
        self.convert(Op::FToS, a.into(), ty, |_, to| to.is_int())
    }

    /// A float as an unsigned integer, towards zero; poison out of range.
    pub fn to_unsigned(&self, a: impl Into<Operand>, ty: Type) -> Value {
        self.convert(Op::FToU, a.into(), ty, |_, to| to.is_int())
    }

    /// A float of another width, to the nearest.
    pub fn float_cast(&self, a: impl Into<Operand>, ty: Type) -> Value {
        let a = a.into();
        let widens = self.type_of(a).is_none_or(|from| from.scalar() == Type::F32);
        self.convert(if widens { Op::FExt } else { Op::FTrunc }, a, ty, |from, to| to.is_float() && from != to)
    }
}
