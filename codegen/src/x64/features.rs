//! Extensions of the instruction set.

/// What the CPU can do beyond the baseline of x86-64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// `popcnt`.
    pub popcnt: bool,
    /// `lzcnt`.
    pub lzcnt: bool,
    /// `tzcnt`, `andn`.
    pub bmi1: bool,
    /// Shifts by any register.
    pub bmi2: bool,
    /// `roundsd`.
    pub sse41: bool,
    /// `cmpxchg16b`.
    pub cx16: bool,
    /// Fused multiplication and addition.
    pub fma: bool,
}

impl Features {
    /// Those of a CPU by its name for compilers; `None` if the name is not known.
    pub fn of_cpu(name: &str) -> Option<Features> {
        let name = if name.is_empty() { "generic" } else { name };
        CPUS.iter().find(|(names, _)| names.contains(&name)).map(|&(_, features)| features)
    }
}

const BASELINE: Features =
    Features { popcnt: false, lzcnt: false, bmi1: false, bmi2: false, sse41: false, cx16: false, fma: false };
const SECOND: Features = Features { popcnt: true, sse41: true, cx16: true, ..BASELINE };
const THIRD: Features = Features { lzcnt: true, bmi1: true, bmi2: true, fma: true, ..SECOND };

/// Names of CPUs and levels of the architecture, by what they can do.
pub const CPUS: &[(&[&str], Features)] = &[
    (&["generic", "x86-64"], BASELINE),
    (&["x86-64-v2", "nehalem", "westmere", "sandybridge", "ivybridge"], SECOND),
    (&["x86-64-v3", "x86-64-v4", "haswell", "broadwell", "skylake", "znver1", "znver2", "znver3", "znver4"], THIRD),
];
