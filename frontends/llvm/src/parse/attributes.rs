//! Attributes of functions, parameters and results.

use super::Parser;
use crate::ast::{
    AllocKind, AllocRole, AttributeId, FunctionAttributes, MemoryEffect, MemoryEffects, ParamAttributes, ValueRange,
};
use crate::error::{ErrorKind, Fault, Result};
use crate::keyword::Keyword;
use crate::token::{Tok, Token};
use crate::types::{Type, TypeId};

impl<'a> Parser<'a, '_> {
    /// Attributes of a parameter, argument or result, as an entry of `pool`.
    #[inline]
    pub(super) fn param_attributes(&mut self, pool: &mut Vec<ParamAttributes>) -> Result<AttributeId> {
        if !matches!(self.token.kind, Tok::Word | Tok::Str) {
            return Ok(AttributeId(0));
        }
        let mut attributes = ParamAttributes::default();
        while self.param_attribute(&mut attributes)? {}
        if attributes == pool[0] {
            return Ok(AttributeId(0));
        }
        if attributes == pool[1] {
            return Ok(AttributeId(1));
        }
        if pool.last() != Some(&attributes) {
            pool.push(attributes);
        }
        Ok(AttributeId(pool.len() as u32 - 1))
    }

    /// One attribute, if there is one.
    #[inline]
    fn param_attribute(&mut self, attributes: &mut ParamAttributes) -> Result<bool> {
        match self.token.kind {
            Tok::Word => {}
            Tok::Str => return self.string_attribute().map(|()| true),
            _ => return Ok(false),
        }
        let word = self.token.word;
        if attributes.set.insert(word) {
            self.bump();
            attributes.no_capture |= word == Keyword::NoCapture;
            // LLVM 22 gives some of them an argument, as in `dead_on_return(8)`.
            if self.at(Tok::LParen) {
                self.skip_parentheses()?;
            }
            return Ok(true);
        }
        self.param_attribute_with_argument(word, attributes)
    }

    fn param_attribute_with_argument(&mut self, word: Keyword, attributes: &mut ParamAttributes) -> Result<bool> {
        match word {
            Keyword::Align => {
                self.bump();
                attributes.align = self.align_argument()?;
            }
            Keyword::AlignStack => {
                self.bump();
                attributes.stack_align = self.align_argument()?;
            }
            Keyword::Dereferenceable => {
                self.bump();
                attributes.dereferenceable = self.number_argument()?;
            }
            Keyword::DereferenceableOrNull => {
                self.bump();
                attributes.dereferenceable_or_null = self.number_argument()?;
            }
            Keyword::ByVal => {
                self.bump();
                attributes.byval = Some(self.type_argument()?);
            }
            Keyword::SRet => {
                self.bump();
                attributes.sret = Some(self.type_argument()?);
            }
            Keyword::ByRef | Keyword::InAlloca | Keyword::Preallocated | Keyword::ElementType => {
                self.bump();
                attributes.typed = Some((word, self.type_argument()?));
            }
            Keyword::Range => {
                self.bump();
                attributes.range = self.range_argument()?;
            }
            Keyword::Captures => {
                self.bump();
                self.expect(Tok::LParen, "'('")?;
                attributes.no_capture = self.at_word(Keyword::None);
                while !self.at(Tok::RParen) && !self.at(Tok::End) {
                    self.bump();
                }
                self.expect(Tok::RParen, "')'")?;
            }
            Keyword::NoFpClass | Keyword::Initializes => {
                self.bump();
                self.skip_parentheses()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `(T)`
    fn type_argument(&mut self) -> Result<TypeId> {
        self.expect(Tok::LParen, "'('")?;
        let ty = self.value_type()?;
        self.expect(Tok::RParen, "')'")?;
        Ok(ty)
    }

    /// `(i32 0, 10)`
    fn range_argument(&mut self) -> Result<Option<ValueRange>> {
        self.expect(Tok::LParen, "'('")?;
        let ty = self.ty()?;
        let Type::Int(bits) = self.types.get(ty) else {
            return Err(self.expected("an integer type"));
        };
        let low = self.integer(bits)?;
        self.comma()?;
        let high = self.integer(bits)?;
        self.expect(Tok::RParen, "')'")?;
        Ok((bits <= 64).then_some(ValueRange { low: low as u64, high: high as u64 }))
    }

    /// `"key"` or `"key"="value"`
    fn string_attribute(&mut self) -> Result<()> {
        self.string_attribute_value().map(drop)
    }

    /// The name of an attribute, and its value if it has one.
    fn string_attribute_value(&mut self) -> Result<(Token, Option<Token>)> {
        let name = self.token;
        self.bump();
        let mut value = None;
        if self.eat(Tok::Equal) {
            value = Some(self.token);
            self.expect(Tok::Str, "a string")?;
        }
        Ok((name, value))
    }

    /// An attribute in quotes; most are hints that nothing here takes.
    fn string_function_attribute(&mut self, attributes: &mut FunctionAttributes) -> Result<()> {
        let (name, token) = self.string_attribute_value()?;
        let value = token.map(|value| self.raw(value));
        match self.raw(name) {
            b"\"alloc-family\"" => attributes.alloc_family = token.map(|token| (token.name, token.name_end)),
            b"\"branch-target-enforcement\"" => attributes.branch_targets = value != Some(b"\"false\""),
            b"\"sign-return-address\"" => {
                attributes.signs_return = value != Some(b"\"none\"");
                attributes.signs_leaves = value == Some(b"\"all\"");
            }
            // Unwind tables of the writer cannot say that it is not key A.
            b"\"sign-return-address-key\"" if value == Some(b"\"b_key\"") => {
                return Err(Fault::unsupported(name.start, "signing return addresses with key B"));
            }
            _ => {}
        }
        Ok(())
    }

    /// One attribute of a function, call or group, if there is one.
    #[inline]
    pub(super) fn function_attribute(&mut self, attributes: &mut FunctionAttributes) -> Result<bool> {
        match self.token.kind {
            Tok::Word => {}
            Tok::Str => return self.string_function_attribute(attributes).map(|()| true),
            _ => return Ok(false),
        }
        let word = self.token.word;
        if attributes.set.insert(word) {
            self.bump();
            // `uwtable(sync)`
            if self.at(Tok::LParen) {
                self.skip_parentheses()?;
            }
            return Ok(true);
        }
        match word {
            Keyword::Memory => {
                self.bump();
                attributes.memory = Some(self.memory_argument()?);
            }
            Keyword::AlignStack => {
                self.bump();
                self.eat(Tok::Equal);
                attributes.stack_align = self.align_argument()?;
            }
            Keyword::Align => {
                self.bump();
                self.eat(Tok::Equal);
                attributes.align = self.align_argument()?;
            }
            Keyword::AllocSize => {
                self.bump();
                self.expect(Tok::LParen, "'('")?;
                let size = self.number32()?;
                let count = if self.eat(Tok::Comma) { Some(self.number32()?) } else { None };
                self.expect(Tok::RParen, "')'")?;
                attributes.alloc_size = Some((size, count));
            }
            Keyword::AllocKind => {
                self.bump();
                attributes.alloc_kind = Some(self.alloc_kind()?);
            }
            Keyword::VscaleRange | Keyword::NoFpClass => {
                self.bump();
                self.skip_parentheses()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `("alloc,zeroed,aligned")`
    fn alloc_kind(&mut self) -> Result<AllocKind> {
        self.expect(Tok::LParen, "'('")?;
        let place = self.token.start;
        let text = self.string()?;
        self.expect(Tok::RParen, "')'")?;
        let (mut roles, mut zeroed, mut uninitialized, mut aligned) = (Vec::new(), false, false, false);
        for word in text.split(|&byte| byte == b',') {
            match word {
                b"alloc" => roles.push(AllocRole::Alloc),
                b"realloc" => roles.push(AllocRole::Realloc),
                b"free" => roles.push(AllocRole::Free),
                b"zeroed" => zeroed = true,
                b"uninitialized" => uninitialized = true,
                b"aligned" => aligned = true,
                other => {
                    let name = String::from_utf8_lossy(other).into_owned();
                    return Err(Fault::new(place, ErrorKind::Undefined { what: "kind of allocator", name }));
                }
            }
        }
        match roles[..] {
            _ if zeroed && uninitialized => Err(Fault::invalid(place, "memory is either zeroed or uninitialized")),
            [AllocRole::Free] if zeroed || uninitialized || aligned => {
                Err(Fault::invalid(place, "what frees memory has no kind of memory"))
            }
            [role] => Ok(AllocKind { role, zeroed, aligned }),
            _ => Err(Fault::invalid(place, "expected one of 'alloc', 'realloc' and 'free'")),
        }
    }

    /// `(read, argmem: none)`
    fn memory_argument(&mut self) -> Result<MemoryEffects> {
        self.expect(Tok::LParen, "'('")?;
        let mut effects = MemoryEffects::all(MemoryEffect::None);
        loop {
            let place = self.token;
            if self.at(Tok::NameLabel) {
                self.bump();
            }
            let effect = self.memory_effect()?;
            match &*self.name(place) {
                _ if place.kind != Tok::NameLabel => effects = MemoryEffects::all(effect),
                b"argmem" => effects.arguments = effect,
                b"inaccessiblemem" => effects.inaccessible = effect,
                b"errnomem" => effects.errno = effect,
                // `target_mem0:` and its like are memory as any other.
                _ if self.raw(place).starts_with(b"target_mem") => effects.inaccessible = effect,
                _ => {
                    return Err(Fault::new(place.start, self.unknown("kind of memory", place)));
                }
            }
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        self.expect(Tok::RParen, "')'")?;
        Ok(effects)
    }

    fn memory_effect(&mut self) -> Result<MemoryEffect> {
        let effect = match self.raw(self.token) {
            b"none" => MemoryEffect::None,
            b"read" => MemoryEffect::Read,
            b"write" => MemoryEffect::Write,
            b"readwrite" => MemoryEffect::ReadWrite,
            _ => return Err(self.expected("'none', 'read', 'write' or 'readwrite'")),
        };
        self.bump();
        Ok(effect)
    }

    fn unknown(&self, what: &'static str, token: crate::token::Token) -> ErrorKind {
        ErrorKind::Undefined { what, name: self.shown(token) }
    }
}
