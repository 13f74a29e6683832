//! Names of values and blocks, which may be used before they are defined.

use super::body::BodyParser;
use crate::ast::{Block, BlockId, Definition, List, Local, LocalId, Name};
use crate::error::{ErrorKind, Fault, Result};
use crate::token::{Tok, Token};
use crate::types::TypeId;

impl<'a> BodyParser<'a, '_> {
    /// The local in `token`, used as a value of type `ty`.
    #[inline]
    pub(super) fn local(&mut self, token: Token, ty: TypeId) -> Result<LocalId> {
        let found = match token.kind {
            Tok::LocalNumber => self.body.locals.numbers.get(self.parser.small(token)?),
            _ => self.body.locals.names.get(&*self.parser.name(token)).copied(),
        };
        let Some(index) = found else {
            return self.first_mention(token, ty);
        };
        let local = self.body.locals.list[index as usize];
        if local.ty != ty {
            return Err(self.parser.mismatch(token, local.ty, ty));
        }
        Ok(LocalId(index))
    }

    /// A value used before its definition: the use says its type.
    fn first_mention(&mut self, token: Token, ty: TypeId) -> Result<LocalId> {
        let name = self.parser.local_name(token)?;
        Ok(self.push_local(name, Local { ty, definition: Definition::Missing(token.start) }))
    }

    /// Adds a local whose name is new.
    #[inline]
    fn push_local(&mut self, name: Name<'a>, local: Local) -> LocalId {
        let locals = &mut self.body.locals;
        let index = locals.list.len() as u32;
        locals.list.push(local);
        match name {
            Name::Number(number) => drop(locals.numbers.insert(number, index)),
            Name::Text(text) => drop(locals.names.insert(text, index)),
        }
        LocalId(index)
    }

    /// Defines a value; without a name it has the next number.
    #[inline]
    pub(super) fn define(
        &mut self,
        name: Option<Name<'a>>,
        ty: TypeId,
        definition: Definition,
        offset: u32,
    ) -> Result<LocalId> {
        let name = name.unwrap_or(Name::Number(self.body.locals.next_number));
        let found = match &name {
            Name::Number(number) => {
                self.take_number(*number, offset)?;
                self.body.locals.numbers.get(*number)
            }
            Name::Text(text) => self.body.locals.names.get(text).copied(),
        };
        let Some(index) = found else {
            return Ok(self.push_local(name, Local { ty, definition }));
        };
        let local = &mut self.body.locals.list[index as usize];
        let mention = match local.definition {
            Definition::Missing(mention) => mention,
            _ => return Err(redefined(&name, offset)),
        };
        if local.ty != ty {
            let (found, expected) = (self.parser.types.display(ty), local.ty);
            let expected = format!("'{}', as where it is used", self.parser.types.display(expected));
            let value = shown(&name);
            let kind = ErrorKind::Type { value, found, expected };
            return Err(Fault::new(offset.max(mention), kind));
        }
        local.definition = definition;
        Ok(LocalId(index))
    }

    /// Numbers of unnamed values ascend; LLVM 18 and newer leave gaps.
    #[inline]
    pub(super) fn take_number(&mut self, number: u32, offset: u32) -> Result<()> {
        let next = &mut self.body.locals.next_number;
        if number < *next || number == u32::MAX {
            return Err(Fault::invalid(offset, format!("expected number {next} or greater, found {number}")));
        }
        *next = number + 1;
        Ok(())
    }

    /// The block with this name, mentioned at `offset`.
    pub(super) fn block_named(&mut self, name: Name<'a>, offset: u32) -> Result<BlockId> {
        let found = match &name {
            Name::Number(number) => self.body.locals.numbers.get(*number),
            Name::Text(text) => self.body.locals.names.get(text).copied(),
        };
        if let Some(index) = found {
            return match self.body.locals.list[index as usize].definition {
                Definition::Block(block) => Ok(block),
                _ => Err(Fault::invalid(offset, format!("'{}' is a value, not a block", shown(&name)))),
            };
        }
        let block = BlockId(self.body.blocks.len() as u32);
        self.body.blocks.push(Block { offset, insts: List::default(), defined: false });
        self.push_local(name, Local { ty: TypeId::LABEL, definition: Definition::Block(block) });
        Ok(block)
    }
}

#[cold]
fn redefined(name: &Name<'_>, offset: u32) -> Box<Fault> {
    Fault::new(offset, ErrorKind::Redefined { what: "value", name: shown(name) })
}

fn shown(name: &Name<'_>) -> String {
    match name {
        Name::Number(number) => format!("%{number}"),
        Name::Text(text) => format!("%{}", String::from_utf8_lossy(text)),
    }
}
