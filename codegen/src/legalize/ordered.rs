//! Ordered accesses that targets have no instructions for.
//!
//! Volatile accesses of integers that no single instruction reads or writes become one access for each word of their
//! bytes, from the lowest on. Accesses of floats that order others are those of integers with the same bits, and
//! arithmetic on a float in memory is a loop that starts over if another thread wrote in between.

use super::narrow::{part, words};
use super::wide::{Words, is_wide};
use super::{Legalizer, container};
use crate::lower::LowerError;
use son_ir::{AccessFlags, AtomicOrder, Inputs, MemAccess, NodeId, Op, RmwOp, Type, Weights};

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
    fn go_on(&mut self, node: NodeId, control: NodeId, memory: NodeId) {
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
        let (access, word) = (self.graph.access(node), Type::int(ty.bits()));
        let (address, operand) = (inputs[2], inputs[3]);
        let relaxed = MemAccess { order: AtomicOrder::Relaxed, rmw: RmwOp::default(), ..access };
        let first = self.graph.raw(Op::LoadOrdered, Type::TUPLE, relaxed.payload(), &[inputs[0], inputs[1], address]);
        let [entry, memory, loaded] =
            [(0, Type::CTRL), (1, Type::MEM), (2, word)].map(|(number, ty)| self.graph.insert_proj(first, number, ty));
        let header = self.graph.raw(Op::Loop, Type::CTRL, 0, &[entry, entry]);
        let state = self.graph.raw(Op::Phi, Type::MEM, 0, &[header, memory, memory]);
        let old = self.graph.raw(Op::Phi, word, 0, &[header, loaded, loaded]);
        let computes = match access.rmw {
            RmwOp::FAdd => Op::FAdd,
            RmwOp::FSub => Op::FSub,
            RmwOp::FMax => Op::FMax,
            _ => Op::FMin,
        };
        let before = self.op(Op::Bitcast, ty, &[old]);
        let after = self.op(computes, ty, &[before, operand]);
        let after = self.op(Op::Bitcast, word, &[after]);
        let payload = MemAccess { rmw: RmwOp::default(), ..access }.payload();
        let swap = self.graph.raw(Op::AtomicCas, Type::TUPLE, payload, &[header, state, address, old, after]);
        let [control, memory, seen, swapped] = [(0, Type::CTRL), (1, Type::MEM), (2, word), (3, Type::I1)]
            .map(|(number, ty)| self.graph.insert_proj(swap, number, ty));
        let (done, again) = self.branch(control, swapped, Weights { on_true: 100, on_false: 1 });
        self.graph.set_input(header, 1, again);
        self.graph.set_input(state, 2, memory);
        self.graph.set_input(old, 2, seen);
        (inputs[0], inputs[1]) = (done, memory);
        seen
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
