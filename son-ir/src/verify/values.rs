//! Laws 11, 12, 17, 18 and 19: phis, pis, signatures, states and facts.

use super::Checker;
use crate::facts::{Fact, transfer};
use crate::graph::NodeId;
use crate::module::{Param, SigId};
use crate::ops::{Op, OpFlags};
use crate::types::Type;

impl Checker<'_> {
    /// The laws that look at one node and its inputs.
    pub(super) fn check_value(&mut self, node: NodeId) {
        let result = match self.op(node) {
            Some(Op::Phi) => self.phi(node),
            Some(Op::Pi) => self.pi(node),
            Some(Op::Call) => self.arguments(node),
            Some(Op::TailCall) => self.arguments(node).and_then(|()| self.tail_results(node)),
            Some(Op::Return) => self.returned(node),
            Some(Op::Guard | Op::Deopt | Op::Safepoint) => self.takes_frame(node),
            Some(Op::FrameState) => self.frame(node),
            Some(Op::VirtualObj) => self.virtual_object(node),
            _ => Ok(()),
        };
        if let Err((law, message)) = result.and_then(|()| self.fact(node)) {
            self.report(law, &[node], message);
        }
    }

    fn phi(&self, node: NodeId) -> Result<(), (u8, String)> {
        let graph = self.graph;
        let region = graph.input(node, 0);
        if !matches!(self.op(region), Some(Op::Region | Op::Loop)) {
            return Err((11, format!("the control of a phi is {region}, a {}", self.name(region))));
        }
        let (ways, values) = (graph.num_inputs(region), graph.num_inputs(node) - 1);
        if ways == values {
            return Ok(());
        }
        Err((11, format!("a phi of {values} values at {region}, which has {ways} ways in")))
    }

    fn pi(&self, node: NodeId) -> Result<(), (u8, String)> {
        let control = self.graph.input(node, 0);
        let op = self.op(control);
        let branch = op == Some(Op::Proj)
            && self.op(self.graph.input(control, 0)).is_none_or(|op| op.is(OpFlags::BLOCK_END) || op == Op::Start);
        if branch || matches!(op, None | Some(Op::Guard | Op::Region | Op::Loop)) {
            return Ok(());
        }
        Err((12, format!("a pi is pinned to {control}, a {}, which tests nothing", self.name(control))))
    }

    fn arguments(&self, node: NodeId) -> Result<(), (u8, String)> {
        let (graph, site) = (self.graph, self.graph.call_site(node));
        let signature = self.module.signature(site.signature);
        let found: Vec<Type> = graph.inputs(node).skip(3).map(|input| graph.ty(input)).collect();
        let (count, params) = (found.len(), signature.params.len());
        if count < params || count > params && !signature.variadic {
            return Err((17, format!("{} arguments for {} parameters", count, params)));
        }
        same_types("argument", &signature.params, &found[..params])
    }

    fn results_of(&self, signature: SigId) -> Vec<Type> {
        self.module.signature(signature).results.iter().map(|result| result.ty).collect()
    }

    fn tail_results(&self, node: NodeId) -> Result<(), (u8, String)> {
        let callee = self.results_of(self.graph.call_site(node).signature);
        let own = self.results_of(self.function.signature);
        if callee == own {
            return Ok(());
        }
        Err((17, format!("a tail call that returns {callee:?} in a function that returns {own:?}")))
    }

    fn returned(&self, node: NodeId) -> Result<(), (u8, String)> {
        let graph = self.graph;
        let results = &self.module.signature(self.function.signature).results;
        let found: Vec<Type> = graph.inputs(node).skip(2).map(|input| graph.ty(input)).collect();
        if found.len() != results.len() {
            return Err((17, format!("{} values returned, the signature has {}", found.len(), results.len())));
        }
        same_types("result", results, &found)
    }

    fn takes_frame(&self, node: NodeId) -> Result<(), (u8, String)> {
        let state = self.graph.input(node, self.graph.num_inputs(node) - 1);
        self.is_frame(state).map_err(|message| (18, format!("{}: {message}", self.name(node))))
    }

    fn is_frame(&self, state: NodeId) -> Result<(), String> {
        match self.op(state) {
            Some(Op::FrameState) | None => Ok(()),
            Some(op) => Err(format!("{state} is a {op}, not a framestate")),
        }
    }

    fn frame(&self, node: NodeId) -> Result<(), (u8, String)> {
        let graph = self.graph;
        let frame = &graph.tables().frames[graph.payload(node) as usize];
        let mut values = graph.num_inputs(node);
        if frame.has_outer {
            let Some(last) = values.checked_sub(1) else {
                return Err((18, "a frame without its outer state".to_owned()));
            };
            self.is_frame(graph.input(node, last)).map_err(|message| (18, format!("outer state: {message}")))?;
            values = last;
        }
        let mut objects: Vec<NodeId> = Vec::new();
        for input in graph.inputs(node).take(values) {
            if graph.is(input, Op::VirtualObj) {
                objects.push(graph.input(input, 0));
            } else if !graph.ty(input).is_data() || !objects.is_empty() {
                return Err((18, format!("a frame holds {input}, which is neither data before its objects nor one")));
            }
        }
        objects.sort_unstable();
        match objects.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err((18, format!("a frame says twice what object {} is", pair[0]))),
            None => Ok(()),
        }
    }

    fn virtual_object(&self, node: NodeId) -> Result<(), (u8, String)> {
        let graph = self.graph;
        let shape = &graph.tables().shapes[graph.payload(node) as usize];
        let (fields, inputs) = (shape.fields.len(), graph.num_inputs(node) - 1);
        if inputs < fields || inputs > fields && shape.element.is_none() {
            return Err((18, format!("{inputs} values for {fields} fields of {}", shape.name)));
        }
        for (index, input) in graph.inputs(node).skip(1).enumerate() {
            if shape.part(index).map(|part| part.0) != Some(graph.ty(input)) {
                return Err((18, format!("field {index} of {} is {}", shape.name, graph.ty(input))));
            }
        }
        Ok(())
    }

    fn fact(&self, node: NodeId) -> Result<(), (u8, String)> {
        let (ty, fact) = (self.graph.ty(node), self.graph.fact(node));
        let kind = match fact {
            Fact::Any | Fact::Never => true,
            Fact::Int(_) => ty.is_int() && ty.bits() <= 64,
            Fact::Pointer(_) => ty.is_pointer(),
            Fact::Float(_) => ty.is_float(),
        };
        if !kind {
            return Err((19, format!("a fact about another kind of value: {fact:?} for {ty}")));
        }
        let follows = transfer(self.graph, node);
        let possible = *fact != Fact::Never && follows != Fact::Never;
        if possible && fact.meet(&follows, ty) == Fact::Never {
            return Err((19, format!("the fact {fact:?} contradicts {follows:?}")));
        }
        Ok(())
    }
}

fn same_types(what: &str, expected: &[Param], found: &[Type]) -> Result<(), (u8, String)> {
    match expected.iter().zip(found).position(|(param, &ty)| param.ty != ty) {
        None => Ok(()),
        Some(i) => Err((17, format!("{what} {i} is {}, the signature says {}", found[i], expected[i].ty))),
    }
}
