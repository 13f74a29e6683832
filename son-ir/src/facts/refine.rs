//! What a branch says of a value: the narrowing of a `Pi`, and of any use that a branch dominates.
//!
//! The condition is taken apart through negations, conjunctions, compares, and the additions, masks and
//! extensions that its operands apply to the value.

use super::{Fact, FloatClasses, FloatFact, IntFact, PointerFact, arith, bits, int};
use crate::graph::{Graph, NodeId};
use crate::ops::{NodeFlags, Op};
use crate::types::Type;

/// How many conjunctions deep conditions are taken apart.
const MAX_DEPTH: u32 = 4;

/// The value without the refinements around it.
pub fn strip_pi(graph: &Graph, mut node: NodeId) -> NodeId {
    while graph.is(node, Op::Pi) {
        node = graph.input(node, 1);
    }
    node
}

/// What holds of `value` where control came through `control`, a projection of a branch.
pub fn implied_by_control(graph: &Graph, facts: &impl Fn(NodeId) -> Fact, control: NodeId, value: NodeId) -> Fact {
    if graph.is(control, Op::Guard) {
        return implied(graph, facts, graph.input(control, 2), true, value);
    }
    if !graph.is(control, Op::Proj) {
        return Fact::Any;
    }
    let (branch, projection) = (graph.input(control, 0), graph.payload(control));
    match Op::from_number(graph.op_number(branch)) {
        Some(Op::If) => implied(graph, facts, graph.input(branch, 1), projection == 0, value),
        Some(Op::Switch) if projection > 0 => {
            let scrutinee = graph.input(branch, 1);
            let ty = graph.ty(scrutinee);
            if ty.bits() > 64 {
                return Fact::Any;
            }
            let case = graph.switch_table(branch).values[projection as usize - 1];
            invert(graph, scrutinee, &IntFact::constant(ty, case), value)
        }
        _ => Fact::Any,
    }
}

/// What holds of `value` when the condition is `truth`.
pub fn implied(graph: &Graph, facts: &impl Fn(NodeId) -> Fact, condition: NodeId, truth: bool, value: NodeId) -> Fact {
    let value = strip_pi(graph, value);
    implied_within(graph, facts, condition, truth, value, MAX_DEPTH)
}

fn implied_within<F: Fn(NodeId) -> Fact>(
    graph: &Graph,
    facts: &F,
    condition: NodeId,
    mut truth: bool,
    value: NodeId,
    depth: u32,
) -> Fact {
    let mut condition = strip_pi(graph, condition);
    if condition == value {
        return Fact::constant(Type::I1, u64::from(truth));
    }
    while graph.is(condition, Op::Xor) && graph.constant(graph.input(condition, 1)) == Some(1) {
        condition = strip_pi(graph, graph.input(condition, 0));
        truth = !truth;
        if condition == value {
            return Fact::constant(Type::I1, u64::from(truth));
        }
    }
    let Some(op) = Op::from_number(graph.op_number(condition)) else { return Fact::Any };
    let both_hold = op == Op::And && truth || op == Op::Or && !truth;
    if both_hold && depth > 0 && graph.ty(condition) == Type::I1 {
        let side = |index| implied_within(graph, facts, graph.input(condition, index), truth, value, depth - 1);
        return side(0).meet(&side(1), graph.ty(value));
    }
    if op.is_int_compare() {
        return from_compare(graph, facts, op, condition, truth, value);
    }
    if op.is_float_compare() && truth && graph.inputs(condition).any(|input| strip_pi(graph, input) == value) {
        return Fact::of_float(Some(FloatFact::of(FloatClasses::ALL.without(FloatClasses::NAN))));
    }
    Fact::Any
}

fn from_compare<F: Fn(NodeId) -> Fact>(
    graph: &Graph,
    facts: &F,
    op: Op,
    condition: NodeId,
    truth: bool,
    value: NodeId,
) -> Fact {
    let (left, right) = (graph.input(condition, 0), graph.input(condition, 1));
    let ty = graph.ty(left);
    if ty.is_pointer() {
        return from_pointer_compare(graph, facts, op, (left, right), truth, value);
    }
    if ty.bits() > 64 || ty.is_vector() {
        return Fact::Any;
    }
    let mut result = Fact::Any;
    for (operand, other, is_left) in [(left, right, true), (right, left, false)] {
        if !mentions(graph, operand, value) {
            continue;
        }
        let (Some(own), Some(bound)) = (facts(operand).int(ty), facts(other).int(ty)) else { return Fact::Never };
        let Some(narrowed) = narrow(op, truth, is_left, ty, &own, &bound) else { return Fact::Never };
        result = result.meet(&invert(graph, operand, &narrowed, value), graph.ty(value));
    }
    result
}

/// Is the operand the value, or something that [`invert`] can undo?
fn mentions(graph: &Graph, operand: NodeId, value: NodeId) -> bool {
    let operand = strip_pi(graph, operand);
    operand == value
        || matches!(
            Op::from_number(graph.op_number(operand)),
            Some(Op::Add | Op::And | Op::ZExt | Op::SExt | Op::Trunc)
        ) && strip_pi(graph, graph.input(operand, 0)) == value
}

/// What holds of `own`, the left or right side of a compare with `bound`, when its outcome is `truth`.
fn narrow(op: Op, truth: bool, is_left: bool, ty: Type, own: &IntFact, bound: &IntFact) -> Option<IntFact> {
    let full = IntFact::full(ty);
    let (strict, below) = match (op, truth) {
        (Op::Eq, true) | (Op::Ne, false) => return own.meet(bound, ty),
        (Op::Eq, false) | (Op::Ne, true) => return without(own, bound.as_constant(), ty),
        // `!(a < b)` is `b <= a`.
        (Op::Slt | Op::Ult, true) => (true, is_left),
        (Op::Slt | Op::Ult, false) => (false, !is_left),
        (_, true) => (false, is_left),
        (_, false) => (true, !is_left),
    };
    let limit = if matches!(op, Op::Slt | Op::Sle) {
        let (low, high) = int::signed_limits(ty);
        let bounds = if below {
            (low, if strict { (bound.signed.1 > low).then(|| bound.signed.1 - 1)? } else { bound.signed.1 })
        } else {
            (if strict { (bound.signed.0 < high).then(|| bound.signed.0 + 1)? } else { bound.signed.0 }, high)
        };
        IntFact { signed: bounds, ..full }
    } else {
        let mask = ty.mask();
        let bounds = if below {
            (0, if strict { bound.unsigned.1.checked_sub(1)? } else { bound.unsigned.1 })
        } else {
            (if strict { (bound.unsigned.0 < mask).then(|| bound.unsigned.0 + 1)? } else { bound.unsigned.0 }, mask)
        };
        IntFact { unsigned: bounds, ..full }
    };
    own.meet(&limit, ty)
}

/// The fact less one value, where that is at an end of an interval.
fn without(own: &IntFact, excluded: Option<u64>, ty: Type) -> Option<IntFact> {
    let Some(excluded) = excluded else { return Some(*own) };
    let (mut result, signed) = (*own, ty.sign_extend(excluded));
    if own.as_constant() == Some(excluded) {
        return None;
    }
    result.unsigned.0 += u64::from(own.unsigned.0 == excluded);
    result.unsigned.1 -= u64::from(own.unsigned.1 == excluded);
    result.signed.0 += i64::from(own.signed.0 == signed);
    result.signed.1 -= i64::from(own.signed.1 == signed);
    result.normalized(ty)
}

/// What holds of `value` when `operand`, computed from it, is in `fact`.
fn invert(graph: &Graph, operand: NodeId, fact: &IntFact, value: NodeId) -> Fact {
    let operand = strip_pi(graph, operand);
    let ty = graph.ty(value);
    let value = strip_pi(graph, value);
    if operand == value {
        return Fact::of_int(ty, Some(*fact));
    }
    let Some(op) = Op::from_number(graph.op_number(operand)) else { return Fact::Any };
    if !matches!(op, Op::Add | Op::And | Op::ZExt | Op::SExt | Op::Trunc)
        || strip_pi(graph, graph.input(operand, 0)) != value
        || ty.bits() > 64
    {
        return Fact::Any;
    }
    let from = graph.ty(operand);
    let constant = || graph.input(operand, 1);
    let result = match op {
        Op::Add => match graph.constant(constant()) {
            Some(addend) => arith::sub(ty, NodeFlags::NONE, fact, &IntFact::constant(ty, addend)),
            None => return Fact::Any,
        },
        Op::And => match graph.constant(constant()) {
            Some(mask) => unmask(ty, fact, mask),
            None => return Fact::Any,
        },
        Op::ZExt => bits::truncate(ty, NodeFlags::NUW, from, fact),
        Op::SExt => bits::truncate(ty, NodeFlags::NSW, from, fact),
        _ => unmask(ty, fact, from.mask()),
    };
    Fact::of_int(ty, result)
}

/// What `value & mask`, in `fact`, says of the value.
fn unmask(ty: Type, fact: &IntFact, mask: u64) -> Option<IntFact> {
    let known = IntFact::from_known_bits(ty, fact.zeros & mask, fact.ones)?;
    let least = IntFact::from_unsigned(ty, fact.unsigned.0, u64::MAX)?;
    known.meet(&least, ty)
}

fn from_pointer_compare<F: Fn(NodeId) -> Fact>(
    graph: &Graph,
    facts: &F,
    op: Op,
    (left, right): (NodeId, NodeId),
    truth: bool,
    value: NodeId,
) -> Fact {
    let other = match value {
        _ if strip_pi(graph, left) == value => right,
        _ if strip_pi(graph, right) == value => left,
        _ => return Fact::Any,
    };
    let Some(bound) = facts(other).pointer() else { return Fact::Never };
    match (op, truth) {
        // Equal addresses may belong to different objects, so that only null carries over as a whole.
        (Op::Eq, true) | (Op::Ne, false) if bound.null => Fact::Pointer(PointerFact::NULL),
        (Op::Eq, true) | (Op::Ne, false) if bound.non_null => Fact::Pointer(PointerFact::NON_NULL),
        (Op::Eq, false) | (Op::Ne, true) if bound.null => Fact::Pointer(PointerFact::NON_NULL),
        (Op::Ult, true) if other == left => Fact::Pointer(PointerFact::NON_NULL),
        (Op::Ule, false) if other == right => Fact::Pointer(PointerFact::NON_NULL),
        _ => Fact::Any,
    }
}
