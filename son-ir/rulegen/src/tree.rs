//! The decision tree of all rules with one root op.
//!
//! A rule is a set of tests on places of the pattern, in both orders for commutative ops. At each
//! level the tree asks the question that most of the rules still ask, once for all of them; those
//! that do not ask it follow after it, so no rule is copied into several branches. Rules with the
//! same tests stay in the order of the file.

use crate::Error;
use crate::ops::{Op, OpFlags};
use crate::rule::{Kind, Rule, TermId};

/// Most orders of its commutative ops that one rule may have.
const MAX_ORDERS: usize = 32;

/// A place below the root: the index among the data inputs at each level.
pub(crate) type Path = Vec<u8>;

/// A question about the node at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// Has it this op?
    Op(Path, Op),
    /// Is it a constant?
    Const(Path),
    /// Is the constant this integer?
    Int(Path, i128),
    /// Is the constant the float with these bits as `f64`?
    Float(Path, u64),
    /// Are both places the same node?
    Same(Path, Path),
}

/// A rule in one order of its commutative ops.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) rule: usize,
    tests: Vec<Test>,
    /// Place of each term of the pattern.
    pub(crate) places: Vec<(TermId, Path)>,
}

/// What to do, in order, until something matches.
#[derive(Debug)]
pub(crate) enum Step {
    /// Look at the op of a place.
    Switch(Path, Vec<(Op, Vec<Step>)>),
    /// If the test holds.
    If(Test, Vec<Step>),
    /// The pattern matches: try the rule's conditions.
    Try(Variant),
}

impl Test {
    fn places(&self) -> Vec<&Path> {
        match self {
            Test::Op(path, _) | Test::Const(path) | Test::Int(path, _) | Test::Float(path, _) => vec![path],
            Test::Same(a, b) => vec![a, b],
        }
    }

    /// Has `other` to be asked before this?
    fn needs(&self, other: &Test) -> bool {
        match other {
            Test::Op(above, _) => self.places().iter().any(|path| path.len() > above.len() && path.starts_with(above)),
            Test::Const(place) => matches!(self, Test::Int(path, _) | Test::Float(path, _) if path == place),
            _ => false,
        }
    }

    /// Can the two be asked at once?
    fn same_question(&self, other: &Test) -> bool {
        match (self, other) {
            (Test::Op(a, _), Test::Op(b, _)) => a == b,
            _ => self == other,
        }
    }
}

/// All orders in which the rule can match, its root in the order written.
pub(crate) fn variants(rules: &[Rule], index: usize) -> Result<Vec<Variant>, Error> {
    let rule = &rules[index];
    let mut swappable = rule.below(rule.lhs);
    swappable.retain(|&term| term != rule.lhs && can_swap(rule, term));
    if 1 << swappable.len() > MAX_ORDERS {
        return Err(Error::new(&rule.file, rule.at, "too many commutative ops: the rule has too many orders"));
    }
    let orders = 0..1usize << swappable.len();
    Ok(orders
        .map(|order| {
            let swapped: Vec<TermId> =
                swappable.iter().enumerate().filter(|(bit, _)| order >> bit & 1 != 0).map(|(_, &term)| term).collect();
            variant(rule, index, &swapped)
        })
        .collect())
}

/// Has the op another order that matches something else? Constants stand right, so they have not.
pub(crate) fn can_swap(rule: &Rule, term: TermId) -> bool {
    let inputs = rule.inputs(term);
    let is_same = || match (&rule.terms[inputs[0]].kind, &rule.terms[inputs[1]].kind) {
        (Kind::Var(a), Kind::Var(b)) => a == b,
        _ => false,
    };
    rule.op(term).is_some_and(|op| op.is(OpFlags::COMMUTES)) && !rule.is_constant(inputs[1]) && !is_same()
}

fn variant(rule: &Rule, index: usize, swapped: &[TermId]) -> Variant {
    let mut variant = Variant { rule: index, tests: Vec::new(), places: vec![(rule.lhs, Path::new())] };
    let mut next = 0;
    while next < variant.places.len() {
        let (term, path) = variant.places[next].clone();
        next += 1;
        for (i, &input) in rule.inputs(term).iter().enumerate() {
            let at = if swapped.contains(&term) { 1 - i } else { i };
            let place = [path.as_slice(), &[at as u8]].concat();
            variant.tests.extend(tests(rule, &variant.places, input, &place));
            variant.places.push((input, place));
        }
    }
    variant
}

/// The questions about one term at its place.
fn tests(rule: &Rule, known: &[(TermId, Path)], term: TermId, place: &Path) -> Vec<Test> {
    let first = |is_it: &dyn Fn(&Kind) -> bool| known.iter().find(|(other, _)| is_it(&rule.terms[*other].kind));
    match &rule.terms[term].kind {
        Kind::Op { op, .. } => vec![Test::Op(place.clone(), *op)],
        Kind::Int(value) => vec![Test::Const(place.clone()), Test::Int(place.clone(), *value)],
        Kind::Float(value) => vec![Test::Const(place.clone()), Test::Float(place.clone(), value.to_bits())],
        Kind::Const(index) => match first(&|kind| matches!(kind, Kind::Const(other) if other == index)) {
            Some((_, other)) => vec![Test::Same(other.clone(), place.clone())],
            None => vec![Test::Const(place.clone())],
        },
        Kind::Var(index) => match first(&|kind| matches!(kind, Kind::Var(other) if other == index)) {
            Some((_, other)) => vec![Test::Same(other.clone(), place.clone())],
            None => match known.iter().find(|(other, _)| rule.vars[*index].term == *other) {
                Some((_, bound)) => vec![Test::Same(bound.clone(), place.clone())],
                None => Vec::new(),
            },
        },
        Kind::Expr(_) | Kind::Poison => unreachable!("these stand in results only"),
    }
}

/// The tree for these variants.
pub(crate) fn build(mut variants: Vec<Variant>) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some(question) = most_asked(&variants) {
        let asks = |variant: &Variant| variant.tests.iter().position(|test| test.same_question(&question));
        let (asking, others): (Vec<Variant>, Vec<Variant>) =
            variants.into_iter().partition(|v| asks(v).is_some_and(|at| ready(v, at)));
        variants = others;
        steps.push(ask(&question, asking));
    }
    steps.extend(variants.into_iter().map(Step::Try));
    steps
}

fn ready(variant: &Variant, test: usize) -> bool {
    !variant.tests.iter().any(|other| variant.tests[test].needs(other))
}

/// The question that most variants can ask now; of equals the one asked first in the file.
fn most_asked(variants: &[Variant]) -> Option<Test> {
    let mut counts: Vec<(Test, usize)> = Vec::new();
    for variant in variants {
        for at in 0..variant.tests.len() {
            if !ready(variant, at) {
                continue;
            }
            match counts.iter_mut().find(|(test, _)| test.same_question(&variant.tests[at])) {
                Some((_, count)) => *count += 1,
                None => counts.push((variant.tests[at].clone(), 1)),
            }
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(test, _)| test)
}

fn ask(question: &Test, asking: Vec<Variant>) -> Step {
    let mut arms: Vec<(Test, Vec<Variant>)> = Vec::new();
    for mut variant in asking {
        let at = variant.tests.iter().position(|test| test.same_question(question)).expect("it asks");
        let test = variant.tests.remove(at);
        match arms.iter_mut().find(|(other, _)| *other == test) {
            Some((_, variants)) => variants.push(variant),
            None => arms.push((test, vec![variant])),
        }
    }
    match question {
        Test::Op(path, _) => {
            let arm = |(test, variants)| match test {
                Test::Op(_, op) => (op, build(variants)),
                _ => unreachable!("the same question is of the same kind"),
            };
            Step::Switch(path.clone(), arms.into_iter().map(arm).collect())
        }
        _ => {
            let (test, variants) = arms.pop().expect("somebody asks");
            Step::If(test, build(variants))
        }
    }
}
