//! Programs of the system that tests need, and what happens where they are missing.

use std::io::Write;
use std::path::PathBuf;

use crate::workspace;

/// A program of the system and the Debian package that has it.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// The name in the search path.
    pub name: &'static str,
    /// The package to install.
    pub package: &'static str,
}

/// The reference compiler, which also makes the LLVM IR of every test.
pub const CLANG: Tool = Tool { name: "clang-19", package: "clang-19" };
/// LLVM's code generator.
pub const LLC: Tool = Tool { name: "llc-19", package: "llvm-19" };
/// Makes one module of many.
pub const LLVM_LINK: Tool = Tool { name: "llvm-link-19", package: "llvm-19" };
/// The generator of random C programs.
pub const CSMITH: Tool = Tool { name: "csmith", package: "csmith" };
/// The second reference compiler, and the linker's driver.
pub const GCC: Tool = Tool { name: "gcc", package: "gcc" };
/// Links C++.
pub const GXX: Tool = Tool { name: "g++", package: "g++" };
/// The compiler of Rust.
pub const RUSTC: Tool = Tool { name: "rustc", package: "rustc" };
/// LLVM's disassembler.
pub const LLVM_OBJDUMP: Tool = Tool { name: "llvm-objdump-19", package: "llvm-19" };
/// LLVM's printer of debug information.
pub const LLVM_DWARFDUMP: Tool = Tool { name: "llvm-dwarfdump-19", package: "llvm-19" };
/// LLVM's linker of Mach-O.
pub const LD64: Tool = Tool { name: "ld64.lld-19", package: "lld-19" };
/// LLVM's linker of COFF.
pub const LLD_LINK: Tool = Tool { name: "lld-link-19", package: "lld-19" };
/// Makes import libraries.
pub const LLVM_DLLTOOL: Tool = Tool { name: "llvm-dlltool-19", package: "llvm-19" };
/// LLVM's printer of object files.
pub const LLVM_READOBJ: Tool = Tool { name: "llvm-readobj-19", package: "llvm-19" };
/// Runs programs for Windows.
pub const WINE: Tool = Tool { name: "wine", package: "wine" };
/// Runs AArch64 programs.
pub const QEMU_AARCH64: Tool = Tool { name: "qemu-aarch64", package: "qemu-user" };
/// Links them, with the C library that it brings.
pub const GCC_AARCH64: Tool = Tool { name: "aarch64-linux-gnu-gcc", package: "gcc-aarch64-linux-gnu" };
/// LLVM's printer of databases for debuggers of Windows.
pub const LLVM_PDBUTIL: Tool = Tool { name: "llvm-pdbutil-19", package: "llvm-19" };
/// The debugger.
pub const GDB: Tool = Tool { name: "gdb", package: "gdb" };
/// A debugger for programs of other processors.
pub const GDB_MULTIARCH: Tool = Tool { name: "gdb-multiarch", package: "gdb-multiarch" };
/// Graphviz.
pub const DOT: Tool = Tool { name: "dot", package: "graphviz" };

impl Tool {
    /// Where it is, if it is installed.
    pub fn find(self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join(self.name)).find(|p| p.is_file())
    }
}

/// Whether all the tools are installed. If not, says so on standard error past the capture of
/// the test harness, and adds a line to `target/son-tests/skipped`, which the test command counts.
///
/// # Panics
///
/// If `SON_TESTS_REQUIRE_TOOLS` is set and a tool is missing.
pub fn require(test: &str, tools: &[Tool]) -> bool {
    let missing: Vec<&Tool> = tools.iter().filter(|t| t.find().is_none()).collect();
    if missing.is_empty() {
        return true;
    }
    let names: Vec<String> = missing.iter().map(|t| format!("{} (package {})", t.name, t.package)).collect();
    skip(test, &format!("{} not installed", names.join(", ")));
    false
}

/// Records that a test could not run, and why.
///
/// # Panics
///
/// If `SON_TESTS_REQUIRE_TOOLS` is set.
pub fn skip(test: &str, reason: &str) {
    let line = format!("SKIPPED {test}: {reason}\n");
    assert!(std::env::var_os("SON_TESTS_REQUIRE_TOOLS").is_none(), "{line}");
    report(&line);
    let log = workspace::scratch("").map(|folder| folder.join("skipped"));
    let file = log.and_then(|log| Ok(std::fs::OpenOptions::new().append(true).create(true).open(log)?));
    if let Ok(mut file) = file {
        // The line on standard error is the report; the log only counts.
        let _ = file.write_all(line.as_bytes());
    }
}

/// Writes to standard error directly, so that the test harness shows it for passing tests too.
pub fn report(text: &str) {
    // Nothing is left to do for a test whose standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// The number of cases to run: the environment variable's value, or a default slice.
///
/// # Panics
///
/// If the variable is set to something that is not a number.
pub fn count_from_env(variable: &str, default: usize) -> usize {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text} is not a number")),
        Err(_) => default,
    }
}
