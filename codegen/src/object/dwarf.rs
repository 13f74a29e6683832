//! DWARF 5: a unit with the names and ranges of functions, of what was inlined into them, and their lines.

use super::debug::{Inlined, Line, inlined_in};
use super::format::Kind;
use super::unwind::Section;
use super::{ObjectError, Writer};
use gimli::write::{
    Address, AttributeValue, DwarfUnit, FileId, FileInfo, LineProgram, LineString, Range, RangeList, RelocationTarget,
    Sections, UnitEntryId,
};
use gimli::{Encoding, Format, LineEncoding, SectionId};
use object::write;
use rustc_hash::FxHashMap;
use son_ir::{Module, SourceFile};

const ENCODING: Encoding = Encoding { address_size: 8, format: Format::Dwarf32, version: 5 };

/// What is in front of the last separator, and what is behind.
fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(parts) => parts,
        None => (".", path),
    }
}

/// The path of the file that the module was made of, with its folder if that is known, and the MD5 of its text.
fn main_file(module: &Module) -> (&str, Option<[u8; 16]>) {
    let same = |file: &&SourceFile| !module.name.is_empty() && file.path.ends_with(&module.name);
    match module.files.iter().find(same) {
        Some(file) => (&file.path, file.md5),
        None if module.name.is_empty() => ("unknown", None),
        None => (&module.name, None),
    }
}

fn info(md5: Option<[u8; 16]>) -> Option<FileInfo> {
    Some(FileInfo { md5: md5?, ..FileInfo::default() })
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
        let (main, md5) = main_file(module);
        let (folder, name) = split(main);
        let mut program =
            LineProgram::new(ENCODING, LineEncoding::default(), path(folder), None, path(name), info(md5));
        // All have one or none.
        program.file_has_md5 = md5.is_some() && module.files.iter().all(|file| file.md5.is_some());
        Lines { program, files: FxHashMap::default() }
    }

    fn file(&mut self, module: &Module, row: u32) -> FileId {
        let program = &mut self.program;
        *self.files.entry(row).or_insert_with(|| {
            let file = &module.files[row as usize];
            let (folder, name) = split(&file.path);
            let folder = program.add_directory(path(folder));
            program.add_file(path(name), folder, info(file.md5))
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
        let (mut ranges, mut abstracts) = (Vec::new(), FxHashMap::default());
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
            let mut entries = Vec::new();
            for inlined in inlined_in(module, code) {
                let name = &module.symbol(inlined.function).name;
                let origin = *abstracts.entry(inlined.function).or_insert_with(|| abstract_function(&mut unit, name));
                let parent = inlined.within.map_or(entry, |number| entries[number]);
                let file = lines.file(module, inlined.call.file);
                entries.push(inlined_function(&mut unit, parent, origin, (row, file, &inlined)));
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

/// What all copies of an inlined function refer to.
fn abstract_function(unit: &mut DwarfUnit, name: &str) -> UnitEntryId {
    let entry = unit.unit.add(unit.unit.root(), gimli::DW_TAG_subprogram);
    let mut set = |name, value| unit.unit.get_mut(entry).set(name, value);
    set(gimli::DW_AT_name, AttributeValue::String(name.as_bytes().to_vec()));
    set(gimli::DW_AT_inline, AttributeValue::Inline(gimli::DW_INL_inlined));
    entry
}

/// A copy of one, in the code of a function, called from a file.
fn inlined_function(
    unit: &mut DwarfUnit,
    parent: UnitEntryId,
    origin: UnitEntryId,
    (row, file, inlined): (usize, FileId, &Inlined),
) -> UnitEntryId {
    let entry = unit.unit.add(parent, gimli::DW_TAG_inlined_subroutine);
    let address = |offset: u32| Address::Symbol { symbol: row, addend: i64::from(offset) };
    let range =
        |&(start, end): &(u32, u32)| Range::StartLength { begin: address(start), length: u64::from(end - start) };
    let place = match *inlined.ranges {
        [(start, end)] => [
            (gimli::DW_AT_low_pc, AttributeValue::Address(address(start))),
            (gimli::DW_AT_high_pc, AttributeValue::Udata(u64::from(end - start))),
        ]
        .to_vec(),
        _ => {
            let list = unit.unit.ranges.add(RangeList(inlined.ranges.iter().map(range).collect()));
            vec![(gimli::DW_AT_ranges, AttributeValue::RangeListRef(list))]
        }
    };
    let call = [
        (gimli::DW_AT_abstract_origin, AttributeValue::UnitRef(origin)),
        (gimli::DW_AT_call_file, AttributeValue::FileIndex(Some(file))),
        (gimli::DW_AT_call_line, AttributeValue::Udata(u64::from(inlined.call.line))),
        (gimli::DW_AT_call_column, AttributeValue::Udata(u64::from(inlined.call.column))),
    ];
    for (name, value) in call.into_iter().chain(place) {
        unit.unit.get_mut(entry).set(name, value);
    }
    entry
}

fn describe(unit: &mut DwarfUnit, root: UnitEntryId, module: &Module, ranges: Vec<Range>) {
    let (folder, name) = split(main_file(module).0);
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
