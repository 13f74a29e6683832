//! Extensions of the instruction set.

/// What the CPU can do beyond the baseline of Armv8-A.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Atomic operations in one instruction (LSE, from Armv8.1-A on).
    pub lse: bool,
}

impl Features {
    /// Those of a CPU or an architecture by its name for compilers; `None` if the name is not known.
    pub fn of_cpu(name: &str) -> Option<Features> {
        let later = Features { lse: true };
        Some(match name {
            "" | "generic" | "armv8-a" | "cortex-a53" | "cortex-a57" | "cortex-a72" => Features::default(),
            "armv8.1-a" | "armv8.2-a" | "armv8.3-a" | "armv8.4-a" | "armv8.5-a" | "armv9-a" => later,
            "cortex-a55" | "cortex-a75" | "cortex-a76" | "cortex-a77" | "cortex-a78" | "cortex-x1" => later,
            "neoverse-n1" | "neoverse-n2" | "neoverse-v1" | "neoverse-v2" => later,
            "apple-m1" | "apple-m2" | "apple-m3" | "apple-m4" | "ampere1" => later,
            _ => return None,
        })
    }
}
