//! Transfer functions of bitwise operations, shifts, counts and changes of width.

use super::arith::count;
use super::int::IntFact;
use super::stride::{Class, Stride};
use crate::ops::NodeFlags;
use crate::types::Type;

type Result = Option<IntFact>;

pub(super) fn and(ty: Type, a: &IntFact, b: &IntFact) -> Result {
    let mut result = IntFact { zeros: a.zeros | b.zeros, ones: a.ones & b.ones, ..IntFact::full(ty) };
    result.unsigned.1 = a.unsigned.1.min(b.unsigned.1);
    if a.is_negative() || b.is_negative() {
        // Both negative: not above either. One of any sign: not above its own maximum if that is positive.
        let bound = |x: &IntFact, y: &IntFact| if x.is_negative() { y.signed.1 } else { i64::MAX };
        result.signed.1 = result.signed.1.min(bound(a, b)).min(bound(b, a));
    }
    result.normalized(ty)
}

pub(super) fn or(ty: Type, flags: NodeFlags, a: &IntFact, b: &IntFact) -> Result {
    if flags.has(NodeFlags::DISJOINT) && a.ones & b.ones != 0 {
        return None;
    }
    let mut result = IntFact { zeros: a.zeros & b.zeros, ones: a.ones | b.ones, ..IntFact::full(ty) };
    result.unsigned.0 = a.unsigned.0.max(b.unsigned.0);
    if flags.has(NodeFlags::DISJOINT) {
        result.unsigned.1 = a.unsigned.1.saturating_add(b.unsigned.1).min(ty.mask());
    }
    result.normalized(ty)
}

pub(super) fn xor(ty: Type, a: &IntFact, b: &IntFact) -> Result {
    let known = (a.zeros | a.ones) & (b.zeros | b.ones);
    let value = a.ones ^ b.ones;
    IntFact::from_known_bits(ty, !value & known, value & known)
}

/// The amounts that are not poison: `None` if there are none.
fn amounts(ty: Type, amount: &IntFact) -> Option<(u32, u32)> {
    let last = u64::from(ty.bits() - 1);
    (amount.unsigned.0 <= last).then(|| (amount.unsigned.0 as u32, amount.unsigned.1.min(last) as u32))
}

pub(super) fn shl(ty: Type, flags: NodeFlags, a: &IntFact, amount: &IntFact) -> Result {
    let (least, most) = amounts(ty, amount)?;
    let mask = ty.mask();
    let mut result = IntFact::full(ty);
    if least == most {
        result.zeros = (a.zeros << least | ((1 << least) - 1)) | !mask;
        result.ones = a.ones << least & mask;
    } else {
        let low = a.trailing_zeros(ty).saturating_add(least).min(63);
        result.zeros |= !(u64::MAX << low) & mask;
    }
    let high = u128::from(a.unsigned.1) << most;
    let low = u128::from(a.unsigned.0) << least;
    if flags.has(NodeFlags::NUW) {
        if low > u128::from(mask) {
            return None;
        }
        result.unsigned = (low as u64, high.min(u128::from(mask)) as u64);
    } else if high <= u128::from(mask) {
        result.unsigned = (low as u64, high as u64);
    }
    let (low, high) = signed_shift(a.signed, least, most);
    let (least, greatest) = (i128::from(result.signed.0), i128::from(result.signed.1));
    if flags.has(NodeFlags::NSW) {
        if low > greatest || high < least {
            return None;
        }
        result.signed = (low.max(least) as i64, high.min(greatest) as i64);
    } else if low >= least && high <= greatest {
        result.signed = (low as i64, high as i64);
    }
    let is_exact = flags.has(NodeFlags::NSW) || low >= least && high <= greatest;
    if is_exact && amount.as_constant().is_some() {
        result.stride = Class::of(a).mul(Class::constant(1 << amount.unsigned.0)).as_stride();
    }
    result.normalized(ty)
}

fn signed_shift((low, high): (i64, i64), least: u32, most: u32) -> (i128, i128) {
    let low_amount = if low < 0 { most } else { least };
    let high_amount = if high < 0 { least } else { most };
    (i128::from(low) << low_amount, i128::from(high) << high_amount)
}

pub(super) fn lshr(ty: Type, a: &IntFact, amount: &IntFact) -> Result {
    let (least, most) = amounts(ty, amount)?;
    let mut result = IntFact::full(ty);
    result.unsigned = (a.unsigned.0 >> most, a.unsigned.1 >> least);
    if least == most {
        result.zeros = a.zeros >> least | !(ty.mask() >> least);
        result.ones = a.ones >> least;
        if a.is_non_negative() {
            result.stride = shifted_stride(ty, a, least);
        }
    }
    result.normalized(ty)
}

pub(super) fn ashr(ty: Type, a: &IntFact, amount: &IntFact) -> Result {
    let (least, most) = amounts(ty, amount)?;
    let mut result = IntFact::full(ty);
    let (low, high) = a.signed;
    result.signed = (low >> if low < 0 { least } else { most }, high >> if high < 0 { most } else { least });
    if least == most {
        let shift = |bits: u64| (ty.sign_extend(bits) >> least) as u64;
        result.zeros = shift(a.zeros) & ty.mask() | !ty.mask();
        result.ones = shift(a.ones) & ty.mask();
        result.stride = shifted_stride(ty, a, least);
    }
    result.normalized(ty)
}

/// The stride of what is shifted to the right, if only zeros are lost.
fn shifted_stride(ty: Type, a: &IntFact, amount: u32) -> Stride {
    if a.stride == Stride::ANY || (!a.zeros).trailing_zeros() < amount {
        return Stride::ANY;
    }
    let (modulus, residue) = a.congruence(ty);
    if amount > modulus.trailing_zeros() {
        Stride::ANY
    } else {
        Stride::new((modulus >> amount) as u64, residue >> amount)
    }
}

/// Funnel shift to the left, or right if `right`: exact for a known amount.
pub(super) fn funnel(ty: Type, right: bool, a: &IntFact, b: &IntFact, amount: &IntFact) -> Result {
    let Some(amount) = amount.as_constant() else { return Some(IntFact::full(ty)) };
    let bits = ty.bits();
    let amount = (amount % u64::from(bits)) as u32;
    if amount == 0 {
        return Some(if right { *b } else { *a });
    }
    let left = if right { bits - amount } else { amount };
    let join = |high: u64, low: u64| (high << left | low >> (bits - left)) & ty.mask();
    let (zeros_a, zeros_b) = (a.zeros & ty.mask(), b.zeros & ty.mask());
    IntFact::from_known_bits(ty, join(zeros_a, zeros_b), join(a.ones, b.ones))
}

pub(super) fn population(ty: Type, a: &IntFact) -> Result {
    let least = a.ones.count_ones().max(u32::from(a.is_non_zero()));
    count(ty, least, a.may_be_ones().count_ones())
}

/// Leading zeros fall as the value grows.
pub(super) fn leading_zeros(ty: Type, flags: NodeFlags, a: &IntFact) -> Result {
    let low = if flags.has(NodeFlags::NUW) { a.unsigned.0.max(1) } else { a.unsigned.0 };
    if low > a.unsigned.1 {
        return None;
    }
    let zeros = |value: u64| value.leading_zeros() - (64 - ty.bits());
    count(ty, zeros(a.unsigned.1), zeros(low))
}

pub(super) fn trailing_zeros(ty: Type, flags: NodeFlags, a: &IntFact) -> Result {
    let non_zero = flags.has(NodeFlags::NUW) || a.is_non_zero();
    if non_zero && a.may_be_ones() == 0 {
        return None;
    }
    let last_one = 63 - a.may_be_ones().leading_zeros().min(63);
    let most = match a.ones {
        0 if non_zero => last_one,
        0 => ty.bits(),
        ones => ones.trailing_zeros(),
    };
    count(ty, a.trailing_zeros(ty), most)
}

/// Bytes (`unit` 8) or bits (`unit` 1) in reverse order.
pub(super) fn reverse(ty: Type, unit: u32, a: &IntFact) -> Result {
    let shift = 64 - ty.bits();
    let turn = |bits: u64| (if unit == 8 { bits.swap_bytes() } else { bits.reverse_bits() }) >> shift;
    IntFact::from_known_bits(ty, turn(a.zeros & ty.mask()), turn(a.ones))
}

/// The low bits of a wider integer of type `from`.
pub(super) fn truncate(ty: Type, flags: NodeFlags, from: Type, a: &IntFact) -> Result {
    let mut a = *a;
    if flags.has(NodeFlags::NUW) {
        a = a.meet(&IntFact::from_unsigned(from, 0, ty.mask())?, from)?;
    }
    if flags.has(NodeFlags::NSW) {
        let (low, high) = super::int::signed_limits(ty);
        a = a.meet(&IntFact::from_signed(from, low, high)?, from)?;
    }
    let mask = ty.mask();
    let mut result = IntFact { zeros: a.zeros | !mask, ones: a.ones & mask, ..IntFact::full(ty) };
    let above = |value: u64| value & !mask;
    if above(a.unsigned.0) == above(a.unsigned.1) {
        result.unsigned = (a.unsigned.0 & mask, a.unsigned.1 & mask);
    }
    let half = ty.bits() - 1;
    let turn = |value: i64| (i128::from(value) + (1i128 << half)) >> ty.bits();
    if turn(a.signed.0) == turn(a.signed.1) {
        result.signed = (ty.sign_extend(a.signed.0 as u64), ty.sign_extend(a.signed.1 as u64));
        if a.stride != Stride::ANY {
            let turns = Class::constant(turn(a.signed.0) << ty.bits());
            result.stride = Class::of(&a).sub(turns).as_stride();
        }
    }
    result.normalized(ty)
}

/// Zeros above an integer of type `from`.
pub(super) fn zero_extend(ty: Type, flags: NodeFlags, from: Type, a: &IntFact) -> Result {
    let mut a = *a;
    if flags.has(NodeFlags::NUW) {
        a = a.meet(&IntFact::from_signed(from, 0, i64::MAX)?, from)?;
    }
    let stride = if a.is_non_negative() { a.stride } else { Stride::ANY };
    IntFact { unsigned: a.unsigned, zeros: a.zeros, ones: a.ones, stride, ..IntFact::full(ty) }.normalized(ty)
}

/// Copies of the sign above an integer of type `from`.
pub(super) fn sign_extend(ty: Type, from: Type, a: &IntFact) -> Result {
    let extend = |bits: u64| from.sign_extend(bits) as u64 & ty.mask();
    let zeros = extend(a.zeros & from.mask()) | !ty.mask();
    IntFact { signed: a.signed, zeros, ones: extend(a.ones), stride: a.stride, ..IntFact::full(ty) }.normalized(ty)
}
