//! What objects for Windows have besides: unwind tables in `.pdata` and `.xdata`, pointers to symbols of other images,
//! exports.

use super::format::{Kind, SectionName};
use super::{ObjectError, Place, Target, Writer};
use crate::function::CompiledFunction;
use crate::isa::WindowsUnwinding;
use object::write::{self, Comdat, SymbolSection};
use object::{ComdatKind, SymbolFlags, SymbolKind, SymbolScope};
use son_ir::{Graph, Symbol, SymbolId, Visibility};

impl Writer<'_> {
    /// An entry of `.pdata` for each function with a frame: where it is, and how its prologue is undone. Those of a
    /// function that may be dropped are dropped with it.
    pub(super) fn windows_unwind_tables(&mut self) -> Result<(), ObjectError> {
        for (row, code) in self.functions.iter().enumerate() {
            let Some(code) = code else { continue };
            for unwinding in self.isa.windows_unwinding(&code.code) {
                self.unwind_entry(self.module.functions[row].symbol, code, &unwinding)?;
            }
        }
        Ok(())
    }

    fn unwind_entry(
        &mut self,
        id: SymbolId,
        code: &CompiledFunction,
        unwinding: &WindowsUnwinding,
    ) -> Result<(), ObjectError> {
        let table = self.place_beside(id, ".xdata", &unwinding.codes)?;
        let codes = (self.object.section_symbol(table.section), table.offset as i64);
        let (function, place) = self.code_of(id);
        let start = place + i64::from(unwinding.start);
        let end = (function, place + code.code.bytes.len() as i64);
        let fields: &[Target] =
            if unwinding.names_end { &[(function, start), end, codes] } else { &[(function, start), codes] };
        let entry = self.place_beside(id, ".pdata", &vec![0; 4 * fields.len()])?;
        for (number, &target) in fields.iter().enumerate() {
            let flags = self.format.image_distance().expect("the format has distances from the image");
            self.add_relocation(entry.section, entry.offset + 4 * number as u64, target, flags)?;
        }
        Ok(())
    }

    /// Puts bytes into the section of this name that is dropped with the function.
    fn place_beside(&mut self, id: SymbolId, name: &str, bytes: &[u8]) -> Result<Place, ObjectError> {
        let name = SectionName { name: name.to_owned(), ..SectionName::default() };
        let section = self.section(name, Kind::ReadOnly, Some(id))?;
        let offset = self.object.append_section_data(section, bytes, 4);
        Ok(Place { section, offset, size: bytes.len() as u64 })
    }

    /// The pointer by which a symbol is reached that may be in another image.
    pub(super) fn pointer_to(&mut self, id: SymbolId) -> Result<Option<write::SymbolId>, ObjectError> {
        let symbol = self.symbol(id);
        let imported = symbol.visibility == Visibility::Imported;
        let Some(name) = self.format.pointer_name(imported, &symbol.name) else { return Ok(None) };
        if let Some(&known) = self.pointers.get(&id) {
            return Ok(Some(known));
        }
        let pointer = if imported { self.undefined(name, SymbolKind::Data) } else { self.stub(id, name)? };
        self.pointers.insert(id, pointer);
        Ok(Some(pointer))
    }

    /// A pointer of its own name in a section of which the linker keeps one.
    fn stub(&mut self, id: SymbolId, name: String) -> Result<write::SymbolId, ObjectError> {
        let kind = Kind::ReadOnly;
        let section_name = SectionName { name: format!(".rdata${name}"), ..SectionName::default() };
        let section = self.section(section_name, kind, None)?;
        // It stands before the symbol that the group is named after.
        self.object.section_symbol(section);
        let offset = self.object.append_section_data(section, &[0; 8], 8);
        let target = self.reference(id);
        let flags = self.format.address(8).expect("formats have addresses of eight bytes");
        self.add_relocation(section, offset, target, flags)?;
        let symbol = self.object.add_symbol(write::Symbol {
            name: name.into_bytes(),
            value: offset,
            size: 8,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        });
        self.object.add_comdat(Comdat { kind: ComdatKind::Any, symbol, sections: vec![section] });
        Ok(symbol)
    }

    /// Tells the linker what the image exports.
    pub(super) fn exports(&mut self) -> Result<(), ObjectError> {
        let exported = |symbol: &&Symbol| symbol.is_defined() && symbol.visibility == Visibility::Exported;
        let symbols = self.module.symbols.iter().filter(exported);
        let text: String =
            symbols.filter_map(|symbol| self.format.export(&symbol.name, symbol.is_function())).collect();
        if !text.is_empty() {
            let name = SectionName { name: ".drectve".to_owned(), ..SectionName::default() };
            let section = self.section(name, Kind::ReadOnly, None)?;
            self.object.append_section_data(section, text.as_bytes(), 1);
        }
        Ok(())
    }

    /// Asks for what floats need, if there are any.
    pub(super) fn mark_floats(&mut self) {
        let module = self.module;
        let Some(name) = self.format.float_marker() else { return };
        let has_floats = |graph: &Graph| graph.nodes().any(|node| graph.ty(node).is_float());
        let asked = module.functions.iter().any(|function| has_floats(&function.graph));
        if asked && module.find_symbol(name).is_none() {
            self.undefined(name.to_owned(), SymbolKind::Data);
        }
    }
}
