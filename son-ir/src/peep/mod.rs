//! The better form of a node: constant folding, rewrite rules, named functions.
//!
//! [`simplify`] is asked for each new node, before the table of value numbering, and again by the worklist
//! when something around the node has changed. The rules are text in `rules/`, whose README has the language
//! and the laws; `build.rs` compiles them. What text cannot say is a row in `functions`.

mod arith;
mod fold;
mod functions;
#[allow(clippy::collapsible_if, clippy::nonminimal_bool, clippy::too_many_arguments, reason = "it is generated")]
#[allow(clippy::collapsible_match, reason = "generated code tests one thing at a time")]
mod matcher;
mod questions;

use crate::graph::{Graph, NewNode, NodeId};
use crate::ops::{Family, NodeFlags, Op, OpFlags};
use crate::types::Type;

/// Most rewrites that one new node may set off. Rules lower a measure, so this only bounds recursion.
const MAX_REWRITES: u32 = 64;

/// A rule, for statistics and messages.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// File and line, `add:12`, or the name of the function.
    pub name: &'static str,
    /// File.
    pub file: &'static str,
    /// Line.
    pub line: u32,
    /// The text, or what the function does.
    pub text: &'static str,
}

/// What the engine remembers with a graph.
#[derive(Clone, Default)]
pub(crate) struct State {
    /// Calls of [`simplify`] under way.
    depth: u32,
    /// Rewrites since the outermost of them began.
    rewrites: u32,
    late: bool,
    /// How often each rule fired; empty until one does.
    hits: Vec<u32>,
}

impl Graph {
    /// From now on, rules of the late phase fire too: those that destroy a form which others look for, such
    /// as divisions by constants.
    pub fn set_late_rules(&mut self, on: bool) {
        self.peep_mut().late = on;
    }

    /// The rules that fired in this graph, and how often.
    pub fn rule_hits(&self) -> impl Iterator<Item = (&'static RuleInfo, u32)> + '_ {
        rules().zip(self.peep().hits.iter().copied()).filter(|(_, hits)| *hits > 0)
    }
}

/// All rules, those in text and those that are functions.
pub fn rules() -> impl Iterator<Item = &'static RuleInfo> {
    matcher::RULES.iter().chain(functions::FUNCTIONS.iter().map(|function| &function.info))
}

/// Name and text of each file of rules, for the prover and the reference.
pub fn rule_files() -> &'static [(&'static str, &'static str)] {
    matcher::SOURCES
}

/// Does some rule look through a node of this op at its inputs? If an input of such a node changes, its users
/// may have a better form.
pub fn looks_through(op: u16) -> bool {
    matcher::looks_through(op)
}

/// The node to use in place of the new one, if there is a better one.
pub fn simplify(graph: &mut Graph, new: &NewNode) -> Option<NodeId> {
    let op = new.ideal()?;
    if !is_pure(op) {
        return None;
    }
    let state = graph.peep_mut();
    if state.depth == 0 {
        state.rewrites = 0;
    } else if state.rewrites >= MAX_REWRITES {
        return None;
    }
    state.depth += 1;
    let better = better_form(graph, op, new);
    graph.peep_mut().depth -= 1;
    better
}

fn better_form(graph: &mut Graph, op: Op, new: &NewNode) -> Option<NodeId> {
    if let found @ Some(_) = fold::fold(graph, op, new) {
        return found;
    }
    if op.is(OpFlags::COMMUTES) && is_constant(graph, new.inputs[0]) && !is_constant(graph, new.inputs[1]) {
        return Some(build(graph, new.op, new.ty, new.flags, &[new.inputs[1], new.inputs[0]]));
    }
    if new.ty.is_vector() {
        return None;
    }
    if let found @ Some(_) = matcher::rewrite(graph, new) {
        return found;
    }
    functions::rewrite(graph, op, new)
}

/// Does the op compute a value from values alone?
fn is_pure(op: Op) -> bool {
    matches!(op.info().family, Family::Integer | Family::Float | Family::Compare | Family::Convert | Family::Vector)
        || op == Op::Freeze
}

fn is_constant(graph: &Graph, node: NodeId) -> bool {
    graph.is(node, Op::Const) || graph.is(node, Op::WideConst)
}

/// Counts a rule that is about to rewrite; `false` if there have been too many.
fn fire(graph: &mut Graph, rule: usize) -> bool {
    let state = graph.peep_mut();
    if state.rewrites >= MAX_REWRITES {
        return false;
    }
    state.rewrites += 1;
    if state.hits.is_empty() {
        state.hits = vec![0; matcher::RULES.len() + functions::FUNCTIONS.len()];
    }
    state.hits[rule] += 1;
    true
}

fn is_late(graph: &Graph) -> bool {
    graph.peep().late
}

/// A node of a rule's result, simplified and shared.
fn build(graph: &mut Graph, op: u16, ty: Type, flags: NodeFlags, inputs: &[NodeId]) -> NodeId {
    let op = Op::from_number(op).expect("rules build ideal nodes");
    graph.node(op, ty, flags, 0, inputs)
}
