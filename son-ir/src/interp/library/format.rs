//! `printf`: the whole of C's conversions but for wide characters and numbered arguments.

use super::Args;
use crate::interp::machine::{Machine, Reason, Stop};
use crate::interp::undefined::Undefined;
use crate::interp::value::{Cell, Value};
use crate::types::Type;

/// Where conversions take their arguments from.
pub(super) enum Source<'a> {
    /// Arguments of the call, what is left of them.
    Values(&'a [Value]),
    /// A `va_list`.
    List(Cell),
}

/// A conversion: flags, width, precision and what it converts.
#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    /// Bits of an integer argument.
    bits: u32,
    conversion: u8,
}

/// Widths and precisions above are errors, not requests for memory.
const MAX_WIDTH: i64 = 1 << 20;

struct Printer<'m, 'i, 'a> {
    machine: &'m mut Machine<'i>,
    source: Source<'a>,
    function: &'a str,
    output: Vec<u8>,
}

/// The text that the format makes.
pub(super) fn print(
    machine: &mut Machine<'_>,
    args: &Args<'_>,
    format: usize,
    source: Source<'_>,
) -> Result<Vec<u8>, Stop> {
    let format = machine.memory.string(args.pointer(format)?, u64::MAX)?.to_vec();
    let mut printer = Printer { machine, source, function: args.function, output: Vec::new() };
    let mut at = 0;
    while at < format.len() {
        let plain = format[at..].iter().position(|&byte| byte == b'%').unwrap_or(format.len() - at);
        printer.output.extend_from_slice(&format[at..at + plain]);
        at += plain;
        if at < format.len() {
            let (spec, length) = printer.parse(&format[at + 1..])?;
            printer.convert(&spec)?;
            at += 1 + length;
        }
    }
    Ok(printer.output)
}

impl Printer<'_, '_, '_> {
    fn error<T>(&self, message: impl Into<String>) -> Result<T, Stop> {
        Err(Undefined::Library { function: self.function.to_owned(), message: message.into() }.into())
    }

    /// The next argument. Integers of at most 32 bits travel as `int`.
    fn next(&mut self, ty: Type) -> Result<Value, Stop> {
        let value = match &mut self.source {
            Source::List(list) => {
                let list = *list;
                self.machine.va_arg(list, ty)?
            }
            Source::Values(values) => {
                let Some((first, rest)) = values.split_first() else { return self.error("too few arguments") };
                let value = first.clone();
                *values = rest;
                value
            }
        };
        let same_class = (ty.is_float() && value.ty().is_float())
            || (!ty.is_float() && (value.ty().is_int() || value.ty().is_pointer()));
        if value.is_poison() {
            return self.error("an argument is poison");
        }
        if !same_class || value.ty().bits() < ty.bits() {
            return self.error(format!("an argument has type {}, expected {ty}", value.ty()));
        }
        Ok(value)
    }

    fn int(&mut self, bits: u32) -> Result<i64, Stop> {
        let value = self.next(if bits == 64 { Type::I64 } else { Type::I32 })?;
        Ok(Type::int(bits).sign_extend(value.cells[0].bits))
    }

    /// The conversion after a `%`, and its length.
    fn parse(&mut self, text: &[u8]) -> Result<(Spec, usize), Stop> {
        let mut spec = Spec { bits: 32, ..Spec::default() };
        let mut at = 0;
        let byte = |at: usize| text.get(at).copied().unwrap_or(0);
        loop {
            match byte(at) {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                b'0' => spec.zero = true,
                _ => break,
            }
            at += 1;
        }
        let width = self.number(text, &mut at)?.unwrap_or(0);
        spec.left |= width < 0;
        spec.width = width.unsigned_abs() as usize;
        if byte(at) == b'.' {
            at += 1;
            let precision = self.number(text, &mut at)?.unwrap_or(0);
            spec.precision = usize::try_from(precision).ok();
        }
        at += match (byte(at), byte(at + 1)) {
            (b'h', b'h') => {
                spec.bits = 8;
                2
            }
            (b'l', b'l') => {
                spec.bits = 64;
                2
            }
            (b'h', _) => {
                spec.bits = 16;
                1
            }
            (b'l' | b'z' | b'j' | b't' | b'q', _) => {
                spec.bits = 64;
                1
            }
            (b'L', _) => return Err(Reason::unsupported("printf of long double")),
            _ => 0,
        };
        spec.conversion = byte(at);
        Ok((spec, at + 1))
    }

    /// A number or `*` in the format.
    fn number(&mut self, text: &[u8], at: &mut usize) -> Result<Option<i64>, Stop> {
        if text.get(*at) == Some(&b'*') {
            *at += 1;
            let value = self.int(32)?;
            return if value.abs() > MAX_WIDTH { self.error("the width is too large") } else { Ok(Some(value)) };
        }
        let digits = text[(*at).min(text.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = text[(*at).min(text.len())..][..digits]
            .iter()
            .fold(0i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
        *at += digits;
        if value > MAX_WIDTH {
            return self.error("the width is too large");
        }
        Ok(if digits == 0 { None } else { Some(value) })
    }

    fn convert(&mut self, spec: &Spec) -> Result<(), Stop> {
        match spec.conversion {
            b'%' => self.output.push(b'%'),
            b'd' | b'i' => {
                let value = self.int(spec.bits)?;
                self.integer(spec, value.unsigned_abs().to_string(), value < 0, "");
            }
            b'u' | b'x' | b'X' | b'o' => self.unsigned(spec)?,
            b'c' => {
                let byte = self.int(32)? as u8;
                self.pad(spec, "", &[byte], false);
            }
            b's' => self.string(spec)?,
            b'p' => {
                let address = self.next(Type::PTR)?.cells[0].bits;
                let text = if address == 0 { "(nil)".to_owned() } else { format!("{address:#x}") };
                self.pad(spec, "", text.as_bytes(), false);
            }
            b'n' => {
                let pointer = self.next(Type::PTR)?.cells[0];
                let count = self.output.len() as u64;
                self.machine.memory.write(pointer, &count.to_le_bytes()[..spec.bits as usize / 8])?;
            }
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => {
                let value = self.next(Type::F64)?.as_f64().unwrap_or(f64::NAN);
                self.float(spec, value);
            }
            0 => return self.error("the format ends in a conversion"),
            other => return self.error(format!("unknown conversion {:?}", char::from(other))),
        }
        Ok(())
    }

    fn unsigned(&mut self, spec: &Spec) -> Result<(), Stop> {
        let value = self.int(spec.bits)? as u64 & Type::int(spec.bits).mask();
        let (mut digits, prefix) = match spec.conversion {
            b'u' => (value.to_string(), ""),
            b'x' => (format!("{value:x}"), "0x"),
            b'X' => (format!("{value:X}"), "0X"),
            _ => (format!("{value:o}"), ""),
        };
        let prefix = if spec.alternate && value != 0 { prefix } else { "" };
        if spec.conversion == b'o' && spec.alternate && value != 0 && spec.precision.unwrap_or(0) <= digits.len() {
            digits.insert(0, '0');
        }
        let plain = Spec { plus: false, space: false, ..*spec };
        self.integer(&plain, digits, false, prefix);
        Ok(())
    }

    /// Digits with sign, prefix, precision and width.
    fn integer(&mut self, spec: &Spec, digits: String, negative: bool, prefix: &str) {
        let digits = match spec.precision {
            Some(0) if digits == "0" => String::new(),
            Some(precision) => format!("{digits:0>precision$}"),
            None => digits,
        };
        let start = format!("{}{prefix}", sign(spec, negative));
        self.pad(spec, &start, digits.as_bytes(), spec.precision.is_none());
    }

    fn string(&mut self, spec: &Spec) -> Result<(), Stop> {
        let pointer = self.next(Type::PTR)?.cells[0];
        let limit = spec.precision.map_or(u64::MAX, |precision| precision as u64);
        let text = match pointer.bits {
            0 => b"(null)".to_vec(),
            _ => self.machine.memory.string(pointer, limit)?.to_vec(),
        };
        self.pad(spec, "", &text, false);
        Ok(())
    }

    fn float(&mut self, spec: &Spec, value: f64) {
        let upper = spec.conversion.is_ascii_uppercase();
        let start = sign(spec, value.is_sign_negative());
        let magnitude = value.abs();
        let (prefix, body) = if !value.is_finite() {
            ("", if value.is_nan() { "nan" } else { "inf" }.to_owned())
        } else {
            match spec.conversion.to_ascii_lowercase() {
                b'f' => ("", fixed(magnitude, spec.precision.unwrap_or(6), spec.alternate)),
                b'e' => ("", exponential(magnitude, spec.precision.unwrap_or(6), spec.alternate)),
                b'g' => ("", general(magnitude, spec.precision.unwrap_or(6), spec.alternate)),
                _ => ("0x", hexadecimal(magnitude, spec.precision, spec.alternate)),
            }
        };
        let text = format!("{start}{prefix}");
        let (text, body) = if upper { (text.to_uppercase(), body.to_uppercase()) } else { (text, body) };
        self.pad(spec, &text, body.as_bytes(), value.is_finite());
    }

    /// Appends sign or prefix and body, filled up to the width; with zeros between the two if they may be.
    fn pad(&mut self, spec: &Spec, start: &str, body: &[u8], zeros: bool) {
        let fill = spec.width.saturating_sub(start.len() + body.len());
        let zeros = zeros && spec.zero && !spec.left;
        let repeat = |byte: u8, when: bool, output: &mut Vec<u8>| {
            output.resize(output.len() + if when { fill } else { 0 }, byte);
        };
        repeat(b' ', !spec.left && !zeros, &mut self.output);
        self.output.extend_from_slice(start.as_bytes());
        repeat(b'0', zeros, &mut self.output);
        self.output.extend_from_slice(body);
        repeat(b' ', spec.left, &mut self.output);
    }
}

fn sign(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

fn fixed(value: f64, precision: usize, point: bool) -> String {
    let point = if precision == 0 && point { "." } else { "" };
    format!("{value:.precision$}{point}")
}

/// Digits with an exponent of at least two digits.
fn exponential(value: f64, precision: usize, point: bool) -> String {
    let text = format!("{value:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let point = if precision == 0 && point { "." } else { "" };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}{point}e{sign}{:02}", exponent.abs())
}

/// The shorter of the two, without zeros at the end unless asked for.
fn general(value: f64, precision: usize, keep: bool) -> String {
    let precision = precision.max(1);
    let text = exponential(value, precision - 1, false);
    let exponent: i32 = text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let (body, tail) = if exponent < -4 || exponent >= precision as i32 {
        let at = text.find('e').unwrap_or(text.len());
        (text[..at].to_owned(), text[at..].to_owned())
    } else {
        (fixed(value, (precision as i32 - 1 - exponent).max(0) as usize, false), String::new())
    };
    let body = match (keep, body.contains('.')) {
        (true, false) => format!("{body}."),
        (false, true) => body.trim_end_matches('0').trim_end_matches('.').to_owned(),
        _ => body,
    };
    body + &tail
}

fn hexadecimal(value: f64, precision: Option<usize>, point: bool) -> String {
    let bits = value.to_bits();
    let subnormal = bits >> 52 == 0;
    let mut exponent = if subnormal { -1022 } else { (bits >> 52) as i32 - 1023 };
    let mut digits = (bits & ((1 << 52) - 1)) | if subnormal { 0 } else { 1 << 52 };
    if value == 0.0 {
        exponent = 0;
    }
    if let Some(precision) = precision.filter(|&precision| precision < 13) {
        let unit = 1u64 << (52 - 4 * precision);
        let rest = digits % unit;
        digits -= rest;
        let half = unit / 2;
        if rest > half || (rest == half && digits / unit % 2 == 1) {
            digits += unit;
        }
    }
    let mut fraction = format!("{:013x}", digits & ((1 << 52) - 1));
    match precision {
        Some(precision) if precision < 13 => fraction.truncate(precision),
        Some(precision) => fraction = format!("{fraction:0<precision$}"),
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
    }
    let point = if fraction.is_empty() && !point { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}{point}{fraction}p{sign}{}", digits >> 52, exponent.abs())
}
