//! Compiler of rewrite rules: text to a decision tree in Rust, and to SMT queries.
//!
//! The language and its laws are described in `son-ir/src/peep/rules/README.md`.
//!
//! The stages: `lex` and `parse` make a syntax tree of each line, `resolve` finds its names and
//! types, `measure` checks that it terminates and pays, `tree` and `emit` write the matcher, [`smt`]
//! and [`prove`] check it.

#[macro_use]
#[path = "../../src/flags.rs"]
mod flags;
#[path = "../../src/ops.rs"]
pub mod ops;
#[path = "../../src/types.rs"]
pub mod types;

mod emit;
pub mod functions;
mod lex;
mod measure;
mod parse;
pub mod prove;
mod resolve;
pub mod rule;
pub mod slots;
pub mod smt;
mod syntax;
mod tree;

pub use emit::rust;
pub use lex::Pos;
pub use rule::Rule;

/// A mistake in rule text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{}:{}: {message}", at.line, at.column)]
pub struct Error {
    /// The file that has it.
    pub file: String,
    /// Where.
    pub at: Pos,
    /// What is wrong.
    pub message: String,
}

impl Error {
    pub(crate) fn new(file: &str, at: Pos, message: impl Into<String>) -> Error {
        Error { file: file.to_string(), at, message: message.into() }
    }
}

/// Reads the rules of one file and checks all that can be checked without a solver. On mistakes, all that were
/// found.
///
/// ```
/// let rules = son_rulegen::read("sub.rules", "(sub x (neg y)) => (add x y)").unwrap();
/// assert_eq!(rules[0].name, "sub:1");
/// ```
pub fn read(file: &str, text: &str) -> Result<Vec<Rule>, Vec<Error>> {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for source in parse::parse(file, text).map_err(|error| vec![error])? {
        let resolved = resolve::resolve(file, source);
        match resolved.and_then(|rule| measure::check(&rule).map(|()| rule)) {
            Ok(rule) => rules.push(rule),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}
