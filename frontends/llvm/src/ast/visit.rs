//! Operands and successors of instructions, in general.

use super::{BlockId, Body, Inst, InstKind, List, Value};

impl Body<'_> {
    /// Visits each value that the instruction uses.
    pub fn each_value(&self, inst: &Inst, mut visit: impl FnMut(Value)) {
        match inst.kind {
            InstKind::Br(_)
            | InstKind::Unreachable
            | InstKind::Ret(None)
            | InstKind::Fence { .. }
            | InstKind::Alloca { count: None, .. } => {}
            InstKind::Ret(Some(value))
            | InstKind::Resume(value)
            | InstKind::Freeze(value)
            | InstKind::FNeg { operand: value, .. }
            | InstKind::Cast { from: value, .. }
            | InstKind::ExtractValue { aggregate: value, .. }
            | InstKind::Alloca { count: Some(value), .. } => visit(value.value),
            InstKind::CondBr { condition: value, .. }
            | InstKind::IndirectBr { address: value, .. }
            | InstKind::Load { pointer: value, .. }
            | InstKind::VaArg { list: value, .. } => visit(value),
            InstKind::Switch { value, cases, .. } => {
                visit(value.value);
                self.each_edge_value(cases, &mut visit);
            }
            InstKind::Phi { inputs, .. } => self.each_edge_value(inputs, &mut visit),
            InstKind::Binary { left, right, .. }
            | InstKind::IntCompare { left, right, .. }
            | InstKind::FloatCompare { left, right, .. } => {
                visit(left.value);
                visit(right);
            }
            InstKind::Select { condition, then, otherwise, .. } => {
                visit(condition.value);
                visit(then.value);
                visit(otherwise);
            }
            InstKind::Store { value, pointer, .. } => {
                visit(value.value);
                visit(pointer);
            }
            InstKind::GetElementPtr { operands, .. } | InstKind::LandingPad { clauses: operands, .. } => {
                self.operands[operands.range()].iter().for_each(|operand| visit(operand.value));
            }
            InstKind::CmpXchg { pointer, expected, new, .. } => {
                visit(pointer);
                visit(expected.value);
                visit(new);
            }
            InstKind::AtomicRmw { pointer, operand, .. } => {
                visit(pointer);
                visit(operand.value);
            }
            InstKind::InsertValue { aggregate, element, .. } => {
                visit(aggregate.value);
                visit(element.value);
            }
            InstKind::ExtractElement { vector, index } => {
                visit(vector.value);
                visit(index.value);
            }
            InstKind::InsertElement { vector, element, index } => {
                visit(vector.value);
                visit(element);
                visit(index.value);
            }
            InstKind::ShuffleVector { left, right, mask } => {
                visit(left.value);
                visit(right);
                visit(mask.value);
            }
            InstKind::Call(call) | InstKind::Invoke { call, .. } => {
                let call = &self.calls[call as usize];
                visit(call.callee);
                self.operands[call.args.range()].iter().for_each(|operand| visit(operand.value));
                for bundle in &self.bundles[call.bundles.range()] {
                    self.operands[bundle.operands.range()].iter().for_each(|operand| visit(operand.value));
                }
            }
        }
    }

    fn each_edge_value(&self, edges: List, visit: &mut impl FnMut(Value)) {
        self.edges[edges.range()].iter().for_each(|edge| visit(edge.value));
    }

    /// Visits each block that the terminator may go to, once for each way.
    pub fn each_successor(&self, inst: &Inst, mut visit: impl FnMut(BlockId)) {
        match inst.kind {
            InstKind::Br(target) => visit(target),
            InstKind::CondBr { then, otherwise, .. } => {
                visit(then);
                visit(otherwise);
            }
            InstKind::Switch { default, cases, .. } => {
                visit(default);
                self.edges[cases.range()].iter().for_each(|case| visit(case.block));
            }
            InstKind::IndirectBr { targets, .. } => {
                self.targets[targets.range()].iter().for_each(|&target| visit(target));
            }
            InstKind::Invoke { normal, unwind, .. } => {
                visit(normal);
                visit(unwind);
            }
            _ => {}
        }
    }
}
