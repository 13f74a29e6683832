//! Loads of bytes that several writes left there: the value is put together from theirs.
//!
//! Members of a union have several sizes: of a word of which one half was written, the other half is what was there
//! before, or anything. Put together in registers, the bytes need not go through memory, where a processor waits with
//! such a load until the writes are done.

use super::forward::Forwarding;
use super::values::{extract, filled, reinterpret};
use super::walk::{Access, written_bytes};
use smallvec::SmallVec;
use son_ir::analysis::{AddressUse, AddressUses, Overlap};
use son_ir::{NodeId, Op, Type};

/// Most uses of a slot that are looked at.
const MAX_USES: usize = 64;

/// Integers and the bytes of a word where they start; others are 0.
type Pieces = SmallVec<[(u32, NodeId); 4]>;

impl Forwarding<'_> {
    /// The value of an access of which the state holds some bytes.
    pub(super) fn pieced(&mut self, state: NodeId, access: &Access) -> Option<NodeId> {
        let bytes = access.ty.bytes();
        let is_word = !access.ty.is_vector() && access.ty != Type::REF && access.ty.bits() == 8 * bytes;
        if !is_word || !(2..=8).contains(&bytes) {
            return None;
        }
        let mut pieces = Pieces::new();
        self.collect(state, access, (0, bytes), &mut pieces)?;
        self.put_together(&pieces, access.ty)
    }

    /// What a state holds in some bytes of the access. Each write takes some of them, so there are at most as many.
    fn collect(&mut self, state: NodeId, access: &Access, (from, to): (u32, u32), pieces: &mut Pieces) -> Option<()> {
        let mut address = access.address;
        address.offset = address.offset.checked_add(i64::from(from))?;
        let piece = Access { address, ty: Type::int(8 * (to - from)), ..*access };
        let write = self.resolve(state, &piece);
        if self.is_never_written(&piece) || self.is_unwritten(write, &piece) {
            return Some(());
        }
        if !matches!(self.graph.op(write), Op::Store | Op::MemSet) {
            return None;
        }
        let Overlap::At(distance) = self.walk().overlap(self.graph, write, &piece) else { return None };
        let behind = i64::try_from(written_bytes(self.graph, write)).ok()?.checked_sub(distance)?;
        let start = from + u32::try_from(distance.checked_neg()?.max(0)).ok()?;
        let end = from + behind.min(i64::from(to - from)) as u32;
        let value = self.written_piece(write, Type::int(8 * (end - start)), distance.max(0) as u64)?;
        pieces.push((start, value));
        let before = self.graph.input(write, 1);
        let mut rest = [(from, start), (end, to)].into_iter().filter(|(from, to)| from < to);
        rest.try_for_each(|range| self.collect(before, access, range, pieces))
    }

    fn written_piece(&mut self, write: NodeId, ty: Type, offset: u64) -> Option<NodeId> {
        match self.graph.op(write) {
            Op::Store => extract(self.graph, self.graph.input(write, 3), ty, offset),
            Op::MemSet => {
                self.graph.constant(self.graph.input(write, 4))?;
                filled(self.graph, self.graph.input(write, 3), ty)
            }
            _ => None,
        }
    }

    /// Is the piece one of a private slot that nothing in the function writes? On ways around loops, that is more than
    /// what [`Forwarding::is_unwritten`] says of a state.
    fn is_never_written(&self, piece: &Access) -> bool {
        let base = piece.address.base;
        if piece.class.as_slot().is_none() || !self.graph.is(base, Op::SlotAddr) || piece.address.index.is_some() {
            return false;
        }
        let end = piece.address.offset + piece.bytes() as i64;
        let is_elsewhere = |used: AddressUse| {
            let Some(start) = used.offset else { return false };
            let written = || i64::try_from(written_bytes(self.graph, used.user)).unwrap_or(i64::MAX);
            end <= start || start.saturating_add(written()) <= piece.address.offset
        };
        AddressUses::of(self.graph, [base]).enumerate().all(|(count, used)| {
            let keeps = match (self.graph.op(used.user), used.index) {
                (Op::Load, 2) | (Op::MemCopy | Op::MemMove, 3) => true,
                (Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove, 2) => is_elsewhere(used),
                _ => false,
            };
            keeps && count < MAX_USES
        })
    }

    fn put_together(&mut self, pieces: &Pieces, ty: Type) -> Option<NodeId> {
        let word = Type::int(ty.bits());
        let mut sum = self.graph.iconst(word, 0);
        for &(start, piece) in pieces {
            let wide = self.graph.pure(Op::ZExt, word, &[piece]);
            let amount = self.graph.iconst(word, 8 * u64::from(start));
            let placed = self.graph.pure(Op::Shl, word, &[wide, amount]);
            sum = self.graph.pure(Op::Or, word, &[sum, placed]);
        }
        reinterpret(self.graph, sum, ty)
    }
}
