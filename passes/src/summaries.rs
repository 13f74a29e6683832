//! Summaries: what functions of the module do with pointers that they are given, callees before callers.
//!
//! **What:** for each parameter that is a pointer, whether the function may keep a copy of it or give its memory back,
//! whether it may return a pointer into the same object, and which fields of the object it reads and writes. **Why:**
//! what is only passed to functions that keep nothing need not be on the heap, and of an object of which a function
//! needs some fields, these may be passed instead.
//!
//! **Algorithm:** a walk over the uses of the parameter, in which calls count as their callees' summaries say; functions
//! that call each other start with nothing done, and grow until nothing changes (Choi, Gupta, Serrano, Sreedhar,
//! Midkiff, "Escape Analysis for Java", OOPSLA 1999, without its graphs of what points to what).
//!
//! **Does not try:** pointers that a function stores in what other parameters point to and that others load from there.
//!
//! **Tests:** `tests/files/pipeline/summaries.son`.

use crate::across_calls::{FIRST_ARGUMENT, FIRST_VALUE};
use rustc_hash::FxHashSet;
use son_ir::analysis::call_graph::direct_callee;
use son_ir::analysis::{AddressUse, AddressUses};
use son_ir::{AccessFlags, CallFlags, Definition, Function, Graph, Module, NodeId, Op, Passing, SymbolId, Type};

/// Most uses of a parameter that are looked at.
const MAX_USES: usize = 256;
/// Most fields that are told apart.
const MAX_FIELDS: usize = 16;
/// Most rounds over functions that call each other.
const MAX_ROUNDS: usize = 10;

/// A part of an object, by its place from the pointer that is given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Field {
    pub offset: i64,
    pub ty: Type,
    pub written: bool,
}

/// What a function does with a pointer that it is given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Given {
    /// May it keep a copy, or give the memory back?
    pub kept: bool,
    /// May a result point into the object?
    pub returned: bool,
    /// All that it knows of the object, by place, disjoint; `None` if there may be more, its address for one.
    pub fields: Option<Vec<Field>>,
}

impl Given {
    fn nothing() -> Given {
        Given { kept: false, returned: false, fields: Some(Vec::new()) }
    }

    /// It is read and written, who knows where.
    fn accessed() -> Given {
        Given { fields: None, ..Given::nothing() }
    }

    fn add_field(&mut self, offset: Option<i64>, ty: Type, written: bool) {
        let (Some(fields), Some(offset)) = (&mut self.fields, offset) else { return self.fields = None };
        let end = |field: &Field| field.offset.saturating_add(i64::from(field.ty.bytes()));
        let new = Field { offset, ty, written };
        let overlaps = |old: &Field| old.offset < end(&new) && new.offset < end(old);
        match fields.iter().position(overlaps) {
            Some(at) if (fields[at].offset, fields[at].ty) == (offset, ty) => fields[at].written |= written,
            None if fields.len() < MAX_FIELDS => {
                fields.push(new);
                fields.sort_unstable();
            }
            _ => self.fields = None,
        }
    }

    /// What another function does that gets the pointer so many bytes on.
    fn add(&mut self, other: &Given, offset: Option<i64>) {
        self.kept |= other.kept;
        match &other.fields {
            Some(fields) => {
                for field in fields {
                    let place = offset.and_then(|offset| offset.checked_add(field.offset));
                    self.add_field(place, field.ty, field.written);
                }
            }
            None => self.fields = None,
        }
    }
}

/// What is known of one function.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Summary {
    /// By parameter; for those that are passed as they are.
    params: Vec<Option<Given>>,
    /// The parameter that is its only result, always.
    returns: Option<u32>,
}

/// What is known of the functions of a module, by symbol.
#[derive(Default, Debug)]
pub(crate) struct Summaries {
    of: Vec<Option<Summary>>,
}

impl Summaries {
    /// Nothing is known.
    pub(crate) const NONE: &Summaries = &Summaries { of: Vec::new() };

    /// Looks at the functions of a component of the call graph.
    pub(crate) fn note(&mut self, module: &Module, component: &[u32]) {
        self.of.resize_with(module.symbols.len(), || None);
        let of_row = |&row: &u32| &module.functions[row as usize];
        let known = |function: &&Function| !module.symbol(function.symbol).linkage.is_interposable();
        let functions: Vec<&Function> = component.iter().map(of_row).filter(known).collect();
        for function in &functions {
            let direct = |passing: Passing| (passing == Passing::Direct).then(Given::nothing);
            let params = &module.signature(function.signature).params;
            let params = params.iter().map(|param| direct(param.passing)).collect();
            self.of[function.symbol.index()] = Some(Summary { params, returns: returned_parameter(&function.graph) });
        }
        for _ in 0..MAX_ROUNDS {
            let mut changed = false;
            for function in &functions {
                changed |= self.update(module, function);
            }
            if !changed {
                return;
            }
        }
        functions.iter().for_each(|function| self.of[function.symbol.index()] = None);
    }

    /// Is more done than was known?
    fn update(&mut self, module: &Module, function: &Function) -> bool {
        let at = function.symbol.index();
        let of_param = |number: u32| {
            let param = function.graph.find_proj(NodeId::START, number + FIRST_VALUE);
            let pointer = param.filter(|&param| function.graph.ty(param).is_pointer());
            pointer.map_or_else(Given::nothing, |param| self.given_to(module, &function.graph, param))
        };
        let old = self.of[at].as_ref().map_or(&[][..], |summary| &summary.params);
        let params: Vec<_> = (0..).zip(old).map(|(number, old)| old.as_ref().map(|_| of_param(number))).collect();
        let changed = params != old;
        if let Some(summary) = &mut self.of[at] {
            summary.params = params;
        }
        changed
    }

    /// What is done with a pointer.
    fn given_to(&self, module: &Module, graph: &Graph, pointer: NodeId) -> Given {
        let mut given = Given::nothing();
        let mut names = FxHashSet::default();
        let mut walk = AddressUses::of(graph, [pointer]);
        let mut uses = 0;
        while let Some(AddressUse { user, index, offset }) = walk.next() {
            uses += 1;
            given.kept |= uses > MAX_USES;
            if given.kept {
                break;
            }
            match (graph.op(user), index) {
                (Op::Pi, 1) => walk.follow(user, offset),
                (Op::Phi | Op::Select, 1..) => {
                    if names.insert(user) {
                        walk.follow(user, None);
                    }
                }
                (Op::Load, 2) => given.add_field(offset, graph.ty(user), false),
                (Op::Store, 2) => given.add_field(offset, graph.ty(graph.input(user, 3)), true),
                (Op::MemSet, 2) | (Op::MemCopy | Op::MemMove, 2 | 3) => given.fields = None,
                (Op::LoadOrdered | Op::StoreOrdered | Op::AtomicRmw | Op::AtomicCas, 2)
                    if !graph.access(user).flags.has(AccessFlags::VOLATILE) =>
                {
                    given.fields = None;
                }
                (Op::Return, 2..) => (given.returned, given.fields) = (true, None),
                (Op::Eq | Op::Ne, _) if graph.constant(graph.input(user, 1 - index)) == Some(0) => {}
                (op, _) if op.is_int_compare() => given.fields = None,
                (Op::Call | Op::TailCall, FIRST_ARGUMENT..) => {
                    let callee = self.given(module, graph, user, index);
                    given.kept |= callee.is_none();
                    let Some(callee) = callee else { continue };
                    given.add(&callee, offset);
                    given.returned |= callee.returned && graph.is(user, Op::TailCall);
                    let results = graph.users(user).filter(|&result| graph.payload(result) >= u64::from(FIRST_VALUE));
                    for result in results.filter(|&result| callee.returned && names.insert(result)) {
                        walk.follow(result, None);
                    }
                }
                _ => given.kept = true,
            }
        }
        if given.kept { Given { kept: true, returned: true, fields: None } } else { given }
    }

    /// What the callee does with its argument at this input of the call, if that is known.
    pub(crate) fn given(&self, module: &Module, graph: &Graph, call: NodeId, index: usize) -> Option<Given> {
        let number = index.checked_sub(FIRST_ARGUMENT)?;
        let site = graph.call_site(call);
        let signature = module.signature(site.signature);
        let symbol = direct_callee(graph, call);
        match symbol.and_then(|symbol| self.summary(module, symbol, signature.params.len())) {
            Some(summary) => summary.params.get(number)?.clone(),
            None => {
                let param = signature.params.get(number)?;
                let keeps_memory = site.flags.any(CallFlags::READ_ONLY.or(CallFlags::NO_MEMORY));
                let is_plain = param.passing == Passing::Direct && param.no_capture && keeps_memory;
                is_plain.then(Given::accessed)
            }
        }
    }

    fn summary(&self, module: &Module, symbol: SymbolId, params: usize) -> Option<&Summary> {
        let is_body = matches!(module.symbol(symbol).definition, Definition::Function(_));
        let summary = self.of.get(symbol.index()).filter(|_| is_body)?.as_ref();
        summary.filter(|summary| summary.params.len() == params)
    }

    /// May the callee keep a copy of its argument at this input, give its memory back, or return it to somebody who
    /// uses it?
    pub(crate) fn keeps(&self, module: &Module, graph: &Graph, call: NodeId, index: usize) -> bool {
        let is_result = |user: NodeId| graph.payload(user) >= u64::from(FIRST_VALUE) && !graph.is_unused(user);
        self.given(module, graph, call, index)
            .is_none_or(|given| given.kept || (given.returned && graph.users(call).any(is_result)))
    }

    /// The argument that is the call's only result, always.
    pub(crate) fn returned_argument(&self, module: &Module, graph: &Graph, call: NodeId) -> Option<NodeId> {
        let params = module.signature(graph.call_site(call).signature).params.len();
        let number = self.summary(module, direct_callee(graph, call)?, params)?.returns?;
        Some(graph.input(call, FIRST_ARGUMENT + number as usize))
    }
}

/// The parameter that is the only result of each return.
fn returned_parameter(body: &Graph) -> Option<u32> {
    let mut found = None;
    for exit in body.inputs(NodeId::STOP) {
        match body.op(exit) {
            Op::Return if body.num_inputs(exit) == 3 => {
                let mut value = body.input(exit, 2);
                while body.is(value, Op::Pi) {
                    value = body.input(value, 1);
                }
                let param = body.is(value, Op::Proj) && body.input(value, 0) == NodeId::START;
                if !param || found.is_some_and(|other| other != value) {
                    return None;
                }
                found = Some(value);
            }
            Op::Unreachable | Op::Never | Op::Trap => {}
            _ => return None,
        }
    }
    u32::try_from(body.payload(found?)).ok()?.checked_sub(FIRST_VALUE)
}
