//! Simplification of control: branches that are decided, merges of one way, phis of one value.
//!
//! These rewrites remove ways instead of replacing one value by another, so that they are no rules.

use son_ir::{Graph, NodeId, Op, Type, Weights};

/// Simplifies a control node or phi. Did it change anything?
pub(crate) fn simplify(graph: &mut Graph, node: NodeId) -> bool {
    match graph.op(node) {
        Op::If => decided(graph, node, |bits| 1 - (bits & 1)) || same_way(graph, node),
        Op::Switch => decided_switch(graph, node) || one_case(graph, node),
        Op::Region if graph.num_inputs(node) == 1 => {
            graph.collapse_region(node);
            true
        }
        Op::Phi => replace_phi_of_one(graph, node),
        Op::Guard if graph.fact(graph.input(node, 2)).as_constant() == Some(1) => {
            let control = graph.input(node, 0);
            graph.replace(node, control);
            true
        }
        _ => false,
    }
}

/// Can [`simplify`] do anything for nodes of this op?
pub(crate) fn applies_to(op: Op) -> bool {
    matches!(op, Op::If | Op::Switch | Op::Region | Op::Phi | Op::Guard)
}

/// A branch on a known value goes to the projection that `choose` says.
fn decided(graph: &mut Graph, branch: NodeId, choose: impl Fn(u64) -> u64) -> bool {
    match graph.fact(graph.input(branch, 1)).as_constant() {
        Some(bits) => {
            take(graph, branch, choose(bits));
            true
        }
        None => false,
    }
}

fn decided_switch(graph: &mut Graph, branch: NodeId) -> bool {
    let Some(bits) = graph.fact(graph.input(branch, 1)).as_constant() else { return false };
    let case = graph.switch_table(branch).values.iter().position(|&value| value == bits);
    take(graph, branch, case.map_or(0, |case| case as u64 + 1));
    true
}

/// A switch of one case is a two-way branch, of which more is known how to do.
fn one_case(graph: &mut Graph, branch: NodeId) -> bool {
    let table = graph.switch_table(branch);
    let &[value] = &table.values[..] else { return false };
    let weights = match table.weights[..] {
        [on_false, on_true] => Weights { on_true, on_false },
        _ => Weights::default(),
    };
    let (control, operand) = (graph.input(branch, 0), graph.input(branch, 1));
    graph.hold();
    let saved = graph.current_origin();
    graph.set_origin(graph.origin(branch));
    let case = graph.iconst(graph.ty(operand), value);
    let is_case = graph.pure(Op::Eq, Type::I1, &[operand, case]);
    let two_way = graph.raw(Op::If, Type::TUPLE, weights.payload(), &[control, is_case]);
    for (old, new) in [(1, 0), (0, 1)] {
        let side = graph.insert_proj(two_way, new, Type::CTRL);
        if let Some(proj) = graph.find_proj(branch, old) {
            graph.replace(proj, side);
        }
    }
    graph.set_origin(saved);
    graph.kill(branch);
    graph.release();
    true
}

/// Makes a branch an unconditional jump to its projection `taken`.
pub(crate) fn take(graph: &mut Graph, branch: NodeId, taken: u64) {
    graph.hold();
    let (taken, other): (Vec<NodeId>, Vec<NodeId>) =
        graph.users(branch).partition(|&proj| graph.payload(proj) == taken);
    other.into_iter().for_each(|proj| graph.kill_control(proj));
    // A loop that lost its back edge is gone now, and with it perhaps the control that the branch had before.
    let control = graph.input(branch, 0);
    taken.into_iter().for_each(|proj| graph.replace(proj, control));
    graph.release();
    graph.kill(branch);
}

/// Gives loops that nothing leaves any more an exit that is never taken: what does not reach `stop` is garbage, but an
/// endless loop is a behaviour of the program.
pub(crate) fn exit_endless_loops(graph: &mut Graph) {
    let loops: Vec<NodeId> = graph.nodes().filter(|&node| graph.is(node, Op::Loop)).collect();
    if loops.is_empty() {
        return;
    }
    let mut ends = vec![false; graph.len()];
    mark_before(graph, NodeId::STOP, &mut ends);
    if loops.iter().all(|head| ends[head.index()]) {
        return;
    }
    // Outer loops first: an exit of theirs is one of the inner loops too.
    for head in entered_from_start(graph) {
        if !ends[head.index()] {
            let exit = add_never_taken_exit(graph, head);
            ends.resize(graph.len(), false);
            mark_before(graph, exit, &mut ends);
        }
    }
}

fn is_control(graph: &Graph, node: NodeId) -> bool {
    matches!(graph.ty(node), Type::CTRL | Type::TUPLE)
}

/// Marks the control from which `end` is reached.
fn mark_before(graph: &Graph, end: NodeId, marked: &mut [bool]) {
    let mut pending = vec![end];
    while let Some(node) = pending.pop() {
        if !std::mem::replace(&mut marked[node.index()], true) {
            pending.extend(graph.inputs(node).filter(|&input| is_control(graph, input)));
        }
    }
}

/// The loops that are reached from the entry, each after those around it.
fn entered_from_start(graph: &Graph) -> Vec<NodeId> {
    let mut seen = vec![false; graph.len()];
    let mut pending = vec![NodeId::START];
    let mut loops = Vec::new();
    while let Some(node) = pending.pop() {
        if !std::mem::replace(&mut seen[node.index()], true) {
            loops.extend(graph.is(node, Op::Loop).then_some(node));
            pending.extend(graph.users(node).filter(|&user| is_control(graph, user)));
        }
    }
    loops
}

/// Puts the exit on the back edge; it hands on the memory that comes around.
fn add_never_taken_exit(graph: &mut Graph, head: NodeId) -> NodeId {
    let around = graph
        .phis(head)
        .find(|&phi| graph.ty(phi) == Type::MEM && graph.payload(phi) == 0)
        .map(|phi| graph.input(phi, 2));
    let memory = around.unwrap_or_else(|| graph.entry_memory());
    let back = graph.input(head, 1);
    let never = graph.raw(Op::Never, Type::TUPLE, 0, &[back]);
    let on = graph.insert_proj(never, 0, Type::CTRL);
    let off = graph.insert_proj(never, 1, Type::CTRL);
    let exit = graph.raw(Op::Unreachable, Type::CTRL, 0, &[off, memory]);
    graph.add_input(NodeId::STOP, exit);
    graph.set_input(head, 1, on);
    exit
}

/// A way out of a branch that is undefined to take.
pub(crate) fn add_never_taken_way(graph: &mut Graph, branch: NodeId, number: u32) {
    let way = graph.insert_proj(branch, number, Type::CTRL);
    let memory = graph.entry_memory();
    let exit = graph.raw(Op::Unreachable, Type::CTRL, 0, &[way, memory]);
    graph.add_input(NodeId::STOP, exit);
}

/// Is there nothing on this way but that it is never gone?
pub(crate) fn is_never_taken(graph: &Graph, side: NodeId) -> bool {
    graph.has_one_use(side) && graph.users(side).all(|user| graph.is(user, Op::Unreachable))
}

/// A branch whose both ways go to the same region, where they make no difference.
fn same_way(graph: &mut Graph, branch: NodeId) -> bool {
    let (Some(yes), Some(no)) = (graph.find_proj(branch, 0), graph.find_proj(branch, 1)) else { return false };
    let way = |proj: NodeId| {
        let mut uses = graph.uses(proj);
        uses.next().filter(|&(user, _)| uses.next().is_none() && graph.is(user, Op::Region))
    };
    let (Some((region, first)), Some((other, second))) = (way(yes), way(no)) else { return false };
    if region != other || graph.phis(region).any(|phi| graph.input(phi, first + 1) != graph.input(phi, second + 1)) {
        return false;
    }
    let control = graph.input(branch, 0);
    graph.replace(yes, control);
    graph.drop_region_input(region, second);
    if graph.num_inputs(region) == 1 {
        graph.collapse_region(region);
    }
    true
}

/// The one value that a phi merges, other than itself.
pub(crate) fn only_value(graph: &Graph, phi: NodeId) -> Option<NodeId> {
    let mut values = graph.inputs(phi).skip(1).filter(|&value| value != phi);
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

fn replace_phi_of_one(graph: &mut Graph, phi: NodeId) -> bool {
    let Some(value) = only_value(graph, phi) else { return false };
    debug_assert!(graph.ty(value) == graph.ty(phi) && graph.ty(phi) != Type::CTRL);
    graph.replace(phi, value);
    if graph.is_live(phi) {
        graph.kill(phi);
    }
    true
}
