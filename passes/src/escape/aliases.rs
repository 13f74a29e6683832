//! Phis and selects that choose between an object and something else: other names of the object.
//!
//! The object may be a slot all the same: loads and stores through the other name go to the slot or elsewhere, and
//! comparisons come out as before, since the address of the slot is as much one of its own as that of memory of the
//! allocator was. Only what gives the memory back has to be told which of the two it is.
//!
//! A slot is one object at a time. In a loop that makes an object in each round, another name must not carry the object
//! of one round to the next: it would be the one that is made then.

use super::objects::{Kind, Objects, Use, root, use_block};
use super::states;
use crate::context::Context;
use rustc_hash::FxHashMap;
use son_ir::analysis::{AddressUse, AddressUses, Schedule};
use son_ir::facts::Fact;
use son_ir::{AccessFlags, Graph, Inputs, NodeId, Op, Type};

/// Most phis and selects.
const MAX_NAMES: usize = 64;

/// Can the node choose between pointers, this input among them?
pub(super) fn chooses(graph: &Graph, user: NodeId, index: usize) -> bool {
    match graph.op(user) {
        Op::Phi => index > 0,
        Op::Select => index > 0 && graph.ty(user) == Type::PTR,
        _ => false,
    }
}

/// What a use through another name does with the object, if it is no call.
fn kind(graph: &Graph, user: NodeId, index: usize) -> Kind {
    match (graph.op(user), index) {
        (Op::Load | Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove, 2) | (Op::MemCopy | Op::MemMove, 3) => {
            Kind::Access { reads: true, place: None }
        }
        (Op::LoadOrdered | Op::StoreOrdered | Op::AtomicRmw | Op::AtomicCas, 2)
            if !graph.access(user).flags.has(AccessFlags::VOLATILE) =>
        {
            Kind::Passed
        }
        (op, _) if op.is_int_compare() => Kind::Relate,
        _ => Kind::Escape,
    }
}

impl Objects {
    /// Finds the other names of each object that may have some.
    pub(super) fn add_aliases(&mut self, graph: &Graph, schedule: &Schedule) {
        for at in 0..self.list.len() {
            let object = &self.list[at];
            if object.managed.is_some() || object.failed || self.aliases.len() > MAX_NAMES {
                continue;
            }
            let found = self.aliases_of(graph, object.address);
            let carries = |&name: &NodeId| {
                let head = graph.input(name, 0);
                if !graph.is(name, Op::Phi) || !graph.is(head, Op::Loop) {
                    return false;
                }
                let block = schedule.cfg.block_of(head);
                let around = block.is_some().then(|| schedule.loops.innermost(block)).flatten();
                around.is_none_or(|of| schedule.loops.contains(of, object.home))
            };
            if found.len() <= MAX_NAMES && !found.iter().any(carries) {
                self.list[at].pinned |= !found.is_empty();
                for name in found {
                    self.aliases.entry(name).or_default().push(at);
                }
            }
        }
    }

    fn aliases_of(&self, graph: &Graph, address: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut walk = AddressUses::of(graph, [address]);
        while let Some(AddressUse { user, index, .. }) = walk.next().filter(|_| found.len() <= MAX_NAMES) {
            match (graph.op(user), index) {
                (Op::Pi, 1) => walk.follow(user, None),
                _ if chooses(graph, user, index)
                    && !self.of_address.contains_key(&user)
                    && !self.cursors.contains_key(&user)
                    && !found.contains(&user) =>
                {
                    found.push(user);
                    walk.follow(user, None);
                }
                _ => {}
            }
        }
        found
    }

    /// Adds the uses of an object through its other names, those among `names` and what is made of them.
    pub(super) fn add_uses_of_aliases(
        &self,
        (context, graph, schedule): (&Context, &Graph, &Schedule),
        at: usize,
        mut names: Vec<NodeId>,
        uses: &mut Vec<Use>,
    ) {
        let mut walk = AddressUses::of(graph, names.iter().copied());
        while let Some(AddressUse { user, index, .. }) = walk.next() {
            let is_state = matches!(graph.op(user), Op::FrameState | Op::VirtualObj);
            let holders = if is_state { states::holders(graph, user) } else { vec![user] };
            let kind = match graph.op(user) {
                Op::Pi if index == 1 => {
                    walk.follow(user, None);
                    continue;
                }
                _ if chooses(graph, user, index) && self.is_alias(user, at) => {
                    if !names.contains(&user) {
                        names.push(user);
                        walk.follow(user, None);
                    }
                    Kind::Relate
                }
                Op::Call => self.kind_of_call(context, graph, at, (user, index)),
                _ => kind(graph, user, index),
            };
            for user in holders {
                let block = use_block(graph, schedule, user, index);
                if block.is_some() {
                    uses.push(Use { user, index, block, kind });
                }
            }
        }
    }

    /// Is the node another name of the object?
    pub(super) fn is_alias(&self, name: NodeId, at: usize) -> bool {
        self.aliases.get(&name).is_some_and(|objects| objects.contains(&at))
    }

    /// Is what another name chooses, beside objects, never memory of an allocator?
    fn is_never_heap(&self, graph: &Graph, name: NodeId) -> bool {
        let mut seen = vec![name];
        let mut next = 0;
        while let Some(&name) = seen.get(next) {
            next += 1;
            for input in graph.inputs(name).skip(1) {
                let source = root(graph, input).0;
                let is_place =
                    matches!(graph.op(source), Op::SlotAddr | Op::SymbolAddr) || graph.constant(source) == Some(0);
                let is_slot = self.of_address.get(&source).is_some_and(|&at| !self.list[at].failed);
                let chooses =
                    matches!(graph.op(source), Op::Phi | Op::Select) && !self.of_address.contains_key(&source);
                if chooses && seen.len() < MAX_NAMES {
                    if !seen.contains(&source) {
                        seen.push(source);
                    }
                } else if !is_place && !is_slot {
                    return false;
                }
            }
        }
        true
    }
}

/// For each other name, whether it is a slot now: made where something is given back through it.
pub(super) struct Tags {
    known: FxHashMap<NodeId, NodeId>,
}

impl Tags {
    pub(super) fn new() -> Tags {
        Tags { known: FxHashMap::default() }
    }

    /// Whether what is given back through another name is a slot. `None` if nothing else may be.
    pub(super) fn given_back(&mut self, graph: &mut Graph, objects: &Objects, pointer: NodeId) -> Option<NodeId> {
        let name = root(graph, pointer).0;
        if objects.is_never_heap(graph, name) {
            return None;
        }
        Some(self.tag(graph, objects, name))
    }

    fn tag(&mut self, graph: &mut Graph, objects: &Objects, name: NodeId) -> NodeId {
        let mut made = Vec::new();
        let mut pending = vec![name];
        while let Some(name) = pending.pop() {
            if self.known.contains_key(&name) {
                continue;
            }
            // The inputs follow when all of them have a tag.
            let no = graph.iconst(Type::I1, 0);
            let mut inputs: Inputs = graph.inputs(name).map(|_| no).collect();
            inputs[0] = graph.input(name, 0);
            let tag = graph.raw(graph.op(name), Type::I1, 0, &inputs);
            graph.set_fact(tag, Fact::Any);
            self.known.insert(name, tag);
            made.push((name, tag));
            let sources = graph.inputs(name).skip(1).map(|input| root(graph, input).0);
            pending.extend(sources.filter(|source| objects.aliases.contains_key(source)));
        }
        for (name, tag) in made {
            for index in 1..graph.num_inputs(name) {
                let source = root(graph, graph.input(name, index)).0;
                let is_slot = objects.of_address.get(&source).is_some_and(|&at| !objects.list[at].failed);
                let input = self.known.get(&source).copied();
                let input = input.unwrap_or_else(|| graph.iconst(Type::I1, u64::from(is_slot)));
                graph.set_input(tag, index, input);
            }
        }
        self.known[&name]
    }
}
