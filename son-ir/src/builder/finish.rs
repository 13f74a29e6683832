//! The end of building: seals what is open, checks, and brings the graph into its form.

use super::{Block, BuildError, FunctionBuilder, Stage};
use crate::graph::NodeId;
use crate::module::Function;
use crate::ops::Op;
use crate::types::Type;

impl FunctionBuilder {
    /// The function, when all its blocks are built.
    ///
    /// # Errors
    /// A block that can be reached has no terminator; a variable is read but not defined on every path; a loop has several entries that were not announced.
    pub fn finish(mut self) -> Result<Function, BuildError> {
        self.fill_dispatches();
        for block in 0..self.blocks.len() {
            self.seal(Block(block as u32));
        }
        if let Some(mistake) = self.mistake.take() {
            return Err(mistake);
        }
        let successors = self.successors();
        let reached = self.reach(&successors, [Block(0)]);
        if let Some(block) =
            self.all_blocks().find(|b| reached[b.index()] && self.blocks[b.index()].stage != Stage::Filled)
        {
            return Err(BuildError::Unterminated(block));
        }
        self.exit_endless_loops(&successors, &reached);
        self.tidy_regions(&reached);
        if let Err(head) = self.graph.form_loops() {
            let block = self.all_blocks().find(|b| self.blocks[b.index()].head == head);
            return Err(BuildError::Irreducible(block.unwrap_or(Block(0))));
        }
        self.graph.release();
        self.graph.compact();
        Ok(Function {
            symbol: self.symbol,
            signature: self.signature,
            graph: self.graph,
            slots: self.slots,
            indirect_targets: self.indirect_targets,
            flags: self.flags,
        })
    }

    fn all_blocks(&self) -> impl Iterator<Item = Block> + use<> {
        (0..self.blocks.len() as u32).map(Block)
    }

    fn successors(&self) -> Vec<Vec<Block>> {
        let mut successors = vec![Vec::new(); self.blocks.len()];
        for block in self.all_blocks() {
            for &(from, _) in &self.blocks[block.index()].predecessors {
                successors[from.index()].push(block);
            }
        }
        successors
    }

    fn reach(&self, successors: &[Vec<Block>], from: impl IntoIterator<Item = Block>) -> Vec<bool> {
        let mut reached = vec![false; self.blocks.len()];
        let mut worklist: Vec<Block> = from.into_iter().collect();
        while let Some(block) = worklist.pop() {
            if !std::mem::replace(&mut reached[block.index()], true) {
                worklist.extend(&successors[block.index()]);
            }
        }
        reached
    }

    /// Gives loops that nothing leaves an exit that is never taken.
    fn exit_endless_loops(&mut self, successors: &[Vec<Block>], reached: &[bool]) {
        let exits: Vec<Block> =
            self.all_blocks().filter(|b| reached[b.index()] && successors[b.index()].is_empty()).collect();
        let predecessors: Vec<Vec<Block>> =
            self.blocks.iter().map(|data| data.predecessors.iter().map(|way| way.0).collect()).collect();
        let ends = self.reach(&predecessors, exits);
        if self.all_blocks().all(|b| ends[b.index()] || !reached[b.index()]) {
            return;
        }
        for (from, to) in retreating(successors) {
            if !ends[from.index()] && reached[from.index()] {
                self.exit_edge(from, to);
            }
        }
    }

    /// Puts a never-taken exit on the edges from `from` to `to`.
    fn exit_edge(&mut self, from: Block, to: Block) {
        let memory = self.memory_at_end(from);
        for way in 0..self.blocks[to.index()].predecessors.len() {
            let (before, control) = self.blocks[to.index()].predecessors[way];
            if before != from {
                continue;
            }
            let never = self.graph.raw(Op::Never, Type::TUPLE, 0, &[control]);
            let on = self.graph.insert_proj(never, 0, Type::CTRL);
            let off = self.graph.insert_proj(never, 1, Type::CTRL);
            let exit = self.graph.raw(Op::Unreachable, Type::CTRL, 0, &[off, memory]);
            self.graph.add_input(NodeId::STOP, exit);
            let head = self.blocks[to.index()].head;
            self.graph.set_input(head, way, on);
            self.blocks[to.index()].predecessors[way].1 = on;
        }
    }

    /// Removes blocks that are not reached, and regions with one way in.
    fn tidy_regions(&mut self, reached: &[bool]) {
        for block in self.all_blocks() {
            let head = self.blocks[block.index()].head;
            if !reached[block.index()] && head.is_some() && self.graph.is_live(head) {
                self.graph.kill_control(head);
            }
        }
        for block in self.all_blocks() {
            let head = self.blocks[block.index()].head;
            let region = head.is_some() && self.graph.is_live(head) && self.graph.is(head, Op::Region);
            if region && self.graph.num_inputs(head) == 1 {
                self.graph.collapse_region(head);
            }
        }
    }
}

/// Edges to a block that a depth-first walk from the entry is still inside of.
fn retreating(successors: &[Vec<Block>]) -> Vec<(Block, Block)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Walk {
        New,
        Inside,
        Left,
    }
    let mut walk = vec![Walk::New; successors.len()];
    let mut edges = Vec::new();
    let mut stack = vec![(Block(0), 0)];
    walk[0] = Walk::Inside;
    while let Some((block, next)) = stack.last_mut() {
        let (from, index) = (*block, *next);
        *next += 1;
        match successors[from.index()].get(index) {
            Some(&to) if walk[to.index()] == Walk::Inside => edges.push((from, to)),
            Some(&to) if walk[to.index()] == Walk::New => {
                walk[to.index()] = Walk::Inside;
                stack.push((to, 0));
            }
            Some(_) => {}
            None => {
                walk[from.index()] = Walk::Left;
                stack.pop();
            }
        }
    }
    edges.dedup();
    edges
}
