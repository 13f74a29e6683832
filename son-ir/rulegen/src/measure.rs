//! The measure that every rule lowers, and the check that no rule makes code worse.
//!
//! **Termination.** Terms are compared by the order of Knuth and Bendix: each op has a weight and a
//! place in a precedence; a term is greater if no variable occurs less often in it and its weight is
//! greater, or weights tie and its root op comes first in [`ORDER`], or roots are the same and the
//! first inputs that differ are greater. The order is well-founded and holds in any context, so
//! rewriting ends. One tie more is allowed, which the order cannot see: a constant that was below the
//! root becomes an input of the root, in place of a node that is not a constant (`varying`).
//!
//! **Cost.** The weights are costs, in quarters of a cycle. What the result builds may not cost more
//! than what certainly dies: the root, and inner nodes with `one_use`.
//!
//! A rule that lowers something else says what in a `measure "..."` note, which exempts it from both.

use crate::Error;
use crate::functions::Function;
use crate::ops::Op;
use crate::rule::{Expr, ExprKind, Kind, Operand, Rule, TermId};

/// Ops with their weights; between terms of equal weight, one whose root stands earlier is greater.
const ORDER: &[(Op, u32)] = &[
    (Op::SExt, 5),
    (Op::ZExt, 5),
    (Op::Trunc, 5),
    (Op::FRem, 240),
    (Op::SRem, 166),
    (Op::URem, 164),
    (Op::SDiv, 162),
    (Op::UDiv, 160),
    (Op::FSqrt, 82),
    (Op::FDiv, 80),
    (Op::Bitreverse, 40),
    (Op::SMulOverflow, 24),
    (Op::UMulOverflow, 24),
    (Op::SMulHigh, 20),
    (Op::UMulHigh, 20),
    (Op::FMa, 20),
    (Op::FRound, 20),
    (Op::FRint, 18),
    (Op::FFloor, 18),
    (Op::FCeil, 18),
    (Op::FRoundZero, 18),
    (Op::FMin, 17),
    (Op::FMax, 17),
    (Op::FMul, 16),
    (Op::FSub, 16),
    (Op::FAdd, 16),
    (Op::Mul, 16),
    (Op::FCopySign, 8),
    (Op::FNeg, 5),
    (Op::FAbs, 5),
    (Op::FToU, 19),
    (Op::UToF, 19),
    (Op::FToS, 18),
    (Op::SToF, 18),
    (Op::FExt, 16),
    (Op::FTrunc, 16),
    (Op::Ctlz, 13),
    (Op::Cttz, 13),
    (Op::Ctpop, 14),
    (Op::SSubOverflow, 12),
    (Op::USubOverflow, 12),
    (Op::SAddOverflow, 12),
    (Op::UAddOverflow, 12),
    (Op::Bswap, 9),
    (Op::Bitcast, 3),
    (Op::PtrToInt, 2),
    (Op::IntToPtr, 2),
    (Op::Freeze, 2),
    (Op::Select, 8),
    (Op::Abs, 8),
    (Op::SMin, 8),
    (Op::SMax, 8),
    (Op::UMin, 8),
    (Op::UMax, 8),
    (Op::Sle, 5),
    (Op::Slt, 5),
    (Op::Ule, 5),
    (Op::Ult, 5),
    (Op::Ne, 5),
    (Op::Eq, 5),
    (Op::FLe, 5),
    (Op::FLt, 5),
    (Op::FNe, 5),
    (Op::FEq, 5),
    (Op::FOrd, 5),
    (Op::Fshr, 5),
    (Op::Fshl, 5),
    (Op::AShr, 5),
    (Op::LShr, 5),
    (Op::And, 5),
    (Op::Shl, 5),
    (Op::Sub, 5),
    (Op::Add, 5),
    (Op::PtrAdd, 5),
    (Op::Neg, 5),
    (Op::Or, 5),
    (Op::Xor, 5),
];

/// Weight of a variable or constant, the least that there is.
const LEAF: u32 = 1;

/// Refuses a rule that does not lower the measure, or may make code worse.
pub(crate) fn check(rule: &Rule) -> Result<(), Error> {
    if rule.measure.is_some() {
        return Ok(());
    }
    let (lhs, rhs) = (Tree::of(rule, rule.lhs), Tree::of(rule, rule.rhs));
    if !greater(&lhs, &rhs) && !constant_moves_out(rule, &lhs, &rhs) {
        let message = format!(
            "the result does not weigh less than the pattern ({} to {}), see the laws in README.md",
            lhs.weight, rhs.weight
        );
        return Err(Error::new(&rule.file, rule.at, message));
    }
    let (dies, built) = (cost_of_dying(rule), cost_of_built(rule));
    if built > dies {
        let message = format!("the result costs {built}, what surely dies only {dies}: is a `one_use` missing?");
        return Err(Error::new(&rule.file, rule.at, message));
    }
    Ok(())
}

fn place(op: Op) -> usize {
    ORDER.iter().position(|row| row.0 == op).unwrap_or(ORDER.len())
}

fn cost(op: Op) -> u32 {
    ORDER.get(place(op)).map_or(LEAF, |row| row.1)
}

/// A side of the rule as a tree; a node that the result takes from the pattern is spelled out.
#[derive(PartialEq)]
struct Tree {
    head: Head,
    inputs: Vec<Tree>,
    weight: u32,
}

#[derive(PartialEq)]
enum Head {
    Op(Op),
    Var(usize),
    Const(usize),
    Int(i128),
    /// A computed constant, equal to none.
    Computed,
}

impl Tree {
    fn of(rule: &Rule, term: TermId) -> Tree {
        let leaf = |head| Tree { head, inputs: Vec::new(), weight: LEAF };
        match &rule.terms[term].kind {
            Kind::Op { op, inputs, .. } => {
                let inputs: Vec<Tree> = inputs.iter().map(|&input| Tree::of(rule, input)).collect();
                let weight = cost(*op) + inputs.iter().map(|tree| tree.weight).sum::<u32>();
                Tree { head: Head::Op(*op), inputs, weight }
            }
            Kind::Var(var) if rule.op(rule.vars[*var].term).is_some() => Tree::of(rule, rule.vars[*var].term),
            Kind::Var(var) => leaf(Head::Var(*var)),
            Kind::Const(index) => leaf(Head::Const(*index)),
            Kind::Int(value) => leaf(Head::Int(*value)),
            Kind::Float(_) | Kind::Expr(_) | Kind::Poison => leaf(Head::Computed),
        }
    }

    fn occurrences(&self, var: usize) -> usize {
        usize::from(self.head == Head::Var(var)) + self.inputs.iter().map(|tree| tree.occurrences(var)).sum::<usize>()
    }

    fn is_constant(&self) -> bool {
        matches!(self.head, Head::Const(_) | Head::Int(_) | Head::Computed)
    }

    fn constants(&self) -> usize {
        usize::from(self.is_constant()) + self.inputs.iter().map(Tree::constants).sum::<usize>()
    }

    fn for_each_var(&self, visit: &mut dyn FnMut(usize)) {
        if let Head::Var(var) = self.head {
            visit(var);
        }
        self.inputs.iter().for_each(|tree| tree.for_each_var(visit));
    }
}

/// Does no variable occur more often in `b`?
fn keeps_variables(a: &Tree, b: &Tree) -> bool {
    let mut keeps = true;
    b.for_each_var(&mut |var| keeps &= a.occurrences(var) >= b.occurrences(var));
    keeps
}

/// The order of Knuth and Bendix.
fn greater(a: &Tree, b: &Tree) -> bool {
    if !keeps_variables(a, b) || a.weight < b.weight {
        return false;
    }
    if a.weight > b.weight {
        return true;
    }
    let (Head::Op(op_a), Head::Op(op_b)) = (&a.head, &b.head) else { return false };
    match place(*op_a).cmp(&place(*op_b)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => {
            let differing = a.inputs.iter().zip(&b.inputs).find(|(a, b)| a != b);
            differing.is_some_and(|(a, b)| greater(a, b))
        }
    }
}

/// The tie that the order cannot see, see the module's doc.
fn constant_moves_out(rule: &Rule, a: &Tree, b: &Tree) -> bool {
    let at_root = |tree: &Tree| tree.inputs.iter().any(Tree::is_constant);
    let moves = a.weight == b.weight
        && keeps_variables(a, b)
        && a.constants() >= b.constants()
        && at_root(b)
        && !at_root(a)
        && place_of(a) <= place_of(b);
    let varying = |tree: &Tree| match tree.head {
        Head::Var(var) => asks(rule, "varying", var),
        _ => true,
    };
    moves && a.inputs.iter().all(varying)
}

fn place_of(tree: &Tree) -> usize {
    if let Head::Op(op) = tree.head { place(op) } else { usize::MAX }
}

/// Does the condition surely ask this of the variable? Only what holds in every case counts.
fn asks(rule: &Rule, question: &str, var: usize) -> bool {
    fn holds(expr: &Expr, question: &str, var: usize) -> bool {
        match &expr.kind {
            ExprKind::Binary("&&", a, b) => holds(a, question, var) || holds(b, question, var),
            ExprKind::Call(Function::Shape(name), operands) => {
                *name == question && matches!(operands[0], Operand::Node(node) if node == var)
            }
            _ => false,
        }
    }
    rule.when.as_ref().is_some_and(|when| holds(when, question, var))
}

/// Cost of the root and of the inner nodes that have no other user.
fn cost_of_dying(rule: &Rule) -> u32 {
    fn dying(rule: &Rule, term: TermId) -> u32 {
        let Some(op) = rule.op(term) else { return 0 };
        let named = rule.vars.iter().position(|var| var.term == term);
        if term != rule.lhs && !named.is_some_and(|var| asks(rule, "one_use", var)) {
            return 0;
        }
        cost(op) + rule.inputs(term).iter().map(|&input| dying(rule, input)).sum::<u32>()
    }
    dying(rule, rule.lhs)
}

/// Cost of the nodes that the result adds.
fn cost_of_built(rule: &Rule) -> u32 {
    rule.below(rule.rhs).into_iter().filter_map(|term| rule.op(term)).map(cost).sum()
}
