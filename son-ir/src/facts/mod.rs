//! What is known of a value: the lattice of facts and the transfer function of each op.

use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::types::Type;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

/// What is known of an integer of up to 64 bits. All parts speak of the same set of values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IntFact {
    /// Least and greatest as signed.
    pub signed: (i64, i64),
    /// Least and greatest as unsigned.
    pub unsigned: (u64, u64),
    /// Bits known to be zero.
    pub zeros: u64,
    /// Bits known to be one.
    pub ones: u64,
}

impl IntFact {
    /// Nothing known beyond the type.
    pub fn full(ty: Type) -> IntFact {
        let mask = ty.mask();
        let high = (mask >> 1) as i64;
        IntFact { signed: (-high - 1, high), unsigned: (0, mask), zeros: !mask, ones: 0 }
    }

    /// One value.
    pub fn constant(ty: Type, bits: u64) -> IntFact {
        let (bits, signed) = (bits & ty.mask(), ty.sign_extend(bits));
        IntFact { signed: (signed, signed), unsigned: (bits, bits), zeros: !bits, ones: bits }
    }

    /// The value, if only one is possible.
    pub fn as_constant(&self) -> Option<u64> {
        (self.unsigned.0 == self.unsigned.1).then_some(self.unsigned.0)
    }
}

/// What is known of a pointer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct PointerFact {
    /// It is not null.
    pub non_null: bool,
    /// Logarithm of its alignment in bytes.
    pub align_log2: u8,
    /// So many bytes can be read from it.
    pub dereferenceable: u64,
}

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Fact {
    /// Nothing beyond the type.
    #[default]
    Any,
    /// No value is possible: the node is never executed.
    Never,
    /// An integer of up to 64 bits.
    Int(IntFact),
    /// A pointer.
    Pointer(PointerFact),
    /// A float with these bits.
    Float(u64),
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

/// What follows for the node's value from the facts of its inputs.
pub fn transfer(graph: &Graph, node: NodeId) -> Fact {
    let ty = graph.ty(node);
    if graph.is(node, Op::Const) && ty.is_int() {
        return Fact::Int(IntFact::constant(ty, graph.payload(node)));
    }
    Fact::Any
}
