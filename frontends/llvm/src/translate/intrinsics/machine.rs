//! Intrinsics of memory, stack and machine.

use son_ir::{AccessFlags, MemAccess, NodeFlags, Op, Type, Weights};

use super::super::function::Translator;
use super::Intrinsic;
use crate::ast::{Call, Inst, Operand};
use crate::error::Result;

impl Translator<'_, '_, '_> {
    pub(super) fn machine_intrinsic(
        &mut self,
        inst: &Inst,
        call: &Call,
        intrinsic: Intrinsic,
        args: &[Operand],
    ) -> Result<()> {
        match (intrinsic, args) {
            (Intrinsic::MemCopy, &[_, _, _, ..]) => self.block_op(call, Op::MemCopy, args),
            (Intrinsic::MemMove, &[_, _, _, ..]) => self.block_op(call, Op::MemMove, args),
            (Intrinsic::MemSet, &[_, _, _, ..]) => self.block_op(call, Op::MemSet, args),
            (Intrinsic::Trap, _) => {
                self.builder.trap();
                Ok(())
            }
            (Intrinsic::DebugTrap, _) => {
                // SIGTRAP has this number everywhere.
                let signal = self.builder.iconst(Type::I32, 5);
                self.library_call("raise", &[signal], Type::I32);
                Ok(())
            }
            (Intrinsic::StackSave, _) => {
                let results = self.builder.effect(Op::StackSave, &[], 0, &[Type::PTR]);
                self.set(inst, results.values[0]);
                Ok(())
            }
            (Intrinsic::StackRestore, &[pointer]) => self.pointer_effect(Op::StackRestore, pointer),
            (Intrinsic::VaStart, &[list]) => self.pointer_effect(Op::VaStart, list),
            (Intrinsic::Prefetch, &[address, ..]) => self.pointer_effect(Op::Prefetch, address),
            (Intrinsic::VaCopy, &[to, from]) => self.va_copy(to, from),
            (Intrinsic::ObjectSize, &[_, least, ..]) => {
                // Not known: the greatest size, or the least if that is asked for.
                let least = self.immediate(call, least)? != 0;
                let ty = self.number_type(call.ret)?;
                let node = self.builder.iconst(ty, if least { 0 } else { -1 });
                self.set(inst, node);
                Ok(())
            }
            (Intrinsic::IsConstant, &[value]) => {
                let node = self.parts(value)?;
                let graph = self.builder.graph();
                let constant = node.iter().all(|&node| graph.constant(node).is_some());
                let node = self.builder.iconst(Type::I1, i64::from(constant));
                self.set(inst, node);
                Ok(())
            }
            (Intrinsic::ReturnAddress, &[level]) => self.frame(inst, call, Op::ReturnAddr, level),
            (Intrinsic::FrameAddress, &[level]) => self.frame(inst, call, Op::FrameAddr, level),
            (Intrinsic::PtrMask, &[pointer, mask]) => self.mask_pointer(inst, pointer, mask),
            _ => Err(self.unsupported_intrinsic(call)),
        }
    }

    fn pointer_effect(&mut self, op: Op, pointer: Operand) -> Result<()> {
        let node = self.scalar(pointer)?;
        self.builder.effect(op, &[node], 0, &[]);
        Ok(())
    }

    /// `memcpy`, `memmove`, `memset`: address, address or byte, length, whether volatile.
    fn block_op(&mut self, call: &Call, op: Op, args: &[Operand]) -> Result<()> {
        let attributes = &self.body.argument_attributes[call.arg_attributes.range()];
        let align = |arg: usize| self.body.attributes[attributes[arg].index()].align.max(1);
        let align = if op == Op::MemSet { align(0) } else { align(0).min(align(1)) };
        let (to, from) = (self.scalar(args[0])?, self.scalar(args[1])?);
        let ty = self.number_type(args[2].ty)?;
        let len = self.scalar(args[2])?;
        let len = self.resize(len, ty, Type::I64);
        let volatile = match args.get(3) {
            Some(&flag) => self.immediate(call, flag)? != 0,
            None => false,
        };
        let mut access = MemAccess::aligned(align);
        if volatile {
            access = access.with(AccessFlags::VOLATILE);
        }
        self.builder.memory_op(op, &[to, from, len], access.payload());
        Ok(())
    }

    fn frame(&mut self, inst: &Inst, call: &Call, op: Op, level: Operand) -> Result<()> {
        let level = self.immediate(call, level)?;
        let control = self.builder.control();
        let graph = self.builder.graph_mut();
        let node = graph.node(op, Type::PTR, NodeFlags::NONE, level, &[control]);
        self.set(inst, node);
        Ok(())
    }

    /// The pointer with some low bits cleared, still of its object.
    fn mask_pointer(&mut self, inst: &Inst, pointer: Operand, mask: Operand) -> Result<()> {
        let ty = self.number_type(mask.ty)?;
        let (pointer, mask) = (self.scalar(pointer)?, self.scalar(mask)?);
        let mask = self.resize(mask, ty, Type::I64);
        let number = self.builder.pure(Op::PtrToInt, Type::I64, &[pointer]);
        let masked = self.builder.pure(Op::And, Type::I64, &[number, mask]);
        let distance = self.builder.pure(Op::Sub, Type::I64, &[masked, number]);
        let node = self.builder.pure(Op::PtrAdd, Type::PTR, &[pointer, distance]);
        self.set(inst, node);
        Ok(())
    }

    /// Goes on only if the condition holds.
    pub(super) fn assume(&mut self, inst: &Inst, call: &Call, condition: Operand) -> Result<()> {
        let Some(&next) = self.assumed.get(&inst.offset) else { return Ok(()) };
        let mut node = self.scalar(condition)?;
        let body = self.body;
        for bundle in &body.bundles[call.bundles.range()] {
            // Of the other bundles facts do not know what to make.
            let operands = &body.operands[bundle.operands.range()];
            if let ([pointer, ..], b"nonnull" | b"dereferenceable") = (operands, &*bundle.tag) {
                let pointer = self.scalar(*pointer)?;
                let graph = self.builder.graph_mut();
                let null = graph.iconst(Type::PTR, 0);
                let is_object = graph.pure(Op::Ne, Type::I1, &[pointer, null]);
                node = graph.pure(Op::And, Type::I1, &[node, is_object]);
            }
        }
        if self.builder.graph().constant(node) == Some(1) {
            self.builder.jump(next);
        } else {
            let never = self.builder.create_block();
            self.builder.branch(node, next, never, Weights { on_true: 1, on_false: 0 });
            self.builder.seal(never);
            self.builder.enter(never);
            self.builder.unreachable();
        }
        self.builder.seal(next);
        self.builder.enter(next);
        Ok(())
    }
}
