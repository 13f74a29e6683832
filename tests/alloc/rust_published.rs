//! A box that is kept once in a while.
use std::sync::atomic::{AtomicPtr, Ordering};

static LAST: AtomicPtr<u64> = AtomicPtr::new(std::ptr::null_mut());

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let value = Box::new(i * 3);
    let result = *value + 1;
    if i % 1024 == 1023 {
        LAST.store(Box::into_raw(value), Ordering::Relaxed);
    }
    result
}
