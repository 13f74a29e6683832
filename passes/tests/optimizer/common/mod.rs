//! What the tests of passes share.

pub(crate) mod random;

use son_ir::{Function, FunctionBuilder, Module, Op, Signature, Type};
use son_passes::{Options, Report, optimize};

/// An empty module for Linux.
pub(crate) fn module() -> Module {
    Module::new(target_lexicon::triple!("x86_64-unknown-linux-gnu"))
}

/// Live nodes of an op.
pub(crate) fn count(function: &Function, op: Op) -> usize {
    function.graph.nodes().filter(|&node| function.graph.is(node, op)).count()
}

/// Builds a function and optimizes it, verified after each pass.
pub(crate) fn optimized(params: &[Type], result: Type, build: impl FnOnce(&mut FunctionBuilder)) -> (Function, Report) {
    let mut module = module();
    let mut f = FunctionBuilder::new(&mut module, "f", Signature::new(params.iter().copied(), [result]));
    build(&mut f);
    let function = f.finish().expect("a complete function");
    module.add_function(function);
    // Loops have tests of their own.
    let disabled = ["rotate", "unroll", "widen", "thread"].map(str::to_owned);
    let options = Options { verify_each: true, disabled: &disabled, ..Options::default() };
    let report = optimize(&mut module, &options).unwrap_or_else(|error| panic!("{error}"));
    (module.functions.swap_remove(0), report)
}
