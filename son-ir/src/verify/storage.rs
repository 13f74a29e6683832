//! Law 1, storage, and law 20, value numbering.

use super::Checker;
use crate::graph::{Graph, NodeId};
use crate::ops::{Op, OpFlags};
use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

impl Checker<'_> {
    pub(super) fn check_storage(&mut self) {
        let graph = self.graph;
        for (node, op) in [(NodeId::START, Op::Start), (NodeId::STOP, Op::Stop)] {
            if graph.len() <= node.index() || !graph.is_live(node) || !graph.is(node, op) {
                self.report(1, &[node], format!("is not {op}"));
                return;
            }
        }
        let mut inputs = 0;
        for node in graph.nodes() {
            if matches!(self.op(node), Some(Op::Start | Op::Stop)) && node.index() > 1 {
                self.report(1, &[node], format!("is a second {}", self.name(node)));
            }
            inputs += graph.num_inputs(node);
            for input in graph.inputs(node) {
                if input.index() >= graph.len() || !graph.is_live(input) {
                    self.report(1, &[node, input], format!("{}: input {input} is not live", self.name(node)));
                }
            }
        }
        if self.found.is_empty() {
            self.check_uses(inputs);
        }
    }

    /// Each link of a list of uses is a different input; if there are as many links as inputs, each input has
    /// its link.
    fn check_uses(&mut self, inputs: usize) {
        let graph = self.graph;
        let mut left = inputs;
        for node in graph.nodes() {
            for (user, index) in graph.uses(node) {
                let matches = graph.is_live(user) && index < graph.num_inputs(user) && graph.input(user, index) == node;
                if !matches || left == 0 {
                    let message = format!("list of uses says input {index} of {user}, which is another node");
                    self.report(1, &[node, user], message);
                    return;
                }
                left -= 1;
            }
        }
        if left > 0 {
            self.report(1, &[], format!("{left} inputs are missing in lists of uses"));
        }
    }

    pub(super) fn check_value_numbering(&mut self) {
        let graph = self.graph;
        let mut table: HashTable<NodeId> = HashTable::with_capacity(graph.live());
        for node in graph.nodes() {
            if !self.op(node).is_some_and(|op| op.is(OpFlags::SHARED)) {
                continue;
            }
            let hash = hash(graph, node);
            match table.find(hash, |&other| equal(graph, node, other)) {
                Some(&other) => self.report(20, &[node, other], format!("two equal nodes, {}", self.name(node))),
                None => {
                    table.insert_unique(hash, node, |&other| self::hash(graph, other));
                }
            }
        }
    }
}

fn hash(graph: &Graph, node: NodeId) -> u64 {
    let mut hasher = FxHasher::default();
    (graph.op_number(node), graph.ty(node), graph.payload(node)).hash(&mut hasher);
    graph.inputs(node).for_each(|input| input.hash(&mut hasher));
    hasher.finish()
}

fn equal(graph: &Graph, a: NodeId, b: NodeId) -> bool {
    graph.op_number(a) == graph.op_number(b)
        && graph.ty(a) == graph.ty(b)
        && graph.payload(a) == graph.payload(b)
        && graph.inputs(a).eq(graph.inputs(b))
}
