//! What rule conditions ask: conservative questions to the facts, and to the shape of the graph.

use crate::eval::{mask, signed};
use crate::facts::{FloatClasses, IntFact};
use crate::graph::{Graph, NewNode, NodeId};
use crate::ops::{Family, NodeFlags, Op};
use crate::types::Type;

/// How deep [`never_poison`] looks.
const POISON_DEPTH: u32 = 3;

/// Bits of a scalar constant.
pub(super) fn constant(graph: &Graph, node: NodeId) -> Option<u128> {
    if graph.ty(node).is_vector() {
        return None;
    }
    match graph.constant(node) {
        Some(bits) => Some(u128::from(bits)),
        None if graph.is(node, Op::WideConst) => Some(graph.tables().wide[graph.payload(node) as usize]),
        None => None,
    }
}

/// Has the node no user but the pattern's root, or what the pattern has between them? While a node is built
/// for the first time the answer is no: whoever built its inputs may use them again.
pub(super) fn one_use(graph: &Graph, new: &NewNode, node: NodeId) -> bool {
    if !graph.has_one_use(node) {
        return false;
    }
    if !new.inputs.contains(&node) {
        return true;
    }
    let user = graph.users(node).next().expect("it has one use");
    graph.op_number(user) == new.op && graph.inputs(user).eq(new.inputs.iter().copied())
}

pub(super) fn is_int(ty: Type) -> bool {
    ty.is_int()
}

/// The fact of a node of up to 64 bits that is an integer, or the address of a pointer as one.
fn int_fact(graph: &Graph, node: NodeId) -> Option<IntFact> {
    let ty = graph.ty(node);
    if ty.is_int() && ty.bits() <= 64 {
        return Some(graph.int_fact(node));
    }
    if !ty.is_pointer() {
        return None;
    }
    let fact = graph.pointer_fact(node);
    if fact.null {
        return Some(IntFact::constant(ty, 0));
    }
    let zeros = (1 << fact.align_log2.min(63)) - 1;
    Some(IntFact { zeros, unsigned: (u64::from(fact.non_null), u64::MAX), ..IntFact::full(Type::I64) })
}

/// A number from the fact, or from the constant where there is no fact; the default if nothing is known.
fn number(
    graph: &Graph,
    node: NodeId,
    of_fact: impl Fn(&IntFact) -> u64,
    of_constant: impl Fn(u128) -> u128,
    default: impl Fn(u32) -> u128,
) -> u128 {
    let bits = graph.ty(node).bits();
    match int_fact(graph, node) {
        Some(fact) => u128::from(of_fact(&fact)) & mask(bits),
        None => constant(graph, node).map_or_else(|| default(bits), of_constant) & mask(bits),
    }
}

pub(super) fn zeros(graph: &Graph, node: NodeId) -> u128 {
    number(graph, node, |fact| fact.zeros, |value| !value, |_| 0)
}

pub(super) fn ones(graph: &Graph, node: NodeId) -> u128 {
    number(graph, node, |fact| fact.ones, |value| value, |_| 0)
}

pub(super) fn umin(graph: &Graph, node: NodeId) -> u128 {
    number(graph, node, |fact| fact.unsigned.0, |value| value, |_| 0)
}

pub(super) fn umax(graph: &Graph, node: NodeId) -> u128 {
    number(graph, node, |fact| fact.unsigned.1, |value| value, mask)
}

pub(super) fn smin(graph: &Graph, node: NodeId) -> u128 {
    number(graph, node, |fact| fact.signed.0 as u64, |value| value, |bits| 1 << (bits - 1))
}

pub(super) fn smax(graph: &Graph, node: NodeId) -> u128 {
    number(graph, node, |fact| fact.signed.1 as u64, |value| value, |bits| mask(bits) >> 1)
}

pub(super) fn known_zero(graph: &Graph, node: NodeId, bits: u128) -> bool {
    bits & !zeros(graph, node) == 0
}

pub(super) fn known_one(graph: &Graph, node: NodeId, bits: u128) -> bool {
    bits & !ones(graph, node) == 0
}

pub(super) fn nonneg(graph: &Graph, node: NodeId) -> bool {
    signed(smin(graph, node), graph.ty(node).bits()) >= 0
}

pub(super) fn negative(graph: &Graph, node: NodeId) -> bool {
    signed(smax(graph, node), graph.ty(node).bits()) < 0
}

pub(super) fn nonzero(graph: &Graph, node: NodeId) -> bool {
    umin(graph, node) > 0
}

pub(super) fn never_nan(graph: &Graph, node: NodeId) -> bool {
    !graph.float_fact(node).classes.any(FloatClasses::NAN)
}

/// Is the node surely no poison? Looks a few levels deep at ops that make none.
pub(super) fn never_poison(graph: &Graph, node: NodeId) -> bool {
    makes_no_poison(graph, node, POISON_DEPTH)
}

fn makes_no_poison(graph: &Graph, node: NodeId, depth: u32) -> bool {
    let Some(op) = Op::from_number(graph.op_number(node)) else { return false };
    match op {
        Op::Const | Op::WideConst | Op::Freeze | Op::SymbolAddr | Op::SlotAddr => true,
        Op::Shl | Op::LShr | Op::AShr | Op::FToS | Op::FToU => false,
        Op::SDiv | Op::UDiv | Op::SRem | Op::URem => false,
        _ if !matches!(op.info().family, Family::Integer | Family::Compare | Family::Convert) || depth == 0 => false,
        _ if graph.flags(node) != NodeFlags::NONE => false,
        _ => graph.inputs(node).all(|input| makes_no_poison(graph, input, depth - 1)),
    }
}
