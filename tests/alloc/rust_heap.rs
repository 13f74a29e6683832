//! The two least of five, by a binary heap.
use std::cmp::Reverse;
use std::collections::BinaryHeap;
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut heap = BinaryHeap::with_capacity(8);
    for m in [7, 11, 13, 17, 19] {
        heap.push(Reverse(i % m));
    }
    let Reverse(a) = heap.pop().unwrap();
    let Reverse(b) = heap.pop().unwrap();
    a * 32 + b
}
