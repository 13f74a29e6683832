//! Run time, compile time, code size and memory of `sonc` as ratios to clang and gcc.
//!
//! `cargo bench -p son-tests -- [--quick] [--rounds N] [--no-run] [--no-compile] [NAME...]`
//!
//! All times are processor times, the best of several rounds in which the compilers take turns,
//! so that a busy machine disturbs them alike. `--quick` is one round of the comparison with
//! `clang -O2` alone. Exits with status 1 if a program was not compiled or printed something wrong.

mod compile;
mod runtime;
mod table;

use son_tests::process::Failure;
use son_tests::tools;

/// What to measure.
struct Options {
    quick: bool,
    rounds: usize,
    run: bool,
    compile: bool,
    names: Vec<String>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, Failure> {
        let mut options = Options { quick: false, rounds: 5, run: true, compile: true, names: Vec::new() };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // Cargo says this to every benchmark.
                "--bench" => {}
                "--quick" => (options.quick, options.rounds) = (true, 1),
                "--no-run" => options.run = false,
                "--no-compile" => options.compile = false,
                "--rounds" => {
                    let number = arguments.next().and_then(|n| n.parse().ok());
                    options.rounds = number.ok_or_else(|| Failure("--rounds needs a number".to_owned()))?;
                }
                name if !name.starts_with('-') => options.names.push(name.to_owned()),
                other => return Err(Failure(format!("unknown option {other}"))),
            }
        }
        Ok(options)
    }

    fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|n| name.contains(n.as_str()))
    }
}

fn run() -> Result<bool, Failure> {
    let options = Options::parse(std::env::args().skip(1))?;
    if !tools::require("bench", &[tools::CLANG, tools::LLC, tools::LLVM_LINK, tools::GCC]) {
        return Ok(true);
    }
    let mut complaints = Vec::new();
    if options.run {
        runtime::report(&options, &mut complaints)?;
    }
    if options.compile {
        compile::report(&options, &mut complaints)?;
    }
    for complaint in &complaints {
        println!("{complaint}");
    }
    Ok(complaints.is_empty())
}

fn main() {
    match run() {
        Ok(true) => {}
        Ok(false) => std::process::exit(1),
        Err(failure) => {
            eprintln!("{failure}");
            std::process::exit(1);
        }
    }
}
