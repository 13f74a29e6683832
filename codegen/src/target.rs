//! The choice of a target: the only place that names instruction sets.

use crate::aarch64::abi::System;
use crate::aarch64::lower::Aapcs64;
use crate::isa::Isa;
use crate::legalize::Capabilities;
use crate::lower::Lower;
use crate::select::Select;
use crate::{aarch64, object, x64};
use target_lexicon::{Aarch64Architecture, Architecture, Endianness, PointerWidth, Triple};
use thiserror::Error;

/// Triples that stand for what there is.
pub const TRIPLES: [&str; 8] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-pc-windows-gnu",
    "aarch64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "aarch64-pc-windows-msvc",
    "aarch64-pc-windows-gnu",
];

/// Why there is no target.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    /// The instruction set.
    #[error("the target `{0}` is not supported: code is made for x86_64 and aarch64")]
    Architecture(String),
    /// Big-endian, or pointers of 32 bits.
    #[error("the target `{0}` is not supported: memory is little-endian, and pointers have 64 bits")]
    Data(String),
    /// The object format.
    #[error("the target `{0}` is not supported: objects are ELF, Mach-O of macOS and iOS, or COFF of Windows")]
    Format(String),
    /// The processor.
    #[error("the CPU `{0}` is not known; those of `{1}` are {2}")]
    Cpu(String, String, String),
}

/// What differs between targets.
pub struct Target {
    /// The instruction set.
    pub isa: &'static dyn Isa,
    /// Its patterns.
    pub select: Box<dyn Select>,
    /// Its calling convention.
    pub lower: &'static dyn Lower,
    /// What need not be legalized for it.
    pub capabilities: Capabilities,
}

impl Target {
    /// The target of a triple and a CPU by its name.
    ///
    /// # Errors
    /// See [`TargetError`].
    pub fn of(triple: &Triple, cpu: &str) -> Result<Target, TargetError> {
        let make = match triple.architecture {
            Architecture::X86_64 => x64,
            Architecture::Aarch64(_) => aarch64,
            _ => return Err(TargetError::Architecture(triple.to_string())),
        };
        let usual = Architecture::Aarch64(Aarch64Architecture::Aarch64);
        let whole = triple.pointer_width() == Ok(PointerWidth::U64) && triple.endianness() == Ok(Endianness::Little);
        if !whole || !matches!(triple.architecture, Architecture::X86_64) && triple.architecture != usual {
            return Err(TargetError::Data(triple.to_string()));
        }
        if !object::supports(triple) {
            return Err(TargetError::Format(triple.to_string()));
        }
        make(triple, cpu).ok_or_else(|| {
            let (architecture, cpus) = (triple.architecture.to_string(), cpus(triple).join(", "));
            TargetError::Cpu(cpu.to_owned(), architecture, cpus)
        })
    }
}

/// Is there code for processors of this name?
pub fn knows_cpu(triple: &Triple, cpu: &str) -> bool {
    Target::of(triple, cpu).is_ok()
}

/// Names of processors.
fn cpus(triple: &Triple) -> Vec<&'static str> {
    match triple.architecture {
        Architecture::X86_64 => x64::features::CPUS.iter().flat_map(|(names, _)| names.iter().copied()).collect(),
        _ => aarch64::features::CPUS.iter().flat_map(|(names, _)| names.iter().copied()).collect(),
    }
}

fn x64(triple: &Triple, cpu: &str) -> Option<Target> {
    let features = x64::features::Features::of_cpu(cpu)?;
    Some(Target {
        isa: match x64::abi::System::of(triple) {
            x64::abi::System::Unix => x64::isa(),
            x64::abi::System::Windows => x64::windows(),
        },
        select: Box::new(x64::select::X64Select { features }),
        lower: &x64::lower::Conventions,
        capabilities: Capabilities {
            count_ones: features.popcnt,
            moves_16_bytes: true,
            swaps_16_bytes: features.cx16,
            reverses_bits: false,
        },
    })
}

fn aarch64(triple: &Triple, cpu: &str) -> Option<Target> {
    let features = aarch64::features::Features::of_cpu(cpu)?;
    let lower: &'static dyn Lower = match System::of(triple) {
        System::Standard => &Aapcs64 { system: System::Standard },
        System::Windows => &Aapcs64 { system: System::Windows },
        System::Apple => &Aapcs64 { system: System::Apple },
    };
    Some(Target {
        isa: if System::of(triple) == System::Windows { aarch64::windows() } else { aarch64::isa() },
        select: Box::new(aarch64::select::Aarch64Select { features }),
        lower,
        capabilities: Capabilities {
            count_ones: true,
            moves_16_bytes: true,
            swaps_16_bytes: true,
            reverses_bits: true,
        },
    })
}
