//! Metadata: kept where it means something to a compiler, skipped by counting brackets elsewhere.

use std::borrow::Cow;

use super::Parser;
use super::module::ModuleParser;
use crate::ast::{List, MetadataNode, MetadataOperand};
use crate::error::{ErrorKind, Fault, Result};
use crate::keyword::Keyword;
use crate::token::Tok;

/// The value of a field of a node like `!DILocation(line: 3)`.
enum Field<'a> {
    Number(u64),
    Node(u32),
    String(Cow<'a, [u8]>),
    Other,
}

impl<'a> Parser<'a, '_> {
    /// `!12`, or an inline node, which is skipped.
    #[inline]
    pub(super) fn metadata_reference(&mut self) -> Result<Option<u32>> {
        if self.at(Tok::MetadataNumber) {
            let token = self.bump();
            return self.small(token).map(Some);
        }
        self.inline_metadata()?;
        Ok(None)
    }

    /// Skips `!{...}`, `!DIExpression(...)` or `!"..."`.
    pub(super) fn inline_metadata(&mut self) -> Result<()> {
        self.eat_word(Keyword::Distinct);
        if self.eat(Tok::MetadataName) {
            return self.skip_parentheses();
        }
        self.expect(Tok::Bang, "metadata")?;
        match self.token.kind {
            Tok::LBrace => self.skip_from(b'{', b'}').map(drop),
            Tok::Str => self.string().map(drop),
            _ => Err(self.expected("'{' or a string")),
        }
    }

    fn metadata_operand(&mut self) -> Result<MetadataOperand<'a>> {
        match self.token.kind {
            Tok::MetadataNumber => {
                let token = self.bump();
                Ok(MetadataOperand::Node(self.small(token)?))
            }
            Tok::Bang => {
                let mut after = self.lexer;
                if after.next().kind == Tok::Str {
                    self.bump();
                    return Ok(MetadataOperand::String(self.string()?));
                }
                self.inline_metadata()?;
                Ok(MetadataOperand::None)
            }
            Tok::MetadataName => {
                self.inline_metadata()?;
                Ok(MetadataOperand::None)
            }
            Tok::Word if self.at_word(Keyword::Null) => {
                self.bump();
                Ok(MetadataOperand::None)
            }
            _ => Ok(MetadataOperand::Value(self.typed_constant()?)),
        }
    }

    fn metadata_field(&mut self) -> Result<Field<'a>> {
        let token = self.token;
        match token.kind {
            Tok::Int => {
                self.bump();
                Ok(Field::Number(token.value))
            }
            Tok::Str => Ok(Field::String(self.string()?)),
            Tok::MetadataNumber => {
                self.bump();
                Ok(Field::Node(self.small(token)?))
            }
            Tok::MetadataName | Tok::Bang => {
                self.inline_metadata()?;
                Ok(Field::Other)
            }
            // `DIFlagPublic | DIFlagVirtual`, `true`, `null`
            Tok::Word => {
                self.bump();
                while self.eat(Tok::Bar) {
                    self.expect(Tok::Word, "a flag")?;
                }
                Ok(Field::Other)
            }
            _ => Err(self.expected("a value")),
        }
    }

    /// `(name: value, ...)`
    fn metadata_fields(&mut self, mut visit: impl FnMut(&[u8], Field<'a>)) -> Result<()> {
        self.expect(Tok::LParen, "'('")?;
        while !self.at(Tok::RParen) {
            let name = self.expect(Tok::NameLabel, "a field")?;
            let field = self.metadata_field()?;
            visit(&self.name(name), field);
            if !self.at(Tok::RParen) {
                self.comma()?;
            }
        }
        self.bump();
        Ok(())
    }
}

impl<'a> ModuleParser<'a, '_> {
    /// `!12 = ...`
    pub(super) fn numbered_metadata(&mut self) -> Result<()> {
        let token = self.parser.bump();
        let number = self.parser.small(token)?;
        self.parser.expect(Tok::Equal, "'='")?;
        self.parser.eat_word(Keyword::Distinct);
        let node = match self.parser.token.kind {
            Tok::Bang => {
                self.parser.bump();
                MetadataNode::Tuple(self.metadata_tuple()?)
            }
            Tok::MetadataName => self.special_node()?,
            _ => return Err(self.parser.expected("a metadata node")),
        };
        let metadata = &mut self.module.metadata;
        let index = metadata.nodes.len() as u32;
        metadata.nodes.push(node);
        if metadata.numbers.insert(number, index).is_some() {
            let name = format!("!{number}");
            return Err(Fault::new(token.start, ErrorKind::Redefined { what: "metadata", name }));
        }
        Ok(())
    }

    /// `{...}`
    fn metadata_tuple(&mut self) -> Result<List> {
        self.parser.expect(Tok::LBrace, "'{'")?;
        let start = self.module.metadata.operands.len();
        while !self.parser.at(Tok::RBrace) {
            if self.module.metadata.operands.len() > start {
                self.parser.comma()?;
            }
            let operand = self.parser.metadata_operand()?;
            self.module.metadata.operands.push(operand);
        }
        self.parser.bump();
        Ok(List::new(start, self.module.metadata.operands.len()))
    }

    /// `!DILocation(...)` and its kin.
    fn special_node(&mut self) -> Result<MetadataNode<'a>> {
        let token = self.parser.bump();
        let parser = &mut self.parser;
        match &*parser.name(token) {
            b"DILocation" => location(parser),
            b"DISubprogram" | b"DILexicalBlock" | b"DILexicalBlockFile" => scope(parser),
            b"DIFile" => file(parser),
            _ => {
                parser.skip_parentheses()?;
                Ok(MetadataNode::Other)
            }
        }
    }

    /// `!name = !{!1, !2}`
    pub(super) fn named_metadata(&mut self) -> Result<()> {
        let token = self.parser.bump();
        let name = self.parser.name(token);
        self.parser.expect(Tok::Equal, "'='")?;
        self.parser.expect(Tok::Bang, "'!{'")?;
        let list = self.metadata_tuple()?;
        self.module.metadata.named.push((name, list));
        Ok(())
    }
}

fn location<'a>(parser: &mut Parser<'a, '_>) -> Result<MetadataNode<'a>> {
    let (mut line, mut column, mut scope, mut inlined_at) = (0, 0, None, None);
    parser.metadata_fields(|name, field| match (name, field) {
        (b"line", Field::Number(number)) => line = number as u32,
        (b"column", Field::Number(number)) => column = number as u32,
        (b"scope", Field::Node(node)) => scope = Some(node),
        (b"inlinedAt", Field::Node(node)) => inlined_at = Some(node),
        _ => {}
    })?;
    Ok(MetadataNode::Location { line, column, scope, inlined_at })
}

fn scope<'a>(parser: &mut Parser<'a, '_>) -> Result<MetadataNode<'a>> {
    let (mut name, mut line, mut scope, mut file) = (Cow::Borrowed(&b""[..]), 0, None, None);
    let mut code = None;
    parser.metadata_fields(|key, field| match (key, field) {
        (b"name", Field::String(text)) => name = text,
        (b"line", Field::Number(number)) => line = number as u32,
        (b"scopeLine", Field::Number(number)) => code = Some(number as u32),
        (b"scope", Field::Node(node)) => scope = Some(node),
        (b"file", Field::Node(node)) => file = Some(node),
        _ => {}
    })?;
    Ok(MetadataNode::Scope { name, file, scope, line: code.unwrap_or(line) })
}

fn file<'a>(parser: &mut Parser<'a, '_>) -> Result<MetadataNode<'a>> {
    let (mut name, mut directory) = (Cow::Borrowed(&b""[..]), Cow::Borrowed(&b""[..]));
    let mut md5 = None;
    parser.metadata_fields(|key, field| match (key, field) {
        (b"filename", Field::String(text)) => name = text,
        (b"directory", Field::String(text)) => directory = text,
        (b"checksum", Field::String(text)) => md5 = sixteen_bytes(&text),
        _ => {}
    })?;
    Ok(MetadataNode::File { name, directory, md5 })
}

/// What 32 hexadecimal digits are; of the kinds of checksums only MD5 has so many.
fn sixteen_bytes(digits: &[u8]) -> Option<[u8; 16]> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.len() == 32)?;
    u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)
}
