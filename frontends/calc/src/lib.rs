//! The tutorial language: text to a module in 300 lines, through `son-ir`'s builder alone. It has functions,
//! integers, arrays, `if`, `while` and calls of the C library; `docs/tutorial.md` walks through it and this crate.
//!
//! ```
//! let module = son_calc::compile("twice.calc", "fn twice(x: i64) -> i64 { return x * 2; }")?;
//! let error = son_calc::compile("bad.calc", "fn bad(x: i64) -> i32 { return x; }").unwrap_err();
//! assert_eq!(error.to_string(), "1:25: return: operand 0 has type i64, expected i32");
//! # Ok::<(), son_calc::Error>(())
//! ```

mod lexer;
mod translate;

pub use translate::compile;

/// A mistake in the source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}: {message}", .place.0, .place.1)]
pub struct Error {
    /// Line and column, from 1.
    pub place: (u32, u32),
    /// What is wrong.
    pub message: String,
}

/// The builder finds mistakes of types, and was told where in the source it is.
impl From<son_ir::BuildError> for Error {
    fn from(error: son_ir::BuildError) -> Error {
        let place = error.place().map_or((1, 1), |place| (place.line, place.column));
        Error { place, message: error.mistake().to_string() }
    }
}
