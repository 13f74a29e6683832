//! A vector that has its capacity from the start.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut numbers = Vec::with_capacity(4);
    numbers.push(i);
    numbers.push(i * 3);
    numbers.push(i >> 1);
    numbers.iter().sum::<u64>() + numbers.len() as u64
}
