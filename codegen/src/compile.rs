//! The whole pipeline: a module in, an object or a listing out.
//!
//! Functions are independent of each other and are compiled in parallel; the output is put together in the order of
//! the module, so it is the same bytes whatever the number of threads.

use crate::function::{CompiledFunction, FunctionCompiler, FunctionError, FunctionOptions};
use crate::legalize;
use crate::lower::{LowerError, Source, lower};
use crate::managed;
use crate::mir::{self, Mir};
use crate::object::{ObjectError, ObjectOptions, write_object};
use crate::select::{self, Selection};
use crate::target::{Target, TargetError};
use rayon::prelude::*;
use son_ir::analysis::anti_dependence::MemoryOrder;
use son_ir::analysis::{Ideal, Schedule, check_schedule};
use son_ir::{Function, Graph, Linkage, Module, Op};
use std::borrow::Cow;
use thiserror::Error;

/// How modules are compiled.
#[derive(Clone, Debug)]
pub struct Options {
    /// 0 compiles fast; all others take the time for good code.
    pub level: u8,
    /// Name of the CPU, as C compilers call it; empty for the baseline of the architecture.
    pub cpu: String,
    /// Number of threads; 0 for as many as there are processors.
    pub threads: usize,
    /// Check the results of placement and register allocation.
    pub verify: bool,
    /// Name of a function that is printed to standard error at each stage.
    pub dump: Option<String>,
    /// How the object is written.
    pub object: ObjectOptions,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            level: 2,
            cpu: String::new(),
            threads: 1,
            verify: false,
            dump: None,
            object: ObjectOptions::default(),
        }
    }
}

/// Why a module cannot be compiled.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no code for the target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A function cannot be compiled.
    #[error("function `{function}`: {cause}")]
    Function {
        /// Its name.
        function: String,
        /// Why.
        cause: FunctionFailure,
    },
    /// The object cannot be written.
    #[error(transparent)]
    Object(#[from] ObjectError),
}

/// Why a function cannot be compiled.
#[derive(Debug, Error)]
pub enum FunctionFailure {
    /// It contains what the code generator cannot do.
    #[error("not supported: {0}")]
    Lower(#[from] LowerError),
    /// Its code cannot be emitted.
    #[error(transparent)]
    Emit(#[from] FunctionError),
    /// The code generator broke one of its own laws.
    #[error("internal error in {stage}: {message}")]
    Internal {
        /// Part of the pipeline.
        stage: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// Compiles the module to an object file.
///
/// # Errors
/// See [`enum@Error`].
pub fn compile(module: &Module, options: &Options) -> Result<Vec<u8>, Error> {
    let module = &*lower_managed(module)?;
    let functions = compile_functions(module, options)?;
    Ok(write_object(module, target(module, options)?.isa, &functions, &options.object)?)
}

fn lower_managed(module: &Module) -> Result<Cow<'_, Module>, Error> {
    managed::lower(module).map_err(|(function, cause)| Error::Function { function, cause: cause.into() })
}

/// Compiles the functions of the module, by row; none for those whose code is elsewhere. There are no managed objects
/// and states in them any more, see [`managed`].
///
/// # Errors
/// See [`enum@Error`].
pub fn compile_functions(module: &Module, options: &Options) -> Result<Vec<Option<CompiledFunction>>, Error> {
    functions_for(module, &target(module, options)?, options)
}

/// The same for a target that need not be one of this crate's; the module's triple says no more than what systems do
/// differently.
///
/// # Errors
/// See [`enum@Error`].
pub fn functions_for(
    module: &Module,
    target: &Target,
    options: &Options,
) -> Result<Vec<Option<CompiledFunction>>, Error> {
    let start = || Worker::new(module, target, options);
    if options.threads == 1 {
        let mut worker = start();
        return module.functions.iter().map(|function| worker.compile(function)).collect();
    }
    let run = || module.functions.par_iter().map_init(start, |worker, function| worker.compile(function)).collect();
    match rayon::ThreadPoolBuilder::new().num_threads(options.threads).build() {
        Ok(pool) => pool.install(run),
        Err(_) => run(),
    }
}

fn target(module: &Module, options: &Options) -> Result<Target, Error> {
    Ok(Target::of(&module.triple, &options.cpu)?)
}

/// What compiles functions one after the other, keeping its memory.
struct Worker<'a> {
    module: &'a Module,
    target: &'a Target,
    options: &'a Options,
    mir: Mir,
    compiler: FunctionCompiler,
}

impl<'a> Worker<'a> {
    fn new(module: &'a Module, target: &'a Target, options: &'a Options) -> Worker<'a> {
        let function = FunctionOptions { optimize: options.level > 0, check: options.verify };
        Worker { module, target, options, mir: Mir::new(), compiler: FunctionCompiler::new(target.isa, function) }
    }

    fn compile(&mut self, function: &Function) -> Result<Option<CompiledFunction>, Error> {
        let symbol = self.module.symbol(function.symbol);
        if symbol.linkage == Linkage::AvailableExternally {
            return Ok(None);
        }
        match self.function(function) {
            Ok(code) => Ok(Some(code)),
            Err(cause) => Err(Error::Function { function: symbol.name.clone(), cause }),
        }
    }

    fn function(&mut self, function: &Function) -> Result<CompiledFunction, FunctionFailure> {
        let (fast, isa) = (self.options.level == 0, self.target.isa);
        let mut function = function.clone();
        legalize::legalize(&mut function, &self.target.capabilities, fast)?;
        // What was replaced may live on in cycles through phis.
        function.graph.compact();
        self.dump(&function, "legal graph", |worker| son_ir::text::print_function(worker.module, &function));
        let order = if fast && !is_sliced(&function.graph) { MemoryOrder::Chain } else { MemoryOrder::Classes };
        let ideal = Schedule::with(&function.graph, &Ideal, order);
        if self.options.verify {
            check_schedule(&function.graph, &Ideal, &ideal).map_err(|error| internal("placement", error))?;
        }
        let selection = Selection::new(&function, &ideal, self.module, &*self.target.select);
        if let Some(what) = selection.refused() {
            return Err(LowerError::Unsupported(what.to_owned()).into());
        }
        let machine = select::build::build(selection, isa.ops());
        let schedule = Schedule::with(&machine.graph, &machine, order);
        if self.options.verify {
            check_schedule(&machine.graph, &machine, &schedule)
                .map_err(|error| internal("machine placement", error))?;
        }
        let source = Source { module: self.module, function: &function, machine: &machine, schedule: &schedule };
        lower(source, isa, self.target.lower, &mut self.mir)?;
        self.dump(&function, "machine IR", |worker| mir::Dump { mir: &worker.mir, isa }.to_string());
        if self.options.verify {
            mir::verify(&self.mir, isa).map_err(|error| internal("machine IR", error))?;
        }
        if !fast {
            self.mir.prepare(isa);
        }
        Ok(self.compiler.compile(&self.mir)?)
    }

    fn dump(&self, function: &Function, stage: &str, text: impl FnOnce(&Self) -> String) {
        let name = &self.module.symbol(function.symbol).name;
        if self.options.dump.as_ref() == Some(name) {
            eprintln!("; {name}, {stage}\n{}", text(self));
        }
    }
}

/// Is memory split by class already? Frontends build one chain, which is placed faster.
fn is_sliced(graph: &Graph) -> bool {
    graph.nodes().any(|node| match graph.op(node) {
        Op::MergeMem => true,
        Op::Load | Op::Store => graph.access(node).class.as_slot().is_some(),
        _ => false,
    })
}

fn internal(stage: &'static str, error: impl ToString) -> FunctionFailure {
    FunctionFailure::Internal { stage, message: error.to_string() }
}

/// The module's assembly listing.
///
/// # Errors
/// Those of [`compile_functions`].
pub fn listing(module: &Module, options: &Options) -> Result<String, Error> {
    let module = &*lower_managed(module)?;
    let functions = compile_functions(module, options)?;
    let mut text = String::new();
    crate::listing::write_listing(module, target(module, options)?.isa, &functions, &mut text)
        .expect("a string takes all text");
    Ok(text)
}
