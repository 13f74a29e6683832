//! Clones of functions that take fields of an object instead of its address.
//!
//! **What:** where all that keeps a stack slot in memory is that functions of the module get its address, only to read
//! and write some fields of it, clones of these functions are called that get the fields' values, and return those that
//! they may have changed. **Why:** the slot, which was an allocation perhaps, goes: its fields are values. The callee may
//! be too large to be inlined, call itself, or be meant to stay a function.
//!
//! **Algorithm:** argument promotion, by need (LLVM has it for private functions of which all calls can be changed). A
//! clone is a function with a slot of its own that it fills with its parameters, and into which the original is inlined;
//! what is left of the slot is found by the other passes, which meet the clone's own calls then. A clone of a function
//! for certain parameters is made once. Number and size of clones are bounded.
//!
//! **Needs:** memory of the caller in one chain. **Breaks:** the fixpoint of the rules.
//!
//! **Does not try:** objects that functions give back or keep on some path, fields that are copied as a block.
//!
//! **Tests:** `tests/files/pipeline/fields.son`.

use crate::across_calls::{FIRST_ARGUMENT, FIRST_VALUE};
use crate::inline::{self, Callees, size};
use crate::remarks::Remark;
use crate::summaries::{Field, Summaries};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use son_ir::analysis::call_graph::direct_callee;
use son_ir::analysis::{AddressUse, AddressUses};
use son_ir::{
    CallFlags, CallSite, Definition, Function, FunctionFlags, Graph, Inputs, Linkage, MemAccess, Module, NodeFlags,
    NodeId, Op, Param, Signature, StackSlot, Symbol, SymbolId, Type,
};

/// The name of specialization in reports and options.
pub(crate) const NAME: &str = "specialize";
/// Largest function of which a clone is made.
const MAX_SIZE: u32 = 250;
/// Instructions that clones may have in a small module, beside functions that go.
const LEAST_GROWTH: u32 = 400;
/// In a large module, one for so many nodes.
const PART: u32 = 800;
/// Most parameters of a clone.
const MAX_PARAMS: usize = 12;
/// Most results of a clone in registers of one kind: so many have all targets.
const MAX_RESULTS: usize = 2;

/// A function, and its parameters that are given as fields, each with what it needs.
type Kind = (SymbolId, Vec<(u32, Vec<Field>)>);

/// A call that a clone can take over.
pub(crate) struct Wanted {
    call: NodeId,
    kind: Kind,
    /// Instructions that the module grows by if there is no clone yet.
    growth: u32,
}

impl Wanted {
    /// What is said of it.
    pub(crate) fn remark(&self, module: &Module, row: u32) -> Remark {
        let function = &module.functions[row as usize];
        let (callee, fields) = &self.kind;
        let count: usize = fields.iter().map(|of| of.1.len()).sum();
        let fields = if count == 1 { "1 field".to_owned() } else { format!("{count} fields") };
        let message = format!("{} is passed {fields} instead of an address", module.symbol(*callee).name);
        let origin = function.graph.origin(self.call);
        Remark { pass: NAME, function: function.symbol, origin, done: true, message, reason: None }
    }
}

/// The clones that there are.
pub(crate) struct Clones {
    made: FxHashMap<Kind, SymbolId>,
    /// Instructions that others may have.
    budget: u32,
}

impl Clones {
    /// For a module of so many nodes.
    pub(crate) fn new(nodes: usize) -> Clones {
        Clones { made: FxHashMap::default(), budget: LEAST_GROWTH + nodes as u32 / PART }
    }

    /// The calls in a body that keep slots alive, if clones can take over all of those that have to do with a slot.
    pub(crate) fn wanted(
        &self,
        module: &Module,
        row: u32,
        (summaries, callees): (&Summaries, &Callees),
    ) -> Vec<Wanted> {
        let function = &module.functions[row as usize];
        if function.flags.any(FunctionFlags::OPT_NONE.or(FunctionFlags::CALLS_RETURNS_TWICE)) {
            return Vec::new();
        }
        let graph = &function.graph;
        let mut slots: FxHashMap<u64, Vec<NodeId>> = FxHashMap::default();
        for address in graph.nodes().filter(|&node| graph.is(node, Op::SlotAddr)) {
            slots.entry(graph.payload(address)).or_default().push(address);
        }
        let finder = Finder { clones: self, module, function, summaries, callees };
        let mut rows: Vec<u64> = slots.keys().copied().collect();
        rows.sort_unstable();
        let mut passed: Vec<Vec<Passed>> = rows.iter().filter_map(|row| finder.passed(*row, &slots[row])).collect();
        loop {
            let mut calls: Vec<NodeId> = passed.iter().flatten().map(|passed| passed.call).collect();
            calls.sort_unstable();
            calls.dedup();
            let mut wanted: Vec<Wanted> = calls.into_iter().map(|call| finder.wanted(call, &passed)).collect();
            finder.measure(&mut wanted);
            let before = passed.len();
            let refused: FxHashSet<NodeId> =
                wanted.iter().filter(|wanted| !finder.can_be_made(wanted)).map(|wanted| wanted.call).collect();
            passed.retain(|of_slot| !of_slot.iter().any(|passed| refused.contains(&passed.call)));
            if passed.len() == before {
                return wanted;
            }
        }
    }

    /// Lets a clone take over the call, a new one if need be.
    pub(crate) fn take_over(&mut self, module: &mut Module, row: u32, wanted: Wanted, callees: &mut Callees) {
        let symbol = match self.made.get(&wanted.kind) {
            Some(&symbol) => symbol,
            None => {
                let (original, fields) = &wanted.kind;
                self.budget = self.budget.saturating_sub(wanted.growth);
                let symbol = make(module, *original, fields, callees);
                self.made.insert(wanted.kind.clone(), symbol);
                symbol
            }
        };
        redirect(module, row, &wanted, symbol);
    }
}

/// An address in a slot that a call gets, and what the callee needs of it.
struct Passed {
    call: NodeId,
    param: u32,
    fields: Vec<Field>,
}

struct Finder<'a> {
    clones: &'a Clones,
    module: &'a Module,
    function: &'a Function,
    summaries: &'a Summaries,
    callees: &'a Callees,
}

impl Finder<'_> {
    /// The calls that get the addresses of a slot, if it is only accessed beside, and at least one does.
    fn passed(&self, row: u64, addresses: &[NodeId]) -> Option<Vec<Passed>> {
        let graph = &self.function.graph;
        let mut calls: Vec<Passed> = Vec::new();
        let mut walk = AddressUses::of(graph, addresses.iter().copied());
        while let Some(AddressUse { user, index, offset }) = walk.next() {
            match (graph.op(user), index) {
                (Op::Pi, 1) => walk.follow(user, offset),
                (Op::Load | Op::Store | Op::MemSet, 2) | (Op::MemCopy | Op::MemMove, 2 | 3) if offset.is_some() => {}
                (Op::Call, FIRST_ARGUMENT..) => {
                    // Two names of one object would be two objects.
                    if calls.iter().any(|other| other.call == user) {
                        return None;
                    }
                    let fields = self.fields(user, index, row, offset?)?;
                    calls.push(Passed { call: user, param: (index - FIRST_ARGUMENT) as u32, fields });
                }
                _ => return None,
            }
        }
        (!calls.is_empty()).then_some(calls)
    }

    /// What the callee needs of the slot that it gets an address in, if that is all.
    fn fields(&self, call: NodeId, index: usize, slot: u64, offset: i64) -> Option<Vec<Field>> {
        let given = self.summaries.given(self.module, &self.function.graph, call, index)?;
        let bytes = i64::try_from(self.function.slots[slot as usize].size).ok()?;
        let is_inside = |field: &Field| {
            let start = offset.checked_add(field.offset);
            start.is_some_and(|start| start >= 0 && start <= bytes - i64::from(field.ty.bytes()))
        };
        let fits = |field: &Field| is_inside(field) && fits_register(field.ty);
        (!given.kept && !given.returned).then_some(given.fields).flatten().filter(|fields| fields.iter().all(fits))
    }

    fn wanted(&self, call: NodeId, passed: &[Vec<Passed>]) -> Wanted {
        let of_call = passed.iter().flatten().filter(|passed| passed.call == call);
        let mut fields: Vec<_> = of_call.map(|passed| (passed.param, passed.fields.clone())).collect();
        fields.sort_unstable();
        let callee = direct_callee(&self.function.graph, call).expect("a summary is of a known callee");
        Wanted { call, kind: (callee, fields), growth: 0 }
    }

    /// What the module grows by: not by clones of functions that nothing else calls.
    fn measure(&self, wanted: &mut [Wanted]) {
        let mut calls: FxHashMap<SymbolId, u32> = FxHashMap::default();
        wanted.iter().for_each(|wanted| *calls.entry(wanted.kind.0).or_default() += 1);
        for wanted in wanted {
            let Some(body) = self.module.body(wanted.kind.0) else { continue };
            let goes = self.callees.are_all_calls(self.module, body, calls[&wanted.kind.0]);
            wanted.growth = if goes { 0 } else { size(&body.graph) };
        }
    }

    /// Is there a clone that takes over the call, or can one be made?
    fn can_be_made(&self, wanted: &Wanted) -> bool {
        let (original, fields) = &wanted.kind;
        let site = self.function.graph.call_site(wanted.call);
        let leaves = CallFlags::UNWINDS.or(CallFlags::MUST_TAIL).or(CallFlags::RETURNS_TWICE);
        let Definition::Function(row) = self.module.symbol(*original).definition else { return false };
        let body = &self.module.functions[row as usize];
        let has_room = wanted.growth <= self.clones.budget && size(&body.graph) <= MAX_SIZE;
        let signature = signature(self.module.signature(body.signature), fields);
        let refused = FunctionFlags::OPT_NONE.or(FunctionFlags::CALLS_RETURNS_TWICE);
        (has_room || self.clones.made.contains_key(&wanted.kind))
            && !site.flags.any(leaves)
            && !body.flags.any(refused)
            && !signature.variadic
            && signature.params.len() <= MAX_PARAMS
            && fit_registers(&signature.results)
            && inline::is_copyable(self.module, body, self.module.signature(site.signature))
    }
}

fn fits_register(ty: Type) -> bool {
    ty.is_pointer() || ty.is_float() || (ty.is_int() && ty.bits() <= 64)
}

fn fit_registers(results: &[Param]) -> bool {
    let floats = results.iter().filter(|result| result.ty.is_float()).count();
    let others: usize = results.iter().map(|result| result.ty.bytes().div_ceil(8) as usize).sum::<usize>() - floats;
    results.len() == 1 || (floats <= MAX_RESULTS && others <= MAX_RESULTS)
}

/// The signature of a clone: fields come where the address was, those that are written follow the results.
fn signature(original: &Signature, fields: &[(u32, Vec<Field>)]) -> Signature {
    let mut new = Signature { params: Vec::new(), ..original.clone() };
    for (number, param) in (0..).zip(&original.params) {
        match fields.iter().find(|of| of.0 == number) {
            Some((_, fields)) => new.params.extend(fields.iter().map(|field| Param::new(field.ty))),
            None => new.params.push(*param),
        }
    }
    new.results.extend(written(fields).map(|(_, field)| Param::new(field.ty)));
    new
}

/// The fields that may be changed, with the numbers of the parameters.
fn written(fields: &[(u32, Vec<Field>)]) -> impl Iterator<Item = (u32, Field)> + '_ {
    let all = fields.iter().flat_map(|(param, fields)| fields.iter().map(|field| (*param, *field)));
    all.filter(|(_, field)| field.written)
}

/// A node's place, which changes as others are put behind it.
struct At<'a> {
    graph: &'a mut Graph,
    control: NodeId,
    memory: NodeId,
}

impl At<'_> {
    fn place(&mut self, base: NodeId, offset: i64) -> NodeId {
        let ty = self.graph.ty(base);
        let offset = self.graph.iconst(Type::I64, offset as u64);
        self.graph.pure(Op::PtrAdd, ty, &[base, offset])
    }

    fn load(&mut self, base: NodeId, field: &Field) -> NodeId {
        let inputs = [self.control, self.memory, self.place(base, field.offset)];
        self.graph.node(Op::Load, field.ty, NodeFlags::NONE, MemAccess::aligned(1).payload(), &inputs)
    }

    fn store(&mut self, base: NodeId, field: &Field, value: NodeId) {
        let inputs = [self.control, self.memory, self.place(base, field.offset), value];
        self.memory = self.graph.raw(Op::Store, Type::MEM, MemAccess::aligned(1).payload(), &inputs);
    }

    /// Calls; the arguments are there.
    fn call(&mut self, site: CallSite, callee: SymbolId, arguments: &[NodeId]) -> NodeId {
        let callee = self.graph.node(Op::SymbolAddr, Type::PTR, NodeFlags::NONE, u64::from(callee.0), &[]);
        let mut inputs: Inputs = smallvec::smallvec![self.control, self.memory, callee];
        inputs.extend_from_slice(arguments);
        let payload = self.graph.tables_mut().add_call(site);
        let call = self.graph.raw(Op::Call, Type::TUPLE, payload, &inputs);
        (self.control, self.memory) = (self.graph.proj(call, 0, Type::CTRL), self.graph.proj(call, 1, Type::MEM));
        call
    }
}

/// Makes a clone of a function.
fn make(module: &mut Module, original: SymbolId, fields: &[(u32, Vec<Field>)], callees: &mut Callees) -> SymbolId {
    let Definition::Function(row) = module.symbol(original).definition else { unreachable!("it was looked at") };
    let (own, flags) = (module.functions[row as usize].signature, module.functions[row as usize].flags);
    let old = module.signature(own).clone();
    let mut slots = Vec::new();
    let mut graph = Graph::new();
    let (control, memory) = (graph.entry_control(), graph.entry_memory());
    let mut at = At { graph: &mut graph, control, memory };
    let mut arguments: SmallVec<[NodeId; 8]> = SmallVec::new();
    let mut next = 0;
    let mut param = |at: &mut At, ty: Type| {
        next += 1;
        at.graph.param(next - 1, ty)
    };
    for (number, old) in (0..).zip(&old.params) {
        let argument = match fields.iter().find(|of| of.0 == number) {
            Some((_, fields)) => {
                let object = slot(&mut at, &mut slots, old, fields);
                for field in fields {
                    let value = param(&mut at, field.ty);
                    at.store(object, field, value);
                }
                object
            }
            None => param(&mut at, old.ty),
        };
        arguments.push(argument);
    }
    let call = at.call(CallSite { signature: own, flags: CallFlags::NONE }, original, &arguments);
    let mut results: Inputs = smallvec::smallvec![at.control, at.memory];
    results.extend((FIRST_VALUE..).zip(&old.results).map(|(number, result)| at.graph.proj(call, number, result.ty)));
    results.extend(written(fields).map(|(param, field)| at.load(arguments[param as usize], &field)));
    let end = graph.raw(Op::Return, Type::CTRL, 0, &results);
    graph.add_input(NodeId::STOP, end);
    let name = new_name(module, original);
    let signature = module.signature_id(signature(&old, fields));
    let symbol = Symbol {
        section: module.symbol(original).section.clone(),
        ..Symbol::new(&name, Linkage::Internal, Definition::ExternalFunction(signature))
    };
    let symbol = module.add_symbol(symbol);
    let new = module.add_function(Function { symbol, signature, graph, slots, indirect_targets: 0, flags });
    callees.add_clone(row);
    inline::inline_one(module, new, call, row, callees);
    module.functions[new as usize].graph.compact();
    symbol
}

/// A slot for the fields, as seen from a pointer to the object.
fn slot(at: &mut At, slots: &mut Vec<StackSlot>, param: &Param, fields: &[Field]) -> NodeId {
    let ends = fields.iter().map(|field| field.offset + i64::from(field.ty.bytes()));
    let start = fields.iter().map(|field| field.offset).min().unwrap_or(0).min(0);
    let end = ends.max().unwrap_or(0).max(i64::try_from(param.dereferenceable).unwrap_or(0));
    let align = 1u32 << param.align_log2.clamp(3, 6);
    let start = start - start.rem_euclid(i64::from(align));
    slots.push(StackSlot { size: (end - start).max(1) as u64, align });
    let slot = at.graph.node(Op::SlotAddr, param.ty, NodeFlags::NONE, slots.len() as u64 - 1, &[]);
    at.place(slot, -start)
}

fn new_name(module: &Module, original: SymbolId) -> String {
    let name = format!("{}.fields", module.symbol(original).name);
    let others = (2..).map(|number| format!("{name}.{number}"));
    let mut all = std::iter::once(name.clone()).chain(others);
    all.find(|name| module.find_symbol(name).is_none()).expect("numbers do not end")
}

/// Calls the clone instead.
fn redirect(module: &mut Module, row: u32, wanted: &Wanted, clone: SymbolId) {
    let (original, fields) = &wanted.kind;
    let results = module.body(*original).map_or(0, |body| module.signature(body.signature).results.len()) as u32;
    let signature = module.function_signature(clone).expect("a clone is a function");
    let call = wanted.call;
    let graph = &mut module.functions[row as usize].graph;
    let saved = graph.current_origin();
    graph.set_origin(graph.origin(call));
    let inputs = graph.copy_inputs(call);
    let flags = graph.call_site(call).flags;
    let old: SmallVec<[NodeId; 4]> = graph.users(call).collect();
    let mut at = At { graph, control: inputs[0], memory: inputs[1] };
    let mut arguments: SmallVec<[NodeId; 8]> = SmallVec::new();
    for (number, &argument) in (0..).zip(&inputs[FIRST_ARGUMENT..]) {
        match fields.iter().find(|of| of.0 == number) {
            Some((_, fields)) => arguments.extend(fields.iter().map(|field| at.load(argument, field))),
            None => arguments.push(argument),
        }
    }
    let new = at.call(CallSite { signature, flags }, clone, &arguments);
    for (number, (param, field)) in (FIRST_VALUE + results..).zip(written(fields)) {
        let value = at.graph.proj(new, number, field.ty);
        at.store(inputs[FIRST_ARGUMENT + param as usize], &field, value);
    }
    let (control, memory) = (at.control, at.memory);
    for proj in old {
        let with = match graph.payload(proj) {
            0 => control,
            1 => memory,
            number => graph.proj(new, number as u32, graph.ty(proj)),
        };
        graph.replace(proj, with);
    }
    graph.set_origin(saved);
}
