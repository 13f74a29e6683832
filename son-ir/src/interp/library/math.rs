//! `math.h`, computed by the host.

use super::{Reply, Row};

macro_rules! unary {
    ($function:expr) => {
        |_, args| {
            let function: fn(f64) -> f64 = $function;
            Ok(Reply::Float(function(args.float(0)?)))
        }
    };
}

macro_rules! binary {
    ($function:expr) => {
        |_, args| {
            let function: fn(f64, f64) -> f64 = $function;
            Ok(Reply::Float(function(args.float(0)?, args.float(1)?)))
        }
    };
}

/// The same in single precision, by a function of singles.
macro_rules! single {
    ($function:expr) => {
        |_, args| {
            let function: fn(f32) -> f32 = $function;
            Ok(Reply::Float(f64::from(function(args.float(0)? as f32))))
        }
    };
}

macro_rules! single_binary {
    ($function:expr) => {
        |_, args| {
            let function: fn(f32, f32) -> f32 = $function;
            Ok(Reply::Float(f64::from(function(args.float(0)? as f32, args.float(1)? as f32))))
        }
    };
}

pub(super) const TABLE: &[Row] = &[
    ("sqrt", unary!(f64::sqrt)),
    ("cbrt", unary!(f64::cbrt)),
    ("sin", unary!(f64::sin)),
    ("cos", unary!(f64::cos)),
    ("tan", unary!(f64::tan)),
    ("asin", unary!(f64::asin)),
    ("acos", unary!(f64::acos)),
    ("atan", unary!(f64::atan)),
    ("sinh", unary!(f64::sinh)),
    ("cosh", unary!(f64::cosh)),
    ("tanh", unary!(f64::tanh)),
    ("exp", unary!(f64::exp)),
    ("exp2", unary!(f64::exp2)),
    ("expm1", unary!(f64::exp_m1)),
    ("log", unary!(f64::ln)),
    ("log2", unary!(f64::log2)),
    ("log10", unary!(f64::log10)),
    ("log1p", unary!(f64::ln_1p)),
    ("floor", unary!(f64::floor)),
    ("ceil", unary!(f64::ceil)),
    ("trunc", unary!(f64::trunc)),
    ("round", unary!(f64::round)),
    ("rint", unary!(f64::round_ties_even)),
    ("nearbyint", unary!(f64::round_ties_even)),
    ("fabs", unary!(f64::abs)),
    ("pow", binary!(f64::powf)),
    ("atan2", binary!(f64::atan2)),
    ("fmod", binary!(|a, b| a % b)),
    ("hypot", binary!(f64::hypot)),
    ("fmin", binary!(f64::min)),
    ("fmax", binary!(f64::max)),
    ("copysign", binary!(f64::copysign)),
    ("fdim", binary!(|a, b| if a > b { a - b } else { 0.0 })),
    ("fma", |_, args| Ok(Reply::Float(args.float(0)?.mul_add(args.float(1)?, args.float(2)?)))),
    ("sqrtf", single!(f32::sqrt)),
    ("sinf", single!(f32::sin)),
    ("cosf", single!(f32::cos)),
    ("tanf", single!(f32::tan)),
    ("expf", single!(f32::exp)),
    ("logf", single!(f32::ln)),
    ("log2f", single!(f32::log2)),
    ("log10f", single!(f32::log10)),
    ("floorf", single!(f32::floor)),
    ("ceilf", single!(f32::ceil)),
    ("truncf", single!(f32::trunc)),
    ("roundf", single!(f32::round)),
    ("rintf", single!(f32::round_ties_even)),
    ("nearbyintf", single!(f32::round_ties_even)),
    ("fabsf", single!(f32::abs)),
    ("powf", single_binary!(f32::powf)),
    ("atan2f", single_binary!(f32::atan2)),
    ("fmodf", single_binary!(|a, b| a % b)),
    ("fminf", single_binary!(f32::min)),
    ("fmaxf", single_binary!(f32::max)),
    ("copysignf", single_binary!(f32::copysign)),
    ("lround", |_, args| Ok(Reply::Int(args.float(0)?.round() as i64))),
    ("llround", |_, args| Ok(Reply::Int(args.float(0)?.round() as i64))),
    ("lrint", |_, args| Ok(Reply::Int(args.float(0)?.round_ties_even() as i64))),
    ("llrint", |_, args| Ok(Reply::Int(args.float(0)?.round_ties_even() as i64))),
    ("ldexp", |_, args| Ok(Reply::Float(scale(args.float(0)?, args.int(1)?)))),
    ("scalbn", |_, args| Ok(Reply::Float(scale(args.float(0)?, args.int(1)?)))),
    ("frexp", |m, args| {
        let (fraction, exponent) = fraction_and_exponent(args.float(0)?);
        m.memory.write(args.pointer(1)?, &exponent.to_le_bytes())?;
        Ok(Reply::Float(fraction))
    }),
    ("modf", |m, args| {
        let value = args.float(0)?;
        m.memory.write(args.pointer(1)?, &value.trunc().to_le_bytes())?;
        let rest = if value.is_infinite() { 0.0 } else { value - value.trunc() };
        Ok(Reply::Float(rest.copysign(value)))
    }),
    ("__isnan", |_, args| Ok(Reply::Int(args.float(0)?.is_nan().into()))),
    ("__isinf", |_, args| Ok(Reply::Int(args.float(0)?.is_infinite().into()))),
    ("__finite", |_, args| Ok(Reply::Int(args.float(0)?.is_finite().into()))),
    ("__signbit", |_, args| Ok(Reply::Int(args.float(0)?.is_sign_negative().into()))),
];

/// `value * 2^exponent`, rounded once.
fn scale(value: f64, exponent: i64) -> f64 {
    let exponent = exponent.clamp(-2200, 2200) as i32;
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let (fraction, old) = fraction_and_exponent(value);
    let exponent = exponent + old;
    // The fraction has 53 bits; a subnormal result is rounded by one multiplication.
    if exponent > 1024 {
        f64::INFINITY.copysign(value)
    } else if exponent >= -1021 {
        fraction * 2.0 * 2f64.powi(exponent - 1)
    } else {
        fraction * 2f64.powi(-1021) * 2f64.powi((exponent + 1021).max(-1022))
    }
}

/// A fraction of at least one half and below one, and the power of two that it is times of.
fn fraction_and_exponent(value: f64) -> (f64, i32) {
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    let (normal, shift) = if value.abs() < f64::MIN_POSITIVE { (value * 2f64.powi(54), 54) } else { (value, 0) };
    let bits = normal.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - shift)
}
