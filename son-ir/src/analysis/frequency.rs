//! How often each block is executed, for one execution of the function: an estimate from branch weights,
//! trip estimates, and what programs usually do.
//!
//! Wu and Larus, "Static branch frequency and program profile analysis" (1994). Each loop is solved once
//! with its header at 1 and the loops inside it as single steps, innermost first; then the headers'
//! frequencies are multiplied in from the outside. Linear in blocks, edges, and loops left by each exit.

use super::cfg::{Block, Cfg};
use super::loops::{LoopId, Loops};
use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::payload::{CallFlags, Weights};

/// Trips of a loop of which nothing is known.
const USUAL_TRIPS: f64 = 10.0;
/// Most trips that a back edge's probability may stand for.
const MOST_TRIPS: f64 = 4096.0;
/// Probability of an edge to code that ends the program or is marked as cold.
const COLD: f64 = 1.0 / 1024.0;
/// Frequencies are kept below this, so that deep nests stay finite.
const MOST: f64 = 1e30;

/// Estimated execution counts of blocks and edges.
#[derive(Clone)]
pub struct Frequencies {
    of: Vec<f64>,
    /// Probability of each edge, by block and position in its list of successors.
    edges: Vec<f64>,
    edge_starts: Vec<u32>,
}

impl Frequencies {
    /// The estimate for `cfg`.
    pub fn new(graph: &Graph, cfg: &Cfg, loops: &Loops) -> Frequencies {
        let (edges, edge_starts) = edge_probabilities(graph, cfg, loops);
        let mut solver = Solver {
            graph,
            cfg,
            loops,
            frequencies: Frequencies { of: vec![0.0; cfg.len()], edges, edge_starts },
            steps: Steps::new(cfg, loops),
            multiplier: vec![1.0; loops.len()],
            exits: vec![Vec::new(); loops.len()],
        };
        solver.solve();
        solver.frequencies
    }

    /// Executions of the block for one of the function's entry.
    pub fn of(&self, block: Block) -> f64 {
        self.of[block.index()]
    }

    /// Probabilities that the block is left to each of its successors.
    pub fn probabilities(&self, block: Block) -> &[f64] {
        &self.edges[self.edge_starts[block.index()] as usize..self.edge_starts[block.index() + 1] as usize]
    }
}

/// Blocks from which the program hardly goes on: they end it, or lead only to such blocks.
pub fn cold_blocks(graph: &Graph, cfg: &Cfg) -> Vec<bool> {
    let mut cold = vec![false; cfg.len()];
    for block in cfg.blocks().rev() {
        let ends =
            matches!(Op::from_number(graph.op_number(cfg.end(block))), Some(Op::Trap | Op::Unreachable | Op::Deopt));
        let successors = cfg.successors(block);
        let leads = !successors.is_empty() && successors.iter().all(|&next| next > block && cold[next.index()]);
        cold[block.index()] = ends || leads;
    }
    for call in graph.nodes().filter(|&node| graph.is(node, Op::Call)) {
        let block = cfg.block_of(call);
        if block.is_some() && graph.call_site(call).flags.any(CallFlags::NO_RETURN.or(CallFlags::COLD)) {
            cold[block.index()] = true;
        }
    }
    // Once more for what leads to cold calls only.
    for block in cfg.blocks().rev() {
        let successors = cfg.successors(block);
        cold[block.index()] |=
            !successors.is_empty() && successors.iter().all(|&next| next > block && cold[next.index()]);
    }
    cold
}

fn edge_probabilities(graph: &Graph, cfg: &Cfg, loops: &Loops) -> (Vec<f64>, Vec<u32>) {
    let cold = cold_blocks(graph, cfg);
    let (mut edges, mut starts) = (Vec::new(), vec![0]);
    for block in cfg.blocks() {
        let successors = cfg.successors(block);
        let first = edges.len();
        if !known_weights(graph, cfg.end(block), successors.len(), &mut edges) {
            edges.extend(successors.iter().map(|&to| usual_weight(loops, &cold, block, to)));
            if successors.len() == 2 {
                prefer_inequality(graph, cfg.end(block), &mut edges[first..]);
            }
        }
        let sum: f64 = edges[first..].iter().sum();
        for edge in &mut edges[first..] {
            *edge = if sum > 0.0 { *edge / sum } else { 1.0 / successors.len() as f64 };
        }
        starts.push(edges.len() as u32);
    }
    (edges, starts)
}

/// The weights that the branch itself carries.
fn known_weights(graph: &Graph, end: NodeId, count: usize, edges: &mut Vec<f64>) -> bool {
    match Op::from_number(graph.op_number(end)) {
        Some(Op::If) if count == 2 => {
            let Weights { on_true, on_false } = Weights::from_payload(graph.payload(end));
            // A side that was never seen may still be taken.
            let least = (f64::from(on_true) + f64::from(on_false)) * 1e-6;
            edges
                .extend([f64::from(on_true).max(least), f64::from(on_false).max(least)].iter().filter(|_| least > 0.0));
            least > 0.0
        }
        Some(Op::Switch) => {
            let weights = &graph.switch_table(end).weights;
            let known = weights.len() == count && weights.iter().any(|&weight| weight > 0);
            if known {
                edges.extend(weights.iter().map(|&weight| f64::from(weight).max(1e-3)));
            }
            known
        }
        Some(Op::Never) if count == 2 => {
            edges.extend([1.0, 1e-6]);
            true
        }
        Some(Op::Call) if count == 2 => {
            edges.extend([1.0, 1e-4]);
            true
        }
        _ => false,
    }
}

fn usual_weight(loops: &Loops, cold: &[bool], from: Block, to: Block) -> f64 {
    if cold[to.index()] && !cold[from.index()] {
        return COLD;
    }
    match loops.innermost(from) {
        Some(inner) if !loops.contains(inner, to) => 1.0 / (USUAL_TRIPS - 1.0),
        _ => 1.0,
    }
}

/// Equality with a constant or between pointers fails more often than it holds.
fn prefer_inequality(graph: &Graph, end: NodeId, edges: &mut [f64]) {
    if !graph.is(end, Op::If) || edges[0] != edges[1] {
        return;
    }
    let condition = graph.input(end, 1);
    let unlikely = match Op::from_number(graph.op_number(condition)) {
        Some(Op::Eq) => 0,
        Some(Op::Ne) => 1,
        _ => return,
    };
    if graph.ty(graph.input(condition, 0)).is_pointer() {
        edges[unlikely] *= 0.6;
    }
}

/// For each loop, and last for the function: its own blocks and the headers of the loops directly inside, in
/// reverse post order.
struct Steps {
    starts: Vec<u32>,
    blocks: Vec<Block>,
}

impl Steps {
    fn new(cfg: &Cfg, loops: &Loops) -> Steps {
        let row = |of: Option<LoopId>| of.map_or(loops.len(), LoopId::index);
        let rows = |block: Block| {
            let inner = loops.innermost(block);
            let entered = inner.filter(|&inner| loops.header(inner) == block).map(|inner| row(loops.parent(inner)));
            std::iter::once(row(inner)).chain(entered)
        };
        let mut starts = vec![0u32; loops.len() + 2];
        cfg.blocks().flat_map(rows).for_each(|row| starts[row + 1] += 1);
        for row in 0..=loops.len() {
            starts[row + 1] += starts[row];
        }
        let mut next = starts.clone();
        let mut blocks = vec![Block::NONE; starts[loops.len() + 1] as usize];
        for block in cfg.blocks() {
            for row in rows(block) {
                blocks[next[row] as usize] = block;
                next[row] += 1;
            }
        }
        Steps { starts, blocks }
    }

    fn range(&self, of: Option<LoopId>) -> std::ops::Range<usize> {
        let row = of.map_or(self.starts.len() - 2, LoopId::index);
        self.starts[row] as usize..self.starts[row + 1] as usize
    }
}

/// One unit of flow through a loop, or the function.
struct Flow {
    this: Option<LoopId>,
    start: Block,
    /// What came back to the header.
    returned: f64,
    /// What left.
    out: Vec<(Block, f64)>,
}

struct Solver<'a> {
    graph: &'a Graph,
    cfg: &'a Cfg,
    loops: &'a Loops,
    steps: Steps,
    /// At first relative to one execution of the header of the block's innermost loop.
    frequencies: Frequencies,
    /// Executions of the header for one entry, by loop.
    multiplier: Vec<f64>,
    /// Where the flow out of each loop goes, and its share.
    exits: Vec<Vec<(Block, f64)>>,
}

impl Solver<'_> {
    fn solve(&mut self) {
        for inner in self.loops.all().rev() {
            self.flow_through(Some(inner));
        }
        self.flow_through(None);
        for this in self.loops.all() {
            let header = self.loops.header(this);
            let outside = self.loops.parent(this).map_or(1.0, |outer| self.frequencies.of(self.loops.header(outer)));
            let entry = self.frequencies.of(header);
            self.frequencies.of[header.index()] = (entry * outside * self.multiplier[this.index()]).min(MOST);
        }
        for block in self.cfg.blocks() {
            if let Some(inner) = self.loops.innermost(block) {
                let header = self.loops.header(inner);
                if header != block {
                    let factor = self.frequencies.of(header);
                    self.frequencies.of[block.index()] = (self.frequencies.of(block) * factor).min(MOST);
                }
            }
        }
    }

    /// Lets one unit of flow enter the loop (or the function) and records where it goes. Afterwards the header of
    /// the loop has no frequency yet: the loop around adds what enters.
    fn flow_through(&mut self, this: Option<LoopId>) {
        let start = this.map_or(Block::ENTRY, |this| self.loops.header(this));
        let mut flow = Flow { this, start, returned: 0.0, out: Vec::new() };
        self.frequencies.of[start.index()] = 1.0;
        for step in self.steps.range(this) {
            let block = self.steps.blocks[step];
            let amount = self.frequencies.of(block);
            match self.loops.innermost(block).filter(|&inner| Some(inner) != this) {
                Some(inner) => {
                    for (to, share) in std::mem::take(&mut self.exits[inner.index()]) {
                        self.pass(&mut flow, to, amount * share);
                    }
                }
                None => {
                    for (position, &to) in self.cfg.successors(block).iter().enumerate() {
                        let share = self.frequencies.probabilities(block)[position];
                        self.pass(&mut flow, to, amount * share);
                    }
                }
            }
        }
        if let Some(this) = this {
            self.frequencies.of[start.index()] = 0.0;
            self.finish_loop(this, flow);
        }
    }

    fn pass(&mut self, flow: &mut Flow, to: Block, amount: f64) {
        if flow.this.is_some() && to == flow.start {
            flow.returned += amount;
        } else if flow.this.is_none_or(|this| self.loops.contains(this, to)) {
            self.frequencies.of[to.index()] += amount;
        } else {
            flow.out.push((to, amount));
        }
    }

    fn finish_loop(&mut self, this: LoopId, Flow { returned, mut out, .. }: Flow) {
        let head = self.cfg.head(self.loops.header(this));
        let known = if self.graph.is(head, Op::Loop) { self.graph.payload(head) } else { 0 };
        self.multiplier[this.index()] = match known {
            0 => 1.0 / (1.0 - returned).max(1.0 / MOST_TRIPS),
            trips => trips as f64,
        };
        let sum: f64 = out.iter().map(|exit| exit.1).sum();
        let sure = 1.0 / out.len().max(1) as f64;
        out.iter_mut().for_each(|exit| exit.1 = if sum > 0.0 { exit.1 / sum } else { sure });
        self.exits[this.index()] = out;
    }
}
