//! What stands in parentheses after an op.

use super::Result;
use super::body::Body;
use super::number::Number;
use crate::module::SigId;
use crate::ops::Op;
use crate::payload::{AccessFlags, AtomicOrder, CallFlags, FrameDescriptor, RmwOp, Weights};
use crate::text::lexer::Token;
use crate::text::words::FlagWords;
use crate::verify::takes_access;

/// A payload as written: parts of it follow from the operands.
pub(super) enum Payload {
    None,
    /// As it is.
    Bits(u64),
    Access(Access),
    /// Cases of a switch, with their weights, and that of the default.
    Cases(Vec<(i128, u32)>, Option<u32>),
    Call(Option<SigId>, CallFlags),
    Frame(FrameDescriptor),
}

/// A memory access as written.
#[derive(Default)]
pub(super) struct Access {
    pub(super) align_log2: Option<u8>,
    pub(super) class: u32,
    pub(super) flags: AccessFlags,
    pub(super) order: AtomicOrder,
    pub(super) rmw: RmwOp,
}

impl Body<'_, '_> {
    /// The payload at its opening parenthesis.
    pub(super) fn payload(&mut self, op: u16) -> Result<Payload> {
        let at = self.p.at;
        self.p.expect('(')?;
        let payload = match Op::from_number(op) {
            Some(op) if takes_access(op) => Payload::Access(self.access(op)?),
            Some(Op::If) => Payload::Bits(self.weights()?),
            Some(Op::Switch) => self.cases()?,
            Some(Op::Call | Op::TailCall) => self.call()?,
            Some(Op::FrameState) => self.frame()?,
            Some(Op::Alloc | Op::VirtualObj) => Payload::Bits(self.shape_here()?),
            Some(Op::Loop) => self.labelled("trip")?,
            Some(Op::Phi) => self.labelled("class")?,
            Some(Op::StackAlloc) => self.labelled("align")?,
            Some(Op::Proj | Op::BlockAddr | Op::ExtractLane | Op::InsertLane | Op::FrameAddr | Op::ReturnAddr)
            | None => Payload::Bits(self.p.unsigned()?),
            Some(op) => return self.p.error(at, format!("{op} has no payload")),
        };
        self.p.expect(')')?;
        Ok(payload)
    }

    fn labelled(&mut self, word: &str) -> Result<Payload> {
        self.p.expect_word(word)?;
        Ok(Payload::Bits(self.p.unsigned()?))
    }

    /// `align 4, class 3, volatile, atomic, acquire, add`
    fn access(&mut self, op: Op) -> Result<Access> {
        let mut access = Access::default();
        loop {
            let at = self.p.at;
            let word = self.p.word("a property of an access")?;
            match word {
                "align" => access.align_log2 = Some(self.p.align_log2()?),
                "class" => access.class = self.p.small()?,
                _ => {
                    if let Some(order) = AtomicOrder::from_text(word) {
                        access.order = order;
                    } else if let Some(flags) = access.flags.with_word(word) {
                        access.flags = flags;
                    } else if let Some(rmw) = RmwOp::from_text(word).filter(|_| op == Op::AtomicRmw) {
                        access.rmw = rmw;
                    } else {
                        return self.p.error(at, format!("`{word}` is not a property of {op}"));
                    }
                }
            }
            if !self.p.accept(',')? {
                return Ok(access);
            }
        }
    }

    /// `3:1`
    fn weights(&mut self) -> Result<u64> {
        let on_true = self.p.small()?;
        self.p.expect(':')?;
        let on_false = self.p.small()?;
        Ok(Weights { on_true, on_false }.payload())
    }

    /// `1, 2, 3` or `default:9, 1:1, 2:7`
    fn cases(&mut self) -> Result<Payload> {
        let mut cases = Vec::new();
        let mut default = None;
        if self.p.accept_word("default")? {
            self.p.expect(':')?;
            default = Some(self.p.small()?);
            if !self.p.accept(',')? {
                return Ok(Payload::Cases(cases, default));
            }
        }
        while !self.p.is(')') {
            let at = self.p.at;
            let value = match self.p.number()? {
                Number::Integer { negative, magnitude, .. } if magnitude <= u128::from(u64::MAX) => {
                    if negative {
                        -(magnitude as i128)
                    } else {
                        magnitude as i128
                    }
                }
                _ => return self.p.error(at, "a case is an integer of up to 64 bits"),
            };
            let mut weight = 0;
            if default.is_some() {
                self.p.expect(':')?;
                weight = self.p.small()?;
            }
            cases.push((value, weight));
            if !self.p.accept(',')? {
                break;
            }
        }
        Ok(Payload::Cases(cases, default))
    }

    /// `sig (i32) -> i32, no_unwind`
    fn call(&mut self) -> Result<Payload> {
        let mut signature = None;
        let mut flags = CallFlags::NONE;
        loop {
            if self.p.accept_word("sig")? {
                let written = self.p.signature()?;
                signature = Some(self.module.signature_id(written));
            } else {
                let at = self.p.at;
                let word = self.p.word("a property of a call")?;
                match flags.with_word(word) {
                    Some(more) => flags = more,
                    None => return self.p.error(at, format!("`{word}` is not a property of a call")),
                }
            }
            if !self.p.accept(',')? {
                return Ok(Payload::Call(signature, flags));
            }
        }
    }

    /// `@function, pc 12, outer`
    fn frame(&mut self) -> Result<Payload> {
        let function = self.symbol_here()?;
        let mut frame = FrameDescriptor { function, pc: 0, has_outer: false };
        while self.p.accept(',')? {
            match self.p.token {
                Token::Word("pc") => {
                    self.p.advance()?;
                    frame.pc = self.p.small()?;
                }
                Token::Word("outer") => {
                    self.p.advance()?;
                    frame.has_outer = true;
                }
                _ => return self.p.expected("`pc` or `outer`"),
            }
        }
        Ok(Payload::Frame(frame))
    }
}
