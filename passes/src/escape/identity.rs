//! Memory of an allocator is not that of a slot or of data: comparisons of the two are decided, whoever knows them.

use super::objects::root;
use son_ir::analysis::Address;
use son_ir::analysis::allocation::Allocation;
use son_ir::{Definition, Function, Graph, Module, NodeId, Op, SymbolId, Type};

/// Decides comparisons of what an allocator returned with places in slots and data. Returns how many.
pub(super) fn decide(module: &Module, function: &mut Function) -> usize {
    let graph = &function.graph;
    let is_decided = |&node: &NodeId| {
        matches!(graph.op(node), Op::Eq | Op::Ne)
            && [(0, 1), (1, 0)].into_iter().any(|(one, other)| {
                is_allocation(module, graph, graph.input(node, one))
                    && is_place(module, function, graph.input(node, other))
            })
    };
    let decided: Vec<NodeId> = graph.nodes().filter(is_decided).collect();
    let graph = &mut function.graph;
    for &compare in &decided {
        let differ = graph.iconst(Type::I1, u64::from(graph.is(compare, Op::Ne)));
        graph.replace(compare, differ);
    }
    decided.len()
}

/// Is the pointer the address of memory that a call got, at least one byte?
fn is_allocation(module: &Module, graph: &Graph, pointer: NodeId) -> bool {
    let (root, same) = root(graph, pointer);
    same && graph.is(root, Op::Proj)
        && graph.payload(root) == 2
        && Allocation::of(module, graph, graph.input(root, 0)).is_some_and(|memory| memory.bytes > 0)
}

/// Is the pointer the address of a byte of a slot, or of data of the module?
fn is_place(module: &Module, function: &Function, pointer: NodeId) -> bool {
    let graph = &function.graph;
    let place = Address::of(graph, pointer);
    if place.index.is_some() {
        return false;
    }
    let size = match graph.op(place.base) {
        Op::SlotAddr => function.slots[graph.payload(place.base) as usize].size,
        Op::SymbolAddr => {
            let symbol = module.symbol(SymbolId(graph.payload(place.base) as u32));
            match &symbol.definition {
                Definition::Data(data) if !symbol.linkage.is_interposable() => data.size(),
                _ => 0,
            }
        }
        _ => 0,
    };
    u64::try_from(place.offset).is_ok_and(|offset| offset < size)
}
