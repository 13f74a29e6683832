//! A short text is put together and looked through.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut text = String::with_capacity(8);
    text.push('a');
    text.push((b'a' + (i % 26) as u8) as char);
    text.bytes().fold(0, |hash, byte| hash * 31 + u64::from(byte))
}
