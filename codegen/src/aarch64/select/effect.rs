//! Effects in the chain of control: ordered and atomic accesses, the stack; and operands of what becomes several
//! instructions later.

use super::{Patterns, is_float, sized, value};
use crate::aarch64::abi::System;
use crate::aarch64::ops::{AtomicOp, Op as M, field};
use crate::machine::{InstFlags, MachineInst};
use crate::select::symbols::called_by_pointer;
use crate::select::{Operand, Tile};
use son_ir::{AtomicOrder, Extension, NodeId, Op, RmwOp, SymbolId, Type};

impl Patterns<'_, '_> {
    pub(super) fn effect(&mut self, node: NodeId) {
        match self.s.op(node) {
            Op::LoadOrdered => self.load_ordered(node),
            Op::StoreOrdered => self.store_ordered(node),
            Op::AtomicRmw => self.atomic_update(node),
            Op::AtomicCas => self.compare_and_swap(node),
            Op::Fence => self.chain(node, MachineInst::new(M::Fence, 0), &[]),
            Op::StackAlloc => {
                let align = self.s.graph.payload(node).max(16) as i64;
                let size = value(self.s.input(node, 2));
                let probed = System::of(&self.s.module.triple) == System::Windows;
                let alloca = if probed { M::AllocaProbed } else { M::Alloca };
                self.chain(node, MachineInst::new(alloca, 8).imm(align), &[size]);
            }
            Op::StackSave => self.chain(node, MachineInst::new(M::StackSave, 8), &[]),
            Op::StackRestore => {
                let to = value(self.s.input(node, 2));
                self.chain(node, MachineInst::new(M::StackRestore, 8), &[to]);
            }
            // A hint may be ignored; nothing moves over it either way.
            Op::Barrier | Op::Prefetch => self.chain(node, MachineInst::new(M::Barrier, 0), &[]),
            _ => self.s.refuse(node),
        }
    }

    /// An instruction in the chain of control.
    fn chain(&mut self, node: NodeId, inst: MachineInst, operands: &[Operand]) {
        let access = self.s.access(node);
        self.s.cover(node, Tile::new(inst, Type::TUPLE).with_all(operands).access(Some(access)));
    }

    /// Type of result `number` of an effect, if it is used.
    fn result(&self, node: NodeId, number: u32) -> Option<Type> {
        self.s.graph.find_proj(node, number).map(|proj| self.s.ty(proj))
    }

    fn load_ordered(&mut self, node: NodeId) {
        let ty = self.result(node, 2).unwrap_or(Type::I8);
        let (size, pointer) = (ty.bytes() as u8, self.s.input(node, 2));
        let relaxed = self.s.graph.access(node).order == AtomicOrder::Relaxed;
        if relaxed {
            let mem = self.address(pointer, size);
            let op = if is_float(ty) { M::LoadF } else { M::Load };
            let inst = mem.of(MachineInst::new(op, size)).flags(InstFlags::ALONE);
            return self.chain(node, inst, &mem.registers);
        }
        match is_float(ty) {
            true => self.s.refuse(node),
            false => self.chain(node, MachineInst::new(M::Ldar, size), &[value(pointer)]),
        }
    }

    fn store_ordered(&mut self, node: NodeId) {
        let (pointer, stored) = (self.s.input(node, 2), self.s.input(node, 3));
        let ty = self.s.ty(stored);
        let size = ty.bytes() as u8;
        if self.s.graph.access(node).order == AtomicOrder::Relaxed {
            let mem = self.address(pointer, size);
            let op = if is_float(ty) { M::StoreF } else { M::Store };
            let mut operands = mem.registers.clone();
            operands.push(value(stored));
            let inst = mem.of(MachineInst::new(op, size)).flags(InstFlags::ALONE);
            return self.chain(node, inst, &operands);
        }
        match is_float(ty) {
            true => self.s.refuse(node),
            false => self.chain(node, MachineInst::new(M::Stlr, size), &[value(pointer), value(stored)]),
        }
    }

    fn atomic_update(&mut self, node: NodeId) {
        let (pointer, operand) = (self.s.input(node, 2), self.s.input(node, 3));
        let size = self.s.ty(operand).bytes() as u8;
        let operation = match self.s.graph.access(node).rmw {
            RmwOp::Xchg if !is_float(self.s.ty(operand)) => {
                let operands = [value(pointer), value(operand)];
                let op = if self.features.lse { M::LseExchange } else { M::Exchange };
                return self.chain(node, MachineInst::new(op, size), &operands);
            }
            RmwOp::Add => AtomicOp::Add,
            RmwOp::Sub => AtomicOp::Sub,
            RmwOp::And => AtomicOp::And,
            RmwOp::Nand => AtomicOp::Nand,
            RmwOp::Or => AtomicOp::Or,
            RmwOp::Xor => AtomicOp::Xor,
            RmwOp::SMin => AtomicOp::Min,
            RmwOp::SMax => AtomicOp::Max,
            RmwOp::UMin => AtomicOp::Umin,
            RmwOp::UMax => AtomicOp::Umax,
            _ => return self.s.refuse(node),
        };
        if self.features.lse && operation != AtomicOp::Nand {
            return self.lse_update(node, operation, pointer, operand);
        }
        let inst = MachineInst::new(M::Update, size).imm(operation as i64);
        self.chain(node, inst, &[value(pointer), value(operand)]);
    }

    /// What is subtracted is added negated; what is kept by `and` is what is not cleared.
    fn lse_update(&mut self, node: NodeId, operation: AtomicOp, pointer: NodeId, operand: NodeId) {
        let ty = self.s.ty(operand);
        let (operation, changed) = match operation {
            AtomicOp::Sub => (AtomicOp::Add, Some(M::NegR)),
            AtomicOp::And => (AtomicOp::And, Some(M::NotR)),
            other => (other, None),
        };
        let operand = match changed {
            Some(op) => self.s.inner(Tile::new(sized(op, ty), ty).with(value(operand))),
            None => value(operand),
        };
        let inst = MachineInst::new(M::LseUpdate, ty.bytes() as u8).imm(operation as i64);
        self.chain(node, inst, &[value(pointer), operand]);
    }

    fn compare_and_swap(&mut self, node: NodeId) {
        let (expected, new) = (self.s.input(node, 3), self.s.input(node, 4));
        let ty = self.s.ty(expected);
        if is_float(ty) {
            return self.s.refuse(node);
        }
        if let Some(operands) = self.s.swapped_words(node) {
            let op = if self.features.lse { M::LseSwapPair } else { M::SwapPair };
            return self.chain(node, MachineInst::new(op, 8), &operands);
        }
        let pointer = value(self.s.input(node, 2));
        let op = match (self.result(node, 3).is_some(), self.features.lse) {
            (true, false) => M::SwapSet,
            (true, true) => M::LseSwapSet,
            (false, false) => M::Swap,
            (false, true) => M::LseSwap,
        };
        let whole = if ty.bits() < 32 { self.extended_operand(expected, false) } else { value(expected) };
        self.chain(node, MachineInst::new(op, ty.bytes() as u8), &[pointer, whole, value(new)]);
    }

    // ---- What becomes several instructions later ----

    pub(super) fn complex(&mut self, node: NodeId) {
        for (index, extension) in self.s.values_taken(node) {
            let operand = self.extended(self.s.input(node, index), extension);
            self.s.replace_input(node, index, operand);
        }
        if matches!(self.s.op(node), Op::Call | Op::TailCall) {
            self.callee(node);
        }
    }

    /// The value with its register filled up to 32 bits.
    fn extended(&mut self, node: NodeId, extension: Extension) -> Operand {
        let ty = self.s.ty(node);
        if extension == Extension::None || !ty.is_int() || ty.bits() >= 32 {
            return Operand::Fresh(node);
        }
        if let Some(constant) = self.s.constant(node) {
            let filled = if extension == Extension::Sign { constant } else { constant & ty.mask() as i64 };
            return self.s.inner(Tile::new(MachineInst::new(M::MovI, 4).imm(filled), Type::I32).late());
        }
        let stripped = self.s.strip(node);
        if extension == Extension::Zero && self.s.ty(stripped) == ty && self.s.is_zero_above(stripped) {
            return value(node);
        }
        let op = if extension == Extension::Zero { M::UbfmI } else { M::SbfmI };
        let inst = MachineInst::new(op, 4).imm(field(0, i64::from(ty.bits()) - 1));
        self.s.inner(Tile::new(inst, Type::I32).with(value(node)))
    }

    /// A function of known name is called directly, if it is near.
    fn callee(&mut self, node: NodeId) {
        let callee = self.s.input(node, 2);
        let module = self.s.module;
        let far = |symbol: u64| called_by_pointer(module, module.symbol(SymbolId(symbol as u32)));
        if !self.s.is(callee, Op::SymbolAddr) || far(self.s.graph.payload(callee)) {
            self.s.replace_input(node, 2, Operand::Fresh(callee));
        }
    }
}
