//! A constant text is copied and compared.
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let text = String::from("north");
    text.len() as u64 + u64::from(text.as_bytes()[(i % 5) as usize])
}
