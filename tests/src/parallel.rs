//! A runner for many cases with at most two processes at a time.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::process::Failure;

/// One pool for all tests of a binary: compilers are run by it, so more would only swap.
fn pool() -> &'static rayon::ThreadPool {
    static POOL: OnceLock<rayon::ThreadPool> = OnceLock::new();
    POOL.get_or_init(|| rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads can be started"))
}

/// Runs `case` on all items, in any order; the results are in the order of the items.
pub fn map<T: Sync, R: Send>(items: &[T], case: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    // One item at a time: cases differ in length by orders of magnitude.
    pool().install(|| items.par_iter().with_max_len(1).map(case).collect())
}

/// Runs `case` on all items and fails with all failures together.
///
/// # Panics
///
/// If a case fails.
pub fn check<T: Sync>(items: &[T], case: impl Fn(&T) -> Result<(), Failure> + Sync + Send) {
    let failures: Vec<String> = map(items, case).into_iter().filter_map(|r| r.err().map(|f| f.0)).collect();
    assert!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), items.len(), failures.join("\n"));
}
