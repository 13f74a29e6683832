//! AArch64 under an emulator: compiling for it, linking, running, counting executed instructions.

use std::path::{Path, PathBuf};

use crate::process::{Failure, Finished, Invocation};
use crate::{ir, sonc, tools, workspace};

/// The target, as clang calls it.
pub const TARGET: &str = "--target=aarch64-linux-gnu";

/// Are clang, the linker and the emulator here? If not, the test is skipped.
pub fn can_run(test: &str) -> bool {
    tools::require(&format!("aarch64::{test}"), &[tools::CLANG, tools::GCC_AARCH64, tools::QEMU_AARCH64])
}

/// A run of an AArch64 program.
pub fn emulated(program: &Path) -> Invocation {
    Invocation::new(tools::QEMU_AARCH64.name).arg(program)
}

/// Who compiles, and how far it optimizes.
#[derive(Clone, Copy, Debug)]
pub enum Compiler {
    /// clang at this level.
    Clang(&'static str),
    /// The compiler under test at this level.
    Sonc(&'static str),
}

impl Compiler {
    /// Compiles a C file to an object beside it.
    ///
    /// # Errors
    /// What the compiler says.
    pub fn object(self, source: &Path, options: &[String]) -> Result<PathBuf, Failure> {
        let object = source.with_extension(format!("{self:?}.o"));
        self.object_at(source, &object, options)?;
        Ok(object)
    }

    /// Compiles a C file to this object.
    ///
    /// # Errors
    /// What the compiler says.
    pub fn object_at(self, source: &Path, object: &Path, options: &[String]) -> Result<(), Failure> {
        let compiler = match self {
            Compiler::Clang(level) => ir::clang(&[level, TARGET]),
            Compiler::Sonc(level) => sonc::sonc(&["cc", "-w", level, TARGET]),
        };
        compiler.args(options).arg("-c").arg(source).arg("-o").arg(object).success().map(drop)
    }
}

/// Links objects without shared libraries.
///
/// # Errors
/// What the linker says.
pub fn link(objects: &[PathBuf], program: &Path) -> Result<(), Failure> {
    let linker = Invocation::new(tools::GCC_AARCH64.name).arg("-static").args(objects);
    linker.arg("-o").arg(program).arg("-lm").success().map(drop)
}

/// A plugin of the emulator that counts executed instructions, those of the C library included.
#[derive(Debug)]
pub struct Counter {
    folder: tempfile::TempDir,
}

impl Counter {
    /// Compiles the plugin.
    ///
    /// # Errors
    /// What the compiler says.
    pub fn new() -> Result<Counter, Failure> {
        let counter = Counter { folder: tempfile::tempdir()? };
        let source = workspace::tests_folder().join("aarch64/count.c");
        let compiler = ir::clang(&["-O2", "-shared", "-fPIC"]).arg(source);
        compiler.arg("-o").arg(counter.plugin()).success()?;
        Ok(counter)
    }

    fn plugin(&self) -> PathBuf {
        self.folder.path().join("count.so")
    }

    /// Runs a program: what it did, and how many instructions it took.
    ///
    /// # Errors
    /// If the program or the plugin fails.
    pub fn run(&self, program: &Path, argument: &str) -> Result<(Finished, u64), Failure> {
        let folder = tempfile::tempdir()?;
        let count = folder.path().join("count");
        let plugin = format!("{},count={}", self.plugin().display(), count.display());
        let emulator = Invocation::new(tools::QEMU_AARCH64.name).arg("-plugin").arg(plugin);
        let finished = emulator.arg(program).arg(argument).success()?;
        let number = std::fs::read_to_string(&count)?;
        let number = number.trim().parse().map_err(|_| Failure(format!("the plugin counts `{number}`")))?;
        Ok((finished, number))
    }
}

/// Names of the functions on the stack when this one is called, the innermost first.
///
/// # Errors
/// If the debugger does not get there.
pub fn backtrace(program: &Path, function: &str) -> Result<Vec<String>, Failure> {
    // The emulator waits for the debugger at a socket in the file system.
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("gdb");
    let mut emulator = std::process::Command::new(tools::QEMU_AARCH64.name)
        .arg("-g")
        .arg(&socket)
        .arg(program)
        .stdout(std::process::Stdio::null())
        .spawn()?;
    let waits = std::time::Instant::now();
    while !socket.exists() && waits.elapsed().as_secs() < 10 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let target = format!("target remote {}", socket.display());
    let stop = format!("break {function}");
    let commands = ["set confirm off", &target, &stop, "continue", "backtrace", "kill"];
    let debugger = Invocation::new(tools::GDB_MULTIARCH.name).args(["-nx", "-batch"]).arg(program);
    let finished = commands.into_iter().fold(debugger, |debugger, command| debugger.args(["-ex", command])).run();
    emulator.kill()?;
    emulator.wait()?;
    let text = finished?.output();
    let frames: Vec<String> = text.lines().filter_map(frame_function).collect();
    if frames.is_empty() { Err(Failure(format!("no frames in\n{text}"))) } else { Ok(frames) }
}

/// The function of a line like `#1  0x00000000004007d0 in main ()`.
fn frame_function(line: &str) -> Option<String> {
    let rest = line.strip_prefix('#')?.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let name = rest.split_once(" in ").map_or(rest, |(_, name)| name);
    name.split([' ', '(']).next().map(str::to_owned)
}
