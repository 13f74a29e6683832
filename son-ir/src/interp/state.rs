//! What deoptimization hands over: the frames of the unoptimized code, and the objects to be made for them.

use super::code::{Code, NO_CELL};
use super::machine::{Activity, Machine};
use super::value::Value;
use crate::graph::{Graph, NodeId};
use crate::module::SymbolId;
use crate::ops::Op;
use crate::types::Type;
use std::fmt;
use std::rc::Rc;

/// A value of a frame or field.
#[derive(Clone, PartialEq, Debug)]
pub enum StateValue {
    /// A value that exists.
    Value(Value),
    /// The object in this row of [`DeoptState::objects`], to be allocated.
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

/// An object that is allocated when the state is rebuilt.
#[derive(Clone, PartialEq, Debug)]
pub struct DeoptObject {
    /// Name of its shape.
    pub shape: String,
    /// Its fields.
    pub fields: Vec<StateValue>,
}

/// The state that deoptimization hands over.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DeoptState {
    /// Frames, the innermost first.
    pub frames: Vec<DeoptFrame>,
    /// Objects that the frames refer to.
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
            objects: Vec::new(),
            result: DeoptState::default(),
        };
        rebuilder.frames(state);
        rebuilder.fields();
        rebuilder.result
    }
}

struct Rebuilder<'a, 'm> {
    machine: &'a Machine<'m>,
    graph: &'a Graph,
    code: Rc<Code>,
    base: usize,
    /// The node of each object.
    objects: Vec<NodeId>,
    result: DeoptState,
}

impl Rebuilder<'_, '_> {
    fn frames(&mut self, mut state: NodeId) {
        while self.graph.is(state, Op::FrameState) {
            let descriptor = self.graph.tables().frames[self.graph.payload(state) as usize];
            let inputs = self.graph.copy_inputs(state);
            let count = inputs.len() - usize::from(descriptor.has_outer);
            let values = inputs[..count].iter().map(|&input| self.value(input)).collect();
            let frame = DeoptFrame { function: descriptor.function, pc: descriptor.pc, values };
            self.result.frames.push(frame);
            match inputs.last() {
                Some(&outer) if descriptor.has_outer => state = outer,
                _ => break,
            }
        }
    }

    /// Fields of all objects; more are found on the way.
    fn fields(&mut self) {
        while let Some(&node) = self.objects.get(self.result.objects.len()) {
            let shape = self.graph.tables().shapes.get(self.graph.payload(node) as usize);
            let shape = shape.map_or(String::new(), |shape| shape.name.clone());
            let fields = self.graph.copy_inputs(node).iter().map(|&input| self.value(input)).collect();
            self.result.objects.push(DeoptObject { shape, fields });
        }
    }

    fn value(&mut self, node: NodeId) -> StateValue {
        let ty = self.graph.ty(node);
        if self.graph.is(node, Op::VirtualObj) {
            let known = self.objects.iter().position(|&object| object == node);
            return StateValue::Object(known.unwrap_or_else(|| {
                self.objects.push(node);
                self.objects.len() - 1
            }));
        }
        let cell = self.code.cell_of[node.index()];
        if !ty.is_data() || ty == Type::MEM || cell == NO_CELL {
            return StateValue::Missing;
        }
        StateValue::Value(Value::from_cells(ty, &self.machine.cells_at(cell, ty, self.base)))
    }
}
