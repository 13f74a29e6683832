//! Errors that are boxed with their causes, and handled where they are met.
enum Error {
    Range(u64),
    Caused(Box<Error>, u64),
}

fn parse(x: u64) -> Result<u64, Box<Error>> {
    if x % 5 == 0 { Err(Box::new(Error::Range(x))) } else { Ok(x * 2) }
}

fn load(x: u64) -> Result<u64, Box<Error>> {
    parse(x).map_err(|cause| Box::new(Error::Caused(cause, 7)))
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    match load(i) {
        Ok(value) => value,
        Err(error) => match *error {
            Error::Range(x) => x,
            Error::Caused(cause, line) => match *cause {
                Error::Range(x) => x + line,
                Error::Caused(..) => line,
            },
        },
    }
}
