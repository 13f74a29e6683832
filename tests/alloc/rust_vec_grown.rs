//! A vector that grows by pushing.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut numbers = Vec::new();
    numbers.push(i);
    numbers.push(i * 3);
    numbers[0] ^ numbers[1]
}
