//! A table from the numbers that a text uses (`%12`, `!7`, `#3`) to indices.

use rustc_hash::FxHashMap;

/// Maps numbers to 32-bit indices. Numbers are dense in practice, so a plain array holds them;
/// those far beyond what was seen go to a hash table, since a hostile text may say `!4000000000`.
#[derive(Clone, Debug, Default)]
pub struct NumberTable {
    /// Index + 1, or 0 for a number without an entry.
    dense: Vec<u32>,
    sparse: FxHashMap<u32, u32>,
}

/// How far the array may grow at once beyond twice its length.
const SLACK: usize = 1024;

impl NumberTable {
    /// The index of `number`.
    #[inline]
    pub fn get(&self, number: u32) -> Option<u32> {
        match self.dense.get(number as usize) {
            Some(0) => None,
            Some(&index) => Some(index - 1),
            None if self.sparse.is_empty() => None,
            None => self.sparse.get(&number).copied(),
        }
    }

    /// Gives `number` an index; returns the one it had.
    #[inline]
    pub fn insert(&mut self, number: u32, index: u32) -> Option<u32> {
        let before = self.get(number);
        let at = number as usize;
        let len = self.dense.len();
        if at >= len && at <= len * 2 + SLACK {
            // Doubling, so that the hash table is gone through only a few times.
            self.dense.resize((at + 1).max(len * 2).max(16), 0);
            self.absorb_sparse();
        }
        match self.dense.get_mut(at) {
            Some(entry) => *entry = index + 1,
            None => drop(self.sparse.insert(number, index)),
        }
        before
    }

    /// Forgets all; the array keeps its memory.
    pub fn clear(&mut self) {
        self.dense.clear();
        self.sparse = FxHashMap::default();
    }

    /// Entries of the hash table that the grown array now covers move to the array.
    fn absorb_sparse(&mut self) {
        if self.sparse.is_empty() {
            return;
        }
        let dense = &mut self.dense;
        self.sparse.retain(|&number, &mut index| match dense.get_mut(number as usize) {
            Some(entry) => {
                *entry = index + 1;
                false
            }
            None => true,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_numbers_are_found_before_and_after_the_array_reaches_them() {
        let mut table = NumberTable::default();
        assert_eq!(table.insert(u32::MAX, 7), None);
        assert_eq!(table.insert(5000, 8), None);
        assert_eq!(table.dense.len(), 0);
        for number in 0..6000 {
            if number != 5000 {
                assert_eq!(table.insert(number, number), None, "{number}");
            }
        }
        assert_eq!(table.get(5000), Some(8));
        assert_eq!(table.get(u32::MAX), Some(7));
        assert_eq!(table.insert(5000, 9), Some(8));
        assert_eq!(table.get(6001), None);
    }
}
