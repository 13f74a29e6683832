//! Transfer functions of integer arithmetic: sums, products, quotients, minimum and maximum.
//!
//! Each takes facts that have values and gives `None` if no value is possible (the result is always poison,
//! or executing it undefined).

use super::int::{IntFact, ones_below, signed_limits};
use super::stride::{Class, Stride};
use crate::ops::NodeFlags;
use crate::types::Type;

type Result = Option<IntFact>;

/// Bounds of an exact result as unsigned, wrapped to the type.
fn wrap_unsigned(ty: Type, low: i128, high: i128, no_wrap: bool) -> Option<(u64, u64)> {
    let mask = i128::from(ty.mask());
    if no_wrap {
        return (low <= mask && high >= 0).then(|| (low.max(0) as u64, high.min(mask) as u64));
    }
    // All values wrap the same number of times, or the interval has a gap in the middle.
    let modulus = mask + 1;
    if low.div_euclid(modulus) == high.div_euclid(modulus) {
        Some((low.rem_euclid(modulus) as u64, high.rem_euclid(modulus) as u64))
    } else {
        Some((0, mask as u64))
    }
}

/// Bounds of an exact result as signed, wrapped to the type.
fn wrap_signed(ty: Type, low: i128, high: i128, no_wrap: bool) -> Option<(i64, i64)> {
    let (least, greatest) = signed_limits(ty);
    let (wide_least, wide_greatest) = (i128::from(least), i128::from(greatest));
    if no_wrap {
        let some = low <= wide_greatest && high >= wide_least;
        return some.then(|| (low.max(wide_least) as i64, high.min(wide_greatest) as i64));
    }
    let modulus = i128::from(ty.mask()) + 1;
    let turn = |value: i128| (value - wide_least).div_euclid(modulus);
    let wrap = |value: i128| ((value - wide_least).rem_euclid(modulus) + wide_least) as i64;
    if turn(low) == turn(high) { Some((wrap(low), wrap(high))) } else { Some((least, greatest)) }
}

/// The stride of an exact result within the bounds, wrapped to the type: all values wrap the same number of times.
fn wrap_class(ty: Type, (low, high): (i128, i128), no_wrap: bool, class: impl FnOnce() -> Class) -> Stride {
    let (least, modulus) = (i128::from(signed_limits(ty).0), i128::from(ty.mask()) + 1);
    let turn = |value: i128| (value - least).div_euclid(modulus);
    match turn(low) {
        _ if no_wrap => class().as_stride(),
        0 if turn(high) == 0 => class().as_stride(),
        turns if turn(high) == turns => class().sub(Class::constant(turns * modulus)).as_stride(),
        _ => Stride::ANY,
    }
}

/// A fact from bounds of the exact result in both readings, known bits, and the class of the exact result.
fn bounded(
    ty: Type,
    flags: NodeFlags,
    unsigned: (i128, i128),
    signed: (i128, i128),
    (zeros, ones): (u64, u64),
    class: Class,
) -> Result {
    let stride = if class.is_any() { Stride::ANY } else { wrap_class(ty, signed, flags.has(NodeFlags::NSW), || class) };
    IntFact {
        unsigned: wrap_unsigned(ty, unsigned.0, unsigned.1, flags.has(NodeFlags::NUW))?,
        signed: wrap_signed(ty, signed.0, signed.1, flags.has(NodeFlags::NSW))?,
        zeros: zeros | !ty.mask(),
        ones: ones & ty.mask(),
        stride,
    }
    .normalized(ty)
}

fn wide(bounds: (u64, u64)) -> (i128, i128) {
    (i128::from(bounds.0), i128::from(bounds.1))
}

fn wide_signed(bounds: (i64, i64)) -> (i128, i128) {
    (i128::from(bounds.0), i128::from(bounds.1))
}

/// Known bits of `a + b + carry`: a bit of the sum is known where both operands and the carry into it are.
fn sum_bits(a: (u64, u64), b: (u64, u64), carry: u64) -> (u64, u64) {
    let greatest = (!a.0).wrapping_add(!b.0).wrapping_add(carry);
    let least = a.1.wrapping_add(b.1).wrapping_add(carry);
    let (carry_greatest, carry_least) = (greatest ^ !a.0 ^ !b.0, least ^ a.1 ^ b.1);
    let known = (a.0 | a.1) & (b.0 | b.1) & (!carry_greatest | carry_least);
    (!greatest & known, least & known)
}

pub(super) fn add(ty: Type, flags: NodeFlags, a: &IntFact, b: &IntFact) -> Result {
    let ((al, ah), (bl, bh)) = (wide(a.unsigned), wide(b.unsigned));
    let ((asl, ash), (bsl, bsh)) = (wide_signed(a.signed), wide_signed(b.signed));
    let bits = sum_bits((a.zeros, a.ones), (b.zeros, b.ones), 0);
    let class = Class::of(a).add(Class::of(b));
    bounded(ty, flags, (al + bl, ah + bh), (asl + bsl, ash + bsh), bits, class)
}

pub(super) fn sub(ty: Type, flags: NodeFlags, a: &IntFact, b: &IntFact) -> Result {
    let ((al, ah), (bl, bh)) = (wide(a.unsigned), wide(b.unsigned));
    let ((asl, ash), (bsl, bsh)) = (wide_signed(a.signed), wide_signed(b.signed));
    let bits = sum_bits((a.zeros, a.ones), (b.ones, b.zeros), 1);
    let class = Class::of(a).sub(Class::of(b));
    bounded(ty, flags, (al - bh, ah - bl), (asl - bsh, ash - bsl), bits, class)
}

fn corners(a: (i128, i128), b: (i128, i128)) -> (i128, i128) {
    let products = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
    let low = products.into_iter().fold(i128::MAX, i128::min);
    (low, products.into_iter().fold(i128::MIN, i128::max))
}

/// Bounds of the unsigned product; `None` if it wraps for all values although it must not.
fn product_bounds(ty: Type, no_wrap: bool, a: &IntFact, b: &IntFact) -> Option<(u64, u64)> {
    let mask = u128::from(ty.mask());
    let product = |x: u64, y: u64| u128::from(x) * u128::from(y);
    let (low, high) = (product(a.unsigned.0, b.unsigned.0), product(a.unsigned.1, b.unsigned.1));
    match (low <= mask, high <= mask) {
        (true, true) => Some((low as u64, high as u64)),
        (true, false) if no_wrap => Some((low as u64, mask as u64)),
        (false, _) if no_wrap => None,
        _ => Some((0, mask as u64)),
    }
}

pub(super) fn mul(ty: Type, flags: NodeFlags, a: &IntFact, b: &IntFact) -> Result {
    let (low, high) = corners(wide_signed(a.signed), wide_signed(b.signed));
    let (zeros, ones) = product_bits(ty, a, b);
    IntFact {
        unsigned: product_bounds(ty, flags.has(NodeFlags::NUW), a, b)?,
        signed: wrap_signed(ty, low, high, flags.has(NodeFlags::NSW))?,
        zeros: zeros | !ty.mask(),
        ones: ones & ty.mask(),
        stride: wrap_class(ty, (low, high), flags.has(NodeFlags::NSW), || Class::of(a).mul(Class::of(b))),
    }
    .normalized(ty)
}

/// The low bits of a product depend on the low bits of the factors only, and zeros at their ends add up.
fn product_bits(ty: Type, a: &IntFact, b: &IntFact) -> (u64, u64) {
    let (zeros_a, zeros_b) = (a.trailing_zeros(ty), b.trailing_zeros(ty));
    let (known_a, known_b) = (a.trailing_known(), b.trailing_known());
    let known = (known_a - zeros_a.min(known_a)).min(known_b - zeros_b.min(known_b)) + zeros_a + zeros_b;
    let low = if known >= 64 { u64::MAX } else { (1 << known) - 1 };
    let product = a.ones.wrapping_mul(b.ones);
    (!product & low, product & low)
}

/// The high half of the double-width product: bounds of the exact product, shifted.
pub(super) fn mul_high(ty: Type, is_signed: bool, a: &IntFact, b: &IntFact) -> Result {
    let bits = ty.bits();
    if is_signed {
        let (low, high) = corners(wide_signed(a.signed), wide_signed(b.signed));
        return IntFact::from_signed(ty, (low >> bits) as i64, (high >> bits) as i64);
    }
    let high_half = |x: u64, y: u64| ((u128::from(x) * u128::from(y)) >> bits) as u64;
    IntFact::from_unsigned(ty, high_half(a.unsigned.0, b.unsigned.0), high_half(a.unsigned.1, b.unsigned.1))
}

pub(super) fn udiv(ty: Type, a: &IntFact, b: &IntFact) -> Result {
    let least_divisor = b.unsigned.0.max(1);
    if b.unsigned.1 == 0 {
        return None;
    }
    let result = IntFact::from_unsigned(ty, a.unsigned.0 / b.unsigned.1, a.unsigned.1 / least_divisor)?;
    if a.is_non_negative() && b.is_non_negative() { with_class(ty, result, quotients(a, b)) } else { Some(result) }
}

/// The fact of values that are of a class too.
fn with_class(ty: Type, fact: IntFact, class: Option<Class>) -> Result {
    let stride = class.map_or(Stride::ANY, Class::as_stride);
    if stride == Stride::ANY { Some(fact) } else { IntFact { stride, ..fact }.normalized(ty) }
}

/// The class of the quotients by a constant that divides all values of the dividend.
fn quotients(a: &IntFact, b: &IntFact) -> Option<Class> {
    (a.stride != Stride::ANY && b.as_constant().is_some()).then(|| Class::of(a).div_exact(b.signed.0.into())).flatten()
}

/// The class of what is left by a divisor.
fn remainders(a: &IntFact, b: &IntFact) -> Option<Class> {
    (a.stride != Stride::ANY).then(|| Class::of(a).rem(Class::of(b)))
}

pub(super) fn urem(ty: Type, a: &IntFact, b: &IntFact) -> Result {
    if b.unsigned.1 == 0 {
        return None;
    }
    if a.unsigned.1 < b.unsigned.0 {
        return Some(*a);
    }
    let mut result = IntFact::from_unsigned(ty, 0, a.unsigned.1.min(b.unsigned.1 - 1))?;
    keep_low_bits(ty, &mut result, a, b);
    let class = if a.is_non_negative() && b.is_non_negative() { remainders(a, b) } else { None };
    with_class(ty, result.normalized(ty)?, class)
}

/// `a - q * b` has the low bits of `a` where `b` ends in zeros.
fn keep_low_bits(ty: Type, result: &mut IntFact, a: &IntFact, b: &IntFact) {
    let low = !(u64::MAX << b.trailing_zeros(ty).min(63));
    result.zeros |= a.zeros & low;
    result.ones |= a.ones & low;
}

/// Divisor intervals without zero: the negative and the positive part.
fn divisors(b: &IntFact) -> impl Iterator<Item = (i128, i128)> {
    let (low, high) = wide_signed(b.signed);
    [(low, high.min(-1)), (low.max(1), high)].into_iter().filter(|(low, high)| low <= high)
}

pub(super) fn sdiv(ty: Type, a: &IntFact, b: &IntFact) -> Result {
    let (al, ah) = wide_signed(a.signed);
    let (mut low, mut high) = (i128::MAX, i128::MIN);
    for (bl, bh) in divisors(b) {
        for quotient in [al / bl, al / bh, ah / bl, ah / bh] {
            low = low.min(quotient);
            high = high.max(quotient);
        }
    }
    // The least value by -1 is undefined.
    let limits = signed_limits(ty);
    if low > high || low > i128::from(limits.1) {
        return None;
    }
    let result = IntFact::from_signed(ty, low as i64, high.min(i128::from(limits.1)) as i64)?;
    with_class(ty, result, quotients(a, b))
}

pub(super) fn srem(ty: Type, a: &IntFact, b: &IntFact) -> Result {
    let magnitudes = divisors(b).map(|(low, high)| (low.abs().min(high.abs()), low.abs().max(high.abs())));
    let (least, greatest) = magnitudes.fold((i128::MAX, 0), |sum, next| (sum.0.min(next.0), sum.1.max(next.1)));
    if greatest == 0 {
        return None;
    }
    let (al, ah) = wide_signed(a.signed);
    if al > -least && ah < least {
        return Some(*a);
    }
    let low = if al < 0 { al.max(1 - greatest) } else { 0 };
    let high = if ah > 0 { ah.min(greatest - 1) } else { 0 };
    let mut result = IntFact::from_signed(ty, low as i64, high as i64)?;
    keep_low_bits(ty, &mut result, a, b);
    with_class(ty, result.normalized(ty)?, remainders(a, b))
}

pub(super) fn abs(ty: Type, flags: NodeFlags, a: &IntFact) -> Result {
    let (low, high) = a.signed;
    if low >= 0 {
        return Some(*a);
    }
    let negated = sub(ty, flags.and(NodeFlags::NSW), &IntFact::constant(ty, 0), a);
    if high < 0 {
        return negated;
    }
    let greatest = low.unsigned_abs().max(high as u64);
    let limit = signed_limits(ty).1 as u64;
    let greatest = if flags.has(NodeFlags::NSW) { greatest.min(limit) } else { greatest };
    IntFact::from_unsigned(ty, 0, greatest)
}

/// Which of the two a minimum or maximum chooses.
#[derive(Clone, Copy)]
pub(super) enum Choice {
    SMin,
    SMax,
    UMin,
    UMax,
}

/// The result is one of the operands, and within the chosen bounds.
pub(super) fn choose(ty: Type, choice: Choice, a: &IntFact, b: &IntFact) -> Result {
    let mut result = a.join(b, ty);
    match choice {
        Choice::SMin => result.signed.1 = a.signed.1.min(b.signed.1),
        Choice::SMax => result.signed.0 = a.signed.0.max(b.signed.0),
        Choice::UMin => result.unsigned.1 = a.unsigned.1.min(b.unsigned.1),
        Choice::UMax => result.unsigned.0 = a.unsigned.0.max(b.unsigned.0),
    }
    result.normalized(ty)
}

/// Does the sum, difference or product certainly (`Some(true)`) or certainly not leave the type?
pub(super) fn overflows(ty: Type, is_signed: bool, operation: Overflow, a: &IntFact, b: &IntFact) -> Option<bool> {
    let (x, y) =
        if is_signed { (wide_signed(a.signed), wide_signed(b.signed)) } else { (wide(a.unsigned), wide(b.unsigned)) };
    let (low, high) = match operation {
        Overflow::Add => (x.0 + y.0, x.1 + y.1),
        Overflow::Sub => (x.0 - y.1, x.1 - y.0),
        Overflow::Mul => corners(x, y),
    };
    let (least, greatest) = if is_signed { wide_signed(signed_limits(ty)) } else { (0, i128::from(ty.mask())) };
    if low >= least && high <= greatest {
        Some(false)
    } else if high < least || low > greatest {
        Some(true)
    } else {
        None
    }
}

/// What an overflow test computes.
#[derive(Clone, Copy)]
pub(super) enum Overflow {
    Add,
    Sub,
    Mul,
}

/// Bits that a count of up to the width may have.
pub(super) fn count(ty: Type, low: u32, high: u32) -> Result {
    IntFact { zeros: !ones_below(u64::from(high)) | !ty.mask(), ..IntFact::full(ty) }
        .meet(&IntFact::from_unsigned(ty, u64::from(low), u64::from(high))?, ty)
}
