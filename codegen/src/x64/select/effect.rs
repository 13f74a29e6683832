//! Effects in the chain of control: ordered and atomic accesses, the stack; and operands of what becomes several
//! instructions later.

use super::{Mem, Patterns, value};
use crate::machine::{InstFlags, MachineInst};
use crate::select::{Operand, Tile};
use crate::x64::abi::System;
use crate::x64::ops::{AtomicOp, Op as M};
use son_ir::{AtomicOrder, Extension, NodeId, Op, RmwOp, Type};

impl Patterns<'_, '_> {
    pub(super) fn effect(&mut self, node: NodeId) {
        match self.s.op(node) {
            Op::LoadOrdered => self.load_ordered(node),
            Op::StoreOrdered => self.store_ordered(node),
            Op::AtomicRmw => self.atomic_update(node),
            Op::AtomicCas => self.compare_and_swap(node),
            Op::Fence => {
                let sequential = self.s.graph.access(node).order == AtomicOrder::SequentiallyConsistent;
                let op = if sequential { M::Mfence } else { M::Barrier };
                self.chain(node, MachineInst::new(op, 0), &[]);
            }
            Op::StackAlloc => {
                let align = self.s.graph.payload(node).max(16) as i64;
                let size = value(self.s.input(node, 2));
                let probed = System::of(&self.s.module.triple) == System::Windows;
                let op = if probed { M::AllocaProbed } else { M::Alloca };
                self.chain(node, MachineInst::new(op, 8).imm(align), &[size]);
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

    fn chain_at(&mut self, node: NodeId, inst: MachineInst, before: &[Operand], mem: &Mem, after: &[Operand]) {
        let operands: Vec<Operand> = before.iter().chain(&mem.registers).chain(after).copied().collect();
        self.chain(node, inst.at(mem.address), &operands);
    }

    /// Type of result `number` of an effect, if it is used.
    fn result(&self, node: NodeId, number: u32) -> Option<Type> {
        self.s.graph.find_proj(node, number).map(|proj| self.s.ty(proj))
    }

    fn load_ordered(&mut self, node: NodeId) {
        let ty = self.result(node, 2).unwrap_or(Type::I8);
        let op = if ty.is_float() || ty.is_vector() { M::MovsRM } else { M::MovRM };
        let mem = self.address(self.s.input(node, 2));
        self.chain_at(node, MachineInst::new(op, ty.bytes() as u8), &[], &mem, &[]);
    }

    fn store_ordered(&mut self, node: NodeId) {
        let stored = self.s.input(node, 3);
        let ty = self.s.ty(stored);
        let access = self.s.graph.access(node);
        let mem = self.address(self.s.input(node, 2));
        let size = ty.bytes() as u8;
        let (op, first) = match access.order {
            // An exchange is a full fence.
            AtomicOrder::SequentiallyConsistent if !ty.is_float() => (M::Xchg, true),
            _ if ty.is_float() || ty.is_vector() => (M::MovsMR, false),
            _ => (M::MovMR, false),
        };
        let inst = MachineInst::new(op, size);
        match first {
            true => self.chain_at(node, inst, &[value(stored)], &mem, &[]),
            false => self.chain_at(node, inst, &[], &mem, &[value(stored)]),
        }
    }

    fn atomic_update(&mut self, node: NodeId) {
        let operand = self.s.input(node, 3);
        let size = self.s.ty(operand).bytes() as u8;
        let rmw = self.s.graph.access(node).rmw;
        let mem = self.address(self.s.input(node, 2));
        let used = self.result(node, 2).is_some();
        let locked = match rmw {
            _ if used => None,
            RmwOp::Add => Some(M::AddMR),
            RmwOp::Sub => Some(M::SubMR),
            RmwOp::And => Some(M::AndMR),
            RmwOp::Or => Some(M::OrMR),
            RmwOp::Xor => Some(M::XorMR),
            _ => None,
        };
        if let Some(op) = locked {
            let inst = MachineInst::new(op, size).flags(InstFlags::LOCK);
            return self.chain_at(node, inst, &[], &mem, &[value(operand)]);
        }
        let (op, imm) = match rmw {
            RmwOp::Xchg => (M::Xchg, None),
            RmwOp::Add | RmwOp::Sub => (M::Xadd, None),
            RmwOp::And => (M::AtomicLoop, Some(AtomicOp::And)),
            RmwOp::Nand => (M::AtomicLoop, Some(AtomicOp::Nand)),
            RmwOp::Or => (M::AtomicLoop, Some(AtomicOp::Or)),
            RmwOp::Xor => (M::AtomicLoop, Some(AtomicOp::Xor)),
            RmwOp::SMin => (M::AtomicLoop, Some(AtomicOp::Min)),
            RmwOp::SMax => (M::AtomicLoop, Some(AtomicOp::Max)),
            RmwOp::UMin => (M::AtomicLoop, Some(AtomicOp::Umin)),
            _ => (M::AtomicLoop, Some(AtomicOp::Umax)),
        };
        let operand = match rmw {
            RmwOp::Sub => {
                let ty = self.s.ty(operand);
                self.s.inner(Tile::new(super::sized(M::NegR, ty), ty).with(value(operand)))
            }
            _ => value(operand),
        };
        let inst = MachineInst::new(op, size).imm(imm.map_or(0, |op| op as i64));
        self.chain_at(node, inst, &[operand], &mem, &[]);
    }

    fn compare_and_swap(&mut self, node: NodeId) {
        if let Some(operands) = self.s.swapped_words(node) {
            return self.chain(node, MachineInst::new(M::CmpxchgPair, 8), &operands);
        }
        let (expected, new) = (self.s.input(node, 3), self.s.input(node, 4));
        let mem = self.address(self.s.input(node, 2));
        let op = if self.result(node, 3).is_some() { M::CmpxchgSet } else { M::Cmpxchg };
        let inst = MachineInst::new(op, self.s.ty(expected).bytes() as u8);
        self.chain_at(node, inst, &[value(expected), value(new)], &mem, &[]);
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
            let filled = if extension == Extension::Sign { constant } else { (constant as u64 & ty.mask()) as i64 };
            return self.number(Type::I32, filled);
        }
        let stripped = self.s.strip(node);
        if extension == Extension::Zero && self.s.ty(stripped) == ty && self.s.is_zero_above(stripped) {
            return value(node);
        }
        let inst = match (extension, ty.bits()) {
            (Extension::Zero, 1) => MachineInst::new(M::AndRI, 4).imm(1),
            (Extension::Zero, _) => MachineInst::new(M::MovzxRR, 4).from_size(ty.bytes() as u8),
            _ => MachineInst::new(M::MovsxRR, 4).from_size(ty.bytes() as u8),
        };
        self.s.inner(Tile::new(inst, Type::I32).with(value(node)))
    }

    /// A function of known name is called directly.
    fn callee(&mut self, node: NodeId) {
        let callee = self.s.input(node, 2);
        if !self.s.is(callee, Op::SymbolAddr) {
            self.s.replace_input(node, 2, Operand::Fresh(callee));
        }
    }
}
