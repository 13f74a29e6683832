//! Headers of functions.

use super::Parser;
use super::module::ModuleParser;
use crate::ast::{Convention, Function, FunctionAttributes, List, Param, Placement};
use crate::error::Result;
use crate::keyword::Keyword;
use crate::symbols::SymbolKind;
use crate::token::{Tok, Token};

impl Parser<'_, '_> {
    /// A calling convention, if there is one.
    pub(super) fn convention(&mut self) -> Result<Convention> {
        let keyword = self.token.word;
        let known = Keyword::AArch64SvePcs as u16..=Keyword::X86VectorCall as u16;
        if !self.at(Tok::Word) || !known.contains(&(keyword as u16)) {
            return Ok(Convention::default());
        }
        self.bump();
        let number = if keyword == Keyword::Cc { self.number32()? } else { 0 };
        Ok(Convention { keyword, number })
    }
}

impl<'a> ModuleParser<'a, '_> {
    /// `define` or `declare`
    pub(super) fn function(&mut self, define: bool) -> Result<()> {
        let start = self.parser.bump();
        // A declaration has its metadata in front.
        let (debug, profile) = self.parser.definition_metadata()?;
        let (traits, _) = self.parser.traits();
        let convention = self.parser.convention()?;
        let ret_attributes = self.parser.param_attributes(&mut self.module.attributes)?;
        let ret = self.parser.ty()?;
        let token = self.parser.token;
        let symbol = self.parser.symbol()?;
        let (params, varargs) = self.params()?;
        let mut function = Function {
            offset: start.start,
            symbol,
            traits,
            convention,
            ret,
            ret_attributes,
            params,
            varargs,
            attributes: FunctionAttributes::default(),
            groups: Vec::new(),
            placement: Placement::default(),
            gc: None,
            prefix: None,
            prologue: None,
            personality: None,
            debug,
            profile,
            body: None,
        };
        self.function_suffix(&mut function, token)?;
        if define {
            let (debug, profile) = self.parser.definition_metadata()?;
            function.debug = function.debug.or(debug);
            function.profile = function.profile.or(profile);
            function.body = Some(self.body_extent()?);
        }
        let index = self.module.functions.len() as u32;
        self.module.functions.push(function);
        self.define(symbol, SymbolKind::Function(index), token)
    }

    fn params(&mut self) -> Result<(List, bool)> {
        self.parser.expect(Tok::LParen, "'('")?;
        let start = self.module.params.len();
        let mut varargs = false;
        while !self.parser.at(Tok::RParen) && !varargs {
            if self.module.params.len() > start {
                self.parser.comma()?;
            }
            varargs = self.parser.eat(Tok::Ellipsis);
            if !varargs {
                self.param()?;
            }
        }
        self.parser.expect(Tok::RParen, "')'")?;
        Ok((List::new(start, self.module.params.len()), varargs))
    }

    fn param(&mut self) -> Result<()> {
        let parser = &mut self.parser;
        let offset = parser.token.start;
        let ty = parser.value_type()?;
        let attributes = parser.param_attributes(&mut self.module.attributes)?;
        let name = match parser.token.kind {
            Tok::LocalName | Tok::LocalNumber => {
                let token = parser.bump();
                Some(parser.local_name(token)?)
            }
            _ => None,
        };
        self.module.params.push(Param { ty, attributes, name, offset });
        Ok(())
    }

    /// What follows the parameters.
    fn function_suffix(&mut self, function: &mut Function<'a>, name: Token) -> Result<()> {
        let parser = &mut self.parser;
        loop {
            if parser.at(Tok::AttributeGroup) {
                let token = parser.bump();
                function.groups.push((parser.small(token)?, token.start));
                continue;
            }
            if parser.function_attribute(&mut function.attributes)? {
                continue;
            }
            match (parser.token.kind, parser.token.word) {
                (Tok::Word, Keyword::UnnamedAddr | Keyword::LocalUnnamedAddr) => {
                    parser.bump();
                    function.traits.unnamed_addr = true;
                }
                (Tok::Word, Keyword::AddrSpace) => drop(parser.address_space()?),
                (Tok::Word, Keyword::Section) => {
                    parser.bump();
                    function.placement.section = Some(parser.string()?);
                }
                (Tok::Word, Keyword::Partition) => {
                    parser.bump();
                    function.placement.partition = Some(parser.string()?);
                }
                (Tok::Word, Keyword::Comdat) => {
                    let own = parser.symbol_name(name);
                    function.placement.comdat = Some(parser.comdat(&own)?);
                }
                (Tok::Word, Keyword::Gc) => {
                    parser.bump();
                    function.gc = Some(parser.string()?);
                }
                (Tok::Word, Keyword::Prefix) => {
                    parser.bump();
                    function.prefix = Some(parser.typed_constant()?);
                }
                (Tok::Word, Keyword::Prologue) => {
                    parser.bump();
                    function.prologue = Some(parser.typed_constant()?);
                }
                (Tok::Word, Keyword::Personality) => {
                    parser.bump();
                    function.personality = Some(parser.typed_constant()?);
                }
                _ => break,
            }
        }
        function.placement.align = function.attributes.align;
        Ok(())
    }

    /// Skips the body; says where it is.
    fn body_extent(&mut self) -> Result<(u32, u32)> {
        let open = self.parser.token;
        if open.kind != Tok::LBrace {
            return Err(self.parser.expected("a function attribute or '{'"));
        }
        Ok((open.end, self.parser.skip_from(b'{', b'}')?))
    }
}
