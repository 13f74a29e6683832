//! Compaction: drops what `stop` does not reach and lays the rest out in the order in which it is walked.

use super::storage::{NIL, Record, Storage, state};
use super::{Graph, NodeId, hash_record};
use crate::ops::{Op, OpFlags};

impl Graph {
    /// All nodes that `stop` reaches backwards, each after its inputs but for those over back edges of loops.
    pub fn post_order(&self) -> Vec<NodeId> {
        if self.compact {
            // Compaction laid them out in this order, but for `stop`.
            let inner = (2..self.len()).map(NodeId::new);
            return std::iter::once(NodeId::START).chain(inner).chain([NodeId::STOP]).collect();
        }
        let mut walk = Walk {
            storage: &self.storage,
            order: Vec::with_capacity(self.live()),
            seen: vec![false; self.len()],
            stack: Vec::with_capacity(self.live().min(SHALLOW)),
        };
        let mut roots = vec![NodeId::STOP, NodeId::START];
        while let Some(root) = roots.pop() {
            walk.visit(root);
            while let Some(step) = walk.stack.last_mut() {
                let at = step.next;
                step.next += 1;
                if at == step.end {
                    walk.order.push(step.node);
                    walk.stack.pop();
                } else if at == step.back {
                    roots.push(self.storage.edges[at as usize].def);
                } else {
                    walk.visit(self.storage.edges[at as usize].def);
                }
            }
        }
        walk.order
    }

    /// Is this input of the node the one that comes around a loop?
    pub fn is_back_edge(&self, node: NodeId, index: usize) -> bool {
        let record = self.storage.record(node);
        self.storage.back_edge(record.op, record.inputs) == Some(record.inputs + index as u32)
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
        let edges: usize = order.iter().map(|&node| self.num_inputs(node).next_power_of_two()).sum();
        storage.nodes.reserve(order.len() + order.len() / SLACK);
        storage.edges.reserve(edges + edges / SLACK);
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

/// A part of a graph that it may grow by before it is copied to a larger place.
const SLACK: usize = 4;

/// Room in the stack of a walk that is enough for most functions.
const SHALLOW: usize = 128;

/// State of a depth-first walk over inputs.
struct Walk<'a> {
    storage: &'a Storage,
    order: Vec<NodeId>,
    seen: Vec<bool>,
    stack: Vec<Step>,
}

/// A node on the way, and which of its edges are still to be walked.
struct Step {
    node: NodeId,
    next: u32,
    end: u32,
    /// The edge that comes around a loop, if there is one.
    back: u32,
}

impl Walk<'_> {
    #[inline(always)]
    fn visit(&mut self, node: NodeId) {
        if std::mem::replace(&mut self.seen[node.index()], true) {
            return;
        }
        let &Record { op, inputs, len, .. } = self.storage.record(node);
        let back = self.storage.back_edge(op, inputs).unwrap_or(NIL);
        self.stack.push(Step { node, next: inputs, end: inputs + len, back });
    }
}

impl Storage {
    /// The edge that comes around a loop, of a node of this op with its edges from `inputs` on.
    fn back_edge(&self, op: u16, inputs: u32) -> Option<u32> {
        if op == Op::Loop as u16 {
            return Some(inputs + 1);
        }
        let is_phi_of_loop = || self.record(self.edges[inputs as usize].def).op == Op::Loop as u16;
        (op == Op::Phi as u16 && is_phi_of_loop()).then_some(inputs + 2)
    }
}
