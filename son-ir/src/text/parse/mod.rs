//! The parser: a text to a module. Definitions may come in any order, at the top level and in bodies.
//!
//! The top level is read first, skipping bodies; then each body, when all names are known. Nothing
//! recurses on what the text says.

mod body;
mod build;
mod data;
mod fact;
mod module;
mod number;
mod payload;
mod signature;

use super::error::position;
use super::lexer::{Lexer, Token};
use super::{OpNames, TextError};
use crate::graph::NodeId;
use crate::module::Module;
use crate::types::Type;

/// A module that was read, and where each node of its functions stands in the text.
pub struct Parsed {
    /// The module; not verified yet.
    pub module: Module,
    /// Place of each node in the text, by row of the function and index of the node.
    places: Vec<Vec<u32>>,
}

impl Parsed {
    /// Line and column, both from 1, of a node of the function in row `function`.
    pub fn position(&self, source: &str, function: usize, node: NodeId) -> Option<(u32, u32)> {
        let &place = self.places.get(function)?.get(node.index())?;
        (place != u32::MAX).then(|| position(source, place as usize))
    }

    /// The violation as an error of the text, at the statement that it is about.
    pub fn explain(&self, source: &str, violation: &crate::verify::Violation) -> TextError {
        let symbol = self.module.find_symbol(&violation.function);
        let function = self.module.functions.iter().position(|function| Some(function.symbol) == symbol);
        let place = violation
            .nodes
            .iter()
            .find_map(|node| self.places.get(function?)?.get(node.index()).copied().filter(|&place| place != u32::MAX));
        TextError::at(source, place.unwrap_or(0) as usize, format!("law {}: {}", violation.law, violation.message))
    }
}

/// Reads a module. The form of its graphs is as written; it is not verified.
///
/// # Errors
/// The first mistake, with its place.
pub(super) fn parse(source: &str, names: &dyn OpNames) -> Result<Parsed> {
    if source.len() >= u32::MAX as usize {
        return Err(TextError::at(source, 0, "the text is too long: 4 GB are the limit"));
    }
    module::parse_module(Parser::new(source, 0)?, names)
}

/// A position in the text, with the token that stands there.
struct Parser<'a> {
    source: &'a str,
    lexer: Lexer<'a>,
    token: Token<'a>,
    /// Where the token starts.
    at: usize,
}

type Result<T> = std::result::Result<T, TextError>;

impl<'a> Parser<'a> {
    fn new(source: &'a str, at: usize) -> Result<Parser<'a>> {
        let mut parser = Parser { source, lexer: Lexer::new(source, at), token: Token::End, at };
        parser.advance()?;
        Ok(parser)
    }

    /// Goes on to the next token; the one that stood here.
    fn advance(&mut self) -> Result<Token<'a>> {
        let (token, at) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T> {
        Err(TextError::at(self.source, at, message))
    }

    /// The token is not what should stand here.
    fn expected<T>(&self, what: &str) -> Result<T> {
        self.error(self.at, format!("expected {what}, found {}", self.token.describe()))
    }

    fn is(&self, mark: char) -> bool {
        self.token == Token::Mark(mark)
    }

    /// Skips the mark if it stands here.
    fn accept(&mut self, mark: char) -> Result<bool> {
        let found = self.is(mark);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, mark: char) -> Result<()> {
        if self.accept(mark)? { Ok(()) } else { self.expected(&format!("`{mark}`")) }
    }

    /// Skips the word if it stands here.
    fn accept_word(&mut self, word: &str) -> Result<bool> {
        let found = self.token == Token::Word(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.accept_word(word)? { Ok(()) } else { self.expected(&format!("`{word}`")) }
    }

    fn word(&mut self, what: &str) -> Result<&'a str> {
        match self.token {
            Token::Word(word) => {
                self.advance()?;
                Ok(word)
            }
            _ => self.expected(what),
        }
    }

    fn type_(&mut self) -> Result<Type> {
        let at = self.at;
        let word = self.word("a type")?;
        word.parse().or_else(|_| self.error(at, format!("`{word}` is not a type")))
    }

    fn string(&mut self, what: &str) -> Result<String> {
        let at = self.at;
        match self.advance()? {
            Token::Text(bytes) => String::from_utf8(bytes).or_else(|_| self.error(at, format!("{what} is not UTF-8"))),
            other => self.error(at, format!("expected {what} in quotes, found {}", other.describe())),
        }
    }

    /// A name after `@`.
    fn symbol(&mut self) -> Result<String> {
        let at = self.at;
        match self.advance()? {
            Token::Symbol(name) => Ok(name.into_owned()),
            other => self.error(at, format!("expected a symbol (`@name`), found {}", other.describe())),
        }
    }

    /// Skips line breaks.
    fn skip_breaks(&mut self) -> Result<()> {
        while self.token == Token::Break {
            self.advance()?;
        }
        Ok(())
    }

    /// A statement or item ends here.
    fn end_of_statement(&mut self) -> Result<()> {
        match self.token {
            Token::Break => self.advance().map(|_| ()),
            Token::End | Token::Mark('}') => Ok(()),
            _ => self.expected("the end of the line"),
        }
    }
}
