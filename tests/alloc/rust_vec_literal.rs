//! A vector of four numbers, summed up.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let numbers = vec![i, i ^ 1, i >> 2, 7];
    numbers.iter().fold(0, |sum, &number| sum * 3 + number)
}
