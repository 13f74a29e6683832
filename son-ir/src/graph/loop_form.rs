//! Loop form: each region that control comes back to becomes a `loop` with one entry and one back edge.

use super::{Graph, Inputs, NodeId};
use crate::analysis::{Cfg, Dominators};
use crate::ops::Op;
use crate::types::Type;

impl Graph {
    /// Turns regions with back edges into loops, merging several entries and several back edges by regions of
    /// their own, and loops without a back edge into regions.
    ///
    /// # Errors
    /// A region that control comes back to without its dominating the way back: the control flow is
    /// irreducible.
    pub fn form_loops(&mut self) -> Result<(), NodeId> {
        let cfg = Cfg::new(self);
        let dominators = Dominators::new(&cfg);
        let mut headers = Vec::new();
        for block in cfg.blocks() {
            let head = cfg.head(block);
            if !self.is(head, Op::Region) && !self.is(head, Op::Loop) {
                continue;
            }
            let is_back = |control: NodeId| {
                let from = cfg.block_of(control);
                from.is_some() && dominators.dominates(block, from)
            };
            let back: Vec<bool> = self.inputs(head).map(is_back).collect();
            let comes_back = |(control, &back): (NodeId, &bool)| {
                !back && cfg.block_of(control).is_some() && cfg.block_of(control) >= block
            };
            if self.inputs(head).zip(&back).any(comes_back) {
                return Err(head);
            }
            if back.contains(&true) || self.is(head, Op::Loop) {
                headers.push((head, back));
            }
        }
        for (head, back) in headers {
            self.form_loop(head, &back);
        }
        Ok(())
    }

    /// Gives a header its form; `back` says which of its inputs are back edges.
    fn form_loop(&mut self, head: NodeId, back: &[bool]) {
        if self.is(head, Op::Loop) && back == [false, true] {
            return;
        }
        if !back.contains(&true) {
            self.set_op(head, Op::Region as u16, Type::CTRL);
            return;
        }
        let phis: Inputs = self.phis(head).collect();
        let entry = self.merge_ways(head, &phis, |i| !back[i]);
        let again = self.merge_ways(head, &phis, |i| back[i]);
        self.set_inputs(head, &[entry.0, again.0]);
        for (i, &phi) in phis.iter().enumerate() {
            self.set_inputs(phi, &[head, entry.1[i], again.1[i]]);
        }
        self.set_op(head, Op::Loop as u16, Type::CTRL);
        self.set_payload(head, 0);
    }

    /// Control and phi values of the chosen ways into a region: a new region if there are several.
    fn merge_ways(&mut self, head: NodeId, phis: &[NodeId], chosen: impl Fn(usize) -> bool) -> (NodeId, Inputs) {
        let ways: Vec<usize> = (0..self.num_inputs(head)).filter(|&i| chosen(i)).collect();
        if let [way] = ways[..] {
            return (self.input(head, way), phis.iter().map(|&phi| self.input(phi, way + 1)).collect());
        }
        let controls: Vec<NodeId> = ways.iter().map(|&way| self.input(head, way)).collect();
        let region = self.raw(Op::Region, Type::CTRL, 0, &controls);
        let mut values = Inputs::new();
        for &phi in phis {
            let mut inputs = vec![region];
            inputs.extend(ways.iter().map(|&way| self.input(phi, way + 1)));
            let same = inputs[1..].iter().all(|&value| value == inputs[1]);
            let merged = if same { inputs[1] } else { self.raw(Op::Phi, self.ty(phi), self.payload(phi), &inputs) };
            values.push(merged);
        }
        (region, values)
    }

    /// Projection that is known to be new: for tuples with very many of them.
    pub fn insert_proj(&mut self, tuple: NodeId, index: u32, ty: Type) -> NodeId {
        self.raw(Op::Proj, ty, u64::from(index), &[tuple])
    }
}
