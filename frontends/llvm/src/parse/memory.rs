//! Instructions that touch memory or compute addresses.

use super::body::BodyParser;
use super::instructions::Typed;
use crate::ast::{AtomicOrdering, InstKind, List, RmwOp};
use crate::error::{Fault, Result};
use crate::keyword::Keyword;
use crate::token::Tok;
use crate::types::{Type, TypeId};

impl<'a> BodyParser<'a, '_> {
    /// `, align 8`, if it is there.
    #[inline]
    fn align(&mut self) -> Result<u32> {
        let mut align = 0;
        while self.comma_before_operand() {
            self.parser.expect_word(Keyword::Align)?;
            align = self.parser.alignment()?;
        }
        Ok(align)
    }

    /// `syncscope("...")`, if it is there: whether it is the scope of a single thread.
    fn sync_scope(&mut self) -> Result<bool> {
        if !self.parser.eat_word(Keyword::SyncScope) {
            return Ok(false);
        }
        self.parser.expect(Tok::LParen, "'('")?;
        let token = self.parser.token;
        let single = match &*self.parser.string()? {
            b"singlethread" => true,
            b"" | b"system" => false,
            other => {
                let scope = String::from_utf8_lossy(other).into_owned();
                return Err(Fault::unsupported(token.start, format!("synchronization scope '{scope}'")));
            }
        };
        self.parser.expect(Tok::RParen, "')'")?;
        Ok(single)
    }

    fn ordering(&mut self) -> Result<AtomicOrdering> {
        let ordering = match self.parser.token.word {
            Keyword::Unordered => AtomicOrdering::Unordered,
            Keyword::Monotonic => AtomicOrdering::Monotonic,
            Keyword::Acquire => AtomicOrdering::Acquire,
            Keyword::Release => AtomicOrdering::Release,
            Keyword::AcqRel => AtomicOrdering::AcqRel,
            Keyword::SeqCst => AtomicOrdering::SeqCst,
            _ => return Err(self.parser.expected("an atomic ordering")),
        };
        self.parser.bump();
        Ok(ordering)
    }

    /// The ordering of an atomic access, from its scope on.
    fn scoped_ordering(&mut self) -> Result<AtomicOrdering> {
        // One thread orders its own accesses at least as well as several threads do.
        self.sync_scope()?;
        self.ordering()
    }

    /// `load atomic volatile T, ptr %p syncscope("") acquire, align 4`
    #[inline]
    pub(super) fn load(&mut self) -> Result<Typed> {
        self.parser.bump();
        let atomic = self.parser.eat_word(Keyword::Atomic);
        let volatile = self.parser.eat_word(Keyword::Volatile);
        let ty = self.parser.value_type()?;
        self.parser.comma()?;
        let pointer = self.pointer()?;
        let atomic = if atomic { Some(self.scoped_ordering()?) } else { None };
        let align = self.align()?;
        Ok((InstKind::Load { ty, pointer, align, volatile, atomic }, ty))
    }

    /// `store atomic volatile T %v, ptr %p release, align 4`
    #[inline]
    pub(super) fn store(&mut self) -> Result<Typed> {
        self.parser.bump();
        let atomic = self.parser.eat_word(Keyword::Atomic);
        let volatile = self.parser.eat_word(Keyword::Volatile);
        let value = self.operand()?;
        self.parser.comma()?;
        let pointer = self.pointer()?;
        let atomic = if atomic { Some(self.scoped_ordering()?) } else { None };
        let align = self.align()?;
        Ok((InstKind::Store { value, pointer, align, volatile, atomic }, TypeId::VOID))
    }

    /// `alloca inalloca T, i32 %n, align 8, addrspace(0)`
    pub(super) fn alloca(&mut self) -> Result<Typed> {
        self.parser.bump();
        let inalloca = self.parser.eat_word(Keyword::InAlloca);
        self.parser.eat_word(Keyword::SwiftError);
        let ty = self.parser.value_type()?;
        let (mut count, mut align, mut space) = (None, 0, 0);
        while self.comma_before_operand() {
            match self.parser.token.word {
                Keyword::Align => {
                    self.parser.bump();
                    align = self.parser.alignment()?;
                }
                Keyword::AddrSpace => space = self.parser.address_space()?,
                _ if count.is_some() => return Err(self.parser.expected("'align' or 'addrspace'")),
                _ => {
                    let token = self.parser.token;
                    let operand = self.operand()?;
                    if !matches!(self.parser.types.get(operand.ty), Type::Int(_)) {
                        return Err(self.parser.unfit(token, operand.ty, "an integer"));
                    }
                    count = Some(operand);
                }
            }
        }
        let pointer = self.parser.types.ptr(space);
        Ok((InstKind::Alloca { ty, count, align, inalloca }, pointer))
    }

    /// `getelementptr inbounds T, ptr %p, i64 %i, i32 1`
    #[inline]
    pub(super) fn get_element_ptr(&mut self) -> Result<Typed> {
        self.parser.bump();
        let flags = self.parser.flags();
        let element = self.parser.value_type()?;
        self.parser.comma()?;
        let start = self.body.operands.len();
        let mut ty = None;
        loop {
            let token = self.parser.token;
            let operand = self.operand()?;
            let position = self.body.operands.len() - start;
            self.parser.check_gep_operand(operand.ty, position, token)?;
            let (base, pointer) = match ty {
                None => (operand.ty, self.parser.types.scalar(operand.ty)),
                Some(parts) => parts,
            };
            // An index that is a vector makes vectors of pointers.
            let vector = matches!(self.parser.types.get(operand.ty), Type::Vector { .. });
            let result = if vector { self.shaped(operand.ty, pointer, token)? } else { base };
            ty = Some((result, pointer));
            self.body.operands.push(operand);
            if !self.comma_before_operand() {
                let operands = List::new(start, self.body.operands.len());
                return Ok((InstKind::GetElementPtr { flags, element, operands }, result));
            }
        }
    }

    /// `fence syncscope("singlethread") seq_cst`
    pub(super) fn fence(&mut self) -> Result<Typed> {
        self.parser.bump();
        let single_thread = self.sync_scope()?;
        let ordering = self.ordering()?;
        Ok((InstKind::Fence { ordering, single_thread }, TypeId::VOID))
    }

    /// `cmpxchg weak volatile ptr %p, T %expected, T %new acq_rel monotonic, align 4`
    pub(super) fn compare_exchange(&mut self) -> Result<Typed> {
        let start = self.parser.bump();
        let weak = self.parser.eat_word(Keyword::Weak);
        let volatile = self.parser.eat_word(Keyword::Volatile);
        let pointer = self.pointer()?;
        let expected = self.next_operand()?;
        self.parser.comma()?;
        let token = self.parser.token;
        let new = self.operand()?;
        if new.ty != expected.ty {
            return Err(self.parser.mismatch(token, new.ty, expected.ty));
        }
        let success = self.scoped_ordering()?;
        let failure = self.ordering()?;
        self.align()?;
        let ty = self.parser.types.structure(&[expected.ty, TypeId::I1], false);
        let ty = ty.map_err(|kind| Fault::new(start.start, kind))?;
        let new = new.value;
        Ok((InstKind::CmpXchg { pointer, expected, new, success, failure, weak, volatile }, ty))
    }

    /// `atomicrmw volatile add ptr %p, T %v seq_cst, align 4`
    pub(super) fn atomic_rmw(&mut self) -> Result<Typed> {
        self.parser.bump();
        let volatile = self.parser.eat_word(Keyword::Volatile);
        let op = rmw_op(self.parser.token.word).ok_or_else(|| self.parser.expected("an atomic operator"))?;
        self.parser.bump();
        let pointer = self.pointer()?;
        let operand = self.next_operand()?;
        let ordering = self.scoped_ordering()?;
        self.align()?;
        Ok((InstKind::AtomicRmw { op, pointer, operand, ordering, volatile }, operand.ty))
    }

    /// `va_arg ptr %list, T`
    pub(super) fn va_arg(&mut self) -> Result<Typed> {
        self.parser.bump();
        let list = self.pointer()?;
        self.parser.comma()?;
        let ty = self.parser.value_type()?;
        Ok((InstKind::VaArg { list, ty }, ty))
    }
}

fn rmw_op(word: Keyword) -> Option<RmwOp> {
    Some(match word {
        Keyword::Xchg => RmwOp::Xchg,
        Keyword::Add => RmwOp::Add,
        Keyword::Sub => RmwOp::Sub,
        Keyword::And => RmwOp::And,
        Keyword::Nand => RmwOp::Nand,
        Keyword::Or => RmwOp::Or,
        Keyword::Xor => RmwOp::Xor,
        Keyword::Max => RmwOp::Max,
        Keyword::Min => RmwOp::Min,
        Keyword::UMax => RmwOp::UMax,
        Keyword::UMin => RmwOp::UMin,
        Keyword::FAdd => RmwOp::FAdd,
        Keyword::FSub => RmwOp::FSub,
        Keyword::FMax => RmwOp::FMax,
        Keyword::FMin => RmwOp::FMin,
        Keyword::FMaximum => RmwOp::FMaximum,
        Keyword::FMinimum => RmwOp::FMinimum,
        Keyword::UincWrap => RmwOp::UincWrap,
        Keyword::UdecWrap => RmwOp::UdecWrap,
        Keyword::USubCond => RmwOp::USubCond,
        Keyword::USubSat => RmwOp::USubSat,
        _ => return None,
    })
}
