//! Widening of induction variables: a narrow counter that is extended to index memory becomes a wide one.
//!
//! **What:** `i: i32` that steps by a constant without signed wrap and is used as `sext i` becomes `I: i64`, with
//! `sext i = I` and `i = trunc I`. **Why:** the extension of each iteration goes, and constant offsets from the counter
//! fold into addresses.
//!
//! **Algorithm:** as LLVM's IndVarSimplify. The low bits of the wide counter are the narrow one; without signed wrap
//! (otherwise the narrow one is poison) the wide one is its sign extension. Sums of the counter and constants
//! that do not wrap either are widened along.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** steps that are not constant, zero extensions (a 32-bit operation extends by itself).
//!
//! **Tests:** `tests/files/widen`, `passes/tests/loops.rs`.

use son_ir::{Graph, Inputs, NodeFlags, NodeId, Op, Type};

/// Widens all counters that are worth it. Returns how many were.
pub fn widen(graph: &mut Graph) -> usize {
    let counters: Vec<NodeId> = graph.nodes().filter(|&node| is_counter(graph, node)).collect();
    let mut widened = 0;
    for phi in counters {
        if is_counter(graph, phi) && is_worth_it(graph, phi) {
            widen_one(graph, phi);
            widened += 1;
        }
    }
    widened
}

/// Is the node a loop's phi that steps by a constant without signed wrap?
fn is_counter(graph: &Graph, phi: NodeId) -> bool {
    if !graph.is_live(phi) || !graph.is(phi, Op::Phi) || !graph.is(graph.input(phi, 0), Op::Loop) {
        return false;
    }
    let (ty, next) = (graph.ty(phi), graph.input(phi, 2));
    ty.is_int()
        && ty.bits() > 1
        && ty.bits() < 64
        && graph.input(phi, 1) != next
        && offset_from(graph, phi, next).is_some()
}

/// The constant that a sum without signed wrap adds to `base`.
fn offset_from(graph: &Graph, base: NodeId, sum: NodeId) -> Option<i64> {
    let fits = graph.is(sum, Op::Add) && graph.flags(sum).has(NodeFlags::NSW) && graph.input(sum, 0) == base;
    if fits { graph.signed_constant(graph.input(sum, 1)) } else { None }
}

fn extensions(graph: &Graph, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    graph.users(node).filter(|&user| graph.is(user, Op::SExt) && graph.ty(user) == Type::I64)
}

fn is_worth_it(graph: &Graph, phi: NodeId) -> bool {
    let extended = |node| extensions(graph, node).next().is_some();
    extended(phi) || graph.users(phi).any(|user| offset_from(graph, phi, user).is_some() && extended(user))
}

fn widen_one(graph: &mut Graph, phi: NodeId) {
    let (header, first, next, ty) = (graph.input(phi, 0), graph.input(phi, 1), graph.input(phi, 2), graph.ty(phi));
    graph.hold();
    let saved = graph.current_origin();
    graph.set_origin(graph.origin(phi));
    let first = graph.pure(Op::SExt, Type::I64, &[first]);
    let wide = graph.raw(Op::Phi, Type::I64, 0, &[header, first, first]);
    let sums: Inputs =
        graph.users(phi).filter(|&user| user != next && offset_from(graph, phi, user).is_some()).collect();
    let wide_next = widen_sum(graph, phi, wide, next);
    graph.set_input(wide, 2, wide_next);
    for sum in sums {
        if extensions(graph, sum).next().is_some() {
            widen_sum(graph, phi, wide, sum);
        }
    }
    replace_extensions(graph, phi, wide);
    let narrow_next = graph.pure(Op::Trunc, ty, &[wide_next]);
    let narrow = graph.pure(Op::Trunc, ty, &[wide]);
    graph.replace(phi, narrow);
    graph.replace(next, narrow_next);
    graph.set_origin(saved);
    graph.release();
}

/// The wide form of a sum of the counter and a constant, which replaces its extensions.
fn widen_sum(graph: &mut Graph, phi: NodeId, wide: NodeId, sum: NodeId) -> NodeId {
    let offset = offset_from(graph, phi, sum).expect("it is such a sum");
    let offset = graph.iconst(Type::I64, offset as u64);
    let wide_sum = graph.node(Op::Add, Type::I64, NodeFlags::NSW, 0, &[wide, offset]);
    replace_extensions(graph, sum, wide_sum);
    wide_sum
}

fn replace_extensions(graph: &mut Graph, narrow: NodeId, wide: NodeId) {
    let extended: Inputs = extensions(graph, narrow).filter(|&extension| extension != wide).collect();
    for extension in extended {
        graph.replace(extension, wide);
    }
}
