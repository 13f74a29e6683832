//! A closure behind a pointer, which is called once.
fn scaled(factor: u64, offset: u64) -> Box<dyn Fn(u64) -> u64> {
    Box::new(move |x| x.wrapping_mul(factor) + offset)
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    scaled(i & 7, i >> 8)(i)
}
