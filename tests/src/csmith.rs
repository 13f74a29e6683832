//! Random C programs: made by csmith, judged by clang, compiled by `sonc`.
//!
//! What clang's program prints is kept in `target/son-tests/csmith`, by seed, so that a second
//! run over the same seeds compiles by `sonc` alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{End, Failure, Finished, Invocation};
use crate::{ir, parallel, sonc, tools, workspace};

/// The shape of the programs.
const SHAPE: [&str; 4] = ["--max-funcs", "5", "--max-block-depth", "3"];
/// A random program may run forever; one that takes longer under clang is left out.
const REFERENCE_TIME: Duration = Duration::from_secs(1);
/// Time for a program of ours, which may be slower than clang's.
const RUN_TIME: Duration = Duration::from_secs(60);
/// What the cache holds for a seed whose program runs too long.
const TOO_LONG: &str = "too long";

/// What came of a seed at one optimization level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The program printed what clang's printed.
    Agrees,
    /// The compiler named a construct that it does not support; its message.
    Refused(String),
    /// The compiler failed, or the programs differ; why, and where everything is kept.
    Wrong(String),
}

/// Generates the program of a seed.
pub fn generate(seed: u64, file: &Path) -> Result<(), Failure> {
    // csmith writes a platform file where it runs.
    Invocation::new(tools::CSMITH.name)
        .args(["--seed", &seed.to_string(), "-o"])
        .arg(file)
        .args(SHAPE)
        .directory(file.parent().expect("a file is in a folder"))
        .success()
        .map(drop)
}

/// Where csmith's headers are, as an option for the compiler.
pub fn include_option() -> &'static str {
    "-I/usr/include/csmith"
}

/// The first `count` seeds from `start` on whose programs end in time.
pub fn ending_seeds(start: u64, count: usize) -> Result<Vec<u64>, Failure> {
    let mut seeds = Vec::with_capacity(count);
    let mut next = start;
    while seeds.len() < count {
        let batch: Vec<u64> = (next..next + (count - seeds.len()) as u64).collect();
        next += batch.len() as u64;
        let ends = parallel::map(&batch, |&seed| reference(seed).map(|text| text != TOO_LONG));
        for (seed, ends) in batch.iter().zip(ends) {
            seeds.extend(ends?.then_some(*seed));
        }
    }
    Ok(seeds)
}

/// Runs a seed at several optimization levels.
pub fn check_seed(seed: u64, levels: &[&str]) -> Result<Vec<Outcome>, Failure> {
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("program.c");
    generate(seed, &source)?;
    let expected = reference(seed)?;
    levels.iter().map(|level| check_level(seed, level, &source, &expected)).collect()
}

/// What clang's program prints, from the cache or by running it; not what it would if it does not end in time.
/// Unoptimized, since the optimizer may end a loop that has no end.
///
/// # Errors
/// If the program cannot be made or fails.
pub fn reference(seed: u64) -> Result<String, Failure> {
    let cached = workspace::scratch("csmith")?.join(format!("{seed}.expected"));
    if let Ok(text) = std::fs::read_to_string(&cached) {
        return Ok(text);
    }
    let folder = tempfile::tempdir()?;
    let (source, program) = (folder.path().join("program.c"), folder.path().join("program"));
    generate(seed, &source)?;
    ir::build("-O0", &source, &program, &[include_option()])?;
    let finished = Invocation::new(&program).timeout(REFERENCE_TIME).run()?;
    let text = match finished.end {
        End::TimedOut => TOO_LONG.to_owned(),
        End::Exit(0) => finished.output(),
        _ => return Err(finished.failure()),
    };
    std::fs::write(&cached, &text)?;
    Ok(text)
}

fn check_level(seed: u64, level: &str, source: &Path, expected: &str) -> Result<Outcome, Failure> {
    let program = source.with_extension(&level[1..]);
    let compiled = sonc::cc(level, source, &program, &[include_option()])?;
    if sonc::names_unsupported(&compiled) {
        return Ok(Outcome::Refused(compiled.message()));
    }
    let ran = match compiled.end {
        End::Exit(0) => Invocation::new(&program).timeout(RUN_TIME).run()?,
        _ => {
            return keep(seed, level, source, expected, &compiled, "the compiler failed");
        }
    };
    if ran.end == End::Exit(0) && ran.output() == expected {
        return Ok(Outcome::Agrees);
    }
    let why = if ran.end == End::Exit(0) { "the outputs differ" } else { "the program failed" };
    keep(seed, level, source, expected, &ran, why)
}

/// Keeps all that is needed to look at a failure.
fn keep(
    seed: u64,
    level: &str,
    source: &Path,
    expected: &str,
    finished: &Finished,
    why: &str,
) -> Result<Outcome, Failure> {
    let folder: PathBuf = workspace::scratch(&format!("csmith-failures/{seed}{level}"))?;
    std::fs::copy(source, folder.join("program.c"))?;
    let form = if level == "-O0" { ir::Form::Unoptimized } else { ir::Form::Optimizable };
    ir::emit(form, source, &folder.join("program.ll"), &[include_option()])?;
    std::fs::write(folder.join("expected"), expected)?;
    std::fs::write(folder.join("actual"), &finished.stdout)?;
    let Failure(shown) = finished.failure();
    std::fs::write(folder.join("message"), &shown)?;
    let first = shown.lines().take(3).collect::<Vec<_>>().join("; ");
    Ok(Outcome::Wrong(format!("seed {seed} at {level}: {why}, see {}: {first}", folder.display())))
}
