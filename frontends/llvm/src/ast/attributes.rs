//! Attributes of functions, parameters and results.

use crate::keyword::{Keyword, PLAIN_ATTRIBUTES};
use crate::types::TypeId;

/// Attributes without argument: a bit for each keyword up to `zeroext`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct AttributeSet(u128);

impl AttributeSet {
    /// Whether the attribute is there; false for a keyword that is no plain attribute.
    pub fn contains(self, attribute: Keyword) -> bool {
        (attribute as u16) < PLAIN_ATTRIBUTES && self.0 >> (attribute as u16) & 1 != 0
    }

    /// Adds an attribute; false if the keyword is no plain attribute.
    pub(crate) fn insert(&mut self, attribute: Keyword) -> bool {
        let plain = (attribute as u16) < PLAIN_ATTRIBUTES;
        if plain {
            self.0 |= 1 << (attribute as u16);
        }
        plain
    }

    /// The attributes of both.
    pub(crate) fn union(self, other: AttributeSet) -> AttributeSet {
        AttributeSet(self.0 | other.0)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set of one attribute.
    pub(crate) const fn of(attribute: Keyword) -> AttributeSet {
        assert!((attribute as u16) < PLAIN_ATTRIBUTES);
        AttributeSet(1 << (attribute as u16))
    }
}

/// Attributes of a parameter or result: an index of a pool, where 0 is "none" and 1 is `noundef`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct AttributeId(pub(crate) u32);

impl AttributeId {
    /// The index into the pool.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The pool that every module and body starts with.
    pub(crate) fn initial_pool() -> Vec<ParamAttributes> {
        let noundef = AttributeSet::of(Keyword::NoUndef);
        vec![ParamAttributes::default(), ParamAttributes { set: noundef, ..Default::default() }]
    }
}

/// `range(iN low, high)`: the values from `low` up to but not including `high`, modulo 2^N.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ValueRange {
    /// The first value, zero-extended.
    pub low: u64,
    /// The end, zero-extended.
    pub high: u64,
}

/// Attributes of a parameter, argument or result.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ParamAttributes {
    /// Those without argument.
    pub set: AttributeSet,
    /// `align`, in bytes; 0 when not said.
    pub align: u32,
    /// `alignstack`, in bytes; 0 when not said.
    pub stack_align: u32,
    /// `dereferenceable`, in bytes.
    pub dereferenceable: u64,
    /// `dereferenceable_or_null`, in bytes.
    pub dereferenceable_or_null: u64,
    /// `byval(T)`
    pub byval: Option<TypeId>,
    /// `sret(T)`
    pub sret: Option<TypeId>,
    /// `byref`, `inalloca`, `preallocated` or `elementtype`, and its type.
    pub typed: Option<(Keyword, TypeId)>,
    /// `range`; not kept for types wider than 64 bits.
    pub range: Option<ValueRange>,
    /// `captures(none)` or `nocapture`: the callee keeps no copy of the pointer.
    pub no_capture: bool,
}

/// What a function may do to a kind of memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum MemoryEffect {
    None,
    Read,
    Write,
    ReadWrite,
}

impl MemoryEffect {
    fn of(bits: u8) -> MemoryEffect {
        [MemoryEffect::None, MemoryEffect::Read, MemoryEffect::Write, MemoryEffect::ReadWrite][usize::from(bits & 3)]
    }

    fn and(self, other: MemoryEffect) -> MemoryEffect {
        MemoryEffect::of(self as u8 & other as u8)
    }
}

/// `memory(...)`: what a function may do, by kind of memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemoryEffects {
    /// Memory that pointer arguments point to.
    pub arguments: MemoryEffect,
    /// Memory that no code of the module sees.
    pub inaccessible: MemoryEffect,
    /// `errno`
    pub errno: MemoryEffect,
    /// All other memory.
    pub other: MemoryEffect,
}

impl MemoryEffects {
    /// The same for all memory.
    pub fn all(effect: MemoryEffect) -> MemoryEffects {
        MemoryEffects { arguments: effect, inaccessible: effect, errno: effect, other: effect }
    }

    fn and(self, other: MemoryEffects) -> MemoryEffects {
        MemoryEffects {
            arguments: self.arguments.and(other.arguments),
            inaccessible: self.inaccessible.and(other.inaccessible),
            errno: self.errno.and(other.errno),
            other: self.other.and(other.other),
        }
    }
}

/// What a function of an allocator does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum AllocRole {
    Alloc,
    Realloc,
    Free,
}

/// `allockind("alloc,zeroed,aligned")`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllocKind {
    /// Which of the three it is.
    pub role: AllocRole,
    /// Are the bytes zero?
    pub zeroed: bool,
    /// Is there an argument for the alignment?
    pub aligned: bool,
}

/// Attributes of a function or call.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FunctionAttributes {
    /// Those without argument.
    pub set: AttributeSet,
    /// `memory(...)`; `None` when not said. See also [`FunctionAttributes::effects`].
    pub memory: Option<MemoryEffects>,
    /// `alignstack`, in bytes; 0 when not said.
    pub stack_align: u32,
    /// `align`, in bytes; 0 when not said.
    pub align: u32,
    /// `allocsize`: which argument is the size of the object returned, and which its count.
    pub alloc_size: Option<(u32, Option<u32>)>,
    /// `allockind("...")`
    pub alloc_kind: Option<AllocKind>,
    /// `"alloc-family"="..."`: where the text of the value begins and ends.
    pub alloc_family: Option<(u32, u32)>,
    /// `"branch-target-enforcement"`: whether addresses that are jumped to are marked.
    pub branch_targets: bool,
    /// `"sign-return-address"`: whether return addresses in memory are signed.
    pub signs_return: bool,
    /// And whether those are that stay in their register.
    pub signs_leaves: bool,
}

impl FunctionAttributes {
    /// What the function may do to memory, by `memory(...)` and by the older attributes.
    pub fn effects(&self) -> MemoryEffects {
        use MemoryEffect::{None, Read, ReadWrite, Write};
        let mut effects = self.memory.unwrap_or(MemoryEffects::all(ReadWrite));
        let everywhere = [(Keyword::ReadNone, None), (Keyword::ReadOnly, Read), (Keyword::WriteOnly, Write)];
        for (attribute, effect) in everywhere {
            if self.set.contains(attribute) {
                effects = effects.and(MemoryEffects::all(effect));
            }
        }
        let nowhere = MemoryEffects::all(None);
        let arguments = MemoryEffects { arguments: ReadWrite, ..nowhere };
        let inaccessible = MemoryEffects { inaccessible: ReadWrite, ..nowhere };
        let only = [
            (Keyword::ArgMemOnly, arguments),
            (Keyword::InaccessibleMemOnly, inaccessible),
            (Keyword::InaccessibleMemOrArgMemOnly, MemoryEffects { arguments: ReadWrite, ..inaccessible }),
        ];
        for (attribute, places) in only {
            if self.set.contains(attribute) {
                effects = effects.and(places);
            }
        }
        effects
    }

    /// Adds those of a group.
    pub(crate) fn merge(&mut self, group: &FunctionAttributes) {
        self.set = self.set.union(group.set);
        self.memory = self.memory.or(group.memory);
        self.stack_align = self.stack_align.max(group.stack_align);
        self.align = self.align.max(group.align);
        self.alloc_size = self.alloc_size.or(group.alloc_size);
        self.alloc_kind = self.alloc_kind.or(group.alloc_kind);
        self.alloc_family = self.alloc_family.or(group.alloc_family);
        self.branch_targets |= group.branch_targets;
        self.signs_return |= group.signs_return;
        self.signs_leaves |= group.signs_leaves;
    }
}
