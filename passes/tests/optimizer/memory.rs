//! Memory: what the order of accesses must survive. The verifier checks a schedule of the result.

use son_ir::{Graph, Op, text, verify_module};
use son_passes::{Options, optimize};

/// The graph of the first function after optimization.
fn optimized(source: &str) -> Graph {
    let mut module = text::parse(&format!("module \"memory\"\ntarget \"x86_64-unknown-linux-gnu\"\n{source}")).unwrap();
    optimize(&mut module, &Options { verify_each: true, ..Options::default() }).unwrap();
    assert_eq!(verify_module(&module), Ok(()));
    module.functions[0].graph.clone()
}

fn count(graph: &Graph, op: Op) -> usize {
    graph.nodes().filter(|&node| graph.is(node, op)).count()
}

/// The stores overlap with the class of the loads, but not with their bytes. The first load of the pointer is the
/// value of both: what it points to is read before the stores.
#[test]
fn of_two_equal_loads_the_first_stays() {
    let graph = optimized(
        "function @f(ptr, i8) -> i32 {
         b0, m0, v0: ptr, v1: i8 = start
           v2: ptr = load(class 1) b0, m0, v0
           v3: i32 = load(class 1) b0, m0, v2
           v4: ptr = ptradd v0, 16
           m1 = store b0, m0, v4, v1
           v5: ptr = ptradd v0, 17
           m2 = store b0, m1, v5, v1
           v6: ptr = ptradd v0, 18
           m3 = store b0, m2, v6, v1
           v7: ptr = load(class 1) b0, m3, v0
           v8: i32 = load(class 1) b0, m3, v7
           v9: i32 = sub v8, v3
           return b0, m3, v9
         }",
    );
    assert_eq!(count(&graph, Op::Load), 3);
}

/// The store overlaps with the class of the load, but not with its bytes. The load leaves the loop, and stays behind
/// the store: classes alone tell the scheduler what comes first.
#[test]
fn a_load_that_leaves_a_loop_reads_memory_as_it_is_in_front_of_it() {
    let graph = optimized(
        "function @f(ptr, i8, i32) -> i32 {
         b0, m0, v0: ptr, v1: i8, v2: i32 = start
           v3: ptr = ptradd v0, 16
           m1 = store b0, m0, v3, v1
         b1 = loop b0, b2
           v4: i32 = phi b1, 0, v7
           v5: i32 = phi b1, 0, v8
           v6: i32 = load(class 1) b1, m1, v0
           v7: i32 = add v4, v6
           v8: i32 = add v5, 1
           v9: i1 = ult v8, v2
           b2, b3 = if b1, v9
         b3:
           return b3, m1, v7
         }",
    );
    let load = graph.nodes().find(|&node| graph.is(node, Op::Load)).unwrap();
    assert!(graph.is(graph.input(load, 0), Op::Proj), "it left the loop");
    assert!(graph.is(graph.input(load, 1), Op::Store));
}
