//! What debuggers are told: which line of the source each instruction comes from, and names of functions.
//!
//! In which form is the system's choice: CodeView for the tools of Windows, DWARF for all others.

use super::{ObjectError, Place, Target, Writer};
use crate::function::CompiledFunction;
use object::write::SectionId;
use rustc_hash::FxHashMap;
use son_ir::{Function, Location, Module, NodeId, Origin, SymbolId};
use std::iter::successors;

/// From an offset in a function on, code comes from this place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Line {
    pub(super) offset: u32,
    /// Row of the module's files.
    pub(super) file: u32,
    pub(super) line: u32,
    pub(super) column: u32,
    /// Is this where debuggers stop at the function: behind what makes its frame?
    pub(super) ends_prologue: bool,
}

/// The lines of a function from its start on; none if nothing is known. Instructions of unknown origin belong to the
/// line before.
pub(super) fn lines_of(module: &Module, function: &Function, code: &CompiledFunction) -> Vec<Line> {
    let line = |offset: u32, origin: Origin, ends_prologue: bool| {
        let place = module.locations[origin.0 as usize];
        Line { offset, file: place.file, line: place.line, column: place.column, ends_prologue }
    };
    let known = |&&(_, origin): &&(u32, u32)| origin != 0;
    let Some(&(_, first)) = code.code.lines.iter().find(known) else { return Vec::new() };
    let start = function.graph.origin(NodeId::START);
    let mut lines = vec![line(0, if start == Origin::default() { Origin(first) } else { start }, false)];
    let mut in_prologue = true;
    for &(offset, origin) in code.code.lines.iter().filter(known) {
        // Parameters are taken where the function begins.
        if offset as usize >= code.code.bytes.len() || in_prologue && Origin(origin) == start {
            continue;
        }
        let next = line(offset, Origin(origin), std::mem::take(&mut in_prologue));
        let last = lines[lines.len() - 1];
        if !next.ends_prologue && (next.file, next.line, next.column) == (last.file, last.line, last.column) {
            continue;
        }
        if last.offset == offset && lines.len() > 1 {
            // What was taken back may have ended it.
            lines.pop();
            lines.push(Line { ends_prologue: last.ends_prologue || next.ends_prologue, ..next });
        } else {
            lines.push(next);
        }
    }
    lines
}

/// A function that was inlined into another one, or into one that was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Inlined {
    pub(super) function: SymbolId,
    /// The call.
    pub(super) call: Location,
    /// The number of what it was inlined into; the function itself if there is none.
    pub(super) within: Option<usize>,
    /// Its code, that of what was inlined into it included: starts and ends, ascending.
    pub(super) ranges: Vec<(u32, u32)>,
}

/// What was inlined into a function and has code, outer ones first.
pub(super) fn inlined_in(module: &Module, code: &CompiledFunction) -> Vec<Inlined> {
    let (mut found, mut numbers) = (Vec::new(), FxHashMap::default());
    let end = code.code.bytes.len() as u32;
    let known: Vec<(u32, u32)> = code.code.lines.iter().copied().filter(|&(_, origin)| origin != 0).collect();
    for (number, &(start, origin)) in known.iter().enumerate() {
        let end = known.get(number + 1).map_or(end, |next| next.0.min(end));
        if start >= end {
            continue;
        }
        // From the inside out: what each place was inlined as.
        let at =
            |origin: Origin| Some(module.locations[origin.0 as usize]).filter(|at| at.inlined_at != Origin::default());
        let chain: Vec<Location> = successors(at(Origin(origin)), |place| at(place.inlined_at)).collect();
        let mut within = None;
        for place in chain.into_iter().rev() {
            let Some(function) = place.function else { continue };
            let number = *numbers.entry((function, place.inlined_at)).or_insert_with(|| {
                let call = module.locations[place.inlined_at.0 as usize];
                found.push(Inlined { function, call, within, ranges: Vec::new() });
                found.len() - 1
            });
            let ranges = &mut found[number].ranges;
            match ranges.last_mut().filter(|last| last.1 == start) {
                Some(last) => last.1 = end,
                None => ranges.push((start, end)),
            }
            within = Some(number);
        }
    }
    found
}

impl<'m> Writer<'m> {
    pub(super) fn debug_lines(&mut self) -> Result<(), ObjectError> {
        if self.format.has_codeview() { self.codeview() } else { self.dwarf() }
    }

    /// The functions that have lines, by row.
    pub(super) fn functions_with_lines(&self) -> Vec<(usize, SymbolId, &'m CompiledFunction, Vec<Line>)> {
        let row = |(row, code): (usize, &'m Option<CompiledFunction>)| {
            let (function, code) = (&self.module.functions[row], code.as_ref()?);
            let lines = lines_of(self.module, function, code);
            (!lines.is_empty()).then_some((row, function.symbol, code, lines))
        };
        self.functions.iter().enumerate().filter_map(row).collect()
    }

    /// How tables for debuggers refer to a function. Where the linker does not read them, its place in the object has
    /// to be there already, which is that in its section if it is the first one.
    pub(super) fn debugged(&mut self, function: SymbolId) -> Target {
        match self.places[function.index()] {
            Some(Place { section, offset, .. })
                if self.format.debug_offset().is_some() || self.first_section() == Some(section) =>
            {
                (self.object.section_symbol(section), offset as i64)
            }
            _ => self.reference(function),
        }
    }

    /// The section that was made first, for the first function.
    fn first_section(&self) -> Option<SectionId> {
        self.module
            .functions
            .iter()
            .find_map(|function| self.places[function.symbol.index()])
            .map(|place| place.section)
    }
}
