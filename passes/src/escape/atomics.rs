//! Atomic accesses of what no other thread knows are plain ones.

use son_ir::{Graph, MemAccess, NodeFlags, NodeId, Op, RmwOp, Type};

/// Makes the access plain, if it is atomic and there are ops for what it does.
pub(super) fn make_plain(graph: &mut Graph, access: NodeId) {
    let op = graph.op(access);
    let is_ordered = matches!(op, Op::LoadOrdered | Op::StoreOrdered | Op::AtomicRmw | Op::AtomicCas);
    if !is_ordered {
        return;
    }
    let inputs = graph.copy_inputs(access);
    let (control, memory, address) = (inputs[0], inputs[1], inputs[2]);
    let ty = match op {
        Op::LoadOrdered => graph.find_proj(access, 2).map(|value| graph.ty(value)),
        _ => Some(graph.ty(inputs[3])),
    };
    let Some(ty) = ty else { return replace(graph, access, [control, memory, NodeId::NONE, NodeId::NONE]) };
    if op == Op::AtomicRmw && !is_expressible(graph.access(access).rmw) {
        return;
    }
    let old = graph.access(access);
    let plain = MemAccess { class: old.class, align_log2: old.align_log2, ..MemAccess::default() }.payload();
    let load = |graph: &mut Graph| graph.node(Op::Load, ty, NodeFlags::NONE, plain, &[control, memory, address]);
    let store = |graph: &mut Graph, value| {
        graph.node(Op::Store, Type::MEM, NodeFlags::NONE, plain, &[control, memory, address, value])
    };
    let results = match op {
        Op::LoadOrdered => [control, memory, load(graph), NodeId::NONE],
        Op::StoreOrdered => [control, store(graph, inputs[3]), NodeId::NONE, NodeId::NONE],
        Op::AtomicRmw => {
            let before = load(graph);
            let after = changed(graph, old.rmw, ty, before, inputs[3]);
            [control, store(graph, after), before, NodeId::NONE]
        }
        _ => {
            let before = load(graph);
            let equal = graph.pure(Op::Eq, Type::I1, &[before, inputs[3]]);
            let after = graph.pure(Op::Select, ty, &[equal, inputs[4], before]);
            [control, store(graph, after), before, equal]
        }
    };
    replace(graph, access, results);
}

fn is_expressible(op: RmwOp) -> bool {
    matches!(op, RmwOp::Xchg | RmwOp::Add | RmwOp::Sub | RmwOp::And | RmwOp::Or | RmwOp::Xor)
}

/// What the operation stores.
fn changed(graph: &mut Graph, op: RmwOp, ty: Type, before: NodeId, operand: NodeId) -> NodeId {
    let op = match op {
        RmwOp::Add => Op::Add,
        RmwOp::Sub => Op::Sub,
        RmwOp::And => Op::And,
        RmwOp::Or => Op::Or,
        RmwOp::Xor => Op::Xor,
        _ => return operand,
    };
    graph.pure(op, ty, &[before, operand])
}

/// The projections become these.
fn replace(graph: &mut Graph, access: NodeId, results: [NodeId; 4]) {
    let projections: Vec<NodeId> = graph.users(access).collect();
    for proj in projections {
        graph.replace(proj, results[graph.payload(proj) as usize]);
    }
}
