//! What a frontend uses at almost every line: `use son_ir::prelude::*`.

pub use crate::builder::{Block, BuildError, Cursor, Operand, Value, Var};
pub use crate::module::{Data, FunctionFlags, Linkage, Module, Signature, SymbolId};
pub use crate::ops::{NodeFlags, Op};
pub use crate::payload::{AliasClass, MemAccess, Shape};
pub use crate::types::Type;
pub use target_lexicon::Triple;

/// One bit: the result of a compare.
pub const I1: Type = Type::I1;
/// 8-bit integer.
pub const I8: Type = Type::I8;
/// 16-bit integer.
pub const I16: Type = Type::I16;
/// 32-bit integer.
pub const I32: Type = Type::I32;
/// 64-bit integer.
pub const I64: Type = Type::I64;
/// 128-bit integer.
pub const I128: Type = Type::I128;
/// IEEE 754 single precision.
pub const F32: Type = Type::F32;
/// IEEE 754 double precision.
pub const F64: Type = Type::F64;
/// An address.
pub const PTR: Type = Type::PTR;
