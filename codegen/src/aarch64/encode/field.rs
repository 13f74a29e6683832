//! Fields of instructions: where an operand is in the word, which values it takes, how it is written.

use super::immediate::{bitmask, bitmask_value, float_value};
use std::fmt::Write;

/// How the width of the operation is written in the word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// Bit 31: 4 or 8 bytes.
    Word,
    /// Bits 31 and 22 (`N`): 4 or 8 bytes.
    Bitfield,
    /// Bit 30: 4 or 8 bytes.
    Bit30,
    /// Bits 30 and 31: 1, 2, 4 or 8 bytes.
    Access,
    /// The same for sign-extending loads, which have the first so many sizes.
    Signed(u8),
    /// Bits 30, 31 and 23: 1 to 16 bytes of a float register.
    FloatAccess,
    /// Bits 30 and 31: 4, 8 or 16 bytes of float registers.
    FloatPair,
    /// Bit 22: 4 or 8 bytes of a float register.
    Float,
    /// One width only.
    Fixed(u8),
}

impl Width {
    /// The sizes that there are.
    pub fn sizes(self) -> &'static [u8] {
        match self {
            Width::Word | Width::Bitfield | Width::Bit30 | Width::Float => &[4, 8],
            Width::Access => &[1, 2, 4, 8],
            Width::Signed(2) => &[1, 2],
            Width::Signed(_) => &[1, 2, 4],
            Width::FloatAccess => &[1, 2, 4, 8, 16],
            Width::FloatPair => &[4, 8, 16],
            Width::Fixed(4) => &[4],
            Width::Fixed(_) => &[8],
        }
    }

    /// The bits of the word that hold it.
    pub(super) fn mask(self) -> u32 {
        self.sizes().iter().filter_map(|&size| self.bits(size)).fold(0, |mask, bits| mask | bits)
    }

    /// The bits for a size.
    pub(super) fn bits(self, size: u8) -> Option<u32> {
        let log2 = size.trailing_zeros();
        self.sizes().contains(&size).then(|| match self {
            Width::Word => (log2 - 2) << 31,
            Width::Bitfield => (log2 - 2) * (1 << 31 | 1 << 22),
            Width::Bit30 => (log2 - 2) << 30,
            Width::Access | Width::Signed(_) => log2 << 30,
            Width::FloatAccess if size == 16 => 1 << 23,
            Width::FloatAccess => log2 << 30,
            Width::FloatPair => (log2 - 2) << 30,
            Width::Float => (log2 - 2) << 22,
            Width::Fixed(_) => 0,
        })
    }

    /// The size that a word has.
    pub(super) fn size(self, word: u32) -> Option<u8> {
        self.sizes().iter().copied().find(|&size| self.bits(size) == Some(word & self.mask()))
    }

    /// What the name of a load or store ends in.
    pub(super) fn suffix(self, size: u8) -> &'static str {
        match (self, size) {
            (Width::Access | Width::Signed(_), 1) => "b",
            (Width::Access | Width::Signed(_), 2) => "h",
            (Width::Signed(_), 4) => "w",
            _ => "",
        }
    }
}

/// An operand: numbers are the lowest bit and the width of its field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// A register as wide as the operation; 31 is zero.
    Reg(u8),
    /// A register as wide as the operation; 31 is the stack pointer.
    Stack(u8),
    /// 32 bits of a register.
    W(u8),
    /// A register of 64 bits.
    X(u8),
    /// A register of 64 bits; 31 is the stack pointer.
    Address(u8),
    /// A float register as wide as the operation.
    Float(u8),
    /// 16 bits of a float register.
    H(u8),
    /// 32 bits of a float register.
    S(u8),
    /// 64 bits of a float register.
    D(u8),
    /// An even register as wide as the operation and the one behind it.
    Pair(u8),
    /// A vector register, written with its lanes by the template.
    Vector(u8),
    /// A number.
    Number(u8, u8),
    /// A number below the number of bits of the operation.
    Bit(u8),
    /// A number up to 4, the shift of an extended register.
    Shift4(u8),
    /// An offset in units of the size.
    Scaled(u8, u8),
    /// A signed offset in bytes.
    Signed(u8, u8),
    /// A signed offset in units of the size.
    SignedScaled(u8, u8),
    /// A signed distance from the instruction in units of 4.
    Target(u8, u8),
    /// A distance of 21 bits: of bytes, or pages if the flag is set.
    Page(bool),
    /// An encoded bitmask.
    Bitmask,
    /// Whether a number is shifted left by 12.
    Shifted12,
    /// Which of the 16-bit parts a number goes to.
    Part,
    /// `lsl`, `lsr`, `asr`, and `ror` if the flag is set.
    ShiftKind(bool),
    /// Extension of a 32-bit register: `uxtb` (0) to `sxtw` (6) but the 64-bit ones.
    Extension,
    /// Extension of an index of 32 bits, `uxtw` (2) or `sxtw` (6).
    IndexExtension,
    /// Whether an index is scaled, `, lsl #n`.
    IndexShift,
    /// Whether an extended index is scaled, ` #n`.
    IndexAmount,
    /// A condition.
    Condition(u8),
    /// The number of a bit in two parts.
    TestedBit,
    /// A float in 8 bits.
    FloatImmediate,
}

/// Names of the conditions.
const CONDITIONS: [&str; 16] =
    ["eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"];
const SHIFTS: [&str; 4] = ["lsl", "lsr", "asr", "ror"];
const EXTENSIONS: [&str; 8] = ["uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx"];

/// Name of a condition of the CPU.
///
/// # Panics
/// If there are not so many.
pub fn condition_name(number: u8) -> &'static str {
    CONDITIONS[number as usize]
}

impl Field {
    /// Lowest bit and width; fields in two parts have the larger one here.
    fn place(self) -> (u8, u8) {
        use Field::*;
        match self {
            Reg(at) | Stack(at) | W(at) | X(at) | Address(at) | Float(at) | H(at) | S(at) | D(at) | Vector(at) => {
                (at, 5)
            }
            Number(at, width) | Scaled(at, width) | Signed(at, width) | SignedScaled(at, width) | Target(at, width) => {
                (at, width)
            }
            Pair(at) => (at, 5),
            Bit(at) => (at, 6),
            Shift4(at) => (at, 3),
            Page(_) => (5, 19),
            Bitmask => (10, 13),
            Shifted12 => (22, 1),
            Part => (21, 2),
            ShiftKind(_) => (22, 2),
            Extension | IndexExtension => (13, 3),
            IndexShift | IndexAmount => (12, 1),
            Condition(at) => (at, 4),
            TestedBit => (19, 5),
            FloatImmediate => (13, 8),
        }
    }

    /// The bits of the word that hold it.
    pub(super) fn mask(self) -> u32 {
        let (at, width) = self.place();
        let main = ((1 << width) - 1) << at;
        match self {
            Field::Page(_) => main | 3 << 29,
            Field::TestedBit => main | 1 << 31,
            _ => main,
        }
    }

    /// May the field hold what a relocation or a label fills?
    pub(super) fn is_target(self) -> bool {
        matches!(self, Field::Target(..) | Field::Page(_) | Field::Number(10, 12) | Field::Scaled(..))
    }

    /// The values that the operand takes: from, up to, in steps of.
    pub fn range(self, size: u8) -> (i64, i64, i64) {
        let (_, width) = self.place();
        let (all, bytes) = ((1i64 << width) - 1, i64::from(size));
        let signed = |unit: i64| (-(1i64 << (width - 1)) * unit, ((1i64 << (width - 1)) - 1) * unit, unit);
        match self {
            Field::Bit(_) => (0, bytes * 8 - 1, 1),
            Field::Shift4(_) => (0, 4, 1),
            Field::Scaled(..) => (0, all * bytes, bytes),
            Field::Signed(..) => signed(1),
            Field::SignedScaled(..) => signed(bytes),
            Field::Target(..) => signed(4),
            Field::Page(false) => (-(1 << 20), (1 << 20) - 1, 1),
            Field::Page(true) => (-(1 << 32), (1 << 32) - 4096, 4096),
            Field::Part => (0, bytes / 2 - 1, 1),
            Field::ShiftKind(false) => (0, 2, 1),
            Field::TestedBit => (0, 63, 1),
            _ => (0, all, 1),
        }
    }

    /// Does the operand take this value?
    pub fn takes(self, operand: i64, size: u8) -> bool {
        let (from, to, step) = self.range(size);
        (from..=to).contains(&operand)
            && operand % step == 0
            && match self {
                // Others of the same value are never written.
                Field::Bitmask => bitmask_value(operand, size).and_then(|value| bitmask(value, size)) == Some(operand),
                Field::Extension => operand & 3 != 3,
                Field::IndexExtension => operand & 3 == 2,
                Field::Pair(_) => operand & 1 == 0,
                _ => true,
            }
    }

    /// The operand as bits of the word, if it fits.
    pub(super) fn insert(self, operand: i64, size: u8) -> Option<u32> {
        if !self.takes(operand, size) {
            return None;
        }
        let (_, _, step) = self.range(size);
        let (at, width) = self.place();
        let number = operand / step;
        let bits = |number: i64| ((number as u64 & ((1 << width) - 1)) as u32) << at;
        Some(match self {
            Field::Page(_) => bits(number >> 2) | (number as u32 & 3) << 29,
            Field::TestedBit => bits(number) | (number as u32 >> 5) << 31,
            _ => bits(number),
        })
    }

    /// The operand in a word, if it is one that the field takes.
    pub(super) fn extract(self, word: u32, size: u8) -> Option<i64> {
        let (from, _, step) = self.range(size);
        let (at, width) = self.place();
        let raw = i64::from(word >> at & ((1 << width) - 1));
        let number = match self {
            Field::Page(_) => {
                let joined = raw << 2 | i64::from(word >> 29 & 3);
                joined << 43 >> 43
            }
            Field::TestedBit => raw | i64::from(word >> 31) << 5,
            _ if from < 0 => raw << (64 - width) >> (64 - width),
            _ => raw,
        };
        let operand = number * step;
        self.takes(operand, size).then_some(operand)
    }

    /// Writes the operand as the assembler reads it.
    pub(super) fn print(self, operand: i64, size: u8, text: &mut String) {
        use Field::*;
        let register_of = |names: [&str; 2], wide: bool, number: i64| match number {
            31 => names[wide as usize].to_owned(),
            _ => format!("{}{number}", if wide { 'x' } else { 'w' }),
        };
        let register = |names: [&str; 2], wide: bool| register_of(names, wide, operand);
        let (zero, stack) = (["wzr", "xzr"], ["wsp", "sp"]);
        let float = |size: u8| format!("{}{operand}", ["b", "h", "s", "d", "q"][size.trailing_zeros() as usize]);
        let written = match self {
            Reg(_) => register(zero, size == 8),
            Stack(_) => register(stack, size == 8),
            W(_) => register(zero, false),
            X(_) => register(zero, true),
            Address(_) => register(stack, true),
            Float(_) => float(size),
            H(_) => float(2),
            S(_) => float(4),
            D(_) => float(8),
            Vector(_) => format!("v{operand}"),
            Pair(_) => {
                let [first, second] = [operand, operand + 1].map(|number| register_of(zero, size == 8, number));
                format!("{first}, {second}")
            }
            Bitmask => format!("#{:#x}", bitmask_value(operand, size).unwrap_or(0)),
            Shifted12 => if operand == 1 { ", lsl #12" } else { "" }.to_owned(),
            Part => {
                if operand == 0 {
                    String::new()
                } else {
                    format!(", lsl #{}", operand * 16)
                }
            }
            ShiftKind(_) => SHIFTS[operand as usize & 3].to_owned(),
            Extension | IndexExtension => EXTENSIONS[operand as usize & 7].to_owned(),
            IndexShift if operand == 1 => format!(", lsl #{}", size.trailing_zeros()),
            IndexAmount if operand == 1 => format!(" #{}", size.trailing_zeros()),
            IndexShift | IndexAmount => String::new(),
            Condition(_) => CONDITIONS[operand as usize & 15].to_owned(),
            FloatImmediate => match size {
                4 => format!("#{:?}", f32::from_bits(float_value(operand, size) as u32)),
                _ => format!("#{:?}", f64::from_bits(float_value(operand, size))),
            },
            _ => format!("#{operand}"),
        };
        let _ = text.write_str(&written);
    }
}
