//! Signatures: `(i32 zext, ptr no_alias, ...) -> i32 fast`. Behind the dots are variable arguments that calls say.

use super::{Parser, Result};
use crate::module::{CallConv, Extension, Param, Passing, Signature};
use crate::text::lexer::Token;
use crate::text::words::Words;

impl Parser<'_> {
    /// Parameters in parentheses, results after an arrow, convention.
    pub(super) fn signature(&mut self) -> Result<Signature> {
        let mut signature = Signature::default();
        self.expect('(')?;
        while !self.is(')') {
            if self.token == Token::Ellipsis {
                self.advance()?;
                signature.variadic = true;
            } else {
                signature.params.push(self.param()?);
                signature.unnamed += u32::from(signature.variadic);
            }
            if !self.accept(',')? {
                break;
            }
        }
        self.expect(')')?;
        if self.token == Token::Arrow {
            self.advance()?;
            signature.results = self.results()?;
        }
        if let Token::Word(word) = self.token
            && let Some(conv) = CallConv::of_word(word)
        {
            self.advance()?;
            signature.conv = conv;
        }
        Ok(signature)
    }

    /// A type, or several in parentheses, where they may have attributes.
    fn results(&mut self) -> Result<Vec<Param>> {
        if !self.accept('(')? {
            return Ok(vec![Param::new(self.type_()?)]);
        }
        let mut results = Vec::new();
        while !self.is(')') {
            results.push(self.param()?);
            if !self.accept(',')? {
                break;
            }
        }
        self.expect(')')?;
        Ok(results)
    }

    fn param(&mut self) -> Result<Param> {
        let mut param = Param::new(self.type_()?);
        while let Token::Word(word) = self.token {
            if let Some(extension) = Extension::of_word(word) {
                param.extension = extension;
                self.advance()?;
                continue;
            }
            let at = self.at;
            self.advance()?;
            match word {
                "vector" => param.passing = Passing::Vector,
                "sret" => param.passing = Passing::StructReturn,
                "byval" => param.passing = self.by_value()?,
                "part" => param.passing = self.part()?,
                "no_alias" => param.no_alias = true,
                "non_null" => param.non_null = true,
                "no_capture" => param.no_capture = true,
                "dereferenceable" => param.dereferenceable = self.unsigned()?,
                "align" => param.align_log2 = self.align_log2()?,
                _ => return self.error(at, format!("`{word}` is not an attribute of a parameter")),
            }
        }
        Ok(param)
    }

    /// How many parts of an array follow, and perhaps its alignment, in parentheses.
    fn part(&mut self) -> Result<Passing> {
        self.expect('(')?;
        let at = self.at;
        let rest = self.unsigned()?;
        let align = if self.accept(',')? { self.align()? } else { 0 };
        self.expect(')')?;
        match u32::try_from(rest) {
            Ok(rest) => Ok(Passing::Part(rest, align)),
            Err(_) => self.error(at, format!("{rest} parts are too many")),
        }
    }

    /// Size and alignment in parentheses.
    fn by_value(&mut self) -> Result<Passing> {
        self.expect('(')?;
        let size = self.unsigned()?;
        self.expect(',')?;
        let align = self.align()?;
        self.expect(')')?;
        Ok(Passing::ByValue(size, align))
    }
}
