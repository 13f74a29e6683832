//! Division by constants as multiplication by the reciprocal.
//!
//! Granlund, Montgomery, "Division by Invariant Integers using Multiplication" (PLDI 1994); the numbers as in Warren,
//! "Hacker's Delight", chapter 10.

use super::Legalizer;
use son_ir::{NodeFlags, NodeId, Op, Type};

impl Legalizer<'_> {
    /// A division in a whole register, by the reciprocal if the divisor is constant.
    pub(super) fn divide(&mut self, op: Op, ty: Type, control: NodeId, a: NodeId, b: NodeId) -> NodeId {
        let by_constant = if self.fast { None } else { self.divide_by_constant(op, false, control, a, b) };
        by_constant.unwrap_or_else(|| self.graph.node(op, ty, NodeFlags::NONE, 0, &[control, a, b]))
    }

    /// The quotient or remainder by a constant; `None` if the divisor is none, or 0.
    pub(super) fn divide_by_constant(
        &mut self,
        op: Op,
        exact: bool,
        _control: NodeId,
        a: NodeId,
        b: NodeId,
    ) -> Option<NodeId> {
        let ty = self.graph.ty(a);
        let divisor = self.graph.constant(b).filter(|&divisor| divisor != 0)?;
        let signed = ty.sign_extend(divisor);
        let quotient = match op {
            Op::UDiv | Op::URem => self.unsigned_quotient(a, divisor),
            _ if exact && signed.unsigned_abs().is_power_of_two() => self.exact_quotient(a, signed),
            _ => self.signed_quotient(a, signed),
        };
        if matches!(op, Op::UDiv | Op::SDiv) {
            return Some(quotient);
        }
        let product = self.op(Op::Mul, ty, &[quotient, b]);
        Some(self.op(Op::Sub, ty, &[a, product]))
    }

    fn unsigned_quotient(&mut self, a: NodeId, divisor: u64) -> NodeId {
        let ty = self.graph.ty(a);
        let bits = ty.bits();
        if divisor.is_power_of_two() {
            return self.shift(Op::LShr, a, divisor.trailing_zeros());
        }
        if divisor >> (bits - 1) != 0 {
            let divisor = self.constant(ty, divisor);
            let fits = self.compare(Op::Ule, divisor, a);
            return self.op(Op::ZExt, ty, &[fits]);
        }
        let mut dividend = a;
        let mut magic = unsigned_magic(divisor, bits, bits);
        if magic.add && divisor.is_multiple_of(2) {
            // The dividend loses the zeros of the divisor first, and with them the bit that did not fit.
            let even = divisor.trailing_zeros();
            dividend = self.shift(Op::LShr, a, even);
            magic = unsigned_magic(divisor >> even, bits, bits - even);
        }
        if bits == 32 {
            return self.unsigned_quotient_32(dividend, &magic);
        }
        let multiplier = self.constant(ty, magic.multiplier);
        let high = self.op(Op::UMulHigh, ty, &[dividend, multiplier]);
        if !magic.add {
            return self.shift(Op::LShr, high, magic.shift);
        }
        let rest = self.op(Op::Sub, ty, &[dividend, high]);
        let half = self.shift(Op::LShr, rest, 1);
        let sum = self.op(Op::Add, ty, &[half, high]);
        self.shift(Op::LShr, sum, magic.shift - 1)
    }

    /// 32-bit quotients in 64-bit registers.
    fn unsigned_quotient_32(&mut self, dividend: NodeId, magic: &Magic) -> NodeId {
        let wide = self.op(Op::ZExt, Type::I64, &[dividend]);
        let multiplier = self.constant(Type::I64, magic.multiplier);
        let product = self.op(Op::Mul, Type::I64, &[wide, multiplier]);
        if !magic.add {
            let quotient = self.shift(Op::LShr, product, 32 + magic.shift);
            return self.op(Op::Trunc, Type::I32, &[quotient]);
        }
        let high = self.shift(Op::LShr, product, 32);
        let high = self.op(Op::Trunc, Type::I32, &[high]);
        let rest = self.op(Op::Sub, Type::I32, &[dividend, high]);
        let half = self.shift(Op::LShr, rest, 1);
        let sum = self.op(Op::Add, Type::I32, &[half, high]);
        self.shift(Op::LShr, sum, magic.shift - 1)
    }

    /// The dividend is a multiple of the divisor, plus or minus a power of two.
    fn exact_quotient(&mut self, a: NodeId, divisor: i64) -> NodeId {
        let quotient = self.shift(Op::AShr, a, divisor.unsigned_abs().trailing_zeros());
        if divisor < 0 { self.op(Op::Neg, self.graph.ty(a), &[quotient]) } else { quotient }
    }

    fn signed_quotient(&mut self, a: NodeId, divisor: i64) -> NodeId {
        let ty = self.graph.ty(a);
        let bits = ty.bits();
        let magnitude = divisor.unsigned_abs();
        if magnitude == 1 {
            return if divisor < 0 { self.op(Op::Neg, ty, &[a]) } else { a };
        }
        if magnitude.is_power_of_two() {
            let quotient = self.signed_by_power(a, magnitude.trailing_zeros());
            return if divisor < 0 { self.op(Op::Neg, ty, &[quotient]) } else { quotient };
        }
        let (multiplier, shift) = signed_magic(divisor, bits);
        let mut high = self.signed_high(a, multiplier);
        if divisor > 0 && multiplier < 0 {
            high = self.op(Op::Add, ty, &[high, a]);
        } else if divisor < 0 && multiplier > 0 {
            high = self.op(Op::Sub, ty, &[high, a]);
        }
        let rounded = self.shift(Op::AShr, high, shift);
        let sign = self.shift(Op::LShr, rounded, bits - 1);
        self.op(Op::Add, ty, &[rounded, sign])
    }

    /// Towards zero: a negative dividend gets the divisor less one added first.
    fn signed_by_power(&mut self, a: NodeId, log2: u32) -> NodeId {
        let ty = self.graph.ty(a);
        let bits = ty.bits();
        let sign = if log2 == 1 { a } else { self.shift(Op::AShr, a, bits - 1) };
        let bias = self.shift(Op::LShr, sign, bits - log2);
        let biased = self.op(Op::Add, ty, &[a, bias]);
        self.shift(Op::AShr, biased, log2)
    }

    fn signed_high(&mut self, a: NodeId, multiplier: i64) -> NodeId {
        let ty = self.graph.ty(a);
        if ty.bits() == 64 {
            let multiplier = self.constant(ty, multiplier as u64);
            return self.op(Op::SMulHigh, ty, &[a, multiplier]);
        }
        let wide = self.op(Op::SExt, Type::I64, &[a]);
        let multiplier = self.constant(Type::I64, multiplier as u64);
        let product = self.op(Op::Mul, Type::I64, &[wide, multiplier]);
        let high = self.shift(Op::LShr, product, 32);
        self.op(Op::Trunc, Type::I32, &[high])
    }
}

/// How to divide an unsigned number.
struct Magic {
    multiplier: u64,
    shift: u32,
    /// The multiplier has one more bit than fits.
    add: bool,
}

/// The least multiplier of a division of numbers below `2^significant` in words of `bits`, of which the divisor has
/// fewer.
fn unsigned_magic(divisor: u64, bits: u32, significant: u32) -> Magic {
    let divisor = u128::from(divisor);
    let log = 128 - (divisor - 1).leading_zeros();
    let mut shift = log;
    let mut low = (1u128 << (bits + shift)) / divisor;
    // 2^(bits + shift) * (1 + 2^-significant) / divisor, the greatest multiplier that is exact.
    let mut high = ((1u128 << (bits + shift)) + (1u128 << (bits + shift - significant))) / divisor;
    while low / 2 < high / 2 && shift > 0 {
        low /= 2;
        high /= 2;
        shift -= 1;
    }
    Magic { multiplier: (high & ((1u128 << bits) - 1)) as u64, shift, add: high >> bits != 0 }
}

/// Multiplier and shift of a signed division.
fn signed_magic(divisor: i64, bits: u32) -> (i64, u32) {
    let two = 1u128 << (bits - 1);
    let magnitude = u128::from(divisor.unsigned_abs());
    let t = two + u128::from(divisor < 0);
    let anc = t - 1 - t % magnitude;
    let mut p = bits - 1;
    let (mut q1, mut r1) = (two / anc, two % anc);
    let (mut q2, mut r2) = (two / magnitude, two % magnitude);
    loop {
        p += 1;
        (q1, r1) = (2 * q1 + u128::from(2 * r1 >= anc), if 2 * r1 >= anc { 2 * r1 - anc } else { 2 * r1 });
        (q2, r2) =
            (2 * q2 + u128::from(2 * r2 >= magnitude), if 2 * r2 >= magnitude { 2 * r2 - magnitude } else { 2 * r2 });
        let delta = magnitude - r2;
        if !(q1 < delta || (q1 == delta && r1 == 0)) {
            break;
        }
    }
    let multiplier = (q2 + 1) as u64;
    let multiplier = Type::int(bits).sign_extend(multiplier);
    (if divisor < 0 { Type::int(bits).sign_extend(multiplier.wrapping_neg() as u64) } else { multiplier }, p - bits)
}

#[cfg(test)]
mod tests {
    use super::{signed_magic, unsigned_magic};

    fn unsigned(a: u64, divisor: u64, bits: u32) -> u64 {
        let magic = unsigned_magic(divisor, bits, bits);
        let high = ((u128::from(a) * u128::from(magic.multiplier)) >> bits) as u64;
        if magic.add { (((a - high) >> 1) + high) >> (magic.shift - 1) } else { high >> magic.shift }
    }

    fn signed(a: i64, divisor: i64, bits: u32) -> i64 {
        let (multiplier, shift) = signed_magic(divisor, bits);
        let mut high = ((i128::from(a) * i128::from(multiplier)) >> bits) as i64;
        if divisor > 0 && multiplier < 0 {
            high += a;
        } else if divisor < 0 && multiplier > 0 {
            high -= a;
        }
        let wrapped = son_ir::Type::int(bits).sign_extend(high as u64);
        (wrapped >> shift) + i64::from(wrapped < 0)
    }

    #[test]
    fn every_quotient_of_small_words_and_border_cases_of_large_ones() {
        for divisor in 3..256u64 {
            for a in 0..256 {
                if !divisor.is_power_of_two() && divisor < 128 {
                    assert_eq!(unsigned(a, divisor, 8), a / divisor, "{a} / {divisor}");
                }
            }
        }
        let borders =
            [0u64, 1, 2, 3, 5, 6, 7, 9, 10, 11, 100, 641, 1000, u32::MAX as u64 - 1, u32::MAX as u64, i32::MAX as u64];
        for &divisor in borders.iter().filter(|divisor| **divisor > 2 && **divisor < 1 << 31) {
            for &a in &borders {
                assert_eq!(unsigned(a, divisor, 32), a / divisor, "{a} / {divisor} at 32 bits");
                for wide in [a, !a, a << 32, u64::MAX / divisor * divisor] {
                    assert_eq!(unsigned(wide, divisor, 64), wide / divisor, "{wide} / {divisor} at 64 bits");
                }
            }
        }
    }

    #[test]
    fn every_signed_quotient_of_small_words() {
        for divisor in (-128i64..128).filter(|d| !d.unsigned_abs().is_power_of_two() && *d != 0) {
            for a in -128i64..128 {
                assert_eq!(signed(a, divisor, 8), a / divisor, "{a} / {divisor}");
            }
        }
        for divisor in [-7i64, 3, 5, 7, 10, 100, 1000, -1000, i64::MAX, 1_000_000_007] {
            for a in [0i64, 1, -1, 6, 7, 9, 10, 999, i64::MAX, i64::MIN, i64::MIN + 1] {
                let (multiplier, shift) = signed_magic(divisor, 64);
                let mut high = ((i128::from(a) * i128::from(multiplier)) >> 64) as i64;
                if divisor > 0 && multiplier < 0 {
                    high = high.wrapping_add(a);
                } else if divisor < 0 && multiplier > 0 {
                    high = high.wrapping_sub(a);
                }
                let rounded = high >> shift;
                assert_eq!(rounded + i64::from(rounded < 0), a / divisor, "{a} / {divisor}");
            }
        }
    }
}
