//! Splitting of stack slots: a struct that is only accessed field by field becomes a slot a field.
//!
//! **What:** a slot whose address goes nowhere but into loads, stores, block copies and fills at constant offsets is
//! cut where no access straddles; copies and fills are cut along. Accesses of every slot whose address does not
//! escape get the slot's own alias class. **Why:** memory slices then turn the fields into values, as if the source had
//! used scalar variables.
//!
//! **Algorithm:** scalar replacement of aggregates as in LLVM's SROA: collect accesses, sort by offset, unite those
//! that overlap; a block copy does not hold pieces together unless it is too long to be cut.
//!
//! **Needs:** nothing. **Breaks:** the fixpoint of the peephole rules, memory slices.
//!
//! **Does not try:** accesses at variable offsets (their slot only gets its class), addresses that meet in phis.
//!
//! **Tests:** `tests/files/scalar`, `passes/tests/scalar.rs`.

mod accesses;
mod names;
mod pieces;

use accesses::{Access, Accesses, Kind};
use pieces::{Piece, Pieces};
use son_ir::{AliasClass, Function, Graph, Inputs, MemAccess, NodeFlags, NodeId, Op, Origin, StackSlot, Type};

/// Longest block copy or fill that is cut into moves.
const MAX_BLOCK: u64 = 128;

/// A slot that is only loaded and stored, each time all of it as one type.
pub(crate) struct Whole {
    pub(crate) ty: Type,
    pub(crate) loads: Vec<NodeId>,
}

/// The slots of the function that are [`Whole`], with their rows.
pub(crate) fn whole_slots(function: &Function) -> Vec<(u32, Whole)> {
    let slots = slot_addresses(function);
    let whole = |row: usize| {
        let accesses = Accesses::of_slot(&function.graph, &slots, row)?;
        Some((row as u32, accesses.whole(&function.graph, AliasClass::slot(row as u32))?))
    };
    (0..slots.len()).filter(|&row| !slots[row].is_empty()).filter_map(whole).collect()
}

/// The nodes that are the address of each slot.
fn slot_addresses(function: &Function) -> Vec<Vec<NodeId>> {
    let mut addresses: Vec<Vec<NodeId>> = vec![Vec::new(); function.slots.len()];
    for node in function.graph.nodes() {
        if function.graph.is(node, Op::SlotAddr) {
            addresses[function.graph.payload(node) as usize].push(node);
        }
    }
    addresses
}

/// Splits slots and gives classes. Returns the number of slots that were split or got their class.
pub fn split_slots(function: &mut Function) -> usize {
    let addresses = slot_addresses(function);
    function.graph.hold();
    let mut changed = 0;
    for row in 0..addresses.len() {
        let Some(accesses) = Accesses::of_slot(&function.graph, &addresses, row) else { continue };
        if accesses.list.is_empty() {
            continue;
        }
        let class = AliasClass::slot(row as u32);
        let pieces = Pieces::of_slot(&function.graph, &accesses, function.slots[row].size);
        changed += match pieces {
            Some(pieces) => {
                let origin = addresses[row].first().map(|&address| function.graph.origin(address));
                usize::from(split(function, (row, origin.unwrap_or_default()), &accesses, &pieces))
            }
            None => usize::from(set_classes(&mut function.graph, &accesses, class)),
        };
    }
    function.graph.release();
    changed
}

/// Do all uses of each slot's address access it, so that nobody else learns an address?
pub(crate) fn are_private(function: &Function) -> bool {
    let slots = slot_addresses(function);
    (0..slots.len()).all(|row| Accesses::of_slot(&function.graph, &slots, row).is_some())
}

/// Gives the slot's accesses its own class. Was any other before?
fn set_classes(graph: &mut Graph, accesses: &Accesses, class: AliasClass) -> bool {
    let mut changed = false;
    for access in &accesses.list {
        if matches!(access.kind, Kind::Load | Kind::Store | Kind::Fill) && graph.access(access.node).class != class {
            let payload = graph.access(access.node).in_class(class).payload();
            graph.set_payload(access.node, payload);
            changed = true;
        }
    }
    changed
}

/// Cuts the slot into the pieces. Was there anything to do?
fn split(function: &mut Function, (row, origin): (usize, Origin), accesses: &Accesses, pieces: &Pieces) -> bool {
    let whole = matches!(pieces.list[..], [Piece { start: 0, end }] if end >= function.slots[row].size);
    let blocks = accesses.list.iter().any(|access| !matches!(access.kind, Kind::Load | Kind::Store));
    if whole && !blocks {
        return set_classes(&mut function.graph, accesses, AliasClass::slot(row as u32));
    }
    let align = function.slots[row].align;
    let saved = function.graph.current_origin();
    function.graph.set_origin(origin);
    let slots: Vec<NewSlot> = pieces.list.iter().map(|piece| new_slot(function, align, piece)).collect();
    for access in &accesses.list {
        if function.graph.is_live(access.node) {
            function.graph.set_origin(function.graph.origin(access.node));
            redirect(&mut function.graph, access, pieces, &slots);
        }
    }
    function.graph.set_origin(saved);
    // Where the address still stands for an object, any will do.
    function.slots[row] = StackSlot { size: 1, align: 1 };
    true
}

/// The slot of a piece.
struct NewSlot {
    class: AliasClass,
    address: NodeId,
    align: u32,
}

fn new_slot(function: &mut Function, align: u32, piece: &Piece) -> NewSlot {
    let row = function.slots.len() as u32;
    let align = aligned_at(align, piece.start);
    function.slots.push(StackSlot { size: piece.end - piece.start, align });
    let address = function.graph.node(Op::SlotAddr, Type::PTR, NodeFlags::NONE, u64::from(row), &[]);
    NewSlot { class: AliasClass::slot(row), address, align }
}

/// Alignment of an address at an offset from one that is aligned.
fn aligned_at(align: u32, offset: u64) -> u32 {
    if offset == 0 { align } else { align.min(1 << offset.trailing_zeros().min(31)) }
}

fn offset_address(graph: &mut Graph, base: NodeId, offset: u64) -> NodeId {
    if offset == 0 {
        return base;
    }
    let offset = graph.iconst(Type::I64, offset);
    graph.node(Op::PtrAdd, Type::PTR, NodeFlags::NONE, 0, &[base, offset])
}

fn redirect(graph: &mut Graph, access: &Access, pieces: &Pieces, slots: &[NewSlot]) {
    match access.kind {
        Kind::Load | Kind::Store => {
            let (number, piece) = pieces.at(access.offset).expect("each access lies in a piece");
            let slot = &slots[number];
            let address = offset_address(graph, slot.address, access.offset - piece.start);
            let align = aligned_at(slot.align, access.offset - piece.start);
            let old = graph.access(access.node);
            let new = MemAccess { class: slot.class, ..MemAccess::aligned(align) };
            graph.set_input(access.node, 2, address);
            graph.set_payload(
                access.node,
                MemAccess { flags: old.flags, order: old.order, rmw: old.rmw, ..new }.payload(),
            );
        }
        Kind::Fill => cut_fill(graph, access, pieces, slots),
        Kind::CopyTo | Kind::CopyFrom => cut_copy(graph, access, pieces, slots),
    }
}

/// A fill becomes a store for each scalar piece and a shorter fill for each other one.
fn cut_fill(graph: &mut Graph, access: &Access, pieces: &Pieces, slots: &[NewSlot]) {
    let inputs = graph.copy_inputs(access.node);
    let (control, mut memory, byte) = (inputs[0], inputs[1], inputs[3]);
    for (number, piece) in pieces.within(access.offset, access.end()) {
        let slot = &slots[number];
        let payload = MemAccess::aligned(slot.align).in_class(slot.class).payload();
        memory = match (pieces.scalar(number), graph.constant(byte)) {
            (Some(ty), Some(byte)) => {
                let value = repeated(graph, ty, byte as u8);
                graph.node(Op::Store, Type::MEM, NodeFlags::NONE, payload, &[control, memory, slot.address, value])
            }
            _ => {
                let size = graph.iconst(Type::I64, piece.end - piece.start);
                graph.node(
                    Op::MemSet,
                    Type::MEM,
                    NodeFlags::NONE,
                    payload,
                    &[control, memory, slot.address, byte, size],
                )
            }
        };
    }
    graph.replace(access.node, memory);
    graph.kill(access.node);
}

/// The value whose bytes are all `byte`.
fn repeated(graph: &mut Graph, ty: Type, byte: u8) -> NodeId {
    let bits = u128::from_ne_bytes([byte; 16]);
    if ty.bits() > 64 {
        graph.wide_const(ty, bits)
    } else {
        graph.node(Op::Const, ty, NodeFlags::NONE, bits as u64 & ty.mask(), &[])
    }
}

/// A block copy becomes moves of the pieces of the slot, and copies of what lies between for other memory.
fn cut_copy(graph: &mut Graph, access: &Access, pieces: &Pieces, slots: &[NewSlot]) {
    let inputs = graph.copy_inputs(access.node);
    let control = inputs[0];
    let (to_slot, other) = if access.kind == Kind::CopyTo { (true, inputs[3]) } else { (false, inputs[2]) };
    let old = graph.access(access.node);
    let mut moves = Moves { graph, control, memory: inputs[1], old };
    for (number, piece) in pieces.within(access.offset, access.end()) {
        let distance = piece.start - access.offset;
        let size = piece.end - piece.start;
        let whole = [(pieces.scalar(number), 0)];
        let words = words(size);
        let parts = if pieces.scalar(number).is_some() { &whole[..] } else { &words[..] };
        for &(ty, at) in parts {
            moves.scalar(ty.unwrap_or(Type::I8), &slots[number], at, (other, distance + at), to_slot);
        }
    }
    let memory = moves.memory;
    graph.replace(access.node, memory);
    graph.kill(access.node);
}

/// A piece that is not accessed whole, as words with their offsets.
fn words(size: u64) -> Vec<(Option<Type>, u64)> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < size {
        let word = pieces::word_at(at, size - at);
        words.push((Some(Type::int(word as u32 * 8)), at));
        at += word;
    }
    words
}

/// The moves that a block copy becomes.
struct Moves<'a> {
    graph: &'a mut Graph,
    control: NodeId,
    memory: NodeId,
    old: MemAccess,
}

impl Moves<'_> {
    fn other(&mut self, base: NodeId, offset: u64) -> (NodeId, MemAccess) {
        let address = offset_address(self.graph, base, offset);
        (address, MemAccess::aligned(aligned_at(self.old.align(), offset)))
    }

    /// Moves one value between the slot and the other block, at these offsets.
    fn scalar(&mut self, ty: Type, slot: &NewSlot, at: u64, (other, offset): (NodeId, u64), to_slot: bool) {
        let (address, outside) = self.other(other, offset);
        let inside = offset_address(self.graph, slot.address, at);
        let own = MemAccess::aligned(aligned_at(slot.align, at)).in_class(slot.class);
        let (from, read, to, write) =
            if to_slot { (address, outside, inside, own) } else { (inside, own, address, outside) };
        let inputs = [self.control, self.memory, from];
        let value = self.graph.node(Op::Load, ty, NodeFlags::NONE, read.payload(), &inputs);
        self.write(Op::Store, write.payload(), &[to, value]);
    }

    fn write(&mut self, op: Op, payload: u64, operands: &[NodeId]) {
        let mut inputs: Inputs = smallvec::smallvec![self.control, self.memory];
        inputs.extend_from_slice(operands);
        self.memory = self.graph.node(op, Type::MEM, NodeFlags::NONE, payload, &inputs);
    }
}
