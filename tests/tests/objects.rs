//! Managed objects and guards, compiled and linked with a runtime in C.

use son_codegen::Options;
use son_ir::Module;
use son_ir::prelude::Triple;
use son_tests::{aarch64, objects, tools};

/// What is printed, whatever is optimized: but how often it allocates.
const WALKED: &str = "1501000 with";
/// One object is named twice.
const LEFT: &str = "left walk at 1: 100000 3334 #0 Point( 4999 3334 ) #1 Point( 5001 3335 ) #1\n";

fn check(module: &Module) {
    let run = |level, steps| objects::run(module, level, steps).expect("the program ends");
    assert_eq!(run(0, 1000), format!("{WALKED} 2001 allocations\n"));
    assert_eq!(run(2, 1000), format!("{WALKED} 0 allocations\n"));
    for level in [0, 2] {
        assert_eq!(run(level, 100_000), LEFT);
    }
}

#[test]
fn objects_are_allocated_or_described() {
    if tools::require("objects", &[tools::GCC]) {
        check(&objects::module(Triple::host()).expect("the module is well formed"));
    }
}

#[test]
fn objects_are_allocated_or_described_on_aarch64() {
    if aarch64::can_run("objects") {
        let triple = "aarch64-unknown-linux-gnu".parse().expect("a triple");
        check(&objects::module(triple).expect("the module is well formed"));
    }
}

/// Nobody takes the state.
#[test]
fn states_need_a_runtime() {
    let mut module = objects::module(Triple::host()).expect("the module is well formed");
    module.deoptimizer = None;
    let refused = son_codegen::compile(&module, &Options::default()).expect_err("it cannot be compiled");
    let expected =
        "function `walk`: not supported: deoptimization needs a function of the runtime, and the module names none";
    assert_eq!(refused.to_string(), expected);
}
