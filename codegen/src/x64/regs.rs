//! Registers and condition codes.

use regalloc2::{PReg, PRegSet, RegClass};

macro_rules! registers {
    ($class:ident: $($name:ident = $number:expr),* $(,)?) => {
        $(#[doc = concat!("The register `", stringify!($name), "`.")] pub const $name: PReg = PReg::new($number, RegClass::$class);)*
    };
}

registers! { Int:
    RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7,
    R8 = 8, R9 = 9, R10 = 10, R11 = 11, R12 = 12, R13 = 13, R14 = 14, R15 = 15,
}

registers! { Float:
    XMM0 = 0, XMM1 = 1, XMM2 = 2, XMM3 = 3, XMM4 = 4, XMM5 = 5, XMM6 = 6, XMM7 = 7,
    XMM8 = 8, XMM9 = 9, XMM10 = 10, XMM11 = 11, XMM12 = 12, XMM13 = 13, XMM14 = 14, XMM15 = 15,
}

/// A set of registers, as a constant.
pub const fn set(registers: &[PReg]) -> PRegSet {
    let mut set = PRegSet::empty();
    let mut i = 0;
    while i < registers.len() {
        set.add(registers[i]);
        i += 1;
    }
    set
}

/// Condition codes: the CPU's sixteen, then two that take two jumps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are the mnemonics of the CPU's manual")]
pub enum Cond {
    O,
    No,
    B,
    Ae,
    E,
    Ne,
    Be,
    A,
    S,
    Ns,
    P,
    Np,
    L,
    Ge,
    Le,
    G,
    /// Floats are equal and ordered: `e` and `np`.
    FloatEq,
    /// Floats differ or are unordered: `ne` or `p`.
    FloatNe,
}

const _: () = assert!(Cond::B as u8 ^ 1 == Cond::Ae as u8 && Cond::L as u8 ^ 1 == Cond::Ge as u8);
const _: () = assert!(Cond::FloatEq as u8 ^ 1 == Cond::FloatNe as u8);

impl Cond {
    const ALL: [Cond; 18] = {
        use Cond::*;
        [O, No, B, Ae, E, Ne, Be, A, S, Ns, P, Np, L, Ge, Le, G, FloatEq, FloatNe]
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
            Cond::B => Cond::A,
            Cond::A => Cond::B,
            Cond::Ae => Cond::Be,
            Cond::Be => Cond::Ae,
            Cond::L => Cond::G,
            Cond::G => Cond::L,
            Cond::Ge => Cond::Le,
            Cond::Le => Cond::Ge,
            other => other,
        }
    }

    /// The mnemonic's ending.
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 18] =
            ["o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g", "feq", "fne"];
        NAMES[self as usize]
    }
}

impl From<Cond> for u8 {
    fn from(cond: Cond) -> u8 {
        cond as u8
    }
}
