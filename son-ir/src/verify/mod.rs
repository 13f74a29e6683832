//! The verifier. This page is the law of the graph: each law has a number, and each violation cites it.
//!
//! **Form of a node**
//!
//! 1. *Storage.* Node 0 is the only `start`, node 1 the only `stop`. Inputs of a live node are live, and each
//!    input stands once in the list of uses of its definition.
//! 2. *Arity.* A node has as many inputs as its row of the op table says.
//! 3. *Types.* Inputs and result have the types that the row says. What the letters do not say: `trunc` and
//!    `ftrunc` narrow, `zext`, `sext` and `fext` widen, `bitcast` keeps the size and `ptradd` the type of its
//!    pointer, whose offset is an `i64`; both values of `atomiccas` are alike; sizes are `i64` and the byte of `memset` an `i8`; elementwise ops
//!    have the same number of lanes everywhere.
//! 4. *Payload.* Constants fit their type, row numbers exist in their tables, slots, symbols and indirect
//!    targets exist, accesses are well formed, and ops without payload have payload 0.
//! 5. *Flags.* A node has only flags that mean something for its op.
//! 6. *Projections.* The number of a projection is one that its tuple has, its type is the one that the tuple
//!    gives it, and a tuple has at most one projection of each number. A branch has all its projections; each
//!    other tuple has projection 0.
//!
//! **Control**
//!
//! 7. *One successor.* Each control token but that of `stop` is taken over by exactly one node: a pinned node
//!    with control or a tuple as result, a region, a loop, or `stop`. The tokens of exits (`return`,
//!    `tailcall`, `trap`, `unreachable`, `deopt`) go to `stop`, which takes nothing else but projection 1 of
//!    `never`.
//! 8. *Reducible.* A region has at least one input, a loop exactly two. Only input 1 of a loop goes
//!    backwards, and the loop dominates it.
//! 9. *From the start.* The entry reaches each control node.
//! 10. *To the end.* Each control node reaches `stop`: a loop that never ends has a `never`.
//!
//! **Values**
//!
//! 11. *Phis.* Input 0 of a phi is a region or loop; a value follows for each of its ways in.
//! 12. *Pis.* The control of a `pi` is a projection of a branch, a guard, or a merge of control.
//! 13. *Acyclic.* A node depends on itself only through a phi or the back edge of a loop.
//! 14. *Dominance.* A definition dominates its uses: there is a block for each node that is dominated by the
//!     blocks of its inputs, and that of a pinned node is where its control is. Input `i + 1` of a phi is
//!     available at the end of way in `i`.
//!
//! **Memory, calls, states**
//!
//! 15. *Slices.* A state of memory is of the whole memory or of one alias class. A memory phi with class `c`,
//!     and what accesses make of it, are states of class `c`; every other state is of the whole. An access of
//!     class `c` takes the whole or class `c`; who may touch everything takes the whole.
//! 16. *Merges of memory.* The classes of a `mergemem` are slices, ascend, and are as many as its inputs less
//!     the base; each input is a state of its class or of the whole.
//! 17. *Signatures.* Arguments of calls fit the signature of the call site, values of returns that of the
//!     function, and the results of a tail call are those of the function.
//! 18. *States.* `guard`, `deopt` and `safepoint` take a `framestate`. Its values come first, then each
//!     `virtualobj` once by its address, then the outer `framestate` if there is one. A `virtualobj` has the fields of
//!     its shape, and elements if it has such.
//! 19. *Facts.* A fact speaks of the kind of value that the node is, is not empty, and does not contradict
//!     what follows from the facts of the inputs.
//! 20. *Value numbering.* No two shared nodes are equal. (Only checked by [`Options::value_numbering`]: it
//!     holds after the peephole pass, not between rewrites.)
//!
//! 24. *Order of memory.* The function can be executed in an order in which every reader sees the state that it
//!     takes: no reader has to come after what overwrites that state. (Only checked by [`Options::schedule`]:
//!     it schedules the graph and checks the schedule.)
//! 25. *Control follows memory.* Where memory is one chain, what changes memory takes control that does not lie
//!     before what it follows in memory: a call that becomes many blocks has it behind all of them.
//!
//! **Modules**
//!
//! 21. *Symbols.* Names differ; a symbol's definition exists and names it back; aliases end at something that
//!     is not an alias; signatures, comdat groups and files exist; alignments are 0 or powers of two.
//! 22. *Data.* Relocations lie within the bytes, ascend and do not overlap; their targets exist.
//! 23. *Functions.* The signature exists, types of parameters and results are data, alignments of slots are
//!     powers of two, locations of nodes exist.
//!
//! Laws of a later group are checked when the earlier groups hold. Everything is linear in nodes and edges
//! and free of recursion.

mod control;
mod dominance;
mod memory;
mod module;
mod payload;
mod projection;
mod signature;
mod storage;
mod values;

#[cfg(test)]
mod tests;

pub(crate) use control::is_exit;
pub(crate) use payload::takes_access;
pub use projection::{Expected, projected};
pub(crate) use signature::check_arity;
pub use signature::{Letter, check_types, input_letter};

use crate::analysis::{Cfg, Dominators};
use crate::graph::{Graph, NodeId};
use crate::module::{Function, Module};
use crate::ops::Op;
use smallvec::SmallVec;
use std::fmt;

/// A broken law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Number of the law, see the [module's doc](self).
    pub law: u8,
    /// Who breaks it, the main culprit first; empty if it is not about nodes.
    pub nodes: SmallVec<[NodeId; 2]>,
    /// What is wrong.
    pub message: String,
    /// The function, empty if it is about the module.
    pub function: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "law {}", self.law)?;
        if !self.function.is_empty() {
            write!(f, ", function {}", self.function)?;
        }
        for (i, node) in self.nodes.iter().enumerate() {
            write!(f, "{}{node}", if i == 0 { ", " } else { " " })?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Violation {}

/// What to check beyond the laws that always hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Law 20: there are no two equal shared nodes.
    pub value_numbering: bool,
    /// Law 24: memory can be kept in one place. Costs as much as code motion.
    pub schedule: bool,
}

impl Options {
    /// For graphs that were written by hand.
    pub const TEXT: Options = Options { value_numbering: false, schedule: true };
}

/// More violations than this are not listed.
const MAX_VIOLATIONS: usize = 100;

/// What the checks share: the function, and the violations found.
struct Checker<'a> {
    module: &'a Module,
    function: &'a Function,
    graph: &'a Graph,
    found: Vec<Violation>,
}

impl Checker<'_> {
    fn report(&mut self, law: u8, nodes: &[NodeId], message: impl Into<String>) {
        if self.found.len() >= MAX_VIOLATIONS {
            return;
        }
        let function = self.module.symbols.get(self.function.symbol.index()).map(|s| s.name.clone());
        let (nodes, message) = (SmallVec::from_slice(nodes), message.into());
        self.found.push(Violation { law, nodes, message, function: function.unwrap_or_default() });
    }

    /// The node's op, `None` for machine ops and those of a frontend.
    fn op(&self, node: NodeId) -> Option<Op> {
        Op::from_number(self.graph.op_number(node))
    }

    /// Name of the node's op, for messages.
    fn name(&self, node: NodeId) -> String {
        self.op(node).map_or_else(|| format!("op {}", self.graph.op_number(node)), |op| op.text().to_owned())
    }
}

/// Checks one function against laws 1 to 19 and 25.
///
/// # Errors
/// The laws that it breaks, at most 100 violations.
pub fn verify_function(module: &Module, function: &Function) -> Result<(), Vec<Violation>> {
    verify_function_with(module, function, Options::default())
}

/// [`verify_function`] with more or fewer checks.
///
/// # Errors
/// The laws that it breaks.
pub fn verify_function_with(module: &Module, function: &Function, options: Options) -> Result<(), Vec<Violation>> {
    let mut checker = Checker { module, function, graph: &function.graph, found: Vec::new() };
    checker.check(options);
    if checker.found.is_empty() { Ok(()) } else { Err(checker.found) }
}

impl Checker<'_> {
    fn check(&mut self, options: Options) {
        self.check_function();
        self.check_storage();
        if !self.found.is_empty() {
            return;
        }
        for node in self.graph.nodes() {
            self.check_signature(node);
            self.check_payload(node);
        }
        if !self.found.is_empty() {
            return;
        }
        self.check_projections();
        self.check_control_tokens();
        if !self.found.is_empty() {
            return;
        }
        let cfg = Cfg::new(self.graph);
        let dominators = Dominators::new(&cfg);
        self.check_reachability(&cfg);
        self.check_merges(&cfg, &dominators);
        if !self.found.is_empty() {
            return;
        }
        for node in self.graph.nodes() {
            self.check_value(node);
        }
        let order = self.check_acyclic();
        if self.found.is_empty() {
            self.check_dominance(&cfg, &dominators, &order);
            self.check_memory(&order);
            self.check_control_follows(&cfg);
        }
        if options.value_numbering {
            self.check_value_numbering();
        }
        if options.schedule && self.found.is_empty() {
            self.check_schedule();
        }
    }
}

/// Checks a whole module: laws 21 to 23, and each function.
///
/// # Errors
/// The laws that it breaks.
pub fn verify_module(module: &Module) -> Result<(), Vec<Violation>> {
    verify_module_with(module, Options::default())
}

/// [`verify_module`] with more or fewer checks of its functions.
///
/// # Errors
/// The laws that it breaks.
pub fn verify_module_with(module: &Module, options: Options) -> Result<(), Vec<Violation>> {
    let mut found = module::check_module(module);
    if found.is_empty() {
        for function in &module.functions {
            found.extend(verify_function_with(module, function, options).err().unwrap_or_default());
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}
