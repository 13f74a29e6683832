//! The constant table that says what a state is made of, for the frontend's runtime to read.
//!
//! It is a sequence of 64-bit words:
//!
//! | words | meaning |
//! |---|---|
//! | 1 | number of frames |
//! | 1 | number of objects that are not allocated |
//! | each frame, the innermost first | |
//! | 1 | address of the name of its function, a C string |
//! | 1 | the frontend's program counter |
//! | 1 | number of its values |
//! | 1 each | its values |
//! | each object | |
//! | 1 | the address that stands for it, a value |
//! | 1 | number of its shape |
//! | 1 | number of its fields and elements |
//! | 1 each | its fields, then its elements |
//!
//! A value says where in the buffer of values it is, in bits 0 to 31 as the number of a word; its width in bits, in
//! bits 32 to 47; and what it is, in bits 48 and up: 0 an integer, extended by zeros, 1 a float, 2 a pointer, 3 a vector.
//! A pointer that is equal to the address that stands for an object means that object, in frames and in fields.

use crate::lower::LowerError;
use rustc_hash::FxHashMap;
use son_ir::{Data, Graph, Module, NodeId, Op, Type};

/// The values of a state, each from a word of its own on.
#[derive(Default)]
pub struct Words {
    first: FxHashMap<NodeId, u32>,
    order: Vec<NodeId>,
    next: u32,
}

impl Words {
    /// Number of words.
    pub fn count(&self) -> u32 {
        self.next
    }

    /// The values with the words that they begin at.
    pub fn list(&self) -> impl Iterator<Item = (NodeId, u32)> + '_ {
        self.order.iter().map(|&value| (value, self.first[&value]))
    }

    fn word_of(&mut self, value: NodeId, ty: Type) -> u32 {
        let (next, order) = (&mut self.next, &mut self.order);
        *self.first.entry(value).or_insert_with(|| {
            order.push(value);
            *next += ty.bytes().div_ceil(8);
            *next - ty.bytes().div_ceil(8)
        })
    }
}

/// A state as constant data and as values that are known only when it is left with.
pub struct StateTable {
    /// The table.
    pub data: Data,
    /// What goes into the buffer.
    pub values: Words,
}

impl StateTable {
    /// Of a `framestate`.
    ///
    /// # Errors
    /// A state that is no `framestate`.
    pub fn new(module: &mut Module, graph: &Graph, state: NodeId) -> Result<StateTable, LowerError> {
        let (mut frames, mut objects) = (Vec::new(), Vec::new());
        let mut next = Some(state);
        while let Some(frame) = next {
            if !graph.is(frame, Op::FrameState) {
                return Err(LowerError::Unsupported(graph.op(frame).text().to_owned()));
            }
            let mut values = graph.copy_inputs(frame).to_vec();
            let has_outer = graph.tables().frames[graph.payload(frame) as usize].has_outer;
            next = if has_outer { values.pop() } else { None };
            let first = values.iter().position(|&value| graph.is(value, Op::VirtualObj)).unwrap_or(values.len());
            objects.extend(values.drain(first..));
            frames.push((frame, values));
        }
        let mut table = StateTable { data: Data::default().constant(), values: Words::default() };
        table.word(frames.len() as u64);
        table.word(objects.len() as u64);
        for (frame, values) in frames {
            let descriptor = graph.tables().frames[graph.payload(frame) as usize];
            let name = module.symbol(descriptor.function).name.clone();
            let name = module.string(&name);
            table.data = std::mem::take(&mut table.data).pointer(name, 0);
            table.word(descriptor.pc.into());
            table.word(values.len() as u64);
            values.into_iter().for_each(|value| table.value(graph, value));
        }
        for object in objects {
            let shape = &graph.tables().shapes[graph.payload(object) as usize];
            table.value(graph, graph.input(object, 0));
            table.word(shape.id);
            table.word(graph.num_inputs(object) as u64 - 1);
            graph.inputs(object).skip(1).for_each(|part| table.value(graph, part));
        }
        Ok(table)
    }

    fn word(&mut self, word: u64) {
        self.data = std::mem::take(&mut self.data).bytes(word.to_le_bytes());
    }

    fn value(&mut self, graph: &Graph, value: NodeId) {
        let ty = graph.ty(value);
        let kind: u64 = match ty {
            _ if ty.is_vector() => 3,
            _ if ty.is_pointer() => 2,
            _ if ty.is_float() => 1,
            _ => 0,
        };
        let word = self.values.word_of(value, ty);
        self.word(u64::from(word) | u64::from(ty.bits()) << 32 | kind << 48);
    }
}
