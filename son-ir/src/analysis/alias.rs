//! Which accesses may touch the same bytes: addresses as base, index and offset, and what is known of bases.
//!
//! Beside [alias classes](crate::AliasClass), which order memory, this tells what an address can be: two
//! accesses are disjoint if their bases are different objects, or if they are at different offsets from one base.
//! What follows of it may be used to forward values, not to move a load past a write (see
//! [`anti_dependence`](super::anti_dependence)).

use super::allocation::{self, Role};
use crate::graph::{Graph, NodeId};
use crate::module::{Definition, Function, Module, SymbolId};
use crate::ops::{NodeFlags, Op};
use crate::payload::CallFlags;
use crate::types::Type;

/// Longest sum that is taken apart.
const MAX_SUM: usize = 16;

/// A variable part of an address: a node, extended to 64 bits, times a scale.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Index {
    /// What varies.
    pub node: NodeId,
    /// Is it narrow and sign-extended (`Some(true)`), narrow and zero-extended, or 64 bits wide (`None`)?
    pub signed: Option<bool>,
    /// Bytes per unit.
    pub scale: i64,
}

/// An address taken apart: `base + index + offset`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Address {
    /// A pointer that is not a sum of a known kind.
    pub base: NodeId,
    /// What is added to it beside constants.
    pub index: Option<Index>,
    /// The constants, summed.
    pub offset: i64,
}

impl Address {
    /// The parts of a pointer.
    pub fn of(graph: &Graph, pointer: NodeId) -> Address {
        let mut address = Address { base: pointer, index: None, offset: 0 };
        for _ in 0..MAX_SUM {
            match Op::from_number(graph.op_number(address.base)) {
                Some(Op::Pi) => address.base = graph.input(address.base, 1),
                Some(Op::PtrAdd) => {
                    let (index, offset) = affine(graph, graph.input(address.base, 1));
                    if index.is_some() && address.index.is_some() {
                        return address;
                    }
                    address.index = address.index.or(index);
                    address.offset = address.offset.wrapping_add(offset);
                    address.base = graph.input(address.base, 0);
                }
                _ => break,
            }
        }
        address
    }

    /// The address with other values for its variable parts, `None` if one has none or there are too many parts then.
    pub fn with(&self, graph: &Graph, mut value_of: impl FnMut(NodeId) -> Option<NodeId>) -> Option<Address> {
        let base = value_of(self.base)?;
        let mut address =
            if base == self.base { Address { index: None, offset: 0, ..*self } } else { Address::of(graph, base) };
        address.offset = address.offset.wrapping_add(self.offset);
        if let Some(index) = self.index {
            let (index, offset) = affine_from(graph, Index { node: value_of(index.node)?, ..index });
            if index.is_some() && address.index.is_some() {
                return None;
            }
            address.index = address.index.or(index);
            address.offset = address.offset.wrapping_add(offset);
        }
        Some(address)
    }

    /// Least and greatest byte offset from the base.
    fn range(&self, graph: &Graph) -> Option<(i128, i128)> {
        let offset = i128::from(self.offset);
        let Some(index) = self.index else { return Some((offset, offset)) };
        let fact = graph.int_fact(index.node);
        let (low, high) = match index.signed {
            Some(false) => (i128::from(fact.unsigned.0), i128::from(fact.unsigned.1)),
            _ => (i128::from(fact.signed.0), i128::from(fact.signed.1)),
        };
        let (a, b) = (low * i128::from(index.scale), high * i128::from(index.scale));
        let bounds = (a.min(b) + offset, a.max(b) + offset);
        // An address computation that wraps could come back.
        let fits = |value: i128| i64::try_from(value).is_ok();
        (fits(bounds.0) && fits(bounds.1)).then_some(bounds)
    }
}

/// An offset as index and constant.
fn affine(graph: &Graph, offset: NodeId) -> (Option<Index>, i64) {
    affine_from(graph, Index { node: offset, signed: None, scale: 1 })
}

/// An index as another one and a constant.
fn affine_from(graph: &Graph, mut index: Index) -> (Option<Index>, i64) {
    let mut sum = 0i64;
    for _ in 0..MAX_SUM {
        let node = index.node;
        let Some(op) = Op::from_number(graph.op_number(node)) else { break };
        let constant = |at| graph.signed_constant(graph.input(node, at));
        match op {
            Op::Const => {
                let value = match index.signed {
                    Some(false) => graph.payload(node) as i64,
                    _ => graph.ty(node).sign_extend(graph.payload(node)),
                };
                return (None, sum.wrapping_add(value.wrapping_mul(index.scale)));
            }
            Op::Add if constant(1).is_some() && keeps_sum(graph, node, index.signed) => {
                let addend = match index.signed {
                    Some(false) => graph.payload(graph.input(node, 1)) as i64,
                    _ => constant(1).expect("checked above"),
                };
                sum = sum.wrapping_add(addend.wrapping_mul(index.scale));
                index.node = graph.input(node, 0);
            }
            Op::Shl if index.signed.is_none() && constant(1).is_some_and(|amount| (0..64).contains(&amount)) => {
                index.scale = index.scale.wrapping_shl(constant(1).expect("checked above") as u32);
                index.node = graph.input(node, 0);
            }
            Op::Mul if index.signed.is_none() && constant(1).is_some() => {
                index.scale = index.scale.wrapping_mul(constant(1).expect("checked above"));
                index.node = graph.input(node, 0);
            }
            Op::SExt | Op::ZExt if index.signed.is_none() => {
                // Of a number that is not negative, both extensions are the same.
                let nneg = op == Op::ZExt && graph.flags(node).has(NodeFlags::NUW);
                index.signed = Some(op == Op::SExt || nneg);
                index.node = graph.input(node, 0);
            }
            Op::Pi => index.node = graph.input(node, 1),
            _ => break,
        }
    }
    (Some(index), sum)
}

/// Is the extension of the sum the sum of the extensions?
fn keeps_sum(graph: &Graph, sum: NodeId, signed: Option<bool>) -> bool {
    match signed {
        None => graph.ty(sum) == Type::I64,
        Some(true) => graph.flags(sum).has(NodeFlags::NSW),
        Some(false) => graph.flags(sum).has(NodeFlags::NUW),
    }
}

/// How two accesses lie to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlap {
    /// They touch no byte in common.
    Disjoint,
    /// The second starts so many bytes behind the start of the first; some bytes are common.
    At(i64),
    /// Not known.
    Maybe,
}

/// The object that a base points into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Root {
    Slot(u64),
    Symbol(SymbolId),
    /// Memory that this function got from an allocator, by the node of its address.
    Fresh(NodeId),
    /// What a parameter points into; `true` if no other pointer does.
    Param(u64, bool),
    /// Something else.
    Unknown,
}

/// Answers for one function.
pub struct Aliases<'a> {
    module: &'a Module,
    no_alias: Vec<bool>,
}

impl<'a> Aliases<'a> {
    /// For a function of the module.
    pub fn new(module: &'a Module, function: &Function) -> Aliases<'a> {
        let params = &module.signature(function.signature).params;
        Aliases { module, no_alias: params.iter().map(|param| param.no_alias).collect() }
    }

    /// How an access of `b.1` bytes at `b.0` lies to one at `a.0`.
    pub fn overlap(&self, graph: &Graph, a: (&Address, u64), b: (&Address, u64)) -> Overlap {
        if a.0.base != b.0.base {
            let (root_a, root_b) = (self.root(graph, a.0.base), self.root(graph, b.0.base));
            return if are_distinct(root_a, root_b) { Overlap::Disjoint } else { Overlap::Maybe };
        }
        if a.0.index == b.0.index {
            let distance = b.0.offset.wrapping_sub(a.0.offset);
            let disjoint = i128::from(distance) >= i128::from(a.1) || -i128::from(distance) >= i128::from(b.1);
            return if disjoint { Overlap::Disjoint } else { Overlap::At(distance) };
        }
        match (a.0.range(graph), b.0.range(graph)) {
            (Some(x), Some(y)) if x.1 + i128::from(a.1) <= y.0 || y.1 + i128::from(b.1) <= x.0 => Overlap::Disjoint,
            _ => Overlap::Maybe,
        }
    }

    /// May a call change or read what is at the address? Getting memory touches none that could be named before, and
    /// giving it back only that memory.
    pub fn call_may_touch(&self, graph: &Graph, call: NodeId, address: &Address) -> bool {
        let role = allocation::role(self.module, graph, call);
        let Some(role) = role.filter(|_| allocation::is_standard(self.module, graph, call)) else { return true };
        let made_here = graph.is(address.base, Op::Proj) && graph.input(address.base, 0) == call;
        made_here
            || match role {
                Role::Nothing => false,
                Role::Allocate { .. } => self.root(graph, address.base) == Root::Unknown,
                Role::Free { memory: freed, .. } | Role::Resize { old: freed, .. } => {
                    let freed = Address::of(graph, allocation::argument(graph, call, freed));
                    self.overlap(graph, (&freed, i64::MAX as u64), (address, 1)) != Overlap::Disjoint
                }
            }
    }

    fn root(&self, graph: &Graph, base: NodeId) -> Root {
        match Op::from_number(graph.op_number(base)) {
            Some(Op::SlotAddr) => Root::Slot(graph.payload(base)),
            Some(Op::SymbolAddr) => self.symbol(SymbolId(graph.payload(base) as u32)),
            Some(Op::Proj) => self.projection(graph, base),
            _ => match graph.pointer_fact(base).object {
                crate::facts::Object::Slot(row) => Root::Slot(u64::from(row)),
                crate::facts::Object::Symbol(symbol) => self.symbol(symbol),
                crate::facts::Object::Param(number) => self.param(u64::from(number)),
                crate::facts::Object::Unknown => Root::Unknown,
            },
        }
    }

    fn symbol(&self, symbol: SymbolId) -> Root {
        match self.module.symbol(symbol).definition {
            Definition::Alias(target, _) => Root::Symbol(target),
            _ => Root::Symbol(symbol),
        }
    }

    fn param(&self, number: u64) -> Root {
        Root::Param(number, self.no_alias.get(number as usize).copied().unwrap_or(false))
    }

    fn projection(&self, graph: &Graph, proj: NodeId) -> Root {
        let (tuple, number) = (graph.input(proj, 0), graph.payload(proj));
        match Op::from_number(graph.op_number(tuple)) {
            Some(Op::Start) if number >= 2 => self.param(number - 2),
            Some(Op::StackAlloc | Op::Alloc) => Root::Fresh(proj),
            Some(Op::Call) if graph.call_site(tuple).flags.has(CallFlags::NO_ALIAS_RESULT) => Root::Fresh(proj),
            _ => Root::Unknown,
        }
    }
}

/// Are the objects different for sure?
fn are_distinct(a: Root, b: Root) -> bool {
    match (a, b) {
        (Root::Unknown, _) | (_, Root::Unknown) => false,
        (Root::Param(_, alone_a), Root::Param(_, alone_b)) => a != b && (alone_a || alone_b),
        // A parameter may point to a global; slots and allocations are made after it was given.
        (Root::Param(_, alone), Root::Symbol(_)) | (Root::Symbol(_), Root::Param(_, alone)) => alone,
        _ => a != b,
    }
}

/// Does the address point into data of the module that is never written?
pub fn is_constant_data(module: &Module, graph: &Graph, address: &Address) -> bool {
    if !graph.is(address.base, Op::SymbolAddr) {
        return false;
    }
    let symbol = module.symbol(SymbolId(graph.payload(address.base) as u32));
    matches!(&symbol.definition, Definition::Data(data) if data.constant) && !symbol.linkage.is_interposable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_taken_apart() {
        let mut graph = Graph::new();
        let (base, i) = (graph.param(0, Type::PTR), graph.param(1, Type::I32));
        let one = graph.iconst(Type::I32, 1);
        let next = graph.node(Op::Add, Type::I32, NodeFlags::NSW, 0, &[i, one]);
        let (two, eight) = (graph.iconst(Type::I64, 2), graph.iconst(Type::I64, 8));
        let mut element = |index: NodeId| {
            let wide = graph.raw(Op::SExt, Type::I64, 0, &[index]);
            let scaled = graph.raw(Op::Shl, Type::I64, 0, &[wide, two]);
            let inner = graph.raw(Op::PtrAdd, Type::PTR, 0, &[base, scaled]);
            graph.raw(Op::PtrAdd, Type::PTR, 0, &[inner, eight])
        };
        let (first, second) = (element(i), element(next));
        let (first, second) = (Address::of(&graph, first), Address::of(&graph, second));
        let index = Some(Index { node: i, signed: Some(true), scale: 4 });
        assert_eq!(first, Address { base, index, offset: 8 });
        assert_eq!(second, Address { base, index, offset: 12 });
    }

    #[test]
    fn objects_and_offsets_are_told_apart() {
        let mut module = Module::new(target_lexicon::Triple::host());
        let id = module.signature_id(crate::module::Signature::new([Type::PTR, Type::PTR], []));
        let mut graph = Graph::new();
        let (p, q) = (graph.param(0, Type::PTR), graph.param(1, Type::PTR));
        let slot = graph.node(Op::SlotAddr, Type::PTR, NodeFlags::NONE, 0, &[]);
        let four = graph.iconst(Type::I64, 4);
        let behind = graph.pure(Op::PtrAdd, Type::PTR, &[p, four]);
        let function = Function {
            symbol: module.import_data("f"),
            signature: id,
            graph,
            slots: Vec::new(),
            indirect_targets: 0,
            flags: crate::module::FunctionFlags::NONE,
        };
        let aliases = Aliases::new(&module, &function);
        let overlap = |a: NodeId, b: NodeId, size: u64| {
            let graph = &function.graph;
            aliases.overlap(graph, (&Address::of(graph, a), size), (&Address::of(graph, b), size))
        };
        assert_eq!(overlap(p, q, 4), Overlap::Maybe);
        assert_eq!(overlap(p, slot, 4), Overlap::Disjoint);
        assert_eq!(overlap(p, behind, 4), Overlap::Disjoint);
        assert_eq!(overlap(p, behind, 8), Overlap::At(4));
        assert_eq!(overlap(p, p, 8), Overlap::At(0));
    }
}
