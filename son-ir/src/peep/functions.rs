//! Named rules: what the language of rules cannot say.

use super::{RuleInfo, fire, matcher, questions};
use crate::eval::{self, Evaluated};
use crate::graph::{Graph, Inputs, NewNode, NodeId};
use crate::ops::{NodeFlags, Op};

/// A rule that is a function.
pub(super) struct Function {
    pub(super) info: RuleInfo,
    apply: fn(&mut Graph, Op, &NewNode, usize) -> Option<NodeId>,
}

macro_rules! functions {
    ($($name:ident: $text:literal;)*) => {
        /// All of them, in the order in which they are tried.
        pub(super) const FUNCTIONS: &[Function] = &[$(Function {
            info: RuleInfo { name: stringify!($name), file: file!(), line: line!(), text: $text },
            apply: $name,
        },)*];
    };
}

functions! {
    fold_into_select: "an op of a select of constants, and constants, is a select of the results";
}

/// Tries each function.
pub(super) fn rewrite(graph: &mut Graph, op: Op, new: &NewNode) -> Option<NodeId> {
    FUNCTIONS.iter().enumerate().find_map(|(i, f)| (f.apply)(graph, op, new, matcher::RULES.len() + i))
}

/// `(op (select c C1 C2) C3) => (select c {op C1 C3} {op C2 C3})`, for any op and place of the select. The
/// select has to be the op's alone, and no case may be undefined or poison.
fn fold_into_select(graph: &mut Graph, op: Op, new: &NewNode, rule: usize) -> Option<NodeId> {
    let inputs = &new.inputs[usize::from(op.takes_control())..];
    let is_select = |&input: &NodeId| graph.is(input, Op::Select);
    let at = inputs.iter().position(is_select)?;
    if inputs.len() > 2 || op == Op::Freeze || !questions::one_use(graph, new, inputs[at]) {
        return None;
    }
    let select: Inputs = graph.copy_inputs(inputs[at]);
    let from = graph.ty(inputs[0]);
    let mut results = [0; 2];
    for (result, &arm) in results.iter_mut().zip(&select[1..]) {
        let value = |(i, &input)| questions::constant(graph, if i == at { arm } else { input });
        let values: Option<smallvec::SmallVec<[u128; 3]>> = inputs.iter().enumerate().map(value).collect();
        let Some(Evaluated::Bits(bits)) = eval::scalar(op, new.flags, new.ty, from, &values?) else { return None };
        *result = bits;
    }
    if !fire(graph, rule) {
        return None;
    }
    let [yes, no] = results.map(|bits| graph.wide_const(new.ty, bits));
    Some(graph.node(Op::Select, new.ty, NodeFlags::NONE, 0, &[select[0], yes, no]))
}
