//! Iterators that are boxed and chained, as one chooses them at run time.
fn numbers(up: bool, count: u64) -> Box<dyn Iterator<Item = u64>> {
    if up { Box::new(0..count) } else { Box::new((0..count).rev()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let step = Box::new(i & 3);
    numbers(true, i & 15).map(|x| x * *step + 1).filter(|x| x & 1 == 1).take(5).fold(i, |sum, x| sum * 3 + x)
}
