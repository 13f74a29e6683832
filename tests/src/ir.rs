//! LLVM IR and reference programs, made by clang.

use std::path::Path;

use crate::process::{Failure, Finished, Invocation};
use crate::tools;

/// Which IR clang makes of C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// What clang's `-O2` optimizer gets as its input: with TBAA, lifetimes and hints.
    Optimizable,
    /// What `-O0` makes: each function is marked `noinline`.
    Unoptimized,
}

impl Form {
    /// The options that make clang emit it.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Form::Optimizable => &["-O2", "-Xclang", "-disable-llvm-passes"],
            Form::Unoptimized => &["-O0"],
        }
    }
}

/// A run of clang with the arguments.
pub fn clang(arguments: &[&str]) -> Invocation {
    Invocation::new(tools::CLANG.name).args(arguments).arg("-w")
}

/// Translates a C file to LLVM IR text.
pub fn emit(form: Form, source: &Path, out: &Path, options: &[&str]) -> Result<Finished, Failure> {
    clang(form.options()).args(["-S", "-emit-llvm"]).args(options).arg(source).arg("-o").arg(out).success()
}

/// Compiles and links a C file by clang.
pub fn build(level: &str, source: &Path, out: &Path, options: &[&str]) -> Result<Finished, Failure> {
    clang(&[level]).args(options).arg(source).arg("-o").arg(out).arg("-lm").success()
}
