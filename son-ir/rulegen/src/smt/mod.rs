//! Rules as SMT queries: satisfiable if there is a value for which the result does not refine the pattern.
//!
//! Integers and pointers are bit vectors, with a Boolean each for poison. A pointer has the bounds of its
//! object besides its address, so that a result with another provenance is refused. A float is a value of the
//! theory of floats, the sign that `fneg`, `fabs` and `fcopysign` see in a NaN, and whether that sign is
//! free, as it is in the result of arithmetic. Payloads of NaNs are not modelled.
//!
//! The query says: the condition holds, the pattern is defined, and the result is undefined where the
//! pattern is not, or is poison or another value where the pattern is a value. Numbers of the fact layer
//! become variables of which only the fact is assumed.

mod assign;
mod expr;
mod float;
mod int;
mod split;

pub use assign::{Assignment, assignments};
use split::Case;

use crate::ops::{NodeFlags, Op};
use crate::rule::{Kind, Rule, TermId};
use crate::slots::SlotId;
use std::fmt::Write;

/// What stands for a type in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// An integer of so many bits.
    Int(u32),
    /// An address.
    Pointer,
    /// A float of so many bits: 16, 32 and 64 are those of IEEE 754, 8 has 3 bits of exponent.
    Float(u32),
}

impl Sort {
    /// Bits of a value.
    pub fn bits(self) -> u32 {
        match self {
            Sort::Int(bits) | Sort::Float(bits) => bits,
            Sort::Pointer => 64,
        }
    }

    /// As SMT-LIB writes it.
    fn text(self) -> String {
        match self {
            Sort::Float(bits) => format!("(_ FloatingPoint {})", float::format_of(bits)),
            _ => format!("(_ BitVec {})", self.bits()),
        }
    }
}

/// A query, and what to ask when it is satisfiable.
#[derive(Clone, Debug)]
pub struct Query {
    /// Types and flags of this instance, for messages: `x: i8, nsw`.
    pub instance: String,
    /// Declarations and assertions, without `check-sat`.
    pub text: String,
    /// Terms to show in a counterexample, with their names.
    pub shown: Vec<(String, String)>,
    /// The result has no valid type here: the query only asks whether the condition allows that.
    pub ill_typed: bool,
    assignment: Assignment,
}

/// All instances of the rule whose widest type has `width` bits.
pub fn queries(rule: &Rule, width: u32) -> Vec<Query> {
    assignments(rule, width).into_iter().map(|assignment| Encoder::new(rule, &assignment, None).query()).collect()
}

/// The query split by the values of a constant that is a shift amount or a power of two, for when it is too hard
/// as a whole. With the constant known, shifts left are products, which the solver brings into normal form.
/// Empty if there is no such constant.
pub fn cases(rule: &Rule, query: &Query) -> Vec<Query> {
    let Some(split) = split::splittable(rule) else { return Vec::new() };
    let bits = query.assignment.sort(rule, rule.consts[split.constant].slot).bits();
    let case = |case| Encoder::new(rule, &query.assignment, Some((split.constant, case))).query();
    split.cases(bits).into_iter().map(case).collect()
}

/// A value in a query: the names of its parts.
#[derive(Clone, Debug)]
struct Value {
    sort: Sort,
    bits: String,
    poison: String,
    /// Of a float: its sign, NaN or not, and whether the sign is free. Of a pointer: the bounds of its object.
    extra: Option<(String, String)>,
}

struct Encoder<'a> {
    rule: &'a Rule,
    assignment: &'a Assignment,
    text: String,
    shown: Vec<(String, String)>,
    names: usize,
    /// Values of variables and constants, by number.
    vars: Vec<Option<Value>>,
    consts: Vec<Option<Value>>,
    /// Numbers that the facts know: name of the function, node, name of the number.
    facts: Vec<(&'static str, usize, String)>,
    /// Values of the pattern's terms.
    terms: Vec<Option<Value>>,
    /// What has been undefined on the side that is being encoded.
    undefined: Vec<String>,
    in_result: bool,
    ill_typed: bool,
    /// The case of a constant that the query is about.
    case: Option<(usize, Case)>,
}

impl<'a> Encoder<'a> {
    fn new(rule: &'a Rule, assignment: &'a Assignment, case: Option<(usize, Case)>) -> Encoder<'a> {
        Encoder {
            rule,
            assignment,
            text: String::new(),
            shown: Vec::new(),
            names: 0,
            vars: vec![None; rule.vars.len()],
            consts: vec![None; rule.consts.len()],
            facts: Vec::new(),
            terms: vec![None; rule.terms.len()],
            undefined: Vec::new(),
            in_result: false,
            ill_typed: false,
            case,
        }
    }

    fn query(mut self) -> Query {
        let rule = self.rule;
        let left = self.term(rule.lhs);
        let left_undefined = any(&std::mem::take(&mut self.undefined));
        if let Some(when) = &rule.when {
            let holds = self.condition(when);
            self.assert(&holds);
        }
        self.in_result = true;
        let right = self.term(rule.rhs);
        let right_undefined = any(&std::mem::take(&mut self.undefined));
        if !self.ill_typed {
            let differs = self.differs(&left, &right);
            let wrong = format!("(or {} {differs})", right.poison);
            let wrong = format!("(or {right_undefined} (and (not {}) {wrong}))", left.poison);
            self.assert(&format!("(and (not {left_undefined}) {wrong})"));
            self.show("pattern", &left);
            self.show("result", &right);
            if right_undefined != "false" {
                self.shown.push(("result is undefined".into(), right_undefined));
            }
        }
        Query {
            instance: self.assignment.text.clone(),
            text: self.text,
            shown: self.shown,
            ill_typed: self.ill_typed,
            assignment: self.assignment.clone(),
        }
    }

    /// May the second value not stand for the first, neither being poison?
    fn differs(&mut self, left: &Value, right: &Value) -> String {
        let same = format!("(= {} {})", left.bits, right.bits);
        let (Some(l), Some(r)) = (&left.extra, &right.extra) else { return format!("(not {same})") };
        match left.sort {
            Sort::Float(_) => {
                let (is_nan, value) = (format!("(fp.isNaN {})", left.bits), same);
                let zero = format!("(and (fp.isZero {}) (fp.isZero {}))", left.bits, right.bits);
                let no_sign = self.flags(self.rule.lhs).has(NodeFlags::NSZ);
                let value = if no_sign { format!("(or {value} {zero})") } else { value };
                let sign = format!("(or (not {is_nan}) {} (= {} {}))", l.1, l.0, r.0);
                format!("(not (and {value} {sign}))")
            }
            _ => format!("(not (and {same} (= {} {}) (= {} {})))", l.0, r.0, l.1, r.1),
        }
    }

    fn flags(&self, term: TermId) -> NodeFlags {
        match self.rule.terms[term].kind {
            Kind::Op { flags, maybe, .. } => flags.or(maybe.and(self.assignment.flags)),
            _ => NodeFlags::NONE,
        }
    }

    fn sort(&self, slot: SlotId) -> Sort {
        self.assignment.sort(self.rule, slot)
    }

    fn term(&mut self, term: TermId) -> Value {
        let rule = self.rule;
        if let Some(value) = &self.terms[term] {
            return value.clone();
        }
        let sort = self.sort(rule.terms[term].slot);
        let value = match &rule.terms[term].kind {
            Kind::Op { op, inputs, .. } => {
                let inputs: Vec<Value> = inputs.iter().map(|&input| self.term(input)).collect();
                self.op(*op, sort, self.flags(term), &inputs)
            }
            Kind::Var(var) if rule.vars[*var].term != term => self.term(rule.vars[*var].term),
            Kind::Var(var) => self.variable(*var, sort),
            Kind::Const(index) => self.constant(*index, sort),
            Kind::Int(value) => self.known(sort, int_literal(sort.bits(), *value)),
            Kind::Float(value) => self.known(sort, float::literal(sort.bits(), *value)),
            Kind::Expr(expr) => {
                let text = self.number(expr);
                self.known(sort, text)
            }
            Kind::Poison => {
                let mut value = self.known(sort, self.zero(sort));
                value.poison = "true".into();
                value
            }
        };
        self.terms[term] = Some(value.clone());
        value
    }

    fn zero(&self, sort: Sort) -> String {
        match sort {
            Sort::Float(bits) => float::literal(bits, 0.0),
            _ => int_literal(sort.bits(), 0),
        }
    }

    /// A value without poison.
    fn known(&mut self, sort: Sort, text: String) -> Value {
        let bits = self.define(&sort.text(), &text);
        let extra = match sort {
            Sort::Int(_) => None,
            Sort::Float(_) => Some((format!("(fp.isNegative {bits})"), "false".to_string())),
            Sort::Pointer => Some((int_literal(64, 0), int_literal(64, 0))),
        };
        Value { sort, bits, poison: "false".into(), extra }
    }

    fn variable(&mut self, var: usize, sort: Sort) -> Value {
        let name = self.rule.vars[var].name.clone();
        let value = Value {
            sort,
            bits: self.declare(&name, &sort.text()),
            poison: self.declare(&format!("{name}.poison"), "Bool"),
            extra: None,
        };
        let extra = match sort {
            Sort::Int(_) => None,
            Sort::Float(_) => Some((self.sign_of(&value.bits, &format!("{name}.sign")), "false".to_string())),
            Sort::Pointer => Some(self.object(&name)),
        };
        let value = Value { extra, ..value };
        self.show(&name, &value);
        self.vars[var] = Some(value.clone());
        value
    }

    /// Bounds of an object that a pointer may point into.
    fn object(&mut self, name: &str) -> (String, String) {
        let low = self.declare(&format!("{name}.object"), "(_ BitVec 64)");
        let high = self.declare(&format!("{name}.end"), "(_ BitVec 64)");
        self.assert(&format!("(and (bvule {low} {high}) (bvult (bvsub {high} {low}) {}))", int_literal(64, 1 << 63)));
        (low, high)
    }

    fn constant(&mut self, index: usize, sort: Sort) -> Value {
        if let Some(value) = &self.consts[index] {
            return value.clone();
        }
        let name = self.rule.consts[index].name.clone();
        if let Some(Case::Is(value)) = self.case.filter(|(split, _)| *split == index).map(|(_, case)| case) {
            let bits = int_literal(sort.bits(), value as i128);
            self.shown.push((name, bits.clone()));
            let value = Value { sort, bits, poison: "false".into(), extra: None };
            self.consts[index] = Some(value.clone());
            return value;
        }
        let bits = self.declare(&name, &format!("(_ BitVec {})", sort.bits()));
        self.shown.push((name, bits.clone()));
        if let Some((split, Case::AtLeast(least))) = self.case
            && split == index
        {
            self.assert(&format!("(bvuge {bits} {})", int_literal(sort.bits(), least as i128)));
        }
        let text = match sort {
            Sort::Float(width) => float::from_bits(width, &bits),
            _ => bits,
        };
        let value = self.known(sort, text);
        self.consts[index] = Some(value.clone());
        value
    }

    fn op(&mut self, op: Op, sort: Sort, flags: NodeFlags, inputs: &[Value]) -> Value {
        if !assign::well_typed(op, sort, inputs[0].sort) {
            self.ill_typed = true;
            return self.known(sort, self.zero(sort));
        }
        match op {
            Op::Select => self.select(&inputs[0], &inputs[1], &inputs[2]),
            Op::Freeze => self.freeze(&inputs[0]),
            _ if inputs.iter().any(|input| matches!(input.sort, Sort::Float(_))) || matches!(sort, Sort::Float(_)) => {
                self.float_op(op, sort, flags, inputs)
            }
            _ => self.int_op(op, sort, flags, inputs),
        }
    }

    fn select(&mut self, condition: &Value, yes: &Value, no: &Value) -> Value {
        let pick = |a: &str, b: &str| format!("(ite (= {} #b1) {a} {b})", condition.bits);
        let bits = self.define(&yes.sort.text(), &pick(&yes.bits, &no.bits));
        let poison = any(&[condition.poison.clone(), pick(&yes.poison, &no.poison)]);
        let poison = self.define("Bool", &poison);
        let extra = match (&yes.extra, &no.extra) {
            (Some(a), Some(b)) => Some((pick(&a.0, &b.0), pick(&a.1, &b.1))),
            _ => None,
        };
        Value { sort: yes.sort, bits, poison, extra }
    }

    /// Any value for poison. In the pattern the choice would be ours; letting the solver choose is stricter.
    fn freeze(&mut self, input: &Value) -> Value {
        let any_value = self.fresh("frozen", &input.sort.text());
        let bits = self.define(&input.sort.text(), &format!("(ite {} {any_value} {})", input.poison, input.bits));
        let extra = match (&input.extra, input.sort) {
            (Some((sign, free)), Sort::Float(_)) => {
                let any_sign = self.sign_of_new(&bits);
                let free = format!("(and {free} (not {}))", input.poison);
                Some((format!("(ite {} {any_sign} {sign})", input.poison), free))
            }
            _ => input.extra.clone(),
        };
        Value { sort: input.sort, bits, poison: "false".into(), extra }
    }

    // ---- Names and text ----

    fn declare(&mut self, name: &str, sort: &str) -> String {
        writeln!(self.text, "(declare-const |{name}| {sort})").expect("writing to a string does not fail");
        format!("|{name}|")
    }

    fn fresh(&mut self, name: &str, sort: &str) -> String {
        self.names += 1;
        self.declare(&format!("{name}.{}", self.names), sort)
    }

    fn define(&mut self, sort: &str, body: &str) -> String {
        self.names += 1;
        let name = format!("t{}", self.names);
        writeln!(self.text, "(define-fun {name} () {sort} {body})").expect("writing to a string does not fail");
        name
    }

    fn assert(&mut self, body: &str) {
        writeln!(self.text, "(assert {body})").expect("writing to a string does not fail");
    }

    fn show(&mut self, name: &str, value: &Value) {
        self.shown.push((name.to_string(), value.bits.clone()));
        if value.poison != "false" {
            self.shown.push((format!("{name} is poison"), value.poison.clone()));
        }
    }
}

/// Disjunction.
fn any(terms: &[String]) -> String {
    let mut terms: Vec<&str> = terms.iter().map(String::as_str).filter(|term| *term != "false").collect();
    terms.dedup();
    match terms[..] {
        [] => "false".into(),
        [one] => one.to_string(),
        _ => format!("(or {})", terms.join(" ")),
    }
}

/// `value` modulo the width.
fn int_literal(bits: u32, value: i128) -> String {
    let mask = if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
    format!("(_ bv{} {bits})", value as u128 & mask)
}
