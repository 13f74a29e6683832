//! The table of value numbering: shared nodes by what they compute.
//!
//! An entry keeps its hash beside the node, so that neither growing the table nor passing over other entries touches
//! nodes: in a graph of a million those are rarely in a cache.

use super::NodeId;
use hashbrown::HashTable;

#[derive(Clone, Copy)]
struct Entry {
    node: NodeId,
    hash: u32,
}

/// Shared nodes by hash.
#[derive(Clone, Default)]
pub(super) struct Numbering {
    entries: HashTable<Entry>,
}

/// Tables look at the lowest and the highest bits, of which an entry keeps half.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn cut(hash: u64) -> u32 {
    (hash ^ hash >> 32) as u32
}

impl Numbering {
    /// The node with this hash that is equal.
    pub(super) fn find(&self, hash: u64, equal: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        let hash = cut(hash);
        let found = self.entries.find(spread(hash), |entry| entry.hash == hash && equal(entry.node));
        found.map(|entry| entry.node)
    }

    /// Adds a node to which no other is equal.
    pub(super) fn insert(&mut self, hash: u64, node: NodeId) {
        let hash = cut(hash);
        self.entries.insert_unique(spread(hash), Entry { node, hash }, |entry| spread(entry.hash));
    }

    /// Takes a node out, if it is there.
    pub(super) fn remove(&mut self, hash: u64, node: NodeId) {
        if let Ok(entry) = self.entries.find_entry(spread(cut(hash)), |entry| entry.node == node) {
            entry.remove();
        }
    }

    /// Takes all nodes out.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}
