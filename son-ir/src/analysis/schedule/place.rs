//! A block for each node.

use super::{Before, Schedule};
use crate::analysis::anti_dependence::{MemoryOrder, Overwriters, SetId};
use crate::analysis::cfg::Block;
use crate::analysis::effects::{Effects, Target, effects};
use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::types::Type;

/// A block outside of a loop has to be executed that much less often to be worth a longer live range.
const WORTH_MOVING: f64 = 0.8;
/// A back edge that is taken at least so often is as good as never left.
const OFTEN: f64 = 0.7;

pub(super) struct Placement<'a, T> {
    graph: &'a Graph,
    target: &'a T,
    schedule: &'a Schedule,
    block_of: Vec<Block>,
    /// Nodes that control does not pin, each after its inputs.
    floating: Vec<NodeId>,
    overwriters: Overwriters,
    /// Readers whose state ends in their own block: block, set, reader.
    ending: Vec<(Block, SetId, NodeId)>,
}

impl<'a, T: Target> Placement<'a, T> {
    pub(super) fn new(graph: &'a Graph, target: &'a T, memory: MemoryOrder, schedule: &'a Schedule) -> Self {
        Placement {
            graph,
            target,
            schedule,
            block_of: vec![Block::NONE; graph.len()],
            floating: Vec::new(),
            overwriters: Overwriters::new(memory, graph.len()),
            ending: Vec::new(),
        }
    }

    /// Finds the blocks.
    pub(super) fn run(mut self) -> Vec<Block> {
        self.place();
        self.block_of
    }

    /// Finds the blocks, and what has to come first in each of them.
    pub(super) fn run_ordered(mut self) -> (Vec<Block>, Before) {
        let pinned = self.place();
        for node in pinned.into_iter().chain(std::mem::take(&mut self.floating)) {
            self.note_ending(node);
        }
        let before = self.orders();
        (self.block_of, before)
    }

    /// Places all nodes. Returns those that control pins.
    fn place(&mut self) -> Vec<NodeId> {
        let pinned = self.pin();
        self.place_early(&pinned);
        for at in (0..self.floating.len()).rev() {
            self.place_late(self.floating[at]);
        }
        pinned
    }

    fn effects(&self, node: NodeId) -> Effects {
        effects(self.graph, node, self.target)
    }

    /// Gives their block to the nodes of the control skeleton, to phis, and to what those produce.
    fn pin(&mut self) -> Vec<NodeId> {
        let (graph, cfg) = (self.graph, &self.schedule.cfg);
        let mut pinned = Vec::new();
        for block in cfg.blocks() {
            let head = cfg.head(block);
            cfg.chain(graph, block, |node| pinned.push((node, block)));
            if matches!(Op::from_number(graph.op_number(head)), Some(Op::Region | Op::Loop)) {
                pinned.extend(graph.phis(head).map(|phi| (phi, block)));
            }
        }
        for &(node, block) in &pinned {
            self.block_of[node.index()] = block;
            if graph.ty(node) == Type::TUPLE {
                // Results of a call that may leave exceptionally exist where it returned.
                let normal = graph.find_proj(node, 0).map_or(block, |proj| cfg.block_of(proj));
                let results = if cfg.end(block) == node && normal.is_some() { normal } else { block };
                for proj in graph.users(node).filter(|&user| graph.ty(user) != Type::CTRL) {
                    self.block_of[proj.index()] = if graph.ty(proj) == Type::MEM { block } else { results };
                }
            }
        }
        pinned.into_iter().map(|(node, _)| node).collect()
    }

    /// Walks from the pinned nodes over their inputs: lists the others, each after its inputs, and puts each into
    /// the deepest block of its inputs.
    fn place_early(&mut self, pinned: &[NodeId]) {
        let mut seen = vec![false; self.graph.len()];
        let mut stack: Vec<(NodeId, u32)> = Vec::new();
        for &root in pinned {
            for index in 0..self.graph.num_inputs(root) {
                if !self.is_way_taken(root, index) {
                    continue;
                }
                self.enter(self.graph.input(root, index), &mut seen, &mut stack);
                while let Some((node, next)) = stack.last_mut() {
                    let (node, index) = (*node, *next as usize);
                    if index < self.graph.num_inputs(node) {
                        *next += 1;
                        self.enter(self.graph.input(node, index), &mut seen, &mut stack);
                    } else {
                        stack.pop();
                        self.block_of[node.index()] = self.early(node);
                        self.floating.push(node);
                    }
                }
            }
        }
    }

    fn enter(&self, node: NodeId, seen: &mut [bool], stack: &mut Vec<(NodeId, u32)>) {
        if self.block_of[node.index()] == Block::NONE
            && self.graph.ty(node) != Type::CTRL
            && !std::mem::replace(&mut seen[node.index()], true)
        {
            stack.push((node, 0));
        }
    }

    /// Is the input needed at all: not that of a phi for a way that is never taken?
    fn is_way_taken(&self, node: NodeId, index: usize) -> bool {
        let phi = index > 0 && self.graph.is(node, Op::Phi);
        !phi || self.schedule.cfg.block_of(self.graph.input(self.graph.input(node, 0), index - 1)).is_some()
    }

    fn early(&self, node: NodeId) -> Block {
        let dominators = &self.schedule.dominators;
        let mut early = Block::ENTRY;
        for input in self.graph.inputs(node) {
            let block = self.block_of[input.index()];
            if block.is_some() && dominators.depth(block) > dominators.depth(early) {
                early = block;
            }
        }
        early
    }

    /// Moves a node from its early block to the best one. All its users have theirs.
    fn place_late(&mut self, node: NodeId) {
        if self.is_part(node) {
            return;
        }
        let early = self.block_of[node.index()];
        let effects = self.effects(node);
        if effects.pinned {
            self.set_block(node, early);
            return;
        }
        let Some(mut late) = self.common_use(node) else { return };
        if let Some(above) = self.before_overwriters(node, &effects, early) {
            late = self.schedule.dominators.common(late, above);
        }
        if !self.schedule.dominators.dominates(early, late) {
            late = early; // A wrong graph: the checker names the use.
        }
        let block = if effects.cheap { late } else { self.best(early, late) };
        let block = if effects.memory.is_none() { self.before_exit(node, early, block) } else { block };
        self.set_block(node, block);
    }

    /// The lowest block that dominates all that overwrite what the node reads, none if nothing does.
    fn before_overwriters(&mut self, node: NodeId, effects: &Effects, early: Block) -> Option<Block> {
        let at = effects.memory.filter(|_| effects.reads)?;
        let places = self.schedule.places(self.graph, self.target, &self.block_of);
        let set = self.overwriters.find(&places, self.graph.input(node, at as usize), effects.class);
        // In the order of the list, the first and the last have the same common dominator as all of them.
        let within = self.overwriters.within(set, self.schedule.dominators.interval(early));
        Some(self.schedule.dominators.common(within.first()?.block, within.last()?.block))
    }

    /// Is the node a projection, which goes where its tuple is?
    fn is_part(&self, node: NodeId) -> bool {
        self.graph.is(node, Op::Proj)
    }

    fn set_block(&mut self, node: NodeId, block: Block) {
        self.block_of[node.index()] = block;
        if self.graph.ty(node) == Type::TUPLE {
            for proj in self.graph.users(node) {
                if self.block_of[proj.index()].is_some() {
                    self.block_of[proj.index()] = block;
                }
            }
        }
    }

    /// The closest block that dominates all uses.
    fn common_use(&self, node: NodeId) -> Option<Block> {
        let mut late = None;
        for (user, index) in self.graph.uses(node) {
            let block = if self.is_part(user) { self.common_use_of_part(user) } else { self.use_block(user, index) };
            if let Some(block) = block {
                late = Some(late.map_or(block, |late| self.schedule.dominators.common(late, block)));
            }
        }
        late
    }

    fn common_use_of_part(&self, part: NodeId) -> Option<Block> {
        let blocks = self.graph.uses(part).filter_map(|(user, index)| self.use_block(user, index));
        blocks.reduce(|late, block| self.schedule.dominators.common(late, block))
    }

    /// Where a use needs its value: for a phi, at the end of the predecessor.
    fn use_block(&self, user: NodeId, index: usize) -> Option<Block> {
        let block = self.block_of[user.index()];
        let block = if index > 0 && block.is_some() && self.graph.is(user, Op::Phi) {
            self.schedule.cfg.block_of(self.graph.input(self.graph.input(user, 0), index - 1))
        } else {
            block
        };
        block.is_some().then_some(block)
    }

    /// The block between `early` and `late` that is executed least often, `late` if it is as good as others. Only
    /// leaving a loop upwards makes a block rarer than one that it dominates.
    fn best(&self, early: Block, late: Block) -> Block {
        let Schedule { dominators, loops, frequencies, .. } = self.schedule;
        let mut best = late;
        let mut inner = loops.innermost(late);
        while let Some(this) = inner {
            let above = dominators.immediate(loops.header(this));
            if !dominators.dominates(early, above) {
                break;
            }
            let deeper = loops.block_depth(above) >= loops.block_depth(best);
            if !deeper && frequencies.of(above) <= frequencies.of(best) * WORTH_MOVING {
                best = above;
            }
            inner = loops.parent(this);
        }
        best
    }

    /// The next value of a counter is not computed between a loop's exit and its back edge, but before the exit, unless
    /// the old value is tested or needed after that: the loop is one block then, and what is computed can be tested.
    fn before_exit(&self, node: NodeId, early: Block, latch: Block) -> Block {
        let Schedule { cfg, dominators, loops, frequencies, .. } = self.schedule;
        let graph = self.graph;
        let old = graph.users(node).next().filter(|&phi| graph.is(phi, Op::Phi) && graph.has_one_use(node));
        let Some(old) = old.filter(|&phi| graph.is(graph.input(phi, 0), Op::Loop) && graph.input(phi, 2) == node)
        else {
            return latch;
        };
        let counts = graph.inputs(node).all(|input| input == old || graph.num_inputs(input) == 0);
        let &[exit] = cfg.predecessors(latch) else { return latch };
        let head = cfg.block_of(graph.input(old, 0));
        let inside = |block: Block| loops.innermost(block).is_some_and(|inner| loops.header(inner) == head);
        let end = cfg.end(exit);
        if !counts || !inside(latch) || !inside(exit) || !graph.is(end, Op::If) || !dominators.dominates(early, exit) {
            return latch;
        }
        let condition = graph.input(end, 1);
        let leaves = cfg.successors(exit).iter().any(|&block| !inside(block));
        let tested = condition == old || graph.inputs(condition).any(|input| input == old);
        let ends = |(user, index)| {
            user == node || self.use_block(user, index).is_some_and(|block| inside(block) && block != latch)
        };
        let tested = tested || !graph.uses(old).all(ends);
        let often = frequencies.of(latch) >= frequencies.of(exit) * OFTEN;
        if leaves && often && !tested { exit } else { latch }
    }

    /// Remembers a reader whose state ends in the reader's own block.
    fn note_ending(&mut self, node: NodeId) {
        let effects = self.effects(node);
        let Some(at) = effects.memory.filter(|_| effects.reads && !effects.writes) else { return };
        let block = self.block_of[node.index()];
        let places = self.schedule.places(self.graph, self.target, &self.block_of);
        let set = self.overwriters.find(&places, self.graph.input(node, at as usize), effects.class);
        if self.ended_in(set, block).next().is_some() {
            self.ending.push((block, set, node));
        }
    }

    /// The nodes of the block that overwrite.
    fn ended_in(&self, set: SetId, block: Block) -> impl Iterator<Item = NodeId> + '_ {
        let place = self.schedule.dominators.interval(block).0;
        self.overwriters.within(set, (place, place)).iter().map(|end| end.node).filter(|node| node.is_some())
    }

    fn orders(&mut self) -> Before {
        let mut ending = std::mem::take(&mut self.ending);
        ending.sort_unstable();
        let mut before = Before { token_starts: vec![0], ..Before::default() };
        for group in ending.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (block, set, _) = group[0];
            let token = before.token_starts.len() as u32 - 1;
            before.readers.extend(group.iter().map(|reader| reader.2));
            before.token_starts.push(before.readers.len() as u32);
            before.writers.extend(self.ended_in(set, block).map(|writer| (writer, token)));
        }
        before.writers.sort_unstable();
        before
    }
}
