//! Float ops as terms of the theory of floats.

use super::{Encoder, Sort, Value, any};
use crate::ops::{NodeFlags, Op};
use crate::smt::int;

/// Bits of exponent and of significand with its hidden one, as sorts write them.
pub(super) fn format_of(bits: u32) -> &'static str {
    match bits {
        8 => "3 5",
        16 => "5 11",
        32 => "8 24",
        _ => "11 53",
    }
}

/// The float nearest to `value`, its sign kept.
pub(super) fn literal(bits: u32, value: f64) -> String {
    let format = format_of(bits);
    if value.is_nan() {
        return format!("(_ NaN {format})");
    }
    if value.is_infinite() || value == 0.0 {
        let sign = if value.is_sign_negative() { "-" } else { "+" };
        return format!("(_ {sign}{} {format})", if value == 0.0 { "zero" } else { "oo" });
    }
    let magnitude = format!("((_ to_fp {format}) RNE {:?})", value.abs());
    if value < 0.0 { format!("(fp.neg {magnitude})") } else { magnitude }
}

/// The float of these bits.
pub(super) fn from_bits(bits: u32, term: &str) -> String {
    format!("((_ to_fp {}) {term})", format_of(bits))
}

impl Encoder<'_> {
    /// The sign of a float: of a NaN it is a variable of its own.
    pub(super) fn sign_of(&mut self, float: &str, name: &str) -> String {
        let sign = self.declare(name, "Bool");
        self.assert(&format!("(or (fp.isNaN {float}) (= {sign} (fp.isNegative {float})))"));
        sign
    }

    pub(super) fn sign_of_new(&mut self, float: &str) -> String {
        self.names += 1;
        let name = format!("sign.{}", self.names);
        self.sign_of(float, &name)
    }

    pub(super) fn float_op(&mut self, op: Op, sort: Sort, flags: NodeFlags, inputs: &[Value]) -> Value {
        let mut poison: Vec<String> = inputs.iter().map(|input| input.poison.clone()).collect();
        let value = match op {
            Op::FNeg | Op::FAbs | Op::FCopySign => self.sign_op(op, sort, flags, inputs),
            Op::FEq | Op::FNe | Op::FLt | Op::FLe | Op::FOrd => self.known(sort, compare(op, inputs)),
            Op::FToS | Op::FToU => {
                let (name, name_back) = if op == Op::FToS { ("sbv", "to_fp") } else { ("ubv", "to_fp_unsigned") };
                let Sort::Float(width) = inputs[0].sort else { unreachable!("its input is a float") };
                let a = &inputs[0].bits;
                let whole = self.define(&inputs[0].sort.text(), &format!("(fp.roundToIntegral RTZ {a})"));
                let value = self.known(sort, format!("((_ fp.to_{name} {}) RTZ {a})", sort.bits()));
                // Out of range, the theory gives no number: then it does not convert back.
                let back = format!("((_ {name_back} {}) RTZ {})", format_of(width), value.bits);
                let outside = format!("(or (fp.isNaN {a}) (fp.isInfinite {a}) (not (fp.eq {back} {whole})))");
                poison.push(self.define("Bool", &outside));
                value
            }
            Op::SToF | Op::UToF => {
                if flags.has(NodeFlags::NUW) {
                    poison.push(format!("(bvslt {} {})", inputs[0].bits, super::int_literal(inputs[0].sort.bits(), 0)));
                }
                let name = if op == Op::SToF { "to_fp" } else { "to_fp_unsigned" };
                let text = format!("((_ {name} {}) RNE {})", format_of(sort.bits()), inputs[0].bits);
                self.known(sort, text)
            }
            Op::Bitcast => self.bitcast(sort, &inputs[0]),
            _ => {
                let text = arithmetic(op, sort.bits(), inputs);
                self.computed(sort, flags, text)
            }
        };
        for operand in inputs.iter().chain([&value]) {
            if matches!(operand.sort, Sort::Float(_)) {
                excluded(&mut poison, flags, &operand.bits);
            }
        }
        Value { poison: any(&poison), ..value }
    }

    /// A result of arithmetic: the sign of a NaN is free, and of zero too where the flag says so.
    fn computed(&mut self, sort: Sort, flags: NodeFlags, text: String) -> Value {
        let exact = self.define(&sort.text(), &text);
        let bits = if flags.has(NodeFlags::NSZ) && self.in_result {
            let flipped = self.fresh("flip", "Bool");
            self.define(&sort.text(), &format!("(ite (and (fp.isZero {exact}) {flipped}) (fp.neg {exact}) {exact})"))
        } else {
            exact
        };
        let sign = self.sign_of_new(&bits);
        let free = self.define("Bool", &format!("(fp.isNaN {bits})"));
        Value { sort, bits, poison: "false".into(), extra: Some((sign, free)) }
    }

    /// Ops that are defined by what they do to the sign, of a NaN too.
    fn sign_op(&mut self, op: Op, sort: Sort, flags: NodeFlags, inputs: &[Value]) -> Value {
        let a = &inputs[0].bits;
        let (sign, free) = inputs[0].extra.clone().expect("a float has a sign");
        let (text, sign, free) = match op {
            Op::FNeg => (format!("(fp.neg {a})"), format!("(not {sign})"), free),
            Op::FAbs => (format!("(fp.abs {a})"), "false".into(), "false".into()),
            _ => {
                let (wanted, wanted_free) = inputs[1].extra.clone().expect("a float has a sign");
                let magnitude = format!("(fp.abs {a})");
                (format!("(ite {wanted} (fp.neg {magnitude}) {magnitude})"), wanted, wanted_free)
            }
        };
        if flags.has(NodeFlags::NSZ) && self.in_result {
            let value = self.computed(sort, flags, text);
            return Value { extra: Some((sign, free)), ..value };
        }
        let bits = self.define(&sort.text(), &text);
        Value { sort, bits, poison: "false".into(), extra: Some((sign, free)) }
    }

    /// Bits of a float and back; those of a NaN are any that are one.
    fn bitcast(&mut self, sort: Sort, input: &Value) -> Value {
        match (sort, input.sort) {
            (Sort::Float(width), Sort::Float(_)) => {
                let same = input.bits.clone();
                Value { extra: input.extra.clone(), ..self.known(Sort::Float(width), same) }
            }
            (Sort::Float(width), _) => self.known(sort, from_bits(width, &input.bits)),
            (_, Sort::Float(width)) => {
                let bits = self.fresh("bits", &sort.text());
                self.assert(&format!("(= {} {})", from_bits(width, &bits), input.bits));
                Value { sort, bits, poison: "false".into(), extra: None }
            }
            _ => unreachable!("one side is a float"),
        }
    }
}

/// What the fast-math flags promise not to see.
fn excluded(poison: &mut Vec<String>, flags: NodeFlags, float: &str) {
    if flags.has(NodeFlags::NNAN) {
        poison.push(format!("(fp.isNaN {float})"));
    }
    if flags.has(NodeFlags::NINF) {
        poison.push(format!("(fp.isInfinite {float})"));
    }
}

fn compare(op: Op, inputs: &[Value]) -> String {
    let (a, b) = (&inputs[0].bits, &inputs[1].bits);
    let ordered = format!("(not (fp.isNaN {a})) (not (fp.isNaN {b}))");
    int::truth(&match op {
        Op::FEq => format!("(fp.eq {a} {b})"),
        Op::FNe => format!("(and {ordered} (not (fp.eq {a} {b})))"),
        Op::FLt => format!("(fp.lt {a} {b})"),
        Op::FLe => format!("(fp.leq {a} {b})"),
        _ => format!("(and {ordered})"),
    })
}

fn arithmetic(op: Op, bits: u32, inputs: &[Value]) -> String {
    let args: Vec<&str> = inputs.iter().map(|input| input.bits.as_str()).collect();
    let call = |name: &str| format!("({name} {})", args.join(" "));
    match op {
        Op::FAdd => call("fp.add RNE"),
        Op::FSub => call("fp.sub RNE"),
        Op::FMul => call("fp.mul RNE"),
        Op::FDiv => call("fp.div RNE"),
        Op::FMa => call("fp.fma RNE"),
        Op::FSqrt => call("fp.sqrt RNE"),
        Op::FMin => call("fp.min"),
        Op::FMax => call("fp.max"),
        Op::FFloor => call("fp.roundToIntegral RTN"),
        Op::FCeil => call("fp.roundToIntegral RTP"),
        Op::FRoundZero => call("fp.roundToIntegral RTZ"),
        Op::FRint => call("fp.roundToIntegral RNE"),
        Op::FRound => call("fp.roundToIntegral RNA"),
        Op::FExt | Op::FTrunc => call(&format!("(_ to_fp {}) RNE", format_of(bits))),
        // The theory has the remainder of IEEE 754 only: any function will do for rules that keep it.
        Op::FRem => call("fp.rem"),
        _ => unreachable!("{op} is not a float op"),
    }
}
