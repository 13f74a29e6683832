//! A text that grows by pieces.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut text = String::new();
    text.push_str("key=");
    text.push_str(if i & 1 == 0 { "even" } else { "odd" });
    text.len() as u64 + u64::from(text.as_bytes()[4])
}
