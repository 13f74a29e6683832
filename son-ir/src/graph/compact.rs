//! Compaction: drops what `stop` does not reach and lays the rest out in the order in which it is walked.

use super::{Graph, NodeId, hash_record};
use crate::graph::storage::{Storage, state};
use crate::ops::{Op, OpFlags};

impl Graph {
    /// All nodes that `stop` reaches backwards, each after its inputs but for those over back edges of loops.
    pub fn post_order(&self) -> Vec<NodeId> {
        let mut walk = Walk {
            order: Vec::with_capacity(self.live()),
            seen: vec![false; self.len()],
            stack: Vec::with_capacity(self.live().min(SHALLOW)),
        };
        let mut roots = vec![NodeId::STOP, NodeId::START];
        while let Some(root) = roots.pop() {
            walk.visit(root);
            while let Some((node, next)) = walk.stack.last_mut() {
                let (node, index) = (*node, *next as usize);
                *next += 1;
                if index >= self.num_inputs(node) {
                    walk.order.push(node);
                    walk.stack.pop();
                } else if self.is_back_edge(node, index) {
                    roots.push(self.input(node, index));
                } else {
                    walk.visit(self.input(node, index));
                }
            }
        }
        walk.order
    }

    /// Is this input of the node the one that comes around a loop?
    pub fn is_back_edge(&self, node: NodeId, index: usize) -> bool {
        match Op::from_number(self.op_number(node)) {
            Some(Op::Loop) => index == 1,
            Some(Op::Phi) => index == 2 && self.is(self.input(node, 0), Op::Loop),
            _ => false,
        }
    }

    /// A copy that nobody holds: for changing what is only looked at.
    pub fn snapshot(&self) -> Graph {
        let mut copy = self.clone();
        copy.holds = 0;
        copy.unused.clear();
        copy.track(false);
        copy
    }

    /// Removes unreachable nodes and renumbers the others so that walking the graph walks memory. Returns the
    /// new number of each old node, [`NodeId::NONE`] for those that are gone. `start` and `stop` keep theirs.
    pub fn compact(&mut self) -> Vec<NodeId> {
        assert!(self.holds == 0, "compaction would lose nodes that are held");
        if self.compact {
            return (0..self.len()).map(NodeId::new).collect();
        }
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
        let changed = std::mem::take(&mut self.changed);
        for node in changed.into_iter().map(|node| renumbered[node.index()]).filter(|node| node.is_some()) {
            self.note_changed(node);
        }
        self.rebuild_numbering();
        self.compact = true;
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
            if shared && self.numbering.find(hash, |other| super::same_record(storage, node, other)).is_none() {
                self.numbering.insert(hash, node);
                self.storage.record_mut(node).state |= state::HASHED;
            }
        }
    }
}

/// Room in the stack of a walk that is enough for most functions.
const SHALLOW: usize = 128;

/// State of a depth-first walk over inputs.
struct Walk {
    order: Vec<NodeId>,
    seen: Vec<bool>,
    stack: Vec<(NodeId, u32)>,
}

impl Walk {
    fn visit(&mut self, node: NodeId) {
        if !std::mem::replace(&mut self.seen[node.index()], true) {
            self.stack.push((node, 0));
        }
    }
}
