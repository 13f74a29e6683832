//! The twelve C programs of `bench/programs`: run by tests with a small size and by the
//! benchmark with the size that each has as its default.

use std::path::PathBuf;

use crate::workspace;

/// A benchmark program.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The file's name without its ending.
    pub name: &'static str,
    /// The argument with which even the interpreter ends in a few seconds. Without an argument a
    /// program runs 0.5 to 1 s as built by `clang -O2`.
    pub small: &'static str,
    /// The argument with which an emulator that counts instructions ends in a second, and its start does not count.
    pub counted: &'static str,
}

/// All of them.
pub const PROGRAMS: [Program; 12] = [
    Program { name: "nbody", small: "200", counted: "5000" },
    Program { name: "fannkuch", small: "6", counted: "8" },
    Program { name: "spectral_norm", small: "25", counted: "60" },
    Program { name: "mandelbrot", small: "40", counted: "100" },
    Program { name: "binary_trees", small: "6", counted: "10" },
    Program { name: "nsieve", small: "10", counted: "200" },
    Program { name: "matmul", small: "20", counted: "60" },
    Program { name: "sha256", small: "2", counted: "40" },
    Program { name: "crc32", small: "1", counted: "10" },
    Program { name: "quicksort", small: "2", counted: "40" },
    Program { name: "hash_table", small: "3", counted: "40" },
    Program { name: "state_machine", small: "2", counted: "40" },
];

impl Program {
    /// The C file.
    pub fn source(&self) -> PathBuf {
        workspace::tests_folder().join("bench/programs").join(self.name).with_extension("c")
    }
}
