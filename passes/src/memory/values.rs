//! Values of loads from what was written: stored values, cut and reinterpreted, fills, and constant data.

use son_ir::analysis::Address;
use son_ir::{Data, Definition, Graph, Module, NodeFlags, NodeId, Op, RelocationTarget, SymbolId, Type};

/// A value of the type from the bytes of `value` that start at `offset`.
pub(super) fn extract(graph: &mut Graph, value: NodeId, ty: Type, offset: u64) -> Option<NodeId> {
    let from = graph.ty(value);
    if from == ty && offset == 0 {
        return Some(value);
    }
    let whole_bytes = from.bits().is_multiple_of(8) && ty.bits().is_multiple_of(8);
    if !whole_bytes || offset + u64::from(ty.bytes()) > u64::from(from.bytes()) {
        return None;
    }
    if from.bits() == ty.bits() {
        return reinterpret(graph, value, ty);
    }
    if from.bits() > 64 {
        return None;
    }
    let word = Type::int(from.bits());
    let mut bits = reinterpret(graph, value, word)?;
    if offset > 0 {
        let amount = graph.iconst(word, offset * 8);
        bits = graph.pure(Op::LShr, word, &[bits, amount]);
    }
    let narrow = graph.pure(Op::Trunc, Type::int(ty.bits()), &[bits]);
    reinterpret(graph, narrow, ty)
}

/// The same bits as another type of the same size.
pub(super) fn reinterpret(graph: &mut Graph, value: NodeId, ty: Type) -> Option<NodeId> {
    let from = graph.ty(value);
    let op = match (from.is_pointer(), ty.is_pointer()) {
        _ if from == ty => return Some(value),
        (true, false) if ty == Type::I64 => Op::PtrToInt,
        (false, true) if from == Type::I64 => Op::IntToPtr,
        (false, false) => Op::Bitcast,
        _ => return None,
    };
    if from == Type::REF || ty == Type::REF {
        return None;
    }
    Some(graph.pure(op, ty, &[value]))
}

/// A constant of the type from its bytes, of up to 8.
fn from_bytes(graph: &mut Graph, ty: Type, bytes: &[u8]) -> Option<NodeId> {
    let scalar = !ty.is_vector() && ty.bits().is_multiple_of(8) && ty.bits() <= 64 && ty != Type::REF;
    if !scalar {
        return None;
    }
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    Some(graph.node(Op::Const, ty, NodeFlags::NONE, u64::from_le_bytes(word), &[]))
}

/// The value of a load from bytes that are all the constant `byte`.
pub(super) fn filled(graph: &mut Graph, byte: NodeId, ty: Type) -> Option<NodeId> {
    let byte = graph.constant(byte)? as u8;
    from_bytes(graph, ty, &[byte; 8][..ty.bytes().min(8) as usize])
}

/// The value of a load from data that is never written, at a constant place.
pub(super) fn constant_data(module: &Module, graph: &mut Graph, address: &Address, ty: Type) -> Option<NodeId> {
    if address.index.is_some() || !son_ir::analysis::alias::is_constant_data(module, graph, address) {
        return None;
    }
    let symbol = module.symbol(SymbolId(graph.payload(address.base) as u32));
    let Definition::Data(data) = &symbol.definition else { return None };
    let start = u64::try_from(address.offset).ok()?;
    let end = start + u64::from(ty.bytes());
    if end > data.size() {
        return None;
    }
    let first = data.relocations.partition_point(|relocation| relocation.offset + u64::from(relocation.size) <= start);
    if data.relocations.get(first).is_some_and(|relocation| relocation.offset < end) {
        return relocated(graph, data, first, start, ty);
    }
    if data.bytes.is_empty() {
        return from_bytes(graph, ty, &[0; 8][..ty.bytes().min(8) as usize]);
    }
    from_bytes(graph, ty, &data.bytes[start as usize..end as usize])
}

/// The address that a relocation puts there.
fn relocated(graph: &mut Graph, data: &Data, row: usize, start: u64, ty: Type) -> Option<NodeId> {
    let relocation = &data.relocations[row];
    let RelocationTarget::Symbol(symbol) = relocation.target else { return None };
    if relocation.offset != start || relocation.size != 8 || relocation.minus.is_some() || ty != Type::PTR {
        return None;
    }
    let base = graph.node(Op::SymbolAddr, Type::PTR, NodeFlags::NONE, u64::from(symbol.0), &[]);
    if relocation.addend == 0 {
        return Some(base);
    }
    let addend = graph.iconst(Type::I64, relocation.addend as u64);
    Some(graph.pure(Op::PtrAdd, Type::PTR, &[base, addend]))
}
