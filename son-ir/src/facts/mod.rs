//! What is known of a value: the lattice of facts and the transfer function of each op.
//!
//! A fact is a set of values that contains each value that the node can have, poison apart; the order is
//! inclusion. [`Fact::Any`] is the one form of "nothing beyond the type".
//!
//! Facts of most nodes follow from their inputs ([`transfer`]). Nodes whose value comes from elsewhere -
//! parameters, results of calls, loads, addresses, phis of loops - are *sources*: theirs are assumed,
//! given by [`Graph::set_fact`](crate::Graph::set_fact), and stay. Since the phis of loops are sources, facts
//! flow along an acyclic graph, and refreshing them ends; facts of loops come from a pass that knows the
//! whole loop. A `Pi` adds what its branch says ([`refine`](mod@refine)) to what was assumed of it.

mod arith;
mod bits;
mod compare;
#[cfg(test)]
mod exhaustive;
mod float;
mod int;
mod pointer;
pub mod refine;
mod stride;
#[cfg(test)]
mod tests;
mod transfer;

pub use float::{FloatClasses, FloatFact};
pub use int::IntFact;
pub use pointer::{Object, PointerFact};
pub use stride::Stride;
pub use transfer::{is_source, transfer, transfer_with};

use crate::graph::{Graph, NodeId};
use crate::types::Type;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Fact {
    /// Nothing beyond the type.
    #[default]
    Any,
    /// No value is possible: the node is never executed, or always poison.
    Never,
    /// An integer of up to 64 bits.
    Int(IntFact),
    /// A pointer.
    Pointer(PointerFact),
    /// A float.
    Float(FloatFact),
}

impl Fact {
    /// The fact of an integer; `None` is the empty set.
    pub fn of_int(ty: Type, fact: Option<IntFact>) -> Fact {
        match fact {
            None => Fact::Never,
            Some(fact) if fact == IntFact::full(ty) => Fact::Any,
            Some(fact) => Fact::Int(fact),
        }
    }

    /// The fact of a pointer; `None` is the empty set.
    pub fn of_pointer(fact: Option<PointerFact>) -> Fact {
        match fact {
            None => Fact::Never,
            Some(fact) if fact == PointerFact::default() => Fact::Any,
            Some(fact) => Fact::Pointer(fact),
        }
    }

    /// The fact of a float; `None` is the empty set.
    pub fn of_float(fact: Option<FloatFact>) -> Fact {
        match fact {
            None => Fact::Never,
            Some(fact) if fact == FloatFact::ANY => Fact::Any,
            Some(fact) if fact.classes.is_empty() => Fact::Never,
            Some(fact) => Fact::Float(fact),
        }
    }

    /// The fact of a constant with these bits.
    pub fn constant(ty: Type, bits: u64) -> Fact {
        if ty.is_int() && ty.bits() <= 64 {
            Fact::Int(IntFact::constant(ty, bits))
        } else if ty.is_pointer() {
            Fact::Pointer(PointerFact::constant(bits))
        } else if ty.is_float() {
            Fact::Float(FloatFact::constant(ty, bits))
        } else {
            Fact::Any
        }
    }

    /// As a fact of an integer of up to 64 bits; `None` if no value is possible.
    pub fn int(&self, ty: Type) -> Option<IntFact> {
        match self {
            Fact::Never => None,
            Fact::Int(fact) => Some(*fact),
            _ => Some(IntFact::full(ty)),
        }
    }

    /// As a fact of a pointer; `None` if no value is possible.
    pub fn pointer(&self) -> Option<PointerFact> {
        match self {
            Fact::Never => None,
            Fact::Pointer(fact) => Some(*fact),
            _ => Some(PointerFact::default()),
        }
    }

    /// As a fact of a float; `None` if no value is possible.
    pub fn float(&self) -> Option<FloatFact> {
        match self {
            Fact::Never => None,
            Fact::Float(fact) => Some(*fact),
            _ => Some(FloatFact::ANY),
        }
    }

    /// The bits of the only possible value.
    pub fn as_constant(&self) -> Option<u64> {
        match self {
            Fact::Int(fact) => fact.as_constant(),
            Fact::Pointer(fact) if fact.null => Some(0),
            Fact::Float(fact) => fact.constant,
            _ => None,
        }
    }

    /// What holds of a value of the type when both facts hold.
    pub fn meet(&self, other: &Fact, ty: Type) -> Fact {
        match (self, other) {
            (Fact::Any, fact) | (fact, Fact::Any) => *fact,
            (Fact::Int(a), Fact::Int(b)) => Fact::of_int(ty, a.meet(b, ty)),
            (Fact::Pointer(a), Fact::Pointer(b)) => Fact::of_pointer(a.meet(b)),
            (Fact::Float(a), Fact::Float(b)) => Fact::of_float(a.meet(b)),
            _ => Fact::Never,
        }
    }

    /// What holds of a value of the type when one of the facts holds.
    pub fn join(&self, other: &Fact, ty: Type) -> Fact {
        match (self, other) {
            (Fact::Never, fact) | (fact, Fact::Never) => *fact,
            (Fact::Int(a), Fact::Int(b)) => Fact::of_int(ty, Some(a.join(b, ty))),
            (Fact::Pointer(a), Fact::Pointer(b)) => Fact::of_pointer(Some(a.join(b))),
            (Fact::Float(a), Fact::Float(b)) => Fact::of_float(Some(a.join(b))),
            _ => Fact::Any,
        }
    }

    /// A fact that contains `wider`, itself a join with this one, such that no chain of widenings is long; bounds of
    /// integers stop at the thresholds.
    pub fn widen(&self, wider: &Fact, ty: Type, thresholds: &[i64]) -> Fact {
        match (self, wider) {
            (Fact::Int(a), Fact::Int(b)) => Fact::of_int(ty, Some(a.widen(b, ty, thresholds))),
            // Bytes that can be read shrink in a loop that advances the pointer; the rest has few steps.
            (Fact::Pointer(a), Fact::Pointer(b)) if b.dereferenceable < a.dereferenceable => {
                Fact::of_pointer(Some(PointerFact { dereferenceable: 0, ..*b }))
            }
            _ => *wider,
        }
    }
}

impl Graph {
    /// What is known of an integer node of up to 64 bits. A node that has no value at all may be taken to
    /// have any.
    pub fn int_fact(&self, node: NodeId) -> IntFact {
        let ty = self.ty(node);
        self.fact(node).int(ty).unwrap_or(IntFact::full(ty))
    }

    /// What is known of a pointer node.
    pub fn pointer_fact(&self, node: NodeId) -> PointerFact {
        self.fact(node).pointer().unwrap_or_default()
    }

    /// What is known of a float node.
    pub fn float_fact(&self, node: NodeId) -> FloatFact {
        self.fact(node).float().unwrap_or(FloatFact::ANY)
    }
}

/// Facts of a graph's nodes, each kept once.
#[derive(Clone)]
pub(crate) struct FactTable {
    facts: Vec<Fact>,
    numbers: HashMap<Fact, u32, FxBuildHasher>,
}

impl Default for FactTable {
    fn default() -> Self {
        FactTable { facts: vec![Fact::Any, Fact::Never], numbers: HashMap::default() }
    }
}

impl FactTable {
    pub(crate) fn get(&self, number: u32) -> &Fact {
        &self.facts[number as usize]
    }

    pub(crate) fn add(&mut self, fact: Fact) -> u32 {
        match fact {
            Fact::Any => 0,
            Fact::Never => 1,
            _ => *self.numbers.entry(fact).or_insert_with(|| {
                self.facts.push(fact);
                self.facts.len() as u32 - 1
            }),
        }
    }
}
