//! Who overwrites the memory that a node reads: the reader has to come first.
//!
//! The law, which passes that move a load past a write rely on. Take a reader of class `k` whose memory input
//! is the state `M`, and the users of `M`:
//!
//! 1. A node that writes a class which overlaps `k` overwrites it. Class 0 overlaps with all; calls, ordered and
//!    observable ops write all that escapes, except that calls marked as not writing memory overwrite nothing.
//! 2. A node that takes `M` and writes a disjoint class, or nothing, leaves `k` as it is: the search goes on
//!    from the memory that it produces.
//! 3. A `mergemem` that shows `M` to class `k` (by its slice for `k`, else by its base; to class 0 by any input)
//!    is looked through, and who reads the slice `k` of a `mergemem` reads the state that it shows.
//! 4. A memory phi whose class overlaps `k` overwrites it at the end of the predecessor through which `M` comes;
//!    the search ends there. It does not count if the phi's block is not strictly below the block that makes `M`:
//!    whoever goes on from there to the reader, which is below, comes by the making of `M` again. So a reader behind
//!    a loop may name the state that the loop's last iteration left.
//! 5. Who reads several classes from a `mergemem` reads each slice of them: its overwriters are those of the slices,
//!    each for its class, and those of the base for the classes that have no slice.
//!
//! 6. Memory phis of one region whose classes overlap with `k` are names of one state of it: the search goes on from
//!    all of them.
//!
//! Overwriters that the reader's earliest block does not dominate cannot lie between the state's definition and
//! the reader, and do not count.
//!
//! Before memory is split by class, [`MemoryOrder::Chain`] takes each writer that uses `M` as an overwriter: rule
//! 2 never applies then, because no load has been moved past a write.

use super::cfg::{Block, Cfg};
use super::dominators::Dominators;
use super::effects::{Target, effects, memory_after};
use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::payload::AliasClass;
use crate::types::Type;

/// How finely the order of memory accesses is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MemoryOrder {
    /// By alias class.
    #[default]
    Classes,
    /// As one chain: each write follows all reads of the state that it takes.
    Chain,
}

/// A place where a state ends.
#[derive(Clone, Copy, Debug)]
pub struct Overwriter {
    /// Place of the block in a walk over the dominator tree: a list of overwriters is sorted by it.
    pub place: u32,
    /// Its block.
    pub block: Block,
    /// The writer, or [`NodeId::NONE`] for the end of the block.
    pub node: NodeId,
}

/// A list of overwriters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SetId(u32);

struct Known {
    class: AliasClass,
    set: SetId,
    next: u32,
}

const NIL: u32 = u32::MAX;

/// The overwriters of each state and class that was asked for, each searched once.
pub struct Overwriters {
    order: MemoryOrder,
    /// First answer for a state, by node, and the others of the same state behind it.
    first: Vec<u32>,
    known: Vec<Known>,
    sets: Vec<(u32, u32)>,
    list: Vec<Overwriter>,
    seen: Vec<u32>,
    search: u32,
}

/// What the search reads.
pub struct Places<'a, T> {
    /// The graph.
    pub graph: &'a Graph,
    /// The target's answers.
    pub target: &'a T,
    /// Its control skeleton.
    pub cfg: &'a Cfg,
    /// Its dominators.
    pub dominators: &'a Dominators,
    /// Blocks of all nodes that write.
    pub block_of: &'a [Block],
}

impl Overwriters {
    /// No answers yet, for a graph of so many nodes.
    pub fn new(order: MemoryOrder, nodes: usize) -> Overwriters {
        Overwriters {
            order,
            first: vec![NIL; nodes],
            known: Vec::new(),
            sets: Vec::new(),
            list: Vec::new(),
            seen: vec![0; nodes],
            search: 0,
        }
    }

    /// Number of the list of overwriters of `class` in the state `memory`.
    pub fn find(&mut self, places: &Places<impl Target>, memory: NodeId, class: AliasClass) -> SetId {
        let memory = shown(places.graph, memory, class);
        let mut at = self.first[memory.index()];
        while at != NIL {
            let known = &self.known[at as usize];
            if known.class == class {
                return known.set;
            }
            at = known.next;
        }
        let set = self.collect(places, memory, class);
        self.known.push(Known { class, set, next: self.first[memory.index()] });
        self.first[memory.index()] = self.known.len() as u32 - 1;
        set
    }

    /// All of a set, by their place in the dominator tree.
    pub fn all(&self, set: SetId) -> &[Overwriter] {
        let (start, end) = self.sets[set.0 as usize];
        &self.list[start as usize..end as usize]
    }

    /// Those of a set whose blocks are in this interval of the walk over the dominator tree.
    pub fn within(&self, set: SetId, (first, last): (u32, u32)) -> &[Overwriter] {
        let all = self.all(set);
        let start = all.partition_point(|overwriter| overwriter.place < first);
        let len = all[start..].partition_point(|overwriter| overwriter.place <= last);
        &all[start..start + len]
    }

    fn collect(&mut self, places: &Places<impl Target>, memory: NodeId, class: AliasClass) -> SetId {
        let start = self.list.len();
        let graph = places.graph;
        let mut covered: Vec<AliasClass> = Vec::new();
        let mut state = memory;
        self.search(places, state, class, &[]);
        while !class.is_slice() && graph.is(state, Op::MergeMem) {
            for (&slice, input) in merged_classes(graph, state).iter().zip(graph.inputs(state).skip(1)) {
                if slice.overlaps(class) && !covered.contains(&slice) {
                    self.search(places, shown(graph, input, slice), slice, &[]);
                    covered.push(slice);
                }
            }
            state = graph.input(state, 0);
            self.search(places, state, class, &covered);
        }
        self.list[start..].sort_unstable_by_key(|overwriter| (overwriter.place, overwriter.node));
        self.sets.push((start as u32, self.list.len() as u32));
        SetId(self.sets.len() as u32 - 1)
    }

    /// Lists who overwrites `class`, apart from the classes that are `covered` otherwise.
    fn search(&mut self, places: &Places<impl Target>, memory: NodeId, class: AliasClass, covered: &[AliasClass]) {
        self.search += 1;
        let made_in = places.block_of[memory.index()];
        let mut worklist = vec![memory];
        while let Some(state) = worklist.pop() {
            if std::mem::replace(&mut self.seen[state.index()], self.search) == self.search {
                continue;
            }
            if places.graph.is(state, Op::Phi) {
                worklist.extend(other_names(places.graph, state, class, covered));
            }
            for (user, index) in places.graph.uses(state) {
                match self.meet(places, (user, index), class, covered, made_in) {
                    Meeting::Nothing => {}
                    Meeting::Through(next) => worklist.push(next),
                    Meeting::Overwriter(block, node) if block.is_some() => {
                        let place = places.dominators.interval(block).0;
                        self.list.push(Overwriter { place, block, node });
                    }
                    Meeting::Overwriter(..) => {}
                }
            }
        }
    }

    fn meet(
        &self,
        places: &Places<impl Target>,
        (user, index): (NodeId, usize),
        class: AliasClass,
        covered: &[AliasClass],
        made_in: Block,
    ) -> Meeting {
        let Places { graph, cfg, block_of, target, .. } = *places;
        match Op::from_number(graph.op_number(user)) {
            Some(Op::Phi) => {
                let merged = AliasClass(graph.payload(user) as u32);
                if !merged.overlaps(class) || covered.contains(&merged) {
                    return Meeting::Nothing;
                }
                let region = graph.input(user, 0);
                let merged_in = cfg.block_of(region);
                if made_in == merged_in || (made_in.is_some() && !places.dominators.dominates(made_in, merged_in)) {
                    return Meeting::Nothing;
                }
                let way = graph.input(region, index - 1);
                Meeting::Overwriter(cfg.block_of(way), NodeId::NONE)
            }
            Some(Op::MergeMem) if index > 0 && covered.contains(&merged_classes(graph, user)[index - 1]) => {
                Meeting::Nothing
            }
            Some(Op::MergeMem) if shows(graph, user, index, class) => Meeting::Through(user),
            Some(Op::MergeMem) => Meeting::Nothing,
            Some(Op::Pi) => Meeting::Through(user),
            _ => {
                let effects = effects(graph, user, target);
                if effects.memory != Some(index as u32) {
                    return Meeting::Nothing;
                }
                let overwrites = effects.class.overlaps(class) && !covered.contains(&effects.class);
                if effects.writes && (self.order == MemoryOrder::Chain || overwrites) {
                    return Meeting::Overwriter(block_of[user.index()], user);
                }
                match memory_after(graph, user) {
                    Some(after) => Meeting::Through(after),
                    None => Meeting::Nothing,
                }
            }
        }
    }
}

/// The other memory phis of the region that hold memory of the class.
fn other_names<'g>(
    graph: &'g Graph,
    phi: NodeId,
    class: AliasClass,
    covered: &'g [AliasClass],
) -> impl Iterator<Item = NodeId> + 'g {
    graph.phis(graph.input(phi, 0)).filter(move |&other| {
        let merged = AliasClass(graph.payload(other) as u32);
        graph.ty(other) == Type::MEM && other != phi && merged.overlaps(class) && !covered.contains(&merged)
    })
}

enum Meeting {
    Nothing,
    Through(NodeId),
    Overwriter(Block, NodeId),
}

/// What an access of this class sees of a state: of a slice, no `mergemem`.
fn shown(graph: &Graph, mut state: NodeId, class: AliasClass) -> NodeId {
    while class.is_slice() && graph.is(state, Op::MergeMem) {
        state = graph.input(state, slice_index(graph, state, class));
    }
    state
}

/// Does input `index` of a `mergemem` hold what an access of this class sees?
pub fn shows(graph: &Graph, merge: NodeId, index: usize, class: AliasClass) -> bool {
    if class.is_slice() {
        return slice_index(graph, merge, class) == index;
    }
    index == 0 || merged_classes(graph, merge)[index - 1].overlaps(class)
}

fn merged_classes(graph: &Graph, merge: NodeId) -> &[AliasClass] {
    &graph.tables().merges[graph.payload(merge) as usize]
}

/// The input of a `mergemem` that an access of this class, a slice, sees.
pub fn slice_index(graph: &Graph, merge: NodeId, class: AliasClass) -> usize {
    debug_assert!(graph.ty(merge) == Type::MEM);
    merged_classes(graph, merge).binary_search(&class).map_or(0, |slice| slice + 1)
}
