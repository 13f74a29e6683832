//! Runs passes: order over the module, timing, statistics, fuel, observation and verification. No pass has
//! code for these.

use crate::across_calls::{Arguments, Returned};
use crate::context::Context;
use crate::escape;
use crate::inline::reasons;
use crate::inline::trial::{self, Allocations};
use crate::inline::{self, Callees, Policy};
use crate::options::{Fuel, Level, Options};
use crate::pipeline::{self, Pass};
use crate::private_data::Stored;
use crate::remarks::Remarks;
use crate::report::{Error, Report};
use crate::specialize::{self, Clones};
use crate::summaries::Summaries;
use son_ir::analysis::CallGraph;
use son_ir::{Function, FunctionFlags, Graph, Module, NodeId, Op, Origin, SymbolId};
use std::time::Instant;

/// Changes by the passes that make allocations go.
#[derive(Clone, Copy)]
struct Progress {
    /// By escape analysis.
    escape: u64,
    /// By those that find out what memory holds, or after which more of it can be found out.
    memory: u64,
}

/// How often a function is simplified at most.
const MAX_ROUNDS: u32 = 12;
/// How deep calls of a function are inlined on trial at most.
const MAX_TRIALS: u32 = 8;
/// The same where the function stays small: elements of a list are given back one after the other.
const MAX_SMALL_TRIALS: u32 = 32;
/// Nodes that trials may simplify in a small module.
const LEAST_FOR_TRIALS: usize = 20_000;

/// Optimizes every function of the module. The result does not depend on anything but the module and the
/// options.
///
/// # Errors
/// With [`Options::verify_each`], the first pass after which the verifier complains.
///
/// ```
/// use son_passes::{Level, Options, optimize};
/// let mut module = son_ir::Module::new(target_lexicon::Triple::host());
/// let report = optimize(&mut module, &Options { level: Level::O0, ..Options::default() })?;
/// assert!(report.passes.is_empty());
/// # Ok::<(), son_passes::Error>(())
/// ```
pub fn optimize(module: &mut Module, options: &Options) -> Result<Report, Error> {
    if options.level == Level::O0 {
        let nodes = live_nodes(module);
        return Ok(Report { nodes_before: nodes, nodes_after: nodes, ..Report::default() });
    }
    let call_graph = CallGraph::new(module);
    let bottom_up = call_graph.bottom_up();
    let mut runner = Runner::new(options, module, call_graph);
    runner.report.nodes_before = live_nodes(module);
    runner.run(module, &bottom_up)?;
    runner.report.nodes_after = live_nodes(module);
    runner.report.remarks = std::mem::take(&mut runner.remarks).finish(module);
    Ok(runner.report)
}

/// Runs one pass on every function, callees first, whatever the level: to look at what it does alone. The name is that
/// of a row of the [table](pipeline::passes), or `inline`; for others there is no report.
///
/// # Errors
/// Those of [`optimize`].
pub fn run_alone(module: &mut Module, name: &str, options: &Options) -> Result<Option<Report>, Error> {
    let pass = pipeline::passes().find(|pass| pass.name == name);
    if pass.is_none() && name != "inline" {
        return Ok(None);
    }
    let call_graph = CallGraph::new(module);
    let bottom_up = call_graph.bottom_up();
    let mut runner = Runner::new(options, module, call_graph);
    for component in &bottom_up {
        for &row in component {
            match pass {
                Some(pass) => runner.run_pipeline(std::slice::from_ref(pass), module, row)?,
                None => runner.inline(module, row),
            }
        }
        runner.summaries.note(module, component);
    }
    Ok(Some(runner.report))
}

/// Largest body that facts are found of once more, in nodes.
const MAX_CHECKED: usize = 1000;

/// Is there a guard that may lie in a loop?
fn has_guards(graph: &Graph) -> bool {
    let is_there = |op: Op| graph.nodes().any(|node| graph.is(node, op));
    is_there(Op::Guard) && is_there(Op::Loop)
}

/// Is there a branch to what ends the program, in a body that is not too large to look at once more?
fn has_checks(graph: &Graph) -> bool {
    let ends = |node: NodeId| matches!(graph.op(node), Op::Unreachable | Op::Trap);
    graph.live() <= MAX_CHECKED
        && graph.inputs(NodeId::STOP).any(ends)
        && graph.nodes().any(|node| graph.is(node, Op::If))
}

fn live_nodes(module: &Module) -> u64 {
    module.functions.iter().map(|function| function.graph.live() as u64).sum()
}

struct Runner<'a> {
    options: &'a Options<'a>,
    report: Report,
    fuel: Option<Fuel>,
    remarks: Remarks,
    callees: Callees,
    /// What is known of the bodies that are simplified.
    allocations: Allocations,
    /// Nodes that trials may still simplify.
    for_trials: usize,
    /// Is what passes do now undone if no allocations go by it?
    on_trial: bool,
    returned: Returned,
    summaries: Summaries,
    clones: Clones,
}

impl<'a> Runner<'a> {
    fn new(options: &'a Options<'a>, module: &Module, call_graph: CallGraph) -> Runner<'a> {
        Runner {
            options,
            report: Report::default(),
            fuel: options.fuel.clone(),
            remarks: Remarks::default(),
            callees: Callees::new(call_graph),
            allocations: Allocations::default(),
            on_trial: false,
            for_trials: LEAST_FOR_TRIALS + live_nodes(module) as usize / 4,
            returned: Returned::default(),
            summaries: Summaries::default(),
            clones: Clones::new(live_nodes(module) as usize),
        }
    }

    /// Over the components of the call graph, callees first.
    fn run(&mut self, module: &mut Module, bottom_up: &[Vec<u32>]) -> Result<(), Error> {
        for component in bottom_up {
            if self.callees.is_recursive(component[0]) {
                self.summaries.note(module, component);
            }
            for &row in component {
                self.simplify(module, row)?;
                if self.options.level > Level::O1 {
                    self.try_calls(module, row)?;
                    self.try_loops(module, row)?;
                    self.pass_fields(module, row)?;
                    self.callees.note(module, row, component);
                    self.explain_calls(module, row);
                }
                self.returned.note(module, row);
            }
            if self.options.level > Level::O1 {
                self.allocations.note(module, component);
                self.summaries.note(module, component);
            }
        }
        self.callees.clear();
        self.report.row("inline").counters = vec![("removed", inline::remove_unused_functions(module) as u64)];
        if self.options.level > Level::O1 {
            self.tell_arguments(module)?;
        }
        for row in 0..module.functions.len() as u32 {
            self.finish(module, row)?;
            if self.options.remarks {
                escape::settle(&module.functions[row as usize], &mut self.remarks.list);
            }
        }
        Ok(())
    }

    /// Simplifies and inlines until no allocation goes any more, as objects in objects come one after the other, and
    /// until no more callees are known: those that objects held.
    fn simplify(&mut self, module: &mut Module, row: u32) -> Result<(), Error> {
        for _ in 0..MAX_ROUNDS {
            if self.options.level > Level::O1 {
                self.inline(module, row);
            }
            self.returned.tell(&mut module.functions[row as usize]);
            let before = (self.progress(), inline::known_calls(module, row));
            self.run_pipeline(pipeline::SIMPLIFY, module, row)?;
            let known = inline::known_calls(module, row) > before.1;
            if !known && !self.may_go_on(before.0, module, row) {
                return Ok(());
            }
        }
        self.run_pipeline(pipeline::SLICE_AGAIN, module, row)
    }

    /// Inlines the calls on trial that keep allocations alive, and simplifies; everything is as before if they stay.
    fn try_calls(&mut self, module: &mut Module, row: u32) -> Result<(), Error> {
        if self.is_disabled("inline") || self.is_disabled("escape") {
            return Ok(());
        }
        let save = |module: &Module, remarks: &Remarks| {
            (module.functions[row as usize].clone(), module.locations.len(), remarks.clone())
        };
        let mut saved = None;
        let mut before = (0.0, 0);
        self.straighten(module, row)?;
        for round in 0..MAX_SMALL_TRIALS {
            let calls = self.allocations.worth_a_trial(module, row, &self.callees);
            if round >= MAX_TRIALS && !trial::may_pay(before, self.allocations.measure(module, row)) {
                break;
            }
            if calls.is_empty() || !self.may_inline() {
                break;
            }
            if saved.is_none() {
                saved = Some(save(module, &self.remarks));
                before = self.allocations.measure(module, row);
            }
            if !self.inline_on_trial(module, row) {
                break;
            }
            self.simplify(module, row)?;
            self.straighten(module, row)?;
            if trial::pays(before, self.allocations.measure(module, row)) {
                saved = None;
            }
        }
        if let Some((function, locations, remarks)) = saved {
            (module.functions[row as usize], self.remarks) = (function, remarks);
            module.locations.truncate(locations);
        }
        Ok(())
    }

    /// Unrolls loops on trial that get memory of an allocator, and simplifies; everything is as before if allocations
    /// stay.
    fn try_loops(&mut self, module: &mut Module, row: u32) -> Result<(), Error> {
        if self.is_disabled("unroll") || self.is_disabled("escape") || !trial::has_allocating_loop(module, row) {
            return Ok(());
        }
        let saved = (module.functions[row as usize].clone(), self.remarks.clone());
        let before = self.allocations.measure_with_loops(module, row);
        let unrolled = self.changes(&pipeline::UNROLL);
        self.on_trial = true;
        self.run_pipeline(pipeline::STRAIGHTEN, module, row)?;
        self.on_trial = false;
        let nodes = module.functions[row as usize].graph.live();
        let fits = nodes <= self.for_trials;
        let pays = self.changes(&pipeline::UNROLL) > unrolled && fits && {
            self.for_trials -= nodes;
            self.simplify(module, row)?;
            self.straighten(module, row)?;
            trial::pays(before, self.allocations.measure(module, row))
        };
        if !pays {
            (module.functions[row as usize], self.remarks) = saved;
        }
        Ok(())
    }

    /// Lets clones take over calls that get addresses of slots, and simplifies, the clones too.
    fn pass_fields(&mut self, module: &mut Module, row: u32) -> Result<(), Error> {
        let first = module.functions.len() as u32;
        for row in std::iter::once(row).chain(first..) {
            if row as usize >= module.functions.len() {
                break;
            }
            if row >= first {
                self.simplify(module, row)?;
            }
            if self.take_over_calls(module, row) {
                self.simplify(module, row)?;
            }
        }
        let clones: Vec<u32> = (first..module.functions.len() as u32).collect();
        for &clone in &clones {
            self.callees.note(module, clone, &[clone]);
            self.returned.note(module, clone);
        }
        self.allocations.note(module, &clones);
        self.summaries.note(module, &clones);
        Ok(())
    }

    /// Are there calls that clones took over?
    fn take_over_calls(&mut self, module: &mut Module, row: u32) -> bool {
        if self.is_disabled(specialize::NAME)
            || self.clones.wanted(module, row, (&self.summaries, &self.callees)).is_empty()
        {
            return false;
        }
        let start = Instant::now();
        crate::linear::linearize(&mut module.functions[row as usize]);
        // Nodes have other numbers now.
        let wanted = self.clones.wanted(module, row, (&self.summaries, &self.callees));
        let fuel = self.fuel.as_mut().filter(|fuel| fuel.pass == specialize::NAME);
        let calls = fuel.as_ref().map_or(wanted.len(), |fuel| wanted.len().min(fuel.changes as usize));
        if let Some(fuel) = fuel {
            fuel.changes -= calls as u64;
        }
        let mut remarks = Vec::new();
        for wanted in wanted.into_iter().take(calls) {
            remarks.push(wanted.remark(module, row));
            self.clones.take_over(module, row, wanted, &mut self.callees);
        }
        if self.options.remarks {
            self.remarks.add(specialize::NAME, module.functions[row as usize].symbol, remarks);
        }
        let report = self.report.row(specialize::NAME);
        report.runs += 1;
        report.changes += calls as u64;
        report.time += start.elapsed();
        calls > 0
    }

    /// Functions are told what private data hold, and private ones what they are called with, callers first.
    fn tell_arguments(&mut self, module: &mut Module) -> Result<(), Error> {
        let call_graph = CallGraph::new(module);
        let mut arguments = Arguments::new(module, &call_graph);
        let stored = Stored::new(module);
        for component in call_graph.bottom_up().iter().rev() {
            for &row in component {
                arguments.add(module, row, |callee| component.contains(&callee));
            }
            for &row in component {
                if stored.tell(module, row) | arguments.tell(module, row) {
                    self.run_pipeline(pipeline::TOLD, module, row)?;
                }
            }
            for &row in component {
                arguments.add(module, row, |callee| !component.contains(&callee));
            }
        }
        Ok(())
    }

    /// Does early to a function with allocations, or calls that may get some, what is done late to others, if anything
    /// becomes of loops and branches: more is known of memory in straight code.
    fn straighten(&mut self, module: &mut Module, row: u32) -> Result<(), Error> {
        for _ in 0..MAX_TRIALS {
            let concerned = escape::allocates(module, &module.functions[row as usize].graph)
                || !self.allocations.worth_a_trial(module, row, &self.callees).is_empty();
            let changes = |this: &Self| pipeline::STRAIGHTEN.iter().map(|pass| this.changes(pass)).sum::<u64>();
            let before = changes(self);
            if concerned {
                self.run_pipeline(pipeline::STRAIGHTEN, module, row)?;
            }
            if changes(self) == before {
                break;
            }
            self.simplify(module, row)?;
        }
        Ok(())
    }

    /// Inlines the calls. Returns whether what came of it is not too large to be simplified.
    fn inline_on_trial(&mut self, module: &mut Module, row: u32) -> bool {
        crate::linear::linearize(&mut module.functions[row as usize]);
        // Nodes have other numbers now.
        let calls = self.allocations.worth_a_trial(module, row, &self.callees);
        let mut inlined = Vec::new();
        for &(call, callee) in &calls {
            let origin = module.functions[row as usize].graph.origin(call);
            inlined.push((origin, module.functions[callee as usize].symbol));
            inline::inline_one(module, row, call, callee, &mut self.callees);
        }
        self.count_inlined(module, row, &inlined, true);
        let nodes = module.functions[row as usize].graph.live();
        let fits = nodes <= self.for_trials;
        self.for_trials -= nodes.min(self.for_trials);
        fits
    }

    /// Loops come last. What they did to memory is known then, where they were unrolled for one: so
    /// more allocations may go.
    fn finish(&mut self, module: &mut Module, row: u32) -> Result<(), Error> {
        self.run_pipeline(pipeline::FINISH, module, row)?;
        let mut before = Progress { memory: 0, ..self.progress() };
        for _ in 0..MAX_ROUNDS {
            if !self.may_go_on(before, module, row) {
                break;
            }
            before = self.progress();
            self.run_pipeline(pipeline::SIMPLIFY, module, row)?;
            if self.progress().escape > before.escape {
                self.run_pipeline(pipeline::SLICE_AGAIN, module, row)?;
            }
            self.run_pipeline(pipeline::FINISH, module, row)?;
        }
        let graph = &module.functions[row as usize].graph;
        if self.options.level > Level::O1 && has_guards(graph) {
            self.run_pipeline(pipeline::GUARDED, module, row)?;
        } else if self.options.level > Level::O1 && has_checks(graph) {
            self.run_pipeline(pipeline::CHECKED, module, row)?;
        }
        self.run_pipeline(pipeline::LAST, module, row)
    }

    fn progress(&self) -> Progress {
        let memory = [&pipeline::SCALAR, &pipeline::PROMOTE, &pipeline::FORWARD, &pipeline::UNROLL];
        Progress {
            escape: self.changes(&pipeline::ESCAPE),
            memory: memory.into_iter().map(|pass| self.changes(pass)).sum(),
        }
    }

    /// May another round make allocations go? It may, if one did since then, or if more is known of memory while there
    /// are allocations.
    fn may_go_on(&self, before: Progress, module: &Module, row: u32) -> bool {
        let now = self.progress();
        let graph = &module.functions[row as usize].graph;
        let allocates = || self.options.level > Level::O1 && escape::allocates(module, graph);
        now.escape > before.escape || (now.memory > before.memory && allocates())
    }

    /// How often the pass changed anything so far.
    fn changes(&self, pass: &Pass) -> u64 {
        self.report.pass(pass.name).map_or(0, |row| row.changes)
    }

    /// Inlining reads other bodies, so that it is no pass over one function; it is accounted like one.
    fn inline(&mut self, module: &mut Module, row: u32) {
        if !self.may_inline() || inline::known_calls(module, row) == 0 {
            return;
        }
        let start = Instant::now();
        crate::linear::linearize(&mut module.functions[row as usize]);
        let policy = Policy::for_level(self.options.level as u8);
        let inlined = inline::inline_calls(module, row, &policy, &mut self.callees);
        let report = self.report.row("inline");
        report.runs += 1;
        report.time += start.elapsed();
        self.count_inlined(module, row, &inlined, false);
    }

    /// Is inlining neither left out nor out of fuel?
    fn may_inline(&self) -> bool {
        let exhausted = self.fuel.as_ref().is_some_and(|fuel| fuel.pass == "inline" && fuel.changes == 0);
        !exhausted && !self.is_disabled("inline")
    }

    fn is_disabled(&self, name: &str) -> bool {
        self.options.disabled.iter().any(|other| other == name)
    }

    /// Accounts for calls that were inlined, by their places and callees.
    fn count_inlined(&mut self, module: &Module, row: u32, calls: &[(Origin, SymbolId)], on_trial: bool) {
        let count = calls.len() as u64;
        self.report.row(reasons::NAME).changes += count;
        if let Some(fuel) = self.fuel.as_mut().filter(|fuel| fuel.pass == reasons::NAME) {
            fuel.changes -= count.min(fuel.changes);
        }
        if self.options.remarks {
            let function = module.functions[row as usize].symbol;
            let remarks = calls.iter().map(|&call| reasons::inlined(function, call, on_trial, module));
            self.remarks.add(reasons::NAME, function, remarks.collect());
        }
    }

    /// Says why calls are left that are known.
    fn explain_calls(&mut self, module: &Module, row: u32) {
        if self.options.remarks && self.options.level > Level::O1 {
            let policy = Policy::for_level(self.options.level as u8);
            let remarks = reasons::explain(module, row, &policy, &self.callees);
            self.remarks.add(reasons::NAME, module.functions[row as usize].symbol, remarks);
        }
    }

    fn run_pipeline(&mut self, passes: &[Pass], module: &mut Module, row: u32) -> Result<(), Error> {
        self.callees.forget(row);
        let mut function = take_body(module, row);
        let mut result = if self.options.verify_each { verify("input", module, &function) } else { Ok(()) };
        if result.is_ok() && !function.flags.has(FunctionFlags::OPT_NONE) {
            result = passes.iter().try_for_each(|pass| self.run_pass(pass, module, &mut function));
            function.graph.compact();
        }
        module.functions[row as usize] = function;
        result
    }

    /// The only place that calls a pass.
    fn run_pass(&mut self, pass: &Pass, module: &Module, function: &mut Function) -> Result<(), Error> {
        let name = pass.name;
        if self.is_disabled(name) {
            return Ok(());
        }
        let limited = self.fuel.as_mut().filter(|fuel| fuel.pass == name);
        let fuel = limited.as_ref().map_or(u64::MAX, |fuel| fuel.changes);
        if let Some(observer) = self.options.observer {
            observer.before(name, module, function);
        }
        if function.graph.len() > function.graph.live() * 5 / 4 {
            function.graph.compact();
        }
        let Options { level, keep_proven_checks, seed, .. } = *self.options;
        let (remarks, at) = (self.options.remarks.then(Vec::new), (name, function.symbol));
        let (summaries, on_trial) = (&self.summaries, self.on_trial);
        let mut context =
            Context { level, summaries, on_trial, keep_proven_checks, seed, fuel, remarks, at, ..Context::new(module) };
        let start = Instant::now();
        (pass.run)(function, &mut context);
        let time = start.elapsed();
        let Context { visits, changes, counters, remarks, .. } = context;
        if let Some(remarks) = remarks {
            self.remarks.add(name, function.symbol, remarks);
        }
        if let Some(limit) = limited {
            limit.changes -= changes.min(limit.changes);
        }
        let row = self.report.row(name);
        row.runs += 1;
        row.time += time;
        row.visits += visits;
        row.changes += changes;
        for (counter, amount) in counters {
            match row.counters.iter_mut().find(|other| other.0 == counter) {
                Some(other) => other.1 += amount,
                None => row.counters.push((counter, amount)),
            }
        }
        if let Some(observer) = self.options.observer {
            observer.after(name, module, function);
        }
        if self.options.verify_each { verify(name, module, function) } else { Ok(()) }
    }
}

/// Takes a body out of the module, so that it can be changed while the rest is read. What is left keeps
/// signature and flags.
fn take_body(module: &mut Module, row: u32) -> Function {
    let body = &mut module.functions[row as usize];
    let rest = body.clone_without_graph();
    std::mem::replace(body, rest)
}

fn verify(pass: &'static str, module: &Module, function: &Function) -> Result<(), Error> {
    let options = son_ir::verify::Options { schedule: true, ..Default::default() };
    son_ir::verify::verify_function_with(module, function, options).map_err(|violations| Error::Broken {
        pass,
        function: module.symbol(function.symbol).name.clone(),
        message: violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    })
}
