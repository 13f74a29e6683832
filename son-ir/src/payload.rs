//! What a node's 64-bit payload means, per op: small packed records, and numbers of rows in the
//! graph's side tables.

use crate::module::{SigId, SymbolId};
use crate::types::Type;

/// The part of memory that an access touches. Class 0 overlaps with everything, [`AliasClass::ESCAPED`] with
/// everything but stack slots; any two other classes are disjoint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct AliasClass(pub u32);

impl AliasClass {
    /// Overlaps with everything.
    pub const ANY: AliasClass = AliasClass(0);

    /// The class of a stack slot whose address does not escape. Classes of slots are the function's own; all
    /// others are the module's.
    pub const fn slot(row: u32) -> AliasClass {
        AliasClass(row | 1 << 31)
    }

    /// The stack slot whose class this is.
    pub const fn as_slot(self) -> Option<u32> {
        if self.0 >> 31 == 1 { Some(self.0 & !(1 << 31)) } else { None }
    }

    /// What others can reach: everything but the stack slots whose address does not escape. Calls touch it.
    pub const ESCAPED: AliasClass = AliasClass((1 << 31) - 1);

    /// May an access of this class and one of `other` touch the same byte?
    pub const fn overlaps(self, other: AliasClass) -> bool {
        let escaped = AliasClass::ESCAPED.0;
        self.0 == 0
            || other.0 == 0
            || self.0 == other.0
            || (self.0 == escaped && other.as_slot().is_none())
            || (other.0 == escaped && self.as_slot().is_none())
    }

    /// Is it one slice, not many of them?
    pub const fn is_slice(self) -> bool {
        self.0 != 0 && self.0 != AliasClass::ESCAPED.0
    }
}

bitflags_lite! {
    /// Properties of a memory access.
    AccessFlags: u8 {
        /// Each execution is observable.
        VOLATILE = 1,
        /// The bytes never change while the program can see them.
        INVARIANT = 2,
        /// The address is known to be good wherever control may be.
        NON_TRAPPING = 4,
        /// Atomic; the order says how.
        ATOMIC = 8,
    }
}

/// Ordering of an atomic access, as in C11.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
#[repr(u8)]
pub enum AtomicOrder {
    /// Not atomic, or atomic without ordering.
    #[default]
    Relaxed,
    /// Later accesses stay later.
    Acquire,
    /// Earlier accesses stay earlier.
    Release,
    /// Both.
    AcquireRelease,
    /// Both, and one total order.
    SequentiallyConsistent,
}

/// What an `atomicrmw` stores, from the old value and its operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names of the operations say it")]
pub enum RmwOp {
    #[default]
    Xchg,
    Add,
    Sub,
    And,
    Nand,
    Or,
    Xor,
    SMax,
    SMin,
    UMax,
    UMin,
    FAdd,
    FSub,
    FMax,
    FMin,
}

macro_rules! text_enum {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            /// Name in the text form.
            pub const fn text(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }
            /// By name in the text form.
            pub fn from_text(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)* _ => None }
            }
            fn from_byte(byte: u8) -> $name {
                $name::ALL[byte as usize]
            }
        }
    };
}

text_enum!(AtomicOrder {
    Relaxed = "relaxed", Acquire = "acquire", Release = "release",
    AcquireRelease = "acq_rel", SequentiallyConsistent = "seq_cst",
});
text_enum!(RmwOp {
    Xchg = "xchg", Add = "add", Sub = "sub", And = "and", Nand = "nand", Or = "or", Xor = "xor",
    SMax = "smax", SMin = "smin", UMax = "umax", UMin = "umin",
    FAdd = "fadd", FSub = "fsub", FMax = "fmax", FMin = "fmin",
});

/// The payload of every memory access: `load`, `store`, their ordered forms, atomics and block operations.
///
/// ```
/// use son_ir::{AliasClass, MemAccess};
/// let access = MemAccess::aligned(8).in_class(AliasClass(3));
/// assert_eq!(MemAccess::from_payload(access.payload()), access);
/// assert_eq!(access.align(), 8);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct MemAccess {
    /// Which slice of memory it touches.
    pub class: AliasClass,
    /// Logarithm of the alignment in bytes.
    pub align_log2: u8,
    /// Properties.
    pub flags: AccessFlags,
    /// Order, if atomic.
    pub order: AtomicOrder,
    /// Operation, for `atomicrmw`.
    pub rmw: RmwOp,
}

impl MemAccess {
    /// A plain access of class 0 whose address is a multiple of `align` bytes, a power of two.
    pub fn aligned(align: u32) -> MemAccess {
        MemAccess { align_log2: align.max(1).trailing_zeros() as u8, ..MemAccess::default() }
    }

    /// The same in another class.
    pub fn in_class(self, class: AliasClass) -> MemAccess {
        MemAccess { class, ..self }
    }

    /// The same with more flags.
    pub fn with(self, flags: AccessFlags) -> MemAccess {
        MemAccess { flags: self.flags.or(flags), ..self }
    }

    /// Alignment in bytes.
    pub fn align(self) -> u32 {
        1 << self.align_log2
    }

    /// Packed as a node's payload: class in the low half, then alignment, flags, order and operation.
    pub fn payload(self) -> u64 {
        u64::from(self.class.0)
            | u64::from(self.align_log2) << 32
            | u64::from(self.flags.bits()) << 40
            | (self.order as u64) << 48
            | (self.rmw as u64) << 56
    }

    /// Unpacked from a node's payload.
    pub fn from_payload(payload: u64) -> MemAccess {
        MemAccess {
            class: AliasClass(payload as u32),
            align_log2: (payload >> 32) as u8,
            flags: AccessFlags::from_bits((payload >> 40) as u8),
            order: AtomicOrder::from_byte((payload >> 48) as u8),
            rmw: RmwOp::from_byte((payload >> 56) as u8),
        }
    }
}

/// Payload of an `if`: how often each side is taken, as ratios; 0 and 0 if unknown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Weights {
    /// Of projection 0.
    pub on_true: u32,
    /// Of projection 1.
    pub on_false: u32,
}

impl Weights {
    /// Packed as a node's payload.
    pub fn payload(self) -> u64 {
        u64::from(self.on_true) | u64::from(self.on_false) << 32
    }

    /// Unpacked from a node's payload.
    pub fn from_payload(payload: u64) -> Weights {
        Weights { on_true: payload as u32, on_false: (payload >> 32) as u32 }
    }

    /// With the sides exchanged.
    pub fn swapped(self) -> Weights {
        Weights { on_true: self.on_false, on_false: self.on_true }
    }
}

/// The table behind a `switch`: case `k` is taken to projection `k + 1`. Several values may share a target
/// by merging the projections in a region.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct SwitchTable {
    /// Value of each case, cut to the width of the operand; no two are equal.
    pub values: Vec<u64>,
    /// Weights: of the default, then of each case; empty if unknown.
    pub weights: Vec<u32>,
}

bitflags_lite! {
    /// What is known of a call.
    CallFlags: u16 {
        /// It never returns.
        NO_RETURN = 1,
        /// It may return more than once (`setjmp`).
        RETURNS_TWICE = 2,
        /// It may leave by its exceptional exit.
        UNWINDS = 4,
        /// It writes no memory that the caller can see.
        READ_ONLY = 8,
        /// It neither reads nor writes memory that the caller can see.
        NO_MEMORY = 16,
        /// It touches only memory reachable from its arguments.
        ARGUMENT_MEMORY = 32,
        /// It certainly returns.
        WILL_RETURN = 64,
        /// It must become a tail call.
        MUST_TAIL = 128,
        /// It may become a tail call: no argument points into this frame.
        MAY_TAIL = 256,
        /// Rarely executed.
        COLD = 512,
        /// Inlining is asked for.
        ALWAYS_INLINE = 1024,
        /// Inlining is forbidden.
        NO_INLINE = 2048,
        /// The result aliases nothing that existed before (`malloc`).
        NO_ALIAS_RESULT = 4096,
        /// It does not raise exceptions.
        NO_UNWIND = 8192,
        /// The name of the callee says nothing of what it does.
        NO_BUILTIN = 16384,
    }
}

/// The row behind the payload of a `call` or `tailcall`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CallSite {
    /// Types and conventions as the caller sees them. A variadic signature covers the fixed arguments;
    /// what follows is passed by its node's type.
    pub signature: SigId,
    /// What is known of it.
    pub flags: CallFlags,
}

/// The row behind the payload of a `framestate`: which frame of the unoptimized code it rebuilds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FrameDescriptor {
    /// The function.
    pub function: SymbolId,
    /// The frontend's program counter.
    pub pc: u32,
    /// Is the last input the state of the caller's frame?
    pub has_outer: bool,
}

/// The row behind the payload of an `alloc` or `virtualobj`: the layout of a managed object.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Shape {
    /// Name, for listings.
    pub name: String,
    /// The frontend's number of it, which its allocator is told.
    pub id: u64,
    /// Type and byte offset of each field, ascending. Bytes before, between and behind that no field covers are the
    /// runtime's: what its allocator puts there is not known.
    pub fields: Vec<(Type, u32)>,
    /// Bytes without array elements.
    pub size: u32,
    /// Type of array elements, which follow these bytes.
    pub element: Option<Type>,
    /// Type and byte offset of the number of elements, which the object holds beside its fields and nobody changes.
    pub length: Option<(Type, u32)>,
    /// Runtime function that allocates it: `ptr allocator(i64 bytes, i64 id)`. It returns an address that is a
    /// multiple of 8, of memory whose fields and elements are zero, and never null.
    pub allocator: SymbolId,
}

impl Shape {
    /// The shape of objects without elements.
    pub fn object(
        name: &str,
        id: u64,
        fields: impl IntoIterator<Item = (Type, u32)>,
        size: u32,
        allocator: SymbolId,
    ) -> Shape {
        let fields = fields.into_iter().collect();
        Shape { name: name.to_owned(), id, fields, size, element: None, length: None, allocator }
    }

    /// The shape of arrays: elements begin behind so many bytes, which hold the length.
    pub fn array(name: &str, id: u64, element: Type, size: u32, length: (Type, u32), allocator: SymbolId) -> Shape {
        let (element, length) = (Some(element), Some(length));
        Shape { name: name.to_owned(), id, fields: Vec::new(), size, element, length, allocator }
    }

    /// Bytes of an object of so many elements; `None` if there cannot be such.
    pub fn bytes(&self, count: u64) -> Option<u64> {
        let element = u64::from(self.element.map_or(0, Type::bytes));
        count.checked_mul(element)?.checked_add(u64::from(self.size))
    }

    /// Type and offset of a field, or of an element by its number behind the last field.
    pub fn part(&self, index: usize) -> Option<(Type, u64)> {
        match (self.fields.get(index), self.element) {
            (Some(&(ty, offset)), _) => Some((ty, u64::from(offset))),
            (None, Some(ty)) => {
                let number = (index - self.fields.len()) as u64;
                Some((ty, u64::from(self.size) + number * u64::from(ty.bytes())))
            }
            (None, None) => None,
        }
    }

    /// Number of fields and elements.
    pub fn parts(&self, count: u64) -> usize {
        self.fields.len() + if self.element.is_some() { count as usize } else { 0 }
    }

    /// Type and offset of the fields and elements of an object of so many elements.
    pub fn all_parts(&self, count: u64) -> impl Iterator<Item = (Type, u64)> + '_ {
        (0..self.parts(count)).filter_map(|index| self.part(index))
    }

    /// Why it is none: its parts overlap or lie outside.
    pub(crate) fn mistake(&self) -> Option<String> {
        let mut parts: Vec<(Type, u32)> = self.fields.iter().copied().chain(self.length).collect();
        if self.fields.windows(2).any(|pair| pair[0].1 >= pair[1].1) {
            return Some(format!("the fields of {} do not ascend", self.name));
        }
        parts.sort_unstable_by_key(|part| part.1);
        let ends = parts.iter().map(|(ty, offset)| u64::from(*offset) + u64::from(ty.bytes()));
        let starts = parts.iter().skip(1).map(|part| u64::from(part.1)).chain([u64::from(self.size)]);
        if ends.zip(starts).any(|(end, start)| end > start) {
            return Some(format!("parts of {} overlap or lie outside of it", self.name));
        }
        match (self.element, self.length) {
            (None, Some(_)) => Some(format!("{} has a length but no elements", self.name)),
            (_, Some((ty, _))) if !ty.is_int() => Some(format!("the length of {} is {ty}", self.name)),
            _ => None,
        }
    }
}
