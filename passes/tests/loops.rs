//! Loop passes on small functions: what changes, and where they must not fire.

use son_ir::analysis::Cfg;
use son_ir::verify::verify_function;
use son_ir::{FunctionBuilder, Graph, MemAccess, Module, NodeFlags, Op, Signature, Type, Weights};
use son_passes::loops::{rotate::rotate, unroll::unroll, widen::widen};

fn count(graph: &Graph, op: Op) -> usize {
    graph.nodes().filter(|&node| graph.is(node, op)).count()
}

/// `for (i = 0; i < limit; i += 1) sum += p[i]; return sum`, tested at the head. A constant limit or parameter 1.
fn sum(limit: Option<i64>, early_exit: bool) -> (Module, Graph) {
    let mut module = Module::new(target_lexicon::triple!("x86_64-unknown-linux-gnu"));
    let mut f = FunctionBuilder::new(&mut module, "sum", Signature::new([Type::PTR, Type::I32], [Type::I32]));
    let (head, body, next, done) = (f.create_block(), f.create_block(), f.create_block(), f.create_block());
    let (i, total) = (f.declare(Type::I32), f.declare(Type::I32));
    let zero = f.iconst(Type::I32, 0);
    f.def(i, zero);
    f.def(total, zero);
    f.jump(head);
    f.enter(head);
    let bound = limit.map_or(f.param(1), |n| f.iconst(Type::I32, n));
    let x = f.get(i).unwrap();
    let test = f.pure(Op::Slt, Type::I1, &[x, bound]);
    f.branch(test, body, done, Weights::default());
    f.enter(body);
    let wide = f.pure(Op::SExt, Type::I64, &[x]);
    let four = f.iconst(Type::I64, 4);
    let offset = f.pure(Op::Mul, Type::I64, &[wide, four]);
    let base = f.param(0);
    let address = f.pure(Op::PtrAdd, Type::PTR, &[base, offset]);
    let value = f.load(Type::I32, address, MemAccess::aligned(4));
    let old = f.get(total).unwrap();
    let new = f.pure(Op::Add, Type::I32, &[old, value]);
    f.def(total, new);
    if early_exit {
        let stop = f.pure(Op::Eq, Type::I1, &[value, zero]);
        f.branch(stop, done, next, Weights::default());
    } else {
        f.jump(next);
    }
    f.enter(next);
    let one = f.iconst(Type::I32, 1);
    let y = f.pure_with(Op::Add, Type::I32, NodeFlags::NSW, 0, &[x, one]);
    f.def(i, y);
    f.jump(head);
    f.enter(done);
    let result = f.get(total).unwrap();
    f.ret(&[result]);
    let function = f.finish().unwrap();
    module.add_function(function);
    let graph = std::mem::take(&mut module.functions[0].graph);
    (module, graph)
}

/// Verifies the changed graph and hands it back compacted.
fn verified(mut module: Module, mut graph: Graph) -> Graph {
    graph.compact();
    module.functions[0].graph = graph;
    if let Err(violations) = verify_function(&module, &module.functions[0]) {
        panic!("{violations:?}");
    }
    std::mem::take(&mut module.functions[0].graph)
}

#[test]
fn rotation_moves_the_test_to_the_end() {
    let (module, mut graph) = sum(None, false);
    assert_eq!(rotate(&mut graph), 1);
    let graph = verified(module, graph);
    assert_eq!(count(&graph, Op::Slt), 2, "one test before the loop, one at its end");
    let header = graph.nodes().find(|&node| graph.is(node, Op::Loop)).expect("still a loop");
    assert!(graph.is(graph.input(header, 1), Op::Proj), "the back edge comes from the test");
}

#[test]
fn loops_that_end_in_a_test_stay() {
    let (module, mut graph) = sum(None, true);
    assert_eq!(rotate(&mut graph), 0);
    verified(module, graph);
}

#[test]
fn rotated_loops_stay() {
    let (module, mut graph) = sum(None, false);
    assert_eq!((rotate(&mut graph), rotate(&mut graph)), (1, 0));
    verified(module, graph);
}

#[test]
fn counters_become_wide() {
    let (module, mut graph) = sum(None, true);
    assert_eq!(widen(&mut graph), 1);
    let graph = verified(module, graph);
    let wide = |&node: &son_ir::NodeId| graph.is(node, Op::Phi) && graph.ty(node) == Type::I64;
    assert_eq!(graph.nodes().filter(wide).count(), 1);
    assert!(graph.nodes().all(|node| !graph.is(node, Op::SExt) || graph.constant(graph.input(node, 0)).is_some()));
}

#[test]
fn short_loops_are_unrolled() {
    let (module, mut graph) = sum(Some(4), false);
    rotate(&mut graph);
    assert_eq!(unroll(&mut graph, false), 1);
    let graph = verified(module, graph);
    assert_eq!(count(&graph, Op::Load), 4);
    assert!(Cfg::new(&graph).len() > 1);
}

/// Rounds of rounds, with a store in each.
const NEST: &str = "module \"nest\"

function @f(ptr) -> i64 {
b0, m0, v0 = start
b1 = loop b0, b5
  m1: mem = phi b1, m0, m3
  v1: i64 = phi b1, 0, v5
b2 = loop b1, b3
  m2: mem = phi b2, m1, m3
  v2: i64 = phi b2, 0, v4
  v3: ptr = ptradd v0, v2
  m3 = store b2, m2, v3, v1
  v4: i64 = add v2, 1
  v6: i1 = ult v4, 3
  b3, b4 = if b2, v6
b3:
b4:
  v5: i64 = add v1, 1
  v7: i1 = ult v5, 2
  b5, b6 = if b4, v7
b5:
b6:
  return b6, m3, v2
}
";

/// Rounds of rounds that a zero byte ends.
const SEARCH: &str = "module \"search\"

function @f(ptr) -> i64 {
b0, m0, v0 = start
b1 = loop b0, b7
  v1: i64 = phi b1, 0, v5
b2 = loop b1, b5
  v2: i64 = phi b2, 0, v4
  v3: ptr = ptradd v0, v2
  v8: i64 = load b2, m0, v3
  v9: i1 = eq v8, v1
  b3, b4 = if b2, v9
b3:
b4:
  v4: i64 = add v2, 1
  v6: i1 = ult v4, 3
  b5, b6 = if b4, v6
b5:
b6:
  v5: i64 = add v1, 1
  v7: i1 = ult v5, 2
  b7, b8 = if b6, v7
b7:
b8:
b9 = region b3, b8
  v10: i64 = phi b9, v2, -1
  return b9, m0, v10
}
";

#[test]
fn exits_of_inner_loops_leave_the_outer_ones() {
    let mut module = son_ir::text::parse(SEARCH).expect("the module is well-formed");
    let mut graph = std::mem::take(&mut module.functions[0].graph);
    assert_eq!(unroll(&mut graph, false), 2);
    let graph = verified(module, graph);
    assert_eq!(count(&graph, Op::Load), 6);
}

#[test]
fn nests_are_unrolled_from_the_inside() {
    let mut module = son_ir::text::parse(NEST).expect("the module is well-formed");
    let mut graph = std::mem::take(&mut module.functions[0].graph);
    assert_eq!(unroll(&mut graph, false), 2);
    let graph = verified(module, graph);
    assert_eq!(count(&graph, Op::Store), 6);
}

#[test]
fn long_and_unknown_loops_are_not_unrolled() {
    for limit in [Some(1000), None] {
        let (module, mut graph) = sum(limit, false);
        rotate(&mut graph);
        assert_eq!(unroll(&mut graph, false), 0);
        assert_eq!(count(&verified(module, graph), Op::Load), 1);
    }
}
