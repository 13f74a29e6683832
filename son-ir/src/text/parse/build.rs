//! From statements to the graph: each node after its inputs, but for the back edges of loops, which are
//! added last. The graph keeps the form as written.

use super::Result;
use super::body::{Body, Operand, Use};
use super::payload::{Access, Payload};
use crate::graph::{NewNode, NodeId, Origin};
use crate::module::{Function, SigId, SymbolId};
use crate::ops::{NodeFlags, Op};
use crate::payload::{AliasClass, CallFlags, CallSite, MemAccess, SwitchTable};
use crate::text::implied::{self, Site};
use crate::types::Type;
use crate::verify::{Expected, check_arity, check_types, is_exit, projected, takes_access};
use smallvec::SmallVec;

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

struct Builder<'a, 'm> {
    body: Body<'a, 'm>,
    /// By statement.
    state: Vec<State>,
    node_of: Vec<NodeId>,
    /// By result.
    result_of: Vec<NodeId>,
    /// By node.
    places: Vec<u32>,
}

/// The function whose body this is, and the places of its nodes.
pub(super) fn build(body: Body) -> Result<(Function, Vec<u32>)> {
    let (statements, results) = (body.statements.len(), body.results.len());
    let mut builder = Builder {
        body,
        state: vec![State::New; statements],
        node_of: vec![NodeId::NONE; statements],
        result_of: vec![NodeId::NONE; results],
        places: Vec::new(),
    };
    for statement in 0..statements {
        builder.insert_with_inputs(statement)?;
    }
    for statement in 0..statements {
        builder.add_back_edges(statement)?;
    }
    builder.connect_exits()?;
    let Builder { mut body, mut places, .. } = builder;
    body.function.graph.set_origin(Origin::default());
    places.resize(body.function.graph.len(), u32::MAX);
    Ok((body.function, places))
}

impl<'a> Builder<'a, '_> {
    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T> {
        self.body.p.error(at, message)
    }

    fn uses(&self, statement: usize) -> &[Use<'a>] {
        &self.body.uses[self.body.statements[statement].uses.clone()]
    }

    /// Statement and result that define an operand, if it is a name.
    fn definition(&self, operand: Operand) -> Option<(usize, usize)> {
        match operand {
            Operand::Name(name) => self.body.names[name as usize].defined.map(|(s, r)| (s as usize, r as usize)),
            _ => None,
        }
    }

    /// The first operand that may be defined by what depends on the statement.
    fn first_back_edge(&self, statement: usize) -> usize {
        let region = || self.uses(statement).first().and_then(|region| self.definition(region.operand));
        match self.body.statements[statement].ideal() {
            Some(Op::Stop) => 0,
            Some(Op::Loop) => 1,
            Some(Op::Phi) if region().is_some_and(|(at, _)| self.body.statements[at].is(Op::Loop)) => 2,
            _ => usize::MAX,
        }
    }

    fn insert_with_inputs(&mut self, root: usize) -> Result<()> {
        if self.state[root] != State::New {
            return Ok(());
        }
        self.state[root] = State::Open;
        let mut stack = vec![(root, 0)];
        while let Some((statement, next)) = stack.last_mut() {
            let (statement, index) = (*statement, *next);
            *next += 1;
            let uses = self.uses(statement);
            if index >= uses.len().min(self.first_back_edge(statement)) {
                self.insert(statement)?;
                self.state[statement] = State::Done;
                stack.pop();
                continue;
            }
            let Use { operand, at, .. } = uses[index];
            let Some((needed, _)) = self.definition(operand) else { continue };
            match self.state[needed] {
                State::New => {
                    self.state[needed] = State::Open;
                    stack.push((needed, 0));
                }
                State::Open => return self.error(at as usize, "this depends on itself other than through a loop"),
                State::Done => {}
            }
        }
        Ok(())
    }

    fn insert(&mut self, statement: usize) -> Result<()> {
        let written = &self.body.statements[statement];
        let origin = written.origin;
        self.body.function.graph.set_origin(origin);
        let node = match written.ideal() {
            Some(Op::Stop) => return Ok(()),
            Some(Op::Start) => self.start(statement)?,
            Some(Op::Const | Op::WideConst | Op::Poison | Op::SymbolAddr | Op::SlotAddr) => self.leaf(statement)?,
            _ => self.plain(statement)?,
        };
        self.node_of[statement] = node;
        self.place(node, self.body.statements[statement].at);
        self.define(statement, node)
    }

    fn place(&mut self, node: NodeId, at: usize) {
        if self.places.len() <= node.index() {
            self.places.resize(node.index() + 1, u32::MAX);
        }
        self.places[node.index()] = at as u32;
    }

    fn start(&mut self, statement: usize) -> Result<NodeId> {
        if self.node_of.contains(&NodeId::START) {
            return self.error(self.body.statements[statement].at, "a second start");
        }
        self.body.function.graph.set_node_origin(NodeId::START, self.body.statements[statement].origin);
        Ok(NodeId::START)
    }

    /// A constant or address that has a name.
    fn leaf(&mut self, statement: usize) -> Result<NodeId> {
        let written = &self.body.statements[statement];
        let declared = self.body.results.get(written.results.start).filter(|_| !written.results.is_empty());
        let declared = declared.and_then(|result| result.ty);
        let at = written.at;
        let literal = match (written.ideal(), self.uses(statement)) {
            (Some(Op::Poison), []) => Use { operand: Operand::Poison, ty: None, label: None, at: at as u32 },
            (Some(Op::Poison), _) => return self.error(at, "poison has no operands"),
            (_, &[literal]) if !matches!(literal.operand, Operand::Name(_)) => literal,
            _ => return self.error(at, "expected one literal as operand"),
        };
        self.literal(&literal, declared.or(literal.ty))
    }

    /// The node of a literal.
    fn literal(&mut self, literal: &Use, ty: Option<Type>) -> Result<NodeId> {
        let at = literal.at as usize;
        let address = matches!(literal.operand, Operand::Symbol(_) | Operand::Slot(_) | Operand::Null);
        let Some(ty) = ty.or(address.then_some(Type::PTR)) else {
            return self.error(at, "the type of this literal is not clear: write it behind, as in `1: i32`");
        };
        if address && !ty.is_pointer() {
            return self.error(at, format!("an address is not of type {ty}"));
        }
        let (op, bits) = match literal.operand {
            Operand::Number(number) => match number.bits(ty) {
                Ok(bits) => (Op::Const, bits),
                Err(message) => return self.error(at, message),
            },
            Operand::Symbol(symbol) => (Op::SymbolAddr, u128::from(symbol.0)),
            Operand::Slot(slot) => (Op::SlotAddr, u128::from(slot)),
            Operand::Null => (Op::Const, 0),
            _ => (Op::Poison, 0),
        };
        let graph = &mut self.body.function.graph;
        let (op, payload) = match op {
            Op::Const if ty.bits() > 64 => (Op::WideConst, graph.tables_mut().add_wide(bits)),
            _ => (op, bits as u64),
        };
        Ok(graph.share(&NewNode { op: op as u16, ty, flags: NodeFlags::NONE, payload, inputs: &[] }))
    }

    /// Type of an operand, as far as it is known before the literals are made.
    fn known_type(&self, operand: &Use) -> Option<Type> {
        let Some((_, result)) = self.definition(operand.operand) else { return operand.ty };
        let node = self.result_of[result];
        if node.is_some() { Some(self.body.function.graph.ty(node)) } else { self.body.results[result].ty }
    }

    /// Type of the node that the statement makes.
    fn node_type(&self, statement: usize) -> Result<Type> {
        let written = &self.body.statements[statement];
        let results = &self.body.results[written.results.clone()];
        let uses = self.uses(statement);
        match (written.ideal(), results) {
            (Some(op), _) if op.signature().1 == 't' => Ok(Type::TUPLE),
            (None, [_, _, ..]) => Ok(Type::TUPLE),
            (_, [_, second, ..]) => self.error(second.at as usize, "this operation has one result"),
            (Some(Op::Proj), [result]) if result.ty.is_none() => self.projected_type(statement),
            (op, _) => {
                let declared = results.first().and_then(|result| result.ty);
                let implied =
                    || op.and_then(|op| implied::result_type(op, uses.len(), |i| self.known_type(uses.get(i)?)));
                match declared.or_else(implied) {
                    Some(ty) => Ok(ty),
                    None => {
                        self.error(written.at, "the type of the result is not clear: write it, as in `x: i32 = ...`")
                    }
                }
            }
        }
    }

    /// Type of a projection that stands alone.
    fn projected_type(&self, statement: usize) -> Result<Type> {
        let written = &self.body.statements[statement];
        let tuple = self.uses(statement).first().and_then(|tuple| self.definition(tuple.operand));
        match (tuple, &written.payload) {
            (Some((_, result)), &Payload::Bits(index)) => {
                self.result_at(self.result_of[result], index, None, written.at)
            }
            (Some((_, result)), Payload::None) => self.result_at(self.result_of[result], 0, None, written.at),
            _ => self.error(written.at, "expected a tuple"),
        }
    }

    /// Type of projection `index` of a tuple; `declared` must fit.
    fn result_at(&self, tuple: NodeId, index: u64, declared: Option<Type>, at: usize) -> Result<Type> {
        let Body { module, function, .. } = &self.body;
        let graph = &function.graph;
        if Op::from_number(graph.op_number(tuple)).is_none() {
            return declared.map_or_else(|| self.error(at, "write the type of this result"), Ok);
        }
        let fits = |fits: bool, ty: Type| {
            if fits { Ok(ty) } else { self.error(at, format!("result {index} cannot have type {ty}")) }
        };
        match (projected(module, function, tuple, index), declared) {
            (None, _) => self.error(at, format!("there is no result {index}")),
            (Some(Expected::Type(ty)), declared) => fits(declared.is_none_or(|declared| declared == ty), ty),
            (Some(Expected::Pointer), declared) => {
                let ty = declared.unwrap_or(Type::PTR);
                fits(ty.is_pointer(), ty)
            }
            (Some(Expected::Data), Some(ty)) => fits(ty.is_data(), ty),
            (Some(Expected::Data), None) => self.error(at, "write the type of this result"),
        }
    }

    /// A node that is made from its inputs.
    fn plain(&mut self, statement: usize) -> Result<NodeId> {
        let written = &self.body.statements[statement];
        if let Some(Err(message)) = written.ideal().map(|op| check_arity(op, written.uses.len())) {
            return self.error(written.at, message);
        }
        let ty = self.node_type(statement)?;
        let call = self.call_signature(statement)?;
        let inputs = self.inputs(statement, ty, call, 0, self.first_back_edge(statement))?;
        self.check(statement, ty, &inputs)?;
        let payload = self.payload_bits(statement, ty, &inputs, call)?;
        let written = &self.body.statements[statement];
        let new = NewNode { op: written.op, ty, flags: written.flags, payload, inputs: &inputs };
        Ok(self.body.function.graph.insert(&new))
    }

    /// Arity and types, those of inputs that come later taken as they must be.
    fn check(&self, statement: usize, ty: Type, inputs: &[NodeId]) -> Result<()> {
        let written = &self.body.statements[statement];
        let Some(op) = written.ideal() else { return Ok(()) };
        let graph = &self.body.function.graph;
        let mut types: SmallVec<[Type; 8]> = inputs.iter().map(|&input| graph.ty(input)).collect();
        types.resize(written.uses.len(), ty);
        if let Err((_, message)) = check_types(op, ty, &types) {
            return self.error(written.at, message);
        }
        if op == Op::Proj {
            let index = if let Payload::Bits(index) = written.payload { index } else { 0 };
            self.result_at(inputs[0], index, Some(ty), written.at)?;
        }
        Ok(())
    }

    /// Nodes of the operands from `first` to before `end`, as far as there are so many.
    fn inputs(
        &mut self,
        statement: usize,
        ty: Type,
        call: Option<SigId>,
        first: usize,
        end: usize,
    ) -> Result<SmallVec<[NodeId; 6]>> {
        let uses = self.body.statements[statement].uses.clone();
        let mut inputs = SmallVec::new();
        for index in first..uses.len().min(end) {
            let operand = self.body.uses[uses.start + index];
            let node = match self.definition(operand.operand) {
                Some((_, result)) => self.result_of[result],
                None => {
                    let ty = operand.ty.or_else(|| self.literal_type(statement, ty, call, index));
                    self.literal(&operand, ty)?
                }
            };
            if !node.is_some() {
                return self.error(operand.at as usize, "this names no value");
            }
            inputs.push(node);
        }
        Ok(inputs)
    }

    fn literal_type(&self, statement: usize, ty: Type, call: Option<SigId>, index: usize) -> Option<Type> {
        let Body { module, function, statements, .. } = &self.body;
        let uses = self.uses(statement);
        let site = Site {
            op: statements[statement].ideal()?,
            result: Some(ty),
            inputs: uses.len(),
            call: call.map(|call| module.signature(call)),
            function: module.signature(function.signature),
        };
        implied::literal_type(&site, index, |other| self.known_type(uses.get(other)?))
    }

    /// Signature of a call: written, or that of the function that is called.
    fn call_signature(&self, statement: usize) -> Result<Option<SigId>> {
        let written = &self.body.statements[statement];
        if !matches!(written.ideal(), Some(Op::Call | Op::TailCall)) {
            return Ok(None);
        }
        if let Payload::Call(Some(signature), _) = written.payload {
            return Ok(Some(signature));
        }
        let graph = &self.body.function.graph;
        let callee = self.uses(statement).get(2).map(|callee| callee.operand);
        let symbol = callee.and_then(|callee| match (callee, self.definition(callee)) {
            (Operand::Symbol(symbol), _) => Some(symbol),
            (_, Some((_, result))) => Some(self.result_of[result])
                .filter(|node| node.is_some() && graph.is(*node, Op::SymbolAddr))
                .map(|node| SymbolId(graph.payload(node) as u32)),
            _ => None,
        });
        match symbol.and_then(|symbol| self.body.module.function_signature(symbol)) {
            Some(signature) => Ok(Some(signature)),
            None => {
                self.error(written.at, "the signature of the call is not clear: write `call(sig (i32) -> i32) ...`")
            }
        }
    }

    fn payload_bits(&mut self, statement: usize, ty: Type, inputs: &[NodeId], call: Option<SigId>) -> Result<u64> {
        let written = &mut self.body.statements[statement];
        let (at, op) = (written.at, written.ideal());
        let payload = std::mem::replace(&mut written.payload, Payload::None);
        let labelled = self.uses(statement).iter().find(|operand| operand.label.is_some());
        if let Some(labelled) = labelled.filter(|_| op != Some(Op::MergeMem)) {
            return self.error(labelled.at as usize, "only slices of a mergemem have a class");
        }
        let tables = self.body.function.graph.tables_mut();
        match (payload, op) {
            (Payload::Bits(bits), _) => Ok(bits),
            (Payload::Access(access), Some(op)) => Ok(access_bits(&access, op, ty, self.value_type(inputs))),
            (Payload::None, Some(op)) if takes_access(op) => {
                Ok(access_bits(&Access::default(), op, ty, self.value_type(inputs)))
            }
            (Payload::Frame(frame), _) => Ok(tables.add_frame(frame)),
            (Payload::Cases(cases, default), _) => self.switch(at, cases, default, inputs),
            (Payload::None, Some(Op::Switch)) => self.switch(at, Vec::new(), None, inputs),
            (payload, Some(Op::Call | Op::TailCall)) => {
                let flags = if let Payload::Call(_, flags) = payload { flags } else { CallFlags::NONE };
                let signature = call.expect("a call has a signature");
                Ok(tables.add_call(CallSite { signature, flags }))
            }
            (_, Some(Op::MergeMem)) => self.slices(statement),
            (_, Some(Op::FrameState)) => self.error(at, "write `framestate(@function, pc N) values...`"),
            (_, Some(Op::Alloc | Op::VirtualObj)) => self.error(at, "write the shape: `(%name)`"),
            (_, Some(Op::StackAlloc)) => Ok(u64::from(implied::STACK_ALIGN)),
            _ => Ok(0),
        }
    }

    /// The classes before the slices of a `mergemem`.
    fn slices(&mut self, statement: usize) -> Result<u64> {
        let at = self.body.statements[statement].at;
        let (base, slices) = self.uses(statement).split_first().expect("law 2 was checked");
        let classes: Option<Vec<AliasClass>> = slices.iter().map(|slice| slice.label.map(AliasClass)).collect();
        match classes {
            Some(classes) if base.label.is_none() => Ok(self.body.function.graph.tables_mut().add_merge(classes)),
            _ => self.error(at, "write `mergemem base, CLASS: slice, ...`"),
        }
    }

    /// Type of the value that an access takes.
    fn value_type(&self, inputs: &[NodeId]) -> Option<Type> {
        inputs.get(3).map(|&value| self.body.function.graph.ty(value))
    }

    fn switch(&mut self, at: usize, cases: Vec<(i128, u32)>, default: Option<u32>, inputs: &[NodeId]) -> Result<u64> {
        let graph = &mut self.body.function.graph;
        let ty = graph.ty(inputs[1]);
        let mut table = SwitchTable::default();
        table.weights.extend(default);
        for (value, weight) in cases {
            let bits = ty.bits().min(64);
            if value < -(1 << (bits - 1)) || value >= 1 << bits {
                return self.error(at, format!("case {value} does not fit in {ty}"));
            }
            table.values.push(value as u64 & ty.mask());
            if default.is_some() {
                table.weights.push(weight);
            }
        }
        Ok(graph.tables_mut().add_switch(table))
    }

    /// Gives the names of the results their nodes.
    fn define(&mut self, statement: usize, node: NodeId) -> Result<()> {
        let results = self.body.statements[statement].results.clone();
        let tuple = self.body.function.graph.ty(node) == Type::TUPLE;
        let named = results.len() == 1 && self.body.results[results.start].ty == Some(Type::TUPLE);
        for (index, result) in results.enumerate() {
            let definition = self.body.results[result];
            if definition.name.is_none() {
                continue;
            }
            let mut value = node;
            if tuple && !named {
                let at = definition.at as usize;
                let ty = self.result_at(node, index as u64, definition.ty, at)?;
                value = self.body.function.graph.raw(Op::Proj, ty, index as u64, &[node]);
                self.place(value, at);
            }
            self.result_of[result] = value;
            if let Some(fact) = definition.fact {
                self.body.function.graph.set_fact(value, fact);
            }
        }
        Ok(())
    }

    fn add_back_edges(&mut self, statement: usize) -> Result<()> {
        let first = self.first_back_edge(statement);
        let node = self.node_of[statement];
        if first >= self.uses(statement).len() || !node.is_some() {
            return Ok(());
        }
        let ty = self.body.function.graph.ty(node);
        for (index, input) in self.inputs(statement, ty, None, first, usize::MAX)?.into_iter().enumerate() {
            let found = self.body.function.graph.ty(input);
            if found != ty {
                let at = self.uses(statement)[first + index].at as usize;
                return self.error(at, format!("this is {found}, expected {ty}"));
            }
            self.body.function.graph.add_input(node, input);
        }
        Ok(())
    }

    /// Exits go to stop in the order of the text, unless a `stop` says otherwise.
    fn connect_exits(&mut self) -> Result<()> {
        let stops: Vec<usize> = (0..self.node_of.len()).filter(|&s| self.body.statements[s].is(Op::Stop)).collect();
        let exits = match stops[..] {
            [] => {
                let exits = (0..self.node_of.len()).filter(|&s| is_exit(self.body.statements[s].ideal()));
                exits.map(|statement| self.node_of[statement]).collect()
            }
            [stop] => self.inputs(stop, Type::CTRL, None, 0, usize::MAX)?,
            [_, second, ..] => return self.error(self.body.statements[second].at, "a second stop"),
        };
        let graph = &mut self.body.function.graph;
        exits.into_iter().for_each(|exit| graph.add_input(NodeId::STOP, exit));
        Ok(())
    }
}

fn access_bits(access: &Access, op: Op, result: Type, value: Option<Type>) -> u64 {
    MemAccess {
        class: AliasClass(access.class),
        align_log2: access.align_log2.unwrap_or_else(|| implied::default_align_log2(op, result, value)),
        flags: access.flags,
        order: access.order,
        rmw: access.rmw,
    }
    .payload()
}
