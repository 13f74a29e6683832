//! Removal of control that is never reached, and what a region with one way in becomes.

use super::{Graph, Inputs, NodeId};
use crate::ops::Op;
use crate::types::Type;

impl Graph {
    /// The phis of a region or loop.
    pub fn phis(&self, region: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.uses(region).filter(|&(user, index)| index == 0 && self.is(user, Op::Phi)).map(|(user, _)| user)
    }

    /// Control is never at `dead`, a node of type `ctrl`: removes it and all that only it reaches. Regions
    /// lose the input, and become their last way in when one is left.
    pub fn kill_control(&mut self, dead: NodeId) {
        self.hold();
        let mut worklist = vec![dead];
        while let Some(dead) = worklist.pop() {
            while let Some((user, index)) = self.uses(dead).next() {
                self.kill_control_user(user, index, &mut worklist);
            }
            if self.is_live(dead) {
                self.kill(dead);
            }
        }
        self.release();
    }

    fn kill_control_user(&mut self, user: NodeId, index: usize, worklist: &mut Vec<NodeId>) {
        match Op::from_number(self.op_number(user)) {
            Some(Op::Stop) => self.swap_remove_input(user, index),
            Some(Op::Loop) if index == 1 => {
                self.drop_region_input(user, 1);
                self.collapse_region(user);
            }
            Some(Op::Region) if self.num_inputs(user) > 1 => {
                self.drop_region_input(user, index);
                if self.num_inputs(user) == 1 {
                    self.collapse_region(user);
                }
            }
            Some(Op::Region | Op::Loop) => {
                while self.num_inputs(user) > 0 {
                    self.drop_region_input(user, 0);
                }
                worklist.push(user);
            }
            _ => self.kill_pinned(user, worklist),
        }
    }

    /// A pinned node that is never executed: what uses its results is not executed either.
    fn kill_pinned(&mut self, node: NodeId, worklist: &mut Vec<NodeId>) {
        match self.ty(node) {
            Type::CTRL => {
                worklist.push(node);
                self.detach(node);
            }
            Type::TUPLE => {
                let projections: Inputs = self.users(node).collect();
                for proj in projections {
                    if self.ty(proj) == Type::CTRL {
                        worklist.push(proj);
                        self.detach(proj);
                    } else {
                        self.replace_by_poison(proj);
                    }
                }
                self.kill(node);
            }
            _ => self.replace_by_poison(node),
        }
    }

    /// Takes away all inputs of a node that is about to go.
    fn detach(&mut self, node: NodeId) {
        while self.num_inputs(node) > 0 {
            self.swap_remove_input(node, 0);
        }
    }

    /// Removes a node that is never executed; what still uses it, is neither.
    pub fn replace_by_poison(&mut self, node: NodeId) {
        if !self.is_unused(node) {
            let poison = self.poison(self.ty(node));
            self.replace(node, poison);
        }
        self.kill(node);
    }

    /// Removes way in number `index` of a region, and the inputs of its phis that go with it. The last way in
    /// takes its place.
    pub fn drop_region_input(&mut self, region: NodeId, index: usize) {
        let phis: Vec<NodeId> = self.phis(region).collect();
        for phi in phis {
            let last = self.num_inputs(phi) - 1;
            if index + 1 != last {
                let value = self.input(phi, last);
                self.set_input(phi, index + 1, value);
            }
            self.remove_input(phi, last);
        }
        self.swap_remove_input(region, index);
    }

    /// Replaces a region with one way in by that way, and its phis by their values.
    pub fn collapse_region(&mut self, region: NodeId) {
        debug_assert_eq!(self.num_inputs(region), 1);
        self.hold();
        let phis: Inputs = self.phis(region).collect();
        for phi in phis {
            let value = self.input(phi, 1);
            if value == phi || self.num_inputs(phi) < 2 {
                self.replace_by_poison(phi);
            } else {
                self.replace(phi, value);
                self.kill(phi);
            }
        }
        let control = self.input(region, 0);
        if control != region {
            self.replace(region, control);
        }
        self.kill(region);
        self.release();
    }

    /// Gives the node these inputs in place of those it has.
    pub fn set_inputs(&mut self, node: NodeId, inputs: &[NodeId]) {
        self.hold();
        for (index, &input) in inputs.iter().enumerate() {
            if index < self.num_inputs(node) {
                self.set_input(node, index, input);
            } else {
                self.add_input(node, input);
            }
        }
        while self.num_inputs(node) > inputs.len() {
            let last = self.num_inputs(node) - 1;
            self.remove_input(node, last);
        }
        self.release();
    }
}
