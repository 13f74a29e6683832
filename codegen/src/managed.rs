//! Managed objects and states as calls of the frontend's runtime: ideal nodes in, ideal nodes out, before any target.
//!
//! An `alloc` becomes a call of its shape's allocator and a store of the length. A `guard` becomes a branch whose other
//! way, like a `deopt`, puts the values of its state into a buffer on the stack and calls the function that the
//! [module names](Module::deoptimizer) for it: `void deoptimize(const uint64_t *state, const uint64_t *values)`, which
//! does not return. What the values mean is said by a constant table for each state, see [`table`]. Nothing is
//! needed of a target, and nothing of register allocation: values are moved where the guard fails, out of line. A
//! `safepoint` is nothing: there is no runtime that asks for it.
//!
//! **Tests:** `tests/tests/objects.rs`.

pub mod table;

use crate::lower::LowerError;
use son_ir::analysis::cfg::control_successor;
use son_ir::{
    AliasClass, CallFlags, CallSite, Function, Graph, Inputs, MemAccess, Module, NodeFlags, NodeId, Op, Signature,
    StackSlot, SymbolId, Type, Weights,
};
use std::borrow::Cow;
use table::{StateTable, Words};

/// How often a guard holds for each time that it fails, as far as anybody knows.
const HOLDS: Weights = Weights { on_true: 1 << 20, on_false: 1 };
/// Alignment that allocators promise, and that of the buffer of values.
const ALIGN: u32 = 8;

/// The module without managed objects and states.
///
/// # Errors
/// The name of the function that needs a deoptimizer where the module names none, or whose states hold what no table
/// can say.
pub fn lower(module: &Module) -> Result<Cow<'_, Module>, (String, LowerError)> {
    let rows: Vec<usize> = (0..module.functions.len()).filter(|&row| needs_runtime(&module.functions[row])).collect();
    if rows.is_empty() {
        return Ok(Cow::Borrowed(module));
    }
    let mut module = module.clone();
    for row in rows {
        let rest = module.functions[row].clone_without_graph();
        let mut function = std::mem::replace(&mut module.functions[row], rest);
        let lowered = lower_function(&mut module, &mut function);
        lowered.map_err(|error| (module.symbol(function.symbol).name.clone(), error))?;
        module.functions[row] = function;
    }
    Ok(Cow::Owned(module))
}

fn needs_runtime(function: &Function) -> bool {
    let graph = &function.graph;
    graph.nodes().any(|node| matches!(graph.op(node), Op::Alloc | Op::Guard | Op::Deopt | Op::Safepoint))
}

fn lower_function(module: &mut Module, function: &mut Function) -> Result<(), LowerError> {
    let saved = function.graph.current_origin();
    function.graph.hold();
    let nodes: Vec<NodeId> = function.graph.nodes().collect();
    let mut result = Ok(());
    for node in nodes {
        let graph = &mut function.graph;
        if !graph.is_live(node) {
            continue;
        }
        graph.set_origin(graph.origin(node));
        match graph.op(node) {
            Op::Alloc => allocate(module, graph, node),
            Op::Guard => result = result.and(guard(module, function, node)),
            Op::Deopt => result = result.and(deoptimize(module, function, node)),
            Op::Safepoint => {
                let before = graph.input(node, 0);
                graph.replace(node, before);
            }
            _ => {}
        }
    }
    function.graph.set_origin(saved);
    function.graph.release();
    function.graph.compact();
    result
}

fn symbol_address(graph: &mut Graph, symbol: SymbolId) -> NodeId {
    graph.node(Op::SymbolAddr, Type::PTR, NodeFlags::NONE, u64::from(symbol.0), &[])
}

/// Calls a function: control, memory, and the tuple.
fn call(
    module: &mut Module,
    graph: &mut Graph,
    (control, memory): (NodeId, NodeId),
    callee: SymbolId,
    (signature, flags): (Signature, CallFlags),
    arguments: &[NodeId],
) -> (NodeId, NodeId, NodeId) {
    let site = CallSite { signature: module.signature_id(signature), flags };
    let payload = graph.tables_mut().add_call(site);
    let mut inputs: Inputs = smallvec::smallvec![control, memory, symbol_address(graph, callee)];
    inputs.extend_from_slice(arguments);
    let call = graph.raw(Op::Call, Type::TUPLE, payload, &inputs);
    (graph.proj(call, 0, Type::CTRL), graph.proj(call, 1, Type::MEM), call)
}

/// An allocation becomes a call.
fn allocate(module: &mut Module, graph: &mut Graph, node: NodeId) {
    let shape = graph.tables().shapes[graph.payload(node) as usize].clone();
    let (control, memory, count) = (graph.input(node, 0), graph.input(node, 1), graph.input(node, 2));
    let element = graph.iconst(Type::I64, u64::from(shape.element.map_or(0, Type::bytes)));
    let size = graph.iconst(Type::I64, u64::from(shape.size));
    let elements = graph.pure(Op::Mul, Type::I64, &[count, element]);
    let bytes = graph.pure(Op::Add, Type::I64, &[elements, size]);
    let id = graph.iconst(Type::I64, shape.id);
    let object = graph.find_proj(node, 2);
    let ty = object.map_or(Type::PTR, |object| graph.ty(object));
    let signature = Signature::new([Type::I64, Type::I64], [ty]);
    let how = (signature, CallFlags::NO_ALIAS_RESULT);
    let (control, mut memory, call) = call(module, graph, (control, memory), shape.allocator, how, &[bytes, id]);
    let address = graph.proj(call, 2, ty);
    if let Some((ty, offset)) = shape.length {
        let length = match ty.bits() {
            64 => count,
            bits => graph.pure(if bits < 64 { Op::Trunc } else { Op::ZExt }, ty, &[count]),
        };
        let place = offset_address(graph, address, offset);
        // Memory may be sliced: private slots are not what is written.
        let payload = MemAccess::aligned(1).in_class(AliasClass::ESCAPED).payload();
        memory = graph.raw(Op::Store, Type::MEM, payload, &[control, memory, place, length]);
    }
    for (number, new) in [control, memory, address].into_iter().enumerate() {
        if let Some(old) = graph.find_proj(node, number as u32) {
            graph.replace(old, new);
        }
    }
}

fn offset_address(graph: &mut Graph, base: NodeId, offset: u32) -> NodeId {
    let (ty, offset) = (graph.ty(base), graph.iconst(Type::I64, offset.into()));
    graph.node(Op::PtrAdd, ty, NodeFlags::NONE, 0, &[base, offset])
}

/// A guard becomes a branch.
fn guard(module: &mut Module, function: &mut Function, node: NodeId) -> Result<(), LowerError> {
    let graph = &mut function.graph;
    let [control, memory, condition, state] = [0, 1, 2, 3].map(|index| graph.input(node, index));
    let next = control_successor(graph, node);
    let branch = graph.raw(Op::If, Type::TUPLE, HOLDS.payload(), &[control, condition]);
    let (holds, fails) = (graph.proj(branch, 0, Type::CTRL), graph.proj(branch, 1, Type::CTRL));
    debug_assert!(next.is_some(), "law 7: a guard goes on");
    graph.replace(node, holds);
    let exit = leave(module, function, (fails, memory), state)?;
    function.graph.add_input(NodeId::STOP, exit);
    Ok(())
}

fn deoptimize(module: &mut Module, function: &mut Function, node: NodeId) -> Result<(), LowerError> {
    let [control, memory, state] = [0, 1, 2].map(|index| function.graph.input(node, index));
    let exit = leave(module, function, (control, memory), state)?;
    function.graph.replace(node, exit);
    Ok(())
}

/// Leaves with a state; the control that ends there.
fn leave(
    module: &mut Module,
    function: &mut Function,
    (control, memory): (NodeId, NodeId),
    state: NodeId,
) -> Result<NodeId, LowerError> {
    let deoptimizer = module.deoptimizer.ok_or(LowerError::Deoptimizer)?;
    let StateTable { data, values } = StateTable::new(module, &function.graph, state)?;
    let graph = &mut function.graph;
    let row = function.slots.len();
    function.slots.push(StackSlot { size: u64::from(values.count()).max(1) * 8, align: ALIGN });
    let buffer = graph.node(Op::SlotAddr, Type::PTR, NodeFlags::NONE, row as u64, &[]);
    let memory = put(graph, (control, memory), buffer, &values);
    let name = format!(".state.{}", module.symbols.len());
    let table = module.define_data(&name, son_ir::Linkage::Private, ALIGN, data);
    let table = symbol_address(graph, table);
    let how = (Signature::new([Type::PTR, Type::PTR], []), CallFlags::NO_RETURN.or(CallFlags::COLD));
    let (control, memory, _) = call(module, graph, (control, memory), deoptimizer, how, &[table, buffer]);
    Ok(graph.raw(Op::Unreachable, Type::CTRL, 0, &[control, memory]))
}

/// Stores the values into the buffer, each from a word of its own on; memory after that.
fn put(graph: &mut Graph, (control, mut memory): (NodeId, NodeId), buffer: NodeId, values: &Words) -> NodeId {
    let payload = MemAccess::aligned(ALIGN).in_class(AliasClass::ESCAPED).payload();
    for (value, word) in values.list() {
        let value = filling_words(graph, value);
        let place = offset_address(graph, buffer, word * 8);
        memory = graph.raw(Op::Store, Type::MEM, payload, &[control, memory, place, value]);
    }
    memory
}

/// The value, with zeros up to a whole word.
fn filling_words(graph: &mut Graph, value: NodeId) -> NodeId {
    let ty = graph.ty(value);
    let (ty, value) = match ty {
        Type::F32 => (Type::I32, graph.pure(Op::Bitcast, Type::I32, &[value])),
        _ => (ty, value),
    };
    let wide = if ty.bits() <= 64 { Type::I64 } else { Type::I128 };
    if ty.is_int() && ty != wide { graph.pure(Op::ZExt, wide, &[value]) } else { value }
}
