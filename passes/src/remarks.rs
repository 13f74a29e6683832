//! Remarks: what the optimizer did or could not do, for authors of programs.
//!
//! A pass remarks on the origin of a node through its [`Context`](crate::Context). It may run often on a function: of
//! what it could not do, only what its last run said is kept; of what it did, everything.

use rustc_hash::FxHashSet;
use son_ir::{Module, Origin, SymbolId};

/// Something that a pass did, or could not do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// Name of the pass.
    pub pass: &'static str,
    /// The function that it worked on.
    pub function: SymbolId,
    /// What it speaks of.
    pub origin: Origin,
    /// Was it done?
    pub done: bool,
    /// What it says.
    pub message: String,
    /// The place that is the reason.
    pub reason: Option<Origin>,
}

/// The remarks of all passes on all functions.
#[derive(Clone, Default, Debug)]
pub(crate) struct Remarks {
    pub(crate) list: Vec<Remark>,
}

impl Remarks {
    /// Takes what one run of a pass on a function said.
    pub(crate) fn add(&mut self, pass: &'static str, function: SymbolId, new: Vec<Remark>) {
        self.list.retain(|old| old.done || old.pass != pass || old.function != function);
        self.list.extend(new);
    }

    /// What there is to say at the end, by place: what was not done in functions that are gone matters to nobody.
    pub(crate) fn finish(mut self, module: &Module) -> Vec<Remark> {
        let is_there = |remark: &Remark| module.functions.iter().any(|function| function.symbol == remark.function);
        let subject = |remark: &Remark| (remark.pass, remark.function, remark.origin);
        // What was done to a part of something is said of all of it.
        let done: FxHashSet<_> = self.list.iter().filter(|remark| remark.done).map(subject).collect();
        let is_new = |remark: &Remark| remark.origin == Origin::default() || !done.contains(&subject(remark));
        self.list.retain(|remark| remark.done || (is_there(remark) && is_new(remark)));
        self.list.sort_by_cached_key(|remark| {
            let at = module.locations[remark.origin.0 as usize];
            (at.file, at.line, at.column, remark.render(module))
        });
        self.list.dedup_by_key(|remark| remark.render(module));
        self.list
    }
}

impl Remark {
    /// A line of text: the place in the source, the function, and what there is to say.
    pub fn render(&self, module: &Module) -> String {
        let place = place(module, self.origin).map_or(String::new(), |place| place + ": ");
        let function = &module.symbol(self.function).name;
        let reason = self.reason.and_then(|reason| place_within(module, reason, self.origin));
        let reason = reason.map_or(String::new(), |reason| format!(" at {reason}"));
        format!("{place}{function}: {}{reason}", self.message)
    }
}

/// `file:line:column`, if the place is known.
fn place(module: &Module, origin: Origin) -> Option<String> {
    let at = module.locations.get(origin.0 as usize).filter(|at| at.line > 0)?;
    Some(format!("{}:{}", module.files[at.file as usize].path, position(at.line, at.column)))
}

/// The same without the file where it is that of the other place.
fn place_within(module: &Module, origin: Origin, other: Origin) -> Option<String> {
    let (at, other) = (module.locations.get(origin.0 as usize)?, module.locations[other.0 as usize]);
    if at.line > 0 && other.line > 0 && at.file == other.file {
        return Some(position(at.line, at.column));
    }
    place(module, origin)
}

fn position(line: u32, column: u32) -> String {
    if column == 0 { line.to_string() } else { format!("{line}:{column}") }
}
