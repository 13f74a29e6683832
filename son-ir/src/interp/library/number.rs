//! Numbers from text: `strtol`, `strtod` and their kin.

use super::character::is_space;
use super::{Args, Reply, Row, moved};
use crate::interp::machine::{Machine, Stop};
use crate::types::Type;

pub(super) const TABLE: &[Row] = &[
    ("atoi", |m, args| integer(m, args, Bounds::Signed, true).map(|reply| cut(reply, 32))),
    ("atol", |m, args| integer(m, args, Bounds::Signed, true)),
    ("atoll", |m, args| integer(m, args, Bounds::Signed, true)),
    ("strtol", |m, args| integer(m, args, Bounds::Signed, false)),
    ("strtoll", |m, args| integer(m, args, Bounds::Signed, false)),
    ("strtoimax", |m, args| integer(m, args, Bounds::Signed, false)),
    ("strtoul", |m, args| integer(m, args, Bounds::Unsigned, false)),
    ("strtoull", |m, args| integer(m, args, Bounds::Unsigned, false)),
    ("strtoumax", |m, args| integer(m, args, Bounds::Unsigned, false)),
    ("atof", |m, args| float(m, args, false)),
    ("strtod", |m, args| float(m, args, true)),
    ("strtof", |m, args| float(m, args, true)),
];

#[derive(Clone, Copy, PartialEq)]
enum Bounds {
    Signed,
    Unsigned,
}

const OUT_OF_RANGE: i32 = 34;

fn cut(reply: Reply, bits: u32) -> Reply {
    match reply {
        Reply::Int(value) => Reply::Int(Type::int(bits).sign_extend(value as u64)),
        other => other,
    }
}

/// An integer at the start of the text, what is beyond the bounds as the nearest, and the bytes read: 0 if
/// there is no number.
pub(super) fn scan_integer(text: &[u8], base: u32, unsigned: bool) -> (i64, usize, bool) {
    let mut at = text.iter().take_while(|&&byte| is_space(byte)).count();
    let negative = text.get(at) == Some(&b'-');
    at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
    let hex = text.get(at) == Some(&b'0')
        && matches!(text.get(at + 1), Some(b'x' | b'X'))
        && text.get(at + 2).is_some_and(u8::is_ascii_hexdigit);
    let base = match base {
        0 if hex => 16,
        0 if text.get(at) == Some(&b'0') => 8,
        0 => 10,
        _ => base,
    };
    at += if base == 16 && hex { 2 } else { 0 };
    let (first, mut value, mut overflow) = (at, 0u64, false);
    while let Some(digit) = text.get(at).and_then(|&byte| char::from(byte).to_digit(base)) {
        let next = value.checked_mul(u64::from(base)).and_then(|value| value.checked_add(u64::from(digit)));
        overflow |= next.is_none();
        value = next.unwrap_or(u64::MAX);
        at += 1;
    }
    if at == first {
        return (0, 0, false);
    }
    let limit = 1u64 << 63;
    let result = match (unsigned, negative) {
        (true, _) if overflow => -1,
        (true, false) => value as i64,
        (true, true) => (value as i64).wrapping_neg(),
        (false, true) if value > limit => i64::MIN,
        (false, true) => (value as i64).wrapping_neg(),
        (false, false) if value >= limit => i64::MAX,
        (false, false) => value as i64,
    };
    overflow |= !unsigned && value > limit - u64::from(!negative);
    (result, at, overflow)
}

fn integer(m: &mut Machine<'_>, args: &Args<'_>, bounds: Bounds, plain: bool) -> Result<Reply, Stop> {
    let start = args.pointer(0)?;
    let base = if plain { 10 } else { args.int(2)? };
    if base == 1 || !(0..=36).contains(&base) {
        return Err(args.error(format!("base {base}")));
    }
    let text = m.memory.string(start, u64::MAX)?;
    let (value, length, overflow) = scan_integer(text, base as u32, bounds == Bounds::Unsigned);
    if overflow {
        m.set_errno(OUT_OF_RANGE)?;
    }
    if !plain {
        store_end(m, args, length)?;
    }
    Ok(Reply::Int(value))
}

/// Tells where the number ended.
fn store_end(m: &mut Machine<'_>, args: &Args<'_>, length: usize) -> Result<(), Stop> {
    let end = args.pointer(1)?;
    if end.bits != 0 {
        let place = m.memory.writable_place(end, 8, 8)?;
        m.memory.store_cell(place, Type::PTR, moved(args.pointer(0)?, length as u64));
    }
    Ok(())
}

/// A float at the start of the text and the bytes read, 0 if there is none.
pub(super) fn scan_float(text: &[u8]) -> (f64, usize) {
    let spaces = text.iter().take_while(|&&byte| is_space(byte)).count();
    let signed = usize::from(matches!(text.get(spaces), Some(b'+' | b'-')));
    let sign = if text.get(spaces) == Some(&b'-') { -1.0 } else { 1.0 };
    let body = &text[spaces + signed..];
    let starts = |word: &[u8]| body.len() >= word.len() && body[..word.len()].eq_ignore_ascii_case(word);
    let (value, length) = if starts(b"infinity") {
        (f64::INFINITY, 8)
    } else if starts(b"inf") {
        (f64::INFINITY, 3)
    } else if starts(b"nan") {
        (f64::NAN, 3)
    } else if starts(b"0x") && body.get(2).is_some_and(|&byte| byte.is_ascii_hexdigit() || byte == b'.') {
        scan_hex_float(body)
    } else {
        scan_decimal_float(body)
    };
    if length == 0 { (0.0, 0) } else { (sign * value, spaces + signed + length) }
}

fn scan_decimal_float(body: &[u8]) -> (f64, usize) {
    let digits = |from: usize| body[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let mut at = whole;
    let mut fraction = 0;
    if body.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return (0.0, 0);
    }
    if matches!(body.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(body.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at + 1 + sign <= body.len() { digits(at + 1 + sign) } else { 0 };
        at += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    let text = std::str::from_utf8(&body[..at]).unwrap_or("0");
    (text.parse().unwrap_or(0.0), at)
}

fn scan_hex_float(body: &[u8]) -> (f64, usize) {
    let (mut value, mut exponent, mut at, mut point, mut digits) = (0f64, 0i32, 2, false, 0);
    while let Some(&byte) = body.get(at) {
        match char::from(byte).to_digit(16) {
            Some(digit) => {
                value = value * 16.0 + f64::from(digit);
                exponent -= if point { 4 } else { 0 };
                digits += 1;
            }
            None if byte == b'.' && !point => point = true,
            None => break,
        }
        at += 1;
    }
    if digits == 0 {
        return (0.0, 1);
    }
    if matches!(body.get(at), Some(b'p' | b'P')) {
        let (power, length, _) = scan_integer(&body[at + 1..], 10, false);
        exponent = exponent.saturating_add(power.clamp(-100_000, 100_000) as i32);
        at += if length > 0 { 1 + length } else { 0 };
    }
    (value * 2f64.powi(exponent), at)
}

fn float(m: &mut Machine<'_>, args: &Args<'_>, has_end: bool) -> Result<Reply, Stop> {
    let (value, length) = scan_float(m.memory.string(args.pointer(0)?, u64::MAX)?);
    if has_end {
        store_end(m, args, length)?;
    }
    Ok(Reply::Float(value))
}
