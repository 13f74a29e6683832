//! If-conversion: what changes, and where it must not fire.

use son_ir::verify::verify_function;
use son_ir::{Function, FunctionBuilder, MemAccess, Module, NodeId, Op, Signature, Type, Weights};
use son_passes::if_convert::convert;

/// `x < y ? then(x) : y` by a branch.
fn choice(weights: Weights, then: impl FnOnce(&mut FunctionBuilder, NodeId) -> NodeId) -> (usize, Function) {
    let mut module = Module::new(target_lexicon::triple!("x86_64-unknown-linux-gnu"));
    let mut f = FunctionBuilder::new(&mut module, "f", Signature::new([Type::I32, Type::I32, Type::PTR], [Type::I32]));
    let (yes, done) = (f.create_block(), f.create_block());
    let result = f.declare(Type::I32);
    let (x, y) = (f.param(0), f.param(1));
    f.def(result, y);
    let less = f.pure(Op::Slt, Type::I1, &[x, y]);
    f.branch(less, yes, done, weights);
    f.enter(yes);
    let value = then(&mut f, x);
    f.def(result, value);
    f.jump(done);
    f.enter(done);
    let value = f.get(result).unwrap();
    f.ret(&[value]);
    let mut function = f.finish().unwrap();
    let converted = convert(&mut function.graph);
    function.graph.compact();
    assert_eq!(verify_function(&module, &function), Ok(()));
    (converted, function)
}

#[test]
fn a_choice_of_values_is_a_select() {
    let (converted, function) = choice(Weights::default(), |f, x| {
        let one = f.iconst(Type::I32, 1);
        f.pure(Op::Add, Type::I32, &[x, one])
    });
    let graph = &function.graph;
    assert_eq!(converted, 1);
    assert!(graph.nodes().any(|node| graph.is(node, Op::Select)) && !graph.nodes().any(|node| graph.is(node, Op::If)));
}

#[test]
fn loads_keep_their_branch() {
    let (converted, _) = choice(Weights::default(), |f, _| {
        let p = f.param(2);
        f.load(Type::I32, p, MemAccess::aligned(4))
    });
    assert_eq!(converted, 0);
}

#[test]
fn effects_and_costly_arms_keep_their_branch() {
    let (stores, _) = choice(Weights::default(), |f, x| {
        let p = f.param(2);
        f.store(p, x, MemAccess::aligned(4));
        x
    });
    let (costly, _) = choice(Weights::default(), |f, x| {
        (0..5).fold(x, |value, i| {
            let constant = f.iconst(Type::I32, i + 3);
            let product = f.pure(Op::Mul, Type::I32, &[value, constant]);
            f.pure(Op::Xor, Type::I32, &[product, x])
        })
    });
    assert_eq!((stores, costly), (0, 0));
}

#[test]
fn predictable_branches_stay() {
    let (converted, _) = choice(Weights { on_true: 1, on_false: 1000 }, |_, x| x);
    assert_eq!(converted, 0);
}
