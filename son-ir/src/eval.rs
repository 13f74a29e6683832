//! What the pure ops compute: the one evaluator on constants, shared by folding, the interpreter and the
//! tests of rules.
//!
//! Values are bits of up to 128, zero above the width of their type. Poison operands are the caller's
//! concern: they make the result poison, but for the operand that a `select` does not choose, `freeze`, and
//! divisors (see [`undefined_with_poison`]). Vectors go through here lane by lane.
//!
//! Floats compute as the host's: IEEE 754, to nearest. NaN payloads are unspecified.

use crate::ops::{NodeFlags, Op};
use crate::types::Type;

/// What an op computes from constants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Evaluated {
    /// These bits, zero above the width of the type.
    Bits(u128),
    /// Poison: a flag's promise is broken, or the op has no result for these operands.
    Poison,
    /// Executing it is undefined.
    Undefined,
}

use Evaluated::{Bits, Poison, Undefined};

/// The ones of a type of up to 128 bits.
pub const fn mask(bits: u32) -> u128 {
    if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
}

/// `value` of so many bits as a signed number.
pub const fn signed(value: u128, bits: u32) -> i128 {
    if bits == 0 || bits >= 128 { value as i128 } else { ((value << (128 - bits)) as i128) >> (128 - bits) }
}

/// The result of `op` on scalars of at most 128 bits: `ty` is the type of the result, `from` of the first
/// operand (of the last two for `select`). The control input of divisions is not among `args`. `None` if the op
/// is none that computes a scalar from scalars, or takes another number of them.
///
/// ```
/// use son_ir::eval::{Evaluated, scalar};
/// use son_ir::{NodeFlags, Op, Type};
/// let add = |flags| scalar(Op::Add, flags, Type::I8, Type::I8, &[100, 100]);
/// assert_eq!(add(NodeFlags::NONE), Some(Evaluated::Bits(200)));
/// assert_eq!(add(NodeFlags::NSW), Some(Evaluated::Poison));
/// ```
pub fn scalar(op: Op, flags: NodeFlags, ty: Type, from: Type, args: &[u128]) -> Option<Evaluated> {
    if ty.is_vector() || from.is_vector() {
        return None;
    }
    match *args {
        [a] => unary(op, flags, ty, from, a),
        [a, b] if from.is_float() => float_binary(op, flags, from, a as u64, b as u64),
        [a, b] => binary(op, flags, from, a, b),
        [a, b, c] => ternary(op, flags, ty, a, b, c),
        _ => None,
    }
}

/// The same as [`scalar`] for the commonest binary ops without flags on integers or pointers of type `ty`, at most
/// 64 bits wide: for the interpreter's inner loop. `None` for all others, and where the result is not bits.
#[inline]
pub fn plain(op: Op, ty: Type, a: u64, b: u64) -> Option<u64> {
    let mask = ty.mask();
    let (x, y) = (ty.sign_extend(a), ty.sign_extend(b));
    Some(match op {
        Op::Add => a.wrapping_add(b) & mask,
        Op::Sub => a.wrapping_sub(b) & mask,
        Op::Mul => a.wrapping_mul(b) & mask,
        Op::And => a & b,
        Op::Or => a | b,
        Op::Xor => a ^ b,
        Op::Shl if b < u64::from(ty.bits()) => a << b & mask,
        Op::LShr if b < u64::from(ty.bits()) => a >> b,
        Op::AShr if b < u64::from(ty.bits()) => (x >> b) as u64 & mask,
        Op::Eq => u64::from(a == b),
        Op::Ne => u64::from(a != b),
        Op::Slt => u64::from(x < y),
        Op::Sle => u64::from(x <= y),
        Op::Ult => u64::from(a < b),
        Op::Ule => u64::from(a <= b),
        _ => return None,
    })
}

/// Is the op undefined, rather than poison, when the operand of this number (control not counted) is poison and
/// the other one is `other`?
pub fn undefined_with_poison(op: Op, operand: usize, other: Option<u128>, ty: Type) -> bool {
    match op {
        Op::UDiv | Op::URem => operand == 1 || other == Some(0),
        Op::SDiv | Op::SRem => operand == 1 || other == Some(0) || other == Some(mask(ty.bits())),
        _ => false,
    }
}

fn poison_if(condition: bool, bits: u128) -> Evaluated {
    if condition { Poison } else { Bits(bits) }
}

fn truth(condition: bool) -> Evaluated {
    Bits(u128::from(condition))
}

fn fits_signed(value: Option<i128>, bits: u32) -> bool {
    value.is_some_and(|value| signed(value as u128 & mask(bits), bits) == value)
}

fn fits_unsigned(value: Option<u128>, bits: u32) -> bool {
    value.is_some_and(|value| value & mask(bits) == value)
}

fn unary(op: Op, flags: NodeFlags, ty: Type, from: Type, a: u128) -> Option<Evaluated> {
    if from.is_float() || ty.is_float() {
        return float_unary(op, flags, ty, from, a);
    }
    let (bits, ones) = (from.bits(), mask(from.bits()));
    let zero_is_poison = flags.has(NodeFlags::NUW) && a == 0;
    let minimum = a == 1 << (bits - 1);
    Some(match op {
        Op::Neg => poison_if(flags.has(NodeFlags::NSW) && minimum, a.wrapping_neg() & ones),
        Op::Abs => poison_if(flags.has(NodeFlags::NSW) && minimum, signed(a, bits).unsigned_abs() & ones),
        Op::Ctpop => Bits(u128::from(a.count_ones())),
        Op::Ctlz => poison_if(zero_is_poison, u128::from(a.leading_zeros() - (128 - bits))),
        Op::Cttz => poison_if(zero_is_poison, u128::from(a.trailing_zeros().min(bits))),
        Op::Bswap if bits.is_multiple_of(8) => Bits(a.swap_bytes() >> (128 - bits)),
        Op::Bitreverse => Bits(a.reverse_bits() >> (128 - bits)),
        Op::Trunc => truncate(flags, ty.bits(), bits, a),
        Op::ZExt => poison_if(flags.has(NodeFlags::NUW) && signed(a, bits) < 0, a),
        Op::SExt => Bits(signed(a, bits) as u128 & mask(ty.bits())),
        Op::Bitcast if ty.bits() == bits => Bits(a),
        Op::PtrToInt | Op::IntToPtr => Bits(a & mask(ty.bits())),
        Op::Freeze | Op::Opaque | Op::Pi => Bits(a),
        _ => return None,
    })
}

fn truncate(flags: NodeFlags, to: u32, from: u32, a: u128) -> Evaluated {
    let cut = a & mask(to);
    let loses_unsigned = flags.has(NodeFlags::NUW) && cut != a;
    let loses_signed = flags.has(NodeFlags::NSW) && signed(cut, to) != signed(a, from);
    poison_if(loses_unsigned || loses_signed, cut)
}

fn binary(op: Op, flags: NodeFlags, ty: Type, a: u128, b: u128) -> Option<Evaluated> {
    let (bits, ones) = (ty.bits(), mask(ty.bits()));
    let (x, y) = (signed(a, bits), signed(b, bits));
    let wraps = |signed_result, unsigned_result| {
        (flags.has(NodeFlags::NSW) && !fits_signed(signed_result, bits))
            || (flags.has(NodeFlags::NUW) && !fits_unsigned(unsigned_result, bits))
    };
    let pick = |first: bool| Bits(if first { a } else { b });
    Some(match op {
        Op::Add => poison_if(wraps(x.checked_add(y), a.checked_add(b)), a.wrapping_add(b) & ones),
        Op::Sub => poison_if(wraps(x.checked_sub(y), a.checked_sub(b)), a.wrapping_sub(b) & ones),
        Op::Mul => poison_if(wraps(x.checked_mul(y), a.checked_mul(b)), a.wrapping_mul(b) & ones),
        Op::SDiv | Op::UDiv | Op::SRem | Op::URem => divide(op, flags, bits, a, b),
        Op::UMulHigh => Bits(multiply_high(a, b, bits)),
        Op::SMulHigh => {
            let minus = |negative: bool, other: u128| if negative { other } else { 0 };
            let high = multiply_high(a, b, bits);
            Bits(high.wrapping_sub(minus(x < 0, b)).wrapping_sub(minus(y < 0, a)) & ones)
        }
        Op::And => Bits(a & b),
        Op::Or => poison_if(flags.has(NodeFlags::DISJOINT) && a & b != 0, a | b),
        Op::Xor => Bits(a ^ b),
        Op::Shl | Op::LShr | Op::AShr => shift(op, flags, bits, a, b),
        Op::SMin => pick(x <= y),
        Op::SMax => pick(x >= y),
        Op::UMin => pick(a <= b),
        Op::UMax => pick(a >= b),
        Op::SAddOverflow => truth(!fits_signed(x.checked_add(y), bits)),
        Op::UAddOverflow => truth(!fits_unsigned(a.checked_add(b), bits)),
        Op::SSubOverflow => truth(!fits_signed(x.checked_sub(y), bits)),
        Op::USubOverflow => truth(a < b),
        Op::SMulOverflow => truth(!fits_signed(x.checked_mul(y), bits)),
        Op::UMulOverflow => truth(!fits_unsigned(a.checked_mul(b), bits)),
        Op::PtrAdd => Bits(a.wrapping_add(b) & ones),
        Op::Eq => truth(a == b),
        Op::Ne => truth(a != b),
        Op::Slt => truth(x < y),
        Op::Sle => truth(x <= y),
        Op::Ult => truth(a < b),
        Op::Ule => truth(a <= b),
        _ => return None,
    })
}

fn divide(op: Op, flags: NodeFlags, bits: u32, a: u128, b: u128) -> Evaluated {
    let is_signed = matches!(op, Op::SDiv | Op::SRem);
    if b == 0 || (is_signed && b == mask(bits) && a == 1 << (bits - 1)) {
        return Undefined;
    }
    let (quotient, remainder) = if is_signed {
        let (x, y) = (signed(a, bits), signed(b, bits));
        ((x / y) as u128 & mask(bits), (x % y) as u128 & mask(bits))
    } else {
        (a / b, a % b)
    };
    match op {
        Op::SDiv | Op::UDiv => poison_if(flags.has(NodeFlags::EXACT) && remainder != 0, quotient),
        _ => Bits(remainder),
    }
}

fn shift(op: Op, flags: NodeFlags, bits: u32, a: u128, b: u128) -> Evaluated {
    if b >= u128::from(bits) {
        return Poison;
    }
    let amount = b as u32;
    if op == Op::Shl {
        let result = (a << amount) & mask(bits);
        let loses_signed = flags.has(NodeFlags::NSW) && signed(result, bits) >> amount != signed(a, bits);
        let loses_unsigned = flags.has(NodeFlags::NUW) && result >> amount != a;
        return poison_if(loses_signed || loses_unsigned, result);
    }
    let result = if op == Op::LShr { a >> amount } else { (signed(a, bits) >> amount) as u128 & mask(bits) };
    poison_if(flags.has(NodeFlags::EXACT) && a & mask(amount) != 0, result)
}

/// High word of the unsigned double-width product of two words of `bits` bits.
fn multiply_high(a: u128, b: u128, bits: u32) -> u128 {
    if bits <= 64 {
        return (a * b) >> bits;
    }
    let low = u128::from(u64::MAX);
    let (a1, a0, b1, b0) = (a >> 64, a & low, b >> 64, b & low);
    let middle = a1 * b0 + ((a0 * b0) >> 64);
    let middle2 = a0 * b1 + (middle & low);
    let high = a1 * b1 + (middle >> 64) + (middle2 >> 64);
    if bits == 128 { high } else { ((high << (128 - bits)) | (a.wrapping_mul(b) >> bits)) & mask(bits) }
}

fn ternary(op: Op, flags: NodeFlags, ty: Type, a: u128, b: u128, c: u128) -> Option<Evaluated> {
    let bits = ty.bits();
    Some(match op {
        Op::Select => Bits(if a & 1 == 1 { b } else { c }),
        Op::Fshl | Op::Fshr => {
            let amount = (c % u128::from(bits)) as u32;
            let back = bits - amount;
            let value = match (op, amount) {
                (Op::Fshl, 0) => a,
                (_, 0) => b,
                (Op::Fshl, _) => a << amount | b >> back,
                _ => a << back | b >> amount,
            };
            Bits(value & mask(bits))
        }
        Op::FMa => {
            let result = if ty == Type::F32 {
                single(f32_of(a).mul_add(f32_of(b), f32_of(c)))
            } else {
                double(f64_of(a).mul_add(f64_of(b), f64_of(c)))
            };
            float_checked(flags, ty, &[a as u64, b as u64, c as u64], result)
        }
        _ => return None,
    })
}

// ---- Floats ----

fn f32_of(bits: u128) -> f32 {
    f32::from_bits(bits as u32)
}

fn f64_of(bits: u128) -> f64 {
    f64::from_bits(bits as u64)
}

fn single(value: f32) -> u64 {
    u64::from(value.to_bits())
}

fn double(value: f64) -> u64 {
    value.to_bits()
}

/// A float's value, exact for both widths.
fn widened(ty: Type, bits: u64) -> f64 {
    if ty == Type::F32 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) }
}

/// The result, or poison where a fast-math flag excludes an operand or it.
fn float_checked(flags: NodeFlags, ty: Type, args: &[u64], result: u64) -> Evaluated {
    if flags.any(NodeFlags::NNAN.or(NodeFlags::NINF)) {
        for &bits in args.iter().chain([&result]) {
            let value = widened(ty, bits);
            let excluded =
                (flags.has(NodeFlags::NNAN) && value.is_nan()) || (flags.has(NodeFlags::NINF) && value.is_infinite());
            if excluded {
                return Poison;
            }
        }
    }
    Bits(u128::from(result))
}

fn float_unary(op: Op, flags: NodeFlags, ty: Type, from: Type, a: u128) -> Option<Evaluated> {
    let bits = a as u64;
    match op {
        Op::FToS | Op::FToU => return Some(float_to_int(op == Op::FToS, ty.bits(), widened(from, bits))),
        Op::SToF => return Some(Bits(u128::from(int_to_float(ty, signed(a, from.bits()))))),
        Op::UToF if flags.has(NodeFlags::NUW) && signed(a, from.bits()) < 0 => return Some(Poison),
        Op::UToF if ty == Type::F32 => return Some(Bits(u128::from(single(a as f32)))),
        Op::UToF => return Some(Bits(u128::from(double(a as f64)))),
        Op::Bitcast if ty.bits() == from.bits() => return Some(Bits(a)),
        Op::Freeze | Op::Opaque | Op::Pi => return Some(Bits(a)),
        Op::FExt => return Some(float_checked(flags, ty, &[], double(f64::from(f32_of(a))))),
        Op::FTrunc => return Some(float_checked(flags, ty, &[], single(f64_of(a) as f32))),
        _ => {}
    }
    let sign = 1u64 << (ty.bits() - 1);
    let result = match op {
        Op::FNeg => bits ^ sign,
        Op::FAbs => bits & !sign,
        // Each of these of a widened single is exact or, for the square root, rounds to the same single.
        Op::FSqrt => narrowed(ty, widened(ty, bits).sqrt()),
        Op::FFloor => narrowed(ty, widened(ty, bits).floor()),
        Op::FCeil => narrowed(ty, widened(ty, bits).ceil()),
        Op::FRoundZero => narrowed(ty, widened(ty, bits).trunc()),
        Op::FRint => narrowed(ty, widened(ty, bits).round_ties_even()),
        Op::FRound => narrowed(ty, widened(ty, bits).round()),
        _ => return None,
    };
    Some(float_checked(flags, ty, &[bits], result))
}

fn narrowed(ty: Type, value: f64) -> u64 {
    if ty == Type::F32 { single(value as f32) } else { double(value) }
}

fn int_to_float(ty: Type, value: i128) -> u64 {
    if ty == Type::F32 { single(value as f32) } else { double(value as f64) }
}

fn float_to_int(is_signed: bool, bits: u32, value: f64) -> Evaluated {
    let value = value.trunc();
    let (low, high) = if is_signed {
        (-2f64.powi(bits as i32 - 1), 2f64.powi(bits as i32 - 1))
    } else {
        (0.0, 2f64.powi(bits as i32))
    };
    if !(value >= low && value < high) {
        return Poison;
    }
    Bits(if is_signed { value as i128 as u128 & mask(bits) } else { value as u128 })
}

fn float_binary(op: Op, flags: NodeFlags, ty: Type, a: u64, b: u64) -> Option<Evaluated> {
    let (x, y) = (widened(ty, a), widened(ty, b));
    let compared = match op {
        Op::FEq => x == y,
        Op::FNe => x != y && !x.is_nan() && !y.is_nan(),
        Op::FLt => x < y,
        Op::FLe => x <= y,
        Op::FOrd => !x.is_nan() && !y.is_nan(),
        _ => {
            let result = float_arithmetic(op, ty, a, b)?;
            return Some(float_checked(flags, ty, &[a, b], result));
        }
    };
    Some(float_checked(flags, ty, &[a, b], 0)).map(|checked| if checked == Poison { Poison } else { truth(compared) })
}

fn float_arithmetic(op: Op, ty: Type, a: u64, b: u64) -> Option<u64> {
    let sign = 1u64 << (ty.bits() - 1);
    if op == Op::FCopySign {
        return Some(a & !sign | b & sign);
    }
    macro_rules! compute {
        ($x:expr, $y:expr, $bits:expr) => {{
            let (x, y) = ($x, $y);
            $bits(match op {
                Op::FAdd => x + y,
                Op::FSub => x - y,
                Op::FMul => x * y,
                Op::FDiv => x / y,
                Op::FRem => x % y,
                Op::FMin => x.min(y),
                Op::FMax => x.max(y),
                _ => return None,
            })
        }};
    }
    Some(if ty == Type::F32 {
        compute!(f32::from_bits(a as u32), f32::from_bits(b as u32), single)
    } else {
        compute!(f64::from_bits(a), f64::from_bits(b), double)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(op: Op, ty: Type, args: &[u128]) -> Evaluated {
        scalar(op, NodeFlags::NONE, ty, ty, args).expect("a scalar op")
    }

    #[test]
    fn high_products_agree_with_wide_ones() {
        for (a, b) in [(0x1234_5678u128, 0xffff_ffff), (u128::from(u32::MAX), u128::from(u32::MAX)), (1 << 31, 3)] {
            assert_eq!(bits(Op::UMulHigh, Type::I32, &[a, b]), Bits((a * b) >> 32));
            let wide = (signed(a, 32) * signed(b, 32)) as u128;
            assert_eq!(bits(Op::SMulHigh, Type::I32, &[a, b]), Bits((wide >> 32) & mask(32)));
        }
        assert_eq!(bits(Op::UMulHigh, Type::I128, &[u128::MAX, u128::MAX]), Bits(u128::MAX - 1));
        assert_eq!(bits(Op::SMulHigh, Type::I128, &[u128::MAX, u128::MAX]), Bits(0));
        let (a, ty) = (mask(100), Type::int(100));
        assert_eq!(bits(Op::UMulHigh, ty, &[a, a]), Bits(mask(100) - 1));
    }

    #[test]
    fn division_is_undefined_where_it_overflows() {
        assert_eq!(bits(Op::SDiv, Type::I8, &[0x80, 0xff]), Undefined);
        assert_eq!(bits(Op::SDiv, Type::I8, &[0x81, 0xff]), Bits(0x7f));
        assert_eq!(bits(Op::SRem, Type::I8, &[0xf9, 2]), Bits(0xff));
        assert_eq!(bits(Op::URem, Type::I8, &[7, 0]), Undefined);
        assert!(undefined_with_poison(Op::SDiv, 0, Some(0xff), Type::I8));
        assert!(!undefined_with_poison(Op::UDiv, 0, Some(0xff), Type::I8));
    }

    #[test]
    fn shifts_by_the_width_are_poison() {
        assert_eq!(bits(Op::Shl, Type::I8, &[1, 8]), Poison);
        assert_eq!(bits(Op::AShr, Type::I8, &[0x80, 7]), Bits(0xff));
        assert_eq!(bits(Op::Fshl, Type::I8, &[0x81, 0x81, 9]), Bits(0x03));
        assert_eq!(bits(Op::Fshr, Type::I128, &[1, 0, 1]), Bits(1 << 127));
        assert_eq!(scalar(Op::Shl, NodeFlags::NSW, Type::I8, Type::I8, &[0x40, 1]), Some(Poison));
    }

    #[test]
    fn plain_evaluation_agrees() {
        let mut covered = 0;
        for op in Op::all() {
            for width in [1, 5, 8, 33, 64] {
                let ty = Type::int(width);
                for seed in 0..400u64 {
                    let word = |k: u64| (seed + 1).wrapping_mul(k).rotate_left(seed as u32 % 64) >> (seed % 60);
                    let (a, b) = (word(0x9e37_79b9_7f4a_7c15) & ty.mask(), word(0xd1b5_4a32_d192_ed03) & ty.mask());
                    if let Some(bits) = plain(op, ty, a, b) {
                        let full = scalar(op, NodeFlags::NONE, ty, ty, &[a.into(), b.into()]);
                        assert_eq!(full, Some(Bits(bits.into())), "{op} {ty} {a} {b}");
                        covered += 1;
                    }
                }
            }
        }
        assert!(covered > 20_000);
    }

    #[test]
    fn floats_convert_or_are_poison() {
        let to = |op, ty, value: f64| scalar(op, NodeFlags::NONE, ty, Type::F64, &[u128::from(value.to_bits())]);
        assert_eq!(to(Op::FToS, Type::I8, -128.9), Some(Bits(0x80)));
        assert_eq!(to(Op::FToS, Type::I8, 128.0), Some(Poison));
        assert_eq!(to(Op::FToU, Type::I64, 1.8446744073709552e19), Some(Poison));
        assert_eq!(to(Op::FToU, Type::I8, -0.5), Some(Bits(0)));
        assert_eq!(to(Op::FToS, Type::I128, f64::NAN), Some(Poison));
    }
}
