//! Strides: what all values of a fact leave when they are divided by some number.
//!
//! A set of integers of one stride is `residue + k * modulus`. Known bits say all of powers of two, so a stride is of an
//! odd modulus, and the two of them make a congruence by the product (Granger, "Static analysis of arithmetical
//! congruences", 1989). Values are read as signed.

use super::int::IntFact;

/// All values, read as signed, leave `residue` when they are divided by `modulus`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Stride {
    modulus: u32,
    residue: u32,
}

/// `residue + k * modulus` for any `k`; the modulus of a constant is 0.
#[derive(Clone, Copy)]
pub(super) struct Class {
    modulus: i128,
    residue: i128,
}

impl Stride {
    /// Nothing known. So is that of constants, of which intervals say all.
    pub const ANY: Stride = Stride { modulus: 1, residue: 0 };

    /// The stride of an odd modulus; of any other number, what known bits do not say of it.
    pub fn new(modulus: u64, residue: i64) -> Stride {
        Class { modulus: modulus.into(), residue: residue.into() }.as_stride()
    }

    /// The modulus, which is odd; 1 says nothing.
    pub fn modulus(self) -> u32 {
        self.modulus
    }

    /// What is left, less than the modulus.
    pub fn residue(self) -> u32 {
        self.residue
    }

    /// Is the value one of them?
    pub fn contains(self, signed: i64) -> bool {
        self == Stride::ANY || signed.rem_euclid(self.modulus.into()) == i64::from(self.residue)
    }

    /// What holds when both hold, `None` if they exclude each other.
    pub(super) fn meet(self, other: Stride) -> Option<Stride> {
        if self == other || other == Stride::ANY {
            return Some(self);
        }
        let ((m, r), (n, s)) = (self.parts(), other.parts());
        let common = gcd(m, n);
        if (s - r) % common != 0 {
            return None;
        }
        // r + m * k is s by n for the k that is (s - r) / m.
        let steps = (s - r) / common * inverse(m / common, n / common);
        let product = m / common * n;
        let both = Class { modulus: product, residue: r + m * steps.rem_euclid(n / common) };
        // If it is too large a number, what says more of them.
        Some(if product > u32::MAX.into() { if m > n { self } else { other } } else { both.as_stride() })
    }

    fn parts(self) -> (i128, i128) {
        (self.modulus.into(), self.residue.into())
    }

    /// The same by a power of two more, less than 2 to the 31st, by which the low bits are known.
    pub(super) fn with_low_bits(self, power: u64, low_bits: u64) -> (i64, i64) {
        let (modulus, residue) = (u64::from(self.modulus), u64::from(self.residue));
        let steps = low_bits.wrapping_sub(residue).wrapping_mul(inverse_of_odd(modulus)) & (power - 1);
        ((modulus * power) as i64, (residue + modulus * steps) as i64)
    }
}

impl Class {
    pub(super) fn of(fact: &IntFact) -> Class {
        match fact.signed {
            (low, high) if low == high => Class { modulus: 0, residue: low.into() },
            _ => Class { modulus: fact.stride.modulus.into(), residue: fact.stride.residue.into() },
        }
    }

    pub(super) fn constant(value: i128) -> Class {
        Class { modulus: 0, residue: value }
    }

    /// Nothing known beyond what the intervals say.
    pub(super) fn is_any(self) -> bool {
        self.modulus == 1
    }

    pub(super) fn join(self, other: Class) -> Class {
        let common = gcd(gcd(self.modulus, other.modulus), self.residue - other.residue);
        Class { modulus: common, residue: self.residue }
    }

    /// Is no number of both?
    pub(super) fn excludes(self, other: Class) -> bool {
        let common = gcd(self.modulus, other.modulus);
        common > 1 && (self.residue - other.residue) % common != 0
    }

    pub(super) fn add(self, other: Class) -> Class {
        Class { modulus: gcd(self.modulus, other.modulus), residue: self.residue + other.residue }
    }

    pub(super) fn sub(self, other: Class) -> Class {
        Class { modulus: gcd(self.modulus, other.modulus), residue: self.residue - other.residue }
    }

    pub(super) fn mul(self, other: Class) -> Class {
        let mixed = gcd(self.modulus * other.residue, other.modulus * self.residue);
        Class { modulus: gcd(self.modulus * other.modulus, mixed), residue: self.residue * other.residue }
    }

    /// Of what is left by a divisor.
    pub(super) fn rem(self, divisor: Class) -> Class {
        Class { modulus: gcd(self.modulus, gcd(divisor.modulus, divisor.residue)), residue: self.residue }
    }

    /// Of quotients by a number that divides all of them.
    pub(super) fn div_exact(self, divisor: i128) -> Option<Class> {
        let divides = divisor > 0 && self.modulus % divisor == 0 && self.residue % divisor == 0;
        divides.then(|| Class { modulus: self.modulus / divisor, residue: self.residue / divisor })
    }

    pub(super) fn as_stride(self) -> Stride {
        if self.modulus == 0 || self.modulus == 1 {
            return Stride::ANY;
        }
        let odd = self.modulus.abs() >> self.modulus.trailing_zeros();
        match u32::try_from(odd) {
            Ok(modulus) if modulus > 1 => Stride { modulus, residue: self.residue.rem_euclid(odd) as u32 },
            _ => Stride::ANY,
        }
    }
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    if a == 1 || b == 1 {
        return 1;
    }
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}

/// What `a` has to be multiplied with to leave 1 by `modulus`, of which it has no factor.
fn inverse(a: i128, modulus: i128) -> i128 {
    let (mut r, mut next_r, mut t, mut next_t) = (modulus, a.rem_euclid(modulus), 0, 1);
    while next_r != 0 {
        let quotient = r / next_r;
        (r, next_r) = (next_r, r - quotient * next_r);
        (t, next_t) = (next_t, t - quotient * next_t);
    }
    t.rem_euclid(modulus)
}

/// The inverse of an odd number by 2 to the 64th: each step doubles how many bits are right (Newton).
fn inverse_of_odd(odd: u64) -> u64 {
    (0..5).fold(odd, |inverse, _| inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse))))
}
