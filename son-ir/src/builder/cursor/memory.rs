//! Memory and calls.

use super::check::{mismatch, shape};
use super::{Cursor, Operand, Operands, Value};
use crate::module::{SigId, Signature, SymbolId};
use crate::ops::Op;
use crate::payload::{AccessFlags, AtomicOrder, CallFlags, MemAccess, RmwOp};
use crate::types::Type;
use smallvec::SmallVec;

/// The alignment that a type has by itself.
fn natural(ty: Type) -> MemAccess {
    MemAccess::aligned(ty.bytes().max(1).next_power_of_two().min(16))
}

impl Cursor<'_> {
    /// A pointer operand.
    fn pointer(&self, op: Op, index: usize, pointer: Operand) -> Value {
        match self.type_of(pointer) {
            Some(ty) if !ty.is_pointer() => {
                self.keep(mismatch(op, index, "a pointer".to_owned(), ty));
                self.placeholder(Type::PTR)
            }
            found => self.operand(op, index, pointer, found.unwrap_or(Type::PTR)),
        }
    }

    /// A value operand, whose type says how it is stored or passed.
    fn any(&self, op: Op, index: usize, value: Operand) -> Value {
        match self.type_of(value) {
            Some(ty) if ty.is_data() => self.operand(op, index, value, ty),
            Some(ty) => {
                self.keep(mismatch(op, index, "a value".to_owned(), ty));
                self.placeholder(Type::I64)
            }
            None => {
                self.keep(shape(op, format!("operand {index} is a literal: make it a constant of a type")));
                self.placeholder(Type::I64)
            }
        }
    }

    /// May the instruction be appended? Not after a mistake, and not where no block is open.
    fn proceeds(&self, op: Op) -> bool {
        self.is_open_for(op) && !self.failed.get()
    }

    // ---- Stack and plain accesses ----

    /// The address of a new stack slot of so many bytes, with this alignment: a power of two.
    pub fn slot(&self, bytes: u64, align: u32) -> Value {
        if !align.is_power_of_two() {
            self.keep(shape(Op::SlotAddr, format!("an alignment is a power of two, not {align}")));
            return self.placeholder(Type::PTR);
        }
        let mut builder = self.builder.borrow_mut();
        let slot = builder.create_slot(bytes, align);
        let node = builder.slot_addr(slot);
        drop(builder);
        self.value(node, Type::PTR)
    }

    /// The address of a new stack slot for a value of the type.
    pub fn slot_of(&self, ty: Type) -> Value {
        self.slot(ty.bytes().into(), natural(ty).align())
    }

    /// The address of so many bytes on the stack, which live until the function returns.
    pub fn stack_alloc(&self, bytes: impl Into<Operand>, align: u32) -> Value {
        let bytes = self.operand(Op::StackAlloc, 0, bytes.into(), Type::I64);
        self.effect(Op::StackAlloc, &[bytes], align.into(), Type::PTR)
    }

    /// Reads a value at an address that is a multiple of its size.
    pub fn load(&self, ty: Type, pointer: impl Into<Operand>) -> Value {
        self.load_with(ty, pointer, natural(ty))
    }

    /// Reads a value: the access says alignment, alias class and flags.
    ///
    /// Accesses of two alias classes other than [`AliasClass::ANY`](crate::AliasClass::ANY) never touch the same
    /// byte: a frontend that knows so (of fields of different types, say) tells it by giving them classes.
    pub fn load_with(&self, ty: Type, pointer: impl Into<Operand>, access: MemAccess) -> Value {
        let pointer = self.pointer(Op::Load, 0, pointer.into());
        if !ty.is_data() {
            self.keep(shape(Op::Load, format!("memory holds no {ty}")));
        }
        if !self.proceeds(Op::Load) {
            return self.placeholder(ty);
        }
        if access.flags.any(AccessFlags::VOLATILE.or(AccessFlags::ATOMIC)) {
            return self.effect(Op::LoadOrdered, &[pointer], access.payload(), ty);
        }
        let node = self.builder.borrow_mut().load(ty, pointer.node, access);
        self.value(node, ty)
    }

    /// Writes a value at an address that is a multiple of its size.
    pub fn store(&self, pointer: impl Into<Operand>, value: impl Into<Operand>) {
        let value = self.any(Op::Store, 1, value.into());
        self.store_with(pointer, value, natural(value.ty));
    }

    /// Writes a value: the access says alignment, alias class and flags.
    pub fn store_with(&self, pointer: impl Into<Operand>, value: impl Into<Operand>, access: MemAccess) {
        let (pointer, value) = (self.pointer(Op::Store, 0, pointer.into()), self.any(Op::Store, 1, value.into()));
        if !self.proceeds(Op::Store) {
            return;
        }
        if access.flags.any(AccessFlags::VOLATILE.or(AccessFlags::ATOMIC)) {
            self.effect(Op::StoreOrdered, &[pointer, value], access.payload(), Type::TUPLE);
        } else {
            self.builder.borrow_mut().store(pointer.node, value.node, access);
        }
    }

    // ---- Blocks of bytes ----

    /// Copies bytes to the first address from the second; the ranges are the same or disjoint.
    pub fn copy(&self, to: impl Into<Operand>, from: impl Into<Operand>, bytes: impl Into<Operand>) {
        self.block_op(Op::MemCopy, to.into(), Some(from.into()), None, bytes.into());
    }

    /// Copies bytes to the first address from the second; the ranges may overlap.
    pub fn move_bytes(&self, to: impl Into<Operand>, from: impl Into<Operand>, bytes: impl Into<Operand>) {
        self.block_op(Op::MemMove, to.into(), Some(from.into()), None, bytes.into());
    }

    /// Fills bytes with an `i8`.
    pub fn fill(&self, to: impl Into<Operand>, byte: impl Into<Operand>, bytes: impl Into<Operand>) {
        self.block_op(Op::MemSet, to.into(), None, Some(byte.into()), bytes.into());
    }

    fn block_op(&self, op: Op, to: Operand, from: Option<Operand>, byte: Option<Operand>, bytes: Operand) {
        let to = self.pointer(op, 0, to);
        let second = match (from, byte) {
            (Some(from), _) => self.pointer(op, 1, from),
            (None, byte) => self.operand(op, 1, byte.unwrap_or(Operand::Int(0)), Type::I8),
        };
        let bytes = self.operand(op, 2, bytes, Type::I64);
        if self.proceeds(op) {
            let operands = [to.node, second.node, bytes.node];
            self.builder.borrow_mut().memory_op(op, &operands, MemAccess::aligned(1).payload());
        }
    }

    // ---- Atomics ----

    /// An effect with one result, or none if the type is [`Type::TUPLE`].
    pub(super) fn effect(&self, op: Op, operands: &[Value], payload: u64, result: Type) -> Value {
        if !self.proceeds(op) {
            return self.placeholder(result);
        }
        let nodes: SmallVec<[_; 4]> = operands.iter().map(|value| value.node).collect();
        let results: &[Type] = if result == Type::TUPLE { &[] } else { &[result] };
        let values = self.builder.borrow_mut().effect(op, &nodes, payload, results).values;
        match values.first() {
            Some(&node) => self.value(node, result),
            None => self.placeholder(result),
        }
    }

    /// Atomically changes memory by the operation; the old value.
    pub fn atomic_update(
        &self,
        operation: RmwOp,
        pointer: impl Into<Operand>,
        value: impl Into<Operand>,
        order: AtomicOrder,
    ) -> Value {
        let (pointer, value) =
            (self.pointer(Op::AtomicRmw, 0, pointer.into()), self.any(Op::AtomicRmw, 1, value.into()));
        let access = MemAccess { rmw: operation, ..atomic(value.ty, order) };
        self.effect(Op::AtomicRmw, &[pointer, value], access.payload(), value.ty)
    }

    /// Atomically writes `new` if memory holds `expected`: the old value, and whether it was written.
    pub fn compare_and_swap(
        &self,
        pointer: impl Into<Operand>,
        expected: impl Into<Operand>,
        new: impl Into<Operand>,
        order: AtomicOrder,
    ) -> (Value, Value) {
        let op = Op::AtomicCas;
        let pointer = self.pointer(op, 0, pointer.into());
        let expected = self.any(op, 1, expected.into());
        let new = self.operand(op, 2, new.into(), expected.ty);
        if !self.proceeds(op) {
            return (self.placeholder(expected.ty), self.placeholder(Type::I1));
        }
        let payload = atomic(expected.ty, order).payload();
        let operands = [pointer.node, expected.node, new.node];
        let values = self.builder.borrow_mut().effect(op, &operands, payload, &[expected.ty, Type::I1]).values;
        (self.value(values[0], expected.ty), self.value(values[1], Type::I1))
    }

    /// Orders the accesses before it and those after it.
    pub fn fence(&self, order: AtomicOrder) {
        let access = MemAccess { order, flags: AccessFlags::ATOMIC, ..MemAccess::default() };
        self.effect(Op::Fence, &[], access.payload(), Type::TUPLE);
    }

    /// Fills the `va_list` at the address with this call's variable arguments.
    pub fn va_start(&self, list: impl Into<Operand>) {
        let list = self.pointer(Op::VaStart, 0, list.into());
        self.effect(Op::VaStart, &[list], 0, Type::TUPLE);
    }

    // ---- Calls ----

    /// Calls a function; its result, if it has one. Literals get the types of the parameters.
    pub fn call(&self, function: SymbolId, args: impl Operands) -> Value {
        let results = self.call_many(function, args);
        results.first().copied().unwrap_or_else(|| self.placeholder(Type::TUPLE))
    }

    /// Calls a function of any number of results.
    pub fn call_many(&self, function: SymbolId, args: impl Operands) -> SmallVec<[Value; 2]> {
        let signature = self.module.borrow().symbols.get(function.index()).and_then(|_| self.signature_of(function));
        let Some(signature) = signature else {
            let module = self.module.borrow();
            let name = module.symbols.get(function.index()).map_or_else(String::new, |symbol| symbol.name.clone());
            drop(module);
            self.keep(crate::BuildError::Symbol { name, message: "it is called but is no function".to_owned() });
            return SmallVec::new();
        };
        let callee = self.address_of(function);
        self.call_address(callee, signature, &args.operands())
    }

    fn signature_of(&self, function: SymbolId) -> Option<SigId> {
        self.module.borrow().function_signature(function)
    }

    /// Calls the function at an address; its result, if it has one.
    pub fn call_indirect(&self, callee: impl Into<Operand>, signature: Signature, args: impl Operands) -> Value {
        let callee = self.pointer(Op::Call, 0, callee.into());
        let id = self.module.borrow_mut().signature_id(signature);
        let results = self.call_address(callee, id, &args.operands());
        results.first().copied().unwrap_or_else(|| self.placeholder(Type::TUPLE))
    }

    fn call_address(&self, callee: Value, id: SigId, args: &[Operand]) -> SmallVec<[Value; 2]> {
        let signature = self.module.borrow().signature(id).clone();
        let nodes = self.arguments(Op::Call, &signature, args);
        let results = signature.results.iter().map(|result| result.ty);
        if !self.proceeds(Op::Call) {
            return results.map(|ty| self.placeholder(ty)).collect();
        }
        let values = self.builder.borrow_mut().call(callee.node, id, &signature, CallFlags::NONE, &nodes).values;
        values.iter().zip(results).map(|(&node, ty)| self.value(node, ty)).collect()
    }

    /// The arguments, checked against the signature.
    pub(super) fn arguments(
        &self,
        op: Op,
        signature: &Signature,
        args: &[Operand],
    ) -> SmallVec<[crate::graph::NodeId; 8]> {
        let count = signature.params.len();
        if args.len() < count || (args.len() > count && !signature.variadic) {
            self.keep(shape(op, format!("{} arguments for {count} parameters", args.len())));
            return SmallVec::new();
        }
        let value = |(index, &arg): (usize, &Operand)| match (signature.params.get(index), arg) {
            (Some(param), _) => self.operand(op, index, arg, param.ty),
            // Literals beyond the parameters travel as C's `int` and `double`.
            (None, Operand::Int(_)) => self.operand(op, index, arg, Type::I32),
            (None, Operand::Float(_)) => self.operand(op, index, arg, Type::F64),
            (None, _) => self.any(op, index, arg),
        };
        args.iter().enumerate().map(value).map(|value| value.node).collect()
    }
}

fn atomic(ty: Type, order: AtomicOrder) -> MemAccess {
    MemAccess { order, ..natural(ty) }.with(AccessFlags::ATOMIC)
}
