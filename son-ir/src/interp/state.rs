//! What deoptimization hands over: the frames of the unoptimized code, objects, and memory.
//!
//! Objects are numbered as they are found: from the values of the frames, the innermost frame first, then from the
//! module's data, then from fields. So the states of two runs that differ only in where objects lie, and in which of them
//! were allocated before and which are made only now, are equal.

use super::code::{Code, NO_CELL};
use super::machine::{Activity, Machine};
use super::memory::Kind;
use super::value::{Cell, Value};
use crate::graph::{Graph, NodeId};
use crate::module::{Definition, SymbolId};
use crate::ops::Op;
use crate::payload::Shape;
use crate::types::Type;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

/// A value of a frame, field, or word of memory.
#[derive(Clone, PartialEq, Debug)]
pub enum StateValue {
    /// A value that is no reference to a managed object.
    Value(Value),
    /// The object in this row of [`DeoptState::objects`].
    Object(usize),
    /// What the optimizer found that nobody needs.
    Missing,
}

/// A frame of the unoptimized code.
#[derive(Clone, PartialEq, Debug)]
pub struct DeoptFrame {
    /// The function.
    pub function: SymbolId,
    /// The frontend's program counter.
    pub pc: u32,
    /// Its values, as the frontend listed them.
    pub values: Vec<StateValue>,
}

/// A managed object that the frames or memory reach.
#[derive(Clone, PartialEq, Debug)]
pub struct DeoptObject {
    /// Name of its shape.
    pub shape: String,
    /// Its fields, then its elements.
    pub fields: Vec<StateValue>,
}

/// The state that deoptimization hands over.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DeoptState {
    /// Frames, the innermost first.
    pub frames: Vec<DeoptFrame>,
    /// Words of the module's variables.
    pub memory: Vec<(SymbolId, Vec<StateValue>)>,
    /// Objects that those refer to.
    pub objects: Vec<DeoptObject>,
}

impl fmt::Display for DeoptState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, frame) in self.frames.iter().enumerate() {
            let separator = if i == 0 { "" } else { " in " };
            write!(f, "{separator}function {} at {} {:?}", frame.function.0, frame.pc, frame.values)?;
        }
        if self.objects.is_empty() { Ok(()) } else { write!(f, " with {:?}", self.objects) }
    }
}

impl Machine<'_> {
    /// Rebuilds the state that the node describes, from the frame on top.
    pub(super) fn rebuild(&self, state: NodeId) -> DeoptState {
        let Some(frame) = self.frames.last() else { return DeoptState::default() };
        let Activity::Code(code) = &frame.activity else { return DeoptState::default() };
        let graph = &self.module.functions[code.row as usize].graph;
        let mut rebuilder = Rebuilder {
            machine: self,
            graph,
            code: Rc::clone(code),
            base: frame.base,
            described: HashMap::new(),
            found: Vec::new(),
            result: DeoptState::default(),
        };
        rebuilder.describe(state);
        rebuilder.frames(state);
        rebuilder.memory();
        rebuilder.fields();
        rebuilder.result
    }
}

/// Where an object's fields are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// In memory: its number there, and its row in the list of managed objects.
    Real(u32, u32),
    /// In the inputs of a `virtualobj`.
    Virtual(NodeId),
}

struct Rebuilder<'a, 'm> {
    machine: &'a Machine<'m>,
    graph: &'a Graph,
    code: Rc<Code>,
    base: usize,
    /// Objects of the state that are not allocated, by the number of what stands for them.
    described: HashMap<u32, NodeId>,
    /// The objects found, in the order of the result's.
    found: Vec<Source>,
    result: DeoptState,
}

/// A frame's own inputs and the state of the frame around it.
fn split(graph: &Graph, state: NodeId) -> (Vec<NodeId>, Option<NodeId>) {
    let mut inputs = graph.copy_inputs(state).to_vec();
    let has_outer = graph.tables().frames[graph.payload(state) as usize].has_outer;
    let outer = if has_outer { inputs.pop() } else { None };
    (inputs, outer)
}

impl Rebuilder<'_, '_> {
    /// Collects what the frames say of objects.
    fn describe(&mut self, state: NodeId) {
        let mut next = Some(state).filter(|&state| self.graph.is(state, Op::FrameState));
        while let Some(state) = next {
            let (inputs, outer) = split(self.graph, state);
            for object in inputs.into_iter().filter(|&input| self.graph.is(input, Op::VirtualObj)) {
                if let Some(cells) = self.cells(self.graph.input(object, 0)) {
                    self.described.insert(cells[0].tag, object);
                }
            }
            next = outer;
        }
    }

    fn frames(&mut self, state: NodeId) {
        let mut next = Some(state).filter(|&state| self.graph.is(state, Op::FrameState));
        while let Some(state) = next {
            let descriptor = self.graph.tables().frames[self.graph.payload(state) as usize];
            let (mut inputs, outer) = split(self.graph, state);
            inputs.retain(|&input| !self.graph.is(input, Op::VirtualObj));
            let values = inputs.into_iter().map(|input| self.node(input)).collect();
            let frame = DeoptFrame { function: descriptor.function, pc: descriptor.pc, values };
            self.result.frames.push(frame);
            next = outer;
        }
    }

    /// The module's variables, a word after the other.
    fn memory(&mut self) {
        for row in 0..self.machine.module.symbols.len() {
            let symbol = SymbolId(row as u32);
            let Definition::Data(data) = &self.machine.module.symbol(symbol).definition else { continue };
            if data.constant {
                continue;
            }
            let at = self.machine.image.address(symbol);
            let words = (0..data.size()).step_by(8).map(|offset| {
                let rest = (data.size() - offset).min(8) as u32;
                self.load(at, if rest == 8 { Type::PTR } else { Type::int(rest * 8) }, offset)
            });
            let words = words.collect();
            self.result.memory.push((symbol, words));
        }
    }

    /// Fields of all objects; more are found on the way.
    fn fields(&mut self) {
        while let Some(&source) = self.found.get(self.result.objects.len()) {
            let (shape, fields) = match source {
                Source::Virtual(node) => {
                    let shape = &self.graph.tables().shapes[self.graph.payload(node) as usize];
                    let fields = self.graph.copy_inputs(node)[1..].iter().map(|&input| self.node(input)).collect();
                    (shape.name.clone(), fields)
                }
                Source::Real(number, row) => {
                    let (shape, count) = &self.machine.managed[row as usize];
                    (shape.name.clone(), self.real_fields(number, shape, *count))
                }
            };
            self.result.objects.push(DeoptObject { shape, fields });
        }
    }

    fn real_fields(&mut self, number: u32, shape: &Shape, count: u64) -> Vec<StateValue> {
        let start = self.machine.memory.start_of(number);
        shape.all_parts(count).map(|(ty, offset)| self.load(start, ty, offset)).collect()
    }

    /// What memory holds at an offset from a pointer.
    fn load(&mut self, at: Cell, ty: Type, offset: u64) -> StateValue {
        let pointer = Cell::pointer(at.bits.wrapping_add(offset), at.tag);
        let Ok(place) = self.machine.memory.place(pointer, u64::from(ty.bytes()), 1) else {
            return StateValue::Missing;
        };
        let mut cells = smallvec::SmallVec::new();
        self.machine.memory.load(place, ty, &mut cells);
        self.value(Value::from_cells(ty, &cells))
    }

    fn cells(&self, node: NodeId) -> Option<smallvec::SmallVec<[Cell; 2]>> {
        let (ty, cell) = (self.graph.ty(node), self.code.cell_of[node.index()]);
        (ty.is_data() && cell != NO_CELL).then(|| self.machine.cells_at(cell, ty, self.base))
    }

    fn node(&mut self, node: NodeId) -> StateValue {
        match self.cells(node) {
            Some(cells) => self.value(Value::from_cells(self.graph.ty(node), &cells)),
            None => StateValue::Missing,
        }
    }

    /// A value, or the object that it refers to.
    fn value(&mut self, value: Value) -> StateValue {
        let object = match value.ty().is_pointer() {
            true => self.machine.memory.object_at(value.cells[0]),
            false => None,
        };
        let source = match object {
            Some((Kind::Managed(row), number)) => Source::Real(number, row),
            Some((Kind::Stack, number)) if self.described.contains_key(&number) => {
                Source::Virtual(self.described[&number])
            }
            _ => return StateValue::Value(value),
        };
        let known = self.found.iter().position(|&found| found == source);
        StateValue::Object(known.unwrap_or_else(|| {
            self.found.push(source);
            self.found.len() - 1
        }))
    }
}
