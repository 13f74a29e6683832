//! Guards and deoptimization, for languages that compile on assumptions.

use super::check::{mismatch, shape};
use super::{Cursor, Operand, Operands, Value};
use crate::builder::BuildError;
use crate::ops::{NodeFlags, Op};
use crate::payload::FrameDescriptor;
use crate::types::Type;

impl Cursor<'_> {
    /// The state of this function's frame at the frontend's program counter `pc`: the values that the
    /// unoptimized code needs to go on there. With the state of the caller's frame if this one is inlined.
    pub fn frame_state(&self, pc: u32, values: impl Operands, outer: Option<Value>) -> Value {
        let op = Op::FrameState;
        let mut nodes: Vec<_> = Vec::new();
        for (index, operand) in values.operands().into_iter().enumerate() {
            match self.type_of(operand) {
                Some(ty) if ty.is_data() => nodes.push(self.operand(op, index, operand, ty).node),
                Some(ty) => self.keep(mismatch(op, index, "a value".to_owned(), ty)),
                None => self.keep(shape(op, format!("value {index} is a literal: make it a constant of a type"))),
            }
        }
        if let Some(outer) = outer {
            nodes.push(self.operand(op, nodes.len(), Operand::Value(outer), Type::STATE).node);
        }
        let frame = FrameDescriptor { function: self.symbol(), pc, has_outer: outer.is_some() };
        let mut builder = self.builder.borrow_mut();
        let payload = builder.graph_mut().tables_mut().add_frame(frame);
        let node = builder.pure_with(op, Type::STATE, NodeFlags::NONE, payload, &nodes);
        drop(builder);
        self.value(node, Type::STATE)
    }

    /// Goes on if the condition holds; else leaves compiled code with the state.
    pub fn guard(&self, condition: impl Into<Operand>, state: Value) {
        let condition = self.operand(Op::Guard, 0, condition.into(), Type::I1);
        let state = self.operand(Op::Guard, 1, Operand::Value(state), Type::STATE);
        if self.is_open_for(Op::Guard) && !self.failed.get() {
            self.builder.borrow_mut().guard(condition.node, state.node);
        }
    }

    /// A place where a runtime may stop the program, look at its frames, or deoptimize them.
    pub fn safepoint(&self, state: Value) {
        let state = self.operand(Op::Safepoint, 0, Operand::Value(state), Type::STATE);
        if self.is_open_for(Op::Safepoint) && !self.failed.get() {
            self.builder.borrow_mut().safepoint(state.node);
        }
    }

    /// Ends the block: leaves compiled code with the state.
    ///
    /// # Errors
    /// The first mistake so far.
    pub fn deopt(&self, state: Value) -> Result<(), BuildError> {
        let state = self.operand(Op::Deopt, 0, Operand::Value(state), Type::STATE);
        if self.is_open_for(Op::Deopt) && !self.failed.get() {
            self.builder.borrow_mut().deopt(state.node);
        }
        self.check()
    }
}
