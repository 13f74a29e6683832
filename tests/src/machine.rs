//! The machines that tests run native code on.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use son_ir::Module;
use target_lexicon::Triple;

use crate::process::{Failure, Finished, Invocation};
use crate::{aarch64, tools};

/// A machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Machine {
    /// The one that the tests run on.
    Host,
    /// AArch64, under an emulator.
    Aarch64,
}

impl Machine {
    /// Is all there that linking and running need? If not, the test is skipped.
    pub fn can_run(self, test: &str) -> bool {
        match self {
            Machine::Host => tools::require(test, &[tools::GCC]),
            Machine::Aarch64 => tools::require(test, &[tools::GCC_AARCH64, tools::QEMU_AARCH64]),
        }
    }

    /// The module is compiled for the machine.
    pub fn aim(self, module: &mut Module) {
        if self == Machine::Aarch64 {
            module.triple = Triple::from_str("aarch64-unknown-linux-gnu").expect("a triple");
        }
    }

    /// Links an object and runs it, however it ends; together with another file, if there is one.
    ///
    /// # Errors
    /// If it cannot be linked.
    pub fn link_and_run(self, object: &[u8], other: Option<&Path>) -> Result<Finished, Failure> {
        let folder = tempfile::tempdir()?;
        let (file, program) = (folder.path().join("test.o"), folder.path().join("test"));
        std::fs::write(&file, object)?;
        let files: Vec<PathBuf> = [Some(file.as_path()), other].into_iter().flatten().map(Path::to_owned).collect();
        self.link(&files, &program)?;
        match self {
            Machine::Host => Invocation::new(&program).run(),
            Machine::Aarch64 => aarch64::emulated(&program).run(),
        }
    }

    fn link(self, files: &[PathBuf], program: &Path) -> Result<(), Failure> {
        match self {
            Machine::Host => Invocation::new("cc").args(files).arg("-o").arg(program).arg("-lm").success().map(drop),
            Machine::Aarch64 => aarch64::link(files, program),
        }
    }
}
