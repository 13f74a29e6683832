//! States that refer to objects: where an object is a slot, they say what is in it.

use super::objects::{Kind, Objects, root};
use rustc_hash::{FxHashMap, FxHashSet};
use son_ir::analysis::{Block, Schedule};
use son_ir::{Graph, Inputs, NodeFlags, NodeId, Op, Type};

/// The guards, deopts and safepoints whose states a state is part of.
pub(super) fn holders(graph: &Graph, state: NodeId) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    let mut pending = vec![state];
    while let Some(node) = pending.pop() {
        for user in graph.users(node).filter(|&user| seen.insert(user)) {
            match graph.ty(user) {
                Type::STATE => pending.push(user),
                _ => found.push(user),
            }
        }
    }
    found
}

/// What becomes of the addresses of objects.
pub(super) struct Names<'a> {
    pub schedule: &'a Schedule,
    pub objects: &'a Objects,
    /// The addresses of slots.
    pub slots: &'a [NodeId],
    /// The addresses of objects on the heap, by the block at whose start they move there.
    pub heap: &'a FxHashMap<(usize, Block), NodeId>,
    /// For phis that may be null, whether they are.
    pub tags: &'a [Option<NodeId>],
}

/// Gives each holder of states its own, which describes the objects that are slots there.
pub(super) fn rewrite(graph: &mut Graph, names: &Names) {
    let mut rows: FxHashMap<NodeId, usize> = FxHashMap::default();
    let mut mentioned: Vec<(NodeId, Vec<usize>)> = Vec::new();
    for (at, object) in names.objects.list.iter().enumerate().filter(|(_, object)| !object.failed) {
        for used in object.uses.iter().filter(|used| used.kind == Kind::State) {
            let row = *rows.entry(used.user).or_insert_with(|| {
                mentioned.push((used.user, Vec::new()));
                mentioned.len() - 1
            });
            mentioned[row].1.push(at);
        }
    }
    for (holder, mentioned) in mentioned {
        if graph.is_live(holder) {
            graph.set_origin(graph.origin(holder));
            names.restate(graph, holder, mentioned);
        }
    }
}

impl Names<'_> {
    fn restate(&self, graph: &mut Graph, holder: NodeId, mut mentioned: Vec<usize>) {
        let block = self.schedule.block_of(holder);
        let place = (graph.input(holder, 0), graph.input(holder, 1));
        let mut new_names: FxHashMap<NodeId, NodeId> = FxHashMap::default();
        let mut described = Vec::new();
        let mut next = 0;
        while let Some(&at) = mentioned.get(next) {
            next += 1;
            let object = &self.objects.list[at];
            if let Some(point) = object.is_moved(self.schedule, block) {
                new_names.insert(object.address, self.heap[&(at, point)]);
                continue;
            }
            let slot = self.slots[at];
            let managed = object.managed.expect("only managed objects are named in states");
            described.push(managed.describe(graph, place, slot));
            new_names.insert(object.address, or_null(graph, slot, self.tags[at]));
            for held in self.objects.held_by(at) {
                if !mentioned.contains(&held) {
                    mentioned.push(held);
                }
            }
        }
        let last = graph.num_inputs(holder) - 1;
        let state = with_names(graph, graph.input(holder, last), &new_names, &described);
        graph.set_input(holder, last, state);
    }
}

/// The slot's address, or null if the tag says so.
fn or_null(graph: &mut Graph, slot: NodeId, tag: Option<NodeId>) -> NodeId {
    let Some(tag) = tag else { return slot };
    let ty = graph.ty(slot);
    let null = graph.node(Op::Const, ty, NodeFlags::NONE, 0, &[]);
    graph.pure(Op::Select, ty, &[tag, null, slot])
}

/// The state with other names for objects, and with more descriptions in its innermost frame.
fn with_names(graph: &mut Graph, state: NodeId, names: &FxHashMap<NodeId, NodeId>, described: &[NodeId]) -> NodeId {
    let has_outer = |graph: &Graph, state| graph.tables().frames[graph.payload(state) as usize].has_outer;
    let mut frames = vec![state];
    while has_outer(graph, frames[frames.len() - 1]) {
        let frame = frames[frames.len() - 1];
        frames.push(graph.input(frame, graph.num_inputs(frame) - 1));
    }
    let mut outer = None;
    for frame in frames.into_iter().rev() {
        let mut inputs = graph.copy_inputs(frame);
        inputs.truncate(inputs.len() - usize::from(outer.is_some()));
        for input in &mut inputs {
            *input = match graph.is(*input, Op::VirtualObj) {
                true => {
                    let parts: Inputs = graph.inputs(*input).map(|part| renamed(graph, part, names)).collect();
                    graph.node(Op::VirtualObj, Type::STATE, NodeFlags::NONE, graph.payload(*input), &parts)
                }
                false => renamed(graph, *input, names),
            };
        }
        if frame == state {
            inputs.extend_from_slice(described);
        }
        inputs.extend(outer);
        outer = Some(graph.node(Op::FrameState, Type::STATE, NodeFlags::NONE, graph.payload(frame), &inputs));
    }
    outer.expect("there is the innermost frame")
}

fn renamed(graph: &Graph, value: NodeId, names: &FxHashMap<NodeId, NodeId>) -> NodeId {
    if !graph.ty(value).is_pointer() {
        return value;
    }
    let (root, same) = root(graph, value);
    names.get(&root).copied().filter(|_| same).unwrap_or(value)
}
