//! Combined conditional constant propagation over ranges, known bits, nullness and reachability.
//!
//! **What:** Assumes that nothing is executed and no node has a value, until shown otherwise; what survives is
//! replaced: values by constants, decided branches by jumps, never-taken cases go, loops' phis keep what is
//! known of them, and operations get the flags and the unsigned forms that their ranges allow.
//!
//! **Why:** Facts that hold all around a loop, or only as long as a branch is not taken, cannot be found by
//! starting from "anything" (Click and Cooper, "Combining analyses, combining optimizations", 1995).
//!
//! **Algorithm:** Wegman and Zadeck (1991) on the graph of nodes, with facts in place of single constants:
//! values that branches tell something about are refined by [`pi`](crate::pi) for the duration of the pass.
//! Phis of loops are widened after a few rounds (Cousot and Cousot, 1977), and descending rounds win back
//! what widening lost.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the rules.
//!
//! Once facts are found, [relations](crate::relations) between unknown values decide what no range does.
//!
//! **Does not try:** memory.
//!
//! **Tests:** `tests/files/sccp`, `passes/tests/optimizer/sccp.rs`; proofs against all inputs in
//! `tests/tests/relations.rs`.

use crate::context::Context;
use crate::kept::Kept;
use crate::memory::slices;
use crate::placement::Latest;
use crate::relations::{self, Known};
use crate::worklist::Worklist;
use crate::{control, linear, pi, strengthen};
use smallvec::SmallVec;
use son_ir::facts::{self, Fact, PointerFact, refine};
use son_ir::{Function, Graph, Module, NodeFlags, NodeId, Op, SwitchTable, SymbolId, Type};

/// Changes of a loop's phi before it is widened.
const ROUNDS: u8 = 3;
/// Users of a loop's phi that are looked at for what it is compared with.
const MAX_USERS: usize = 16;
/// Cases that are compared one after the other, instead of looked up.
const MAX_COMPARED: usize = 3;
/// Rounds that win back what widening lost.
const NARROWING_ROUNDS: u32 = 3;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    if context.keep_proven_checks {
        linear::linearize(function);
    }
    let graph = &mut function.graph;
    let (pis, latest) = pi::insert(graph);
    let mut solver = Solver::new(graph, context.module, &pis, context.seed);
    solver.solve(graph);
    context.count("pis", pis.len() as u64);
    context.count("evaluations", solver.evaluations);
    let Solver { facts, reachable, order, .. } = solver;
    graph.hold();
    let mut kept = Kept::default();
    if let (Some(latest), true) = (&latest, context.keep_proven_checks) {
        keep_decided(graph, &reachable, latest, &mut kept);
    }
    replace_constants(graph, &facts, context);
    strengthen::apply(graph, &facts, context);
    if let Some(latest) = &latest {
        let found = relations::find(&Known { graph, facts: &facts, reachable: &reachable, latest, order: &order });
        if context.keep_proven_checks {
            found.decided.iter().for_each(|decided| decided.keep(graph, latest, &mut kept));
        }
        context.count("goals", found.goals);
        relations::replace(graph, &found.decided, context);
        found.exact.iter().for_each(|&node| strengthen::add_flags(graph, node, NodeFlags::NUW, context));
        kept.insert(graph);
        context.count("kept", kept.len() as u64);
    }
    record_loops(graph, &facts);
    remove_unreachable(graph, &reachable, context);
    control::exit_endless_loops(graph);
    pi::remove(graph, &pis);
    graph.release();
    if context.keep_proven_checks {
        slices::run(function, context);
    }
}

struct Solver<'m> {
    module: &'m Module,
    facts: Vec<Fact>,
    /// Of control nodes and tuples: may they be executed?
    reachable: Vec<bool>,
    rounds: Vec<u8>,
    worklist: Worklist,
    /// What is compared in the branches of pis, with the pis: sorted.
    compared: Vec<(NodeId, NodeId)>,
    order: Vec<NodeId>,
    /// What widening may have made too wide, and all that is to be narrowed because of it.
    wide: Vec<bool>,
    evaluations: u64,
}

impl<'m> Solver<'m> {
    fn new(graph: &Graph, module: &'m Module, pis: &[NodeId], seed: u64) -> Solver<'m> {
        let order = graph.post_order();
        Solver {
            module,
            facts: vec![Fact::Never; graph.len()],
            reachable: vec![false; graph.len()],
            rounds: vec![0; graph.len()],
            worklist: Worklist::seeded(graph, order.clone(), seed),
            compared: pi::compared(graph, pis),
            order,
            wide: vec![false; graph.len()],
            evaluations: 0,
        }
    }

    fn solve(&mut self, graph: &Graph) {
        loop {
            while let Some(node) = self.worklist.pop() {
                self.evaluations += 1;
                self.evaluate(graph, node);
            }
            if !self.decide_poison(graph) {
                break;
            }
        }
        self.narrow(graph);
    }

    fn evaluate(&mut self, graph: &Graph, node: NodeId) {
        let ty = graph.ty(node);
        if ty == Type::CTRL || ty == Type::TUPLE {
            self.evaluate_control(graph, node);
        } else if ty.is_data() {
            let old = self.facts[node.index()];
            let new = self.transfer(graph, node);
            let mut joined = old.join(&new, ty);
            if joined == old {
                return;
            }
            if is_loop_phi(graph, node) {
                let rounds = &mut self.rounds[node.index()];
                *rounds = rounds.saturating_add(1);
                if *rounds > ROUNDS {
                    joined = old.widen(&joined, ty, &thresholds(graph, node));
                    self.wide[node.index()] = true;
                }
            }
            self.facts[node.index()] = joined;
            self.push_users(graph, node);
        }
    }

    fn push_users(&mut self, graph: &Graph, node: NodeId) {
        graph.users(node).for_each(|user| self.worklist.push(user));
        pis_of(&self.compared, node).for_each(|pi| self.worklist.push(pi));
    }

    fn evaluate_control(&mut self, graph: &Graph, node: NodeId) {
        let reached = match graph.op(node) {
            Op::Start => true,
            Op::Region | Op::Loop | Op::Stop => graph.inputs(node).any(|input| self.reachable[input.index()]),
            Op::Proj => self.takes(graph, graph.input(node, 0), graph.payload(node)),
            _ => self.reachable[graph.input(node, 0).index()],
        };
        if !reached {
            return;
        }
        let first = !std::mem::replace(&mut self.reachable[node.index()], true);
        // Phis see each further way into a region; projections of a branch see its condition.
        if first || matches!(graph.op(node), Op::Region | Op::Loop | Op::If | Op::Switch) {
            self.push_users(graph, node);
        }
    }

    /// May control leave a tuple by this projection?
    fn takes(&self, graph: &Graph, tuple: NodeId, projection: u64) -> bool {
        if !self.reachable[tuple.index()] {
            return false;
        }
        match graph.op(tuple) {
            Op::If => match self.facts[graph.input(tuple, 1).index()] {
                Fact::Never => false,
                fact => fact.as_constant().is_none_or(|bits| (projection == 0) == (bits == 1)),
            },
            Op::Switch => self.takes_case(graph, tuple, projection),
            _ => true,
        }
    }

    fn takes_case(&self, graph: &Graph, branch: NodeId, projection: u64) -> bool {
        let ty = graph.ty(graph.input(branch, 1));
        let fact = self.facts[graph.input(branch, 1).index()];
        let Some(known) = fact.int(ty) else { return false };
        let table = graph.switch_table(branch);
        if projection > 0 {
            let value = table.values[projection as usize - 1];
            return fact == Fact::Any || known.contains(ty, value);
        }
        let (low, high) = known.unsigned;
        let count = table.values.len() as u64;
        // All values have a case only if there are as many cases as values.
        high - low >= count
            || table.values.iter().filter(|value| (low..=high).contains(value)).count() as u64 <= high - low
    }

    fn transfer(&self, graph: &Graph, node: NodeId) -> Fact {
        match graph.op(node) {
            Op::Phi => {
                let region = graph.input(node, 0);
                let ways = graph.inputs(region).zip(graph.inputs(node).skip(1));
                let taken = ways.filter(|(control, _)| self.reachable[control.index()]);
                let ty = graph.ty(node);
                taken.fold(Fact::Never, |fact, (_, value)| fact.join(&self.facts[value.index()], ty))
            }
            Op::SymbolAddr if !self.module.symbol(SymbolId(graph.payload(node) as u32)).may_be_null() => {
                facts::transfer(graph, node).meet(&Fact::Pointer(PointerFact::NON_NULL), Type::PTR)
            }
            Op::Pi if !self.reachable[graph.input(node, 0).index()] => Fact::Never,
            _ => facts::transfer_with(graph, node, &|input| self.facts[input.index()]),
        }
    }

    /// Branches on values that are always poison may go anywhere; they are taken to go both ways. Were there
    /// any that are reached?
    fn decide_poison(&mut self, graph: &Graph) -> bool {
        let mut found = false;
        for index in 0..self.order.len() {
            let node = self.order[index];
            if !matches!(graph.op(node), Op::If | Op::Switch) || !self.reachable[node.index()] {
                continue;
            }
            let condition = graph.input(node, 1);
            if self.facts[condition.index()] == Fact::Never {
                self.facts[condition.index()] = Fact::Any;
                self.push_users(graph, condition);
                found = true;
            }
        }
        found
    }

    /// Rounds from a solution towards a narrower one: what follows from a solution is one.
    fn narrow(&mut self, graph: &Graph) {
        for _ in 0..NARROWING_ROUNDS {
            for index in 0..self.order.len() {
                let node = self.order[index];
                if !std::mem::replace(&mut self.wide[node.index()], false) {
                    continue;
                }
                let (old, ty) = (self.facts[node.index()], graph.ty(node));
                if !ty.is_data() || old == Fact::Never {
                    continue;
                }
                self.evaluations += 1;
                let new = old.meet(&self.transfer(graph, node), ty);
                if new != old {
                    self.facts[node.index()] = new;
                    graph.users(node).for_each(|user| self.wide[user.index()] = true);
                    pis_of(&self.compared, node).for_each(|pi| self.wide[pi.index()] = true);
                }
            }
        }
    }
}

/// What a loop's phi, or what becomes of it, is compared with; and the numbers beside, since a loop may be left on
/// either side. And the greatest numbers of which its sums with constants do not wrap.
fn thresholds(graph: &Graph, phi: NodeId) -> SmallVec<[i64; 8]> {
    let mut found = SmallVec::new();
    if !graph.ty(phi).is_int() || graph.ty(phi).bits() > 64 {
        return found;
    }
    for value in [phi, refine::strip_pi(graph, graph.input(phi, 2))] {
        let pis = graph.users(value).take(MAX_USERS).filter(|&user| graph.is(user, Op::Pi));
        for refined in std::iter::once(value).chain(pis) {
            let users = graph.users(refined).take(MAX_USERS);
            for user in graph.users(refined).take(MAX_USERS).filter(|&user| graph.is(user, Op::Add)) {
                let added = graph.signed_constant(graph.input(user, 1)).filter(|&added| added > 0);
                found.extend(added.map(|added| -1 - added));
            }
            for compare in users.filter(|&user| graph.op(user).is_int_compare()) {
                let limit = graph.signed_constant(graph.input(compare, 1));
                found.extend(limit.into_iter().flat_map(|limit| [limit.saturating_sub(1), limit]));
            }
        }
    }
    found
}

/// The pis whose branches compare the node.
fn pis_of(compared: &[(NodeId, NodeId)], node: NodeId) -> impl Iterator<Item = NodeId> {
    let first = compared.partition_point(|pair| pair.0 < node);
    compared[first..].iter().take_while(move |pair| pair.0 == node).map(|pair| pair.1)
}

fn is_loop_phi(graph: &Graph, node: NodeId) -> bool {
    graph.is(node, Op::Phi) && graph.is(graph.input(node, 0), Op::Loop)
}

fn replace_constants(graph: &mut Graph, facts: &[Fact], context: &mut Context) {
    for (index, fact) in facts.iter().enumerate() {
        let node = NodeId::new(index);
        let Some(bits) = fact.as_constant() else { continue };
        let ty = graph.ty(node);
        if !graph.is_live(node) || graph.is_unused(node) || graph.is(node, Op::Const) || !context.spend() {
            continue;
        }
        let constant = if ty.is_float() { graph.fconst(ty, bits) } else { graph.iconst(ty, bits) };
        graph.replace(node, constant);
        context.count("constants", 1);
    }
}

/// Phis of loops keep what was found.
fn record_loops(graph: &mut Graph, facts: &[Fact]) {
    for (index, fact) in facts.iter().enumerate() {
        let node = NodeId::new(index);
        if graph.is_live(node) && graph.ty(node).is_data() && is_loop_phi(graph, node) && *fact != Fact::Never {
            graph.set_fact(node, *fact);
        }
    }
}

/// The only way that a branch takes.
fn only_way(graph: &Graph, branch: NodeId, reachable: &[bool]) -> Option<u64> {
    let mut taken = graph.users(branch).filter(|proj| reachable[proj.index()]).map(|proj| graph.payload(proj));
    taken.next().filter(|_| taken.next().is_none())
}

/// Keeps the branches that are decided as checks.
fn keep_decided(graph: &mut Graph, reachable: &[bool], latest: &Latest, kept: &mut Kept) {
    for index in 0..reachable.len() {
        let node = NodeId::new(index);
        if !reachable[index] || !graph.is_live(node) {
            continue;
        }
        let head = |node: NodeId| latest.cfg.head(latest.cfg.block_of(node));
        match graph.op(node) {
            Op::If => {
                if let Some(way) = only_way(graph, node, reachable) {
                    kept.condition(graph, head(node), graph.input(node, 1), way == 0);
                }
            }
            Op::Switch => {
                let dead = graph.users(node).filter(|proj| !reachable[proj.index()]).map(|proj| graph.payload(proj));
                for case in dead.filter(|&case| case > 0).collect::<Vec<_>>() {
                    let value = graph.switch_table(node).values[case as usize - 1];
                    kept.not_equal(graph, head(node), graph.input(node, 1), value);
                }
            }
            _ => {}
        }
    }
}

/// Removes ways that are never taken.
fn remove_unreachable(graph: &mut Graph, reachable: &[bool], context: &mut Context) {
    for index in 0..reachable.len() {
        let node = NodeId::new(index);
        if !reachable[index] || !graph.is_live(node) {
            continue;
        }
        match graph.op(node) {
            Op::If => {
                if let Some(way) = only_way(graph, node, reachable)
                    && context.spend()
                {
                    control::take(graph, node, way);
                    context.count("branches", 1);
                }
            }
            Op::Switch => prune_switch(graph, node, reachable, context),
            _ => {}
        }
    }
}

/// Drops the cases of a switch that cannot be.
fn prune_switch(graph: &mut Graph, branch: NodeId, reachable: &[bool], context: &mut Context) {
    let mut projections: Vec<(u64, NodeId)> = graph.users(branch).map(|proj| (graph.payload(proj), proj)).collect();
    projections.sort_unstable();
    let dead = |&(number, proj): &(u64, NodeId)| number > 0 && !reachable[proj.index()];
    let default = projections.first().copied().filter(|way| way.0 == 0);
    let no_default = default.filter(|&(_, proj)| !reachable[proj.index()] && !control::is_never_taken(graph, proj));
    let alive = projections.iter().filter(|(_, proj)| reachable[proj.index()]).count();
    if alive == 1 && context.spend() {
        let way = projections.iter().find(|(_, proj)| reachable[proj.index()]);
        control::take(graph, branch, way.map_or(0, |way| way.0));
        return;
    }
    if no_default.is_none() && !projections.iter().any(dead) || !context.spend() {
        return;
    }
    let table = graph.switch_table(branch);
    let mut pruned = SwitchTable { values: Vec::new(), weights: table.weights.iter().take(1).copied().collect() };
    let mut kept = Vec::new();
    for &(number, proj) in projections.iter().filter(|way| way.0 > 0 && !dead(way)) {
        pruned.values.push(table.values[number as usize - 1]);
        pruned.weights.extend(table.weights.get(number as usize));
        kept.push(proj);
    }
    for &(_, proj) in projections.iter().filter(|way| dead(way)) {
        graph.kill_control(proj);
    }
    if let Some((_, proj)) = no_default {
        graph.kill_control(proj);
        if kept.len() <= MAX_COMPARED {
            // The last one need not be compared.
            pruned.values.pop();
            pruned.weights.pop();
            kept.pop().into_iter().for_each(|last| graph.set_payload(last, 0));
        } else {
            control::add_never_taken_way(graph, branch, 0);
        }
    }
    let payload = graph.tables_mut().add_switch(pruned);
    graph.set_payload(branch, payload);
    kept.into_iter().enumerate().for_each(|(i, proj)| graph.set_payload(proj, i as u64 + 1));
    context.count("cases", 1);
}
