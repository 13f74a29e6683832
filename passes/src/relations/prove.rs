//! Proofs of `x <= y + c`.

use super::Known;
use super::conditions::{Bound, Conditions, Place, Relation};
use super::sums::Sum;
use super::terms::{Domain, Term};
use smallvec::SmallVec;
use son_ir::analysis::Block;
use son_ir::{NodeId, Op};

/// Goals of a proof, until it is given up.
const BUDGET: u64 = 200;
/// Goals that all proofs of a function may have before they get less each.
const ALLOWANCE: u64 = 10_000;
/// What each proof adds to that.
const ALLOWANCE_OF_PROOF: u64 = 10;
/// Goals that a proof may have in any case.
const LEAST_BUDGET: u64 = 40;
/// Goals of a proof that is not worth a long search.
const SHORT_BUDGET: u64 = 10;
/// Goals that one follows from, until it is given up.
const MAX_DEPTH: usize = 24;
/// The same where a proof is tried first: most are short, and long searches find them late.
const FIRST_DEPTH: usize = 6;
/// Constants that are taken off a value.
const MAX_STEPS: u32 = 64;
/// Phis of a loop that are tried in place of another one.
const MAX_COMPANIONS: usize = 4;

/// `x <= y + c` where control is in a block; nothing in place of a value is 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    pub(super) x: Option<NodeId>,
    pub(super) y: Option<NodeId>,
    pub(super) c: i128,
    pub(super) at: Place,
}

/// Goals that failed and are remembered.
const MAX_FAILED: usize = 64;

impl Goal {
    /// Is it one of the same values in the same place?
    fn is_of_same(&self, other: &Goal) -> bool {
        (self.x, self.y, self.at) == (other.x, other.y, other.at)
    }

    /// Where it is remembered.
    fn place(&self) -> usize {
        let number = |value: Option<NodeId>| value.map_or(0, |node| node.index() + 1);
        (number(self.x).wrapping_mul(31) + number(self.y).wrapping_mul(7) + self.at.block.index()) % MAX_FAILED
    }
}

/// A goal of the bases of terms that is being proven.
#[derive(Clone, Copy)]
struct Active {
    goal: Goal,
    /// A loop's phi is in it, and its ways are being proven: elsewhere it may be assumed.
    assumed: bool,
}

/// A goal that was not proven in a proof, with so many goals assumed: nor is it the next time.
#[derive(Clone, Copy)]
struct Failed {
    goal: Goal,
    assumed: usize,
    /// How much was left out at least, since it was under way.
    sums: u32,
    by_companion: bool,
    proof: u64,
}

/// Proves goals in one domain.
pub(super) struct Prover<'a> {
    pub(super) known: &'a Known<'a>,
    pub(super) domain: Domain,
    earliest: &'a [Block],
    pub(super) conditions: &'a Conditions<'a>,
    /// As the other domain reads them.
    others: &'a Conditions<'a>,
    active: SmallVec<[Active; MAX_DEPTH]>,
    failed: Vec<Option<Failed>>,
    pub(super) budget: u32,
    depth: usize,
    /// Was anything left out because it is too deep, or there is no budget left?
    is_cut: bool,
    /// Proofs about sums that are under way.
    pub(super) sums: u32,
    /// Sums at most 0 in iterations before this one, while that is proven for it.
    pub(super) assumed: Vec<Sum>,
    /// Is a goal being proven by way of another phi?
    by_companion: bool,
    /// Is what is proven worth a long search?
    pub(super) is_thorough: bool,
    /// How many goals there were in all proofs.
    pub(super) goals: u64,
    proofs: u64,
}

impl<'a> Prover<'a> {
    /// The conditions are those of the prover's own domain, and those of the other one.
    pub(super) fn new(
        known: &'a Known,
        earliest: &'a [Block],
        [conditions, others]: [&'a Conditions<'a>; 2],
    ) -> Prover<'a> {
        let domain = conditions.domain;
        let (active, by_companion) = (SmallVec::new(), false);
        Prover {
            known,
            domain,
            earliest,
            conditions,
            others,
            active,
            failed: vec![None; MAX_FAILED],
            budget: 0,
            depth: 0,
            is_cut: false,
            sums: 0,
            assumed: Vec::new(),
            by_companion,
            is_thorough: true,
            goals: 0,
            proofs: 0,
        }
    }

    /// Is `x <= y + c` whenever control is in the block?
    pub(super) fn proves(&mut self, x: NodeId, y: NodeId, c: i128, at: Place) -> bool {
        self.deepening(|prover| prover.prove(Goal { x: Some(x), y: Some(y), c, at }))
    }

    /// Is the value not negative whenever control is in the block?
    pub(super) fn proves_not_negative(&mut self, x: NodeId, at: Place) -> bool {
        self.deepening(|prover| prover.prove(Goal { x: None, y: Some(x), c: 0, at }))
    }

    /// Does the sum or difference not wrap whenever control is in the block?
    pub(super) fn proves_exact(&mut self, node: NodeId, at: Place) -> bool {
        self.deepening(|prover| prover.is_exact_at(node, at))
    }

    fn is_exact_at(&mut self, node: NodeId, at: Place) -> bool {
        match self.known.graph.op(node) {
            Op::Add => self.is_exact_sum(node, at),
            _ => self.is_exact_difference(node, at),
        }
    }

    /// Does the sum of the two not wrap whenever control is in the block?
    pub(super) fn proves_fit(&mut self, a: NodeId, b: NodeId, at: Place) -> bool {
        self.deepening(|prover| prover.fits(a, b, at))
    }

    /// Tries a proof of few steps that follow from each other, then, if that left anything out, one of many.
    fn deepening(&mut self, prove: impl Fn(&mut Self) -> bool) -> bool {
        self.begin(FIRST_DEPTH);
        if prove(self) {
            return true;
        }
        if !self.is_cut || !self.is_thorough {
            return false;
        }
        self.begin(MAX_DEPTH);
        prove(self)
    }

    fn begin(&mut self, depth: usize) {
        (self.depth, self.is_cut) = (depth, false);
        self.proofs += 1;
        let left = (ALLOWANCE + ALLOWANCE_OF_PROOF * self.proofs).saturating_sub(self.goals);
        let [least, most] = if self.is_thorough { [LEAST_BUDGET, BUDGET] } else { [SHORT_BUDGET; 2] };
        self.budget = left.clamp(least, most) as u32;
        self.active.clear();
        self.assumed.clear();
        (self.by_companion, self.sums) = (false, 0);
    }

    pub(super) fn term(&self, value: Option<NodeId>) -> Term {
        self.conditions.term(value)
    }

    pub(super) fn prove(&mut self, goal: Goal) -> bool {
        self.goals += 1;
        let (x, y) = (self.term(goal.x), self.term(goal.y));
        if x.high <= y.low + goal.c {
            return true;
        }
        let c = goal.c + y.distance - x.distance;
        if x.base == y.base {
            return c >= 0;
        }
        let c = self.relaxed(&x, &y, c);
        let bases = Goal { x: x.base, y: y.base, c, at: goal.at };
        let mut is_step = false;
        for active in self.active.iter().filter(|active| active.goal.x == bases.x && active.goal.y == bases.y) {
            if active.assumed && active.goal.c <= c {
                return true;
            }
            if active.goal.at == bases.at && active.goal.c >= c {
                return false;
            }
            is_step |= active.assumed;
        }
        if self.budget == 0 || self.active.len() == self.depth {
            self.is_cut = true;
            return false;
        }
        let (place, count) = (bases.place(), self.count_assumed());
        if self.failed[place].is_some_and(|failed| {
            let Failed { goal, assumed, sums, by_companion, proof } = failed;
            let left_out = sums <= self.sums && by_companion <= self.by_companion;
            goal.is_of_same(&bases) && bases.c <= goal.c && assumed == count && left_out && proof == self.proofs
        }) {
            return false;
        }
        self.budget -= 1;
        self.active.push(Active { goal: bases, assumed: false });
        let proven = self.by_conditions(bases, goal.y)
            || self.by_unsigned_condition(bases)
            || self.by_operation_of_x(bases)
            || self.by_operation_of_y(bases)
            || self.by_trips(goal)
            || !is_step && (self.by_phis(bases, goal) || self.by_companion(bases))
            || self.by_conditions_of_y(bases)
            || !is_step && self.by_regions_above(bases);
        self.active.pop();
        if !proven && self.budget > 0 {
            let (sums, by_companion, proof) = (self.sums, self.by_companion, self.proofs);
            self.failed[place] = Some(Failed { goal: bases, assumed: count, sums, by_companion, proof });
        }
        proven
    }

    fn count_assumed(&self) -> usize {
        self.assumed.len() + self.active.iter().filter(|active| active.assumed).count()
    }

    /// By what branches say of the lesser value, or of the greater one if the lesser is constant.
    fn by_conditions(&mut self, goal: Goal, unchanged_y: Option<NodeId>) -> bool {
        let conditions = self.conditions;
        let Goal { c, at, .. } = goal;
        let from_y = self.term(unchanged_y).distance;
        if let Some(x) = goal.x {
            for bound in conditions.of(x, at) {
                let proven = match bound.relation {
                    Relation::Below => {
                        // The greater value as it was given has the narrower range.
                        self.prove(Goal { x: bound.other, y: unchanged_y, c: c - from_y - bound.distance, at })
                            && self.is_provided(bound, at)
                    }
                    Relation::Apart => {
                        let other = self.term(bound.other);
                        let excluded = other.base == goal.y && other.distance + bound.distance == c + 1;
                        excluded && self.by_more(Goal { c: c + 1, ..goal })
                    }
                    Relation::AboveOrLess(limit) => {
                        // The value is less than the limit, since the other case cannot be.
                        goal.y.is_none()
                            && c >= limit - 1
                            && self.prove(Goal { x: Some(x), y: bound.other, c: bound.distance - 1, at })
                    }
                    Relation::Above => false,
                };
                if proven {
                    return true;
                }
            }
        } else if let Some(y) = goal.y {
            for bound in conditions.of(y, at) {
                let proven = match bound.relation {
                    Relation::Above => {
                        self.prove(Goal { x: None, y: bound.other, c: c + bound.distance, at })
                            && self.is_provided(bound, at)
                    }
                    Relation::Apart => {
                        let other = self.term(bound.other);
                        let excluded = other.base.is_none() && other.distance + bound.distance == -c - 1;
                        excluded && self.by_more(Goal { c: c + 1, ..goal })
                    }
                    _ => false,
                };
                if proven {
                    return true;
                }
            }
        }
        false
    }

    /// By what branches say of the greater value, if they say nothing of the lesser one.
    fn by_conditions_of_y(&mut self, goal: Goal) -> bool {
        let conditions = self.conditions;
        let (Some(x), Some(y)) = (goal.x, goal.y) else { return false };
        let is_upper = |bound: &&Bound| bound.relation == Relation::Below;
        if conditions.of(x, goal.at).any(|bound| is_upper(&bound)) {
            return false;
        }
        let mut lower = conditions.of(y, goal.at).filter(|bound| bound.relation == Relation::Above);
        lower.any(|bound| {
            self.prove(Goal { y: bound.other, c: goal.c + bound.distance, ..goal }) && self.is_provided(bound, goal.at)
        })
    }

    /// Does the sum or difference not wrap that a bound follows from?
    fn is_provided(&mut self, bound: &Bound, at: Place) -> bool {
        bound.provided.is_none_or(|node| self.is_exact_at(node, at))
    }

    /// What is below something as an unsigned number that is not negative as a signed one is neither negative nor greater.
    fn by_unsigned_condition(&mut self, goal: Goal) -> bool {
        let (is_bound, value) = match (goal.x, goal.y) {
            (Some(x), _) => (true, x),
            (None, Some(y)) if goal.c >= 0 => (false, y),
            _ => return false,
        };
        if self.domain == Domain::Unsigned || self.non_negative(value) {
            return false;
        }
        let (others, graph) = (self.others, self.known.graph);
        // The sign of a wider number would say nothing of this one's; and what may wrap is another prover's to prove.
        let bits = |node: NodeId| graph.ty(node).bits();
        let is_no_wider = |other: Option<NodeId>| other.is_none_or(|other| bits(other) <= bits(value));
        let is_below = |bound: &&Bound| {
            let is_certain = bound.relation == Relation::Below && bound.provided.is_none();
            is_certain && bound.distance <= 0 && is_no_wider(bound.other)
        };
        let mut below = others.of(value, goal.at).filter(is_below);
        below.any(|bound| {
            let is_positive = self.prove(Goal { x: None, y: bound.other, c: 0, at: goal.at });
            is_positive && (!is_bound || self.prove(Goal { x: bound.other, c: goal.c - bound.distance, ..goal }))
        })
    }

    /// A weaker goal of the same values, which must not count as a cycle.
    fn by_more(&mut self, goal: Goal) -> bool {
        let waiting = self.active.pop();
        let proven = self.prove(goal);
        self.active.extend(waiting);
        proven
    }

    /// By what loops add up, where a proof begins.
    fn by_trips(&self, goal: Goal) -> bool {
        let (below, above) = (|| self.interval(goal.x, goal.at).1, || self.interval(goal.y, goal.at).0);
        self.active.len() == 1 && below() <= above() + goal.c
    }

    /// The greatest `c` with the same meaning: differences that are all multiples of 4 are below 4 if they are not
    /// above 0.
    fn relaxed(&self, x: &Term, y: &Term, c: i128) -> i128 {
        let (of_x, of_y) = (self.congruence(x), self.congruence(y));
        let modulus = gcd(of_x.0, of_y.0);
        if modulus <= 1 {
            return c;
        }
        c + (of_x.1 - of_y.1 - c - 1).rem_euclid(modulus)
    }

    /// A modulus, and what the base is by it. The modulus of constants is 0, that of unknown values is 1.
    pub(super) fn congruence(&self, term: &Term) -> (i128, i128) {
        let Some(node) = term.base else { return (0, 0) };
        let (graph, by_fact) = (self.known.graph, term.congruence);
        let is_loop_phi = graph.is(node, Op::Phi) && graph.is(graph.input(node, 0), Op::Loop);
        if !is_loop_phi {
            return by_fact;
        }
        let Some(step) = self.step(node) else { return by_fact };
        let start = self.term(Some(graph.input(node, 1)));
        if start.base.is_none() && step.abs() > by_fact.0 { (step.abs(), start.distance) } else { by_fact }
    }

    /// By all ways into the region of a phi.
    fn by_phis(&mut self, bases: Goal, goal: Goal) -> bool {
        let (x, y) = (self.region_of(bases.x), self.region_of(bases.y));
        match (x, y) {
            (Some(region), Some(other)) if region == other => {
                self.by_ways(region, bases, (true, true), self.is_told_apart(region, bases.at))
            }
            _ => {
                let by_x = x.and_then(|region| {
                    let (y, rest) = self.base_before(region, goal.y)?;
                    Some((region, Goal { y, c: bases.c + rest, ..bases }))
                });
                if by_x.is_some_and(|(region, goal)| self.by_ways(region, goal, (true, false), false)) {
                    return true;
                }
                let by_y = y.and_then(|region| {
                    let (x, rest) = self.base_before(region, goal.x)?;
                    Some((region, Goal { x, c: bases.c - rest, ..bases }))
                });
                by_y.is_some_and(|(region, goal)| self.by_ways(region, goal, (false, true), false))
            }
        }
    }

    /// By all ways into a region above the place: what is there after a region does not change by how control came into
    /// it.
    fn by_regions_above(&mut self, bases: Goal) -> bool {
        let apart = |prover: &Self, base: Option<NodeId>| {
            prover.region_of(base).filter(|&region| prover.is_told_apart(region, bases.at))
        };
        let (x, y) = (apart(self, bases.x), apart(self, bases.y));
        match (x, y) {
            (Some(region), Some(other)) if region == other => false,
            _ => {
                x.is_some_and(|region| self.by_ways(region, bases, (true, false), true))
                    || y.is_some_and(|region| self.by_ways(region, bases, (false, true), true))
            }
        }
    }

    /// May the ways into a region be told apart in a place below it?
    pub(super) fn is_told_apart(&self, region: NodeId, at: Place) -> bool {
        let latest = self.known.latest;
        let block = latest.cfg.block_of(region);
        self.known.graph.is(region, Op::Region) && block.is_some() && latest.dominators.dominates(block, at.block)
    }

    /// The base of a value, as the sum of something that is there before control comes to the region and a constant.
    fn base_before(&self, region: NodeId, value: Option<NodeId>) -> Option<(Option<NodeId>, i128)> {
        let (node, distance) = self.before(region, value)?;
        Some((node, distance - self.term(value).distance))
    }

    fn region_of(&self, base: Option<NodeId>) -> Option<NodeId> {
        base.filter(|&node| self.known.graph.is(node, Op::Phi)).map(|phi| self.known.graph.input(phi, 0))
    }

    /// The value, or one that it is a constant more than, such that it is there before control comes to the region;
    /// with that constant.
    pub(super) fn before(&self, region: NodeId, value: Option<NodeId>) -> Option<(Option<NodeId>, i128)> {
        let Some(mut node) = value else { return Some((None, 0)) };
        let (latest, mut distance) = (self.known.latest, 0);
        let block = latest.cfg.block_of(region);
        for _ in 0..MAX_STEPS {
            let earliest = self.earliest.get(node.index()).copied().unwrap_or(Block::ENTRY);
            if earliest.is_some() && earliest != block && latest.dominators.dominates(earliest, block) {
                return Some((Some(node), distance));
            }
            let (origin, step) = self.known.origin(self.domain, node)?;
            node = origin;
            distance += step;
        }
        None
    }

    /// The goal for each way into the region, with the phis that are in it replaced by what they get there. Its place is
    /// then the end of the way, or stays what it is, with the way.
    fn by_ways(&mut self, region: NodeId, goal: Goal, (x_is_phi, y_is_phi): (bool, bool), stays: bool) -> bool {
        let (known, is_loop) = (self.known, self.known.graph.is(region, Op::Loop));
        let top = self.active.len() - 1;
        self.active[top].assumed = is_loop;
        let proven = (0..known.graph.num_inputs(region)).all(|way| {
            let control = known.graph.input(region, way);
            let block = known.latest.cfg.block_of(control);
            if !known.is_reachable(control) || !block.is_some() {
                return true;
            }
            let at = if stays { goal.at.by_way_of(block) } else { Place::of(block) };
            let on_way = |value: Option<NodeId>, is_phi: bool| {
                if is_phi { value.map(|phi| known.graph.input(phi, way + 1)) } else { value }
            };
            let (x, y) = (on_way(goal.x, x_is_phi), on_way(goal.y, y_is_phi));
            self.prove(Goal { x, y, c: goal.c, at })
        });
        self.active[top].assumed = false;
        proven
    }

    /// A loop's phi that stays below another one of the loop is as bounded as that one. The other one has to be
    /// tested by a branch above, or it might be poison.
    fn by_companion(&mut self, goal: Goal) -> bool {
        let graph = self.known.graph;
        let Some(region) = self.region_of(goal.x).filter(|&region| graph.is(region, Op::Loop)) else { return false };
        let Some(x) = goal.x else { return false };
        if self.by_companion || self.before(region, goal.y).is_none() {
            return false;
        }
        let is_tested = |phi: NodeId| self.conditions.of(phi, goal.at).next().is_some();
        let companions: SmallVec<[NodeId; MAX_COMPANIONS]> = self
            .conditions
            .tested_phis(region)
            .filter(|&phi| phi != x && graph.ty(phi) == graph.ty(x) && is_tested(phi))
            .take(MAX_COMPANIONS)
            .collect();
        self.by_companion = true;
        let proven = companions.into_iter().any(|companion| {
            let start = |phi: NodeId| self.term(Some(graph.input(phi, 1)));
            let (own, other) = (start(x), start(companion));
            let distance = if own.base == other.base { own.distance - other.distance } else { 0 };
            let z = Some(companion);
            self.prove(Goal { y: z, c: distance, ..goal }) && self.prove(Goal { x: z, c: goal.c - distance, ..goal })
        });
        self.by_companion = false;
        proven
    }
}

/// The greatest common divisor.
pub(super) fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
