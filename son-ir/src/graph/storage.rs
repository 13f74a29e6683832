//! Node records and the edge pool: where a graph's bytes lie.
//!
//! A node is a fixed record of 36 bytes. Its inputs are a run of 16-byte edges in one pool; each edge is
//! also a link of the doubly linked list of uses of the node it points to, so that adding, replacing and
//! removing an edge take constant time. A run's capacity is its length rounded up to a power of two, and
//! freed runs are kept by capacity. With two inputs, a node takes 68 bytes at most, 52 with one.

use crate::ops::NodeFlags;
use crate::types::Type;
use std::fmt;

/// A node of a graph: an index, meaningful only together with its graph.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// The function's `start`.
    pub const START: NodeId = NodeId(0);
    /// The function's `stop`.
    pub const STOP: NodeId = NodeId(1);
    /// No node: a placeholder in tables, never an input.
    pub const NONE: NodeId = NodeId(u32::MAX);

    /// The node with this index.
    pub const fn new(index: usize) -> NodeId {
        NodeId(index as u32)
    }

    /// The index, for side tables.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Is it a node, not the placeholder?
    pub const fn is_some(self) -> bool {
        self.0 != u32::MAX
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// End of a list of uses.
pub(super) const NIL: u32 = u32::MAX;

/// State of a record.
pub(super) mod state {
    /// The node is in the value-numbering table.
    pub(in crate::graph) const HASHED: u8 = 1;
    /// The node was removed; its record waits for compaction.
    pub(in crate::graph) const DEAD: u8 = 2;
    /// The node is in the list of changed nodes.
    pub(in crate::graph) const QUEUED: u8 = 4;
}

/// One node.
#[derive(Clone, Copy)]
pub(super) struct Record {
    pub op: u16,
    pub ty: Type,
    pub flags: NodeFlags,
    pub state: u8,
    pub inputs: u32,
    pub len: u32,
    pub first_use: u32,
    pub fact: u32,
    pub origin: u32,
    payload: [u32; 2],
}

const _: () = assert!(size_of::<Record>() <= 36);
const _: () = assert!(size_of::<Edge>() == 16);

impl Record {
    pub(super) fn new(op: u16, ty: Type, flags: NodeFlags, payload: u64, origin: u32) -> Record {
        Record {
            op,
            ty,
            flags,
            state: 0,
            inputs: 0,
            len: 0,
            first_use: NIL,
            fact: 0,
            origin,
            payload: [payload as u32, (payload >> 32) as u32],
        }
    }

    pub(super) fn payload(&self) -> u64 {
        u64::from(self.payload[0]) | u64::from(self.payload[1]) << 32
    }

    pub(super) fn set_payload(&mut self, payload: u64) {
        self.payload = [payload as u32, (payload >> 32) as u32];
    }
}

/// One input of a node, and a link in the list of uses of `def`.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub def: NodeId,
    pub user: NodeId,
    pub next: u32,
    pub prev: u32,
}

/// The records and edges of a graph.
#[derive(Clone, Default)]
pub(super) struct Storage {
    pub nodes: Vec<Record>,
    pub edges: Vec<Edge>,
    free_runs: Vec<Vec<u32>>,
}

fn capacity(len: u32) -> u32 {
    len.next_power_of_two()
}

impl Storage {
    pub(super) fn record(&self, node: NodeId) -> &Record {
        &self.nodes[node.index()]
    }

    pub(super) fn record_mut(&mut self, node: NodeId) -> &mut Record {
        &mut self.nodes[node.index()]
    }

    pub(super) fn inputs(&self, node: NodeId) -> &[Edge] {
        let record = self.record(node);
        &self.edges[record.inputs as usize..(record.inputs + record.len) as usize]
    }

    fn allocate_run(&mut self, capacity: u32) -> u32 {
        let class = capacity.trailing_zeros() as usize;
        if let Some(start) = self.free_runs.get_mut(class).and_then(Vec::pop) {
            return start;
        }
        let start = self.edges.len() as u32;
        let unused = Edge { def: NodeId::NONE, user: NodeId::NONE, next: NIL, prev: NIL };
        self.edges.resize(self.edges.len() + capacity as usize, unused);
        start
    }

    fn free_run(&mut self, start: u32, capacity: u32) {
        let class = capacity.trailing_zeros() as usize;
        if self.free_runs.len() <= class {
            self.free_runs.resize(class + 1, Vec::new());
        }
        self.free_runs[class].push(start);
    }

    pub(super) fn push_node(&mut self, mut record: Record, inputs: &[NodeId]) -> NodeId {
        let node = NodeId::new(self.nodes.len());
        record.len = 0;
        self.nodes.push(record);
        self.attach_inputs(node, inputs.iter().copied());
        node
    }

    /// Gives its inputs to a node that has none.
    pub(super) fn attach_inputs(&mut self, node: NodeId, inputs: impl ExactSizeIterator<Item = NodeId>) {
        let len = inputs.len() as u32;
        if len == 0 {
            return;
        }
        let start = self.allocate_run(capacity(len));
        let record = self.record_mut(node);
        record.inputs = start;
        record.len = len;
        for (i, def) in inputs.enumerate() {
            self.link(start + i as u32, def, node);
        }
    }

    /// Makes edge `at` an input of `user` that points to `def`.
    fn link(&mut self, at: u32, def: NodeId, user: NodeId) {
        let next = self.nodes[def.index()].first_use;
        self.edges[at as usize] = Edge { def, user, next, prev: NIL };
        if next != NIL {
            self.edges[next as usize].prev = at;
        }
        self.nodes[def.index()].first_use = at;
    }

    /// Takes edge `at` out of the list of uses of its definition.
    fn unlink(&mut self, at: u32) {
        let Edge { def, next, prev, .. } = self.edges[at as usize];
        if prev == NIL {
            self.nodes[def.index()].first_use = next;
        } else {
            self.edges[prev as usize].next = next;
        }
        if next != NIL {
            self.edges[next as usize].prev = prev;
        }
    }

    pub(super) fn set_input(&mut self, user: NodeId, index: usize, def: NodeId) {
        let record = self.record(user);
        assert!(index < record.len as usize, "input {index} of {user} does not exist");
        let at = record.inputs + index as u32;
        self.unlink(at);
        self.link(at, def, user);
    }

    pub(super) fn add_input(&mut self, user: NodeId, def: NodeId) {
        let Record { inputs, len, .. } = *self.record(user);
        let mut start = inputs;
        if len == 0 {
            start = self.allocate_run(1);
        } else if capacity(len) < len + 1 {
            start = self.allocate_run(capacity(len + 1));
            for i in 0..len {
                self.move_edge(inputs + i, start + i);
            }
            self.free_run(inputs, capacity(len));
        }
        let record = self.record_mut(user);
        record.inputs = start;
        record.len = len + 1;
        self.link(start + len, def, user);
    }

    /// Moves a linked edge to another place of the pool.
    fn move_edge(&mut self, from: u32, to: u32) {
        let edge = self.edges[from as usize];
        self.edges[to as usize] = edge;
        if edge.prev == NIL {
            self.nodes[edge.def.index()].first_use = to;
        } else {
            self.edges[edge.prev as usize].next = to;
        }
        if edge.next != NIL {
            self.edges[edge.next as usize].prev = to;
        }
    }

    /// Removes input `index`; the last input takes its place.
    pub(super) fn swap_remove_input(&mut self, user: NodeId, index: usize) {
        let Record { inputs, len, .. } = *self.record(user);
        assert!(index < len as usize, "input {index} of {user} does not exist");
        let at = inputs + index as u32;
        let last = inputs + len - 1;
        self.unlink(at);
        if at != last {
            self.move_edge(last, at);
        }
        self.shrink(user, inputs, len);
    }

    /// Removes input `index`, keeping the order of the others.
    pub(super) fn remove_input(&mut self, user: NodeId, index: usize) {
        let Record { inputs, len, .. } = *self.record(user);
        assert!(index < len as usize, "input {index} of {user} does not exist");
        self.unlink(inputs + index as u32);
        for i in index as u32..len - 1 {
            self.move_edge(inputs + i + 1, inputs + i);
        }
        self.shrink(user, inputs, len);
    }

    /// The run got one shorter: keeps its capacity what its length says.
    fn shrink(&mut self, user: NodeId, start: u32, old_len: u32) {
        let (old, len) = (capacity(old_len), old_len - 1);
        self.record_mut(user).len = len;
        if len == 0 {
            self.free_run(start, old);
        } else if capacity(len) < old {
            self.free_run(start + old / 2, old / 2);
        }
    }

    /// Unlinks all inputs, handing each definition to `freed`.
    pub(super) fn drop_inputs(&mut self, user: NodeId, mut freed: impl FnMut(&Storage, NodeId)) {
        let Record { inputs, len, .. } = *self.record(user);
        for i in 0..len {
            let at = inputs + i;
            self.unlink(at);
            freed(self, self.edges[at as usize].def);
        }
        if len > 0 {
            self.free_run(inputs, capacity(len));
        }
        self.record_mut(user).len = 0;
    }

    /// Makes the first use of `old` a use of `new`; the user, or `None` when there is no use left.
    pub(super) fn move_first_use(&mut self, old: NodeId, new: NodeId) -> Option<NodeId> {
        let at = self.record(old).first_use;
        if at == NIL {
            return None;
        }
        let user = self.edges[at as usize].user;
        self.unlink(at);
        self.link(at, new, user);
        Some(user)
    }
}
