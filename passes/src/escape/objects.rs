//! The objects of a function: allocations and phis of them, with all uses of their addresses.

use super::aliases;
use super::managed::{self, Managed};
use super::states;
use crate::context::Context;
use rustc_hash::{FxHashMap, FxHashSet};
use son_ir::analysis::allocation::{self, Allocation, Role};
use son_ir::analysis::{AddressUse, AddressUses, Block, Schedule};
use son_ir::{AccessFlags, CallFlags, Graph, Module, NodeId, Op, Type};

/// Largest object, in bytes.
pub(super) const MAX_BYTES: u64 = 1024;
/// Largest frame that objects of a function may make, in bytes.
const MAX_FRAME: u64 = 32768;
/// Largest alignment.
const MAX_ALIGN: u32 = 64;
/// Most objects of a function that are looked at together: rounds cost more than objects.
const MAX_OBJECTS: usize = 2048;

/// What a use does with the address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Accesses the object: does it read, from which offset, and how many bytes, where that is known.
    Access { reads: bool, place: Option<(i64, u64)> },
    /// Gives it back.
    Free,
    /// Gives back what may be it.
    FreeAlias,
    /// Gives it back for another object, which takes over its bytes.
    Resize(usize),
    /// Compares it with null.
    Null,
    /// Compares it with what it cannot be as long as it does not escape.
    Differ,
    /// Compares, or takes the distance of, two pointers into it: any address will do.
    Relate,
    /// Stores it in another object.
    Stored { into: usize, place: Option<(i64, u64)> },
    /// Gives it to a function that does not keep it.
    Passed,
    /// Names it in a state, which may say what is in it instead.
    State,
    /// Is a phi that may be an object itself.
    Merge(usize),
    /// Anything else.
    Escape,
}

/// A use of an object's address, or of a pointer into the object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub user: NodeId,
    pub index: usize,
    pub block: Block,
    pub kind: Kind,
}

/// An input of a phi.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Null,
    Object(usize),
}

/// An allocation, or a phi of some.
#[derive(Debug)]
pub(super) struct Object {
    /// The node of its address.
    pub address: NodeId,
    /// The call that makes it; of a phi, one of those that make its inputs.
    pub call: NodeId,
    pub phi: bool,
    /// Where its address is made.
    pub home: Block,
    pub memory: Allocation,
    /// What is known of its parts.
    pub managed: Option<Managed>,
    /// The object whose bytes an allocation takes over.
    pub old: Option<usize>,
    /// The inputs of a phi.
    pub parts: Vec<Part>,
    pub uses: Vec<Use>,
    /// It stays as it is.
    pub failed: bool,
    /// Blocks at whose start it moves to the heap.
    pub points: Vec<Block>,
    /// Are there pointers into it that are not its address and an offset, so that they cannot be made anew?
    pub pinned: bool,
    /// The use through which it escapes, for remarks.
    pub told: Option<usize>,
}

/// All objects.
#[derive(Default)]
pub(super) struct Objects {
    pub list: Vec<Object>,
    /// Objects by the nodes of their addresses.
    pub of_address: FxHashMap<NodeId, usize>,
    /// Objects by the phis of pointers into them: the same object on each way.
    pub(super) cursors: FxHashMap<NodeId, usize>,
    /// Objects by the phis and selects that may be they.
    pub(super) aliases: FxHashMap<NodeId, Vec<usize>>,
}

/// What a pointer points into: the pointer without sums and narrower facts. The second says whether it is the same.
pub(super) fn root(graph: &Graph, mut pointer: NodeId) -> (NodeId, bool) {
    let mut same = true;
    loop {
        pointer = match graph.op(pointer) {
            Op::PtrAdd => {
                same = false;
                graph.input(pointer, 0)
            }
            Op::Pi => graph.input(pointer, 1),
            _ => return (pointer, same),
        };
    }
}

impl Objects {
    /// All objects. Phis that are `names` are no objects, but other names of some.
    pub(super) fn find(context: &Context, graph: &Graph, schedule: &Schedule, names: &[NodeId]) -> Objects {
        let mut objects = Objects::default();
        for call in graph.nodes().filter(|&node| matches!(graph.op(node), Op::Call | Op::Alloc)) {
            objects.add_allocation(context, graph, schedule, call);
        }
        objects.add_phis(context, graph, schedule, names);
        objects.add_cursors(graph);
        objects.add_aliases(graph, schedule);
        for at in 0..objects.list.len() {
            if let Some(old) = objects.list[at].memory.old.filter(|_| !objects.list[at].phi) {
                let (old, same) = root(graph, old);
                objects.list[at].old = objects.of_address.get(&old).copied().filter(|_| same);
                objects.list[at].failed |= objects.list[at].old.is_none();
            }
        }
        for at in 0..objects.list.len() {
            objects.list[at].uses = objects.uses(context, graph, schedule, at);
        }
        objects
    }

    fn add_allocation(&mut self, context: &Context, graph: &Graph, schedule: &Schedule, call: NodeId) {
        let managed = managed::allocation(graph, call);
        let memory = managed.map(|of| of.0).or_else(|| Allocation::of(context.module, graph, call));
        let Some(memory) = memory else { return };
        let (home, address) = (schedule.block_of(call), graph.find_proj(call, 2));
        let leaves = CallFlags::UNWINDS.or(CallFlags::MUST_TAIL);
        let plain = managed.is_some() || !graph.call_site(call).flags.any(leaves);
        let small = memory.bytes <= MAX_BYTES && memory.align <= MAX_ALIGN;
        let (Some(address), true) = (address, plain && small && home.is_some()) else { return };
        let frame = self.list.iter().map(|object| object.memory.bytes).sum::<u64>();
        if self.list.len() < MAX_OBJECTS && frame + memory.bytes <= MAX_FRAME {
            self.of_address.insert(address, self.list.len());
            let managed = managed.map(|of| of.1);
            self.list.push(Object { managed, ..Object::new(address, call, home, memory) });
        }
    }

    /// Phis whose inputs are all objects or null.
    fn add_phis(&mut self, context: &Context, graph: &Graph, schedule: &Schedule, names: &[NodeId]) {
        let mut phis: FxHashSet<NodeId> = FxHashSet::default();
        let mut pending: Vec<NodeId> = self.list.iter().map(|object| object.address).collect();
        while let Some(pointer) = pending.pop() {
            for (user, index) in graph.uses(pointer) {
                let mut is_new = || !names.contains(&user) && phis.len() < MAX_OBJECTS && phis.insert(user);
                let follows = match graph.op(user) {
                    Op::Pi => index == 1,
                    Op::Phi => is_new(),
                    _ => false,
                };
                pending.extend(follows.then_some(user));
            }
        }
        let is_part = |this: &Objects, phis: &FxHashSet<NodeId>, input: NodeId| {
            let (root, same) = root(graph, input);
            graph.constant(root) == Some(0) || (same && (this.of_address.contains_key(&root) || phis.contains(&root)))
        };
        loop {
            let before = phis.len();
            let kept = phis.iter().copied();
            let kept = kept.filter(|&phi| graph.inputs(phi).skip(1).all(|input| is_part(self, &phis, input)));
            phis = kept.collect();
            if phis.len() == before {
                break;
            }
        }
        let mut phis: Vec<NodeId> = phis.into_iter().collect();
        phis.sort_unstable();
        let first = self.list.len();
        for &phi in &phis {
            let home = schedule.cfg.block_of(graph.input(phi, 0));
            self.of_address.insert(phi, self.list.len());
            let memory = Allocation { bytes: 0, exact: true, align: 1, zeroed: false, old: None };
            let mut object = Object { phi: true, ..Object::new(phi, NodeId::NONE, home, memory) };
            object.failed = !home.is_some();
            self.list.push(object);
        }
        for at in first..self.list.len() {
            self.list[at].parts =
                graph.inputs(self.list[at].address).skip(1).map(|input| self.part(graph, input)).collect();
        }
        self.measure_phis(context.module, graph, first);
    }

    /// Phis all of whose inputs point into one object, which is never null.
    fn add_cursors(&mut self, graph: &Graph) {
        let mut pending: Vec<(NodeId, usize)> =
            self.list.iter().enumerate().filter(|row| !row.1.phi).map(|(at, object)| (object.address, at)).collect();
        let mut found: Vec<NodeId> = Vec::new();
        while let Some((pointer, at)) = pending.pop() {
            for (user, index) in graph.uses(pointer) {
                match (graph.op(user), index) {
                    (Op::PtrAdd, 0) | (Op::Pi, 1) => pending.push((user, at)),
                    (Op::Phi, _) if !self.of_address.contains_key(&user) && !self.cursors.contains_key(&user) => {
                        self.cursors.insert(user, at);
                        found.push(user);
                        pending.push((user, at));
                    }
                    _ => {}
                }
            }
            if found.len() > MAX_OBJECTS {
                return self.cursors.clear();
            }
        }
        let mut changed = true;
        while std::mem::take(&mut changed) {
            found.retain(|&phi| {
                let at = self.cursors[&phi];
                let stays = graph.inputs(phi).skip(1).all(|input| self.object_of(graph, input) == Some(at));
                if !stays {
                    self.cursors.remove(&phi);
                    changed = true;
                }
                stays
            });
        }
        for &at in self.cursors.values() {
            self.list[at].pinned = true;
        }
    }

    /// Is the pointer the address of an object, not one into it?
    fn is_address(&self, graph: &Graph, pointer: NodeId) -> bool {
        let (root, same) = root(graph, pointer);
        same && self.of_address.contains_key(&root)
    }

    /// The object that a pointer points into.
    fn object_of(&self, graph: &Graph, pointer: NodeId) -> Option<usize> {
        let root = root(graph, pointer).0;
        self.of_address.get(&root).or_else(|| self.cursors.get(&root)).copied()
    }

    fn part(&self, graph: &Graph, input: NodeId) -> Part {
        self.of_address.get(&root(graph, input).0).map_or(Part::Null, |&at| Part::Object(at))
    }

    /// The memory of a phi is large enough for each of its inputs.
    fn measure_phis(&mut self, module: &Module, graph: &Graph, first: usize) {
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for at in first..self.list.len() {
                let Object { mut memory, mut call, mut managed, .. } = self.list[at];
                let mut differ = false;
                for part in &self.list[at].parts {
                    let Part::Object(part) = *part else { continue };
                    let other = &self.list[part];
                    if other.call == NodeId::NONE {
                        continue;
                    }
                    memory.exact &= other.memory.exact && (call == NodeId::NONE || memory.bytes == other.memory.bytes);
                    memory.bytes = memory.bytes.max(other.memory.bytes);
                    memory.align = memory.align.max(other.memory.align);
                    if call == NodeId::NONE {
                        (call, managed) = (other.call, other.managed);
                    }
                    differ |= managed != other.managed || !allocation::is_same_family(module, graph, call, other.call);
                }
                self.list[at].failed |= differ;
                self.list[at].managed = managed;
                if (memory, call) != (self.list[at].memory, self.list[at].call) {
                    (self.list[at].memory, self.list[at].call) = (memory, call);
                    changed = true;
                }
            }
        }
        for object in &mut self.list[first..] {
            object.failed |= object.call == NodeId::NONE;
        }
    }

    /// The objects that have a slot and whose addresses an object's slot may hold.
    pub(super) fn held_by(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let is_held = move |object: &Object| {
            let stored = |used: &Use| matches!(used.kind, Kind::Stored { into, .. } if into == at);
            !object.failed && object.points.is_empty() && object.uses.iter().any(stored)
        };
        self.list.iter().enumerate().filter(move |(_, object)| is_held(object)).map(|(held, _)| held)
    }

    fn uses(&self, context: &Context, graph: &Graph, schedule: &Schedule, at: usize) -> Vec<Use> {
        let mut uses = Vec::new();
        let mut cursors: Vec<NodeId> = Vec::new();
        let mut names: Vec<NodeId> = Vec::new();
        let mut named_in = FxHashSet::default();
        let mut walk = AddressUses::of(graph, [self.list[at].address]);
        while let Some(AddressUse { user, index, offset }) = walk.next() {
            match (graph.op(user), index) {
                (Op::Pi, 1) => walk.follow(user, offset),
                (Op::Phi, _) if self.cursors.get(&user) == Some(&at) => {
                    if !cursors.contains(&user) {
                        cursors.push(user);
                        walk.follow(user, None);
                    }
                }
                _ if aliases::chooses(graph, user, index) && self.is_alias(user, at) => {
                    let block = use_block(graph, schedule, user, index);
                    if block.is_some() {
                        uses.push(Use { user, index, block, kind: Kind::Relate });
                    }
                    if !names.contains(&user) {
                        names.push(user);
                    }
                }
                (Op::FrameState | Op::VirtualObj, _) => {
                    let same = self.is_address(graph, graph.input(user, index)) && self.list[at].managed.is_some();
                    let kind = if same { Kind::State } else { Kind::Escape };
                    for user in states::holders(graph, user) {
                        let block = schedule.block_of(user);
                        if block.is_some() && named_in.insert((user, same)) {
                            uses.push(Use { user, index: graph.num_inputs(user) - 1, block, kind });
                        }
                    }
                }
                _ => {
                    let block = use_block(graph, schedule, user, index);
                    let kind = self.kind(context, graph, at, (user, index, offset));
                    if block.is_some() {
                        uses.push(Use { user, index, block, kind });
                    }
                }
            }
        }
        self.add_uses_of_aliases((context, graph, schedule), at, names, &mut uses);
        uses
    }

    fn kind(
        &self,
        context: &Context,
        graph: &Graph,
        at: usize,
        (user, index, offset): (NodeId, usize, Option<i64>),
    ) -> Kind {
        let place = |bytes: Option<u64>| offset.zip(bytes);
        let same = || self.is_address(graph, graph.input(user, index));
        if self.list[at].managed.is_some_and(|managed| touches_runtime(graph, managed, (user, index, offset))) {
            return Kind::Escape;
        }
        match (graph.op(user), index) {
            (Op::Load, 2) => Kind::Access { reads: true, place: place(Some(u64::from(graph.ty(user).bytes()))) },
            (Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove, 2) => Kind::Access { reads: false, place: None },
            (Op::MemCopy | Op::MemMove, 3) => {
                Kind::Access { reads: true, place: place(graph.constant(graph.input(user, 4))) }
            }
            (Op::LoadOrdered | Op::StoreOrdered | Op::AtomicRmw | Op::AtomicCas, 2)
                if !graph.access(user).flags.has(AccessFlags::VOLATILE) =>
            {
                Kind::Access { reads: true, place: None }
            }
            (Op::Store, 3) => {
                let into = graph.input(user, 2);
                let address = son_ir::analysis::Address::of(graph, into);
                let whole = address.index.is_none() && self.of_address.contains_key(&address.base);
                let place = whole.then_some((address.offset, 8));
                match self.object_of(graph, into) {
                    Some(into) => Kind::Stored { into, place },
                    None => Kind::Escape,
                }
            }
            (Op::Eq | Op::Ne, _) => {
                let other = graph.input(user, 1 - index);
                if graph.constant(other) == Some(0) {
                    return if same() { Kind::Null } else { Kind::Differ };
                }
                if self.object_of(graph, other) == Some(at) {
                    return Kind::Relate;
                }
                let other = root(graph, other).0;
                if self.is_alias(other, at) {
                    return Kind::Relate;
                }
                let may_be = matches!(graph.op(other), Op::Phi | Op::Select | Op::Freeze | Op::IntToPtr);
                if may_be || other == self.list[at].address || self.list[at].phi { Kind::Escape } else { Kind::Differ }
            }
            (Op::Phi, _) if same() => self.of_address.get(&user).map_or(Kind::Escape, |&phi| Kind::Merge(phi)),
            (op, _) if op.is_int_compare() => {
                let same = self.object_of(graph, graph.input(user, 1 - index)) == Some(at);
                if same { Kind::Relate } else { Kind::Escape }
            }
            (Op::Call, _) => self.kind_of_call(context, graph, at, (user, index)),
            _ => Kind::Escape,
        }
    }

    pub(super) fn kind_of_call(
        &self,
        context: &Context,
        graph: &Graph,
        at: usize,
        (call, index): (NodeId, usize),
    ) -> Kind {
        let is_given = |number: u8| {
            let argument = allocation::argument(graph, call, number);
            index == usize::from(number) + 3 && self.is_address(graph, argument)
        };
        let may_be_given = |number: u8| {
            let source = root(graph, allocation::argument(graph, call, number)).0;
            index == usize::from(number) + 3 && self.aliases.contains_key(&source)
        };
        let plain = !graph.call_site(call).flags.any(CallFlags::UNWINDS.or(CallFlags::MUST_TAIL));
        let role = allocation::role(context.module, graph, call);
        match role {
            Some(Role::Free { .. } | Role::Resize { .. })
                if !allocation::is_same_family(context.module, graph, call, self.list[at].call) =>
            {
                Kind::Escape
            }
            Some(Role::Free { memory, .. }) if is_given(memory) && plain => Kind::Free,
            Some(Role::Free { memory, .. }) if may_be_given(memory) && plain => Kind::FreeAlias,
            Some(Role::Resize { old, .. }) if is_given(old) => {
                let new = graph.find_proj(call, 2).and_then(|new| self.of_address.get(&new));
                new.map_or(Kind::Escape, |&new| Kind::Resize(new))
            }
            Some(_) => Kind::Escape,
            None if context.summaries.keeps(context.module, graph, call, index) => Kind::Escape,
            None => Kind::Passed,
        }
    }
}

impl Object {
    fn new(address: NodeId, call: NodeId, home: Block, memory: Allocation) -> Object {
        let (parts, uses, points) = (Vec::new(), Vec::new(), Vec::new());
        let (phi, failed, pinned, managed, old) = (false, false, false, None, None);
        Object { address, call, phi, home, memory, managed, old, parts, uses, failed, points, pinned, told: None }
    }

    /// Do states say what is in it, because they name it or an object that may hold its address?
    pub(super) fn is_described(&self) -> bool {
        let named = |used: &Use| matches!(used.kind, Kind::State | Kind::Stored { .. });
        self.managed.is_some() && self.uses.iter().any(named)
    }

    /// Is it always the same object between two allocations?
    pub(super) fn is_single(&self) -> bool {
        !self.phi && !self.uses.iter().any(|used| matches!(used.kind, Kind::Merge(_)))
    }

    /// Is it on the heap where this block begins?
    pub(super) fn is_moved(&self, schedule: &Schedule, block: Block) -> Option<Block> {
        self.points.iter().copied().find(|&point| schedule.dominators.dominates(point, block))
    }
}

/// May the access touch bytes of a managed object that its fields do not cover?
fn touches_runtime(graph: &Graph, managed: Managed, (user, index, offset): (NodeId, usize, Option<i64>)) -> bool {
    let (bytes, writes) = match (graph.op(user), index) {
        (Op::Load, 2) => (u64::from(graph.ty(user).bytes()), false),
        (Op::Store, 2) => (u64::from(graph.ty(graph.input(user, 3)).bytes()), true),
        (Op::MemSet | Op::MemCopy | Op::MemMove, 2) => (graph.constant(graph.input(user, 4)).unwrap_or(u64::MAX), true),
        (Op::MemCopy | Op::MemMove, 3) => (graph.constant(graph.input(user, 4)).unwrap_or(u64::MAX), false),
        _ => return false,
    };
    managed.touches_runtime(graph, offset.zip(Some(bytes)), writes)
}

/// The block in which, or at whose end, a value is used.
pub(super) fn use_block(graph: &Graph, schedule: &Schedule, user: NodeId, index: usize) -> Block {
    if graph.is(user, Op::Phi) && graph.ty(user) != Type::MEM && index > 0 {
        return schedule.cfg.block_of(graph.input(graph.input(user, 0), index - 1));
    }
    schedule.block_of(user)
}
