//! Errors of two kinds behind a box, passed up by a question mark.
use std::fmt;
#[derive(Debug)]
enum ParseError {
    Empty,
    Bad(u64),
}
impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bad")
    }
}
impl std::error::Error for ParseError {}
fn parse(x: u64) -> Result<u64, ParseError> {
    match x & 3 {
        0 => Err(ParseError::Empty),
        1 => Err(ParseError::Bad(x)),
        _ => Ok(x >> 2),
    }
}
fn both(i: u64) -> Result<u64, Box<dyn std::error::Error>> {
    Ok(parse(i)? + parse(i >> 1)?)
}
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    match both(i) {
        Ok(sum) => sum,
        Err(error) => match error.downcast_ref::<ParseError>() {
            Some(ParseError::Bad(x)) => *x,
            _ => 7,
        },
    }
}
