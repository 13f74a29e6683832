//! Instructions that end blocks, and landing pads.

use super::body::BodyParser;
use super::instructions::Typed;
use crate::ast::{Edge, InstKind, List};
use crate::error::Result;
use crate::keyword::Keyword;
use crate::token::Tok;
use crate::types::{Type, TypeId};

impl<'a> BodyParser<'a, '_> {
    /// `ret void`, `ret i32 %v`
    pub(super) fn ret(&mut self) -> Result<Typed> {
        self.parser.bump();
        let token = self.parser.token;
        if self.parser.eat_word(Keyword::Void) {
            if self.ret != TypeId::VOID {
                return Err(self.parser.mismatch(token, TypeId::VOID, self.ret));
            }
            return Ok((InstKind::Ret(None), TypeId::VOID));
        }
        let value = self.operand()?;
        if value.ty != self.ret {
            return Err(self.parser.mismatch(token, value.ty, self.ret));
        }
        Ok((InstKind::Ret(Some(value)), TypeId::VOID))
    }

    /// `br label %a`, `br i1 %c, label %a, label %b`
    pub(super) fn br(&mut self) -> Result<Typed> {
        self.parser.bump();
        if self.parser.at_word(Keyword::Label) {
            return Ok((InstKind::Br(self.label()?), TypeId::VOID));
        }
        let token = self.parser.token;
        let condition = self.operand()?;
        if condition.ty != TypeId::I1 {
            return Err(self.parser.unfit(token, condition.ty, "'i1'"));
        }
        self.parser.comma()?;
        let then = self.label()?;
        self.parser.comma()?;
        let otherwise = self.label()?;
        Ok((InstKind::CondBr { condition: condition.value, then, otherwise }, TypeId::VOID))
    }

    /// `switch i32 %v, label %d [ i32 0, label %a ... ]`
    pub(super) fn switch(&mut self) -> Result<Typed> {
        self.parser.bump();
        let token = self.parser.token;
        let value = self.operand()?;
        if !matches!(self.parser.types.get(value.ty), Type::Int(_)) {
            return Err(self.parser.unfit(token, value.ty, "an integer"));
        }
        self.parser.comma()?;
        let default = self.label()?;
        self.parser.expect(Tok::LBracket, "'['")?;
        let start = self.body.edges.len();
        while !self.parser.at(Tok::RBracket) {
            let token = self.parser.token;
            let case = self.parser.typed_constant()?;
            if case.ty != value.ty {
                return Err(self.parser.mismatch(token, case.ty, value.ty));
            }
            self.parser.comma()?;
            let block = self.label()?;
            self.body.edges.push(Edge { value: case.value, block });
        }
        self.parser.bump();
        let cases = List::new(start, self.body.edges.len());
        Ok((InstKind::Switch { value, default, cases }, TypeId::VOID))
    }

    /// `indirectbr ptr %p, [ label %a, label %b ]`
    pub(super) fn indirect_br(&mut self) -> Result<Typed> {
        self.parser.bump();
        let address = self.pointer()?;
        self.parser.comma()?;
        self.parser.expect(Tok::LBracket, "'['")?;
        let start = self.body.targets.len();
        while !self.parser.at(Tok::RBracket) {
            if self.body.targets.len() > start {
                self.parser.comma()?;
            }
            let target = self.label()?;
            self.body.targets.push(target);
        }
        self.parser.bump();
        let targets = List::new(start, self.body.targets.len());
        Ok((InstKind::IndirectBr { address, targets }, TypeId::VOID))
    }

    pub(super) fn resume(&mut self) -> Result<Typed> {
        self.parser.bump();
        Ok((InstKind::Resume(self.operand()?), TypeId::VOID))
    }

    /// `landingpad { ptr, i32 } cleanup catch ptr @type filter [1 x ptr] [ptr @type]`
    pub(super) fn landing_pad(&mut self) -> Result<Typed> {
        self.parser.bump();
        let ty = self.parser.value_type()?;
        let cleanup = self.parser.eat_word(Keyword::Cleanup);
        let start = self.body.operands.len();
        while self.parser.eat_word(Keyword::Catch) || self.parser.eat_word(Keyword::Filter) {
            let clause = self.parser.typed_constant()?;
            self.body.operands.push(clause);
        }
        let clauses = List::new(start, self.body.operands.len());
        Ok((InstKind::LandingPad { ty, cleanup, clauses }, ty))
    }
}
