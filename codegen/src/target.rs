//! The choice of a target: the only place that names instruction sets.

use crate::aarch64::abi::System;
use crate::aarch64::lower::Aapcs64;
use crate::isa::Isa;
use crate::legalize::Capabilities;
use crate::lower::Lower;
use crate::select::Select;
use crate::{aarch64, object, x64};
use target_lexicon::{Architecture, Triple};

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
    /// The target of a triple and a CPU by its name; `None` if the triple is not supported, `Some(None)` if the CPU is
    /// not known.
    pub fn of(triple: &Triple, cpu: &str) -> Option<Option<Target>> {
        if !object::supports(triple) {
            return None;
        }
        match triple.architecture {
            Architecture::X86_64 => Some(x64(triple, cpu)),
            Architecture::Aarch64(_) => Some(aarch64(triple, cpu)),
            _ => None,
        }
    }
}

/// Is there code for processors of this name?
pub fn knows_cpu(triple: &Triple, cpu: &str) -> bool {
    matches!(Target::of(triple, cpu), Some(Some(_)))
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
        capabilities: Capabilities { count_ones: features.popcnt, moves_16_bytes: true, reverses_bits: false },
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
        capabilities: Capabilities { count_ones: true, moves_16_bytes: true, reverses_bits: true },
    })
}
