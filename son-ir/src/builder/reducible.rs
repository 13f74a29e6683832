//! Loops with several entries are given one: a dispatch block that all jumps into the loop's entries go
//! through, with a variable that says where they wanted to go.
//!
//! The flow graph must be announced before the jumps are built. Strongly connected parts are found from the
//! outside in; each that is entered in several blocks gets a dispatch block for those blocks.

use super::{Block, FunctionBuilder, Stage, Var};
use crate::analysis::{Block as Place, Dominators};
use crate::types::Type;
use hashbrown::{HashMap, HashSet};
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;
use rustc_hash::FxBuildHasher;

/// Dispatch blocks and the edges that go through them.
#[derive(Default)]
pub(super) struct Plan {
    redirect: HashMap<(Block, Block), (u32, u32), FxBuildHasher>,
    pub(super) dispatches: Vec<Dispatch>,
    entries: HashSet<Block, FxBuildHasher>,
}

pub(super) struct Dispatch {
    pub block: Block,
    pub selector: Var,
    pub targets: Vec<Block>,
}

impl Plan {
    /// Where an edge goes instead: dispatch block, selector, and its value.
    pub(super) fn redirected(&self, from: Block, target: Block) -> Option<(Block, Var, u32)> {
        let &(dispatch, number) = self.redirect.get(&(from, target))?;
        let dispatch = &self.dispatches[dispatch as usize];
        Some((dispatch.block, dispatch.selector, number))
    }

    /// Does the block get its ways in from a dispatch block that is filled last?
    pub(super) fn is_entry(&self, block: Block) -> bool {
        self.entries.contains(&block)
    }
}

impl FunctionBuilder {
    /// Announces all edges of the flow graph, before any jump is built. Where a loop has several entries,
    /// jumps to them will go through a dispatch block, so that any flow graph can be built.
    pub fn plan_edges(&mut self, edges: &[(Block, Block)]) {
        if is_reducible(self.blocks.len(), edges) {
            return;
        }
        let mut pending = vec![edges.to_vec()];
        while let Some(edges) = pending.pop() {
            let mut graph = DiGraphMap::<Block, ()>::new();
            graph.add_node(Block(0));
            edges.iter().for_each(|&(from, to)| {
                graph.add_edge(from, to, ());
            });
            for part in kosaraju_scc(&graph) {
                let inside: HashSet<Block> = part.iter().copied().collect();
                let loops = part.len() > 1 || graph.contains_edge(part[0], part[0]);
                if loops {
                    pending.push(self.plan_part(&inside, &edges));
                }
            }
        }
    }

    /// Gives a strongly connected part one entry; the edges that remain to be looked at inside it.
    fn plan_part(&mut self, inside: &HashSet<Block>, edges: &[(Block, Block)]) -> Vec<(Block, Block)> {
        let mut entries: Vec<Block> = edges
            .iter()
            .filter(|(from, to)| inside.contains(to) && !inside.contains(from))
            .map(|edge| edge.1)
            .collect();
        if inside.contains(&Block(0)) {
            entries.push(Block(0));
        }
        entries.sort_unstable();
        entries.dedup();
        let is_entry = |block: Block| entries.binary_search(&block).is_ok();
        let mut rest: Vec<(Block, Block)> = edges
            .iter()
            .copied()
            .filter(|&(from, to)| inside.contains(&from) && inside.contains(&to) && !is_entry(to))
            .collect();
        if entries.len() > 1 {
            let dispatch = self.create_block();
            let selector = self.declare(Type::I32);
            let row = self.plan.dispatches.len() as u32;
            for &(from, to) in edges {
                if let Ok(number) = entries.binary_search(&to) {
                    self.plan.redirect.insert((from, to), (row, number as u32));
                }
            }
            self.plan.entries.extend(entries.iter().copied());
            rest.extend(entries.iter().map(|&entry| (dispatch, entry)));
            self.plan.dispatches.push(Dispatch { block: dispatch, selector, targets: entries });
        }
        rest
    }

    /// Builds the dispatch blocks: all jumps to them are known now.
    pub(super) fn fill_dispatches(&mut self) {
        for row in 0..self.plan.dispatches.len() {
            let Dispatch { block, selector, ref targets } = self.plan.dispatches[row];
            let targets = targets.clone();
            if self.blocks[block.index()].stage != Stage::New {
                continue;
            }
            self.enter(block);
            let value = self.get_or_unspecified(selector);
            let cases: Vec<(u64, Block)> = targets.iter().enumerate().skip(1).map(|(i, &to)| (i as u64, to)).collect();
            self.switch(value, targets[0], &cases, &[]);
        }
        self.dispatched = true;
    }
}

/// Does each loop have one entry, which dominates it?
fn is_reducible(count: usize, edges: &[(Block, Block)]) -> bool {
    let mut successors = vec![Vec::new(); count];
    for &(from, to) in edges {
        successors[from.index()].push(to.index());
    }
    let order = reverse_post_order(&successors);
    let mut place = vec![Place::NONE; count];
    order.iter().enumerate().for_each(|(i, &block)| place[block] = Place(i as u32));
    let mut predecessors = vec![Vec::new(); order.len()];
    for &(from, to) in edges {
        if place[from.index()].is_some() && place[to.index()].is_some() {
            predecessors[place[to.index()].index()].push(place[from.index()]);
        }
    }
    let dominators = Dominators::of_blocks(order.len(), |block| &predecessors[block.index()]);
    let fits = |to: usize| {
        predecessors[to].iter().all(|&from| from.index() < to || dominators.dominates(Place(to as u32), from))
    };
    (0..order.len()).all(fits)
}

fn reverse_post_order(successors: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; successors.len()];
    let mut stack = vec![(0, 0)];
    seen[0] = true;
    while let Some((block, next)) = stack.last_mut() {
        match successors[*block].get(*next) {
            Some(&to) => {
                *next += 1;
                if !std::mem::replace(&mut seen[to], true) {
                    stack.push((to, 0));
                }
            }
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}
