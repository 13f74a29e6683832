//! Each law refuses a graph that breaks it, by its number.

use super::*;
use crate::module::{
    Data, Definition, FunctionFlags, Linkage, Location, Relocation, RelocationTarget, Signature, StackSlot, Symbol,
    SymbolId,
};
use crate::ops::NodeFlags;
use crate::payload::{AliasClass, CallFlags, CallSite, FrameDescriptor, MemAccess, Shape, SwitchTable, Weights};
use crate::types::Type;
use crate::{NewNode, Origin};
use target_lexicon::Triple;

const I32: Type = Type::I32;

/// A module with `f(i32, ptr) -> i32`, whose body is under construction.
struct Body {
    module: Module,
    function: Function,
    control: NodeId,
    memory: NodeId,
    n: NodeId,
    p: NodeId,
}

impl Body {
    fn new() -> Body {
        let mut module = Module::new(Triple::host());
        let signature = module.signature_id(Signature::new([I32, Type::PTR], [I32]));
        let symbol = module.add_symbol(Symbol::new("f", Linkage::External, Definition::ExternalFunction(signature)));
        let mut graph = Graph::new();
        graph.hold();
        let (control, memory) = (graph.entry_control(), graph.entry_memory());
        let (n, p) = (graph.param(0, I32), graph.param(1, Type::PTR));
        let function =
            Function { symbol, signature, graph, slots: Vec::new(), indirect_targets: 0, flags: FunctionFlags::NONE };
        Body { module, function, control, memory, n, p }
    }

    fn graph(&mut self) -> &mut Graph {
        &mut self.function.graph
    }

    /// A node as it is written here.
    fn raw(&mut self, op: Op, ty: Type, payload: u64, inputs: &[NodeId]) -> NodeId {
        self.graph().raw(op, ty, payload, inputs)
    }

    fn exit(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        let exit = self.raw(op, Type::CTRL, 0, inputs);
        self.graph().add_input(NodeId::STOP, exit);
        exit
    }

    /// Returns the value, from where control is.
    fn ret(&mut self, value: NodeId) -> NodeId {
        let (control, memory) = (self.control, self.memory);
        self.exit(Op::Return, &[control, memory, value])
    }

    fn int(&mut self, value: u64) -> NodeId {
        self.graph().iconst(I32, value)
    }

    fn proj(&mut self, tuple: NodeId, index: u64, ty: Type) -> NodeId {
        self.raw(Op::Proj, ty, index, &[tuple])
    }

    /// A branch on `n < 0`: both sides.
    fn branch(&mut self) -> (NodeId, NodeId) {
        let zero = self.int(0);
        let (n, control) = (self.n, self.control);
        let negative = self.raw(Op::Slt, Type::I1, 0, &[n, zero]);
        let branch = self.raw(Op::If, Type::TUPLE, 0, &[control, negative]);
        (self.proj(branch, 0, Type::CTRL), self.proj(branch, 1, Type::CTRL))
    }

    /// `loop` at control with its exit as the new control: header and back edge.
    fn make_loop(&mut self) -> (NodeId, NodeId) {
        let control = self.control;
        let header = self.raw(Op::Loop, Type::CTRL, 0, &[control, control]);
        self.control = header;
        let (again, out) = self.branch();
        self.graph().set_input(header, 1, again);
        self.control = out;
        (header, again)
    }

    fn laws(&self) -> Vec<u8> {
        let found = verify_function(&self.module, &self.function).err().unwrap_or_default();
        let mut laws: Vec<u8> = found.iter().map(|violation| violation.law).collect();
        laws.dedup();
        laws
    }

    #[track_caller]
    fn breaks(&self, law: u8) {
        let found = verify_function(&self.module, &self.function).err().unwrap_or_default();
        assert!(found.iter().any(|violation| violation.law == law), "law {law} is not broken: {found:?}");
    }

    #[track_caller]
    fn holds(&self) {
        let result = verify_function(&self.module, &self.function);
        assert!(result.is_ok(), "{result:?}");
    }
}

/// What each test starts from holds.
#[test]
fn sound_bodies() {
    let mut b = Body::new();
    b.make_loop();
    let n = b.n;
    b.ret(n);
    b.holds();

    let mut b = Body::new();
    let (yes, no) = b.branch();
    b.control = b.raw(Op::Region, Type::CTRL, 0, &[yes, no]);
    let (control, n, one) = (b.control, b.n, b.int(1));
    let phi = b.raw(Op::Phi, I32, 0, &[control, n, one]);
    b.ret(phi);
    b.holds();
}

#[test]
fn law_1_storage() {
    let mut b = Body::new();
    let n = b.n;
    b.ret(n);
    b.raw(Op::Start, Type::TUPLE, 0, &[]);
    assert_eq!(b.laws(), [1]);
}

#[test]
fn law_2_arity() {
    let mut b = Body::new();
    let n = b.n;
    let sum =
        b.graph().insert(&NewNode { op: Op::Freeze as u16, ty: I32, flags: NodeFlags::NONE, payload: 0, inputs: &[n] });
    b.graph().add_input(sum, n);
    b.ret(sum);
    assert_eq!(b.laws(), [2]);
}

#[test]
fn law_3_types() {
    type Inputs = fn(&mut Body) -> Vec<NodeId>;
    let wrong: &[(Op, Type, Inputs)] = &[
        (Op::Add, I32, |b| vec![b.n, b.p]),
        (Op::Add, Type::I64, |b| vec![b.n, b.n]),
        (Op::Slt, I32, |b| vec![b.n, b.n]),
        (Op::Trunc, Type::I64, |b| vec![b.n]),
        (Op::ZExt, I32, |b| vec![b.n]),
        (Op::Bitcast, Type::F64, |b| vec![b.n]),
        (Op::PtrAdd, Type::PTR, |b| vec![b.p, b.n]),
        (Op::Freeze, Type::I64, |b| vec![b.n]),
        (Op::Load, Type::MEM, |b| vec![b.control, b.memory, b.p]),
        (Op::Load, I32, |b| vec![b.memory, b.memory, b.p]),
    ];
    for &(op, ty, inputs) in wrong {
        let mut b = Body::new();
        let inputs = inputs(&mut b);
        b.raw(op, ty, 0, &inputs);
        let n = b.n;
        b.ret(n);
        assert_eq!(b.laws(), [3], "{op} {ty}");
    }
}

#[test]
fn law_4_payload() {
    let wrong: &[(Op, Type, u64, usize)] = &[
        (Op::Const, Type::I8, 256, 0),
        (Op::Const, Type::I128, 1, 0),
        (Op::WideConst, Type::I128, 0, 0),
        (Op::SlotAddr, Type::PTR, 0, 0),
        (Op::SymbolAddr, Type::PTR, 7, 0),
        (Op::SymbolAddr, Type::PTR, 1 << 32, 0),
        (Op::BlockAddr, Type::PTR, 0, 0),
        (Op::Neg, I32, 1, 1),
    ];
    for &(op, ty, payload, inputs) in wrong {
        let mut b = Body::new();
        let n = b.n;
        b.raw(op, ty, payload, &[n][..inputs]);
        b.ret(n);
        assert_eq!(b.laws(), [4], "{op} {payload}");
    }
    for payload in [99 << 32, 128 << 40, 9 << 48, 3 << 56, 1 << 40] {
        let mut b = Body::new();
        let inputs = [b.control, b.memory, b.p];
        let load = b.raw(Op::Load, I32, payload, &inputs);
        b.ret(load);
        assert_eq!(b.laws(), [4], "{payload:#x}");
    }
    let mut b = Body::new();
    let table = SwitchTable { values: vec![1, 1], weights: vec![] };
    let payload = b.graph().tables_mut().add_switch(table);
    let (control, n) = (b.control, b.n);
    b.raw(Op::Switch, Type::TUPLE, payload, &[control, n]);
    assert_eq!(b.laws(), [4]);
}

#[test]
fn law_5_flags() {
    let mut b = Body::new();
    let n = b.n;
    let sum = b.raw(Op::And, I32, 0, &[n, n]);
    b.graph().set_flags(sum, NodeFlags::NSW);
    b.ret(sum);
    assert_eq!(b.laws(), [5]);
}

#[test]
fn law_6_projections() {
    let mut b = Body::new();
    let (yes, _) = b.branch();
    let branch = b.graph().input(yes, 0);
    b.proj(branch, 2, Type::CTRL);
    b.breaks(6);

    let mut b = Body::new();
    b.proj(NodeId::START, 2, Type::I64);
    b.breaks(6);

    let mut b = Body::new();
    b.proj(NodeId::START, 2, I32);
    b.breaks(6);

    let mut b = Body::new();
    let (control, memory) = (b.control, b.memory);
    b.raw(Op::Fence, Type::TUPLE, 0, &[control, memory]);
    b.breaks(6);
}

#[test]
fn law_7_one_successor() {
    let mut b = Body::new();
    let n = b.n;
    b.ret(n);
    b.ret(n);
    assert_eq!(b.laws(), [7]);

    let b = Body::new();
    assert_eq!(b.laws(), [7]);

    let mut b = Body::new();
    let control = b.control;
    b.graph().add_input(NodeId::STOP, control);
    assert_eq!(b.laws(), [7]);
}

#[test]
fn law_8_reducible() {
    // A region that control comes back to.
    let mut b = Body::new();
    let (header, _) = b.make_loop();
    b.graph().set_op(header, Op::Region as u16, Type::CTRL);
    let n = b.n;
    b.ret(n);
    assert_eq!(b.laws(), [8]);

    // Two loops that are entered from outside, each jumping into the other.
    let mut b = Body::new();
    let (left, right) = b.branch();
    let one = b.raw(Op::Loop, Type::CTRL, 0, &[left, left]);
    let other = b.raw(Op::Loop, Type::CTRL, 0, &[right, right]);
    b.control = one;
    let (to_other, out) = b.branch();
    b.control = other;
    let (to_one, leave) = b.branch();
    b.graph().set_input(one, 1, to_one);
    b.graph().set_input(other, 1, to_other);
    b.control = b.raw(Op::Region, Type::CTRL, 0, &[out, leave]);
    let n = b.n;
    b.ret(n);
    b.breaks(8);
}

#[test]
fn law_9_from_the_start() {
    let mut b = Body::new();
    let n = b.n;
    b.ret(n);
    let header = b.raw(Op::Region, Type::CTRL, 0, &[]);
    b.control = header;
    let (again, out) = b.branch();
    b.graph().add_input(header, again);
    b.control = out;
    b.ret(n);
    assert_eq!(b.laws(), [9]);
}

#[test]
fn law_10_to_the_end() {
    let mut b = Body::new();
    let (yes, no) = b.branch();
    b.control = yes;
    let n = b.n;
    b.ret(n);
    let header = b.raw(Op::Loop, Type::CTRL, 0, &[no, no]);
    b.graph().set_input(header, 1, header);
    assert_eq!(b.laws(), [10]);

    let mut b = Body::new();
    let control = b.control;
    let header = b.raw(Op::Loop, Type::CTRL, 0, &[control, control]);
    let never = b.raw(Op::Never, Type::TUPLE, 0, &[header]);
    let (again, out) = (b.proj(never, 0, Type::CTRL), b.proj(never, 1, Type::CTRL));
    b.graph().set_input(header, 1, again);
    b.graph().add_input(NodeId::STOP, out);
    b.holds();
}

#[test]
fn law_11_phis() {
    let mut b = Body::new();
    let (yes, no) = b.branch();
    b.control = b.raw(Op::Region, Type::CTRL, 0, &[yes, no]);
    let (control, n) = (b.control, b.n);
    let phi = b.raw(Op::Phi, I32, 0, &[control, n]);
    b.ret(phi);
    assert_eq!(b.laws(), [11]);

    let mut b = Body::new();
    let (control, n) = (b.control, b.n);
    let phi = b.raw(Op::Phi, I32, 0, &[control, n]);
    b.ret(phi);
    assert_eq!(b.laws(), [11]);
}

#[test]
fn law_12_pis() {
    let mut b = Body::new();
    let (control, memory, n) = (b.control, b.memory, b.n);
    let fence = b.raw(Op::Fence, Type::TUPLE, 0, &[control, memory]);
    b.control = b.proj(fence, 0, Type::CTRL);
    b.memory = b.proj(fence, 1, Type::MEM);
    let control = b.control;
    let pi = b.raw(Op::Pi, I32, 0, &[control, n]);
    b.ret(pi);
    assert_eq!(b.laws(), [12]);
}

#[test]
fn law_13_acyclic() {
    let mut b = Body::new();
    let n = b.n;
    let sum = b.raw(Op::Add, I32, 0, &[n, n]);
    let double = b.raw(Op::Add, I32, 0, &[sum, sum]);
    b.graph().set_input(sum, 0, double);
    b.ret(double);
    assert_eq!(b.laws(), [13]);
}

#[test]
fn law_14_dominance() {
    // A load of one side is used on the other.
    let mut b = Body::new();
    let (yes, no) = b.branch();
    let (memory, p, n) = (b.memory, b.p, b.n);
    let load = b.raw(Op::Load, I32, 0, &[yes, memory, p]);
    b.control = yes;
    b.ret(n);
    b.control = no;
    b.ret(load);
    assert_eq!(b.laws(), [14]);

    // A phi gets the value of one side from the other.
    let mut b = Body::new();
    let (yes, no) = b.branch();
    let load = b.raw(Op::Load, I32, 0, &[yes, memory, p]);
    let region = b.raw(Op::Region, Type::CTRL, 0, &[yes, no]);
    let phi = b.raw(Op::Phi, I32, 0, &[region, n, load]);
    b.control = region;
    b.ret(phi);
    assert_eq!(b.laws(), [14]);
    b.graph().set_inputs(phi, &[region, load, n]);
    b.holds();
}

#[test]
fn law_15_slices() {
    let mut b = Body::new();
    let (yes, no) = b.branch();
    let region = b.raw(Op::Region, Type::CTRL, 0, &[yes, no]);
    let (memory, n, p) = (b.memory, b.n, b.p);
    let slice = b.raw(Op::Phi, Type::MEM, 3, &[region, memory, memory]);
    b.control = region;
    let payload = MemAccess::aligned(4).in_class(AliasClass(3)).payload();
    let store = b.raw(Op::Store, Type::MEM, payload, &[region, slice, p, n]);
    b.memory = store;
    let exit = b.ret(n);
    assert_eq!(b.laws(), [15]);
    let merge = b.graph().tables_mut().add_merge(vec![AliasClass(3)]);
    let whole = b.raw(Op::MergeMem, Type::MEM, merge, &[memory, store]);
    b.graph().set_input(exit, 1, whole);
    b.holds();
    let other = MemAccess::aligned(4).in_class(AliasClass(4)).payload();
    b.graph().set_payload(store, other);
    assert_eq!(b.laws(), [15]);
}

#[test]
fn law_16_merges() {
    for classes in [vec![], vec![0], vec![1, 2]] {
        let mut b = Body::new();
        let classes = classes.into_iter().map(AliasClass).collect();
        let merge = b.graph().tables_mut().add_merge(classes);
        let (memory, n) = (b.memory, b.n);
        b.memory = b.raw(Op::MergeMem, Type::MEM, merge, &[memory, memory]);
        b.ret(n);
        assert_eq!(b.laws(), [16]);
    }
}

#[test]
fn law_25_control_follows_memory() {
    let mut b = Body::new();
    let (before, p, n) = (b.control, b.p, b.n);
    let fence = b.raw(Op::Fence, Type::TUPLE, 0, &[before, b.memory]);
    b.control = b.proj(fence, 0, Type::CTRL);
    let memory = b.proj(fence, 1, Type::MEM);
    let payload = MemAccess::aligned(4).payload();
    let first = b.raw(Op::Store, Type::MEM, payload, &[b.control, memory, p, n]);
    b.memory = b.raw(Op::Store, Type::MEM, payload, &[b.control, first, p, n]);
    let (second, control) = (b.memory, b.control);
    b.ret(n);
    b.holds();
    for store in [first, second] {
        b.graph().set_input(store, 0, before);
        assert_eq!(b.laws(), [25]);
        b.graph().set_input(store, 0, control);
    }
}

#[test]
fn law_17_signatures() {
    let mut b = Body::new();
    let p = b.p;
    b.ret(p);
    assert_eq!(b.laws(), [17]);

    let call = |arguments: usize| {
        let mut b = Body::new();
        let site = CallSite { signature: b.function.signature, flags: CallFlags::NONE };
        let payload = b.graph().tables_mut().add_call(site);
        let inputs = [b.control, b.memory, b.p, b.n, b.p];
        let call = b.raw(Op::Call, Type::TUPLE, payload, &inputs[..3 + arguments]);
        b.control = b.proj(call, 0, Type::CTRL);
        let result = b.proj(call, 2, I32);
        b.ret(result);
        b.laws()
    };
    assert_eq!(call(2), []);
    assert_eq!(call(1), [17]);
}

#[test]
fn law_18_states() {
    let mut b = Body::new();
    let (control, memory, n, symbol) = (b.control, b.memory, b.n, b.function.symbol);
    let frame = b.graph().tables_mut().add_frame(FrameDescriptor { function: symbol, pc: 3, has_outer: false });
    let state = b.raw(Op::FrameState, Type::STATE, frame, &[n]);
    b.control = b.raw(Op::Safepoint, Type::CTRL, 0, &[control, memory, state]);
    b.ret(n);
    b.holds();
    let outer = b.graph().tables_mut().add_frame(FrameDescriptor { function: symbol, pc: 3, has_outer: true });
    b.graph().set_payload(state, outer);
    assert_eq!(b.laws(), [18]);

    let mut b = Body::new();
    let shape = pair(symbol);
    let shape = b.graph().tables_mut().add_shape(shape);
    let p = b.p;
    let object = b.raw(Op::VirtualObj, Type::STATE, shape, &[p, n]);
    b.control = b.raw(Op::Safepoint, Type::CTRL, 0, &[control, memory, object]);
    b.ret(n);
    assert_eq!(b.laws(), [18]);

    // Objects follow values; each is described once.
    let with_objects = |values: &dyn Fn(NodeId, NodeId) -> Vec<NodeId>| {
        let mut b = Body::new();
        let (control, memory, n, p, symbol) = (b.control, b.memory, b.n, b.p, b.function.symbol);
        let shape = b.graph().tables_mut().add_shape(pair(symbol));
        let object = b.raw(Op::VirtualObj, Type::STATE, shape, &[p, n]);
        let frame = b.graph().tables_mut().add_frame(FrameDescriptor { function: symbol, pc: 3, has_outer: false });
        let state = b.raw(Op::FrameState, Type::STATE, frame, &values(p, object));
        b.control = b.raw(Op::Safepoint, Type::CTRL, 0, &[control, memory, state]);
        b.ret(n);
        b.laws()
    };
    assert_eq!(with_objects(&|p, object| vec![p, object]), []);
    assert_eq!(with_objects(&|p, object| vec![object, p]), [18]);
    assert_eq!(with_objects(&|p, object| vec![p, object, object]), [18]);
}

/// An object of one field.
fn pair(allocator: crate::SymbolId) -> Shape {
    let fields = vec![(I32, 0)];
    Shape { name: "pair".into(), id: 0, fields, size: 4, element: None, length: None, allocator }
}

#[test]
fn law_4_shapes() {
    let with = |change: &dyn Fn(&mut Shape)| {
        let mut b = Body::new();
        let (control, memory, n, symbol) = (b.control, b.memory, b.n, b.function.symbol);
        let mut shape = pair(symbol);
        change(&mut shape);
        let row = b.graph().tables_mut().add_shape(shape);
        let count = b.graph().iconst(Type::I64, 0);
        let object = b.raw(Op::Alloc, Type::TUPLE, row, &[control, memory, count]);
        b.control = b.proj(object, 0, Type::CTRL);
        b.ret(n);
        b.laws()
    };
    assert_eq!(with(&|_| {}), []);
    assert_eq!(with(&|shape| shape.size = 3), [4]);
    assert_eq!(with(&|shape| shape.fields.push((I32, 2))), [4]);
    assert_eq!(with(&|shape| shape.length = Some((I32, 4))), [4]);
    let array = |shape: &mut Shape| {
        (shape.element, shape.length, shape.size) = (Some(I32), Some((I32, 4)), 8);
    };
    assert_eq!(with(&array), []);
}

#[test]
fn law_19_facts() {
    use crate::facts::{Fact, IntFact, PointerFact};
    let mut b = Body::new();
    let n = b.n;
    b.graph().set_fact(n, Fact::Pointer(PointerFact::NON_NULL));
    b.ret(n);
    assert_eq!(b.laws(), [19]);

    let mut b = Body::new();
    let n = b.n;
    let wide = b.raw(Op::ZExt, Type::I64, 0, &[n]);
    let low = b.raw(Op::Trunc, I32, 0, &[wide]);
    b.graph().set_fact(wide, Fact::of_int(Type::I64, IntFact::from_signed(Type::I64, -2, -1)));
    b.ret(low);
    assert_eq!(b.laws(), [19]);
}

#[test]
fn law_20_value_numbering() {
    let mut b = Body::new();
    let n = b.n;
    let (x, y) = (b.raw(Op::Neg, I32, 0, &[n]), b.raw(Op::Neg, I32, 0, &[n]));
    let sum = b.raw(Op::Add, I32, 0, &[x, y]);
    b.ret(sum);
    b.holds();
    let found =
        verify_function_with(&b.module, &b.function, Options { value_numbering: true, schedule: false }).unwrap_err();
    assert_eq!(found.iter().map(|violation| violation.law).collect::<Vec<_>>(), [20]);
}

#[test]
fn law_24_order_of_memory() {
    let mut b = Body::new();
    let (control, memory, p) = (b.control, b.memory, b.p);
    let barrier = b.raw(Op::Barrier, Type::TUPLE, 0, &[control, memory]);
    b.control = b.proj(barrier, 0, Type::CTRL);
    b.memory = b.proj(barrier, 1, Type::MEM);
    let (control, after) = (b.control, b.memory);
    let load = b.raw(Op::Load, I32, 0, &[control, memory, p]);
    b.ret(load);
    b.holds();
    let options = Options { schedule: true, ..Options::default() };
    let found = verify_function_with(&b.module, &b.function, options).unwrap_err();
    assert_eq!(found.iter().map(|violation| violation.law).collect::<Vec<_>>(), [24]);
    b.graph().set_input(load, 1, after);
    assert!(verify_function_with(&b.module, &b.function, options).is_ok());
}

#[track_caller]
fn module_breaks(module: &Module, law: u8) {
    let found = verify_module(module).err().unwrap_or_default();
    assert!(found.iter().any(|violation| violation.law == law), "law {law} is not broken: {found:?}");
}

#[test]
fn law_21_symbols() {
    let mut module = Module::new(Triple::host());
    let name = |name: &str, target: u32| Symbol::new(name, Linkage::External, Definition::Alias(SymbolId(target), 0));
    module.add_symbol(name("a", 1));
    module.add_symbol(name("b", 2));
    module.add_symbol(name("c", 1));
    module_breaks(&module, 21);

    let mut module = Module::new(Triple::host());
    module.import_data("x");
    module.symbols[0].align = 3;
    module_breaks(&module, 21);

    let mut module = Module::new(Triple::host());
    module.locations.push(Location::new(9, 1, 1));
    module_breaks(&module, 21);
}

#[test]
fn law_22_data() {
    let mut module = Module::new(Triple::host());
    let target = module.import_data("x");
    let relocation =
        Relocation { offset: 4, size: 8, target: RelocationTarget::Symbol(target), addend: 0, minus: None };
    let data = Data { bytes: vec![0; 8], relocations: vec![relocation], ..Data::default() };
    module.define_data("d", Linkage::Internal, 8, data);
    module_breaks(&module, 22);
}

#[test]
fn law_23_functions() {
    let mut b = Body::new();
    let n = b.n;
    b.ret(n);
    b.function.slots.push(StackSlot { size: 8, align: 3 });
    assert_eq!(b.laws(), [23]);

    let mut b = Body::new();
    b.graph().set_node_origin(NodeId::START, Origin(7));
    b.breaks(23);
}

#[test]
fn a_million_nodes_in_a_chain() {
    let mut b = Body::new();
    let mut sum = b.n;
    for _ in 0..1_000_000 {
        let n = b.n;
        sum = b.raw(Op::Add, I32, 0, &[sum, n]);
    }
    b.ret(sum);
    b.holds();
}

#[test]
fn weights_are_free() {
    let mut b = Body::new();
    let (yes, no) = b.branch();
    let branch = b.graph().input(yes, 0);
    b.graph().set_payload(branch, Weights { on_true: 9, on_false: 1 }.payload());
    b.control = b.raw(Op::Region, Type::CTRL, 0, &[yes, no]);
    let n = b.n;
    b.ret(n);
    b.holds();
}
