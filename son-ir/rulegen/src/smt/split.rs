//! Which constant a query is best split by, and into which cases.

use crate::functions::Function;
use crate::ops::Op;
use crate::rule::{Expr, ExprKind, Kind, Operand, Rule};

/// One case of a constant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Case {
    Is(u128),
    AtLeast(u128),
}

/// A constant with few values that matter.
pub(super) struct Split {
    pub(super) constant: usize,
    kind: SplitKind,
}

enum SplitKind {
    /// An amount: below the width, or not.
    Amount,
    /// A power of two.
    Power,
    /// The negation of a power of two.
    MinusPower,
}

impl Split {
    /// All cases for a constant of so many bits.
    pub(super) fn cases(&self, bits: u32) -> Vec<Case> {
        let powers = (0..bits).map(|place| 1u128 << place);
        match self.kind {
            SplitKind::Amount => {
                // An amount of few bits is always below the width.
                let reaches_width = bits < 128 && u128::from(bits) < 1 << bits;
                let below = (0..u128::from(bits)).map(Case::Is);
                below.chain(reaches_width.then_some(Case::AtLeast(u128::from(bits)))).collect()
            }
            SplitKind::Power => powers.map(Case::Is).collect(),
            SplitKind::MinusPower => powers.map(|power| Case::Is(power.wrapping_neg())).collect(),
        }
    }
}

/// The constant to split by: one that the condition says to be a power, else an amount of the pattern.
pub(super) fn splittable(rule: &Rule) -> Option<Split> {
    if let Some(split) = rule.when.as_ref().and_then(power) {
        return Some(split);
    }
    for term in rule.below(rule.lhs) {
        let is_shift = matches!(rule.op(term), Some(Op::Shl | Op::LShr | Op::AShr));
        if let (true, Some(amount)) = (is_shift, rule.inputs(term).last())
            && let Kind::Const(constant) = rule.terms[*amount].kind
        {
            return Some(Split { constant, kind: SplitKind::Amount });
        }
    }
    None
}

/// A constant that has to be a power for the condition to hold.
fn power(expr: &Expr) -> Option<Split> {
    match &expr.kind {
        ExprKind::Binary("&&", a, b) => power(a).or_else(|| power(b)),
        ExprKind::Call(Function::Predicate("pow2"), operands) => match &operands[0] {
            Operand::Expr(Expr { kind: ExprKind::Const(constant), .. }) => {
                Some(Split { constant: *constant, kind: SplitKind::Power })
            }
            Operand::Expr(Expr { kind: ExprKind::Unary("-", inner), .. }) => match inner.kind {
                ExprKind::Const(constant) => Some(Split { constant, kind: SplitKind::MinusPower }),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
