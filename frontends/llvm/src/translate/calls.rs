//! Calls of functions and of empty inline assembly.

use smallvec::SmallVec;
use son_ir::facts::Fact;
use son_ir::{CallFlags, NodeId, Op, SigId};

use super::At;
use super::function::Translator;
use super::hints::fact_of_range;
use super::promote::symbol_of;
use super::signatures::{Shape, call_flags};
use super::types::Lowered;
use crate::ast::{Call, Constant, Inst, ParamAttributes, TailKind, ValueKind};
use crate::error::Result;
use crate::types::{Type as Ast, TypeId};

impl Translator<'_, '_, '_> {
    pub(super) fn call(&mut self, inst: &Inst, call: &Call) -> Result<()> {
        let function = symbol_of(self.body, call.callee).and_then(|s| self.context.function_of(s));
        if let Some(intrinsic) = function.and_then(|function| self.context.intrinsics[function]) {
            return self.intrinsic_call(inst, call, intrinsic);
        }
        if let ValueKind::Constant(id) = call.callee.kind()
            && let Constant::Asm(asm) = self.body.constants.get(id)
        {
            return self.inline_assembly(inst, call, asm);
        }
        let callee = self.scalar_of(TypeId::PTR, call.callee)?;
        let args = self.arguments(call)?;
        let signature = self.call_signature(call, function)?;
        let flags = self.flags_of_call(call, function);
        if call.tail == TailKind::MustTail {
            self.builder.tail_call(callee, signature, flags.or(CallFlags::MUST_TAIL), &args);
            return Ok(());
        }
        let flags = if call.tail == TailKind::Tail { flags.or(CallFlags::MAY_TAIL) } else { flags };
        let declared = self.context.module.signature(signature);
        let results = self.builder.call(callee, signature, declared, flags, &args);
        if let [node] = results.values[..] {
            let attributes = &self.body.attributes[call.ret_attributes.index()];
            self.assume_attributes(node, attributes);
            let ast = self.context.ast;
            if let Some(function) = function.map(|index| &ast.functions[index]).filter(|f| f.ret == call.ret) {
                self.assume_attributes(node, &ast.attributes[function.ret_attributes.index()]);
            }
        }
        self.set_result(inst, call.ret, &results.values)
    }

    /// The nodes of all arguments, aggregates leaf by leaf.
    fn arguments(&mut self, call: &Call) -> Result<SmallVec<[NodeId; 8]>> {
        let body = self.body;
        let mut args = SmallVec::new();
        for &arg in &body.operands[call.args.range()] {
            match self.context.lowering.lower(self.types, arg.ty).at(self.offset)? {
                Lowered::Scalar(_) => args.push(self.scalar(arg)?),
                Lowered::Aggregate(_) => args.extend(self.parts(arg)?),
            }
        }
        Ok(args)
    }

    /// The signature as the caller sees it: that of the function if the types agree.
    fn call_signature(&mut self, call: &Call, function: Option<usize>) -> Result<SigId> {
        let (body, ast) = (self.body, self.context.ast);
        let args = &body.operands[call.args.range()];
        let attributes = &body.argument_attributes[call.arg_attributes.range()];
        let (fixed, varargs) = match call.ty.map(|ty| self.types.get(ty)) {
            Some(Ast::Function { params, varargs, .. }) => (params.len(), varargs),
            _ => (args.len(), false),
        };
        if let Some(index) = function {
            let function = &ast.functions[index];
            let params = &ast.params[function.params.range()];
            let same = params.iter().map(|param| param.ty).eq(args[..fixed].iter().map(|arg| arg.ty));
            let said =
                (fixed..args.len()).any(|i| self.must_be_said(args[i].ty, &body.attributes[attributes[i].index()]));
            let shape =
                function.ret == call.ret && function.varargs == varargs && function.convention == call.convention;
            if same && shape && !said {
                return self.context.function_signature(index);
            }
        }
        let params = args.iter().zip(attributes).map(|(arg, id)| (arg.ty, &body.attributes[id.index()]));
        let said = params.clone().rposition(|(ty, attributes)| self.must_be_said(ty, attributes));
        let count = fixed.max(said.map_or(0, |last| last + 1));
        let ret = (call.ret, &body.attributes[call.ret_attributes.index()]);
        let shape = Shape { fixed, variadic: varargs, convention: call.convention, offset: self.offset };
        self.context.signature(self.types, params.take(count), ret, shape)
    }

    /// Variable arguments go by their types, but for structures, arrays, vectors and integers of two words: those have to be said
    /// in the signature.
    fn must_be_said(&self, ty: TypeId, attributes: &ParamAttributes) -> bool {
        let is_array = matches!(self.types.resolve(ty), Ast::Array { .. });
        let is_vector = matches!(self.types.resolve(ty), Ast::Vector { .. });
        attributes.byval.is_some() || is_array || is_vector || matches!(self.types.get(ty), Ast::Int(bits) if bits > 64)
    }

    fn flags_of_call(&self, call: &Call, function: Option<usize>) -> CallFlags {
        let mut attributes = call.attributes;
        let mut result = self.body.attributes[call.ret_attributes.index()].set;
        if let Some(index) = function {
            let ast = self.context.ast;
            let function = &ast.functions[index];
            attributes.merge(&function.attributes);
            result = result.union(ast.attributes[function.ret_attributes.index()].set);
        }
        call_flags(&attributes, result)
    }

    /// What attributes promise of a parameter or result.
    pub(super) fn assume_attributes(&mut self, node: NodeId, attributes: &ParamAttributes) {
        let ty = self.builder.graph().ty(node);
        let graph = self.builder.graph_mut();
        if ty.is_pointer() {
            let mut fact = graph.pointer_fact(node);
            fact.non_null |= attributes.set.contains(crate::Keyword::NonNull);
            fact.non_null |= attributes.dereferenceable > 0 || attributes.byval.is_some();
            fact.dereferenceable = fact.dereferenceable.max(attributes.dereferenceable);
            fact.align_log2 = fact.align_log2.max(attributes.align.max(1).trailing_zeros() as u8);
            graph.set_fact(node, Fact::of_pointer(Some(fact)));
        } else if let Some(range) = attributes.range {
            let fact = graph.fact(node).meet(&fact_of_range(range, ty), ty);
            graph.set_fact(node, fact);
        }
    }

    /// Assembly without instructions: its outputs are the inputs in the same place, and nothing moves
    /// across if it has effects.
    fn inline_assembly(&mut self, inst: &Inst, call: &Call, asm: u32) -> Result<()> {
        let body = self.body;
        let asm = &body.constants.assembly[asm as usize];
        if !asm.template.iter().all(u8::is_ascii_whitespace) {
            return Err(self.unsupported("inline assembly that is not empty"));
        }
        let constraints = String::from_utf8_lossy(&asm.constraints).into_owned();
        let args = &body.operands[call.args.range()];
        let mut tied: SmallVec<[Option<usize>; 4]> = SmallVec::new();
        let mut arg = 0;
        for constraint in constraints.split(',').filter(|text| !text.is_empty()) {
            if let Some(output) = constraint.strip_prefix('=') {
                if output.starts_with('*') {
                    arg += 1;
                } else {
                    tied.push(None);
                }
            } else if !constraint.starts_with('~') && !constraint.starts_with('!') {
                let place = constraint.parse().ok().and_then(|place: usize| tied.get_mut(place));
                if let Some(place) = place {
                    *place = Some(arg);
                }
                arg += 1;
            }
        }
        let mut nodes: SmallVec<[NodeId; 4]> = SmallVec::new();
        let leaves = self.context.lowering.parts(self.types, call.ret).at(self.offset)?;
        for (index, leaf) in leaves.iter().enumerate() {
            let arg = tied.get(index).copied().flatten().and_then(|arg| args.get(arg));
            nodes.push(match arg {
                Some(&arg) => self.scalar(arg)?,
                None => self.builder.unspecified(leaf.ty),
            });
            if self.builder.graph().ty(nodes[index]) != leaf.ty {
                return Err(self.unsupported("inline assembly whose inputs and outputs differ in type"));
            }
        }
        if asm.side_effect || constraints.contains("~{memory}") {
            self.builder.effect(Op::Barrier, &[], 0, &[]);
        }
        self.set_result(inst, call.ret, &nodes)
    }
}
