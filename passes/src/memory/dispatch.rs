//! Loads of a dispatch table's address in a loop that calls functions out of that table.
//!
//! An object whose table is known in front of a loop keeps it if the loop only calls functions of that table that do not
//! write where the address is: in the first round these are what the table says, so that they leave it as it is for the next
//! round. Without this, calls through the table hide that it is known, and are not known because of that.

use super::forward::Forwarding;
use super::values::constant_data;
use super::walk::Access;
use smallvec::{SmallVec, smallvec};
use son_ir::analysis::alias::is_constant_data;
use son_ir::analysis::{Address, Ideal, effects};
use son_ir::{AliasClass, Definition, Graph, Module, NodeId, Op, SymbolId, Type};

/// Most states of a loop that are looked at.
const MAX_STATES: usize = 32;
/// Largest function of a table that is looked at, in nodes.
const MAX_CALLEE: usize = 1000;

impl Forwarding<'_> {
    /// The address of a table that a load finds in each round of a loop, given the state at the loop's head.
    pub(super) fn dispatched(&mut self, load: NodeId, phi: NodeId, access: &Access) -> Option<NodeId> {
        let header = self.graph.is(phi, Op::Phi).then(|| self.graph.input(phi, 0))?;
        let is_table = self.graph.ty(load) == Type::PTR && self.graph.is(header, Op::Loop);
        if !is_table || !self.is_known_before(header, access) {
            return None;
        }
        let before = self.resolve(self.graph.input(phi, 1), access);
        let table = self.written(before, access)?;
        if !is_constant_data(self.module, self.graph, &Address::of(self.graph, table)) {
            return None;
        }
        let mut seen: SmallVec<[NodeId; MAX_STATES]> = smallvec![phi];
        let mut pending = vec![self.graph.input(phi, 2)];
        while let Some(state) = pending.pop() {
            let state = self.resolve(state, access);
            if seen.contains(&state) {
                continue;
            }
            if seen.len() == MAX_STATES {
                return None;
            }
            seen.push(state);
            if self.graph.is(state, Op::Phi) {
                pending.extend(self.graph.inputs(state).skip(1));
            } else {
                pending.push(self.before_own_call(state, load, table, access)?);
            }
        }
        Some(table)
    }

    /// Memory before a call through the table that the load finds, if the callee that this is does not write the place.
    fn before_own_call(&mut self, state: NodeId, load: NodeId, table: NodeId, access: &Access) -> Option<NodeId> {
        let call = self.graph.is(state, Op::Proj).then(|| self.graph.input(state, 0))?;
        let callee = self.graph.is(call, Op::Call).then(|| self.graph.input(call, 2))?;
        let entry = self.graph.is(callee, Op::Load).then(|| Address::of(self.graph, self.graph.input(callee, 2)))?;
        if entry.base != load || entry.index.is_some() {
            return None;
        }
        let start = Address::of(self.graph, table);
        let place = Address { offset: start.offset.wrapping_add(entry.offset), ..start };
        let target = constant_data(self.module, self.graph, &place, Type::PTR)?;
        let target = self.graph.is(target, Op::SymbolAddr).then(|| SymbolId(self.graph.payload(target) as u32))?;
        keeps_class(self.module, target, access.class).then(|| self.graph.input(call, 1))
    }
}

/// Is the function one whose body writes nothing of the class?
fn keeps_class(module: &Module, target: SymbolId, class: AliasClass) -> bool {
    let symbol = module.symbol(target);
    let Definition::Function(row) = symbol.definition else { return false };
    let body: &Graph = &module.functions[row as usize].graph;
    let is_known = !symbol.linkage.is_interposable() && !body.is_empty() && body.live() <= MAX_CALLEE;
    is_known && body.nodes().all(|node| !effects(body, node, &Ideal).overwrites(class))
}
