//! Volatile accesses of integers that no single instruction reads or writes: one access for each word of their bytes,
//! from the lowest on.

use super::narrow::{part, words};
use super::wide::{Words, is_wide};
use super::{Legalizer, container};
use crate::lower::LowerError;
use son_ir::{AccessFlags, Inputs, NodeId, Op, Type};

impl Legalizer<'_> {
    /// Splits the access if it must be, and says what stands for its projections.
    pub(super) fn split_ordered(&mut self, node: NodeId, op: Op) -> bool {
        let value = if op == Op::LoadOrdered { self.graph.find_proj(node, 2) } else { Some(self.graph.input(node, 3)) };
        let Some(value) = value else { return false };
        let ty = self.graph.ty(value);
        if !is_wide(ty) && container(ty) == ty {
            return false;
        }
        if self.graph.access(node).flags.has(AccessFlags::ATOMIC) {
            self.refused.get_or_insert_with(|| LowerError::Unsupported(format!("atomic access of type {ty}")));
        }
        let mut inputs: Inputs = self.graph.inputs(node).map(|input| self.legal(input)).collect();
        if op == Op::LoadOrdered {
            let low = self.load_ordered(node, &mut inputs, 0, ty.bytes().min(8), ty);
            self.new_of[value.index()] = low;
            if is_wide(ty) {
                let high = self.load_ordered(node, &mut inputs, 8, ty.bytes() - 8, ty);
                self.set_words(value, Words { low, high });
            }
        } else if is_wide(ty) {
            let words = self.unsigned_words(value);
            self.store_ordered(node, &mut inputs, 0, 8, words.low);
            self.store_ordered(node, &mut inputs, 8, ty.bytes() - 8, words.high);
        } else {
            let word = self.zero_extended(inputs[3], ty, container(ty));
            self.store_ordered(node, &mut inputs, 0, ty.bytes(), word);
        }
        for (index, after) in [(0, inputs[0]), (1, inputs[1])] {
            if let Some(proj) = self.graph.find_proj(node, index) {
                self.new_of[proj.index()] = after;
            }
        }
        true
    }

    /// One word's bytes; control and memory in `inputs` go on.
    fn load_ordered(&mut self, node: NodeId, inputs: &mut Inputs, from: u32, bytes: u32, ty: Type) -> NodeId {
        let held = if is_wide(ty) { Type::I64 } else { container(ty) };
        let mut value = None;
        for (word, offset) in words(bytes) {
            let address = self.offset(inputs[2], from + offset);
            let tuple = self.ordered(node, inputs, from + offset, &[inputs[0], inputs[1], address]);
            let loaded = self.graph.insert_proj(tuple, 2, word);
            value = Some(self.joined(value, loaded, offset, held));
        }
        value.expect("an integer has a byte")
    }

    fn store_ordered(&mut self, node: NodeId, inputs: &mut Inputs, to: u32, bytes: u32, value: NodeId) {
        for (word, offset) in words(bytes) {
            let address = self.offset(inputs[2], to + offset);
            let piece = self.piece(value, word, offset);
            self.ordered(node, inputs, to + offset, &[inputs[0], inputs[1], address, piece]);
        }
    }

    fn ordered(&mut self, like: NodeId, inputs: &mut Inputs, offset: u32, own: &[NodeId]) -> NodeId {
        let payload = part(self.graph.access(like), offset).payload();
        let tuple = self.graph.raw(self.graph.op(like), Type::TUPLE, payload, own);
        inputs[0] = self.graph.insert_proj(tuple, 0, Type::CTRL);
        inputs[1] = self.graph.insert_proj(tuple, 1, Type::MEM);
        tuple
    }
}
