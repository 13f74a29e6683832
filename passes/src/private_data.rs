//! Facts of private data: a variable whose address goes nowhere holds what it began with or what some function stored.
//!
//! **What:** loads of a variable that only this module knows, and that is only loaded and stored as a whole, get the
//! facts of its first value and of all that is stored to it. **Why:** modes, counts and tables' lengths are kept in
//! such variables, and are only ever given a few values.
//!
//! **Algorithm:** a look at the uses of each such address in all functions, once they are simplified; what is stored is
//! known without regard to the order in which functions run.
//!
//! **Does not try:** parts of data, facts that hold by a branch around a store alone, values that come from the variable
//! itself.
//!
//! **Tests:** `tests/files/pipeline/private_data.ll`.

use crate::across_calls::{narrow, portable};
use smallvec::SmallVec;
use son_ir::facts::{Fact, IntFact};
use son_ir::{AccessFlags, Data, Definition, Graph, Module, NodeId, Op, RelocationTarget, SymbolId, Type};

/// Input of a load or store that is the address.
const ADDRESS: usize = 2;
/// Input of a store that is the value.
const VALUE: usize = 3;

/// What variables hold, by symbol; nothing of other symbols, or where anything may be.
pub(crate) struct Stored {
    facts: Vec<Option<(Type, Fact)>>,
}

impl Stored {
    /// Looks at all data, and at what all bodies do to them.
    pub(crate) fn new(module: &Module) -> Stored {
        let mut facts: Vec<Option<(Type, Fact)>> = module
            .symbols
            .iter()
            .map(|symbol| match &symbol.definition {
                Definition::Data(data) if symbol.linkage.is_local() && symbol.section.is_none() => first_value(data),
                _ => None,
            })
            .collect();
        for target in module.symbols.iter().flat_map(|symbol| named_by(&symbol.definition)) {
            facts[target.0 as usize] = None;
        }
        let mut stored = Stored { facts };
        if stored.facts.iter().any(Option::is_some) {
            module.functions.iter().for_each(|function| stored.add(&function.graph));
        }
        stored
    }

    /// Adds what a body stores.
    fn add(&mut self, graph: &Graph) {
        for address in graph.nodes().filter(|&node| graph.is(node, Op::SymbolAddr)) {
            let Some(fact) = self.facts.get_mut(graph.payload(address) as usize) else { continue };
            for (user, index) in graph.uses(address) {
                let Some((ty, known)) = *fact else { break };
                *fact = match (graph.op(user), index) {
                    (Op::Load, ADDRESS) if is_whole(graph, user, graph.ty(user), ty) => *fact,
                    (Op::Store, ADDRESS) if is_whole(graph, user, graph.ty(graph.input(user, VALUE)), ty) => {
                        let value = portable(graph.fact(graph.input(user, VALUE)));
                        Some((ty, known.join(&value, ty))).filter(|joined| joined.1 != Fact::Any)
                    }
                    _ => None,
                };
            }
        }
    }

    /// Tells a body what its loads find. Is there anything new?
    pub(crate) fn tell(&self, module: &mut Module, row: u32) -> bool {
        let graph = &mut module.functions[row as usize].graph;
        let mut loads: SmallVec<[(NodeId, Fact); 8]> = SmallVec::new();
        for address in graph.nodes().filter(|&node| graph.is(node, Op::SymbolAddr)) {
            if let Some((_, fact)) = self.facts.get(graph.payload(address) as usize).copied().flatten() {
                loads.extend(graph.users(address).filter(|&user| graph.is(user, Op::Load)).map(|load| (load, fact)));
            }
        }
        loads.into_iter().fold(false, |is_new, (load, fact)| narrow(graph, load, &fact) || is_new)
    }
}

/// What a variable that is an integer holds at first.
fn first_value(data: &Data) -> Option<(Type, Fact)> {
    let ty = match data.size() {
        1 => Type::I8,
        2 => Type::I16,
        4 => Type::I32,
        8 => Type::I64,
        _ => return None,
    };
    if data.constant || !data.relocations.is_empty() {
        return None;
    }
    let bits = data.bytes.iter().rev().fold(0, |bits, &byte| bits << 8 | u64::from(byte));
    Some((ty, Fact::of_int(ty, Some(IntFact::constant(ty, bits)))))
}

/// Symbols whose addresses are in data, or that have another name.
fn named_by(definition: &Definition) -> SmallVec<[SymbolId; 4]> {
    match definition {
        Definition::Data(data) => {
            let targets = data.relocations.iter().flat_map(|relocation| [Some(relocation.target), relocation.minus]);
            let symbol = |target| match target {
                RelocationTarget::Symbol(id) | RelocationTarget::Block(id, _) => id,
            };
            targets.flatten().map(symbol).collect()
        }
        Definition::Alias(target, _) => SmallVec::from_slice(&[*target]),
        _ => SmallVec::new(),
    }
}

/// Is it a plain access to all of a variable?
fn is_whole(graph: &Graph, access: NodeId, of: Type, ty: Type) -> bool {
    of == ty && !graph.access(access).flags.has(AccessFlags::VOLATILE)
}
