//! Jump threading: what changes, and where it must not fire.

use son_ir::verify::verify_function;
use son_ir::{FunctionBuilder, Graph, MemAccess, Module, Op, Signature, Type, Weights};
use son_passes::thread::thread;

fn count(graph: &Graph, op: Op) -> usize {
    graph.nodes().filter(|&node| graph.is(node, op)).count()
}

/// `while (i < n && p[i] != 0) i++; return i`, with the conjunction as a phi; `store` puts an effect before the test.
fn search(store: bool) -> (usize, Graph) {
    let mut module = Module::new(target_lexicon::triple!("x86_64-unknown-linux-gnu"));
    let mut f = FunctionBuilder::new(&mut module, "f", Signature::new([Type::PTR, Type::I64], [Type::I64]));
    let (head, right, join, body, done) =
        (f.create_block(), f.create_block(), f.create_block(), f.create_block(), f.create_block());
    let (i, test) = (f.declare(Type::I64), f.declare(Type::I1));
    let (zero, no, p, n) = (f.iconst(Type::I64, 0), f.iconst(Type::I1, 0), f.param(0), f.param(1));
    f.def(i, zero);
    f.jump(head);
    f.enter(head);
    let at = f.get(i).unwrap();
    let less = f.pure(Op::Slt, Type::I1, &[at, n]);
    f.def(test, no);
    f.branch(less, right, join, Weights::default());
    f.enter(right);
    let address = f.pure(Op::PtrAdd, Type::PTR, &[p, at]);
    let value = f.load(Type::I8, address, MemAccess::aligned(1));
    let end = f.iconst(Type::I8, 0);
    let other = f.pure(Op::Ne, Type::I1, &[value, end]);
    f.def(test, other);
    f.jump(join);
    f.enter(join);
    if store {
        f.store(p, n, MemAccess::aligned(8));
    }
    let both = f.get(test).unwrap();
    f.branch(both, body, done, Weights::default());
    f.enter(body);
    let one = f.iconst(Type::I64, 1);
    let next = f.pure(Op::Add, Type::I64, &[at, one]);
    f.def(i, next);
    f.jump(head);
    f.enter(done);
    let result = f.get(i).unwrap();
    f.ret(&[result]);
    let mut function = f.finish().unwrap();
    let threaded = thread(&mut function.graph);
    function.graph.compact();
    assert_eq!(verify_function(&module, &function), Ok(()));
    (threaded, function.graph)
}

#[test]
fn a_conjunction_takes_no_second_branch() {
    let (threaded, graph) = search(false);
    assert_eq!(threaded, 1);
    let constant_phi = |&phi: &son_ir::NodeId| graph.is(phi, Op::Phi) && graph.ty(phi) == Type::I1;
    assert_eq!(graph.nodes().filter(constant_phi).count(), 0);
    assert_eq!((count(&graph, Op::If), count(&graph, Op::Loop)), (2, 1));
}

#[test]
fn effects_before_the_branch_stay() {
    let (threaded, graph) = search(true);
    assert_eq!((threaded, count(&graph, Op::Store)), (0, 1));
}
