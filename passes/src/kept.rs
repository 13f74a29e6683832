//! Proven checks that stay: `--keep-proven-checks` makes each branch that a proof decides abort if the proof is wrong.
//!
//! **What.** The condition is computed once more from operands of which the optimizer knows nothing (`opaque`), in
//! front of what follows the block where it was decided; its failing side is a trap.
//!
//! **Why.** A wrong range or relation is silent: the branch that it removes is the one that would tell.
//!
//! **Does not try** to keep memory in slices: where a check is kept, memory is one chain again.

use crate::linear::{self, Insert};
use rustc_hash::FxHashMap;
use son_ir::analysis::{Block, Cfg, Schedule};
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

    /// Makes the checks. Control is as it was when they were proven.
    pub(crate) fn insert(&self, graph: &mut Graph) {
        if !self.checks.is_empty() {
            let schedule = Schedule::new(graph);
            linear::join(graph, &schedule, &mut Inserted { kept: self, cfg: &schedule.cfg });
        }
    }
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

struct Inserted<'a> {
    kept: &'a Kept,
    cfg: &'a Cfg,
}

impl Insert for Inserted<'_> {
    fn changes(&self, _block: Block) -> bool {
        false
    }

    fn at_start(&mut self, _graph: &mut Graph, _block: Block, state: (NodeId, NodeId)) -> (NodeId, NodeId) {
        state
    }

    fn at_end(&mut self, graph: &mut Graph, block: Block, memory: NodeId) -> NodeId {
        let checks = self.kept.checks.get(&self.cfg.head(block));
        for &(condition, outcome) in checks.into_iter().flatten() {
            self.check(graph, block, memory, (condition, outcome));
        }
        memory
    }
}

impl Inserted<'_> {
    /// Puts a check between a block and what follows it.
    fn check(&self, graph: &mut Graph, block: Block, memory: NodeId, (condition, outcome): (NodeId, bool)) {
        let end = self.cfg.end(block);
        let is_merge = matches!(graph.op(end), Op::Region | Op::Loop);
        let way = if is_merge {
            self.cfg.predecessors(self.cfg.block_of(end)).iter().position(|&b| b == block)
        } else {
            Some(0)
        };
        let Some(way) = way else { return };
        let weights =
            if outcome { Weights { on_true: 1 << 20, on_false: 1 } } else { Weights { on_true: 1, on_false: 1 << 20 } };
        let branch = graph.raw(Op::If, Type::TUPLE, weights.payload(), &[graph.input(end, way), condition]);
        let fails = graph.insert_proj(branch, u32::from(outcome), Type::CTRL);
        let holds = graph.insert_proj(branch, u32::from(!outcome), Type::CTRL);
        let trap = graph.raw(Op::Trap, Type::CTRL, 0, &[fails, memory]);
        graph.add_input(NodeId::STOP, trap);
        graph.set_input(end, way, holds);
    }
}
