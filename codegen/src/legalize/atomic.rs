//! Atomic accesses of 16 bytes, by one op: the comparison and swap of two words.
//!
//! In legal form that has two words where others have one: inputs 3 and 4 are expected, 5 and 6 are new, projections 2
//! and 3 are the words before, and 4 says whether they were the expected ones. A load swaps zero for zero; all others are
//! loops around it. It orders all accesses, as the strongest order asks. Where there is no such instruction compilers call
//! the library instead, so the access is refused.

use super::Legalizer;
use super::ordered::SwappedWords;
use super::wide::{Words, is_wide};
use crate::lower::LowerError;
use smallvec::smallvec;
use son_ir::{AccessFlags, Inputs, NodeId, Op, RmwOp, Type};

impl Legalizer<'_> {
    /// Makes an atomic access of an integer of two words, and says what stands for its projections; false if the node is
    /// none.
    pub(super) fn atomic_words(&mut self, node: NodeId, op: Op) -> bool {
        let value = match op {
            Op::LoadOrdered => self.graph.find_proj(node, 2),
            Op::StoreOrdered | Op::AtomicRmw | Op::AtomicCas => Some(self.graph.input(node, 3)),
            _ => None,
        };
        let Some(ty) = value.map(|value| self.graph.ty(value)).filter(|&ty| is_wide(ty)) else { return false };
        let access = self.graph.access(node);
        let is_plain = matches!(op, Op::LoadOrdered | Op::StoreOrdered) && !access.flags.has(AccessFlags::ATOMIC);
        if is_plain {
            return false;
        }
        if !self.capabilities.swaps_16_bytes || ty != Type::I128 {
            let access = format!("atomic access of type {ty} on a processor without an instruction for it");
            self.refused.get_or_insert(LowerError::Unsupported(access));
        }
        let mut inputs: Inputs = self.graph.inputs(node).map(|input| self.legal(input)).collect();
        let words = |this: &Self, index: usize| -> SwappedWords {
            let Words { low, high } = this.words(this.graph.input(node, index));
            smallvec![low, high]
        };
        let (seen, swapped) = match op {
            Op::LoadOrdered => {
                let zero = self.constant(Type::I64, 0);
                self.swap(access, &mut inputs, &[zero; 2], &[zero; 2])
            }
            Op::AtomicCas => {
                let (expected, new) = (words(self, 3), words(self, 4));
                self.swap(access, &mut inputs, &expected, &new)
            }
            _ => {
                let operand = words(self, 3);
                let first = [0, 8].map(|offset| self.load_relaxed(access, &mut inputs, offset, Type::I64));
                let operation = if op == Op::AtomicRmw { access.rmw } else { RmwOp::Xchg };
                let seen = self.swap_until(access, &mut inputs, &first, |this, old| {
                    let [old, operand] = [old, &operand].map(|words| Words { low: words[0], high: words[1] });
                    let Words { low, high } = this.updated(operation, old, operand);
                    smallvec![low, high]
                });
                (seen, NodeId::NONE)
            }
        };
        if let Some(before) = self.graph.find_proj(node, 2) {
            self.set_words(before, Words { low: seen[0], high: seen[1] });
        }
        if let Some(flag) = self.graph.find_proj(node, 3) {
            self.new_of[flag.index()] = swapped;
        }
        self.go_on(node, inputs[0], inputs[1]);
        true
    }

    /// What an operation makes of two words.
    fn updated(&mut self, operation: RmwOp, old: Words, operand: Words) -> Words {
        match operation {
            RmwOp::Add => self.sum(old, operand),
            RmwOp::Sub => self.difference(old, operand),
            RmwOp::And => self.bitwise(Op::And, old, operand),
            RmwOp::Or => self.bitwise(Op::Or, old, operand),
            RmwOp::Xor => self.bitwise(Op::Xor, old, operand),
            RmwOp::Nand => {
                let both = self.bitwise(Op::And, old, operand);
                let ones = self.constant(Type::I64, u64::MAX);
                self.bitwise(Op::Xor, both, Words { low: ones, high: ones })
            }
            RmwOp::SMin | RmwOp::SMax | RmwOp::UMin | RmwOp::UMax => {
                let signed = matches!(operation, RmwOp::SMin | RmwOp::SMax);
                let less = self.less(if signed { Op::Slt } else { Op::Ult }, old, operand);
                match operation {
                    RmwOp::SMin | RmwOp::UMin => self.choose(less, old, operand),
                    _ => self.choose(less, operand, old),
                }
            }
            _ => operand,
        }
    }
}
