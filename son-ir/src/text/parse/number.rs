//! Numbers, and the bits that they are as a value of a type.

use super::{Parser, Result};
use crate::text::lexer::Token;
use crate::types::Type;

/// A number as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number<'a> {
    /// An integer: sign, magnitude, and whether it is in hexadecimal.
    Integer { negative: bool, magnitude: u128, hex: bool },
    /// With a point or an exponent.
    Float(&'a str),
}

impl<'a> Number<'a> {
    fn parse(text: &'a str) -> Option<Number<'a>> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        if let Some(digits) = digits.strip_prefix("0x") {
            let magnitude = u128::from_str_radix(digits, 16).ok()?;
            return Some(Number::Integer { negative, magnitude, hex: true });
        }
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Number::Integer { negative, magnitude: digits.parse().ok()?, hex: false });
        }
        text.parse::<f64>().ok().map(|_| Number::Float(text))
    }

    /// The bits of the number as a value of the type.
    pub(super) fn bits(self, ty: Type) -> std::result::Result<u128, String> {
        match self {
            Number::Float(text) => float_bits(text, ty),
            Number::Integer { negative, magnitude, hex } => {
                if ty.is_float() && !hex {
                    return Err(format!("a {ty} is written with a point (`1.0`), or its bits in hexadecimal"));
                }
                if !ty.is_data() {
                    return Err(format!("there are no constants of type {ty}"));
                }
                let fits = || format!("the number does not fit in {ty}");
                let bits = ty.bits();
                if bits > 128 {
                    return Err(format!("constants have 128 bits at most, {ty} has {bits}"));
                }
                let mask = if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
                if negative {
                    let lowest = 1u128 << (bits - 1);
                    return if magnitude <= lowest { Ok(magnitude.wrapping_neg() & mask) } else { Err(fits()) };
                }
                if magnitude & !mask == 0 { Ok(magnitude) } else { Err(fits()) }
            }
        }
    }

    /// As a signed number of up to 64 bits.
    fn signed(self) -> Option<i64> {
        match self {
            Number::Integer { negative, magnitude, .. } => {
                let value = i128::try_from(magnitude).ok()?;
                i64::try_from(if negative { -value } else { value }).ok()
            }
            Number::Float(_) => None,
        }
    }
}

fn float_bits(text: &str, ty: Type) -> std::result::Result<u128, String> {
    let wrong = |_| format!("`{text}` is not a number");
    match ty {
        Type::F64 => text.parse::<f64>().map(|value| u128::from(value.to_bits())).map_err(wrong),
        Type::F32 => text.parse::<f32>().map(|value| u128::from(value.to_bits())).map_err(wrong),
        _ => Err(format!("`{text}` is a float, not a constant of type {ty}")),
    }
}

impl<'a> Parser<'a> {
    pub(super) fn number(&mut self) -> Result<Number<'a>> {
        let at = self.at;
        match self.token {
            Token::Number(text) => {
                self.advance()?;
                Number::parse(text).map_or_else(|| self.error(at, format!("`{text}` is not a number")), Ok)
            }
            _ => self.expected("a number"),
        }
    }

    /// A number from 0 to `u64::MAX`.
    pub(super) fn unsigned(&mut self) -> Result<u64> {
        let at = self.at;
        match self.number()? {
            Number::Integer { negative: false, magnitude, .. } if magnitude <= u128::from(u64::MAX) => {
                Ok(magnitude as u64)
            }
            _ => self.error(at, "expected a number from 0 to 18446744073709551615"),
        }
    }

    /// A number from 0 to `u32::MAX`.
    pub(super) fn small(&mut self) -> Result<u32> {
        let at = self.at;
        let number = self.unsigned()?;
        u32::try_from(number).or_else(|_| self.error(at, "expected a number from 0 to 4294967295"))
    }

    pub(super) fn signed(&mut self) -> Result<i64> {
        let at = self.at;
        match self.number()?.signed() {
            Some(number) => Ok(number),
            None => self.error(at, "expected an integer of 64 bits"),
        }
    }

    /// An alignment in bytes, as a logarithm.
    pub(super) fn align_log2(&mut self) -> Result<u8> {
        let at = self.at;
        let align = self.unsigned()?;
        if align.is_power_of_two() {
            Ok(align.trailing_zeros() as u8)
        } else {
            self.error(at, format!("alignment {align} is not a power of two"))
        }
    }

    /// An alignment in bytes, 0 for none.
    pub(super) fn align(&mut self) -> Result<u32> {
        let at = self.at;
        let align = self.small()?;
        if align == 0 || align.is_power_of_two() {
            Ok(align)
        } else {
            self.error(at, format!("alignment {align} is not a power of two"))
        }
    }
}
