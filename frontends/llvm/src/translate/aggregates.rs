//! Parts of aggregates, terminators, and which instruction goes where.

use rustc_hash::FxHashSet;
use smallvec::SmallVec;
use son_ir::builder::Block;
use son_ir::{NodeId, Op, Type, Weights};

use super::At;
use super::function::Translator;
use super::hints;
use super::intrinsics::Intrinsic;
use super::promote::defining;
use crate::ast::{Constant, Inst, InstKind, IntPredicate, List, MetadataKind, Operand, Value, ValueKind};
use crate::error::{ErrorKind, Result};
use crate::types::{Type as Ast, TypeId};

/// Weights of a branch that `llvm.expect` is about, as LLVM has them.
const LIKELY: u32 = 2000;
const UNLIKELY: u32 = 1;

impl Translator<'_, '_, '_> {
    /// An instruction that is neither phi nor terminator.
    #[inline]
    pub(super) fn instruction(&mut self, inst: &Inst) -> Result<()> {
        match inst.kind {
            InstKind::Load { ty, pointer, align, volatile: false, atomic: None } => self.load(inst, ty, pointer, align),
            InstKind::Store { value, pointer, align, volatile: false, atomic: None } => {
                self.store(inst, value, pointer, align)
            }
            InstKind::Load { .. } => self.ordered_load(inst),
            InstKind::Store { .. } => self.ordered_store(inst),
            InstKind::GetElementPtr { .. } => self.get_element_ptr(inst),
            InstKind::Call(call) => {
                let body = self.body;
                self.call(inst, &body.calls[call as usize])
            }
            InstKind::Alloca { .. } => self.alloca(inst),
            InstKind::ExtractValue { aggregate, indices } => self.extract_value(inst, aggregate, indices),
            InstKind::InsertValue { aggregate, element, indices } => {
                self.insert_value(inst, aggregate, element, indices)
            }
            InstKind::Fence { ordering, single_thread } => {
                self.fence(ordering, single_thread);
                Ok(())
            }
            InstKind::CmpXchg { .. } => self.compare_exchange(inst),
            InstKind::AtomicRmw { .. } => self.atomic_rmw(inst),
            InstKind::ExtractElement { vector, index } => self.extract_element(inst, vector, index),
            InstKind::InsertElement { vector, element, index } => self.insert_element(inst, vector, element, index),
            InstKind::VaArg { list, ty } => self.va_arg(inst, list, ty),
            _ => self.computation(inst),
        }
    }

    /// What is left when no other function takes the instruction.
    #[cold]
    pub(super) fn unknown(&self, inst: &Inst) -> Result<()> {
        let what = match inst.kind {
            InstKind::VaArg { .. } => "instruction 'va_arg'",
            InstKind::LandingPad { .. } => "instruction 'landingpad'",
            InstKind::Invoke { .. } => "instruction 'invoke'",
            InstKind::Resume(_) => "instruction 'resume'",
            InstKind::ShuffleVector { .. } => "instruction 'shufflevector'",
            InstKind::Phi { .. } => {
                return Err(self.fault(ErrorKind::Invalid("a phi stands behind other instructions".into())));
            }
            _ => "this instruction",
        };
        Err(self.unsupported(what))
    }

    // ---- Aggregates ----

    /// The leaves of a part of an aggregate: their range, and the part's type.
    fn part_range(&mut self, aggregate: TypeId, indices: List) -> Result<(std::ops::Range<usize>, TypeId)> {
        let (mut start, mut ty) = (0, aggregate);
        let body = self.body;
        for &index in &body.indices[indices.range()] {
            let (before, part) = self.context.lowering.part(self.types, ty, index).at(self.offset)?;
            start += before;
            ty = part;
        }
        let count = self.context.lowering.count(self.types, ty).at(self.offset)?;
        Ok((start..start + count, ty))
    }

    fn extract_value(&mut self, inst: &Inst, aggregate: Operand, indices: List) -> Result<()> {
        let parts = self.parts(aggregate)?;
        let (range, ty) = self.part_range(aggregate.ty, indices)?;
        self.set_result(inst, ty, &parts[range])
    }

    fn insert_value(&mut self, inst: &Inst, aggregate: Operand, element: Operand, indices: List) -> Result<()> {
        let mut parts = self.parts(aggregate)?;
        let (range, _) = self.part_range(aggregate.ty, indices)?;
        let new = self.parts(element)?;
        parts[range].copy_from_slice(&new);
        self.set_result(inst, aggregate.ty, &parts)
    }

    /// Gives an instruction whose result is a structure of scalars their nodes.
    pub(super) fn set_leaves(&mut self, inst: &Inst, nodes: &[NodeId]) -> Result<()> {
        match inst.result {
            Some(result) => self.set_parts(result, self.body.locals.list[result.index()].ty, nodes),
            None => Ok(()),
        }
    }

    // ---- Pairs of floats, which are moved as doubles ----

    /// Bits of a pair of floats, and by how much they are shifted to reach the lane of a constant index.
    fn lane(&mut self, vector: Operand, index: Operand) -> Result<(NodeId, NodeId)> {
        let index = self.scalar(index)?;
        let lane = self.builder.graph().constant(index).filter(|&lane| lane < 2);
        let pair = matches!(self.types.get(vector.ty), Ast::Vector { element: TypeId::FLOAT, len: 2, scalable: false });
        let (Some(lane), true) = (lane, pair) else {
            let ty = self.types.display(vector.ty);
            return Err(self.unsupported(format!("element of a value of type '{ty}'")));
        };
        let node = self.scalar(vector)?;
        let bits = self.builder.pure(Op::Bitcast, Type::I64, &[node]);
        let shift = self.builder.iconst(Type::I64, lane as i64 * 32);
        Ok((bits, shift))
    }

    fn extract_element(&mut self, inst: &Inst, vector: Operand, index: Operand) -> Result<()> {
        let (bits, shift) = self.lane(vector, index)?;
        let shifted = self.builder.pure(Op::LShr, Type::I64, &[bits, shift]);
        let low = self.builder.pure(Op::Trunc, Type::I32, &[shifted]);
        let node = self.builder.pure(Op::Bitcast, Type::F32, &[low]);
        self.set(inst, node);
        Ok(())
    }

    fn insert_element(&mut self, inst: &Inst, vector: Operand, element: Value, index: Operand) -> Result<()> {
        let (bits, shift) = self.lane(vector, index)?;
        let element = self.scalar_of(TypeId::FLOAT, element)?;
        let element = self.builder.pure(Op::Bitcast, Type::I32, &[element]);
        let element = self.builder.pure(Op::ZExt, Type::I64, &[element]);
        let lane = self.builder.iconst(Type::I64, 0xffff_ffff);
        let lane = self.builder.pure(Op::Shl, Type::I64, &[lane, shift]);
        let all = self.builder.iconst(Type::I64, -1);
        let others = self.builder.pure(Op::Xor, Type::I64, &[lane, all]);
        let kept = self.builder.pure(Op::And, Type::I64, &[bits, others]);
        let element = self.builder.pure(Op::Shl, Type::I64, &[element, shift]);
        let bits = self.builder.pure(Op::Or, Type::I64, &[kept, element]);
        let node = self.builder.pure(Op::Bitcast, Type::F64, &[bits]);
        self.set(inst, node);
        Ok(())
    }

    // ---- Terminators ----

    pub(super) fn terminator(&mut self, inst: &Inst) -> Result<()> {
        match inst.kind {
            InstKind::Ret(None) => self.builder.ret(&[]),
            InstKind::Ret(Some(value)) => {
                let values = self.parts(value)?;
                self.builder.ret(&values);
            }
            InstKind::Br(target) => self.builder.jump(self.blocks[target.index()]),
            InstKind::CondBr { condition, then, otherwise } => {
                let weights = self.branch_weights(inst, condition);
                let node = self.scalar_of(TypeId::I1, condition)?;
                let (then, otherwise) = (self.blocks[then.index()], self.blocks[otherwise.index()]);
                self.builder.branch(node, then, otherwise, weights);
            }
            InstKind::Switch { .. } => self.switch(inst)?,
            InstKind::IndirectBr { address, targets } => {
                let node = self.scalar_of(TypeId::PTR, address)?;
                self.indirect_branch(node, targets);
            }
            InstKind::Unreachable => self.builder.unreachable(),
            _ => self.unknown(inst)?,
        }
        Ok(())
    }

    fn switch(&mut self, inst: &Inst) -> Result<()> {
        let InstKind::Switch { value, default, cases } = inst.kind else { return Ok(()) };
        let body = self.body;
        let default = self.blocks[default.index()];
        let mut seen = FxHashSet::default();
        let mut table: Vec<(u64, Block)> = Vec::with_capacity(cases.len());
        for case in &body.edges[cases.range()] {
            let ValueKind::Constant(id) = case.value.kind() else { continue };
            let Constant::Int(number) = body.constants.get(id) else {
                return Err(self.unsupported("switch on more than 64 bits"));
            };
            if !seen.insert(number) {
                let message = format!("case {number} stands twice in this switch");
                return Err(self.fault(ErrorKind::Invalid(message.into())));
            }
            table.push((number, self.blocks[case.block.index()]));
        }
        let node = self.scalar(value)?;
        if table.is_empty() {
            self.builder.jump(default);
            return Ok(());
        }
        let weights = self.switch_weights(inst, value.value, &table);
        self.builder.switch(node, default, &table, &weights);
        Ok(())
    }

    /// Weights of the default and of each case; none if nothing is known.
    fn switch_weights(&self, inst: &Inst, value: Value, table: &[(u64, Block)]) -> Vec<u32> {
        if let Some(number) = self.body.attachment(inst, MetadataKind::Prof) {
            let ast = self.context.ast;
            let weights = hints::weights(&ast.metadata, &ast.constants, number);
            return if weights.len() == table.len() + 1 { weights.to_vec() } else { Vec::new() };
        }
        let Some(expected) = self.expected_value(value) else { return Vec::new() };
        let likely = table.iter().position(|case| case.0 == expected).map_or(0, |case| case + 1);
        let mut weights = vec![UNLIKELY; table.len() + 1];
        weights[likely] = LIKELY;
        weights
    }

    fn branch_weights(&self, inst: &Inst, condition: Value) -> Weights {
        if let Some(number) = self.body.attachment(inst, MetadataKind::Prof) {
            let ast = self.context.ast;
            return match hints::weights(&ast.metadata, &ast.constants, number)[..] {
                [on_true, on_false] => Weights { on_true, on_false },
                _ => Weights::default(),
            };
        }
        match self.expected_condition(condition) {
            Some(true) => Weights { on_true: LIKELY, on_false: UNLIKELY },
            Some(false) => Weights { on_true: UNLIKELY, on_false: LIKELY },
            None => Weights::default(),
        }
    }

    /// What a condition is expected to be: `icmp ne (llvm.expect(x, 1), 0)`, or an expected `i1`.
    fn expected_condition(&self, condition: Value) -> Option<bool> {
        if !self.context.has_expectations {
            return None;
        }
        match defining(self.body, condition)?.kind {
            InstKind::IntCompare { predicate, left, right, .. } => {
                let ValueKind::Constant(id) = right.kind() else { return None };
                let Constant::Int(number) = self.body.constants.get(id) else { return None };
                let equal = self.expected_value(left.value)? == number;
                match predicate {
                    IntPredicate::Eq => Some(equal),
                    IntPredicate::Ne => Some(!equal),
                    _ => None,
                }
            }
            _ => self.expected_value(condition).map(|value| value != 0),
        }
    }

    /// The value that `llvm.expect` says.
    fn expected_value(&self, value: Value) -> Option<u64> {
        if !self.context.has_expectations {
            return None;
        }
        let inst = defining(self.body, value)?;
        if self.intrinsic(inst) != Some(Intrinsic::Expect) {
            return None;
        }
        let InstKind::Call(call) = inst.kind else { return None };
        let expected = self.body.operands[self.body.calls[call as usize].args.range()].get(1)?;
        let ValueKind::Constant(id) = expected.value.kind() else { return None };
        match self.body.constants.get(id) {
            Constant::Int(number) => Some(number),
            _ => None,
        }
    }

    /// Only blocks whose address is taken can be reached so.
    fn indirect_branch(&mut self, address: NodeId, targets: List) {
        let mut table: SmallVec<[(u32, Block); 8]> = SmallVec::new();
        let mut seen = FxHashSet::default();
        for target in &self.body.targets[targets.range()] {
            if let Some(number) = self.indirect[target.index()].filter(|&number| seen.insert(number)) {
                table.push((number, self.blocks[target.index()]));
            }
        }
        match table.is_empty() {
            true => self.builder.unreachable(),
            false => self.builder.indirect_branch(address, &table),
        }
    }
}
