//! Splitting of stack slots: what changes, and where it must not fire.

use son_ir::verify::verify_function;
use son_ir::{Function, FunctionBuilder, MemAccess, Module, NodeId, Op, Signature, Type};
use son_passes::scalar::split_slots;

/// A function of a pointer that works on a slot of 16 bytes.
fn function(build: impl FnOnce(&mut FunctionBuilder, NodeId)) -> Function {
    let mut module = Module::new(target_lexicon::triple!("x86_64-unknown-linux-gnu"));
    let mut f = FunctionBuilder::new(&mut module, "f", Signature::new([Type::PTR, Type::I64], [Type::I32]));
    let slot = f.create_slot(16, 8);
    let address = f.slot_addr(slot);
    build(&mut f, address);
    let mut function = f.finish().unwrap();
    split_slots(&mut function);
    function.graph.compact();
    if let Err(violations) = verify_function(&module, &function) {
        panic!("{violations:?}");
    }
    function
}

fn at(f: &mut FunctionBuilder, base: NodeId, offset: i64) -> NodeId {
    let offset = f.iconst(Type::I64, offset);
    f.pure(Op::PtrAdd, Type::PTR, &[base, offset])
}

fn load(f: &mut FunctionBuilder, ty: Type, address: NodeId) -> NodeId {
    f.load(ty, address, MemAccess::aligned(ty.bytes()))
}

fn count(function: &Function, op: Op) -> usize {
    function.graph.nodes().filter(|&node| function.graph.is(node, op)).count()
}

fn copy(f: &mut FunctionBuilder, to: NodeId, from: NodeId, size: i64) {
    let size = f.iconst(Type::I64, size);
    f.memory_op(Op::MemCopy, &[to, from, size], MemAccess::aligned(8).payload());
}

#[test]
fn a_copied_struct_falls_into_its_fields() {
    let function = function(|f, slot| {
        let source = f.param(0);
        copy(f, slot, source, 16);
        let (first, second) = (load(f, Type::I32, slot), at(f, slot, 4));
        let second = load(f, Type::I32, second);
        let sum = f.pure(Op::Add, Type::I32, &[first, second]);
        f.ret(&[sum]);
    });
    assert_eq!((count(&function, Op::MemCopy), count(&function, Op::Store)), (0, 2), "only what is read is copied");
    let graph = &function.graph;
    let loads = graph.nodes().filter(|&node| graph.is(node, Op::Load));
    assert_eq!(loads.filter(|&load| graph.access(load).class.as_slot().is_some()).count(), 2);
}

#[test]
fn bytes_that_only_pass_through_are_kept() {
    let function = function(|f, slot| {
        let (source, zero) = (f.param(0), f.iconst(Type::I32, 0));
        copy(f, slot, source, 16);
        let first = load(f, Type::I32, slot);
        f.store(slot, zero, MemAccess::aligned(4));
        copy(f, source, slot, 16);
        f.ret(&[first]);
    });
    assert_eq!(count(&function, Op::MemCopy), 0);
    let graph = &function.graph;
    let out = graph.nodes().filter(|&n| graph.is(n, Op::Store) && graph.access(n).class.as_slot().is_none());
    let bytes: u32 = out.map(|store| graph.ty(graph.input(store, 3)).bytes()).sum();
    assert_eq!(bytes, 16);
}

#[test]
fn escaping_slots_stay() {
    let function = function(|f, slot| {
        let target = f.param(0);
        f.store(target, slot, MemAccess::aligned(8));
        let value = load(f, Type::I32, slot);
        f.ret(&[value]);
    });
    let graph = &function.graph;
    assert!(graph.nodes().all(|node| !graph.is(node, Op::Load) || graph.access(node).class.0 == 0));
}

#[test]
fn variable_offsets_keep_the_slot_whole() {
    let function = function(|f, slot| {
        let (index, zero) = (f.param(1), f.iconst(Type::I32, 0));
        let element = f.pure(Op::PtrAdd, Type::PTR, &[slot, index]);
        f.store(slot, zero, MemAccess::aligned(4));
        let value = load(f, Type::I32, element);
        f.ret(&[value]);
    });
    assert_eq!(function.slots.len(), 1);
    let graph = &function.graph;
    assert!(graph.nodes().all(|node| !graph.is(node, Op::Load) || graph.access(node).class.as_slot() == Some(0)));
}

#[test]
fn overlapping_fields_stay_together() {
    let function = function(|f, slot| {
        let zero = f.iconst(Type::I64, 0);
        f.store(slot, zero, MemAccess::aligned(8));
        let high = at(f, slot, 4);
        let value = load(f, Type::I32, high);
        f.ret(&[value]);
    });
    let graph = &function.graph;
    let class = |op| graph.nodes().find(|&node| graph.is(node, op)).map(|node| graph.access(node).class);
    assert_eq!(class(Op::Load), class(Op::Store));
}
