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
