//! Errors of the text form, with the place where they are.

use std::fmt;

/// A mistake in a text, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// The line itself.
    pub source: String,
}

impl TextError {
    pub(crate) fn at(source: &str, offset: usize, message: impl Into<String>) -> TextError {
        let (line, column) = position(source, offset);
        let text = source.lines().nth(line as usize - 1).unwrap_or("");
        TextError { line, column, message: message.into(), source: text.to_owned() }
    }

    /// The message as compilers print it: place, message, source line and a mark under the place.
    pub fn render(&self, file: &str) -> String {
        let mark: String = self.source.chars().take(self.column as usize - 1).map(blank).collect();
        let TextError { line, column, message, source } = self;
        format!("{file}:{line}:{column}: error: {message}\n    {source}\n    {mark}^")
    }
}

/// What stands under a character that is not marked: tabs keep their width.
fn blank(c: char) -> char {
    if c == '\t' { '\t' } else { ' ' }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for TextError {}

/// Line and column, both from 1, of a byte of the source.
pub(crate) fn position(source: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &source[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|&b| b == b'\n').count() as u32 + 1;
    (line, before[start..].chars().count() as u32 + 1)
}
