//! Integer and pointer ops as bit vector terms.

use super::{Encoder, Sort, Value, any, int_literal};
use crate::ops::{NodeFlags, Op};

/// A Boolean term as an `i1`.
pub(super) fn truth(term: &str) -> String {
    format!("(ite {term} #b1 #b0)")
}

/// The number cut or extended to another width.
pub(super) fn resize(from: u32, to: u32, signed: bool, term: &str) -> String {
    match from.cmp(&to) {
        std::cmp::Ordering::Equal => term.to_string(),
        std::cmp::Ordering::Greater => format!("((_ extract {} 0) {term})", to - 1),
        std::cmp::Ordering::Less => {
            format!("((_ {} {}) {term})", if signed { "sign_extend" } else { "zero_extend" }, to - from)
        }
    }
}

/// Up to this width, products are written out in double width: the solver's own predicates are for more, and
/// wrong at one bit.
const SMALL: u32 = 8;

/// Does the signed or unsigned `bvadd`, `bvsub` or `bvmul` leave the type?
pub(super) fn overflows(op: &str, bits: u32, signed: bool, a: &str, b: &str) -> String {
    match (op, signed) {
        ("bvmul", _) if bits <= SMALL => {
            let wide = |term: &str| resize(bits, 2 * bits, signed, term);
            format!("(not (= (bvmul {} {}) {}))", wide(a), wide(b), wide(&format!("(bvmul {a} {b})")))
        }
        ("bvmul", true) => format!("(not (and (bvsmul_noovfl {a} {b}) (bvsmul_noudfl {a} {b})))"),
        ("bvmul", false) => format!("(not (bvumul_noovfl {a} {b}))"),
        ("bvsub", false) => format!("(bvult {a} {b})"),
        _ => {
            let wide = |term: &str| resize(bits, bits + 1, signed, term);
            format!("(not (= ({op} {} {}) {}))", wide(a), wide(b), wide(&format!("({op} {a} {b})")))
        }
    }
}

/// A shift left, as a product where the amount is a literal below the width.
pub(super) fn shift_left(bits: u32, a: &str, b: &str) -> String {
    let amount = b.strip_prefix("(_ bv").and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
    match amount.filter(|amount| *amount < bits) {
        Some(amount) => format!("(bvmul {a} {})", int_literal(bits, 1 << amount)),
        None => format!("(bvshl {a} {b})"),
    }
}

/// High half of the double-width product.
pub(super) fn multiply_high(bits: u32, signed: bool, a: &str, b: &str) -> String {
    let wide = |term| resize(bits, 2 * bits, signed, term);
    format!("((_ extract {} {bits}) (bvmul {} {}))", 2 * bits - 1, wide(a), wide(b))
}

fn bit(term: &str, index: u32) -> String {
    format!("((_ extract {index} {index}) {term})")
}

/// Number of ones.
pub(super) fn popcount(bits: u32, term: &str) -> String {
    let ones: Vec<String> = (0..bits).map(|i| resize(1, bits, false, &bit(term, i))).collect();
    if bits == 1 { term.to_string() } else { format!("(bvadd {})", ones.join(" ")) }
}

/// Index of the first one in this order of bits; `none` if there is none. The result is `value(index)`.
fn first_one(
    term: &str,
    order: impl DoubleEndedIterator<Item = u32>,
    value: impl Fn(u32) -> String,
    none: String,
) -> String {
    order.rev().fold(none, |rest, i| format!("(ite (= {} #b1) {} {rest})", bit(term, i), value(i)))
}

/// Number of leading zeros.
pub(super) fn leading_zeros(bits: u32, term: &str) -> String {
    let value = |i: u32| int_literal(bits, i128::from(bits - 1 - i));
    first_one(term, (0..bits).rev(), value, int_literal(bits, i128::from(bits)))
}

/// Number of trailing zeros.
pub(super) fn trailing_zeros(bits: u32, term: &str) -> String {
    first_one(term, 0..bits, |i| int_literal(bits, i128::from(i)), int_literal(bits, i128::from(bits)))
}

/// Index of the highest one, 0 for 0.
pub(super) fn log2(bits: u32, term: &str) -> String {
    first_one(term, (0..bits).rev(), |i| int_literal(bits, i128::from(i)), int_literal(bits, 0))
}

/// Pieces of so many bits in reverse order.
pub(super) fn reverse(bits: u32, piece: u32, term: &str) -> String {
    let pieces: Vec<String> =
        (0..bits / piece).map(|i| format!("((_ extract {} {}) {term})", (i + 1) * piece - 1, i * piece)).collect();
    if pieces.len() == 1 { term.to_string() } else { format!("(concat {})", pieces.join(" ")) }
}

/// The word of `a:b` shifted left by `c` modulo the width, the high one or with `right` the low one shifted right.
pub(super) fn funnel(bits: u32, right: bool, a: &str, b: &str, c: &str) -> String {
    let amount = format!("(bvurem {} {})", resize(bits, 2 * bits, false, c), int_literal(2 * bits, i128::from(bits)));
    if right {
        format!("((_ extract {} 0) (bvlshr (concat {a} {b}) {amount}))", bits - 1)
    } else {
        format!("((_ extract {} {bits}) (bvshl (concat {a} {b}) {amount}))", 2 * bits - 1)
    }
}

impl Encoder<'_> {
    pub(super) fn int_op(&mut self, op: Op, sort: Sort, flags: NodeFlags, inputs: &[Value]) -> Value {
        let from = inputs[0].sort.bits();
        let args: Vec<&str> = inputs.iter().map(|input| input.bits.as_str()).collect();
        let text = value_text(op, from, sort.bits(), &args);
        let bits = self.define(&sort.text(), &text);
        let mut poison: Vec<String> = inputs.iter().map(|input| input.poison.clone()).collect();
        if op.takes_control() {
            // A poison divisor is undefined, and so is a poison dividend for a divisor that may fault.
            self.undefined.push(division_is_undefined(op, from, inputs));
        }
        poison.extend(flag_poison(op, flags, from, sort.bits(), &args, &bits));
        let mut extra = None;
        if op == Op::PtrAdd {
            extra = inputs[0].extra.clone();
            if flags.has(NodeFlags::NSW) {
                poison.push(outside(&inputs[0], &bits));
            }
        } else if op == Op::IntToPtr {
            extra = Some(self.object_of_address());
        }
        let poison = any(&poison);
        let poison = if poison == "false" { poison } else { self.define("Bool", &poison) };
        Value { sort, bits, poison, extra }
    }

    /// An address made of an integer may point into any object.
    fn object_of_address(&mut self) -> (String, String) {
        self.names += 1;
        let name = format!("address.{}", self.names);
        self.object(&name)
    }
}

/// Is the address, or the one it is made of, outside of the object?
fn outside(base: &Value, address: &str) -> String {
    let (low, high) = base.extra.as_ref().expect("a pointer has an object");
    let inside = |address: &str| format!("(bvule {low} {address}) (bvule {address} {high})");
    format!("(not (and {} {}))", inside(&base.bits), inside(address))
}

fn division_is_undefined(op: Op, bits: u32, inputs: &[Value]) -> String {
    let (a, b) = (&inputs[0], &inputs[1]);
    let zero = format!("(= {} {})", b.bits, int_literal(bits, 0));
    if !matches!(op, Op::SDiv | Op::SRem) {
        return any(&[b.poison.clone(), zero]);
    }
    let minimum = format!("(= {} {})", a.bits, int_literal(bits, 1 << (bits - 1)));
    let minus_one = format!("(= {} {})", b.bits, int_literal(bits, -1));
    let overflow = format!("(and {minus_one} (or {} {minimum}))", a.poison);
    any(&[b.poison.clone(), zero, overflow])
}

fn value_text(op: Op, from: u32, to: u32, args: &[&str]) -> String {
    let a = args[0];
    let b = args.get(1).copied().unwrap_or_default();
    let call = |name: &str| format!("({name} {})", args.join(" "));
    let pick = |compare: &str| format!("(ite ({compare} {a} {b}) {a} {b})");
    match op {
        Op::Add | Op::PtrAdd => call("bvadd"),
        Op::Sub => call("bvsub"),
        Op::Mul => call("bvmul"),
        Op::SDiv => call("bvsdiv"),
        Op::UDiv => call("bvudiv"),
        Op::SRem => call("bvsrem"),
        Op::URem => call("bvurem"),
        Op::SMulHigh | Op::UMulHigh => multiply_high(from, op == Op::SMulHigh, a, b),
        Op::Neg => call("bvneg"),
        Op::And => call("bvand"),
        Op::Or => call("bvor"),
        Op::Xor => call("bvxor"),
        Op::Shl => shift_left(from, a, b),
        Op::LShr => call("bvlshr"),
        Op::AShr => call("bvashr"),
        Op::Fshl | Op::Fshr => funnel(from, op == Op::Fshr, a, b, args[2]),
        Op::SMin => pick("bvsle"),
        Op::SMax => pick("bvsge"),
        Op::UMin => pick("bvule"),
        Op::UMax => pick("bvuge"),
        Op::Abs => format!("(ite (bvslt {a} {}) (bvneg {a}) {a})", int_literal(from, 0)),
        Op::Ctpop => popcount(from, a),
        Op::Ctlz => leading_zeros(from, a),
        Op::Cttz => trailing_zeros(from, a),
        Op::Bswap => reverse(from, 8, a),
        Op::Bitreverse => reverse(from, 1, a),
        Op::SAddOverflow | Op::UAddOverflow => truth(&overflows("bvadd", from, op == Op::SAddOverflow, a, b)),
        Op::SSubOverflow | Op::USubOverflow => truth(&overflows("bvsub", from, op == Op::SSubOverflow, a, b)),
        Op::SMulOverflow | Op::UMulOverflow => truth(&overflows("bvmul", from, op == Op::SMulOverflow, a, b)),
        Op::Eq => truth(&call("=")),
        Op::Ne => truth(&call("distinct")),
        Op::Slt => truth(&call("bvslt")),
        Op::Sle => truth(&call("bvsle")),
        Op::Ult => truth(&call("bvult")),
        Op::Ule => truth(&call("bvule")),
        Op::Trunc | Op::ZExt => resize(from, to, false, a),
        Op::SExt => resize(from, to, true, a),
        Op::Bitcast | Op::PtrToInt | Op::IntToPtr => a.to_string(),
        _ => unreachable!("{op} is not an integer op"),
    }
}

/// What the flags exclude, and amounts of shifts.
fn flag_poison(op: Op, flags: NodeFlags, from: u32, to: u32, args: &[&str], result: &str) -> Vec<String> {
    let (nsw, nuw) = (flags.has(NodeFlags::NSW), flags.has(NodeFlags::NUW));
    let (a, b) = (args[0], args.get(1).copied().unwrap_or_default());
    let zero = int_literal(from, 0);
    let minimum = int_literal(from, 1 << (from - 1));
    let mut poison = Vec::new();
    let mut when = |set: bool, term: String| {
        if set {
            poison.push(term);
        }
    };
    match op {
        Op::Add | Op::Sub | Op::Mul => {
            let name = match op {
                Op::Add => "bvadd",
                Op::Sub => "bvsub",
                _ => "bvmul",
            };
            when(nsw, overflows(name, from, true, a, b));
            when(nuw, overflows(name, from, false, a, b));
        }
        Op::Shl | Op::LShr | Op::AShr => {
            // An amount that does not fit in the width is out of range too.
            when(true, format!("(bvuge {b} {})", int_literal(from, i128::from(from))));
            when(op == Op::Shl && nsw, format!("(distinct (bvashr {result} {b}) {a})"));
            when(op == Op::Shl && nuw, format!("(distinct (bvlshr {result} {b}) {a})"));
            when(op != Op::Shl && flags.has(NodeFlags::EXACT), format!("(distinct (bvshl {result} {b}) {a})"));
        }
        Op::SDiv | Op::UDiv => {
            when(flags.has(NodeFlags::EXACT), format!("(distinct (bvmul {result} {b}) {a})"));
        }
        Op::Or => when(flags.has(NodeFlags::DISJOINT), format!("(distinct (bvand {a} {b}) {zero})")),
        Op::Neg | Op::Abs => when(nsw, format!("(= {a} {minimum})")),
        Op::Ctlz | Op::Cttz => when(nuw, format!("(= {a} {zero})")),
        Op::ZExt => when(nuw, format!("(bvslt {a} {zero})")),
        Op::Trunc => {
            when(nuw, format!("(distinct {} {a})", resize(to, from, false, result)));
            when(nsw, format!("(distinct {} {a})", resize(to, from, true, result)));
        }
        _ => {}
    }
    poison
}
