//! Which calls get memory of an allocator, and which give it back.
//!
//! A function is an allocator's by its name and its signature, as the standards of C and C++ and Rust's runtime reserve
//! them, unless the module has a body for it or the call says that the name means nothing ([`CallFlags::NO_BUILTIN`]);
//! or because its symbol says so ([`Symbol::allocator`]). Calls of one family may be left out together: nobody can tell
//! where memory comes from.

use super::call_graph::direct_callee;
use crate::graph::{Graph, NodeId};
use crate::module::{Definition, Module, Signature, Symbol};
use crate::ops::Op;
use crate::payload::CallFlags;
use crate::types::Type;
use std::borrow::Cow;

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

/// What is said of a function of an allocator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allocator {
    /// What it does.
    pub role: Role,
    /// The allocator that it is one of: what this got can only be given back by others of the same.
    pub family: Cow<'static, str>,
}

impl Allocator {
    /// Does it fit to the signature: integers for sizes, a pointer for memory?
    pub fn fits(&self, signature: &Signature) -> bool {
        let is_int = |number: u8| signature.params.get(usize::from(number)).is_some_and(|param| is_size(param.ty));
        let is_pointer =
            |number: u8| signature.params.get(usize::from(number)).is_some_and(|param| param.ty == Type::PTR);
        let sizes = |size, count: Option<u8>, align: Option<u8>| {
            is_int(size) && count.is_none_or(is_int) && align.is_none_or(is_int)
        };
        let returns_pointer = matches!(&signature.results[..], [result] if result.ty == Type::PTR);
        match self.role {
            Role::Allocate { size, count, align, .. } => returns_pointer && sizes(size, count, align),
            Role::Resize { old, size, count, align } => returns_pointer && is_pointer(old) && sizes(size, count, align),
            Role::Free { memory, .. } => is_pointer(memory),
            Role::Nothing => true,
        }
    }
}

fn is_size(ty: Type) -> bool {
    ty.is_int() && ty.bits() <= 64
}

const fn allocate(size: u8) -> Role {
    Role::Allocate { size, count: None, align: None, zeroed: false }
}

const fn aligned(size: u8, align: u8, zeroed: bool) -> Role {
    Role::Allocate { size, count: None, align: Some(align), zeroed }
}

const FREE: Role = Role::Free { memory: 0, null: true };

/// Name, family, parameters and results (`i` is `i64`, `p` a pointer), and role.
const ALLOCATORS: &[(&str, &str, &str, Role)] = &[
    ("malloc", "malloc", "i>p", allocate(0)),
    ("calloc", "malloc", "ii>p", Role::Allocate { size: 1, count: Some(0), align: None, zeroed: true }),
    ("realloc", "malloc", "pi>p", Role::Resize { old: 0, size: 1, count: None, align: None }),
    ("reallocarray", "malloc", "pii>p", Role::Resize { old: 0, size: 2, count: Some(1), align: None }),
    ("aligned_alloc", "malloc", "ii>p", aligned(1, 0, false)),
    ("memalign", "malloc", "ii>p", aligned(1, 0, false)),
    ("free", "malloc", "p>", FREE),
    // operator new and new[]; those that do not throw; those with an alignment
    ("_Znwm", "_Znwm", "i>p", allocate(0)),
    ("_Znam", "_Znam", "i>p", allocate(0)),
    ("_ZnwmRKSt9nothrow_t", "_Znwm", "ip>p", allocate(0)),
    ("_ZnamRKSt9nothrow_t", "_Znam", "ip>p", allocate(0)),
    ("_ZnwmSt11align_val_t", "_ZnwmSt11align_val_t", "ii>p", aligned(0, 1, false)),
    ("_ZnamSt11align_val_t", "_ZnamSt11align_val_t", "ii>p", aligned(0, 1, false)),
    ("_ZnwmSt11align_val_tRKSt9nothrow_t", "_ZnwmSt11align_val_t", "iip>p", aligned(0, 1, false)),
    ("_ZnamSt11align_val_tRKSt9nothrow_t", "_ZnamSt11align_val_t", "iip>p", aligned(0, 1, false)),
    // operator delete and delete[]; with size; with alignment; those that are paired with new that does not throw
    ("_ZdlPv", "_Znwm", "p>", FREE),
    ("_ZdaPv", "_Znam", "p>", FREE),
    ("_ZdlPvm", "_Znwm", "pi>", FREE),
    ("_ZdaPvm", "_Znam", "pi>", FREE),
    ("_ZdlPvSt11align_val_t", "_ZnwmSt11align_val_t", "pi>", FREE),
    ("_ZdaPvSt11align_val_t", "_ZnamSt11align_val_t", "pi>", FREE),
    ("_ZdlPvmSt11align_val_t", "_ZnwmSt11align_val_t", "pii>", FREE),
    ("_ZdaPvmSt11align_val_t", "_ZnamSt11align_val_t", "pii>", FREE),
    ("_ZdlPvRKSt9nothrow_t", "_Znwm", "pp>", FREE),
    ("_ZdaPvRKSt9nothrow_t", "_Znam", "pp>", FREE),
    ("_ZdlPvSt11align_val_tRKSt9nothrow_t", "_ZnwmSt11align_val_t", "pip>", FREE),
    ("_ZdaPvSt11align_val_tRKSt9nothrow_t", "_ZnamSt11align_val_t", "pip>", FREE),
    ("__rust_alloc", "__rust_alloc", "ii>p", aligned(0, 1, false)),
    ("__rust_alloc_zeroed", "__rust_alloc", "ii>p", aligned(0, 1, true)),
    ("__rust_realloc", "__rust_alloc", "piii>p", Role::Resize { old: 0, size: 3, count: None, align: Some(2) }),
    ("__rust_dealloc", "__rust_alloc", "pii>", Role::Free { memory: 0, null: false }),
    ("__rust_no_alloc_shim_is_unstable_v2", "__rust_alloc", ">", Role::Nothing),
];

/// Alignment of memory whose alignment is not asked for.
const USUAL_ALIGN: u64 = 16;

/// What the call does with memory, if it calls a function of an allocator.
pub fn role(module: &Module, graph: &Graph, call: NodeId) -> Option<Role> {
    known(module, graph, call).map(|known| known.0)
}

/// Are both calls of functions of the same allocator, or of none?
pub fn is_same_family(module: &Module, graph: &Graph, one: NodeId, other: NodeId) -> bool {
    known(module, graph, one).map(|known| known.1) == known(module, graph, other).map(|known| known.1)
}

/// Is it known by its name what is called, so that it does nothing but manage memory that nobody else sees? What only
/// says that it is an allocator may do more.
pub(super) fn is_standard(module: &Module, graph: &Graph, call: NodeId) -> bool {
    direct_callee(graph, call).is_some_and(|callee| by_name(module, module.symbol(callee), graph, call).is_some())
}

/// Role and family of what the call calls.
fn known<'a>(module: &'a Module, graph: &Graph, call: NodeId) -> Option<(Role, &'a str)> {
    if !graph.is(call, Op::Call) {
        return None;
    }
    let symbol = module.symbol(direct_callee(graph, call)?);
    let said = || {
        let signature = module.signature(graph.call_site(call).signature);
        let said = symbol.allocator.as_ref().filter(|said| !signature.variadic && said.fits(signature))?;
        Some((said.role, &*said.family))
    };
    by_name(module, symbol, graph, call).or_else(said)
}

fn by_name(module: &Module, symbol: &Symbol, graph: &Graph, call: NodeId) -> Option<(Role, &'static str)> {
    let Definition::ExternalFunction(_) = symbol.definition else { return None };
    let site = graph.call_site(call);
    if site.flags.has(CallFlags::NO_BUILTIN) {
        return None;
    }
    let signature = module.signature(site.signature);
    let name = runtime_name(&symbol.name);
    let (_, family, shape, role) = ALLOCATORS.iter().find(|row| row.0 == name)?;
    let params = signature.params.iter().map(|param| letter(param.ty));
    let letters = params.chain(['>']).chain(signature.results.iter().map(|result| letter(result.ty)));
    (!signature.variadic && letters.eq(shape.chars())).then_some((*role, *family))
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
