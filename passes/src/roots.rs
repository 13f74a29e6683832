//! Square roots without a call.
//!
//! **What:** a call of C's `sqrt` becomes the op, which is one instruction; where the operand may be negative, the call
//! stays on that side of a branch, since it sets `errno`. **Why:** a call takes all registers that need not be saved,
//! may write memory, and costs ten times as much as the root.
//!
//! **Algorithm:** as LLVM's PartiallyInlineLibCalls, but with what facts say of the operand. A branch that is made too
//! early goes when later passes find out that the operand is a sum of squares.
//!
//! **Needs:** nothing. **Breaks:** the fixpoint of the peephole rules, memory slices.
//!
//! **Does not try:** other functions: those without `errno` are ops when they come from a frontend, the others no
//! instructions.
//!
//! **Tests:** `tests/files/roots`.

use crate::context::Context;
use son_ir::analysis::call_graph::direct_callee;
use son_ir::{CallFlags, CallSite, Definition, Function, Graph, Module, NodeId, Op, Type, Weights};

/// A negative operand is a mistake of the program.
const WEIGHTS: Weights = Weights { on_true: 1, on_false: 2000 };

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    let graph = &mut function.graph;
    let calls: Vec<NodeId> = graph.nodes().filter(|&node| is_root(context.module, graph, node)).collect();
    graph.hold();
    for call in calls {
        if !context.spend() {
            break;
        }
        apply(graph, call);
    }
    graph.release();
}

/// Is it a call of the library's function, which is not to be left as it is?
fn is_root(module: &Module, graph: &Graph, call: NodeId) -> bool {
    if !graph.is(call, Op::Call) || graph.call_site(call).flags.has(CallFlags::NO_BUILTIN) {
        return false;
    }
    let Some(symbol) = direct_callee(graph, call).map(|callee| module.symbol(callee)) else { return false };
    let ty = match &*symbol.name {
        "sqrt" => Type::F64,
        "sqrtf" => Type::F32,
        _ => return false,
    };
    let signature = module.signature(graph.call_site(call).signature);
    let fits = |types: &[son_ir::Param]| types.len() == 1 && types[0].ty == ty;
    matches!(symbol.definition, Definition::ExternalFunction(_)) && fits(&signature.params) && fits(&signature.results)
}

fn apply(graph: &mut Graph, call: NodeId) {
    let [control, memory, _, operand] = [0, 1, 2, 3].map(|index| graph.input(call, index));
    let ty = graph.ty(operand);
    let root = graph.pure(Op::FSqrt, ty, &[operand]);
    let zero = graph.fconst(ty, 0);
    let negative = graph.pure(Op::FLt, Type::I1, &[operand, zero]);
    let after = [0, 1, 2].map(|number| graph.find_proj(call, number));
    if graph.constant(negative) == Some(0) {
        replace(graph, after, [control, memory, root]);
        return;
    }
    let branch = graph.raw(Op::If, Type::TUPLE, WEIGHTS.payload(), &[control, negative]);
    let [called, other] = [0, 1].map(|number| graph.insert_proj(branch, number, Type::CTRL));
    // The call stays as it is for good.
    let site = *graph.call_site(call);
    let site = CallSite { flags: site.flags.or(CallFlags::NO_BUILTIN), ..site };
    let payload = graph.tables_mut().add_call(site);
    graph.set_payload(call, payload);
    graph.set_input(call, 0, called);
    let types = [Type::CTRL, Type::MEM, ty];
    let results = [0, 1, 2].map(|number| graph.insert_proj(call, number as u32, types[number]));
    let region = graph.raw(Op::Region, Type::CTRL, 0, &[results[0], other]);
    let state = graph.raw(Op::Phi, Type::MEM, 0, &[region, results[1], memory]);
    let value = graph.raw(Op::Phi, ty, 0, &[region, results[2], root]);
    replace(graph, after, [region, state, value]);
}

fn replace(graph: &mut Graph, after: [Option<NodeId>; 3], by: [NodeId; 3]) {
    for (old, new) in after.into_iter().zip(by) {
        if let Some(old) = old {
            graph.replace(old, new);
        }
    }
}
