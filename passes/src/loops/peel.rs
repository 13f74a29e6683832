//! Copies of a loop's body ahead of the loop: of its first iteration, or of a loop of its own.
//!
//! In a peeled iteration, the copy's nodes find the phis' entry values in place of the phis; what the copy hands on
//! around the loop becomes the loop's entry. Each exit gets a region that merges the copy's way out with the loop's own, and
//! values of the loop that are used behind it are repaired as in SSA construction.

use crate::places::Places;
use crate::reaching::{Merge, Reaching, Scope};
use son_ir::analysis::{Block, LoopId};
use son_ir::{CallFlags, Graph, Inputs, NewNode, NodeId, Op, OpFlags, Type};

/// The nodes of a loop in an order in which each comes after its inputs, but for back edges.
pub(super) struct Body {
    of: LoopId,
    nodes: Vec<NodeId>,
    /// Control projections that leave the loop.
    exits: Vec<NodeId>,
    /// Nodes of the loop that are used outside.
    live_out: Vec<NodeId>,
}

impl Body {
    /// The body as it is now.
    pub(super) fn new(graph: &mut Graph, places: &mut Places, of: LoopId) -> Body {
        let nodes = places.loop_nodes(graph, of);
        places.settle_outside(graph, of, &nodes);
        let (graph, places) = (&*graph, &*places);
        let inside = |node: NodeId| {
            let block = places.block_of(node);
            places.contains(of, block)
        };
        let mut exits = Vec::new();
        for &node in &nodes {
            if graph.ty(node) == Type::TUPLE {
                exits.extend(graph.users(node).filter(|&proj| graph.ty(proj) == Type::CTRL && !inside(proj)));
            }
        }
        let is_value = |node: NodeId| !matches!(graph.ty(node), Type::CTRL | Type::TUPLE);
        let used = |&node: &NodeId| is_value(node) && !places.outside_uses(graph, of, node).is_empty();
        let live_out = nodes.iter().copied().filter(used).collect();
        Body { of, nodes, exits, live_out }
    }

    /// Nodes that become instructions, roughly.
    pub(super) fn size(&self, graph: &Graph) -> usize {
        let counts = |op: Op| {
            !matches!(op, Op::Region | Op::Loop | Op::Proj | Op::Phi | Op::Pi | Op::MergeMem) && !op.is(OpFlags::CHEAP)
        };
        self.nodes.iter().filter(|&&node| counts(graph.op(node))).count()
    }

    /// Does it get memory that nobody else has?
    pub(super) fn gets_memory(&self, graph: &Graph) -> bool {
        self.nodes.iter().any(|&node| makes_object(graph, node))
    }

    /// Copies of nodes of the loop may lie in its exits' regions: the loop stays as it is for more peeling.
    pub(super) fn peel(&self, graph: &mut Graph, places: &mut Places) {
        let head = places.cfg.head(places.loops.header(self.of));
        let phis: Inputs = graph.phis(head).collect();
        let mut start = vec![(head, graph.input(head, 0))];
        start.extend(phis.iter().map(|&phi| (phi, graph.input(phi, 1))));
        let copied = self.copy(graph, places, &start);
        let values: Inputs = phis.iter().map(|&phi| copied.of(graph.input(phi, 2))).collect();
        let control = copied.of(graph.input(head, 1));
        for (phi, value) in phis.into_iter().zip(values) {
            graph.set_input(phi, 1, value);
        }
        graph.set_input(head, 0, control);
    }

    /// A copy of the body ahead of the loop, whose exits meet those of the loop. Given is what stands for the loop's
    /// head and its phis.
    pub(super) fn copy(&self, graph: &mut Graph, places: &mut Places, start: &[(NodeId, NodeId)]) -> Copied {
        let head = places.cfg.head(places.loops.header(self.of));
        let before = places.block_of(graph.input(head, 0));
        let mut copying = Copying { copies: vec![NodeId::NONE; graph.len()], graph, places, before };
        copying.run(start, &self.nodes);
        let merges: Vec<Merge> = self.exits.iter().map(|&exit| copying.merge_exit(exit)).collect();
        let copied = Copied { copies: copying.copies };
        for &node in &self.live_out {
            self.repair(graph, places, &merges, node, copied.of(node));
        }
        copied
    }

    fn repair(&self, graph: &mut Graph, places: &mut Places, merges: &[Merge], node: NodeId, copy: NodeId) {
        let uses = places.outside_uses(graph, self.of, node);
        Reaching::new(Scope::Loop(self.of), merges, (copy, node), node).repair(graph, places, &uses);
    }
}

/// Is the result of the node memory that nobody else has?
pub(super) fn makes_object(graph: &Graph, node: NodeId) -> bool {
    match graph.op(node) {
        Op::Alloc => true,
        Op::Call => graph.call_site(node).flags.has(CallFlags::NO_ALIAS_RESULT),
        _ => false,
    }
}

/// What stands for the nodes of a loop in a copy of its body.
pub(super) struct Copied {
    copies: Vec<NodeId>,
}

impl Copied {
    /// What stands for the node: itself, if it is not of the loop.
    pub(super) fn of(&self, node: NodeId) -> NodeId {
        self.copies.get(node.index()).copied().filter(|copy| copy.is_some()).unwrap_or(node)
    }
}

struct Copying<'a> {
    graph: &'a mut Graph,
    places: &'a mut Places,
    copies: Vec<NodeId>,
    /// The block that copies count to.
    before: Block,
}

impl Copying<'_> {
    fn run(&mut self, start: &[(NodeId, NodeId)], nodes: &[NodeId]) {
        for &(node, copy) in start {
            self.copies[node.index()] = copy;
        }
        for &node in nodes {
            if !self.copies[node.index()].is_some() {
                self.copy(node);
            }
        }
        let head = start[0].0;
        for &node in nodes {
            self.patch(head, node);
        }
    }

    fn inputs(&self, node: NodeId) -> Inputs {
        let copied = |input: NodeId| match self.copies.get(input.index()) {
            Some(&copy) if copy.is_some() => copy,
            _ => input,
        };
        self.graph.inputs(node).map(copied).collect()
    }

    fn copy(&mut self, node: NodeId) {
        let inputs = self.inputs(node);
        let graph = &mut *self.graph;
        let (op, ty, flags, payload) = (graph.op(node), graph.ty(node), graph.flags(node), graph.payload(node));
        graph.set_origin(graph.origin(node));
        // Not shared: an equal node may lie where this one's uses are not reached from.
        let copy = graph.insert(&NewNode { op: op as u16, ty, flags, payload, inputs: &inputs });
        if let Some(fact) = graph.assumption(node) {
            graph.set_fact(copy, fact);
        }
        self.copies[node.index()] = copy;
        self.places.put(copy, self.before);
    }

    /// Loops inside the loop: what comes around them was not copied yet when they were. What stands for the head of
    /// the loop itself and for its phis is no copy.
    fn patch(&mut self, head: NodeId, node: NodeId) {
        let (of, index) = match self.graph.op(node) {
            Op::Loop => (node, 1),
            Op::Phi => (self.graph.input(node, 0), 2),
            _ => return,
        };
        if of == head || !self.graph.is(of, Op::Loop) {
            return;
        }
        let around = self.copies[self.graph.input(node, index).index()];
        if around.is_some() {
            self.graph.set_input(self.copies[node.index()], index, around);
        }
    }

    /// The region that merges the copy of an exit with it.
    fn merge_exit(&mut self, exit: NodeId) -> Merge {
        let tuple = self.copies[self.graph.input(exit, 0).index()];
        let copy = self.graph.insert_proj(tuple, self.graph.payload(exit) as u32, Type::CTRL);
        let others: Vec<(NodeId, usize)> = self.graph.uses(exit).collect();
        let region = self.graph.raw(Op::Region, Type::CTRL, 0, &[copy, exit]);
        others.into_iter().for_each(|(user, index)| self.graph.set_input(user, index, region));
        let block = self.places.block_of(exit);
        // An exit may leave loops around this one too.
        self.places.put_as_head(copy, block);
        self.places.merge_at_head(exit, region);
        Merge { block, region }
    }
}
