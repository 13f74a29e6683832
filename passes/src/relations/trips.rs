//! What loops add up, bounded by how often they are run: a sum of up to 1000 bytes is at most 255,000.
//!
//! A counter that steps by a constant tells how many iterations are complete; each adds to a phi what lies on the ways
//! from the phi to its value on the back edge. As long as the sums of all of it fit the type, none of them wraps.

use super::conditions::{Place, Relation};
use super::prove::Prover;
use son_ir::facts::IntFact;
use son_ir::facts::refine::strip_pi;
use son_ir::{NodeId, Op};

/// Sums of sums that are looked into.
const MAX_SUMS: u32 = 3;
/// Nodes between a phi and its value on the back edge.
const MAX_NODES: u32 = 16;

impl Prover<'_> {
    /// Does the sum of the two fit their type, so that it does not wrap?
    pub(super) fn sum_fits(&self, a: NodeId, b: NodeId, at: Place) -> bool {
        self.sum(a, b, at, MAX_SUMS).is_some()
    }

    /// The least and greatest value in a block. Each is the range's, or one that trip counts make narrower.
    pub(super) fn interval(&self, value: Option<NodeId>, at: Place) -> (i128, i128) {
        value.map_or((0, 0), |node| self.interval_within(node, at, MAX_SUMS))
    }

    fn interval_within(&self, node: NodeId, at: Place, depth: u32) -> (i128, i128) {
        let (graph, term) = (self.known.graph, self.term(Some(node)));
        let narrower = term.base.and_then(|base| match graph.op(base) {
            Op::Add if depth > 0 => self.sum(graph.input(base, 0), graph.input(base, 1), at, depth - 1),
            Op::Phi => self.accumulated(base, at),
            _ => None,
        });
        let (low, high) = narrower.unwrap_or((i128::MIN / 4, i128::MAX / 4));
        (term.low.max(low + term.distance), term.high.min(high + term.distance))
    }

    fn sum(&self, a: NodeId, b: NodeId, at: Place, depth: u32) -> Option<(i128, i128)> {
        let (of_a, of_b) = (self.interval_within(a, at, depth), self.interval_within(b, at, depth));
        self.if_it_fits(a, (of_a.0 + of_b.0, of_a.1 + of_b.1))
    }

    /// An interval of numbers, if they are numbers of the node's type.
    fn if_it_fits(&self, node: NodeId, (low, high): (i128, i128)) -> Option<(i128, i128)> {
        let limits = self.domain.bounds(&IntFact::full(self.known.graph.ty(node)));
        (limits.0 <= low && high <= limits.1).then_some((low, high))
    }

    /// The interval of a loop's phi that each iteration adds to.
    fn accumulated(&self, phi: NodeId, at: Place) -> Option<(i128, i128)> {
        let graph = self.known.graph;
        let region = graph.input(phi, 0);
        if !graph.is(region, Op::Loop) {
            return None;
        }
        let added = self.added(phi, graph.input(phi, 2), &mut MAX_NODES.clone())?;
        let trips = self.trips(region, at)?;
        let start = self.term(Some(graph.input(phi, 1)));
        let all = |of_one: i128| trips.checked_mul(of_one);
        let (low, high) =
            (start.low.checked_add(all(added.low.min(0))?)?, start.high.checked_add(all(added.high.max(0))?)?);
        self.if_it_fits(phi, (low.saturating_add(added.least_part), high.saturating_add(added.greatest_part)))?;
        Some((low, high))
    }

    /// How many iterations of a loop are complete at most when control is in a block of it, or after it.
    fn trips(&self, region: NodeId, at: Place) -> Option<i128> {
        let here = self.trips_by_tests(region, at);
        let last = self.known.latest.cfg.block_of(self.known.graph.input(region, 1));
        // Where control goes back, it is one less than it is going to be.
        let after =
            if last.is_some() { self.trips_by_tests(region, Place::of(last)).map(|trips| trips + 1) } else { None };
        here.into_iter().chain(after).min()
    }

    /// How many iterations are complete by what is tested of the loop's phis in a block.
    fn trips_by_tests(&self, region: NodeId, at: Place) -> Option<i128> {
        let counters = self.conditions.tested_phis(region);
        let bounds = counters.filter_map(|phi| {
            let start = self.term(Some(self.known.graph.input(phi, 1)));
            let (low, high) = self.tested(phi, at)?;
            match self.step(phi) {
                Some(0) => None,
                Some(step) => Some(if step > 0 { (high - start.low) / step } else { (start.high - low) / -step }),
                // Each iteration takes some of the bits that the value had and still has.
                None if start.low >= 0 && low > 0 => Some((bits(start.high) - bits(low)).max(0) / self.shift(phi)?),
                None => None,
            }
        });
        bounds.min().filter(|&trips| trips >= 0)
    }

    /// By how many bits each iteration shifts a loop's phi to the right.
    fn shift(&self, phi: NodeId) -> Option<i128> {
        let graph = self.known.graph;
        let next = strip_pi(graph, graph.input(phi, 2));
        if !matches!(graph.op(next), Op::LShr | Op::AShr) || strip_pi(graph, graph.input(next, 0)) != phi {
            return None;
        }
        let is_upward = graph.is(next, Op::LShr) || self.non_negative(graph.input(next, 0));
        let amount = graph.constant(graph.input(next, 1)).filter(|_| is_upward)?;
        (amount > 0).then_some(amount.into())
    }

    /// The constant that each iteration adds to a loop's phi.
    pub(super) fn step(&self, phi: NodeId) -> Option<i128> {
        let next = self.term(Some(self.known.graph.input(phi, 2)));
        (next.base == Some(phi)).then_some(next.distance)
    }

    /// The interval of a value that a branch above has tested, so that it is no poison.
    pub(super) fn tested(&self, node: NodeId, at: Place) -> Option<(i128, i128)> {
        let mut interval = None;
        for bound in self.conditions.of(node, at).filter(|bound| bound.provided.is_none()) {
            let (low, high) = interval.unwrap_or(self.domain.bounds(&self.known.int(node)));
            let other = self.term(bound.other);
            interval = Some(match bound.relation {
                Relation::Below => (low, high.min(other.high + bound.distance)),
                Relation::Above => (low.max(other.low + bound.distance), high),
                Relation::AboveOrLess(_) | Relation::Apart => (low, high),
            });
        }
        interval
    }

    /// What is added to the phi on the ways to a node.
    fn added(&self, phi: NodeId, node: NodeId, left: &mut u32) -> Option<Added> {
        let graph = self.known.graph;
        let node = strip_pi(graph, node);
        if node == phi {
            return Some(Added::default());
        }
        *left = left.checked_sub(1)?;
        let bounds = |node: NodeId| self.domain.bounds(&self.known.int(node));
        let (a, b) = (|| graph.input(node, 0), || graph.input(node, 1));
        match graph.op(node) {
            Op::Add => match self.added(phi, a(), left) {
                Some(added) => Some(added.and(bounds(b()))),
                None => Some(self.added(phi, b(), left)?.and(bounds(a()))),
            },
            Op::Sub => {
                let (low, high) = bounds(b());
                Some(self.added(phi, a(), left)?.and((-high, -low)))
            }
            Op::Select => self.added_on_ways(phi, &[b(), graph.input(node, 2)], left),
            Op::Phi if graph.is(graph.input(node, 0), Op::Region) => {
                let ways = graph.inputs(a()).zip(graph.inputs(node).skip(1));
                let taken: Vec<NodeId> =
                    ways.filter(|&(control, _)| self.known.is_reachable(control)).map(|way| way.1).collect();
                self.added_on_ways(phi, &taken, left)
            }
            _ => None,
        }
    }

    fn added_on_ways(&self, phi: NodeId, nodes: &[NodeId], left: &mut u32) -> Option<Added> {
        let (first, others) = nodes.split_first()?;
        let first = self.added(phi, *first, left)?;
        others.iter().try_fold(first, |sum, &node| Some(sum.or(&self.added(phi, node, left)?)))
    }
}

/// The interval of what an iteration adds, and one of the sums of parts of it, which contains 0.
#[derive(Clone, Copy, Default)]
struct Added {
    low: i128,
    high: i128,
    least_part: i128,
    greatest_part: i128,
}

impl Added {
    fn and(&self, (low, high): (i128, i128)) -> Added {
        let (low, high) = (self.low + low, self.high + high);
        Added { low, high, least_part: self.least_part.min(low), greatest_part: self.greatest_part.max(high) }
    }

    fn or(&self, other: &Added) -> Added {
        Added {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            least_part: self.least_part.min(other.least_part),
            greatest_part: self.greatest_part.max(other.greatest_part),
        }
    }
}

/// Bits of a number that is not negative.
fn bits(number: i128) -> i128 {
    (i128::BITS - number.leading_zeros()).into()
}
