//! Registers and condition codes.

use super::encode::condition_name;
use regalloc2::{PReg, PRegSet, RegClass};

/// The integer register with this number; 31 is zero or the stack pointer, as the instruction's field says.
pub const fn x(number: usize) -> PReg {
    PReg::new(number, RegClass::Int)
}

/// The float register with this number.
pub const fn v(number: usize) -> PReg {
    PReg::new(number, RegClass::Float)
}

/// The first scratch register of emission, which the linker's veneers use too: addresses.
pub const X16: PReg = x(16);
/// The second: data on its way from memory to memory.
pub const X17: PReg = x(17);
/// The base register of frames that are realigned and grow.
pub const X19: PReg = x(19);
/// The frame pointer.
pub const FP: PReg = x(29);
/// The return address.
pub const LR: PReg = x(30);
/// The stack pointer, in fields where 31 is that.
pub const SP: PReg = x(31);
/// Zero, in the other fields.
pub const ZR: PReg = x(31);
/// The scratch float register of emission.
pub const V31: PReg = v(31);

/// The integer registers from `first` to `last`, and the float ones.
pub const fn range(first: usize, last: usize, class: RegClass) -> PRegSet {
    let mut set = PRegSet::empty();
    let mut number = first;
    while number <= last {
        set.add(PReg::new(number, class));
        number += 1;
    }
    set
}

/// Condition codes: the CPU's, then two that are two of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are the mnemonics of the CPU's manual")]
pub enum Cond {
    Eq,
    Ne,
    Hs,
    Lo,
    Mi,
    Pl,
    Vs,
    Vc,
    Hi,
    Ls,
    Ge,
    Lt,
    Gt,
    Le,
    Al,
    Nv,
    /// Floats are ordered and differ: `mi` or `gt`.
    FloatNe,
    /// Floats are equal or unordered: `eq` or `vs`.
    FloatEq,
}

const _: () = assert!(Cond::Lt as u8 ^ 1 == Cond::Ge as u8 && Cond::FloatEq as u8 ^ 1 == Cond::FloatNe as u8);

impl Cond {
    const ALL: [Cond; 18] = {
        use Cond::*;
        [Eq, Ne, Hs, Lo, Mi, Pl, Vs, Vc, Hi, Ls, Ge, Lt, Gt, Le, Al, Nv, FloatNe, FloatEq]
    };

    /// The condition with this number, if there is one.
    pub fn from_u8(number: u8) -> Option<Cond> {
        Self::ALL.get(number as usize).copied()
    }

    /// The condition that holds when this one does not.
    pub fn inverted(self) -> Cond {
        Self::ALL[self as usize ^ 1]
    }

    /// The condition that holds for `b ? a` when this one holds for `a ? b`, integers.
    pub fn swapped(self) -> Cond {
        match self {
            Cond::Lo => Cond::Hi,
            Cond::Hi => Cond::Lo,
            Cond::Hs => Cond::Ls,
            Cond::Ls => Cond::Hs,
            Cond::Lt => Cond::Gt,
            Cond::Gt => Cond::Lt,
            Cond::Ge => Cond::Le,
            Cond::Le => Cond::Ge,
            other => other,
        }
    }

    /// The CPU's condition, or two of which one must hold.
    pub fn parts(self) -> (Cond, Option<Cond>) {
        match self {
            Cond::FloatNe => (Cond::Mi, Some(Cond::Gt)),
            Cond::FloatEq => (Cond::Eq, Some(Cond::Vs)),
            cond => (cond, None),
        }
    }

    /// Flags (negative, zero, carry, overflow from bit 3 down) for which one of the CPU's conditions holds.
    pub fn flags(self) -> u8 {
        match self {
            Cond::Eq | Cond::Le => 4,
            Cond::Hs | Cond::Hi => 2,
            Cond::Mi | Cond::Lt => 8,
            Cond::Vs => 1,
            _ => 0,
        }
    }

    /// The mnemonic.
    pub fn name(self) -> &'static str {
        match self {
            Cond::FloatNe => "fne",
            Cond::FloatEq => "feq",
            cond => condition_name(cond as u8),
        }
    }
}

impl From<Cond> for u8 {
    fn from(cond: Cond) -> u8 {
        cond as u8
    }
}
