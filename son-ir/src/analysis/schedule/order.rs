//! An order of execution inside each block: effects as control and memory say, values just before the first
//! node that needs them, values that only other blocks need at the end. The very last are the next values of
//! counters (`i + 1` in place of `i`): once nothing reads the old value any more, both may share a register.

use super::{Before, Schedule};
use crate::analysis::cfg::Block;
use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::types::Type;

/// Fills in the order of each block.
pub(super) fn order(graph: &Graph, schedule: &mut Schedule) {
    let by_block = Floating::new(graph, schedule);
    let mut orderer = Orderer {
        graph,
        block_of: &schedule.block_of,
        before: &schedule.before,
        state: vec![State::New; graph.len()],
        token_state: vec![State::New; schedule.before.token_starts.len()],
        order: Vec::with_capacity(graph.live()),
        stack: Vec::new(),
    };
    let mut starts = vec![0];
    let mut chain = Vec::new();
    for block in schedule.cfg.blocks() {
        chain.clear();
        schedule.cfg.chain(graph, block, |node| chain.push(node));
        orderer.block(&chain, schedule.cfg.end(block), by_block.of(block));
        starts.push(orderer.order.len() as u32);
    }
    schedule.order = orderer.order;
    schedule.starts = starts;
}

/// The nodes of each block that are not in the control skeleton, by index.
struct Floating {
    starts: Vec<u32>,
    nodes: Vec<NodeId>,
}

impl Floating {
    fn new(graph: &Graph, schedule: &Schedule) -> Floating {
        let cfg = &schedule.cfg;
        let mut starts = vec![0u32; cfg.len() + 1];
        let floats = |node: &NodeId| schedule.block_of(*node).is_some() && !cfg.block_of(*node).is_some();
        for node in graph.nodes().filter(floats) {
            starts[schedule.block_of(node).index() + 1] += 1;
        }
        for block in 0..cfg.len() {
            starts[block + 1] += starts[block];
        }
        let mut next = starts.clone();
        let mut nodes = vec![NodeId::NONE; starts[cfg.len()] as usize];
        for node in graph.nodes().filter(floats) {
            let at = &mut next[schedule.block_of(node).index()];
            nodes[*at as usize] = node;
            *at += 1;
        }
        Floating { starts, nodes }
    }

    fn of(&self, block: Block) -> &[NodeId] {
        &self.nodes[self.starts[block.index()] as usize..self.starts[block.index() + 1] as usize]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// Waits for its inputs.
    Open,
    Done,
}

#[derive(Clone, Copy)]
enum Step {
    Node(NodeId),
    /// All readers of a state, on behalf of the writer that ends it.
    Token(u32),
}

struct Orderer<'a> {
    graph: &'a Graph,
    block_of: &'a [Block],
    before: &'a Before,
    state: Vec<State>,
    token_state: Vec<State>,
    order: Vec<NodeId>,
    stack: Vec<(Step, u32)>,
}

impl Orderer<'_> {
    /// `end` is the last of the chain, or else a region that the block jumps to.
    fn block(&mut self, chain: &[NodeId], end: NodeId, floating: &[NodeId]) {
        let graph = self.graph;
        let own_end = chain.last() == Some(&end);
        let inner = &chain[..chain.len() - own_end as usize];
        self.emit(chain[0]);
        for &phi in floating.iter().filter(|&&node| graph.is(node, Op::Phi)) {
            self.emit(phi);
        }
        for &node in inner {
            self.emit_after_inputs(node);
        }
        for counters in [false, true] {
            for &node in floating {
                let waits = own_end && graph.has_one_use(node) && graph.users(node).next() == Some(end);
                if !waits && self.state[node.index()] == State::New && self.counts(node) == counters {
                    self.emit_after_inputs(node);
                }
            }
        }
        if own_end {
            self.emit_after_inputs(end);
        }
    }

    /// Is the node the next value of a phi of a loop, computed from the old one and nothing else of this block?
    fn counts(&self, node: NodeId) -> bool {
        let (graph, block) = (self.graph, self.block_of[node.index()]);
        let is_outside = |input: NodeId| self.block_of[input.index()] != block || graph.num_inputs(input) == 0;
        let carries = |phi: NodeId| {
            graph.is(phi, Op::Phi)
                && graph.is(graph.input(phi, 0), Op::Loop)
                && graph.inputs(node).any(|input| input == phi)
                && graph.inputs(node).all(|input| input == phi || is_outside(input))
        };
        graph.ty(node).is_data() && graph.users(node).any(carries)
    }

    fn emit(&mut self, node: NodeId) {
        if self.state[node.index()] == State::Done {
            return;
        }
        self.state[node.index()] = State::Done;
        self.order.push(node);
        if self.graph.ty(node) == Type::TUPLE {
            let block = self.block_of[node.index()];
            // The list of uses starts with the last one.
            let start = self.order.len();
            for proj in self.graph.users(node) {
                let part = self.block_of[proj.index()] == block && self.state[proj.index()] != State::Done;
                if part && self.graph.ty(proj) != Type::CTRL {
                    self.state[proj.index()] = State::Done;
                    self.order.push(proj);
                }
            }
            let graph = self.graph;
            self.order[start..].sort_unstable_by_key(|&proj| graph.payload(proj));
        }
    }

    /// Emits the node after all it needs of its block. A cycle, which only a wrong graph has, is cut.
    fn emit_after_inputs(&mut self, node: NodeId) {
        let block = self.block_of[node.index()];
        self.open(Step::Node(node), block);
        while let Some((step, next)) = self.stack.last_mut() {
            let (step, index) = (*step, *next as usize);
            *next += 1;
            match self.need(step, index) {
                Some(needed) => self.open(needed, block),
                None => {
                    self.stack.pop();
                    match step {
                        Step::Node(node) => self.emit(node),
                        Step::Token(token) => self.token_state[token as usize] = State::Done,
                    }
                }
            }
        }
    }

    /// What has to come before the step, one after the other.
    fn need(&self, step: Step, index: usize) -> Option<Step> {
        match step {
            Step::Node(node) => {
                let inputs = if self.graph.is(node, Op::Phi) { 0 } else { self.graph.num_inputs(node) };
                if index < inputs {
                    return Some(Step::Node(self.graph.input(node, index)));
                }
                let tokens = self.before.tokens(node);
                tokens.get(index - inputs).map(|&(_, token)| Step::Token(token))
            }
            Step::Token(token) => self.before.readers(token).get(index).map(|&reader| Step::Node(reader)),
        }
    }

    fn open(&mut self, step: Step, block: Block) {
        let state = match step {
            Step::Node(node) if self.block_of[node.index()] == block => &mut self.state[node.index()],
            Step::Node(_) => return,
            Step::Token(token) => &mut self.token_state[token as usize],
        };
        if *state == State::New {
            *state = State::Open;
            self.stack.push((step, 0));
        }
    }
}
