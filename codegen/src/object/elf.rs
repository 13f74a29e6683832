//! ELF.

use super::format::{Format, Kind, SectionName, is_defined, kind, size};
use crate::buffer::RelocationKind;
use object::write::{self, Object, SymbolSection};
use object::{BinaryFormat, RelocationFlags, SectionFlags, SymbolFlags, SymbolKind, SymbolScope, elf as e};
use son_ir::{FunctionFlags, Linkage, Module, Symbol, Visibility};

/// The Executable and Linkable Format of Unix systems, with the relocations of an architecture.
pub(super) enum Elf {
    X64,
    Aarch64,
}

/// Priority of constructors that do not ask for one.
const DEFAULT_PRIORITY: u32 = 65535;

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => ".text",
        Kind::ReadOnly => ".rodata",
        Kind::ReadOnlyAddresses => ".data.rel.ro",
        Kind::Strings => ".rodata.str1.1",
        Kind::Data => ".data",
        Kind::Zeroed => ".bss",
        Kind::ThreadData => ".tdata",
        Kind::ThreadZeroed => ".tbss",
        Kind::Constructors => ".init_array",
        Kind::Destructors => ".fini_array",
        Kind::Debug | Kind::DebugStrings => ".debug",
    }
}

impl Format for Elf {
    fn binary(&self) -> BinaryFormat {
        BinaryFormat::Elf
    }

    fn cuts_at_symbols(&self) -> bool {
        false
    }

    fn has_groups(&self) -> bool {
        true
    }

    fn begin(&self, object: &mut Object<'_>, module: &Module) {
        object.add_file_symbol(module.name.clone().into_bytes());
        // The stack need not be executable.
        let note = object.add_section(Vec::new(), b".note.GNU-stack".to_vec(), object::SectionKind::Other);
        object.section_mut(note).flags = SectionFlags::Elf { sh_type: e::SHT_PROGBITS, sh_flags: e::SectionFlags(0) };
        if let Some(properties) = self.protection(module) {
            let note = object.add_section(Vec::new(), b".note.gnu.property".to_vec(), object::SectionKind::Note);
            object.section_mut(note).flags = SectionFlags::Elf { sh_type: e::SHT_NOTE, sh_flags: e::SHF_ALLOC };
            object.append_section_data(note, &properties, 8);
        }
    }

    fn section(&self, kind: Kind, symbol: Option<&Symbol>, own: bool) -> SectionName {
        let default = name(kind);
        let name = match symbol {
            Some(Symbol { section: Some(name), .. }) => name.clone(),
            Some(symbol) if own || symbol.comdat.is_some() => format!("{default}.{}", symbol.name),
            _ => default.to_owned(),
        };
        SectionName { name, ..SectionName::default() }
    }

    fn startup(&self, kind: Kind, priority: u32) -> SectionName {
        let name = match priority {
            DEFAULT_PRIORITY => name(kind).to_owned(),
            _ => format!("{}.{priority:05}", name(kind)),
        };
        SectionName { name, ..SectionName::default() }
    }

    /// A few special names override the kind.
    fn section_flags(&self, kind: Kind, name: &str, in_group: bool) -> SectionFlags {
        let starts = |prefix: &str| name.starts_with(prefix);
        let sh_type = match () {
            _ if starts(".init_array") => e::SHT_INIT_ARRAY,
            _ if starts(".fini_array") => e::SHT_FINI_ARRAY,
            _ if starts(".preinit_array") => e::SHT_PREINIT_ARRAY,
            _ if starts(".note") => e::SHT_NOTE,
            _ if kind.is_zeroed() => e::SHT_NOBITS,
            _ => e::SHT_PROGBITS,
        };
        let mut flags = match kind {
            Kind::Debug => e::SectionFlags(0),
            Kind::DebugStrings => e::SHF_MERGE | e::SHF_STRINGS,
            Kind::Text => e::SHF_ALLOC | e::SHF_EXECINSTR,
            Kind::ReadOnly => e::SHF_ALLOC,
            Kind::Strings => e::SHF_ALLOC | e::SHF_MERGE | e::SHF_STRINGS,
            Kind::ThreadData | Kind::ThreadZeroed => e::SHF_ALLOC | e::SHF_WRITE | e::SHF_TLS,
            _ => e::SHF_ALLOC | e::SHF_WRITE,
        };
        if in_group {
            flags |= e::SHF_GROUP;
        }
        SectionFlags::Elf { sh_type, sh_flags: flags }
    }

    fn symbol(&self, module: &Module, symbol: &Symbol) -> write::Symbol {
        let defined = is_defined(symbol);
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
            Visibility::Default | Visibility::Imported | Visibility::Exported => e::STV_DEFAULT,
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

    fn code(&self, kind: RelocationKind) -> Option<RelocationFlags> {
        match self {
            Elf::X64 => code_of_x64(kind),
            Elf::Aarch64 => code_of_aarch64(kind),
        }
        .map(flags)
    }

    fn address(&self, bytes: u8) -> Option<RelocationFlags> {
        let [word, half] = match self {
            Elf::X64 => [e::R_X86_64_64, e::R_X86_64_32],
            Elf::Aarch64 => [e::R_AARCH64_ABS64, e::R_AARCH64_ABS32],
        };
        by_size(bytes, word, half)
    }

    fn distance(&self, bytes: u8) -> Option<RelocationFlags> {
        let [word, half] = match self {
            Elf::X64 => [e::R_X86_64_PC64, e::R_X86_64_PC32],
            Elf::Aarch64 => [e::R_AARCH64_PREL64, e::R_AARCH64_PREL32],
        };
        by_size(bytes, word, half)
    }

    fn debug_offset(&self) -> Option<RelocationFlags> {
        self.address(4)
    }

    fn unwind_pointer(&self) -> Option<gimli::DwEhPe> {
        Some(gimli::DwEhPe(gimli::DW_EH_PE_pcrel.0 | gimli::DW_EH_PE_sdata4.0))
    }
}

impl Elf {
    /// The note that says how all code of the module is protected; the linker keeps what all objects say.
    fn protection(&self, module: &Module) -> Option<Vec<u8>> {
        const PROPERTIES: u32 = 5;
        const AARCH64_FEATURES: u32 = 0xc000_0000;
        const X86_FEATURES: u32 = 0xc000_0002;
        let all = |flag: FunctionFlags| module.functions.iter().all(|function| function.flags.has(flag));
        let property = match self {
            Elf::X64 => X86_FEATURES,
            Elf::Aarch64 => AARCH64_FEATURES,
        };
        let features = all(FunctionFlags::BRANCH_TARGETS) as u32 | (all(FunctionFlags::PROTECTS_RETURN) as u32) << 1;
        if features == 0 || module.functions.is_empty() {
            return None;
        }
        let owner = u32::from_le_bytes(*b"GNU\0");
        // The sizes of the owner's name and of the property, which is padded.
        let words = [4, 16, PROPERTIES, owner, property, 4, features, 0];
        Some(words.into_iter().flat_map(u32::to_le_bytes).collect())
    }
}

fn flags(r_type: e::RelocationType) -> RelocationFlags {
    RelocationFlags::Elf { r_type }
}

fn by_size(bytes: u8, word: e::RelocationType, half: e::RelocationType) -> Option<RelocationFlags> {
    match bytes {
        8 => Some(flags(word)),
        4 => Some(flags(half)),
        _ => None,
    }
}

fn code_of_x64(kind: RelocationKind) -> Option<e::RelocationType> {
    Some(match kind {
        RelocationKind::Pc32 => e::R_X86_64_PC32,
        RelocationKind::Plt32 => e::R_X86_64_PLT32,
        RelocationKind::GotPcRel => e::R_X86_64_GOTPCREL,
        RelocationKind::GotPcRelX => e::R_X86_64_GOTPCRELX,
        RelocationKind::RexGotPcRelX | RelocationKind::GotLoad => e::R_X86_64_REX_GOTPCRELX,
        RelocationKind::TpOff32 => e::R_X86_64_TPOFF32,
        RelocationKind::GotTpOff => e::R_X86_64_GOTTPOFF,
        RelocationKind::TlsGd => e::R_X86_64_TLSGD,
        RelocationKind::TlsLd => e::R_X86_64_TLSLD,
        RelocationKind::DtpOff32 => e::R_X86_64_DTPOFF32,
        _ => return None,
    })
}

fn code_of_aarch64(kind: RelocationKind) -> Option<e::RelocationType> {
    Some(match kind {
        RelocationKind::AdrPrelPgHi21 => e::R_AARCH64_ADR_PREL_PG_HI21,
        RelocationKind::AddAbsLo12Nc => e::R_AARCH64_ADD_ABS_LO12_NC,
        RelocationKind::Ldst8AbsLo12Nc => e::R_AARCH64_LDST8_ABS_LO12_NC,
        RelocationKind::Ldst16AbsLo12Nc => e::R_AARCH64_LDST16_ABS_LO12_NC,
        RelocationKind::Ldst32AbsLo12Nc => e::R_AARCH64_LDST32_ABS_LO12_NC,
        RelocationKind::Ldst64AbsLo12Nc => e::R_AARCH64_LDST64_ABS_LO12_NC,
        RelocationKind::Ldst128AbsLo12Nc => e::R_AARCH64_LDST128_ABS_LO12_NC,
        RelocationKind::Call26 => e::R_AARCH64_CALL26,
        RelocationKind::Jump26 => e::R_AARCH64_JUMP26,
        RelocationKind::AdrGotPage => e::R_AARCH64_ADR_GOT_PAGE,
        RelocationKind::Ld64GotLo12Nc => e::R_AARCH64_LD64_GOT_LO12_NC,
        RelocationKind::TlsLeAddHi12 => e::R_AARCH64_TLSLE_ADD_TPREL_HI12,
        RelocationKind::TlsLeAddLo12Nc => e::R_AARCH64_TLSLE_ADD_TPREL_LO12_NC,
        RelocationKind::TlsIeAdrGotTpRelPage21 => e::R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21,
        RelocationKind::TlsIeLd64GotTpRelLo12Nc => e::R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC,
        RelocationKind::TlsDescAdrPage21 => e::R_AARCH64_TLSDESC_ADR_PAGE21,
        RelocationKind::TlsDescLd64Lo12 => e::R_AARCH64_TLSDESC_LD64_LO12,
        RelocationKind::TlsDescAddLo12 => e::R_AARCH64_TLSDESC_ADD_LO12,
        RelocationKind::TlsDescCall => e::R_AARCH64_TLSDESC_CALL,
        _ => return None,
    })
}
