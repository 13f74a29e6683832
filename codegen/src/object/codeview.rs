//! CodeView: what debuggers of Windows read, from which the linker makes a PDB.
//!
//! `.debug$S` is subsections: symbols (functions by name), lines of each function, and the names of files, twice
//! removed: lines refer to a table of checksums, and that to a table of strings. What
//! is said of a function that the linker may drop is in a section that is dropped with it. `.debug$T` has types:
//! functions must have one, so all have that of a function of which nothing is known, and a name in there too.

use super::debug::Line;
use super::format::{Kind, SectionName};
use super::{ObjectError, Writer};
use object::Architecture;
use rustc_hash::FxHashMap;
use son_ir::{Module, SymbolId};

/// What both sections start with.
const VERSION: u32 = 4;

/// Kinds of subsections.
const SYMBOLS: u32 = 0xf1;
const LINES: u32 = 0xf2;
const STRING_TABLE: u32 = 0xf3;
const FILE_CHECKSUMS: u32 = 0xf4;

/// Kinds of symbols.
const OBJECT_NAME: u16 = 0x1101;
const COMPILE: u16 = 0x113c;
const LOCAL_PROCEDURE: u16 = 0x1146;
const GLOBAL_PROCEDURE: u16 = 0x1147;
const PROCEDURE_END: u16 = 0x114f;

/// Kinds of types.
const PROCEDURE: u16 = 0x1008;
const ARGUMENTS: u16 = 0x1201;
const FUNCTION_NAME: u16 = 0x1601;

/// Number of the first type of an object; those before are built in, and 0 is unknown.
const FIRST_TYPE: u32 = 0x1000;

/// Kinds of checksums.
const NO_CHECKSUM: u8 = 0;
const MD5: u8 = 1;

/// Lines have columns.
const HAS_COLUMNS: u16 = 1;
/// Debuggers may stop at the line.
const IS_STATEMENT: u32 = 1 << 31;
/// Bits of line numbers.
const LINE_BITS: u32 = 24;

/// Bytes of a section with the places in them that refer to the function at hand.
#[derive(Default)]
struct Bytes {
    bytes: Vec<u8>,
    fields: Vec<(usize, Field)>,
}

#[derive(Clone, Copy)]
enum Field {
    /// Distance of the function from the start of its section.
    Offset,
    /// Number of its section.
    Section,
}

impl Bytes {
    fn half(&mut self, value: u16) {
        self.bytes.extend(value.to_le_bytes());
    }

    fn word(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend(text.bytes().filter(|&byte| byte != 0).chain([0]));
    }

    /// The address of the function.
    fn address(&mut self) {
        self.fields.push((self.bytes.len(), Field::Offset));
        self.word(0);
        self.fields.push((self.bytes.len(), Field::Section));
        self.half(0);
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// A record of a symbol or type: its length, which does not count itself, its kind, and what `fill` writes.
    fn record(&mut self, kind: u16, fill: impl FnOnce(&mut Bytes)) {
        let start = self.bytes.len();
        self.half(0);
        self.half(kind);
        fill(self);
        self.align();
        let length = (self.bytes.len() - start - 2) as u16;
        self.bytes[start..start + 2].copy_from_slice(&length.to_le_bytes());
    }

    fn subsection(&mut self, kind: u32, fill: impl FnOnce(&mut Bytes)) {
        self.word(kind);
        let start = self.bytes.len();
        self.word(0);
        fill(self);
        let length = (self.bytes.len() - start - 4) as u32;
        self.bytes[start..start + 4].copy_from_slice(&length.to_le_bytes());
        self.align();
    }
}

/// The files that lines are of.
#[derive(Default)]
struct Files {
    /// Place of each row of the module's files in the table of checksums.
    places: FxHashMap<u32, u32>,
    checksums: Bytes,
    strings: Bytes,
}

impl Files {
    fn place(&mut self, module: &Module, row: u32) -> u32 {
        if self.strings.bytes.is_empty() {
            self.strings.text("");
        }
        let (checksums, strings) = (&mut self.checksums, &mut self.strings);
        *self.places.entry(row).or_insert_with(|| {
            let place = checksums.bytes.len() as u32;
            checksums.word(strings.bytes.len() as u32);
            let file = &module.files[row as usize];
            let md5: &[u8] = file.md5.as_ref().map_or(&[], |md5| md5);
            checksums.bytes.extend([md5.len() as u8, if md5.is_empty() { NO_CHECKSUM } else { MD5 }]);
            checksums.bytes.extend(md5);
            checksums.align();
            strings.text(&file.path);
            place
        })
    }

    /// The lines of a function: runs of those of one file.
    fn lines(&mut self, module: &Module, size: u32, lines: &[Line], out: &mut Bytes) {
        out.address();
        out.half(HAS_COLUMNS);
        out.word(size);
        for run in lines.chunk_by(|one, next| one.file == next.file) {
            out.word(self.place(module, run[0].file));
            out.word(run.len() as u32);
            // This head, and of each line an offset, the line, and two columns.
            out.word(12 + 12 * run.len() as u32);
            for line in run {
                out.word(line.offset);
                out.word(line.line.min((1 << LINE_BITS) - 1) | IS_STATEMENT);
            }
            for line in run {
                out.half(line.column.min(u32::from(u16::MAX)) as u16);
                out.half(0);
            }
        }
    }
}

/// The number of the architecture.
fn machine(architecture: Architecture) -> u16 {
    match architecture {
        Architecture::Aarch64 => 0xf6,
        _ => 0xd0,
    }
}

/// The file and the compiler.
fn compiled(module: &Module, architecture: Architecture) -> Bytes {
    let mut out = Bytes::default();
    out.word(VERSION);
    out.subsection(SYMBOLS, |out| {
        out.record(OBJECT_NAME, |out| {
            out.word(0);
            out.text(&module.name);
        });
        out.record(COMPILE, |out| {
            // The language C and no flags, then versions of the two halves of the compiler in four parts.
            out.word(0);
            out.half(machine(architecture));
            (0..8).for_each(|_| out.half(0));
            out.text("son");
        });
    });
    out
}

/// Types: a function of which nothing is known, and with this type a name for each function.
fn types<'a>(names: impl Iterator<Item = &'a str>) -> Bytes {
    let mut out = Bytes::default();
    out.word(VERSION);
    out.record(ARGUMENTS, |out| out.word(0));
    out.record(PROCEDURE, |out| {
        // The result, the convention with options, the number of parameters, and their list.
        out.word(0);
        out.half(0);
        out.half(0);
        out.word(FIRST_TYPE);
    });
    for name in names {
        out.record(FUNCTION_NAME, |out| {
            out.word(0);
            out.word(FIRST_TYPE + 1);
            out.text(name);
        });
    }
    out
}

impl Writer<'_> {
    pub(super) fn codeview(&mut self) -> Result<(), ObjectError> {
        let module = self.module;
        let functions = self.functions_with_lines();
        if functions.is_empty() {
            return Ok(());
        }
        let mut files = Files::default();
        self.append_codeview(".debug$S", None, &compiled(module, super::architecture(self.isa)))?;
        for (number, (_, id, code, lines)) in functions.iter().enumerate() {
            let mut out = Bytes::default();
            let size = code.code.bytes.len() as u32;
            let stop = lines.iter().find(|line| line.ends_prologue).map_or(0, |line| line.offset);
            out.subsection(SYMBOLS, |out| self.procedure(*id, [size, stop, number as u32], out));
            out.subsection(LINES, |out| files.lines(module, size, lines, out));
            self.append_codeview(".debug$S", Some(*id), &out)?;
        }
        let mut tables = Bytes::default();
        tables.subsection(FILE_CHECKSUMS, |out| out.bytes.append(&mut files.checksums.bytes));
        tables.subsection(STRING_TABLE, |out| out.bytes.append(&mut files.strings.bytes));
        self.append_codeview(".debug$S", None, &tables)?;
        let names = functions.iter().map(|(_, id, ..)| module.symbol(*id).name.as_str());
        self.append_codeview(".debug$T", None, &types(names))
    }

    /// A function by name: its size, where debuggers stop, and its number among those with a name as type.
    fn procedure(&self, id: SymbolId, [size, stop, number]: [u32; 3], out: &mut Bytes) {
        let symbol = self.symbol(id);
        let kind = if symbol.linkage.is_local() { LOCAL_PROCEDURE } else { GLOBAL_PROCEDURE };
        out.record(kind, |out| {
            // What is around it and where it ends, which the linker fills in, and what follows.
            (0..3).for_each(|_| out.word(0));
            out.word(size);
            out.word(stop);
            out.word(size);
            out.word(FIRST_TYPE + 2 + number);
            out.address();
            out.bytes.push(0);
            out.text(&symbol.name);
        });
        out.record(PROCEDURE_END, |_| {});
    }

    /// Appends to a section, that of a function's group if it has one, what is said of the function.
    fn append_codeview(&mut self, name: &str, id: Option<SymbolId>, more: &Bytes) -> Result<(), ObjectError> {
        let name = SectionName { name: name.to_owned(), ..SectionName::default() };
        let section = self.section(name, Kind::Debug, id)?;
        if self.object.section(section).data().is_empty() && !more.bytes.starts_with(&VERSION.to_le_bytes()) {
            self.object.append_section_data(section, &VERSION.to_le_bytes(), 4);
        }
        let start = self.object.append_section_data(section, &more.bytes, 4);
        let Some(target) = id.map(|id| self.reference(id)) else { return Ok(()) };
        for &(at, field) in &more.fields {
            let flags = match field {
                Field::Offset => self.format.debug_offset(),
                Field::Section => self.format.section_number(),
            };
            let flags = flags.ok_or_else(|| ObjectError::Write("no relocation for tables of debuggers".to_owned()))?;
            // The number of the section has nothing added to it.
            let target = if matches!(field, Field::Section) { (target.0, 0) } else { target };
            self.add_relocation(section, start + at as u64, target, flags)?;
        }
        Ok(())
    }
}
