//! Facts of integers: intervals, known bits and strides that tell each other what they know.
//!
//! The order is that of sets of values: [`IntFact::meet`] is what holds when both facts hold,
//! [`IntFact::join`] when one of them does, [`IntFact::widen`] bounds how often a join may grow.

use super::stride::{Class, Stride};
use crate::types::Type;

/// What is known of an integer of up to 64 bits. All parts speak of the same set of values, and each is as
/// narrow as the others make it; bits above the width are known zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IntFact {
    /// Least and greatest as signed.
    pub signed: (i64, i64),
    /// Least and greatest as unsigned.
    pub unsigned: (u64, u64),
    /// Bits known to be zero.
    pub zeros: u64,
    /// Bits known to be one.
    pub ones: u64,
    /// What is left by an odd number.
    pub stride: Stride,
}

/// Known low bits that are looked at together with a stride.
const MAX_LOW_BITS: u32 = 30;

/// Least and greatest signed value of the type.
pub(crate) fn signed_limits(ty: Type) -> (i64, i64) {
    let high = (ty.mask() >> 1) as i64;
    (-high - 1, high)
}

/// Ones in the bits at and below the highest one of `value`.
pub(crate) fn ones_below(value: u64) -> u64 {
    u64::MAX.checked_shr(value.leading_zeros()).unwrap_or(0)
}

impl IntFact {
    /// Nothing known beyond the type.
    pub fn full(ty: Type) -> IntFact {
        let mask = ty.mask();
        IntFact { signed: signed_limits(ty), unsigned: (0, mask), zeros: !mask, ones: 0, stride: Stride::ANY }
    }

    /// One value.
    pub fn constant(ty: Type, bits: u64) -> IntFact {
        let (bits, signed) = (bits & ty.mask(), ty.sign_extend(bits));
        IntFact { signed: (signed, signed), unsigned: (bits, bits), zeros: !bits, ones: bits, stride: Stride::ANY }
    }

    /// The values from `low` to `high` as unsigned, `None` if there are none.
    pub fn from_unsigned(ty: Type, low: u64, high: u64) -> Option<IntFact> {
        IntFact { unsigned: (low, high.min(ty.mask())), ..IntFact::full(ty) }.normalized(ty)
    }

    /// The values from `low` to `high` as signed, `None` if there are none.
    pub fn from_signed(ty: Type, low: i64, high: i64) -> Option<IntFact> {
        let limits = signed_limits(ty);
        IntFact { signed: (low.max(limits.0), high.min(limits.1)), ..IntFact::full(ty) }.normalized(ty)
    }

    /// The values with these bits, `None` if there are none.
    pub fn from_known_bits(ty: Type, zeros: u64, ones: u64) -> Option<IntFact> {
        IntFact { zeros: zeros | !ty.mask(), ones, ..IntFact::full(ty) }.normalized(ty)
    }

    /// The value, if only one is possible.
    pub fn as_constant(&self) -> Option<u64> {
        (self.unsigned.0 == self.unsigned.1).then_some(self.unsigned.0)
    }

    /// Is this value, zero above the width, possible?
    pub fn contains(&self, ty: Type, value: u64) -> bool {
        let signed = ty.sign_extend(value);
        (self.unsigned.0..=self.unsigned.1).contains(&value)
            && (self.signed.0..=self.signed.1).contains(&signed)
            && value & self.zeros == 0
            && !value & self.ones == 0
            && self.stride.contains(signed)
    }

    /// Can it not be zero?
    pub fn is_non_zero(&self) -> bool {
        self.unsigned.0 > 0
    }

    /// Can it not be negative?
    pub fn is_non_negative(&self) -> bool {
        self.signed.0 >= 0
    }

    /// Is it certainly negative?
    pub fn is_negative(&self) -> bool {
        self.signed.1 < 0
    }

    /// Bits that may be one.
    pub fn may_be_ones(&self) -> u64 {
        !self.zeros
    }

    /// Number of low bits known to be zero; the width for 0.
    pub fn trailing_zeros(&self, ty: Type) -> u32 {
        (!self.zeros).trailing_zeros().min(ty.bits())
    }

    /// Number of low bits that are known.
    pub fn trailing_known(&self) -> u32 {
        (self.zeros | self.ones).trailing_ones()
    }

    /// Number of copies of the sign bit at the top, 1 at least.
    pub fn sign_bits(&self, ty: Type) -> u32 {
        let wide = |value: i64| (value ^ (value >> 63)).leading_zeros();
        wide(self.signed.0).min(wide(self.signed.1)) - (64 - ty.bits())
    }

    /// What holds when both hold, `None` if they exclude each other.
    pub fn meet(&self, other: &IntFact, ty: Type) -> Option<IntFact> {
        IntFact {
            signed: (self.signed.0.max(other.signed.0), self.signed.1.min(other.signed.1)),
            unsigned: (self.unsigned.0.max(other.unsigned.0), self.unsigned.1.min(other.unsigned.1)),
            zeros: self.zeros | other.zeros,
            ones: self.ones | other.ones,
            stride: self.stride.meet(other.stride)?,
        }
        .normalized(ty)
    }

    /// What holds when one of them holds.
    pub fn join(&self, other: &IntFact, ty: Type) -> IntFact {
        if self == other {
            return *self;
        }
        IntFact {
            signed: (self.signed.0.min(other.signed.0), self.signed.1.max(other.signed.1)),
            unsigned: (self.unsigned.0.min(other.unsigned.0), self.unsigned.1.max(other.unsigned.1)),
            zeros: self.zeros & other.zeros,
            ones: self.ones & other.ones,
            stride: Class::of(self).join(Class::of(other)).as_stride(),
        }
        .normalized(ty)
        .expect("a join of facts that have values has values")
    }

    /// A fact that contains `wider`, itself a join with `self`, of which each chain is short: bounds that
    /// moved go on to the next of a few thresholds (Cousot and Cousot, 1977), those given among them, each as it is
    /// read signed.
    pub fn widen(&self, wider: &IntFact, ty: Type, thresholds: &[i64]) -> IntFact {
        let mut result = *wider;
        if wider.unsigned.0 < self.unsigned.0 {
            result.unsigned.0 = 0;
        }
        if wider.unsigned.1 > self.unsigned.1 {
            let given = thresholds.iter().map(|&limit| limit as u64 & ty.mask());
            let above = given.filter(|&limit| limit >= wider.unsigned.1).min();
            result.unsigned.1 = threshold(wider.unsigned.1).min(above.unwrap_or(u64::MAX)).min(ty.mask());
        }
        let limits = signed_limits(ty);
        if wider.signed.0 < self.signed.0 {
            let below = if wider.signed.0 >= 0 { 0 } else { !(threshold(!wider.signed.0 as u64) as i64) };
            let given = thresholds.iter().copied().filter(|&limit| limit <= wider.signed.0).max();
            result.signed.0 = below.max(given.unwrap_or(i64::MIN)).max(limits.0);
        }
        if wider.signed.1 > self.signed.1 {
            let above = if wider.signed.1 < 0 { -1 } else { threshold(wider.signed.1 as u64) as i64 };
            let given = thresholds.iter().copied().filter(|&limit| limit >= wider.signed.1).min();
            result.signed.1 = above.min(given.unwrap_or(i64::MAX)).min(limits.1);
        }
        if (wider.zeros, wider.ones) != (self.zeros, self.ones) {
            let low = !(u64::MAX << wider.trailing_known().min(63));
            result.zeros = wider.zeros & low | !ty.mask();
            result.ones = wider.ones & low;
        }
        result.normalized(ty).unwrap_or(IntFact::full(ty))
    }

    /// The same set with each part as narrow as the others make it; `None` if it is empty.
    pub(crate) fn normalized(mut self, ty: Type) -> Option<IntFact> {
        for _ in 0..4 {
            let before = self;
            self.agree_on_bits(ty)?;
            self.agree_on_signs(ty)?;
            if self == before {
                break;
            }
        }
        Some(self)
    }

    /// Unsigned and signed bounds from known bits, and known bits from the common prefix of the bounds.
    fn agree_on_bits(&mut self, ty: Type) -> Option<()> {
        let mask = ty.mask();
        let sign = mask ^ (mask >> 1);
        let (low, high) = &mut self.unsigned;
        *low = (*low).max(self.ones);
        *high = (*high).min(!self.zeros);
        if *low > *high || self.zeros & self.ones != 0 {
            return None;
        }
        let prefix = !ones_below(*low ^ *high);
        self.zeros |= !*low & prefix;
        self.ones |= *low & prefix;
        let least = if self.zeros & sign != 0 { self.ones } else { self.ones | sign };
        let greatest = if self.ones & sign != 0 { !self.zeros } else { !self.zeros & !sign };
        self.signed.0 = self.signed.0.max(ty.sign_extend(least));
        self.signed.1 = self.signed.1.min(ty.sign_extend(greatest));
        (self.zeros & self.ones == 0 && self.signed.0 <= self.signed.1).then_some(())
    }

    /// Both intervals from their intersection, which has a part of each sign.
    fn agree_on_signs(&mut self, ty: Type) -> Option<()> {
        let mask = ty.mask();
        let half = mask >> 1;
        let ((slow, shigh), (ulow, uhigh)) = (self.signed, self.unsigned);
        let mut positive = (ulow.max(slow.max(0) as u64), uhigh.min(half).min(shigh.max(0) as u64));
        let has_positive = shigh >= 0 && positive.0 <= positive.1 && self.align(ty, &mut positive);
        let mut negative = (ulow.max(half + 1).max(slow.min(-1) as u64 & mask), uhigh.min(shigh.min(-1) as u64 & mask));
        let has_negative = slow < 0 && negative.0 <= negative.1 && self.align(ty, &mut negative);
        if !has_positive && !has_negative {
            return None;
        }
        let (first, last) = match (has_positive, has_negative) {
            (true, true) => (positive, negative),
            (true, false) => (positive, positive),
            _ => (negative, negative),
        };
        self.unsigned = (first.0, last.1);
        self.signed = (ty.sign_extend(last.0), ty.sign_extend(first.1));
        if self.signed.0 == self.signed.1 {
            self.stride = Stride::ANY;
        }
        Some(())
    }

    /// Moves the ends of an interval of one sign to what has the stride and the known low bits; is there anything?
    fn align(&self, ty: Type, interval: &mut (u64, u64)) -> bool {
        let known = self.low_bits(ty);
        if known == 0 && self.stride == Stride::ANY {
            return true;
        }
        let (low, high) = (ty.sign_extend(interval.0), ty.sign_extend(interval.1));
        let power = 1 << known;
        let (up, down) = if self.stride == Stride::ANY {
            let mask = power - 1;
            let residue = self.ones as i64 & mask;
            (residue.wrapping_sub(low) & mask, high.wrapping_sub(residue) & mask)
        } else {
            let (modulus, residue) = self.stride.with_low_bits(power as u64, self.ones);
            let (from_low, from_high) = (low.rem_euclid(modulus), high.rem_euclid(modulus));
            ((residue - from_low).rem_euclid(modulus), (from_high - residue).rem_euclid(modulus))
        };
        if low.checked_add(up).is_none_or(|low| low > high) {
            return false;
        }
        *interval = ((low + up) as u64 & ty.mask(), (high - down) as u64 & ty.mask());
        true
    }

    /// All values, read as signed, leave the second number when they are divided by the first, which is 1 if nothing is
    /// known.
    pub fn congruence(&self, ty: Type) -> (i64, i64) {
        self.stride.with_low_bits(1 << self.low_bits(ty), self.ones)
    }

    /// How many low bits are known: bits above the width are not those of a signed number.
    fn low_bits(&self, ty: Type) -> u32 {
        self.trailing_known().min(MAX_LOW_BITS).min(ty.bits())
    }
}

/// The least threshold that is not below `value`.
fn threshold(value: u64) -> u64 {
    const THRESHOLDS: [u64; 9] = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64];
    THRESHOLDS.into_iter().find(|&limit| value <= limit).unwrap_or(u64::MAX)
}
