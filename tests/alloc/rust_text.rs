//! A text is pushed together, and read.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut text = String::new();
    text.push((b'a' + (i & 7) as u8) as char);
    text.push_str("-of-");
    text.push((b'a' + (i >> 3 & 7) as u8) as char);
    text.bytes().fold(i, |hash, byte| hash.wrapping_mul(31) ^ u64::from(byte))
}
