//! Alias classes of accesses: which are sliced, and which plain accesses can never reach a private stack slot.

use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};
use son_ir::{AliasClass, Graph, NodeId, Op};

/// Most classes that are sliced in one function; the rest is kept with what escapes.
const MAX_SLICES: usize = 64;

/// Most values that an address is chosen from.
const MAX_SOURCES: usize = 16;

/// The classes that get slices.
pub(crate) struct Sliced {
    classes: Vec<AliasClass>,
}

impl Sliced {
    /// The classes of the graph's accesses, those with the most accesses if there are too many.
    pub(crate) fn of(graph: &Graph) -> Sliced {
        let mut counts: FxHashMap<AliasClass, u32> = FxHashMap::default();
        for node in graph.nodes().filter(|&node| is_access(graph.op(node))) {
            let class = graph.access(node).class;
            if class.is_slice() {
                *counts.entry(class).or_default() += 1;
            }
        }
        let mut counted: Vec<(AliasClass, u32)> = counts.into_iter().collect();
        counted.sort_unstable_by_key(|&(class, count)| (std::cmp::Reverse(count), class));
        counted.truncate(MAX_SLICES);
        let mut classes: Vec<AliasClass> = counted.into_iter().map(|(class, _)| class).collect();
        classes.sort_unstable();
        Sliced { classes }
    }

    /// Is there nothing to slice?
    pub(crate) fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The class as which an access is treated.
    pub(crate) fn class(&self, class: AliasClass) -> AliasClass {
        if !class.is_slice() || self.classes.binary_search(&class).is_ok() {
            class
        } else if class.as_slot().is_some() {
            AliasClass::ANY
        } else {
            AliasClass::ESCAPED
        }
    }
}

/// Is the op an access whose class is in its payload, and not observable?
pub(crate) fn is_access(op: Op) -> bool {
    matches!(op, Op::Load | Op::Store | Op::MemCopy | Op::MemMove | Op::MemSet)
}

/// Tells accesses of class 0 that cannot touch a private stack slot from those that can: addresses from memory,
/// calls, parameters and symbols never point into one. Returns the number of accesses that changed.
pub(crate) fn mark_escaped(graph: &mut Graph) -> usize {
    let mut changed = 0;
    for node in (0..graph.len()).map(NodeId::new) {
        if !graph.is_live(node) || !is_access(graph.op(node)) || graph.access(node).class.is_slice() {
            continue;
        }
        let copies = matches!(graph.op(node), Op::MemCopy | Op::MemMove);
        let escaped = comes_from_outside(graph, graph.input(node, 2))
            && (!copies || comes_from_outside(graph, graph.input(node, 3)));
        let class = if escaped { AliasClass::ESCAPED } else { AliasClass::ANY };
        let access = graph.access(node);
        if access.class != class {
            graph.set_payload(node, access.in_class(class).payload());
            changed += 1;
        }
    }
    changed
}

/// Is the address one that a private slot's cannot be, whatever it is chosen from?
fn comes_from_outside(graph: &Graph, address: NodeId) -> bool {
    let mut seen: SmallVec<[NodeId; MAX_SOURCES]> = smallvec![address];
    let mut next = 0;
    while let Some(&source) = seen.get(next) {
        next += 1;
        let from = match graph.op(source) {
            Op::PtrAdd => 0..1,
            Op::Pi => 1..2,
            Op::Phi | Op::Select => 1..graph.num_inputs(source),
            Op::Load | Op::Proj | Op::SymbolAddr | Op::IntToPtr | Op::Const => continue,
            _ => return false,
        };
        for input in from.map(|index| graph.input(source, index)) {
            if seen.contains(&input) {
                continue;
            }
            if seen.len() == MAX_SOURCES {
                return false;
            }
            seen.push(input);
        }
    }
    true
}
