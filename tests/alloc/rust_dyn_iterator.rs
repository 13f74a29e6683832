//! An iterator behind a pointer.
fn odd(limit: u64) -> Box<dyn Iterator<Item = u64>> {
    Box::new((0..limit).filter(|x| x & 1 == 1))
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    odd(i & 7).map(|x| x * i).sum()
}
