//! A name that is only copied where it has to be changed.
use std::borrow::Cow;
fn clean(name: &[u8]) -> Cow<'_, [u8]> {
    if name.contains(&b' ') {
        Cow::Owned(name.iter().map(|&c| if c == b' ' { b'_' } else { c }).collect())
    } else {
        Cow::Borrowed(name)
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let name: &[u8] = if i & 1 == 0 { b"a b c" } else { b"plain" };
    clean(name).iter().fold(i, |hash, &c| hash.wrapping_mul(31).wrapping_add(c as u64))
}
