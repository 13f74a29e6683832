//! COFF.
//!
//! What a symbol that another image may define is reached by, elsewhere the GOT, are pointers by name: `__imp_` of what
//! is imported, which the linker makes, and `.refptr.` of what may stay undefined, which the object itself has.

use super::format::{Format, Kind, SectionName, is_defined, kind, size};
use crate::buffer::RelocationKind;
use object::write::{self, Object, SymbolSection};
use object::{BinaryFormat, RelocationFlags, SectionFlags, SymbolFlags, SymbolScope, pe as p};
use son_ir::{Linkage, Module, Symbol};

/// The format of Windows, with the relocations of an architecture.
pub(super) struct Coff {
    pub(super) machine: Machine,
    /// Is the linker GNU's, or like it?
    pub(super) gnu: bool,
}

/// The architecture.
pub(super) enum Machine {
    X64,
    Aarch64,
}

/// Priority of constructors that do not ask for one.
const DEFAULT_PRIORITY: u32 = 65535;

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => ".text",
        Kind::ReadOnly | Kind::ReadOnlyAddresses | Kind::Strings => ".rdata",
        Kind::Data => ".data",
        Kind::Zeroed => ".bss",
        Kind::ThreadData | Kind::ThreadZeroed => ".tls$",
        Kind::Constructors => ".CRT$XCU",
        Kind::Destructors => ".CRT$XTX",
        Kind::Debug | Kind::DebugStrings => ".debug",
    }
}

/// The GNU linker sorts these lists by name, and they are run from the end.
fn by_gnu_priority(kind: Kind, priority: u32) -> String {
    let list = if kind == Kind::Constructors { ".ctors" } else { ".dtors" };
    match priority {
        DEFAULT_PRIORITY => list.to_owned(),
        _ => format!("{list}.{:05}", DEFAULT_PRIORITY - priority.min(DEFAULT_PRIORITY)),
    }
}

/// Parts of a section are sorted by what follows its name and a dollar sign: this of the C library runs priorities of
/// its own from `A` to `U`.
fn by_priority(kind: Kind, priority: u32) -> String {
    let list = if kind == Kind::Constructors { ".CRT$XC" } else { ".CRT$XT" };
    let place = match priority {
        0..200 => 'A',
        200..400 => 'C',
        400 => 'L',
        _ => 'T',
    };
    match priority {
        DEFAULT_PRIORITY => name(kind).to_owned(),
        200 | 400 => format!("{list}{place}"),
        _ => format!("{list}{place}{priority:05}"),
    }
}

impl Format for Coff {
    fn binary(&self) -> BinaryFormat {
        BinaryFormat::Coff
    }

    fn cuts_at_symbols(&self) -> bool {
        false
    }

    /// The addends of AArch64 are in fields of instructions: places far from the start of their section need symbols.
    fn needs_names(&self) -> bool {
        matches!(self.machine, Machine::Aarch64)
    }

    fn put_addend(&self, kind: RelocationKind, addend: i64, instruction: &mut [u8]) -> bool {
        use RelocationKind as R;
        let low = (addend as u32) & 0xfff;
        let field = match kind {
            _ if matches!(self.machine, Machine::X64) => return false,
            R::AdrPrelPgHi21 => (addend as u32 & 3) << 29 | ((addend >> 2) as u32 & 0x7_ffff) << 5,
            R::AddAbsLo12Nc | R::Ldst8AbsLo12Nc => low << 10,
            R::Ldst16AbsLo12Nc => low >> 1 << 10,
            R::Ldst32AbsLo12Nc => low >> 2 << 10,
            R::Ldst64AbsLo12Nc => low >> 3 << 10,
            R::Ldst128AbsLo12Nc => low >> 4 << 10,
            _ => return false,
        };
        for (byte, more) in instruction.iter_mut().zip(field.to_le_bytes()) {
            *byte |= more;
        }
        true
    }

    fn has_groups(&self) -> bool {
        true
    }

    fn begin(&self, object: &mut Object<'_>, module: &Module) {
        object.add_file_symbol(module.name.clone().into_bytes());
    }

    /// There are no thread-locals without bytes, and strings are not merged.
    fn stored(&self, kind: Kind) -> Kind {
        match kind {
            Kind::ThreadZeroed => Kind::ThreadData,
            Kind::Strings => Kind::ReadOnly,
            kind => kind,
        }
    }

    fn section(&self, kind: Kind, symbol: Option<&Symbol>, _own: bool) -> SectionName {
        let name = match symbol {
            Some(Symbol { section: Some(name), .. }) => name.clone(),
            _ => name(kind).to_owned(),
        };
        SectionName { name, ..SectionName::default() }
    }

    fn startup(&self, kind: Kind, priority: u32) -> SectionName {
        let name = if self.gnu { by_gnu_priority(kind, priority) } else { by_priority(kind, priority) };
        SectionName { name, ..SectionName::default() }
    }

    fn section_flags(&self, kind: Kind, name: &str, _in_group: bool) -> SectionFlags {
        let data = p::IMAGE_SCN_CNT_INITIALIZED_DATA | p::IMAGE_SCN_MEM_READ;
        let characteristics = match kind {
            Kind::Text => p::IMAGE_SCN_CNT_CODE | p::IMAGE_SCN_MEM_EXECUTE | p::IMAGE_SCN_MEM_READ,
            Kind::Zeroed => p::IMAGE_SCN_CNT_UNINITIALIZED_DATA | p::IMAGE_SCN_MEM_READ | p::IMAGE_SCN_MEM_WRITE,
            Kind::Constructors | Kind::Destructors if self.gnu => data | p::IMAGE_SCN_MEM_WRITE,
            Kind::Data | Kind::ThreadData | Kind::ThreadZeroed => data | p::IMAGE_SCN_MEM_WRITE,
            Kind::Debug | Kind::DebugStrings => data | p::IMAGE_SCN_MEM_DISCARDABLE,
            _ if name == ".drectve" => p::IMAGE_SCN_LNK_INFO | p::IMAGE_SCN_LNK_REMOVE,
            _ => data,
        };
        SectionFlags::Coff { characteristics }
    }

    fn symbol(&self, module: &Module, symbol: &Symbol) -> write::Symbol {
        let defined = is_defined(symbol);
        let common = defined && symbol.linkage == Linkage::Common;
        let scope = match symbol.linkage {
            Linkage::Internal | Linkage::Private if defined => SymbolScope::Compilation,
            _ => SymbolScope::Dynamic,
        };
        write::Symbol {
            name: symbol.name.clone().into_bytes(),
            value: 0,
            size: if common { size(symbol) } else { 0 },
            kind: kind(module, symbol),
            scope,
            // Of groups, the linker keeps any one.
            weak: matches!(symbol.linkage, Linkage::Weak | Linkage::LinkOnce) && symbol.comdat.is_none(),
            section: if common { SymbolSection::Common } else { SymbolSection::Undefined },
            flags: SymbolFlags::None,
        }
    }

    fn runtime_name(&self, name: &'static str) -> &'static str {
        match name {
            "__chkstk" if self.gnu && matches!(self.machine, Machine::X64) => "___chkstk_ms",
            name => name,
        }
    }

    fn has_codeview(&self) -> bool {
        !self.gnu
    }

    /// GNU's linker takes its own options.
    fn export(&self, name: &str, is_function: bool) -> Option<String> {
        let data = match (is_function, self.gnu) {
            (true, _) => "",
            (false, true) => ",data",
            (false, false) => ",DATA",
        };
        let option = if self.gnu { "-export:" } else { "/EXPORT:" };
        Some(format!(" {option}\"{name}\"{data}"))
    }

    /// The library of Microsoft's compiler has what floats need where somebody asks for this.
    fn float_marker(&self) -> Option<&'static str> {
        (!self.gnu).then_some("_fltused")
    }

    fn pointer_name(&self, imported: bool, name: &str) -> Option<String> {
        Some(if imported { format!("__imp_{name}") } else { format!(".refptr.{name}") })
    }

    fn code(&self, kind: RelocationKind) -> Option<RelocationFlags> {
        match self.machine {
            Machine::X64 => code_of_x64(kind),
            Machine::Aarch64 => code_of_aarch64(kind),
        }
        .map(flags)
    }

    fn address(&self, bytes: u8) -> Option<RelocationFlags> {
        let [word, half] = match self.machine {
            Machine::X64 => [p::IMAGE_REL_AMD64_ADDR64, p::IMAGE_REL_AMD64_ADDR32],
            Machine::Aarch64 => [p::IMAGE_REL_ARM64_ADDR64, p::IMAGE_REL_ARM64_ADDR32],
        };
        match bytes {
            8 => Some(flags(word)),
            4 => Some(flags(half)),
            _ => None,
        }
    }

    fn distance(&self, bytes: u8) -> Option<RelocationFlags> {
        let relative = match self.machine {
            Machine::X64 => p::IMAGE_REL_AMD64_REL32,
            Machine::Aarch64 => p::IMAGE_REL_ARM64_REL32,
        };
        (bytes == 4).then_some(flags(relative))
    }

    fn image_distance(&self) -> Option<RelocationFlags> {
        Some(flags(match self.machine {
            Machine::X64 => p::IMAGE_REL_AMD64_ADDR32NB,
            Machine::Aarch64 => p::IMAGE_REL_ARM64_ADDR32NB,
        }))
    }

    fn debug_offset(&self) -> Option<RelocationFlags> {
        Some(flags(match self.machine {
            Machine::X64 => p::IMAGE_REL_AMD64_SECREL,
            Machine::Aarch64 => p::IMAGE_REL_ARM64_SECREL,
        }))
    }

    fn section_number(&self) -> Option<RelocationFlags> {
        Some(flags(match self.machine {
            Machine::X64 => p::IMAGE_REL_AMD64_SECTION,
            Machine::Aarch64 => p::IMAGE_REL_ARM64_SECTION,
        }))
    }

    fn unwind_pointer(&self) -> Option<gimli::DwEhPe> {
        None
    }
}

fn flags(typ: p::RelocationType) -> RelocationFlags {
    RelocationFlags::Coff { typ }
}

fn code_of_x64(kind: RelocationKind) -> Option<p::RelocationType> {
    use RelocationKind as R;
    Some(match kind {
        R::Pc32 | R::Plt32 | R::GotPcRel | R::GotPcRelX | R::RexGotPcRelX | R::GotLoad => p::IMAGE_REL_AMD64_REL32,
        R::SectionOffset => p::IMAGE_REL_AMD64_SECREL,
        _ => return None,
    })
}

fn code_of_aarch64(kind: RelocationKind) -> Option<p::RelocationType> {
    use RelocationKind as R;
    Some(match kind {
        R::AdrPrelPgHi21 | R::AdrGotPage => p::IMAGE_REL_ARM64_PAGEBASE_REL21,
        R::AddAbsLo12Nc => p::IMAGE_REL_ARM64_PAGEOFFSET_12A,
        R::Ldst8AbsLo12Nc
        | R::Ldst16AbsLo12Nc
        | R::Ldst32AbsLo12Nc
        | R::Ldst64AbsLo12Nc
        | R::Ldst128AbsLo12Nc
        | R::Ld64GotLo12Nc => p::IMAGE_REL_ARM64_PAGEOFFSET_12L,
        R::Call26 | R::Jump26 => p::IMAGE_REL_ARM64_BRANCH26,
        R::SectionOffsetHi12 => p::IMAGE_REL_ARM64_SECREL_HIGH12A,
        R::SectionOffsetLo12 => p::IMAGE_REL_ARM64_SECREL_LOW12A,
        _ => return None,
    })
}
