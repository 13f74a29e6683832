//! Damaged input: readers refuse it with a message that has a position, and what they accept compiles or is refused.
//! Nothing panics, nothing takes longer than ten seconds.
//!
//! `MUTATE_COUNT` is the number of mutants, `MUTATE_SEED` the first. Each is `son_tests::mutate` of one of the inputs,
//! which are the bundled `.son` and `.ll` files and the IR of the benchmark programs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use son_ir::{Module, text};
use son_passes::Level;
use son_tests::ir::{self, Form};
use son_tests::process::Failure;
use son_tests::programs::PROGRAMS;
use son_tests::random::Random;
use son_tests::{mutate, parallel, tools, workspace};

/// Without `MUTATE_COUNT`.
const DEFAULT_COUNT: usize = 3000;
/// No mutant may take longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Every so many accepted mutants go through the optimizer and the code generator.
const COMPILED: u64 = 4;
/// Longer inputs are read too slowly for many rounds.
const LONGEST: usize = 40_000;

/// A text to damage.
struct Input {
    name: String,
    text: String,
    is_llvm: bool,
}

impl Input {
    fn read(path: &Path) -> Result<Input, Failure> {
        let text = std::fs::read_to_string(path)?;
        Ok(Input { name: path.display().to_string(), text, is_llvm: path.extension().is_some_and(|e| e == "ll") })
    }
}

fn inputs() -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    let mut folders: Vec<PathBuf> = ["files", "examples"].map(|f| workspace::tests_folder().join(f)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            match path.extension().and_then(|ending| ending.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("son" | "ll") => inputs.push(Input::read(&path)?),
                _ => {}
            }
        }
    }
    if tools::require("mutate: IR of programs", &[tools::CLANG]) {
        let folder = tempfile::tempdir()?;
        for program in &PROGRAMS {
            let module = folder.path().join(program.name).with_extension("ll");
            ir::emit(Form::Optimizable, &program.source(), &module, &[])?;
            inputs.push(Input::read(&module)?);
        }
    }
    inputs.retain(|input| input.text.len() <= LONGEST);
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(inputs)
}

/// The module of a text, or `None` if it is refused as it should be.
fn read(input: &Input, text: &str) -> Result<Option<Module>, String> {
    if input.is_llvm {
        return match son_llvm::read(text.as_bytes(), "mutant", &son_llvm::Options::default()) {
            Ok(module) => Ok(Some(module)),
            Err(error) if error.line > 0 && error.column > 0 => Ok(None),
            Err(error) => Err(format!("a message without a position: {error}")),
        };
    }
    match text::parse_verified(text) {
        Ok(module) => Ok(Some(module)),
        Err(error) if error.line > 0 && error.column > 0 => Ok(None),
        Err(error) => Err(format!("a message without a position: {error}")),
    }
}

/// What the tool does with an accepted module; refusals are fine.
fn compile(mut module: Module, level: Level) -> Result<(), String> {
    let options = son_passes::Options { level, ..son_passes::Options::default() };
    son_passes::optimize(&mut module, &options).map_err(|error| error.to_string())?;
    let options = son_codegen::Options { level: if level == Level::O0 { 0 } else { 2 }, ..Default::default() };
    match son_codegen::compile(&module, &options) {
        Err(error) if error.to_string().contains("internal error") => Err(error.to_string()),
        _ => Ok(()),
    }
}

fn check(input: &Input, seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed);
    let text = mutate::mutate(&input.text, &mut random);
    let Some(module) = read(input, &text)? else { return Ok(()) };
    match random.next_bits() % COMPILED {
        0 => compile(module, Level::O2),
        1 => compile(module, Level::O0),
        _ => Ok(()),
    }
}

/// One mutant, with panics as failures. It is kept if it fails.
fn judge(inputs: &[Input], seed: u64) -> Result<(), Failure> {
    let input = &inputs[Random::new(!seed).below(inputs.len())];
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| check(input, seed)));
    let message = match result {
        Ok(Ok(())) if start.elapsed() < PATIENCE => return Ok(()),
        Ok(Ok(())) => format!("took {:?}", start.elapsed()),
        Ok(Err(message)) => message,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            format!("panic: {}", text.unwrap_or_default())
        }
    };
    let ending = if input.is_llvm { "ll" } else { "son" };
    let kept = workspace::scratch("mutants")?.join(format!("{seed}.{ending}"));
    std::fs::write(&kept, mutate::mutate(&input.text, &mut Random::new(seed)))?;
    Err(Failure(format!("seed {seed}, {}: {message}; see {}", input.name, kept.display())))
}

/// Ends the process when nothing is heard for long: a thread that hangs cannot be stopped.
fn watch() -> Sender<u64> {
    let (sender, heard) = channel();
    std::thread::spawn(move || {
        let mut last = 0;
        loop {
            match heard.recv_timeout(4 * PATIENCE) {
                Ok(seed) => last = seed,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    tools::report(&format!("mutate: hangs in one of the seeds behind {last}\n"));
                    std::process::abort();
                }
            }
        }
    });
    sender
}

#[test]
fn mutants_are_refused_or_compiled() -> Result<(), Failure> {
    let inputs = inputs()?;
    let first = tools::count_from_env("MUTATE_SEED", 1) as u64;
    let seeds: Vec<u64> = (first..first + tools::count_from_env("MUTATE_COUNT", DEFAULT_COUNT) as u64).collect();
    let watch = watch();
    // Panics are failures, told once and without their traces.
    std::panic::set_hook(Box::new(|_| {}));
    let results = parallel::map(&seeds, |&seed| {
        let result = judge(&inputs, seed);
        // Nobody listens only when the process ends.
        let _ = watch.send(seed);
        result
    });
    let _ = std::panic::take_hook();
    tools::report(&format!("mutate: {} mutants of {} inputs\n", seeds.len(), inputs.len()));
    let failures: Vec<String> = results.into_iter().filter_map(|result| result.err().map(|f| f.0)).collect();
    assert!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), seeds.len(), failures.join("\n"));
    Ok(())
}
