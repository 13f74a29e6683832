//! Constant folding, and what poison makes of an op.

use super::questions::constant;
use crate::eval::{self, Evaluated};
use crate::graph::{Graph, NewNode, NodeId};
use crate::ops::{Family, Op};
use smallvec::SmallVec;

/// The constant, poison or operand that the op is for these inputs, if they are constants or poison.
pub(super) fn fold(graph: &mut Graph, op: Op, new: &NewNode) -> Option<NodeId> {
    let inputs = &new.inputs[usize::from(op.takes_control())..];
    if inputs.iter().any(|&input| graph.is(input, Op::Poison)) {
        return fold_poison(graph, op, new, inputs);
    }
    // The right one is the constant if there is only one.
    let last = constant(graph, *inputs.last()?)?;
    let mut values: SmallVec<[u128; 3]> = SmallVec::new();
    for &input in &inputs[..inputs.len() - 1] {
        values.push(constant(graph, input)?);
    }
    values.push(last);
    let from = graph.ty(if op == Op::Select { inputs[1] } else { inputs[0] });
    match eval::scalar(op, new.flags, new.ty, from, &values)? {
        Evaluated::Bits(bits) => Some(graph.wide_const(new.ty, bits)),
        Evaluated::Poison => Some(graph.poison(new.ty)),
        Evaluated::Undefined => None,
    }
}

fn fold_poison(graph: &mut Graph, op: Op, new: &NewNode, inputs: &[NodeId]) -> Option<NodeId> {
    let is_poison = |input: NodeId| graph.is(input, Op::Poison);
    match op {
        Op::Select if !is_poison(inputs[0]) => Some(if is_poison(inputs[1]) { inputs[2] } else { inputs[1] }),
        // Any value will do; zero is the one that folds on.
        Op::Freeze if new.ty.is_vector() => None,
        Op::Freeze => Some(graph.wide_const(new.ty, 0)),
        // A poison divisor is undefined: nothing to gain from it.
        _ if op.takes_control() && is_poison(inputs[1]) => None,
        // Poison of one lane says nothing of the others.
        _ if op.info().family == Family::Vector => None,
        _ => Some(graph.poison(new.ty)),
    }
}
