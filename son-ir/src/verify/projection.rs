//! Law 6: what a tuple's projections are.

use super::Checker;
use crate::graph::{Graph, NodeId};
use crate::module::{Function, Module};
use crate::ops::Op;
use crate::types::Type;

/// Type of a projection, as far as the tuple says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// This type.
    Type(Type),
    /// Any data.
    Data,
    /// `ptr` or `ref`.
    Pointer,
}

impl Expected {
    fn admits(self, ty: Type) -> bool {
        match self {
            Expected::Type(expected) => ty == expected,
            Expected::Data => ty.is_data(),
            Expected::Pointer => ty.is_pointer(),
        }
    }
}

/// What projection `index` of a tuple is; `None` if the tuple has no such projection, or is no ideal node.
pub fn projected(module: &Module, function: &Function, tuple: NodeId, index: u64) -> Option<Expected> {
    let graph = &function.graph;
    let op = Op::from_number(graph.op_number(tuple))?;
    let control = Some(Expected::Type(Type::CTRL));
    match op {
        Op::If | Op::Never => (index < 2).then_some(Expected::Type(Type::CTRL)),
        Op::Switch => (index <= graph.switch_table(tuple).values.len() as u64).then_some(Expected::Type(Type::CTRL)),
        Op::IndirectBr => (index < u64::from(function.indirect_targets)).then_some(Expected::Type(Type::CTRL)),
        _ if graph.ty(tuple) != Type::TUPLE => None,
        _ if index == 0 => control,
        _ if index == 1 => Some(Expected::Type(Type::MEM)),
        _ => data_result(module, function, op, tuple, index as usize - 2),
    }
}

/// Projection `index + 2` of a tuple with control and memory.
fn data_result(module: &Module, function: &Function, op: Op, tuple: NodeId, index: usize) -> Option<Expected> {
    let graph = &function.graph;
    let operand = |number: usize| (graph.num_inputs(tuple) > number).then(|| graph.ty(graph.input(tuple, number)));
    match (op, index) {
        (Op::Start, _) => {
            let signature = module.signatures.get(function.signature.index())?;
            signature.params.get(index).map(|param| Expected::Type(param.ty))
        }
        (Op::Call, _) => {
            let site = graph.tables().calls.get(graph.payload(tuple) as usize)?;
            let results = &module.signatures.get(site.signature.index())?.results;
            match results.get(index) {
                Some(result) => Some(Expected::Type(result.ty)),
                None => (index == results.len()).then_some(Expected::Type(Type::CTRL)),
            }
        }
        (Op::LoadOrdered, 0) => Some(Expected::Data),
        (Op::AtomicRmw | Op::AtomicCas, 0) => operand(3).map(Expected::Type),
        (Op::AtomicCas, 1) => Some(Expected::Type(Type::I1)),
        (Op::StackAlloc | Op::StackSave, 0) => Some(Expected::Type(Type::PTR)),
        (Op::Alloc, 0) => Some(Expected::Pointer),
        _ => None,
    }
}

/// The projections that a tuple must have: `0..n`.
fn required(graph: &Graph, tuple: NodeId) -> u64 {
    match Op::from_number(graph.op_number(tuple)) {
        Some(Op::If | Op::Never) => 2,
        Some(Op::Switch) => graph.switch_table(tuple).values.len() as u64 + 1,
        Some(Op::IndirectBr) | None => 0,
        Some(_) => 1,
    }
}

impl Checker<'_> {
    pub(super) fn check_projections(&mut self) {
        let graph = self.graph;
        let mut numbers: Vec<u64> = Vec::new();
        for node in graph.nodes() {
            if graph.is(node, Op::Proj) {
                self.check_projection(node);
            }
            if graph.ty(node) != Type::TUPLE {
                continue;
            }
            numbers.clear();
            for user in graph.users(node) {
                match self.op(user) {
                    Some(Op::Proj) | None => numbers.push(graph.payload(user)),
                    Some(_) => self.report(6, &[node, user], format!("{} uses a tuple", self.name(user))),
                }
            }
            numbers.sort_unstable();
            self.check_numbers(node, &numbers);
        }
    }

    fn check_numbers(&mut self, tuple: NodeId, numbers: &[u64]) {
        if self.op(tuple).is_none() {
            return;
        }
        if let Some(pair) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            self.report(6, &[tuple], format!("{} has projection {} twice", self.name(tuple), pair[0]));
        } else if let Some(missing) = (0..required(self.graph, tuple)).find(|&i| numbers.get(i as usize) != Some(&i)) {
            self.report(6, &[tuple], format!("{} lacks projection {missing}", self.name(tuple)));
        }
    }

    fn check_projection(&mut self, node: NodeId) {
        let (tuple, index, ty) = (self.graph.input(node, 0), self.graph.payload(node), self.graph.ty(node));
        if self.op(tuple).is_none() {
            return;
        }
        match projected(self.module, self.function, tuple, index) {
            None => self.report(6, &[node, tuple], format!("{} has no projection {index}", self.name(tuple))),
            Some(expected) if !expected.admits(ty) => {
                let message = format!("projection {index} of {} is {expected:?}, not {ty}", self.name(tuple));
                self.report(6, &[node, tuple], message);
            }
            Some(_) => {}
        }
    }
}
