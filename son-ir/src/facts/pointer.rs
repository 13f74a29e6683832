//! Facts of pointers: nullness, alignment, bytes that can be read, and the object pointed into.

use super::int::IntFact;
use crate::module::SymbolId;
use crate::types::Type;

/// The object that a pointer certainly points into (or just past), whatever its offset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Object {
    /// Not known.
    #[default]
    Unknown,
    /// This stack slot of the function.
    Slot(u32),
    /// What this symbol names.
    Symbol(SymbolId),
    /// What this parameter of the function pointed into.
    Param(u32),
}

/// What is known of a pointer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct PointerFact {
    /// It is not null.
    pub non_null: bool,
    /// It is null.
    pub null: bool,
    /// Logarithm of its alignment in bytes.
    pub align_log2: u8,
    /// So many bytes can be read from it.
    pub dereferenceable: u64,
    /// What it points into.
    pub object: Object,
}

/// The alignment that counts as "any": of null.
const MAX_ALIGN_LOG2: u8 = 63;

impl PointerFact {
    /// The null pointer.
    pub const NULL: PointerFact = PointerFact {
        non_null: false,
        null: true,
        align_log2: MAX_ALIGN_LOG2,
        dereferenceable: 0,
        object: Object::Unknown,
    };

    /// Not null, and nothing else known.
    pub const NON_NULL: PointerFact =
        PointerFact { non_null: true, null: false, align_log2: 0, dereferenceable: 0, object: Object::Unknown };

    /// A constant address.
    pub fn constant(bits: u64) -> PointerFact {
        if bits == 0 {
            return PointerFact::NULL;
        }
        PointerFact { align_log2: bits.trailing_zeros() as u8, ..PointerFact::NON_NULL }
    }

    /// What holds when both hold, `None` if they exclude each other.
    pub fn meet(&self, other: &PointerFact) -> Option<PointerFact> {
        let result = PointerFact {
            non_null: self.non_null || other.non_null,
            null: self.null || other.null,
            align_log2: self.align_log2.max(other.align_log2),
            dereferenceable: self.dereferenceable.max(other.dereferenceable),
            object: if self.object == Object::Unknown { other.object } else { self.object },
        };
        (!(result.non_null && result.null)).then_some(result)
    }

    /// What holds when one of them holds.
    pub fn join(&self, other: &PointerFact) -> PointerFact {
        // Null points into nothing, so it does not blur the object.
        let object = match (self.object, other.object) {
            (a, b) if a == b => a,
            (a, _) if other.null => a,
            (_, b) if self.null => b,
            _ => Object::Unknown,
        };
        PointerFact {
            non_null: self.non_null && other.non_null,
            null: self.null && other.null,
            align_log2: self.align_log2.min(other.align_log2),
            dereferenceable: self.dereferenceable.min(other.dereferenceable),
            object,
        }
    }

    /// The pointer plus an offset; `inbounds` if it stays in the object.
    pub(super) fn offset(&self, inbounds: bool, offset: Option<&IntFact>) -> PointerFact {
        let Some(offset) = offset else {
            return PointerFact {
                non_null: inbounds && self.non_null,
                object: if self.null { Object::Unknown } else { self.object },
                ..PointerFact::default()
            };
        };
        if offset.as_constant() == Some(0) {
            return *self;
        }
        let ahead = if offset.is_non_negative() { self.dereferenceable.saturating_sub(offset.unsigned.1) } else { 0 };
        let align_log2 = self.align_log2.min(offset.trailing_zeros(Type::I64) as u8);
        PointerFact {
            non_null: inbounds && self.non_null || ahead > 0,
            null: false,
            align_log2,
            dereferenceable: ahead,
            object: if self.null { Object::Unknown } else { self.object },
        }
    }

    /// The address as a 64-bit integer.
    pub(super) fn as_int(&self) -> Option<IntFact> {
        if self.null {
            return Some(IntFact::constant(Type::I64, 0));
        }
        let low = (1u64 << self.align_log2) - 1;
        let mut fact = IntFact::from_known_bits(Type::I64, low, 0)?;
        fact.unsigned.0 = u64::from(self.non_null);
        fact.normalized(Type::I64)
    }

    /// The pointer with this 64-bit address.
    pub(super) fn from_int(address: &IntFact) -> PointerFact {
        match address.as_constant() {
            Some(bits) => PointerFact::constant(bits),
            None => PointerFact {
                non_null: address.is_non_zero(),
                align_log2: address.trailing_zeros(Type::I64) as u8,
                ..PointerFact::default()
            },
        }
    }
}
