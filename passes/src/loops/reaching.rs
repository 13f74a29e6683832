//! Repair of a value of a loop that got a second definition: phis where the two meet behind the loop.
//!
//! As Braun et al., "Simple and Efficient Construction of Static Single Assignment Form" (CC 2013), on a finished
//! flow graph and without recursion.

use super::Places;
use rustc_hash::FxHashMap;
use son_ir::analysis::{Block, LoopId};
use son_ir::{Graph, Inputs, NodeId, Op};

/// Where control leaves a loop: the block behind, and the region in it that merges the old way with the new one.
#[derive(Clone, Copy)]
pub(super) struct Merge {
    pub block: Block,
    pub region: NodeId,
}

/// The definitions of one value behind a loop.
pub(super) struct Reaching<'a> {
    of: LoopId,
    merges: &'a [Merge],
    /// The value in the copy, then in the loop, as the inputs of the merging regions.
    values: (NodeId, NodeId),
    known: FxHashMap<Block, NodeId>,
}

impl<'a> Reaching<'a> {
    /// `first` comes over input 0 of each merging region, `second` over input 1. At exits of the loop without a
    /// merge, `inside` holds on.
    pub(super) fn new(of: LoopId, merges: &'a [Merge], first: NodeId, second: NodeId) -> Reaching<'a> {
        Reaching { of, merges, values: (first, second), known: FxHashMap::default() }
    }

    /// The value at the end of the block. `inside` is the value in the loop itself.
    pub(super) fn at_end(&mut self, graph: &mut Graph, places: &mut Places, block: Block, inside: NodeId) -> NodeId {
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
            if places.loops.contains(self.of, block) {
                return inside;
            }
            match places.cfg.predecessors(block) {
                &[before] => block = before,
                _ => {
                    let phi = self.phi(graph, &[places.cfg.head(block)]);
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
        let payload = if graph.is(like, Op::Phi) { graph.payload(like) } else { 0 };
        graph.raw(Op::Phi, graph.ty(like), payload, inputs)
    }
}
