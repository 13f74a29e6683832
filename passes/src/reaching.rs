//! Repair of a value that got a second definition: phis where the two meet.
//!
//! As Braun et al., "Simple and Efficient Construction of Static Single Assignment Form" (CC 2013), on a finished
//! flow graph and without recursion.

use crate::places::Places;
use rustc_hash::FxHashMap;
use son_ir::analysis::{Block, LoopId};
use son_ir::{AliasClass, Graph, Inputs, NodeId, Op, Type};

/// Most uses of memory that are looked at to know which slice of it they take.
const MAX_STEPS: u32 = 64;

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
    /// The value in the scope itself.
    inside: NodeId,
    /// Of memory: what phis are of.
    class: AliasClass,
    known: FxHashMap<Block, NodeId>,
}

impl<'a> Reaching<'a> {
    /// `values` come over inputs 0 and 1 of each merging region; `inside` is the value in the scope itself.
    pub(crate) fn new(scope: Scope, merges: &'a [Merge], values: (NodeId, NodeId), inside: NodeId) -> Reaching<'a> {
        Reaching { scope, merges, values, inside, class: AliasClass::ANY, known: FxHashMap::default() }
    }

    /// Gives these uses behind the scope the value that reaches them.
    pub(crate) fn repair(mut self, graph: &mut Graph, places: &mut Places, uses: &[(NodeId, usize)]) {
        if graph.ty(self.inside) == Type::MEM {
            self.class = common_class(graph, uses).unwrap_or_else(|| memory_class(graph, self.inside));
        }
        for &(user, index) in uses {
            let block = places.use_block(graph, user, index);
            let value = self.at_end(graph, places, block);
            graph.set_input(user, index, value);
        }
    }

    fn at_end(&mut self, graph: &mut Graph, places: &mut Places, block: Block) -> NodeId {
        let mut empty = Vec::new();
        let value = self.find(graph, places, block, &mut empty);
        while let Some((block, phi)) = empty.pop() {
            let controls: Inputs = graph.inputs(graph.input(phi, 0)).collect();
            for control in controls {
                let before = places.block_of(control);
                let value = self.find(graph, places, before, &mut empty);
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
                return self.inside;
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
        graph.raw(Op::Phi, graph.ty(self.values.1), u64::from(self.class.0), inputs)
    }
}

/// The one slice of a state of memory that all these uses take, if there is one.
fn common_class(graph: &Graph, uses: &[(NodeId, usize)]) -> Option<AliasClass> {
    let mut steps = MAX_STEPS;
    let &(user, index) = uses.first()?;
    let class = named_class(graph, user, index);
    let all = class.is_slice() && uses.iter().all(|&(user, index)| takes(graph, user, index, class, &mut steps));
    all.then_some(class)
}

/// The slice of memory that the use names.
fn named_class(graph: &Graph, user: NodeId, index: usize) -> AliasClass {
    match graph.op(user) {
        Op::Phi => AliasClass(graph.payload(user) as u32),
        Op::MergeMem if index > 0 => graph.tables().merges[graph.payload(user) as usize][index - 1],
        Op::Load | Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove => graph.access(user).class,
        _ => AliasClass::ANY,
    }
}

/// Does the use take the slice alone? A write does if what follows it does: it may be part of a chain of all memory.
fn takes(graph: &Graph, user: NodeId, index: usize, class: AliasClass, steps: &mut u32) -> bool {
    let mut pending = vec![(user, index)];
    while let Some((user, index)) = pending.pop() {
        if *steps == 0 || named_class(graph, user, index) != class {
            return false;
        }
        *steps -= 1;
        if matches!(graph.op(user), Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove) {
            pending.extend(graph.uses(user));
        }
    }
    true
}

/// The slice that a state of memory is of.
fn memory_class(graph: &Graph, mut state: NodeId) -> AliasClass {
    while matches!(graph.op(state), Op::Store | Op::MemCopy | Op::MemMove | Op::MemSet) {
        state = graph.input(state, 1);
    }
    if graph.is(state, Op::Phi) { AliasClass(graph.payload(state) as u32) } else { AliasClass::ANY }
}
