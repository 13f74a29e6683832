//! Trees of `and` and `or` over compares: one chain of compares, without their outcomes in registers.
//!
//! A conditional compare is done if the flags say so, else it sets the flags to a given number. For `a && b`, `b` is
//! compared if `a` holds, else the flags are such that `b` does not hold; the outcome is the condition of `b`. For
//! `a || b` the same is done with `!a && !b`, and the outcome is negated.
//!
//! What is skipped makes the chain up to there false. So the side of an operation that is compared later must give the
//! negated outcome by itself, where that is wanted: a compare does, and an `or` that is negated and whose sides do; and
//! what is negated afterwards must come first of all. Trees with two such sides are not chained.

use super::compare::{Outcome, condition_of};
use super::{Patterns, bits, value, width};
use crate::aarch64::ops::{Compare, Consumer, Op as M};
use crate::aarch64::regs::Cond;
use crate::machine::MachineInst;
use crate::select::{Operand, Tile};
use smallvec::SmallVec;
use son_ir::{NodeId, Op, Type};

/// Most compares of a chain: their operands are in registers all at once. No tree is deeper.
const MAX_COMPARES: u32 = 8;
/// Constants that later compares hold are no larger, nor are their negatives.
const MAX_IMMEDIATE: i64 = 31;

/// How a part of a tree may be chained.
#[derive(Clone, Copy)]
struct Side {
    /// Gives the negated outcome by itself.
    negates: bool,
    /// Must be the first of the chain.
    first: bool,
}

/// What is made of a tree, link by link.
#[derive(Default)]
struct Chain {
    links: SmallVec<[MachineInst; 4]>,
    registers: SmallVec<[Operand; 4]>,
}

impl Patterns<'_, '_> {
    /// The outcome of a tree of compares.
    pub(super) fn chain_of_compares(&mut self, node: NodeId) -> Option<Outcome> {
        if !self.is_inner(node) {
            return None;
        }
        self.part(node, false)?;
        let mut chain = Chain::default();
        let cond = self.chain_up(node, false, None, &mut chain);
        let number = self.s.chains.add(&chain.links);
        Some(Outcome::new(Compare::Chain, cond, 4, &chain.registers).imm(i64::from(number)))
    }

    /// Is it an operation on outcomes?
    fn is_inner(&self, node: NodeId) -> bool {
        matches!(self.s.op(node), Op::And | Op::Or) && self.s.ty(node) == Type::I1
    }

    /// A compare, or the negation of one, whose condition is one of the CPU's; and whether it is negated.
    fn compared(&self, node: NodeId) -> Option<(NodeId, bool)> {
        let negation =
            self.s.is(node, Op::Xor) && self.s.constant(self.s.input(node, 1)).is_some_and(|bit| bit & 1 != 0);
        let compare = if negation { self.s.strip(self.s.input(node, 0)) } else { node };
        (self.is_compare(compare) && !self.s.is(compare, Op::FNe)).then_some((compare, negation))
    }

    /// How a tree or a part of it may be chained, if it may; `negated` if its negation is wanted.
    fn part(&self, node: NodeId, negated: bool) -> Option<Side> {
        let mut compares = MAX_COMPARES;
        self.side(node, negated, MAX_COMPARES, &mut compares)
    }

    /// The same for a tree that may have so few compares.
    fn side(&self, node: NodeId, negated: bool, depth: u32, compares: &mut u32) -> Option<Side> {
        if self.compared(node).is_some() {
            *compares = compares.checked_sub(1)?;
            return Some(Side { negates: true, first: false });
        }
        if !self.is_inner(node) || depth == 0 {
            return None;
        }
        let or = self.s.is(node, Op::Or);
        let [a, b] = [0, 1].map(|index| {
            let side = self.s.strip(self.s.input(node, index));
            let alone = !self.is_inner(side) || self.s.sole(side) && !self.s.is_demanded(side);
            alone.then(|| self.side(side, or, depth - 1, compares)).flatten()
        });
        let (a, b) = (a?, b?);
        if a.first && b.first || or && !a.negates && !b.negates {
            return None;
        }
        let negates = or && negated && a.negates && b.negates;
        Some(Side { negates, first: if or { !negates } else { a.first || b.first } })
    }

    /// Adds the compares of a tree, which are done if `predicate` holds; gives the condition that is its outcome.
    fn chain_up(&mut self, node: NodeId, negated: bool, predicate: Option<Cond>, chain: &mut Chain) -> Cond {
        if let Some((compare, negation)) = self.compared(node) {
            return self.add_link(compare, negated != negation, predicate, chain);
        }
        let or = self.s.is(node, Op::Or);
        let [mut early, mut late] = [0, 1].map(|index| {
            let side = self.s.strip(self.s.input(node, index));
            (side, self.part(side, or).expect("the whole tree may be chained"))
        });
        let must_be_first = |side: Side| side.first || or && !side.negates;
        if must_be_first(late.1) || !must_be_first(early.1) && self.wants_first(late.0) {
            (early, late) = (late, early);
        }
        let by_itself = or && early.1.negates;
        let mut cond = self.chain_up(early.0, by_itself, predicate, chain);
        if or && !by_itself {
            cond = cond.inverted();
        }
        let cond = self.chain_up(late.0, or, Some(cond), chain);
        if or && !negated { cond.inverted() } else { cond }
    }

    /// Is it a compare that takes an instruction more if it is not the first?
    fn wants_first(&self, node: NodeId) -> bool {
        let Some((compare, _)) = self.compared(node) else { return false };
        let (a, b) = (self.s.input(compare, 0), self.s.input(compare, 1));
        match self.s.constant(b).or(self.s.constant(a)) {
            Some(0) => self.s.is(a, Op::And) && !self.s.is_demanded(a),
            Some(constant) => constant.unsigned_abs() > MAX_IMMEDIATE as u64,
            None => false,
        }
    }

    fn add_link(&mut self, compare: NodeId, negated: bool, predicate: Option<Cond>, chain: &mut Chain) -> Cond {
        let mut outcome = match predicate {
            None => self.plain_outcome(compare),
            Some(_) if self.s.op(compare).is_float_compare() => self.later_floats(compare),
            Some(_) => self.later_integers(compare),
        };
        if negated {
            outcome = outcome.inverted();
        }
        let skipped = outcome.cond.inverted().flags();
        let inst = outcome.instruction(Consumer::Link).cond(predicate.unwrap_or(Cond::Al));
        chain.links.push(if predicate.is_some() { inst.from_size(skipped) } else { inst });
        chain.registers.extend_from_slice(&outcome.registers);
        outcome.cond
    }

    /// Zero is in a register as well.
    fn later_floats(&mut self, node: NodeId) -> Outcome {
        let outcome = self.plain_outcome(node);
        match outcome.compare {
            Compare::FcmpZero => {
                let registers = [outcome.registers[0], value(self.s.input(node, 1))];
                Outcome::new(Compare::Fcmp, outcome.cond, outcome.size, &registers)
            }
            _ => outcome,
        }
    }

    /// Registers, narrow ones extended, or a register and a small constant.
    fn later_integers(&mut self, node: NodeId) -> Outcome {
        let (mut a, mut b, mut cond) = (self.s.input(node, 0), self.s.input(node, 1), condition_of(self.s.op(node)));
        if self.s.constant(a).is_some() {
            (a, b, cond) = (b, a, cond.swapped());
        }
        let ty = self.s.ty(a);
        let (whole, size) = (i64::from(ty.bits()) == bits(ty), width(ty));
        let signed = matches!(cond, Cond::Lt | Cond::Ge | Cond::Le | Cond::Gt);
        let first = if whole { value(a) } else { self.extended_operand(a, signed) };
        let extended = |constant: i64| if whole || signed { constant } else { constant & ty.mask() as i64 };
        match self.s.constant(b).map(extended) {
            Some(constant) if constant.unsigned_abs() <= MAX_IMMEDIATE as u64 => {
                Outcome::new(Compare::CmpRI, cond, size, &[first]).imm(constant)
            }
            Some(constant) if !whole => {
                let constant = Tile::new(MachineInst::new(M::MovI, 4).imm(constant), Type::I32);
                let second = self.s.inner(constant);
                Outcome::new(Compare::CmpRR, cond, size, &[first, second])
            }
            _ => {
                let second = if whole { value(b) } else { self.extended_operand(b, signed) };
                Outcome::new(Compare::CmpRR, cond, size, &[first, second])
            }
        }
    }
}
