//! What can be wrong with the text, and where.

use std::borrow::Cow;

/// A fault in the text: where it is, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: error: {kind}")]
pub struct Error {
    /// Line, counted from 1.
    pub line: u32,
    /// Byte within the line, counted from 1.
    pub column: u32,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The grammar asks for something else here.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What the grammar allows.
        expected: Cow<'static, str>,
        /// What the text has.
        found: String,
    },
    /// Valid LLVM IR that this reader does not translate.
    #[error("{0} is not supported")]
    Unsupported(Cow<'static, str>),
    /// A name without a definition.
    #[error("use of undefined {what} '{name}'")]
    Undefined {
        /// Kind of thing: value, block, type, metadata, attribute group.
        what: &'static str,
        /// As written in the text.
        name: String,
    },
    /// A second definition of the same name.
    #[error("{what} '{name}' is defined more than once")]
    Redefined {
        /// Kind of thing.
        what: &'static str,
        /// As written in the text.
        name: String,
    },
    /// An operand of the wrong type.
    #[error("{value} has type '{found}', expected {expected}")]
    Type {
        /// The operand.
        value: String,
        /// Its type.
        found: String,
        /// What the construct allows.
        expected: String,
    },
    /// Types, constants or brackets nested beyond what the reader follows.
    #[error("nested deeper than {0} levels")]
    TooDeep(u32),
    /// Positions are 32 bits wide.
    #[error("input is larger than 4 GiB")]
    TooLarge,
    /// Any other violation of the language's rules.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
}

/// A fault at a byte offset; it becomes an [`Error`] where the whole text is at hand.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) offset: u32,
    pub(crate) kind: ErrorKind,
}

/// Boxed, since it is rare and results are returned by every parsing function.
pub(crate) type Result<T> = std::result::Result<T, Box<Fault>>;

impl Fault {
    #[cold]
    pub(crate) fn new(offset: u32, kind: ErrorKind) -> Box<Fault> {
        Box::new(Fault { offset, kind })
    }

    #[cold]
    pub(crate) fn invalid(offset: u32, message: impl Into<Cow<'static, str>>) -> Box<Fault> {
        Fault::new(offset, ErrorKind::Invalid(message.into()))
    }

    #[cold]
    pub(crate) fn unsupported(offset: u32, what: impl Into<Cow<'static, str>>) -> Box<Fault> {
        Fault::new(offset, ErrorKind::Unsupported(what.into()))
    }

    /// Finds the line and column of the fault.
    pub(crate) fn locate(self, text: &[u8]) -> Error {
        let before = &text[..text.len().min(self.offset as usize)];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1) + 1;
        Error { line: line as u32, column: column as u32, kind: self.kind }
    }
}
