//! The matcher in Rust: one function per root op, one per rule for its conditions and result.
//!
//! The text is included by `son-ir/src/peep/matcher.rs`, which brings the names it calls into scope:
//! `constant`, `build`, `one_use`, `fire`, the modules `arith` and `questions`.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::Error;
use crate::functions::Function;
use crate::ops::{NodeFlags, Op};
use crate::resolve::kinds_text;
use crate::rule::{Expr, ExprKind, Kind, Operand, Rule, TermId};
use crate::slots::{DATA, FLOAT, Kinds, SlotId};
use crate::tree::{self, Path, Step, Test, Variant};
use crate::types::Type;

/// The matcher of all rules, as Rust source.
pub fn rust(rules: &[Rule]) -> Result<String, Error> {
    let mut out = String::from("// Written by son-rulegen.\n");
    let used: BTreeSet<Op> = rules.iter().flat_map(|rule| rule.terms.iter().filter_map(op_of)).collect();
    for &op in &used {
        line(&mut out, 0, &format!("const {}: u16 = {};", op_name(op), op as u16));
    }
    table(&mut out, rules);
    looked_through(&mut out, rules);
    let roots: BTreeSet<Op> = rules.iter().map(Rule::root_op).collect();
    line(&mut out, 0, "pub(super) fn rewrite(g: &mut Graph, new: &NewNode) -> Option<NodeId> {");
    line(&mut out, 1, "match new.op {");
    for &op in &roots {
        line(&mut out, 2, &format!("{} => root_{}(g, new),", op_name(op), op_name(op).to_lowercase()));
    }
    line(&mut out, 2, "_ => None,\n    }\n}");
    let bodies: Vec<Body> = rules.iter().enumerate().map(|(index, rule)| Body::of(rule, index)).collect();
    for &op in &roots {
        root(&mut out, rules, &bodies, op)?;
    }
    bodies.iter().for_each(|body| out.push_str(&body.text));
    Ok(out)
}

fn op_of(term: &crate::rule::Term) -> Option<Op> {
    if let Kind::Op { op, .. } = term.kind { Some(op) } else { None }
}

fn op_name(op: Op) -> String {
    op.text().replace('.', "_").to_uppercase()
}

fn line(out: &mut String, depth: usize, text: &str) {
    writeln!(out, "{:width$}{text}", "", width = depth * 4).expect("writing to a string does not fail");
}

fn table(out: &mut String, rules: &[Rule]) {
    line(out, 0, &format!("pub(super) static RULES: [RuleInfo; {}] = [", rules.len()));
    for rule in rules {
        let row = format!(
            "RuleInfo {{ name: {:?}, file: {:?}, line: {}, text: {:?} }},",
            rule.name, rule.file, rule.at.line, rule.text
        );
        line(out, 1, &row);
    }
    line(out, 0, "];");
}

/// Ops that some rule looks through, below its root: when an input of such a node changes, rules may match
/// at the users of its users.
fn looked_through(out: &mut String, rules: &[Rule]) {
    let inner =
        |rule: &Rule| rule.below(rule.lhs).into_iter().skip(1).filter_map(|term| rule.op(term)).collect::<Vec<_>>();
    let ops: BTreeSet<Op> = rules.iter().flat_map(inner).collect();
    let names: Vec<String> = ops.into_iter().map(op_name).collect();
    line(out, 0, "pub(super) fn looks_through(op: u16) -> bool {");
    line(out, 1, &format!("matches!(op, {})", if names.is_empty() { "u16::MAX".into() } else { names.join(" | ") }));
    line(out, 0, "}");
}

/// The function of a root op. Rules whose root matches in both orders are a function of their own, called twice.
fn root(out: &mut String, rules: &[Rule], bodies: &[Body<'_>], op: Op) -> Result<(), Error> {
    let (mut one_order, mut both_orders) = (Vec::new(), Vec::new());
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.root_op() == op) {
        let list = if tree::can_swap(rule, rule.lhs) { &mut both_orders } else { &mut one_order };
        list.extend(tree::variants(rules, index)?);
    }
    let name = op_name(op).to_lowercase();
    line(out, 0, &format!("fn root_{name}(g: &mut Graph, new: &NewNode) -> Option<NodeId> {{"));
    let first = usize::from(op.takes_control());
    for i in 0..op.arity().0 - first {
        line(out, 1, &format!("let n{i} = new.inputs[{}];", i + first));
    }
    steps(out, bodies, &tree::build(one_order), 1);
    if both_orders.is_empty() {
        line(out, 1, "None\n}");
        return Ok(());
    }
    line(out, 1, &format!("either_{name}(g, new, n0, n1).or_else(|| either_{name}(g, new, n1, n0))\n}}"));
    let header = format!("fn either_{name}(g: &mut Graph, new: &NewNode, n0: NodeId, n1: NodeId) -> Option<NodeId> {{");
    line(out, 0, &header);
    steps(out, bodies, &tree::build(both_orders), 1);
    line(out, 1, "None\n}");
    Ok(())
}

fn node(path: &Path) -> String {
    path.iter().fold("n".to_string(), |name, index| name + &index.to_string())
}

fn constant(path: &Path) -> String {
    node(path).replace('n', "c")
}

fn steps(out: &mut String, bodies: &[Body<'_>], list: &[Step], depth: usize) {
    for step in list {
        match step {
            Step::Switch(path, arms) => switch(out, bodies, path, arms, depth),
            Step::If(test, then) => {
                let mut inner = String::new();
                steps(&mut inner, bodies, then, depth + 1);
                let condition = match test {
                    Test::Const(path) if !mentions(&inner, &constant(path)) => {
                        format!("constant(g, {}).is_some()", node(path))
                    }
                    _ => condition(test),
                };
                line(out, depth, &format!("if {condition} {{"));
                out.push_str(&inner);
                line(out, depth, "}");
            }
            Step::Try(variant) => {
                let call = bodies[variant.rule].call(variant);
                line(out, depth, &format!("if let found @ Some(_) = {call} {{ return found; }}"));
            }
        }
    }
}

fn condition(test: &Test) -> String {
    match test {
        Test::Const(path) => format!("let Some({}) = constant(g, {})", constant(path), node(path)),
        Test::Int(path, value @ (0 | 1)) => format!("{} == {value}", constant(path)),
        Test::Int(path, value) => format!("{} == arith::int(bits(g, {}), {value})", constant(path), node(path)),
        Test::Float(path, value) => {
            format!("arith::is_float(g.ty({}), {}, {value:#x})", node(path), constant(path))
        }
        Test::Same(a, b) => format!("{} == {}", node(a), node(b)),
        Test::Op(path, op) => format!("g.op_number({}) == {}", node(path), op_name(*op)),
    }
}

fn switch(out: &mut String, bodies: &[Body<'_>], path: &Path, arms: &[(Op, Vec<Step>)], depth: usize) {
    if let [(op, then)] = arms {
        line(out, depth, &format!("if {} {{", condition(&Test::Op(path.clone(), *op))));
        arm(out, bodies, path, *op, then, depth + 1);
        line(out, depth, "}");
        return;
    }
    line(out, depth, &format!("match g.op_number({}) {{", node(path)));
    for (op, then) in arms {
        line(out, depth + 1, &format!("{} => {{", op_name(*op)));
        arm(out, bodies, path, *op, then, depth + 2);
        line(out, depth + 1, "}");
    }
    line(out, depth + 1, "_ => {}");
    line(out, depth, "}");
}

/// Names the inputs of the node and goes on.
fn arm(out: &mut String, bodies: &[Body<'_>], path: &Path, op: Op, then: &[Step], depth: usize) {
    let mut inner = String::new();
    steps(&mut inner, bodies, then, depth);
    let first = usize::from(op.takes_control());
    for i in 0..op.arity().0 - first {
        let name = format!("{}{i}", node(path));
        if mentions(&inner, &name) {
            line(out, depth, &format!("let {name} = g.input({}, {});", node(path), i + first));
        }
    }
    out.push_str(&inner);
}

/// Does the text contain the name as a word?
fn mentions(text: &str, name: &str) -> bool {
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let ends = |at: usize| !text[at + name.len()..].starts_with(in_word) && !text[..at].ends_with(in_word);
    text.match_indices(name).any(|(at, _)| ends(at))
}

/// The function of one rule: what it takes, and its text.
struct Body<'a> {
    rule: &'a Rule,
    index: usize,
    /// Terms whose nodes it takes.
    nodes: BTreeSet<TermId>,
    /// Constants whose values it takes.
    constants: BTreeSet<usize>,
    text: String,
}

impl Body<'_> {
    fn of(rule: &Rule, index: usize) -> Body<'_> {
        let mut writer = Writer { rule, nodes: BTreeSet::new(), constants: BTreeSet::new(), types: BTreeSet::new() };
        let tests = writer.tests();
        let mut built = String::new();
        let result = writer.build(&mut built, rule.rhs);
        let mut text = String::new();
        let name = rule.name.replace(':', " line ");
        line(&mut text, 0, &format!("/// {name}: `{}`", rule.text.replace('`', "'")));
        let mut types = String::new();
        for slot in std::mem::take(&mut writer.types) {
            if !mentions(&tests, &format!("t{slot}")) && !mentions(&built, &format!("t{slot}")) {
                continue;
            }
            let ty = writer.type_of(slot);
            line(&mut types, 1, &format!("let t{slot} = {ty};"));
        }
        let Writer { mut nodes, constants, .. } = writer;
        nodes.retain(|term| [&types, &tests, &built, &result].iter().any(|text| mentions(text, &format!("n{term}"))));
        let nodes_text: String = nodes.iter().map(|term| format!(", n{term}: NodeId")).collect();
        let constants_text: String = constants.iter().map(|index| format!(", k{index}: u128")).collect();
        let unused = if types.contains("new.") || tests.contains("new") || built.contains("new") { "new" } else { "_" };
        let header = format!(
            "fn rule_{index}(g: &mut Graph, {unused}: &NewNode{nodes_text}{constants_text}) -> Option<NodeId> {{"
        );
        line(&mut text, 0, &header);
        text.push_str(&types);
        let all =
            if tests.is_empty() { format!("!fire(g, {index})") } else { format!("!({tests} && fire(g, {index}))") };
        line(&mut text, 1, &format!("if {all} {{ return None; }}"));
        text.push_str(&built);
        line(&mut text, 1, &format!("Some({result})\n}}"));
        Body { rule, index, nodes, constants, text }
    }

    fn call(&self, variant: &Variant) -> String {
        let place = |term: &TermId| &variant.places.iter().find(|(other, _)| other == term).expect("it has a place").1;
        let nodes: String = self.nodes.iter().map(|term| format!(", {}", node(place(term)))).collect();
        // The tree has the value of a constant from where it met it first in this order.
        let first = |index: &usize| {
            let is_it = |term: TermId| matches!(self.rule.terms[term].kind, Kind::Const(other) if other == *index);
            &variant.places.iter().find(|(term, _)| is_it(*term)).expect("it has a place").1
        };
        let constants: String = self.constants.iter().map(|index| format!(", {}", constant(first(index)))).collect();
        format!("rule_{}(g, new{nodes}{constants})", self.index)
    }
}

struct Writer<'a> {
    rule: &'a Rule,
    nodes: BTreeSet<TermId>,
    constants: BTreeSet<usize>,
    types: BTreeSet<SlotId>,
}

impl Writer<'_> {
    /// All that the shape does not say: types, flags, the condition.
    fn tests(&mut self) -> String {
        let mut tests = self.type_tests();
        for term in self.rule.below(self.rule.lhs) {
            if let Kind::Op { flags, .. } = self.rule.terms[term].kind
                && !flags.is_empty()
            {
                tests.push(format!("{}.has(NodeFlags::from_bits({}))", self.flags_of(term), flags.bits()));
            }
        }
        if self.rule.late {
            tests.insert(0, "is_late(g)".to_string());
        }
        if let Some(when) = &self.rule.when {
            tests.push(self.expr(when));
        }
        tests.join(" && ")
    }

    /// Tests for each type that the rule wants narrower than the ops of its pattern imply.
    fn type_tests(&mut self) -> Vec<String> {
        let (rule, mut tests) = (self.rule, Vec::new());
        let mut seen: Vec<(SlotId, SlotId)> = Vec::new();
        for term in rule.below(rule.lhs) {
            let slot = rule.terms[term].slot;
            let (wanted, implied) = (rule.slots.find(slot), rule.implied.find(slot));
            if seen.iter().any(|(_, other)| *other == implied) {
                continue;
            }
            let ty = self.node_type(term);
            if let Some(&(_, other)) = seen.iter().find(|(other, _)| *other == wanted) {
                let other = rule.below(rule.lhs).into_iter().find(|&t| rule.implied.find(rule.terms[t].slot) == other);
                let other = self.node_type(other.expect("it was seen"));
                tests.push(format!("{ty} == {other}"));
            } else if let Some(fixed) = rule.slots.fixed(wanted) {
                if rule.implied.fixed(implied) != Some(fixed) {
                    tests.push(format!("{ty} == {}", type_text(fixed)));
                }
            } else if rule.slots.kinds(wanted) != rule.implied.kinds(implied) {
                tests.push(kind_test(&ty, rule.slots.kinds(wanted)));
            }
            seen.push((wanted, implied));
        }
        tests
    }

    /// The type of a term of the pattern; kept out of the tests where nothing needs it.
    fn node_type(&mut self, term: TermId) -> String {
        if term == self.rule.lhs { "new.ty".to_string() } else { format!("g.ty({})", self.node(term)) }
    }

    fn node(&mut self, term: TermId) -> String {
        self.nodes.insert(term);
        format!("n{term}")
    }

    fn flags_of(&mut self, term: TermId) -> String {
        if term == self.rule.lhs { "new.flags".to_string() } else { format!("g.flags({})", self.node(term)) }
    }

    /// The name of the slot's type.
    fn ty(&mut self, slot: SlotId) -> String {
        let slot = self.rule.slots.find(slot);
        if let Some(fixed) = self.rule.slots.fixed(slot) {
            return type_text(fixed);
        }
        self.types.insert(slot);
        format!("t{slot}")
    }

    fn bits(&mut self, slot: SlotId) -> String {
        match self.rule.slots.fixed(slot) {
            Some(fixed) => fixed.bits().to_string(),
            None => format!("{}.bits()", self.ty(slot)),
        }
    }

    /// Where the type of a slot is found in the pattern.
    fn type_of(&mut self, slot: SlotId) -> String {
        let rule = self.rule;
        let mut anchors = rule.below(rule.lhs);
        anchors.retain(|&term| rule.slots.find(rule.terms[term].slot) == slot);
        let anchor = anchors.iter().find(|term| **term == rule.lhs || self.nodes.contains(term)).or(anchors.first());
        let anchor = *anchor.expect("types of results are those of the pattern");
        self.node_type(anchor)
    }

    fn var(&mut self, var: usize) -> String {
        let term = self.rule.vars[var].term;
        self.node(term)
    }

    /// Writes the statements that build a term of the result; the name of its node.
    fn build(&mut self, out: &mut String, term: TermId) -> String {
        let rule = self.rule;
        let slot = rule.terms[term].slot;
        let value = match &rule.terms[term].kind {
            Kind::Var(var) => return self.var(*var),
            Kind::Const(index) => {
                let first = rule.consts[*index].term;
                return self.node(first);
            }
            Kind::Poison => format!("g.poison({})", self.ty(slot)),
            Kind::Int(value) => {
                let (ty, bits) = (self.ty(slot), self.bits(slot));
                format!("g.wide_const({ty}, {})", int_text(&bits, *value))
            }
            Kind::Float(value) => {
                let ty = self.ty(slot);
                format!("g.wide_const({ty}, arith::float({ty}, {:#x}))", value.to_bits())
            }
            Kind::Expr(expr) => {
                let (ty, value) = (self.ty(slot), self.expr(expr));
                format!("g.wide_const({ty}, {})", bare(&value))
            }
            Kind::Op { op, flags, maybe, inputs } => {
                let mut names: Vec<String> = inputs.iter().map(|&input| self.build(out, input)).collect();
                if op.takes_control() {
                    let control = self.control();
                    names.insert(0, control);
                }
                let flags = self.result_flags(*flags, *maybe);
                format!("build(g, {}, {}, {flags}, &[{}])", op_name(*op), self.ty(slot), names.join(", "))
            }
        };
        line(out, 1, &format!("let b{term} = {value};"));
        format!("b{term}")
    }

    fn control(&mut self) -> String {
        match self.rule.division.expect("checked when types were") {
            root if root == self.rule.lhs => "new.inputs[0]".to_string(),
            term => format!("g.input({}, 0)", self.node(term)),
        }
    }

    fn result_flags(&mut self, flags: NodeFlags, maybe: NodeFlags) -> String {
        let mut text = format!("NodeFlags::from_bits({})", flags.bits());
        if maybe.is_empty() {
            return text;
        }
        let mut kept = format!("NodeFlags::from_bits({})", maybe.bits());
        for term in self.rule.below(self.rule.lhs) {
            if let Kind::Op { maybe: offered, .. } = self.rule.terms[term].kind
                && !offered.and(maybe).is_empty()
            {
                let not_offered = maybe.without(offered);
                let has = self.flags_of(term);
                let has = if not_offered.is_empty() {
                    has
                } else {
                    format!("{has}.or(NodeFlags::from_bits({}))", not_offered.bits())
                };
                write!(kept, ".and({has})").expect("writing to a string does not fail");
            }
        }
        if flags.is_empty() {
            return kept;
        }
        write!(text, ".or({kept})").expect("writing to a string does not fail");
        text
    }

    fn expr(&mut self, expr: &Expr) -> String {
        let bits = |writer: &mut Self| writer.bits(expr.slot.expect("a number has a type"));
        match &expr.kind {
            ExprKind::Int(value) => int_text(&bits(self), *value),
            ExprKind::Float(value) => {
                let ty = self.ty(expr.slot.expect("a number has a type"));
                format!("arith::float({ty}, {:#x})", value.to_bits())
            }
            ExprKind::MinInt => format!("arith::minint({})", bits(self)),
            ExprKind::MaxInt => format!("arith::maxint({})", bits(self)),
            ExprKind::Const(index) => {
                self.constants.insert(*index);
                format!("k{index}")
            }
            ExprKind::Unary("!", a) => format!("!({})", self.expr(a)),
            ExprKind::Unary(sign, a) => {
                let name = if *sign == "-" { "neg" } else { "not" };
                format!("arith::{name}({}, {})", bits(self), bare(&self.expr(a)))
            }
            ExprKind::Binary(sign, a, b) => self.binary(sign, a, b),
            ExprKind::Call(function, operands) => self.call(*function, operands, expr.slot),
        }
    }

    fn binary(&mut self, sign: &str, a: &Expr, b: &Expr) -> String {
        let (left, right) = (self.expr(a), self.expr(b));
        if matches!(sign, "&&" | "||" | "==" | "!=" | "<" | "<=" | ">" | ">=") {
            return format!("({left} {sign} {right})");
        }
        let bits = self.bits(a.slot.expect("an operand is a number"));
        let (in_parentheses, left, right) = (format!("({left} {sign} {right})"), bare(&left), bare(&right));
        let name = match sign {
            "&" | "|" | "^" => return in_parentheses,
            "<s" => "slt",
            "<s=" => "sle",
            ">s" => return format!("arith::slt({bits}, {right}, {left})"),
            ">s=" => return format!("arith::sle({bits}, {right}, {left})"),
            "+" => "add",
            "-" => "sub",
            "*" => "mul",
            "/" => "udiv",
            "/s" => "sdiv",
            "%" => "urem",
            "%s" => "srem",
            "<<" => "shl",
            ">>" => "lshr",
            _ => "ashr",
        };
        format!("arith::{name}({bits}, {left}, {right})")
    }

    fn call(&mut self, function: Function, operands: &[Operand], slot: Option<SlotId>) -> String {
        let mut texts: Vec<String> = operands.iter().map(|operand| self.operand(operand)).collect();
        let first_slot = operands.iter().find_map(|operand| match operand {
            Operand::Expr(expr) => expr.slot,
            _ => None,
        });
        match function {
            Function::Width => {
                let Operand::Type(of) = operands[0] else { unreachable!("width is of a type") };
                format!("arith::int({}, {} as i128)", self.bits(slot.expect("a number")), self.bits(of))
            }
            Function::Shape("varying") => format!("constant(g, {}).is_none()", texts[0]),
            Function::Shape(name) => format!("{name}(g, new, {})", texts[0]),
            Function::FactNumber(name) | Function::FactPredicate(name) => {
                format!("questions::{name}(g, {})", texts.join(", "))
            }
            Function::Convert(name) => {
                let (from, to) = (self.bits(first_slot.expect("a number")), self.bits(slot.expect("a number")));
                format!("arith::{name}({from}, {to}, {})", texts[0])
            }
            Function::Number(name) | Function::Predicate(name) => {
                let of = first_slot.expect("a number");
                let is_float = self.rule.slots.kinds(of) & !FLOAT == 0;
                let context = if is_float { self.ty(of) } else { self.bits(of) };
                texts.insert(0, context);
                format!("arith::{name}({})", texts.join(", "))
            }
        }
    }

    fn operand(&mut self, operand: &Operand) -> String {
        match operand {
            Operand::Expr(expr) => bare(&self.expr(expr)).to_string(),
            Operand::Node(var) => self.var(*var),
            Operand::Type(_) => String::new(),
        }
    }
}

/// An operand without the parentheses around it.
fn bare(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return text };
    let mut depth = 0;
    let closes_early = inner.chars().any(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    });
    if closes_early { text } else { inner }
}

fn int_text(bits: &str, value: i128) -> String {
    match value {
        0 | 1 => value.to_string(),
        _ => format!("arith::int({bits}, {value})"),
    }
}

fn type_text(ty: Type) -> String {
    if ty.is_int() { format!("Type::int({})", ty.bits()) } else { format!("Type::{}", ty.to_string().to_uppercase()) }
}

fn kind_test(ty: &str, kinds: Kinds) -> String {
    debug_assert!(kinds & DATA == kinds);
    format!("questions::is_{}({ty})", kinds_text(kinds))
}
