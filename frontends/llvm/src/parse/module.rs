//! Top level of a module. Function bodies are skipped; their extent is kept.

use std::borrow::Cow;

use super::{Parser, SymbolScope};
use crate::ast::{AttributeId, Comdat, ConstantPool, FunctionAttributes, Metadata, Module};
use crate::error::{Error, ErrorKind, Fault, Result};
use crate::keyword::Keyword;
use crate::layout::DataLayout;
use crate::lexer::Lexer;
use crate::numbers::NumberTable;
use crate::symbols::{SymbolId, SymbolKind, Symbols};
use crate::token::{Tok, Token};
use crate::types::{NamedBody, TypeTable};

pub(super) struct ModuleParser<'a, 'm> {
    pub(super) parser: Parser<'a, 'm>,
    /// What was read so far, but for the tables that `parser` fills.
    pub(super) module: Module<'a>,
}

/// Parses a module, but not the bodies of its functions, which [`BodyReader`](super::BodyReader) does.
pub fn parse_module(text: &[u8]) -> std::result::Result<Module<'_>, Error> {
    parse(text).map_err(|fault| fault.locate(text))
}

fn parse(text: &[u8]) -> Result<Module<'_>> {
    if text.len() >= u32::MAX as usize {
        return Err(Fault::new(0, ErrorKind::TooLarge));
    }
    let mut types = TypeTable::default();
    let mut symbols = Symbols::default();
    let mut constants = ConstantPool::default();
    let lexer = Lexer::new(text, 0, text.len());
    let parser = Parser::new(lexer, &mut types, SymbolScope::Open(&mut symbols), &mut constants);
    let mut parser = ModuleParser { parser, module: empty(text) };
    while !parser.parser.at(Tok::End) {
        parser.item()?;
    }
    let module = parser.module;
    let mut module = Module { types, symbols, constants, ..module };
    resolve(&mut module)?;
    Ok(module)
}

fn empty(text: &[u8]) -> Module<'_> {
    Module {
        text,
        source_filename: Cow::Borrowed(b""),
        triple: Cow::Borrowed(b""),
        layout: DataLayout::default(),
        assembly: Vec::new(),
        types: TypeTable::default(),
        symbols: Symbols::default(),
        constants: ConstantPool::default(),
        globals: Vec::new(),
        functions: Vec::new(),
        params: Vec::new(),
        aliases: Vec::new(),
        comdats: Vec::new(),
        attributes: AttributeId::initial_pool(),
        groups: Vec::new(),
        group_numbers: NumberTable::default(),
        metadata: Metadata::default(),
    }
}

/// What can only be said once all is read: whether every name has a definition.
fn resolve(module: &mut Module<'_>) -> Result<()> {
    if let Some((named, offset)) = module.types.undefined(0) {
        let name = format!("%{}", String::from_utf8_lossy(&named.name));
        return Err(Fault::new(offset, ErrorKind::Undefined { what: "type", name }));
    }
    for (_, symbol) in module.symbols.iter() {
        if let SymbolKind::Undefined(offset) = symbol.kind {
            return Err(Fault::new(offset, ErrorKind::Undefined { what: "value", name: symbol.display() }));
        }
    }
    for address in &module.constants.block_addresses {
        let symbol = module.symbols.get(address.function);
        if !matches!(symbol.kind, SymbolKind::Function(_)) {
            let message = format!("'{}' in 'blockaddress' is not a function", symbol.display());
            return Err(Fault::invalid(address.offset, message));
        }
    }
    for function in &mut module.functions {
        for &(number, offset) in &function.groups {
            let Some(index) = module.group_numbers.get(number) else {
                let name = format!("#{number}");
                return Err(Fault::new(offset, ErrorKind::Undefined { what: "attribute group", name }));
            };
            function.attributes.merge(&module.groups[index as usize]);
        }
    }
    Ok(())
}

impl<'a> ModuleParser<'a, '_> {
    /// One definition of the top level.
    fn item(&mut self) -> Result<()> {
        match self.parser.token.kind {
            Tok::Word => self.word_item(),
            Tok::GlobalName | Tok::GlobalNumber => self.global_item(),
            Tok::LocalName | Tok::LocalNumber => self.type_definition(),
            Tok::MetadataNumber => self.numbered_metadata(),
            Tok::MetadataName => self.named_metadata(),
            Tok::Comdat => self.comdat_definition(),
            // Entries of a module summary, one a line.
            Tok::Summary => {
                self.parser.lexer.skip_line();
                self.parser.bump();
                Ok(())
            }
            _ => Err(self.parser.expected("a definition")),
        }
    }

    fn word_item(&mut self) -> Result<()> {
        match self.parser.token.word {
            Keyword::Define => self.function(true),
            Keyword::Declare => self.function(false),
            Keyword::Attributes => self.attribute_group(),
            Keyword::SourceFilename => {
                self.parser.bump();
                self.parser.expect(Tok::Equal, "'='")?;
                self.module.source_filename = self.parser.string()?;
                Ok(())
            }
            Keyword::Target => self.target(),
            Keyword::Module => {
                self.parser.bump();
                self.parser.expect_word(Keyword::Asm)?;
                let offset = self.parser.token.start;
                let line = self.parser.string()?;
                self.module.assembly.push((line, offset));
                Ok(())
            }
            Keyword::UseListOrder | Keyword::UseListOrderBb => self.parser.skip_use_list_order(),
            _ => Err(self.parser.expected("a definition")),
        }
    }

    /// `target triple = "..."`, `target datalayout = "..."`
    fn target(&mut self) -> Result<()> {
        self.parser.bump();
        let what = self.parser.token;
        if !matches!(what.word, Keyword::Triple | Keyword::DataLayout) {
            return Err(self.parser.expected("'triple' or 'datalayout'"));
        }
        self.parser.bump();
        self.parser.expect(Tok::Equal, "'='")?;
        let token = self.parser.token;
        let text = self.parser.string()?;
        if what.word == Keyword::Triple {
            self.module.triple = text;
            return Ok(());
        }
        let layout = DataLayout::parse(&String::from_utf8_lossy(&text));
        self.module.layout =
            layout.map_err(|part| Fault::invalid(token.start, format!("malformed data layout: '{part}'")))?;
        Ok(())
    }

    /// `%name = type ...`
    fn type_definition(&mut self) -> Result<()> {
        let token = self.parser.bump();
        self.parser.expect(Tok::Equal, "'='")?;
        self.parser.expect_word(Keyword::Type)?;
        let id = match token.kind {
            Tok::LocalNumber => {
                let number = self.parser.small(token)?;
                self.parser.types.by_number(number, token.start)
            }
            _ => {
                let name = self.parser.name(token);
                self.parser.types.by_name(name, token.start)
            }
        };
        let body = if self.parser.eat_word(Keyword::Opaque) {
            NamedBody::Opaque
        } else {
            if !matches!(self.parser.token.kind, Tok::LBrace | Tok::Less) {
                return Err(self.parser.unsupported("a name for a type that is no structure"));
            }
            NamedBody::Struct(self.parser.value_type()?)
        };
        if !self.parser.types.define(id, body) {
            return Err(self.redefined(token, "type"));
        }
        Ok(())
    }

    /// `$name = comdat any`
    fn comdat_definition(&mut self) -> Result<()> {
        let token = self.parser.bump();
        let name = self.parser.name(token);
        self.parser.expect(Tok::Equal, "'='")?;
        self.parser.expect_word(Keyword::Comdat)?;
        let kind = self.parser.token.word;
        if !matches!(
            kind,
            Keyword::Any | Keyword::ExactMatch | Keyword::Largest | Keyword::NoDuplicates | Keyword::SameSize
        ) {
            return Err(self.parser.expected("a selection kind"));
        }
        self.parser.bump();
        self.module.comdats.push(Comdat { name, kind });
        Ok(())
    }

    /// `attributes #0 = { ... }`
    fn attribute_group(&mut self) -> Result<()> {
        self.parser.bump();
        let token = self.parser.expect(Tok::AttributeGroup, "'#' and a number")?;
        let number = self.parser.small(token)?;
        self.parser.expect(Tok::Equal, "'='")?;
        self.parser.expect(Tok::LBrace, "'{'")?;
        let mut attributes = FunctionAttributes::default();
        while self.parser.function_attribute(&mut attributes)? {}
        self.parser.expect(Tok::RBrace, "an attribute or '}'")?;
        // Two groups of the same number add up.
        match self.module.group_numbers.get(number) {
            Some(index) => self.module.groups[index as usize].merge(&attributes),
            None => {
                self.module.group_numbers.insert(number, self.module.groups.len() as u32);
                self.module.groups.push(attributes);
            }
        }
        Ok(())
    }

    /// Says what the symbol in `token` is.
    pub(super) fn define(&mut self, symbol: SymbolId, kind: SymbolKind, token: Token) -> Result<()> {
        let SymbolScope::Open(symbols) = &mut self.parser.symbols else {
            return Ok(());
        };
        if symbols.define(symbol, kind) { Ok(()) } else { Err(self.redefined(token, "value")) }
    }

    fn redefined(&self, token: Token, what: &'static str) -> Box<Fault> {
        let name = self.parser.shown(token);
        Fault::new(token.start, ErrorKind::Redefined { what, name })
    }
}

impl Parser<'_, '_> {
    /// Skips `uselistorder i32 %x, { 1, 0 }`.
    pub(super) fn skip_use_list_order(&mut self) -> Result<()> {
        while !matches!(self.token.kind, Tok::LBrace | Tok::End) {
            self.bump();
        }
        if self.at(Tok::End) {
            return Err(self.expected("'{'"));
        }
        self.skip_from(b'{', b'}').map(drop)
    }
}
