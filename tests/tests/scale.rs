//! Very large functions compile, on the stack that a program has, in time that grows as they do, and run right.

use std::path::Path;
use std::time::Duration;

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
