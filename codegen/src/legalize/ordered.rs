//! Ordered accesses that targets have no instructions for.
//!
//! Volatile accesses of integers that no single instruction reads or writes become one access for each word of their
//! bytes, from the lowest on. Accesses of floats that order others are those of integers with the same bits, and
//! arithmetic on a float in memory is a loop that starts over if another thread wrote in between.

use super::narrow::{part, words};
use super::wide::{Words, is_wide};
use super::{Legalizer, container};
use crate::lower::LowerError;
use smallvec::{SmallVec, smallvec};
use son_ir::{AccessFlags, AtomicOrder, Inputs, MemAccess, NodeId, Op, RmwOp, Type, Weights};

/// The words of what is swapped, the low one first.
pub(super) type SwappedWords = SmallVec<[NodeId; 2]>;

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
        self.go_on(node, inputs[0], inputs[1]);
        true
    }

    /// What stands for control and memory after an old access.
    pub(super) fn go_on(&mut self, node: NodeId, control: NodeId, memory: NodeId) {
        for (index, after) in [(0, control), (1, memory)] {
            if let Some(proj) = self.graph.find_proj(node, index) {
                self.new_of[proj.index()] = after;
            }
        }
    }

    /// Makes an access of a float that orders others one of an integer, and says what stands for its projections.
    pub(super) fn ordered_float(&mut self, node: NodeId, op: Op) -> bool {
        let value = match op {
            Op::LoadOrdered => self.graph.find_proj(node, 2),
            _ => Some(self.graph.input(node, 3)),
        };
        let access = self.graph.access(node);
        let plain = op != Op::AtomicRmw && access.order == AtomicOrder::Relaxed;
        let Some(ty) = value.map(|value| self.graph.ty(value)).filter(|ty| ty.is_float() && !plain) else {
            return false;
        };
        let word = Type::int(ty.bits());
        let mut inputs: Inputs = self.graph.inputs(node).map(|input| self.legal(input)).collect();
        let bits = match op {
            Op::AtomicRmw if access.rmw != RmwOp::Xchg => Some(self.float_update(node, &mut inputs, ty)),
            _ => {
                inputs[3..].iter_mut().for_each(|bits| *bits = self.op(Op::Bitcast, word, &[*bits]));
                let own = inputs.clone();
                let tuple = self.ordered(node, &mut inputs, 0, &own);
                (op != Op::StoreOrdered).then(|| self.graph.insert_proj(tuple, 2, word))
            }
        };
        if let (Some(bits), Some(old)) = (bits, self.graph.find_proj(node, 2)) {
            self.new_of[old.index()] = self.op(Op::Bitcast, ty, &[bits]);
        }
        self.go_on(node, inputs[0], inputs[1]);
        true
    }

    /// Loads a float, computes what it becomes, and swaps the two until nobody came in between. Gives the
    /// bits before.
    fn float_update(&mut self, node: NodeId, inputs: &mut Inputs, ty: Type) -> NodeId {
        let (access, word, operand) = (self.graph.access(node), Type::int(ty.bits()), inputs[3]);
        let first = self.load_relaxed(access, inputs, 0, word);
        let computes = match access.rmw {
            RmwOp::FAdd => Op::FAdd,
            RmwOp::FSub => Op::FSub,
            RmwOp::FMax => Op::FMax,
            _ => Op::FMin,
        };
        let seen = self.swap_until(access, inputs, &[first], |this, old| {
            let before = this.op(Op::Bitcast, ty, &[old[0]]);
            let after = this.op(computes, ty, &[before, operand]);
            smallvec![this.op(Op::Bitcast, word, &[after])]
        });
        seen[0]
    }

    /// Reads a word without order.
    pub(super) fn load_relaxed(&mut self, access: MemAccess, inputs: &mut Inputs, offset: u32, word: Type) -> NodeId {
        let relaxed = MemAccess { order: AtomicOrder::Relaxed, rmw: RmwOp::default(), ..part(access, offset) };
        let address = self.offset(inputs[2], offset);
        let own = [inputs[0], inputs[1], address];
        let [loaded] = self.effect((Op::LoadOrdered, relaxed), inputs, &own, [word]);
        loaded
    }

    /// A loop that starts with these words in memory, computes what they become, and swaps the two until nobody came in
    /// between. Gives the words before.
    pub(super) fn swap_until(
        &mut self,
        access: MemAccess,
        inputs: &mut Inputs,
        first: &[NodeId],
        after: impl FnOnce(&mut Self, &[NodeId]) -> SwappedWords,
    ) -> SwappedWords {
        let header = self.graph.raw(Op::Loop, Type::CTRL, 0, &[inputs[0], inputs[0]]);
        let state = self.graph.raw(Op::Phi, Type::MEM, 0, &[header, inputs[1], inputs[1]]);
        let phi = |this: &mut Self, &word: &NodeId| {
            let ty = this.graph.ty(word);
            this.graph.raw(Op::Phi, ty, 0, &[header, word, word])
        };
        let old: SwappedWords = first.iter().map(|word| phi(self, word)).collect();
        let new = after(self, &old);
        (inputs[0], inputs[1]) = (header, state);
        let (seen, swapped) = self.swap(access, inputs, &old, &new);
        let (done, again) = self.branch(inputs[0], swapped, Weights { on_true: 100, on_false: 1 });
        self.graph.set_input(header, 1, again);
        self.graph.set_input(state, 2, inputs[1]);
        for (&old, &seen) in old.iter().zip(&seen) {
            self.graph.set_input(old, 2, seen);
        }
        inputs[0] = done;
        seen
    }

    /// Compares words in memory with the old ones, and puts the new ones there if they are the same: the words before,
    /// and whether they were.
    pub(super) fn swap(
        &mut self,
        access: MemAccess,
        inputs: &mut Inputs,
        old: &[NodeId],
        new: &[NodeId],
    ) -> (SwappedWords, NodeId) {
        let own: Inputs = inputs[..3].iter().chain(old).chain(new).copied().collect();
        let access = MemAccess { rmw: RmwOp::default(), ..access };
        let word = self.graph.ty(old[0]);
        if old.len() == 1 {
            let [seen, swapped] = self.effect((Op::AtomicCas, access), inputs, &own, [word, Type::I1]);
            return (smallvec![seen], swapped);
        }
        let [low, high, swapped] = self.effect((Op::AtomicCas, access), inputs, &own, [word, word, Type::I1]);
        (smallvec![low, high], swapped)
    }

    /// Makes an access with these results; control and memory in `inputs` go on.
    fn effect<const N: usize>(
        &mut self,
        (op, access): (Op, MemAccess),
        inputs: &mut Inputs,
        own: &[NodeId],
        results: [Type; N],
    ) -> [NodeId; N] {
        let tuple = self.graph.raw(op, Type::TUPLE, access.payload(), own);
        inputs[0] = self.graph.insert_proj(tuple, 0, Type::CTRL);
        inputs[1] = self.graph.insert_proj(tuple, 1, Type::MEM);
        let mut number = 1;
        results.map(|ty| {
            number += 1;
            self.graph.insert_proj(tuple, number, ty)
        })
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
