//! Why calls stay calls, for authors of programs.

use super::{Budget, Callees, Policy, candidate, size, worth};
use crate::remarks::Remark;
use son_ir::analysis::call_graph::direct_callee;
use son_ir::{Definition, Module, NodeId, Op, Origin, SymbolId};
use std::fmt;

/// The name of inlining in reports, options and remarks.
pub(crate) const NAME: &str = "inline";

/// Why a call of a function whose body is known is not inlined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// The source wants a function.
    Kept,
    /// The callee calls itself, maybe through others.
    Recursive,
    /// Another definition may take the body's place.
    Replaceable,
    /// More instructions would come than may.
    Large { growth: u32, most: u32 },
    /// The caller has grown to its bound.
    Caller,
    /// It has what is known of its own frame only, or what leaves it in another way than by a return.
    Form,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Kept => write!(f, "the source wants a call"),
            Refusal::Recursive => write!(f, "it calls itself"),
            Refusal::Replaceable => write!(f, "another definition may take its place"),
            Refusal::Large { growth, most } => {
                write!(f, "it is too large: {growth} instructions more, at most {most} here")
            }
            Refusal::Caller => write!(f, "the caller is too large already"),
            Refusal::Form => write!(f, "it cannot be copied"),
        }
    }
}

/// A remark on a call that was inlined; on trial, because allocations go by that.
pub(crate) fn inlined(
    function: SymbolId,
    (origin, callee): (Origin, SymbolId),
    on_trial: bool,
    module: &Module,
) -> Remark {
    let why = if on_trial { ": allocations go by that" } else { "" };
    let message = format!("{} is inlined{why}", module.symbol(callee).name);
    Remark { pass: NAME, function, origin, done: true, message, reason: None }
}

/// Remarks on the calls that are left in the body in row `caller`.
pub(crate) fn explain(module: &Module, caller: u32, policy: &Policy, callees: &Callees) -> Vec<Remark> {
    let (graph, function) = {
        let body = &module.functions[caller as usize];
        (&body.graph, body.symbol)
    };
    let budget = Budget { total: size(graph), policy };
    let refusal = |call: NodeId| match candidate(module, caller, call, callees, false)? {
        Ok(callee) => worth(module, caller, call, callee, &callees.call_graph, budget).err(),
        Err(refusal) => Some(refusal),
    };
    let calls = graph.nodes().filter(|&node| graph.is(node, Op::Call));
    let explained = calls.filter_map(|call| {
        let callee = direct_callee(graph, call)?;
        // What is said of clones is said where they are made.
        let is_clone = matches!(module.symbol(callee).definition, Definition::Function(row) if callees.is_clone(row));
        if is_clone {
            return None;
        }
        let message = format!("{} is not inlined: {}", module.symbol(callee).name, refusal(call)?);
        Some(Remark { pass: NAME, function, origin: graph.origin(call), done: false, message, reason: None })
    });
    explained.collect()
}
