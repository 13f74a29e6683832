//! Short block copies and fills as loads and stores.

use super::Legalizer;
use super::narrow::part;
use son_ir::{Inputs, MemAccess, NodeFlags, NodeId, Op, Type};

/// Longest block in words of 16 bytes, and of 8 where there are no wider ones.
const MAX_WORDS: u64 = 8;

impl Legalizer<'_> {
    /// Loads and stores for a block operation of small constant size; `None` if it stays.
    pub(super) fn block_operation(&mut self, node: NodeId, op: Op) -> Option<NodeId> {
        let size = self.graph.constant(self.graph.input(node, 4))?;
        let inputs: Inputs = self.graph.inputs(node).map(|input| self.legal(input)).collect();
        if size == 0 {
            return Some(inputs[1]);
        }
        let words = self.block_words(size)?;
        let access = self.graph.access(node);
        if op == Op::MemSet { self.fill(&inputs, access, &words) } else { Some(self.copy(&inputs, access, &words)) }
    }

    /// Words that cover the block; the last may overlap the one before it.
    fn block_words(&self, size: u64) -> Option<Vec<(Type, u32)>> {
        let widest = if self.capabilities.moves_16_bytes { 16 } else { 8 };
        if size > widest * MAX_WORDS {
            return None;
        }
        let mut words = Vec::new();
        let mut at = 0;
        while at < size {
            let rest = size - at;
            let word = [widest, 8, 4, 2, 1].into_iter().find(|&word| word <= rest).expect("a byte is left");
            let next = [16, 8, 4, 2].into_iter().rfind(|&wider| wider >= rest && wider <= widest && wider <= size);
            match next {
                Some(wider) if word != rest && !rest.is_power_of_two() => {
                    words.push((word_type(wider), (size - wider) as u32));
                    at = size;
                }
                _ => {
                    words.push((word_type(word), at as u32));
                    at += word;
                }
            }
        }
        Some(words)
    }

    /// All loads come first: the blocks of a `memmove` may overlap, and words of a block may.
    fn copy(&mut self, inputs: &Inputs, access: MemAccess, words: &[(Type, u32)]) -> NodeId {
        let values: Vec<NodeId> = words
            .iter()
            .map(|&(ty, offset)| {
                let address = self.offset(inputs[3], offset);
                self.graph.node(
                    Op::Load,
                    ty,
                    NodeFlags::NONE,
                    part(access, offset).payload(),
                    &[inputs[0], inputs[1], address],
                )
            })
            .collect();
        let mut memory = inputs[1];
        for (&(_, offset), value) in words.iter().zip(values) {
            memory = self.put(inputs, memory, access, offset, value);
        }
        memory
    }

    fn put(&mut self, inputs: &Inputs, memory: NodeId, access: MemAccess, offset: u32, value: NodeId) -> NodeId {
        let address = self.offset(inputs[2], offset);
        let operands = [inputs[0], memory, address, value];
        self.graph.node(Op::Store, Type::MEM, NodeFlags::NONE, part(access, offset).payload(), &operands)
    }

    /// `None` if the byte is not constant and the block is more than a byte.
    fn fill(&mut self, inputs: &Inputs, access: MemAccess, words: &[(Type, u32)]) -> Option<NodeId> {
        let byte = self.graph.constant(inputs[3]);
        let mut memory = inputs[1];
        for &(ty, offset) in words {
            let value = match byte {
                Some(byte) => self.graph.wide_const(ty, u128::from_ne_bytes([byte as u8; 16])),
                None if ty == Type::I8 => inputs[3],
                None => self.repeat(inputs[3], ty)?,
            };
            memory = self.put(inputs, memory, access, offset, value);
        }
        Some(memory)
    }

    /// A byte that is not constant, in each byte of a word.
    fn repeat(&mut self, byte: NodeId, ty: Type) -> Option<NodeId> {
        if !ty.is_int() || ty.bits() > 64 {
            return None;
        }
        let wide = self.op(Op::ZExt, Type::I64, &[byte]);
        let ones = self.constant(Type::I64, 0x0101_0101_0101_0101);
        let all = self.op(Op::Mul, Type::I64, &[wide, ones]);
        Some(if ty == Type::I64 { all } else { self.op(Op::Trunc, ty, &[all]) })
    }
}

fn word_type(bytes: u64) -> Type {
    if bytes == 16 { Type::I64.vector(2) } else { Type::int(bytes as u32 * 8) }
}
