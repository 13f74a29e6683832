//! Constants, but for constant expressions.

use smallvec::SmallVec;

use super::Parser;
use crate::ast::{BlockAddress, Constant, InlineAsm, List, Operand, Value};
use crate::error::{ErrorKind, Fault, Result};
use crate::keyword::Keyword;
use crate::lexer::hex_digit;
use crate::token::{Tok, Token};
use crate::types::{Type, TypeId};

/// Wider literals are refused, since their conversion takes time by the square of their length.
const MAX_LITERAL_BITS: u32 = 1024;

impl<'a> Parser<'a, '_> {
    /// A type and a constant of it.
    pub(super) fn typed_constant(&mut self) -> Result<Operand> {
        let ty = self.value_type()?;
        let value = self.constant(ty)?;
        Ok(Operand { ty, value })
    }

    /// A constant of type `ty`.
    #[inline]
    pub(super) fn constant(&mut self, ty: TypeId) -> Result<Value> {
        match self.token.kind {
            Tok::Int | Tok::HexInt => self.int_constant(ty),
            Tok::Word => self.word_constant(ty),
            Tok::GlobalName | Tok::GlobalNumber => {
                self.check_type(ty, TypeId::PTR)?;
                let symbol = self.symbol()?;
                Ok(self.constants.push(Constant::Symbol(symbol)))
            }
            Tok::Decimal | Tok::Hex => {
                let constant = self.float_constant(ty)?;
                Ok(self.constants.push(constant))
            }
            Tok::LBracket => self.nested(|parser| parser.aggregate(ty, Tok::RBracket)),
            Tok::LBrace => self.nested(|parser| parser.aggregate(ty, Tok::RBrace)),
            Tok::Less => self.nested(|parser| parser.vector_or_packed(ty)),
            Tok::Bytes => self.bytes(ty),
            Tok::LocalName | Tok::LocalNumber => Err(self.expected("a constant")),
            _ => Err(self.expected("a value")),
        }
    }

    #[inline]
    fn int_constant(&mut self, ty: TypeId) -> Result<Value> {
        let Type::Int(bits) = self.types.get(ty) else {
            return Err(self.wrong_type(ty, "an integer type"));
        };
        if bits > 128 {
            return self.big_integer(bits);
        }
        let value = self.integer(bits)?;
        Ok(match bits {
            ..=64 => self.constants.push(Constant::Int(value as u64)),
            _ => {
                let index = self.constants.push_wide(value);
                self.constants.push(Constant::WideInt(index))
            }
        })
    }

    /// An integer, modulo 2^`bits`.
    #[inline]
    pub(super) fn integer(&mut self, bits: u32) -> Result<u128> {
        let token = self.token;
        let raw = self.raw(token);
        if bits > 128 {
            return Err(self.unsupported("range of integers of more than 128 bits"));
        }
        let magnitude = match token.kind {
            Tok::Int if token.value < u64::MAX => Some(u128::from(token.value)),
            Tok::Int => parse_radix(raw.strip_prefix(b"-").unwrap_or(raw), 10),
            Tok::HexInt => parse_radix(&raw[3..], 16),
            _ => return Err(self.expected("an integer")),
        };
        let Some(magnitude) = magnitude else {
            return Err(Fault::invalid(token.start, "integer constant of more than 128 bits"));
        };
        self.bump();
        let negative = raw[0] == b'-';
        let value = if negative { magnitude.wrapping_neg() } else { magnitude };
        Ok(value & (u128::MAX >> (128 - bits)))
    }

    /// An integer of more than 128 bits, modulo 2^`bits`.
    fn big_integer(&mut self, bits: u32) -> Result<Value> {
        let token = self.token;
        let raw = self.raw(token);
        let (digits, radix) = match token.kind {
            Tok::Int => (raw.strip_prefix(b"-").unwrap_or(raw), 10),
            _ => (&raw[3..], 16),
        };
        if bits > MAX_LITERAL_BITS || digits.len() > MAX_LITERAL_BITS as usize / 3 {
            let what = format!("integer constant of more than {MAX_LITERAL_BITS} bits");
            return Err(self.unsupported(what));
        }
        let mut words: SmallVec<[u64; 8]> = SmallVec::from_elem(0, bits.div_ceil(64) as usize);
        for &digit in digits {
            let mut carry = u128::from(hex_digit(digit));
            for word in &mut words {
                carry += u128::from(*word) * radix;
                *word = carry as u64;
                carry >>= 64;
            }
        }
        if raw[0] == b'-' {
            let mut carry = true;
            for word in &mut words {
                (*word, carry) = (!*word).overflowing_add(u64::from(carry));
            }
        }
        if let (Some(last), 1..) = (words.last_mut(), bits % 64) {
            *last &= u64::MAX >> (64 - bits % 64);
        }
        self.bump();
        let start = self.constants.words.len();
        self.constants.words.extend_from_slice(&words);
        let list = List::new(start, self.constants.words.len());
        Ok(self.constants.push(Constant::BigInt(list)))
    }

    fn word_constant(&mut self, ty: TypeId) -> Result<Value> {
        let simple = match self.token.word {
            Keyword::True | Keyword::False => {
                self.check_type(ty, TypeId::I1)?;
                Constant::Int(u64::from(self.token.word == Keyword::True))
            }
            Keyword::Null => {
                if !matches!(self.types.get(ty), Type::Ptr(_)) {
                    return Err(self.wrong_type(ty, "a pointer type"));
                }
                Constant::Null
            }
            Keyword::Undef => Constant::Undef,
            Keyword::Poison => Constant::Poison,
            Keyword::ZeroInitializer => Constant::Zero,
            Keyword::None => {
                self.check_type(ty, TypeId::TOKEN)?;
                Constant::NoToken
            }
            Keyword::BlockAddress => return self.block_address(ty),
            Keyword::DsoLocalEquivalent | Keyword::NoCfi => {
                self.check_type(ty, TypeId::PTR)?;
                self.bump();
                let symbol = self.symbol()?;
                return Ok(self.constants.push(Constant::Symbol(symbol)));
            }
            Keyword::PtrAuth => return Err(self.unsupported("constant 'ptrauth'")),
            Keyword::Splat => return self.nested(|parser| parser.splat(ty)),
            Keyword::Asm => return Err(self.expected("a value ('asm' can only be called)")),
            _ => return self.nested(|parser| parser.expression(ty)),
        };
        self.bump();
        Ok(self.constants.push(simple))
    }

    /// `[...]` or `{...}`: the parts and their types must be those of `ty`.
    fn aggregate(&mut self, ty: TypeId, close: Tok) -> Result<Value> {
        let start = self.bump().start;
        let found = match (self.types.resolve(ty), close) {
            (Type::Array { .. }, Tok::RBracket) | (Type::Vector { .. }, Tok::Greater) => true,
            (Type::Struct { packed, .. }, Tok::RBrace) => !packed,
            _ => false,
        };
        if !found {
            return Err(self.wrong_constant(start, ty));
        }
        self.parts(ty, close, start)
    }

    /// `<...>` or `<{...}>`
    fn vector_or_packed(&mut self, ty: TypeId) -> Result<Value> {
        let mut after = self.lexer;
        if after.next().kind != Tok::LBrace {
            return self.aggregate(ty, Tok::Greater);
        }
        let start = self.bump().start;
        self.bump();
        if !matches!(self.types.resolve(ty), Type::Struct { packed: true, .. }) {
            return Err(self.wrong_constant(start, ty));
        }
        let value = self.parts(ty, Tok::RBrace, start)?;
        self.expect(Tok::Greater, "'>'")?;
        Ok(value)
    }

    fn parts(&mut self, ty: TypeId, close: Tok, start: u32) -> Result<Value> {
        let mut parts = SmallVec::<[Operand; 8]>::new();
        while !self.at(close) {
            if !parts.is_empty() {
                self.comma()?;
            }
            let token = self.token;
            let part = self.typed_constant()?;
            let expected = match self.types.get(ty) {
                Type::Vector { element, len, .. } => (parts.len() < len as usize).then_some(element),
                _ => self.types.part(ty, parts.len() as u64),
            };
            match expected {
                Some(expected) if expected == part.ty => parts.push(part),
                Some(expected) => return Err(self.mismatch(token, part.ty, expected)),
                None => return Err(self.wrong_constant(start, ty)),
            }
        }
        self.bump();
        let len = match self.types.resolve(ty) {
            Type::Array { len, .. } => len,
            Type::Vector { len, .. } => u64::from(len),
            Type::Struct { fields, .. } => fields.len() as u64,
            _ => 0,
        };
        if len != parts.len() as u64 {
            return Err(self.wrong_constant(start, ty));
        }
        let list = self.constants.push_operands(&parts);
        Ok(self.constants.push(Constant::Aggregate(list)))
    }

    /// `c"..."`
    fn bytes(&mut self, ty: TypeId) -> Result<Value> {
        let token = self.bump();
        let len = self.name(token).len() as u64;
        match self.types.get(ty) {
            Type::Array { element: TypeId::I8, len: expected } if expected == len => {
                let (start, end) = (token.name, token.name_end);
                Ok(self.constants.push(Constant::Bytes { start, end }))
            }
            _ => Err(Fault::new(
                token.start,
                ErrorKind::Type {
                    value: "this string".into(),
                    found: format!("[{len} x i8]"),
                    expected: format!("'{}'", self.types.display(ty)),
                },
            )),
        }
    }

    /// `splat (i32 7)`
    fn splat(&mut self, ty: TypeId) -> Result<Value> {
        let start = self.bump().start;
        let Type::Vector { element, .. } = self.types.get(ty) else {
            return Err(self.wrong_constant(start, ty));
        };
        self.expect(Tok::LParen, "'('")?;
        let token = self.token;
        let part = self.typed_constant()?;
        if part.ty != element {
            return Err(self.mismatch(token, part.ty, element));
        }
        self.expect(Tok::RParen, "')'")?;
        self.constants.operands.push(part);
        let index = self.constants.operands.len() as u32 - 1;
        Ok(self.constants.push(Constant::Splat(index)))
    }

    /// `blockaddress(@f, %b)`
    fn block_address(&mut self, ty: TypeId) -> Result<Value> {
        self.check_type(ty, TypeId::PTR)?;
        let offset = self.bump().start;
        self.expect(Tok::LParen, "'('")?;
        let function = self.symbol()?;
        self.comma()?;
        let block = self.token;
        if !matches!(block.kind, Tok::LocalName | Tok::LocalNumber) {
            return Err(self.expected("a block name"));
        }
        self.bump();
        self.expect(Tok::RParen, "')'")?;
        let block = self.local_name(block)?;
        self.constants.block_addresses.push(BlockAddress { function, block, offset });
        let index = self.constants.block_addresses.len() as u32 - 1;
        Ok(self.constants.push(Constant::BlockAddress(index)))
    }

    /// `asm sideeffect "template", "constraints"`, where a callee may stand.
    pub(super) fn inline_asm(&mut self) -> Result<Value> {
        self.bump();
        let side_effect = self.eat_word(Keyword::SideEffect);
        let align_stack = self.eat_word(Keyword::AlignStack);
        let intel = self.eat_word(Keyword::IntelDialect);
        let unwind = self.eat_word(Keyword::Unwind);
        let template = self.string()?;
        self.comma()?;
        let constraints = self.string()?;
        self.constants.assembly.push(InlineAsm { template, constraints, side_effect, align_stack, intel, unwind });
        let index = self.constants.assembly.len() as u32 - 1;
        Ok(self.constants.push(Constant::Asm(index)))
    }

    /// Refuses a `ty` that is not `expected`, at the token at hand.
    #[inline]
    fn check_type(&self, ty: TypeId, expected: TypeId) -> Result<()> {
        let pointers = expected == TypeId::PTR && matches!(self.types.get(ty), Type::Ptr(_));
        if ty == expected || pointers { Ok(()) } else { Err(self.mismatch(self.token, expected, ty)) }
    }

    /// The value in `token` has type `found`, and should have `expected`.
    #[cold]
    pub(super) fn mismatch(&self, token: Token, found: TypeId, expected: TypeId) -> Box<Fault> {
        let kind = ErrorKind::Type {
            value: self.described(token),
            found: self.types.display(found),
            expected: format!("'{}'", self.types.display(expected)),
        };
        Fault::new(token.start, kind)
    }

    /// The value at hand is of the given type, but the construct allows only others.
    #[cold]
    pub(super) fn wrong_type(&self, found: TypeId, expected: &str) -> Box<Fault> {
        let kind = ErrorKind::Type {
            value: self.described(self.token),
            found: self.types.display(found),
            expected: expected.into(),
        };
        Fault::new(self.token.start, kind)
    }

    /// The value that starts with `token`, for a message; the token may be its type.
    fn described(&self, token: Token) -> String {
        match token.kind {
            Tok::LocalName | Tok::LocalNumber | Tok::GlobalName | Tok::GlobalNumber => {
                format!("'{}'", self.shown(token))
            }
            Tok::Int | Tok::Decimal | Tok::Hex | Tok::HexInt => format!("'{}'", self.shown(token)),
            _ => "operand".into(),
        }
    }

    #[cold]
    fn wrong_constant(&self, start: u32, ty: TypeId) -> Box<Fault> {
        Fault::invalid(start, format!("this constant is not of type '{}'", self.types.display(ty)))
    }
}

/// Digits to a number; `None` beyond 128 bits.
fn parse_radix(digits: &[u8], radix: u32) -> Option<u128> {
    u128::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}
