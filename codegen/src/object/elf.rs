//! What the ELF format calls things.

use crate::buffer::RelocationKind;
use object::write::{self, SymbolSection};
use object::{SectionFlags, SectionKind, SymbolFlags, SymbolKind, SymbolScope, elf as e};
use son_ir::{Definition, Linkage, Module, Symbol, Visibility};

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
}

impl Kind {
    /// The library's kind.
    pub(super) fn section_kind(self) -> SectionKind {
        match self {
            Kind::Text => SectionKind::Text,
            Kind::ReadOnly => SectionKind::ReadOnlyData,
            Kind::ReadOnlyAddresses => SectionKind::ReadOnlyDataWithRel,
            Kind::Strings => SectionKind::ReadOnlyString,
            Kind::Data => SectionKind::Data,
            Kind::Zeroed => SectionKind::UninitializedData,
            Kind::ThreadData => SectionKind::Tls,
            Kind::ThreadZeroed => SectionKind::UninitializedTls,
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

    /// The section's default name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Text => ".text",
            Kind::ReadOnly => ".rodata",
            Kind::ReadOnlyAddresses => ".data.rel.ro",
            Kind::Strings => ".rodata.str1.1",
            Kind::Data => ".data",
            Kind::Zeroed => ".bss",
            Kind::ThreadData => ".tdata",
            Kind::ThreadZeroed => ".tbss",
        }
    }

    /// Flags of a section of this kind; those of a few special names override it.
    pub(super) fn flags(self, name: &[u8], in_group: bool) -> SectionFlags {
        let starts = |prefix: &[u8]| name.starts_with(prefix);
        let sh_type = match () {
            _ if starts(b".init_array") => e::SHT_INIT_ARRAY,
            _ if starts(b".fini_array") => e::SHT_FINI_ARRAY,
            _ if starts(b".preinit_array") => e::SHT_PREINIT_ARRAY,
            _ if starts(b".note") => e::SHT_NOTE,
            _ if self.is_zeroed() => e::SHT_NOBITS,
            _ => e::SHT_PROGBITS,
        };
        let mut flags = e::SHF_ALLOC;
        flags |= match self {
            Kind::Text => e::SHF_EXECINSTR,
            Kind::ReadOnly => e::SectionFlags(0),
            Kind::Strings => e::SHF_MERGE | e::SHF_STRINGS,
            Kind::ReadOnlyAddresses | Kind::Data | Kind::Zeroed => e::SHF_WRITE,
            Kind::ThreadData | Kind::ThreadZeroed => e::SHF_WRITE | e::SHF_TLS,
        };
        if in_group {
            flags |= e::SHF_GROUP;
        }
        SectionFlags::Elf { sh_type, sh_flags: flags }
    }
}

/// The section that a symbol asks for; else the default, with the symbol's name if it has a section of its own.
pub(super) fn section_name(symbol: &Symbol, default: &str, own: bool) -> String {
    match &symbol.section {
        Some(name) => name.clone(),
        None if own || symbol.comdat.is_some() => format!("{default}.{}", symbol.name),
        None => default.to_owned(),
    }
}

/// The object's symbol for one of the module, not placed yet.
pub(super) fn symbol(module: &Module, symbol: &Symbol) -> write::Symbol {
    let defined = symbol.is_defined() && is_emitted(symbol);
    let common = defined && symbol.linkage == Linkage::Common;
    let bind = match symbol.linkage {
        Linkage::Internal | Linkage::Private if defined => e::STB_LOCAL,
        Linkage::Weak | Linkage::LinkOnce => e::STB_WEAK,
        _ => e::STB_GLOBAL,
    };
    let st_type = match kind(module, symbol) {
        SymbolKind::Tls => e::STT_TLS,
        _ if !defined => e::STT_NOTYPE,
        SymbolKind::Text => e::STT_FUNC,
        _ => e::STT_OBJECT,
    };
    let visibility = match symbol.visibility {
        Visibility::Default => e::STV_DEFAULT,
        Visibility::Hidden => e::STV_HIDDEN,
        Visibility::Protected => e::STV_PROTECTED,
    };
    write::Symbol {
        name: symbol.name.clone().into_bytes(),
        value: if common { u64::from(symbol.align.max(1)) } else { 0 },
        size: if common { size(symbol) } else { 0 },
        kind: kind(module, symbol),
        scope: if bind == e::STB_LOCAL { SymbolScope::Compilation } else { SymbolScope::Dynamic },
        weak: bind == e::STB_WEAK,
        section: if common { SymbolSection::Common } else { SymbolSection::Undefined },
        flags: SymbolFlags::Elf { st_info: e::SymbolInfo::new(bind, st_type), st_other: visibility.into() },
    }
}

/// A body for the optimizer only is not emitted.
fn is_emitted(symbol: &Symbol) -> bool {
    symbol.linkage != Linkage::AvailableExternally
}

fn size(symbol: &Symbol) -> u64 {
    match &symbol.definition {
        Definition::Data(data) => data.size(),
        _ => 0,
    }
}

/// Function, data or thread-local; an alias is what it names.
fn kind(module: &Module, symbol: &Symbol) -> SymbolKind {
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

/// ELF's number of a relocation for x86-64.
pub(super) fn number(kind: RelocationKind) -> e::RelocationType {
    match kind {
        RelocationKind::Pc32 => e::R_X86_64_PC32,
        RelocationKind::Plt32 => e::R_X86_64_PLT32,
        RelocationKind::GotPcRel => e::R_X86_64_GOTPCREL,
        RelocationKind::GotPcRelX => e::R_X86_64_GOTPCRELX,
        RelocationKind::RexGotPcRelX => e::R_X86_64_REX_GOTPCRELX,
        RelocationKind::TpOff32 => e::R_X86_64_TPOFF32,
        RelocationKind::GotTpOff => e::R_X86_64_GOTTPOFF,
        RelocationKind::TlsGd => e::R_X86_64_TLSGD,
    }
}
