//! An iterator's items are collected, and gone through again.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let squares: Vec<u64> = (0..4).map(|x| x * i).collect();
    squares.iter().rev().fold(0, |sum, &square| sum * 2 + square)
}
