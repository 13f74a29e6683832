//! Neighbouring accesses become one: loads whose bytes are put together, and stores of bytes beside each other.
//!
//! **What:** `p[0] | p[1] << 8 | p[2] << 16 | p[3] << 24` is one load, and so is the sum in the other order of bytes, with
//! its bytes swapped. Stores of constants beside each other, or of the pieces of one value, are one store. **Why:** files
//! and messages are read and written like this, and fields are set to zero one by one.
//!
//! **Algorithm:** each `or`, `xor` or `add` is taken apart down to the loads it is made of, users before what they use; its
//! loads must read one state of memory, tile a word of it, and lie in the result in the order of their addresses or in
//! the opposite one. Then they cannot overlap in the result, and the three ops do the same. Stores are taken in runs of
//! one after the other in memory with nobody who sees what is between; a run is sorted by address and cut into words.
//! Each tree and each run is bounded, so the whole is linear.
//!
//! **Needs:** nothing. **Breaks:** the fixpoint of the rules.
//!
//! **Does not try:** a word of which some bytes may be poison: copies field by field stay; loads under different control.
//!
//! **Tests:** `tests/files/join_accesses`.

use crate::context::Context;
use smallvec::SmallVec;
use son_ir::analysis::Address;
use son_ir::{AccessFlags, Function, Graph, MemAccess, NodeFlags, NodeId, Op, Type};

/// Most pieces of a word: its bytes.
const MAX_PIECES: usize = 8;
/// Most nodes of a tree that are looked at.
const MAX_TREE: usize = 40;
/// Most stores of a run that are looked at together.
const MAX_RUN: usize = 32;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    let graph = &mut function.graph;
    graph.hold();
    let mut in_run = vec![false; graph.len()];
    for node in (0..graph.len()).rev().map(NodeId::new) {
        if !graph.is_live(node) || graph.is_unused(node) {
            continue;
        }
        match graph.op(node) {
            Op::Or | Op::Xor | Op::Add => join_loads(graph, node, context),
            Op::Store if !in_run[node.index()] => join_stores(graph, node, &mut in_run, context),
            _ => {}
        }
    }
    graph.release();
}

/// Some bytes in memory, and where they are in a word.
#[derive(Clone, Copy)]
struct Piece {
    access: NodeId,
    /// Offset of its address.
    offset: i64,
    bytes: u32,
    /// Number of its lowest bit in the word.
    shift: u32,
}

type Pieces = SmallVec<[Piece; MAX_PIECES]>;

/// How pieces in the order of their addresses lie in a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    LittleEndian,
    BigEndian,
}

/// The order of pieces sorted by address, if they tile a word of 2, 4 or 8 bytes.
fn order_of(pieces: &[Piece]) -> Option<Order> {
    let bytes = bytes_of(pieces);
    let tiles =
        pieces.windows(2).all(|pair| pair[0].offset.checked_add(i64::from(pair[0].bytes)) == Some(pair[1].offset));
    if pieces.len() < 2 || !tiles || !matches!(bytes, 2 | 4 | 8) {
        return None;
    }
    let lowest = pieces.iter().map(|piece| piece.shift).min()?;
    let place = |piece: &Piece| 8 * (piece.offset - pieces[0].offset) as u32;
    if pieces.iter().all(|piece| piece.shift - lowest == place(piece)) {
        Some(Order::LittleEndian)
    } else if pieces.iter().all(|piece| piece.bytes == 1 && piece.shift - lowest == 8 * (bytes - 1) - place(piece)) {
        Some(Order::BigEndian)
    } else {
        None
    }
}

fn bytes_of(pieces: &[Piece]) -> u32 {
    pieces.iter().map(|piece| piece.bytes).sum()
}

fn word_type(bytes: u32) -> Type {
    match bytes {
        2 => Type::I16,
        4 => Type::I32,
        _ => Type::I64,
    }
}

/// Is it an access that may be made together with others?
fn is_plain(graph: &Graph, access: NodeId) -> bool {
    let MemAccess { flags, .. } = graph.access(access);
    !flags.has(AccessFlags::VOLATILE) && !flags.has(AccessFlags::ATOMIC)
}

/// The access to all bytes that begin with those of `first`: its flags must hold for all.
fn joint_access(graph: &Graph, first: NodeId, pieces: &[Piece]) -> MemAccess {
    let flags = pieces.iter().fold(graph.access(first).flags, |flags, piece| {
        let other = graph.access(piece.access).flags;
        AccessFlags::from_bits(flags.bits() & other.bits())
    });
    MemAccess { flags, ..graph.access(first) }
}

// ---- Loads ----

fn join_loads(graph: &mut Graph, root: NodeId, context: &mut Context) {
    let ty = graph.ty(root);
    if !ty.is_int() || !matches!(ty.bits(), 16 | 32 | 64) {
        return;
    }
    context.visit();
    let Some(mut pieces) = loads_of(graph, root) else { return };
    pieces.sort_by_key(|piece| piece.offset);
    let (Some(order), Some(control)) = (order_of(&pieces), common_control(graph, &pieces)) else { return };
    if !context.spend() {
        return;
    }
    let first = pieces[0].access;
    let (memory, pointer) = (graph.input(first, 1), graph.input(first, 2));
    let payload = joint_access(graph, first, &pieces).payload();
    let narrow = word_type(bytes_of(&pieces));
    let saved = graph.current_origin();
    graph.set_origin(graph.origin(root));
    let mut value = graph.node(Op::Load, narrow, NodeFlags::NONE, payload, &[control, memory, pointer]);
    if order == Order::BigEndian {
        value = graph.pure(Op::Bswap, narrow, &[value]);
    }
    if narrow != ty {
        value = graph.pure(Op::ZExt, ty, &[value]);
    }
    let shift = pieces.iter().map(|piece| piece.shift).min().unwrap_or(0);
    if shift > 0 {
        let amount = graph.iconst(ty, u64::from(shift));
        value = graph.pure(Op::Shl, ty, &[value, amount]);
    }
    graph.set_origin(saved);
    graph.replace(root, value);
}

/// The loads that the value is put together from: each bit of it is one of a load or zero.
fn loads_of(graph: &Graph, root: NodeId) -> Option<Pieces> {
    let mut pieces = Pieces::new();
    let mut place: Option<(Address, NodeId, MemAccess)> = None;
    // Parts of the tree, where their lowest bit is, and where their highest must end.
    let mut parts: SmallVec<[(NodeId, u32, u32); MAX_PIECES]> = SmallVec::new();
    parts.push((root, 0, graph.ty(root).bits()));
    for _ in 0..MAX_TREE {
        let Some((node, shift, end)) = parts.pop() else { return Some(pieces) };
        if node != root && !graph.is(node, Op::Load) && !graph.has_one_use(node) {
            return None;
        }
        match graph.op(node) {
            Op::Or | Op::Xor | Op::Add => parts.extend(graph.inputs(node).map(|input| (input, shift, end))),
            Op::Shl => {
                let amount = graph.constant(graph.input(node, 1)).filter(|&amount| amount < 64)?;
                parts.push((graph.input(node, 0), shift + amount as u32, end));
            }
            Op::ZExt => {
                let narrow = graph.input(node, 0);
                parts.push((narrow, shift, end.min(shift + graph.ty(narrow).bits())));
            }
            Op::Load if is_plain(graph, node) && pieces.len() < MAX_PIECES => {
                let ty = graph.ty(node);
                if !ty.is_int() || !ty.bits().is_multiple_of(8) || shift + ty.bits() > end {
                    return None;
                }
                let address = Address::of(graph, graph.input(node, 2));
                let (first, memory, access) = *place.get_or_insert((address, graph.input(node, 1), graph.access(node)));
                let beside = (first.base, first.index) == (address.base, address.index);
                if !beside || memory != graph.input(node, 1) || access.class != graph.access(node).class {
                    return None;
                }
                pieces.push(Piece { access: node, offset: address.offset, bytes: ty.bytes(), shift });
            }
            _ => return None,
        }
    }
    None
}

/// Control that all loads may be executed under: what may be executed anywhere may be so here too.
fn common_control(graph: &mut Graph, loads: &[Piece]) -> Option<NodeId> {
    let entry = graph.entry_control();
    loads.iter().map(|load| graph.input(load.access, 0)).try_fold(entry, |common, control| {
        let one_is_free = common == control || common == entry || control == entry;
        one_is_free.then_some(if common == entry { control } else { common })
    })
}

// ---- Stores ----

/// What a word in memory becomes.
#[derive(Clone, Copy)]
enum Word {
    Constant(u64),
    /// Bits of a value from this one on, in this order of bytes.
    Bits(NodeId, u32, Order),
}

/// Joins the stores of a run that ends with `last`.
fn join_stores(graph: &mut Graph, last: NodeId, in_run: &mut [bool], context: &mut Context) {
    context.visit();
    let run = run_before(graph, last, in_run);
    let mut pieces = run.clone();
    pieces.sort_by_key(|piece| piece.offset);
    if pieces.windows(2).any(|pair| pair[0].offset.saturating_add(i64::from(pair[0].bytes)) > pair[1].offset) {
        return;
    }
    let mut rest = &mut pieces[..];
    while rest.len() > 1 {
        let joined = [8, 4, 2].into_iter().find_map(|bytes| word_at(graph, rest, bytes));
        let count = match joined.filter(|_| context.spend()) {
            Some((count, word)) => {
                store_word(graph, &rest[..count], word, &run);
                count
            }
            None => 1,
        };
        rest = &mut rest[count..];
    }
}

/// Stores beside `last` under the same control, from it upwards, each of which only the next one sees.
fn run_before(graph: &Graph, last: NodeId, in_run: &mut [bool]) -> SmallVec<[Piece; MAX_RUN]> {
    let mut run: SmallVec<[Piece; MAX_RUN]> = SmallVec::new();
    let address = Address::of(graph, graph.input(last, 2));
    let mut store = last;
    while run.len() < MAX_RUN
        && (store == last || graph.has_one_use(store))
        && let Some(piece) = piece_of(graph, store, last, &address)
    {
        in_run[store.index()] = true;
        run.push(piece);
        store = graph.input(store, 1);
    }
    run
}

/// The store as a piece, if it may be made together with the last one.
fn piece_of(graph: &Graph, store: NodeId, last: NodeId, address: &Address) -> Option<Piece> {
    if !graph.is(store, Op::Store) || !is_plain(graph, store) || graph.input(store, 0) != graph.input(last, 0) {
        return None;
    }
    let there = Address::of(graph, graph.input(store, 2));
    let ty = graph.ty(graph.input(store, 3));
    let beside = (there.base, there.index) == (address.base, address.index);
    let alike = graph.access(store).class == graph.access(last).class && !ty.is_vector() && ty.bits() == 8 * ty.bytes();
    (beside && alike).then_some(Piece { access: store, offset: there.offset, bytes: ty.bytes(), shift: 0 })
}

/// The word of so many bytes that the first pieces are, and how many they are.
fn word_at(graph: &Graph, pieces: &mut [Piece], bytes: u32) -> Option<(usize, Word)> {
    let ends = pieces.iter().scan(0, |sum, piece| {
        *sum += piece.bytes;
        Some(*sum)
    });
    let count = 1 + ends.take_while(|&end| end <= bytes).position(|end| end == bytes)?;
    let pieces = &mut pieces[..count];
    let word = match graph.constant(graph.input(pieces[0].access, 3)) {
        Some(_) => constant_word(graph, pieces),
        None => word_of_value(graph, pieces),
    };
    word.map(|word| (count, word))
}

fn constant_word(graph: &Graph, pieces: &mut [Piece]) -> Option<Word> {
    let start = pieces[0].offset;
    let mut bits = 0;
    for piece in pieces.iter_mut() {
        piece.shift = 8 * piece.offset.checked_sub(start).filter(|&distance| distance < 8)? as u32;
        bits |= graph.constant(graph.input(piece.access, 3))? << piece.shift;
    }
    (order_of(pieces) == Some(Order::LittleEndian)).then_some(Word::Constant(bits))
}

fn word_of_value(graph: &Graph, pieces: &mut [Piece]) -> Option<Word> {
    let (value, _) = bits_of(graph, pieces[0].access);
    for piece in pieces.iter_mut() {
        let (of, shift) = bits_of(graph, piece.access);
        if of != value {
            return None;
        }
        piece.shift = shift;
    }
    let order = order_of(pieces)?;
    let lowest = pieces.iter().map(|piece| piece.shift).min()?;
    let inside = graph.ty(value).is_int() && lowest + 8 * bytes_of(pieces) <= graph.ty(value).bits();
    inside.then_some(Word::Bits(value, lowest, order))
}

/// The value of which bits are stored, and the first of them.
fn bits_of(graph: &Graph, store: NodeId) -> (NodeId, u32) {
    let stored = graph.input(store, 3);
    let value = if graph.is(stored, Op::Trunc) { graph.input(stored, 0) } else { stored };
    if !matches!(graph.op(value), Op::LShr | Op::AShr) {
        return (value, 0);
    }
    match graph.constant(graph.input(value, 1)) {
        Some(amount) if amount < u64::from(graph.ty(value).bits()) => (graph.input(value, 0), amount as u32),
        _ => (value, 0),
    }
}

/// The last of the stores in memory writes all pieces, the others go.
fn store_word(graph: &mut Graph, pieces: &[Piece], word: Word, run: &[Piece]) {
    let is_piece = |store: NodeId| pieces.iter().any(|piece| piece.access == store);
    let Some(last) = run.iter().map(|piece| piece.access).find(|&store| is_piece(store)) else { return };
    let saved = graph.current_origin();
    graph.set_origin(graph.origin(last));
    let ty = word_type(bytes_of(pieces));
    let value = match word {
        Word::Constant(bits) => graph.iconst(ty, bits),
        Word::Bits(value, shift, order) => {
            let bits = bits_from(graph, value, shift, ty);
            if order == Order::BigEndian { graph.pure(Op::Bswap, ty, &[bits]) } else { bits }
        }
    };
    graph.set_origin(saved);
    let first = pieces[0].access;
    let payload = joint_access(graph, first, pieces).payload();
    graph.set_input(last, 2, graph.input(first, 2));
    graph.set_input(last, 3, value);
    graph.set_payload(last, payload);
    for piece in pieces.iter().filter(|piece| piece.access != last) {
        let before = graph.input(piece.access, 1);
        graph.replace(piece.access, before);
    }
}

/// So many bits of a value from the given one on.
fn bits_from(graph: &mut Graph, value: NodeId, shift: u32, ty: Type) -> NodeId {
    let wide = graph.ty(value);
    let amount = graph.iconst(wide, u64::from(shift));
    let shifted = if shift > 0 { graph.pure(Op::LShr, wide, &[value, amount]) } else { value };
    if wide == ty { shifted } else { graph.pure(Op::Trunc, ty, &[shifted]) }
}
