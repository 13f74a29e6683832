//! C programs that allocate where a person sees that they need not, and how often they still do.
//!
//! Each program takes the number of its rounds as its argument. It is linked to an allocator that counts; the counts
//! of two runs tell the allocations of a round apart from those of the program's start.

use std::path::{Path, PathBuf};

use crate::process::{Failure, Invocation};
use crate::workspace;

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
    let sources = workspace::files_with_ending(&folder(), "c")?;
    let open = std::fs::read_to_string(folder().join("open.txt"))?.lines().map(str::to_owned).collect();
    Ok(Programs { sources, open })
}

/// The name of a program, as the list has it.
pub fn name(source: &Path) -> String {
    source.file_stem().expect("a source has a name").to_string_lossy().into_owned()
}

/// The source of the allocator that counts.
pub fn counter() -> PathBuf {
    folder().join("support/counter.c")
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

/// A line of the table: the program, allocations of a round as `sonc` and as clang built it, and the ratio of times.
pub fn row(name: &str, ours: &Measured, clang: &Measured) -> String {
    let ratio = ours.seconds / clang.seconds.max(1e-3);
    format!("{name:<20} {:>8.3} {:>8.3} {ratio:>8.2}\n", ours.per_round, clang.per_round)
}
