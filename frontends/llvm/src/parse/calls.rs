//! Calls and invokes.

use smallvec::SmallVec;

use super::body::BodyParser;
use super::instructions::Typed;
use crate::ast::{Bundle, Call, Constant, FunctionAttributes, InstFlags, InstKind, List, Operand, TailKind, Value};
use crate::error::{ErrorKind, Fault, Result};
use crate::keyword::Keyword;
use crate::token::{Tok, Token};
use crate::types::{Type, TypeId};

impl<'a> BodyParser<'a, '_> {
    /// `tail call fast fastcc zeroext T @f(T %a) #1 [ "bundle"(T %b) ]`
    pub(super) fn call(&mut self) -> Result<Typed> {
        let tail = match self.parser.token.word {
            Keyword::Tail => TailKind::Tail,
            Keyword::MustTail => TailKind::MustTail,
            Keyword::NoTail => TailKind::NoTail,
            _ => TailKind::None,
        };
        if tail != TailKind::None {
            self.parser.bump();
        }
        self.parser.expect_word(Keyword::Call)?;
        let flags = self.parser.flags();
        let (call, ret) = self.call_parts(tail, flags)?;
        Ok((InstKind::Call(call), ret))
    }

    /// `invoke T @f(T %a) to label %normal unwind label %pad`
    pub(super) fn invoke(&mut self) -> Result<Typed> {
        self.parser.bump();
        let (call, ret) = self.call_parts(TailKind::None, InstFlags::default())?;
        self.parser.expect_word(Keyword::To)?;
        let normal = self.label()?;
        self.parser.expect_word(Keyword::Unwind)?;
        let unwind = self.label()?;
        Ok((InstKind::Invoke { call, normal, unwind }, ret))
    }

    /// What calls and invokes share: the index of the call and the type of its result.
    fn call_parts(&mut self, tail: TailKind, flags: InstFlags) -> Result<(u32, TypeId)> {
        let convention = self.parser.convention()?;
        let ret_attributes = self.parser.param_attributes(&mut self.body.attributes)?;
        self.parser.address_space()?;
        let token = self.parser.token;
        let written = self.parser.ty()?;
        let (ret, ty) = match self.parser.types.get(written) {
            Type::Function { ret, .. } => (ret, Some(written)),
            _ => (written, None),
        };
        let callee = self.callee()?;
        let (args, arg_attributes) = self.arguments()?;
        if let Some(ty) = ty {
            self.check_arguments(ty, args, token)?;
        }
        let attributes = self.call_attributes()?;
        let bundles = self.bundles()?;
        let index = self.body.calls.len() as u32;
        self.body.calls.push(Call {
            callee,
            ret,
            ty,
            args,
            arg_attributes,
            ret_attributes,
            attributes,
            convention,
            tail,
            flags,
            bundles,
        });
        Ok((index, ret))
    }

    fn callee(&mut self) -> Result<Value> {
        match self.parser.at_word(Keyword::Asm) {
            true => self.parser.inline_asm(),
            false => self.value(TypeId::PTR),
        }
    }

    /// `(T attributes %a, ...)`. Arguments may hold calls of nothing else, so that the run of
    /// operands is not interrupted.
    fn arguments(&mut self) -> Result<(List, List)> {
        self.parser.expect(Tok::LParen, "'('")?;
        let start = self.body.operands.len();
        let attributes_start = self.body.argument_attributes.len();
        while !self.parser.at(Tok::RParen) {
            if self.body.operands.len() > start {
                self.parser.comma()?;
            }
            if self.parser.at(Tok::Ellipsis) {
                return Err(self.parser.unsupported("forwarding of variable arguments"));
            }
            let ty = self.parser.value_type()?;
            let attributes = self.parser.param_attributes(&mut self.body.attributes)?;
            let value = match ty {
                TypeId::METADATA => self.metadata_argument()?,
                TypeId::LABEL => return Err(self.parser.unsupported("label as an argument")),
                _ => self.value(ty)?,
            };
            self.body.operands.push(Operand { ty, value });
            self.body.argument_attributes.push(attributes);
        }
        self.parser.bump();
        let arguments = List::new(start, self.body.operands.len());
        Ok((arguments, List::new(attributes_start, self.body.argument_attributes.len())))
    }

    /// `metadata !12`, `metadata ptr %p`, `metadata !DIExpression()`
    fn metadata_argument(&mut self) -> Result<Value> {
        match self.parser.token.kind {
            Tok::MetadataNumber | Tok::MetadataName | Tok::Bang => {
                self.parser.metadata_reference()?;
            }
            _ => drop(self.operand()?),
        }
        Ok(self.parser.constants.push(Constant::Metadata))
    }

    /// Arguments must be those of the function type that the call writes.
    fn check_arguments(&self, ty: TypeId, args: List, token: Token) -> Result<()> {
        let Type::Function { params, varargs, .. } = self.parser.types.get(ty) else {
            return Ok(());
        };
        let args = &self.body.operands[args.range()];
        let params = self.parser.types.list(params);
        if args.len() < params.len() || (args.len() > params.len() && !varargs) {
            let message = format!("call with {} arguments of a function of {}", args.len(), params.len());
            return Err(Fault::invalid(token.start, message));
        }
        for (arg, &param) in args.iter().zip(params) {
            if arg.ty != param {
                let kind = ErrorKind::Type {
                    value: "an argument".into(),
                    found: self.parser.types.display(arg.ty),
                    expected: format!("'{}'", self.parser.types.display(param)),
                };
                return Err(Fault::new(token.start, kind));
            }
        }
        Ok(())
    }

    /// Attributes behind the arguments, those of groups included.
    #[inline]
    fn call_attributes(&mut self) -> Result<FunctionAttributes> {
        let mut attributes = FunctionAttributes::default();
        loop {
            if self.parser.at(Tok::AttributeGroup) {
                let token = self.parser.bump();
                let number = self.parser.small(token)?;
                let Some(group) = self.module.group(number) else {
                    return Err(self.parser.undefined(token, "attribute group"));
                };
                attributes.merge(group);
            } else if !self.parser.function_attribute(&mut attributes)? {
                return Ok(attributes);
            }
        }
    }

    /// `[ "align"(ptr %p, i64 16) ]`, if it is there.
    fn bundles(&mut self) -> Result<List> {
        let start = self.body.bundles.len();
        if self.parser.eat(Tok::LBracket) {
            while !self.parser.at(Tok::RBracket) {
                if self.body.bundles.len() > start {
                    self.parser.comma()?;
                }
                let bundle = self.bundle()?;
                self.body.bundles.push(bundle);
            }
            self.parser.bump();
        }
        Ok(List::new(start, self.body.bundles.len()))
    }

    fn bundle(&mut self) -> Result<Bundle<'a>> {
        let tag = self.parser.string()?;
        self.parser.expect(Tok::LParen, "'('")?;
        let mut operands = SmallVec::<[Operand; 4]>::new();
        while !self.parser.at(Tok::RParen) {
            if !operands.is_empty() {
                self.parser.comma()?;
            }
            operands.push(self.operand()?);
        }
        self.parser.bump();
        let start = self.body.operands.len();
        self.body.operands.extend_from_slice(&operands);
        Ok(Bundle { tag, operands: List::new(start, self.body.operands.len()) })
    }
}
