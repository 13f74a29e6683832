//! Laws 15, 16, 24 and 25: slices of memory, and the order of its states.

use super::Checker;
use super::payload::takes_access;
use crate::analysis::schedule::check::ScheduleError;
use crate::analysis::{Cfg, Ideal, Schedule, check_schedule, is_sliced};
use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::payload::{AliasClass, MemAccess};
use crate::types::Type;

impl Checker<'_> {
    /// `order` has each node after its inputs, but for those of phis.
    pub(super) fn check_memory(&mut self, order: &[NodeId]) {
        let graph = self.graph;
        let mut class = vec![AliasClass::ANY; graph.len()];
        for &node in order {
            if graph.ty(node) == Type::MEM {
                class[node.index()] = self.class_of(node, &class);
            }
        }
        for &node in order {
            self.check_memory_inputs(node, &class);
        }
    }

    /// Law 24.
    pub(super) fn check_schedule(&mut self) {
        let schedule = Schedule::new(self.graph);
        let Err(error) = check_schedule(self.graph, &Ideal, &schedule) else { return };
        let culprit = match error {
            ScheduleError::Missing(node) => node,
            ScheduleError::NotDominated { user, .. } => user,
            ScheduleError::WrongState { reader, .. } => reader,
        };
        self.report(24, &[culprit], error.to_string());
    }

    /// Law 25. Blocks follow by law 14, so it is about the order within one.
    pub(super) fn check_control_follows(&mut self, cfg: &Cfg) {
        let graph = self.graph;
        if is_sliced(graph) {
            return;
        }
        let place = places_in_chains(graph, cfg);
        for node in graph.nodes().filter(|&node| takes_control_and_memory(graph, node)) {
            let (control, memory) = (graph.input(node, 0), graph.input(node, 1));
            let after = match self.op(memory) {
                Some(Op::Proj) => graph.input(memory, 0),
                _ if takes_control_and_memory(graph, memory) => graph.input(memory, 0),
                _ => continue,
            };
            if cfg.block_of(after) == cfg.block_of(control) && place[after.index()] > place[control.index()] {
                let message = format!("{} follows {after} in memory, but takes {control} before it", self.name(node));
                self.report(25, &[node, after], message);
            }
        }
    }

    /// The slice that a state of memory is of; 0 for the whole.
    fn class_of(&self, node: NodeId, class: &[AliasClass]) -> AliasClass {
        let graph = self.graph;
        match self.op(node) {
            Some(Op::Phi) => AliasClass(graph.payload(node) as u32),
            Some(Op::Store | Op::MemCopy | Op::MemMove | Op::MemSet | Op::Pi) => class[graph.input(node, 1).index()],
            _ => AliasClass::ANY,
        }
    }

    /// The class that the node needs at input `index`, 0 if it needs the whole.
    fn class_needed(&self, node: NodeId, op: Op, index: usize) -> AliasClass {
        let graph = self.graph;
        match op {
            Op::MergeMem => index.checked_sub(1).map_or(AliasClass::ANY, |slice| self.classes(node)[slice]),
            Op::Phi => AliasClass(graph.payload(node) as u32),
            _ if takes_access(op) => MemAccess::from_payload(graph.payload(node)).class,
            _ => AliasClass::ANY,
        }
    }

    fn check_memory_inputs(&mut self, node: NodeId, class: &[AliasClass]) {
        let (graph, Some(op)) = (self.graph, self.op(node)) else { return };
        if op == Op::MergeMem && !self.check_classes(node) {
            return;
        }
        if op == Op::Pi {
            return;
        }
        for (index, input) in graph.inputs(node).enumerate() {
            if graph.ty(input) != Type::MEM {
                continue;
            }
            let (given, needed) = (class[input.index()], self.class_needed(node, op, index));
            if given != AliasClass::ANY && given != needed {
                let wants = if needed.0 == 0 { "the whole".to_owned() } else { format!("class {}", needed.0) };
                let message = format!("{op} needs {wants} of memory, {input} is of class {}", given.0);
                self.report(15, &[node, input], message);
            }
        }
    }

    fn classes(&self, node: NodeId) -> &[AliasClass] {
        &self.graph.tables().merges[self.graph.payload(node) as usize]
    }

    fn check_classes(&mut self, node: NodeId) -> bool {
        let (classes, slices) = (self.classes(node), self.graph.num_inputs(node) - 1);
        let message = if classes.len() != slices {
            format!("{} classes for {slices} slices", classes.len())
        } else if classes.iter().any(|class| !class.is_slice()) || classes.windows(2).any(|pair| pair[0] >= pair[1]) {
            "classes are not slices in ascending order".to_owned()
        } else {
            return true;
        };
        self.report(16, &[node], message);
        false
    }
}

/// Does it change memory somewhere behind the control it takes?
fn takes_control_and_memory(graph: &Graph, node: NodeId) -> bool {
    matches!(Op::from_number(graph.op_number(node)), Some(Op::Store | Op::MemCopy | Op::MemMove | Op::MemSet))
}

/// For each control node, how far it is from the head of its block.
fn places_in_chains(graph: &Graph, cfg: &Cfg) -> Vec<u32> {
    let mut place = vec![0; graph.len()];
    for block in cfg.blocks() {
        let mut next = 0;
        cfg.chain(graph, block, |node| {
            place[node.index()] = next;
            next += 1;
        });
    }
    place
}
