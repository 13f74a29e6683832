//! Calls in tail position take the place of the frame.
//!
//! **What:** a call after which the function only returns what it got becomes a `tailcall`: a jump. **Why:** the callee
//! returns to our caller at once, and stacks do not grow with chains of calls.
//!
//! **Algorithm:** from the returns backwards through regions to calls whose control, memory and results go straight
//! there, in a function of whose frame nobody knows.
//!
//! **Needs:** nothing. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** levels below -O2, where one may want to see all callers in a debugger; functions that return the
//! address where their result is written; arguments on the stack, for which code generation makes a call again.
//!
//! **Tests:** `tests/files/tail_calls`.

use super::{Exits, leaves_frame, passes_by_value, remove, returns_plainly};
use crate::{Context, Level};
use son_ir::{Function, Module, NodeId, Op, Passing, Signature, Type};

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    if context.level < Level::O2 {
        return;
    }
    for call in find(context.module, function) {
        if !context.spend() {
            break;
        }
        let graph = &mut function.graph;
        let (payload, inputs) = (graph.payload(call), graph.copy_inputs(call));
        graph.hold();
        let saved = graph.current_origin();
        graph.set_origin(graph.origin(call));
        remove(graph, call);
        let exit = graph.raw(Op::TailCall, Type::CTRL, payload, &inputs);
        graph.add_input(NodeId::STOP, exit);
        graph.set_origin(saved);
        graph.release();
    }
}

/// The calls that become jumps.
fn find(module: &Module, function: &Function) -> Vec<NodeId> {
    let graph = &function.graph;
    let own = module.signature(function.signature);
    let fits = |call| {
        let signature = module.signature(graph.call_site(call).signature);
        graph.is(call, Op::Call) && returns_plainly(graph, call) && returns_alike(signature, own)
    };
    let mut sites = Exits::find(graph, fits).sites;
    sites.retain(|site| site.then.is_none());
    if sites.is_empty() || !leaves_frame(module, function) {
        return Vec::new();
    }
    sites.into_iter().map(|site| site.call).collect()
}

/// Are the results of the callee where and what those of the function have to be?
fn returns_alike(callee: &Signature, own: &Signature) -> bool {
    let to_memory = own.params.iter().any(|param| param.passing == Passing::StructReturn);
    let alike = callee.results.len() == own.results.len()
        && callee
            .results
            .iter()
            .zip(&own.results)
            .all(|(a, b)| a.ty == b.ty && a.extension == b.extension && a.passing == b.passing);
    alike && !to_memory && !passes_by_value(&callee.params) && callee.conv == own.conv
}
