//! What is done with an address: its uses, and those of its sums.

use crate::graph::{Graph, NodeId, Uses};
use crate::ops::Op;
use smallvec::SmallVec;

/// A use of a pointer: input `index` of `user`, and how far the pointer is from the address, if that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddressUse {
    /// Who uses the pointer.
    pub user: NodeId,
    /// Which of its inputs the pointer is.
    pub index: usize,
    /// Bytes from the address, `None` if they vary.
    pub offset: Option<i64>,
}

/// Uses of addresses and of all pointers that are sums of them. The sums themselves are not among them.
///
/// ```
/// use son_ir::analysis::AddressUses;
/// use son_ir::{Graph, NodeFlags, Op, Type};
/// let mut graph = Graph::new();
/// let (object, four) = (graph.param(0, Type::PTR), graph.iconst(Type::I64, 4));
/// let field = graph.pure(Op::PtrAdd, Type::PTR, &[object, four]);
/// let zero = graph.iconst(Type::PTR, 0);
/// let is_null = graph.pure(Op::Eq, Type::I1, &[field, zero]);
/// let uses: Vec<_> = AddressUses::of(&graph, [object]).map(|used| (used.user, used.offset)).collect();
/// assert_eq!(uses, [(is_null, Some(4))]);
/// ```
pub struct AddressUses<'a> {
    graph: &'a Graph,
    pending: SmallVec<[(NodeId, Option<i64>); 16]>,
    uses: Option<(Uses<'a>, Option<i64>)>,
}

impl<'a> AddressUses<'a> {
    /// Those of each address.
    pub fn of(graph: &'a Graph, addresses: impl IntoIterator<Item = NodeId>) -> AddressUses<'a> {
        let pending = addresses.into_iter().map(|address| (address, Some(0))).collect();
        AddressUses { graph, pending, uses: None }
    }

    /// The uses of this pointer too, which is so far from the address: for phis and the like. The caller sees to it that
    /// none is followed twice.
    pub fn follow(&mut self, pointer: NodeId, offset: Option<i64>) {
        self.pending.push((pointer, offset));
    }
}

impl Iterator for AddressUses<'_> {
    type Item = AddressUse;

    fn next(&mut self) -> Option<AddressUse> {
        loop {
            if let Some((uses, offset)) = &mut self.uses {
                let offset = *offset;
                for (user, index) in uses.by_ref() {
                    if !self.graph.is(user, Op::PtrAdd) || index != 0 {
                        return Some(AddressUse { user, index, offset });
                    }
                    let more = self.graph.signed_constant(self.graph.input(user, 1));
                    self.pending.push((user, offset.zip(more).and_then(|(a, b)| a.checked_add(b))));
                }
            }
            let (pointer, offset) = self.pending.pop()?;
            self.uses = Some((self.graph.uses(pointer), offset));
        }
    }
}
