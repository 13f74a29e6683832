//! Recursive-descent parser: the token at hand, and what every part of the grammar needs.
//!
//! Recursion follows the nesting of types and constants only, and is limited; bodies, metadata and
//! attribute arguments that are not kept are skipped by counting brackets.

mod attributes;
mod body;
mod calls;
mod constants;
mod expressions;
mod floats;
mod functions;
mod globals;
mod instructions;
mod locals;
mod memory;
mod metadata;
mod module;
mod terminators;
mod types;

use std::borrow::Cow;

pub use body::BodyReader;
pub use module::parse_module;

use crate::ast::{ConstantPool, Name};
use crate::error::{ErrorKind, Fault, Result};
use crate::keyword::Keyword;
use crate::lexer::{Lexer, unescape};
use crate::symbols::{SymbolId, Symbols};
use crate::token::{Tok, Token};
use crate::types::{MAX_DEPTH, TypeTable};

/// The global names: those of a module grow while it is parsed; a body may only use them.
enum SymbolScope<'a, 'm> {
    Open(&'m mut Symbols<'a>),
    Closed(&'m Symbols<'a>),
}

struct Parser<'a, 'm> {
    lexer: Lexer<'a>,
    /// The token at hand, not yet consumed.
    token: Token,
    types: &'m mut TypeTable<'a>,
    symbols: SymbolScope<'a, 'm>,
    constants: &'m mut ConstantPool<'a>,
    /// Nesting of types and constants.
    depth: u32,
}

impl<'a, 'm> Parser<'a, 'm> {
    fn new(
        mut lexer: Lexer<'a>,
        types: &'m mut TypeTable<'a>,
        symbols: SymbolScope<'a, 'm>,
        constants: &'m mut ConstantPool<'a>,
    ) -> Parser<'a, 'm> {
        let token = lexer.next();
        Parser { lexer, token, types, symbols, constants, depth: 0 }
    }

    /// Consumes the token at hand and returns it.
    #[inline]
    fn bump(&mut self) -> Token {
        let token = self.token;
        self.token = self.lexer.next();
        token
    }

    #[inline]
    fn at(&self, kind: Tok) -> bool {
        self.token.kind == kind
    }

    #[inline]
    fn at_word(&self, word: Keyword) -> bool {
        self.token.kind == Tok::Word && self.token.word == word
    }

    /// Consumes the token if it is of this kind.
    #[inline]
    fn eat(&mut self, kind: Tok) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// Consumes the token if it is this word.
    #[inline]
    fn eat_word(&mut self, word: Keyword) -> bool {
        let found = self.at_word(word);
        if found {
            self.bump();
        }
        found
    }

    #[inline]
    fn expect(&mut self, kind: Tok, what: &'static str) -> Result<Token> {
        if self.at(kind) { Ok(self.bump()) } else { Err(self.expected(what)) }
    }

    fn expect_word(&mut self, word: Keyword) -> Result<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.expected(format!("'{}'", word.text()))) }
    }

    #[inline]
    fn comma(&mut self) -> Result<()> {
        self.expect(Tok::Comma, "','").map(drop)
    }

    /// What the token at hand should have been.
    #[cold]
    fn expected(&self, what: impl Into<Cow<'static, str>>) -> Box<Fault> {
        let found = match self.token.kind {
            Tok::End => "end of text".to_owned(),
            Tok::Invalid if self.raw(self.token).contains(&b'"') => "a string without end".to_owned(),
            _ => format!("'{}'", self.shown(self.token)),
        };
        Fault::new(self.token.start, ErrorKind::Expected { expected: what.into(), found })
    }

    #[cold]
    fn unsupported(&self, what: impl Into<Cow<'static, str>>) -> Box<Fault> {
        Fault::unsupported(self.token.start, what)
    }

    #[cold]
    fn undefined(&self, token: Token, what: &'static str) -> Box<Fault> {
        let name = self.shown(token);
        Fault::new(token.start, ErrorKind::Undefined { what, name })
    }

    /// The bytes of a token.
    fn raw(&self, token: Token) -> &'a [u8] {
        &self.lexer.text()[token.start as usize..token.end as usize]
    }

    /// A token for a message: its start, if it is long.
    fn shown(&self, token: Token) -> String {
        let raw = self.raw(token);
        let (raw, dots) = if raw.len() > 60 { (&raw[..60], "...") } else { (raw, "") };
        format!("{}{dots}", String::from_utf8_lossy(raw))
    }

    /// The name in a token, without sigil and quotes, escapes undone.
    #[inline]
    fn name(&self, token: Token) -> Cow<'a, [u8]> {
        let raw = &self.lexer.text()[token.name as usize..token.name_end as usize];
        if token.escaped { unescape(raw) } else { Cow::Borrowed(raw) }
    }

    /// The string of `"..."`.
    fn string(&mut self) -> Result<Cow<'a, [u8]>> {
        let token = self.expect(Tok::Str, "a string")?;
        Ok(self.name(token))
    }

    /// An unsigned decimal number.
    fn number(&mut self) -> Result<u64> {
        let token = self.token;
        let negative = self.raw(token).first() == Some(&b'-');
        if token.kind != Tok::Int || negative || token.value == u64::MAX {
            return Err(self.expected("an unsigned number"));
        }
        self.bump();
        Ok(token.value)
    }

    fn number32(&mut self) -> Result<u32> {
        let token = self.token;
        u32::try_from(self.number()?).map_err(|_| Fault::invalid(token.start, "number beyond 32 bits"))
    }

    /// The number of `%12`, `@12`, `!12`, `#12`.
    #[inline]
    fn small(&self, token: Token) -> Result<u32> {
        // The greatest index is kept free: tables store index + 1.
        match u32::try_from(token.value) {
            Ok(number) if number < u32::MAX => Ok(number),
            _ => Err(Fault::invalid(token.start, "number beyond 32 bits")),
        }
    }

    /// An alignment in bytes.
    fn alignment(&mut self) -> Result<u32> {
        let token = self.token;
        let align = self.number()?;
        if !align.is_power_of_two() || align > 1 << 32 {
            return Err(Fault::invalid(token.start, "alignment is not a power of two up to 2^32"));
        }
        // The greatest that the language allows says no more than half of it, in practice.
        Ok(align.min(1 << 31) as u32)
    }

    /// `align 8`, behind its comma, or `align(8)`
    fn align_argument(&mut self) -> Result<u32> {
        let parentheses = self.eat(Tok::LParen);
        let align = self.alignment()?;
        if parentheses {
            self.expect(Tok::RParen, "')'")?;
        }
        Ok(align)
    }

    /// `(12)`
    fn number_argument(&mut self) -> Result<u64> {
        self.expect(Tok::LParen, "'('")?;
        let number = self.number()?;
        self.expect(Tok::RParen, "')'")?;
        Ok(number)
    }

    /// `addrspace(1)`, if it is there.
    fn address_space(&mut self) -> Result<u32> {
        if !self.eat_word(Keyword::AddrSpace) {
            return Ok(0);
        }
        self.expect(Tok::LParen, "'('")?;
        if self.at(Tok::Str) {
            return Err(self.unsupported("symbolic address space"));
        }
        let space = self.number32()?;
        self.expect(Tok::RParen, "')'")?;
        Ok(space)
    }

    /// Skips `(...)`; the token at hand is the opening one.
    fn skip_parentheses(&mut self) -> Result<()> {
        if !self.at(Tok::LParen) {
            return Err(self.expected("'('"));
        }
        self.skip_from(b'(', b')').map(drop)
    }

    /// Skips to behind the bracket that closes the one at hand; returns where that is.
    fn skip_from(&mut self, open: u8, close: u8) -> Result<u32> {
        let start = self.token.start;
        match self.lexer.skip_brackets(open, close) {
            Some(end) => {
                self.token = self.lexer.next();
                Ok(end as u32)
            }
            None => Err(Fault::invalid(start, format!("'{}' is not closed", open as char))),
        }
    }

    /// Runs `parse` one level deeper.
    #[inline]
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Fault::new(self.token.start, ErrorKind::TooDeep(MAX_DEPTH)));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// The symbol of the `@` token at hand.
    #[inline]
    fn symbol(&mut self) -> Result<SymbolId> {
        let token = self.token;
        let found = match (token.kind, &mut self.symbols) {
            (Tok::GlobalName, SymbolScope::Open(symbols)) => {
                let raw = &self.lexer.text()[token.name as usize..token.name_end as usize];
                let name = if token.escaped { unescape(raw) } else { Cow::Borrowed(raw) };
                Some(symbols.mention(name, token.start))
            }
            (Tok::GlobalName, SymbolScope::Closed(symbols)) => {
                let symbols: &Symbols<'a> = symbols;
                symbols.find(&self.name(token))
            }
            (Tok::GlobalNumber, _) => {
                let number = self.small(token)?;
                match &mut self.symbols {
                    SymbolScope::Open(symbols) => Some(symbols.mention_number(number, token.start)),
                    SymbolScope::Closed(symbols) => symbols.find_number(number),
                }
            }
            _ => return Err(self.expected("a global name")),
        };
        self.bump();
        found.ok_or_else(|| self.undefined(token, "value"))
    }

    /// The name of a local value or block, from a `%` or label token.
    fn local_name(&self, token: Token) -> Result<Name<'a>> {
        match token.kind {
            Tok::LocalNumber | Tok::NumberLabel => Ok(Name::Number(self.small(token)?)),
            _ => Ok(Name::Text(self.name(token))),
        }
    }

    /// Skips `, !name !12`, the metadata of a global definition; returns the number of `!dbg`
    /// and of `!prof`.
    fn definition_metadata(&mut self) -> Result<(Option<u32>, Option<u32>)> {
        let (mut debug, mut profile) = (None, None);
        while self.at(Tok::MetadataName) {
            let name = self.bump();
            let node = self.metadata_reference()?;
            match &*self.name(name) {
                b"dbg" => debug = node,
                b"prof" => profile = node,
                _ => {}
            }
        }
        Ok((debug, profile))
    }
}
