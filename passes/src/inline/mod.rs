//! Inlining: a call is replaced by the body of its callee where that is likely to pay.
//!
//! **What:** the callee's nodes are copied into the caller, its parameters become the arguments, its returns meet where
//! the call was. **Why:** it removes the call, and what the caller knows of arguments simplifies the copy; escape
//! analysis and ranges see through it.
//!
//! **Algorithm:** bottom-up over the call graph, so that a callee has its final form before it is copied. A callee
//! is inlined when its size, less what is expected to fold away, stays below a threshold; both are in nodes
//! that become instructions. The growth of a caller is bounded. What calls itself, maybe through others, is inlined only
//! when asked for, or on trial. Calls that keep allocations alive are inlined on trial, see `trial.rs`.
//!
//! **Needs:** memory of the caller in one chain. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** calls through pointers (SCCP makes them direct), partial inlining, callees with frame states,
//! variable arguments or dynamic stack allocation.
//!
//! **Tests:** `tests/files/inline`, `passes/tests/inline.rs`.

mod foresee;
pub(crate) mod reasons;
mod splice;
pub(crate) mod trial;

use crate::linear;
use reasons::Refusal;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::call_graph::{CallGraph, direct_callee};
use son_ir::{
    CallFlags, Definition, Function, FunctionFlags, Graph, Linkage, Module, NodeId, Op, OpFlags, Origin, Signature,
    SymbolId,
};
use splice::Origins;
pub(crate) use splice::is_copyable;

/// How eager inlining is. Sizes are counted as [`size`] does.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Largest callee that is inlined anywhere, after discounts.
    pub threshold: u32,
    /// The same where the source hints at inlining.
    pub hinted: u32,
    /// The same at rarely executed calls.
    pub cold: u32,
    /// The same for a local function's only call.
    pub only_call: u32,
    /// A caller that is larger than this takes only callees that make it no larger.
    pub caller: u32,
}

impl Policy {
    /// The policy of an optimization level.
    pub fn for_level(level: u8) -> Policy {
        let threshold = if level >= 3 { 80 } else { 50 };
        Policy { threshold, hinted: threshold + threshold / 2, cold: 8, only_call: 1500, caller: 20_000 }
    }
}

/// Instructions that a body is expected to become: constants, projections, phis and merges are free.
pub fn size(graph: &Graph) -> u32 {
    graph.nodes().map(|node| node_size(graph, node)).sum()
}

fn node_size(graph: &Graph, node: NodeId) -> u32 {
    let Some(op) = Op::from_number(graph.op_number(node)) else { return 1 };
    match op {
        Op::Start
        | Op::Stop
        | Op::Region
        | Op::Loop
        | Op::Proj
        | Op::Phi
        | Op::Pi
        | Op::MergeMem
        | Op::Freeze
        | Op::Opaque => 0,
        Op::Trunc | Op::Bitcast | Op::PtrToInt | Op::IntToPtr | Op::PtrAdd | Op::Unreachable | Op::Never => 0,
        Op::Call | Op::TailCall => 5 + (graph.num_inputs(node) as u32 - 3),
        Op::Switch => 3 + graph.switch_table(node).values.len() as u32,
        Op::SDiv | Op::UDiv | Op::SRem | Op::URem => 3,
        _ if op.is(OpFlags::CHEAP) => 0,
        _ => 1,
    }
}

/// What inlining knows of the bodies of a module.
pub struct Callees {
    call_graph: CallGraph,
    /// Those that call themselves, maybe through others, by row. Inlining them unrolls the recursion: no gain by itself.
    recursive: Vec<bool>,
    /// Bodies in rows from here on are clones.
    originals: usize,
    /// With memory in one chain, as they are copied into callers: made for the first of them, for all others too.
    chained: FxHashMap<u32, Option<Function>>,
}

impl Callees {
    /// Of all bodies, which are the graph's.
    pub fn new(call_graph: CallGraph) -> Callees {
        let recursive = call_graph.recursive();
        Callees { originals: recursive.len(), recursive, call_graph, chained: FxHashMap::default() }
    }

    /// Does the body in this row call itself, maybe through others?
    pub fn is_recursive(&self, row: u32) -> bool {
        self.recursive[row as usize]
    }

    /// Does nobody call the body but itself and so many calls at hand?
    pub(crate) fn are_all_calls(&self, module: &Module, body: &Function, calls: u32) -> bool {
        let symbol = module.symbol(body.symbol);
        let Definition::Function(row) = symbol.definition else { return false };
        let own = calls_of_itself(body).count() as u32;
        symbol.linkage.is_local()
            && !self.call_graph.is_address_taken(row)
            && self.call_graph.callers(row) <= own + calls
    }

    /// Is the body in this row a clone of another?
    pub(crate) fn is_clone(&self, row: u32) -> bool {
        row as usize >= self.originals
    }

    /// A clone of the body in this row was added to the module.
    pub(crate) fn add_clone(&mut self, row: u32) {
        self.recursive.push(self.recursive[row as usize]);
    }

    /// The body in this row is about to change.
    pub fn forget(&mut self, row: u32) {
        self.chained.remove(&row);
    }

    /// The body in this row, of this component of the call graph, has its final form: where it called itself last, it
    /// may have become a loop.
    pub fn note(&mut self, module: &Module, row: u32, component: &[u32]) {
        let body = &module.functions[row as usize];
        if self.recursive[row as usize] && component.len() == 1 {
            self.recursive[row as usize] = calls_of_itself(body).next().is_some();
        }
    }

    /// Inlining is over: bodies may go.
    pub fn clear(&mut self) {
        self.chained.clear();
    }

    fn chained<'a>(&'a mut self, module: &'a Module, row: u32) -> &'a Function {
        let body = &module.functions[row as usize];
        self.chained.entry(row).or_insert_with(|| linear::copyable(body)).as_ref().unwrap_or(body)
    }
}

/// Calls in a body of the function that it is of.
fn calls_of_itself(body: &Function) -> impl Iterator<Item = NodeId> + '_ {
    let Function { graph, symbol, .. } = body;
    graph.nodes().filter(|&node| graph.is(node, Op::Call) && direct_callee(graph, node) == Some(*symbol))
}

/// Inlines into the body in row `caller` what the policy wants. Returns the places of the calls and their callees.
pub fn inline_calls(
    module: &mut Module,
    caller: u32,
    policy: &Policy,
    callees: &mut Callees,
) -> Vec<(Origin, SymbolId)> {
    if module.functions[caller as usize].flags.has(FunctionFlags::OPT_NONE) {
        return Vec::new();
    }
    let mut total = size(&module.functions[caller as usize].graph);
    let mut inlined = Vec::new();
    let calls: Vec<NodeId> = {
        let graph = &module.functions[caller as usize].graph;
        graph.nodes().filter(|&node| graph.is(node, Op::Call)).collect()
    };
    for call in calls {
        if !module.functions[caller as usize].graph.is_live(call) {
            continue;
        }
        let Some(Ok(callee)) = candidate(module, caller, call, callees, false) else { continue };
        let budget = Budget { total, policy };
        if let Ok(growth) = worth(module, caller, call, callee, &callees.call_graph, budget) {
            let origin = module.functions[caller as usize].graph.origin(call);
            inlined.push((origin, module.functions[callee as usize].symbol));
            inline_one(module, caller, call, callee, callees);
            total += growth;
        }
    }
    inlined
}

/// Number of calls in the body in row `caller` whose callee has a body too.
pub(crate) fn known_calls(module: &Module, caller: u32) -> usize {
    let graph = &module.functions[caller as usize].graph;
    let is_known = |&call: &NodeId| {
        let callee = direct_callee(graph, call).map(|callee| &module.symbol(callee).definition);
        matches!(callee, Some(Definition::Function(_)))
    };
    graph.nodes().filter(|&node| graph.is(node, Op::Call)).filter(is_known).count()
}

/// Largest body that is looked at for each call, in nodes.
const MAX_NODES: usize = 6000;

/// The row of the body that the call may be replaced by, or why not, if the callee has one; on trial, even if it is not
/// to be inlined.
fn candidate(
    module: &Module,
    caller: u32,
    call: NodeId,
    callees: &Callees,
    on_trial: bool,
) -> Option<Result<u32, Refusal>> {
    let graph = &module.functions[caller as usize].graph;
    let symbol = module.symbol(direct_callee(graph, call)?);
    let Definition::Function(row) = symbol.definition else { return None };
    let site = graph.call_site(call);
    let callee = &module.functions[row as usize];
    let wanted = callee.flags.has(FunctionFlags::ALWAYS_INLINE) || site.flags.has(CallFlags::ALWAYS_INLINE);
    let kept = callee.flags.has(FunctionFlags::NO_INLINE) || site.flags.has(CallFlags::NO_INLINE);
    let leaves = callee.flags.any(FunctionFlags::OPT_NONE.or(FunctionFlags::CALLS_RETURNS_TWICE))
        || site.flags.any(CallFlags::MUST_TAIL.or(CallFlags::UNWINDS));
    let nodes = callee.graph.live();
    let refusals = [
        (kept && !on_trial, Refusal::Kept),
        (symbol.linkage.is_interposable(), Refusal::Replaceable),
        (row == caller || (callees.recursive[row as usize] && !wanted && !on_trial), Refusal::Recursive),
        // Too large for any reason, and too large to be looked at for each call.
        (nodes > MAX_NODES && !wanted, Refusal::Large { growth: nodes as u32, most: MAX_NODES as u32 }),
        (leaves, Refusal::Form),
    ];
    if let Some((_, refusal)) = refusals.into_iter().find(|row| row.0) {
        return Some(Err(refusal));
    }
    let copyable = is_copyable(module, callee, module.signature(site.signature));
    Some(if copyable { Ok(row) } else { Err(Refusal::Form) })
}

#[derive(Clone, Copy)]
struct Budget<'a> {
    total: u32,
    policy: &'a Policy,
}

/// The growth of the caller, if inlining pays; else why not.
fn worth(
    module: &Module,
    caller: u32,
    call: NodeId,
    callee: u32,
    call_graph: &CallGraph,
    budget: Budget,
) -> Result<u32, Refusal> {
    let Budget { total, policy } = budget;
    let (body, from) = (&module.functions[callee as usize], &module.functions[caller as usize].graph);
    let cost = size(&body.graph);
    if body.flags.has(FunctionFlags::ALWAYS_INLINE) || from.call_site(call).flags.has(CallFlags::ALWAYS_INLINE) {
        return Ok(cost);
    }
    let symbol = module.symbol(body.symbol);
    let only_call =
        symbol.linkage.is_local() && call_graph.callers(callee) == 1 && !call_graph.is_address_taken(callee);
    let cold =
        body.flags.has(FunctionFlags::COLD) || from.call_site(call).flags.any(CallFlags::COLD.or(CallFlags::NO_RETURN));
    let threshold = match (only_call, cold) {
        (true, _) => policy.only_call,
        (_, true) => policy.cold,
        _ if body.flags.has(FunctionFlags::INLINE_HINT) => policy.hinted,
        _ => policy.threshold,
    };
    let call_cost = 5 + (from.num_inputs(call) as u32 - 3);
    let net = cost.saturating_sub(call_cost + discount(&body.graph, from, call));
    if net > threshold {
        return Err(Refusal::Large { growth: net, most: threshold });
    }
    if total + net <= policy.caller || cost <= call_cost { Ok(cost) } else { Err(Refusal::Caller) }
}

/// Instructions of the callee that are expected to fold: users of parameters that are constants here, and
/// accesses through parameters that are this function's stack slots here.
fn discount(body: &Graph, from: &Graph, call: NodeId) -> u32 {
    let params: SmallVec<[NodeId; 16]> = body.users(NodeId::START).filter(|&proj| body.payload(proj) >= 2).collect();
    let mut folded = 0;
    for param in params {
        let argument = from.input(call, body.payload(param) as usize + 1);
        let argument_op = Op::from_number(from.op_number(argument));
        let known = matches!(argument_op, Some(Op::Const | Op::SymbolAddr));
        for user in body.users(param).take(64) {
            let op = Op::from_number(body.op_number(user));
            folded += match op {
                Some(Op::Call) if argument_op == Some(Op::SymbolAddr) && body.input(user, 2) == param => 20,
                Some(Op::Switch) if known => 10,
                Some(op) if known && (op.is_int_compare() || op == Op::Select) => 3,
                Some(Op::If) if known => 3,
                Some(_) if known => 1,
                Some(Op::PtrAdd) if argument_op == Some(Op::SlotAddr) => 2 * accesses(body, user),
                Some(Op::Load | Op::Store) if argument_op == Some(Op::SlotAddr) => 2,
                _ => 0,
            };
        }
    }
    folded
}

/// Loads and stores through an address.
fn accesses(body: &Graph, address: NodeId) -> u32 {
    let is_access = |&user: &NodeId| matches!(Op::from_number(body.op_number(user)), Some(Op::Load | Op::Store));
    body.users(address).take(64).filter(is_access).count() as u32
}

/// Replaces one call by the body in row `callee`.
pub(crate) fn inline_one(module: &mut Module, caller: u32, call: NodeId, callee: u32, callees: &mut Callees) {
    let mut function = module.functions[caller as usize].clone_without_graph();
    std::mem::swap(&mut function.graph, &mut module.functions[caller as usize].graph);
    let signature: Signature = module.signatures[module.functions[callee as usize].signature.index()].clone();
    let mut locations = std::mem::take(&mut module.locations);
    let symbol = module.functions[callee as usize].symbol;
    let origins = Origins::new(&mut locations, symbol, function.graph.origin(call));
    let body = callees.chained(module, callee);
    splice::splice(&mut function, call, body, &signature, origins);
    module.locations = locations;
    module.functions[caller as usize] = function;
}

/// Drops bodies that nothing outside the module can call and nothing in it names any more. Returns how many.
pub fn remove_unused_functions(module: &mut Module) -> usize {
    let used = reachable_functions(module);
    let before = module.functions.len();
    let mut kept = Vec::with_capacity(before);
    for (row, function) in std::mem::take(&mut module.functions).into_iter().enumerate() {
        let symbol = &mut module.symbols[function.symbol.index()];
        if used[row] {
            symbol.definition = Definition::Function(kept.len() as u32);
            kept.push(function);
        } else {
            symbol.definition = Definition::ExternalFunction(function.signature);
        }
    }
    module.functions = kept;
    before - module.functions.len()
}

fn reachable_functions(module: &Module) -> Vec<bool> {
    use son_ir::RelocationTarget::{Block, Symbol};
    let mut seen = vec![false; module.symbols.len()];
    let discardable =
        |linkage: Linkage| linkage.is_local() || matches!(linkage, Linkage::LinkOnce | Linkage::AvailableExternally);
    let mut worklist: Vec<usize> = (0..module.symbols.len())
        .filter(|&id| module.symbols[id].is_function() && !discardable(module.symbols[id].linkage))
        .chain((0..module.symbols.len()).filter(|&id| !module.symbols[id].is_function()))
        .chain(module.constructors.iter().chain(&module.destructors).map(|&(_, id)| id.index()))
        .chain(module.deoptimizer.map(SymbolId::index))
        .collect();
    while let Some(id) = worklist.pop() {
        if std::mem::replace(&mut seen[id], true) {
            continue;
        }
        match &module.symbols[id].definition {
            Definition::Function(row) => {
                let graph = &module.functions[*row as usize].graph;
                worklist.extend(graph.tables().shapes.iter().map(|shape| shape.allocator.index()));
                worklist.extend(
                    graph
                        .nodes()
                        .filter(|&node| graph.is(node, Op::SymbolAddr))
                        .map(|node| graph.payload(node) as usize),
                );
            }
            Definition::Data(data) => {
                let targets = data.relocations.iter().flat_map(|r| [Some(r.target), r.minus]).flatten();
                worklist.extend(targets.map(|(Symbol(id) | Block(id, _))| id.index()));
            }
            Definition::Alias(target, _) => worklist.push(target.index()),
            Definition::ExternalFunction(_) | Definition::ExternalData(_) => {}
        }
    }
    module.functions.iter().map(|function| seen[function.symbol.index()]).collect()
}
