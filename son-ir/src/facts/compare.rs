//! Transfer functions of compares: what the facts of the operands decide.

use super::int::IntFact;
use super::stride::Class;
use crate::ops::Op;

/// What an integer compare of `a` with `b` gives, if all values that are possible agree.
pub(super) fn decide(op: Op, a: &IntFact, b: &IntFact) -> Option<bool> {
    match op {
        Op::Eq => equal(a, b),
        Op::Ne => equal(a, b).map(|equal| !equal),
        Op::Slt => less(a.signed, b.signed),
        Op::Sle => less(b.signed, a.signed).map(|greater| !greater),
        Op::Ult => less(a.unsigned, b.unsigned),
        Op::Ule => less(b.unsigned, a.unsigned).map(|greater| !greater),
        _ => None,
    }
}

fn less<T: PartialOrd>(a: (T, T), b: (T, T)) -> Option<bool> {
    if a.1 < b.0 {
        Some(true)
    } else if a.0 >= b.1 {
        Some(false)
    } else {
        None
    }
}

fn equal(a: &IntFact, b: &IntFact) -> Option<bool> {
    let apart = a.unsigned.1 < b.unsigned.0
        || b.unsigned.1 < a.unsigned.0
        || a.signed.1 < b.signed.0
        || b.signed.1 < a.signed.0
        || a.ones & b.zeros != 0
        || a.zeros & b.ones != 0
        || Class::of(a).excludes(Class::of(b));
    if apart {
        return Some(false);
    }
    (a.as_constant().is_some() && a.as_constant() == b.as_constant()).then_some(true)
}
