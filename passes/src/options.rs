//! What the optimizer is asked for.

use son_ir::{Function, Module};

/// How much is optimized.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Level {
    /// Nothing but what must be done.
    O0,
    /// What pays for itself in compile time.
    O1,
    /// Everything that makes code faster at a fair price.
    #[default]
    O2,
    /// What grows code for speed too.
    O3,
}

/// Stops a pass after so many changes, over all functions: for bisecting miscompiles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fuel {
    /// Name of the pass.
    pub pass: String,
    /// Changes that it may make.
    pub changes: u64,
}

/// Sees each function before and after each pass: dumps, views.
pub trait Observer: Sync {
    /// Before the pass.
    fn before(&self, _pass: &'static str, _module: &Module, _function: &Function) {}
    /// After the pass.
    fn after(&self, _pass: &'static str, _module: &Module, _function: &Function) {}
}

/// What [`optimize`](crate::optimize) shall do.
#[derive(Clone, Default)]
pub struct Options<'a> {
    /// How much.
    pub level: Level,
    /// Verify each function after each pass.
    pub verify_each: bool,
    /// Limit of one pass.
    pub fuel: Option<Fuel>,
    /// Keeps each branch that a proof decides as a check that aborts if the proof is wrong.
    pub keep_proven_checks: bool,
    /// Shuffles what must not matter; 0 for the natural order.
    pub seed: u64,
    /// Names of passes that are left out: for finding the guilty one.
    pub disabled: &'a [String],
    /// Sees functions between passes.
    pub observer: Option<&'a dyn Observer>,
    /// Collect what passes have to say to authors of programs.
    pub remarks: bool,
}
