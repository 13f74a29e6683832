//! A vector is filled by a short loop and walked by another.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut numbers = Vec::new();
    for k in 0..3 {
        numbers.push(i * k);
    }
    numbers.iter().fold(0, |sum, number| sum * 3 + number)
}
