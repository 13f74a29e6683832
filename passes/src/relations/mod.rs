//! Relations between values: `x <= y + c` for unknown `x` and `y`, proven on demand.
//!
//! **What.** Compares, and tests for overflow, that no range decides are decided by what the branches above them say
//! of their operands, and by how the operands are computed: `i < n` and `n <= length` make `i < length`.
//!
//! **Why.** Most checks of bounds are against an unknown length.
//!
//! **Algorithm.** As in ABCD (Bodik, Gupta, Sarkar, 2000) a proof walks differences from one value to the other. Each
//! goal has a place: a block where its values are taken, so that the conditions of all branches that dominate it
//! may be used, whichever values have a `pi` ([`conditions`]). Values are seen as a base and a distance ([`terms`]),
//! ops give bounds of their results ([`structure`](mod@structure)), and phis are proven for each of their ways; for a
//! loop's phi that is induction: on its back edge the goal itself is assumed, and two phis of one loop step together,
//! which proves counters in lockstep and indices that run towards each other. All of it is done once for signed and
//! once for unsigned values, and what wraps has no difference. Where a value steps by a constant, or has known low
//! bits, differences are multiples; and trip counts bound what loops add up ([`trips`]). What are sums of several
//! values on either side is taken apart ([`sums`]), with the factors of products by constants, and so are products and
//! quotients ([`products`]); sums are proven by induction too, for several counters of one loop at once. In a place below
//! a region the ways into it are told apart last: what a branch on the way says holds for as long as the region is not
//! entered again, with what branches further down say ([`Place`]). Bounds of a sum or difference tell of each of its
//! operands, provided that it does not wrap, which is proven where that is needed; sums and differences that do not wrap
//! get flags. A proof is tried with few steps that follow from each other first, and goals that failed are remembered.
//!
//! What holds is said of values that are not poison: of the operands of a compare, of what they are computed from, and
//! of what branches above have tested.
//!
//! **Does not try** linear arithmetic as a whole: each proof has a budget of steps.

mod conditions;
mod products;
mod prove;
mod structure;
mod sums;
mod terms;
mod trips;

use crate::context::Context;
use crate::kept::Kept;
use crate::placement::Latest;
use conditions::{Conditions, Place};
use prove::Prover;
use son_ir::analysis::Block;
use son_ir::analysis::frequency::cold_blocks;
use son_ir::facts::refine::strip_pi;
use son_ir::facts::{Fact, IntFact};
use son_ir::{Graph, NodeFlags, NodeId, Op, OpFlags, Type};
use terms::Domain;

/// What is known of a graph, while no control of it changes.
pub(crate) struct Known<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) facts: &'a [Fact],
    /// Which control nodes may be executed.
    pub(crate) reachable: &'a [bool],
    pub(crate) latest: &'a Latest,
    /// All nodes but constants that were made since, each after its inputs.
    pub(crate) order: &'a [NodeId],
}

impl Known<'_> {
    /// The fact of an integer of up to 64 bits. Nothing is said of what is never executed.
    fn int(&self, node: NodeId) -> IntFact {
        let ty = self.graph.ty(node);
        self.fact(node).int(ty).unwrap_or(IntFact::full(ty))
    }

    fn fact(&self, node: NodeId) -> Fact {
        *self.facts.get(node.index()).unwrap_or(self.graph.fact(node))
    }

    fn is_reachable(&self, control: NodeId) -> bool {
        self.reachable.get(control.index()).copied().unwrap_or(false)
    }

    /// For each node the first block where all that it is computed from is there.
    fn earliest(&self) -> Vec<Block> {
        let Known { graph, latest, .. } = self;
        let mut earliest = vec![Block::ENTRY; graph.len()];
        for &node in self.order {
            let mut block = latest.cfg.block_of(node);
            if !block.is_some() {
                block = Block::ENTRY;
                for input in graph.inputs(node) {
                    let of_input = match latest.cfg.block_of(input) {
                        control if control.is_some() => control,
                        _ => earliest[input.index()],
                    };
                    if of_input.is_some() && latest.dominators.depth(of_input) > latest.dominators.depth(block) {
                        block = of_input;
                    }
                    if graph.is(node, Op::Phi) {
                        break;
                    }
                }
            }
            earliest[node.index()] = block;
        }
        earliest
    }
}

/// What is decided: a value, or one use of it.
pub(crate) struct Decided {
    node: NodeId,
    used: Option<(NodeId, usize)>,
    outcome: bool,
}

impl Decided {
    /// Keeps what was decided as a check, in the blocks whose branches depend on it: there it is no poison.
    pub(crate) fn keep(&self, graph: &mut Graph, latest: &Latest, kept: &mut Kept) {
        let uses: Vec<(NodeId, usize)> = match self.used {
            Some(only) => vec![only],
            None => graph.uses(self.node).collect(),
        };
        for (user, index) in uses {
            let is_branch = |node: NodeId| graph.is(node, Op::If);
            let block = match graph.op(user) {
                Op::If => latest.cfg.block_of(user),
                Op::And | Op::Or | Op::Xor => graph
                    .users(user)
                    .find(|&node| is_branch(node))
                    .map_or(Block::NONE, |node| latest.cfg.block_of(node)),
                Op::Phi => {
                    let merged = latest.cfg.block_of(graph.input(user, 0));
                    let decides = graph.users(user).any(|node| is_branch(node) && latest.cfg.block_of(node) == merged);
                    if decides { latest.use_block(graph, user, index) } else { Block::NONE }
                }
                _ => Block::NONE,
            };
            if block.is_some() {
                kept.condition(graph, latest.cfg.head(block), self.node, self.outcome);
            }
        }
    }
}

/// What relations tell.
#[derive(Default)]
pub(crate) struct Found {
    /// Values of compares and tests for overflow, wherever they are used or in one place.
    pub(crate) decided: Vec<Decided>,
    /// Sums and differences that do not wrap as unsigned numbers.
    pub(crate) exact: Vec<NodeId>,
    /// How many goals proofs had.
    pub(crate) goals: u64,
}

/// Finds what relations decide, if ranges leave anything open.
pub(crate) fn find(known: &Known) -> Found {
    let open: Vec<NodeId> = known.graph.nodes().filter(|&node| is_open(known, node)).collect();
    if open.is_empty() {
        return Found::default();
    }
    let cold = cold_blocks(known.graph, &known.latest.cfg);
    let goals = open.into_iter().map(|node| (node, is_check(known, &cold, node, MAX_JOINED)));
    let goals: Vec<(NodeId, bool)> =
        goals.filter(|&(node, check)| check || !is_of_constant(known.graph, node)).collect();
    if goals.is_empty() {
        return Found::default();
    }
    let earliest = known.earliest();
    let conditions = [Conditions::new(known, Domain::Signed), Conditions::new(known, Domain::Unsigned)];
    let [signed, unsigned] = &conditions;
    let mut provers = [[signed, unsigned], [unsigned, signed]].map(|both| Prover::new(known, &earliest, both));
    let mut found = Found::default();
    let has_checks = goals.iter().any(|goal| goal.1);
    for (node, is_check) in goals {
        provers.iter_mut().for_each(|prover| prover.is_thorough = is_check);
        let latest = known.latest.block_of(node);
        if let Some(outcome) = decide(known, &mut provers, node, latest) {
            found.decided.push(Decided { node, used: None, outcome });
            continue;
        }
        for (user, index) in known.graph.uses(node) {
            let at = known.latest.cfg.block_of(user);
            if known.graph.is(user, Op::If) && at.is_some() && at != latest {
                let outcome = decide(known, &mut provers, node, at);
                found.decided.extend(outcome.map(|outcome| Decided { node, used: Some((user, index)), outcome }));
            }
        }
    }
    provers.iter_mut().for_each(|prover| prover.is_thorough = true);
    let may_wrap = known.graph.nodes().filter(|&node| has_checks && may_wrap(known, node));
    found.exact = may_wrap.filter(|&node| unsigned_proves(&mut provers, known, node)).collect();
    found.goals = provers.iter().map(|prover| prover.goals).sum();
    found
}

/// Is it a sum or difference of unknown values that something would be known of if it did not wrap?
fn may_wrap(known: &Known, node: NodeId) -> bool {
    let (graph, ty) = (known.graph, known.graph.ty(node));
    let tells = |user: NodeId| {
        let op = graph.op(user);
        op.is_int_compare() || matches!(op, Op::UDiv | Op::URem | Op::SDiv | Op::SRem | Op::SExt | Op::ZExt)
    };
    matches!(graph.op(node), Op::Add | Op::Sub)
        && ty.is_int()
        && ty.bits() <= 64
        && !graph.flags(node).has(NodeFlags::NUW)
        && !graph.inputs(node).any(|input| graph.is(input, Op::Const))
        && known.latest.block_of(node).is_some()
        && known.facts.get(node.index()).is_some_and(|fact| *fact != Fact::Never)
        && graph.users(node).any(tells)
}

fn unsigned_proves([_, unsigned]: &mut [Prover; 2], known: &Known, node: NodeId) -> bool {
    unsigned.proves_exact(node, Place::of(known.latest.block_of(node)))
}

/// Replaces what was decided.
pub(crate) fn replace(graph: &mut Graph, decided: &[Decided], context: &mut Context) {
    for &Decided { node, used, outcome } in decided {
        if !graph.is_live(node) || graph.is_unused(node) || !context.spend() {
            continue;
        }
        let constant = graph.iconst(Type::I1, u64::from(outcome));
        match used {
            None => graph.replace(node, constant),
            Some((user, index)) => graph.set_input(user, index, constant),
        }
        context.count("relations", 1);
    }
}

/// Is it a compare with a constant? Ranges know nearly as much of it.
fn is_of_constant(graph: &Graph, node: NodeId) -> bool {
    graph.inputs(node).any(|input| graph.is(input, Op::Const))
}

/// Conditions that one is joined with, until it is taken for a check.
const MAX_JOINED: u32 = 3;

/// Does the value decide whether the program ends? Who wrote that believes that it does not: a proof is worth a long
/// search. Other branches are there because both ways are taken.
fn is_check(known: &Known, cold: &[bool], node: NodeId, joined: u32) -> bool {
    let Known { graph, latest, .. } = known;
    is_overflow_test(graph.op(node))
        || graph.users(node).any(|user| match graph.op(user) {
            Op::If if latest.cfg.block_of(user).is_some() => {
                latest.cfg.successors(latest.cfg.block_of(user)).iter().any(|&block| cold[block.index()])
            }
            Op::And | Op::Or | Op::Xor => joined == 0 || is_check(known, cold, user, joined - 1),
            _ => false,
        })
}

/// Is it a compare of integers, or a test for overflow, that is executed and not decided?
fn is_open(known: &Known, node: NodeId) -> bool {
    let graph = known.graph;
    let op = graph.op(node);
    if !(op.is_int_compare() || is_overflow_test(op)) || graph.is_unused(node) {
        return false;
    }
    let (a, b) = (graph.input(node, 0), graph.input(node, 1));
    let ty = graph.ty(a);
    // Of what is compared with a constant and not computed from anything, ranges know as much.
    let compared = graph.op(strip_pi(graph, a));
    let is_unrelated = graph.is(b, Op::Const) && !(compared.is(OpFlags::SHARED) || compared == Op::Phi);
    ty.is_int()
        && !is_unrelated
        && ty.bits() <= 64
        && known.latest.block_of(node).is_some()
        && known.facts.get(node.index()).is_some_and(|fact| *fact != Fact::Never && fact.as_constant().is_none())
}

/// Does the op tell whether an operation leaves its type?
pub(crate) fn is_overflow_test(op: Op) -> bool {
    matches!(op, Op::SAddOverflow | Op::UAddOverflow | Op::SSubOverflow | Op::USubOverflow)
}

fn decide(known: &Known, [signed, unsigned]: &mut [Prover; 2], node: NodeId, at: Block) -> Option<bool> {
    let graph = known.graph;
    let (a, b) = (graph.input(node, 0), graph.input(node, 1));
    let agree = known.int(a).is_non_negative() && known.int(b).is_non_negative();
    let at = Place::of(at);
    if matches!(graph.op(node), Op::SAddOverflow | Op::UAddOverflow) {
        let prover = if graph.op(node) == Op::SAddOverflow { signed } else { unsigned };
        return prover.proves_fit(a, b, at).then_some(false);
    }
    // Is `x <= y - gap`? The other domain may prove it, if what it says of signs is known.
    let mut below = |is_signed: bool, x: NodeId, y: NodeId, gap: i128| {
        let (own, other) = if is_signed { (&mut *signed, &mut *unsigned) } else { (&mut *unsigned, &mut *signed) };
        own.proves(x, y, -gap, at) || proves_alike(known, other, is_signed, (x, y, -gap), at)
    };
    let mut either = |is_signed: bool, (x, y, gap): (NodeId, NodeId, i128), (u, v, other): (NodeId, NodeId, i128)| {
        if below(is_signed, x, y, gap) { Some(true) } else { below(is_signed, u, v, other).then_some(false) }
    };
    match graph.op(node) {
        Op::Slt => either(true, (a, b, 1), (b, a, 0)),
        Op::Sle => either(true, (a, b, 0), (b, a, 1)),
        Op::Ult => either(false, (a, b, 1), (b, a, 0)),
        Op::Ule => either(false, (a, b, 0), (b, a, 1)),
        Op::USubOverflow => either(false, (a, b, 1), (b, a, 0)),
        Op::SSubOverflow if agree && below(true, b, a, 0) => Some(false),
        op @ (Op::Eq | Op::Ne) => equal([signed, unsigned], (a, b), agree, at).map(|equal| equal == (op == Op::Eq)),
        _ => None,
    }
}

/// Does a prover show `x <= y + c` for the other domain, which is that of signed numbers or not? It does for unsigned
/// numbers if the lesser one is not negative as a signed one, and for signed numbers if the greater one is not.
fn proves_alike(
    known: &Known,
    prover: &mut Prover,
    for_signed: bool,
    (x, y, c): (NodeId, NodeId, i128),
    at: Place,
) -> bool {
    let value = if for_signed { y } else { x };
    if known.int(value).is_non_negative() {
        return prover.proves(x, y, c, at);
    }
    // Nothing but a proof for signed numbers tells more of signs.
    let is_computed = known.graph.op(strip_pi(known.graph, value)).is(OpFlags::SHARED);
    !for_signed && is_computed && prover.proves(x, y, c, at) && prover.proves_not_negative(x, at)
}

/// Are two values the same? Whether they are not negative tells what the domains may prove together.
fn equal(mut provers: [&mut Prover; 2], (a, b): (NodeId, NodeId), agree: bool, at: Place) -> Option<bool> {
    if provers.iter_mut().any(|prover| prover.proves(a, b, -1, at) || prover.proves(b, a, -1, at)) {
        return Some(false);
    }
    let not_above = provers.each_mut().map(|prover| prover.proves(a, b, 0, at));
    if not_above == [false; 2] {
        return None;
    }
    let not_below = provers.each_mut().map(|prover| prover.proves(b, a, 0, at));
    let [signed, unsigned] = [0, 1].map(|domain| not_above[domain] && not_below[domain]);
    (signed || unsigned || agree && not_below != [false; 2]).then_some(true)
}
