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
        let name = if name.is_empty() { "generic" } else { name };
        CPUS.iter().find(|(names, _)| names.contains(&name)).map(|&(_, features)| features)
    }
}

/// Names of CPUs and architectures, by what they can do.
pub const CPUS: &[(&[&str], Features)] = &[
    (&["generic", "armv8-a", "cortex-a53", "cortex-a57", "cortex-a72"], Features { lse: false }),
    (&["armv8.1-a", "armv8.2-a", "armv8.3-a", "armv8.4-a", "armv8.5-a", "armv9-a"], Features { lse: true }),
    (&["cortex-a55", "cortex-a75", "cortex-a76", "cortex-a77", "cortex-a78", "cortex-x1"], Features { lse: true }),
    (&["neoverse-n1", "neoverse-n2", "neoverse-v1", "neoverse-v2"], Features { lse: true }),
    (&["apple-m1", "apple-m2", "apple-m3", "apple-m4", "ampere1"], Features { lse: true }),
];
