//! Products and quotients: `u * w + q < h * w` where `u < h` and `q < w`, and what is multiplied and divided by constants.

use super::prove::{Goal, Prover};
use smallvec::SmallVec;
use son_ir::facts::refine::strip_pi;
use son_ir::{NodeId, Op};

impl Prover<'_> {
    /// The factors of a product that does not wrap, in both orders; the second may be a constant.
    fn factors(&self, product: NodeId) -> SmallVec<[(NodeId, Factor); 2]> {
        let graph = self.known.graph;
        let product = strip_pi(graph, product);
        let mut found = SmallVec::new();
        if !self.is_exact(product) {
            return found;
        }
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

    /// `u * w + q <= h * w + c` if `u < h` and `q <= w + c`.
    pub(super) fn by_product(&mut self, goal: Goal, sum: NodeId) -> bool {
        let graph = self.known.graph;
        let Some(area) = goal.y.filter(|_| self.is_exact(sum)) else { return false };
        let of_area = self.factors(area);
        if of_area.is_empty() {
            return false;
        }
        for (product, rest) in [(0, 1), (1, 0)].map(|(a, b)| (graph.input(sum, a), graph.input(sum, b))) {
            for (row, width) in self.factors(product) {
                let heights = of_area.iter().filter(|factors| factors.1 == width);
                // The rest is below the width, which is then not negative.
                let (whole, constant, is_positive) = match width {
                    Factor::Value(node) => (Some(node), 0, self.bounds(node).0 >= 0),
                    Factor::Constant(width) => (None, width, true),
                };
                for &(height, _) in heights {
                    if is_positive
                        && self.prove(Goal { x: Some(row), y: Some(height), c: -1, ..goal })
                        && self.prove(Goal { x: Some(rest), y: whole, c: goal.c + constant, ..goal })
                    {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// `k * v <= y + c` for a constant `k`, by `v <= q + e` where `q` is a quotient by `k` or more.
    pub(super) fn by_multiple(&mut self, goal: Goal, multiple: NodeId) -> bool {
        for (value, factor) in self.factors(multiple) {
            let Factor::Constant(factor) = factor else { continue };
            for (limit, distance) in self.upper_bounds(value, goal.at) {
                let Some((dividend, divisor)) = limit.and_then(|quotient| self.quotient(quotient)) else { continue };
                let Some(product) = factor.checked_mul(distance) else { continue };
                let c = goal.c - product;
                if divisor >= factor && self.prove(Goal { x: Some(dividend), c, ..goal }) {
                    return true;
                }
            }
        }
        false
    }

    /// `v / k <= y + c` for a constant `k`, by `v <= m + e` where `m` is a multiple of `k` or of less.
    pub(super) fn by_quotient(&mut self, goal: Goal, quotient: NodeId) -> bool {
        let Some((dividend, divisor)) = self.quotient(quotient) else { return false };
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

    /// The dividend, which is not negative, and the constant that it is divided by.
    fn quotient(&self, quotient: NodeId) -> Option<(NodeId, i128)> {
        let graph = self.known.graph;
        let quotient = strip_pi(graph, quotient);
        let (dividend, divisor) = match graph.op(quotient) {
            Op::UDiv | Op::SDiv => (graph.input(quotient, 1), self.constant(graph.input(quotient, 2))?),
            Op::LShr | Op::AShr => {
                let amount = graph.constant(graph.input(quotient, 1)).filter(|&amount| amount < 63)?;
                (graph.input(quotient, 0), 1 << amount)
            }
            _ => return None,
        };
        let reads_unsigned = matches!(graph.op(quotient), Op::UDiv | Op::LShr) && self.is_unsigned(dividend);
        (divisor > 0 && (reads_unsigned || self.non_negative(dividend))).then_some((dividend, divisor))
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
