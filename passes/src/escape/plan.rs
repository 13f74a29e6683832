//! Which objects become slots, and where those that escape on rare paths move to the heap.

use super::objects::{Kind, Object, Objects, Part};
use crate::context::Context;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::{Block, Schedule};
use son_ir::{Graph, NodeId, Op};

/// An object moves to the heap if that happens less often than it is made, by this factor.
const RARE: f64 = 0.9;

/// Finds the objects, and decides over them. A phi of objects that fails may be another name of them instead of an object
/// of its own, if more of them are slots then.
pub(super) fn best(context: &Context, graph: &Graph, schedule: &Schedule) -> Objects {
    let mut objects = Objects::find(context, graph, schedule, &[]);
    plan(graph, schedule, &mut objects);
    let fails = |object: &&Object| object.phi && object.failed && object.managed.is_none();
    let names: Vec<NodeId> = objects.list.iter().filter(fails).map(|object| object.address).collect();
    if names.is_empty() {
        return objects;
    }
    let slots = |objects: &Objects| objects.list.iter().filter(|object| !object.phi && !object.failed).count();
    let mut others = Objects::find(context, graph, schedule, &names);
    plan(graph, schedule, &mut others);
    if slots(&others) > slots(&objects) { others } else { objects }
}

/// Decides over all objects.
fn plan(graph: &Graph, schedule: &Schedule, objects: &mut Objects) {
    let live: Vec<Vec<Block>> = objects.list.iter().map(|object| live_in(schedule, object)).collect();
    let may_be_null = may_be_null(objects);
    let mut phis: FxHashMap<Block, Vec<usize>> = FxHashMap::default();
    for (at, object) in objects.list.iter().enumerate().filter(|(_, object)| object.phi) {
        phis.entry(object.home).or_default().push(at);
    }
    let planner = Planner { graph, schedule, live, may_be_null, phis };
    // An object fails once, and its points change with what fails.
    for _ in 0..objects.list.len() + 4 {
        let mut changed = false;
        for at in 0..objects.list.len() {
            if objects.list[at].failed {
                continue;
            }
            let points = planner.judge(objects, at);
            let object = &mut objects.list[at];
            changed |= points.as_ref() != Some(&object.points);
            object.failed = points.is_none();
            object.points = points.unwrap_or_default();
        }
        if !changed {
            return planner.tell(objects);
        }
    }
    objects.list.iter_mut().for_each(|object| object.failed = true);
}

/// Which phis may be null.
pub(super) fn may_be_null(objects: &Objects) -> Vec<bool> {
    let mut null = vec![false; objects.list.len()];
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for (at, object) in objects.list.iter().enumerate() {
            let from = object.parts.iter().any(|part| match *part {
                Part::Null => true,
                Part::Object(other) => null[other],
            });
            if from && !null[at] {
                null[at] = true;
                changed = true;
            }
        }
    }
    null
}

/// Blocks at whose start the address is still going to be used, sorted.
fn live_in(schedule: &Schedule, object: &Object) -> Vec<Block> {
    let mut live: Vec<Block> = Vec::new();
    let used = object.uses.iter().filter(|used| used.kind != Kind::Null);
    let mut pending: Vec<Block> = used.map(|used| used.block).collect();
    let mut seen = vec![false; schedule.cfg.len()];
    while let Some(block) = pending.pop() {
        if block == object.home || std::mem::replace(&mut seen[block.index()], true) {
            continue;
        }
        live.push(block);
        pending.extend_from_slice(schedule.cfg.predecessors(block));
    }
    live.sort_unstable();
    live
}

struct Planner<'a> {
    graph: &'a Graph,
    schedule: &'a Schedule,
    live: Vec<Vec<Block>>,
    may_be_null: Vec<bool>,
    /// The phis of each block.
    phis: FxHashMap<Block, Vec<usize>>,
}

impl Planner<'_> {
    /// Notes through what each object escapes.
    fn tell(&self, objects: &mut Objects) {
        for at in 0..objects.list.len() {
            let told = objects.list[at].uses.iter().position(|used| self.escapes(objects, at, used.kind));
            objects.list[at].told = told;
        }
    }

    /// Where the object moves to the heap, `None` if it fails.
    fn judge(&self, objects: &Objects, at: usize) -> Option<Vec<Block>> {
        let object = &objects.list[at];
        let sources_are_fine = match object.old {
            Some(old) => {
                let old = &objects.list[old];
                !old.failed && old.is_moved(self.schedule, object.home).is_none()
            }
            None => self.parts_are_fine(objects, at),
        };
        if !sources_are_fine {
            return None;
        }
        let escapes = object.uses.iter().filter(|used| self.escapes(objects, at, used.kind));
        let mut escapes: SmallVec<[Block; 8]> = escapes.map(|used| used.block).collect();
        if escapes.is_empty() {
            return Some(Vec::new());
        }
        // What moves at all is on the heap wherever another object holds it.
        escapes.extend(object.uses.iter().filter(|used| is_held(objects, used.kind)).map(|used| used.block));
        let movable = !object.pinned
            && object.memory.exact
            && object.old.is_none()
            && !self.may_be_null[at]
            && self.can_be_made(object);
        if movable { self.points(at, object, &escapes) } else { None }
    }

    /// Can each way into a phi give it what its input holds?
    fn parts_are_fine(&self, objects: &Objects, at: usize) -> bool {
        let object = &objects.list[at];
        let ways = self.schedule.cfg.predecessors(object.home);
        object.parts.iter().zip(ways).enumerate().all(|(number, (part, &way))| {
            let Part::Object(part) = *part else { return true };
            // Two phis that take over one object would be two.
            let twice = self.phis[&object.home].iter().any(|&other| {
                let phi = &objects.list[other];
                other != at && !phi.failed && phi.parts.get(number) == Some(&Part::Object(part))
            });
            let other = &objects.list[part];
            let behind = self.live[part].binary_search(&object.home).is_ok();
            let rotates = other.phi && other.home == object.home;
            let stays = !twice && !behind && !rotates && other.is_moved(self.schedule, way).is_none();
            part == at || (!other.failed && stays)
        })
    }

    /// Does the use tell others of the object, as things stand?
    fn escapes(&self, objects: &Objects, at: usize, kind: Kind) -> bool {
        match kind {
            Kind::Escape => true,
            Kind::Merge(other) | Kind::Resize(other) => objects.list[other].failed,
            Kind::Stored { into, place } => {
                is_read(&objects.list[into], place) || (is_held(objects, kind) && !self.may_hold(objects, into, at))
            }
            _ => false,
        }
    }

    /// May one object's slot hold the address of another's, for states to read? Both have to be made in the same round
    /// of the same loop, and be one object each from then on: the address tells nothing else.
    fn may_hold(&self, objects: &Objects, holder: usize, held: usize) -> bool {
        let (holder, held) = (&objects.list[holder], &objects.list[held]);
        let round = |object: &Object| self.schedule.loops.innermost(object.home);
        held.managed.is_some() && holder.is_single() && held.is_single() && round(holder) == round(held)
    }

    /// Can the object be allocated anywhere below?
    fn can_be_made(&self, object: &Object) -> bool {
        let known = |node| matches!(self.graph.op(node), Op::Const | Op::SymbolAddr);
        !object.phi || self.graph.inputs(object.call).skip(2).all(known)
    }

    /// Blocks that are as deep as possible, one of which dominates each block that escapes, and that dominate what of
    /// the object's uses they reach; `None` if that is not much rarer than making the object.
    fn points(&self, at: usize, object: &Object, escapes: &[Block]) -> Option<Vec<Block>> {
        let dominators = &self.schedule.dominators;
        let home = self.made_in(object);
        let mut points = escapes.to_vec();
        loop {
            points.sort_unstable();
            points.dedup();
            let all = points.clone();
            points.retain(|&point| all.iter().all(|&other| other == point || !dominators.dominates(other, point)));
            let lifted: Vec<Block> = points.iter().map(|&point| self.lift(at, object, point)).collect();
            if lifted.iter().any(|&point| dominators.dominates(point, home)) {
                return None;
            }
            if lifted == points {
                break;
            }
            points = lifted;
        }
        let often = points.iter().map(|&point| self.schedule.frequencies.of(point)).sum::<f64>();
        (often < RARE * self.schedule.frequencies.of(home)).then_some(points)
    }

    /// The block in which the object is there: behind the test whether the allocation failed, if there is one.
    fn made_in(&self, object: &Object) -> Block {
        let cfg = &self.schedule.cfg;
        let mut home = object.home;
        let is_test = |compare: NodeId| object.uses.iter().any(|used| used.kind == Kind::Null && used.user == compare);
        while let Some(branch) = cfg.successors(home).first().map(|&next| self.graph.input(cfg.head(next), 0))
            && self.graph.is(branch, Op::If)
            && is_test(self.graph.input(branch, 1))
        {
            let number = u64::from(self.graph.is(self.graph.input(branch, 1), Op::Eq));
            let taken = |&&next: &&Block| self.graph.payload(cfg.head(next)) == number;
            let Some(&next) = cfg.successors(home).iter().find(taken) else { break };
            home = next;
        }
        home
    }

    /// A block at or above the point that dominates all uses that the point reaches, and is no head of a loop.
    fn lift(&self, at: usize, object: &Object, point: Block) -> Block {
        let (cfg, dominators) = (&self.schedule.cfg, &self.schedule.dominators);
        let mut lifted = point;
        let mut seen = vec![false; cfg.len()];
        let mut pending = vec![point];
        while let Some(block) = pending.pop() {
            for &next in cfg.successors(block) {
                if self.live[at].binary_search(&next).is_ok() && !std::mem::replace(&mut seen[next.index()], true) {
                    pending.push(next);
                }
            }
        }
        for used in object.uses.iter().filter(|used| used.kind != Kind::Null && seen[used.block.index()]) {
            lifted = dominators.common(lifted, used.block);
        }
        while self.graph.is(cfg.head(lifted), Op::Loop) {
            lifted = dominators.immediate(lifted);
        }
        lifted
    }
}

/// Is the object stored in one that states describe?
fn is_held(objects: &Objects, kind: Kind) -> bool {
    matches!(kind, Kind::Stored { into, .. } if objects.list[into].is_described())
}

/// May somebody read the bytes at this place of the object?
fn is_read(object: &Object, place: Option<(i64, u64)>) -> bool {
    let overlaps = |(start, bytes): (i64, u64), (other, more): (i64, u64)| {
        i128::from(start) < i128::from(other) + i128::from(more)
            && i128::from(other) < i128::from(start) + i128::from(bytes)
    };
    object.failed
        || !object.points.is_empty()
        || object.uses.iter().any(|used| match used.kind {
            Kind::Access { reads, place: read } => {
                reads && place.zip(read).is_none_or(|(place, read)| overlaps(place, read))
            }
            Kind::Free | Kind::FreeAlias | Kind::Null | Kind::Differ | Kind::Relate => false,
            Kind::State | Kind::Stored { .. } => false,
            Kind::Resize(_) | Kind::Passed | Kind::Merge(_) | Kind::Escape => true,
        })
}
