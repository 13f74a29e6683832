//! Checks that a person can prove: which of them are left by `sonc -O2`, beside `clang -O3`.
//!
//! `range/open.txt` lists those that are still left: the test fails for a check that is left without being listed, and
//! for one that is listed without being left, so that the list shrinks.

use son_tests::process::Failure;
use son_tests::{parallel, range, tools};

#[test]
fn proven_checks_are_removed() -> Result<(), Failure> {
    if !tools::require("range::proven_checks_are_removed", &[tools::CLANG, tools::GCC]) {
        return Ok(());
    }
    let programs = range::programs()?;
    assert!(programs.len() >= 52, "only {} programs", programs.len());
    let results = parallel::map(&programs, |source| range::judge(source).map_err(|f| f.at(source.display())));
    let judged = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    let table = range::table(&judged);
    tools::report(&table);
    let open = range::parse_open(&std::fs::read_to_string(range::open_list())?)?;
    let differences = range::differences(&judged, &open);
    assert!(differences.is_empty(), "{}\n{table}", differences.join("\n"));
    Ok(())
}
