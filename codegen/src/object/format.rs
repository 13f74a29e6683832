//! What object file formats do differently: names and flags of sections and symbols, numbers of relocations.
//!
//! A format is a row of answers; the order of work, and where everything is, is the writer's. A new format is a file
//! beside `elf.rs` and a line in [`of`].

use super::coff::{Coff, Machine};
use super::elf::Elf;
use super::macho::MachO;
use crate::buffer::RelocationKind;
use object::write::{self, Object};
use object::{BinaryFormat, RelocationFlags, SectionFlags, SectionKind, SymbolKind};
use son_ir::{Definition, Linkage, Module, Symbol};
use target_lexicon::{Architecture, Environment, OperatingSystem, Triple};

/// Kinds of sections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Text,
    ReadOnly,
    /// Never written by the program, but by the loader, which puts addresses in.
    ReadOnlyAddresses,
    /// Strings that end in a zero byte; the linker merges equal ones.
    Strings,
    Data,
    Zeroed,
    ThreadData,
    ThreadZeroed,
    /// Functions to be called before `main`.
    Constructors,
    /// Functions to be called at the end.
    Destructors,
    /// For debuggers; not loaded with the program.
    Debug,
    /// Strings of these; the linker merges equal ones.
    DebugStrings,
}

impl Kind {
    /// The library's kind.
    pub(super) fn section_kind(self) -> SectionKind {
        match self {
            Kind::Text => SectionKind::Text,
            Kind::ReadOnly => SectionKind::ReadOnlyData,
            Kind::ReadOnlyAddresses => SectionKind::ReadOnlyDataWithRel,
            Kind::Strings => SectionKind::ReadOnlyString,
            Kind::Data | Kind::Constructors | Kind::Destructors => SectionKind::Data,
            Kind::Zeroed => SectionKind::UninitializedData,
            Kind::ThreadData => SectionKind::Tls,
            Kind::ThreadZeroed => SectionKind::UninitializedTls,
            Kind::Debug => SectionKind::Debug,
            Kind::DebugStrings => SectionKind::DebugString,
        }
    }

    /// True if the section has no bytes in the file.
    pub(super) fn is_zeroed(self) -> bool {
        matches!(self, Kind::Zeroed | Kind::ThreadZeroed)
    }

    /// The same kind with bytes in the file, for sections that others fill too.
    pub(super) fn with_bytes(self) -> Kind {
        match self {
            Kind::Zeroed | Kind::Strings => Kind::Data,
            Kind::ThreadZeroed => Kind::ThreadData,
            other => other,
        }
    }
}

/// Name of a section, and of its segment where the format has them.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct SectionName {
    pub(super) segment: String,
    pub(super) name: String,
}

/// A format's answers.
pub(super) trait Format: Sync {
    /// The library's name of it.
    fn binary(&self) -> BinaryFormat;

    /// Does the linker cut sections where symbols are? Then all that is placed needs one, and nothing is known of the
    /// distance between two of them.
    fn cuts_at_symbols(&self) -> bool;

    /// Must all that code refers to have a symbol?
    fn needs_names(&self) -> bool {
        self.cuts_at_symbols()
    }

    /// Puts what is added to an address into an instruction; false if the relocation has it, or the field.
    fn put_addend(&self, _kind: RelocationKind, _addend: i64, _instruction: &mut [u8]) -> bool {
        false
    }

    /// Are there groups of sections that the linker keeps or drops together?
    fn has_groups(&self) -> bool;

    /// Puts into the object what does not depend on the module's symbols.
    fn begin(&self, object: &mut Object<'_>, module: &Module);

    /// The kind of section in which something of a kind is stored.
    fn stored(&self, kind: Kind) -> Kind {
        kind
    }

    /// The section for a symbol: the one that it asks for, else that of its kind; one of its `own` if there shall be
    /// one for each symbol and the format needs that.
    fn section(&self, kind: Kind, symbol: Option<&Symbol>, own: bool) -> SectionName;

    /// What is wrong with the name of a section that a symbol asks for.
    fn section_mistake(&self, _name: &SectionName) -> Option<&'static str> {
        None
    }

    /// The section of functions that run at the start or end, by priority (65535 without).
    fn startup(&self, kind: Kind, priority: u32) -> SectionName;

    /// Do debuggers read CodeView, not DWARF?
    fn has_codeview(&self) -> bool {
        false
    }

    /// The section for a debugger that DWARF names so.
    fn debug_section(&self, name: &str) -> SectionName {
        SectionName { name: name.to_owned(), ..SectionName::default() }
    }

    /// Flags of a section.
    fn section_flags(&self, kind: Kind, name: &str, in_group: bool) -> SectionFlags;

    /// The object's symbol for one of the module, not placed yet.
    fn symbol(&self, module: &Module, symbol: &Symbol) -> write::Symbol;

    /// Name of a symbol that the linker uses and removes.
    fn private_name(&self, name: &str) -> String {
        format!(".L{name}")
    }

    /// Name of a function of the system or of the compiler's support library.
    fn runtime_name(&self, name: &'static str) -> &'static str {
        name
    }

    /// The linker's option that exports a symbol from the image, where symbols are not exported by being seen.
    fn export(&self, _name: &str, _is_function: bool) -> Option<String> {
        None
    }

    /// A symbol that objects ask for if they have to do with floats.
    fn float_marker(&self) -> Option<&'static str> {
        None
    }

    /// Name of the pointer to a symbol, where there is no GOT.
    fn pointer_name(&self, _imported: bool, _name: &str) -> Option<String> {
        None
    }

    /// A relocation of code; `None` if the format cannot express it.
    fn code(&self, kind: RelocationKind) -> Option<RelocationFlags>;

    /// An address in a field of so many bytes.
    fn address(&self, bytes: u8) -> Option<RelocationFlags>;

    /// A distance in a field of so many bytes.
    fn distance(&self, bytes: u8) -> Option<RelocationFlags>;

    /// A distance from the start of a section for debuggers in a field of four bytes; `None` if linkers leave these
    /// sections as they are.
    fn debug_offset(&self) -> Option<RelocationFlags>;

    /// The number of a section in a field of two bytes.
    fn section_number(&self) -> Option<RelocationFlags> {
        None
    }

    /// A distance from the start of the image in a field of four bytes.
    fn image_distance(&self) -> Option<RelocationFlags> {
        None
    }

    /// How unwind tables refer to code; `None` if they are those of Windows.
    fn unwind_pointer(&self) -> Option<gimli::DwEhPe>;
}

/// The format of a target's objects, if it is supported.
pub(super) fn of(triple: &Triple) -> Option<&'static dyn Format> {
    use target_lexicon::BinaryFormat;
    match (triple.binary_format, triple.architecture) {
        // It has COFF, and conventions of its own.
        _ if triple.operating_system == OperatingSystem::Uefi => None,
        (BinaryFormat::Elf, Architecture::X86_64) => Some(&Elf::X64),
        (BinaryFormat::Elf, Architecture::Aarch64(_)) => Some(&Elf::Aarch64),
        (BinaryFormat::Macho, _) if !super::macho::supports(triple) => None,
        (BinaryFormat::Macho, Architecture::X86_64) => Some(&MachO::X64),
        (BinaryFormat::Macho, Architecture::Aarch64(_)) => Some(&MachO::Aarch64),
        (BinaryFormat::Coff, architecture) if triple.operating_system == OperatingSystem::Windows => {
            coff(architecture, triple.environment == Environment::Gnu)
        }
        _ => None,
    }
}

fn coff(architecture: Architecture, gnu: bool) -> Option<&'static dyn Format> {
    Some(match (architecture, gnu) {
        (Architecture::X86_64, false) => &Coff { machine: Machine::X64, gnu: false },
        (Architecture::X86_64, true) => &Coff { machine: Machine::X64, gnu: true },
        (Architecture::Aarch64(_), false) => &Coff { machine: Machine::Aarch64, gnu: false },
        (Architecture::Aarch64(_), true) => &Coff { machine: Machine::Aarch64, gnu: true },
        _ => return None,
    })
}

/// Is something of this name defined by this object?
pub(super) fn is_defined(symbol: &Symbol) -> bool {
    symbol.is_defined() && symbol.linkage != Linkage::AvailableExternally
}

/// Size of data.
pub(super) fn size(symbol: &Symbol) -> u64 {
    match &symbol.definition {
        Definition::Data(data) => data.size(),
        _ => 0,
    }
}

/// Function, data or thread-local; an alias is what it names.
pub(super) fn kind(module: &Module, symbol: &Symbol) -> SymbolKind {
    let mut end = symbol;
    for _ in 0..=module.symbols.len() {
        match end.definition {
            Definition::Alias(target, _) => end = module.symbol(target),
            _ => break,
        }
    }
    match () {
        _ if end.tls.is_some() || symbol.tls.is_some() => SymbolKind::Tls,
        _ if end.is_function() => SymbolKind::Text,
        _ => SymbolKind::Data,
    }
}
