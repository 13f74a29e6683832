//! Constant expressions, and the flags and operators that they share with instructions.

use smallvec::SmallVec;

use super::Parser;
use crate::ast::{BinaryOp, CastOp, Expression, FloatPredicate, InstFlags, IntPredicate, Operand, Value};
use crate::error::Result;
use crate::keyword::Keyword;
use crate::token::Tok;
use crate::types::{Type, TypeId};

pub(super) fn binary_op(word: Keyword) -> Option<BinaryOp> {
    Some(match word {
        Keyword::Add => BinaryOp::Add,
        Keyword::Sub => BinaryOp::Sub,
        Keyword::Mul => BinaryOp::Mul,
        Keyword::UDiv => BinaryOp::UDiv,
        Keyword::SDiv => BinaryOp::SDiv,
        Keyword::URem => BinaryOp::URem,
        Keyword::SRem => BinaryOp::SRem,
        Keyword::Shl => BinaryOp::Shl,
        Keyword::LShr => BinaryOp::LShr,
        Keyword::AShr => BinaryOp::AShr,
        Keyword::And => BinaryOp::And,
        Keyword::Or => BinaryOp::Or,
        Keyword::Xor => BinaryOp::Xor,
        Keyword::FAdd => BinaryOp::FAdd,
        Keyword::FSub => BinaryOp::FSub,
        Keyword::FMul => BinaryOp::FMul,
        Keyword::FDiv => BinaryOp::FDiv,
        Keyword::FRem => BinaryOp::FRem,
        _ => return None,
    })
}

pub(super) fn cast_op(word: Keyword) -> Option<CastOp> {
    Some(match word {
        Keyword::Trunc => CastOp::Trunc,
        Keyword::ZExt => CastOp::ZExt,
        Keyword::SExt => CastOp::SExt,
        Keyword::FpTrunc => CastOp::FpTrunc,
        Keyword::FpExt => CastOp::FpExt,
        Keyword::FpToUi => CastOp::FpToUi,
        Keyword::FpToSi => CastOp::FpToSi,
        Keyword::UiToFp => CastOp::UiToFp,
        Keyword::SiToFp => CastOp::SiToFp,
        Keyword::PtrToInt => CastOp::PtrToInt,
        Keyword::PtrToAddr => CastOp::PtrToAddr,
        Keyword::IntToPtr => CastOp::IntToPtr,
        Keyword::BitCast => CastOp::BitCast,
        Keyword::AddrSpaceCast => CastOp::AddrSpaceCast,
        _ => return None,
    })
}

fn int_predicate(word: Keyword) -> Option<IntPredicate> {
    Some(match word {
        Keyword::Eq => IntPredicate::Eq,
        Keyword::Ne => IntPredicate::Ne,
        Keyword::Ugt => IntPredicate::Ugt,
        Keyword::Uge => IntPredicate::Uge,
        Keyword::Ult => IntPredicate::Ult,
        Keyword::Ule => IntPredicate::Ule,
        Keyword::Sgt => IntPredicate::Sgt,
        Keyword::Sge => IntPredicate::Sge,
        Keyword::Slt => IntPredicate::Slt,
        Keyword::Sle => IntPredicate::Sle,
        _ => return None,
    })
}

fn float_predicate(word: Keyword) -> Option<FloatPredicate> {
    Some(match word {
        Keyword::False => FloatPredicate::False,
        Keyword::Oeq => FloatPredicate::Oeq,
        Keyword::Ogt => FloatPredicate::Ogt,
        Keyword::Oge => FloatPredicate::Oge,
        Keyword::Olt => FloatPredicate::Olt,
        Keyword::Ole => FloatPredicate::Ole,
        Keyword::One => FloatPredicate::One,
        Keyword::Ord => FloatPredicate::Ord,
        Keyword::Ueq => FloatPredicate::Ueq,
        Keyword::Ugt => FloatPredicate::Ugt,
        Keyword::Uge => FloatPredicate::Uge,
        Keyword::Ult => FloatPredicate::Ult,
        Keyword::Ule => FloatPredicate::Ule,
        Keyword::Une => FloatPredicate::Une,
        Keyword::Uno => FloatPredicate::Uno,
        Keyword::True => FloatPredicate::True,
        _ => return None,
    })
}

fn flag(word: Keyword) -> Option<InstFlags> {
    Some(match word {
        Keyword::Nuw => InstFlags::NUW,
        Keyword::Nsw => InstFlags::NSW,
        Keyword::Exact => InstFlags::EXACT,
        Keyword::Disjoint => InstFlags::DISJOINT,
        Keyword::NNeg => InstFlags::NNEG,
        Keyword::InBounds => InstFlags::INBOUNDS,
        Keyword::Nusw => InstFlags::NUSW,
        Keyword::SameSign => InstFlags::SAME_SIGN,
        Keyword::NNan => InstFlags::NNAN,
        Keyword::NInf => InstFlags::NINF,
        Keyword::Nsz => InstFlags::NSZ,
        Keyword::Arcp => InstFlags::ARCP,
        Keyword::Contract => InstFlags::CONTRACT,
        Keyword::Afn => InstFlags::AFN,
        Keyword::Reassoc => InstFlags::REASSOC,
        Keyword::Fast => InstFlags::FAST,
        _ => return None,
    })
}

impl Parser<'_, '_> {
    /// All flags at hand. A flag that the operator does not have is harmless: it is never asked for.
    #[inline]
    pub(super) fn flags(&mut self) -> InstFlags {
        let mut flags = InstFlags::default();
        while self.at(Tok::Word) {
            let Some(flag) = flag(self.token.word) else {
                break;
            };
            flags.insert(flag);
            self.bump();
        }
        flags
    }

    pub(super) fn int_predicate(&mut self) -> Result<IntPredicate> {
        let predicate = int_predicate(self.token.word).ok_or_else(|| self.expected("an integer predicate"))?;
        self.bump();
        Ok(predicate)
    }

    pub(super) fn float_predicate(&mut self) -> Result<FloatPredicate> {
        let predicate = float_predicate(self.token.word).ok_or_else(|| self.expected("a floating-point predicate"))?;
        self.bump();
        Ok(predicate)
    }

    /// A constant expression of type `ty`; the token at hand is its first word.
    pub(super) fn expression(&mut self, ty: TypeId) -> Result<Value> {
        let token = self.token;
        let expression = match token.word {
            Keyword::GetElementPtr => self.gep_expression()?,
            Keyword::ICmp | Keyword::FCmp => self.compare_expression()?,
            Keyword::Select => {
                let [condition, then, otherwise] = self.expression_operands()?;
                Expression::Select { condition, then, otherwise }
            }
            Keyword::ExtractElement => {
                let operands = self.expression_operands::<2>()?;
                Expression::Vector { operands: self.constants.push_operands(&operands) }
            }
            Keyword::InsertElement | Keyword::ShuffleVector => {
                let operands = self.expression_operands::<3>()?;
                Expression::Vector { operands: self.constants.push_operands(&operands) }
            }
            Keyword::ExtractValue | Keyword::InsertValue | Keyword::FNeg | Keyword::VaArg => {
                return Err(self.unsupported(format!("constant expression '{}'", token.word.text())));
            }
            word => match (binary_op(word), cast_op(word)) {
                (Some(op), _) => {
                    self.bump();
                    self.binary_expression(op)?
                }
                (_, Some(op)) => {
                    self.bump();
                    self.cast_expression(op, ty)?
                }
                _ => return Err(self.expected("a value")),
            },
        };
        let found = self.expression_type(&expression, ty)?;
        if found != ty {
            return Err(self.mismatch(token, found, ty));
        }
        Ok(self.constants.push_expression(expression))
    }

    /// `(T a, T b)` behind the operator, which is at hand.
    fn expression_operands<const N: usize>(&mut self) -> Result<[Operand; N]> {
        self.bump();
        self.operands_in_parentheses()
    }

    fn operands_in_parentheses<const N: usize>(&mut self) -> Result<[Operand; N]> {
        self.expect(Tok::LParen, "'('")?;
        let mut operands = SmallVec::<[Operand; 3]>::new();
        for index in 0..N {
            if index > 0 {
                self.comma()?;
            }
            operands.push(self.typed_constant()?);
        }
        self.expect(Tok::RParen, "')'")?;
        operands.as_slice().try_into().map_err(|_| self.expected("operands"))
    }

    fn binary_expression(&mut self, op: BinaryOp) -> Result<Expression> {
        let flags = self.flags();
        let start = self.token;
        let [left, right] = self.operands_in_parentheses()?;
        if left.ty != right.ty {
            return Err(self.mismatch(start, right.ty, left.ty));
        }
        Ok(Expression::Binary { op, flags, left, right })
    }

    /// `trunc (T v to T2)`
    fn cast_expression(&mut self, op: CastOp, ty: TypeId) -> Result<Expression> {
        let flags = self.flags();
        self.expect(Tok::LParen, "'('")?;
        let start = self.token;
        let from = self.typed_constant()?;
        self.expect_word(Keyword::To)?;
        let target = self.token;
        let to = self.value_type()?;
        if to != ty {
            return Err(self.mismatch(target, to, ty));
        }
        self.check_cast(op, from.ty, to, start)?;
        self.expect(Tok::RParen, "')'")?;
        Ok(Expression::Cast { op, flags, from })
    }

    fn compare_expression(&mut self) -> Result<Expression> {
        let integers = self.bump().word == Keyword::ICmp;
        let start = self.token;
        let expression = if integers {
            let predicate = self.int_predicate()?;
            let [left, right] = self.operands_in_parentheses()?;
            Expression::IntCompare { predicate, left, right }
        } else {
            let predicate = self.float_predicate()?;
            let [left, right] = self.operands_in_parentheses()?;
            Expression::FloatCompare { predicate, left, right }
        };
        if let Expression::IntCompare { left, right, .. } | Expression::FloatCompare { left, right, .. } = expression
            && left.ty != right.ty
        {
            return Err(self.mismatch(start, right.ty, left.ty));
        }
        Ok(expression)
    }

    /// `getelementptr inbounds (T, ptr @p, i64 0, i32 1)`
    fn gep_expression(&mut self) -> Result<Expression> {
        self.bump();
        let mut flags = self.flags();
        if self.eat_word(Keyword::InRange) {
            self.skip_parentheses()?;
            flags.insert(self.flags());
        }
        self.expect(Tok::LParen, "'('")?;
        let element = self.value_type()?;
        let mut operands = SmallVec::<[Operand; 4]>::new();
        while self.eat(Tok::Comma) {
            // LLVM 18 and older mark an index with `inrange`.
            self.eat_word(Keyword::InRange);
            let token = self.token;
            let operand = self.typed_constant()?;
            self.check_gep_operand(operand.ty, operands.len(), token)?;
            operands.push(operand);
        }
        if operands.is_empty() {
            return Err(self.expected("','"));
        }
        self.expect(Tok::RParen, "')'")?;
        let operands = self.constants.push_operands(&operands);
        Ok(Expression::GetElementPtr { flags, element, operands })
    }

    /// The type of an expression, as far as its operands tell; else the one that is asked for.
    fn expression_type(&mut self, expression: &Expression, ty: TypeId) -> Result<TypeId> {
        let token = self.token;
        let result = match expression {
            Expression::Binary { left, .. } => left.ty,
            Expression::IntCompare { left, .. } | Expression::FloatCompare { left, .. } => {
                let shape = left.ty;
                let compared = self.types.with_scalar(shape, TypeId::I1);
                compared.map_err(|kind| crate::error::Fault::new(token.start, kind))?
            }
            Expression::Select { then, .. } => then.ty,
            Expression::GetElementPtr { .. } if !self.types.is_ptr_or_vector(ty) => TypeId::PTR,
            _ => ty,
        };
        Ok(result)
    }

    /// Base and indices of a `getelementptr`: a pointer, then integers, or vectors of them.
    pub(super) fn check_gep_operand(&self, ty: TypeId, position: usize, token: crate::token::Token) -> Result<()> {
        let (fits, expected) = match position {
            0 => (self.types.is_ptr_or_vector(ty), "a pointer"),
            _ => (self.types.is_int_or_vector(ty), "an integer"),
        };
        if fits { Ok(()) } else { Err(self.unfit(token, ty, expected)) }
    }

    /// Whether a conversion may have these types.
    pub(super) fn check_cast(&self, op: CastOp, from: TypeId, to: TypeId, token: crate::token::Token) -> Result<()> {
        let types = &*self.types;
        let ints = (types.is_int_or_vector(from), types.is_int_or_vector(to));
        let floats = (types.is_float_or_vector(from), types.is_float_or_vector(to));
        let pointers = (types.is_ptr_or_vector(from), types.is_ptr_or_vector(to));
        let (fits, expected) = match op {
            CastOp::Trunc => (ints == (true, true) && self.narrows(to, from), "a wider integer"),
            CastOp::ZExt | CastOp::SExt => (ints == (true, true) && self.narrows(from, to), "a narrower integer"),
            CastOp::FpTrunc | CastOp::FpExt => (floats == (true, true), "a float"),
            CastOp::FpToUi | CastOp::FpToSi => (floats.0 && ints.1, "a float"),
            CastOp::UiToFp | CastOp::SiToFp => (ints.0 && floats.1, "an integer"),
            CastOp::PtrToInt | CastOp::PtrToAddr => (pointers.0 && ints.1, "a pointer"),
            CastOp::IntToPtr => (ints.0 && pointers.1, "an integer"),
            CastOp::AddrSpaceCast => (pointers == (true, true), "a pointer"),
            CastOp::BitCast => return Ok(()),
        };
        if fits { Ok(()) } else { Err(self.unfit(token, from, expected)) }
    }

    fn narrows(&self, narrow: TypeId, wide: TypeId) -> bool {
        let bits = |ty| match self.types.get(self.types.scalar(ty)) {
            Type::Int(bits) => bits,
            _ => 0,
        };
        bits(narrow) < bits(wide)
    }

    #[cold]
    pub(super) fn unfit(&self, token: crate::token::Token, ty: TypeId, expected: &str) -> Box<crate::error::Fault> {
        let kind = crate::error::ErrorKind::Type {
            value: "operand".into(),
            found: self.types.display(ty),
            expected: expected.into(),
        };
        crate::error::Fault::new(token.start, kind)
    }
}
