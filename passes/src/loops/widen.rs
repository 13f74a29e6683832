//! Widening of induction variables: a narrow counter that is extended to index memory becomes a wide one.
//!
//! **What:** `i: i32` that steps by a constant without signed wrap and is used as `sext i` becomes `I: i64`, with
//! `sext i = I` and `i = trunc I`; and the same of unsigned counters and `zext i`. **Why:** the extension of each
//! iteration goes, and constant offsets from the counter fold into addresses.
//!
//! **Algorithm:** as LLVM's IndVarSimplify. The low bits of the wide counter are the narrow one; without wrap
//! (otherwise the narrow one is poison) the wide one is its extension. Sums of the counter and constants that do not
//! wrap either are widened along.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** steps that are not constant.
//!
//! **Tests:** `tests/files/widen`, `passes/tests/loops.rs`.

use son_ir::{Graph, Inputs, NodeFlags, NodeId, Op, Type};

/// How the bits of a counter are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Signed,
    Unsigned,
}

impl Reading {
    /// The flag of sums that do not wrap.
    fn exact(self) -> NodeFlags {
        if self == Reading::Signed { NodeFlags::NSW } else { NodeFlags::NUW }
    }

    /// The op that keeps the value.
    fn extension(self) -> Op {
        if self == Reading::Signed { Op::SExt } else { Op::ZExt }
    }

    /// Is the node its input with 64 bits? Of what is not negative both extensions are.
    fn extends(self, graph: &Graph, node: NodeId) -> bool {
        let op = graph.op(node);
        if !matches!(op, Op::SExt | Op::ZExt) || graph.ty(node) != Type::I64 {
            return false;
        }
        let not_negative = op == Op::ZExt && graph.flags(node).has(NodeFlags::NUW)
            || graph.int_fact(graph.input(node, 0)).is_non_negative();
        op == self.extension() || not_negative
    }
}

/// Widens all counters that are worth it. Returns how many were.
pub fn widen(graph: &mut Graph) -> usize {
    let phis: Vec<NodeId> = graph.nodes().filter(|&node| is_narrow_phi(graph, node)).collect();
    let mut widened = 0;
    for phi in phis {
        for reading in [Reading::Signed, Reading::Unsigned] {
            if is_narrow_phi(graph, phi) && is_counter(graph, phi, reading) && is_worth_it(graph, phi, reading) {
                widen_one(graph, phi, reading);
                widened += 1;
            }
        }
    }
    widened
}

/// Is the node a loop's phi of an integer of less than 64 bits?
fn is_narrow_phi(graph: &Graph, phi: NodeId) -> bool {
    let is_phi = graph.is_live(phi) && graph.is(phi, Op::Phi) && graph.is(graph.input(phi, 0), Op::Loop);
    let ty = graph.ty(phi);
    is_phi && ty.is_int() && ty.bits() > 1 && ty.bits() < 64
}

/// Does the phi step by a constant without wrap?
fn is_counter(graph: &Graph, phi: NodeId, reading: Reading) -> bool {
    let next = graph.input(phi, 2);
    graph.input(phi, 1) != next && offset_from(graph, phi, next, reading).is_some()
}

/// The constant, with 64 bits, that a sum without wrap adds to `base`.
fn offset_from(graph: &Graph, base: NodeId, sum: NodeId, reading: Reading) -> Option<u64> {
    let fits = graph.is(sum, Op::Add) && graph.flags(sum).has(reading.exact()) && graph.input(sum, 0) == base;
    let addend = fits.then(|| graph.input(sum, 1))?;
    match reading {
        Reading::Signed => graph.signed_constant(addend).map(|addend| addend as u64),
        Reading::Unsigned => graph.constant(addend),
    }
}

fn extensions(graph: &Graph, node: NodeId, reading: Reading) -> impl Iterator<Item = NodeId> + '_ {
    graph.users(node).filter(move |&user| reading.extends(graph, user))
}

fn is_worth_it(graph: &Graph, phi: NodeId, reading: Reading) -> bool {
    let extended = |node| extensions(graph, node, reading).next().is_some();
    extended(phi) || graph.users(phi).any(|user| offset_from(graph, phi, user, reading).is_some() && extended(user))
}

fn widen_one(graph: &mut Graph, phi: NodeId, reading: Reading) {
    let (header, first, next, ty) = (graph.input(phi, 0), graph.input(phi, 1), graph.input(phi, 2), graph.ty(phi));
    graph.hold();
    let saved = graph.current_origin();
    graph.set_origin(graph.origin(phi));
    let first = graph.pure(reading.extension(), Type::I64, &[first]);
    let wide = graph.raw(Op::Phi, Type::I64, 0, &[header, first, first]);
    let is_sum = |&user: &NodeId| user != next && offset_from(graph, phi, user, reading).is_some();
    let sums: Inputs = graph.users(phi).filter(is_sum).collect();
    let wide_next = widen_sum(graph, phi, wide, next, reading);
    graph.set_input(wide, 2, wide_next);
    for sum in sums {
        if extensions(graph, sum, reading).next().is_some() {
            widen_sum(graph, phi, wide, sum, reading);
        }
    }
    replace_extensions(graph, phi, wide, reading);
    let narrow_next = graph.pure(Op::Trunc, ty, &[wide_next]);
    let narrow = graph.pure(Op::Trunc, ty, &[wide]);
    graph.replace(phi, narrow);
    graph.replace(next, narrow_next);
    graph.set_origin(saved);
    graph.release();
}

/// The wide form of a sum of the counter and a constant, which replaces its extensions.
fn widen_sum(graph: &mut Graph, phi: NodeId, wide: NodeId, sum: NodeId, reading: Reading) -> NodeId {
    let offset = offset_from(graph, phi, sum, reading).expect("it is such a sum");
    let offset = graph.iconst(Type::I64, offset);
    let wide_sum = graph.node(Op::Add, Type::I64, reading.exact(), 0, &[wide, offset]);
    replace_extensions(graph, sum, wide_sum, reading);
    wide_sum
}

fn replace_extensions(graph: &mut Graph, narrow: NodeId, wide: NodeId, reading: Reading) {
    let extended: Inputs = extensions(graph, narrow, reading).filter(|&extension| extension != wide).collect();
    for extension in extended {
        graph.replace(extension, wide);
    }
}
