//! Recursion in tail position becomes a loop.
//!
//! **What:** a call of the function itself after which it only returns goes back to its start, with the arguments as
//! the new parameters. Where the result of the call is still added to something, multiplied by it and so on before it
//! is returned, an accumulator takes that up on the way back: `fib(n - 1) + fib(n - 2)` becomes one call in a loop.
//! **Why:** no call, no frame, and everything that works on loops works on it.
//!
//! **Algorithm:** from the returns backwards through regions to calls whose control, memory and results go straight
//! there. The entry becomes a loop, parameters and memory its phis. Accumulators as in LLVM's TailRecursionElimination:
//! the op associates and commutes, so that operands can be combined on the way down instead of on the way up; the other
//! operands must be known before the call.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the peephole rules, memory slices, rotated loops.
//!
//! **Does not try:** functions whose stack slots others may see: activations would share them; several accumulators of
//! different ops; floats, which do not associate.
//!
//! **Tests:** `tests/files/tail_recursion`.

use super::{Accumulation, Exits, TailSite, calls, leaves_frame, remove, returns_plainly};
use crate::context::Context;
use crate::control::only_value;
use rustc_hash::FxHashSet;
use son_ir::analysis::{Block, Cfg, Dominators};
use son_ir::{Function, Graph, Inputs, Module, NodeId, Op, OpFlags, Type};

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    let mut sites = find(context.module, function);
    sites.retain(|_| context.spend());
    if !sites.is_empty() {
        Rewrite::new(&mut function.graph, &sites).apply(&sites);
    }
}

/// The calls that become back edges.
fn find(module: &Module, function: &Function) -> Vec<TailSite> {
    let graph = &function.graph;
    let is_self_call = |call| {
        calls(graph, call, function.symbol)
            && graph.call_site(call).signature == function.signature
            && returns_plainly(graph, call)
    };
    let Exits { mut sites, mut others } = Exits::find(graph, is_self_call);
    let bound = module.symbol(function.symbol).linkage.is_interposable()
        || module.signature(function.signature).variadic
        || sites.is_empty()
        || !leaves_frame(module, function);
    if bound {
        return Vec::new();
    }
    let found = sites.len();
    keep_one_accumulator(graph, &mut sites);
    others += found - sites.len();
    if others == 0 {
        // A loop needs a way out.
        sites.pop();
    }
    sites
}

/// Leaves calls whose results are accumulated by one op, with operands that are known before the call.
fn keep_one_accumulator(graph: &Graph, sites: &mut Vec<TailSite>) {
    if sites.iter().all(|site| site.then.is_none()) {
        return;
    }
    // What another function returns cannot be added to.
    let leaves_early = graph
        .inputs(NodeId::STOP)
        .any(|exit| graph.is(exit, Op::TailCall) && !sites.iter().any(|site| site.call == exit));
    let availability = Availability::new(graph);
    let mut chosen = None;
    sites.retain(|site| match &site.then {
        None => true,
        Some(then) => {
            let known = !leaves_early
                && chosen.is_none_or(|op| op == then.op)
                && availability.all_before(graph, site.call, &then.operands);
            if known {
                chosen = Some(then.op);
            }
            known
        }
    });
}

/// Which values are known in front of a call.
struct Availability {
    cfg: Cfg,
    dominators: Dominators,
}

impl Availability {
    fn new(graph: &Graph) -> Availability {
        let cfg = Cfg::new(graph);
        let dominators = Dominators::new(&cfg);
        Availability { cfg, dominators }
    }

    /// The block of a node that has one.
    fn block_of(&self, graph: &Graph, node: NodeId) -> Option<Block> {
        if graph.ty(node) == Type::CTRL {
            return Some(self.cfg.block_of(node));
        }
        graph.op(node).is(OpFlags::PINNED).then(|| self.cfg.block_of(graph.input(node, 0)))
    }

    /// Can all be computed before the call in tail position? Nothing but the way out comes after it in its block.
    fn all_before(&self, graph: &Graph, call: NodeId, values: &[NodeId]) -> bool {
        let block = self.cfg.block_of(call);
        let mut seen = FxHashSet::default();
        let mut worklist = Inputs::from_slice(values);
        while let Some(node) = worklist.pop() {
            if node == call {
                return false;
            }
            if node == NodeId::START || !seen.insert(node) {
                continue;
            }
            match self.block_of(graph, node) {
                Some(at) if at != block && !self.dominators.dominates(at, block) => return false,
                Some(at) if at != block || graph.is(node, Op::Phi) => {}
                Some(_) if graph.ty(node) == Type::CTRL => {
                    if graph.is(node, Op::Proj) && graph.input(node, 0) == call {
                        return false;
                    }
                }
                _ => worklist.extend(graph.inputs(node)),
            }
        }
        true
    }
}

/// The loop in the making.
struct Rewrite<'a> {
    graph: &'a mut Graph,
    header: NodeId,
    /// Phis of memory and parameters with the numbers of their projections.
    phis: Vec<(u64, NodeId)>,
    accumulator: Option<Accumulator>,
}

struct Accumulator {
    op: Op,
    ty: Type,
    phi: NodeId,
}

impl Rewrite<'_> {
    /// Puts a loop header at the entry, whose phis still lack what comes back.
    fn new<'a>(graph: &'a mut Graph, sites: &[TailSite]) -> Rewrite<'a> {
        graph.hold();
        let (entry, _) = (graph.entry_control(), graph.entry_memory());
        let pinned: Vec<(NodeId, usize)> =
            graph.uses(entry).filter(|&(user, _)| graph.op(user).is(OpFlags::PINNED)).collect();
        let header = graph.raw(Op::Loop, Type::CTRL, 0, &[entry]);
        pinned.into_iter().for_each(|(user, index)| graph.set_input(user, index, header));
        let projections: Inputs = graph.users(NodeId::START).filter(|&proj| proj != entry).collect();
        let mut phis = Vec::new();
        for proj in projections {
            let phi = graph.raw(Op::Phi, graph.ty(proj), 0, &[header]);
            graph.replace(proj, phi);
            graph.add_input(phi, proj);
            // Each call promises of its arguments what is known of parameters.
            graph.set_fact(phi, *graph.fact(proj));
            phis.push((graph.payload(proj), phi));
        }
        let then = sites.iter().find_map(|site| Some((site.call, site.then.as_ref()?)));
        let accumulator = then.map(|(call, then)| Accumulator::new(graph, header, call, then));
        Rewrite { graph, header, phis, accumulator }
    }

    fn apply(mut self, sites: &[TailSite]) {
        let saved = self.graph.current_origin();
        for site in sites {
            self.graph.set_origin(self.graph.origin(site.call));
            self.go_back(site);
        }
        self.graph.set_origin(saved);
        self.return_accumulated();
        for &(_, phi) in &self.phis {
            if let Some(value) = only_value(self.graph, phi) {
                self.graph.replace(phi, value);
                self.graph.kill(phi);
            }
        }
        self.pin_varying();
        self.graph.form_loops().expect("law 8: the entry dominates all ways back to it");
        self.graph.release();
    }

    /// What was safe at the start of each call is safe at the start of each round, but not before it.
    fn pin_varying(&mut self) {
        let entry = self.graph.input(self.header, 0);
        let floating: Vec<(NodeId, usize)> = self.graph.uses(entry).filter(|use_| use_.0 != self.header).collect();
        for (user, index) in floating {
            if varies(self.graph, user) {
                self.graph.set_input(user, index, self.header);
            }
        }
    }

    /// Makes the call a back edge.
    fn go_back(&mut self, site: &TailSite) {
        let inputs = self.graph.copy_inputs(site.call);
        self.graph.add_input(self.header, inputs[0]);
        for &(number, phi) in &self.phis {
            // Memory is projection 1 and input 1, parameter 0 is projection 2 and input 3.
            let index = if number == 1 { 1 } else { number as usize + 1 };
            self.graph.add_input(phi, inputs[index]);
        }
        let operands: Inputs = site.then.iter().flat_map(|then| &then.operands).map(|&x| self.in_loop(x)).collect();
        if let Some(accumulator) = &self.accumulator {
            let add = |sum, operand| accumulator.add(self.graph, sum, operand);
            let next = operands.into_iter().fold(accumulator.phi, add);
            self.graph.add_input(accumulator.phi, next);
        }
        remove(self.graph, site.call);
    }

    /// A value that was found before the loop was made: parameters are phis now.
    fn in_loop(&self, value: NodeId) -> NodeId {
        let is_parameter = self.graph.is(value, Op::Proj) && self.graph.input(value, 0) == NodeId::START;
        let phi = self.phis.iter().find(|phi| is_parameter && phi.0 == self.graph.payload(value));
        phi.map_or(value, |phi| phi.1)
    }

    /// What is left to return is combined with what was accumulated.
    fn return_accumulated(&mut self) {
        let Some(accumulator) = &self.accumulator else { return };
        let exits = self.graph.copy_inputs(NodeId::STOP);
        for exit in exits {
            if self.graph.is(exit, Op::Return) {
                let value = self.graph.input(exit, 2);
                let sum = accumulator.add(self.graph, accumulator.phi, value);
                self.graph.set_input(exit, 2, sum);
            }
        }
    }
}

/// May the value differ between rounds?
fn varies(graph: &Graph, node: NodeId) -> bool {
    let mut seen = FxHashSet::default();
    let mut worklist = vec![node];
    while let Some(node) = worklist.pop() {
        if node != NodeId::START && seen.insert(node) {
            if graph.op(node).is(OpFlags::PINNED) {
                return true;
            }
            worklist.extend(graph.inputs(node));
        }
    }
    false
}

impl Accumulator {
    fn new(graph: &mut Graph, header: NodeId, call: NodeId, then: &Accumulation) -> Accumulator {
        let result = graph.find_proj(call, 2).expect("law 6: the result is used");
        let ty = graph.ty(result);
        let identity = then.identity(graph, ty);
        let phi = graph.raw(Op::Phi, ty, 0, &[header, identity]);
        Accumulator { op: then.op, ty, phi }
    }

    fn add(&self, graph: &mut Graph, sum: NodeId, operand: NodeId) -> NodeId {
        graph.pure(self.op, self.ty, &[sum, operand])
    }
}
