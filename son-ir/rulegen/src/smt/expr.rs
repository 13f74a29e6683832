//! Conditions and computed constants as SMT terms.

use super::{Encoder, Sort, float, int, int_literal};
use crate::functions::Function;
use crate::rule::{Expr, ExprKind, Operand};
use crate::slots::SlotId;

impl Encoder<'_> {
    /// A condition as a Boolean term.
    pub(super) fn condition(&mut self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Unary(_, a) => format!("(not {})", self.condition(a)),
            ExprKind::Binary("&&", a, b) => format!("(and {} {})", self.condition(a), self.condition(b)),
            ExprKind::Binary("||", a, b) => format!("(or {} {})", self.condition(a), self.condition(b)),
            ExprKind::Binary(sign, a, b) => {
                let name = match *sign {
                    "==" => "=",
                    "!=" => "distinct",
                    "<" => "bvult",
                    "<=" => "bvule",
                    ">" => "bvugt",
                    ">=" => "bvuge",
                    "<s" => "bvslt",
                    "<s=" => "bvsle",
                    ">s" => "bvsgt",
                    _ => "bvsge",
                };
                format!("({name} {} {})", self.number(a), self.number(b))
            }
            ExprKind::Call(Function::Predicate(name), operands) => self.predicate(name, operands),
            ExprKind::Call(Function::FactPredicate(name), operands) => self.fact(name, operands),
            ExprKind::Call(Function::Shape(_), _) => "true".into(),
            _ => unreachable!("checked when types were"),
        }
    }

    fn width(&self, slot: Option<SlotId>) -> u32 {
        self.sort(slot.expect("a number has a type")).bits()
    }

    /// A number as a bit vector, or as a float where it is one.
    pub(super) fn number(&mut self, expr: &Expr) -> String {
        let bits = self.width(expr.slot);
        match &expr.kind {
            ExprKind::Int(value) => int_literal(bits, *value),
            ExprKind::Float(value) => float::literal(bits, *value),
            ExprKind::MinInt => int_literal(bits, 1 << (bits - 1)),
            ExprKind::MaxInt => int_literal(bits, (1 << (bits - 1)) - 1),
            ExprKind::Const(index) => {
                let sort = self.sort(self.rule.consts[*index].slot);
                self.constant(*index, sort).bits
            }
            ExprKind::Unary(sign, a) => {
                let name = if *sign == "-" { "bvneg" } else { "bvnot" };
                format!("({name} {})", self.number(a))
            }
            ExprKind::Binary("<<", a, b) => {
                let (a, b) = (self.number(a), self.number(b));
                int::shift_left(bits, &a, &b)
            }
            ExprKind::Binary(sign, a, b) => {
                let name = match *sign {
                    "+" => "bvadd",
                    "-" => "bvsub",
                    "*" => "bvmul",
                    "/" => "bvudiv",
                    "/s" => "bvsdiv",
                    "%" => "bvurem",
                    "%s" => "bvsrem",
                    "&" => "bvand",
                    "|" => "bvor",
                    "^" => "bvxor",
                    ">>" => "bvlshr",
                    _ => "bvashr",
                };
                format!("({name} {} {})", self.number(a), self.number(b))
            }
            ExprKind::Call(function, operands) => self.call(*function, operands, bits),
        }
    }

    fn call(&mut self, function: Function, operands: &[Operand], bits: u32) -> String {
        match function {
            Function::Width => {
                let Operand::Type(slot) = operands[0] else { unreachable!("width is of a type") };
                int_literal(bits, i128::from(self.sort(slot).bits()))
            }
            Function::Convert(name) => {
                let Operand::Expr(operand) = &operands[0] else { unreachable!("it converts a number") };
                let from = self.width(operand.slot);
                let text = self.number(operand);
                int::resize(from, bits, name == "sext", &text)
            }
            Function::FactNumber(name) => self.fact_number(name, operands),
            Function::Number(name) => {
                let args = self.operands(operands);
                number(name, bits, &args)
            }
            _ => unreachable!("checked when types were"),
        }
    }

    fn operands(&mut self, operands: &[Operand]) -> Vec<String> {
        let number = |operand: &Operand| match operand {
            Operand::Expr(expr) => self.number(expr),
            _ => unreachable!("its operands are numbers"),
        };
        operands.iter().map(number).collect()
    }

    fn predicate(&mut self, name: &str, operands: &[Operand]) -> String {
        let Operand::Expr(first) = &operands[0] else { unreachable!("its operands are numbers") };
        let (sort, bits) = (self.sort(first.slot.expect("a number has a type")), self.width(first.slot));
        let args = self.operands(operands);
        let a = &args[0];
        let (zero, one) = (int_literal(bits, 0), int_literal(bits, 1));
        match name {
            "pow2" => format!("(and (distinct {a} {zero}) (= (bvand {a} (bvsub {a} {one})) {zero}))"),
            "low_mask" => format!("(and (distinct {a} {zero}) (= (bvand {a} (bvadd {a} {one})) {zero}))"),
            "recip_exact" => {
                let Sort::Float(width) = sort else { unreachable!("its operand is a float") };
                self.recip_exact(first, width, a)
            }
            "is_nan" => format!("(fp.isNaN {a})"),
            _ => {
                let op = format!("bv{}", &name[1..4]);
                format!("(not {})", int::overflows(&op, bits, name.starts_with('s'), a, &args[1]))
            }
        }
    }

    /// A power of two whose reciprocal is normal: nothing but the hidden one in both significands.
    fn recip_exact(&mut self, constant: &Expr, width: u32, value: &str) -> String {
        let sort = Sort::Float(width).text();
        let reciprocal = self.define(&sort, &number("recip", width, &[value.to_string()]));
        let ExprKind::Const(index) = constant.kind else {
            return "false".into();
        };
        let significand = float::format_of(width).split(' ').nth(1).and_then(|bits| bits.parse::<u32>().ok());
        let fraction = significand.expect("a format has two parts") - 1;
        let bits = format!("|{}|", self.rule.consts[index].name);
        let no_fraction = format!("(= ((_ extract {} 0) {bits}) {})", fraction - 1, int_literal(fraction, 0));
        format!("(and (fp.isNormal {value}) (fp.isNormal {reciprocal}) {no_fraction})")
    }

    /// A number that the facts know: any of which the fact holds, unless the node is poison.
    fn fact_number(&mut self, name: &'static str, operands: &[Operand]) -> String {
        let Operand::Node(var) = operands[0] else { unreachable!("facts are about nodes") };
        if let Some((_, _, number)) = self.facts.iter().find(|fact| fact.0 == name && fact.1 == var) {
            return number.clone();
        }
        let value = self.term(self.rule.vars[var].term);
        let number = self.fresh(name, &value.sort.text());
        let x = &value.bits;
        let holds = match name {
            "zeros" => format!("(= (bvand {x} {number}) {})", int_literal(value.sort.bits(), 0)),
            "ones" => format!("(= (bvand {x} {number}) {number})"),
            "umin" => format!("(bvule {number} {x})"),
            "umax" => format!("(bvuge {number} {x})"),
            "smin" => format!("(bvsle {number} {x})"),
            _ => format!("(bvsge {number} {x})"),
        };
        self.assert(&format!("(or {} {holds})", value.poison));
        let shown = format!("{name}({})", self.rule.vars[var].name);
        self.shown.push((shown, number.clone()));
        self.facts.push((name, var, number.clone()));
        number
    }

    fn fact(&mut self, name: &str, operands: &[Operand]) -> String {
        let Operand::Node(var) = operands[0] else { unreachable!("facts are about nodes") };
        let value = self.term(self.rule.vars[var].term);
        let zero = int_literal(value.sort.bits(), 0);
        let x = &value.bits;
        let holds = match name {
            "never_poison" => return format!("(not {})", value.poison),
            "known_zero" | "known_one" => {
                let mask = match &operands[1] {
                    Operand::Expr(expr) => self.number(expr),
                    _ => unreachable!("a mask is a number"),
                };
                format!("(= (bvand {x} {mask}) {})", if name == "known_zero" { &zero } else { &mask })
            }
            "nonneg" => format!("(bvsge {x} {zero})"),
            "negative" => format!("(bvslt {x} {zero})"),
            "nonzero" => format!("(distinct {x} {zero})"),
            _ => format!("(not (fp.isNaN {x}))"),
        };
        format!("(or {} {holds})", value.poison)
    }
}

fn number(name: &str, bits: u32, args: &[String]) -> String {
    let a = &args[0];
    match name {
        "log2" => int::log2(bits, a),
        "ctz" => int::trailing_zeros(bits, a),
        "bswap" => int::reverse(bits, 8, a),
        "bitreverse" => int::reverse(bits, 1, a),
        "low_ones" => {
            let one = int_literal(bits, 1);
            format!("(bvsub (bvshl {one} {a}) {one})")
        }
        "rotl" => int::funnel(bits, false, a, a, &args[1]),
        "recip" => format!("(fp.div RNE {} {a})", float::literal(bits, 1.0)),
        "fneg" => format!("(fp.neg {a})"),
        "fadd" => format!("(fp.add RNE {a} {})", args[1]),
        _ => format!("(fp.mul RNE {a} {})", args[1]),
    }
}
