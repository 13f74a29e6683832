//! Arithmetic of rule conditions and result constants: numbers of so many bits, as SMT-LIB defines them.
//!
//! Everything is total: shifts by the width and more give what is left, quotients by 0 are all ones (or their
//! sign), as in the queries that prove the rules.

use crate::eval::{mask, signed};
use crate::types::Type;

pub(super) fn int(bits: u32, value: i128) -> u128 {
    value as u128 & mask(bits)
}

pub(super) fn minint(bits: u32) -> u128 {
    1 << (bits - 1)
}

pub(super) fn maxint(bits: u32) -> u128 {
    mask(bits) >> 1
}

pub(super) fn neg(bits: u32, a: u128) -> u128 {
    a.wrapping_neg() & mask(bits)
}

pub(super) fn not(bits: u32, a: u128) -> u128 {
    !a & mask(bits)
}

pub(super) fn add(bits: u32, a: u128, b: u128) -> u128 {
    a.wrapping_add(b) & mask(bits)
}

pub(super) fn sub(bits: u32, a: u128, b: u128) -> u128 {
    a.wrapping_sub(b) & mask(bits)
}

pub(super) fn mul(bits: u32, a: u128, b: u128) -> u128 {
    a.wrapping_mul(b) & mask(bits)
}

pub(super) fn udiv(bits: u32, a: u128, b: u128) -> u128 {
    a.checked_div(b).unwrap_or(mask(bits))
}

pub(super) fn urem(_bits: u32, a: u128, b: u128) -> u128 {
    a.checked_rem(b).unwrap_or(a)
}

pub(super) fn sdiv(bits: u32, a: u128, b: u128) -> u128 {
    let (x, y) = (signed(a, bits), signed(b, bits));
    let by_zero = if x < 0 { 1 } else { -1 };
    let quotient = if y == 0 { by_zero } else { x.wrapping_div(y) };
    quotient as u128 & mask(bits)
}

pub(super) fn srem(bits: u32, a: u128, b: u128) -> u128 {
    let (x, y) = (signed(a, bits), signed(b, bits));
    let remainder = if y == 0 { x } else { x.wrapping_rem(y) };
    remainder as u128 & mask(bits)
}

pub(super) fn shl(bits: u32, a: u128, b: u128) -> u128 {
    if b >= u128::from(bits) { 0 } else { (a << b) & mask(bits) }
}

pub(super) fn lshr(bits: u32, a: u128, b: u128) -> u128 {
    if b >= u128::from(bits) { 0 } else { a >> b }
}

pub(super) fn ashr(bits: u32, a: u128, b: u128) -> u128 {
    (signed(a, bits) >> b.min(u128::from(bits - 1))) as u128 & mask(bits)
}

pub(super) fn slt(bits: u32, a: u128, b: u128) -> bool {
    signed(a, bits) < signed(b, bits)
}

pub(super) fn sle(bits: u32, a: u128, b: u128) -> bool {
    signed(a, bits) <= signed(b, bits)
}

pub(super) fn zext(_from: u32, to: u32, a: u128) -> u128 {
    a & mask(to)
}

pub(super) fn sext(from: u32, to: u32, a: u128) -> u128 {
    signed(a, from) as u128 & mask(to)
}

pub(super) fn trunc(_from: u32, to: u32, a: u128) -> u128 {
    a & mask(to)
}

pub(super) fn log2(_bits: u32, a: u128) -> u128 {
    u128::from(a.checked_ilog2().unwrap_or(0))
}

pub(super) fn ctz(bits: u32, a: u128) -> u128 {
    u128::from(a.trailing_zeros().min(bits))
}

pub(super) fn bswap(bits: u32, a: u128) -> u128 {
    a.swap_bytes() >> (128 - bits)
}

pub(super) fn bitreverse(bits: u32, a: u128) -> u128 {
    a.reverse_bits() >> (128 - bits)
}

pub(super) fn low_ones(bits: u32, count: u128) -> u128 {
    if count >= u128::from(bits) { mask(bits) } else { mask(count as u32) }
}

pub(super) fn rotl(bits: u32, a: u128, amount: u128) -> u128 {
    let amount = amount % u128::from(bits);
    if amount == 0 { a } else { ((a << amount) | (a >> (u128::from(bits) - amount))) & mask(bits) }
}

pub(super) fn pow2(_bits: u32, a: u128) -> bool {
    a.is_power_of_two()
}

pub(super) fn low_mask(_bits: u32, a: u128) -> bool {
    a != 0 && a & a.wrapping_add(1) == 0
}

pub(super) fn sadd_fits(bits: u32, a: u128, b: u128) -> bool {
    fits(bits, signed(a, bits).checked_add(signed(b, bits)))
}

pub(super) fn ssub_fits(bits: u32, a: u128, b: u128) -> bool {
    fits(bits, signed(a, bits).checked_sub(signed(b, bits)))
}

pub(super) fn smul_fits(bits: u32, a: u128, b: u128) -> bool {
    fits(bits, signed(a, bits).checked_mul(signed(b, bits)))
}

pub(super) fn uadd_fits(bits: u32, a: u128, b: u128) -> bool {
    a.checked_add(b).is_some_and(|sum| sum <= mask(bits))
}

pub(super) fn umul_fits(bits: u32, a: u128, b: u128) -> bool {
    a.checked_mul(b).is_some_and(|product| product <= mask(bits))
}

fn fits(bits: u32, value: Option<i128>) -> bool {
    value.is_some_and(|value| signed(value as u128 & mask(bits), bits) == value)
}

/// The bits of a float constant of a rule, given as `f64`.
pub(super) fn float(ty: Type, value: u64) -> u128 {
    let value = f64::from_bits(value);
    if ty == Type::F32 { u128::from((value as f32).to_bits()) } else { u128::from(value.to_bits()) }
}

/// Are these the bits of the float constant of a rule?
pub(super) fn is_float(ty: Type, bits: u128, value: u64) -> bool {
    ty.is_float() && bits == float(ty, value)
}

/// Computes on the value of a float constant.
fn compute(ty: Type, operands: &[u128], single: impl Fn(&[f32]) -> f32, double: impl Fn(&[f64]) -> f64) -> u128 {
    let first = |i: usize| operands[i.min(operands.len() - 1)];
    if ty == Type::F32 {
        let values = [0, 1].map(|i| f32::from_bits(first(i) as u32));
        u128::from(single(&values).to_bits())
    } else {
        let values = [0, 1].map(|i| f64::from_bits(first(i) as u64));
        u128::from(double(&values).to_bits())
    }
}

pub(super) fn recip(ty: Type, a: u128) -> u128 {
    compute(ty, &[a], |v| 1.0 / v[0], |v| 1.0 / v[0])
}

pub(super) fn fneg(ty: Type, a: u128) -> u128 {
    compute(ty, &[a], |v| -v[0], |v| -v[0])
}

pub(super) fn fadd(ty: Type, a: u128, b: u128) -> u128 {
    compute(ty, &[a, b], |v| v[0] + v[1], |v| v[0] + v[1])
}

pub(super) fn fmul(ty: Type, a: u128, b: u128) -> u128 {
    compute(ty, &[a, b], |v| v[0] * v[1], |v| v[0] * v[1])
}

pub(super) fn is_nan(ty: Type, a: u128) -> bool {
    if ty == Type::F32 { f32::from_bits(a as u32).is_nan() } else { f64::from_bits(a as u64).is_nan() }
}

pub(super) fn recip_exact(ty: Type, a: u128) -> bool {
    let fraction = if ty == Type::F32 { 23 } else { 52 };
    let is_normal = |bits: u128| {
        if ty == Type::F32 { f32::from_bits(bits as u32).is_normal() } else { f64::from_bits(bits as u64).is_normal() }
    };
    a & mask(fraction) == 0 && is_normal(a) && is_normal(recip(ty, a))
}
