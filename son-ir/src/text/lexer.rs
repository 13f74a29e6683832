//! Words, numbers, strings and punctuation of the text form.
//!
//! A line break ends a statement, except inside parentheses and brackets and after a comma.

use super::TextError;
use std::borrow::Cow;

/// A token; its place is kept by the parser.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    /// A name or keyword; `_` too.
    Word(&'a str),
    /// `@name` or `@"name"`.
    Symbol(Cow<'a, str>),
    /// `$name`: a stack slot.
    Slot(&'a str),
    /// `%name`: a shape.
    Shape(&'a str),
    /// `!7`: a source location.
    Location(&'a str),
    /// A number as written, with its sign.
    Number(&'a str),
    /// `"..."`, escapes resolved.
    Text(Vec<u8>),
    /// `x"..."`: bytes in hexadecimal.
    Hex(Vec<u8>),
    /// `->`.
    Arrow,
    /// `..`.
    Range,
    /// `...`.
    Ellipsis,
    /// Any other single character.
    Mark(char),
    /// End of a statement.
    Break,
    /// End of the text.
    End,
}

impl Token<'_> {
    /// As named in messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Token::Word(word) => format!("`{word}`"),
            Token::Symbol(name) => format!("`@{name}`"),
            Token::Slot(name) => format!("`${name}`"),
            Token::Shape(name) => format!("`%{name}`"),
            Token::Location(number) => format!("`!{number}`"),
            Token::Number(number) => format!("`{number}`"),
            Token::Text(_) | Token::Hex(_) => "a string".to_owned(),
            Token::Arrow => "`->`".to_owned(),
            Token::Range => "`..`".to_owned(),
            Token::Ellipsis => "`...`".to_owned(),
            Token::Mark(mark) => format!("`{mark}`"),
            Token::Break => "the end of the line".to_owned(),
            Token::End => "the end of the text".to_owned(),
        }
    }
}

/// Reads tokens from a text.
pub(crate) struct Lexer<'a> {
    source: &'a str,
    at: usize,
    /// Open parentheses and brackets.
    depth: u32,
    /// A line break here ends nothing: at the start, after a break, a comma or an opening brace.
    continues: bool,
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn in_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'.' || byte == b'$'
}

impl<'a> Lexer<'a> {
    /// A lexer that starts at this byte.
    pub(crate) fn new(source: &'a str, at: usize) -> Lexer<'a> {
        Lexer { source, at, depth: 0, continues: true }
    }

    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T, TextError> {
        Err(TextError::at(self.source, at, message))
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.source.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Skips blanks and comments; a line break, if one ends a statement here.
    fn skip_blanks(&mut self) -> Option<usize> {
        loop {
            match self.byte(0) {
                b'\n' => {
                    let at = self.at;
                    self.at += 1;
                    if self.depth == 0 && !self.continues {
                        return Some(at);
                    }
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b';' => {
                    let rest = &self.source.as_bytes()[self.at..];
                    self.at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                }
                _ => return None,
            }
        }
    }

    /// The next token and the byte where it starts.
    pub(crate) fn next(&mut self) -> Result<(Token<'a>, usize), TextError> {
        if let Some(at) = self.skip_blanks() {
            self.continues = true;
            return Ok((Token::Break, at));
        }
        let at = self.at;
        let token = self.token()?;
        match token {
            Token::Mark('(' | '[') => self.depth += 1,
            Token::Mark(')' | ']') => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.continues = matches!(token, Token::Mark(',' | '{'));
        Ok((token, at))
    }

    fn token(&mut self) -> Result<Token<'a>, TextError> {
        let at = self.at;
        let byte = self.byte(0);
        match byte {
            0 if at >= self.source.len() => Ok(Token::End),
            b'x' if self.byte(1) == b'"' => {
                self.at += 1;
                let digits = self.string()?;
                match unhex(&digits) {
                    Some(bytes) => Ok(Token::Hex(bytes)),
                    None => self.error(at, "x\"...\" holds pairs of hexadecimal digits"),
                }
            }
            b'"' => Ok(Token::Text(self.string()?)),
            b'@' if self.byte(1) == b'"' => {
                self.at += 1;
                match String::from_utf8(self.string()?) {
                    Ok(name) => Ok(Token::Symbol(Cow::Owned(name))),
                    Err(_) => self.error(at, "a name is not UTF-8"),
                }
            }
            b'@' => Ok(Token::Symbol(Cow::Borrowed(self.prefixed("a name", |b| in_word(b) || b == b'-')?))),
            b'$' => Ok(Token::Slot(self.prefixed("the name of a slot", in_word)?)),
            b'%' => Ok(Token::Shape(self.prefixed("the name of a shape", in_word)?)),
            b'!' => Ok(Token::Location(self.prefixed("a number", |b| b.is_ascii_digit())?)),
            b'0'..=b'9' => Ok(Token::Number(self.number())),
            b'-' if self.byte(1).is_ascii_digit() => Ok(Token::Number(self.number())),
            b'-' if self.byte(1) == b'>' => Ok(self.skip(2, Token::Arrow)),
            b'.' if self.source[at..].starts_with("...") => Ok(self.skip(3, Token::Ellipsis)),
            b'.' if self.byte(1) == b'.' => Ok(self.skip(2, Token::Range)),
            b'=' | b',' | b':' | b'(' | b')' | b'{' | b'}' | b'[' | b']' | b'+' | b'-' | b'?' => {
                Ok(self.skip(1, Token::Mark(char::from(byte))))
            }
            _ if starts_word(byte) => Ok(Token::Word(self.take(in_word))),
            _ => {
                let found = self.source[at..].chars().next().unwrap_or('?');
                self.error(at, format!("unexpected character {found:?}"))
            }
        }
    }

    fn skip(&mut self, bytes: usize, token: Token<'a>) -> Token<'a> {
        self.at += bytes;
        token
    }

    fn take(&mut self, accept: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.source.as_bytes()[self.at..];
        let len = rest.iter().position(|&byte| !accept(byte)).unwrap_or(rest.len());
        let text = &self.source[self.at..self.at + len];
        self.at += len;
        text
    }

    fn prefixed(&mut self, what: &str, accept: impl Fn(u8) -> bool) -> Result<&'a str, TextError> {
        self.at += 1;
        let text = self.take(accept);
        if text.is_empty() { self.error(self.at, format!("expected {what}")) } else { Ok(text) }
    }

    /// Sign, digits, letters, a point before a digit, and the sign of an exponent.
    fn number(&mut self) -> &'a str {
        let start = self.at;
        self.at += 1;
        let hex = self.source[start..].trim_start_matches('-').starts_with("0x");
        loop {
            let byte = self.byte(0);
            let before = self.source.as_bytes()[self.at - 1];
            let goes_on = byte.is_ascii_alphanumeric()
                || byte == b'_'
                || byte == b'.' && self.byte(1).is_ascii_digit()
                || (byte == b'-' || byte == b'+') && !hex && (before == b'e' || before == b'E');
            if !goes_on {
                return &self.source[start..self.at];
            }
            self.at += 1;
        }
    }

    /// A string at its opening quote. `\hh` is a byte, `\\` a backslash, `\"` a quote, `\n` and `\t` too.
    fn string(&mut self) -> Result<Vec<u8>, TextError> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let rest = &self.source.as_bytes()[self.at..];
            let plain = rest.iter().position(|&b| matches!(b, b'"' | b'\\' | b'\n')).unwrap_or(rest.len());
            bytes.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match self.byte(0) {
                b'"' => {
                    self.at += 1;
                    return Ok(bytes);
                }
                b'\\' => bytes.push(self.escape()?),
                _ => return self.error(start, "the string does not end on its line"),
            }
        }
    }

    fn escape(&mut self) -> Result<u8, TextError> {
        let simple = match self.byte(1) {
            b'n' => Some(b'\n'),
            b't' => Some(b'\t'),
            b'\\' => Some(b'\\'),
            b'"' => Some(b'"'),
            _ => None,
        };
        if let Some(byte) = simple {
            self.at += 2;
            return Ok(byte);
        }
        match unhex(&[self.byte(1), self.byte(2)]) {
            Some(byte) => {
                self.at += 3;
                Ok(byte[0])
            }
            None => self.error(self.at, "expected \\n, \\t, \\\\, \\\" or two hexadecimal digits after the backslash"),
        }
    }

    /// Skips to the brace that closes a body whose opening brace was read; the byte after it.
    pub(crate) fn skip_body(&mut self) -> Result<usize, TextError> {
        let start = self.at;
        let mut depth = 1;
        while self.at < self.source.len() {
            match self.byte(0) {
                b'{' => depth += 1,
                b'}' if depth == 1 => {
                    self.at += 1;
                    self.continues = false;
                    return Ok(self.at);
                }
                b'}' => depth -= 1,
                b'"' => {
                    self.string()?;
                    continue;
                }
                b';' => {
                    self.skip_blanks();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.error(start.saturating_sub(1), "this brace is never closed")
    }
}

fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8);
    let pair = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?);
    digits.chunks(2).map(pair).collect()
}
