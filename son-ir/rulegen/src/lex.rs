//! Rule text to tokens, with the line and column of each.

use crate::Error;

/// A place in a rule file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pos {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name: op, variable, constant, type, function or keyword.
    Name(String),
    Int(i128),
    Float(f64),
    Text(String),
    /// Punctuation or operator.
    Sign(&'static str),
    End,
}

/// The text of one rule, of one line or a line and its indented continuations.
pub(crate) struct Line {
    pub(crate) tokens: Vec<(Token, Pos)>,
    pub(crate) text: String,
}

/// Longest rule: later stages recurse on it.
const MAX_TOKENS: usize = 1000;

/// Longest first, so that `<s=` is not read as `<` and `s`.
const SIGNS: &[&str] = &[
    "<s=", ">s=", ">>s", "=>", "==", "!=", "<=", ">=", "<s", ">s", "<<", ">>", "/s", "%s", "&&", "||", "(", ")", "{",
    "}", ",", "=", ":", ".", "?", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "~", "!",
];

/// Splits a file into rules. A line that starts with a space continues the rule before it.
pub(crate) fn lines(file: &str, text: &str) -> Result<Vec<Line>, Error> {
    let mut rules: Vec<Line> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut lexer = Lexer { file, rest: line, pos: Pos { line: number as u32 + 1, column: 1 } };
        let continues = line.starts_with([' ', '\t']);
        let mut tokens = Vec::new();
        while let Some(token) = lexer.next()? {
            tokens.push(token);
        }
        let Some((_, first)) = tokens.first() else { continue };
        let code = line.split_once('#').map_or(line, |(code, _)| code).trim();
        match rules.last_mut() {
            Some(rule) if continues => {
                rule.tokens.append(&mut tokens);
                rule.text.push(' ');
                rule.text.push_str(code);
            }
            None if continues => return Err(Error::new(file, *first, "a rule starts in the first column")),
            _ => rules.push(Line { tokens, text: code.to_string() }),
        }
    }
    match rules.iter().find(|rule| rule.tokens.len() > MAX_TOKENS) {
        Some(rule) => Err(Error::new(file, rule.tokens[0].1, "the rule is too long")),
        None => Ok(rules),
    }
}

struct Lexer<'a> {
    file: &'a str,
    rest: &'a str,
    pos: Pos,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Option<(Token, Pos)>, Error> {
        self.take(self.rest.len() - self.rest.trim_start().len());
        let at = self.pos;
        let Some(first) = self.rest.chars().next().filter(|&c| c != '#') else { return Ok(None) };
        let token = if first.is_ascii_alphabetic() || first == '_' {
            let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
            Token::Name(self.take(end))
        } else if first.is_ascii_digit() {
            self.number()?
        } else if first == '"' {
            let Some(end) = self.rest[1..].find('"') else { return Err(self.error("the text has no closing quote")) };
            Token::Text(self.take(end + 2).trim_matches('"').to_string())
        } else if let Some(sign) = SIGNS.iter().find(|sign| self.rest.starts_with(**sign)) {
            self.sign(sign)
        } else {
            return Err(self.error(format!("a character that rules do not use: `{first}`")));
        };
        Ok(Some((token, at)))
    }

    /// `x <smaller` is `<` and a name: the `s` of an operator ends there.
    fn sign(&mut self, sign: &'static str) -> Token {
        let glued = sign.ends_with('s') && self.rest[sign.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
        let sign =
            if glued { SIGNS.iter().find(|s| **s == &sign[..sign.len() - 1]).expect("in the table") } else { sign };
        self.take(sign.len());
        Token::Sign(sign)
    }

    fn number(&mut self) -> Result<Token, Error> {
        let end =
            self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_').unwrap_or(self.rest.len());
        let digits = self.rest[..end].replace('_', "");
        let number = if let Some(hex) = digits.strip_prefix("0x") {
            i128::from_str_radix(hex, 16).ok().map(Token::Int)
        } else if digits.contains('.') {
            digits.parse().ok().map(Token::Float)
        } else {
            digits.parse().ok().map(Token::Int)
        };
        let number = number.ok_or_else(|| self.error(format!("not a number: `{digits}`")))?;
        self.take(end);
        Ok(number)
    }

    fn take(&mut self, bytes: usize) -> String {
        let (taken, rest) = self.rest.split_at(bytes);
        self.pos.column += taken.chars().count() as u32;
        self.rest = rest;
        taken.to_string()
    }

    fn error(&self, message: impl Into<String>) -> Error {
        Error::new(self.file, self.pos, message)
    }
}
