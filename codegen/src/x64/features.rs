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
    /// Fused multiplication and addition.
    pub fma: bool,
}

impl Features {
    /// Those of a CPU by its name for compilers; `None` if the name is not known.
    pub fn of_cpu(name: &str) -> Option<Features> {
        let baseline = Features::default();
        let second = Features { popcnt: true, sse41: true, ..baseline };
        let third = Features { lzcnt: true, bmi1: true, bmi2: true, fma: true, ..second };
        Some(match name {
            "" | "generic" | "x86-64" => baseline,
            "x86-64-v2" | "nehalem" | "westmere" | "sandybridge" | "ivybridge" => second,
            "x86-64-v3" | "x86-64-v4" | "haswell" | "broadwell" | "skylake" | "znver1" | "znver2" | "znver3"
            | "znver4" => third,
            _ => return None,
        })
    }
}
