//! Types of values: a compact code that fits in two bytes.
//!
//! Width lives here and never in an op name: `add` on [`Type::I32`] and `add` on [`Type::I64`] are
//! the same op. Integers of any width from 1 to 128 bits are types of their own; code generation
//! legalizes the odd ones.

use std::fmt;

/// The type of a node's result.
///
/// The low byte is the scalar: 1 to 128 is an integer of that many bits, larger codes are the other
/// kinds. The high byte is the number of vector lanes, 0 for a scalar.
///
/// ```
/// use son_ir::Type;
/// assert_eq!(Type::I32.bits(), 32);
/// assert_eq!(Type::int(24).to_string(), "i24");
/// assert_eq!(Type::F32.vector(4).to_string(), "v4f32");
/// assert_eq!("v4f32".parse(), Ok(Type::F32.vector(4)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Type(u16);

impl Type {
    /// One bit: the result of a compare.
    pub const I1: Type = Type(1);
    /// 8-bit integer.
    pub const I8: Type = Type(8);
    /// 16-bit integer.
    pub const I16: Type = Type(16);
    /// 32-bit integer.
    pub const I32: Type = Type(32);
    /// 64-bit integer.
    pub const I64: Type = Type(64);
    /// 128-bit integer.
    pub const I128: Type = Type(128);
    /// IEEE 754 single precision.
    pub const F32: Type = Type(129);
    /// IEEE 754 double precision.
    pub const F64: Type = Type(130);
    /// An address, 64 bits.
    pub const PTR: Type = Type(131);
    /// A reference that a moving collector may change.
    pub const REF: Type = Type(132);
    /// The state of memory, or of a slice of it.
    pub const MEM: Type = Type(133);
    /// Control: the token that says that execution reaches this point.
    pub const CTRL: Type = Type(134);
    /// Several results, taken apart by projections.
    pub const TUPLE: Type = Type(135);
    /// A frame state or a virtual object, consumed by deoptimization.
    pub const STATE: Type = Type(136);

    /// The widest integer.
    pub const MAX_INT_BITS: u32 = 128;

    /// The integer type of `bits` bits. Panics unless `1 <= bits <= 128`.
    pub const fn int(bits: u32) -> Type {
        assert!(bits >= 1 && bits <= Type::MAX_INT_BITS, "integer types have 1 to 128 bits");
        Type(bits as u16)
    }

    /// The vector of `lanes` elements of this scalar type. Panics unless `2 <= lanes <= 255`.
    pub const fn vector(self, lanes: u32) -> Type {
        assert!(lanes >= 2 && lanes <= 255 && self.0 < 256, "vectors have 2 to 255 scalar lanes");
        Type(self.0 | (lanes as u16) << 8)
    }

    /// The code as a number, for tables and hashes.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Number of lanes of a vector, 1 for a scalar.
    pub const fn lanes(self) -> u32 {
        if self.0 < 256 { 1 } else { (self.0 >> 8) as u32 }
    }

    /// The element type of a vector, the type itself for a scalar.
    pub const fn scalar(self) -> Type {
        Type(self.0 & 0xff)
    }

    /// Is it a vector?
    pub const fn is_vector(self) -> bool {
        self.0 >= 256
    }

    /// Is it a scalar integer, `i1` included?
    pub const fn is_int(self) -> bool {
        self.0 >= 1 && self.0 <= 128
    }

    /// Is it `f32` or `f64`?
    pub const fn is_float(self) -> bool {
        self.0 == Type::F32.0 || self.0 == Type::F64.0
    }

    /// Is it `ptr` or `ref`?
    pub const fn is_pointer(self) -> bool {
        self.0 == Type::PTR.0 || self.0 == Type::REF.0
    }

    /// Is it a value that lives in registers or memory: integer, float, pointer or vector?
    pub const fn is_data(self) -> bool {
        let scalar = self.0 & 0xff;
        scalar >= 1 && scalar <= Type::REF.0
    }

    /// Bits of a value of this type; 0 for control, memory, tuples and states.
    pub const fn bits(self) -> u32 {
        let scalar = self.0 & 0xff;
        let bits = match scalar {
            1..=128 => scalar as u32,
            129 => 32,
            130..=132 => 64,
            _ => 0,
        };
        bits * self.lanes()
    }

    /// Bytes that a load or store of this type touches: the bits rounded up.
    pub const fn bytes(self) -> u32 {
        self.bits().div_ceil(8)
    }

    /// The ones of an integer or pointer of up to 64 bits: `0xffff` for `i16`.
    pub const fn mask(self) -> u64 {
        let bits = self.bits();
        if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
    }

    /// `value` cut to this type and sign-extended from it.
    pub const fn sign_extend(self, value: u64) -> i64 {
        let bits = self.bits();
        if bits == 0 || bits >= 64 { value as i64 } else { ((value << (64 - bits)) as i64) >> (64 - bits) }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_vector() {
            write!(f, "v{}", self.lanes())?;
        }
        match self.scalar() {
            Type::F32 => f.write_str("f32"),
            Type::F64 => f.write_str("f64"),
            Type::PTR => f.write_str("ptr"),
            Type::REF => f.write_str("ref"),
            Type::MEM => f.write_str("mem"),
            Type::CTRL => f.write_str("ctrl"),
            Type::TUPLE => f.write_str("tuple"),
            Type::STATE => f.write_str("state"),
            int => write!(f, "i{}", int.0),
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A word that names no type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownType;

impl std::str::FromStr for Type {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Type, UnknownType> {
        if let Some(rest) = text.strip_prefix('v') {
            let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or(UnknownType)?;
            let lanes: u32 = rest[..end].parse().map_err(|_| UnknownType)?;
            let scalar: Type = rest[end..].parse()?;
            return if (2..=255).contains(&lanes) && scalar.is_data() && !scalar.is_vector() {
                Ok(scalar.vector(lanes))
            } else {
                Err(UnknownType)
            };
        }
        Ok(match text {
            "f32" => Type::F32,
            "f64" => Type::F64,
            "ptr" => Type::PTR,
            "ref" => Type::REF,
            "mem" => Type::MEM,
            "ctrl" => Type::CTRL,
            "tuple" => Type::TUPLE,
            "state" => Type::STATE,
            _ => match text.strip_prefix('i').and_then(|bits| bits.parse::<u32>().ok()) {
                Some(bits) if (1..=Type::MAX_INT_BITS).contains(&bits) => Type::int(bits),
                _ => return Err(UnknownType),
            },
        })
    }
}
