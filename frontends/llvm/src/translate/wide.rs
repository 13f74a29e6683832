//! Integers of more than 128 bits, which clang uses for bit fields of packed structures. They are words of
//! 64 bits, as leaves of an aggregate; the last one has the bits that are left.
//!
//! What such code does with them is here: it moves them, shifts them by constants, and combines bits.

use smallvec::SmallVec;
use son_ir::{NodeId, Op, Type};

use super::At;
use super::function::Translator;
use crate::ast::{BinaryOp, CastOp, Inst, IntPredicate, Operand};
use crate::error::Result;
use crate::types::{Type as Ast, TypeId};

type Words = SmallVec<[NodeId; 4]>;

impl Translator<'_, '_, '_> {
    /// Whether a type is an integer too wide for the graph.
    #[inline]
    pub(super) fn is_wide(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Ast::Int(129..))
    }

    fn bits(&self, ty: TypeId) -> u32 {
        match self.types.get(ty) {
            Ast::Int(bits) => bits,
            _ => 0,
        }
    }

    fn word_constant(&mut self, value: u64) -> NodeId {
        self.builder.iconst(Type::I64, value as i64)
    }

    /// All words, the last one filled up to 64 bits.
    fn words(&mut self, operand: Operand, signed: bool) -> Result<Words> {
        let mut words: Words = self.parts(operand)?;
        if let Some(last) = words.last_mut()
            && self.builder.graph().ty(*last) != Type::I64
        {
            *last = self.builder.pure(if signed { Op::SExt } else { Op::ZExt }, Type::I64, &[*last]);
        }
        Ok(words)
    }

    /// Gives the result, a wide integer of type `ty`, its words.
    fn set_words(&mut self, inst: &Inst, ty: TypeId, words: &[NodeId]) -> Result<()> {
        let leaves = self.context.lowering.parts(self.types, ty).at(self.offset)?;
        let mut nodes = Words::new();
        for (leaf, &word) in leaves.iter().zip(words) {
            nodes.push(self.resize(word, Type::I64, leaf.ty));
        }
        self.set_result(inst, ty, &nodes)
    }

    pub(super) fn wide_binary(&mut self, inst: &Inst, op: BinaryOp, left: Operand, right: Operand) -> Result<()> {
        let a = self.words(left, op == BinaryOp::AShr)?;
        let b = self.words(right, false)?;
        let bitwise = match op {
            BinaryOp::And => Op::And,
            BinaryOp::Or => Op::Or,
            BinaryOp::Xor => Op::Xor,
            BinaryOp::Shl | BinaryOp::LShr | BinaryOp::AShr => {
                let words = self.shifted(op, left.ty, &a, &b)?;
                return self.set_words(inst, left.ty, &words);
            }
            _ => {
                let ty = self.types.display(left.ty);
                return Err(self.unsupported(format!("arithmetic on type '{ty}'")));
            }
        };
        let words: Words = a.iter().zip(&b).map(|(&a, &b)| self.builder.pure(bitwise, Type::I64, &[a, b])).collect();
        self.set_words(inst, left.ty, &words)
    }

    /// Shifts by a constant amount.
    fn shifted(&mut self, op: BinaryOp, ty: TypeId, words: &[NodeId], amount: &[NodeId]) -> Result<Words> {
        let bits = u64::from(self.bits(ty));
        let graph = self.builder.graph();
        let high = amount[1..].iter().all(|&word| graph.constant(word) == Some(0));
        let Some(amount) = graph.constant(amount[0]).filter(|&amount| high && amount < bits) else {
            let ty = self.types.display(ty);
            return Err(self.unsupported(format!("shift of type '{ty}' by a variable amount")));
        };
        let (whole, rest) = ((amount / 64) as usize, amount % 64);
        let zero = self.word_constant(0);
        let fill = match op {
            BinaryOp::AShr => {
                let (last, sign) = (words[words.len() - 1], self.word_constant(63));
                self.builder.pure(Op::AShr, Type::I64, &[last, sign])
            }
            _ => zero,
        };
        let at = |index: Option<usize>| index.and_then(|i| words.get(i).copied()).unwrap_or(fill);
        let mut result = Words::new();
        for index in 0..words.len() {
            // The word is cut out of the double word `high:low`.
            let (high, low, op) = match op {
                BinaryOp::Shl => (at(index.checked_sub(whole)), at(index.checked_sub(whole + 1)), Op::Fshl),
                _ => (at(Some(index + whole + 1)), at(Some(index + whole)), Op::Fshr),
            };
            let rest = self.word_constant(rest);
            result.push(self.builder.pure(op, Type::I64, &[high, low, rest]));
        }
        Ok(result)
    }

    pub(super) fn wide_compare(
        &mut self,
        inst: &Inst,
        predicate: IntPredicate,
        left: Operand,
        right: Operand,
    ) -> Result<()> {
        let (a, b) = (self.words(left, false)?, self.words(right, false)?);
        let mut different = self.word_constant(0);
        for (&a, &b) in a.iter().zip(&b) {
            let word = self.builder.pure(Op::Xor, Type::I64, &[a, b]);
            different = self.builder.pure(Op::Or, Type::I64, &[different, word]);
        }
        let op = match predicate {
            IntPredicate::Eq => Op::Eq,
            IntPredicate::Ne => Op::Ne,
            _ => {
                let ty = self.types.display(left.ty);
                return Err(self.unsupported(format!("order of values of type '{ty}'")));
            }
        };
        let zero = self.word_constant(0);
        let node = self.builder.pure(op, Type::I1, &[different, zero]);
        self.set(inst, node);
        Ok(())
    }

    pub(super) fn wide_cast(&mut self, inst: &Inst, op: CastOp, from: Operand, to: TypeId) -> Result<()> {
        let signed = op == CastOp::SExt;
        if !matches!(op, CastOp::Trunc | CastOp::ZExt | CastOp::SExt) {
            let ty = self.types.display(if self.is_wide(to) { to } else { from.ty });
            return Err(self.unsupported(format!("conversion of type '{ty}'")));
        }
        let mut words = match self.is_wide(from.ty) {
            true => self.words(from, signed)?,
            false => self.narrow_words(from, signed)?,
        };
        let last = words[words.len() - 1];
        let fill = if signed {
            let sign = self.word_constant(63);
            self.builder.pure(Op::AShr, Type::I64, &[last, sign])
        } else {
            self.word_constant(0)
        };
        words.resize(words.len().max(self.bits(to).div_ceil(64) as usize), fill);
        if self.is_wide(to) {
            return self.set_words(inst, to, &words);
        }
        let ty = self.number_type(to)?;
        let node = match ty.bits() {
            ..=64 => self.resize(words[0], Type::I64, ty),
            _ => {
                let low = self.builder.pure(Op::ZExt, Type::I128, &[words[0]]);
                let high = self.builder.pure(Op::ZExt, Type::I128, &[words[1]]);
                let shift = self.builder.iconst(Type::I128, 64);
                let high = self.builder.pure(Op::Shl, Type::I128, &[high, shift]);
                let both = self.builder.pure(Op::Or, Type::I128, &[low, high]);
                self.resize(both, Type::I128, ty)
            }
        };
        self.set(inst, node);
        Ok(())
    }

    /// The words of an integer that the graph has: one, or two beyond 64 bits.
    fn narrow_words(&mut self, from: Operand, signed: bool) -> Result<Words> {
        let ty = self.number_type(from.ty)?;
        let node = self.scalar(from)?;
        let extend = if signed { Op::SExt } else { Op::ZExt };
        if ty.bits() <= 64 {
            let word = if ty == Type::I64 { node } else { self.builder.pure(extend, Type::I64, &[node]) };
            return Ok(SmallVec::from_slice(&[word]));
        }
        let node = if ty == Type::I128 { node } else { self.builder.pure(extend, Type::I128, &[node]) };
        let shift = self.builder.iconst(Type::I128, 64);
        let high = self.builder.pure(Op::LShr, Type::I128, &[node, shift]);
        let words = [node, high].map(|half| self.builder.pure(Op::Trunc, Type::I64, &[half]));
        Ok(SmallVec::from_slice(&words))
    }
}
