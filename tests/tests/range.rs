//! Checks that a person can prove: which of them are left by `sonc -O2`, beside `clang -O3`.
//!
//! None of those that clang removes may be left, and of all at most one in 20. `range/open.txt` lists those that are
//! left: the test fails for a check that is left without being listed, and for one that is listed without being left.

use son_tests::process::Failure;
use son_tests::{parallel, range, tools};

#[test]
fn proven_checks_are_removed() -> Result<(), Failure> {
    if !tools::require("range::proven_checks_are_removed", &[tools::CLANG, tools::GCC]) {
        return Ok(());
    }
    let programs = range::programs()?;
    assert!(programs.len() >= 62, "only {} programs", programs.len());
    let families = range::families(&programs);
    assert!(families.values().all(|&count| count >= 4), "families of fewer than four programs: {families:?}");
    let results = parallel::map(&programs, |source| range::judge(source).map_err(|f| f.at(source.display())));
    let judged = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    let table = range::table(&judged);
    tools::report(&table);
    let open = range::parse_open(&std::fs::read_to_string(range::open_list())?)?;
    let differences = range::differences(&judged, &open);
    assert!(differences.is_empty(), "{}\n{table}", differences.join("\n"));
    let count = |of_one: fn(&range::Judged) -> usize| judged.iter().map(of_one).sum::<usize>();
    assert_eq!(count(|program| program.ours.difference(&program.clangs).count()), 0, "clang removes more\n{table}");
    let (left, all) = (count(|program| program.ours.len()), count(|program| program.checks.len()));
    assert!(left * 20 <= all, "more than one check in 20 is left\n{table}");
    Ok(())
}
