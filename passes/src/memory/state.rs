//! The state of memory at a point: a base for everything, and the slices that differ from it.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::{AliasClass, Graph, Inputs, NodeFlags, NodeId, Op, Type};

/// The state of memory at a point of the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct State {
    /// Memory of all classes that have no slice here.
    pub(super) base: NodeId,
    /// Newer states of single classes, by ascending class.
    slices: SmallVec<[(AliasClass, NodeId); 6]>,
}

impl State {
    pub(super) fn new(base: NodeId) -> State {
        State { base, slices: SmallVec::new() }
    }

    /// The state of one class.
    pub(super) fn get(&self, class: AliasClass) -> NodeId {
        match self.slices.binary_search_by_key(&class, |slice| slice.0) {
            Ok(at) => self.slices[at].1,
            Err(_) => self.base,
        }
    }

    /// Gives one class a state.
    pub(super) fn set(&mut self, class: AliasClass, state: NodeId) {
        match self.slices.binary_search_by_key(&class, |slice| slice.0) {
            Ok(at) => self.slices[at].1 = state,
            Err(at) => self.slices.insert(at, (class, state)),
        }
    }

    /// Everything that overlaps with `class`, 0 or escaped, was overwritten.
    pub(super) fn overwrite(&mut self, class: AliasClass, state: NodeId) {
        self.base = state;
        self.slices.retain(|slice| !slice.0.overlaps(class));
    }

    /// The classes that have a slice.
    pub(super) fn classes(&self) -> impl Iterator<Item = AliasClass> + '_ {
        self.slices.iter().map(|slice| slice.0)
    }
}

/// Makes merges of slices, each list of classes once.
#[derive(Default)]
pub(super) struct Merger {
    rows: FxHashMap<SmallVec<[AliasClass; 6]>, u64>,
}

impl Merger {
    /// The whole memory as far as it overlaps with `class`, 0 or escaped, in one state.
    pub(super) fn whole(&mut self, graph: &mut Graph, state: &State, class: AliasClass) -> NodeId {
        let differing = |slice: &&(AliasClass, NodeId)| slice.0.overlaps(class) && slice.1 != state.base;
        let classes: SmallVec<[AliasClass; 6]> = state.slices.iter().filter(differing).map(|slice| slice.0).collect();
        if classes.is_empty() {
            return state.base;
        }
        let mut inputs: Inputs = smallvec::smallvec![state.base];
        inputs.extend(state.slices.iter().filter(differing).map(|slice| slice.1));
        let row = match self.rows.get(&classes) {
            Some(&row) => row,
            None => {
                let row = graph.tables_mut().add_merge(classes.to_vec());
                self.rows.insert(classes, row);
                row
            }
        };
        graph.node(Op::MergeMem, Type::MEM, NodeFlags::NONE, row, &inputs)
    }
}
