//! Memory: loads, stores, atomics, blocks of bytes, the stack.

use super::code::{Instruction, NO_CELL};
use super::host::Event;
use super::machine::{Activity, Machine, Reason, Stop};
use super::memory::{Kind, Memory};
use super::undefined::Undefined;
use super::value::{Cell, Value, cells_of};
use crate::eval::{self, Evaluated};
use crate::graph::Graph;
use crate::ops::{NodeFlags, Op};
use crate::payload::{MemAccess, RmwOp};
use crate::types::Type;
use smallvec::SmallVec;
use std::rc::Rc;

impl<'a> Machine<'a> {
    /// The graph of the function on top.
    pub(super) fn graph_on_top(&self) -> &'a Graph {
        let row = self.frames.iter().rev().find_map(|frame| match &frame.activity {
            Activity::Code(code) => Some(code.row),
            Activity::Native(_) => None,
        });
        &self.module.functions[row.unwrap_or(0) as usize].graph
    }

    pub(super) fn memory_effect(&mut self, instruction: &Instruction, base: usize) -> Result<(), Stop> {
        let access = MemAccess::from_payload(instruction.payload);
        match instruction.op {
            Op::Load => self.load(instruction, access, base),
            Op::Store => self.store(instruction, access, base),
            Op::LoadOrdered if instruction.result == NO_CELL => {
                let pointer = self.arg(instruction, 0, base);
                self.memory.place(pointer, 1, u64::from(access.align()))?;
                self.trace_access("load", pointer, None);
                Ok(())
            }
            Op::LoadOrdered => {
                self.load(instruction, access, base)?;
                let value = Value::from_cells(instruction.ty, &self.cells_at(instruction.result, instruction.ty, base));
                self.trace_access("load", self.arg(instruction, 0, base), Some(&value));
                Ok(())
            }
            Op::StoreOrdered => {
                self.store(instruction, access, base)?;
                let value =
                    Value::from_cells(instruction.ty, &self.cells_at(instruction.args[1], instruction.ty, base));
                self.trace_access("store", self.arg(instruction, 0, base), Some(&value));
                Ok(())
            }
            Op::AtomicRmw => self.read_modify_write(instruction, access, base),
            Op::AtomicCas => self.compare_and_swap(instruction, access, base),
            Op::MemCopy | Op::MemMove | Op::MemSet => self.block(instruction, base),
            Op::StackAlloc => {
                let size = self.defined(instruction, 0, base, "the size of a stack allocation")?;
                let object = self.stack_object(size, 1 << (instruction.payload.max(1).trailing_zeros()))?;
                self.put(instruction, base, object);
                Ok(())
            }
            Op::StackSave => {
                let mark = Cell::new(self.stack_objects.len() as u64);
                self.put(instruction, base, mark);
                Ok(())
            }
            Op::StackRestore => self.stack_restore(instruction, base),
            Op::VaStart => self.va_start(self.arg(instruction, 0, base)),
            Op::Alloc => self.alloc(instruction, base),
            Op::FrameAddr => {
                let depth = (self.frames.len() as u64).saturating_sub(instruction.payload);
                self.put(instruction, base, Cell::new(0x7fff_0000_0000 - depth * 256));
                Ok(())
            }
            Op::ReturnAddr => {
                self.put(instruction, base, Cell::new(0x40_0000 + u64::from(instruction.node.index() as u32)));
                Ok(())
            }
            Op::Fence | Op::Barrier | Op::Prefetch => Ok(()),
            op => Err(Reason::unsupported(op.to_string())),
        }
    }

    fn put(&mut self, instruction: &Instruction, base: usize, value: Cell) {
        if instruction.result != NO_CELL {
            self.cells[base + instruction.result as usize] = value;
        }
    }

    /// An integer operand that must not be poison.
    fn defined(&self, instruction: &Instruction, index: usize, base: usize, what: &'static str) -> Result<u64, Stop> {
        let value = self.arg(instruction, index, base);
        if value.is_poison() { Err(Undefined::Poison(what).into()) } else { Ok(value.bits) }
    }

    fn load(&mut self, instruction: &Instruction, access: MemAccess, base: usize) -> Result<(), Stop> {
        let ty = instruction.ty;
        let pointer = self.arg(instruction, 0, base);
        let place = self.memory.place(pointer, u64::from(ty.bytes()), u64::from(access.align()))?;
        let mut cells = SmallVec::new();
        self.memory.load(place, ty, &mut cells);
        if instruction.result != NO_CELL {
            let first = base + instruction.result as usize;
            self.cells[first..first + cells.len()].copy_from_slice(&cells);
        }
        Ok(())
    }

    fn store(&mut self, instruction: &Instruction, access: MemAccess, base: usize) -> Result<(), Stop> {
        let ty = instruction.ty;
        let pointer = self.arg(instruction, 0, base);
        let place = self.memory.writable_place(pointer, u64::from(ty.bytes()), u64::from(access.align()))?;
        let first = base + instruction.args[1] as usize;
        self.memory.store(place, ty, &self.cells[first..first + cells_of(ty)]);
        Ok(())
    }

    fn block(&mut self, instruction: &Instruction, base: usize) -> Result<(), Stop> {
        let size = self.defined(instruction, 2, base, "the size of a block of memory")?;
        let (to, from) = (self.arg(instruction, 0, base), self.arg(instruction, 1, base));
        match instruction.op {
            Op::MemSet => self.memory.fill(to, from, size)?,
            Op::MemCopy if Memory::overlap(to, from, size) => return Err(Undefined::Overlap.into()),
            _ => self.memory.copy(to, from, size)?,
        }
        Ok(())
    }

    fn read_modify_write(&mut self, instruction: &Instruction, access: MemAccess, base: usize) -> Result<(), Stop> {
        let ty = instruction.ty;
        let pointer = self.arg(instruction, 0, base);
        let place = self.memory.writable_place(pointer, u64::from(ty.bytes()), u64::from(access.align()))?;
        let mut old = SmallVec::new();
        self.memory.load(place, ty, &mut old);
        let operand = self.cells_at(instruction.args[1], ty, base);
        let new = modified(access.rmw, ty, &Value::from_cells(ty, &old), &Value::from_cells(ty, &operand));
        self.memory.store(place, ty, &new.cells);
        self.trace_access("atomicrmw", pointer, Some(&new));
        if instruction.result != NO_CELL {
            let first = base + instruction.result as usize;
            self.cells[first..first + old.len()].copy_from_slice(&old);
        }
        Ok(())
    }

    fn compare_and_swap(&mut self, instruction: &Instruction, access: MemAccess, base: usize) -> Result<(), Stop> {
        let ty = instruction.ty;
        let pointer = self.arg(instruction, 0, base);
        let place = self.memory.writable_place(pointer, u64::from(ty.bytes()), u64::from(access.align()))?;
        let mut old = SmallVec::new();
        self.memory.load(place, ty, &mut old);
        let old_value = Value::from_cells(ty, &old);
        let expected = Value::from_cells(ty, &self.cells_at(instruction.args[1], ty, base));
        let (Some(found), Some(expected)) = (old_value.bits(), expected.bits()) else {
            return Err(Undefined::Poison("an operand of a compare and swap").into());
        };
        let swapped = found == expected;
        if swapped {
            let new = self.cells_at(instruction.args[2], ty, base);
            self.memory.store(place, ty, &new);
        }
        self.trace_access("atomiccas", pointer, Some(&old_value));
        if instruction.result != NO_CELL {
            let first = base + instruction.result as usize;
            self.cells[first..first + old.len()].copy_from_slice(&old);
        }
        if instruction.second != NO_CELL {
            self.cells[base + instruction.second as usize] = Cell::new(u64::from(swapped));
        }
        Ok(())
    }

    fn stack_restore(&mut self, instruction: &Instruction, base: usize) -> Result<(), Stop> {
        let mark = self.defined(instruction, 0, base, "a saved stack pointer")?;
        let first = self.frames[self.frames.len() - 1].first_object as u64;
        if mark < first || mark > self.stack_objects.len() as u64 {
            return Err(Undefined::Reached("a stack restore that does not match its save").into());
        }
        self.drop_stack_objects(mark as usize);
        Ok(())
    }

    /// A managed object: zeros, but for its length.
    fn alloc(&mut self, instruction: &Instruction, base: usize) -> Result<(), Stop> {
        let count = self.defined(instruction, 0, base, "the length of an object")?;
        let graph = self.graph_on_top();
        let shape = Rc::new(graph.tables().shapes[instruction.payload as usize].clone());
        let Some(size) = shape.bytes(count).filter(|&size| self.memory.has_room(size)) else {
            return Err(Reason::unsupported("more memory than the limit"));
        };
        let object = self.memory.create_with(Kind::Managed(self.managed.len() as u32), &[], size, 16);
        if let Some((ty, offset)) = shape.length {
            let at = Cell::pointer(object.bits + u64::from(offset), object.tag);
            let place = self.memory.writable_place(at, u64::from(ty.bytes()), 1)?;
            self.memory.store_cell(place, ty, Cell::new(count & ty.mask()));
        }
        self.managed.push((shape, count));
        self.put(instruction, base, object);
        Ok(())
    }

    // ---- Trace ----

    fn trace_access(&mut self, what: &str, pointer: Cell, value: Option<&Value>) {
        if self.trace {
            let place = self.spell(pointer);
            let value = value.map_or(String::new(), |value| format!(" {}", self.spell_value(value)));
            self.host.event(Event(format!("{what} {place}{value}")));
        }
    }

    pub(super) fn trace_call(&mut self, name: &str, args: &[Value]) {
        let args: Vec<String> = args.iter().map(|arg| self.spell_value(arg)).collect();
        self.host.event(Event(format!("call {name}({})", args.join(", "))));
    }

    fn spell_value(&self, value: &Value) -> String {
        match value.ty().is_pointer() && !value.is_poison() {
            true => self.spell(value.cells[0]),
            false => value.to_string(),
        }
    }

    /// An address in words that do not depend on where objects lie.
    fn spell(&self, pointer: Cell) -> String {
        match self.memory.locate(pointer) {
            Some((Kind::Global(symbol) | Kind::Function(symbol), 0)) => self.memory.name(symbol),
            Some((Kind::Global(symbol), offset)) => format!("{}+{offset}", self.memory.name(symbol)),
            Some((Kind::Stack, offset)) => format!("stack+{offset}"),
            Some((Kind::Heap | Kind::Managed(_), offset)) => format!("heap+{offset}"),
            Some(_) => "object".to_owned(),
            None => format!("{:#x}", pointer.bits),
        }
    }
}

/// What an atomic operation stores.
fn modified(op: RmwOp, ty: Type, old: &Value, operand: &Value) -> Value {
    let (Some(a), Some(b)) = (old.bits(), operand.bits()) else {
        return if op == RmwOp::Xchg { operand.clone() } else { Value::poison(ty) };
    };
    let op = match op {
        RmwOp::Xchg => return operand.clone(),
        RmwOp::Nand => return Value::wide(ty, !(a & b)),
        RmwOp::Add => Op::Add,
        RmwOp::Sub => Op::Sub,
        RmwOp::And => Op::And,
        RmwOp::Or => Op::Or,
        RmwOp::Xor => Op::Xor,
        RmwOp::SMax => Op::SMax,
        RmwOp::SMin => Op::SMin,
        RmwOp::UMax => Op::UMax,
        RmwOp::UMin => Op::UMin,
        RmwOp::FAdd => Op::FAdd,
        RmwOp::FSub => Op::FSub,
        RmwOp::FMax => Op::FMax,
        RmwOp::FMin => Op::FMin,
    };
    match eval::scalar(op, NodeFlags::NONE, ty, ty, &[a, b]) {
        Some(Evaluated::Bits(bits)) => Value::wide(ty, bits),
        _ => Value::poison(ty),
    }
}
