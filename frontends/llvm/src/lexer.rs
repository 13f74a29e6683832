//! Bytes to tokens. Nothing is copied: a token says where its text is.

use std::borrow::Cow;

use memchr::memchr;

use crate::keyword::{self, Keyword};
use crate::token::{Tok, Token};

/// The kind of token that a byte starts, as far as the byte tells.
const fn start(byte: u8) -> Tok {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' => Tok::Word,
        b'0'..=b'9' | b'-' | b'+' => Tok::Int,
        b'%' => Tok::LocalNumber,
        b'@' => Tok::GlobalNumber,
        b'!' => Tok::MetadataNumber,
        b'#' => Tok::AttributeGroup,
        b'$' => Tok::Comdat,
        b'^' => Tok::Summary,
        b'"' => Tok::Str,
        b'=' => Tok::Equal,
        b',' => Tok::Comma,
        b'*' => Tok::Star,
        b':' => Tok::Colon,
        b'|' => Tok::Bar,
        b'(' => Tok::LParen,
        b')' => Tok::RParen,
        b'{' => Tok::LBrace,
        b'}' => Tok::RBrace,
        b'[' => Tok::LBracket,
        b']' => Tok::RBracket,
        b'<' => Tok::Less,
        b'>' => Tok::Greater,
        _ => Tok::Invalid,
    }
}

const STARTS: [Tok; 256] = {
    let mut table = [Tok::Invalid; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = start(byte as u8);
        byte += 1;
    }
    table
};

const SPACE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8, b' ' | b'\t' | b'\n' | b'\r' | 0x0c);
        byte += 1;
    }
    table
};

/// Whether a byte belongs to a name: letters, digits, `-`, `_`, `.`, `$`.
const NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'$' | b'-' | b'.' | b'_');
        byte += 1;
    }
    table
};

#[derive(Clone, Copy)]
pub(crate) struct Lexer<'a> {
    text: &'a [u8],
    pos: usize,
    end: usize,
}

impl<'a> Lexer<'a> {
    /// Reads `text[start..end]`; positions count from the start of `text`.
    pub(crate) fn new(text: &'a [u8], start: usize, end: usize) -> Lexer<'a> {
        let text = &text[..end.min(text.len())];
        Lexer { text, pos: start, end: text.len() }
    }

    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The byte at `pos`, or NUL, which starts no token, at the end.
    #[inline]
    fn at(&self, pos: usize) -> u8 {
        self.text.get(pos).copied().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Token {
        let mut pos = self.pos;
        let byte = loop {
            let byte = self.at(pos);
            if SPACE[byte as usize] {
                pos += 1;
            } else if byte == b';' {
                pos = self.line_end(pos);
            } else {
                break byte;
            }
        };
        let kind = STARTS[byte as usize];
        let token = match kind {
            Tok::Word => self.word(pos),
            Tok::LocalNumber => self.sigil(pos, kind, Tok::LocalName),
            Tok::Int => self.number(pos),
            kind if kind.is_punctuation() => Token::new(kind, pos, pos + 1),
            _ => self.rare(kind, pos),
        };
        self.pos = token.end as usize;
        token
    }

    fn rare(&self, kind: Tok, pos: usize) -> Token {
        match kind {
            Tok::GlobalNumber => self.sigil(pos, kind, Tok::GlobalName),
            Tok::MetadataNumber => self.sigil(pos, kind, Tok::MetadataName),
            Tok::AttributeGroup => self.sigil(pos, kind, Tok::DebugRecord),
            Tok::Str => self.string(pos, pos, Tok::Str, Tok::NameLabel),
            Tok::Comdat => self.dollar(pos),
            Tok::Summary => self.sigil(pos, kind, Tok::Invalid),
            _ if pos >= self.end => Token::new(Tok::End, pos, pos),
            _ => Token::new(Tok::Invalid, pos, pos + 1),
        }
    }

    fn line_end(&self, pos: usize) -> usize {
        memchr(b'\n', &self.text[pos..]).map_or(self.end, |newline| pos + newline + 1)
    }

    #[inline]
    fn name_end(&self, pos: usize) -> usize {
        let rest = self.text.get(pos..).unwrap_or(&[]);
        let len = rest.iter().position(|&byte| !NAME[byte as usize]);
        pos + len.unwrap_or(rest.len())
    }

    /// A keyword, `i32`, `label:`, `c"bytes"` or `...`.
    #[inline]
    fn word(&self, start: usize) -> Token {
        let end = self.name_end(start + 1);
        match self.at(end) {
            b':' => return self.name_label(start, end),
            b'"' if end == start + 1 && self.at(start) == b'c' => {
                return self.string(start, end, Tok::Bytes, Tok::Bytes);
            }
            _ => {}
        }
        if self.at(start) == b'i' && self.at(start + 1).is_ascii_digit() {
            let (value, digits_end) = self.digits(start + 1);
            if digits_end == end {
                return Token { value, ..Token::new(Tok::IntType, start, end) };
            }
        }
        let word = keyword::lookup(self.text, start, end);
        if word == Keyword::Unknown {
            return self.unknown_word(start, end);
        }
        Token { word, ..Token::new(Tok::Word, start, end) }
    }

    #[cold]
    fn unknown_word(&self, start: usize, end: usize) -> Token {
        let kind = match &self.text[start..end] {
            b"..." => Tok::Ellipsis,
            [b's' | b'u', b'0', b'x', _, ..] => Tok::HexInt,
            // `...` glued to a name: the dots are a token of their own.
            [b'.', b'.', b'.', ..] => return Token::new(Tok::Ellipsis, start, start + 3),
            _ => Tok::Word,
        };
        Token::new(kind, start, end)
    }

    fn name_label(&self, start: usize, colon: usize) -> Token {
        let token = Token::new(Tok::NameLabel, start, colon + 1);
        Token { name_end: colon as u32, ..token }
    }

    /// Decimal digits: their value, saturated, and where they end.
    #[inline]
    fn digits(&self, pos: usize) -> (u64, usize) {
        let rest = self.text.get(pos..).unwrap_or(&[]);
        let mut value = 0u64;
        let mut len = 0;
        for byte in rest {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            len += 1;
        }
        // 19 digits always fit.
        if len > 19 {
            value = std::str::from_utf8(&rest[..len]).ok().and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
        }
        (value, pos + len)
    }

    /// `%12`, `%name`, `%"name"`, and the same after `@`, `!`, `#`.
    #[inline]
    fn sigil(&self, start: usize, number: Tok, name: Tok) -> Token {
        let next = self.at(start + 1);
        if next.is_ascii_digit() {
            let (value, end) = self.digits(start + 1);
            return Token { value, ..Token::new(number, start, end) };
        }
        if NAME[next as usize] {
            return self.sigil_name(start, name);
        }
        match (name, next) {
            (Tok::MetadataName, b'\\') => self.sigil_name(start, name),
            (Tok::MetadataName, _) => Token::new(Tok::Bang, start, start + 1),
            (Tok::LocalName | Tok::GlobalName, b'"') => self.string(start, start + 1, name, name),
            _ => Token::new(Tok::Invalid, start, start + 1),
        }
    }

    #[inline]
    fn sigil_name(&self, start: usize, kind: Tok) -> Token {
        let mut end = self.name_end(start + 1);
        // Names of metadata may escape any character.
        while kind == Tok::MetadataName && self.at(end) == b'\\' {
            end = self.name_end(end + 1);
        }
        let token = Token::new(kind, start, end);
        Token { name: token.start + 1, ..token }
    }

    /// `$name`, `$"name"` or the label `$name:`.
    fn dollar(&self, start: usize) -> Token {
        if self.at(start + 1) == b'"' {
            return self.string(start, start + 1, Tok::Comdat, Tok::Comdat);
        }
        let end = self.name_end(start + 1);
        match self.at(end) {
            b':' => self.name_label(start, end),
            _ => self.sigil_name(start, Tok::Comdat),
        }
    }

    /// A string from `quote`, of a token from `start`; `labelled` is its kind when a colon follows.
    fn string(&self, start: usize, quote: usize, kind: Tok, labelled: Tok) -> Token {
        let Some(len) = self.text.get(quote + 1..).and_then(|rest| memchr(b'"', rest)) else {
            return Token::new(Tok::Invalid, start, self.end);
        };
        let close = quote + 1 + len;
        let escaped = memchr(b'\\', &self.text[quote + 1..close]).is_some();
        let is_label = labelled != kind && self.at(close + 1) == b':';
        let (kind, end) = if is_label { (labelled, close + 2) } else { (kind, close + 1) };
        Token { escaped, name: quote as u32 + 1, name_end: close as u32, ..Token::new(kind, start, end) }
    }

    /// `12`, `-12`, `1.5e+10`, `0x1F`, `0xK...`, or the label `12:`.
    fn number(&self, start: usize) -> Token {
        let sign = usize::from(!self.at(start).is_ascii_digit());
        let (value, end) = self.digits(start + sign);
        match self.at(end) {
            b',' | b' ' | b')' | b'\n' if end > start + sign => {
                return Token { value, ..Token::new(Tok::Int, start, end) };
            }
            b':' if end > start && sign == 0 => {
                let token = Token::new(Tok::NumberLabel, start, end + 1);
                return Token { value, name_end: end as u32, ..token };
            }
            b'.' if end > start + sign => return self.decimal(start, end),
            b'x' if end == start + 1 && sign == 0 && value == 0 => {
                let hex_end = self.name_end(end + 1);
                return Token::new(Tok::Hex, start, hex_end);
            }
            _ => {}
        }
        let name_end = self.name_end(end);
        if self.at(name_end) == b':' && self.at(start) != b'+' && name_end > end {
            return self.name_label(start, name_end);
        }
        let kind = if end > start + sign { Tok::Int } else { Tok::Invalid };
        Token { value, ..Token::new(kind, start, end.max(start + 1)) }
    }

    fn decimal(&self, start: usize, point: usize) -> Token {
        let (_, mut end) = self.digits(point + 1);
        if matches!(self.at(end), b'e' | b'E') {
            let sign = usize::from(matches!(self.at(end + 1), b'+' | b'-'));
            let (_, exponent_end) = self.digits(end + 1 + sign);
            if exponent_end > end + 1 + sign {
                end = exponent_end;
            }
        }
        Token::new(Tok::Decimal, start, end)
    }

    /// Skips to behind the bracket that closes one already open; says where it is.
    /// Strings and comments may hold brackets.
    pub(crate) fn skip_brackets(&mut self, open: u8, close: u8) -> Option<usize> {
        let mut depth = 1u32;
        let mut pos = self.pos;
        loop {
            pos += plain_len(self.text.get(pos..)?, open, close);
            let byte = *self.text.get(pos)?;
            pos += 1;
            match byte {
                b'"' => pos += memchr(b'"', &self.text[pos..])? + 1,
                b';' => pos = self.line_end(pos),
                _ if byte == open => depth += 1,
                _ if byte == close => {
                    depth -= 1;
                    if depth == 0 {
                        self.pos = pos;
                        return Some(pos - 1);
                    }
                }
                _ => {}
            }
        }
    }

    /// Skips the rest of the line.
    pub(crate) fn skip_line(&mut self) {
        self.pos = self.line_end(self.pos);
    }
}

/// How many bytes of `text` come before the first bracket, quote or comment. Most pieces have none;
/// testing a piece at once compiles to vector instructions.
fn plain_len(text: &[u8], open: u8, close: u8) -> usize {
    let stops = |byte: u8| byte == open || byte == close || byte == b'"' || byte == b';';
    let mut len = 0;
    for piece in text.chunks(32) {
        if piece.iter().fold(false, |found, &byte| found | stops(byte)) {
            return len + piece.iter().position(|&byte| stops(byte)).unwrap_or(piece.len());
        }
        len += piece.len();
    }
    len
}

/// Undoes the escapes `\\` and `\xx` of a quoted name or string.
pub(crate) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr(b'\\', text) else {
        return Cow::Borrowed(text);
    };
    let mut bytes = text[..first].to_vec();
    let mut rest = &text[first..];
    loop {
        rest = match rest {
            [] => return Cow::Owned(bytes),
            [b'\\', b'\\', tail @ ..] => {
                bytes.push(b'\\');
                tail
            }
            [b'\\', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hex_digit(*high) << 4 | hex_digit(*low));
                tail
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                tail
            }
        };
    }
}

/// The value of an ASCII hex digit; the caller checked that it is one.
pub(crate) fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Tok, &str)> {
        let mut lexer = Lexer::new(text.as_bytes(), 0, text.len());
        let mut tokens = Vec::new();
        loop {
            let token = lexer.next();
            if token.kind == Tok::End {
                return tokens;
            }
            tokens.push((token.kind, &text[token.name as usize..token.name_end as usize]));
        }
    }

    #[test]
    fn names_numbers_and_labels() {
        let text = "%12 %a.b-c %\"q \\22\" @0 @f $c $\"d\" #3 !7 !foo ! \"s\" c\"b\\00\" x: 12: \"l\": -x: $y:";
        let expected = [
            (Tok::LocalNumber, "%12"),
            (Tok::LocalName, "a.b-c"),
            (Tok::LocalName, "q \\22"),
            (Tok::GlobalNumber, "@0"),
            (Tok::GlobalName, "f"),
            (Tok::Comdat, "c"),
            (Tok::Comdat, "d"),
            (Tok::AttributeGroup, "#3"),
            (Tok::MetadataNumber, "!7"),
            (Tok::MetadataName, "foo"),
            (Tok::Bang, "!"),
            (Tok::Str, "s"),
            (Tok::Bytes, "b\\00"),
            (Tok::NameLabel, "x"),
            (Tok::NumberLabel, "12"),
            (Tok::NameLabel, "l"),
            (Tok::NameLabel, "-x"),
            (Tok::NameLabel, "$y"),
        ];
        assert_eq!(kinds(text), expected);
    }

    #[test]
    fn numbers() {
        let text = "1 -1 +1 1.5 -1.5e+10 1.e3 1.5e 0x1F 0xKAB s0xFF ... i64 i64x 5]";
        let expected = [
            (Tok::Int, "1"),
            (Tok::Int, "-1"),
            (Tok::Int, "+1"),
            (Tok::Decimal, "1.5"),
            (Tok::Decimal, "-1.5e+10"),
            (Tok::Decimal, "1.e3"),
            (Tok::Decimal, "1.5"),
            (Tok::Word, "e"),
            (Tok::Hex, "0x1F"),
            (Tok::Hex, "0xKAB"),
            (Tok::HexInt, "s0xFF"),
            (Tok::Ellipsis, "..."),
            (Tok::IntType, "i64"),
            (Tok::Word, "i64x"),
            (Tok::Int, "5"),
            (Tok::RBracket, "]"),
        ];
        assert_eq!(kinds(text), expected);
    }

    #[test]
    fn broken_text_ends() {
        assert_eq!(kinds("%\"abc"), [(Tok::Invalid, "%\"abc")]);
        assert_eq!(kinds("% ` -"), [(Tok::Invalid, "%"), (Tok::Invalid, "`"), (Tok::Invalid, "-")]);
        assert_eq!(kinds("a ; comment"), [(Tok::Word, "a")]);
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let text = b"{ \"}\" ; }\n {} } rest";
        let mut lexer = Lexer::new(text, 1, text.len());
        assert_eq!(lexer.skip_brackets(b'{', b'}'), Some(14));
        assert_eq!(Lexer::new(b"{{}", 1, 3).skip_brackets(b'{', b'}'), None);
    }

    #[test]
    fn escapes() {
        assert_eq!(&*unescape(b"a\\\\b\\0Ac\\z\\4"), b"a\\b\nc\\z\\4");
    }
}
