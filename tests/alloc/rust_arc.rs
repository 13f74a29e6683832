//! A reference that threads could share, counted atomically.
use std::sync::Arc;

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let shared = Arc::new(i ^ 9);
    let other = Arc::clone(&shared);
    drop(shared);
    *other + 1
}
