//! Slots that are written but never read. Their addresses may be stored, in slots that are never read either.
//!
//! In a slice of memory of their own, writes that nobody reads die by themselves; but there are only so many slices. A
//! text that points to its own bytes is such a slot too, once its bytes are in registers. All slots are assumed to be
//! unread as long as nothing speaks against it: a use that may read, or that gives the address to somebody who may; an
//! address in another slot is known to nobody if that slot is unread.

use crate::context::Context;
use son_ir::analysis::{Address, AddressUse, AddressUses};
use son_ir::{Graph, NodeId, Op};

/// What is known of one slot.
#[derive(Clone, Default)]
struct Slot {
    read: bool,
    /// Slots that are read if this one is.
    holds: Vec<usize>,
    writes: Vec<NodeId>,
}

/// Removes writes to slots that are never read.
pub(super) fn remove_writes(graph: &mut Graph, count: usize, context: &mut Context) {
    let mut slots = vec![Slot::default(); count];
    for address in graph.nodes().filter(|&node| graph.is(node, Op::SlotAddr)) {
        look_at(graph, address, &mut slots);
    }
    let mut pending: Vec<usize> = (0..count).filter(|&row| slots[row].read).collect();
    while let Some(row) = pending.pop() {
        for held in std::mem::take(&mut slots[row].holds) {
            if !std::mem::replace(&mut slots[held].read, true) {
                pending.push(held);
            }
        }
    }
    let unread = slots.into_iter().filter(|slot| !slot.read);
    let writes: Vec<NodeId> = unread.flat_map(|slot| slot.writes).collect();
    graph.hold();
    for write in writes {
        if graph.is_live(write) && context.spend() {
            let before = graph.input(write, 1);
            graph.replace(write, before);
        }
    }
    graph.release();
}

/// Notes what is done with the address of a slot.
fn look_at(graph: &Graph, address: NodeId, slots: &mut [Slot]) {
    let row = graph.payload(address) as usize;
    let slot_of = |pointer: NodeId| {
        let base = Address::of(graph, pointer).base;
        graph.is(base, Op::SlotAddr).then(|| graph.payload(base) as usize)
    };
    let mut walk = AddressUses::of(graph, [address]);
    while let Some(AddressUse { user, index, .. }) = walk.next() {
        match (graph.op(user), index) {
            (Op::Pi, 1) => walk.follow(user, None),
            (Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove, 2) => slots[row].writes.push(user),
            // What holds the address, or a copy of what is in the slot, must not be read.
            (Op::Store | Op::MemCopy | Op::MemMove, 3) => match slot_of(graph.input(user, 2)) {
                Some(into) => slots[into].holds.push(row),
                None => slots[row].read = true,
            },
            (op, _) if op.is_int_compare() => {}
            _ => slots[row].read = true,
        }
    }
}
