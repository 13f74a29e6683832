//! DWARF 5: a unit with the names and ranges of functions, and their lines.

use super::debug::Line;
use super::format::Kind;
use super::unwind::Section;
use super::{ObjectError, Writer};
use gimli::write::{
    Address, AttributeValue, DwarfUnit, FileId, LineProgram, LineString, Range, RangeList, RelocationTarget, Sections,
    UnitEntryId,
};
use gimli::{Encoding, Format, LineEncoding, SectionId};
use object::write;
use rustc_hash::FxHashMap;
use son_ir::Module;

const ENCODING: Encoding = Encoding { address_size: 8, format: Format::Dwarf32, version: 5 };

/// What is in front of the last separator, and what is behind.
fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(parts) => parts,
        None => (".", path),
    }
}

/// The file that the module was made of, with its folder if that is known.
fn main_file(module: &Module) -> &str {
    let same = |file: &&String| !module.name.is_empty() && file.ends_with(&module.name);
    let main = module.files.iter().find(same).unwrap_or(&module.name);
    if main.is_empty() { "unknown" } else { main }
}

fn path(text: &str) -> LineString {
    // A zero would end it.
    LineString::String(text.replace('\0', " ").into_bytes())
}

/// The table of lines with its files, by rows of the module's.
struct Lines {
    program: LineProgram,
    files: FxHashMap<u32, FileId>,
}

impl Lines {
    fn new(module: &Module) -> Lines {
        let (folder, name) = split(main_file(module));
        let program = LineProgram::new(ENCODING, LineEncoding::default(), path(folder), None, path(name), None);
        Lines { program, files: FxHashMap::default() }
    }

    fn file(&mut self, module: &Module, row: u32) -> FileId {
        let program = &mut self.program;
        *self.files.entry(row).or_insert_with(|| {
            let (folder, name) = split(&module.files[row as usize]);
            let folder = program.add_directory(path(folder));
            program.add_file(path(name), folder, None)
        })
    }

    fn function(&mut self, module: &Module, row: usize, size: u64, lines: &[Line]) {
        self.program.begin_sequence(Some(Address::Symbol { symbol: row, addend: 0 }));
        for line in lines {
            let file = self.file(module, line.file);
            let row = self.program.row();
            row.address_offset = u64::from(line.offset);
            row.file = file;
            (row.line, row.column) = (u64::from(line.line), u64::from(line.column));
            row.prologue_end = line.ends_prologue;
            self.program.generate_row();
        }
        self.program.end_sequence(size);
    }
}

impl Writer<'_> {
    pub(super) fn dwarf(&mut self) -> Result<(), ObjectError> {
        let module = self.module;
        let mut unit = DwarfUnit::new(ENCODING);
        let mut lines = Lines::new(module);
        let root = unit.unit.root();
        let mut ranges = Vec::new();
        for (row, symbol, code, rows) in self.functions_with_lines() {
            let (begin, length) = (Address::Symbol { symbol: row, addend: 0 }, code.code.bytes.len() as u64);
            lines.function(module, row, length, &rows);
            ranges.push(Range::StartLength { begin, length });
            let entry = unit.unit.add(root, gimli::DW_TAG_subprogram);
            let file = lines.file(module, rows[0].file);
            let symbol = self.symbol(symbol);
            let mut set = |name, value| unit.unit.get_mut(entry).set(name, value);
            set(gimli::DW_AT_name, AttributeValue::String(symbol.name.clone().into_bytes()));
            set(gimli::DW_AT_decl_file, AttributeValue::FileIndex(Some(file)));
            set(gimli::DW_AT_decl_line, AttributeValue::Udata(u64::from(rows[0].line)));
            set(gimli::DW_AT_low_pc, AttributeValue::Address(begin));
            set(gimli::DW_AT_high_pc, AttributeValue::Udata(length));
            if !symbol.linkage.is_local() {
                set(gimli::DW_AT_external, AttributeValue::Flag(true));
            }
        }
        if ranges.is_empty() {
            return Ok(());
        }
        describe(&mut unit, root, module, ranges);
        unit.unit.line_program = lines.program;
        let mut sections = Sections::new(Section::new());
        unit.write(&mut sections).map_err(|error| ObjectError::Write(error.to_string()))?;
        self.debug_sections(&sections)
    }

    fn debug_sections(&mut self, written: &Sections<Section>) -> Result<(), ObjectError> {
        let mut sections: FxHashMap<SectionId, write::SectionId> = FxHashMap::default();
        // Those that are referred to come first.
        written.for_each(|id, content| {
            let bytes = content.bytes.slice();
            if bytes.is_empty() {
                return Ok(());
            }
            let strings = matches!(id, SectionId::DebugStr | SectionId::DebugLineStr);
            let kind = if strings { Kind::DebugStrings } else { Kind::Debug };
            let section = self.section(self.format.debug_section(id.name()), kind, None)?;
            self.object.append_section_data(section, bytes, 1);
            sections.insert(id, section);
            content.relocations.iter().try_for_each(|relocation| self.debug_field(section, &sections, relocation))
        })
    }

    /// Fills a field with a place in the code or in another of these sections.
    fn debug_field(
        &mut self,
        section: write::SectionId,
        sections: &FxHashMap<SectionId, write::SectionId>,
        relocation: &gimli::write::Relocation,
    ) -> Result<(), ObjectError> {
        let offset = relocation.offset as u64;
        let ((symbol, start), flags) = match relocation.target {
            RelocationTarget::Symbol(row) => {
                (self.debugged(self.module.functions[row].symbol), self.format.address(relocation.size))
            }
            RelocationTarget::Section(id) => {
                let Some(flags) = self.format.debug_offset() else {
                    let field = &mut self.object.section_mut(section).data_mut()[offset as usize..][..4];
                    field.copy_from_slice(&(relocation.addend as u32).to_le_bytes());
                    return Ok(());
                };
                ((self.object.section_symbol(sections[&id]), 0), Some(flags))
            }
        };
        let flags = flags.ok_or_else(|| ObjectError::Write("no relocation for tables of debuggers".to_owned()))?;
        self.add_relocation(section, offset, (symbol, start + relocation.addend), flags)
    }
}

fn describe(unit: &mut DwarfUnit, root: UnitEntryId, module: &Module, ranges: Vec<Range>) {
    let (folder, name) = split(main_file(module));
    let ranges = unit.unit.ranges.add(RangeList(ranges));
    let mut set = |name, value| unit.unit.get_mut(root).set(name, value);
    set(gimli::DW_AT_producer, AttributeValue::String(b"son".to_vec()));
    // Names are as the linker knows them, which C's are.
    set(gimli::DW_AT_language, AttributeValue::Language(gimli::DW_LANG_C11));
    set(gimli::DW_AT_name, AttributeValue::String(name.as_bytes().to_vec()));
    set(gimli::DW_AT_comp_dir, AttributeValue::String(folder.as_bytes().to_vec()));
    set(gimli::DW_AT_low_pc, AttributeValue::Address(Address::Constant(0)));
    set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
    set(gimli::DW_AT_stmt_list, AttributeValue::LineProgramRef);
}
