//! A rule whose names and types are resolved: what all later stages read.

use crate::functions::Function;
use crate::lex::Pos;
use crate::ops::{NodeFlags, Op};
use crate::slots::{SlotId, Slots};
pub use crate::syntax::Proof;

/// Number of a term in its rule.
pub type TermId = usize;

/// A rule. Terms of both sides are in one arena, inputs before their users.
#[derive(Clone, Debug)]
pub struct Rule {
    /// File stem and line, `add:12`: how a rule is named in statistics, fuel and proofs.
    pub name: String,
    /// File of the rule.
    pub file: String,
    /// Where it starts.
    pub at: Pos,
    /// As written.
    pub text: String,
    /// Terms.
    pub terms: Vec<Term>,
    /// Root of the pattern.
    pub lhs: TermId,
    /// Root of the result.
    pub rhs: TermId,
    /// The condition, of type bool.
    pub when: Option<Expr>,
    /// Names that stand for nodes.
    pub vars: Vec<Var>,
    /// Names that stand for constants.
    pub consts: Vec<Var>,
    /// Types after all constraints.
    pub slots: Slots,
    /// Types as far as the shape of the pattern implies them: what is missing is tested.
    pub implied: Slots,
    /// The division of the pattern whose control a division of the result takes.
    pub division: Option<TermId>,
    /// Restriction of the proof.
    pub proof: Option<Proof>,
    /// Why it terminates, if the mechanical measure cannot say so.
    pub measure: Option<String>,
    /// Does it fire in the late phase only, after rules have seen the form that it destroys?
    pub late: bool,
}

/// A name of a rule.
#[derive(Clone, Debug)]
pub struct Var {
    /// As written.
    pub name: String,
    /// Its type.
    pub slot: SlotId,
    /// The pattern's term that it names: a leaf, or the op it was bound to with `=`.
    pub term: TermId,
}

/// A term of a pattern or result.
#[derive(Clone, Debug)]
pub struct Term {
    /// What it is.
    pub kind: Kind,
    /// Its type.
    pub slot: SlotId,
    /// Where it is written.
    pub at: Pos,
}

/// What a term is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A node; the control of a division is left out of its inputs.
    Op {
        /// Its op.
        op: Op,
        /// Flags it must have (pattern) or gets (result).
        flags: NodeFlags,
        /// Flags that the result gets if all terms of the pattern that name them have them.
        maybe: NodeFlags,
        /// Inputs.
        inputs: Vec<TermId>,
    },
    /// The node that a name stands for.
    Var(usize),
    /// The constant that a name stands for.
    Const(usize),
    /// This integer, modulo the width.
    Int(i128),
    /// This float.
    Float(f64),
    /// A constant of the result.
    Expr(Expr),
    /// The poison value, in results.
    Poison,
}

/// An expression over constants and facts.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type; `None` for true and false.
    pub slot: Option<SlotId>,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// An integer, modulo the width.
    Int(i128),
    /// A float.
    Float(f64),
    /// Smallest signed integer.
    MinInt,
    /// Largest signed integer.
    MaxInt,
    /// A constant of the rule.
    Const(usize),
    /// `-`, `~` or `!`.
    Unary(&'static str, Box<Expr>),
    /// An operator.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// A function of the table.
    Call(Function, Vec<Operand>),
}

/// An operand of a function.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A number.
    Expr(Expr),
    /// A node, by the number of its name.
    Node(usize),
    /// A type.
    Type(SlotId),
}

impl Rule {
    /// The term's inputs, none for a leaf.
    pub fn inputs(&self, term: TermId) -> &[TermId] {
        match &self.terms[term].kind {
            Kind::Op { inputs, .. } => inputs,
            _ => &[],
        }
    }

    /// The op of a term that is one.
    pub fn op(&self, term: TermId) -> Option<Op> {
        match self.terms[term].kind {
            Kind::Op { op, .. } => Some(op),
            _ => None,
        }
    }

    /// The op at the root of the pattern.
    pub fn root_op(&self) -> Op {
        self.op(self.lhs).expect("a pattern's root is an op")
    }

    /// The term and all below it, users first. A name that is bound to an op counts as a leaf.
    pub fn below(&self, root: TermId) -> Vec<TermId> {
        let mut found = vec![root];
        let mut next = 0;
        while next < found.len() {
            found.extend_from_slice(self.inputs(found[next]));
            next += 1;
        }
        found
    }

    /// Is the term a constant of the pattern or result?
    pub fn is_constant(&self, term: TermId) -> bool {
        matches!(self.terms[term].kind, Kind::Const(_) | Kind::Int(_) | Kind::Float(_) | Kind::Expr(_))
    }
}

impl Expr {
    /// Calls `visit` on this expression and all below it.
    pub fn for_each<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Unary(_, a) => a.for_each(visit),
            ExprKind::Binary(_, a, b) => {
                a.for_each(visit);
                b.for_each(visit);
            }
            ExprKind::Call(_, operands) => {
                for operand in operands {
                    if let Operand::Expr(expr) = operand {
                        expr.for_each(visit);
                    }
                }
            }
            _ => {}
        }
    }
}
