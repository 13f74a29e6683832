//! An error that is boxed on the way that is rarely taken.
struct Error {
    code: u64,
    position: u64,
}

fn parse(i: u64) -> Result<u64, Box<Error>> {
    if i % 4096 == 4095 { Err(Box::new(Error { code: i & 255, position: i })) } else { Ok(i * 2) }
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    match parse(i).and_then(|value| parse(value + 1)) {
        Ok(value) => value,
        Err(error) => error.code + error.position,
    }
}
