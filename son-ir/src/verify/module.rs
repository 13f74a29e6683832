//! Laws 21 to 23: symbols, data, and what functions say beside their bodies.

use super::{Checker, Violation};
use crate::module::{Data, Definition, Module, RelocationTarget, Signature, SymbolId};
use hashbrown::HashSet;
use smallvec::SmallVec;

fn align_fits(align: u32) -> bool {
    align == 0 || align.is_power_of_two()
}

pub(super) fn check_module(module: &Module) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut report = |law: u8, message: String| {
        if found.len() < super::MAX_VIOLATIONS {
            found.push(Violation { law, nodes: SmallVec::new(), message, function: String::new() });
        }
    };
    let mut names = HashSet::with_capacity(module.symbols.len());
    for (index, symbol) in module.symbols.iter().enumerate() {
        let name = &symbol.name;
        let id = SymbolId(index as u32);
        if !names.insert(name.as_str()) || module.find_symbol(name) != Some(id) {
            report(21, format!("symbol {name}: the name stands twice, or finds another symbol"));
        }
        if !align_fits(symbol.align) {
            report(21, format!("symbol {name}: alignment {} is not a power of two", symbol.align));
        }
        if symbol.comdat.is_some_and(|row| row as usize >= module.comdats.len()) {
            report(21, format!("symbol {name}: its comdat group does not exist"));
        }
        if let Err((law, message)) = check_definition(module, id) {
            report(law, format!("symbol {name}: {message}"));
        }
    }
    check_aliases(module, &mut report);
    for &(_, symbol) in module.constructors.iter().chain(&module.destructors) {
        if !module.symbols.get(symbol.index()).is_some_and(|symbol| symbol.is_function()) {
            report(21, format!("constructor or destructor: symbol {} is not a function", symbol.0));
        }
    }
    if let Some(symbol) = module.deoptimizer
        && !module.symbols.get(symbol.index()).is_some_and(|symbol| symbol.is_function())
    {
        report(21, format!("deoptimizer: symbol {} is not a function", symbol.0));
    }
    if module.locations.is_empty() {
        report(21, "location 0, \"unknown\", is missing".to_owned());
    }
    for (row, location) in module.locations.iter().enumerate().skip(1) {
        let inlined_at = location.inlined_at.0 as usize;
        let function = location.function.map_or(0, |function| function.index() + 1);
        let exists = (location.file as usize) < module.files.len()
            && inlined_at < module.locations.len()
            && function <= module.symbols.len();
        if !exists {
            report(
                21,
                format!(
                    "location {row}: its file, its function or the call that it was inlined through does not exist"
                ),
            );
        }
    }
    found
}

fn check_definition(module: &Module, id: SymbolId) -> Result<(), (u8, String)> {
    let wrong = |message: &str| Err((21, message.to_owned()));
    match &module.symbols[id.index()].definition {
        Definition::ExternalFunction(signature) if signature.index() >= module.signatures.len() => {
            wrong("its signature does not exist")
        }
        Definition::Function(row) => match module.functions.get(*row as usize) {
            None => wrong("its body does not exist"),
            Some(function) if function.symbol != id => wrong("its body belongs to another symbol"),
            Some(_) => Ok(()),
        },
        Definition::Alias(target, _) if target.index() >= module.symbols.len() => wrong("its target does not exist"),
        Definition::Data(data) => check_data(module, data).map_err(|message| (22, message)),
        _ => Ok(()),
    }
}

fn check_data(module: &Module, data: &Data) -> Result<(), String> {
    if !data.bytes.is_empty() && data.zeroed != 0 && data.zeroed != data.bytes.len() as u64 {
        return Err("both bytes and zeros".to_owned());
    }
    let exists = |target: RelocationTarget| match target {
        RelocationTarget::Symbol(symbol) | RelocationTarget::Block(symbol, _) => symbol.index() < module.symbols.len(),
    };
    let mut end = 0;
    for relocation in &data.relocations {
        let at = relocation.offset;
        let after = at.checked_add(u64::from(relocation.size)).filter(|&after| after <= data.bytes.len() as u64);
        let Some(after) = after else {
            return Err(format!("the relocation at {at} lies outside the bytes"));
        };
        if at < end {
            return Err(format!("the relocation at {at} overlaps the one before it"));
        }
        if !matches!(relocation.size, 1 | 2 | 4 | 8) {
            return Err(format!("the relocation at {at} has {} bytes", relocation.size));
        }
        if !exists(relocation.target) || !relocation.minus.is_none_or(exists) {
            return Err(format!("the target of the relocation at {at} does not exist"));
        }
        end = after;
    }
    Ok(())
}

/// Follows each chain of aliases once: a chain that comes back to itself is wrong.
fn check_aliases(module: &Module, report: &mut impl FnMut(u8, String)) {
    let mut seen_from = vec![usize::MAX; module.symbols.len()];
    for start in 0..module.symbols.len() {
        let mut at = start;
        while let Definition::Alias(target, _) = module.symbols[at].definition {
            if seen_from[at] != usize::MAX || target.index() >= module.symbols.len() {
                break;
            }
            seen_from[at] = start;
            at = target.index();
        }
        if seen_from[at] == start {
            report(21, format!("symbol {}: an alias of itself", module.symbols[at].name));
        }
    }
}

fn check_signature(signature: &Signature) -> Result<(), String> {
    match signature.params.iter().chain(&signature.results).find(|param| !param.ty.is_data()) {
        Some(param) => Err(format!("a parameter or result has type {}", param.ty)),
        None => Ok(()),
    }
}

impl Checker<'_> {
    /// Law 23.
    pub(super) fn check_function(&mut self) {
        let (module, function) = (self.module, self.function);
        if function.symbol.index() >= module.symbols.len() {
            return self.report(23, &[], "its symbol does not exist");
        }
        let Some(signature) = module.signatures.get(function.signature.index()) else {
            return self.report(23, &[], "its signature does not exist");
        };
        if let Err(message) = check_signature(signature) {
            self.report(23, &[], message);
        }
        for (row, slot) in function.slots.iter().enumerate() {
            if !slot.align.is_power_of_two() {
                self.report(23, &[], format!("slot {row}: alignment {} is not a power of two", slot.align));
            }
        }
        for node in self.graph.nodes() {
            if self.graph.origin(node).0 as usize >= module.locations.len() {
                self.report(23, &[node], "its source location does not exist");
            }
        }
    }
}
