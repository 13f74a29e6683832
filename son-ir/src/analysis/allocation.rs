//! Which calls get memory of an allocator, and which give it back: the one table of allocators that are known.
//!
//! A function is an allocator by its name and its signature, as the standards of C and C++ and Rust's runtime reserve
//! them, unless the module has a body for it or the call says that the name means nothing
//! ([`CallFlags::NO_BUILTIN`]). Calls of these may be left out together: nobody can tell where memory comes from.

use super::call_graph::direct_callee;
use crate::graph::{Graph, NodeId};
use crate::module::{Definition, Module};
use crate::ops::Op;
use crate::payload::CallFlags;
use crate::types::Type;

/// What an allocator's function does; numbers are those of arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Returns memory that nobody else has.
    Allocate {
        /// Bytes, or bytes of an element.
        size: u8,
        /// Number of elements.
        count: Option<u8>,
        /// Alignment; what suits any C type if not said.
        align: Option<u8>,
        /// Are the bytes zero?
        zeroed: bool,
    },
    /// Returns memory with the bytes of other memory, which it takes back.
    Resize {
        /// The other memory; may be null.
        old: u8,
        /// Bytes, or bytes of an element.
        size: u8,
        /// Number of elements.
        count: Option<u8>,
        /// Alignment; what suits any C type if not said.
        align: Option<u8>,
    },
    /// Takes memory back.
    Free {
        /// The memory.
        memory: u8,
        /// May it be null?
        null: bool,
    },
    /// Does nothing: it only makes the linker look for an allocator.
    Nothing,
}

const fn allocate(size: u8) -> Role {
    Role::Allocate { size, count: None, align: None, zeroed: false }
}

const fn aligned(size: u8, align: u8, zeroed: bool) -> Role {
    Role::Allocate { size, count: None, align: Some(align), zeroed }
}

const FREE: Role = Role::Free { memory: 0, null: true };

/// Name, parameters and results (`i` is `i64`, `p` a pointer), and role.
const ALLOCATORS: &[(&str, &str, Role)] = &[
    ("malloc", "i>p", allocate(0)),
    ("calloc", "ii>p", Role::Allocate { size: 1, count: Some(0), align: None, zeroed: true }),
    ("realloc", "pi>p", Role::Resize { old: 0, size: 1, count: None, align: None }),
    ("reallocarray", "pii>p", Role::Resize { old: 0, size: 2, count: Some(1), align: None }),
    ("aligned_alloc", "ii>p", aligned(1, 0, false)),
    ("memalign", "ii>p", aligned(1, 0, false)),
    ("free", "p>", FREE),
    // operator new and new[]; those that do not throw; those with an alignment
    ("_Znwm", "i>p", allocate(0)),
    ("_Znam", "i>p", allocate(0)),
    ("_ZnwmRKSt9nothrow_t", "ip>p", allocate(0)),
    ("_ZnamRKSt9nothrow_t", "ip>p", allocate(0)),
    ("_ZnwmSt11align_val_t", "ii>p", aligned(0, 1, false)),
    ("_ZnamSt11align_val_t", "ii>p", aligned(0, 1, false)),
    ("_ZnwmSt11align_val_tRKSt9nothrow_t", "iip>p", aligned(0, 1, false)),
    ("_ZnamSt11align_val_tRKSt9nothrow_t", "iip>p", aligned(0, 1, false)),
    // operator delete and delete[]; with size; with alignment; those that are paired with new that does not throw
    ("_ZdlPv", "p>", FREE),
    ("_ZdaPv", "p>", FREE),
    ("_ZdlPvm", "pi>", FREE),
    ("_ZdaPvm", "pi>", FREE),
    ("_ZdlPvSt11align_val_t", "pi>", FREE),
    ("_ZdaPvSt11align_val_t", "pi>", FREE),
    ("_ZdlPvmSt11align_val_t", "pii>", FREE),
    ("_ZdaPvmSt11align_val_t", "pii>", FREE),
    ("_ZdlPvRKSt9nothrow_t", "pp>", FREE),
    ("_ZdaPvRKSt9nothrow_t", "pp>", FREE),
    ("_ZdlPvSt11align_val_tRKSt9nothrow_t", "pip>", FREE),
    ("_ZdaPvSt11align_val_tRKSt9nothrow_t", "pip>", FREE),
    ("__rust_alloc", "ii>p", aligned(0, 1, false)),
    ("__rust_alloc_zeroed", "ii>p", aligned(0, 1, true)),
    ("__rust_realloc", "piii>p", Role::Resize { old: 0, size: 3, count: None, align: Some(2) }),
    ("__rust_dealloc", "pii>", Role::Free { memory: 0, null: false }),
    ("__rust_no_alloc_shim_is_unstable_v2", ">", Role::Nothing),
];

/// Alignment of memory whose alignment is not asked for.
const USUAL_ALIGN: u64 = 16;

/// What the call does with memory, if it calls an allocator.
pub fn role(module: &Module, graph: &Graph, call: NodeId) -> Option<Role> {
    if !graph.is(call, Op::Call) || graph.call_site(call).flags.has(CallFlags::NO_BUILTIN) {
        return None;
    }
    let symbol = module.symbol(direct_callee(graph, call)?);
    let Definition::ExternalFunction(_) = symbol.definition else { return None };
    let name = runtime_name(&symbol.name);
    let (_, shape, role) = ALLOCATORS.iter().find(|row| row.0 == name)?;
    let signature = module.signature(graph.call_site(call).signature);
    let params = signature.params.iter().map(|param| letter(param.ty));
    let letters = params.chain(['>']).chain(signature.results.iter().map(|result| letter(result.ty)));
    (!signature.variadic && letters.eq(shape.chars())).then_some(*role)
}

/// The name without Rust's mangling, if it is of the crate of Rust's runtime: the number of its bytes stands before it,
/// and a `_` between the two where the name begins with one.
fn runtime_name(symbol: &str) -> &str {
    let mangled = symbol.strip_prefix("_RNvC").and_then(|rest| rest.split_once("7___rustc"));
    let Some((_, name)) = mangled else { return symbol };
    name.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('_').unwrap_or(symbol)
}

fn letter(ty: Type) -> char {
    match ty {
        Type::I64 => 'i',
        Type::PTR => 'p',
        _ => '?',
    }
}

/// Argument `number` of a call.
pub fn argument(graph: &Graph, call: NodeId, number: u8) -> NodeId {
    graph.input(call, 3 + usize::from(number))
}

/// The memory that a call gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allocation {
    /// Most bytes that it can be.
    pub bytes: u64,
    /// Is it always so many?
    pub exact: bool,
    /// Alignment.
    pub align: u32,
    /// Are the bytes zero?
    pub zeroed: bool,
    /// The memory whose bytes it takes over.
    pub old: Option<NodeId>,
}

impl Allocation {
    /// What the call gets, if it calls an allocator.
    pub fn of(module: &Module, graph: &Graph, call: NodeId) -> Option<Allocation> {
        let product = |size, count: Option<u8>| {
            let (size, exact) = most(graph, argument(graph, call, size));
            let (count, exact_count) = count.map_or((1, true), |count| most(graph, argument(graph, call, count)));
            (size.saturating_mul(count), exact && exact_count)
        };
        let alignment = |align: Option<u8>| {
            let align = match align {
                Some(align) => graph.constant(argument(graph, call, align)).filter(|align| align.is_power_of_two())?,
                None => USUAL_ALIGN,
            };
            u32::try_from(align).ok()
        };
        match role(module, graph, call)? {
            Role::Free { .. } | Role::Nothing => None,
            Role::Resize { old, size, count, align } => {
                let ((bytes, exact), align) = (product(size, count), alignment(align)?);
                let old = Some(argument(graph, call, old)).filter(|&old| graph.constant(old) != Some(0));
                Some(Allocation { bytes, exact, align, zeroed: false, old })
            }
            Role::Allocate { size, count, align, zeroed } => {
                let ((bytes, exact), align) = (product(size, count), alignment(align)?);
                Some(Allocation { bytes, exact, align, zeroed, old: None })
            }
        }
    }
}

/// The greatest value, and whether it is the only one.
fn most(graph: &Graph, value: NodeId) -> (u64, bool) {
    match graph.constant(value) {
        Some(constant) => (constant, true),
        None => (graph.int_fact(value).unsigned.1, false),
    }
}

#[cfg(test)]
mod tests {
    use super::runtime_name;

    #[test]
    fn names_of_the_runtime() {
        assert_eq!(runtime_name("_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc"), "__rust_alloc");
        assert_eq!(runtime_name("_RNvCsfLfy6EI15iL_7___rustc14___rust_dealloc"), "__rust_dealloc");
        assert_eq!(runtime_name("__rust_alloc"), "__rust_alloc");
        assert_eq!(runtime_name("_RNvCs1_3lib12___rust_alloc"), "_RNvCs1_3lib12___rust_alloc");
    }
}
