//! Guards that move ahead of loops: wherever optimized code is left, the original may be left too, in the same state.
//!
//! `SON_PREDICATION` is the number of random functions.

use son_ir::interp::{Limits, Value};
use son_ir::text;
use son_passes::Options;
use son_tests::predication::{Loops, random_loops};
use son_tests::random::Random;
use son_tests::{states, tools};

/// Guards of a call that are made to fail.
const GUARDS: u64 = 12;
/// Calls of a function.
const CALLS: usize = 12;

/// How many guards moved; or a call that comes to a wrong end.
fn check(seed: u64, keep_proven_checks: bool) -> Result<u64, String> {
    let random = &mut Random::new(seed);
    let Loops { module, function, ty } = random_loops(random).map_err(|error| error.to_string())?;
    let mut optimized = module.clone();
    let options = Options { verify_each: true, keep_proven_checks, ..Options::default() };
    let report = son_passes::optimize(&mut optimized, &options);
    let report = report.map_err(|error| format!("{error}\n{}", text::print(&module)))?;
    let limits = Limits { steps: 20_000, ..Limits::default() };
    for _ in 0..CALLS {
        let args = [(); 3].map(|()| match random.below(8) {
            0 => Value::wide(ty, u128::from(random.next_bits())),
            1 => Value::wide(ty, u128::from((1 << (ty.bits() - 1)) - 2 + random.below(4) as u64)),
            _ => Value::wide(ty, u128::from((random.below(24) as u64).wrapping_sub(4))),
        });
        states::compare((&module, &optimized), function, &args, &limits, GUARDS).map_err(|message| {
            let [before, after] = [&module, &optimized].map(text::print);
            format!("seed {seed}: {args:?}: {message}\n{before}\n{after}")
        })?;
    }
    Ok(report.pass("predicate").map_or(0, |row| row.changes))
}

#[test]
fn guards_ahead_of_loops_hand_over_what_others_could() {
    let count = tools::count_from_env("SON_PREDICATION", 1500) as u64;
    let mut moved = 0;
    for seed in 1..=count {
        moved += check(seed, false).unwrap_or_else(|message| panic!("{message}"));
    }
    assert!(moved * 2 > count, "only {moved} guards moved in {count} functions");
}

/// What a guard ahead of a loop proves holds where it was tested before.
#[test]
fn guards_that_moved_hold() {
    for seed in 1..=300 {
        check(seed, true).unwrap_or_else(|message| panic!("{message}"));
    }
}
