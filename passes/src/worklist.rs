//! A queue of nodes without duplicates.

use son_ir::{Graph, NodeId};
use std::collections::VecDeque;

/// First in, first out; a node that waits already is not added again.
pub(crate) struct Worklist {
    queue: VecDeque<NodeId>,
    waiting: Vec<bool>,
}

impl Worklist {
    /// An empty queue for the nodes of the graph, and those that it gets later.
    pub(crate) fn new(graph: &Graph) -> Worklist {
        Worklist { queue: VecDeque::new(), waiting: vec![false; graph.len()] }
    }

    /// All nodes in the order given; in another one if `seed` is not 0.
    pub(crate) fn seeded(graph: &Graph, mut order: Vec<NodeId>, seed: u64) -> Worklist {
        shuffle(&mut order, seed);
        let mut worklist = Worklist::new(graph);
        order.iter().for_each(|node| worklist.waiting[node.index()] = true);
        worklist.queue = order.into();
        worklist
    }

    pub(crate) fn push(&mut self, node: NodeId) {
        let index = node.index();
        if index >= self.waiting.len() {
            self.waiting.resize(index + 1 + index / 4, false);
        }
        if !std::mem::replace(&mut self.waiting[index], true) {
            self.queue.push_back(node);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<NodeId> {
        let node = self.queue.pop_front()?;
        self.waiting[node.index()] = false;
        Some(node)
    }
}

/// Fisher and Yates, by a xorshift generator; nothing for seed 0.
fn shuffle(order: &mut [NodeId], seed: u64) {
    if seed == 0 {
        return;
    }
    let mut state = seed;
    for last in (1..order.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(last, (state % (last as u64 + 1)) as usize);
    }
}
