//! Object files: symbols, sections, relocations, unwind tables, lines for debuggers. What formats call things is in a file for each.
//!
//! Everything is written in the order of the module's tables, so the bytes depend on the module alone. References to
//! symbols that no other object can replace, in the same section, are resolved here; the linker gets the rest.
//! Private symbols have no entry in the symbol table unless the linker may merge what they name; undefined ones only
//! if something refers to them.

mod codeview;
mod coff;
mod data;
mod debug;
mod dwarf;
mod elf;
mod format;
mod macho;
mod unwind;
mod windows;

use crate::buffer::{Relocation, RelocationKind, RelocationTarget};
use crate::function::CompiledFunction;
use crate::isa::Isa;
use crate::runtime;
use format::{Format, Kind, SectionName};
use object::write::{self, Comdat, Object, SectionId, SymbolSection};
use object::{
    Architecture, BinaryFormat, ComdatKind, Endianness, RelocationFlags, SymbolFlags, SymbolKind, SymbolScope,
};
use rustc_hash::FxHashMap;
use son_ir::{Definition, Linkage, Module, SymbolId};
use thiserror::Error;

/// How objects are written.
#[derive(Clone, Copy, Debug)]
pub struct ObjectOptions {
    /// A section for each function, so that the linker can drop unused ones.
    pub function_sections: bool,
    /// A section for each object.
    pub data_sections: bool,
    /// Unwind tables, for debuggers and exceptions.
    pub unwind_tables: bool,
    /// Names of functions and lines of the source, for debuggers.
    pub debug_lines: bool,
}

impl Default for ObjectOptions {
    fn default() -> ObjectOptions {
        ObjectOptions { function_sections: false, data_sections: false, unwind_tables: true, debug_lines: false }
    }
}

/// Why a module cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ObjectError {
    /// An alias leads to itself, or to something that is not defined here.
    #[error("alias `{0}` names nothing that is defined in this module")]
    Alias(String),
    /// The target's objects have a format that is not supported.
    #[error("objects of the target `{0}` are not supported")]
    Format(String),
    /// A relocation that the format does not have.
    #[error("the format of the object has no {0:?} relocation")]
    Relocation(RelocationKind),
    /// A difference of addresses that the format cannot express.
    #[error("the initializer of `{0}` has a difference of addresses that relocations cannot express")]
    Difference(String),
    /// An address of a size that relocations do not have.
    #[error("the initializer of `{0}` has an address in a field of {1} bytes")]
    FieldSize(String, u8),
    /// An initializer takes the address of a block of a function that is not defined here.
    #[error("the initializer of `{0}` has the address of a block that does not exist")]
    Block(String),
    /// The name of a section that a symbol asks for.
    #[error("the section `{0}` of `{1}` {2}")]
    Section(String, String, &'static str),
    /// The object library refused something.
    #[error("cannot write the object: {0}")]
    Write(String),
}

impl From<write::Error> for ObjectError {
    fn from(error: write::Error) -> ObjectError {
        ObjectError::Write(error.to_string())
    }
}

/// The library's name of the target's architecture.
fn architecture(isa: &dyn Isa) -> Architecture {
    match isa.architecture() {
        target_lexicon::Architecture::Aarch64(_) => Architecture::Aarch64,
        _ => Architecture::X86_64,
    }
}

/// Can objects for this target be written?
pub fn supports(triple: &target_lexicon::Triple) -> bool {
    format::of(triple).is_some()
}

/// Where something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    section: SectionId,
    offset: u64,
    size: u64,
}

/// Writes a module; `functions` holds the code of each row of [`Module::functions`], or nothing for those that are not
/// emitted.
///
/// # Errors
/// See [`ObjectError`].
pub fn write_object(
    module: &Module,
    isa: &dyn Isa,
    functions: &[Option<CompiledFunction>],
    options: &ObjectOptions,
) -> Result<Vec<u8>, ObjectError> {
    let format = format::of(&module.triple).ok_or_else(|| ObjectError::Format(module.triple.to_string()))?;
    let mut writer = Writer::new(module, isa, format, functions, options);
    writer.place_functions()?;
    writer.place_data()?;
    writer.place_aliases()?;
    writer.place_tables()?;
    writer.relocate_functions()?;
    writer.relocate_data()?;
    if options.unwind_tables {
        writer.unwind_tables()?;
    }
    if options.debug_lines {
        writer.debug_lines()?;
    }
    writer.startup()?;
    writer.exports()?;
    writer.mark_floats();
    Ok(writer.object.write()?)
}

struct Writer<'m> {
    module: &'m Module,
    isa: &'m dyn Isa,
    format: &'static dyn Format,
    functions: &'m [Option<CompiledFunction>],
    options: &'m ObjectOptions,
    object: Object<'m>,
    /// Where each symbol of the module is, if it is defined here and no common symbol.
    places: Vec<Option<Place>>,
    /// The object's symbol for each of the module, once there is one.
    ids: Vec<Option<write::SymbolId>>,
    /// Sections by name and group.
    sections: FxHashMap<(SectionName, u32), SectionId>,
    groups: FxHashMap<u32, object::write::ComdatId>,
    constants: FxHashMap<crate::mir::Constant, Target>,
    tables: Vec<Vec<Target>>,
    /// Number of symbols that were made for what has none.
    labels: u32,
    runtime: FxHashMap<&'static str, write::SymbolId>,
    /// Pointers to symbols that may be in other images.
    pointers: FxHashMap<SymbolId, write::SymbolId>,
}

/// What a relocation refers to: a symbol of the object, and what is added to its address.
type Target = (write::SymbolId, i64);

/// Group of sections that belong to none.
const NO_GROUP: u32 = u32::MAX;

impl<'m> Writer<'m> {
    fn new(
        module: &'m Module,
        isa: &'m dyn Isa,
        format: &'static dyn Format,
        functions: &'m [Option<CompiledFunction>],
        options: &'m ObjectOptions,
    ) -> Writer<'m> {
        let mut object = Object::new(format.binary(), architecture(isa), Endianness::Little);
        format.begin(&mut object, module);
        Writer {
            module,
            isa,
            format,
            functions,
            options,
            object,
            places: vec![None; module.symbols.len()],
            ids: vec![None; module.symbols.len()],
            sections: FxHashMap::default(),
            groups: FxHashMap::default(),
            constants: FxHashMap::default(),
            tables: Vec::new(),
            labels: 0,
            runtime: FxHashMap::default(),
            pointers: FxHashMap::default(),
        }
    }

    fn symbol(&self, id: SymbolId) -> &'m son_ir::Symbol {
        self.module.symbol(id)
    }

    // ---- sections ----

    /// The section with a name and kind, in the group of a symbol if it has one.
    fn section(&mut self, name: SectionName, kind: Kind, symbol: Option<SymbolId>) -> Result<SectionId, ObjectError> {
        let comdat = symbol.filter(|_| self.format.has_groups()).and_then(|symbol| self.symbol(symbol).comdat);
        let group = comdat.filter(|&row| self.module.comdats[row as usize].any).unwrap_or(NO_GROUP);
        let key = (name, group);
        if let Some(&section) = self.sections.get(&key) {
            return Ok(section);
        }
        if let (Some(mistake), Some(id)) = (self.format.section_mistake(&key.0), symbol) {
            let symbol = self.symbol(id);
            return Err(ObjectError::Section(symbol.section.clone().unwrap_or_default(), symbol.name.clone(), mistake));
        }
        let SectionName { segment, name } = key.0.clone();
        let flags = self.format.section_flags(kind, &name, group != NO_GROUP);
        let section = self.object.add_section(segment.into_bytes(), name.into_bytes(), kind.section_kind());
        self.object.section_mut(section).flags = flags;
        if group != NO_GROUP {
            self.join_group(group, section)?;
        }
        self.sections.insert(key, section);
        Ok(section)
    }

    /// The section of all that has this kind and no symbol.
    fn common_section(&mut self, kind: Kind) -> Result<SectionId, ObjectError> {
        self.section(self.format.section(kind, None, false), kind, None)
    }

    fn join_group(&mut self, row: u32, section: SectionId) -> Result<(), ObjectError> {
        if self.format.binary() == BinaryFormat::Coff {
            // It says that the section is of a group, and stands before the symbol that the group is named after.
            self.object.section_symbol(section);
        }
        let group = match self.groups.get(&row) {
            Some(&group) => group,
            None => {
                let symbol = match self.module.find_symbol(&self.module.comdats[row as usize].name) {
                    Some(symbol) => self.object_symbol(symbol),
                    None => self.group_symbol(row, section),
                };
                let group = self.object.add_comdat(Comdat { kind: ComdatKind::Any, symbol, sections: Vec::new() });
                *self.groups.entry(row).or_insert(group)
            }
        };
        self.object.comdat_mut(group).sections.push(section);
        Ok(())
    }

    /// A group that is named after no symbol of the module has a local symbol for its name.
    fn group_symbol(&mut self, row: u32, section: SectionId) -> write::SymbolId {
        self.object.add_symbol(write::Symbol {
            name: self.module.comdats[row as usize].name.clone().into_bytes(),
            value: 0,
            size: 0,
            kind: SymbolKind::Label,
            scope: SymbolScope::Compilation,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        })
    }

    // ---- functions ----

    fn place_functions(&mut self) -> Result<(), ObjectError> {
        for (row, code) in self.functions.iter().enumerate() {
            let Some(code) = code else { continue };
            let id = self.module.functions[row].symbol;
            let symbol = self.symbol(id);
            let name = self.format.section(Kind::Text, Some(symbol), self.options.function_sections);
            let section = self.section(name, Kind::Text, Some(id))?;
            let align = u64::from(symbol.align.max(16));
            let offset = self.append_code(section, &code.code.bytes, align);
            self.define(id, Place { section, offset, size: code.code.bytes.len() as u64 });
        }
        Ok(())
    }

    fn append_code(&mut self, section: SectionId, bytes: &[u8], align: u64) -> u64 {
        let end = self.object.section(section).data().len() as u64;
        let mut padding = Vec::new();
        self.isa.write_padding((end.next_multiple_of(align) - end) as usize, &mut padding);
        self.object.append_section_data(section, &padding, 1);
        self.object.append_section_data(section, bytes, align)
    }

    fn relocate_functions(&mut self) -> Result<(), ObjectError> {
        for (row, code) in self.functions.iter().enumerate() {
            let Some(code) = code else { continue };
            let place = self.places[self.module.functions[row].symbol.index()].expect("placed before");
            for relocation in &code.code.relocations {
                self.relocate_code(row, place, code, relocation)?;
            }
        }
        Ok(())
    }

    fn relocate_code(
        &mut self,
        row: usize,
        place: Place,
        code: &CompiledFunction,
        relocation: &Relocation,
    ) -> Result<(), ObjectError> {
        let offset = place.offset + u64::from(relocation.offset);
        let (symbol, addend) = match relocation.target {
            RelocationTarget::Symbol(symbol) if let Some(name) = runtime::name(symbol) => {
                (self.runtime_symbol(name), 0)
            }
            RelocationTarget::Symbol(symbol) => {
                let symbol = SymbolId(symbol);
                if relocation.kind.is_of_pointer()
                    && let Some(pointer) = self.pointer_to(symbol)?
                {
                    return self.add_code_relocation(place.section, offset, (pointer, 0), relocation);
                }
                if self.resolve(symbol, place.section, offset, relocation) {
                    return Ok(());
                }
                self.reference(symbol)
            }
            RelocationTarget::TlsGetAddr => (self.runtime_symbol("__tls_get_addr"), 0),
            RelocationTarget::Constant(number) => self.constants[&code.constants[number as usize]],
            RelocationTarget::Table(number) => self.tables[row][number as usize],
        };
        self.add_code_relocation(place.section, offset, (symbol, addend), relocation)
    }

    fn add_code_relocation(
        &mut self,
        section: SectionId,
        offset: u64,
        (symbol, addend): Target,
        relocation: &Relocation,
    ) -> Result<(), ObjectError> {
        let flags = self.format.code(relocation.kind).ok_or(ObjectError::Relocation(relocation.kind))?;
        let addend = relocation.addend + addend;
        let instruction = &mut self.object.section_mut(section).data_mut()[offset as usize..][..4];
        let addend = if self.format.put_addend(relocation.kind, addend, instruction) { 0 } else { addend };
        self.add_relocation(section, offset, (symbol, addend), flags)
    }

    /// Fills the field now if the distance is known: both ends in one section, and the target not replaceable.
    fn resolve(&mut self, symbol: SymbolId, section: SectionId, offset: u64, relocation: &Relocation) -> bool {
        let near = matches!(relocation.kind, RelocationKind::Pc32 | RelocationKind::Plt32);
        match self.places[symbol.index()] {
            _ if self.format.cuts_at_symbols() => false,
            Some(place) if near && place.section == section && self.symbol(symbol).linkage.is_local() => {
                let distance = place.offset as i64 + relocation.addend - offset as i64;
                let field = &mut self.object.section_mut(section).data_mut()[offset as usize..][..4];
                field.copy_from_slice(&(distance as i32).to_le_bytes());
                true
            }
            _ => false,
        }
    }

    /// The symbol of a function that the module need not name.
    fn runtime_symbol(&mut self, name: &'static str) -> write::SymbolId {
        if let Some(symbol) = self.module.find_symbol(name) {
            return self.object_symbol(symbol);
        }
        if let Some(&symbol) = self.runtime.get(name) {
            return symbol;
        }
        let symbol = self.undefined(self.format.runtime_name(name).to_owned(), SymbolKind::Text);
        self.runtime.insert(name, symbol);
        symbol
    }

    /// A symbol that another object defines.
    fn undefined(&mut self, name: String, kind: SymbolKind) -> write::SymbolId {
        self.object.add_symbol(write::Symbol {
            name: name.into_bytes(),
            value: 0,
            size: 0,
            kind,
            scope: SymbolScope::Unknown,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        })
    }

    fn add_relocation(
        &mut self,
        section: SectionId,
        offset: u64,
        (symbol, addend): Target,
        flags: RelocationFlags,
    ) -> Result<(), ObjectError> {
        Ok(self.object.add_relocation(section, write::Relocation { offset, symbol, addend, flags })?)
    }

    /// Puts into a field of so many bytes the distance to a target from the place `base` in the same section; `None`
    /// if there is no relocation for it.
    fn add_distance(
        &mut self,
        (section, offset, bytes): (SectionId, u64, u8),
        (symbol, addend): Target,
        base: (Target, u64),
    ) -> Result<Option<()>, ObjectError> {
        let Some(flags) = self.format.distance(bytes) else { return Ok(None) };
        let (addend, subtracted) = match self.format.cuts_at_symbols() {
            true => (addend - base.0.1, Some(base.0.0)),
            false => (addend + offset as i64 - base.1 as i64, None),
        };
        let relocation = write::Relocation { offset, symbol, addend, flags };
        self.object.add_relocation_with_subtractor(section, relocation, subtracted)?;
        Ok(Some(()))
    }

    /// How to refer to a place that has no symbol of the module.
    fn anonymous(&mut self, place: Place) -> Target {
        if !self.format.needs_names() {
            return (self.object.section_symbol(place.section), place.offset as i64);
        }
        self.labels += 1;
        let symbol = self.object.add_symbol(write::Symbol {
            name: self.format.private_name(&self.labels.to_string()).into_bytes(),
            value: place.offset,
            size: place.size,
            kind: if self.format.cuts_at_symbols() { SymbolKind::Unknown } else { SymbolKind::Data },
            scope: SymbolScope::Compilation,
            weak: false,
            section: SymbolSection::Section(place.section),
            flags: SymbolFlags::None,
        });
        (symbol, 0)
    }

    // ---- symbols ----

    /// Records where a symbol is and, unless nobody needs it, defines the object's symbol.
    fn define(&mut self, id: SymbolId, place: Place) {
        self.places[id.index()] = Some(place);
        let private = self.symbol(id).linkage == Linkage::Private && !self.format.needs_names();
        if !private || self.ids[id.index()].is_some() {
            let symbol = self.object_symbol(id);
            self.object.set_symbol_data(symbol, place.section, place.offset, place.size);
        }
    }

    /// The object's symbol for one of the module; made when it is first asked for.
    fn object_symbol(&mut self, id: SymbolId) -> write::SymbolId {
        if let Some(symbol) = self.ids[id.index()] {
            return symbol;
        }
        let symbol = self.object.add_symbol(self.format.symbol(self.module, self.symbol(id)));
        self.ids[id.index()] = Some(symbol);
        symbol
    }

    /// What a relocation says to refer to a symbol.
    fn reference(&mut self, id: SymbolId) -> Target {
        match self.places[id.index()] {
            Some(place) if self.ids[id.index()].is_none() => {
                (self.object.section_symbol(place.section), place.offset as i64)
            }
            _ => (self.object_symbol(id), 0),
        }
    }

    /// How tables refer to the code of a function that is defined here.
    fn code_of(&mut self, function: SymbolId) -> Target {
        if self.format.cuts_at_symbols() {
            return self.reference(function);
        }
        let place = self.places[function.index()].expect("placed before");
        (self.object.section_symbol(place.section), place.offset as i64)
    }

    /// Aliases have the place of what they name; a chain of them is followed to its end.
    fn place_aliases(&mut self) -> Result<(), ObjectError> {
        for index in 0..self.module.symbols.len() {
            let id = SymbolId(index as u32);
            if let Definition::Alias(..) = self.symbol(id).definition {
                let error = || ObjectError::Alias(self.symbol(id).name.clone());
                let (target, offset) = self.follow(id).ok_or_else(error)?;
                let place = self.places[target.index()].ok_or_else(error)?;
                self.define(id, Place { offset: (place.offset as i64 + offset) as u64, ..place });
            }
        }
        Ok(())
    }

    fn follow(&self, id: SymbolId) -> Option<(SymbolId, i64)> {
        let (mut end, mut offset) = (id, 0);
        for _ in 0..=self.module.symbols.len() {
            match self.symbol(end).definition {
                Definition::Alias(target, more) => (end, offset) = (target, offset + more),
                _ => return Some((end, offset)),
            }
        }
        None
    }
}
