//! Upwards through memory: which write a load may see first.
//!
//! Beyond the back edge of a loop, the names of values that are computed in the loop stand for those of an earlier
//! iteration. So the phi of a loop is only looked through for addresses that are computed outside of it.

use smallvec::{SmallVec, smallvec};
use son_ir::analysis::anti_dependence::slice_index;
use son_ir::analysis::effects::ideal_effects;
use son_ir::analysis::{Address, Aliases, Block, Cfg, Dominators, Loops, Overlap};
use son_ir::{AccessFlags, AliasClass, Graph, NodeId, Op, Type};

/// Most writes that one load looks at.
const MAX_STEPS: u32 = 48;
/// Most phis that are looked through at once.
const MAX_PHIS: usize = 16;
/// Most inputs of a merge that is looked through for an access of many classes.
const MAX_SLICES: usize = 6;
/// Most ways into a phi that is looked through.
const MAX_WAYS: usize = 32;

/// A read of memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    pub(super) address: Address,
    pub(super) ty: Type,
    pub(super) class: AliasClass,
    /// First block where the address is known; none if that was not found out, as of nodes that came since.
    pub(super) home: Block,
}

impl Access {
    pub(super) fn bytes(&self) -> u64 {
        u64::from(self.ty.bytes())
    }
}

/// Bytes that a write through the address at input 2 touches; very many if not known.
pub(super) fn written_bytes(graph: &Graph, write: NodeId) -> u64 {
    match graph.op(write) {
        Op::Store | Op::StoreOrdered => u64::from(graph.ty(graph.input(write, 3)).bytes()),
        _ => graph.constant(graph.input(write, 4)).unwrap_or(i64::MAX as u64),
    }
}

/// What looks through memory.
pub(super) struct Walk<'a> {
    pub(super) aliases: &'a Aliases<'a>,
    pub(super) cfg: &'a Cfg,
    pub(super) dominators: &'a Dominators,
    pub(super) loops: &'a Loops,
}

impl Walk<'_> {
    /// The closest state at or above `state` that may have written the bytes of the access, or where memory of
    /// different content meets.
    pub(super) fn resolve(&self, graph: &Graph, mut state: NodeId, access: &Access) -> NodeId {
        let mut steps = MAX_STEPS;
        loop {
            state = self.skip(graph, state, access, &mut steps);
            match self.only_source(graph, state, access, &mut steps) {
                Some(source) => state = source,
                None => return state,
            }
        }
    }

    /// Passes by what does not write the bytes of the access.
    pub(super) fn skip(&self, graph: &Graph, mut state: NodeId, access: &Access, steps: &mut u32) -> NodeId {
        while *steps > 0 {
            *steps -= 1;
            match self.before(graph, state, access, steps) {
                Some(before) => state = before,
                None => break,
            }
        }
        state
    }

    /// The state before the one that made `state`, if that did not touch the bytes of the access.
    fn before(&self, graph: &Graph, state: NodeId, access: &Access, steps: &mut u32) -> Option<NodeId> {
        let made_by = if graph.is(state, Op::Proj) { graph.input(state, 0) } else { state };
        let op = graph.op(made_by);
        match op {
            Op::MergeMem if access.class.is_slice() => {
                return Some(graph.input(made_by, slice_index(graph, made_by, access.class)));
            }
            Op::MergeMem => return self.before_slices(graph, made_by, access, steps),
            Op::Phi => return None,
            _ => {}
        }
        let effects = ideal_effects(graph, made_by, op);
        let memory = graph.input(made_by, effects.memory? as usize);
        let touches = effects.overwrites(access.class) && self.may_touch(graph, made_by, op, access);
        (!touches).then_some(memory)
    }

    /// The state that all slices of a merge come from that the access may see, if what is in them did not touch the bytes.
    fn before_slices(&self, graph: &Graph, merge: NodeId, access: &Access, steps: &mut u32) -> Option<NodeId> {
        let classes = graph.tables().merges[graph.payload(merge) as usize].iter();
        let seen = classes.zip(graph.inputs(merge).skip(1)).filter(|(class, _)| class.overlaps(access.class));
        let slices: SmallVec<[NodeId; MAX_SLICES]> = seen.map(|(_, slice)| slice).take(MAX_SLICES).collect();
        if slices.len() == MAX_SLICES {
            return None;
        }
        let base = self.skip(graph, graph.input(merge, 0), access, steps);
        let mut unwritten = |slice| *steps > 0 && self.skip(graph, slice, access, steps) == base;
        slices.into_iter().all(&mut unwritten).then_some(base)
    }

    fn may_touch(&self, graph: &Graph, write: NodeId, op: Op, access: &Access) -> bool {
        match op {
            Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove => {
                self.overlap(graph, write, access) != Overlap::Disjoint
            }
            // An access that is only volatile orders nothing but other such accesses.
            Op::StoreOrdered if !graph.access(write).flags.has(AccessFlags::ATOMIC) => {
                self.overlap(graph, write, access) != Overlap::Disjoint
            }
            Op::LoadOrdered => graph.access(write).flags.has(AccessFlags::ATOMIC),
            Op::StackAlloc | Op::StackSave | Op::Prefetch => false,
            Op::Call => self.aliases.call_may_touch(graph, write, &access.address),
            _ => true,
        }
    }

    /// How the access lies to a write.
    pub(super) fn overlap(&self, graph: &Graph, write: NodeId, access: &Access) -> Overlap {
        let written = Address::of(graph, graph.input(write, 2));
        let bytes = written_bytes(graph, write);
        self.aliases.overlap(graph, (&written, bytes), (&access.address, access.bytes()))
    }

    /// Does the address change from one round of the phi's loop to the next?
    pub(super) fn varies(&self, graph: &Graph, phi: NodeId, access: &Access) -> bool {
        let region = graph.input(phi, 0);
        let inside = |of| !access.home.is_some() || self.loops.contains(of, access.home);
        graph.is(region, Op::Loop) && self.loops.innermost(self.cfg.block_of(region)).is_none_or(inside)
    }

    /// The one state that all ways into a phi lead to, without a write of the access between. Phis further up
    /// that dominate the phi are such a state.
    fn only_source(&self, graph: &Graph, phi: NodeId, access: &Access, steps: &mut u32) -> Option<NodeId> {
        if !graph.is(phi, Op::Phi) {
            return None;
        }
        let home = self.cfg.block_of(graph.input(phi, 0));
        let mut seen: SmallVec<[NodeId; MAX_PHIS]> = smallvec![phi];
        let mut next = 0;
        let mut source = None;
        while let Some(&phi) = seen.get(next) {
            next += 1;
            if graph.num_inputs(phi) > MAX_WAYS || self.varies(graph, phi, access) {
                return None;
            }
            for way in graph.inputs(phi).skip(1) {
                let state = self.skip(graph, way, access, steps);
                if seen.contains(&state) {
                    continue;
                }
                let inner = graph.is(state, Op::Phi) && {
                    let block = self.cfg.block_of(graph.input(state, 0));
                    block == home || !self.dominators.dominates(block, home)
                };
                if inner && seen.len() < MAX_PHIS && *steps > 0 {
                    seen.push(state);
                } else if inner || *steps == 0 || source.is_some_and(|source| source != state) {
                    return None;
                } else {
                    source = Some(state);
                }
            }
        }
        source
    }
}
