//! Laws 13 and 14: no cycles but through phis and loops, and definitions that dominate their uses.

use super::Checker;
use crate::analysis::{Block, Cfg, Dominators};
use crate::graph::{Graph, NodeId};
use crate::ops::{Op, OpFlags};
use crate::types::Type;

/// Inputs from this one on may come from a later place: values of a phi, the back edge of a loop.
fn first_cyclic_input(graph: &Graph, node: NodeId) -> usize {
    match Op::from_number(graph.op_number(node)) {
        Some(Op::Phi | Op::Loop) => 1,
        _ => usize::MAX,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Walk {
    New,
    Inside,
    Done,
}

impl Checker<'_> {
    /// All live nodes, each after its inputs but for the cyclic ones. Reports cycles.
    pub(super) fn check_acyclic(&mut self) -> Vec<NodeId> {
        let graph = self.graph;
        let mut walk = vec![Walk::New; graph.len()];
        let mut order = Vec::with_capacity(graph.live());
        let mut stack: Vec<(NodeId, usize)> = Vec::new();
        for root in graph.nodes() {
            if walk[root.index()] == Walk::New {
                walk[root.index()] = Walk::Inside;
                stack.push((root, 0));
            }
            while let Some((node, next)) = stack.last_mut() {
                let (node, index) = (*node, *next);
                *next += 1;
                if index >= graph.num_inputs(node).min(first_cyclic_input(graph, node)) {
                    walk[node.index()] = Walk::Done;
                    order.push(node);
                    stack.pop();
                    continue;
                }
                let input = graph.input(node, index);
                match walk[input.index()] {
                    Walk::New => {
                        walk[input.index()] = Walk::Inside;
                        stack.push((input, 0));
                    }
                    Walk::Inside => {
                        let message = format!("{} depends on itself by its input {input}", self.name(node));
                        self.report(13, &[node, input], message);
                    }
                    Walk::Done => {}
                }
            }
        }
        order
    }

    /// `order` has each node after its inputs but for the cyclic ones.
    pub(super) fn check_dominance(&mut self, cfg: &Cfg, dominators: &Dominators, order: &[NodeId]) {
        let graph = self.graph;
        let mut early = vec![Block::ENTRY; graph.len()];
        for &node in order {
            let fixed = fixed_block(graph, cfg, node);
            early[node.index()] = match fixed {
                Some(block) => block,
                None => deepest(dominators, graph.inputs(node).map(|input| early[input.index()])),
            };
        }
        for &node in order {
            self.check_uses_of(node, cfg, dominators, &early);
        }
    }

    fn check_uses_of(&mut self, node: NodeId, cfg: &Cfg, dominators: &Dominators, early: &[Block]) {
        let graph = self.graph;
        let region = matches!(self.op(node), Some(Op::Region | Op::Loop | Op::Stop));
        if region {
            return;
        }
        let is_phi = graph.is(node, Op::Phi);
        for (index, input) in graph.inputs(node).enumerate() {
            let place = if is_phi && index > 0 {
                cfg.block_of(graph.input(graph.input(node, 0), index - 1))
            } else {
                early[node.index()]
            };
            if place.is_some() && !dominators.dominates(early[input.index()], place) {
                let message =
                    format!("input {index} of {}, a {}, does not dominate the use", self.name(node), self.name(input));
                self.report(14, &[node, input], message);
            }
        }
    }
}

/// The block of a node that cannot be elsewhere.
fn fixed_block(graph: &Graph, cfg: &Cfg, node: NodeId) -> Option<Block> {
    let control = cfg.block_of(node);
    if control.is_some() {
        return Some(control);
    }
    let op = Op::from_number(graph.op_number(node))?;
    if op == Op::Proj {
        return Some(block_of_result(graph, cfg, node));
    }
    let pinned = op.is(OpFlags::PINNED) && op.takes_control() && graph.num_inputs(node) > 0;
    pinned.then(|| cfg.block_of(graph.input(node, 0))).filter(|block| block.is_some())
}

/// A result of a call that ends its block exists only where the call returned.
fn block_of_result(graph: &Graph, cfg: &Cfg, proj: NodeId) -> Block {
    let tuple = graph.input(proj, 0);
    let own = cfg.block_of(tuple);
    let ends_block = own.is_some() && cfg.end(own) == tuple && graph.is(tuple, Op::Call);
    if ends_block && graph.ty(proj) != Type::MEM {
        return graph.find_proj(tuple, 0).map_or(own, |normal| cfg.block_of(normal));
    }
    if own.is_some() { own } else { Block::ENTRY }
}

/// The block farthest from the entry; if definitions dominate uses, all others dominate it.
fn deepest(dominators: &Dominators, blocks: impl Iterator<Item = Block>) -> Block {
    blocks.fold(Block::ENTRY, |a, b| if dominators.depth(b) > dominators.depth(a) { b } else { a })
}
