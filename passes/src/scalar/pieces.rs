//! The pieces that a slot falls into.

use super::accesses::{Access, Accesses, Kind};
use son_ir::{Graph, Type};

/// Most pieces of a slot.
const MAX_PIECES: usize = 64;

/// Bytes of a slot that are kept together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    pub start: u64,
    pub end: u64,
}

/// Disjoint pieces by ascending offset.
pub(super) struct Pieces {
    pub list: Vec<Piece>,
    types: Vec<Option<Type>>,
}

impl Pieces {
    /// The finest pieces that no access straddles, but for block copies and fills, which are cut at their borders;
    /// `None` if the slot cannot be cut.
    pub(super) fn of_slot(_graph: &Graph, accesses: &Accesses, size: u64) -> Option<Pieces> {
        if !accesses.constant || accesses.list.iter().any(|access| access.end() > size) {
            return None;
        }
        let mut list = united(&accesses.list);
        fill_gaps(&mut list, &accesses.list);
        let straddled = |access: &Access| list.iter().any(|piece| cuts(access, piece));
        if list.len() > MAX_PIECES || accesses.list.iter().any(straddled) {
            return None;
        }
        let types = list.iter().map(|piece| scalar_type(&accesses.list, piece)).collect();
        Some(Pieces { list, types })
    }

    /// The piece that holds the byte at this offset, with its number.
    pub(super) fn at(&self, offset: u64) -> Option<(usize, Piece)> {
        let number = self.list.partition_point(|piece| piece.end <= offset);
        self.list.get(number).filter(|piece| piece.start <= offset).map(|&piece| (number, piece))
    }

    /// The pieces inside a range, with their numbers.
    pub(super) fn within(&self, start: u64, end: u64) -> impl Iterator<Item = (usize, Piece)> + '_ {
        let first = self.list.partition_point(|piece| piece.start < start);
        self.list.iter().copied().enumerate().skip(first).take_while(move |(_, piece)| piece.end <= end)
    }

    /// The type by which the piece is moved, if it is always accessed whole.
    pub(super) fn scalar(&self, number: usize) -> Option<Type> {
        self.types[number]
    }
}

/// Does the access contain a part of the piece only?
fn cuts(access: &Access, piece: &Piece) -> bool {
    let overlaps = access.offset < piece.end && piece.start < access.end();
    let contains = access.offset <= piece.start && piece.end <= access.end();
    overlaps && !contains && (access.kind.is_block() || access.offset < piece.start || piece.end < access.end())
}

/// Loads and stores, united where they overlap.
fn united(accesses: &[Access]) -> Vec<Piece> {
    let mut ranges: Vec<Piece> = accesses
        .iter()
        .filter(|access| !access.kind.is_block())
        .map(|access| Piece { start: access.offset, end: access.end() })
        .collect();
    ranges.sort_unstable_by_key(|piece| (piece.start, piece.end));
    let mut list: Vec<Piece> = Vec::new();
    for range in ranges {
        match list.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => list.push(range),
        }
    }
    list
}

/// Adds pieces for bytes that only block copies read: words that no border of a block cuts.
fn fill_gaps(list: &mut Vec<Piece>, accesses: &[Access]) {
    let mut borders: Vec<u64> =
        accesses.iter().filter(|a| a.kind.is_block()).flat_map(|a| [a.offset, a.end()]).collect();
    borders.extend(list.iter().flat_map(|piece| [piece.start, piece.end]));
    borders.sort_unstable();
    borders.dedup();
    let mut gaps = Vec::new();
    for pair in borders.windows(2) {
        let (mut start, end) = (pair[0], pair[1]);
        let covered = list.iter().any(|piece| piece.start <= start && end <= piece.end);
        let read = accesses.iter().any(|a| a.kind == Kind::CopyFrom && a.offset <= start && end <= a.end());
        while read && !covered && start < end {
            let word = word_at(start, end - start);
            gaps.push(Piece { start, end: start + word });
            start += word;
        }
    }
    list.append(&mut gaps);
    list.sort_unstable_by_key(|piece| piece.start);
}

/// The largest aligned word at an offset that fits.
pub(super) fn word_at(offset: u64, room: u64) -> u64 {
    let aligned = if offset == 0 { 8 } else { 1 << offset.trailing_zeros().min(3) };
    [8, 4, 2, 1].into_iter().find(|&word| word <= aligned && word <= room).unwrap_or(1)
}

fn scalar_type(accesses: &[Access], piece: &Piece) -> Option<Type> {
    let mut inside =
        accesses.iter().filter(|a| !a.kind.is_block() && a.offset < piece.end && piece.start < a.end()).peekable();
    let Some(first) = inside.peek() else { return Some(Type::int((piece.end - piece.start) as u32 * 8)) };
    let ty = first.ty;
    let whole = inside.all(|access| access.offset == piece.start && access.end() == piece.end);
    (whole && u64::from(ty.bits()) == (piece.end - piece.start) * 8).then_some(ty)
}
