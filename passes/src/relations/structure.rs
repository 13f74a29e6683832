//! What operations say of their results and operands: steps of a proof from a value to what it is computed from.

use super::conditions::Place;
use super::prove::{Goal, Prover};
use super::terms::Domain;
use son_ir::facts::refine::strip_pi;
use son_ir::{NodeId, Op};

impl Prover<'_> {
    pub(super) fn non_negative(&self, node: NodeId) -> bool {
        self.known.int(node).is_non_negative()
    }

    /// Is what holds of the unsigned number said of the number as it is read here?
    pub(super) fn is_unsigned(&self, node: NodeId) -> bool {
        self.domain == Domain::Unsigned || self.non_negative(node)
    }

    pub(super) fn bounds(&self, node: NodeId) -> (i128, i128) {
        self.domain.bounds(&self.known.int(node))
    }

    pub(super) fn is_exact(&self, node: NodeId) -> bool {
        self.known.graph.flags(node).has(self.domain.exact())
    }

    /// Does a minimum or maximum compare as this domain does?
    pub(super) fn compares_alike(&self, op: Op, a: NodeId, b: NodeId) -> bool {
        let domain = if matches!(op, Op::SMin | Op::SMax) { Domain::Signed } else { Domain::Unsigned };
        self.domain == domain || self.non_negative(a) && self.non_negative(b)
    }

    /// Upper bounds of the lesser value, whose base is given.
    pub(super) fn by_operation_of_x(&mut self, goal: Goal) -> bool {
        let (Some(x), graph) = (goal.x, self.known.graph) else { return false };
        let op = graph.op(x);
        let input = |index: usize| graph.input(x, index);
        let below =
            |prover: &mut Self, node: NodeId, gap: i128| prover.prove(Goal { x: Some(node), c: goal.c + gap, ..goal });
        match op {
            Op::SMin | Op::UMin if self.compares_alike(op, input(0), input(1)) => {
                below(self, input(0), 0) || below(self, input(1), 0)
            }
            Op::SMax | Op::UMax if self.compares_alike(op, input(0), input(1)) => {
                below(self, input(0), 0) && below(self, input(1), 0)
            }
            Op::Select => below(self, input(1), 0) && below(self, input(2), 0),
            Op::And => [0, 1].into_iter().any(|index| self.is_unsigned(input(index)) && below(self, input(index), 0)),
            Op::LShr => {
                // What is not 0 gets less.
                let shifts = graph.constant(input(1)).is_some_and(|amount| amount > 0);
                let gap = i128::from(shifts && self.bounds(input(0)).0 > 0);
                self.is_unsigned(input(0)) && below(self, input(0), gap) || self.by_quotient(goal, x)
            }
            Op::AShr => self.non_negative(input(0)) && below(self, input(0), 0),
            Op::UDiv | Op::SDiv => {
                // What is not 0 gets less.
                let shrinks = self.bounds(input(2)).0 > 1 && self.bounds(input(1)).0 > 0;
                // By a negative number it is negative, which is no less as an unsigned number.
                let is_upward = match op {
                    Op::UDiv => self.is_unsigned(input(1)),
                    _ => {
                        let keeps_sign = self.domain == Domain::Signed || self.non_negative(input(2));
                        keeps_sign && self.non_negative(input(1))
                    }
                };
                is_upward && below(self, input(1), i128::from(shrinks)) || self.by_quotient(goal, x)
            }
            Op::URem => {
                self.is_unsigned(input(2)) && below(self, input(2), 1)
                    || self.is_unsigned(input(1)) && below(self, input(1), 0)
            }
            Op::SRem => {
                let result_agrees = self.domain == Domain::Signed || self.non_negative(input(1));
                self.non_negative(input(2)) && result_agrees && below(self, input(2), 1)
                    || self.non_negative(input(1)) && below(self, input(1), 0)
            }
            Op::Mul | Op::Shl => self.by_multiple(goal, x) || self.by_product(goal, x) || self.by_sums(goal),
            Op::Sub => self.by_sums(goal) || self.by_remainder(goal, x) || self.by_difference_below(goal, x),
            Op::Add => {
                if let Some((value, distance)) = self.less_by_constant(x, goal.at) {
                    return self.prove(Goal { x: Some(value), c: goal.c - distance, ..goal });
                }
                self.by_midpoint_below(goal, x)
                    || self.by_product(goal, x)
                    || self.by_sums(goal)
                    || self.by_sum_below(goal, x)
            }
            _ => false,
        }
    }

    /// Lower bounds of the greater value, whose base is given.
    pub(super) fn by_operation_of_y(&mut self, goal: Goal) -> bool {
        let (Some(y), graph) = (goal.y, self.known.graph) else { return false };
        let op = graph.op(y);
        let input = |index: usize| graph.input(y, index);
        let above = |prover: &mut Self, node: NodeId| prover.prove(Goal { y: Some(node), ..goal });
        let above_zero = |prover: &mut Self, node: NodeId| prover.prove(Goal { y: Some(node), c: 0, ..goal });
        match op {
            Op::SMax | Op::UMax if self.compares_alike(op, input(0), input(1)) => {
                above(self, input(0)) || above(self, input(1))
            }
            Op::SMin | Op::UMin if self.compares_alike(op, input(0), input(1)) => {
                above(self, input(0)) && above(self, input(1))
            }
            Op::Select => above(self, input(1)) && above(self, input(2)),
            Op::Or if self.is_unsigned(input(0)) && self.is_unsigned(input(1)) => {
                above(self, input(0)) || above(self, input(1))
            }
            Op::Mul | Op::Shl => self.by_multiple_above(goal, y) || self.by_sums(goal),
            Op::And => self.by_mask_above(goal, y),
            Op::Sub => self.by_sums(goal) || self.by_difference_above(goal, y),
            // Quotients by what is positive, and shifted values, have the sign of the dividend.
            Op::SDiv if goal.x.is_none() && goal.c >= 0 && self.bounds(input(2)).0 > 0 => above_zero(self, input(1)),
            Op::AShr if goal.x.is_none() && goal.c >= 0 => above_zero(self, input(0)),
            Op::Add => {
                if let Some((value, distance)) = self.less_by_constant(y, goal.at) {
                    return self.prove(Goal { y: Some(value), c: goal.c + distance, ..goal });
                }
                self.by_midpoint_above(goal, y) || self.by_sums(goal) || self.by_sum_above(goal, y)
            }
            _ => false,
        }
    }

    /// Of `v + (-k)`, an unsigned sum that wraps by its flags: `v` and `-k`, if `v` is `k` at least.
    pub(super) fn less_by_constant(&mut self, sum: NodeId, at: Place) -> Option<(NodeId, i128)> {
        let (graph, ty) = (self.known.graph, self.known.graph.ty(sum));
        let addend = graph.constant(graph.input(sum, 1)).filter(|_| self.domain == Domain::Unsigned)?;
        let (value, distance) = (graph.input(sum, 0), i128::from(ty.sign_extend(addend)));
        let is_less = distance < 0 && self.prove(Goal { x: None, y: Some(value), c: distance, at });
        is_less.then_some((value, distance))
    }

    /// `x <= (v & mask) + c`: what a mask takes off is no more than its complement.
    fn by_mask_above(&mut self, goal: Goal, masked: NodeId) -> bool {
        self.taken_off(masked)
            .is_some_and(|(value, most)| self.prove(Goal { y: Some(value), c: goal.c - most, ..goal }))
    }

    /// The value that a constant masks, and the most that it takes off.
    pub(super) fn taken_off(&self, masked: NodeId) -> Option<(NodeId, i128)> {
        let graph = self.known.graph;
        let (value, ty) = (graph.input(masked, 0), graph.ty(masked));
        let mask = graph.constant(graph.input(masked, 1)).filter(|_| self.is_unsigned(value))?;
        Some((value, i128::from(!mask & ty.mask()).min(self.bounds(value).1)))
    }

    /// Does the difference not wrap?
    pub(super) fn is_exact_difference(&mut self, difference: NodeId, at: Place) -> bool {
        let (a, b) = (self.known.graph.input(difference, 0), self.known.graph.input(difference, 1));
        // What is subtracted from something greater of its sign leaves the domain on neither side.
        let is_safe = self.domain == Domain::Unsigned || self.non_negative(b);
        self.is_exact(difference) || is_safe && self.prove(Goal { x: Some(b), y: Some(a), c: 0, at })
    }

    /// `a - b <= y + c`
    fn by_difference_below(&mut self, goal: Goal, difference: NodeId) -> bool {
        let (a, b) = (self.known.graph.input(difference, 0), self.known.graph.input(difference, 1));
        let proven = match goal.y {
            None => self.prove(Goal { x: Some(a), y: Some(b), ..goal }),
            Some(_) => self.prove(Goal { x: Some(a), c: goal.c + self.bounds(b).0, ..goal }),
        };
        proven && self.is_exact_difference(difference, goal.at)
    }

    /// `x <= a - b + c`
    fn by_difference_above(&mut self, goal: Goal, difference: NodeId) -> bool {
        let (a, b) = (self.known.graph.input(difference, 0), self.known.graph.input(difference, 1));
        let proven = match goal.x {
            None => self.prove(Goal { x: Some(b), y: Some(a), ..goal }),
            Some(_) => self.prove(Goal { y: Some(a), c: goal.c - self.bounds(b).1, ..goal }),
        };
        proven && self.is_exact_difference(difference, goal.at)
    }

    /// `a + b <= y + c` by the range of one of them.
    fn by_sum_below(&mut self, goal: Goal, sum: NodeId) -> bool {
        let (a, b) = (self.known.graph.input(sum, 0), self.known.graph.input(sum, 1));
        self.is_exact_sum(sum, goal.at)
            && [(a, b), (b, a)].into_iter().any(|(kept, other)| {
                let most = self.bounds(other).1;
                self.prove(Goal { x: Some(kept), c: goal.c - most, ..goal })
            })
    }

    /// `x <= a + b + c` by the range of one of them.
    fn by_sum_above(&mut self, goal: Goal, sum: NodeId) -> bool {
        let (a, b) = (self.known.graph.input(sum, 0), self.known.graph.input(sum, 1));
        self.is_exact_sum(sum, goal.at)
            && [(a, b), (b, a)].into_iter().any(|(kept, other)| {
                let least = self.bounds(other).0;
                self.prove(Goal { y: Some(kept), c: goal.c + least, ..goal })
            })
    }

    /// `low` and `high` of `low + (high - low) / k`, for a `k` of 2 at least.
    fn midpoint(&self, sum: NodeId) -> Option<(NodeId, NodeId)> {
        let graph = self.known.graph;
        [(0, 1), (1, 0)].into_iter().find_map(|(base, part)| {
            let (low, part) = (graph.input(sum, base), strip_pi(graph, graph.input(sum, part)));
            let (whole, divisor) = match graph.op(part) {
                Op::UDiv | Op::SDiv => (graph.input(part, 1), graph.input(part, 2)),
                Op::LShr | Op::AShr => (graph.input(part, 0), graph.input(part, 1)),
                _ => return None,
            };
            let least = if matches!(graph.op(part), Op::LShr | Op::AShr) { 1 } else { 2 };
            let whole = strip_pi(graph, whole);
            // As signed numbers the difference must not wrap; the shift or division may then be either.
            let fits = graph.is(whole, Op::Sub)
                && graph.signed_constant(divisor).is_some_and(|constant| constant >= least)
                && (self.domain == Domain::Unsigned && matches!(graph.op(part), Op::UDiv | Op::LShr)
                    || self.domain == Domain::Signed && self.is_exact(whole));
            let subtracted = || strip_pi(graph, graph.input(whole, 1)) == strip_pi(graph, low);
            (fits && subtracted()).then(|| (low, graph.input(whole, 0)))
        })
    }

    /// A midpoint is below the greater end if the ends differ.
    fn by_midpoint_below(&mut self, goal: Goal, sum: NodeId) -> bool {
        let Some((low, high)) = self.midpoint(sum) else { return false };
        let differ = |c: i128| Goal { x: Some(low), y: Some(high), c, ..goal };
        [1, 0]
            .into_iter()
            .any(|gap| self.prove(Goal { x: Some(high), c: goal.c + gap, ..goal }) && self.prove(differ(-gap)))
    }

    /// A midpoint is not below the lesser end.
    fn by_midpoint_above(&mut self, goal: Goal, sum: NodeId) -> bool {
        let Some((low, high)) = self.midpoint(sum) else { return false };
        self.prove(Goal { y: Some(low), ..goal }) && self.prove(Goal { x: Some(low), y: Some(high), c: 0, ..goal })
    }
}
