//! What is in objects and linked images, by names of symbols.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use object::{
    Architecture, Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SectionKind, SymbolKind, pe,
};

use crate::process::Failure;

/// Bytes of code in an object.
///
/// # Errors
/// If it is no object.
pub fn code_size(object: &Path) -> Result<u64, Failure> {
    let bytes = std::fs::read(object)?;
    let file = object::File::parse(&*bytes).map_err(|error| Failure(error.to_string()))?;
    Ok(file.sections().filter(|section| section.kind() == SectionKind::Text).map(|section| section.size()).sum())
}

/// A symbol with its first address and the one behind it.
pub type Name = (u64, u64, String);

/// Symbols of the image in the order of their addresses, with their ends.
pub fn symbols(file: &object::File<'_>) -> Vec<Name> {
    let mut all: Vec<(u64, String)> = file
        .symbols()
        .filter(|symbol| symbol.is_definition() && symbol.kind() != SymbolKind::Section)
        .filter_map(|symbol| Some((symbol.address(), symbol.name().ok()?.to_owned())))
        .collect();
    all.sort();
    let section_end = |address: u64| {
        let inside = |start: u64, size: u64| (start..start + size).contains(&address);
        file.sections().find(|s| inside(s.address(), s.size())).map_or(address, |s| s.address() + s.size())
    };
    let end = |at: usize| {
        let next = all[at + 1..].iter().map(|next| next.0).find(|&next| next > all[at].0).unwrap_or(u64::MAX);
        next.min(section_end(all[at].0))
    };
    (0..all.len()).map(|at| (all[at].0, end(at), all[at].1.clone())).collect()
}

/// The string that starts at an address of constant data.
fn string_at(file: &object::File<'_>, address: u64) -> Option<String> {
    let section = file.sections().find(|s| (s.address()..s.address() + s.size()).contains(&address))?;
    let bytes = section.data().ok()?.get((address - section.address()) as usize..)?;
    let end = bytes.iter().position(|&byte| byte == 0)?;
    // In COFF, strings are among other constants.
    let may_be_text = match section.kind() {
        SectionKind::ReadOnlyString => true,
        SectionKind::ReadOnlyData => {
            end > 0 && bytes[..end].iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
        }
        _ => false,
    };
    may_be_text.then(|| format!("{:?}", String::from_utf8_lossy(&bytes[..end])))
}

/// The words of a symbol's data; those that are addresses in the image by name.
pub fn contents(file: &object::File<'_>, names: &[Name], start: u64, end: u64) -> Vec<String> {
    let Some(section) = file.sections().find(|s| (s.address()..s.address() + s.size()).contains(&start)) else {
        return Vec::new();
    };
    let bytes = section.data().unwrap_or_default();
    let bytes = bytes.get((start - section.address()) as usize..(end - section.address()) as usize).unwrap_or_default();
    let word = |chunk: &[u8]| {
        let number = chunk.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
        // Names that begin with a point are those of an object alone.
        let symbol = names.iter().find(|name| name.0 == number && !name.2.starts_with('.')).map(|name| name.2.clone());
        symbol.or_else(|| string_at(file, number)).unwrap_or_else(|| format!("{number:#x}"))
    };
    let mut words: Vec<String> = bytes.chunks(8).map(word).collect();
    // Padding between objects differs.
    while words.last().is_some_and(|last| last == "0x0") {
        words.pop();
    }
    words
}

/// Kinds of relocations, by their numbers, and the symbols that they refer to, by section. Parts of a section are one:
/// what follows a dollar sign is dropped. Symbols that only one object has, of constants and sections, are left out, and
/// it is the same whether an address is completed by an addition or by the access.
pub fn relocations(file: &object::File<'_>) -> BTreeMap<String, BTreeSet<(u16, String)>> {
    let mut found: BTreeMap<String, BTreeSet<(u16, String)>> = BTreeMap::new();
    for section in file.sections() {
        let name = section.name().unwrap_or_default().split('$').next().unwrap_or_default();
        let in_section = found.entry(name.to_owned()).or_default();
        for (_, relocation) in section.relocations() {
            let RelocationTarget::Symbol(symbol) = relocation.target() else { continue };
            let Ok(symbol) = file.symbol_by_index(symbol) else { continue };
            let (name, RelocationFlags::Coff { typ }) = (symbol.name().unwrap_or_default(), relocation.flags()) else {
                continue;
            };
            // Distances in a section are known to who writes it.
            let known = symbol.is_local() && symbol.section_index() == Some(section.index());
            let own = symbol.kind() == SymbolKind::Section || name.starts_with(['.', '$']) || name.contains('@');
            let own = own || known;
            if !own {
                let kind = match (file.architecture(), typ) {
                    (Architecture::Aarch64, pe::IMAGE_REL_ARM64_PAGEOFFSET_12L) => pe::IMAGE_REL_ARM64_PAGEOFFSET_12A,
                    (Architecture::Aarch64, pe::IMAGE_REL_ARM64_SECREL_LOW12L) => pe::IMAGE_REL_ARM64_SECREL_LOW12A,
                    (_, kind) => kind,
                };
                in_section.insert((kind.0, name.to_owned()));
            }
        }
    }
    found.retain(|_, relocations| !relocations.is_empty());
    found
}
