//! What a branch says of a value: the narrowing of a `Pi`, and of any use that a branch dominates.
//!
//! The condition is taken apart through negations, conjunctions, compares, and what its operands apply to the
//! value: additions, masks, shifts, quotients, extensions, minimum and maximum. What is said of a value is said of its
//! extensions and low bits too.

use super::stride::Stride;
use super::{Fact, FloatClasses, FloatFact, IntFact, PointerFact, arith, bits, int};
use crate::graph::{Graph, NodeId};
use crate::ops::{NodeFlags, Op};
use crate::types::Type;

/// How many conjunctions deep conditions are taken apart.
const MAX_DEPTH: u32 = 4;

/// How many operations deep operands of compares are taken apart.
pub const MAX_SOURCES: u32 = 3;

/// The value without the refinements around it.
pub fn strip_pi(graph: &Graph, mut node: NodeId) -> NodeId {
    while graph.is(node, Op::Pi) {
        node = graph.input(node, 1);
    }
    node
}

/// What holds of `value` where control came through `control`, a projection of a branch.
pub fn implied_by_control(graph: &Graph, facts: &impl Fn(NodeId) -> Fact, control: NodeId, value: NodeId) -> Fact {
    let value = strip_pi(graph, value);
    let of_value = by_control(graph, facts, control, value);
    let Some(operand) = cast_of(graph, value) else { return of_value };
    let of_operand = by_control(graph, facts, control, operand);
    if of_operand == Fact::Any {
        return of_value;
    }
    let of_operand = facts(operand).meet(&of_operand, graph.ty(operand));
    of_value.meet(&cast(graph, value, &of_operand, graph.ty(operand)), graph.ty(value))
}

/// What holds of a cast by what holds of its operand, of type `from`.
fn cast(graph: &Graph, node: NodeId, of_operand: &Fact, from: Type) -> Fact {
    let (ty, flags) = (graph.ty(node), graph.flags(node));
    let Some(known) = of_operand.int(from) else { return Fact::Never };
    let result = match Op::from_number(graph.op_number(node)) {
        Some(Op::ZExt) => bits::zero_extend(ty, flags, from, &known),
        Some(Op::SExt) => bits::sign_extend(ty, from, &known),
        _ => bits::truncate(ty, flags, from, &known),
    };
    Fact::of_int(ty, result)
}

/// What an integer is a cast of: what is said of one is said of the other.
fn cast_of(graph: &Graph, value: NodeId) -> Option<NodeId> {
    let is_cast = is_cast(graph, value) && graph.ty(value).bits() <= 64;
    let operand = is_cast.then(|| strip_pi(graph, graph.input(value, 0)))?;
    (graph.ty(operand).bits() <= 64).then_some(operand)
}

/// Is it an integer that has the value of another one, or a part of that?
pub fn is_cast(graph: &Graph, node: NodeId) -> bool {
    matches!(Op::from_number(graph.op_number(node)), Some(Op::ZExt | Op::SExt | Op::Trunc)) && graph.ty(node).is_int()
}

fn by_control(graph: &Graph, facts: &impl Fn(NodeId) -> Fact, control: NodeId, value: NodeId) -> Fact {
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
            invert(graph, scrutinee, &IntFact::constant(ty, case), strip_pi(graph, value), MAX_SOURCES)
        }
        _ => Fact::Any,
    }
}

/// What holds of `value` when the condition is `truth`.
pub fn implied(graph: &Graph, facts: &impl Fn(NodeId) -> Fact, condition: NodeId, truth: bool, value: NodeId) -> Fact {
    let (value, mut result) = (strip_pi(graph, value), Fact::Any);
    take_apart(graph, condition, truth, MAX_DEPTH, &mut |condition, truth| {
        let by_this = if condition == value {
            Fact::constant(Type::I1, u64::from(truth))
        } else {
            by_compare(graph, facts, condition, truth, value)
        };
        result = result.meet(&by_this, graph.ty(value));
    });
    result
}

/// Calls `visit` with each condition that has an outcome for certain when `condition` is `truth`: itself, what it
/// negates, both sides of a conjunction, and, of a phi as `a && b` makes it, what held on the only way that gives it
/// this outcome.
pub fn visit_conditions(graph: &Graph, condition: NodeId, truth: bool, visit: &mut impl FnMut(NodeId, bool)) {
    take_apart(graph, condition, truth, MAX_DEPTH, visit);
}

fn take_apart(graph: &Graph, condition: NodeId, mut truth: bool, depth: u32, visit: &mut impl FnMut(NodeId, bool)) {
    let mut condition = strip_pi(graph, condition);
    visit(condition, truth);
    while graph.is(condition, Op::Xor) && graph.constant(graph.input(condition, 1)) == Some(1) {
        condition = strip_pi(graph, graph.input(condition, 0));
        truth = !truth;
        visit(condition, truth);
    }
    if depth == 0 || graph.ty(condition) != Type::I1 {
        return;
    }
    match Op::from_number(graph.op_number(condition)) {
        Some(op @ (Op::And | Op::Or)) if (op == Op::And) == truth => {
            graph.inputs(condition).for_each(|side| take_apart(graph, side, truth, depth - 1, visit));
        }
        Some(Op::Phi) => {
            let Some(way) = only_way(graph, condition, truth) else { return };
            take_apart(graph, graph.input(condition, way + 1), truth, depth - 1, visit);
            let control = graph.input(graph.input(condition, 0), way);
            if graph.is(control, Op::Proj) && graph.is(graph.input(control, 0), Op::If) {
                let (branch, taken) = (graph.input(control, 0), graph.payload(control) == 0);
                take_apart(graph, graph.input(branch, 1), taken, depth - 1, visit);
            }
        }
        _ => {}
    }
}

/// The only way into a region on which a phi of it can be `truth`. A loop has none: what held when control came to it
/// need not hold of the values of later iterations.
fn only_way(graph: &Graph, phi: NodeId, truth: bool) -> Option<usize> {
    let region = graph.input(phi, 0);
    if !graph.is(region, Op::Region) || graph.num_inputs(phi) != graph.num_inputs(region) + 1 {
        return None;
    }
    let is_possible = |&way: &usize| graph.constant(graph.input(phi, way + 1)) != Some(u64::from(!truth));
    let mut ways = (0..graph.num_inputs(region)).filter(is_possible);
    ways.next().filter(|_| ways.next().is_none())
}

fn by_compare<F: Fn(NodeId) -> Fact>(graph: &Graph, facts: &F, condition: NodeId, truth: bool, value: NodeId) -> Fact {
    let Some(op) = Op::from_number(graph.op_number(condition)) else { return Fact::Any };
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
        if !mentions(graph, operand, value, MAX_SOURCES) {
            continue;
        }
        let (Some(own), Some(bound)) = (facts(operand).int(ty), facts(other).int(ty)) else { return Fact::Never };
        let Some(narrowed) = narrow(op, truth, is_left, ty, &own, &bound) else { return Fact::Never };
        result = result.meet(&invert(graph, operand, &narrowed, value, MAX_SOURCES), graph.ty(value));
    }
    result
}

/// What an operation computes its result from, such that a bound of the result bounds it.
pub fn sources(graph: &Graph, node: NodeId) -> impl Iterator<Item = NodeId> {
    let (first, count) = match Op::from_number(graph.op_number(node)) {
        Some(Op::ZExt | Op::SExt | Op::Trunc) => (0, 1),
        Some(Op::Add | Op::And | Op::Or | Op::LShr) if graph.is(graph.input(node, 1), Op::Const) => (0, 1),
        Some(Op::UDiv | Op::SRem) if graph.is(graph.input(node, 2), Op::Const) => (1, 1),
        Some(Op::SMin | Op::SMax | Op::UMin | Op::UMax) => (0, 2),
        _ => (0, 0),
    };
    (first..first + count).map(move |index| graph.input(node, index))
}

/// Is the operand the value, or computed from it by what [`invert`] can undo?
fn mentions(graph: &Graph, operand: NodeId, value: NodeId, depth: u32) -> bool {
    let operand = strip_pi(graph, operand);
    operand == value || depth > 0 && sources(graph, operand).any(|source| mentions(graph, source, value, depth - 1))
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
fn invert(graph: &Graph, operand: NodeId, fact: &IntFact, value: NodeId, depth: u32) -> Fact {
    let operand = strip_pi(graph, operand);
    if operand == value {
        return Fact::of_int(graph.ty(value), Some(*fact));
    }
    let mut result = Fact::Any;
    for source in sources(graph, operand).filter(|_| depth > 0) {
        if graph.ty(source).bits() > 64 || !mentions(graph, source, value, depth - 1) {
            continue;
        }
        let Some(of_source) = undo(graph, operand, fact, graph.ty(source)) else { return Fact::Never };
        result = result.meet(&invert(graph, source, &of_source, value, depth - 1), graph.ty(value));
    }
    result
}

/// What holds of each source of an operation, of type `ty`, whose result is in `fact`.
fn undo(graph: &Graph, node: NodeId, fact: &IntFact, ty: Type) -> Option<IntFact> {
    let from = graph.ty(node);
    let Some(op) = Op::from_number(graph.op_number(node)) else { return Some(IntFact::full(ty)) };
    let constant = || graph.constant(graph.input(node, graph.num_inputs(node) - 1)).unwrap_or(0);
    let limits = int::signed_limits(ty);
    match op {
        Op::Add => arith::sub(ty, NodeFlags::NONE, fact, &IntFact::constant(ty, constant())),
        Op::And => unmask(ty, fact, constant()),
        Op::Or => IntFact::from_known_bits(ty, fact.zeros, fact.ones & !constant())?
            .meet(&IntFact::from_unsigned(ty, 0, fact.unsigned.1)?, ty),
        Op::LShr if constant() < u64::from(ty.bits()) => quotient_of(ty, fact, 1 << constant()),
        Op::UDiv if constant() > 0 => quotient_of(ty, fact, constant()),
        Op::SRem if constant() != 0 => leaves(ty, fact, ty.sign_extend(constant()).unsigned_abs()),
        Op::ZExt => bits::truncate(ty, NodeFlags::NUW, from, fact),
        Op::SExt => bits::truncate(ty, NodeFlags::NSW, from, fact),
        Op::Trunc => unmask(ty, fact, from.mask()),
        Op::SMin => IntFact::from_signed(ty, fact.signed.0, limits.1),
        Op::SMax => IntFact::from_signed(ty, limits.0, fact.signed.1),
        Op::UMin => IntFact::from_unsigned(ty, fact.unsigned.0, u64::MAX),
        Op::UMax => IntFact::from_unsigned(ty, 0, fact.unsigned.1),
        _ => Some(IntFact::full(ty)),
    }
}

/// What is divided by a constant and gives a quotient in `fact`.
fn quotient_of(ty: Type, fact: &IntFact, divisor: u64) -> Option<IntFact> {
    let least = fact.unsigned.0.checked_mul(divisor)?;
    let greatest = fact.unsigned.1.saturating_mul(divisor).saturating_add(divisor - 1);
    IntFact::from_unsigned(ty, least, greatest)
}

/// What leaves a remainder in `fact` when it is divided by a constant.
fn leaves(ty: Type, fact: &IntFact, divisor: u64) -> Option<IntFact> {
    let full = IntFact::full(ty);
    let Some(remainder) = fact.as_constant() else { return Some(full) };
    IntFact { stride: Stride::new(divisor, ty.sign_extend(remainder)), ..full }.normalized(ty)
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
