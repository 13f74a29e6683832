//! A memo table of options.
fn fib(n: usize, memo: &mut Vec<Option<u64>>) -> u64 {
    if n < 2 {
        return n as u64;
    }
    if let Some(known) = memo[n] {
        return known;
    }
    let value = fib(n - 1, memo).wrapping_add(fib(n - 2, memo));
    memo[n] = Some(value);
    value
}
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let n = 10 + (i % 20) as usize;
    let mut memo = vec![None; 32];
    fib(n, &mut memo)
}
