//! Memory in one chain again.
//!
//! **What:** slices are joined: each node that reads or changes memory takes the state that the one before it left, in
//! the order of a schedule. **Why:** what is inlined has to be one chain as its caller is, and addresses that were a
//! callee's parameters are a caller's stack slots then: classes are given anew.
//!
//! **Algorithm:** any order that respects slices and anti-dependences is one chain. Blocks are walked in reverse post
//! order; a region gets a phi where the states differ, a loop where something in it changes memory.
//!
//! **Needs:** loop form. **Breaks:** memory slices.
//!
//! **Does not try:** to keep what slicing had found.
//!
//! **Tests:** `tests/files/linear`.

use son_ir::analysis::{Block, Ideal, Schedule, effects, is_sliced, memory_after};
use son_ir::{Function, Graph, Inputs, NodeId, Op, Type};

/// Joins the slices of memory, if there are any. Returns whether there were.
pub fn linearize(function: &mut Function) -> bool {
    let sliced = is_sliced(&function.graph);
    if sliced {
        join_slices(function);
    }
    sliced
}

/// The function as it may be copied into others, if that is not as it is: a caller names the state of memory at a
/// call, and knows nothing of the states of a callee's private slots.
pub(crate) fn copyable(function: &Function) -> Option<Function> {
    is_sliced(&function.graph).then(|| {
        let mut copy = function.clone();
        join_slices(&mut copy);
        copy
    })
}

fn join_slices(function: &mut Function) {
    let schedule = Schedule::new(&function.graph);
    join(&mut function.graph, &schedule, &mut Nothing);
    function.graph.compact();
}

/// What is put into the chain beside the nodes that are there.
pub(crate) trait Insert {
    /// Does anything put into the block change memory?
    fn changes(&self, block: Block) -> bool;
    /// Puts nodes before all others of the block, whose control and memory are given; those after them.
    fn at_start(&mut self, graph: &mut Graph, block: Block, state: (NodeId, NodeId)) -> (NodeId, NodeId);
    /// Puts nodes behind all others of the block.
    fn at_end(&mut self, graph: &mut Graph, block: Block, memory: NodeId) -> NodeId;
}

struct Nothing;

impl Insert for Nothing {
    fn changes(&self, _block: Block) -> bool {
        false
    }

    fn at_start(&mut self, _graph: &mut Graph, _block: Block, state: (NodeId, NodeId)) -> (NodeId, NodeId) {
        state
    }

    fn at_end(&mut self, _graph: &mut Graph, _block: Block, memory: NodeId) -> NodeId {
        memory
    }
}

/// Joins memory in the order of the schedule. Nodes keep their numbers.
pub(crate) fn join(graph: &mut Graph, schedule: &Schedule, insert: &mut dyn Insert) {
    let old: Vec<NodeId> = graph.nodes().filter(|&node| is_merge(graph, node)).collect();
    graph.hold();
    let mut chain = Chain { states: vec![NodeId::NONE; schedule.cfg.len()], loops: Vec::new(), insert };
    for block in schedule.cfg.blocks() {
        chain.walk(graph, schedule, block);
    }
    for (phi, back) in chain.loops {
        graph.set_input(phi, 2, chain.states[back.index()]);
    }
    for &node in &old {
        while graph.num_inputs(node) > 0 {
            graph.swap_remove_input(node, 0);
        }
    }
    old.into_iter()
        .filter(|&node| graph.is_unused(node))
        .collect::<Inputs>()
        .into_iter()
        .for_each(|node| graph.kill(node));
    graph.release();
}

fn is_merge(graph: &Graph, node: NodeId) -> bool {
    graph.is(node, Op::MergeMem) || (graph.is(node, Op::Phi) && graph.ty(node) == Type::MEM)
}

/// The state of memory at the end of each block, and the phis that wait for what comes around.
struct Chain<'a> {
    states: Vec<NodeId>,
    loops: Vec<(NodeId, Block)>,
    insert: &'a mut dyn Insert,
}

impl Chain<'_> {
    fn walk(&mut self, graph: &mut Graph, schedule: &Schedule, block: Block) {
        let head = if block == Block::ENTRY { graph.entry_control() } else { schedule.cfg.head(block) };
        let memory = self.entry(graph, schedule, block);
        let (mut control, mut state) = self.insert.at_start(graph, block, (head, memory));
        for &node in schedule.nodes(block) {
            let effects = effects(graph, node, &Ideal);
            // A call may become many blocks: what comes after it in memory has to come after it in control.
            if graph.ty(node) == Type::MEM && graph.op(node).takes_control() && !graph.is(node, Op::Phi) {
                graph.set_input(node, 0, control);
            }
            if let Some(memory) = effects.memory {
                graph.set_input(node, memory as usize, state);
                if effects.writes {
                    state = memory_after(graph, node).unwrap_or(state);
                } else if let Some(after) =
                    memory_after(graph, node).filter(|&after| after != state && graph.ty(after) == Type::MEM)
                {
                    state = after;
                }
            }
            control = control_after(graph, node).unwrap_or(control);
        }
        self.states[block.index()] = self.insert.at_end(graph, block, state);
    }

    fn entry(&mut self, graph: &mut Graph, schedule: &Schedule, block: Block) -> NodeId {
        let before = schedule.cfg.predecessors(block);
        let head = schedule.cfg.head(block);
        if block == Block::ENTRY {
            return graph.entry_memory();
        }
        let first = self.states[before[0].index()];
        if graph.is(head, Op::Loop) {
            let changes = schedule.loops.innermost(block).is_some_and(|of| {
                schedule
                    .loops
                    .blocks(of)
                    .iter()
                    .any(|&b| self.insert.changes(b) || schedule.nodes(b).iter().any(|&n| changes_memory(graph, n)))
            });
            if !changes {
                return first;
            }
            let phi = graph.raw(Op::Phi, Type::MEM, 0, &[head, first, first]);
            self.loops.push((phi, before[1]));
            return phi;
        }
        if before.iter().all(|b| self.states[b.index()] == first) {
            return first;
        }
        let inputs: Inputs = std::iter::once(head).chain(before.iter().map(|b| self.states[b.index()])).collect();
        graph.raw(Op::Phi, Type::MEM, 0, &inputs)
    }
}

/// The control of the same block behind a node of control.
fn control_after(graph: &Graph, node: NodeId) -> Option<NodeId> {
    match graph.op(node) {
        Op::Guard | Op::Safepoint => Some(node),
        op if graph.ty(node) == Type::TUPLE && op != Op::Start => graph.find_proj(node, 0),
        _ => None,
    }
}

fn changes_memory(graph: &Graph, node: NodeId) -> bool {
    let effects = effects(graph, node, &Ideal);
    effects.memory.is_some()
        && memory_after(graph, node).is_some_and(|after| graph.ty(after) == Type::MEM && after != graph.input(node, 1))
}
