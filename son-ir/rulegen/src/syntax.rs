//! The syntax tree of a rule, as written: names are not yet looked up.

use crate::lex::Pos;
use crate::ops::{NodeFlags, Op};

/// `lhs => rhs when condition`, and notes.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) at: Pos,
    pub(crate) text: String,
    pub(crate) lhs: Term,
    pub(crate) rhs: Term,
    pub(crate) when: Option<Expr>,
    pub(crate) proof: Option<Proof>,
    pub(crate) measure: Option<String>,
    pub(crate) late: bool,
}

/// `proof 8 16 "reason"`: the only widths at which the rule is proven, and why not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Widths at which the prover must succeed; empty if it cannot say anything.
    pub widths: Vec<u32>,
    /// Why the others are left out.
    pub reason: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) at: Pos,
    pub(crate) kind: TermKind,
    /// After a colon: a type, or the name of one.
    pub(crate) ty: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum TermKind {
    Op {
        op: Op,
        flags: NodeFlags,
        /// Flags with a `?`: the result has those that the pattern had.
        maybe: NodeFlags,
        inputs: Vec<Term>,
    },
    Name(String),
    /// `name=(op ...)`
    Bound(String, Box<Term>),
    Int(i128),
    Float(f64),
    Braces(Expr),
    Poison,
}

#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) at: Pos,
    pub(crate) kind: ExprKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Int(i128),
    Float(f64),
    Name(String),
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
}
