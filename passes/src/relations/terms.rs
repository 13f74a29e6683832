//! Values as a base and a distance from it, in one of the two ways to read an integer.

use super::Known;
use smallvec::SmallVec;
use son_ir::facts::{IntFact, Stride};
use son_ir::{NodeFlags, NodeId, Op, Type};
use std::cell::{Cell, RefCell};

/// How the bits of integers are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Domain {
    Signed,
    Unsigned,
}

/// Steps from a value to its base, or to one whose base is known.
const MAX_STEPS: usize = 64;

/// `base + distance`, a number without wrapping, with its bounds. Constants have no base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Term {
    pub(super) base: Option<NodeId>,
    pub(super) distance: i128,
    pub(super) low: i128,
    pub(super) high: i128,
    /// A modulus, and what the base is by it.
    pub(super) congruence: (i128, i128),
}

impl Domain {
    /// Bounds as this domain reads them.
    pub(super) fn bounds(self, fact: &IntFact) -> (i128, i128) {
        match self {
            Domain::Signed => (fact.signed.0.into(), fact.signed.1.into()),
            Domain::Unsigned => (fact.unsigned.0.into(), fact.unsigned.1.into()),
        }
    }

    /// Flags that say that an operation does not wrap.
    pub(super) fn exact(self) -> NodeFlags {
        match self {
            Domain::Signed => NodeFlags::NSW,
            Domain::Unsigned => NodeFlags::NUW,
        }
    }

    /// Does the cast keep the value of its operand, as this domain reads both?
    fn keeps_value(self, op: Op, flags: NodeFlags, fact: &IntFact, to: Type) -> bool {
        let (low, high) = self.bounds(fact);
        match (op, self) {
            (Op::ZExt, Domain::Unsigned) | (Op::SExt, Domain::Signed) => true,
            (Op::ZExt, Domain::Signed) => flags.has(NodeFlags::NUW) || fact.is_non_negative(),
            (Op::SExt, Domain::Unsigned) => fact.is_non_negative(),
            (Op::Trunc, _) => {
                let limits = self.bounds(&IntFact::full(to));
                flags.has(self.exact()) || limits.0 <= low && high <= limits.1
            }
            _ => false,
        }
    }
}

impl Known<'_> {
    /// What the value is computed from by adding a constant, with that constant.
    pub(super) fn origin(&self, domain: Domain, node: NodeId) -> Option<(NodeId, i128)> {
        let graph = self.graph;
        let (op, flags) = (graph.op(node), graph.flags(node));
        match op {
            Op::Pi => Some((graph.input(node, 1), 0)),
            Op::Add => {
                let (ty, value) = (graph.ty(node), graph.input(node, 0));
                let addend = graph.constant(graph.input(node, 1))?;
                let unsigned = i128::from(addend);
                if flags.has(domain.exact()) {
                    let signed = i128::from(ty.sign_extend(addend));
                    return Some((value, if domain == Domain::Signed { signed } else { unsigned }));
                }
                // Adding -1 to what is not 0 is unsigned subtraction.
                let wrapped = i128::from(ty.mask()) + 1 - unsigned;
                let borrows = domain == Domain::Signed || domain.bounds(&self.int(value)).0 < wrapped;
                (!borrows).then_some((value, -wrapped))
            }
            Op::ZExt | Op::SExt | Op::Trunc => {
                let value = graph.input(node, 0);
                let keeps =
                    graph.ty(value).bits() <= 64 && domain.keeps_value(op, flags, &self.int(value), graph.ty(node));
                keeps.then_some((value, 0))
            }
            _ => None,
        }
    }
}

/// The terms of all values that were asked for, as one domain reads them.
pub(super) struct Terms<'a> {
    known: &'a Known<'a>,
    domain: Domain,
    /// Where the term of a node is, and one more.
    place: Vec<Cell<u32>>,
    terms: RefCell<Vec<Term>>,
}

impl<'a> Terms<'a> {
    pub(super) fn new(known: &'a Known<'a>, domain: Domain) -> Terms<'a> {
        Terms { known, domain, place: vec![Cell::new(0); known.graph.len()], terms: RefCell::default() }
    }

    /// The value as a term; nothing is the constant 0.
    pub(super) fn of(&self, value: Option<NodeId>) -> Term {
        let Some(node) = value else { return Term { base: None, distance: 0, low: 0, high: 0, congruence: (0, 0) } };
        self.found(node).unwrap_or_else(|| self.find(node))
    }

    fn found(&self, node: NodeId) -> Option<Term> {
        let place = self.place[node.index()].get();
        (place > 0).then(|| self.terms.borrow()[place as usize - 1])
    }

    fn find(&self, node: NodeId) -> Term {
        let (domain, known) = (self.domain, self.known);
        let mut path: SmallVec<[(NodeId, i128); 8]> = SmallVec::new();
        let mut end = node;
        let mut term = loop {
            if let Some(term) = self.found(end) {
                break term;
            }
            let origin = known.origin(domain, end).filter(|_| path.len() < MAX_STEPS);
            let Some((origin, distance)) = origin else { break self.enter(end, self.alone(end)) };
            path.push((end, distance));
            end = origin;
        };
        for (node, distance) in path.into_iter().rev() {
            let (low, high) = domain.bounds(&known.int(node));
            term.distance += distance;
            (term.low, term.high) = (low.max(term.low + distance), high.min(term.high + distance));
            let (modulus, residue) = self.congruence(node);
            if term.base.is_some() && modulus > term.congruence.0 {
                term.congruence = (modulus, residue - term.distance);
            }
            self.enter(node, term);
        }
        term
    }

    /// The term of what is computed from no other value.
    fn alone(&self, node: NodeId) -> Term {
        let (low, high) = self.domain.bounds(&self.known.int(node));
        match self.known.graph.constant(node) {
            Some(bits) => {
                let constant = IntFact::constant(self.known.graph.ty(node), bits);
                Term { base: None, distance: self.domain.bounds(&constant).0, low, high, congruence: (0, 0) }
            }
            None => Term { base: Some(node), distance: 0, low, high, congruence: self.congruence(node) },
        }
    }

    /// A modulus, and what the value is by it; of unknown values it is 1.
    fn congruence(&self, node: NodeId) -> (i128, i128) {
        let fact = self.known.int(node);
        // Strides are those of signed values.
        let agrees = self.domain == Domain::Signed || fact.is_non_negative();
        let fact = IntFact { stride: if agrees { fact.stride } else { Stride::ANY }, ..fact };
        let (modulus, residue) = fact.congruence(self.known.graph.ty(node));
        (modulus.into(), residue.into())
    }

    fn enter(&self, node: NodeId, term: Term) -> Term {
        let mut terms = self.terms.borrow_mut();
        terms.push(term);
        self.place[node.index()].set(terms.len() as u32);
        term
    }
}
