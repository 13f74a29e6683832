//! Laws 7 to 10: the control skeleton.

use super::Checker;
use crate::analysis::{Block, Cfg, Dominators, cfg::continues_control};
use crate::graph::NodeId;
use crate::ops::Op;
use crate::types::Type;

/// Does the op leave the function?
pub(crate) fn is_exit(op: Option<Op>) -> bool {
    matches!(op, Some(Op::Return | Op::TailCall | Op::Trap | Op::Unreachable | Op::Deopt))
}

impl Checker<'_> {
    pub(super) fn check_control_tokens(&mut self) {
        let graph = self.graph;
        for node in graph.nodes() {
            if graph.ty(node) != Type::CTRL || node == NodeId::STOP {
                continue;
            }
            let mut takers = graph.uses(node).filter(|&(user, index)| continues_control(graph, user, index));
            let (first, second) = (takers.next(), takers.next());
            match (first, second) {
                (None, _) => self.report(7, &[node], format!("nothing takes over control from {}", self.name(node))),
                (Some(one), Some(other)) => {
                    let message = format!("{} and {} take over the same control", one.0, other.0);
                    self.report(7, &[node, one.0, other.0], message);
                }
                (Some((taker, _)), None) => self.check_taker(node, taker),
            }
        }
    }

    fn check_taker(&mut self, node: NodeId, taker: NodeId) {
        let graph = self.graph;
        let exit = is_exit(self.op(node));
        let never = graph.is(node, Op::Proj) && graph.payload(node) == 1 && graph.is(graph.input(node, 0), Op::Never);
        if exit && taker != NodeId::STOP {
            let message = format!("{} leaves the function, but {} goes on", self.name(node), self.name(taker));
            self.report(7, &[node, taker], message);
        }
        let ends_here = self.op(node).is_none() || exit || never;
        if taker == NodeId::STOP && !ends_here {
            self.report(7, &[node], format!("{} is no exit, but goes to stop", self.name(node)));
        }
    }

    pub(super) fn check_reachability(&mut self, cfg: &Cfg) {
        let graph = self.graph;
        for node in graph.nodes() {
            if graph.ty(node) == Type::CTRL && node != NodeId::STOP && !cfg.block_of(node).is_some() {
                self.report(9, &[node], format!("{} is not reached from the entry", self.name(node)));
            }
        }
        let mut ends = vec![false; cfg.len()];
        let mut worklist: Vec<Block> = cfg.blocks().filter(|&b| cfg.successors(b).is_empty()).collect();
        worklist.retain(|&block| is_exit(self.op(cfg.end(block))) || cfg.end(block) == NodeId::STOP);
        while let Some(block) = worklist.pop() {
            if !std::mem::replace(&mut ends[block.index()], true) {
                worklist.extend(cfg.predecessors(block));
            }
        }
        for block in cfg.blocks().filter(|block| !ends[block.index()]) {
            let head = cfg.head(block);
            self.report(10, &[head], format!("the block of {} does not reach stop", self.name(head)));
        }
    }

    pub(super) fn check_merges(&mut self, cfg: &Cfg, dominators: &Dominators) {
        for block in cfg.blocks() {
            let head = cfg.head(block);
            let is_loop = self.graph.is(head, Op::Loop);
            if !is_loop && !self.graph.is(head, Op::Region) {
                continue;
            }
            if self.graph.num_inputs(head) == 0 {
                self.report(8, &[head], "a region without a way in");
            }
            for (index, control) in self.graph.inputs(head).enumerate() {
                let from = cfg.block_of(control);
                if !from.is_some() {
                    continue;
                }
                if is_loop && index == 1 {
                    if !dominators.dominates(block, from) {
                        self.report(8, &[head, control], "the loop does not dominate its back edge");
                    }
                } else if from >= block {
                    let message = format!("input {index} of {} goes backwards", self.name(head));
                    self.report(8, &[head, control], message);
                }
            }
        }
    }
}
