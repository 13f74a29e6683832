//! What is done with a stack slot: all its accesses, if its address goes nowhere else.

use super::{MAX_BLOCK, Whole, names};
use son_ir::analysis::{AddressUse, AddressUses};
use son_ir::{AliasClass, Graph, NodeId, Op, Type};

/// What an access does with the slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Load,
    Store,
    /// `memset`.
    Fill,
    /// The slot is the destination of a block copy.
    CopyTo,
    /// The slot is the source of a block copy.
    CopyFrom,
}

impl Kind {
    /// Is it a block of bytes without a type?
    pub(super) fn is_block(self) -> bool {
        !matches!(self, Kind::Load | Kind::Store)
    }
}

/// An access of the slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    pub node: NodeId,
    pub kind: Kind,
    /// Bytes from the slot's start; 0 if not constant.
    pub offset: u64,
    /// Bytes; 0 if not constant.
    pub size: u64,
    /// Type of the value, of loads and stores.
    pub ty: Type,
}

impl Access {
    pub(super) fn end(&self) -> u64 {
        self.offset + self.size
    }
}

/// All accesses of a slot.
#[derive(Default)]
pub(super) struct Accesses {
    pub list: Vec<Access>,
    /// Does each have a constant place and a size that can be cut?
    pub constant: bool,
}

impl Accesses {
    /// The accesses of the slot whose addresses stand in this row; `None` if the address may escape. That a state names
    /// an object by the address, and says what is in it, is no access.
    pub(super) fn of_slot(graph: &Graph, slots: &[Vec<NodeId>], row: usize) -> Option<Accesses> {
        let addresses = &slots[row][..];
        let is_object = names::stands_for_object(graph, addresses);
        let mut found = Accesses { list: Vec::new(), constant: true };
        for AddressUse { user, index, offset } in AddressUses::of(graph, addresses.iter().copied()) {
            match (graph.op(user), index) {
                (Op::Eq | Op::Ne, _) if is_null(graph, graph.input(user, 1 - index)) => {}
                _ if is_object && names::is_for_states(graph, slots, (user, index)) => {}
                _ => found.add(graph, user, index, offset)?,
            }
        }
        Some(found)
    }

    /// Do all load or store the same bytes as one type, in this class?
    pub(super) fn whole(&self, graph: &Graph, class: AliasClass) -> Option<Whole> {
        let ty = self.list.first()?.ty;
        let same = |access: &Access| {
            let scalar = matches!(access.kind, Kind::Load | Kind::Store);
            scalar && access.offset == 0 && access.ty == ty && graph.access(access.node).class == class
        };
        let loads = self.list.iter().filter(|access| access.kind == Kind::Load).map(|access| access.node);
        (self.constant && self.list.iter().all(same)).then(|| Whole { ty, loads: loads.collect() })
    }

    fn add(&mut self, graph: &Graph, node: NodeId, index: usize, offset: Option<i64>) -> Option<()> {
        let (kind, ty, size) = match (graph.op(node), index) {
            (Op::Load, 2) => (Kind::Load, graph.ty(node), Some(u64::from(graph.ty(node).bytes()))),
            (Op::Store, 2) => {
                let ty = graph.ty(graph.input(node, 3));
                (Kind::Store, ty, Some(u64::from(ty.bytes())))
            }
            (Op::MemSet, 2) => (Kind::Fill, Type::I8, graph.constant(graph.input(node, 4))),
            (Op::MemCopy | Op::MemMove, 2) => (Kind::CopyTo, Type::I8, graph.constant(graph.input(node, 4))),
            (Op::MemCopy | Op::MemMove, 3) => (Kind::CopyFrom, Type::I8, graph.constant(graph.input(node, 4))),
            _ => return None,
        };
        if kind.is_block() && self.list.iter().any(|access| access.node == node) {
            return None;
        }
        let place = offset.and_then(|offset| u64::try_from(offset).ok());
        let cuttable = place.is_some() && size.is_some_and(|size| size > 0 && (!kind.is_block() || size <= MAX_BLOCK));
        self.constant &= cuttable && graph.is_unused(node) <= (kind == Kind::Load);
        self.list.push(Access { node, kind, offset: place.unwrap_or(0), size: size.unwrap_or(0), ty });
        Some(())
    }
}

fn is_null(graph: &Graph, node: NodeId) -> bool {
    graph.constant(node) == Some(0)
}
