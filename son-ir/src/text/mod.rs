//! The text form: a module as text that a person can read and write, and that comes back as it was.
//!
//! ```text
//! function @sum(i32, i32) -> i32 {
//! b0, m0, v0: i32, v1: i32 = start
//! b1 = loop b0, b2                                            ; depth 1
//!   v2: i32 = phi b1, 0, v6
//!   v3: i32 = phi b1, 0, v5
//!   v4: i1 = slt v2, v0
//!   b2, b3 = if(9:1) b1, v4
//! b2:                                                         ; depth 1, from b1
//!   v5: i32 = add v3, v1
//!   v6: i32 = add.nsw v2, 1                                   ; {-2147483647..2147483647}
//! b3:                                                         ; from b1
//!   return b3, m0, v3
//! }
//! ```
//!
//! A file starts with `module "NAME"`. A body is a list of nodes in any order, `RESULTS = OP.FLAGS(PAYLOAD) OPERANDS`; that it is printed as
//! scheduled blocks, with labels and comments, is for the reader. Results of a node that is a tuple are its
//! projections, `_` for one that is not there. Constants and addresses stand where they are used: `0`,
//! `1.5: f64`, `@symbol`, `$slot`, `poison: i32`. Types may be left out where they follow from the operands.
//! Exits go to `stop` in the order of the text. `;` starts a comment. `son-ir/docs/text-form.md` is the reference.
//!
//! A fact in braces after a type is printed where it does not follow from the facts of the inputs; what
//! follows is computed when the text is read, and printed as a comment. What `stop` does not reach is not
//! printed. A function that breaks the law is printed as a plain list of its nodes, with the first violation
//! as a comment.
//!
//! Printing a module, reading it and printing it again gives the same text.
//!
//! ```
//! let text = "
//!     module \"example\"
//!     function @twice(i32) -> i32 {
//!       b, m, x = start
//!       y = add x, x
//!       return b, m, y
//!     }";
//! let module = son_ir::text::parse(text).map_err(|error| error.render("example.son"))?;
//! assert!(son_ir::verify_module(&module).is_ok());
//! assert!(son_ir::text::print(&module).contains("v1: i32 = add v0, v0"));
//! assert_eq!(son_ir::text::parse("function @f() {\n  x = frobnicate\n}").unwrap_err().line, 2);
//! # Ok::<(), String>(())
//! ```

mod error;
mod implied;
mod lexer;
mod names;
mod parse;
mod print;
#[cfg(test)]
mod tests;
mod words;

pub use error::TextError;
pub use names::{IdealOps, OpNames};
pub use parse::Parsed;
pub(crate) use print::{Layout, NodePrinter, print_function_head, put_fact};
pub use print::{Names, TextOptions, print_function, print_function_with, print_scheduled, print_with};

use crate::module::Module;
use std::fmt;

/// Reads a module. Its graphs have the form as written, and are not verified.
///
/// # Errors
/// The first mistake, with its place.
pub fn parse(source: &str) -> Result<Module, TextError> {
    parse_with(source, &IdealOps).map(|parsed| parsed.module)
}

/// Reads a module that may contain ops beyond the ideal ones; with the places of its nodes in the text.
///
/// # Errors
/// The first mistake, with its place.
pub fn parse_with(source: &str, names: &dyn OpNames) -> Result<Parsed, TextError> {
    parse::parse(source, names)
}

/// Reads a module from bytes, which have to be UTF-8.
///
/// # Errors
/// The first mistake, with its place.
pub fn parse_bytes(source: &[u8]) -> Result<Module, TextError> {
    parse(utf8(source)?)
}

/// Reads a module from bytes and verifies it, with all laws; what breaks one is an error of the text, at the statement
/// concerned.
///
/// # Errors
/// The first mistake or violation, with its place.
pub fn parse_verified(source: impl AsRef<[u8]>) -> Result<Module, TextError> {
    let source = utf8(source.as_ref())?;
    let parsed = parse_with(source, &IdealOps)?;
    match crate::verify::verify_module_with(&parsed.module, crate::verify::Options::TEXT) {
        Ok(()) => Ok(parsed.module),
        Err(violations) => Err(parsed.explain(source, &violations[0])),
    }
}

fn utf8(source: &[u8]) -> Result<&str, TextError> {
    std::str::from_utf8(source).map_err(|error| {
        let valid = String::from_utf8_lossy(&source[..error.valid_up_to()]);
        TextError::at(&valid, valid.len(), "the text is not UTF-8")
    })
}

/// The text form.
impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print(self))
    }
}

/// The text form.
impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The module as text.
pub fn print(module: &Module) -> String {
    print_with(module, &TextOptions::default())
}
