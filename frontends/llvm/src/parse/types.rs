//! Types.

use smallvec::SmallVec;

use super::Parser;
use crate::error::{Fault, Result};
use crate::keyword::Keyword;
use crate::token::Tok;
use crate::types::TypeId;

/// LLVM's own limit.
const MAX_INT_BITS: u64 = 1 << 23;

impl<'a> Parser<'a, '_> {
    /// A type.
    #[inline]
    pub(super) fn ty(&mut self) -> Result<TypeId> {
        let ty = self.type_without_suffix()?;
        match self.token.kind {
            Tok::LParen => self.function_types(ty),
            Tok::Star => Err(self.unsupported("typed pointer (LLVM 14 and older)")),
            _ => Ok(ty),
        }
    }

    /// A type that a value may have.
    pub(super) fn value_type(&mut self) -> Result<TypeId> {
        let token = self.token;
        match self.ty()? {
            TypeId::VOID => Err(Fault::invalid(token.start, "a value cannot have type 'void'")),
            ty => Ok(ty),
        }
    }

    /// A type, but for the parameters that make it a function.
    #[inline]
    fn type_without_suffix(&mut self) -> Result<TypeId> {
        let token = self.token;
        match token.kind {
            Tok::IntType => {
                self.bump();
                if token.value == 0 || token.value > MAX_INT_BITS {
                    return Err(Fault::invalid(token.start, "integer width must be 1 to 8388608"));
                }
                Ok(self.types.int(token.value as u32))
            }
            Tok::Word => self.word_type(),
            Tok::LocalName => {
                self.bump();
                let name = self.name(token);
                Ok(self.types.by_name(name, token.start))
            }
            Tok::LocalNumber => {
                self.bump();
                let number = self.small(token)?;
                Ok(self.types.by_number(number, token.start))
            }
            Tok::LBracket => self.nested(Self::array_type),
            Tok::LBrace => {
                self.bump();
                self.nested(|parser| parser.struct_type(false))
            }
            Tok::Less => self.nested(Self::vector_or_packed_type),
            _ => Err(self.expected("a type")),
        }
    }

    #[inline]
    fn word_type(&mut self) -> Result<TypeId> {
        let ty = match self.token.word {
            Keyword::Ptr => {
                self.bump();
                let space = self.address_space()?;
                return Ok(self.types.ptr(space));
            }
            Keyword::Void => TypeId::VOID,
            Keyword::Double => TypeId::DOUBLE,
            Keyword::Float => TypeId::FLOAT,
            Keyword::Label => TypeId::LABEL,
            Keyword::Metadata => TypeId::METADATA,
            Keyword::Token => TypeId::TOKEN,
            Keyword::Half => TypeId::HALF,
            Keyword::BFloat => TypeId::BFLOAT,
            Keyword::X86Fp80 => TypeId::X86_FP80,
            Keyword::Fp128 => TypeId::FP128,
            Keyword::PpcFp128 => TypeId::PPC_FP128,
            Keyword::X86Mmx => TypeId::X86_MMX,
            Keyword::X86Amx => TypeId::X86_AMX,
            Keyword::Target => {
                self.bump();
                self.skip_parentheses()?;
                return Ok(TypeId::TARGET);
            }
            _ => return Err(self.expected("a type")),
        };
        self.bump();
        Ok(ty)
    }

    /// `[4 x i32]`
    fn array_type(&mut self) -> Result<TypeId> {
        let token = self.bump();
        let len = self.number()?;
        self.expect_word(Keyword::X)?;
        let element = self.value_type()?;
        self.expect(Tok::RBracket, "']'")?;
        self.types.array(element, len).map_err(|kind| Fault::new(token.start, kind))
    }

    /// `<4 x i32>`, `<vscale x 4 x i32>`, `<{ i8, i32 }>`
    fn vector_or_packed_type(&mut self) -> Result<TypeId> {
        let token = self.bump();
        if self.eat(Tok::LBrace) {
            let ty = self.struct_type(true)?;
            self.expect(Tok::Greater, "'>'")?;
            return Ok(ty);
        }
        let scalable = self.eat_word(Keyword::Vscale);
        if scalable {
            self.expect_word(Keyword::X)?;
        }
        let len = self.number32()?;
        if len == 0 {
            return Err(Fault::invalid(token.start, "vector of no elements"));
        }
        self.expect_word(Keyword::X)?;
        let element = self.value_type()?;
        self.expect(Tok::Greater, "'>'")?;
        self.types.vector(element, len, scalable).map_err(|kind| Fault::new(token.start, kind))
    }

    /// The fields of a structure, behind its `{`.
    fn struct_type(&mut self, packed: bool) -> Result<TypeId> {
        let start = self.token.start;
        let mut fields = SmallVec::<[TypeId; 16]>::new();
        while !self.at(Tok::RBrace) {
            if !fields.is_empty() {
                self.comma()?;
            }
            fields.push(self.value_type()?);
        }
        self.bump();
        self.types.structure(&fields, packed).map_err(|kind| Fault::new(start, kind))
    }

    /// `(i32, ...)` behind the type of the result.
    fn function_types(&mut self, ret: TypeId) -> Result<TypeId> {
        let ty = self.nested(|parser| parser.function_type(ret))?;
        match self.token.kind {
            Tok::LParen => Err(self.expected("no second list of parameters")),
            Tok::Star => Err(self.unsupported("typed pointer (LLVM 14 and older)")),
            _ => Ok(ty),
        }
    }

    fn function_type(&mut self, ret: TypeId) -> Result<TypeId> {
        let token = self.expect(Tok::LParen, "'('")?;
        let mut params = SmallVec::<[TypeId; 16]>::new();
        let mut varargs = false;
        while !self.at(Tok::RParen) && !varargs {
            if !params.is_empty() {
                self.comma()?;
            }
            varargs = self.eat(Tok::Ellipsis);
            if !varargs {
                params.push(self.value_type()?);
            }
        }
        self.expect(Tok::RParen, "')'")?;
        self.types.function(ret, &params, varargs).map_err(|kind| Fault::new(token.start, kind))
    }
}
