//! A vector that is extended by slices.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut all = Vec::new();
    all.extend_from_slice(&[i, i + 1]);
    all.extend_from_slice(&[i * 3]);
    all.extend([i >> 1]);
    all.iter().fold(0, |sum: u64, x| sum.wrapping_mul(5).wrapping_add(*x))
}
