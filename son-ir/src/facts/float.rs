//! Facts of floats: which of the IEEE classes a value may be in, and its bits if it is constant.

use crate::ops::{NodeFlags, Op};
use crate::types::Type;

bitflags_lite! {
    /// Classes of floats.
    FloatClasses: u8 {
        /// Not a number.
        NAN = 1,
        /// Minus infinity.
        NEGATIVE_INFINITY = 2,
        /// Finite, less than zero.
        NEGATIVE = 4,
        /// Minus zero.
        NEGATIVE_ZERO = 8,
        /// Plus zero.
        POSITIVE_ZERO = 16,
        /// Finite, more than zero.
        POSITIVE = 32,
        /// Plus infinity.
        POSITIVE_INFINITY = 64,
    }
}

impl FloatClasses {
    /// All of them.
    pub const ALL: FloatClasses = FloatClasses(127);
    /// Those with the sign set, NaN apart.
    pub const SIGNED: FloatClasses =
        FloatClasses::NEGATIVE_INFINITY.or(FloatClasses::NEGATIVE).or(FloatClasses::NEGATIVE_ZERO);
    /// Both infinities.
    pub const INFINITE: FloatClasses = FloatClasses::NEGATIVE_INFINITY.or(FloatClasses::POSITIVE_INFINITY);
    /// Both zeros.
    pub const ZERO: FloatClasses = FloatClasses::NEGATIVE_ZERO.or(FloatClasses::POSITIVE_ZERO);
    /// Those without the sign, NaN apart.
    pub const UNSIGNED: FloatClasses =
        FloatClasses::POSITIVE_ZERO.or(FloatClasses::POSITIVE).or(FloatClasses::POSITIVE_INFINITY);

    /// With the sign of each but NaN flipped.
    fn negated(self) -> FloatClasses {
        FloatClasses(self.0 & 1 | (self.0 & 126).reverse_bits() & 126)
    }
}

const _: () = assert!(FloatClasses::NEGATIVE.bits() << 3 == FloatClasses::POSITIVE.bits());

/// What is known of a float.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FloatFact {
    /// Its bits, if it is constant.
    pub constant: Option<u64>,
    /// Classes that it may be in.
    pub classes: FloatClasses,
}

impl FloatFact {
    /// Nothing known.
    pub const ANY: FloatFact = FloatFact { constant: None, classes: FloatClasses::ALL };

    /// The float of this type with these bits.
    pub fn constant(ty: Type, bits: u64) -> FloatFact {
        let value = if ty == Type::F32 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) };
        let class = if value.is_nan() {
            FloatClasses::NAN
        } else if value.is_infinite() {
            FloatClasses::POSITIVE_INFINITY
        } else if value == 0.0 {
            FloatClasses::POSITIVE_ZERO
        } else {
            FloatClasses::POSITIVE
        };
        let classes = if value.is_sign_negative() { class.negated() } else { class };
        FloatFact { constant: Some(bits), classes }
    }

    /// A float of these classes.
    pub fn of(classes: FloatClasses) -> FloatFact {
        FloatFact { constant: None, classes }
    }

    /// Is it certainly a number?
    pub fn is_never_nan(&self) -> bool {
        !self.classes.has(FloatClasses::NAN)
    }

    /// What holds when both hold, `None` if they exclude each other.
    pub fn meet(&self, other: &FloatFact) -> Option<FloatFact> {
        let classes = self.classes.and(other.classes);
        let constant = self.constant.or(other.constant);
        let differ = self.constant.is_some() && other.constant.is_some() && self.constant != other.constant;
        (!classes.is_empty() && !differ).then_some(FloatFact { constant, classes })
    }

    /// What holds when one of them holds.
    pub fn join(&self, other: &FloatFact) -> FloatFact {
        let constant = if self.constant == other.constant { self.constant } else { None };
        FloatFact { constant, classes: self.classes.or(other.classes) }
    }
}

/// Classes of the result of an op from those of its operands (`b` is `a` for unary ops).
pub(super) fn classes(op: Op, flags: NodeFlags, same: bool, a: FloatClasses, b: FloatClasses) -> FloatClasses {
    use FloatClasses as C;
    let result = match op {
        Op::FNeg => a.negated(),
        Op::FAbs => a.and(C::NAN.or(C::UNSIGNED)).or(a.negated().and(C::UNSIGNED)),
        Op::FSqrt if !a.any(C::NAN.or(C::NEGATIVE).or(C::NEGATIVE_INFINITY)) => a,
        Op::FAdd if !a.or(b).any(C::NAN.or(C::SIGNED)) => C::UNSIGNED,
        Op::FAdd if !a.or(b).any(C::SIGNED) => C::ALL.without(C::SIGNED),
        Op::FAdd | Op::FSub if !a.or(b).any(C::NAN.or(C::INFINITE)) => C::ALL.without(C::NAN),
        Op::FMul => product(same, a, b),
        Op::FCopySign if !b.any(C::NAN.or(C::SIGNED)) => classes(Op::FAbs, NodeFlags::NONE, true, a, a),
        Op::FFloor | Op::FCeil | Op::FRoundZero | Op::FRint | Op::FRound => rounded(op, a),
        Op::FMin | Op::FMax if !a.any(C::NAN) || !b.any(C::NAN) => a.or(b).without(C::NAN),
        _ => C::ALL,
    };
    let excluded = if flags.has(NodeFlags::NNAN) { C::NAN } else { C::NONE };
    result.without(if flags.has(NodeFlags::NINF) { excluded.or(C::INFINITE) } else { excluded })
}

fn product(same: bool, a: FloatClasses, b: FloatClasses) -> FloatClasses {
    use FloatClasses as C;
    let zero_by_infinity = a.any(C::ZERO) && b.any(C::INFINITE) || a.any(C::INFINITE) && b.any(C::ZERO);
    let numbers = if a.or(b).any(C::NAN) || zero_by_infinity && !same { C::ALL } else { C::ALL.without(C::NAN) };
    let unsigned = same || !a.or(b).any(C::SIGNED);
    if unsigned { numbers.without(C::SIGNED) } else { numbers }
}

/// Rounding to an integer may reach zero, of the same sign, or one.
fn rounded(op: Op, a: FloatClasses) -> FloatClasses {
    use FloatClasses as C;
    let mut result = a;
    if a.any(C::POSITIVE) && op != Op::FCeil {
        result = result.or(C::POSITIVE_ZERO);
    }
    if a.any(C::NEGATIVE) && op != Op::FFloor {
        result = result.or(C::NEGATIVE_ZERO);
    }
    result
}
