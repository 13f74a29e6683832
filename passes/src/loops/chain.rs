//! Lists of memory that the function made itself: how many elements a loop that walks one will meet.
//!
//! The loop begins at fresh memory, and goes from each element to what is loaded from a place in it, or to a place there:
//! loops walk pointers to elements, or pointers to links. If one store writes to that place of each element, the chain can
//! be followed. It is a guess: another store may reach the place, and the loop may end
//! before the chain does. So the loop is peeled, which is right whatever it does; loads that find what was stored
//! decide the tests of the copies.

use son_ir::analysis::{Address, AddressUse, AddressUses};
use son_ir::{CallFlags, Graph, NodeId, Op, Type};

/// Most elements.
const MAX_ELEMENTS: usize = 16;
/// Most uses of an address that are looked at.
const MAX_USES: usize = 64;

/// The number of elements of the list that the loop walks, if it seems to walk one.
pub(super) fn elements(graph: &Graph, head: NodeId) -> Option<usize> {
    let walked = graph.phis(head).filter(|&phi| graph.ty(phi) == Type::PTR);
    walked.filter_map(|phi| length(graph, phi)).min()
}

fn length(graph: &Graph, phi: NodeId) -> Option<usize> {
    let next = Address::of(graph, graph.input(phi, 2));
    let link = graph.is(next.base, Op::Load).then(|| Address::of(graph, graph.input(next.base, 2)))?;
    if link.base != phi || link.index.is_some() || next.index.is_some() {
        return None;
    }
    let mut at = Address::of(graph, graph.input(phi, 1));
    for count in 1..=MAX_ELEMENTS {
        let element = fresh(graph, at.base).filter(|_| at.index.is_none())?;
        at = Address::of(graph, linked(graph, element, at.offset.wrapping_add(link.offset))?);
        if graph.constant(at.base) == Some(0) {
            return Some(count);
        }
        at.offset = at.offset.wrapping_add(next.offset);
    }
    None
}

/// The address, if it is one of memory that the function got, or of a slot.
fn fresh(graph: &Graph, address: NodeId) -> Option<NodeId> {
    if graph.is(address, Op::SlotAddr) {
        return Some(address);
    }
    let maker = graph.is(address, Op::Proj).then(|| graph.input(address, 0))?;
    let fresh = match graph.op(maker) {
        Op::Alloc => true,
        Op::Call => graph.call_site(maker).flags.has(CallFlags::NO_ALIAS_RESULT),
        _ => false,
    };
    fresh.then_some(address)
}

/// What the only store writes to this place of the element.
fn linked(graph: &Graph, element: NodeId, offset: i64) -> Option<NodeId> {
    let mut found = None;
    let mut walk = AddressUses::of(graph, [element]);
    for _ in 0..MAX_USES {
        let Some(AddressUse { user, index, offset: at }) = walk.next() else { return found };
        match (graph.op(user), index) {
            (Op::Pi, 1) => walk.follow(user, at),
            (Op::Store, 2) if at == Some(offset) => {
                let value = graph.input(user, 3);
                if found.is_some_and(|other| other != value) {
                    return None;
                }
                found = Some(value);
            }
            _ => {}
        }
    }
    None
}
