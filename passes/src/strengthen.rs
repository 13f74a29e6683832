//! What ranges allow an operation to become: flags that say that it does not wrap, and the unsigned forms of
//! signed operations on values that are not negative, and 32-bit divisions in place of 64-bit ones.
//!
//! The facts come from [`sccp`](crate::sccp), where they hold below branches too; so every rewrite here is of
//! one node whose uses are all below those branches, and keeps it safe to execute elsewhere (a wrong flag gives
//! poison that nobody uses).

use crate::context::Context;
use son_ir::facts::{Fact, IntFact};
use son_ir::{Graph, NodeFlags, NodeId, Op, Type};

/// Strengthens all nodes of which something is known.
pub(crate) fn apply(graph: &mut Graph, facts: &[Fact], context: &mut Context) {
    for index in 0..facts.len() {
        let node = NodeId::new(index);
        if graph.is_live(node) && graph.ty(node).is_int() && graph.ty(node).bits() <= 64 {
            strengthen(graph, node, facts, context);
        }
    }
}

/// The fact of an operand; nodes made meanwhile are constants.
fn operand(graph: &Graph, facts: &[Fact], node: NodeId) -> IntFact {
    let ty = graph.ty(node);
    let fact = facts.get(node.index()).unwrap_or(graph.fact(node));
    fact.int(ty).unwrap_or(IntFact::full(ty))
}

fn strengthen(graph: &mut Graph, node: NodeId, facts: &[Fact], context: &mut Context) {
    let op = graph.op(node);
    let non_negative = |graph: &Graph, index: usize| operand(graph, facts, graph.input(node, index)).is_non_negative();
    match op {
        Op::Add | Op::Sub | Op::Mul => {
            let (a, b) = (operand(graph, facts, graph.input(node, 0)), operand(graph, facts, graph.input(node, 1)));
            add_flags(graph, node, no_wrap(op, graph.ty(node), &a, &b), context);
        }
        Op::Shl => {
            let (ty, amount) = (graph.ty(node), graph.constant(graph.input(node, 1)));
            if let Some(amount) = amount.filter(|&amount| amount + 1 < u64::from(ty.bits())) {
                let (a, factor) = (operand(graph, facts, graph.input(node, 0)), IntFact::constant(ty, 1 << amount));
                add_flags(graph, node, no_wrap(Op::Mul, ty, &a, &factor), context);
            }
        }
        Op::ZExt if non_negative(graph, 0) => add_flags(graph, node, NodeFlags::NUW, context),
        Op::SExt if non_negative(graph, 0) && become_op(graph, node, Op::ZExt, context) => {
            graph.set_flags(node, NodeFlags::NUW);
        }
        Op::AShr if non_negative(graph, 0) => {
            become_op(graph, node, Op::LShr, context);
        }
        Op::SDiv | Op::SRem
            if non_negative(graph, 1)
                && non_negative(graph, 2)
                && become_op(graph, node, if op == Op::SDiv { Op::UDiv } else { Op::URem }, context) =>
        {
            halve(graph, node, facts, context);
        }
        Op::UDiv | Op::URem => halve(graph, node, facts, context),
        _ => {}
    }
}

/// Divides as 32-bit numbers what fits them: processors divide those several times as fast.
fn halve(graph: &mut Graph, node: NodeId, facts: &[Fact], context: &mut Context) {
    let fits =
        |graph: &Graph, index: usize| operand(graph, facts, graph.input(node, index)).unsigned.1 <= Type::I32.mask();
    if graph.ty(node) != Type::I64 || !fits(graph, 1) || !fits(graph, 2) || !context.spend() {
        return;
    }
    let low = [1, 2].map(|index| graph.pure(Op::Trunc, Type::I32, &[graph.input(node, index)]));
    let control = graph.input(node, 0);
    let narrow = graph.node(graph.op(node), Type::I32, graph.flags(node), 0, &[control, low[0], low[1]]);
    let wide = graph.pure(Op::ZExt, Type::I64, &[narrow]);
    graph.replace(node, wide);
    context.count("halved", 1);
}

fn become_op(graph: &mut Graph, node: NodeId, op: Op, context: &mut Context) -> bool {
    let allowed = context.spend();
    if allowed {
        graph.set_op(node, op as u16, graph.ty(node));
    }
    allowed
}

/// Adds flags that are known to hold.
pub(crate) fn add_flags(graph: &mut Graph, node: NodeId, flags: NodeFlags, context: &mut Context) {
    let old = graph.flags(node);
    if !old.has(flags) && context.spend() {
        graph.set_flags(node, old.or(flags));
    }
}

/// Which kinds of wrapping the operands exclude.
fn no_wrap(op: Op, ty: Type, a: &IntFact, b: &IntFact) -> NodeFlags {
    let signed = extremes(op, (a.signed.0.into(), a.signed.1.into()), (b.signed.0.into(), b.signed.1.into()));
    let high = i128::from(ty.mask() >> 1);
    let mut flags = if signed.0 >= -high - 1 && signed.1 <= high { NodeFlags::NSW } else { NodeFlags::NONE };
    let unsigned = |bounds: (u64, u64)| (i128::from(bounds.0), i128::from(bounds.1));
    let fits = match op {
        // The product of two 64-bit numbers may leave `i128`.
        Op::Mul => a.unsigned.1.checked_mul(b.unsigned.1).is_some_and(|product| product <= ty.mask()),
        _ => {
            let bounds = extremes(op, unsigned(a.unsigned), unsigned(b.unsigned));
            bounds.0 >= 0 && bounds.1 <= i128::from(ty.mask())
        }
    };
    if fits {
        flags = flags.or(NodeFlags::NUW);
    }
    flags
}

fn extremes(op: Op, a: (i128, i128), b: (i128, i128)) -> (i128, i128) {
    match op {
        Op::Add => (a.0 + b.0, a.1 + b.1),
        Op::Sub => (a.0 - b.1, a.1 - b.0),
        _ => {
            let products = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
            let low = products.into_iter().fold(i128::MAX, i128::min);
            (low, products.into_iter().fold(i128::MIN, i128::max))
        }
    }
}
