//! Objects, constants, jump tables, and lists of constructors.

use super::format::Kind;
use super::{ObjectError, Place, Target, Writer};
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
        let mut kind = self.format.stored(kind_of(symbol, data));
        if symbol.section.is_some() {
            kind = if data.constant && kind == Kind::Strings { Kind::ReadOnly } else { kind.with_bytes() };
        }
        let own = self.options.data_sections && kind != Kind::Strings;
        let section = self.section(self.format.section(kind, Some(symbol), own), kind, Some(id))?;
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
        let target = (target, relocation.addend + added);
        let size_error = || ObjectError::FieldSize(symbol.name.clone(), relocation.size);
        let Some(minus) = relocation.minus else {
            let flags = self.format.address(relocation.size).ok_or_else(size_error)?;
            return self.add_relocation(place.section, offset, target, flags);
        };
        let error = || ObjectError::Difference(symbol.name.clone());
        let base = self.place_of(minus).filter(|base| base.section == place.section).ok_or_else(error)?;
        let field = (place.section, offset, relocation.size);
        let base = (self.target(symbol, minus)?, base.offset);
        self.add_distance(field, target, base)?.ok_or_else(size_error)
    }

    /// The value of a difference of two addresses in one section.
    fn known_difference(&self, relocation: &Relocation) -> Option<i64> {
        let (from, to) = (self.place_of(relocation.minus?)?, self.place_of(relocation.target)?);
        let fixed = from.section == to.section && !self.format.cuts_at_symbols();
        fixed.then(|| to.offset as i64 - from.offset as i64 + relocation.addend)
    }

    fn target(&mut self, of: &Symbol, target: RelocationTarget) -> Result<Target, ObjectError> {
        match target {
            RelocationTarget::Symbol(symbol) => Ok(self.reference(symbol)),
            RelocationTarget::Block(function, number) => {
                let offset = self.block(function, number).ok_or_else(|| ObjectError::Block(of.name.clone()))?;
                let (symbol, addend) = self.reference(function);
                Ok((symbol, addend + offset as i64))
            }
        }
    }

    /// Where a target is, if it is in this object.
    fn place_of(&self, target: RelocationTarget) -> Option<Place> {
        match target {
            RelocationTarget::Symbol(symbol) => self.places[symbol.index()],
            RelocationTarget::Block(function, number) => {
                let place = self.places[function.index()]?;
                Some(Place { offset: place.offset + self.block(function, number)?, ..place })
            }
        }
    }

    /// Offset in its function of a block whose address is taken.
    fn block(&self, function: SymbolId, number: u32) -> Option<u64> {
        let Definition::Function(row) = self.symbol(function).definition else { return None };
        let code = self.functions[row as usize].as_ref()?;
        code.indirect_targets.get(number as usize).map(|&offset| u64::from(offset))
    }

    /// Places the constants of all functions, each once, and their jump tables.
    pub(super) fn place_tables(&mut self) -> Result<(), ObjectError> {
        for (row, code) in self.functions.iter().enumerate() {
            self.tables.push(Vec::new());
            let Some(code) = code else { continue };
            let id = self.module.functions[row].symbol;
            for &constant in &code.constants {
                if !self.constants.contains_key(&constant) {
                    let section = self.common_section(Kind::ReadOnly)?;
                    let size = usize::from(constant.size);
                    let offset = self.object.append_section_data(section, &constant.bytes[..size], size as u64);
                    let target = self.anonymous(Place { section, offset, size: size as u64 });
                    self.constants.insert(constant, target);
                }
            }
            for table in &code.tables {
                let target = self.place_table(id, table)?;
                self.tables[row].push(target);
            }
        }
        Ok(())
    }

    /// Entries are distances from the table's start. The table of a function that may be dropped is dropped with it.
    fn place_table(&mut self, id: SymbolId, entries: &[u32]) -> Result<Target, ObjectError> {
        let symbol = self.symbol(id);
        // The table does not go where the function asks to be.
        let unplaced = Symbol { section: None, ..symbol.clone() };
        let name = self.format.section(Kind::ReadOnly, Some(&unplaced), self.options.function_sections);
        let section = self.section(name, Kind::ReadOnly, Some(id))?;
        let size = 4 * entries.len() as u64;
        let offset = self.object.append_section_data(section, &vec![0; size as usize], 4);
        let table = self.anonymous(Place { section, offset, size });
        let (text, start) = self.code_of(id);
        for (number, &entry) in entries.iter().enumerate() {
            let field = (section, offset + 4 * number as u64, 4);
            let distance = self.add_distance(field, (text, start + i64::from(entry)), (table, offset))?;
            distance.expect("formats have distances of four bytes");
        }
        Ok(table)
    }

    /// Lists of functions that run before and after `main`, by priority.
    pub(super) fn startup(&mut self) -> Result<(), ObjectError> {
        let module = self.module;
        for (kind, list) in [(Kind::Constructors, &module.constructors), (Kind::Destructors, &module.destructors)] {
            for &(priority, function) in list {
                let section = self.section(self.format.startup(kind, priority), kind, None)?;
                let target = self.reference(function);
                let offset = self.object.append_section_data(section, &[0; 8], 8);
                let flags = self.format.address(8).expect("formats have addresses of eight bytes");
                self.add_relocation(section, offset, target, flags)?;
            }
        }
        Ok(())
    }
}
