//! The peephole pass: folding by facts, decided branches, fuel.

use son_ir::{Function, FunctionBuilder, Module, NodeId, Op, Signature, Type, Weights};
use son_passes::{Fuel, Options, optimize};

fn module() -> Module {
    Module::new(target_lexicon::triple!("x86_64-unknown-linux-gnu"))
}

fn count(function: &Function, op: Op) -> usize {
    function.graph.nodes().filter(|&node| function.graph.is(node, op)).count()
}

/// `zext(x) < 300 ? 1 : 2` for an `i8` x.
fn decided(module: &mut Module) -> Function {
    let mut f = FunctionBuilder::new(module, "decided", Signature::new([Type::I8], [Type::I32]));
    let (yes, no) = (f.create_block(), f.create_block());
    let x = f.param(0);
    // Built without folding, as if the fact came later.
    let wide = f.graph_mut().raw(Op::ZExt, Type::I32, 0, &[x]);
    let limit = f.iconst(Type::I32, 300);
    let less = f.graph_mut().raw(Op::Ult, Type::I1, 0, &[wide, limit]);
    f.branch(less, yes, no, Weights::default());
    for (block, result) in [(yes, 1), (no, 2)] {
        f.enter(block);
        let value = f.iconst(Type::I32, result);
        f.ret(&[value]);
    }
    f.finish().expect("a complete function")
}

#[test]
fn branches_are_decided_by_facts() {
    let mut module = module();
    let function = decided(&mut module);
    module.add_function(function);
    let report = optimize(&mut module, &Options { verify_each: true, ..Options::default() }).expect("sound passes");
    let function = &module.functions[0];
    assert_eq!((count(function, Op::If), count(function, Op::Return)), (0, 1));
    let ret = function.graph.input(NodeId::STOP, 0);
    assert_eq!(function.graph.constant(function.graph.input(ret, 2)), Some(1));
    assert!(report.pass("peephole").expect("it ran").changes >= 2);
}

#[test]
fn fuel_stops_the_pass() {
    let mut module = module();
    let function = decided(&mut module);
    module.add_function(function);
    let fuel = Some(Fuel { pass: "peephole".to_owned(), changes: 0 });
    let report =
        optimize(&mut module, &Options { fuel, verify_each: true, ..Options::default() }).expect("sound passes");
    assert_eq!(report.pass("peephole").expect("it ran").changes, 0);
}

#[test]
fn order_of_visits_does_not_matter() {
    for seed in 0..20 {
        let mut module = module();
        let function = decided(&mut module);
        module.add_function(function);
        optimize(&mut module, &Options { seed, verify_each: true, ..Options::default() }).expect("sound passes");
        assert_eq!(module.functions[0].graph.live(), 6, "start, stop, control, memory, constant, return, and no more");
    }
}
