//! File tests: an input with comments that say what shall become of it.
//!
//! A file of `tests/files` is a module in our text form (`.son`) or LLVM IR (`.ll`). Comments of the form `; KEY: TEXT`
//! are directives; what stands inside a function is about that function, what stands outside about the module.
//!
//! | directive | meaning |
//! |---|---|
//! | `pass: A, B` | runs these passes, alone and in this order; `check` looks at the graph afterwards; `all`: as at `-O2` |
//! | `check: PATTERN` | a line of the graph's text matches, below the line of the `check` before |
//! | `check-not: PATTERN` | no line does |
//! | `check-count: N PATTERN` | so many lines do |
//! | `asm: PATTERN`, `asm-not:`, `asm-count:` | the same of the listing at `-O2` |
//! | `target: TRIPLE` | target of the listing |
//! | `cpu: NAME` | processor of the listing |
//! | `run: ARGS => RESULT` | the call gives this: interpreted, after the passes, and natively at `-O0` and `-O2`; with `SON_FILES_AARCH64=1` on AArch64 too |
//! | `guards: ARGS => COUNT` | the optimized call executes so many guards; whichever fails, its state is the original's |
//! | `exact: NAME` | the function's text is what follows as `;\|` lines |
//! | `error: LINE:COLUMN: MESSAGE` | the file is refused with this message |
//!
//! With `BLESS=1` in the environment `exact` and `error` are rewritten to what comes out.
//!
//! [Patterns](pattern) are plain text with `*` for anything and `?name` for a word that must be the same everywhere.
//! Arguments and results are numbers; `[1, 2]: i64` is the address of an array, of `i32` if no type is given, and
//! `=> 5 then [2, 1]` says what arrays hold after the call, in the order of the arguments. Results may also be
//! `nothing`, and `undefined` or `trap`, which only the interpreter is asked for.

mod call;
pub mod pattern;
mod test;

pub use test::{check, needs_tools};

use crate::process::Failure;
use crate::workspace;
use std::path::{Path, PathBuf};

/// What a directive asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Key {
    Pass,
    Check,
    CheckNot,
    CheckCount,
    Asm,
    AsmNot,
    AsmCount,
    Target,
    Cpu,
    Run,
    Guards,
    Exact,
    Error,
}

const KEYS: [(&str, Key); 13] = [
    ("pass", Key::Pass),
    ("check", Key::Check),
    ("check-not", Key::CheckNot),
    ("check-count", Key::CheckCount),
    ("asm", Key::Asm),
    ("asm-not", Key::AsmNot),
    ("asm-count", Key::AsmCount),
    ("target", Key::Target),
    ("cpu", Key::Cpu),
    ("run", Key::Run),
    ("guards", Key::Guards),
    ("exact", Key::Exact),
    ("error", Key::Error),
];

/// A directive of a file.
#[derive(Clone, Debug)]
struct Directive {
    key: Key,
    text: String,
    /// Number of its line, from 1.
    line: usize,
    /// The function it stands in.
    function: Option<String>,
}

/// A file with its directives.
#[derive(Clone, Debug)]
pub struct File {
    path: PathBuf,
    text: String,
    directives: Vec<Directive>,
}

impl File {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<File, Failure> {
        let text = std::fs::read_to_string(path)?;
        let mut file = File { path: path.to_owned(), directives: Vec::new(), text };
        let mut function = None;
        for (number, line) in file.text.lines().enumerate() {
            match function_name(line) {
                Some(name) => function = Some(name.to_owned()),
                None if line == "}" => function = None,
                None => {}
            }
            let Some((key, text)) = key_and_text(line) else { continue };
            let line = number + 1;
            let Some(&(_, key)) = KEYS.iter().find(|known| known.0 == key) else {
                return Err(file.failure(line, &format!("there is no directive `{key}`")));
            };
            file.directives.push(Directive { key, text: text.to_owned(), line, function: function.clone() });
        }
        match file.directives.is_empty() {
            true => Err(file.failure(1, "the file checks nothing")),
            false => Ok(file),
        }
    }

    /// Its path from the folder of file tests.
    pub fn name(&self) -> String {
        self.path.strip_prefix(folder()).unwrap_or(&self.path).to_string_lossy().into_owned()
    }

    fn is_llvm(&self) -> bool {
        self.path.extension().is_some_and(|ending| ending == "ll")
    }

    fn all(&self, key: Key) -> impl Iterator<Item = &Directive> {
        self.directives.iter().filter(move |directive| directive.key == key)
    }

    fn failure(&self, line: usize, message: &str) -> Failure {
        Failure(format!("tests/files/{}:{line}: {message}", self.name()))
    }
}

/// The name of the function whose body begins in this line.
fn function_name(line: &str) -> Option<&str> {
    let begins = (line.starts_with("function ") || line.starts_with("define ")) && line.trim_end().ends_with('{');
    let (_, rest) = line.split_once('@').filter(|_| begins)?;
    rest.split('(').next()
}

/// Key and text of a line that looks like a directive.
fn key_and_text(line: &str) -> Option<(&str, &str)> {
    let (key, text) = line.trim_start().strip_prefix("; ")?.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    is_key.then(|| (key, text.trim()))
}

/// Where the files are.
pub fn folder() -> PathBuf {
    workspace::tests_folder().join("files")
}

/// All files, sorted.
pub fn all() -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for area in std::fs::read_dir(folder())? {
        for entry in std::fs::read_dir(area?.path())? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "son" || ending == "ll") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_directives_are_recognized() {
        assert_eq!(function_name("function @f(i32) -> i32 internal {"), Some("f"));
        assert_eq!(function_name("define i32 @g.1(i32 %x) #0 {"), Some("g.1"));
        assert_eq!(function_name("declare @f(i32)"), None);
        assert_eq!(key_and_text("  ; check-not: load *"), Some(("check-not", "load *")));
        assert_eq!(key_and_text("; Not this: it is prose."), None);
        assert_eq!(key_and_text("c = call a, b ; run: fast"), None);
    }
}
