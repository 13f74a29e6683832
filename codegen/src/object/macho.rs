//! Mach-O.
//!
//! Sections are cut into atoms at their symbols (`.subsections_via_symbols`), which the linker moves and drops one by
//! one: what is private to the module has a symbol that the linker removes, named with an `l` in front as LLVM does.

use super::format::{Format, Kind, SectionName, is_defined, kind, size};
use crate::buffer::RelocationKind;
use object::write::{self, MachOBuildVersion, Object, SymbolSection};
use object::{BinaryFormat, RelocationFlags, SectionFlags, SymbolFlags, SymbolKind, SymbolScope, macho as m};
use son_ir::{Linkage, Module, Symbol, Visibility};
use target_lexicon::{DeploymentTarget, OperatingSystem, Triple};

/// The format of Apple's systems, with the relocations of an architecture.
pub(super) enum MachO {
    X64,
    Aarch64,
}

/// The system that objects are for if the triple does not say: the first on both architectures.
const OLDEST: DeploymentTarget = DeploymentTarget { major: 11, minor: 0, patch: 0 };

fn version(of: DeploymentTarget) -> m::Version {
    m::Version::new(of.major, of.minor, of.patch)
}

fn platform(system: OperatingSystem) -> Option<(m::Platform, DeploymentTarget)> {
    Some(match system {
        OperatingSystem::Darwin(_) => (m::PLATFORM_MACOS, OLDEST),
        OperatingSystem::MacOSX(version) => (m::PLATFORM_MACOS, version.unwrap_or(OLDEST)),
        OperatingSystem::IOS(version) => (m::PLATFORM_IOS, version.unwrap_or(OLDEST)),
        _ => return None,
    })
}

/// Is the system one whose objects are marked as such?
pub(super) fn supports(triple: &Triple) -> bool {
    platform(triple.operating_system).is_some()
}

fn name(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Text => ("__TEXT", "__text"),
        Kind::ReadOnly => ("__TEXT", "__const"),
        Kind::ReadOnlyAddresses => ("__DATA", "__const"),
        Kind::Strings => ("__TEXT", "__cstring"),
        Kind::Data => ("__DATA", "__data"),
        Kind::Zeroed => ("__DATA", "__bss"),
        Kind::ThreadData => ("__DATA", "__thread_data"),
        Kind::ThreadZeroed => ("__DATA", "__thread_bss"),
        Kind::Constructors => ("__DATA", "__mod_init_func"),
        Kind::Destructors => ("__DATA", "__mod_term_func"),
        Kind::Debug | Kind::DebugStrings => ("__DWARF", "__debug"),
    }
}

impl Format for MachO {
    fn binary(&self) -> BinaryFormat {
        BinaryFormat::MachO
    }

    fn cuts_at_symbols(&self) -> bool {
        true
    }

    fn has_groups(&self) -> bool {
        false
    }

    fn begin(&self, object: &mut Object<'_>, module: &Module) {
        object.set_subsections_via_symbols();
        if let Some((platform, oldest)) = platform(module.triple.operating_system) {
            let mut build = MachOBuildVersion::default();
            (build.platform, build.minos, build.sdk) = (platform, version(oldest), version(oldest));
            object.set_macho_build_version(build);
        }
    }

    /// A section that a symbol asks for is written `segment,section`, perhaps with attributes behind.
    fn section(&self, kind: Kind, symbol: Option<&Symbol>, _own: bool) -> SectionName {
        let asked = symbol.and_then(|symbol| symbol.section.as_deref());
        let (segment, name) = match asked.map(|text| text.split(',').map(str::trim)) {
            Some(mut words) => match (words.next(), words.next()) {
                (Some(segment), Some(name)) => (segment, name),
                (name, _) => ("", name.unwrap_or_default()),
            },
            None if kind == Kind::Zeroed && symbol.is_some_and(|symbol| !symbol.linkage.is_local()) => {
                ("__DATA", "__common")
            }
            None => name(kind),
        };
        SectionName { segment: segment.to_owned(), name: name.to_owned() }
    }

    fn startup(&self, kind: Kind, _priority: u32) -> SectionName {
        self.section(kind, None, false)
    }

    fn section_mistake(&self, name: &SectionName) -> Option<&'static str> {
        let fits = |part: &str| (1..=16).contains(&part.len());
        let mistake = "is not `segment,section` with up to 16 letters each";
        (!fits(&name.segment) || !fits(&name.name)).then_some(mistake)
    }

    fn debug_section(&self, name: &str) -> SectionName {
        SectionName { segment: "__DWARF".to_owned(), name: name.replacen('.', "__", 1) }
    }

    fn section_flags(&self, kind: Kind, _name: &str, _in_group: bool) -> SectionFlags {
        let flags = match kind {
            Kind::Constructors => m::S_MOD_INIT_FUNC_POINTERS,
            Kind::Destructors => m::S_MOD_TERM_FUNC_POINTERS,
            _ => return SectionFlags::None,
        };
        SectionFlags::MachO { flags: flags.into(), reserved2: 0 }
    }

    fn symbol(&self, module: &Module, symbol: &Symbol) -> write::Symbol {
        let defined = is_defined(symbol);
        let common = defined && symbol.linkage == Linkage::Common;
        let private = defined && symbol.linkage == Linkage::Private;
        let scope = match symbol.linkage {
            Linkage::Internal | Linkage::Private if defined => SymbolScope::Compilation,
            _ if defined && symbol.visibility == Visibility::Hidden => SymbolScope::Linkage,
            _ => SymbolScope::Dynamic,
        };
        // Names of functions and data get an underscore in front, those of other kinds do not.
        let (name, kind) = match kind(module, symbol) {
            SymbolKind::Text | SymbolKind::Data if private => (self.private_name(&symbol.name), SymbolKind::Unknown),
            kind => (symbol.name.clone(), kind),
        };
        write::Symbol {
            name: name.into_bytes(),
            value: if common { u64::from(symbol.align.max(1)) } else { 0 },
            size: if common { size(symbol) } else { 0 },
            kind,
            scope,
            weak: matches!(symbol.linkage, Linkage::Weak | Linkage::LinkOnce),
            section: if common { SymbolSection::Common } else { SymbolSection::Undefined },
            flags: SymbolFlags::None,
        }
    }

    fn private_name(&self, name: &str) -> String {
        format!("l_{name}")
    }

    fn code(&self, kind: RelocationKind) -> Option<RelocationFlags> {
        let (r_type, r_pcrel) = match self {
            MachO::X64 => (code_of_x64(kind)?, true),
            MachO::Aarch64 => code_of_aarch64(kind)?,
        };
        Some(RelocationFlags::MachO { r_type, r_pcrel, r_length: 2 })
    }

    fn address(&self, bytes: u8) -> Option<RelocationFlags> {
        self.distance(bytes).filter(|_| bytes == 8)
    }

    /// A difference of two symbols; the library writes the one that is subtracted in front.
    fn distance(&self, bytes: u8) -> Option<RelocationFlags> {
        let r_length = match bytes {
            8 => 3,
            4 => 2,
            _ => return None,
        };
        let r_type = match self {
            MachO::X64 => m::X86_64_RELOC_UNSIGNED,
            MachO::Aarch64 => m::ARM64_RELOC_UNSIGNED,
        };
        Some(RelocationFlags::MachO { r_type, r_pcrel: false, r_length })
    }

    /// The linker does not read them; it notes where the object is.
    fn debug_offset(&self) -> Option<RelocationFlags> {
        None
    }

    fn unwind_pointer(&self) -> Option<gimli::DwEhPe> {
        Some(gimli::DwEhPe(gimli::DW_EH_PE_pcrel.0 | gimli::DW_EH_PE_absptr.0))
    }
}

fn code_of_x64(kind: RelocationKind) -> Option<m::RelocationType> {
    Some(match kind {
        RelocationKind::Pc32 => m::X86_64_RELOC_SIGNED,
        RelocationKind::Plt32 => m::X86_64_RELOC_BRANCH,
        // The linker makes the load an address of what is near.
        RelocationKind::GotLoad => m::X86_64_RELOC_GOT_LOAD,
        RelocationKind::GotPcRel | RelocationKind::GotPcRelX | RelocationKind::RexGotPcRelX => m::X86_64_RELOC_GOT,
        RelocationKind::Tlv => m::X86_64_RELOC_TLV,
        _ => return None,
    })
}

/// The relocation, and whether it counts from the instruction.
fn code_of_aarch64(kind: RelocationKind) -> Option<(m::RelocationType, bool)> {
    use RelocationKind as R;
    Some(match kind {
        R::AdrPrelPgHi21 => (m::ARM64_RELOC_PAGE21, true),
        R::AddAbsLo12Nc
        | R::Ldst8AbsLo12Nc
        | R::Ldst16AbsLo12Nc
        | R::Ldst32AbsLo12Nc
        | R::Ldst64AbsLo12Nc
        | R::Ldst128AbsLo12Nc => (m::ARM64_RELOC_PAGEOFF12, false),
        R::Call26 | R::Jump26 => (m::ARM64_RELOC_BRANCH26, true),
        R::AdrGotPage => (m::ARM64_RELOC_GOT_LOAD_PAGE21, true),
        R::Ld64GotLo12Nc => (m::ARM64_RELOC_GOT_LOAD_PAGEOFF12, false),
        R::TlvPage => (m::ARM64_RELOC_TLVP_LOAD_PAGE21, true),
        R::TlvPageOffset => (m::ARM64_RELOC_TLVP_LOAD_PAGEOFF12, false),
        _ => return None,
    })
}
