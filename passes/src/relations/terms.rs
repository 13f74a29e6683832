//! Values as a base and a distance from it, in one of the two ways to read an integer.

use super::Known;
use son_ir::facts::IntFact;
use son_ir::{NodeFlags, NodeId, Op, Type};

/// How the bits of integers are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Domain {
    Signed,
    Unsigned,
}

/// Steps from a value to its base.
const MAX_STEPS: u32 = 64;

/// `base + distance`, a number without wrapping, with its bounds. Constants have no base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Term {
    pub(super) base: Option<NodeId>,
    pub(super) distance: i128,
    pub(super) low: i128,
    pub(super) high: i128,
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

    /// The value as a term; nothing is the constant 0.
    pub(super) fn term(&self, domain: Domain, value: Option<NodeId>) -> Term {
        let mut term = Term { base: value, distance: 0, low: 0, high: 0 };
        let Some(mut node) = value else { return term };
        (term.low, term.high) = domain.bounds(&self.int(node));
        for _ in 0..MAX_STEPS {
            if self.graph.is(node, Op::Pi) {
                // Less is known of what it refines.
                node = self.graph.input(node, 1);
                continue;
            }
            let Some((origin, distance)) = self.origin(domain, node) else { break };
            node = origin;
            term.distance += distance;
            let (low, high) = domain.bounds(&self.int(node));
            term.low = term.low.max(low + term.distance);
            term.high = term.high.min(high + term.distance);
        }
        term.base = Some(node);
        if let Some(bits) = self.graph.constant(node) {
            term.distance += domain.bounds(&IntFact::constant(self.graph.ty(node), bits)).0;
            term.base = None;
        }
        term
    }
}
