//! Floating-point constants: decimal, or the bits in hexadecimal.

use super::Parser;
use crate::ast::Constant;
use crate::error::{Fault, Result};
use crate::token::Tok;
use crate::types::{Type, TypeId};

impl Parser<'_, '_> {
    /// A constant of the floating-point type `ty`.
    pub(super) fn float_constant(&mut self, ty: TypeId) -> Result<Constant> {
        if !self.types.is_float_or_vector(ty) || matches!(self.types.get(ty), Type::Vector { .. }) {
            return Err(self.wrong_type(ty, "a floating-point type"));
        }
        let token = self.bump();
        let text = std::str::from_utf8(self.raw(token)).unwrap_or("");
        let constant = match (token.kind, text.as_bytes().get(2)) {
            (Tok::Decimal, _) => match text.parse() {
                Ok(value) => from_double(value, self.types.get(ty)),
                Err(_) => None,
            },
            (_, Some(b'K')) => self.wide_float(ty, TypeId::X86_FP80, &text[3..], 20),
            (_, Some(b'L')) => self.wide_float(ty, TypeId::FP128, &text[3..], 32),
            (_, Some(b'M')) => self.wide_float(ty, TypeId::PPC_FP128, &text[3..], 32),
            (_, Some(b'H')) if ty == TypeId::HALF => hex(&text[3..], 4).map(|bits| Constant::Half(bits as u16)),
            (_, Some(b'R')) if ty == TypeId::BFLOAT => hex(&text[3..], 4).map(|bits| Constant::Half(bits as u16)),
            (_, Some(b'H' | b'R')) => None,
            _ => hex(&text[2..], 16).and_then(|bits| from_double(f64::from_bits(bits as u64), self.types.get(ty))),
        };
        constant.ok_or_else(|| {
            let ty = self.types.display(ty);
            Fault::invalid(token.start, format!("floating-point constant is not valid for type '{ty}'"))
        })
    }

    fn wide_float(&mut self, ty: TypeId, format: TypeId, digits: &str, max: usize) -> Option<Constant> {
        let bits = hex(digits, max).filter(|_| ty == format)?;
        // Formats of 128 bits are written with the low half first.
        let bits = if max == 32 { bits.rotate_left(64) } else { bits };
        Some(Constant::WideFloat(self.constants.push_wide(bits)))
    }
}

fn hex(digits: &str, max: usize) -> Option<u128> {
    let valid = !digits.is_empty() && digits.len() <= max && !digits.starts_with('+');
    valid.then(|| u128::from_str_radix(digits, 16).ok()).flatten()
}

/// The language writes floats as doubles of the same value; one that is not exact is refused.
fn from_double(value: f64, ty: Type) -> Option<Constant> {
    match ty {
        Type::Double => Some(Constant::Double(value.to_bits())),
        Type::Float if value.is_nan() => {
            // By hand, since a conversion may quiet the NaN.
            let bits = value.to_bits();
            let (sign, payload) = ((bits >> 32) as u32 & 1 << 31, (bits >> 29) as u32 & 0x7f_ffff);
            (payload != 0 && bits.trailing_zeros() >= 29).then_some(Constant::Float(sign | 0xff << 23 | payload))
        }
        Type::Float => {
            let narrow = value as f32;
            (f64::from(narrow) == value).then_some(Constant::Float(narrow.to_bits()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_exact() {
        assert_eq!(from_double(0.5, Type::Float), Some(Constant::Float(0.5f32.to_bits())));
        assert_eq!(from_double(0.1, Type::Float), None);
        assert_eq!(from_double(-0.0, Type::Float), Some(Constant::Float(1 << 31)));
        assert_eq!(from_double(f64::INFINITY, Type::Float), Some(Constant::Float(0x7f80_0000)));
        let signalling = f64::from_bits(0xfff4_0000_0000_0000);
        assert_eq!(from_double(signalling, Type::Float), Some(Constant::Float(0xffa0_0000)));
        assert_eq!(from_double(f64::from_bits(0x7ff0_0000_0000_0001), Type::Float), None);
    }
}
