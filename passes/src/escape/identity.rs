//! Memory of an allocator is not that of a slot or of data: comparisons of the two are decided, whoever knows them. And
//! what was written to is not null: tests of that behind the write are decided too.

use super::objects::root;
use son_ir::analysis::allocation::Allocation;
use son_ir::analysis::{Address, AddressUse, AddressUses, Schedule};
use son_ir::{Definition, Function, Graph, Module, NodeId, Op, SymbolId, Type};

/// Bytes at address zero that nobody may write to.
const NULL_PAGE: i64 = 4096;
/// Most uses of an address that are looked at for a write.
const MAX_USES: usize = 64;

/// Decides comparisons of what an allocator returned with places in slots and data, and with addresses that stand for
/// nothing. Returns how many.
pub(super) fn decide(module: &Module, function: &mut Function) -> usize {
    let graph = &function.graph;
    let is_decided = |&node: &NodeId| {
        matches!(graph.op(node), Op::Eq | Op::Ne)
            && [(0, 1), (1, 0)].into_iter().any(|(one, other)| {
                let other = graph.input(node, other);
                is_allocation(module, graph, graph.input(node, one))
                    && (is_place(module, function, other) || is_nowhere(graph, other))
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

/// Decides branches on whether what an allocator returned is null, behind a write to it. Returns how many.
pub(super) fn decide_tests(module: &Module, graph: &mut Graph) -> usize {
    let is_test = |&branch: &NodeId| {
        let compare = graph.input(branch, 1);
        matches!(graph.op(compare), Op::Eq | Op::Ne)
            && graph.constant(graph.input(compare, 1)) == Some(0)
            && is_allocation(module, graph, graph.input(compare, 0))
    };
    let branches = graph.nodes().filter(|&node| graph.is(node, Op::If));
    let mut tests: Vec<NodeId> = branches.filter(is_test).collect();
    if tests.is_empty() {
        return 0;
    }
    let schedule = Schedule::new(graph);
    tests.retain(|&branch| {
        let pointer = graph.input(graph.input(branch, 1), 0);
        is_written_before(graph, &schedule, root(graph, pointer).0, branch)
    });
    for &branch in &tests {
        let outcome = graph.iconst(Type::I1, u64::from(graph.is(graph.input(branch, 1), Op::Ne)));
        graph.set_input(branch, 1, outcome);
    }
    tests.len()
}

/// Is there always a write to the object before control comes to the branch?
fn is_written_before(graph: &Graph, schedule: &Schedule, address: NodeId, branch: NodeId) -> bool {
    let here = schedule.block_of(branch);
    AddressUses::of(graph, [address]).take(MAX_USES).any(|AddressUse { user, index, offset }| {
        let block = schedule.block_of(user);
        (graph.op(user), index) == (Op::Store, 2)
            && offset.is_some_and(|offset| (0..NULL_PAGE).contains(&offset))
            && here.is_some()
            && block.is_some()
            && schedule.dominators.dominates(block, here)
    })
}

/// Is the pointer the address of memory that a call got, at least one byte?
fn is_allocation(module: &Module, graph: &Graph, pointer: NodeId) -> bool {
    let (root, same) = root(graph, pointer);
    same && graph.is(root, Op::Proj)
        && graph.payload(root) == 2
        && Allocation::of(module, graph, graph.input(root, 0)).is_some_and(|memory| memory.bytes > 0)
}

/// Is the pointer a constant in the first or last page of the address space, and not null? No allocator has these.
fn is_nowhere(graph: &Graph, pointer: NodeId) -> bool {
    let address = graph.constant(pointer).map(|bits| bits as i64);
    address.is_some_and(|address| address != 0 && (-NULL_PAGE..NULL_PAGE).contains(&address))
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
