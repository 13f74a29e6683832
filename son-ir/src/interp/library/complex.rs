//! Products and quotients of complex numbers, which C compilers call for, by Annex G of the C standard:
//! infinities survive where plain formulas give NaNs.

use super::{Args, Reply, Row};
use crate::interp::machine::Stop;

pub(super) const TABLE: &[Row] = &[
    ("__muldc3", |_, args| operands(args).map(|[a, b, c, d]| product(a, b, c, d))),
    ("__divdc3", |_, args| operands(args).map(|[a, b, c, d]| quotient(a, b, c, d))),
];

fn operands(args: &Args<'_>) -> Result<[f64; 4], Stop> {
    Ok([args.float(0)?, args.float(1)?, args.float(2)?, args.float(3)?])
}

/// 1 or 0 with the sign of the part: whether it is infinite.
fn unit(part: f64) -> f64 {
    if part.is_infinite() { 1f64.copysign(part) } else { 0f64.copysign(part) }
}

fn without_nan(part: f64) -> f64 {
    if part.is_nan() { 0f64.copysign(part) } else { part }
}

/// `(a + ib)(c + id)`.
fn product(mut a: f64, mut b: f64, mut c: f64, mut d: f64) -> Reply {
    let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
    let (real, imaginary) = (ac - bd, ad + bc);
    if !(real.is_nan() && imaginary.is_nan()) {
        return Reply::Complex(real, imaginary);
    }
    let mut infinite = false;
    if a.is_infinite() || b.is_infinite() {
        (a, b, c, d) = (unit(a), unit(b), without_nan(c), without_nan(d));
        infinite = true;
    }
    if c.is_infinite() || d.is_infinite() {
        (a, b, c, d) = (without_nan(a), without_nan(b), unit(c), unit(d));
        infinite = true;
    }
    if !infinite && [ac, bd, ad, bc].iter().any(|part| part.is_infinite()) {
        (a, b, c, d) = (without_nan(a), without_nan(b), without_nan(c), without_nan(d));
        infinite = true;
    }
    match infinite {
        true => Reply::Complex(f64::INFINITY * (a * c - b * d), f64::INFINITY * (a * d + b * c)),
        false => Reply::Complex(real, imaginary),
    }
}

/// `(a + ib) / (c + id)`, with the divisor scaled to about 1.
fn quotient(a: f64, b: f64, c: f64, d: f64) -> Reply {
    let size = c.abs().max(d.abs());
    let exponent = if size.is_normal() { (size.to_bits() >> 52) as i32 - 1023 } else { 0 };
    let scale = 2f64.powi(-exponent.clamp(-1000, 1000));
    let (x, y) = (c * scale, d * scale);
    let norm = x * x + y * y;
    let (real, imaginary) = ((a * x + b * y) / norm * scale, (b * x - a * y) / norm * scale);
    if !(real.is_nan() && imaginary.is_nan()) {
        return Reply::Complex(real, imaginary);
    }
    if norm == 0.0 && !(a.is_nan() && b.is_nan()) {
        let infinity = f64::INFINITY.copysign(c);
        Reply::Complex(infinity * a, infinity * b)
    } else if (a.is_infinite() || b.is_infinite()) && c.is_finite() && d.is_finite() {
        let (a, b) = (unit(a), unit(b));
        Reply::Complex(f64::INFINITY * (a * c + b * d), f64::INFINITY * (b * c - a * d))
    } else if size.is_infinite() && a.is_finite() && b.is_finite() {
        let (c, d) = (unit(c), unit(d));
        Reply::Complex(0.0 * (a * c + b * d), 0.0 * (b * c - a * d))
    } else {
        Reply::Complex(real, imaginary)
    }
}
