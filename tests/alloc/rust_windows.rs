//! Differences of neighbours, twice.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let v: Vec<u64> = (1..6).map(|k| i.wrapping_mul(k * k)).collect();
    let d: Vec<u64> = v.windows(2).map(|w| w[1].wrapping_sub(w[0])).collect();
    let e: Vec<u64> = d.iter().zip(d.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a)).collect();
    e.iter().sum()
}
