//! Calls in tail position: what the passes over them look for, and what forbids to leave the frame before the call.

pub(crate) mod tail_calls;
pub(crate) mod tail_recursion;

use crate::scalar::are_private;
use smallvec::smallvec;
use son_ir::analysis::call_graph::direct_callee;
use son_ir::{
    CallFlags, Function, FunctionFlags, Graph, Inputs, Module, NodeId, Op, OpFlags, Param, Passing, SymbolId, Type,
};

/// A call after which nothing happens but the return of its results, or of its one result with something added to it,
/// multiplied by it or the like.
struct TailSite {
    /// A `call`, or a `tailcall`.
    call: NodeId,
    /// What becomes of the result; `None` if it is returned as it is.
    then: Option<Accumulation>,
}

/// `op(.. op(result, first operand) .., last operand)`, in any order.
#[derive(Clone)]
struct Accumulation {
    op: Op,
    operands: Inputs,
}

/// Where control leaves the function.
struct Exits {
    sites: Vec<TailSite>,
    /// Number of ways out that are no wanted calls.
    others: usize,
}

/// A way to a return: control, and what is returned when control comes from there.
struct Way {
    control: NodeId,
    /// The states of memory that make the whole.
    memory: Inputs,
    values: Inputs,
}

impl Way {
    fn of_return(graph: &Graph, exit: NodeId) -> Way {
        let memory = visible_states(graph, smallvec![graph.input(exit, 1)]);
        Way { control: graph.input(exit, 0), memory, values: graph.inputs(exit).skip(2).collect() }
    }

    /// The way before a region, over its input `number`.
    fn before(&self, graph: &Graph, number: usize) -> Way {
        let before = |&value: &NodeId| {
            let merged = graph.is(value, Op::Phi) && graph.input(value, 0) == self.control;
            if merged { graph.input(value, number + 1) } else { value }
        };
        Way {
            control: graph.input(self.control, number),
            memory: visible_states(graph, self.memory.iter().map(before).collect()),
            values: self.values.iter().map(before).collect(),
        }
    }

    /// The call whose control, memory and results go this way.
    fn site(&self, graph: &Graph) -> Option<TailSite> {
        let call = graph.is(self.control, Op::Proj).then(|| graph.input(self.control, 0))?;
        let is_result = |node: NodeId, number: u64| {
            graph.is(node, Op::Proj) && graph.input(node, 0) == call && graph.payload(node) == number
        };
        let goes_on = graph.is(call, Op::Call) && graph.payload(self.control) == 0;
        if !goes_on || !self.memory.iter().all(|&state| is_result(state, 1)) {
            return None;
        }
        if (2..).zip(&self.values).all(|(number, &value)| is_result(value, number)) {
            return Some(TailSite { call, then: None });
        }
        let &[value] = &self.values[..] else { return None };
        Some(TailSite { call, then: Some(Accumulation::of(graph, call, value)?) })
    }
}

/// The states that `memory` is merged of, without those that die with the frame.
fn visible_states(graph: &Graph, mut memory: Inputs) -> Inputs {
    let mut states = Inputs::new();
    while let Some(state) = memory.pop() {
        if graph.is(state, Op::MergeMem) {
            let classes = &graph.tables().merges[graph.payload(state) as usize];
            let slices = graph.inputs(state).skip(1).zip(classes);
            memory.extend(slices.filter(|(_, class)| class.as_slot().is_none()).map(|(slice, _)| slice));
            memory.push(graph.input(state, 0));
        } else if !states.contains(&state) {
            states.push(state);
        }
    }
    states
}

impl Accumulation {
    /// How `value` is made of the call's only result, which is used for nothing else.
    fn of(graph: &Graph, call: NodeId, value: NodeId) -> Option<Accumulation> {
        let mut at = graph.find_proj(call, 2).filter(|&result| graph.ty(result).is_int())?;
        let mut found: Option<Accumulation> = None;
        while at != value {
            let (user, index) = graph.uses(at).next().filter(|_| graph.has_one_use(at))?;
            let op = graph.op(user);
            let accumulation = found.get_or_insert_with(|| Accumulation { op, operands: Inputs::new() });
            if accumulation.op != op || !op.is(OpFlags::ASSOCIATES.or(OpFlags::COMMUTES)) {
                return None;
            }
            accumulation.operands.push(graph.input(user, 1 - index));
            at = user;
        }
        found
    }

    /// The value that changes nothing.
    fn identity(&self, graph: &mut Graph, ty: Type) -> NodeId {
        let sign = 1u128 << (ty.bits() - 1);
        let value = match self.op {
            Op::Mul => 1,
            Op::And | Op::UMin => u128::MAX,
            Op::SMin => sign - 1,
            Op::SMax => sign,
            _ => 0,
        };
        graph.wide_const(ty, value)
    }
}

impl Exits {
    /// The wanted calls in tail position. Linear in the regions in front of returns.
    fn find(graph: &Graph, is_wanted: impl Fn(NodeId) -> bool) -> Exits {
        let mut exits = Exits { sites: Vec::new(), others: 0 };
        let mut ways = Vec::new();
        for exit in graph.inputs(NodeId::STOP) {
            match graph.op(exit) {
                Op::Return => ways.push(Way::of_return(graph, exit)),
                Op::TailCall if is_wanted(exit) => exits.sites.push(TailSite { call: exit, then: None }),
                _ => exits.others += 1,
            }
            while let Some(way) = ways.pop() {
                if graph.is(way.control, Op::Region) {
                    ways.extend((0..graph.num_inputs(way.control)).rev().map(|number| way.before(graph, number)));
                    continue;
                }
                match way.site(graph).filter(|site| is_wanted(site.call)) {
                    Some(site) => exits.sites.push(site),
                    None => exits.others += 1,
                }
            }
        }
        exits
    }
}

/// May nothing of the function's frame be seen by a call at its end, and does nothing depend on there being a frame?
fn leaves_frame(module: &Module, function: &Function) -> bool {
    let needs_frame = |&node: &NodeId| {
        use Op::{Deopt, FrameAddr, FrameState, Guard, ReturnAddr, Safepoint, StackAlloc, VaStart};
        let op = function.graph.op(node);
        matches!(op, StackAlloc | VaStart | FrameAddr | ReturnAddr | FrameState | Guard | Deopt | Safepoint)
    };
    !function.flags.any(FunctionFlags::CALLS_RETURNS_TWICE.or(FunctionFlags::OPT_NONE))
        && !passes_by_value(&module.signature(function.signature).params)
        && !function.graph.nodes().any(|node| needs_frame(&node))
        && are_private(function)
}

fn passes_by_value(params: &[Param]) -> bool {
    params.iter().any(|param| matches!(param.passing, Passing::ByValue(..)))
}

/// Does the call come back once, by its normal exit?
fn returns_plainly(graph: &Graph, call: NodeId) -> bool {
    !graph.call_site(call).flags.any(CallFlags::UNWINDS.or(CallFlags::RETURNS_TWICE))
}

/// Is the callee the function of this symbol?
fn calls(graph: &Graph, call: NodeId, symbol: SymbolId) -> bool {
    direct_callee(graph, call) == Some(symbol)
}

/// Removes a call in tail position and the way behind it.
fn remove(graph: &mut Graph, call: NodeId) {
    if graph.is(call, Op::TailCall) {
        graph.kill_control(call);
        return;
    }
    if let Some(control) = graph.find_proj(call, 0) {
        graph.kill_control(control);
    }
    let rest: Inputs = graph.users(call).collect();
    rest.into_iter().for_each(|proj| graph.replace_by_poison(proj));
    graph.kill(call);
}
