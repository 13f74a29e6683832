//! A counted reference and its clone.
use std::rc::Rc;

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let shared = Rc::new((i, i + 1));
    let other = Rc::clone(&shared);
    shared.0 * 2 + other.1
}
