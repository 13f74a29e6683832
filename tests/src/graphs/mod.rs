//! Random modules, built through the builder of `son-ir`: for tests that compare what the interpreter, the
//! optimizer and the code generator make of the same functions.
//!
//! A module grows from a *tape* of numbers: each decision takes the next one, and 0, which an exhausted tape
//! gives for ever, is always the simplest choice. So any tape makes a well-formed module whose loops end, and
//! a tape with words removed or made smaller makes a simpler one: tapes are a strategy of `proptest`, whose shrinking
//! needs to know nothing else, see [`Tree`].
//!
//! In mode [`Mode::Defined`] nothing is undefined and no result depends on what is unspecified: flags stand
//! where they hold, divisors are not zero, NaNs are replaced before their bits can be seen. In mode
//! [`Mode::Poison`] flags may make poison, and a run may end in undefined behaviour.

mod expr;
mod heap;
mod objects;
mod program;
mod statement;

pub use program::{Batch, Sample};

use crate::tools::count_from_env;
use proptest::collection::{VecStrategy, vec};
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestRng, TestRunner};

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
    /// Are there guards, with the states to go on from where they fail?
    pub guards: bool,
    /// Are there managed objects? Then there are guards, which may fail if `guards` says so, and functions do not call
    /// themselves.
    pub objects: bool,
}

impl Config {
    /// Everything that the interpreter has.
    pub const fn new(mode: Mode) -> Config {
        Config { mode, guards: true, objects: false }
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

/// Most tries to make a tape simpler, unless `SON_DIFFERENTIAL_TRIES` says another number.
const TRIES: usize = 3000;

/// A random tape that can be made simpler.
pub struct Tree(<VecStrategy<proptest::num::u16::Any> as Strategy>::Tree);

impl Tree {
    /// The tape of this seed, of up to `length` words.
    pub fn new(seed: u64, length: usize) -> Tree {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Runs::default(), random);
        Tree(vec(any::<u16>(), 0..=length).new_tree(&mut runner).expect("tapes have no condition"))
    }

    /// Its words.
    pub fn words(&self) -> Vec<u16> {
        self.0.current()
    }

    /// A short tape that still fails, given that this one does.
    pub fn minimize(mut self, fails: &mut dyn FnMut(&[u16]) -> bool) -> Vec<u16> {
        let mut smallest = self.words();
        let mut goes_on = self.0.simplify();
        for _ in 0..count_from_env("SON_DIFFERENTIAL_TRIES", TRIES) {
            if !goes_on {
                break;
            }
            let words = self.words();
            goes_on = match fails(&words) {
                true => {
                    smallest = words;
                    self.0.simplify()
                }
                false => self.0.complicate(),
            };
        }
        smallest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimizing_keeps_what_matters() {
        let tree = Tree::new(1, 200);
        let wanted = tree.words()[tree.words().len() / 2];
        let small = tree.minimize(&mut |words| words.iter().any(|&word| word >= wanted));
        assert_eq!(small, [wanted]);
    }
}
