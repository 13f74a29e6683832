//! Inlining: what changes, and where it must not fire.

use son_ir::analysis::CallGraph;
use son_ir::verify::verify_module;
use son_ir::{CallFlags, FunctionBuilder, FunctionFlags, Linkage, Module, Op, Signature, Type, Weights};
use son_passes::inline::{Callees, Policy, inline_calls, remove_unused_functions};

/// `callee(x) = x < 0 ? -x : x`, local, and `caller(x) = callee(x) + 1`.
fn module(flags: FunctionFlags) -> Module {
    let mut module = Module::new(target_lexicon::triple!("x86_64-unknown-linux-gnu"));
    let signature = Signature::new([Type::I32], [Type::I32]);
    let mut f = FunctionBuilder::new(&mut module, "callee", signature.clone());
    f.add_flags(flags);
    let (negative, positive) = (f.create_block(), f.create_block());
    let (x, zero) = (f.param(0), f.iconst(Type::I32, 0));
    let test = f.pure(Op::Slt, Type::I1, &[x, zero]);
    f.branch(test, negative, positive, Weights::default());
    f.enter(negative);
    let negated = f.pure(Op::Neg, Type::I32, &[x]);
    f.ret(&[negated]);
    f.enter(positive);
    f.ret(&[x]);
    let callee = f.finish().unwrap();
    let symbol = callee.symbol;
    module.add_function(callee);
    module.symbols[symbol.index()].linkage = Linkage::Internal;
    let mut f = FunctionBuilder::new(&mut module, "caller", signature.clone());
    let id = module.signature_id(signature.clone());
    let (address, x) = (f.symbol_addr(symbol), f.param(0));
    let results = f.call(address, id, &signature, CallFlags::NONE, &[x]);
    let one = f.iconst(Type::I32, 1);
    let sum = f.pure(Op::Add, Type::I32, &[results.values[0], one]);
    f.ret(&[sum]);
    let caller = f.finish().unwrap();
    module.add_function(caller);
    module
}

fn inline(module: &mut Module) -> usize {
    let mut callees = Callees::new(CallGraph::new(module));
    let inlined = inline_calls(module, 1, &Policy::for_level(2), &mut callees).len();
    module.functions[1].graph.compact();
    assert_eq!(verify_module(module), Ok(()));
    inlined
}

#[test]
fn a_small_callee_takes_the_place_of_its_call() {
    let mut module = module(FunctionFlags::NONE);
    assert_eq!(inline(&mut module), 1);
    let graph = &module.functions[1].graph;
    assert!(!graph.nodes().any(|node| graph.is(node, Op::Call)));
    assert!(graph.nodes().any(|node| graph.is(node, Op::Phi)), "the two returns meet");
    assert_eq!(remove_unused_functions(&mut module), 1);
}

#[test]
fn noinline_is_honoured() {
    let mut module = module(FunctionFlags::NO_INLINE);
    assert_eq!(inline(&mut module), 0);
    assert_eq!(remove_unused_functions(&mut module), 0);
}

#[test]
fn nothing_is_left_behind_a_callee_that_never_returns() {
    let mut module = son_ir::text::parse(
        "module \"never\"
         target \"x86_64-unknown-linux-gnu\"
         function @never(i32) -> i32 internal {
         b0, m0, v0: i32 = start
           c0, m1 = call b0, m0, @exit, v0
           unreachable c0, m1
         }
         function @caller(i32) -> i32 {
         b0, m0, v0: i32 = start
           c0, m1, v1: i32 = call b0, m0, @never, v0
           return c0, m1, v1
         }
         declare @exit(i32)",
    )
    .unwrap();
    assert_eq!(inline(&mut module), 1);
    let graph = &module.functions[1].graph;
    assert!(!graph.nodes().any(|node| graph.is(node, Op::Poison)));
}
