//! Random modules, built through the builder of `son-ir`: for tests that compare what the interpreter, the
//! optimizer and the code generator make of the same functions.
//!
//! A module grows from a *tape* of numbers: each decision takes the next one, and 0, which an exhausted tape
//! gives for ever, is always the simplest choice. So any tape makes a well-formed module whose loops end, and
//! a tape with words removed or made smaller makes a simpler one: [`minimize`] needs to know nothing else.
//!
//! In mode [`Mode::Defined`] nothing is undefined and no result depends on what is unspecified: flags stand
//! where they hold, divisors are not zero, NaNs are replaced before their bits can be seen. In mode
//! [`Mode::Poison`] flags may make poison, and a run may end in undefined behaviour.

mod expr;
mod program;
mod statement;

pub use program::{Batch, Sample};

use crate::random::Random;

/// What the functions may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Everything is defined.
    Defined,
    /// Flags may lie: results may be poison, branches on it undefined.
    Poison,
}

/// What a module may be made of.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What the functions may do.
    pub mode: Mode,
    /// Are there integers of 128 bits?
    pub wide: bool,
}

impl Config {
    /// Everything that the interpreter has.
    pub const fn new(mode: Mode) -> Config {
        Config { mode, wide: true }
    }
}

/// The decisions that make a module.
#[derive(Clone, Debug)]
pub struct Tape {
    words: Vec<u16>,
    next: usize,
}

impl Tape {
    /// A tape with these words.
    pub fn new(words: Vec<u16>) -> Tape {
        Tape { words, next: 0 }
    }

    /// The next decision: a number below `limit`.
    pub fn choose(&mut self, limit: usize) -> usize {
        let word = self.words.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        usize::from(word) % limit.max(1)
    }

    /// Yes, once in so many times; never at the end of the tape.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.choose(times) == times - 1
    }

    /// One of the items, which are not none.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.choose(items.len())]
    }

    /// Are all words used?
    pub fn is_empty(&self) -> bool {
        self.next >= self.words.len()
    }
}

/// The words of a random tape.
pub fn random_words(seed: u64, length: usize) -> Vec<u16> {
    let mut random = Random::new(seed);
    (0..length).map(|_| random.next_bits() as u16).collect()
}

/// A short tape that still fails, found by removing and lowering words of one that does.
pub fn minimize(words: Vec<u16>, fails: &mut dyn FnMut(&[u16]) -> bool) -> Vec<u16> {
    let mut search = Search { words, fails, tries: 3000 };
    let mut chunk = search.words.len().next_power_of_two();
    while chunk >= 1 {
        let mut at = 0;
        while at < search.words.len() {
            at += if search.remove(at, chunk) { 0 } else { chunk };
        }
        chunk /= 2;
    }
    for at in 0..search.words.len() {
        let _ = [16, 8, 4, 1].into_iter().any(|shift| search.lower(at, shift));
    }
    search.words
}

struct Search<'a> {
    words: Vec<u16>,
    fails: &'a mut dyn FnMut(&[u16]) -> bool,
    tries: usize,
}

impl Search<'_> {
    /// Goes on with the candidate if it fails too.
    fn attempt(&mut self, candidate: Vec<u16>) -> bool {
        if self.tries == 0 || candidate == self.words {
            return false;
        }
        self.tries -= 1;
        let fails = (self.fails)(&candidate);
        if fails {
            self.words = candidate;
        }
        fails
    }

    fn remove(&mut self, at: usize, count: usize) -> bool {
        let end = (at + count).min(self.words.len());
        self.attempt([&self.words[..at], &self.words[end..]].concat())
    }

    fn lower(&mut self, at: usize, shift: u32) -> bool {
        let mut lower = self.words.clone();
        lower[at] = lower[at].checked_shr(shift).unwrap_or(0);
        self.attempt(lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimizing_keeps_what_matters() {
        let words = random_words(1, 200);
        let wanted = words[123];
        let small = minimize(words, &mut |words| words.contains(&wanted));
        assert_eq!(small, [wanted]);
    }
}
