//! Products and quotients: `u * w + q < h * w` where `u < h` and `q < w`, and what is multiplied and divided by constants.

use super::conditions::Place;
use super::prove::{Goal, Prover};
use super::terms::Domain;
use smallvec::SmallVec;
use son_ir::facts::IntFact;
use son_ir::facts::refine::strip_pi;
use son_ir::{NodeId, Op};

/// Greatest number that a value is multiplied by.
pub(super) const MAX_FACTOR: i128 = 1 << 32;
/// Most terms of a sum of products.
const MAX_TERMS: usize = 4;

impl Prover<'_> {
    /// The factors of a product that does not wrap, in both orders; the second may be a constant.
    fn factors(&self, product: NodeId) -> SmallVec<[(NodeId, Factor); 2]> {
        let product = strip_pi(self.known.graph, product);
        if self.is_exact(product) { self.factors_of(product) } else { SmallVec::new() }
    }

    /// The factors of a product, whether it wraps or not.
    fn factors_of(&self, product: NodeId) -> SmallVec<[(NodeId, Factor); 2]> {
        let graph = self.known.graph;
        let mut found = SmallVec::new();
        match graph.op(product) {
            Op::Mul => {
                for (one, other) in [(0, 1), (1, 0)] {
                    let other = graph.input(product, other);
                    let (least, greatest) = self.bounds(other);
                    let is_constant = least == greatest && least >= 0;
                    let factor =
                        if is_constant { Factor::Constant(least) } else { Factor::Value(strip_pi(graph, other)) };
                    found.push((graph.input(product, one), factor));
                }
            }
            Op::Shl => {
                let amount = graph.constant(graph.input(product, 1)).filter(|&amount| amount < 63);
                found.extend(amount.map(|amount| (graph.input(product, 0), Factor::Constant(1 << amount))));
            }
            _ => {}
        }
        found
    }

    /// The factors of a product that does not wrap where what its factors were tested for holds.
    fn factors_at(&self, product: NodeId, at: Place) -> SmallVec<[(NodeId, Factor); 2]> {
        let product = strip_pi(self.known.graph, product);
        let found = self.factors_of(product);
        let greatest = self.domain.bounds(&IntFact::full(self.known.graph.ty(product))).1;
        let bounds = |value: NodeId| self.tested(value, at).unwrap_or(self.bounds(value));
        let fits = |&(value, factor): &(NodeId, Factor)| {
            let (low, high) = bounds(strip_pi(self.known.graph, value));
            let (least, most) = match factor {
                Factor::Value(node) => bounds(node),
                Factor::Constant(constant) => (constant, constant),
            };
            low >= 0 && least >= 0 && high.checked_mul(most).is_some_and(|product| product <= greatest)
        };
        if self.is_exact(product) || found.first().is_some_and(fits) { found } else { SmallVec::new() }
    }

    /// What is multiplied by a constant, and that, if the product does not wrap in the place.
    pub(super) fn multiple(&self, product: NodeId, at: Place) -> Option<(NodeId, i128)> {
        let limits = self.domain.bounds(&IntFact::full(self.known.graph.ty(product)));
        self.factors_of(product).into_iter().find_map(|(value, factor)| {
            let Factor::Constant(factor) = factor else { return None };
            let (low, high) = self.tested(strip_pi(self.known.graph, value), at).unwrap_or(self.bounds(value));
            let fits = || limits.0 <= low * factor && high * factor <= limits.1;
            (self.is_exact(product) || factor <= MAX_FACTOR && fits()).then_some((value, factor))
        })
    }

    /// `u * w + q <= h * w + c` if `u < h` and `q <= w + c`, where `q` may be such a sum too, or nothing.
    pub(super) fn by_product(&mut self, goal: Goal, sum: NodeId) -> bool {
        if goal.y.is_none_or(|area| self.factors_at(area, goal.at).is_empty()) {
            return false;
        }
        let terms = self.terms_of(sum);
        self.by_products(goal, &terms)
    }

    /// What a sum that does not wrap is the sum of.
    fn terms_of(&self, sum: NodeId) -> SmallVec<[NodeId; MAX_TERMS]> {
        let graph = self.known.graph;
        let mut terms: SmallVec<[NodeId; MAX_TERMS]> = smallvec::smallvec![sum];
        let is_sum = |&term: &NodeId| graph.is(term, Op::Add) && self.is_exact(term);
        while let Some(at) = terms.iter().position(is_sum).filter(|_| terms.len() < MAX_TERMS) {
            let sum = terms.swap_remove(at);
            terms.extend(graph.inputs(sum).map(|term| strip_pi(graph, term)));
        }
        terms
    }

    fn by_products(&mut self, goal: Goal, terms: &[NodeId]) -> bool {
        let Some(area) = goal.y else { return false };
        let of_area = self.factors_at(area, goal.at);
        for (at, &product) in terms.iter().enumerate() {
            for (row, width) in if of_area.is_empty() { SmallVec::new() } else { self.factors_at(product, goal.at) } {
                let heights = of_area.iter().filter(|factors| factors.1 == width);
                // The rest is below the width, which is then not negative.
                let (whole, constant, is_positive) = match width {
                    Factor::Value(node) => (Some(node), 0, self.bounds(node).0 >= 0),
                    Factor::Constant(width) => (None, width, true),
                };
                let mut rest: SmallVec<[NodeId; MAX_TERMS]> = SmallVec::from_slice(terms);
                rest.swap_remove(at);
                let below_width = Goal { y: whole, c: goal.c + constant, ..goal };
                for &(height, _) in heights {
                    if is_positive
                        && self.prove(Goal { x: Some(row), y: Some(height), c: -1, ..goal })
                        && self.by_terms(below_width, &rest)
                    {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Is the sum of terms, of which there is one less than before, below?
    fn by_terms(&mut self, goal: Goal, terms: &[NodeId]) -> bool {
        match *terms {
            [] => self.prove(Goal { x: None, ..goal }),
            [only] => self.prove(Goal { x: Some(only), ..goal }),
            _ => self.by_products(goal, terms),
        }
    }

    /// `k * v <= y + c` for a constant `k`, by `v <= q + e` where `q` is a quotient by `k` or more.
    pub(super) fn by_multiple(&mut self, goal: Goal, multiple: NodeId) -> bool {
        for (value, factor) in self.factors(multiple) {
            let Factor::Constant(factor) = factor else { continue };
            for (limit, distance) in std::iter::once((Some(value), 0)).chain(self.upper_bounds(value, goal.at)) {
                let found = limit.and_then(|quotient| self.quotient(quotient, goal.at));
                let Some((dividend, divisor)) = found else { continue };
                let Some(product) = factor.checked_mul(distance) else { continue };
                let c = goal.c - product;
                if divisor >= factor && self.prove(Goal { x: Some(dividend), c, ..goal }) {
                    return true;
                }
            }
        }
        false
    }

    /// `x <= k * v + c` for a constant `k`, by `x <= v + c` where `v` is not negative.
    pub(super) fn by_multiple_above(&mut self, goal: Goal, multiple: NodeId) -> bool {
        self.factors(multiple).into_iter().any(|(value, factor)| {
            let grows = matches!(factor, Factor::Constant(factor) if factor >= 1) && self.bounds(value).0 >= 0;
            grows && self.prove(Goal { y: Some(value), ..goal })
        })
    }

    /// `v / k <= y + c` for a constant `k`, by `v <= m + e` where `m` is a multiple of `k` or of less.
    pub(super) fn by_quotient(&mut self, goal: Goal, quotient: NodeId) -> bool {
        let Some((dividend, divisor)) = self.quotient(quotient, goal.at) else { return false };
        if goal.y.is_none() {
            // What is less than the next multiple has no greater quotient.
            let most = (goal.c + 1).checked_mul(divisor).filter(|_| goal.c >= 0);
            if most.is_some_and(|most| self.prove(Goal { x: Some(dividend), c: most - 1, ..goal })) {
                return true;
            }
        }
        let other = goal.y.and_then(|y| self.quotient(y, goal.at)).filter(|other| other.1 == divisor);
        if let Some((other, _)) = other
            && let Some(c) = goal.c.checked_mul(divisor)
            && self.prove(Goal { x: Some(dividend), y: Some(other), c, ..goal })
        {
            return true;
        }
        let base = self.term(Some(dividend));
        let Some(value) = base.base else { return false };
        for (limit, distance) in self.upper_bounds(value, goal.at) {
            let limit = self.term(limit);
            let Some(multiple) = limit.base else { continue };
            for (value, factor) in self.factors(multiple) {
                let Factor::Constant(factor) = factor else { continue };
                let is_less = factor == divisor || factor < divisor && self.bounds(value).0 >= 0;
                let c = goal.c - (base.distance + distance + limit.distance).div_euclid(divisor);
                if is_less && self.prove(Goal { x: Some(value), c, ..goal }) {
                    return true;
                }
            }
        }
        false
    }

    /// `a - a / k * k` is less than `k`.
    pub(super) fn by_remainder(&mut self, goal: Goal, difference: NodeId) -> bool {
        let graph = self.known.graph;
        let (whole, multiple) = (strip_pi(graph, graph.input(difference, 0)), graph.input(difference, 1));
        for (value, factor) in self.factors(multiple) {
            let Factor::Constant(factor) = factor else { continue };
            let is_remainder = self
                .quotient(value, goal.at)
                .is_some_and(|(dividend, divisor)| divisor == factor && strip_pi(graph, dividend) == whole);
            if is_remainder && self.prove(Goal { x: None, c: goal.c + 1 - factor, ..goal }) {
                return true;
            }
        }
        false
    }

    /// The dividend, which is not negative, and the constant that it is divided by.
    pub(super) fn quotient(&mut self, quotient: NodeId, at: Place) -> Option<(NodeId, i128)> {
        let graph = self.known.graph;
        let quotient = strip_pi(graph, quotient);
        let (dividend, divisor) = match graph.op(quotient) {
            // As unsigned numbers, quotients by negative ones are large.
            Op::SDiv if !self.non_negative(graph.input(quotient, 2)) => return None,
            Op::UDiv | Op::SDiv => (graph.input(quotient, 1), self.constant(graph.input(quotient, 2))?),
            Op::LShr | Op::AShr => {
                let amount = graph.constant(graph.input(quotient, 1)).filter(|&amount| amount < 63)?;
                (graph.input(quotient, 0), 1 << amount)
            }
            _ => return None,
        };
        let reads_unsigned = matches!(graph.op(quotient), Op::UDiv | Op::LShr) && self.is_unsigned(dividend);
        let is_known = divisor > 0 && (reads_unsigned || self.non_negative(dividend));
        // Or the dividend is not negative where it is asked for, or the quotient, as a signed one, is positive.
        let keeps_sign = self.domain == Domain::Signed && matches!(graph.op(quotient), Op::SDiv | Op::AShr);
        let mut is_positive = || {
            self.prove(Goal { x: None, y: Some(dividend), c: 0, at })
                || self.prove(Goal { x: None, y: Some(quotient), c: -1, at })
        };
        (is_known || divisor > 1 && keeps_sign && is_positive()).then_some((dividend, divisor))
    }

    /// The only value, if there is but one.
    fn constant(&self, node: NodeId) -> Option<i128> {
        let (least, greatest) = self.bounds(node);
        (least == greatest).then_some(least)
    }
}

/// What something is multiplied by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Factor {
    Value(NodeId),
    Constant(i128),
}
