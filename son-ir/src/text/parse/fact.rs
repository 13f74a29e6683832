//! Facts in braces after a type: `i32 {0..10}`, `ptr {non_null, align 16}`.

use super::{Parser, Result};
use crate::facts::{Fact, FloatClasses, FloatFact, IntFact, Object, PointerFact, Stride};
use crate::module::Module;
use crate::text::lexer::Token;
use crate::text::words::FlagWords;
use crate::types::Type;

impl<'a> Parser<'a> {
    /// The fact of a value of the type, at its opening brace. `slot` finds slots by name.
    pub(super) fn fact(&mut self, ty: Type, module: &Module, slot: impl Fn(&str) -> Option<u32>) -> Result<Fact> {
        let start = self.at;
        self.expect('{')?;
        if self.accept_word("never")? {
            self.expect('}')?;
            return Ok(Fact::Never);
        }
        let fact = if ty.is_int() && ty.bits() <= 64 {
            self.int_fact(ty, start)?
        } else if ty.is_pointer() {
            self.pointer_fact(module, slot)?
        } else if ty.is_float() {
            self.float_fact(ty)?
        } else {
            return self.error(start, format!("nothing but `never` can be known of a value of type {ty}"));
        };
        self.expect('}')?;
        Ok(fact)
    }

    fn int_fact(&mut self, ty: Type, start: usize) -> Result<Fact> {
        let mut fact = IntFact::full(ty);
        let exact = self.accept_word("exact")?;
        loop {
            match self.token {
                Token::Word("unsigned") => {
                    self.advance()?;
                    let low = self.unsigned()?;
                    self.range()?;
                    fact.unsigned = (low, self.unsigned()?);
                }
                Token::Word("zeros") => {
                    self.advance()?;
                    fact.zeros |= self.unsigned()?;
                }
                Token::Word("ones") => {
                    self.advance()?;
                    fact.ones |= self.unsigned()?;
                }
                Token::Word("every") => {
                    self.advance()?;
                    let modulus = self.unsigned()?;
                    if !self.accept_word("from")? {
                        return self.expected("`from`");
                    }
                    fact.stride = Stride::new(modulus, self.signed()?);
                }
                _ => {
                    let low = self.signed()?;
                    let high =
                        if self.token == Token::Range { self.advance().and_then(|_| self.signed())? } else { low };
                    fact.signed = (low, high);
                }
            }
            if !self.accept(',')? {
                break;
            }
        }
        if exact {
            return Ok(Fact::Int(fact));
        }
        match fact.normalized(ty) {
            Some(fact) => Ok(Fact::of_int(ty, Some(fact))),
            None => self.error(start, format!("no {ty} is like that")),
        }
    }

    fn range(&mut self) -> Result<()> {
        if self.token == Token::Range { self.advance().map(|_| ()) } else { self.expected("`..`") }
    }

    fn pointer_fact(&mut self, module: &Module, slot: impl Fn(&str) -> Option<u32>) -> Result<Fact> {
        let mut fact = PointerFact::default();
        loop {
            let at = self.at;
            match self.advance()? {
                Token::Word("non_null") => fact.non_null = true,
                Token::Word("null") => fact = PointerFact { object: fact.object, ..PointerFact::NULL },
                Token::Word("align") => fact.align_log2 = self.align_log2()?,
                Token::Word("dereferenceable") => fact.dereferenceable = self.unsigned()?,
                Token::Word("in") => fact.object = self.object(module, &slot)?,
                other => return self.error(at, format!("{} is not a fact of a pointer", other.describe())),
            }
            if !self.accept(',')? {
                return Ok(Fact::of_pointer(Some(fact)));
            }
        }
    }

    fn object(&mut self, module: &Module, slot: impl Fn(&str) -> Option<u32>) -> Result<Object> {
        let at = self.at;
        match self.advance()? {
            Token::Word("param") => Ok(Object::Param(self.small()?)),
            Token::Slot(name) => match slot(name) {
                Some(slot) => Ok(Object::Slot(slot)),
                None => self.error(at, format!("slot `${name}` is not declared")),
            },
            Token::Symbol(name) => match module.find_symbol(&name) {
                Some(symbol) => Ok(Object::Symbol(symbol)),
                None => self.error(at, format!("symbol `@{name}` is not declared")),
            },
            other => self.error(at, format!("expected `param`, a slot or a symbol, found {}", other.describe())),
        }
    }

    fn float_fact(&mut self, ty: Type) -> Result<Fact> {
        let mut classes = FloatClasses::NONE;
        let mut constant = None;
        loop {
            let at = self.at;
            if self.accept_word("bits")? {
                constant = Some(self.unsigned()? & ty.mask());
            } else {
                let word = self.word("a class of floats")?;
                match classes.with_word(word) {
                    Some(more) => classes = more,
                    None => return self.error(at, format!("`{word}` is not a class of floats")),
                }
            }
            if !self.accept(',')? {
                break;
            }
        }
        let fact = match constant {
            Some(bits) if classes.is_empty() => FloatFact::constant(ty, bits),
            _ => FloatFact { constant, classes },
        };
        Ok(Fact::of_float(Some(fact)))
    }
}
