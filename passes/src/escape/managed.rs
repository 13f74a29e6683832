//! Managed objects: what their shapes say of them, part by part.

use son_ir::analysis::allocation::Allocation;
use son_ir::{Graph, MemAccess, NodeFlags, NodeId, Op, Shape, Type};

/// Most fields and elements of an object.
const MAX_PARTS: usize = 64;
/// Alignment that allocators promise.
const ALIGN: u32 = 8;

/// A shape and a number of elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Managed {
    /// The shape's row in the graph's table.
    pub shape: u64,
    pub count: u64,
}

/// The object that the node allocates, if it is a managed one of few parts.
pub(super) fn allocation(graph: &Graph, node: NodeId) -> Option<(Allocation, Managed)> {
    if !graph.is(node, Op::Alloc) {
        return None;
    }
    let managed = Managed { shape: graph.payload(node), count: graph.constant(graph.input(node, 2))? };
    let shape = managed.shape(graph);
    let bytes = shape.bytes(managed.count).filter(|_| shape.parts(managed.count) <= MAX_PARTS)?;
    Some((Allocation { bytes, exact: true, align: ALIGN, zeroed: true, old: None }, managed))
}

impl Managed {
    pub(super) fn shape(self, graph: &Graph) -> &Shape {
        &graph.tables().shapes[self.shape as usize]
    }

    /// May an access touch bytes that the runtime keeps for itself, or write the length? One at a variable offset is
    /// one of an element.
    pub(super) fn touches_runtime(self, graph: &Graph, place: Option<(i64, u64)>, writes: bool) -> bool {
        let shape = self.shape(graph);
        let Some((start, bytes)) = place else { return shape.element.is_none() };
        let Ok(mut at) = u64::try_from(start) else { return true };
        let end = at.saturating_add(bytes);
        let length = shape.length.filter(|_| !writes).map(|(ty, offset)| (ty, u64::from(offset)));
        while at < end {
            let mut parts = shape.all_parts(self.count).chain(length);
            match parts.find(|&(ty, offset)| offset <= at && at < offset + u64::from(ty.bytes())) {
                Some((ty, offset)) => at = offset + u64::from(ty.bytes()),
                None => return true,
            }
        }
        false
    }

    fn parts(self, graph: &Graph) -> Vec<(Type, u64)> {
        self.shape(graph).all_parts(self.count).collect()
    }

    /// Writes what a new object holds; memory after it.
    pub(super) fn initialize(
        self,
        graph: &mut Graph,
        (control, mut memory): (NodeId, NodeId),
        object: NodeId,
    ) -> NodeId {
        for (ty, offset) in self.parts(graph) {
            let zero = match ty.bits() > 64 {
                true => graph.wide_const(ty, 0),
                false => graph.node(Op::Const, ty, NodeFlags::NONE, 0, &[]),
            };
            memory = store(graph, (control, memory), object, offset, zero);
        }
        if let Some((ty, offset)) = self.shape(graph).length {
            let length = graph.iconst(ty, self.count & ty.mask());
            memory = store(graph, (control, memory), object, u64::from(offset), length);
        }
        memory
    }

    /// Copies fields and elements from one object to another; memory after it.
    pub(super) fn copy(
        self,
        graph: &mut Graph,
        (control, mut memory): (NodeId, NodeId),
        to: NodeId,
        from: NodeId,
    ) -> NodeId {
        let before = memory;
        for (ty, offset) in self.parts(graph) {
            let value = load(graph, (control, before), from, offset, ty);
            memory = store(graph, (control, memory), to, offset, value);
        }
        memory
    }

    /// What a state says of the object: what its parts hold.
    pub(super) fn describe(self, graph: &mut Graph, at: (NodeId, NodeId), object: NodeId) -> NodeId {
        let mut inputs = vec![object];
        for (ty, offset) in self.parts(graph) {
            inputs.push(load(graph, at, object, offset, ty));
        }
        graph.node(Op::VirtualObj, Type::STATE, NodeFlags::NONE, self.shape, &inputs)
    }
}

fn part_address(graph: &mut Graph, object: NodeId, offset: u64) -> (NodeId, u64) {
    let align = if offset == 0 { ALIGN } else { ALIGN.min(1 << offset.trailing_zeros().min(31)) };
    let payload = MemAccess::aligned(align).payload();
    if offset == 0 {
        return (object, payload);
    }
    let (ty, offset) = (graph.ty(object), graph.iconst(Type::I64, offset));
    (graph.node(Op::PtrAdd, ty, NodeFlags::NONE, 0, &[object, offset]), payload)
}

fn load(graph: &mut Graph, (control, memory): (NodeId, NodeId), object: NodeId, offset: u64, ty: Type) -> NodeId {
    let (address, payload) = part_address(graph, object, offset);
    graph.node(Op::Load, ty, NodeFlags::NONE, payload, &[control, memory, address])
}

fn store(graph: &mut Graph, (control, memory): (NodeId, NodeId), object: NodeId, offset: u64, value: NodeId) -> NodeId {
    let (address, payload) = part_address(graph, object, offset);
    graph.raw(Op::Store, Type::MEM, payload, &[control, memory, address, value])
}
