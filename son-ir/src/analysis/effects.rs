//! What a node does with control and memory: the one answer that placement, removal of dead code and
//! forwarding ask for, for ideal nodes and a target's alike.

use crate::graph::{Graph, NodeId};
use crate::ops::{Op, OpFlags};
use crate::payload::{AccessFlags, AliasClass, CallFlags, MemAccess};
use crate::types::Type;

/// How a node takes part in control and memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effects {
    /// Which input is control, if one is. Regions and `stop` answer none.
    pub control: Option<u32>,
    /// Which input is the memory that it reads or changes, if one is. `mergemem` and phis answer none.
    pub memory: Option<u32>,
    /// Reads memory of the class.
    pub reads: bool,
    /// Changes memory of the class.
    pub writes: bool,
    /// Must stay where its control input is: it takes part in control, or is observable.
    pub pinned: bool,
    /// The part of memory that it reads or writes.
    pub class: AliasClass,
    /// Cheaper to make again where it is needed than to keep in a register.
    pub cheap: bool,
}

impl Effects {
    /// A computation on values.
    pub const PURE: Effects = Effects {
        control: None,
        memory: None,
        reads: false,
        writes: false,
        pinned: false,
        class: AliasClass::ANY,
        cheap: false,
    };

    /// Does it overwrite something of this class?
    pub fn overwrites(&self, class: AliasClass) -> bool {
        self.writes && self.class.overlaps(class)
    }
}

/// Answers for the nodes of a target, those with op numbers from [`crate::ops::FIRST_MACHINE_OP`].
pub trait Target {
    /// What the node does.
    fn effects(&self, graph: &Graph, node: NodeId) -> Effects;
}

/// No target: for graphs of ideal nodes only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ideal;

impl Target for Ideal {
    fn effects(&self, _graph: &Graph, _node: NodeId) -> Effects {
        Effects::PURE
    }
}

/// What the node does.
pub fn effects(graph: &Graph, node: NodeId, target: &impl Target) -> Effects {
    match Op::from_number(graph.op_number(node)) {
        Some(op) => ideal_effects(graph, node, op),
        None => target.effects(graph, node),
    }
}

/// What an ideal node does.
pub fn ideal_effects(graph: &Graph, node: NodeId, op: Op) -> Effects {
    let flags = op.flags();
    let inputs = op.info().signature.as_bytes();
    let chain = !matches!(op, Op::Region | Op::Loop | Op::Stop | Op::Phi);
    let takes_memory = chain && inputs.starts_with(b"cm");
    let mut effects = Effects {
        control: (chain && inputs[0] == b'c').then_some(0),
        memory: takes_memory.then_some(1),
        reads: flags.has(OpFlags::READS),
        writes: flags.has(OpFlags::WRITES),
        pinned: flags.has(OpFlags::PINNED) && !matches!(op, Op::Pi | Op::FrameAddr | Op::ReturnAddr),
        class: if sees_slots(op) { AliasClass::ANY } else { AliasClass::ESCAPED },
        cheap: flags.has(OpFlags::CHEAP),
    };
    if op == Op::Call {
        let site = graph.call_site(node).flags;
        effects.reads = !site.has(CallFlags::NO_MEMORY);
        effects.writes = !site.any(CallFlags::NO_MEMORY.or(CallFlags::READ_ONLY));
    } else if has_access(op) {
        let access = MemAccess::from_payload(graph.payload(node));
        effects.class = access.class;
        effects.reads &= !(op == Op::Load && access.flags.has(AccessFlags::INVARIANT));
    }
    effects
}

/// May the op touch stack slots whose address does not escape? The address that a call, an atomic access,
/// a state or an exit is given does.
fn sees_slots(op: Op) -> bool {
    let leaves = matches!(op, Op::Return | Op::TailCall | Op::Trap | Op::Unreachable);
    !op.is(OpFlags::OBSERVABLE) && !leaves && !matches!(op, Op::Guard | Op::Deopt | Op::Safepoint)
}

/// Is the op an access that need not be observed, with its alias class in the payload?
fn has_access(op: Op) -> bool {
    matches!(op, Op::Load | Op::Store | Op::MemCopy | Op::MemMove | Op::MemSet)
}

/// The state of memory after a node that takes memory: itself, its projection, or what it was given if it
/// has neither.
pub fn memory_after(graph: &Graph, node: NodeId) -> Option<NodeId> {
    match graph.ty(node) {
        Type::MEM => Some(node),
        Type::TUPLE => graph.users(node).find(|&user| graph.is(user, Op::Proj) && graph.ty(user) == Type::MEM),
        _ => None,
    }
}

/// Has memory more than one chain: slices, or states of private slots?
///
/// The states of a private slot may be a chain of their own without a merge, so its accesses are looked for.
pub fn is_sliced(graph: &Graph) -> bool {
    graph.nodes().any(|node| match Op::from_number(graph.op_number(node)) {
        Some(Op::MergeMem) => true,
        Some(Op::Phi) => graph.ty(node) == Type::MEM && graph.payload(node) != 0,
        Some(op) if has_access(op) => MemAccess::from_payload(graph.payload(node)).class.as_slot().is_some(),
        _ => false,
    })
}
