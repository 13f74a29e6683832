//! Dead stores: writes that are overwritten before anybody reads them, or that write what is there already.
//!
//! **What:** A store, fill or copy whose bytes are all overwritten by the next writes of its slice goes, and so does a
//! store of the value that was loaded from the same place in the same state. **Why:** Forwarding leaves stores whose
//! loads are gone.
//!
//! **Algorithm:** From each write downwards along the only path of its slice, past reads and writes of other bytes, to
//! one that covers it; upwards from stores of loaded values as [`forward`](super::forward) does. Stores to private
//! slots that nobody reads need nothing of this: nothing uses them. For slots whose addresses are only known to such
//! slots, themselves among them, see [`unread`](super::unread).
//!
//! **Needs:** nothing. **Breaks:** the fixpoint of the rules.
//!
//! **Does not try:** stores that are dead on one path only, or by the end of an allocation.
//!
//! **Tests:** `tests/files/dead_stores`.

use super::places::Places;
use super::unread;
use super::walk::{Access, Walk, written_bytes};
use crate::context::Context;
use son_ir::analysis::effects::ideal_effects;
use son_ir::analysis::{Address, Aliases, Overlap};
use son_ir::{Function, Graph, NodeId, Op, Type};

/// Most writes that one store is followed through.
const MAX_STEPS: usize = 16;
/// Most users of one state that are looked at.
const MAX_USERS: usize = 16;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    let aliases = Aliases::new(context.module, function);
    let graph = &mut function.graph;
    unread::remove_writes(graph, function.slots.len(), context);
    let stores: Vec<NodeId> = graph.nodes().filter(|&node| is_plain_write(graph, node)).collect();
    if stores.is_empty() {
        return;
    }
    let places = Places::new(graph);
    let walk = Walk { aliases: &aliases, cfg: &places.cfg, dominators: &places.dominators, loops: &places.loops };
    graph.hold();
    for store in stores {
        context.visit();
        if !graph.is_live(store) || graph.is_unused(store) {
            continue;
        }
        let dead = is_overwritten(graph, &aliases, store) || is_there_already(graph, &walk, &places, store);
        if dead && context.spend() {
            let before = graph.input(store, 1);
            graph.replace(store, before);
        }
    }
    graph.release();
}

fn is_plain_write(graph: &Graph, node: NodeId) -> bool {
    matches!(graph.op(node), Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove)
}

/// Does a later write cover the bytes of this one before anybody can read them?
fn is_overwritten(graph: &Graph, aliases: &Aliases, store: NodeId) -> bool {
    let written = (Address::of(graph, graph.input(store, 2)), written_bytes(graph, store));
    let mut state = store;
    for _ in 0..MAX_STEPS {
        match next_write(graph, aliases, state, &written) {
            Some((_, true)) => return true,
            Some((next, false)) => state = next,
            None => return false,
        }
    }
    false
}

/// The only user of the state that matters to the bytes, if that is a write: does it cover them, or is it one of
/// other bytes?
fn next_write(graph: &Graph, aliases: &Aliases, state: NodeId, written: &(Address, u64)) -> Option<(NodeId, bool)> {
    let mut next = None;
    for (count, (user, index)) in graph.uses(state).enumerate() {
        if count >= MAX_USERS || index != 1 {
            return None;
        }
        let op = graph.op(user);
        let bytes = match op {
            Op::Load => u64::from(graph.ty(user).bytes()),
            _ if is_plain_write(graph, user) => written_bytes(graph, user),
            _ => return None,
        };
        let there = Address::of(graph, graph.input(user, 2));
        let overlap = aliases.overlap(graph, (&written.0, written.1), (&there, bytes));
        if op == Op::Load {
            if overlap != Overlap::Disjoint {
                return None;
            }
            continue;
        }
        if next.is_some() || reads(graph, aliases, user, written) {
            return None;
        }
        let covers = matches!(overlap, Overlap::At(distance) if distance <= 0
            && i128::from(distance) + i128::from(known_bytes(graph, user)) >= i128::from(written.1));
        next = Some((user, covers));
    }
    next
}

/// Bytes that a write surely touches.
fn known_bytes(graph: &Graph, write: NodeId) -> u64 {
    if graph.is(write, Op::Store) || graph.constant(graph.input(write, 4)).is_some() {
        written_bytes(graph, write)
    } else {
        0
    }
}

/// May a block copy read the bytes?
fn reads(graph: &Graph, aliases: &Aliases, write: NodeId, written: &(Address, u64)) -> bool {
    if !ideal_effects(graph, write, graph.op(write)).reads {
        return false;
    }
    let from = Address::of(graph, graph.input(write, 3));
    aliases.overlap(graph, (&written.0, written.1), (&from, written_bytes(graph, write))) != Overlap::Disjoint
}

/// Was the stored value loaded from the same place, with no write between?
fn is_there_already(graph: &Graph, walk: &Walk, places: &Places, store: NodeId) -> bool {
    if !graph.is(store, Op::Store) {
        return false;
    }
    let value = graph.input(store, 3);
    let home = places.early(graph.input(store, 2));
    let address = Address::of(graph, graph.input(store, 2));
    let access = Access { address, ty: graph.ty(value), class: graph.access(store).class, home };
    let before = walk.resolve(graph, graph.input(store, 1), &access);
    if graph.is(before, Op::Store) && graph.input(before, 3) == value {
        return walk.overlap(graph, before, &access) == Overlap::At(0) && graph.ty(graph.input(before, 3)) == access.ty;
    }
    graph.is(value, Op::Load)
        && Address::of(graph, graph.input(value, 2)) == address
        && graph.ty(value) != Type::MEM
        && walk.resolve(graph, graph.input(value, 1), &access) == before
}
