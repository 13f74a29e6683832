//! One node as a statement, and what stands for a node where it is used.

use super::fact::put_fact;
use super::module::{name_of, put_signature};
use super::{TextOptions, put, put_list, put_symbol};
use crate::graph::{Graph, NodeId};
use crate::module::{Function, Module, SymbolId};
use crate::ops::{NodeFlags, Op};
use crate::payload::{AccessFlags, AtomicOrder, CallSite, MemAccess, Weights};
use crate::text::implied::{self, Site};
use crate::text::words::FlagWords;
use crate::types::Type;
use crate::verify::{is_exit, takes_access};
use hashbrown::HashMap;

pub(crate) struct NodePrinter<'a> {
    module: &'a Module,
    function: &'a Function,
    pub(crate) graph: &'a Graph,
    options: &'a TextOptions<'a>,
    /// Nodes whose fact is part of the text.
    assumed: &'a [bool],
    /// Name by node: kind and number; 0 for none.
    names: Vec<(u8, u32)>,
    counts: [u32; 128],
    /// Number in the text of each row of the table of shapes.
    shapes: HashMap<u64, usize>,
    /// By node: is it a tuple whose projections are its results in the text?
    listed: Vec<bool>,
}

impl<'a> NodePrinter<'a> {
    pub(crate) fn new(
        module: &'a Module,
        function: &'a Function,
        graph: &'a Graph,
        options: &'a TextOptions<'a>,
        assumed: &'a [bool],
    ) -> NodePrinter<'a> {
        let names = vec![(0, 0); graph.len()];
        let mut listed = vec![false; graph.len()];
        graph.nodes().for_each(|node| listed[node.index()] = can_list(graph, node));
        let (counts, shapes) = ([0; 128], HashMap::new());
        NodePrinter { module, function, graph, options, assumed, names, counts, shapes, listed }
    }

    fn op(&self, node: NodeId) -> Option<Op> {
        Op::from_number(self.graph.op_number(node))
    }

    // ---- Names ----

    /// Gives the next free name to a node that has a statement, and to its projections.
    pub(crate) fn give_name(&mut self, node: NodeId) {
        if !self.has_statement(node) {
            return;
        }
        match self.projections(node) {
            Some(projections) => projections.into_iter().flatten().for_each(|proj| self.number(proj)),
            None => self.number(node),
        }
    }

    fn number(&mut self, node: NodeId) {
        if self.names[node.index()].0 == 0 {
            let kind = self.kind(node);
            self.names[node.index()] = (kind, self.counts[usize::from(kind)]);
            self.counts[usize::from(kind)] += 1;
        }
    }

    fn kind(&self, node: NodeId) -> u8 {
        let graph = self.graph;
        let branch = || {
            let tuple = graph.input(node, 0);
            tuple == NodeId::START || self.op(tuple).is_some_and(|op| op.is(crate::ops::OpFlags::BLOCK_END))
        };
        match graph.ty(node) {
            Type::CTRL if matches!(self.op(node), Some(Op::Region | Op::Loop)) => b'b',
            Type::CTRL if self.op(node) == Some(Op::Proj) && branch() => b'b',
            Type::CTRL => b'c',
            Type::MEM => b'm',
            Type::STATE => b's',
            Type::TUPLE => b't',
            _ => b'v',
        }
    }

    /// Gives the node the name that its index in another graph is.
    pub(super) fn name_by(&mut self, node: NodeId, index: NodeId) {
        self.names[node.index()] = (b'n', index.index() as u32);
    }

    /// The node's name.
    pub(crate) fn name(&self, node: NodeId) -> String {
        match self.names[node.index()] {
            (0, _) => format!("{node}"),
            (kind, number) => format!("{}{number}", char::from(kind)),
        }
    }

    /// The number of a shape, if it has none yet.
    pub(super) fn new_shape(&mut self, row: u64) -> Option<usize> {
        let number = self.shapes.len();
        (*self.shapes.entry(row).or_insert(number) == number).then_some(number)
    }

    // ---- What is a statement ----

    pub(super) fn is_exit(&self, node: NodeId) -> bool {
        is_exit(self.op(node))
    }

    /// Does the node stand where it is used?
    pub(crate) fn is_literal(&self, node: NodeId) -> bool {
        match self.op(node) {
            Some(Op::Const | Op::WideConst | Op::Poison) => true,
            Some(Op::SymbolAddr | Op::SlotAddr) => !self.assumed[node.index()],
            _ => false,
        }
    }

    /// Has the node a line of its own?
    pub(crate) fn has_statement(&self, node: NodeId) -> bool {
        if self.is_literal(node) || node == NodeId::STOP {
            return false;
        }
        // Projections stand on the left of their tuple, unless that has a name itself.
        let graph = self.graph;
        !(graph.is(node, Op::Proj) && graph.num_inputs(node) == 1 && self.listed[graph.input(node, 0).index()])
    }

    /// The projections of a tuple by number, `None` if it is no tuple or they cannot be listed so.
    pub(crate) fn projections(&self, tuple: NodeId) -> Option<Vec<Option<NodeId>>> {
        if !self.listed[tuple.index()] {
            return None;
        }
        let mut list = Vec::new();
        for proj in self.graph.users(tuple) {
            let index = self.graph.payload(proj) as usize;
            if list.len() <= index {
                list.resize(index + 1, None);
            }
            list[index] = Some(proj);
        }
        Some(list)
    }

    // ---- Statements ----

    /// `RESULTS = OP.FLAGS(PAYLOAD) OPERANDS !LOCATION`
    pub(super) fn statement(&self, node: NodeId) -> String {
        let mut out = String::new();
        match self.projections(node) {
            Some(projections) => {
                put_list(&mut out, &projections, |out, proj| match proj {
                    Some(proj) => self.put_result(out, *proj),
                    None => out.push('_'),
                });
                if !projections.is_empty() {
                    out.push_str(" = ");
                }
            }
            None if self.is_exit(node) && self.goes_to_stop_only(node) => {}
            None => {
                self.put_result(&mut out, node);
                out.push_str(" = ");
            }
        }
        out.push_str(&self.expression(node));
        let origin = self.graph.origin(node).0;
        if origin != 0 && self.options.locations {
            put!(out, " !{origin}");
        }
        out
    }

    /// `OP.FLAGS(PAYLOAD) OPERANDS`
    pub(crate) fn expression(&self, node: NodeId) -> String {
        let mut out = String::new();
        self.put_op(&mut out, node);
        let mut payload = String::new();
        self.put_payload(&mut payload, node);
        if !payload.is_empty() {
            put!(out, "({payload})");
        }
        self.put_operands(&mut out, node);
        out
    }

    fn goes_to_stop_only(&self, node: NodeId) -> bool {
        self.graph.has_one_use(node) && self.graph.users(node).next() == Some(NodeId::STOP)
    }

    fn put_result(&self, out: &mut String, node: NodeId) {
        let ty = self.graph.ty(node);
        out.push_str(&self.name(node));
        let clear = match self.op(node) {
            // A name before a tuple is that of its first projection, unless it says that it is a tuple.
            _ if ty == Type::TUPLE => false,
            Some(op) if op != Op::Proj => implied::result_type(op, 0, |_| None) == Some(ty) && !ty.is_data(),
            _ => matches!(ty, Type::CTRL | Type::MEM),
        };
        if !clear || self.assumed[node.index()] {
            put!(out, ": {ty}");
        }
        if self.assumed[node.index()] {
            out.push(' ');
            put_fact(out, self.module, ty, self.graph.fact(node));
        }
    }

    fn put_op(&self, out: &mut String, node: NodeId) {
        match self.op(node) {
            Some(op) => out.push_str(op.text()),
            None => {
                let number = self.graph.op_number(node);
                match self.options.ops.name(number) {
                    Some(name) => out.push_str(name),
                    None => put!(out, "op{number}"),
                }
            }
        }
        let mut flags = self.graph.flags(node);
        if flags.has(NodeFlags::FAST) {
            out.push_str(".fast");
            flags = flags.without(NodeFlags::FAST);
        }
        flags.flag_words().for_each(|word| put!(out, ".{word}"));
    }

    fn put_operands(&self, out: &mut String, node: NodeId) {
        let graph = self.graph;
        if matches!(self.op(node), Some(Op::SymbolAddr | Op::SlotAddr)) {
            out.push(' ');
            return self.put_literal(out, node, true);
        }
        if graph.num_inputs(node) > 0 {
            out.push(' ');
        }
        let classes = match self.op(node) {
            Some(Op::MergeMem) => graph.tables().merges.get(graph.payload(node) as usize),
            _ => None,
        };
        put_list(out, graph.inputs(node).enumerate(), |out, (index, input)| {
            let class = classes.and_then(|classes| classes.get(index.checked_sub(1)?));
            if let Some(class) = class {
                put!(out, "{}: ", class.0);
            }
            if self.is_literal(input) {
                self.put_literal(out, input, self.is_clear(node, index));
            } else {
                out.push_str(&self.name(input));
            }
        });
    }

    /// Does the type of the literal that is operand `index` follow from the rest?
    fn is_clear(&self, node: NodeId, index: usize) -> bool {
        let graph = self.graph;
        let ty = graph.ty(graph.input(node, index));
        let Some(op) = self.op(node) else { return false };
        let site = Site {
            op,
            result: Some(graph.ty(node)),
            inputs: graph.num_inputs(node),
            call: self.call_site(node).and_then(|site| self.module.signatures.get(site.signature.index())),
            function: &self.module.signatures[self.function.signature.index()],
        };
        let known = |other: usize| {
            let other = graph.input(node, other);
            (!self.is_literal(other)).then(|| graph.ty(other))
        };
        implied::literal_type(&site, index, known) == Some(ty)
    }

    fn put_literal(&self, out: &mut String, node: NodeId, clear: bool) {
        let (graph, ty) = (self.graph, self.graph.ty(node));
        let payload = graph.payload(node);
        let mut clear = clear;
        match self.op(node) {
            Some(Op::SymbolAddr) => {
                put_symbol(out, name_of(self.module, SymbolId(payload as u32)));
                clear = ty == Type::PTR;
            }
            Some(Op::SlotAddr) => {
                put!(out, "${payload}");
                clear = ty == Type::PTR;
            }
            Some(Op::Poison) => out.push_str("poison"),
            Some(Op::WideConst) => put_wide(out, graph.tables().wide.get(payload as usize).copied().unwrap_or(0)),
            _ if ty.is_pointer() && payload == 0 => {
                out.push_str("null");
                clear = ty == Type::PTR;
            }
            _ => put_number(out, ty, payload),
        }
        if !clear {
            put!(out, ": {ty}");
        }
    }

    // ---- Payloads ----

    fn call_site(&self, node: NodeId) -> Option<&CallSite> {
        let call = matches!(self.op(node), Some(Op::Call | Op::TailCall));
        call.then(|| self.graph.tables().calls.get(self.graph.payload(node) as usize)).flatten()
    }

    /// What stands in parentheses.
    fn put_payload(&self, out: &mut String, node: NodeId) {
        let (graph, payload) = (self.graph, self.graph.payload(node));
        let Some(op) = self.op(node) else {
            return out.push_str(&self.options.ops.payload(graph.op_number(node), payload));
        };
        match op {
            _ if takes_access(op) => self.put_access(out, op, node),
            Op::If if payload != 0 => {
                let weights = Weights::from_payload(payload);
                put!(out, "{}:{}", weights.on_true, weights.on_false);
            }
            Op::Switch => self.put_cases(out, node),
            Op::Call | Op::TailCall => self.put_call(out, node),
            Op::FrameState => {
                let Some(frame) = graph.tables().frames.get(payload as usize) else { return };
                put_symbol(out, name_of(self.module, frame.function));
                put!(out, ", pc {}{}", frame.pc, if frame.has_outer { ", outer" } else { "" });
            }
            Op::Alloc | Op::VirtualObj => {
                if let Some(number) = self.shapes.get(&payload) {
                    put!(out, "%{number}");
                }
            }
            Op::Loop if payload != 0 => put!(out, "trip {payload}"),
            Op::Phi if payload != 0 => put!(out, "class {payload}"),
            Op::StackAlloc if payload != u64::from(implied::STACK_ALIGN) => put!(out, "align {payload}"),
            Op::Proj => put!(out, "{payload}"),
            Op::BlockAddr | Op::ExtractLane | Op::InsertLane | Op::FrameAddr | Op::ReturnAddr if payload != 0 => {
                put!(out, "{payload}");
            }
            _ => {}
        }
    }

    fn put_access(&self, out: &mut String, op: Op, node: NodeId) {
        let (graph, payload) = (self.graph, self.graph.payload(node));
        let in_range = (payload >> 32 & 0xff) < 64
            && (payload >> 48 & 0xff) < AtomicOrder::ALL.len() as u64
            && payload >> 56 < crate::payload::RmwOp::ALL.len() as u64;
        if !in_range {
            return put!(out, "{payload:#x}");
        }
        let access = MemAccess::from_payload(payload);
        let value = (graph.num_inputs(node) > 3).then(|| graph.ty(graph.input(node, 3)));
        let mut parts: Vec<String> = Vec::new();
        if op == Op::AtomicRmw {
            parts.push(access.rmw.text().to_owned());
        }
        if access.align_log2 != implied::default_align_log2(op, graph.ty(node), value) {
            parts.push(format!("align {}", 1u64 << access.align_log2));
        }
        if access.class.0 != 0 {
            parts.push(format!("class {}", access.class.0));
        }
        parts.extend(AccessFlags::flag_words(access.flags));
        if access.order != AtomicOrder::Relaxed {
            parts.push(access.order.text().to_owned());
        }
        out.push_str(&parts.join(", "));
    }

    fn put_cases(&self, out: &mut String, node: NodeId) {
        let graph = self.graph;
        let Some(table) = graph.tables().switches.get(graph.payload(node) as usize) else { return };
        let ty = if graph.num_inputs(node) > 1 { graph.ty(graph.input(node, 1)) } else { Type::I64 };
        let weighted = table.weights.len() == table.values.len() + 1;
        if weighted {
            put!(out, "default:{}", table.weights[0]);
        }
        for (index, &value) in table.values.iter().enumerate() {
            if weighted || index > 0 {
                out.push_str(", ");
            }
            put_number(out, ty, value);
            if weighted {
                put!(out, ":{}", table.weights[index + 1]);
            }
        }
    }

    fn put_call(&self, out: &mut String, node: NodeId) {
        let (graph, Some(site)) = (self.graph, self.call_site(node)) else { return };
        let callee = (graph.num_inputs(node) > 2).then(|| graph.input(node, 2));
        let symbol = callee.filter(|&callee| graph.is(callee, Op::SymbolAddr));
        let symbol = symbol.map(|callee| SymbolId(graph.payload(callee) as u32));
        let known = symbol
            .filter(|symbol| symbol.index() < self.module.symbols.len())
            .and_then(|symbol| self.module.function_signature(symbol));
        let mut parts: Vec<String> = Vec::new();
        if known != Some(site.signature)
            && let Some(signature) = self.module.signatures.get(site.signature.index())
        {
            let mut text = "sig ".to_owned();
            put_signature(&mut text, signature);
            parts.push(text);
        }
        parts.extend(site.flags.flag_words());
        out.push_str(&parts.join(", "));
    }
}

/// Is the node a tuple whose users are projections, few numbers missing and none twice?
fn can_list(graph: &Graph, tuple: NodeId) -> bool {
    if graph.ty(tuple) != Type::TUPLE || graph.users(tuple).any(|user| !graph.is(user, Op::Proj)) {
        return false;
    }
    let mut numbers: Vec<u64> = graph.users(tuple).map(|user| graph.payload(user)).collect();
    numbers.sort_unstable();
    let last = numbers.last().copied().unwrap_or(0);
    let dense = last <= 2 * numbers.len() as u64 + 16 || tuple == NodeId::START && last < 1 << 20;
    dense && numbers.windows(2).all(|pair| pair[0] != pair[1])
}

/// A number of the type: signed, or its bits in hexadecimal.
fn put_number(out: &mut String, ty: Type, bits: u64) {
    match ty {
        Type::I1 => put!(out, "{bits}"),
        Type::F64 if f64::from_bits(bits).is_finite() => put!(out, "{:?}", f64::from_bits(bits)),
        Type::F32 if f32::from_bits(bits as u32).is_finite() => put!(out, "{:?}", f32::from_bits(bits as u32)),
        _ if ty.is_int() => put!(out, "{}", ty.sign_extend(bits)),
        _ => put!(out, "{bits:#x}"),
    }
}

fn put_wide(out: &mut String, bits: u128) {
    if bits < 1 << 64 { put!(out, "{bits}") } else { put!(out, "{bits:#x}") }
}
