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

/// The store overlaps with the class of the loads, but not with their bytes. The first load of the pointer is the
/// value of both: what it points to is read before the store.
#[test]
fn of_two_equal_loads_the_first_stays() {
    let graph = optimized(
        "function @f(ptr, i8) -> i32 {
         b0, m0, v0: ptr, v1: i8 = start
           v2: ptr = load(class 1) b0, m0, v0
           v3: i32 = load(class 1) b0, m0, v2
           v4: ptr = ptradd v0, 16
           m1 = store b0, m0, v4, v1
           v5: ptr = load(class 1) b0, m1, v0
           v6: i32 = load(class 1) b0, m1, v5
           v7: i32 = mul v6, v3
           return b0, m1, v7
         }",
    );
    assert_eq!(count(&graph, Op::Load), 3);
}
