//! Proven checks that stay: `--keep-proven-checks` makes each branch that a proof decides abort if the proof is wrong.
//!
//! **What.** The condition is computed once more from operands of which the optimizer knows nothing (`opaque`), in
//! front of what follows the block where it was decided; its failing side is a trap.
//!
//! **Why.** A wrong range or relation is silent: the branch that it removes is the one that would tell.
//!
//! A trap reads all of memory: where checks are made, memory is one chain first, and slices again afterwards.

use rustc_hash::FxHashMap;
use son_ir::analysis::{Block, Cfg, Ideal, Schedule, effects, memory_after};
use son_ir::facts::refine::strip_pi;
use son_ir::{Graph, Inputs, NodeId, Op, Type, Weights};

/// How many operations deep conditions are computed again.
const MAX_DEPTH: u32 = 4;

/// Checks that stay, by the head of the block at whose end they are made.
#[derive(Default)]
pub(crate) struct Kept {
    checks: FxHashMap<NodeId, Vec<(NodeId, bool)>>,
}

impl Kept {
    /// Keeps what was proven of a condition in a block with this head.
    pub(crate) fn condition(&mut self, graph: &mut Graph, head: NodeId, condition: NodeId, outcome: bool) {
        let again = once_more(graph, condition, MAX_DEPTH);
        self.checks.entry(head).or_default().push((again, outcome));
    }

    /// Keeps that a value is not the constant.
    pub(crate) fn not_equal(&mut self, graph: &mut Graph, head: NodeId, value: NodeId, constant: u64) {
        let (value, constant) = (opaque(graph, value), graph.iconst(graph.ty(value), constant));
        let again = graph.raw(Op::Ne, Type::I1, 0, &[value, constant]);
        self.checks.entry(head).or_default().push((again, true));
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.checks.values().map(Vec::len).sum()
    }

    /// Makes the checks. Control is as it was when they were proven, and memory is one chain.
    pub(crate) fn insert(&self, graph: &mut Graph) {
        if self.checks.is_empty() {
            return;
        }
        let schedule = Schedule::new(graph);
        let states = states_at_ends(graph, &schedule);
        for block in schedule.cfg.blocks() {
            for &check in self.checks.get(&schedule.cfg.head(block)).into_iter().flatten() {
                insert_check(graph, &schedule.cfg, block, states[block.index()], check);
            }
        }
    }
}

/// Memory at the end of each block, where it is one chain.
fn states_at_ends(graph: &mut Graph, schedule: &Schedule) -> Vec<NodeId> {
    let entry = graph.entry_memory();
    let mut states = vec![entry; schedule.cfg.len()];
    for block in schedule.cfg.blocks() {
        let merged = graph.phis(schedule.cfg.head(block)).find(|&phi| graph.ty(phi) == Type::MEM);
        let before = schedule.cfg.predecessors(block).first().map(|before| states[before.index()]);
        let mut state = merged.or(before).unwrap_or(entry);
        for &node in schedule.nodes(block) {
            let after = memory_after(graph, node).filter(|&after| graph.ty(after) == Type::MEM);
            if effects(graph, node, &Ideal).writes {
                state = after.unwrap_or(state);
            }
        }
        states[block.index()] = state;
    }
    states
}

/// The condition computed from operands that are opaque.
fn once_more(graph: &mut Graph, condition: NodeId, depth: u32) -> NodeId {
    let condition = strip_pi(graph, condition);
    let (op, ty) = (graph.op(condition), graph.ty(condition));
    let is_of_conditions = matches!(op, Op::And | Op::Or | Op::Xor) && ty == Type::I1
        || op == Op::Phi && graph.is(graph.input(condition, 0), Op::Region);
    let is_test = op.is_int_compare() || op.is_float_compare() || crate::relations::is_overflow_test(op);
    if !is_test && (!is_of_conditions || depth == 0) {
        return opaque(graph, condition);
    }
    let mut inputs: Inputs = graph.copy_inputs(condition);
    for input in inputs.iter_mut().skip(usize::from(op == Op::Phi)) {
        *input = if is_test { opaque(graph, *input) } else { once_more(graph, *input, depth - 1) };
    }
    let again = graph.raw(op, ty, graph.payload(condition), &inputs);
    graph.set_flags(again, graph.flags(condition));
    again
}

fn opaque(graph: &mut Graph, value: NodeId) -> NodeId {
    let value = strip_pi(graph, value);
    if graph.is(value, Op::Const) { value } else { graph.raw(Op::Opaque, graph.ty(value), 0, &[value]) }
}

/// Puts a check between a block and what follows it.
fn insert_check(graph: &mut Graph, cfg: &Cfg, block: Block, memory: NodeId, (condition, outcome): (NodeId, bool)) {
    let end = cfg.end(block);
    let way = match graph.op(end) {
        Op::Region | Op::Loop => cfg.predecessors(cfg.block_of(end)).iter().position(|&before| before == block),
        _ => Some(0),
    };
    let Some(way) = way else { return };
    let mut weights = Weights { on_true: 1 << 20, on_false: 1 };
    if !outcome {
        weights = Weights { on_true: weights.on_false, on_false: weights.on_true };
    }
    let branch = graph.raw(Op::If, Type::TUPLE, weights.payload(), &[graph.input(end, way), condition]);
    let fails = graph.insert_proj(branch, u32::from(outcome), Type::CTRL);
    let holds = graph.insert_proj(branch, u32::from(!outcome), Type::CTRL);
    let trap = graph.raw(Op::Trap, Type::CTRL, 0, &[fails, memory]);
    graph.add_input(NodeId::STOP, trap);
    graph.set_input(end, way, holds);
}
