//! Repair of a value that got a second definition: phis where the two meet.
//!
//! As Braun et al., "Simple and Efficient Construction of Static Single Assignment Form" (CC 2013), on a finished
//! flow graph and without recursion.

use crate::places::Places;
use rustc_hash::FxHashMap;
use son_ir::analysis::{Block, LoopId};
use son_ir::{AliasClass, Graph, Inputs, NodeId, Op, Type};

/// The part of the graph in which the old definition holds.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    /// A loop.
    Loop(LoopId),
    /// One block.
    Block(Block),
}

impl Scope {
    fn contains(self, places: &Places, block: Block) -> bool {
        match self {
            Scope::Loop(of) => places.contains(of, block),
            Scope::Block(only) => block == only,
        }
    }
}

/// Where control leaves the scope: the block behind, and the region in it that merges the new way with the old one.
#[derive(Clone, Copy)]
pub(crate) struct Merge {
    pub block: Block,
    pub region: NodeId,
}

/// The definitions of one value behind a scope.
pub(crate) struct Reaching<'a> {
    scope: Scope,
    merges: &'a [Merge],
    /// The new value, then the old one, as the inputs of the merging regions.
    values: (NodeId, NodeId),
    known: FxHashMap<Block, NodeId>,
}

impl<'a> Reaching<'a> {
    /// `first` comes over input 0 of each merging region, `second` over input 1.
    pub(crate) fn new(scope: Scope, merges: &'a [Merge], first: NodeId, second: NodeId) -> Reaching<'a> {
        Reaching { scope, merges, values: (first, second), known: FxHashMap::default() }
    }

    /// The value at the end of the block. `inside` is the value in the scope itself.
    pub(crate) fn at_end(&mut self, graph: &mut Graph, places: &mut Places, block: Block, inside: NodeId) -> NodeId {
        let mut empty = Vec::new();
        let value = self.find(graph, places, block, inside, &mut empty);
        while let Some((block, phi)) = empty.pop() {
            let controls: Inputs = graph.inputs(graph.input(phi, 0)).collect();
            for control in controls {
                let before = places.block_of(control);
                let value = self.find(graph, places, before, inside, &mut empty);
                graph.add_input(phi, value);
            }
            places.put(phi, block);
        }
        value
    }

    fn find(
        &mut self,
        graph: &mut Graph,
        places: &mut Places,
        mut block: Block,
        inside: NodeId,
        empty: &mut Vec<(Block, NodeId)>,
    ) -> NodeId {
        loop {
            if let Some(&value) = self.known.get(&block) {
                return value;
            }
            if let Some(merge) = self.merges.iter().find(|merge| merge.block == block) {
                let value = self.merge(graph, merge.region);
                places.put(value, block);
                self.known.insert(block, value);
                return value;
            }
            if self.scope.contains(places, block) {
                return inside;
            }
            match places.predecessors(graph, block)[..] {
                [before] => block = before,
                _ => {
                    let phi = self.phi(graph, &[places.head(block)]);
                    self.known.insert(block, phi);
                    empty.push((block, phi));
                    return phi;
                }
            }
        }
    }

    fn merge(&self, graph: &mut Graph, region: NodeId) -> NodeId {
        let (first, second) = self.values;
        if first == second { first } else { self.phi(graph, &[region, first, second]) }
    }

    fn phi(&self, graph: &mut Graph, inputs: &[NodeId]) -> NodeId {
        let like = self.values.1;
        let payload = if graph.ty(like) == Type::MEM { u64::from(memory_class(graph, like).0) } else { 0 };
        graph.raw(Op::Phi, graph.ty(like), payload, inputs)
    }
}

/// The slice that a state of memory is of.
fn memory_class(graph: &Graph, mut state: NodeId) -> AliasClass {
    while matches!(graph.op(state), Op::Store | Op::MemCopy | Op::MemMove | Op::MemSet) {
        state = graph.input(state, 1);
    }
    if graph.is(state, Op::Phi) { AliasClass(graph.payload(state) as u32) } else { AliasClass::ANY }
}
