//! Loads of what the round of a loop before has stored or loaded: the value is carried in a register.
//!
//! A load at the head of a loop reads an address that the loop's phis make, in the state that the memory phi is. By
//! the back edge that is the state at the end of the round, and the address the one that the phis' next values make:
//! if the value there is known, the load is a phi of it and of what is there before the first round, which one load in
//! front of the loop finds out. It is executed there whenever the loop is entered, since the load is executed in each
//! round (Click, "Global code motion / global value numbering", 1995; LLVM calls it load PRE with phi translation).

use super::forward::Forwarding;
use super::places::END;
use super::walk::Access;
use smallvec::smallvec;
use son_ir::{Inputs, NewNode, NodeId, Op};

/// How deep the computation of an address is followed.
const MAX_DEPTH: u32 = 8;

impl Forwarding<'_> {
    /// The value of a load at the head of a loop that a round hands to the next.
    pub(super) fn carried(&mut self, load: NodeId, state: NodeId, access: &Access) -> Option<NodeId> {
        let region = self.graph.is(state, Op::Phi).then(|| self.graph.input(state, 0))?;
        if !self.graph.is(region, Op::Loop) || self.graph.input(load, 0) != region {
            return None;
        }
        let next = self.known_at_end(state, access, 1)?;
        let first = match self.known_at_end(state, access, 0) {
            Some(value) => value,
            None => self.load_before(load, state)?,
        };
        let inputs: Inputs = smallvec![region, first, next];
        let value = self.graph.raw(Op::Phi, access.ty, 0, &inputs);
        let block = self.places.cfg.block_of(region);
        self.places.set_early(value, block);
        self.remember(state, access, (block, 0), value);
        Some(value)
    }

    /// What is known to be, at the end of a way into the loop, where the access will look.
    fn known_at_end(&mut self, phi: NodeId, access: &Access, way: usize) -> Option<NodeId> {
        let region = self.graph.input(phi, 0);
        let address = access.address.with(self.graph, |node| self.at_end(region, node, way))?;
        if address == access.address {
            return None;
        }
        let access = self.access_at(address, access.ty, access.class);
        let end = (self.places.cfg.block_of(self.graph.input(region, way)), END);
        if !access.home.is_some() || !self.places.dominators.dominates(access.home, end.0) {
            return None;
        }
        let state = self.resolve(self.graph.input(phi, way + 1), &access);
        self.written(state, &access).or_else(|| self.lookup(state, &access, end))
    }

    /// The load as the first round executes it, in front of the loop.
    fn load_before(&mut self, load: NodeId, phi: NodeId) -> Option<NodeId> {
        let region = self.graph.input(phi, 0);
        let pointer = self.first_value(self.graph.input(load, 2), region, MAX_DEPTH)?;
        let (control, memory) = (self.graph.input(region, 0), self.graph.input(phi, 1));
        Some(self.copy_load(load, [control, memory, pointer]))
    }

    /// The value of a node in the first round, computed in front of the loop.
    fn first_value(&mut self, node: NodeId, region: NodeId, depth: u32) -> Option<NodeId> {
        if let Some(value) = self.at_end(region, node, 0) {
            return Some(value);
        }
        let op = self.graph.op(node);
        let sum = matches!(op, Op::PtrAdd | Op::Add | Op::Sub | Op::Shl | Op::Mul | Op::SExt | Op::ZExt | Op::Trunc);
        if !sum || depth == 0 {
            return None;
        }
        let mut inputs = self.graph.copy_inputs(node);
        for input in &mut inputs {
            *input = self.first_value(*input, region, depth - 1)?;
        }
        let (ty, flags, payload) = (self.graph.ty(node), self.graph.flags(node), self.graph.payload(node));
        let copy = self.graph.share(&NewNode { op: op as u16, ty, flags, payload, inputs: &inputs });
        self.places.set_early(copy, self.places.cfg.block_of(self.graph.input(region, 0)));
        Some(copy)
    }

    /// What a node that makes the address will be in the next round, or is in the first.
    fn at_end(&self, region: NodeId, node: NodeId, way: usize) -> Option<NodeId> {
        if self.graph.is(node, Op::Phi) && self.graph.input(node, 0) == region {
            return Some(self.graph.input(node, way + 1));
        }
        self.is_before(node, region).then_some(node)
    }

    /// Is the node computed before the loop is entered?
    fn is_before(&self, node: NodeId, region: NodeId) -> bool {
        let (early, header) = (self.places.early(node), self.places.cfg.block_of(region));
        early.is_some() && early != header && self.places.dominators.dominates(early, header)
    }
}
