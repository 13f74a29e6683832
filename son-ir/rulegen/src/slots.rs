//! Types of a rule's terms: slots that are unified until each is bound to a term of the pattern.

use crate::types::Type;

/// Number of a slot.
pub type SlotId = usize;

/// Kinds of type that a slot may still have.
pub type Kinds = u8;
/// Integers.
pub const INT: Kinds = 1;
/// Pointers and references.
pub const PTR: Kinds = 2;
/// Floats.
pub const FLOAT: Kinds = 4;
/// Vectors.
pub const VECTOR: Kinds = 8;
/// All data.
pub const DATA: Kinds = INT | PTR | FLOAT | VECTOR;

#[derive(Clone, Debug)]
struct Slot {
    parent: SlotId,
    kinds: Kinds,
    fixed: Option<Type>,
}

/// Union-find over slots.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    slots: Vec<Slot>,
}

impl Slots {
    /// A new slot, of one of these kinds.
    pub fn fresh(&mut self, kinds: Kinds) -> SlotId {
        self.slots.push(Slot { parent: self.slots.len(), kinds, fixed: None });
        self.slots.len() - 1
    }

    /// A new slot of this type.
    pub fn of_type(&mut self, ty: Type) -> SlotId {
        let slot = self.fresh(kind(ty));
        self.slots[slot].fixed = Some(ty);
        slot
    }

    /// The slot that stands for all that are unified with this one.
    pub fn find(&self, mut slot: SlotId) -> SlotId {
        while self.slots[slot].parent != slot {
            slot = self.slots[slot].parent;
        }
        slot
    }

    /// Kinds that the slot may have.
    pub fn kinds(&self, slot: SlotId) -> Kinds {
        self.slots[self.find(slot)].kinds
    }

    /// The slot's type, if it can be only one.
    pub fn fixed(&self, slot: SlotId) -> Option<Type> {
        self.slots[self.find(slot)].fixed
    }

    /// Is this slot known here? Later stages add slots that a snapshot does not have.
    pub fn contains(&self, slot: SlotId) -> bool {
        slot < self.slots.len()
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Leaves the slot only these kinds. `false` if none is left.
    #[must_use]
    pub fn narrow(&mut self, slot: SlotId, kinds: Kinds) -> bool {
        let slot = self.find(slot);
        self.slots[slot].kinds &= kinds;
        self.slots[slot].kinds != 0
    }

    /// Makes the two the same type. `false` if they cannot be.
    #[must_use]
    pub fn unify(&mut self, a: SlotId, b: SlotId) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return true;
        }
        let (fixed_a, fixed_b) = (self.slots[a].fixed, self.slots[b].fixed);
        self.slots[b].parent = a;
        self.slots[a].kinds &= self.slots[b].kinds;
        self.slots[a].fixed = fixed_a.or(fixed_b);
        (fixed_a.is_none() || fixed_b.is_none() || fixed_a == fixed_b) && self.slots[a].kinds != 0
    }

    /// Makes the slot this type. `false` if it cannot be.
    #[must_use]
    pub fn fix(&mut self, slot: SlotId, ty: Type) -> bool {
        let other = self.of_type(ty);
        self.unify(slot, other)
    }
}

/// The kind of a type.
pub fn kind(ty: Type) -> Kinds {
    if ty.is_vector() {
        VECTOR
    } else if ty.is_int() {
        INT
    } else if ty.is_pointer() {
        PTR
    } else {
        FLOAT
    }
}
