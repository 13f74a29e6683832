//! If-conversion: a branch that only chooses between values becomes a select.
//!
//! **What:** `if (c) x = a; else x = b;` with nothing but cheap computations on both sides becomes
//! `x = select c, a, b`. **Why:** no branch to predict wrongly, larger blocks, and rules see minima, maxima and
//! absolute values.
//!
//! **Algorithm:** a region whose two ways in are the two sides of one branch has arms without effects if nothing but
//! the region uses them; its phis are selects then, since pure nodes float. What only the phis use would be computed
//! always instead of sometimes: that is bounded. Regions are visited in control order, so that nested choices fold
//! from the inside out in one walk.
//!
//! **Needs:** nothing. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** arms with loads that may trap, branches that profile says are predictable.
//!
//! **Tests:** `tests/files/if_convert`, `passes/tests/if_convert.rs`.

use smallvec::SmallVec;
use son_ir::{Graph, Inputs, NodeFlags, NodeId, Op, OpFlags, Type, Weights};

/// Most phis that become selects at one region.
const MAX_PHIS: usize = 2;
/// Most operations that are computed always instead of sometimes.
const MAX_COST: usize = 4;
/// A branch that goes one way so many times as often as the other is predicted well.
const PREDICTABLE: u32 = 15;

/// Converts all branches that can be and should be. Returns how many were.
pub fn convert(graph: &mut Graph) -> usize {
    let regions: Vec<NodeId> = graph.nodes().filter(|&node| graph.is(node, Op::Region)).collect();
    graph.hold();
    let mut converted = 0;
    let mut worklist = regions;
    worklist.reverse();
    while let Some(region) = worklist.pop() {
        if let Some(choice) = find(graph, region) {
            let next = graph.users(region).find(|&user| graph.is(user, Op::Region));
            apply(graph, region, &choice);
            converted += 1;
            worklist.extend(next);
        }
    }
    graph.release();
    converted
}

/// A branch that can go.
struct Choice {
    branch: NodeId,
    phis: Inputs,
    /// Which way into the region is taken when the condition holds.
    way_if_true: usize,
}

fn find(graph: &Graph, region: NodeId) -> Option<Choice> {
    if !graph.is_live(region) || !graph.is(region, Op::Region) || graph.num_inputs(region) != 2 {
        return None;
    }
    let (first, second) = (graph.input(region, 0), graph.input(region, 1));
    let is_side = |side: NodeId| graph.is(side, Op::Proj) && graph.has_one_use(side);
    if !is_side(first) || !is_side(second) || graph.input(first, 0) != graph.input(second, 0) {
        return None;
    }
    let branch = graph.input(first, 0);
    if !graph.is(branch, Op::If) || is_predictable(Weights::from_payload(graph.payload(branch))) {
        return None;
    }
    let phis: Inputs = graph.phis(region).collect();
    let is_value = |&phi: &NodeId| is_selectable(graph.ty(phi));
    let same = |phi: NodeId| graph.input(phi, 1) == graph.input(phi, 2);
    if !phis.iter().all(|phi| is_value(phi) || same(*phi)) {
        return None;
    }
    let merging = phis.iter().filter(|&&phi| !same(phi));
    let cost: usize = merging.clone().map(|&phi| exclusive_cost(graph, phi)).sum();
    let way_if_true = usize::from(graph.payload(first) != 0);
    (merging.count() <= MAX_PHIS && cost <= MAX_COST).then_some(Choice { branch, phis, way_if_true })
}

fn is_predictable(weights: Weights) -> bool {
    let (low, high) = (weights.on_true.min(weights.on_false), weights.on_true.max(weights.on_false));
    high / PREDICTABLE > low
}

fn is_selectable(ty: Type) -> bool {
    (ty.is_int() && ty.bits() <= 64) || ty.is_pointer() || ty.is_float()
}

/// Operations that only this phi needs. More than the bound if there is one that is not cheap.
fn exclusive_cost(graph: &Graph, phi: NodeId) -> usize {
    let mut cost = 0;
    let mut pending: SmallVec<[NodeId; 8]> = graph.inputs(phi).skip(1).collect();
    while let Some(node) = pending.pop() {
        if !graph.has_one_use(node) || cost > MAX_COST {
            continue;
        }
        let op = graph.op(node);
        if op == Op::Proj || op == Op::Phi || op.is(OpFlags::CHEAP) || op.takes_control() || !op.is(OpFlags::SHARED) {
            continue;
        }
        let expensive = graph.ty(node).is_float()
            || matches!(op, Op::SMulHigh | Op::UMulHigh | Op::Ctpop | Op::Fshl | Op::Fshr)
            || (op == Op::Mul && !is_sum_of_shifts(graph, node));
        let expensive = expensive || graph.ty(node).bits() > 64 || op.is(OpFlags::MAY_TRAP);
        cost += if expensive { MAX_COST } else { 1 };
        pending.extend(graph.inputs(node));
    }
    cost
}

/// Is it a product with a constant of at most two bits, which is an addition?
fn is_sum_of_shifts(graph: &Graph, product: NodeId) -> bool {
    graph.constant(graph.input(product, 1)).is_some_and(|factor| factor.count_ones() <= 2)
}

fn apply(graph: &mut Graph, region: NodeId, choice: &Choice) {
    let saved = graph.current_origin();
    let condition = graph.input(choice.branch, 1);
    for &phi in &choice.phis {
        graph.set_origin(graph.origin(phi));
        let yes = graph.input(phi, choice.way_if_true + 1);
        let no = graph.input(phi, 2 - choice.way_if_true);
        let value = if yes == no {
            yes
        } else {
            graph.node(Op::Select, graph.ty(phi), NodeFlags::NONE, 0, &[condition, yes, no])
        };
        graph.replace(phi, value);
        graph.kill(phi);
    }
    graph.set_origin(saved);
    let control = graph.input(choice.branch, 0);
    let sides: Inputs = graph.inputs(region).collect();
    graph.replace(region, control);
    for node in std::iter::once(region).chain(sides).chain([choice.branch]) {
        graph.kill(node);
    }
}
