//! Law 4: what a payload may be, per op.

use super::Checker;
use crate::graph::NodeId;
use crate::module::SymbolId;
use crate::ops::Op;
use crate::payload::{AccessFlags, AtomicOrder, RmwOp};
use crate::types::Type;

/// Alignments are at most this, as a logarithm: that of LLVM.
const MAX_ALIGN_LOG2: u64 = 32;

impl Checker<'_> {
    pub(super) fn check_payload(&mut self, node: NodeId) {
        let Some(op) = self.op(node) else { return };
        let (graph, payload) = (self.graph, self.graph.payload(node));
        let tables = graph.tables();
        let ty = graph.ty(node);
        let result = match op {
            Op::Const => constant_fits(ty, payload),
            Op::WideConst => row(payload, tables.wide.len(), "wide constant")
                .and_then(|()| wide_constant_fits(ty, tables.wide[payload as usize])),
            Op::Switch => row(payload, tables.switches.len(), "switch table").and_then(|()| self.switch_table(node)),
            Op::Call | Op::TailCall => row(payload, tables.calls.len(), "call site").and_then(|()| {
                let signature = tables.calls[payload as usize].signature;
                row(u64::from(signature.0), self.module.signatures.len(), "signature")
            }),
            Op::MergeMem => row(payload, tables.merges.len(), "merge"),
            Op::FrameState => row(payload, tables.frames.len(), "frame").and_then(|()| {
                let function = tables.frames[payload as usize].function;
                self.symbol(function).and_then(|is_function| not_a_function(is_function, function))
            }),
            Op::Alloc | Op::VirtualObj => row(payload, tables.shapes.len(), "shape").and_then(|()| {
                let shape = &tables.shapes[payload as usize];
                let allocator = shape.allocator;
                self.symbol(allocator).and_then(|is_function| not_a_function(is_function, allocator))?;
                shape.mistake().map_or(Ok(()), Err)
            }),
            Op::SymbolAddr => u32::try_from(payload)
                .map_err(|_| format!("symbol {payload} does not exist"))
                .and_then(|number| self.symbol(SymbolId(number)).map(|_| ())),
            Op::BlockAddr => row(payload, self.function.indirect_targets as usize, "indirect target"),
            Op::SlotAddr => row(payload, self.function.slots.len(), "slot"),
            Op::ExtractLane | Op::InsertLane => row(payload, graph.ty(graph.input(node, 0)).lanes() as usize, "lane"),
            Op::StackAlloc => power_of_two(payload),
            Op::Proj | Op::If | Op::Loop | Op::FrameAddr | Op::ReturnAddr => Ok(()),
            Op::Phi if ty == Type::MEM => row(payload, 1 << 32, "alias class"),
            _ if takes_access(op) => access(op, payload),
            _ => none(op, payload),
        };
        if let Err(message) = result {
            self.report(4, &[node], message);
        }
    }

    /// Does the symbol name a function? An error if there is no such symbol.
    fn symbol(&self, symbol: SymbolId) -> Result<bool, String> {
        match self.module.symbols.get(symbol.index()) {
            Some(symbol) => Ok(symbol.is_function()),
            None => Err(format!("symbol {} does not exist", symbol.0)),
        }
    }

    fn switch_table(&self, node: NodeId) -> Result<(), String> {
        let (table, ty) = (self.graph.switch_table(node), self.graph.ty(self.graph.input(node, 1)));
        if !table.weights.is_empty() && table.weights.len() != table.values.len() + 1 {
            return Err(format!("{} weights for {} cases and the default", table.weights.len(), table.values.len()));
        }
        if let Some(value) = table.values.iter().find(|&&value| value & !ty.mask() != 0) {
            return Err(format!("case {value} does not fit in {ty}"));
        }
        let mut sorted = table.values.clone();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("case {} stands twice", pair[0])),
            None => Ok(()),
        }
    }
}

/// Is the payload of the op a memory access?
pub(crate) fn takes_access(op: Op) -> bool {
    matches!(
        op,
        Op::Load
            | Op::Store
            | Op::LoadOrdered
            | Op::StoreOrdered
            | Op::AtomicRmw
            | Op::AtomicCas
            | Op::Fence
            | Op::MemCopy
            | Op::MemMove
            | Op::MemSet
    )
}

fn row(payload: u64, rows: usize, what: &str) -> Result<(), String> {
    if payload < rows as u64 { Ok(()) } else { Err(format!("{what} {payload} does not exist, there are {rows}")) }
}

fn none(op: Op, payload: u64) -> Result<(), String> {
    if payload == 0 { Ok(()) } else { Err(format!("{op} has no payload, this one has {payload:#x}")) }
}

fn not_a_function(is_function: bool, symbol: SymbolId) -> Result<(), String> {
    if is_function { Ok(()) } else { Err(format!("symbol {} is not a function", symbol.0)) }
}

fn power_of_two(align: u64) -> Result<(), String> {
    if align.is_power_of_two() && align <= 1 << MAX_ALIGN_LOG2 {
        Ok(())
    } else {
        Err(format!("alignment {align} is not a power of two"))
    }
}

fn constant_fits(ty: Type, bits: u64) -> Result<(), String> {
    if ty.bits() > 64 {
        Err(format!("a constant of type {ty} needs wideconst"))
    } else if bits & !ty.mask() != 0 {
        Err(format!("constant {bits:#x} does not fit in {ty}"))
    } else {
        Ok(())
    }
}

fn wide_constant_fits(ty: Type, bits: u128) -> Result<(), String> {
    if ty.bits() <= 64 {
        Err(format!("a constant of type {ty} needs const"))
    } else if ty.bits() < 128 && bits >> ty.bits() != 0 {
        Err(format!("constant {bits:#x} does not fit in {ty}"))
    } else {
        Ok(())
    }
}

/// The bytes of a packed access: class, alignment, flags, order, operation.
fn access(op: Op, payload: u64) -> Result<(), String> {
    let byte = |at: u32| payload >> at & 0xff;
    let known = AccessFlags::NAMES.iter().fold(AccessFlags::NONE, |all, (_, flag)| all.or(*flag));
    if byte(32) > MAX_ALIGN_LOG2 {
        return Err(format!("{op}: alignment 1 << {} is too large", byte(32)));
    }
    if byte(40) & !u64::from(known.bits()) != 0 {
        return Err(format!("{op}: access flags {:#x} do not exist", byte(40)));
    }
    if byte(48) >= AtomicOrder::ALL.len() as u64 {
        return Err(format!("{op}: atomic order {} does not exist", byte(48)));
    }
    let operations = if op == Op::AtomicRmw { RmwOp::ALL.len() as u64 } else { 1 };
    if byte(56) >= operations {
        return Err(format!("{op}: operation {} does not exist", byte(56)));
    }
    let ordered = AccessFlags::VOLATILE.or(AccessFlags::ATOMIC);
    if matches!(op, Op::Load | Op::Store) && AccessFlags::from_bits(byte(40) as u8).any(ordered) {
        return Err(format!("a volatile or atomic {op} is {op}.ordered"));
    }
    Ok(())
}
