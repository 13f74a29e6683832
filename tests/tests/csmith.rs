//! Random C programs print the checksum that they print as built by clang.
//!
//! `CSMITH_COUNT` is the number of programs, `CSMITH_SEED` the first of the fresh seeds; without it, time chooses
//! it. A failure is kept with all that is needed to look at it, see `son_tests::csmith`.

use std::time::{SystemTime, UNIX_EPOCH};

use son_tests::csmith::{self, Outcome};
use son_tests::process::Failure;
use son_tests::{parallel, tools};

/// Without `CSMITH_COUNT`.
const DEFAULT_COUNT: usize = 16;
/// Seeds that are the same in each run: at least half of all.
const FIXED: u64 = 1;
const LEVELS: [&str; 2] = ["-O0", "-O2"];

/// The first of the seeds that no run before had.
fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    tools::count_from_env("CSMITH_SEED", now as usize % 100_000_000 * 10) as u64
}

#[test]
fn checksums() -> Result<(), Failure> {
    if !tools::require("csmith::checksums", &[tools::CSMITH, tools::CLANG, tools::GCC]) {
        return Ok(());
    }
    let count = tools::count_from_env("CSMITH_COUNT", DEFAULT_COUNT);
    let fresh = fresh_seed();
    let mut seeds = csmith::ending_seeds(FIXED, count - count / 2)?;
    seeds.extend(csmith::ending_seeds(fresh, count / 2)?);

    let (mut refused, mut wrong) = (Vec::new(), Vec::new());
    for (seed, outcomes) in seeds.iter().zip(parallel::map(&seeds, |&seed| csmith::check_seed(seed, &LEVELS))) {
        for outcome in outcomes? {
            match outcome {
                Outcome::Agrees => {}
                Outcome::Refused(message) => refused.push(format!("seed {seed}: {message}")),
                Outcome::Wrong(message) => wrong.push(message),
            }
        }
    }
    tools::report(&format!(
        "csmith: {count} programs, fresh seeds from {fresh}: {} wrong, {} refused\n",
        wrong.len(),
        refused.len()
    ));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused.len() * 100 <= count * LEVELS.len(), "{} refused:\n{}", refused.len(), refused.join("\n"));
    Ok(())
}
