//! Slots whose addresses stand for objects in states: uses of an address that tell it to nobody but states.

use rustc_hash::FxHashSet;
use son_ir::analysis::{Address, AddressUse, AddressUses};
use son_ir::{Graph, NodeId, Op};

/// Most uses that are looked at for one.
const MAX_USES: usize = 256;
/// Bytes of an address.
const WORD: i64 = 8;

/// A user, and which of its inputs it uses.
type Use = (NodeId, usize);

/// Does some state say what is in the object that the slot stands for?
pub(super) fn stands_for_object(graph: &Graph, addresses: &[NodeId]) -> bool {
    let describes = |(user, index): Use| graph.is(user, Op::VirtualObj) && index == 0;
    addresses.iter().any(|&address| graph.uses(address).any(describes))
}

/// Does the use of an object's address only name the object in states: there, in a choice that ends there, or in memory
/// that only states read?
pub(super) fn is_for_states(graph: &Graph, slots: &[Vec<NodeId>], used: Use) -> bool {
    let mut seen = FxHashSet::default();
    let mut pending = vec![used];
    while let Some((user, index)) = pending.pop() {
        match (graph.op(user), index) {
            (Op::FrameState | Op::VirtualObj, _) => {}
            _ if seen.len() == MAX_USES => return false,
            (Op::Phi, 1..) | (Op::Select, 1 | 2) => {
                if seen.insert(user) {
                    pending.extend(graph.uses(user));
                }
            }
            (Op::Store, 3) => {
                if seen.insert(user) {
                    let Some(uses) = uses_of_stored(graph, slots, user) else { return false };
                    pending.extend(uses);
                }
            }
            _ => return false,
        }
    }
    true
}

/// What is done with what a store of an address put into a slot; with other addresses of that slot than to access it,
/// too. `None` if that cannot be told.
fn uses_of_stored(graph: &Graph, slots: &[Vec<NodeId>], store: NodeId) -> Option<Vec<Use>> {
    let to = Address::of(graph, graph.input(store, 2));
    if to.index.is_some() || !graph.is(to.base, Op::SlotAddr) {
        return None;
    }
    let own = [to.base];
    let addresses = slots.get(graph.payload(to.base) as usize).map_or(&own[..], |addresses| addresses);
    let mut found = Vec::new();
    for AddressUse { user, index, offset } in AddressUses::of(graph, addresses.iter().copied()) {
        match (graph.op(user), index) {
            (Op::Load, 2) => {
                let (at, bytes) = (offset?, i64::from(graph.ty(user).bytes()));
                let disjoint = at + bytes <= to.offset || to.offset + WORD <= at;
                let whole = at == to.offset && graph.ty(user).is_pointer();
                match (disjoint, whole) {
                    (true, _) => {}
                    (false, true) => found.extend(graph.uses(user)),
                    (false, false) => return None,
                }
            }
            (Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove, 2) | (Op::Eq | Op::Ne, _) => {}
            _ => found.push((user, index)),
        }
    }
    Some(found)
}
