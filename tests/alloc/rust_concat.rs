//! Two halves are joined, and read.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let (a, b) = (vec![i, i + 1], vec![i * 2]);
    let all = [a, b].concat();
    all.iter().fold(0, |sum: u64, x| sum.wrapping_mul(5).wrapping_add(*x))
}
