//! Tokens of the text.

use crate::keyword::Keyword;

/// Kind of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Tok {
    End,
    /// A byte that starts no token, or a string that does not end.
    Invalid,
    /// Anything of letters; `Token::word` says which keyword.
    Word,
    /// `i32`; the value is the width.
    IntType,
    /// Decimal integer. The value is its magnitude, saturated.
    Int,
    /// Decimal number with a point.
    Decimal,
    /// `0x...`, with an optional letter for the format.
    Hex,
    /// `s0x...`, `u0x...`
    HexInt,
    /// `%12`
    LocalNumber,
    /// `%name`
    LocalName,
    /// `@12`
    GlobalNumber,
    /// `@name`
    GlobalName,
    /// `$name`
    Comdat,
    /// `#12`
    AttributeGroup,
    /// `#dbg_value` and its like.
    DebugRecord,
    /// `!12`
    MetadataNumber,
    /// `!name`
    MetadataName,
    /// `!`
    Bang,
    /// `"..."`
    Str,
    /// `c"..."`
    Bytes,
    /// `12:`
    NumberLabel,
    /// `name:`
    NameLabel,
    /// `^12`
    Summary,
    Ellipsis,
    Equal,
    Comma,
    Star,
    Colon,
    Bar,
    LParen,
    RParen,
    LBrace,
    RBrace,
    LBracket,
    RBracket,
    Less,
    Greater,
}

impl Tok {
    /// Whether the token is always the same byte.
    #[inline]
    pub(crate) fn is_punctuation(self) -> bool {
        self as u8 >= Tok::Equal as u8
    }
}

/// A token. `start..end` is all of it, `name..name_end` is without sigil, quotes and colon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Tok,
    /// The name has backslashes.
    pub(crate) escaped: bool,
    pub(crate) word: Keyword,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) name: u32,
    pub(crate) name_end: u32,
    pub(crate) value: u64,
}

impl Token {
    #[inline]
    pub(crate) fn new(kind: Tok, start: usize, end: usize) -> Token {
        Token {
            kind,
            escaped: false,
            word: Keyword::Unknown,
            start: start as u32,
            end: end as u32,
            name: start as u32,
            name_end: end as u32,
            value: 0,
        }
    }
}
