//! Alias classes of objects whose address does not escape: stack slots, and variables of the module.
//!
//! Whether an address escapes is known when all functions are built. Accesses to such an object get a class
//! of its own in place of the class of their type; addresses that merge with others count as escaped, so
//! that each access of the object is found here.

use smallvec::SmallVec;
use son_ir::{AliasClass, Definition, Function, Graph, Module, NodeId, Op, OpFlags, RelocationTarget, SymbolId};

/// Gives accesses to objects that do not escape a class of their own; those from `first` on are free.
pub(super) fn assign(module: &mut Module, first: u32) {
    let mut globals = Globals::new(module);
    for index in 0..module.functions.len() {
        let found = scan(&mut module.functions[index], &mut globals);
        globals.accesses.extend(found.into_iter().map(|(symbol, node)| (symbol, index as u32, node)));
    }
    globals.assign(module, first);
}

struct Globals {
    /// By symbol: whether it is a variable that this module alone can name.
    is_local: Vec<bool>,
    /// By function of the module.
    accesses: Vec<(SymbolId, u32, NodeId)>,
}

impl Globals {
    fn new(module: &Module) -> Globals {
        let local = |symbol: &son_ir::Symbol| {
            symbol.linkage.is_local() && matches!(&symbol.definition, Definition::Data(data) if !data.constant)
        };
        let mut is_local: Vec<bool> = module.symbols.iter().map(local).collect();
        for symbol in &module.symbols {
            match &symbol.definition {
                Definition::Alias(target, _) => is_local[target.index()] = false,
                Definition::Data(data) => {
                    for relocation in &data.relocations {
                        for target in [Some(relocation.target), relocation.minus].into_iter().flatten() {
                            if let RelocationTarget::Symbol(target) = target {
                                is_local[target.index()] = false;
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Globals { is_local, accesses: Vec::new() }
    }

    /// The class of symbol `n` is `first + n`.
    fn assign(&self, module: &mut Module, first: u32) {
        for &(symbol, function, node) in &self.accesses {
            if self.is_local[symbol.index()] {
                let graph = &mut module.functions[function as usize].graph;
                set_class(graph, node, AliasClass(first + symbol.0));
            }
        }
    }
}

fn set_class(graph: &mut Graph, node: NodeId, class: AliasClass) {
    let access = graph.access(node).in_class(class);
    graph.set_payload(node, access.payload());
}

/// Classes of the function's slots; accesses to candidates among the variables are returned.
fn scan(function: &mut Function, globals: &mut Globals) -> Vec<(SymbolId, NodeId)> {
    let graph = &function.graph;
    let mut of_slots: Vec<(AliasClass, NodeId)> = Vec::new();
    let mut of_globals = Vec::new();
    for node in graph.nodes() {
        if graph.is(node, Op::SlotAddr) {
            // What is observable sees all slots but private ones, so it makes a slot public.
            let private =
                |accesses: &SmallVec<[NodeId; 8]>| !accesses.iter().any(|&a| graph.op(a).is(OpFlags::OBSERVABLE));
            if let Some(accesses) = accesses(graph, node).filter(private) {
                let class = AliasClass::slot(graph.payload(node) as u32);
                of_slots.extend(accesses.into_iter().map(|access| (class, access)));
            }
        } else if graph.is(node, Op::SymbolAddr) {
            let symbol = SymbolId(graph.payload(node) as u32);
            if globals.is_local[symbol.index()] {
                match accesses(graph, node) {
                    Some(accesses) => of_globals.extend(accesses.into_iter().map(|access| (symbol, access))),
                    None => globals.is_local[symbol.index()] = false,
                }
            }
        }
    }
    for (class, node) in of_slots {
        set_class(&mut function.graph, node, class);
    }
    of_globals
}

/// The accesses through an address; `None` if it escapes.
fn accesses(graph: &Graph, address: NodeId) -> Option<SmallVec<[NodeId; 8]>> {
    let mut found = SmallVec::new();
    let mut pending: SmallVec<[NodeId; 8]> = SmallVec::from_slice(&[address]);
    while let Some(node) = pending.pop() {
        for (user, index) in graph.uses(node) {
            match Op::from_number(graph.op_number(user))? {
                Op::PtrAdd if index == 0 => pending.push(user),
                Op::Load | Op::Store | Op::LoadOrdered | Op::StoreOrdered if index == 2 => found.push(user),
                Op::AtomicRmw | Op::AtomicCas | Op::MemSet if index == 2 => found.push(user),
                // A copy touches two objects and stays in the class of all.
                Op::MemCopy | Op::MemMove if index == 2 || index == 3 => {}
                Op::Eq | Op::Ne | Op::Ult | Op::Ule | Op::Prefetch => {}
                _ => return None,
            }
        }
    }
    Some(found)
}
