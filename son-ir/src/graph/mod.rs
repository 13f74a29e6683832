//! The graph of a function, and the only place where it is changed.
//!
//! Nodes are made by [`Graph::node`], which folds, applies the rewrite rules and shares equal nodes
//! (Click, "Global code motion / global value numbering", 1995), so that building `x + 0` returns `x`.
//! A node whose last use goes dies at once, and with it what only it used; while somebody holds nodes
//! that have no use yet (a builder, a rule), deaths wait: see [`Graph::hold`].
//!
//! ```
//! use son_ir::{Graph, Op, Type};
//! let mut graph = Graph::new();
//! let x = graph.param(0, Type::I32);
//! let one = graph.iconst(Type::I32, 1);
//! let a = graph.pure(Op::Add, Type::I32, &[x, one]);
//! let b = graph.pure(Op::Add, Type::I32, &[x, one]);
//! assert_eq!(a, b);
//! ```

mod compact;
mod control;
mod loop_form;
mod numbering;
mod storage;
mod tables;

pub use storage::NodeId;
pub use tables::Tables;

use crate::facts::{Fact, FactTable, Object, PointerFact};
use crate::ops::{NodeFlags, Op, OpFlags};
use crate::payload::{CallSite, MemAccess, SwitchTable};
use crate::peep;
use crate::types::Type;
use numbering::Numbering;
use rustc_hash::FxHasher;
use smallvec::SmallVec;
use std::hash::Hasher;
use storage::{Edge, NIL, Record, Storage, state};

/// Where a node comes from: a row of the module's table of source locations; 0 is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Origin(pub u32);

/// A node that is about to be made: what the rewrite rules look at.
#[derive(Clone, Copy, Debug)]
pub struct NewNode<'a> {
    /// Op number; machine ops lie above the ideal ones.
    pub op: u16,
    /// Type of the result.
    pub ty: Type,
    /// Flags.
    pub flags: NodeFlags,
    /// Payload, by op.
    pub payload: u64,
    /// Inputs.
    pub inputs: &'a [NodeId],
}

impl NewNode<'_> {
    /// The op, `None` for a machine op.
    pub fn ideal(&self) -> Option<Op> {
        Op::from_number(self.op)
    }
}

/// A copy of a node's inputs that outlives changes of the graph.
pub type Inputs = SmallVec<[NodeId; 6]>;

/// The graph of a function.
#[derive(Clone)]
pub struct Graph {
    storage: Storage,
    numbering: Numbering,
    facts: FactTable,
    tables: Tables,
    /// Given to nodes made from now on.
    origin: Origin,
    /// While positive, nodes without uses live on, listed in `unused`.
    holds: u32,
    unused: Vec<NodeId>,
    /// While set, nodes whose inputs or uses changed are listed in `changed`.
    tracking: bool,
    changed: Vec<NodeId>,
    /// Nothing changed since the last compaction.
    compact: bool,
    live: usize,
    peep: peep::State,
}

impl Default for Graph {
    fn default() -> Self {
        Graph::new()
    }
}

fn hash_node(op: u16, ty: Type, payload: u64, inputs: impl Iterator<Item = NodeId>) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(u64::from(op) | u64::from(ty.code()) << 16);
    hasher.write_u64(payload);
    let mut inputs = inputs.map(|input| input.index() as u32);
    if commutes(op)
        && let (Some(a), Some(b)) = (inputs.next(), inputs.next())
    {
        hasher.write_u32(a.min(b));
        hasher.write_u32(a.max(b));
    }
    for input in inputs {
        hasher.write_u32(input);
    }
    hasher.finish()
}

/// May the two inputs change places?
fn commutes(op: u16) -> bool {
    Op::from_number(op).is_some_and(|op| op.is(OpFlags::COMMUTES))
}

/// Are these the same inputs, in an order that makes no difference?
fn same_inputs(op: u16, a: &[Edge], b: impl Iterator<Item = NodeId> + Clone) -> bool {
    let inputs = a.iter().map(|edge| edge.def);
    inputs.clone().eq(b.clone()) || (commutes(op) && inputs.rev().eq(b))
}

impl Graph {
    /// A graph of `start` and `stop` only.
    pub fn new() -> Graph {
        let mut graph = Graph {
            storage: Storage::default(),
            numbering: Numbering::default(),
            facts: FactTable::default(),
            tables: Tables::default(),
            origin: Origin::default(),
            holds: 0,
            unused: Vec::new(),
            tracking: false,
            changed: Vec::new(),
            compact: false,
            live: 0,
            peep: peep::State::default(),
        };
        let start = graph.raw(Op::Start, Type::TUPLE, 0, &[]);
        let stop = graph.raw(Op::Stop, Type::CTRL, 0, &[]);
        debug_assert!(start == NodeId::START && stop == NodeId::STOP);
        graph
    }

    // ---- Reading ----

    /// One more than the largest index of a node: the length for side tables.
    pub fn len(&self) -> usize {
        self.storage.nodes.len()
    }

    /// Is there nothing but `start` and `stop`?
    pub fn is_empty(&self) -> bool {
        self.live <= 2
    }

    /// Number of nodes that are not removed.
    pub fn live(&self) -> usize {
        self.live
    }

    /// Number of inputs of all nodes, with unused capacity: for measuring.
    pub fn edge_capacity(&self) -> usize {
        self.storage.edges.len()
    }

    /// All nodes that are not removed, by index.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0..self.len()).map(NodeId::new).filter(|&node| self.is_live(node))
    }

    /// Is the node not removed?
    pub fn is_live(&self, node: NodeId) -> bool {
        self.storage.record(node).state & state::DEAD == 0
    }

    /// The node's op number, machine ops included.
    pub fn op_number(&self, node: NodeId) -> u16 {
        self.storage.record(node).op
    }

    /// The node's op. Panics on a machine op.
    pub fn op(&self, node: NodeId) -> Op {
        Op::from_number(self.op_number(node)).expect("op() is for ideal nodes")
    }

    /// Is the node an ideal node of this op?
    pub fn is(&self, node: NodeId, op: Op) -> bool {
        self.op_number(node) == op as u16
    }

    /// Type of the node's result.
    pub fn ty(&self, node: NodeId) -> Type {
        self.storage.record(node).ty
    }

    /// The node's flags.
    pub fn flags(&self, node: NodeId) -> NodeFlags {
        self.storage.record(node).flags
    }

    /// The node's payload.
    pub fn payload(&self, node: NodeId) -> u64 {
        self.storage.record(node).payload()
    }

    /// The node's source location.
    pub fn origin(&self, node: NodeId) -> Origin {
        Origin(self.storage.record(node).origin)
    }

    /// Number of inputs.
    pub fn num_inputs(&self, node: NodeId) -> usize {
        self.storage.record(node).len as usize
    }

    /// Input `index`.
    pub fn input(&self, node: NodeId, index: usize) -> NodeId {
        self.storage.inputs(node)[index].def
    }

    /// The inputs in order.
    pub fn inputs(&self, node: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + '_ {
        self.storage.inputs(node).iter().map(|edge| edge.def)
    }

    /// A copy of the inputs, for use while the graph changes.
    pub fn copy_inputs(&self, node: NodeId) -> Inputs {
        self.inputs(node).collect()
    }

    /// Users of the node with the index of the input that uses it, most recent first. A user stands once for
    /// each of its inputs that is the node.
    pub fn uses(&self, node: NodeId) -> Uses<'_> {
        Uses { storage: &self.storage, at: self.storage.record(node).first_use }
    }

    /// Users of the node, see [`Graph::uses`].
    pub fn users(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.uses(node).map(|(user, _)| user)
    }

    /// Has the node exactly one use?
    pub fn has_one_use(&self, node: NodeId) -> bool {
        let first = self.storage.record(node).first_use;
        first != NIL && self.storage.edges[first as usize].next == NIL
    }

    /// Has the node no use?
    pub fn is_unused(&self, node: NodeId) -> bool {
        self.storage.record(node).first_use == NIL
    }

    /// The side tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The side tables, for adding rows.
    pub fn tables_mut(&mut self) -> &mut Tables {
        &mut self.tables
    }

    /// What is known of the node's value.
    pub fn fact(&self, node: NodeId) -> &Fact {
        self.facts.get(self.storage.record(node).fact)
    }

    /// Bits of an integer, float or pointer constant of up to 64 bits.
    pub fn constant(&self, node: NodeId) -> Option<u64> {
        self.is(node, Op::Const).then(|| self.payload(node))
    }

    /// The constant sign-extended from its type.
    pub fn signed_constant(&self, node: NodeId) -> Option<i64> {
        self.constant(node).map(|bits| self.ty(node).sign_extend(bits))
    }

    /// The access of a memory node.
    pub fn access(&self, node: NodeId) -> MemAccess {
        MemAccess::from_payload(self.payload(node))
    }

    /// The call site of a `call` or `tailcall`.
    pub fn call_site(&self, node: NodeId) -> &CallSite {
        &self.tables.calls[self.payload(node) as usize]
    }

    /// The table of a `switch`.
    pub fn switch_table(&self, node: NodeId) -> &SwitchTable {
        &self.tables.switches[self.payload(node) as usize]
    }

    /// The existing projection `index` of a tuple, if there is one. Linear in the uses of the tuple.
    pub fn find_proj(&self, tuple: NodeId, index: u32) -> Option<NodeId> {
        self.users(tuple).find(|&user| self.is(user, Op::Proj) && self.payload(user) == u64::from(index))
    }

    // ---- Making nodes ----

    /// Nodes made from now on come from this source location.
    pub fn set_origin(&mut self, origin: Origin) {
        self.origin = origin;
    }

    /// The source location given to new nodes.
    pub fn current_origin(&self) -> Origin {
        self.origin
    }

    pub(crate) fn peep(&self) -> &peep::State {
        &self.peep
    }

    pub(crate) fn peep_mut(&mut self) -> &mut peep::State {
        &mut self.peep
    }

    /// The node itself or a better or equal one that exists already.
    pub fn node(&mut self, op: Op, ty: Type, flags: NodeFlags, payload: u64, inputs: &[NodeId]) -> NodeId {
        let new = NewNode { op: op as u16, ty, flags, payload, inputs };
        if let Some(better) = peep::simplify(self, &new) {
            return better;
        }
        let before = self.len();
        let node = self.share(&new);
        let Some(constant) = self.known_constant(node) else { return node };
        if node.index() >= before {
            self.discard(node);
        }
        constant
    }

    /// Removes a node that nobody has seen yet; its inputs live on even if they have no other use.
    fn discard(&mut self, node: NodeId) {
        self.unshare(node);
        self.storage.record_mut(node).state |= state::DEAD;
        self.live -= 1;
        self.storage.drop_inputs(node, |_, _| {});
    }

    /// The constant that the node is known to be, or poison if it has no value at all.
    fn known_constant(&mut self, node: NodeId) -> Option<NodeId> {
        let op = Op::from_number(self.op_number(node))?;
        if matches!(op, Op::Const | Op::Poison) {
            return None;
        }
        let (op, payload) = match *self.fact(node) {
            Fact::Any => return None,
            Fact::Never => (Op::Poison, 0),
            fact => (Op::Const, fact.as_constant()?),
        };
        let ty = self.ty(node);
        Some(self.share(&NewNode { op: op as u16, ty, flags: NodeFlags::NONE, payload, inputs: &[] }))
    }

    /// [`Graph::node`] without flags and payload.
    pub fn pure(&mut self, op: Op, ty: Type, inputs: &[NodeId]) -> NodeId {
        self.node(op, ty, NodeFlags::NONE, 0, inputs)
    }

    /// The existing equal node, else a new one; not simplified. Flags of a shared node become those that
    /// both had.
    pub fn share(&mut self, new: &NewNode) -> NodeId {
        if !new.ideal().is_some_and(|op| op.is(OpFlags::SHARED)) {
            return self.insert(new);
        }
        let hash = hash_node(new.op, new.ty, new.payload, new.inputs.iter().copied());
        let storage = &self.storage;
        let equal = |other: NodeId| {
            let record = storage.record(other);
            record.op == new.op
                && record.ty == new.ty
                && record.payload() == new.payload
                && same_inputs(new.op, storage.inputs(other), new.inputs.iter().copied())
        };
        if let Some(found) = self.numbering.find(hash, equal) {
            self.intersect_flags(found, new.flags);
            if self.is(found, Op::Load) {
                self.set_fact(found, Fact::Any);
            }
            return found;
        }
        let node = self.insert(new);
        self.numbering.insert(hash, node);
        self.storage.record_mut(node).state |= state::HASHED;
        node
    }

    fn intersect_flags(&mut self, node: NodeId, flags: NodeFlags) {
        let old = self.flags(node);
        if old.and(flags) != old {
            self.storage.record_mut(node).flags = old.and(flags);
            self.refresh_fact(node);
            self.note_changed(node);
        }
    }

    /// A new node, neither simplified nor shared: for phis and regions whose inputs come later, for effects
    /// and for readers that keep the form as written.
    pub fn raw(&mut self, op: Op, ty: Type, payload: u64, inputs: &[NodeId]) -> NodeId {
        self.insert(&NewNode { op: op as u16, ty, flags: NodeFlags::NONE, payload, inputs })
    }

    /// A new node as described, neither simplified nor shared; machine ops too.
    pub fn insert(&mut self, new: &NewNode) -> NodeId {
        let node = self.insert_unknown(new);
        self.refresh_fact(node);
        node
    }

    /// A `pi` of which nothing is known yet beyond its input: for who finds the facts of all nodes.
    pub fn unknown_pi(&mut self, control: NodeId, value: NodeId) -> NodeId {
        let (op, ty) = (Op::Pi as u16, self.ty(value));
        self.insert_unknown(&NewNode { op, ty, flags: NodeFlags::NONE, payload: 0, inputs: &[control, value] })
    }

    fn insert_unknown(&mut self, new: &NewNode) -> NodeId {
        let record = Record::new(new.op, new.ty, new.flags, new.payload, self.origin.0);
        let node = self.storage.push_node(record, new.inputs);
        self.live += 1;
        self.note_changed(node);
        node
    }

    /// Projection `index` of a tuple.
    pub fn proj(&mut self, tuple: NodeId, index: u32, ty: Type) -> NodeId {
        self.node(Op::Proj, ty, NodeFlags::NONE, u64::from(index), &[tuple])
    }

    /// Control at the function's entry; as the control of a load or division it means "anywhere".
    pub fn entry_control(&mut self) -> NodeId {
        self.entry_proj(0, Type::CTRL)
    }

    /// There is one of each, even if a reader made it unshared.
    fn entry_proj(&mut self, index: u32, ty: Type) -> NodeId {
        self.find_proj(NodeId::START, index).unwrap_or_else(|| self.proj(NodeId::START, index, ty))
    }

    /// Memory at the function's entry.
    pub fn entry_memory(&mut self) -> NodeId {
        self.entry_proj(1, Type::MEM)
    }

    /// Parameter `index` of the function.
    pub fn param(&mut self, index: u32, ty: Type) -> NodeId {
        self.entry_proj(index + 2, ty)
    }

    /// An integer or pointer constant, cut to its type; of up to 64 bits, or wider and zero-extended.
    pub fn iconst(&mut self, ty: Type, value: u64) -> NodeId {
        if ty.bits() > 64 {
            self.wide_const(ty, u128::from(value))
        } else {
            self.node(Op::Const, ty, NodeFlags::NONE, value & ty.mask(), &[])
        }
    }

    /// An integer or vector constant of up to 128 bits, cut to its type.
    pub fn wide_const(&mut self, ty: Type, value: u128) -> NodeId {
        if ty.bits() <= 64 {
            return self.node(Op::Const, ty, NodeFlags::NONE, value as u64 & ty.mask(), &[]);
        }
        let value = if ty.bits() >= 128 { value } else { value & ((1 << ty.bits()) - 1) };
        let payload = self.tables.add_wide(value);
        self.node(Op::WideConst, ty, NodeFlags::NONE, payload, &[])
    }

    /// A float constant from its bits.
    pub fn fconst(&mut self, ty: Type, bits: u64) -> NodeId {
        self.node(Op::Const, ty, NodeFlags::NONE, bits & ty.mask(), &[])
    }

    /// The poison value.
    pub fn poison(&mut self, ty: Type) -> NodeId {
        self.node(Op::Poison, ty, NodeFlags::NONE, 0, &[])
    }

    // ---- Changing nodes ----

    /// Makes `input` the input number `index` of `user`.
    pub fn set_input(&mut self, user: NodeId, index: usize, input: NodeId) {
        let old = self.input(user, index);
        if old == input {
            return;
        }
        self.unshare(user);
        self.storage.set_input(user, index, input);
        self.note_changed(user);
        self.use_gone(old);
    }

    /// Adds an input at the end.
    pub fn add_input(&mut self, user: NodeId, input: NodeId) {
        self.unshare(user);
        self.storage.add_input(user, input);
        self.note_changed(user);
    }

    /// Removes input `index`; the others keep their order.
    pub fn remove_input(&mut self, user: NodeId, index: usize) {
        let old = self.input(user, index);
        self.unshare(user);
        self.storage.remove_input(user, index);
        self.note_changed(user);
        self.use_gone(old);
    }

    /// Removes input `index` in constant time; the last input takes its place.
    pub fn swap_remove_input(&mut self, user: NodeId, index: usize) {
        let old = self.input(user, index);
        self.unshare(user);
        self.storage.swap_remove_input(user, index);
        self.note_changed(user);
        self.use_gone(old);
    }

    /// Makes each use of `old` a use of `new`, whereupon `old` dies.
    pub fn replace(&mut self, old: NodeId, new: NodeId) {
        assert!(old != new, "{old} cannot replace itself");
        while let Some((user, _)) = self.uses(old).next() {
            self.unshare(user);
            self.storage.move_first_use(old, new);
            self.note_changed(user);
        }
        self.note_changed(new);
        self.use_gone(old);
    }

    /// Changes the payload.
    pub fn set_payload(&mut self, node: NodeId, payload: u64) {
        self.unshare(node);
        self.storage.record_mut(node).set_payload(payload);
        self.refresh_fact(node);
        self.note_changed(node);
    }

    /// Changes the flags.
    pub fn set_flags(&mut self, node: NodeId, flags: NodeFlags) {
        if flags != self.flags(node) {
            self.storage.record_mut(node).flags = flags;
            self.note_changed(node);
        }
    }

    /// Changes op and type, keeping inputs and payload: `region` to `loop`, ideal to machine op.
    pub fn set_op(&mut self, node: NodeId, op: u16, ty: Type) {
        self.unshare(node);
        let record = self.storage.record_mut(node);
        record.op = op;
        record.ty = ty;
        self.note_changed(node);
    }

    /// Records what is known of the node's value.
    pub fn set_fact(&mut self, node: NodeId, fact: Fact) {
        let id = self.facts.add(fact);
        if self.storage.record(node).fact != id {
            self.storage.record_mut(node).fact = id;
            self.note_changed(node);
        }
    }

    /// What is promised of a result or of what is loaded, and does not follow from inputs: it holds for a copy of the
    /// node too, in this graph or in another.
    pub fn assumption(&self, node: NodeId) -> Option<Fact> {
        let promised = matches!(self.op(node), Op::Proj | Op::Load) && self.ty(node).is_data();
        match *self.fact(node) {
            Fact::Any => None,
            // Slots and parameters are the function's own.
            Fact::Pointer(fact) => Some(Fact::Pointer(PointerFact { object: Object::Unknown, ..fact })),
            fact => Some(fact),
        }
        .filter(|_| promised)
    }

    /// Changes the source location.
    pub fn set_node_origin(&mut self, node: NodeId, origin: Origin) {
        self.storage.record_mut(node).origin = origin.0;
    }

    /// Computes again what follows for the node from the facts of its inputs. Did it change?
    pub fn refresh_fact(&mut self, node: NodeId) -> bool {
        let fact = crate::facts::transfer(self, node);
        let id = self.facts.add(fact);
        std::mem::replace(&mut self.storage.record_mut(node).fact, id) != id
    }

    /// Simplifies the node in its present form: the node to use in its place, `None` if it is as good as it
    /// gets. The caller replaces it. The node itself is shared again. Its fact is taken as it is.
    pub fn improve(&mut self, node: NodeId) -> Option<NodeId> {
        let op = Op::from_number(self.op_number(node))?;
        if let Some(constant) = self.known_constant(node) {
            return Some(constant);
        }
        let inputs = self.copy_inputs(node);
        let new = NewNode {
            op: op as u16,
            ty: self.ty(node),
            flags: self.flags(node),
            payload: self.payload(node),
            inputs: &inputs,
        };
        let saved = self.origin;
        self.origin = self.origin(node);
        let better = self.improve_shared(node, &new);
        self.origin = saved;
        better
    }

    fn improve_shared(&mut self, node: NodeId, new: &NewNode) -> Option<NodeId> {
        // A node in the table has no equal there. Mostly it is as good as it gets, and the table is not touched.
        if self.storage.record(node).state & state::HASHED != 0 {
            let better = peep::simplify(self, new)?;
            // Another order of operands is the same to the table: it has to be built without this node there.
            if better != node && self.inputs(better).all(|input| input != node) {
                return Some(better);
            }
        }
        self.unshare(node);
        let better = peep::simplify(self, new);
        better.filter(|&better| better != node).or_else(|| self.share_again(node))
    }

    /// Puts the node back into the table; the equal node that stands there already, if any.
    fn share_again(&mut self, node: NodeId) -> Option<NodeId> {
        if !self.op(node).is(OpFlags::SHARED) {
            return None;
        }
        let hash = hash_record(&self.storage, node);
        let storage = &self.storage;
        let found = self.numbering.find(hash, |other| same_record(storage, node, other));
        if let Some(found) = found {
            self.intersect_flags(found, self.flags(node));
            if self.is(node, Op::Load) {
                // Each promised what only it needs.
                let fact = self.fact(found).join(self.fact(node), self.ty(node));
                self.set_fact(found, fact);
            }
            return Some(found);
        }
        self.numbering.insert(hash, node);
        self.storage.record_mut(node).state |= state::HASHED;
        None
    }

    /// Takes the node out of the table, before its form changes.
    fn unshare(&mut self, node: NodeId) {
        if self.storage.record(node).state & state::HASHED == 0 {
            return;
        }
        let hash = hash_record(&self.storage, node);
        self.numbering.remove(hash, node);
        self.storage.record_mut(node).state &= !state::HASHED;
    }

    // ---- Death ----

    /// From now until the matching [`Graph::release`], nodes that lose their last use live on.
    pub fn hold(&mut self) {
        self.holds += 1;
    }

    /// Ends a [`Graph::hold`]; with the last one, nodes that lost their last use meanwhile die.
    pub fn release(&mut self) {
        assert!(self.holds > 0, "release without hold");
        self.holds -= 1;
        if self.holds == 0 {
            let unused = std::mem::take(&mut self.unused);
            for node in unused {
                self.use_gone(node);
            }
        }
    }

    /// A use of the node went.
    fn use_gone(&mut self, node: NodeId) {
        if !self.is_unused(node) || !self.is_live(node) {
            self.note_changed(node);
        } else if self.holds > 0 {
            self.unused.push(node);
        } else {
            self.kill(node);
        }
    }

    /// Removes a node that has no uses, and what dies with it; while nodes are held, only the node itself.
    pub fn kill(&mut self, node: NodeId) {
        let mut dying: SmallVec<[NodeId; 16]> = SmallVec::new();
        dying.push(node);
        while let Some(node) = dying.pop() {
            if node == NodeId::START || node == NodeId::STOP || !self.is_unused(node) || !self.is_live(node) {
                continue;
            }
            self.unshare(node);
            self.storage.record_mut(node).state |= state::DEAD;
            self.live -= 1;
            self.compact = false;
            let (tracking, held, mut kept) = (self.tracking, self.holds > 0, SmallVec::<[NodeId; 8]>::new());
            let Graph { storage, unused, .. } = self;
            storage.drop_inputs(node, |storage, def| {
                if storage.record(def).first_use == NIL {
                    if held { unused.push(def) } else { dying.push(def) }
                } else if tracking {
                    kept.push(def);
                }
            });
            kept.into_iter().for_each(|def| self.note_changed(def));
        }
    }

    // ---- Tracking ----

    /// Are nodes that change listed?
    pub fn is_tracking(&self) -> bool {
        self.tracking
    }

    /// Starts or stops to list nodes that change: made, other inputs, or fewer uses. The list starts empty, and
    /// outlives [`Graph::compact`].
    pub fn track(&mut self, on: bool) {
        self.tracking = on;
        for node in std::mem::take(&mut self.changed) {
            self.storage.record_mut(node).state &= !state::QUEUED;
        }
    }

    fn note_changed(&mut self, node: NodeId) {
        self.compact = false;
        if self.tracking && self.storage.record(node).state & state::QUEUED == 0 {
            self.storage.record_mut(node).state |= state::QUEUED;
            self.changed.push(node);
        }
    }

    /// Moves the list of changed nodes, without duplicates, to the end of `into`; some may be dead.
    pub fn drain_changed(&mut self, into: &mut Vec<NodeId>) {
        for &node in &self.changed {
            self.storage.record_mut(node).state &= !state::QUEUED;
        }
        into.append(&mut self.changed);
    }
}

fn hash_record(storage: &Storage, node: NodeId) -> u64 {
    let record = storage.record(node);
    hash_node(record.op, record.ty, record.payload(), storage.inputs(node).iter().map(|edge| edge.def))
}

fn same_record(storage: &Storage, a: NodeId, b: NodeId) -> bool {
    let (left, right) = (storage.record(a), storage.record(b));
    left.op == right.op
        && left.ty == right.ty
        && left.payload() == right.payload()
        && same_inputs(left.op, storage.inputs(a), storage.inputs(b).iter().map(|edge| edge.def))
}

/// Iterator over the uses of a node: user and index of its input.
pub struct Uses<'a> {
    storage: &'a Storage,
    at: u32,
}

impl Iterator for Uses<'_> {
    type Item = (NodeId, usize);

    fn next(&mut self) -> Option<(NodeId, usize)> {
        if self.at == NIL {
            return None;
        }
        let edge = &self.storage.edges[self.at as usize];
        let index = self.at - self.storage.record(edge.user).inputs;
        self.at = edge.next;
        Some((edge.user, index as usize))
    }
}
