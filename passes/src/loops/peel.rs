//! Peeling: a copy of a loop's body ahead of the loop, for its first iteration.
//!
//! The copy's nodes find the phis' entry values in place of the phis; what the copy hands on around the loop
//! becomes the loop's entry. Each exit gets a region that merges the copy's way out with the loop's own, and
//! values of the loop that are used behind it are repaired as in SSA construction.

use crate::places::Places;
use crate::reaching::{Merge, Reaching, Scope};
use son_ir::analysis::{Block, LoopId};
use son_ir::{Graph, Inputs, NewNode, NodeId, Op, OpFlags, Type};

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

    /// Copies of nodes of the loop may lie in its exits' regions: the loop stays as it is for more peeling.
    pub(super) fn peel(&self, graph: &mut Graph, places: &mut Places) {
        let head = places.cfg.head(places.loops.header(self.of));
        let before = places.block_of(graph.input(head, 0));
        let mut copies = Copying { graph, places, copies: vec![NodeId::NONE; 0], before };
        copies.run(head, &self.nodes);
        let merges: Vec<Merge> = self.exits.iter().map(|&exit| copies.merge_exit(exit)).collect();
        let Copying { copies, .. } = copies;
        for &node in &self.live_out {
            self.repair(graph, places, &merges, node, copies[node.index()]);
        }
        self.enter_behind(graph, head, &copies);
    }

    fn repair(&self, graph: &mut Graph, places: &mut Places, merges: &[Merge], node: NodeId, copy: NodeId) {
        let uses = places.outside_uses(graph, self.of, node);
        Reaching::new(Scope::Loop(self.of), merges, (copy, node), node).repair(graph, places, &uses);
    }

    /// The loop is entered with what the copy hands on.
    fn enter_behind(&self, graph: &mut Graph, head: NodeId, copies: &[NodeId]) {
        let copied = |node: NodeId| copies.get(node.index()).copied().filter(|copy| copy.is_some()).unwrap_or(node);
        let phis: Inputs = graph.phis(head).collect();
        let values: Inputs = phis.iter().map(|&phi| copied(graph.input(phi, 2))).collect();
        let control = copied(graph.input(head, 1));
        for (phi, value) in phis.into_iter().zip(values) {
            graph.set_input(phi, 1, value);
        }
        graph.set_input(head, 0, control);
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
    fn run(&mut self, head: NodeId, nodes: &[NodeId]) {
        self.copies.resize(self.graph.len(), NodeId::NONE);
        self.copies[head.index()] = self.graph.input(head, 0);
        let phis: Inputs = self.graph.phis(head).collect();
        for phi in phis {
            self.copies[phi.index()] = self.graph.input(phi, 1);
        }
        for &node in nodes {
            if !self.copies[node.index()].is_some() {
                self.copy(node);
            }
        }
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
