//! Compaction: drops what `stop` does not reach and lays the rest out in the order in which it is walked.

use super::{Graph, NodeId, hash_record};
use crate::graph::storage::{Storage, state};
use crate::ops::{Op, OpFlags};

impl Graph {
    /// All nodes that `stop` reaches backwards, each after its inputs but for the back edges of loops.
    pub fn post_order(&self) -> Vec<NodeId> {
        let mut order = Vec::with_capacity(self.live());
        let mut seen = vec![false; self.len()];
        let mut stack: Vec<(NodeId, u32)> = Vec::new();
        let visit = |node: NodeId, stack: &mut Vec<(NodeId, u32)>, seen: &mut Vec<bool>| {
            if !std::mem::replace(&mut seen[node.index()], true) {
                stack.push((node, 0));
            }
        };
        visit(NodeId::START, &mut stack, &mut seen);
        visit(NodeId::STOP, &mut stack, &mut seen);
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            if (*next as usize) < self.num_inputs(node) {
                let input = self.input(node, *next as usize);
                *next += 1;
                visit(input, &mut stack, &mut seen);
            } else {
                order.push(node);
                stack.pop();
            }
        }
        order
    }

    /// Removes unreachable nodes and renumbers the others so that walking the graph walks memory. Returns the
    /// new number of each old node, [`NodeId::NONE`] for those that are gone. `start` and `stop` keep theirs.
    pub fn compact(&mut self) -> Vec<NodeId> {
        assert!(self.holds == 0, "compaction would lose nodes that are held");
        let mut order = self.post_order();
        order.retain(|&node| node != NodeId::START && node != NodeId::STOP);
        order.splice(0..0, [NodeId::START, NodeId::STOP]);
        let mut renumbered = vec![NodeId::NONE; self.len()];
        for (new, &old) in order.iter().enumerate() {
            renumbered[old.index()] = NodeId::new(new);
        }
        self.storage = self.rebuilt(&order, &renumbered);
        self.live = order.len();
        self.unused.clear();
        self.changed.clear();
        self.rebuild_numbering();
        renumbered
    }

    fn rebuilt(&self, order: &[NodeId], renumbered: &[NodeId]) -> Storage {
        let mut storage = Storage::default();
        storage.nodes.reserve(order.len());
        storage.edges.reserve(order.iter().map(|&node| self.num_inputs(node).next_power_of_two()).sum());
        for &old in order {
            let mut record = *self.storage.record(old);
            record.state = 0;
            record.first_use = super::NIL;
            record.len = 0;
            record.inputs = 0;
            storage.nodes.push(record);
        }
        for &old in order {
            storage.attach_inputs(renumbered[old.index()], self.inputs(old).map(|input| renumbered[input.index()]));
        }
        storage
    }

    fn rebuild_numbering(&mut self) {
        self.numbering.clear();
        for index in 0..self.len() {
            let node = NodeId::new(index);
            let shared = Op::from_number(self.op_number(node)).is_some_and(|op| op.is(OpFlags::SHARED));
            let hash = hash_record(&self.storage, node);
            let storage = &self.storage;
            if shared && self.numbering.find(hash, |&other| super::same_record(storage, node, other)).is_none() {
                self.numbering.insert_unique(hash, node, |&other| hash_record(storage, other));
                self.storage.record_mut(node).state |= state::HASHED;
            }
        }
    }
}
