//! Variables, aliases and ifuncs, and what they share with functions.

use std::borrow::Cow;

use super::Parser;
use super::module::ModuleParser;
use crate::ast::{Alias, DllStorage, Global, Linkage, Operand, Placement, SymbolTraits, ThreadLocal, Visibility};
use crate::error::Result;
use crate::keyword::Keyword;
use crate::symbols::{SymbolId, SymbolKind};
use crate::token::{Tok, Token};
use crate::types::TypeId;

impl<'a> Parser<'a, '_> {
    /// Linkage, preemption, visibility and DLL storage; says whether a linkage was written.
    pub(super) fn traits(&mut self) -> (SymbolTraits, bool) {
        let linkage = linkage(self.token.word);
        if linkage.is_some() {
            self.bump();
        }
        let mut traits = SymbolTraits { linkage: linkage.unwrap_or_default(), ..Default::default() };
        traits.dso_local = self.eat_word(Keyword::DsoLocal);
        if !traits.dso_local {
            self.eat_word(Keyword::DsoPreemptable);
        }
        traits.visibility = match self.token.word {
            Keyword::Hidden => Visibility::Hidden,
            Keyword::Protected => Visibility::Protected,
            _ => Visibility::Default,
        };
        if traits.visibility != Visibility::Default || self.at_word(Keyword::Default) {
            self.bump();
        }
        traits.dll = match self.token.word {
            Keyword::DllImport => DllStorage::Import,
            Keyword::DllExport => DllStorage::Export,
            _ => DllStorage::None,
        };
        if traits.dll != DllStorage::None {
            self.bump();
        }
        let local = matches!(traits.linkage, Linkage::Internal | Linkage::Private);
        traits.dso_local |= local || traits.visibility != Visibility::Default;
        (traits, linkage.is_some())
    }

    pub(super) fn unnamed_addr(&mut self) -> bool {
        self.eat_word(Keyword::UnnamedAddr) || self.eat_word(Keyword::LocalUnnamedAddr)
    }

    /// `thread_local`, `thread_local(initialexec)`
    fn thread_local(&mut self) -> Result<ThreadLocal> {
        if !self.eat_word(Keyword::ThreadLocal) {
            return Ok(ThreadLocal::No);
        }
        if !self.eat(Tok::LParen) {
            return Ok(ThreadLocal::GeneralDynamic);
        }
        let model = match self.token.word {
            Keyword::LocalDynamic => ThreadLocal::LocalDynamic,
            Keyword::InitialExec => ThreadLocal::InitialExec,
            Keyword::LocalExec => ThreadLocal::LocalExec,
            _ => return Err(self.expected("a thread-local model")),
        };
        self.bump();
        self.expect(Tok::RParen, "')'")?;
        Ok(model)
    }

    /// `comdat`, `comdat($name)`; `own` is the name of the symbol itself.
    pub(super) fn comdat(&mut self, own: &Cow<'a, [u8]>) -> Result<Cow<'a, [u8]>> {
        self.bump();
        if !self.eat(Tok::LParen) {
            return Ok(own.clone());
        }
        let token = self.expect(Tok::Comdat, "a comdat name")?;
        self.expect(Tok::RParen, "')'")?;
        Ok(self.name(token))
    }

    /// The name of a symbol token, for its comdat; a number names none.
    pub(super) fn symbol_name(&self, token: Token) -> Cow<'a, [u8]> {
        match token.kind {
            Tok::GlobalName => self.name(token),
            _ => Cow::Borrowed(&[]),
        }
    }
}

fn linkage(word: Keyword) -> Option<Linkage> {
    Some(match word {
        Keyword::Private => Linkage::Private,
        Keyword::Internal => Linkage::Internal,
        Keyword::AvailableExternally => Linkage::AvailableExternally,
        Keyword::LinkOnce => Linkage::LinkOnce,
        Keyword::LinkOnceOdr => Linkage::LinkOnceOdr,
        Keyword::Weak => Linkage::Weak,
        Keyword::WeakOdr => Linkage::WeakOdr,
        Keyword::Common => Linkage::Common,
        Keyword::Appending => Linkage::Appending,
        Keyword::ExternWeak => Linkage::ExternWeak,
        Keyword::External => Linkage::External,
        _ => return None,
    })
}

impl<'a> ModuleParser<'a, '_> {
    /// `@name = ...`
    pub(super) fn global_item(&mut self) -> Result<()> {
        let token = self.parser.token;
        let symbol = self.parser.symbol()?;
        self.parser.expect(Tok::Equal, "'='")?;
        let (mut traits, has_linkage) = self.parser.traits();
        traits.thread_local = self.parser.thread_local()?;
        traits.unnamed_addr = self.parser.unnamed_addr();
        match self.parser.token.word {
            Keyword::Alias | Keyword::IFunc => self.alias(token, symbol, traits),
            _ => {
                let declared = matches!(traits.linkage, Linkage::External | Linkage::ExternWeak);
                self.variable(token, symbol, traits, has_linkage && declared)
            }
        }
    }

    fn variable(&mut self, token: Token, symbol: SymbolId, traits: SymbolTraits, declaration: bool) -> Result<()> {
        let parser = &mut self.parser;
        let address_space = parser.address_space()?;
        let externally_initialized = parser.eat_word(Keyword::ExternallyInitialized);
        let constant = match parser.token.word {
            Keyword::Constant => true,
            Keyword::Global => false,
            _ => return Err(parser.expected("'global', 'constant', 'alias' or 'ifunc'")),
        };
        parser.bump();
        let ty = parser.value_type()?;
        let init = if declaration { None } else { Some(parser.constant(ty)?) };
        let own = parser.symbol_name(token);
        let placement = parser.variable_suffix(&own)?;
        let index = self.module.globals.len() as u32;
        self.module.globals.push(Global {
            offset: token.start,
            symbol,
            traits,
            ty,
            constant,
            externally_initialized,
            address_space,
            init,
            placement,
        });
        self.define(symbol, SymbolKind::Global(index), token)
    }

    /// `alias T, ptr @target`, `ifunc T, ptr @resolver`
    fn alias(&mut self, token: Token, symbol: SymbolId, traits: SymbolTraits) -> Result<()> {
        let parser = &mut self.parser;
        let ifunc = parser.bump().word == Keyword::IFunc;
        let ty = parser.ty()?;
        parser.comma()?;
        let target = parser.alias_target()?;
        let mut partition = None;
        while parser.eat(Tok::Comma) {
            if parser.at(Tok::MetadataName) {
                parser.definition_metadata()?;
            } else {
                parser.expect_word(Keyword::Partition)?;
                partition = Some(parser.string()?);
            }
        }
        let index = self.module.aliases.len() as u32;
        let offset = token.start;
        self.module.aliases.push(Alias { offset, symbol, traits, ty, target, ifunc, partition });
        self.define(symbol, SymbolKind::Alias(index), token)
    }
}

impl<'a> Parser<'a, '_> {
    /// A constant; the type may be left out before an expression.
    fn alias_target(&mut self) -> Result<Operand> {
        let expressions = [Keyword::GetElementPtr, Keyword::BitCast, Keyword::AddrSpaceCast, Keyword::IntToPtr];
        if !expressions.contains(&self.token.word) {
            return self.typed_constant();
        }
        let ty = TypeId::PTR;
        Ok(Operand { ty, value: self.constant(ty)? })
    }

    /// What follows the initializer of a variable.
    fn variable_suffix(&mut self, own: &Cow<'a, [u8]>) -> Result<Placement<'a>> {
        let mut placement = Placement::default();
        while self.eat(Tok::Comma) {
            match (self.token.kind, self.token.word) {
                (Tok::MetadataName, _) => drop(self.definition_metadata()?),
                (_, Keyword::Section) => {
                    self.bump();
                    placement.section = Some(self.string()?);
                }
                (_, Keyword::Partition) => {
                    self.bump();
                    placement.partition = Some(self.string()?);
                }
                (_, Keyword::Comdat) => placement.comdat = Some(self.comdat(own)?),
                (_, Keyword::Align) => {
                    self.bump();
                    placement.align = self.alignment()?;
                }
                (_, Keyword::CodeModel) => {
                    self.bump();
                    self.string()?;
                }
                (
                    _,
                    Keyword::NoSanitizeAddress
                    | Keyword::NoSanitizeHwAddress
                    | Keyword::SanitizeMemTag
                    | Keyword::SanitizeAddressDyninit,
                ) => drop(self.bump()),
                _ => return Err(self.expected("a property of a variable")),
            }
        }
        while self.eat(Tok::AttributeGroup) {}
        Ok(placement)
    }
}
