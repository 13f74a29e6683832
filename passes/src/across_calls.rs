//! Facts that cross calls: callers know what a function returns, and a private function what it is called with.
//!
//! **What:** the results of a call get the facts of all that its callee may return; the parameters of a function that
//! is only called directly, and from this module alone, get the facts of the arguments of all calls.
//!
//! **Why:** a range that is tested on one side of a call need not be tested again on the other.
//!
//! **Algorithm:** results bottom-up over the call graph, as functions are simplified; arguments top-down, so that what
//! a function is told tells what it calls (jump functions that pass facts: Callahan, Cooper, Kennedy and Torczon,
//! "Interprocedural constant propagation", 1986, without its iteration over cycles).
//!
//! **Does not try:** facts of memory, one copy of a function for each kind of call.
//!
//! **Tests:** `tests/files/pipeline/calls.ll`.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::call_graph::{CallGraph, direct_callee};
use son_ir::facts::{Fact, Object, PointerFact};
use son_ir::{Definition, Function, Graph, Module, NodeId, Op, Param, Passing, Type};

/// First projection of `start` that is a parameter, and of a call that is a result.
pub(crate) const FIRST_VALUE: u32 = 2;
/// First input of a call that is an argument.
pub(crate) const FIRST_ARGUMENT: usize = 3;

type Values = SmallVec<[(Type, Fact); 2]>;

/// What functions return, by symbol, as far as they were looked at.
#[derive(Default)]
pub(crate) struct Returned {
    results: FxHashMap<u32, Values>,
}

impl Returned {
    /// Looks at what a body returns.
    pub(crate) fn note(&mut self, module: &Module, row: u32) {
        let function = &module.functions[row as usize];
        if module.symbol(function.symbol).linkage.is_interposable() {
            return;
        }
        if let Some(values) = returned(&function.graph).filter(|values| values.iter().any(|value| value.1 != Fact::Any))
        {
            self.results.insert(function.symbol.0, values);
        }
    }

    /// Tells a body what the calls in it return.
    pub(crate) fn tell(&self, function: &mut Function) {
        if self.results.is_empty() {
            return;
        }
        let graph = &mut function.graph;
        let calls: Vec<NodeId> = graph.nodes().filter(|&node| graph.is(node, Op::Call)).collect();
        for call in calls {
            let Some(values) = direct_callee(graph, call).and_then(|callee| self.results.get(&callee.0)) else {
                continue;
            };
            let projections: SmallVec<[NodeId; 4]> = graph.users(call).collect();
            for result in projections {
                let value = graph
                    .payload(result)
                    .checked_sub(u64::from(FIRST_VALUE))
                    .and_then(|index| values.get(index as usize));
                // What is only returned is best left to the callee, which may then take this one's place.
                let is_returned = graph.users(result).all(|user| graph.is(user, Op::Return));
                if let Some((_, fact)) = value.filter(|value| value.0 == graph.ty(result) && !is_returned) {
                    narrow(graph, result, fact);
                }
            }
        }
    }
}

/// What all returns of a body have in common; nothing if it has none, or may return what another function does, or
/// other code that goes on where a guard fails.
fn returned(graph: &Graph) -> Option<Values> {
    let mut all: Option<Values> = None;
    if graph.nodes().any(|node| matches!(graph.op(node), Op::Guard | Op::Deopt)) {
        return None;
    }
    for exit in graph.inputs(NodeId::STOP) {
        match graph.op(exit) {
            Op::Return => {
                let values: Values =
                    graph.inputs(exit).skip(2).map(|value| (graph.ty(value), portable(graph.fact(value)))).collect();
                match &mut all {
                    None => all = Some(values),
                    Some(all) => {
                        all.iter_mut().zip(values).for_each(|(all, value)| all.1 = all.1.join(&value.1, all.0))
                    }
                }
            }
            Op::TailCall => return None,
            _ => {}
        }
    }
    all
}

/// What is still true of a value in another function: addresses of this one's slots and parameters mean nothing there,
/// and memory that can be read here need not be there for good.
pub(crate) fn portable(fact: &Fact) -> Fact {
    match fact {
        Fact::Pointer(pointer) => {
            let portable = PointerFact { object: Object::Unknown, dereferenceable: 0, ..*pointer };
            Fact::of_pointer(Some(portable))
        }
        other => *other,
    }
}

/// Adds to what is known of a source of facts. Is anything new in it?
pub(crate) fn narrow(graph: &mut Graph, node: NodeId, fact: &Fact) -> bool {
    let (old, ty) = (*graph.fact(node), graph.ty(node));
    let new = old.meet(fact, ty);
    if new == old || new == Fact::Never {
        return false;
    }
    graph.set_fact(node, new);
    true
}

/// What private functions are called with, by row.
pub(crate) struct Arguments {
    /// Of each parameter; nothing for functions that may be called from elsewhere.
    facts: Vec<Option<Vec<Fact>>>,
}

impl Arguments {
    /// No calls yet.
    pub(crate) fn new(module: &Module, call_graph: &CallGraph) -> Arguments {
        let of_row = |row: usize| {
            let function = &module.functions[row];
            let is_private =
                module.symbol(function.symbol).linkage.is_local() && !call_graph.is_address_taken(row as u32);
            let signature = module.signature(function.signature);
            // What is copied on the way is another object there.
            let fact_of = |param: &Param| if param.passing == Passing::Direct { Fact::Never } else { Fact::Any };
            (is_private && !signature.variadic).then(|| signature.params.iter().map(fact_of).collect())
        };
        Arguments { facts: (0..module.functions.len()).map(of_row).collect() }
    }

    /// Adds the calls in a body of functions for which `counts` holds.
    pub(crate) fn add(&mut self, module: &Module, row: u32, counts: impl Fn(u32) -> bool) {
        let graph = &module.functions[row as usize].graph;
        for call in graph.nodes().filter(|&node| matches!(graph.op(node), Op::Call | Op::TailCall)) {
            let callee = direct_callee(graph, call).map(|callee| &module.symbol(callee).definition);
            let Some(&Definition::Function(callee)) = callee else { continue };
            let Some(facts) = self.facts[callee as usize].as_mut().filter(|_| counts(callee)) else { continue };
            for (index, fact) in facts.iter_mut().enumerate() {
                let given = FIRST_ARGUMENT + index;
                *fact = if given < graph.num_inputs(call) {
                    let argument = graph.input(call, given);
                    fact.join(&portable(graph.fact(argument)), graph.ty(argument))
                } else {
                    Fact::Any
                };
            }
        }
    }

    /// Tells a body what it is called with. Is there anything new?
    pub(crate) fn tell(&self, module: &mut Module, row: u32) -> bool {
        let Some(facts) = &self.facts[row as usize] else { return false };
        let graph = &mut module.functions[row as usize].graph;
        let params: SmallVec<[NodeId; 8]> = graph.users(NodeId::START).collect();
        let mut is_new = false;
        for param in params {
            let index = graph.payload(param).checked_sub(u64::from(FIRST_VALUE));
            let fact = index.and_then(|index| facts.get(index as usize));
            if let Some(fact) = fact.filter(|fact| fits(fact, graph.ty(param))) {
                is_new |= narrow(graph, param, fact);
            }
        }
        is_new
    }
}

/// Is it a fact of values of the type, and of them only? A caller may pass another type than is expected.
fn fits(fact: &Fact, ty: Type) -> bool {
    match fact {
        Fact::Int(known) => ty.is_int() && ty.bits() <= 64 && known.unsigned.1 <= ty.mask(),
        Fact::Pointer(_) => ty.is_pointer(),
        _ => false,
    }
}
