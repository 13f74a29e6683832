//! Promotion: stack slots that are only loaded and stored whole become values.
//!
//! **What:** A load of such a slot becomes the value that was stored last, or a phi where different stores meet; the
//! stores have no readers then. **Why:** The builder keeps variables of the source out of memory, but those appear
//! late that a cut of a struct leaves, or a callee that took their address. Forwarding searches the values of single
//! loads and has to end its search; here, every state of memory has a value.
//!
//! **Algorithm:** The slices of memory are SSA form already: each state of the slot's class stands for a value, a store
//! for what it stores, a phi of memory for a phi of values, made when a load asks for it. Each state is visited once
//! for each slot.
//!
//! **Needs:** memory slices. **Breaks:** the fixpoint of the rules.
//!
//! **Does not try:** slots that are accessed in parts or by different types; see [`scalar`](crate::scalar), which cuts
//! them, and [`forward`](super::forward).
//!
//! **Tests:** `tests/files/promote`.

use crate::context::Context;
use crate::scalar::{self, Whole};
use son_ir::analysis::anti_dependence::slice_index;
use son_ir::analysis::effects::ideal_effects;
use son_ir::{AliasClass, Function, Graph, NodeId, Op, Type};

/// States visited for all slots together, for each node of the graph.
const STEPS_PER_NODE: usize = 8;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    let slots = scalar::whole_slots(function);
    if slots.iter().all(|(_, whole)| whole.loads.is_empty()) {
        return;
    }
    let graph = &mut function.graph;
    graph.hold();
    let saved = graph.current_origin();
    let entry = graph.entry_memory();
    let steps = STEPS_PER_NODE * graph.len();
    let mut promotion = Promotion { graph, entry, values: Vec::new(), visited: Vec::new(), open: Vec::new(), steps };
    for (row, whole) in &slots {
        if promotion.steps == 0 || whole.loads.is_empty() || !context.spend() {
            continue;
        }
        promotion.promote(AliasClass::slot(*row), whole);
        context.count("loads", whole.loads.len() as u64);
    }
    graph.set_origin(saved);
    graph.release();
}

struct Promotion<'a> {
    graph: &'a mut Graph,
    entry: NodeId,
    /// The value of each state of the present slot, as far as known.
    values: Vec<NodeId>,
    /// States whose value is known.
    visited: Vec<NodeId>,
    /// Phis of memory whose phis of values have no inputs yet.
    open: Vec<(NodeId, NodeId)>,
    /// States that may still be visited.
    steps: usize,
}

impl Promotion<'_> {
    fn promote(&mut self, class: AliasClass, whole: &Whole) {
        self.values.resize(self.graph.len(), NodeId::NONE);
        for &load in &whole.loads {
            self.graph.set_origin(self.graph.origin(load));
            let value = self.value(self.graph.input(load, 1), class, whole.ty);
            self.complete(class, whole.ty);
            self.graph.replace(load, value);
        }
        self.steps = self.steps.saturating_sub(self.visited.len());
        for state in self.visited.drain(..) {
            self.values[state.index()] = NodeId::NONE;
        }
    }

    /// The slot's value in a state of memory.
    fn value(&mut self, state: NodeId, class: AliasClass, ty: Type) -> NodeId {
        let first = self.visited.len();
        let mut at = state;
        let value = loop {
            let known = self.values[at.index()];
            if known.is_some() {
                break known;
            }
            self.visited.push(at);
            match self.step(at, class, ty) {
                Step::Value(value) => break value,
                Step::Before(state) => at = state,
            }
        };
        for &state in &self.visited[first..] {
            self.values[state.index()] = value;
        }
        value
    }

    fn step(&mut self, state: NodeId, class: AliasClass, ty: Type) -> Step {
        let graph = &mut *self.graph;
        if state == self.entry {
            // Any value, but the same for all who ask.
            let poison = graph.poison(ty);
            return Step::Value(graph.raw(Op::Freeze, ty, 0, &[poison]));
        }
        let made_by = if graph.is(state, Op::Proj) { graph.input(state, 0) } else { state };
        match graph.op(made_by) {
            Op::MergeMem => Step::Before(graph.input(made_by, slice_index(graph, made_by, class))),
            Op::Store if graph.access(made_by).class == class => Step::Value(graph.input(made_by, 3)),
            Op::Phi => {
                let region = graph.input(made_by, 0);
                let phi = graph.raw(Op::Phi, ty, 0, &[region]);
                self.open.push((made_by, phi));
                Step::Value(phi)
            }
            Op::Pi => Step::Before(graph.input(made_by, 1)),
            op => {
                let memory = ideal_effects(graph, made_by, op).memory;
                Step::Before(graph.input(made_by, memory.expect("states are made of states") as usize))
            }
        }
    }

    /// Gives the new phis their inputs.
    fn complete(&mut self, class: AliasClass, ty: Type) {
        while let Some((memory, phi)) = self.open.pop() {
            for index in 1..self.graph.num_inputs(memory) {
                let value = self.value(self.graph.input(memory, index), class, ty);
                self.graph.add_input(phi, value);
            }
        }
    }
}

enum Step {
    Value(NodeId),
    /// The same as in that state.
    Before(NodeId),
}
