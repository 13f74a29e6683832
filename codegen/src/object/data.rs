//! Objects, constants, jump tables, and lists of constructors.

use super::elf::{self, Kind};
use super::{ObjectError, Place, Writer};
use object::elf as e;
use object::write::{self, SectionId};
use son_ir::{Data, Definition, Linkage, Relocation, RelocationTarget, Symbol, SymbolId};

/// The kind of section for an object, by what is known of it.
fn kind_of(symbol: &Symbol, data: &Data) -> Kind {
    let zeroed = data.bytes.iter().all(|&byte| byte == 0) && data.relocations.is_empty();
    match () {
        _ if symbol.tls.is_some() && zeroed => Kind::ThreadZeroed,
        _ if symbol.tls.is_some() => Kind::ThreadData,
        _ if !data.constant && zeroed => Kind::Zeroed,
        _ if !data.constant => Kind::Data,
        _ if !data.relocations.is_empty() => Kind::ReadOnlyAddresses,
        _ if is_string(symbol, data) => Kind::Strings,
        _ => Kind::ReadOnly,
    }
}

/// Private text with one zero, at its end, whose address does not matter.
fn is_string(symbol: &Symbol, data: &Data) -> bool {
    let ends = data.bytes.split_last().is_some_and(|(&last, rest)| last == 0 && !rest.contains(&0));
    ends && symbol.unnamed_addr && symbol.align <= 1 && symbol.linkage.is_local() && symbol.comdat.is_none()
}

impl Writer<'_> {
    pub(super) fn place_data(&mut self) -> Result<(), ObjectError> {
        let module = self.module;
        for (index, symbol) in module.symbols.iter().enumerate() {
            let Definition::Data(data) = &symbol.definition else { continue };
            let id = SymbolId(index as u32);
            match symbol.linkage {
                Linkage::AvailableExternally => {}
                Linkage::Common if symbol.section.is_none() && symbol.tls.is_none() => {
                    self.object_symbol(id);
                }
                _ => self.place_object(id, symbol, data)?,
            }
        }
        Ok(())
    }

    fn place_object(&mut self, id: SymbolId, symbol: &Symbol, data: &Data) -> Result<(), ObjectError> {
        let mut kind = kind_of(symbol, data);
        if symbol.section.is_some() {
            kind = if data.constant && kind == Kind::Strings { Kind::ReadOnly } else { kind.with_bytes() };
        }
        let own = self.options.data_sections && kind != Kind::Strings;
        let name = elf::section_name(symbol, kind.name(), own);
        let section = self.section(name.as_bytes(), kind, Some(id))?;
        let (align, size) = (u64::from(symbol.align.max(1)), data.size());
        let offset = if kind.is_zeroed() {
            self.object.append_section_bss(section, size, align)
        } else if data.bytes.is_empty() {
            self.object.append_section_data(section, &vec![0; size as usize], align)
        } else {
            self.object.append_section_data(section, &data.bytes, align)
        };
        if kind == Kind::Strings {
            // The linker moves merged strings one by one, so each needs a symbol.
            self.object_symbol(id);
        }
        self.define(id, Place { section, offset, size });
        Ok(())
    }

    pub(super) fn relocate_data(&mut self) -> Result<(), ObjectError> {
        let module = self.module;
        for (index, symbol) in module.symbols.iter().enumerate() {
            let Definition::Data(data) = &symbol.definition else { continue };
            let Some(place) = self.places[index] else { continue };
            for relocation in &data.relocations {
                self.relocate_field(symbol, place, relocation)?;
            }
        }
        Ok(())
    }

    fn relocate_field(&mut self, symbol: &Symbol, place: Place, relocation: &Relocation) -> Result<(), ObjectError> {
        let offset = place.offset + relocation.offset;
        if let Some(distance) = self.known_difference(relocation) {
            let size = usize::from(relocation.size).min(8);
            let field = &mut self.object.section_mut(place.section).data_mut()[offset as usize..][..size];
            field.copy_from_slice(&distance.to_le_bytes()[..size]);
            return Ok(());
        }
        let (target, added) = self.target(symbol, relocation.target)?;
        let (mut addend, mut relative) = (relocation.addend + added, false);
        if let Some(minus) = relocation.minus {
            let error = || ObjectError::Difference(symbol.name.clone());
            let base = self.place_of(minus).filter(|base| base.section == place.section).ok_or_else(error)?;
            addend += offset as i64 - base.offset as i64;
            relative = true;
        }
        let r_type = match (relocation.size, relative) {
            (8, false) => e::R_X86_64_64,
            (4, false) => e::R_X86_64_32,
            (8, true) => e::R_X86_64_PC64,
            (4, true) => e::R_X86_64_PC32,
            (size, _) => return Err(ObjectError::FieldSize(symbol.name.clone(), size)),
        };
        self.add_relocation(place.section, offset, target, addend, r_type)
    }

    /// The value of a difference of two addresses in one section.
    fn known_difference(&self, relocation: &Relocation) -> Option<i64> {
        let (from, to) = (self.place_of(relocation.minus?)?, self.place_of(relocation.target)?);
        (from.section == to.section).then(|| to.offset as i64 - from.offset as i64 + relocation.addend)
    }

    fn target(&mut self, of: &Symbol, target: RelocationTarget) -> Result<(write::SymbolId, i64), ObjectError> {
        match target {
            RelocationTarget::Symbol(symbol) => Ok(self.reference(symbol)),
            RelocationTarget::Block(..) => {
                let place = self.place_of(target).ok_or_else(|| ObjectError::Block(of.name.clone()))?;
                Ok((self.object.section_symbol(place.section), place.offset as i64))
            }
        }
    }

    /// Where a target is, if it is in this object.
    fn place_of(&self, target: RelocationTarget) -> Option<Place> {
        match target {
            RelocationTarget::Symbol(symbol) => self.places[symbol.index()],
            RelocationTarget::Block(function, number) => {
                let place = self.places[function.index()]?;
                let Definition::Function(row) = self.symbol(function).definition else { return None };
                let code = self.functions[row as usize].as_ref()?;
                let offset = u64::from(*code.indirect_targets.get(number as usize)?);
                Some(Place { offset: place.offset + offset, ..place })
            }
        }
    }

    /// Places the constants of all functions, each once, and their jump tables.
    pub(super) fn place_tables(&mut self) -> Result<(), ObjectError> {
        for (row, code) in self.functions.iter().enumerate() {
            self.tables.push(Vec::new());
            let Some(code) = code else { continue };
            let id = self.module.functions[row].symbol;
            for &constant in &code.constants {
                if !self.constants.contains_key(&constant) {
                    let section = self.section(Kind::ReadOnly.name().as_bytes(), Kind::ReadOnly, None)?;
                    let size = usize::from(constant.size);
                    let offset = self.object.append_section_data(section, &constant.bytes[..size], size as u64);
                    self.constants.insert(constant, offset);
                }
            }
            let function = self.places[id.index()].expect("placed before");
            for table in &code.tables {
                let place = self.place_table(id, function, table)?;
                self.tables[row].push(place);
            }
        }
        Ok(())
    }

    /// Entries are distances from the table's start. The table of a function that may be dropped is dropped with it.
    fn place_table(&mut self, id: SymbolId, function: Place, entries: &[u32]) -> Result<Place, ObjectError> {
        let symbol = self.symbol(id);
        let own = self.options.function_sections || symbol.comdat.is_some();
        let name = if own { format!(".rodata.{}", symbol.name) } else { Kind::ReadOnly.name().to_owned() };
        let section = self.section(name.as_bytes(), Kind::ReadOnly, Some(id))?;
        let offset = self.object.append_section_data(section, &vec![0; 4 * entries.len()], 4);
        let text = self.object.section_symbol(function.section);
        for (number, &entry) in entries.iter().enumerate() {
            let distance = 4 * number as u64;
            let addend = (function.offset + u64::from(entry) + distance) as i64;
            self.add_relocation(section, offset + distance, text, addend, e::R_X86_64_PC32)?;
        }
        Ok(Place { section, offset, size: 4 * entries.len() as u64 })
    }

    /// Lists of functions that run before and after `main`, by priority.
    pub(super) fn startup(&mut self) -> Result<(), ObjectError> {
        let module = self.module;
        for (name, list) in [(".init_array", &module.constructors), (".fini_array", &module.destructors)] {
            for &(priority, function) in list {
                let section = self.startup_section(name, priority)?;
                let (symbol, addend) = self.reference(function);
                let offset = self.object.append_section_data(section, &[0; 8], 8);
                self.add_relocation(section, offset, symbol, addend, e::R_X86_64_64)?;
            }
        }
        Ok(())
    }

    fn startup_section(&mut self, name: &str, priority: u32) -> Result<SectionId, ObjectError> {
        const DEFAULT_PRIORITY: u32 = 65535;
        match priority {
            DEFAULT_PRIORITY => self.section(name.as_bytes(), Kind::Data, None),
            _ => self.section(format!("{name}.{priority:05}").as_bytes(), Kind::Data, None),
        }
    }
}
