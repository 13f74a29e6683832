//! Sums of several unknown values: `start + wanted <= capacity` where `wanted <= capacity - start`.
//!
//! A goal whose values are sums or differences is taken apart into all that is added and subtracted. What branches say
//! of one of the values then takes its place, if that makes the sum no longer; what is left is proven as pairs of
//! values, one added and one subtracted.

use super::conditions::{Place, Relation};
use super::products::MAX_FACTOR;
use super::prove::{Goal, Prover, gcd};
use super::terms::Domain;
use smallvec::SmallVec;
use son_ir::facts::IntFact;
use son_ir::facts::refine::strip_pi;
use son_ir::{NodeId, Op};

/// Values of a sum.
const MAX_TERMS: usize = 6;
/// Sums of sums that are taken apart.
const MAX_PARTS: u32 = 3;
/// Values of a sum that are replaced one after the other.
const MAX_STEPS: u32 = 4;
/// Proofs about sums that one needs itself.
const MAX_NESTED: u32 = 2;

/// A constant and values that are added and subtracted, each as often as its factor says: a number that does not wrap.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Sum {
    terms: SmallVec<[(NodeId, i128); MAX_TERMS]>,
    constant: i128,
}

impl Sum {
    fn new(constant: i128) -> Sum {
        Sum { terms: SmallVec::new(), constant }
    }

    fn add(&mut self, value: NodeId, factor: i128) {
        match self.terms.iter_mut().find(|term| term.0 == value) {
            Some(term) => term.1 += factor,
            None => self.terms.push((value, factor)),
        }
        self.terms.retain(|term| term.1 != 0);
    }

    /// Adds as many of another sum.
    fn add_sum(&mut self, other: &Sum, times: i128) {
        self.constant += other.constant * times;
        other.terms.iter().for_each(|&(value, factor)| self.add(value, factor * times));
    }

    fn factor(&self, value: NodeId) -> i128 {
        self.terms.iter().find(|term| term.0 == value).map_or(0, |term| term.1)
    }

    /// How many values there are.
    fn length(&self) -> usize {
        self.terms.len()
    }

    /// Are all numbers of it so small that none of those that proofs make of them wraps?
    fn is_small(&self) -> bool {
        self.terms.len() <= MAX_TERMS && self.terms.iter().all(|term| term.1.abs() <= MAX_FACTOR)
    }

    /// The values that are added, or those that are subtracted.
    fn of_sign(&self, sign: i128) -> impl Iterator<Item = NodeId> {
        self.terms.iter().filter(move |term| term.1 * sign > 0).map(|term| term.0)
    }

    /// Is it no greater than another one?
    fn follows_from(&self, other: &Sum) -> bool {
        let is_same = self.terms.iter().all(|&(value, factor)| other.factor(value) == factor);
        is_same && self.length() == other.length() && self.constant <= other.constant
    }

    /// As a goal for two values: the sum is at most 0.
    fn as_goal(&self, at: Place) -> Option<Goal> {
        let (mut added, mut subtracted) = (self.of_sign(1), self.of_sign(-1));
        let (x, y) = (added.next(), subtracted.next());
        let factor = self.terms.first()?.1.abs();
        let is_pair =
            added.next().is_none() && subtracted.next().is_none() && self.terms.iter().all(|t| t.1.abs() == factor);
        is_pair.then(|| Goal { x, y, c: (-self.constant).div_euclid(factor), at })
    }
}

impl Prover<'_> {
    /// A goal whose values are sums or differences.
    pub(super) fn by_sums(&mut self, goal: Goal) -> bool {
        self.nested(|prover| {
            let mut sum = Sum::new(-goal.c);
            prover.add_value(&mut sum, goal.x, 1, goal.at, MAX_PARTS);
            prover.add_value(&mut sum, goal.y, -1, goal.at, MAX_PARTS);
            let is_same = |other: Goal| other.x == goal.x && other.y == goal.y;
            !sum.as_goal(goal.at).is_some_and(is_same) && prover.is_at_most_zero(&sum, goal.at, MAX_STEPS)
        })
    }

    /// Does the sum of two values not wrap, if it is taken in the block?
    pub(super) fn is_exact_sum(&mut self, sum: NodeId, at: Place) -> bool {
        let (a, b) = (self.known.graph.input(sum, 0), self.known.graph.input(sum, 1));
        self.is_exact(sum) || self.fits(a, b, at)
    }

    /// Is the sum of two values one of their type?
    pub(super) fn fits(&mut self, a: NodeId, b: NodeId, at: Place) -> bool {
        if self.sum_fits(a, b, at) {
            return true;
        }
        let (least, greatest) = self.domain.bounds(&IntFact::full(self.known.graph.ty(a)));
        let is_above = self.domain == Domain::Unsigned || self.bounds(a).0 + self.bounds(b).0 >= least;
        is_above
            && self.nested(|prover| {
                let mut sum = Sum::new(-greatest);
                prover.add_value(&mut sum, Some(a), 1, at, MAX_PARTS);
                prover.add_value(&mut sum, Some(b), 1, at, MAX_PARTS);
                prover.is_at_most_zero(&sum, at, MAX_STEPS)
            })
    }

    fn nested(&mut self, prove: impl FnOnce(&mut Self) -> bool) -> bool {
        if self.sums == MAX_NESTED {
            return false;
        }
        // The other half is left for other ways to prove the goal.
        let reserve = self.budget / 2;
        self.sums += 1;
        self.budget -= reserve;
        let proven = prove(self);
        self.budget += reserve;
        self.sums -= 1;
        proven
    }

    /// Adds what a value is the sum of, in so far as it does not wrap.
    fn add_value(&mut self, sum: &mut Sum, value: Option<NodeId>, factor: i128, at: Place, parts: u32) {
        let term = self.term(value);
        sum.constant += factor * term.distance;
        let Some(base) = term.base else { return };
        let graph = self.known.graph;
        let of_second = match graph.op(base) {
            _ if parts == 0 || sum.terms.len() + 2 > MAX_TERMS => None,
            Op::Add if self.is_exact_sum(base, at) => Some(factor),
            Op::Sub if self.is_exact_difference(base, at) => Some(-factor),
            Op::Mul | Op::Shl => {
                if let Some((value, times)) = self.multiple(base, at).filter(|_| factor.abs() <= MAX_FACTOR) {
                    return self.add_value(sum, Some(value), factor * times, at, parts - 1);
                }
                None
            }
            _ => None,
        };
        match of_second {
            Some(of_second) => {
                self.add_value(sum, Some(graph.input(base, 0)), factor, at, parts - 1);
                self.add_value(sum, Some(graph.input(base, 1)), of_second, at, parts - 1);
            }
            None => sum.add(base, factor),
        }
    }

    fn is_at_most_zero(&mut self, sum: &Sum, at: Place, steps: u32) -> bool {
        if !sum.is_small() {
            return false;
        }
        if let Some(goal) = sum.as_goal(at) {
            return self.prove(goal);
        }
        if self.greatest(sum, at) <= 0 || self.assumed.iter().any(|assumed| sum.follows_from(assumed)) {
            return true;
        }
        if steps == 0 || self.budget == 0 {
            return false;
        }
        self.budget -= 1;
        // Of counters of one loop branches say nothing together.
        let is_of_loop = sum.length() > 2 && self.region_of_all(sum).is_some();
        is_of_loop && self.by_ways_of_sum(sum, at, steps)
            || self.by_replacing(sum, at, steps)
            || self.by_pairs(sum, at, steps)
            || !is_of_loop && self.by_ways_of_sum(sum, at, steps)
    }

    /// The loop of which all values are phis.
    fn region_of_all(&self, sum: &Sum) -> Option<NodeId> {
        let graph = self.known.graph;
        let region_of = |node: NodeId| graph.is(node, Op::Phi).then(|| graph.input(node, 0));
        let region = region_of(sum.terms.first()?.0).filter(|&region| graph.is(region, Op::Loop))?;
        sum.terms.iter().all(|term| region_of(term.0) == Some(region)).then_some(region)
    }

    /// By all ways into the region of a phi, which take the place of all its phis. For loops that is induction.
    fn by_ways_of_sum(&mut self, sum: &Sum, at: Place, steps: u32) -> bool {
        let known = self.known;
        let graph = known.graph;
        let region_of = |node: NodeId| graph.is(node, Op::Phi).then(|| graph.input(node, 0));
        let regions: SmallVec<[NodeId; MAX_TERMS]> = sum.terms.iter().filter_map(|term| region_of(term.0)).collect();
        let Some(region) = regions.iter().copied().find(|&region| self.is_told_apart(region, at)).or_else(|| {
            let is_phi_or_before = |node: NodeId, of: NodeId| {
                region_of(node) == Some(of) || self.before(of, Some(node)) == Some((Some(node), 0))
            };
            regions.iter().copied().find(|&region| {
                graph.is(region, Op::Loop) && sum.terms.iter().all(|term| is_phi_or_before(term.0, region))
            })
        }) else {
            return false;
        };
        let apart = !graph.is(region, Op::Loop);
        let assumed = self.assumed.len();
        let proven = (0..graph.num_inputs(region)).all(|way| {
            let control = graph.input(region, way);
            let block = known.latest.cfg.block_of(control);
            if !known.is_reachable(control) || !block.is_some() {
                return true;
            }
            let at = if apart { at.by_way_of(block) } else { Place::of(block) };
            let mut on_way = Sum::new(sum.constant);
            for &(value, factor) in &sum.terms {
                let value = if region_of(value) == Some(region) { graph.input(value, way + 1) } else { value };
                self.add_value(&mut on_way, Some(value), factor, at, MAX_PARTS);
            }
            if !apart && way > 0 {
                self.assumed.push(sum.clone());
            }
            self.is_at_most_zero(&on_way, at, steps - 1)
        });
        self.assumed.truncate(assumed);
        proven
    }

    fn greatest(&self, sum: &Sum, at: Place) -> i128 {
        let of_term = |&(value, factor): &(NodeId, i128)| {
            let (low, high) = self.tested(value, at).unwrap_or(self.bounds(value));
            factor * if factor > 0 { high } else { low }
        };
        sum.constant + sum.terms.iter().map(of_term).sum::<i128>()
    }

    /// With a bound in place of one of the values, those first that leave the shortest sums.
    fn by_replacing(&mut self, sum: &Sum, at: Place, steps: u32) -> bool {
        let mut replaced: SmallVec<[Sum; 4]> = SmallVec::new();
        for &(value, factor) in &sum.terms {
            let bounds = if factor > 0 { self.upper_bounds(value, at) } else { self.lower_bounds(value, at) };
            for (bound, distance) in bounds {
                let mut other = sum.clone();
                other.add(value, -factor);
                other.constant += factor * distance;
                self.add_value(&mut other, bound, factor, at, MAX_PARTS);
                if other.length() <= sum.length() && other != *sum {
                    replaced.push(other);
                }
            }
            replaced.extend(self.without_quotient(sum, (value, factor), at));
        }
        replaced.sort_by_key(Sum::length);
        replaced.iter().any(|other| self.is_at_most_zero(other, at, steps - 1))
    }

    /// Without a pair of values of which the one that is added is not greater.
    fn by_pairs(&mut self, sum: &Sum, at: Place, steps: u32) -> bool {
        for x in sum.of_sign(1) {
            for y in sum.of_sign(-1) {
                for gap in (0..=i128::from(sum.constant > 0)).rev() {
                    if !self.prove(Goal { x: Some(x), y: Some(y), c: -gap, at }) {
                        continue;
                    }
                    let times = sum.factor(x).min(-sum.factor(y));
                    let mut rest = sum.clone();
                    rest.add(x, -times);
                    rest.add(y, times);
                    rest.constant -= gap.max(-self.tightened((x, y), -gap)) * times;
                    if self.is_at_most_zero(&rest, at, steps - 1) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// The greatest difference of two values that is not above `c`.
    fn tightened(&self, (x, y): (NodeId, NodeId), c: i128) -> i128 {
        let (of_x, of_y) = (self.term(Some(x)), self.term(Some(y)));
        // Terms of a sum are bases.
        let (in_x, in_y) = (self.congruence(&of_x), self.congruence(&of_y));
        let modulus = gcd(in_x.0, in_y.0);
        if modulus <= 1 { c } else { c - (c - (in_x.1 - in_y.1)).rem_euclid(modulus) }
    }

    /// What is left, times the divisor, if a quotient by a constant is taken for what it is at most.
    fn without_quotient(&mut self, sum: &Sum, (value, factor): (NodeId, i128), at: Place) -> Option<Sum> {
        let (dividend, divisor) = self.quotient(value, at)?;
        let scale = divisor / gcd(divisor, factor.abs());
        let mut other = Sum::new(0);
        other.add_sum(sum, scale);
        other.add(value, -factor * scale);
        let factor = factor * scale / divisor;
        let (modulus, residue) = self.congruence(&self.term(Some(dividend)));
        let is_multiple = modulus > 0 && modulus % divisor == 0 && residue % divisor == 0;
        if factor < 0 && !is_multiple {
            other.constant += -factor * (divisor - 1);
        }
        self.add_value(&mut other, Some(dividend), factor, at, MAX_PARTS);
        Some(other)
    }

    /// What is not less than a value: sums of something and a constant.
    pub(super) fn upper_bounds(&self, value: NodeId, at: Place) -> Bounds {
        let graph = self.known.graph;
        let mut bounds = self.bounds_by_conditions(value, at, Relation::Below);
        let (op, node) = (graph.op(value), value);
        match op {
            Op::SMin | Op::UMin if self.compares_alike(op, graph.input(node, 0), graph.input(node, 1)) => {
                bounds.extend(graph.inputs(node).map(|input| (Some(input), 0)));
            }
            Op::And => {
                let inputs = graph.inputs(node).filter(|&input| self.is_unsigned(input));
                bounds.extend(inputs.map(|input| (Some(input), 0)));
            }
            _ => {}
        }
        bounds
    }

    /// What is not greater than a value.
    fn lower_bounds(&self, value: NodeId, at: Place) -> Bounds {
        let graph = self.known.graph;
        let mut bounds = self.bounds_by_conditions(value, at, Relation::Above);
        let op = graph.op(value);
        if op == Op::And {
            bounds.extend(self.taken_off(value).map(|(value, most)| (Some(value), -most)));
        }
        if matches!(op, Op::SMax | Op::UMax) && self.compares_alike(op, graph.input(value, 0), graph.input(value, 1)) {
            bounds.extend(graph.inputs(value).map(|input| (Some(input), 0)));
        }
        bounds
    }

    fn bounds_by_conditions(&self, value: NodeId, at: Place, relation: Relation) -> Bounds {
        // Conditions speak of bases.
        let value = strip_pi(self.known.graph, value);
        let bounds =
            self.conditions.of(value, at).filter(|bound| bound.relation == relation && bound.provided.is_none());
        bounds.map(|bound| (bound.other, bound.distance)).collect()
    }
}

type Bounds = SmallVec<[(Option<NodeId>, i128); 8]>;
