//! What the conditions of branches say of pairs of values, by value and by the blocks where it holds.

use super::Known;
use super::prove::gcd;
use super::terms::{Domain, Term, Terms};
use son_ir::analysis::Block;
use son_ir::facts::IntFact;
use son_ir::facts::refine::{self, strip_pi};
use son_ir::{NodeId, Op, Type};
use std::ops::Range;

/// How many conjunctions deep conditions are taken apart.
const MAX_DEPTH: u32 = 4;
/// Blocks above the only way to a merge whose conditions are taken.
const MAX_BLOCKS: usize = 4;
/// Bounds of a value that a proof looks at, from the innermost branch on.
const MAX_BOUNDS: usize = 8;
/// Phis of a loop that a proof looks at.
const MAX_PHIS: usize = 16;

/// How a value is related to another one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Relation {
    /// `of <= other + distance`
    Below,
    /// `of >= other + distance`
    Above,
    /// `of >= other + distance`, or `of` is less than this.
    AboveOrLess(i128),
    /// `of != other + distance`
    Apart,
}

/// Ways into regions that are told apart at once.
const MAX_WAYS: usize = 2;

/// Where values are taken: in a block, and, if regions above it are told apart by how control came into them, behind
/// the last blocks of those ways. No loop is entered or gone around meanwhile, so that what held there holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) block: Block,
    ways: [Block; MAX_WAYS],
}

impl Place {
    pub(super) fn of(block: Block) -> Place {
        Place { block, ways: [Block::NONE; MAX_WAYS] }
    }

    /// The same, where control came into a region by way of a block.
    pub(super) fn by_way_of(self, way: Block) -> Place {
        Place { block: self.block, ways: [way, self.ways[0]] }
    }
}

/// A relation of the base of a term, where it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    of: NodeId,
    pub(super) relation: Relation,
    pub(super) other: Option<NodeId>,
    pub(super) distance: i128,
    /// The sum or difference that must not wrap for this to hold.
    pub(super) provided: Option<NodeId>,
    /// The subtree of the dominator tree.
    interval: (u32, u32),
    /// The innermost bound of the value around this one.
    outer: Option<usize>,
}

/// From a place in the walk over the dominator tree up to the next one, the innermost bound of a value.
struct Change {
    of: NodeId,
    place: u32,
    innermost: Option<usize>,
}

/// All conditions as one domain reads them.
pub(super) struct Conditions<'a> {
    known: &'a Known<'a>,
    pub(super) domain: Domain,
    terms: Terms<'a>,
    bounds: Vec<Bound>,
    /// By value and place.
    changes: Vec<Change>,
    /// The phis of loops that there are bounds of, by loop.
    tested: Vec<(NodeId, NodeId)>,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(known: &'a Known<'a>, domain: Domain) -> Conditions<'a> {
        let terms = Terms::new(known, domain);
        let (bounds, changes, tested) = (Vec::new(), Vec::new(), Vec::new());
        let mut conditions = Conditions { known, domain, terms, bounds, changes, tested };
        let (graph, latest) = (known.graph, known.latest);
        for block in latest.cfg.blocks() {
            let head = latest.cfg.head(block);
            if !graph.is(head, Op::Proj) || !graph.is(graph.input(head, 0), Op::If) {
                continue;
            }
            let (condition, truth) = (graph.input(graph.input(head, 0), 1), graph.payload(head) == 0);
            let branch = Branch { known, condition, truth, interval: latest.dominators.interval(block) };
            conditions.take_apart(&branch, condition, truth, MAX_DEPTH);
            conditions.follow_only_way(&branch);
        }
        conditions.order();
        conditions
    }

    /// Once all bounds are known, makes them be found by value and place.
    fn order(&mut self) {
        // Of the bounds of one place those that were found first are innermost.
        self.bounds.reverse();
        self.bounds.sort_by_key(|bound| (bound.of, bound.interval.0));
        let mut first = 0;
        while first < self.bounds.len() {
            let of = self.bounds[first].of;
            let count = self.bounds[first..].iter().take_while(|bound| bound.of == of).count();
            self.nest(first..first + count);
            let graph = self.known.graph;
            if graph.is(of, Op::Phi) && graph.is(graph.input(of, 0), Op::Loop) {
                self.tested.push((graph.input(of, 0), of));
            }
            first += count;
        }
        self.tested.sort_unstable();
    }

    /// Finds the bounds around each bound of one value, and where they begin and end.
    fn nest(&mut self, range: Range<usize>) {
        let of = self.bounds[range.start].of;
        let mut innermost: Option<usize> = None;
        for index in range {
            let (start, _) = self.bounds[index].interval;
            innermost = self.leave(of, innermost, start);
            self.bounds[index].outer = innermost;
            innermost = Some(index);
            self.changes.push(Change { of, place: start, innermost });
        }
        self.leave(of, innermost, u32::MAX);
    }

    /// The innermost bound at a place further on.
    fn leave(&mut self, of: NodeId, mut innermost: Option<usize>, place: u32) -> Option<usize> {
        while let Some(bound) = innermost.map(|index| self.bounds[index]).filter(|bound| bound.interval.1 < place) {
            innermost = bound.outer;
            self.changes.push(Change { of, place: bound.interval.1 + 1, innermost });
        }
        innermost
    }

    /// What is known of a value in a place.
    pub(super) fn of(&self, value: NodeId, at: Place) -> impl Iterator<Item = &Bound> {
        let here = self.known.latest.dominators.interval(at.block).0;
        let ways = at.ways.into_iter().filter(|way| way.is_some());
        let on_ways = ways.flat_map(move |way| self.in_block(value, way));
        let is_new = move |bound: &&Bound| here < bound.interval.0 || bound.interval.1 < here;
        self.in_block(value, at.block).chain(on_ways.filter(is_new))
    }

    /// What is known of a value in a block.
    fn in_block(&self, value: NodeId, at: Block) -> impl Iterator<Item = &Bound> {
        let place = self.known.latest.dominators.interval(at).0;
        let after = self.changes.partition_point(|change| (change.of, change.place) <= (value, place));
        let change = after.checked_sub(1).map(|last| &self.changes[last]).filter(|change| change.of == value);
        let bound = |index: Option<usize>| index.map(|index| &self.bounds[index]);
        let innermost = change.and_then(|change| bound(change.innermost));
        std::iter::successors(innermost, move |inner| bound(inner.outer)).take(MAX_BOUNDS)
    }

    /// The phis of a loop that some branch says something of: the first few.
    pub(super) fn tested_phis(&self, region: NodeId) -> impl Iterator<Item = NodeId> {
        let first = self.tested.partition_point(|pair| pair.0 < region);
        let of_loop = self.tested[first..].iter().take_while(move |pair| pair.0 == region);
        of_loop.map(|pair| pair.1).take(MAX_PHIS)
    }

    pub(super) fn term(&self, value: Option<NodeId>) -> Term {
        self.terms.of(value)
    }

    /// Where a condition is a phi, as `a && b` makes it, and all ways but one give it the other outcome, control came
    /// that way: what held there holds.
    fn follow_only_way(&mut self, branch: &Branch) {
        let Branch { known, condition, truth, .. } = *branch;
        let (graph, latest) = (known.graph, known.latest);
        let phi = strip_pi(graph, condition);
        if !graph.is(phi, Op::Phi) || !graph.is(graph.input(phi, 0), Op::Region) {
            return;
        }
        let region = graph.input(phi, 0);
        let may_be = |&way: &usize| {
            let excluded = graph.constant(graph.input(phi, way + 1)) == Some(u64::from(!truth));
            known.is_reachable(graph.input(region, way)) && !excluded
        };
        let mut ways = (0..graph.num_inputs(region)).filter(may_be);
        let (Some(way), None) = (ways.next(), ways.next()) else { return };
        self.take_apart(branch, graph.input(phi, way + 1), truth, MAX_DEPTH);
        let end = latest.dominators.immediate(latest.cfg.block_of(region));
        let mut block = latest.cfg.block_of(graph.input(region, way));
        for _ in 0..MAX_BLOCKS {
            if block == end || block == Block::ENTRY {
                break;
            }
            let head = latest.cfg.head(block);
            if graph.is(head, Op::Proj) && graph.is(graph.input(head, 0), Op::If) {
                let outcome = graph.payload(head) == 0;
                self.take_apart(branch, graph.input(graph.input(head, 0), 1), outcome, MAX_DEPTH);
            }
            block = latest.dominators.immediate(block);
        }
    }

    fn take_apart(&mut self, branch: &Branch, condition: NodeId, mut truth: bool, depth: u32) {
        let graph = branch.known.graph;
        let mut condition = strip_pi(graph, condition);
        while graph.is(condition, Op::Xor) && graph.constant(graph.input(condition, 1)) == Some(1) {
            condition = strip_pi(graph, graph.input(condition, 0));
            truth = !truth;
        }
        let op = graph.op(condition);
        let both_hold = op == Op::And && truth || op == Op::Or && !truth;
        if both_hold && depth > 0 && graph.ty(condition) == Type::I1 {
            graph.inputs(condition).for_each(|side| self.take_apart(branch, side, truth, depth - 1));
        } else if op.is_int_compare() {
            let (left, right) = (graph.input(condition, 0), graph.input(condition, 1));
            let ty = graph.ty(left);
            if ty.is_int() && ty.bits() <= 64 {
                self.compare(branch, (op, truth), (left, right));
            }
        }
    }

    fn compare(&mut self, branch: &Branch, outcome: (Op, bool), (a, b): (NodeId, NodeId)) {
        // The lesser side, the greater one, and by how much they are apart at least.
        let (low, high, gap) = match outcome {
            (Op::Eq, true) | (Op::Ne, false) => {
                self.below(branch, a, b, 0);
                self.below(branch, b, a, 0);
                return;
            }
            (Op::Eq, false) | (Op::Ne, true) => {
                self.add(branch, Relation::Apart, a, b, 0);
                self.add(branch, Relation::Apart, b, a, 0);
                return;
            }
            (Op::Slt | Op::Ult, true) => (a, b, 1),
            (Op::Slt | Op::Ult, false) => (b, a, 0),
            (_, true) => (a, b, 0),
            (_, false) => (b, a, 1),
        };
        // If the lesser is not negative as signed, or the greater one of unsigned numbers, neither is.
        let said_of = if matches!(outcome.0, Op::Slt | Op::Sle) { Domain::Signed } else { Domain::Unsigned };
        let agree = branch.known.int(if said_of == Domain::Signed { low } else { high }).is_non_negative();
        if said_of == self.domain || agree {
            self.below(branch, low, high, gap);
        }
    }

    /// `a <= b - gap`
    fn below(&mut self, branch: &Branch, a: NodeId, b: NodeId, gap: i128) {
        self.add(branch, Relation::Below, a, b, -gap);
        self.add(branch, Relation::Above, b, a, gap);
    }

    /// `of` is in the relation to `other + distance`.
    fn add(&mut self, branch: &Branch, relation: Relation, of: NodeId, other: NodeId, distance: i128) {
        let known = branch.known;
        let mut term = self.term(Some(of));
        // Below `i - 1 < n` as unsigned numbers, `i - 1` does not wrap.
        if let Some((value, step)) = term.base.and_then(|base| branch.origin(self.domain, base)) {
            let inner = self.term(Some(value));
            term = Term { distance: term.distance + step + inner.distance, ..inner };
        }
        if let Some(base) = term.base {
            let distance = distance - term.distance;
            let (other, interval) = (Some(other), branch.interval);
            let distance = distance + self.tightening(relation, &term, other, distance);
            let bound = Bound { of: base, relation, other, distance, provided: None, interval, outer: None };
            self.bounds.push(bound);
            self.add_difference(known, bound);
            self.add_sum(known, bound);
            self.add_choice(known, bound);
            self.add_wrapped(known, bound);
        }
    }
}

impl Conditions<'_> {
    /// What makes the distance narrower that a value has at most or at least from another one, if all differences of the
    /// two are multiples, and something more.
    fn tightening(&self, relation: Relation, of: &Term, other: Option<NodeId>, distance: i128) -> i128 {
        let other = self.term(other);
        let modulus = gcd(of.congruence.0, other.congruence.0);
        if modulus <= 1 {
            return 0;
        }
        let excess = distance + other.distance - (of.congruence.1 - other.congruence.1);
        match relation {
            Relation::Below => -excess.rem_euclid(modulus),
            Relation::Above => (-excess).rem_euclid(modulus),
            _ => 0,
        }
    }
}

impl Conditions<'_> {
    /// A difference that is below or above a constant relates what it is the difference of.
    fn add_difference(&mut self, known: &Known, bound: Bound) {
        let graph = known.graph;
        let limit = self.term(bound.other);
        if !graph.is(bound.of, Op::Sub) || limit.base.is_some() || bound.relation == Relation::Apart {
            return;
        }
        let provided = self.unless_exact(known, bound.of);
        let distance = bound.distance + limit.distance;
        let (a, b) = (graph.input(bound.of, 0), graph.input(bound.of, 1));
        let opposite = if bound.relation == Relation::Below { Relation::Above } else { Relation::Below };
        for (relation, of, other, distance) in [(bound.relation, a, b, distance), (opposite, b, a, -distance)] {
            let term = self.term(Some(of));
            if let Some(base) = term.base {
                let distance = distance - term.distance;
                self.bounds.push(Bound { of: base, relation, other: Some(other), distance, provided, ..bound });
            }
        }
    }

    /// A sum that is below or above something relates each of the values that it is of, by the range of the other.
    fn add_sum(&mut self, known: &Known, bound: Bound) {
        let graph = known.graph;
        if !graph.is(bound.of, Op::Add) || !matches!(bound.relation, Relation::Below | Relation::Above) {
            return;
        }
        let (a, b) = (graph.input(bound.of, 0), graph.input(bound.of, 1));
        if graph.is(b, Op::Const) {
            return;
        }
        let provided = self.unless_exact(known, bound.of);
        for (kept, added) in [(a, b), (b, a)] {
            let (term, (low, high)) = (self.term(Some(kept)), self.domain.bounds(&known.int(added)));
            let added = if bound.relation == Relation::Below { low } else { high };
            let (least, greatest) = self.domain.bounds(&IntFact::full(graph.ty(kept)));
            if let Some(base) = term.base.filter(|_| added != least || least == 0)
                && added != greatest
            {
                let distance = bound.distance - added - term.distance;
                self.bounds.push(Bound { of: base, distance, provided, ..bound });
            }
        }
    }

    /// The sum or difference itself, if it may wrap.
    fn unless_exact(&self, known: &Known, node: NodeId) -> Option<NodeId> {
        (!known.graph.flags(node).has(self.domain.exact())).then_some(node)
    }
}

impl Conditions<'_> {
    /// Where a maximum is below something, so are the values that it is of; and for minima above.
    fn add_choice(&mut self, known: &Known, bound: Bound) {
        let graph = known.graph;
        let op = graph.op(bound.of);
        let is_of_all = match bound.relation {
            Relation::Below => matches!(op, Op::SMax | Op::UMax),
            Relation::Above => matches!(op, Op::SMin | Op::UMin),
            _ => false,
        };
        if !is_of_all {
            return;
        }
        let compared = if matches!(op, Op::SMin | Op::SMax) { Domain::Signed } else { Domain::Unsigned };
        if compared == self.domain || graph.inputs(bound.of).all(|input| known.int(input).is_non_negative()) {
            for input in graph.inputs(bound.of) {
                let term = self.term(Some(input));
                if let Some(base) = term.base {
                    self.bounds.push(Bound { of: base, distance: bound.distance - term.distance, ..bound });
                }
            }
        }
    }

    /// Where `x - k` is above something, `x` is more by `k`, or less than `k`.
    fn add_wrapped(&mut self, known: &Known, bound: Bound) {
        let graph = known.graph;
        if self.domain == Domain::Signed || bound.relation != Relation::Above || !graph.is(bound.of, Op::Add) {
            return;
        }
        let Some(addend) = graph.constant(graph.input(bound.of, 1)) else { return };
        let step = i128::from(graph.ty(bound.of).mask()) + 1 - i128::from(addend);
        let term = self.term(Some(graph.input(bound.of, 0)));
        if let Some(base) = term.base {
            let distance = bound.distance + step - term.distance;
            self.bounds.push(Bound {
                of: base,
                relation: Relation::AboveOrLess(step - term.distance),
                distance,
                ..bound
            });
        }
    }
}

/// A branch, one of its outcomes, and where that holds.
struct Branch<'a> {
    known: &'a Known<'a>,
    condition: NodeId,
    truth: bool,
    interval: (u32, u32),
}

impl Branch<'_> {
    /// What a sum is more than by a constant, if it does not wrap because of the condition.
    fn origin(&self, domain: Domain, sum: NodeId) -> Option<(NodeId, i128)> {
        let graph = self.known.graph;
        if domain == Domain::Signed || !graph.is(sum, Op::Add) {
            return None;
        }
        let (value, addend) = (graph.input(sum, 0), graph.constant(graph.input(sum, 1))?);
        let facts = |node: NodeId| self.known.fact(node);
        let implied = refine::implied(graph, &facts, self.condition, self.truth, value).int(graph.ty(sum))?;
        let step = i128::from(graph.ty(sum).mask()) + 1 - i128::from(addend);
        (i128::from(implied.unsigned.0) >= step).then_some((value, -step))
    }
}
