//! Programs for Windows, linked without its libraries: what they need of them is in `tests/windows`.

use std::path::{Path, PathBuf};

use crate::process::{Failure, Invocation};
use crate::{ir, tools, workspace};

/// An architecture of Windows.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// The compilers' option.
    pub target: &'static str,
    /// The name for the maker of import libraries.
    pub library: &'static str,
}

/// Windows on x86-64.
pub const X64: Machine = Machine { target: "--target=x86_64-pc-windows-msvc", library: "i386:x86-64" };

/// Windows on AArch64.
pub const AARCH64: Machine = Machine { target: "--target=aarch64-pc-windows-msvc", library: "arm64" };

/// Windows on x86-64, as the GNU tools have it.
pub const GNU: Machine = Machine { target: "--target=x86_64-pc-windows-gnu", library: "i386:x86-64" };

/// All of them.
pub const MACHINES: [Machine; 3] = [X64, GNU, AARCH64];

impl Machine {
    /// Is it as the GNU tools have it?
    pub fn is_gnu(self) -> bool {
        self.target == GNU.target
    }

    /// Can programs for it run here?
    pub fn runs(self) -> bool {
        self.library == X64.library
    }
}

/// What is needed to link.
pub const LINKING: [tools::Tool; 3] = [tools::CLANG, tools::LLD_LINK, tools::LLVM_DLLTOOL];

/// Links objects with the start of the program into an image with a table of its symbols.
///
/// # Errors
/// If the start does not compile, or the linker refuses.
pub fn link(machine: Machine, objects: &[PathBuf], image: &Path) -> Result<(), Failure> {
    link_with(machine, &["/debug:symtab"], objects, image)
}

/// The same with other options of the linker.
///
/// # Errors
/// As above.
pub fn link_with(machine: Machine, options: &[&str], objects: &[PathBuf], image: &Path) -> Result<(), Failure> {
    let (start, library) = (image.with_extension("start.obj"), image.with_extension("lib"));
    let source = |name: &str| workspace::tests_folder().join("windows").join(name);
    ir::clang(&[machine.target, "-O1", "-fno-builtin", "-c"]).arg(source("start.c")).arg("-o").arg(&start).success()?;
    let dlltool = Invocation::new(tools::LLVM_DLLTOOL.name).args(["-m", machine.library, "-d"]);
    dlltool.arg(source("kernel32.def")).arg("-l").arg(&library).success()?;
    let linker = Invocation::new(tools::LLD_LINK.name).args(["/nodefaultlib", "/subsystem:console", "/entry:start"]);
    let linker = linker.args(machine.is_gnu().then_some("/lldmingw"));
    let linker = linker.args(options).arg("/opt:noref,noicf").args(objects).arg(&start).arg(&library);
    linker.arg(format!("/out:{}", image.display())).success().map(drop)
}

/// A run of a program.
pub fn run(image: &Path) -> Invocation {
    // It reserves much address space.
    Invocation::new(tools::WINE.name).arg(image).unlimited()
}
