//! What a pass is told, and where it says what it did.

use crate::options::Level;
use crate::remarks::Remark;
use crate::summaries::Summaries;
use son_ir::{Module, Origin, SymbolId};

/// What a pass gets beside its function.
pub struct Context<'a> {
    /// The module, with symbols and signatures; the function at hand is not among its bodies.
    pub module: &'a Module,
    /// What its functions do with pointers.
    pub(crate) summaries: &'a Summaries,
    /// Is it undone if no allocations go by it?
    pub(crate) on_trial: bool,
    /// How much to do.
    pub level: Level,
    /// Keeps each branch that a proof decides as a check that aborts if the proof is wrong.
    pub keep_proven_checks: bool,
    /// Shuffles what must not matter; 0 for the natural order.
    pub seed: u64,
    pub(crate) fuel: u64,
    pub(crate) visits: u64,
    pub(crate) changes: u64,
    pub(crate) counters: Vec<(&'static str, u64)>,
    /// What the pass has to say, if somebody asked.
    pub(crate) remarks: Option<Vec<Remark>>,
    /// The pass and the function at hand, for remarks.
    pub(crate) at: (&'static str, SymbolId),
}

impl<'a> Context<'a> {
    /// A context for running a pass alone, with unlimited fuel.
    pub fn new(module: &'a Module) -> Context<'a> {
        Context {
            module,
            summaries: Summaries::NONE,
            on_trial: false,
            level: Level::O2,
            keep_proven_checks: false,
            seed: 0,
            fuel: u64::MAX,
            visits: 0,
            changes: 0,
            counters: Vec::new(),
            remarks: None,
            at: ("", SymbolId(0)),
        }
    }

    /// Counts a node looked at.
    pub fn visit(&mut self) {
        self.visits += 1;
    }

    /// Asks for leave to make a change, and counts it. The pass ends when it is refused.
    #[must_use]
    pub fn spend(&mut self) -> bool {
        if self.fuel == 0 {
            return false;
        }
        self.fuel -= 1;
        self.changes += 1;
        true
    }

    /// Counts changes that were made without asking.
    pub fn made(&mut self, changes: usize) {
        self.changes += changes as u64;
        self.fuel = self.fuel.saturating_sub(changes as u64);
    }

    /// May no further change be made?
    pub fn is_exhausted(&self) -> bool {
        self.fuel == 0
    }

    /// Changes made so far.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Did somebody ask for remarks?
    pub fn wants_remarks(&self) -> bool {
        self.remarks.is_some()
    }

    /// Remarks on what is at the origin: what was done, or could not be, and the place that is the reason.
    pub fn remark(&mut self, origin: Origin, done: bool, message: String, reason: Option<Origin>) {
        let (pass, function) = self.at;
        if let Some(remarks) = &mut self.remarks {
            remarks.push(Remark { pass, function, origin, done, message, reason });
        }
    }

    /// Adds to a counter of the pass.
    pub fn count(&mut self, name: &'static str, amount: u64) {
        match self.counters.iter_mut().find(|counter| counter.0 == name) {
            Some(counter) => counter.1 += amount,
            None => self.counters.push((name, amount)),
        }
    }
}
