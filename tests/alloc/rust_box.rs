//! A box that holds a pair for a while.
struct Pair {
    first: u64,
    second: u64,
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let pair = Box::new(Pair { first: i, second: i >> 3 });
    pair.first.wrapping_mul(pair.second)
}
