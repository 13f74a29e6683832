//! Objects become slots: calls of the allocator go, or come to where an object moves to the heap.

use super::aliases::Tags;
use super::atomics;
use super::objects::{Kind, Object, Objects, Part, Use, root};
use super::plan::may_be_null;
use super::states::{self, Names};
use crate::context::Context;
use crate::linear::{self, Insert};
use rustc_hash::FxHashMap;
use son_ir::analysis::allocation::{self, Role};
use son_ir::analysis::cfg::control_successor;
use son_ir::analysis::{Block, Schedule};
use son_ir::{Function, Graph, Inputs, MemAccess, Module, NewNode, NodeFlags, NodeId, Op, StackSlot, Type};

/// Changes the function as planned.
pub(super) fn rewrite(function: &mut Function, schedule: &Schedule, objects: &Objects) {
    let graph = &mut function.graph;
    let saved = graph.current_origin();
    graph.hold();
    let (slots, heap) = (Vec::new(), FxHashMap::default());
    let mut moves = Moves { objects, schedule, starts: starts(objects), ends: ends(objects, schedule), slots, heap };
    for object in &objects.list {
        moves.slots.push(if object.failed {
            NodeId::NONE
        } else {
            let row = function.slots.len() as u64;
            function.slots.push(StackSlot { size: object.memory.bytes.max(1), align: object.memory.align });
            graph.set_origin(graph.origin(object.call));
            graph.node(Op::SlotAddr, graph.ty(object.address), NodeFlags::NONE, row, &[])
        });
    }
    graph.set_origin(saved);
    linear::join(graph, schedule, &mut moves);
    let tags = tags(graph, objects);
    give_back_others(graph, objects);
    for (at, object) in objects.list.iter().enumerate().filter(|(_, object)| !object.failed) {
        graph.set_origin(graph.origin(object.address));
        for used in &object.uses {
            moves.redirect(graph, at, used, tags[at]);
        }
        if !object.phi {
            moves.remove_allocation(graph, at);
        }
    }
    let Moves { slots, heap, .. } = &moves;
    states::rewrite(graph, &Names { schedule, objects, slots, heap, tags: &tags });
    for (at, object) in objects.list.iter().enumerate().filter(|(_, object)| !object.failed) {
        graph.replace(object.address, moves.slots[at]);
    }
    graph.set_origin(saved);
    graph.release();
    graph.compact();
}

/// Calls go that only make the linker look for an allocator.
pub(super) fn remove_markers(module: &Module, graph: &mut Graph) {
    let is_marker = |&node: &NodeId| allocation::role(module, graph, node) == Some(Role::Nothing);
    let markers: Vec<NodeId> = graph.nodes().filter(is_marker).collect();
    for call in markers {
        let memory = graph.input(call, 1);
        remove_call(graph, call, memory);
    }
}

/// Results of functions that return an argument of theirs become that argument. Returns how many.
pub(super) fn replace_returned(context: &Context, graph: &mut Graph) -> usize {
    let calls: Vec<NodeId> = graph.nodes().filter(|&node| graph.is(node, Op::Call)).collect();
    let mut replaced = 0;
    for call in calls {
        let Some(result) = graph.find_proj(call, 2).filter(|&result| graph.ty(result) == Type::PTR) else { continue };
        let argument = context.summaries.returned_argument(context.module, graph, call);
        if let Some(argument) = argument.filter(|&argument| graph.ty(argument) == Type::PTR) {
            graph.replace(result, argument);
            replaced += 1;
        }
    }
    replaced
}

/// What gives back what may be a slot gives back the rest.
fn give_back_others(graph: &mut Graph, objects: &Objects) {
    let mut names = Tags::new();
    let on_stack = objects.list.iter().filter(|object| !object.failed).flat_map(|object| &object.uses);
    // A call is met once for each object that it may give back.
    let given = on_stack.filter(|used| used.kind == Kind::FreeAlias).map(|used| (used.user, used.index));
    let mut given: Vec<(NodeId, usize)> = given.filter(|&(user, _)| graph.is_live(user)).collect();
    given.sort_unstable();
    given.dedup();
    for (user, index) in given {
        match names.given_back(graph, objects, graph.input(user, index)) {
            Some(is_slot) => call_unless(graph, user, is_slot),
            None => remove_call(graph, user, graph.input(user, 1)),
        }
    }
}

/// Branches around a call if the condition holds.
fn call_unless(graph: &mut Graph, call: NodeId, condition: NodeId) {
    let (control, memory) = (graph.input(call, 0), graph.input(call, 1));
    let branch = graph.raw(Op::If, Type::TUPLE, 0, &[control, condition]);
    let (around, through) = (graph.insert_proj(branch, 0, Type::CTRL), graph.insert_proj(branch, 1, Type::CTRL));
    graph.set_input(call, 0, through);
    let (control, memory_behind) = (graph.find_proj(call, 0), graph.find_proj(call, 1));
    let Some(control) = control else { return };
    let uses: Vec<(NodeId, usize)> = graph.uses(control).collect();
    let region = graph.raw(Op::Region, Type::CTRL, 0, &[around, control]);
    uses.into_iter().for_each(|(user, index)| graph.set_input(user, index, region));
    if let Some(behind) = memory_behind {
        let uses: Vec<(NodeId, usize)> = graph.uses(behind).collect();
        let phi = graph.raw(Op::Phi, Type::MEM, 0, &[region, memory, behind]);
        uses.into_iter().for_each(|(user, index)| graph.set_input(user, index, phi));
    }
}

/// For each phi that may be null, a phi that tells whether it is.
fn tags(graph: &mut Graph, objects: &Objects) -> Vec<Option<NodeId>> {
    let null = may_be_null(objects);
    let (no, yes) = (graph.iconst(Type::I1, 0), graph.iconst(Type::I1, 1));
    let mut tags = vec![None; objects.list.len()];
    for (at, object) in objects.list.iter().enumerate().filter(|&(at, object)| null[at] && !object.failed) {
        let mut inputs: Inputs = smallvec::smallvec![graph.input(object.address, 0)];
        inputs.extend(object.parts.iter().map(|part| if *part == Part::Null { yes } else { no }));
        tags[at] = Some(graph.raw(Op::Phi, Type::I1, 0, &inputs));
    }
    for (at, object) in objects.list.iter().enumerate() {
        for (way, part) in object.parts.iter().enumerate() {
            if let (Some(tag), Part::Object(other)) = (tags[at], *part)
                && let Some(input) = tags[other]
            {
                graph.set_input(tag, way + 1, input);
            }
        }
    }
    tags
}

/// Copies between slots, and to the heap.
struct Moves<'a> {
    objects: &'a Objects,
    schedule: &'a Schedule,
    /// The objects that move to the heap at the start of a block.
    starts: FxHashMap<Block, Vec<usize>>,
    /// The phis that take over an input at the end of a block.
    ends: FxHashMap<Block, Vec<usize>>,
    /// The address of each object's slot.
    slots: Vec<NodeId>,
    /// The address of an object on the heap, by the block at whose start it moves there.
    heap: FxHashMap<(usize, Block), NodeId>,
}

impl Insert for Moves<'_> {
    fn changes(&self, block: Block) -> bool {
        self.starts.contains_key(&block) || self.ends.contains_key(&block)
    }

    fn at_start(&mut self, graph: &mut Graph, block: Block, mut state: (NodeId, NodeId)) -> (NodeId, NodeId) {
        for at in self.starts.get(&block).cloned().unwrap_or_default() {
            state = self.move_to_heap(graph, at, &self.objects.list[at], block, state);
        }
        state
    }

    fn at_end(&mut self, graph: &mut Graph, block: Block, mut memory: NodeId) -> NodeId {
        for &at in self.ends.get(&block).into_iter().flatten() {
            let object = &self.objects.list[at];
            for (way, part) in object.parts.iter().enumerate() {
                let from_here = self.schedule.cfg.predecessors(object.home)[way] == block;
                if let (true, Part::Object(part)) = (from_here, *part)
                    && part != at
                {
                    let control = graph.input(graph.input(object.address, 0), way);
                    memory = copy(graph, (control, memory), self.slots[at], self.slots[part], &self.objects.list[part]);
                }
            }
        }
        memory
    }
}

/// The objects that move to the heap, by the block at whose start they do.
fn starts(objects: &Objects) -> FxHashMap<Block, Vec<usize>> {
    let mut starts: FxHashMap<Block, Vec<usize>> = FxHashMap::default();
    for (at, object) in objects.list.iter().enumerate().filter(|(_, object)| !object.failed) {
        object.points.iter().for_each(|&point| starts.entry(point).or_default().push(at));
    }
    starts
}

/// The phis that are objects, by the blocks that control comes from.
fn ends(objects: &Objects, schedule: &Schedule) -> FxHashMap<Block, Vec<usize>> {
    let mut ends: FxHashMap<Block, Vec<usize>> = FxHashMap::default();
    for (at, object) in objects.list.iter().enumerate().filter(|(_, object)| object.phi && !object.failed) {
        for &before in schedule.cfg.predecessors(object.home) {
            let phis = ends.entry(before).or_default();
            if phis.last() != Some(&at) {
                phis.push(at);
            }
        }
    }
    ends
}

/// Copies what is in an object; memory after it.
fn copy(graph: &mut Graph, at: (NodeId, NodeId), to: NodeId, from: NodeId, object: &Object) -> NodeId {
    match object.managed {
        Some(managed) => managed.copy(graph, at, to, from),
        None => copy_bytes(graph, at, to, from, object.memory.bytes),
    }
}

/// Copies a number of bytes; memory after it.
fn copy_bytes(graph: &mut Graph, (control, memory): (NodeId, NodeId), to: NodeId, from: NodeId, bytes: u64) -> NodeId {
    if bytes == 0 {
        return memory;
    }
    let size = graph.iconst(Type::I64, bytes);
    graph.raw(Op::MemCopy, Type::MEM, MemAccess::aligned(1).payload(), &[control, memory, to, from, size])
}

impl Moves<'_> {
    /// Allocates the object at the start of a block and copies its slot there; control and memory after that.
    fn move_to_heap(
        &mut self,
        graph: &mut Graph,
        at: usize,
        object: &Object,
        block: Block,
        (before, memory): (NodeId, NodeId),
    ) -> (NodeId, NodeId) {
        let next = control_successor(graph, before);
        let mut inputs = graph.copy_inputs(object.call);
        (inputs[0], inputs[1]) = (before, memory);
        graph.set_origin(graph.origin(object.call));
        let call = graph.raw(graph.op(object.call), Type::TUPLE, graph.payload(object.call), &inputs);
        let (control, memory) = (graph.proj(call, 0, Type::CTRL), graph.proj(call, 1, Type::MEM));
        let address = graph.proj(call, 2, graph.ty(object.address));
        if let Some(next) = next {
            let index = graph.inputs(next).position(|input| input == before).expect("it continues this control");
            graph.set_input(next, index, control);
        }
        self.heap.insert((at, block), address);
        (control, copy(graph, (control, memory), address, self.slots[at], object))
    }

    /// What becomes of one use of an object.
    fn redirect(&self, graph: &mut Graph, at: usize, used: &Use, tag: Option<NodeId>) {
        let object = &self.objects.list[at];
        let Use { user, index, kind, .. } = *used;
        if !graph.is_live(user) {
            return;
        }
        match kind {
            Kind::Null => return self.decide(graph, user, tag),
            Kind::State => return,
            _ => {}
        }
        if let Some(point) = object.is_moved(self.schedule, used.block) {
            let pointer = rebased(graph, graph.input(user, index), object.address, self.heap[&(at, point)]);
            return graph.set_input(user, index, pointer);
        }
        match kind {
            Kind::Free => remove_call(graph, user, graph.input(user, 1)),
            Kind::Differ => self.decide(graph, user, None),
            Kind::Access { .. } => atomics::make_plain(graph, user),
            Kind::Stored { into, .. } if !self.objects.list[into].is_described() => {
                let before = graph.input(user, 1);
                graph.replace(user, before);
            }
            _ => {}
        }
    }

    /// A comparison for equality holds if the tag says so, and never without a tag.
    fn decide(&self, graph: &mut Graph, compare: NodeId, tag: Option<NodeId>) {
        let no = graph.iconst(Type::I1, 0);
        let equal = tag.unwrap_or(no);
        let result = if graph.is(compare, Op::Eq) { equal } else { graph.pure(Op::Eq, Type::I1, &[equal, no]) };
        graph.replace(compare, result);
    }

    /// The allocation itself goes; what it makes of the bytes is done to the slot.
    fn remove_allocation(&self, graph: &mut Graph, at: usize) {
        let object = &self.objects.list[at];
        let (call, slot) = (object.call, self.slots[at]);
        let (control, mut memory) = (graph.input(call, 0), graph.input(call, 1));
        if let Some(old) = object.old {
            let bytes = object.memory.bytes.min(self.objects.list[old].memory.bytes);
            memory = copy_bytes(graph, (control, memory), slot, self.slots[old], bytes);
        } else if let Some(managed) = object.managed {
            memory = managed.initialize(graph, (control, memory), slot);
        } else if object.memory.zeroed && object.memory.bytes > 0 {
            let (zero, size) = (graph.iconst(Type::I8, 0), graph.iconst(Type::I64, object.memory.bytes));
            let access = MemAccess::aligned(1).payload();
            memory = graph.raw(Op::MemSet, Type::MEM, access, &[control, memory, slot, zero, size]);
        }
        remove_call(graph, call, memory);
    }
}

/// The pointer with another root.
fn rebased(graph: &mut Graph, pointer: NodeId, from: NodeId, to: NodeId) -> NodeId {
    let mut path = Vec::new();
    let mut at = pointer;
    while at != from {
        path.push(at);
        at = graph.input(at, usize::from(graph.is(at, Op::Pi)));
    }
    debug_assert_eq!(root(graph, pointer).0, from);
    path.into_iter().rev().fold(to, |base, node| {
        if graph.is(node, Op::Pi) {
            return base;
        }
        let inputs = [base, graph.input(node, 1)];
        let (ty, flags, payload) = (graph.ty(node), graph.flags(node), graph.payload(node));
        graph.share(&NewNode { op: Op::PtrAdd as u16, ty, flags, payload, inputs: &inputs })
    })
}

/// Takes a call out of control and memory.
fn remove_call(graph: &mut Graph, call: NodeId, memory: NodeId) {
    let control = graph.input(call, 0);
    let after: Vec<NodeId> = graph.users(call).collect();
    for proj in after {
        match graph.payload(proj) {
            0 => graph.replace(proj, control),
            1 => graph.replace(proj, memory),
            _ => {}
        }
    }
}
