//! Instructions that compute: arithmetic, conversions, comparisons, phis, aggregates, vectors.

use super::body::BodyParser;
use super::expressions::{binary_op, cast_op};
use crate::ast::{BinaryOp, CastOp, Edge, InstKind, List, Operand};
use crate::error::{Fault, Result};
use crate::keyword::Keyword;
use crate::token::{Tok, Token};
use crate::types::{Type, TypeId};

/// An instruction and the type of its result.
pub(super) type Typed = (InstKind, TypeId);

impl<'a> BodyParser<'a, '_> {
    /// An instruction from its opcode on, but for metadata.
    #[inline]
    pub(super) fn operation(&mut self) -> Result<Typed> {
        let token = self.parser.token;
        if token.kind != Tok::Word {
            return Err(self.parser.expected("an instruction"));
        }
        match token.word {
            Keyword::Load => self.load(),
            Keyword::Store => self.store(),
            Keyword::GetElementPtr => self.get_element_ptr(),
            Keyword::Call | Keyword::Tail | Keyword::MustTail | Keyword::NoTail => self.call(),
            Keyword::Br => self.br(),
            Keyword::Alloca => self.alloca(),
            Keyword::ICmp => self.int_compare(),
            Keyword::FCmp => self.float_compare(),
            Keyword::Phi => self.phi(),
            Keyword::Select => self.select(),
            Keyword::Ret => self.ret(),
            Keyword::Switch => self.switch(),
            Keyword::Unreachable => {
                self.parser.bump();
                Ok((InstKind::Unreachable, TypeId::VOID))
            }
            Keyword::FNeg => self.fneg(),
            Keyword::Freeze => {
                self.parser.bump();
                let operand = self.operand()?;
                Ok((InstKind::Freeze(operand), operand.ty))
            }
            Keyword::ExtractValue => self.extract_value(),
            Keyword::InsertValue => self.insert_value(),
            Keyword::ExtractElement => self.extract_element(),
            Keyword::InsertElement => self.insert_element(),
            Keyword::ShuffleVector => self.shuffle_vector(),
            Keyword::Fence => self.fence(),
            Keyword::CmpXchg => self.compare_exchange(),
            Keyword::AtomicRmw => self.atomic_rmw(),
            Keyword::VaArg => self.va_arg(),
            Keyword::IndirectBr => self.indirect_br(),
            Keyword::Invoke => self.invoke(),
            Keyword::LandingPad => self.landing_pad(),
            Keyword::Resume => self.resume(),
            Keyword::CallBr
            | Keyword::CatchSwitch
            | Keyword::CatchPad
            | Keyword::CatchRet
            | Keyword::CleanupPad
            | Keyword::CleanupRet => Err(self.parser.unsupported(format!("instruction '{}'", token.word.text()))),
            word => match (binary_op(word), cast_op(word)) {
                (Some(op), _) => self.binary(op),
                (_, Some(op)) => self.cast(op),
                _ => Err(self.parser.expected("an instruction")),
            },
        }
    }

    /// `add nsw i32 %a, %b`
    #[inline]
    fn binary(&mut self, op: BinaryOp) -> Result<Typed> {
        self.parser.bump();
        let flags = self.parser.flags();
        let token = self.parser.token;
        let left = self.operand()?;
        let floats = matches!(op, BinaryOp::FAdd | BinaryOp::FSub | BinaryOp::FMul | BinaryOp::FDiv | BinaryOp::FRem);
        let fits = match floats {
            true => self.parser.types.is_float_or_vector(left.ty),
            false => self.parser.types.is_int_or_vector(left.ty),
        };
        if !fits {
            let expected = if floats { "a float" } else { "an integer" };
            return Err(self.parser.unfit(token, left.ty, expected));
        }
        self.parser.comma()?;
        let right = self.value(left.ty)?;
        Ok((InstKind::Binary { op, flags, left, right }, left.ty))
    }

    fn fneg(&mut self) -> Result<Typed> {
        self.parser.bump();
        let flags = self.parser.flags();
        let token = self.parser.token;
        let operand = self.operand()?;
        if !self.parser.types.is_float_or_vector(operand.ty) {
            return Err(self.parser.unfit(token, operand.ty, "a float"));
        }
        Ok((InstKind::FNeg { flags, operand }, operand.ty))
    }

    /// `zext nneg i8 %a to i32`
    #[inline]
    fn cast(&mut self, op: CastOp) -> Result<Typed> {
        self.parser.bump();
        let flags = self.parser.flags();
        let token = self.parser.token;
        let from = self.operand()?;
        self.parser.expect_word(Keyword::To)?;
        let to = self.parser.value_type()?;
        self.parser.check_cast(op, from.ty, to, token)?;
        Ok((InstKind::Cast { op, flags, from, to }, to))
    }

    /// `icmp slt i32 %a, %b`
    fn int_compare(&mut self) -> Result<Typed> {
        self.parser.bump();
        let flags = self.parser.flags();
        let predicate = self.parser.int_predicate()?;
        let token = self.parser.token;
        let left = self.operand()?;
        if !self.parser.types.is_int_or_vector(left.ty) && !self.parser.types.is_ptr_or_vector(left.ty) {
            return Err(self.parser.unfit(token, left.ty, "an integer or a pointer"));
        }
        self.parser.comma()?;
        let right = self.value(left.ty)?;
        let ty = self.shaped(left.ty, TypeId::I1, token)?;
        Ok((InstKind::IntCompare { predicate, flags, left, right }, ty))
    }

    /// `fcmp nnan olt double %a, %b`
    fn float_compare(&mut self) -> Result<Typed> {
        self.parser.bump();
        let flags = self.parser.flags();
        let predicate = self.parser.float_predicate()?;
        let token = self.parser.token;
        let left = self.operand()?;
        if !self.parser.types.is_float_or_vector(left.ty) {
            return Err(self.parser.unfit(token, left.ty, "a float"));
        }
        self.parser.comma()?;
        let right = self.value(left.ty)?;
        let ty = self.shaped(left.ty, TypeId::I1, token)?;
        Ok((InstKind::FloatCompare { predicate, flags, left, right }, ty))
    }

    /// `element`, or a vector of it if `shape` is a vector.
    pub(super) fn shaped(&mut self, shape: TypeId, element: TypeId, token: Token) -> Result<TypeId> {
        self.parser.types.with_scalar(shape, element).map_err(|kind| Fault::new(token.start, kind))
    }

    /// `select i1 %c, T %a, T %b`
    fn select(&mut self) -> Result<Typed> {
        self.parser.bump();
        let flags = self.parser.flags();
        let token = self.parser.token;
        let condition = self.operand()?;
        if self.parser.types.scalar(condition.ty) != TypeId::I1 {
            return Err(self.parser.unfit(token, condition.ty, "'i1'"));
        }
        let then = self.next_operand()?;
        self.parser.comma()?;
        let token = self.parser.token;
        let otherwise = self.operand()?;
        if otherwise.ty != then.ty {
            return Err(self.parser.mismatch(token, otherwise.ty, then.ty));
        }
        Ok((InstKind::Select { flags, condition, then, otherwise: otherwise.value }, then.ty))
    }

    /// `phi i32 [ %a, %b ], [ 0, %c ]`
    fn phi(&mut self) -> Result<Typed> {
        self.parser.bump();
        let flags = self.parser.flags();
        let ty = self.parser.value_type()?;
        let start = self.body.edges.len();
        loop {
            self.parser.expect(Tok::LBracket, "'['")?;
            let value = self.value(ty)?;
            self.parser.comma()?;
            let block = self.block_name()?;
            self.parser.expect(Tok::RBracket, "']'")?;
            self.body.edges.push(Edge { value, block });
            if !self.comma_before_operand() {
                break;
            }
        }
        let inputs = List::new(start, self.body.edges.len());
        Ok((InstKind::Phi { flags, ty, inputs }, ty))
    }

    /// `, 0, 1`: the indices and the type that they lead to.
    fn indices(&mut self, aggregate: TypeId) -> Result<(List, TypeId)> {
        let start = self.body.indices.len();
        let mut ty = aggregate;
        self.parser.comma()?;
        loop {
            let token = self.parser.token;
            let index = self.parser.number32()?;
            let Some(part) = self.parser.types.part(ty, u64::from(index)) else {
                return Err(self.parser.unfit(token, ty, "an aggregate with that index"));
            };
            ty = part;
            self.body.indices.push(index);
            if !self.comma_before_operand() {
                break;
            }
        }
        Ok((List::new(start, self.body.indices.len()), ty))
    }

    /// `extractvalue { i32, i1 } %a, 1`
    fn extract_value(&mut self) -> Result<Typed> {
        self.parser.bump();
        let aggregate = self.operand()?;
        let (indices, ty) = self.indices(aggregate.ty)?;
        Ok((InstKind::ExtractValue { aggregate, indices }, ty))
    }

    /// `insertvalue { i32, i1 } %a, i32 %v, 0`
    fn insert_value(&mut self) -> Result<Typed> {
        self.parser.bump();
        let aggregate = self.operand()?;
        self.parser.comma()?;
        let token = self.parser.token;
        let element = self.operand()?;
        let (indices, ty) = self.indices(aggregate.ty)?;
        if ty != element.ty {
            return Err(self.parser.mismatch(token, element.ty, ty));
        }
        Ok((InstKind::InsertValue { aggregate, element, indices }, aggregate.ty))
    }

    /// A vector operand and the type of its elements.
    fn vector(&mut self) -> Result<(Operand, TypeId)> {
        let token = self.parser.token;
        let vector = self.operand()?;
        match self.parser.types.get(vector.ty) {
            Type::Vector { element, .. } => Ok((vector, element)),
            _ => Err(self.parser.unfit(token, vector.ty, "a vector")),
        }
    }

    /// `, i32 %i`
    fn element_index(&mut self) -> Result<Operand> {
        self.parser.comma()?;
        let token = self.parser.token;
        let index = self.operand()?;
        match self.parser.types.get(index.ty) {
            Type::Int(_) => Ok(index),
            _ => Err(self.parser.unfit(token, index.ty, "an integer")),
        }
    }

    fn extract_element(&mut self) -> Result<Typed> {
        self.parser.bump();
        let (vector, element) = self.vector()?;
        let index = self.element_index()?;
        Ok((InstKind::ExtractElement { vector, index }, element))
    }

    fn insert_element(&mut self) -> Result<Typed> {
        self.parser.bump();
        let (vector, element) = self.vector()?;
        self.parser.comma()?;
        let token = self.parser.token;
        let new = self.operand()?;
        if new.ty != element {
            return Err(self.parser.mismatch(token, new.ty, element));
        }
        let index = self.element_index()?;
        Ok((InstKind::InsertElement { vector, element: new.value, index }, vector.ty))
    }

    /// `shufflevector <2 x T> %a, <2 x T> %b, <4 x i32> mask`
    fn shuffle_vector(&mut self) -> Result<Typed> {
        self.parser.bump();
        let (left, element) = self.vector()?;
        self.parser.comma()?;
        let token = self.parser.token;
        let right = self.operand()?;
        if right.ty != left.ty {
            return Err(self.parser.mismatch(token, right.ty, left.ty));
        }
        self.parser.comma()?;
        let token = self.parser.token;
        let (mask, lane) = self.vector()?;
        if lane != TypeId::I32 {
            return Err(self.parser.unfit(token, mask.ty, "a vector of i32"));
        }
        let ty = self.shaped(mask.ty, element, token)?;
        Ok((InstKind::ShuffleVector { left, right: right.value, mask }, ty))
    }
}
