//! Does a call allocate for sure? What the caller knows of its arguments may decide the callee's branches.
//!
//! A vector grows on a path that is marked as rare, but the first push always takes it. So control is followed through
//! the callee, and on through its callees, as long as branches are decided by constants: those that are arguments, and
//! those that the caller stored last where arguments point to. It is a guess, as stores are not followed with care.

use crate::across_calls::{FIRST_ARGUMENT, FIRST_VALUE};
use crate::memory::{Source, last_written};
use crate::thread::side;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::Address;
use son_ir::analysis::allocation::{self, Role};
use son_ir::analysis::call_graph::direct_callee;
use son_ir::analysis::cfg::control_successor;
use son_ir::eval::{self, Evaluated};
use son_ir::{Graph, Module, NodeId, Op};

/// Most steps in all.
const MAX_STEPS: usize = 400;
/// Most calls within calls.
const MAX_DEPTH: usize = 6;
/// Most ops that a condition is computed by.
const MAX_OPS: u32 = 12;

/// Does the call in this graph get memory of an allocator, as far as constants decide what its callee does?
pub(super) fn allocates(module: &Module, graph: &Graph, call: NodeId) -> bool {
    let mut foresight =
        Foresight { module, frames: vec![Frame { graph, call, ways: FxHashMap::default() }], steps: MAX_STEPS };
    foresight.enter()
}

/// Does the first iteration of a loop get some?
pub(super) fn first_iteration_allocates(module: &Module, graph: &Graph, head: NodeId) -> bool {
    let ways = FxHashMap::from_iter([(head, 0)]);
    let frames = vec![Frame { graph, call: NodeId::NONE, ways }];
    Foresight { module, frames, steps: MAX_STEPS }.follow(graph, head)
}

/// A body, and the call in it that is looked into.
struct Frame<'a> {
    graph: &'a Graph,
    call: NodeId,
    /// The ways by which regions were entered.
    ways: FxHashMap<NodeId, usize>,
}

struct Foresight<'a> {
    module: &'a Module,
    /// From the outermost body inwards.
    frames: Vec<Frame<'a>>,
    steps: usize,
}

impl<'a> Foresight<'a> {
    /// Follows control through the callee of the innermost call.
    fn enter(&mut self) -> bool {
        let Frame { graph, call, .. } = self.frames[self.frames.len() - 1];
        let body = direct_callee(graph, call).and_then(|callee| self.module.body(callee));
        let Some(body) = body.filter(|_| self.frames.len() <= MAX_DEPTH) else { return false };
        let graph = &body.graph;
        self.frames.push(Frame { graph, call: NodeId::NONE, ways: FxHashMap::default() });
        let found = graph.find_proj(NodeId::START, 0).is_some_and(|entry| self.follow(graph, entry));
        self.frames.pop();
        found
    }

    fn follow(&mut self, graph: &'a Graph, mut control: NodeId) -> bool {
        let at = self.frames.len() - 1;
        while let Some(next) = control_successor(graph, control).filter(|_| self.steps > 0) {
            self.steps -= 1;
            let taken = match graph.op(next) {
                Op::Region => {
                    let way = graph.inputs(next).position(|way| way == control);
                    self.frames[at].ways.insert(next, way.unwrap_or(0));
                    Some(next)
                }
                Op::If | Op::Switch => {
                    let condition = self.value(at, graph.input(next, 1), MAX_OPS);
                    condition.and_then(|value| side(graph, next, value))
                }
                Op::Call | Op::TailCall => {
                    match allocation::role(self.module, graph, next) {
                        Some(Role::Allocate { .. } | Role::Resize { .. }) => return true,
                        Some(_) => {}
                        None => {
                            self.frames[at].call = next;
                            if self.enter() {
                                return true;
                            }
                        }
                    }
                    graph.find_proj(next, 0)
                }
                Op::Alloc => return true,
                _ => None,
            };
            let Some(taken) = taken else { return false };
            control = taken;
        }
        false
    }

    /// What a value in a frame is, if constants tell.
    fn value(&mut self, at: usize, node: NodeId, depth: u32) -> Option<u128> {
        let graph = self.frames[at].graph;
        if let Some(bits) = graph.constant(node) {
            return Some(u128::from(bits));
        }
        self.steps = self.steps.checked_sub(1)?;
        let depth = depth.checked_sub(1)?;
        match graph.op(node) {
            Op::Proj if graph.input(node, 0) == NodeId::START => {
                let argument = self.argument(at, node)?;
                self.value(at - 1, argument, depth)
            }
            Op::Pi => self.value(at, graph.input(node, 1), depth),
            Op::Phi => {
                let way = *self.frames[at].ways.get(&graph.input(node, 0))?;
                self.value(at, graph.input(node, way + 1), depth)
            }
            Op::Load => self.loaded(at, node, depth),
            op if op.is_int_compare() || graph.ty(node).is_int() => {
                let operands: Option<SmallVec<[u128; 3]>> = graph
                    .inputs(node)
                    .filter(|&input| graph.ty(input).is_data())
                    .map(|input| self.value(at, input, depth))
                    .collect();
                let from = graph.ty(graph.input(node, graph.num_inputs(node).checked_sub(1)?));
                match eval::scalar(op, graph.flags(node), graph.ty(node), from, &operands?)? {
                    Evaluated::Bits(bits) => Some(bits),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What the caller of a frame gives it for a parameter.
    fn argument(&self, at: usize, param: NodeId) -> Option<NodeId> {
        let caller = &self.frames[at.checked_sub(1)?];
        let number = (self.frames[at].graph.payload(param) as usize).checked_sub(FIRST_VALUE as usize)?;
        caller.graph.inputs(caller.call).nth(FIRST_ARGUMENT + number)
    }

    fn loaded(&mut self, mut at: usize, load: NodeId, depth: u32) -> Option<u128> {
        let graph = self.frames[at].graph;
        let (mut state, class) = (graph.input(load, 1), graph.access(load).class);
        let mut address = Address::of(graph, graph.input(load, 2));
        loop {
            let graph = self.frames[at].graph;
            if address.index.is_some() {
                return None;
            }
            match last_written(graph, state, class, (address.base, address.offset), &mut self.steps)? {
                Source::Value(value) => return self.value(at, value, depth),
                Source::Phi(phi) => {
                    let way = *self.frames[at].ways.get(&graph.input(phi, 0))?;
                    state = graph.input(phi, way + 1);
                }
                Source::Zeros => return Some(0),
                Source::Nothing => return None,
                Source::Caller => {
                    let is_param = graph.is(address.base, Op::Proj) && graph.input(address.base, 0) == NodeId::START;
                    let argument = self.argument(at, address.base).filter(|_| is_param)?;
                    at -= 1;
                    let Frame { graph, call, .. } = self.frames[at];
                    let outer = Address::of(graph, argument);
                    address = Address { offset: outer.offset.wrapping_add(address.offset), ..outer };
                    state = graph.input(call, 1);
                }
            }
        }
    }
}
