//! `qsort` and `bsearch`, in steps between which the comparison runs in the program.

use super::{Args, NULL, Reply, Row, moved};
use crate::interp::calls::{Native, Step};
use crate::interp::machine::{Machine, Reason, Stop};
use crate::interp::memory::{Kind, Memory};
use crate::interp::value::{Cell, Value};
use crate::types::Type;
use smallvec::{SmallVec, smallvec};

pub(super) const TABLE: &[Row] = &[("qsort", sort), ("bsearch", search)];

/// A merge sort, bottom up: runs of `width` elements of `from` are merged to `to`, then the two change roles.
pub(in crate::interp) struct Sort {
    array: Cell,
    /// Where elements are read and written: the array and a copy.
    from: Cell,
    to: Cell,
    count: u64,
    size: u64,
    compare: Cell,
    width: u64,
    /// Next element of the left run, of the right run, and of the result.
    left: u64,
    right: u64,
    next: u64,
}

fn sort(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let (array, count, size, compare) = (args.pointer(0)?, args.size(1)?, args.size(2)?, args.pointer(3)?);
    let Some(bytes) = count.checked_mul(size) else { return Err(args.error("the size overflows")) };
    if count < 2 || size == 0 {
        return Ok(Reply::Nothing);
    }
    m.memory.place(array, bytes, 1)?;
    if !m.memory.has_room(bytes) {
        return Err(Reason::unsupported("more memory than the limit"));
    }
    let copy = m.memory.create(Kind::Host, bytes, 16);
    m.push_native(Native::Sort(Sort {
        array,
        from: array,
        to: copy,
        count,
        size,
        compare,
        width: 1,
        left: 0,
        right: 1,
        next: 0,
    }));
    Ok(Reply::Pushed)
}

impl Sort {
    fn at(&self, array: Cell, index: u64) -> Cell {
        moved(array, index * self.size)
    }

    /// Start of the pair of runs that is being merged.
    fn start(&self) -> u64 {
        self.next - self.next % (2 * self.width)
    }

    fn left_end(&self) -> u64 {
        (self.start() + self.width).min(self.count)
    }

    fn right_end(&self) -> u64 {
        (self.start() + 2 * self.width).min(self.count)
    }

    /// Copies the next element of the result.
    fn take(&mut self, memory: &mut Memory, from_left: bool) -> Result<(), Stop> {
        let source = if from_left { &mut self.left } else { &mut self.right };
        let index = std::mem::replace(source, *source + 1);
        memory.copy(self.at(self.to, self.next), self.at(self.from, index), self.size)?;
        let start = self.start();
        self.next += 1;
        if self.next == self.count {
            self.width *= 2;
            self.next = 0;
            std::mem::swap(&mut self.from, &mut self.to);
        }
        if self.next == 0 || self.start() != start {
            self.left = self.start();
            self.right = self.left_end();
        }
        Ok(())
    }

    /// Goes on to the next comparison.
    pub(in crate::interp) fn step(&mut self, memory: &mut Memory, compared: Option<Value>) -> Result<Step, Stop> {
        if let Some(value) = compared {
            let order = value.as_i64().ok_or(crate::interp::Undefined::Poison("the result of a comparison"))?;
            self.take(memory, order <= 0)?;
        }
        while self.width < self.count {
            let (left_done, right_done) = (self.left >= self.left_end(), self.right >= self.right_end());
            if !left_done && !right_done {
                let pointer = |cell| Value::from_cells(Type::PTR, &[cell]);
                let args = smallvec![pointer(self.at(self.from, self.left)), pointer(self.at(self.from, self.right))];
                return Ok(Step::Call(self.compare, args));
            }
            self.take(memory, !left_done)?;
        }
        if self.from.bits != self.array.bits {
            memory.copy(self.array, self.from, self.count * self.size)?;
        }
        let copy = if self.from.bits == self.array.bits { self.to } else { self.from };
        memory.destroy(copy.tag);
        Ok(Step::Return(SmallVec::new()))
    }
}

/// A binary search.
pub(in crate::interp) struct Search {
    key: Cell,
    array: Cell,
    size: u64,
    compare: Cell,
    low: u64,
    high: u64,
}

fn search(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    m.push_native(Native::Search(Search {
        key: args.pointer(0)?,
        array: args.pointer(1)?,
        low: 0,
        high: args.size(2)?,
        size: args.size(3)?,
        compare: args.pointer(4)?,
    }));
    Ok(Reply::Pushed)
}

impl Search {
    pub(in crate::interp) fn step(&mut self, compared: Option<Value>) -> Result<Step, Stop> {
        let pointer = |cell| Value::from_cells(Type::PTR, &[cell]);
        let middle = |search: &Search| search.low + (search.high - search.low) / 2;
        if let Some(value) = compared {
            let at = middle(self);
            match value.as_i64().ok_or(crate::interp::Undefined::Poison("the result of a comparison"))? {
                0 => return Ok(Step::Return(smallvec![pointer(moved(self.array, at * self.size))])),
                order if order < 0 => self.high = at,
                _ => self.low = at + 1,
            }
        }
        if self.low == self.high {
            return Ok(Step::Return(smallvec![pointer(NULL)]));
        }
        let element = moved(self.array, middle(self).wrapping_mul(self.size));
        Ok(Step::Call(self.compare, smallvec![pointer(self.key), pointer(element)]))
    }
}
