//! What the optimizer did, and how it may fail.

use crate::remarks::Remark;
use std::time::Duration;

/// What a pass did, over all functions.
#[derive(Clone, Debug, Default)]
pub struct PassReport {
    /// Name of the pass.
    pub name: &'static str,
    /// Functions that it ran on, with repetition.
    pub runs: u64,
    /// Time it took.
    pub time: Duration,
    /// Nodes that it looked at.
    pub visits: u64,
    /// Changes that it made.
    pub changes: u64,
    /// Counts of what is particular to it, by name.
    pub counters: Vec<(&'static str, u64)>,
}

/// What [`optimize`](crate::optimize) did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// A row for each pass that ran, in order of first use.
    pub passes: Vec<PassReport>,
    /// What passes have to say, by place in the source; empty if nobody asked.
    pub remarks: Vec<Remark>,
    /// Live nodes of all functions before.
    pub nodes_before: u64,
    /// Live nodes of all functions afterwards.
    pub nodes_after: u64,
}

impl Report {
    /// The row of a pass.
    pub fn pass(&self, name: &str) -> Option<&PassReport> {
        self.passes.iter().find(|row| row.name == name)
    }

    pub(crate) fn row(&mut self, name: &'static str) -> &mut PassReport {
        let at = self.passes.iter().position(|row| row.name == name).unwrap_or_else(|| {
            self.passes.push(PassReport { name, ..PassReport::default() });
            self.passes.len() - 1
        });
        &mut self.passes[at]
    }
}

/// An internal error: a pass broke the graph.
#[derive(Clone, Debug)]
pub enum Error {
    /// The verifier complains.
    Broken {
        /// The pass, or "input" if the function came broken.
        pass: &'static str,
        /// Name of the function.
        function: String,
        /// What the verifier says.
        message: String,
    },
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Error::Broken { pass, function, message } = self;
        write!(f, "after {pass}, function {function} is broken: {message}")
    }
}

impl std::error::Error for Error {}
