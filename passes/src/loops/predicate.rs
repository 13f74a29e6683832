//! Loop predication: guards that hold in each iteration are one guard ahead of the loop.
//!
//! **What:** `for (i = a; i < b; i++) { guard(i <u n); .. }` becomes `guard(a <u n && b - 1 <u n)` and a loop without
//! guard. **Why:** a guard in a loop is tested in each iteration, keeps alive what its state names, and reads all of
//! memory; one ahead of the loop is tested once.
//!
//! **Algorithm:** as C2's loop predication and Graal's speculative guard movement. A condition that does not change in the
//! loop moves as it is; a compare or a test for overflow of linear expressions of counters holds everywhere if it holds at
//! both ends (`ends.rs`). The new guard fails for any iteration, even for one that the loop may not come to: code that
//! goes on at a state before does what is right for all. So there has to be a state that describes the frame ahead of
//! the loop: that of the first guard or safepoint of an iteration, with what it names as it is in the first one, if
//! nothing before it in the loop changes memory; or that of a guard or safepoint above the loop since which nothing did.
//! Where the first iteration may leave the loop ahead of the state's place, the new guard is passed by
//! if it does.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** guards that not every iteration executes, steps that are not constant, limits by `!=`.
//!
//! **Tests:** `tests/files/predicate`, `tests/src/predication.rs`.

use super::ends::{AtEnds, Exit};
use super::outside::Outside;
use crate::context::Context;
use crate::kept::Kept;
use crate::linear;
use crate::memory::slices;
use crate::places::Places;
use smallvec::SmallVec;
use son_ir::analysis::{Block, Dominators, LoopId};
use son_ir::facts::refine::strip_pi;
use son_ir::{AliasClass, Function, Graph, Inputs, NodeId, Op, Type, Weights};

/// How many nodes of control ahead of a loop are looked at for a state.
const MAX_ABOVE: usize = 16;
/// Most conditions of a guard that are looked at.
const MAX_CONDITIONS: usize = 16;
/// How often a first iteration leaves the loop ahead of a guard.
const RARELY: Weights = Weights { on_true: 1, on_false: 127 };

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    if !context.keep_proven_checks {
        context.made(predicate(&mut function.graph, None));
        return;
    }
    linear::linearize(function);
    let mut kept = Kept::default();
    context.made(predicate(&mut function.graph, Some(&mut kept)));
    kept.insert(&mut function.graph);
    slices::run(function, context);
}

/// Moves guards out of loops, inner loops first. Returns how many moved, wholly or in part.
fn predicate(graph: &mut Graph, kept: Option<&mut Kept>) -> usize {
    let mut places = Places::new(graph);
    let dominators = Dominators::new(&places.cfg);
    graph.hold();
    let saved = graph.current_origin();
    let mut moved = Vec::new();
    for of in places.loops.all().rev() {
        if let Some(control) = predicate_one(graph, &places, &dominators, of, &mut moved) {
            put_ahead(graph, &mut places, &dominators, of, control);
        }
    }
    if let Some(kept) = kept {
        for moved in &moved {
            let head = places.cfg.head(moved.block);
            moved.conditions.iter().for_each(|&(condition, outcome)| kept.condition(graph, head, condition, outcome));
        }
    }
    graph.set_origin(saved);
    graph.release();
    moved.len()
}

/// What a guard does not test any more.
struct Moved {
    block: Block,
    conditions: Vec<(NodeId, bool)>,
}

/// The new guard of a loop: the control behind it.
fn predicate_one(
    graph: &mut Graph,
    places: &Places,
    dominators: &Dominators,
    of: LoopId,
    moved: &mut Vec<Moved>,
) -> Option<NodeId> {
    let mut outside = Outside::new(graph, places, dominators, of);
    let guards = guards(&outside);
    let &(first, _) = guards.first()?;
    outside.graph.set_origin(outside.graph.origin(first));
    let exits = exits(&outside);
    let parts: Vec<Parts> =
        guards.iter().map(|&(guard, block)| take_apart(&mut outside, &exits, guard, block)).collect();
    if parts.iter().all(|parts| parts.ahead.is_empty()) {
        return None;
    }
    let ahead = state_ahead(&mut outside, first)?;
    let graph = &mut *outside.graph;
    let mut condition = graph.iconst(Type::I1, 1);
    for ((guard, block), parts) in guards.into_iter().zip(parts).filter(|(_, parts)| !parts.ahead.is_empty()) {
        for &part in &parts.ahead {
            condition = graph.pure(Op::And, Type::I1, &[condition, part]);
        }
        let stays = conjunction(graph, &parts.stays);
        graph.set_input(guard, 2, stays);
        moved.push(Moved { block, conditions: parts.moved });
    }
    let mut ways: Inputs = SmallVec::new();
    let mut control = graph.input(outside.head, 0);
    for leaves in ahead.leaves {
        let branch = graph.raw(Op::If, Type::TUPLE, RARELY.payload(), &[control, leaves]);
        ways.push(graph.insert_proj(branch, 0, Type::CTRL));
        control = graph.insert_proj(branch, 1, Type::CTRL);
    }
    let guard = graph.raw(Op::Guard, Type::CTRL, 0, &[control, ahead.memory, condition, ahead.state]);
    ways.push(guard);
    Some(if ways.len() == 1 { guard } else { graph.raw(Op::Region, Type::CTRL, 0, &ways) })
}

fn put_ahead(graph: &mut Graph, places: &mut Places, dominators: &Dominators, of: LoopId, control: NodeId) {
    let head = places.cfg.head(places.loops.header(of));
    let before = places.block_of(graph.input(head, 0));
    graph.set_input(head, 0, control);
    let mut made = Vec::new();
    let mut pending = vec![control];
    while let Some(node) = pending.pop() {
        if !places.block_of(node).is_some() && !made.contains(&node) {
            made.push(node);
            pending.extend(graph.inputs(node));
        }
    }
    // Nodes come after their inputs. What is computed may move out of the loops around this one too: it lies as early as
    // it may.
    made.sort_by_key(|node| node.index());
    for node in made {
        let is_value = !matches!(graph.ty(node), Type::CTRL | Type::TUPLE);
        let inputs = graph.inputs(node).map(|input| places.block_of(input));
        let last = inputs.filter(|block| is_value && block.is_some()).max_by_key(|&block| dominators.depth(block));
        places.put(node, last.unwrap_or(if is_value { Block::ENTRY } else { before }));
    }
}

/// The guards that each iteration executes, in the order in which it does, with their blocks.
fn guards(outside: &Outside) -> Vec<(NodeId, Block)> {
    let (graph, places) = (&*outside.graph, outside.places);
    let mut found = Vec::new();
    for &block in places.loops.blocks(outside.of) {
        let is_inner = places.loops.innermost(block) != Some(outside.of);
        if !is_inner && outside.comes_before_next(block) {
            places.cfg.chain(graph, block, |node| {
                let is_open = graph.is(node, Op::Guard) && graph.constant(graph.input(node, 2)).is_none();
                found.extend(is_open.then_some((node, block)));
            });
        }
    }
    found.sort_by_key(|&(_, block)| outside.dominators.depth(block));
    found
}

/// The branches out of a loop.
fn exits(outside: &Outside) -> Vec<Exit> {
    let (graph, places) = (&*outside.graph, outside.places);
    let blocks = places.loops.blocks(outside.of).iter();
    blocks.filter_map(|&block| leaving(graph, outside, places.cfg.end(block), block)).map(|(exit, _)| exit).collect()
}

/// A branch out of the loop, and the side that stays in it.
fn leaving(graph: &Graph, outside: &Outside, branch: NodeId, block: Block) -> Option<(Exit, NodeId)> {
    let sides = graph.is(branch, Op::If).then(|| [0, 1].map(|side| graph.find_proj(branch, side)))?;
    let [yes, no] = [sides[0]?, sides[1]?];
    let stays = match [yes, no].map(|side| outside.has(outside.places.block_of(side))) {
        [true, false] => true,
        [false, true] => false,
        _ => return None,
    };
    let exit = Exit { block, condition: graph.input(branch, 1), stays };
    Some((exit, if stays { yes } else { no }))
}

// ---- Conditions ----

/// The conditions of a guard.
#[derive(Default)]
struct Parts {
    /// What is to be tested ahead of the loop.
    ahead: Vec<NodeId>,
    /// What need not be tested in the loop then.
    moved: Vec<(NodeId, bool)>,
    /// What still has to be.
    stays: Vec<(NodeId, bool)>,
}

fn take_apart(outside: &mut Outside, exits: &[Exit], guard: NodeId, block: Block) -> Parts {
    let mut parts = Parts::default();
    let mut pending: SmallVec<[(NodeId, bool); 8]> = smallvec::smallvec![(outside.graph.input(guard, 2), true)];
    for _ in 0..MAX_CONDITIONS {
        let Some((condition, outcome)) = pending.pop() else { break };
        let graph = &*outside.graph;
        let condition = strip_pi(graph, condition);
        match graph.op(condition) {
            Op::Xor if graph.constant(graph.input(condition, 1)) == Some(1) => {
                pending.push((graph.input(condition, 0), !outcome));
            }
            Op::And if outcome => pending.extend(graph.inputs(condition).map(|part| (part, true))),
            Op::Or if !outcome => pending.extend(graph.inputs(condition).map(|part| (part, false))),
            // Nobody else sees which value it has.
            Op::Freeze if graph.has_one_use(condition) => pending.push((graph.input(condition, 0), outcome)),
            _ => match AtEnds::new(outside, exits, block).always(condition, outcome) {
                Some(always) => {
                    parts.ahead.push(always);
                    parts.moved.push((condition, outcome));
                }
                None => parts.stays.push((condition, outcome)),
            },
        }
    }
    parts.stays.extend(pending);
    parts
}

fn conjunction(graph: &mut Graph, parts: &[(NodeId, bool)]) -> NodeId {
    let mut all = graph.iconst(Type::I1, 1);
    for &(condition, outcome) in parts {
        let negation = graph.iconst(Type::I1, u64::from(!outcome));
        let condition = graph.pure(Op::Xor, Type::I1, &[condition, negation]);
        all = graph.pure(Op::And, Type::I1, &[all, condition]);
    }
    all
}

// ---- States ----

/// A state that describes the frame ahead of a loop, with memory as it is there.
struct Ahead {
    memory: NodeId,
    state: NodeId,
    /// In which cases the state's place is not reached.
    leaves: Vec<NodeId>,
}

fn state_ahead(outside: &mut Outside, guard: NodeId) -> Option<Ahead> {
    state_inside(outside).or_else(|| state_above(outside, guard))
}

/// The memory and the state of a node of control that has one.
fn described(graph: &Graph, control: NodeId) -> Option<(NodeId, NodeId)> {
    match graph.op(control) {
        Op::Guard => Some((graph.input(control, 1), graph.input(control, 3))),
        Op::Safepoint => Some((graph.input(control, 1), graph.input(control, 2))),
        _ => None,
    }
}

/// The first state of an iteration, as it is in the first one.
fn state_inside(outside: &mut Outside) -> Option<Ahead> {
    let mut leaves = Vec::new();
    let mut block = outside.places.loops.header(outside.of);
    loop {
        let (graph, cfg) = (&*outside.graph, &outside.places.cfg);
        let mut found = None;
        cfg.chain(graph, block, |node| found = found.or_else(|| described(graph, node)));
        if let Some((memory, state)) = found {
            let (memory, state) = (outside.first(memory)?, outside.first(state)?);
            return Some(Ahead { memory, state, leaves });
        }
        let (exit, on) = leaving(graph, outside, cfg.end(block), block)?;
        let next = cfg.block_of(on);
        if cfg.head(next) != on {
            return None;
        }
        block = next;
        let condition = outside.first(exit.condition)?;
        let stays = outside.graph.iconst(Type::I1, u64::from(exit.stays));
        let graph = &mut *outside.graph;
        let other = graph.pure(Op::Xor, Type::I1, &[condition, stays]);
        leaves.push(graph.pure(Op::Freeze, Type::I1, &[other]));
    }
}

/// A state above the loop, since which memory did not change.
fn state_above(outside: &Outside, guard: NodeId) -> Option<Ahead> {
    let graph = &*outside.graph;
    let entered = memory_ahead(outside, graph.input(guard, 1))?;
    let mut control = graph.input(outside.head, 0);
    for _ in 0..MAX_ABOVE {
        if let Some((memory, state)) = described(graph, control) {
            return (by_class(graph, memory) == entered).then(|| Ahead { memory, state, leaves: Vec::new() });
        }
        let is_side = graph.is(control, Op::Proj) && graph.is(graph.input(control, 0), Op::If);
        control = graph.input(if is_side { graph.input(control, 0) } else { return None }, 0);
    }
    None
}

/// The slices of a state of memory that differ from all others, by class; the others have class 0.
type Slices = SmallVec<[(AliasClass, NodeId); 6]>;

fn by_class(graph: &Graph, memory: NodeId) -> Slices {
    if !graph.is(memory, Op::MergeMem) {
        return smallvec::smallvec![(AliasClass::ANY, memory)];
    }
    let classes = &graph.tables().merges[graph.payload(memory) as usize];
    let base = graph.input(memory, 0);
    let of_classes = classes.iter().copied().zip(graph.inputs(memory).skip(1));
    let mut found: Slices = std::iter::once((AliasClass::ANY, base)).chain(of_classes).collect();
    found.retain(|&mut (class, slice)| class == AliasClass::ANY || slice != base);
    found
}

/// Memory ahead of the loop, given all of it at a place inside.
fn memory_ahead(outside: &Outside, inside: NodeId) -> Option<Slices> {
    let graph = &*outside.graph;
    let mut found = by_class(graph, inside);
    for (class, slice) in &mut found {
        let is_changed = |&phi: &NodeId| graph.ty(phi) == Type::MEM && graph.payload(phi) == class.0.into();
        *slice = match graph.phis(outside.head).find(is_changed) {
            Some(phi) => graph.input(phi, 1),
            None => outside.invariant(*slice)?,
        };
    }
    let base = found[0].1;
    found.retain(|&mut (class, slice)| class == AliasClass::ANY || slice != base);
    Some(found)
}
