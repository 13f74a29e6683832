//! What functions of the module do with pointers that they are given: a summary by need, callees before callers.

use son_ir::analysis::call_graph::direct_callee;
use son_ir::{Definition, Graph, Module, NodeId, Op, Passing, Type};

/// How deep calls of calls are looked into.
const MAX_DEPTH: u32 = 4;
/// Most uses of a parameter that are looked at.
const MAX_USES: usize = 128;
/// Inputs of a call before its arguments.
const BEFORE_ARGUMENTS: usize = 3;

/// May the callee of the call keep a copy of its argument at this input, give its memory back, or return it to
/// somebody who uses it?
pub(super) fn keeps(module: &Module, graph: &Graph, call: NodeId, index: usize) -> bool {
    keeps_within(module, graph, call, index, MAX_DEPTH)
}

fn keeps_within(module: &Module, graph: &Graph, call: NodeId, index: usize, depth: u32) -> bool {
    let Some((body, param)) = parameter(module, graph, call, index) else { return true };
    let unused = || graph.find_proj(call, 2).is_none_or(|result| graph.is_unused(result));
    let may_return = graph.is(call, Op::Call) && unused() && returned_parameter(body) == Some(param);
    let Some(param) = body.find_proj(NodeId::START, param + 2) else { return false };
    let mut pending = vec![param];
    let mut uses = 0;
    while let Some(pointer) = pending.pop() {
        for (user, index) in body.uses(pointer) {
            uses += 1;
            if uses > MAX_USES {
                return true;
            }
            match (body.op(user), index) {
                (Op::PtrAdd, 0) | (Op::Pi, 1) => pending.push(user),
                (Op::Load | Op::Store | Op::MemSet, 2) | (Op::MemCopy | Op::MemMove, 2 | 3) => {}
                (Op::Return, 2) if may_return => {}
                (op, _) if op.is_int_compare() => {}
                (Op::Call | Op::TailCall, _) if depth > 0 && !keeps_within(module, body, user, index, depth - 1) => {}
                _ => return true,
            }
        }
    }
    false
}

/// Body of the callee and number of the parameter that an input of the call is given to.
fn parameter<'a>(module: &'a Module, graph: &Graph, call: NodeId, index: usize) -> Option<(&'a Graph, u32)> {
    let body = body(module, graph, call)?;
    let number = index.checked_sub(BEFORE_ARGUMENTS)?;
    let params = &module.signature(graph.call_site(call).signature).params;
    (params.get(number)?.passing == Passing::Direct).then_some((body, number as u32))
}

/// The body that the call executes for sure, if it was built already.
fn body<'a>(module: &'a Module, graph: &Graph, call: NodeId) -> Option<&'a Graph> {
    let symbol = module.symbol(direct_callee(graph, call)?);
    let Definition::Function(row) = symbol.definition else { return None };
    let callee = &module.functions[row as usize];
    let known = !symbol.linkage.is_interposable()
        && module.signature(callee.signature).params.len()
            == module.signature(graph.call_site(call).signature).params.len();
    // The function at hand has no body in the module.
    (known && !callee.graph.is_empty()).then_some(&callee.graph)
}

/// Results of functions that return an argument of theirs become that argument. Returns how many.
pub(super) fn replace_returned(module: &Module, graph: &mut Graph) -> usize {
    let calls: Vec<NodeId> = graph.nodes().filter(|&node| graph.is(node, Op::Call)).collect();
    let mut replaced = 0;
    for call in calls {
        let Some(result) = graph.find_proj(call, 2).filter(|&result| graph.ty(result) == Type::PTR) else { continue };
        let Some(param) = body(module, graph, call).and_then(returned_parameter) else { continue };
        let index = BEFORE_ARGUMENTS + param as usize;
        if index < graph.num_inputs(call) && graph.ty(graph.input(call, index)) == Type::PTR {
            let argument = graph.input(call, index);
            graph.replace(result, argument);
            replaced += 1;
        }
    }
    replaced
}

/// The parameter that is the only result of each return.
fn returned_parameter(body: &Graph) -> Option<u32> {
    let mut found = None;
    for exit in body.inputs(NodeId::STOP) {
        match body.op(exit) {
            Op::Return if body.num_inputs(exit) == 3 => {
                let mut value = body.input(exit, 2);
                while body.is(value, Op::Pi) {
                    value = body.input(value, 1);
                }
                let param = body.is(value, Op::Proj) && body.input(value, 0) == NodeId::START;
                if !param || found.is_some_and(|other| other != value) {
                    return None;
                }
                found = Some(value);
            }
            Op::Unreachable | Op::Never | Op::Trap => {}
            _ => return None,
        }
    }
    u32::try_from(body.payload(found?)).ok()?.checked_sub(2)
}
