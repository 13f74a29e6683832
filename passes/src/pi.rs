//! Refinements at branches: values that a branch tells something about get a `pi` for the uses that the
//! branch dominates.
//!
//! **What.** [`insert`] makes the pis, [`remove`] replaces each by its input again, once a pass has used them.
//!
//! **Algorithm.** As in ABCD's e-SSA form (Bodik, Gupta, Sarkar, 2000), made sparse: only uses that lie below
//! a branch are renamed. For each value, the blocks that refine it and the blocks that use it are walked in
//! the order of the dominator tree with a stack.
//!
//! **Does not try** relations between two unknown values: see [`relations`](crate::relations).

use crate::placement::Latest;
use smallvec::SmallVec;
use son_ir::analysis::Block;
use son_ir::facts::refine;
use son_ir::{Graph, NodeId, Op};

/// Pis of pis: whoever looks through them to the value takes that many steps. A longer chain begins anew, and what is
/// known of the value from further above is not known there.
const MAX_CHAIN: usize = 32;

/// Users of a compared value that are looked at for casts of it.
const MAX_USERS: usize = 8;

/// Inserts pis at all branches, if there are any. They are returned, with the latest blocks of all other nodes.
pub(crate) fn insert(graph: &mut Graph) -> (Vec<NodeId>, Option<Latest>) {
    if !graph.nodes().any(|node| graph.is(node, Op::If) || graph.is(node, Op::Switch)) {
        return (Vec::new(), None);
    }
    let latest = Latest::new(graph);
    let mut refined = refinements(graph, &latest);
    refined.sort_unstable_by_key(|refinement| (refinement.value, refinement.interval));
    refined.dedup_by_key(|refinement| (refinement.value, refinement.control));
    let mut made = Vec::new();
    for refinements in refined.chunk_by(|a, b| a.value == b.value) {
        rename(graph, &latest, refinements, &mut made);
    }
    (made, Some(latest))
}

/// Replaces the pis by what they refine.
pub(crate) fn remove(graph: &mut Graph, pis: &[NodeId]) {
    for &pi in pis.iter().rev() {
        if graph.is_live(pi) {
            let value = graph.input(pi, 1);
            graph.replace(pi, value);
        }
    }
}

/// What a pi's fact depends on beside its input: the operands of the compares of its branch, each with the pi, in
/// order of the operands.
pub(crate) fn compared(graph: &Graph, pis: &[NodeId]) -> Vec<(NodeId, NodeId)> {
    let mut pairs = Vec::new();
    let mut operands: SmallVec<[NodeId; 8]> = SmallVec::new();
    for &pi in pis {
        let branch = graph.input(graph.input(pi, 0), 0);
        operands.clear();
        if graph.is(branch, Op::If) {
            let truth = graph.payload(graph.input(pi, 0)) == 0;
            refine::visit_conditions(graph, graph.input(branch, 1), truth, &mut |condition, _| {
                if graph.op(condition).is_int_compare() {
                    operands.extend(graph.inputs(condition));
                }
            });
        }
        pairs.extend(operands.iter().map(|&operand| (operand, pi)));
    }
    pairs.sort_unstable();
    pairs
}

/// A value about which a branch says something where control is at `control`.
#[derive(Clone, Copy)]
struct Refinement {
    value: NodeId,
    control: NodeId,
    /// The subtree of the dominator tree where it holds.
    interval: (u32, u32),
}

fn refinements(graph: &Graph, latest: &Latest) -> Vec<Refinement> {
    let mut found = Vec::new();
    let mut values: SmallVec<[NodeId; 8]> = SmallVec::new();
    for block in latest.cfg.blocks() {
        let control = latest.cfg.head(block);
        if !graph.is(control, Op::Proj) {
            continue;
        }
        let branch = graph.input(control, 0);
        values.clear();
        match graph.op(branch) {
            Op::If => mentioned(graph, graph.input(branch, 1), graph.payload(control) == 0, &mut values),
            Op::Switch if graph.payload(control) > 0 => operand(graph, graph.input(branch, 1), &mut values),
            _ => {}
        }
        let interval = latest.dominators.interval(block);
        found.extend(values.iter().map(|&value| Refinement { value, control, interval }));
    }
    found
}

/// The values that a condition says something about, itself included.
fn mentioned(graph: &Graph, condition: NodeId, truth: bool, values: &mut SmallVec<[NodeId; 8]>) {
    refine::visit_conditions(graph, condition, truth, &mut |condition, _| {
        push(graph, condition, values);
        let op = graph.op(condition);
        if op.is_int_compare() || op.is_float_compare() {
            operand(graph, graph.input(condition, 0), values);
            operand(graph, graph.input(condition, 1), values);
        }
    });
}

/// A compared value, its casts, and what it is computed from.
fn operand(graph: &Graph, value: NodeId, values: &mut SmallVec<[NodeId; 8]>) {
    computed_from(graph, value, refine::MAX_SOURCES, values);
}

fn computed_from(graph: &Graph, value: NodeId, depth: u32, values: &mut SmallVec<[NodeId; 8]>) {
    push(graph, value, values);
    let casts = graph.users(value).take(MAX_USERS).filter(|&user| refine::is_cast(graph, user));
    casts.for_each(|cast| push(graph, cast, values));
    if depth > 0 {
        refine::sources(graph, value).for_each(|source| computed_from(graph, source, depth - 1, values));
    }
}

/// A value with a single use has no other one that could profit.
fn push(graph: &Graph, value: NodeId, values: &mut SmallVec<[NodeId; 8]>) {
    if !matches!(graph.op(value), Op::Const | Op::Poison) && !graph.has_one_use(value) {
        values.push(value);
    }
}

/// Where a use of the value lies in the walk over the dominator tree.
struct Use {
    place: u32,
    user: NodeId,
    index: usize,
}

/// Makes the uses of one value that lie in the refined parts use pis. The refinements are in the order of
/// the dominator tree.
fn rename(graph: &mut Graph, latest: &Latest, refinements: &[Refinement], made: &mut Vec<NodeId>) {
    let value = refinements[0].value;
    let mut uses: Vec<Use> = graph.uses(value).filter_map(|(user, index)| locate(graph, latest, user, index)).collect();
    uses.sort_unstable_by_key(|a| (a.place, a.user, a.index));
    let mut stack: SmallVec<[(Refinement, Option<NodeId>); 8]> = SmallVec::new();
    let mut next = refinements.iter().peekable();
    for Use { place, user, index } in uses {
        while let Some(refinement) = next.next_if(|refinement| refinement.interval.0 <= place) {
            leave(&mut stack, refinement.interval.0);
            stack.push((*refinement, None));
        }
        leave(&mut stack, place);
        let current = materialize(graph, value, &mut stack, made);
        if current != value {
            graph.set_input(user, index, current);
        }
    }
}

/// The pi of the innermost refinement. The refinements that have a pi already are the outer ones.
fn materialize(
    graph: &mut Graph,
    value: NodeId,
    stack: &mut [(Refinement, Option<NodeId>)],
    made: &mut Vec<NodeId>,
) -> NodeId {
    let done = stack.iter().rposition(|(_, pi)| pi.is_some()).map_or(0, |last| last + 1);
    let mut current = stack[..done].last().and_then(|(_, pi)| *pi).unwrap_or(value);
    for (depth, (refinement, pi)) in stack.iter_mut().enumerate().skip(done) {
        if depth % MAX_CHAIN == MAX_CHAIN - 1 {
            current = value;
        }
        current = graph.unknown_pi(refinement.control, current);
        made.push(current);
        *pi = Some(current);
    }
    current
}

/// Drops the refinements that do not hold at a place.
fn leave(stack: &mut SmallVec<[(Refinement, Option<NodeId>); 8]>, place: u32) {
    while stack.last().is_some_and(|(refinement, _)| refinement.interval.1 < place) {
        stack.pop();
    }
}

fn locate(graph: &Graph, latest: &Latest, user: NodeId, index: usize) -> Option<Use> {
    let block: Block = latest.use_block(graph, user, index);
    block.is_some().then(|| Use { place: latest.dominators.interval(block).0, user, index })
}
