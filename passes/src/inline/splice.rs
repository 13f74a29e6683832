//! Putting a callee's body in place of a call.
//!
//! The callee's nodes are copied in post order, so that each finds its inputs copied, but for the back edges
//! of loops, which are patched at the end. Start becomes the call's inputs; the returns meet in a region that
//! takes over from the call's projections; other exits join the caller's stop.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::{
    AliasClass, Function, Graph, Inputs, Location, MemAccess, Module, NewNode, NodeFlags, NodeId, Op, OpFlags, Origin,
    Passing, Signature, SymbolId, Type,
};

/// Source locations of inlined nodes: rows of the module's table, with the call appended to their chain.
pub(super) struct Origins<'a> {
    locations: &'a mut Vec<Location>,
    callee: SymbolId,
    call: Origin,
    moved: FxHashMap<Origin, Origin>,
}

impl<'a> Origins<'a> {
    pub(super) fn new(locations: &'a mut Vec<Location>, callee: SymbolId, call: Origin) -> Origins<'a> {
        Origins { locations, callee, call, moved: FxHashMap::default() }
    }

    fn get(&mut self, origin: Origin) -> Origin {
        if self.call == Origin::default() || origin == Origin::default() {
            return if origin == Origin::default() { self.call } else { origin };
        }
        if let Some(&moved) = self.moved.get(&origin) {
            return moved;
        }
        let mut location = self.locations[origin.0 as usize];
        if location.inlined_at == Origin::default() {
            (location.function, location.inlined_at) = (Some(self.callee), self.call);
        } else {
            location.inlined_at = self.get(location.inlined_at);
        }
        self.locations.push(location);
        let moved = Origin(self.locations.len() as u32 - 1);
        self.moved.insert(origin, moved);
        moved
    }
}

/// Can the body be copied into a caller at all, given the signature that the call uses?
pub(crate) fn is_copyable(module: &Module, callee: &Function, call: &Signature) -> bool {
    let own = module.signature(callee.signature);
    let agree = own.params.len() == call.params.len()
        && own.results.len() == call.results.len()
        && own.params.iter().zip(&call.params).all(|(a, b)| a.ty == b.ty && a.passing == b.passing)
        && own.results.iter().zip(&call.results).all(|(a, b)| a.ty == b.ty);
    // Variable arguments that the callee does not look at are no obstacle.
    agree && callee.indirect_targets == 0 && callee.graph.nodes().all(|node| is_copyable_node(&callee.graph, node))
}

fn is_copyable_node(graph: &Graph, node: NodeId) -> bool {
    match Op::from_number(graph.op_number(node)) {
        None => false,
        Some(
            Op::VaStart
            | Op::StackAlloc
            | Op::StackSave
            | Op::FrameAddr
            | Op::ReturnAddr
            | Op::BlockAddr
            | Op::IndirectBr,
        ) => false,
        Some(Op::FrameState | Op::Guard | Op::Deopt | Op::Safepoint | Op::VirtualObj) => false,
        Some(Op::Call | Op::TailCall) => {
            let flags = graph.call_site(node).flags;
            !flags.any(son_ir::CallFlags::RETURNS_TWICE) && !flags.has(son_ir::CallFlags::MUST_TAIL)
        }
        Some(_) => true,
    }
}

/// A return of the callee, copied: control, memory and values.
struct Exit {
    control: NodeId,
    memory: NodeId,
    values: SmallVec<[NodeId; 2]>,
}

struct Splice<'a> {
    caller: &'a mut Function,
    callee: &'a Function,
    origins: Origins<'a>,
    copies: Vec<NodeId>,
    exits: Vec<Exit>,
    first_slot: u32,
}

/// Replaces the call by the callee's body. `signature` is the callee's.
pub(super) fn splice(caller: &mut Function, call: NodeId, callee: &Function, signature: &Signature, origins: Origins) {
    caller.graph.hold();
    let saved = caller.graph.current_origin();
    let first_slot = caller.slots.len() as u32;
    caller.slots.extend(callee.slots.iter().cloned());
    caller.flags = caller.flags.or(callee.flags.and(son_ir::FunctionFlags::CALLS_RETURNS_TWICE));
    let copies = vec![NodeId::NONE; callee.graph.len()];
    let mut splice = Splice { caller, callee, origins, copies, exits: Vec::new(), first_slot };
    splice.bind_start(call, signature);
    splice.copy_body();
    splice.patch_back_edges();
    splice.finish(call, signature);
    caller.graph.set_origin(saved);
    caller.graph.release();
}

impl Splice<'_> {
    /// The callee's parameters are the call's arguments; by-value ones get a copy of their own.
    fn bind_start(&mut self, call: NodeId, signature: &Signature) {
        let inputs = self.caller.graph.copy_inputs(call);
        self.caller.graph.set_origin(self.origins.call);
        let mut memory = inputs[1];
        let mut arguments: SmallVec<[NodeId; 8]> = SmallVec::from_slice(&inputs[3..]);
        for (argument, param) in arguments.iter_mut().zip(&signature.params) {
            if let Passing::ByValue(size, align) = param.passing {
                let slot = self.caller.slots.len() as u32;
                self.caller.slots.push(son_ir::StackSlot { size, align: align.max(1) });
                let graph = &mut self.caller.graph;
                let address = graph.node(Op::SlotAddr, Type::PTR, NodeFlags::NONE, u64::from(slot), &[]);
                let size = graph.iconst(Type::I64, size);
                let access = MemAccess::aligned(align).payload();
                memory = graph.node(
                    Op::MemCopy,
                    Type::MEM,
                    NodeFlags::NONE,
                    access,
                    &[inputs[0], memory, address, *argument, size],
                );
                *argument = address;
            }
        }
        let start = &self.callee.graph;
        for proj in start.users(NodeId::START) {
            self.copies[proj.index()] = match start.payload(proj) {
                0 => inputs[0],
                1 => memory,
                n => arguments[n as usize - 2],
            };
        }
    }

    fn copy_body(&mut self) {
        let body = &self.callee.graph;
        for node in body.post_order() {
            if node == NodeId::START || node == NodeId::STOP || self.copies[node.index()].is_some() {
                continue;
            }
            let origin = self.origins.get(body.origin(node));
            self.caller.graph.set_origin(origin);
            self.copy_node(node);
        }
    }

    /// Copied inputs; those that come over back edges are left for later.
    fn inputs(&self, node: NodeId) -> Inputs {
        self.callee.graph.inputs(node).map(|input| self.copies[input.index()]).collect()
    }

    fn copy_node(&mut self, node: NodeId) {
        let body = &self.callee.graph;
        let inputs = self.inputs(node);
        let op = body.op(node);
        let known: Inputs = inputs.iter().copied().filter(|input| input.is_some()).collect();
        let copy = match op {
            Op::Return => {
                self.exits.push(Exit {
                    control: inputs[0],
                    memory: inputs[1],
                    values: SmallVec::from_slice(&inputs[2..]),
                });
                return;
            }
            Op::TailCall => return self.copy_tail_call(node, &inputs),
            Op::Region | Op::Loop | Op::Phi => {
                let payload = if op == Op::Phi { self.class_payload(body.payload(node)) } else { body.payload(node) };
                self.insert(
                    op,
                    body,
                    node,
                    payload,
                    if known.len() == inputs.len() { &inputs } else { &known[..1.min(known.len())] },
                )
            }
            _ => {
                debug_assert_eq!(known.len(), inputs.len(), "only regions and phis have back edges");
                let payload = self.payload(node);
                let new =
                    NewNode { op: op as u16, ty: body.ty(node), flags: body.flags(node), payload, inputs: &inputs };
                let next = NodeId::new(self.caller.graph.len());
                let copy =
                    if op.is(OpFlags::SHARED) { self.caller.graph.share(&new) } else { self.caller.graph.insert(&new) };
                if copy == next
                    && let Some(fact) = body.assumption(node)
                {
                    self.caller.graph.set_fact(copy, fact);
                }
                copy
            }
        };
        self.copies[node.index()] = copy;
        if body.users(node).any(|user| user == NodeId::STOP) {
            self.caller.graph.add_input(NodeId::STOP, copy);
        }
    }

    fn insert(&mut self, op: Op, body: &Graph, node: NodeId, payload: u64, inputs: &[NodeId]) -> NodeId {
        self.caller.graph.insert(&NewNode {
            op: op as u16,
            ty: body.ty(node),
            flags: body.flags(node),
            payload,
            inputs,
        })
    }

    /// A tail call becomes a call whose results are returned.
    fn copy_tail_call(&mut self, node: NodeId, inputs: &[NodeId]) {
        let payload = self.payload(node);
        let graph = &mut self.caller.graph;
        let call = graph.raw(Op::Call, Type::TUPLE, payload, inputs);
        let (control, memory) = (graph.proj(call, 0, Type::CTRL), graph.proj(call, 1, Type::MEM));
        self.exits.push(Exit { control, memory, values: SmallVec::new() });
        self.copies[node.index()] = call;
    }

    /// The class of a memory phi or access in the caller's numbering.
    fn class_payload(&self, payload: u64) -> u64 {
        match AliasClass(payload as u32).as_slot() {
            Some(slot) => payload & !u64::from(u32::MAX) | u64::from(AliasClass::slot(slot + self.first_slot).0),
            None => payload,
        }
    }

    fn payload(&mut self, node: NodeId) -> u64 {
        let payload = self.callee.graph.payload(node);
        let rows = self.callee.graph.tables();
        let row = payload as usize;
        let first_slot = self.first_slot;
        let tables = self.caller.graph.tables_mut();
        match self.callee.graph.op(node) {
            Op::SlotAddr => payload + u64::from(first_slot),
            Op::WideConst => tables.add_wide(rows.wide[row]),
            Op::Switch => tables.add_switch(rows.switches[row].clone()),
            Op::Call | Op::TailCall => tables.add_call(rows.calls[row]),
            Op::Alloc => tables.add_shape(rows.shapes[row].clone()),
            Op::MergeMem => {
                let moved =
                    |class: &AliasClass| class.as_slot().map_or(*class, |slot| AliasClass::slot(slot + first_slot));
                tables.add_merge(rows.merges[row].iter().map(moved).collect())
            }
            op if op.is(OpFlags::READS) || op.is(OpFlags::WRITES) => self.class_payload(payload),
            _ => payload,
        }
    }

    /// Gives regions and phis of loops the inputs that were not copied when they were.
    fn patch_back_edges(&mut self) {
        let body = &self.callee.graph;
        for node in body.nodes() {
            let copy = self.copies[node.index()];
            let merges = matches!(body.op(node), Op::Region | Op::Loop | Op::Phi);
            if merges && copy.is_some() && self.caller.graph.num_inputs(copy) < body.num_inputs(node) {
                let inputs = self.inputs(node);
                self.caller.graph.set_inputs(copy, &inputs);
            }
        }
    }

    fn finish(mut self, call: NodeId, signature: &Signature) {
        self.add_tail_results(signature);
        let Splice { caller, exits, origins, .. } = self;
        let graph = &mut caller.graph;
        graph.set_origin(origins.call);
        if exits.is_empty()
            && let Some(control) = graph.find_proj(call, 0)
        {
            graph.kill_control(control);
        }
        let merged = merge_exits(graph, &exits, signature);
        let projections: Inputs = graph.users(call).collect();
        for proj in projections {
            let Some(exit) = &merged else {
                graph.replace_by_poison(proj);
                continue;
            };
            let value = match graph.payload(proj) {
                0 => exit.control,
                1 => exit.memory,
                n => exit.values[n as usize - 2],
            };
            graph.replace(proj, value);
            graph.kill(proj);
        }
        graph.kill(call);
    }

    /// Results of tail calls: those of the function.
    fn add_tail_results(&mut self, signature: &Signature) {
        for exit in &mut self.exits {
            let graph = &mut self.caller.graph;
            if exit.values.len() < signature.results.len() {
                let call = graph.input(exit.control, 0);
                exit.values =
                    (0u32..).zip(&signature.results).map(|(i, result)| graph.proj(call, i + 2, result.ty)).collect();
            }
        }
    }
}

fn merge_exits(graph: &mut Graph, exits: &[Exit], signature: &Signature) -> Option<Exit> {
    if exits.is_empty() {
        return None;
    }
    if let [only] = exits {
        return Some(Exit { control: only.control, memory: only.memory, values: only.values.clone() });
    }
    let controls: Inputs = exits.iter().map(|exit| exit.control).collect();
    let region = graph.raw(Op::Region, Type::CTRL, 0, &controls);
    let mut phi = |ty: Type, value: &dyn Fn(&Exit) -> NodeId| {
        let first = value(&exits[0]);
        if exits.iter().all(|exit| value(exit) == first) {
            return first;
        }
        let inputs: Inputs = std::iter::once(region).chain(exits.iter().map(value)).collect();
        graph.raw(Op::Phi, ty, 0, &inputs)
    };
    let memory = phi(Type::MEM, &|exit| exit.memory);
    let values =
        signature.results.iter().enumerate().map(|(i, result)| phi(result.ty, &|exit| exit.values[i])).collect();
    Some(Exit { control: region, memory, values })
}
