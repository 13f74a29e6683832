//! A text of a few letters, counted.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut text = String::new();
    for k in 0..6 {
        text.push((b'a' + ((i >> k) & 7) as u8) as char);
    }
    text.bytes().filter(|&byte| byte == b'c').count() as u64 + text.len() as u64
}
