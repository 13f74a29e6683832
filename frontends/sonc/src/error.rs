//! What may go wrong, as the user reads it.

use std::fmt;
use std::panic::PanicHookInfo;
use std::path::Path;

/// A message that ends the command with status 1.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// A message of the tool itself.
    pub(crate) fn new(message: impl fmt::Display) -> Failure {
        Failure(format!("sonc: error: {message}"))
    }

    /// A message that says already what and where.
    pub(crate) fn plain(message: String) -> Failure {
        Failure(message)
    }

    /// A file that cannot be read, written or run.
    pub(crate) fn io(what: &str, path: &Path, error: &std::io::Error) -> Failure {
        Failure(format!("sonc: error: cannot {what} {}: {error}", path.display()))
    }

    /// A mistake in the input: `file:line:column: error: message`, the line, and a mark below the column.
    pub(crate) fn at(file: &str, text: &[u8], line: u32, column: u32, message: impl fmt::Display) -> Failure {
        let source = text.split(|&byte| byte == b'\n').nth(line.saturating_sub(1) as usize).unwrap_or_default();
        let source = String::from_utf8_lossy(source);
        let (shown, column_shown) = window(&source, column as usize);
        let mark = " ".repeat(column_shown.saturating_sub(1));
        Failure(format!("{file}:{line}:{column}: error: {message}\n    {shown}\n    {mark}^"))
    }
}

/// The part of a long line around a column, and the column within it.
fn window(line: &str, column: usize) -> (String, usize) {
    const WIDTH: usize = 160;
    let start = column.saturating_sub(WIDTH / 2);
    let shown: String = line.chars().skip(start).take(WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    (shown, column - start)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is printed when an invariant of ours is broken.
pub(crate) fn internal(panic: &PanicHookInfo<'_>) -> String {
    let message = panic.payload_as_str().unwrap_or("panic");
    let place = panic.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
    format!(
        "sonc: internal error: {message}{place}\n  \
         this is a bug of son, not of the input; --verify-each names the pass that broke the graph, and\n  \
         `sonc reduce IN --check 'sonc build {{}} -o /dev/null'` shrinks the input"
    )
}
