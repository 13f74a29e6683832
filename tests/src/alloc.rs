//! Programs in C, C++ and Rust that allocate where a person sees that they need not, and how often they still do.
//!
//! Each program takes the number of its rounds as its argument. It is linked to an allocator that counts; the counts
//! of two runs tell the allocations of a round apart from those of the program's start.

use std::path::{Path, PathBuf};

use crate::ir::Form;
use crate::process::{Failure, Invocation};
use crate::{ir, sonc, tools, workspace};

/// The shorter of the two runs that are counted has so many rounds, the longer one twice as many.
const COUNTED_ROUNDS: u64 = 2000;
/// Rounds of the run that is timed.
const TIMED_ROUNDS: u64 = 200_000;
/// What is allocated on cold paths may be: one round in so many.
const COLD: f64 = 50.0;

/// What one program did, as one compiler built it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What it printed.
    pub output: String,
    /// Allocations of a round, on average.
    pub per_round: f64,
    /// Processor time of many rounds, in seconds.
    pub seconds: f64,
}

impl Measured {
    /// Does it allocate on its hot path?
    pub fn allocates(&self) -> bool {
        self.per_round * COLD > 1.0
    }
}

/// The programs, and those that may still allocate, by name.
pub struct Programs {
    /// All sources.
    pub sources: Vec<PathBuf>,
    /// Names of those that are known to allocate on their hot path.
    pub open: Vec<String>,
}

fn folder() -> PathBuf {
    workspace::tests_folder().join("alloc")
}

/// Finds the programs, and reads the list of those that are open.
pub fn programs() -> Result<Programs, Failure> {
    let mut sources = Vec::new();
    for ending in ["c", "cpp", "rs"] {
        sources.extend(workspace::files_with_ending(&folder(), ending)?);
    }
    let open = std::fs::read_to_string(folder().join("open.txt"))?.lines().map(str::to_owned).collect();
    Ok(Programs { sources, open })
}

/// The name of a program, as the list has it.
pub fn name(source: &Path) -> String {
    source.file_stem().expect("a source has a name").to_string_lossy().into_owned()
}

/// Who builds a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Builder {
    /// `sonc -O2`, from the IR that the compiler of the language has not optimized.
    Sonc,
    /// The compiler of the language, at its best level.
    Reference,
}

/// Compiles the allocator that counts.
pub fn counter(out: &Path) -> Result<(), Failure> {
    let source = folder().join("support/counter.c");
    ir::clang(&["-O1", "-c", "-fno-builtin"]).arg(source).arg("-o").arg(out).success().map(drop)
}

/// Builds a program with the allocator that counts, in a folder that is its own. Returns its path.
pub fn build(source: &Path, builder: Builder, counter: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let (object, program) = (folder.join("program.o"), folder.join("program"));
    let is_rust = source.extension().is_some_and(|ending| ending == "rs");
    if builder == Builder::Sonc {
        let ir = folder.join("program.ll");
        if is_rust {
            rustc(source, &["--emit=llvm-ir", "-C", "no-prepopulate-passes"], &ir)?;
        } else {
            ir::emit(Form::Optimizable, source, &ir, &["-fno-exceptions"])?;
        }
        sonc::build_object("-O2", &ir, &object).success()?;
    } else if is_rust {
        rustc(source, &["--emit=obj"], &object)?;
    } else {
        ir::clang(&["-O3", "-fno-exceptions", "-c"]).arg(source).arg("-o").arg(&object).success()?;
    }
    if is_rust {
        link_rust(&object, counter, folder, &program)?;
    } else {
        Invocation::new(tools::GXX.name).args([&object, counter]).arg("-o").arg(&program).success()?;
    }
    Ok(program)
}

/// Options of all Rust that is compiled: what does not unwind is in one module, as optimized as the standard library.
const RUST: &[&str] = &["--edition", "2024", "-C", "opt-level=3", "-C", "panic=abort", "-C", "codegen-units=1"];

fn rustc(source: &Path, options: &[&str], out: &Path) -> Result<(), Failure> {
    let rustc = Invocation::new(tools::RUSTC.name).args(RUST).args(options).arg("--crate-type=lib");
    rustc.arg(source).arg("-o").arg(out).success().map(drop)
}

/// Links a Rust program's object to a main and to the standard library, which only rustc knows how to.
fn link_rust(object: &Path, counter: &Path, folder: &Path, program: &Path) -> Result<(), Failure> {
    let library = folder.join("libprogram.a");
    Invocation::new("ar").arg("rcs").arg(&library).args([object, counter]).success()?;
    let main = workspace::tests_folder().join("alloc/support/rounds.rs");
    let rustc = Invocation::new(tools::RUSTC.name).args(RUST).arg("-L").arg(folder);
    let rustc = rustc.arg("-lstatic:+whole-archive=program").arg(main).arg("-o").arg(program);
    rustc.success().map(drop)
}

/// Runs a built program and counts.
pub fn measure(program: &Path) -> Result<Measured, Failure> {
    let (output, few) = run(program, COUNTED_ROUNDS)?;
    let (_, many) = run(program, 2 * COUNTED_ROUNDS)?;
    let timed = Invocation::new(program).arg(TIMED_ROUNDS.to_string()).success()?;
    let per_round = (many - few) as f64 / COUNTED_ROUNDS as f64;
    Ok(Measured { output, per_round, seconds: timed.cpu.as_secs_f64() })
}

/// Output and number of allocations.
fn run(program: &Path, rounds: u64) -> Result<(String, i64), Failure> {
    let finished = Invocation::new(program).arg(rounds.to_string()).success()?;
    let message = finished.message();
    let count = message.lines().find_map(|line| line.strip_prefix("allocations ")?.parse().ok());
    let count = count.ok_or_else(|| Failure(format!("{} does not report its allocations", program.display())))?;
    Ok((finished.output(), count))
}

/// A line of the table: the program, allocations of a round as `sonc` and as the compiler of its language built
/// it, and the ratio of times.
pub fn row(name: &str, ours: &Measured, reference: &Measured) -> String {
    let ratio = ours.seconds / reference.seconds.max(1e-3);
    format!("{name:<20} {:>8.3} {:>8.3} {ratio:>8.2}\n", ours.per_round, reference.per_round)
}
