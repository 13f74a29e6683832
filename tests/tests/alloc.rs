//! Allocations that a person sees to be needless are not made, but for those that a list names: it only gets shorter.
//!
//! The table goes to standard error: allocations of a round by `sonc -O2` and by `clang -O3` or rustc, and the ratio of
//! times.

use son_tests::alloc::{self, Builder, Measured};
use son_tests::process::Failure;
use son_tests::{parallel, tools};

/// Builds a program by both compilers and measures; ours first.
fn compare(source: &std::path::Path, counter: &std::path::Path) -> Result<[Measured; 2], Failure> {
    let folders = [tempfile::tempdir()?, tempfile::tempdir()?];
    let ours = alloc::build(source, Builder::Sonc, counter, folders[0].path())?;
    let reference = alloc::build(source, Builder::Reference, counter, folders[1].path())?;
    let measured = [alloc::measure(&ours)?, alloc::measure(&reference)?];
    if measured[0].output != measured[1].output {
        let outputs = (&measured[0].output, &measured[1].output);
        return Err(Failure(format!("{}: prints {outputs:?}", source.display())));
    }
    Ok(measured)
}

/// What is wrong with a program: it allocates though the list does not name it, or the other way round.
fn complaint(name: &str, ours: &Measured, open: &[String]) -> Option<String> {
    match (ours.allocates(), open.iter().any(|other| other == name)) {
        (true, false) => Some(format!("{name} allocates {:.3} times in a round", ours.per_round)),
        (false, true) => Some(format!("{name} allocates no more: take it from the list")),
        _ => None,
    }
}

#[test]
fn needless_allocations() -> Result<(), Failure> {
    if !tools::require("alloc::needless_allocations", &[tools::CLANG, tools::GXX, tools::RUSTC]) {
        return Ok(());
    }
    let programs = alloc::programs()?;
    assert!(programs.sources.len() >= 75, "only {} programs", programs.sources.len());
    let folder = tempfile::tempdir()?;
    let counter = folder.path().join("counter.o");
    alloc::counter(&counter)?;
    let results = parallel::map(&programs.sources, |source| compare(source, &counter));
    let mut table = format!("{:<20} {:>8} {:>8} {:>8}\n", "allocations", "sonc", "other", "time");
    let mut complaints = Vec::new();
    let mut allocating = [0, 0];
    for (source, result) in programs.sources.iter().zip(results) {
        let name = alloc::name(source);
        match result {
            Ok([ours, reference]) => {
                table.push_str(&alloc::row(&name, &ours, &reference));
                allocating[0] += usize::from(ours.allocates());
                allocating[1] += usize::from(reference.allocates());
                complaints.extend(complaint(&name, &ours, &programs.open));
            }
            Err(failure) => complaints.push(failure.0),
        }
    }
    let [ours, reference] = allocating;
    tools::report(&format!(
        "{table}{} programs, allocating: sonc {ours}, others {reference}\n",
        programs.sources.len()
    ));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}
