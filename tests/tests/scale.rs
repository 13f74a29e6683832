//! Very large functions compile, on the stack that a program has, in time that grows as they do, and run right.

use std::path::Path;
use std::time::Duration;

use son_tests::growth::{self, Shape};
use son_tests::process::{End, Failure, Invocation};
use son_tests::scale::{self, Large};
use son_tests::{sonc, tools};

/// Time for one compilation.
const PATIENCE: Duration = Duration::from_secs(120);

/// Compiles at both levels and runs what came out; a refusal must name what is too large.
fn check(large: &Large) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (module, program) = (folder.path().join("large.ll"), folder.path().join("large"));
    std::fs::write(&module, &large.module)?;
    for level in ["-O0", "-O2"] {
        let object = folder.path().join("large.o");
        // The limit of 8 MB for the stack is that of every invocation.
        let compiled = sonc::build_object(level, &module, &object).timeout(PATIENCE).run()?;
        if sonc::names_unsupported(&compiled) {
            tools::report(&format!("scale: refused at {level}: {}", compiled.message()));
            continue;
        }
        compiled.succeeded().map_err(|f| f.at(level))?;
        Invocation::new(tools::GCC.name).arg(&object).arg("-o").arg(&program).success()?;
        let ran = Invocation::new(&program).run()?.succeeded()?;
        assert_eq!(ran.output(), large.expected, "at {level}");
    }
    Ok(())
}

#[test]
fn nest_of_a_thousand_loops() -> Result<(), Failure> {
    check(&scale::loop_nest(1000))
}

#[test]
fn switch_of_a_hundred_thousand_cases() -> Result<(), Failure> {
    check(&scale::dense_switch(100_000))
}

#[test]
fn phi_of_a_hundred_thousand_inputs() -> Result<(), Failure> {
    check(&scale::wide_phi(100_000))
}

/// The best time of three, at a level.
fn seconds(module: &Path, level: &str) -> Result<f64, Failure> {
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let object = module.with_extension("o");
        let finished = sonc::build_object(level, module, &object).timeout(PATIENCE).memory_mb(8192).run()?;
        assert_eq!(finished.end, End::Exit(0), "{}", finished.failure());
        best = best.min(finished.user.as_secs_f64());
    }
    Ok(best)
}

/// A function of a million nodes costs as much as ten of a hundred thousand, within what caches make of it.
#[test]
fn time_is_linear() -> Result<(), Failure> {
    const MOST: f64 = 1.5;
    let folder = tempfile::tempdir()?;
    let (one, ten) = (folder.path().join("one.ll"), folder.path().join("ten.ll"));
    std::fs::write(&one, scale::straight_line(1, 1_000_000).module)?;
    std::fs::write(&ten, scale::straight_line(10, 100_000).module)?;
    for level in ["-O0", "-O2"] {
        let (one, ten) = (seconds(&one, level)?, seconds(&ten, level)?);
        tools::report(&format!("scale: {level}: one {one:.2} s, ten {ten:.2} s, ratio {:.2}\n", one / ten));
        assert!(one <= MOST * ten, "at {level}: {one:.2} s against {ten:.2} s");
    }
    Ok(())
}

#[test]
fn straight_line_runs_right() -> Result<(), Failure> {
    check(&scale::straight_line(1, 1_000_000))
}

/// What the pass of ranges and relations did, by its counters, and the least processor time of three compilations.
fn effort(folder: &Path, shape: &Shape, pieces: usize) -> Result<(u64, Duration), Failure> {
    let (module, statistics) = (folder.join("shape.ll"), folder.join("statistics.json"));
    std::fs::write(&module, shape.module(pieces))?;
    let (mut steps, mut time) = (0, Duration::MAX);
    for _ in 0..3 {
        let invocation = sonc::build_object("-O2", &module, &folder.join("shape.o")).arg("--stats").arg(&statistics);
        let finished = invocation.timeout(PATIENCE).success().map_err(|f| f.at(shape.name))?;
        let text = std::fs::read_to_string(&statistics)?;
        let pass = text.lines().find(|line| line.contains("\"sccp\"")).expect("the pass is in the statistics");
        let number = |name: &str| -> u64 {
            let value = pass.split_once(&format!("\"{name}\": ")).map_or("0", |found| found.1);
            value.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number")
        };
        steps = ["pis", "evaluations", "goals"].map(number).iter().sum();
        time = time.min(finished.cpu);
    }
    Ok((steps, time))
}

/// Twice the function takes twice the steps to find its facts. The time of the whole compilation grows as steps do, within
/// what caches make of it: it is far from the square.
#[test]
fn facts_are_found_in_linear_time() -> Result<(), Failure> {
    const PIECES: usize = 200;
    let folder = tempfile::tempdir()?;
    for shape in growth::SHAPES {
        let [one, two, eight] = [1, 2, 8].map(|factor| effort(folder.path(), shape, factor * PIECES));
        let ((steps, time), (twice, _), (_, long)) = (one?, two?, eight?);
        let (growth, slower) = (twice as f64 / steps as f64, long.as_secs_f64() / time.as_secs_f64());
        let name = shape.name;
        tools::report(&format!("scale: {name}: {steps} steps, {growth:.2} times for twice, {slower:.1} for eight\n"));
        assert!(growth <= 2.2, "{name}: {steps} steps, {twice} for twice as much");
        assert!(slower <= 32.0, "{name}: {time:?} of processor time, {long:?} for eight times as much");
    }
    Ok(())
}

/// The time of the whole compilation is far from the square of the number of allocations, their merges, loops, calls.
#[test]
fn allocations_take_linear_time() -> Result<(), Failure> {
    const PIECES: usize = 200;
    let folder = tempfile::tempdir()?;
    for shape in growth::ALLOCATIONS {
        let [one, eight] = [1, 8].map(|factor| effort(folder.path(), shape, factor * PIECES));
        let ((_, time), (_, long), name) = (one?, eight?, shape.name);
        let slower = long.as_secs_f64() / time.as_secs_f64();
        tools::report(&format!("scale: {name}: {slower:.1} times for eight\n"));
        assert!(slower <= 32.0, "{name}: {time:?} of processor time, {long:?} for eight times as much");
    }
    Ok(())
}
