//! Managed objects: allocated, linked, followed, compared, published, and named in the states of guards.

use super::Tape;
use super::expr::{Grower, OBJECT};
use son_ir::{
    FrameDescriptor, FunctionBuilder, MemAccess, Module, NodeFlags, NodeId, Op, Shape, Signature, SymbolId, Type, Var,
    Weights,
};

/// Elements of arrays; a power of two.
const ELEMENTS: u64 = 4;

/// What a function does objects with.
pub(super) struct Objects {
    shapes: Vec<(Shape, Option<usize>)>,
    /// Variables that hold an object each, and the shapes of those.
    references: Vec<(Var, usize)>,
    /// Counts guards, so that no two states are equal.
    guards: Var,
    /// Data that holds an object of each shape.
    published: SymbolId,
}

/// The shapes, with the number of the field that refers to another object of the same shape.
fn shapes(allocator: SymbolId) -> Vec<(Shape, Option<usize>)> {
    let node = [(Type::I32, 8), (Type::I64, 16), (Type::PTR, 24)];
    let cell = [(Type::PTR, 8), (Type::I8, 16), (Type::F64, 24), (Type::I16, 32)];
    vec![
        (Shape::object("node", 1, node, 32, allocator), Some(2)),
        (Shape::object("cell", 2, cell, 40, allocator), Some(0)),
        (Shape::array("array", 3, Type::I32, 16, (Type::I64, 8), allocator), None),
    ]
}

/// Declares what objects need: their allocator, and where they are published.
pub(super) fn declare(module: &mut Module) -> (SymbolId, SymbolId) {
    let allocator = module.import_function("allocate", Signature::new([Type::I64, Type::I64], [Type::PTR]));
    let published = match module.find_symbol("published") {
        Some(symbol) => symbol,
        None => {
            let zeros = son_ir::Data::of_zeros(OBJECT);
            module.define_data("published", son_ir::Linkage::Internal, 8, zeros)
        }
    };
    module.deoptimizer = Some(module.import_function("deoptimize", Signature::new([Type::PTR, Type::PTR], [])));
    (allocator, published)
}

impl Objects {
    /// Starts a function that has objects.
    pub(super) fn new(
        f: &mut FunctionBuilder,
        tape: &mut Tape,
        (allocator, published): (SymbolId, SymbolId),
    ) -> Objects {
        let shapes = shapes(allocator);
        let guards = f.declare(Type::I64);
        let zero = f.iconst(Type::I64, 0);
        f.def(guards, zero);
        let references = (0..2 + tape.choose(3)).map(|_| (f.declare(Type::PTR), tape.choose(shapes.len()))).collect();
        let objects = Objects { shapes, references, guards, published };
        for &(var, shape) in &objects.references {
            let object = objects.allocate(f, shape);
            f.def(var, object);
        }
        objects
    }

    fn allocate(&self, f: &mut FunctionBuilder, shape: usize) -> NodeId {
        let shape = self.shapes[shape].0.clone();
        let count = f.iconst(Type::I64, if shape.element.is_some() { ELEMENTS as i64 } else { 0 });
        let row = f.graph_mut().tables_mut().add_shape(shape);
        f.effect(Op::Alloc, &[count], row, &[Type::PTR]).values[0]
    }
}

impl Grower<'_> {
    fn objects(&self) -> &Objects {
        self.objects.as_ref().expect("the function has objects")
    }

    /// A variable and the shape of its object.
    fn reference(&mut self) -> (Var, usize) {
        let at = self.tape.choose(self.objects().references.len());
        self.objects().references[at]
    }

    /// A variable of the same shape.
    fn like(&mut self, shape: usize) -> Var {
        let alike: Vec<Var> =
            self.objects().references.iter().filter(|other| other.1 == shape).map(|other| other.0).collect();
        self.tape.pick(&alike)
    }

    pub(super) fn object_statement(&mut self) {
        let (var, shape) = self.reference();
        match self.tape.choose(24) {
            0..=3 => {
                let objects = self.objects.take().expect("the function has objects");
                let new = objects.allocate(&mut self.f, shape);
                self.objects = Some(objects);
                self.f.def(var, new);
            }
            4..=9 => self.write_part(var, shape),
            10..=14 => self.read_part(var, shape),
            15..=17 => {
                let other = self.like(shape);
                let object = self.get(other);
                self.f.def(var, object);
            }
            18 | 19 => self.link(var, shape),
            20 => self.follow(var, shape),
            21 | 22 => {
                let other = self.like(shape);
                let (a, b) = (self.get(var), self.get(other));
                let op = self.tape.pick(&[Op::Eq, Op::Ne]);
                let same = self.f.pure(op, Type::I1, &[a, b]);
                self.scope.push((same, Type::I1));
            }
            _ => self.publish(var, shape),
        }
    }

    /// Address, type and access of a part that holds no reference.
    fn part(&mut self, var: Var, shape: usize) -> (NodeId, Type, MemAccess) {
        let object = self.get(var);
        let (of, link) = &self.objects().shapes[shape];
        let (of, link) = (of.clone(), *link);
        let count = of.parts(ELEMENTS);
        let mut number = self.tape.choose(count);
        if Some(number) == link {
            number = (number + 1) % count;
        }
        let (ty, offset) = of.part(number).expect("it has so many parts");
        let access = MemAccess::aligned(ty.bytes());
        if of.element.is_none() || self.tape.once_in(2) {
            return (self.offset(object, offset), ty, access);
        }
        let index = self.expr(Type::I64, 1);
        let (mask, size) = (self.f.iconst(Type::I64, ELEMENTS as i64 - 1), self.f.iconst(Type::I64, ty.bytes().into()));
        let index = self.f.pure(Op::And, Type::I64, &[index, mask]);
        let distance = self.f.pure(Op::Mul, Type::I64, &[index, size]);
        let first = self.offset(object, of.size.into());
        (self.f.pure(Op::PtrAdd, Type::PTR, &[first, distance]), ty, access)
    }

    fn offset(&mut self, object: NodeId, offset: u64) -> NodeId {
        let offset = self.f.iconst(Type::I64, offset as i64);
        self.f.pure_with(Op::PtrAdd, Type::PTR, NodeFlags::NSW, 0, &[object, offset])
    }

    fn write_part(&mut self, var: Var, shape: usize) {
        let (address, ty, access) = self.part(var, shape);
        let mut value = self.expr(ty, 2);
        if ty.is_float() {
            value = self.without_nan(value, ty);
        }
        self.f.store(address, value, access);
    }

    fn read_part(&mut self, var: Var, shape: usize) {
        let (address, ty, access) = self.part(var, shape);
        let value = self.f.load(ty, address, access);
        self.scope.push((value, ty));
        if let Some(&(var, _)) = self.variables.iter().find(|variable| variable.1 == ty) {
            self.f.def(var, value);
        }
    }

    /// The address of the field that refers to another object.
    fn link_of(&mut self, object: NodeId, shape: usize) -> Option<NodeId> {
        let (of, link) = &self.objects().shapes[shape];
        let (_, offset) = of.part((*link)?)?;
        Some(self.offset(object, offset))
    }

    fn link(&mut self, var: Var, shape: usize) {
        let other = self.like(shape);
        let (object, other) = (self.get(var), self.get(other));
        if let Some(address) = self.link_of(object, shape) {
            self.f.store(address, other, MemAccess::aligned(8));
        }
    }

    /// Goes to the object that this one refers to, if it does.
    fn follow(&mut self, var: Var, shape: usize) {
        let object = self.get(var);
        let Some(address) = self.link_of(object, shape) else { return };
        let next = self.f.load(Type::PTR, address, MemAccess::aligned(8));
        let into = self.like(shape);
        self.take_if_any(into, next);
    }

    fn take_if_any(&mut self, var: Var, object: NodeId) {
        let null = self.f.iconst(Type::PTR, 0);
        let any = self.f.pure(Op::Ne, Type::I1, &[object, null]);
        let (take, end) = (self.f.create_block(), self.f.create_block());
        self.f.branch(any, take, end, Weights::default());
        self.f.enter(take);
        self.f.def(var, object);
        self.f.jump(end);
        self.f.enter(end);
    }

    /// Lets everybody know the object, or takes one that everybody knows.
    fn publish(&mut self, var: Var, shape: usize) {
        let published = self.objects().published;
        let base = self.f.symbol_addr(published);
        let address = self.offset(base, 8 * shape as u64);
        if self.tape.once_in(3) {
            let object = self.f.load(Type::PTR, address, MemAccess::aligned(8));
            return self.take_if_any(var, object);
        }
        if !self.tape.once_in(2) {
            let object = self.get(var);
            return self.f.store(address, object, MemAccess::aligned(8));
        }
        let condition = self.condition();
        let (rare, end) = (self.f.create_block(), self.f.create_block());
        self.f.branch(condition, rare, end, Weights { on_true: 1, on_false: 99 });
        let known = self.scope.len();
        self.f.enter(rare);
        let object = self.get(var);
        self.f.store(address, object, MemAccess::aligned(8));
        self.f.jump(end);
        self.scope.truncate(known);
        self.f.enter(end);
    }

    /// A guard that may fail, with a state that names some variables and objects, sometimes in two frames.
    pub(super) fn object_guard(&mut self) {
        let value = self.expr(Type::I32, 2);
        // Zero, which nobody knows.
        let published = self.objects().published;
        let base = self.f.symbol_addr(published);
        let address = self.offset(base, OBJECT - 8);
        let zero = self.f.load(Type::I32, address, MemAccess::aligned(8));
        let value = self.f.pure(Op::Xor, Type::I32, &[value, zero]);
        let rare = self.f.iconst(Type::I32, 77 + self.tape.choose(200) as i64);
        let condition = match self.config.guards {
            true => self.f.pure(Op::Ne, Type::I1, &[value, rare]),
            false => self.f.pure(Op::Ult, Type::I1, &[zero, rare]),
        };
        let guards = self.objects().guards;
        let (count, one) = (self.get(guards), self.f.iconst(Type::I64, 1));
        let count = self.f.pure(Op::Add, Type::I64, &[count, one]);
        self.f.def(guards, count);
        let outer = self.tape.once_in(3).then(|| self.frame(count, None));
        let state = self.frame(count, outer);
        self.f.guard(condition, state);
    }

    fn frame(&mut self, count: NodeId, outer: Option<NodeId>) -> NodeId {
        let mut values = vec![count];
        for at in 0..self.variables.len() {
            if !self.tape.once_in(2) {
                values.push(self.get(self.variables[at].0));
            }
        }
        for at in 0..self.objects().references.len() {
            if !self.tape.once_in(2) {
                let var = self.objects().references[at].0;
                values.push(self.get(var));
            }
        }
        let frame = FrameDescriptor { function: self.f.symbol(), pc: values.len() as u32, has_outer: outer.is_some() };
        values.extend(outer);
        let payload = self.f.graph_mut().tables_mut().add_frame(frame);
        self.f.pure_with(Op::FrameState, Type::STATE, NodeFlags::NONE, payload, &values)
    }
}
