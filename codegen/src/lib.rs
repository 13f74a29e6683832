//! Lowering to machine code.
//!
//! The back half of the crate, from machine instructions to object bytes, is in the order of the pipeline:
//! [`machine`] and the op tables of the ISAs ([`x64::ops`]) say what an instruction is, [`mir`] holds a function of
//! them on virtual registers, and [`isa`] is the boundary to what differs between CPUs.

pub mod aarch64;
pub mod buffer;
pub mod compile;
mod copies;
pub mod frame;
pub mod function;
pub mod isa;
pub mod layout;
pub mod legalize;
pub mod listing;
pub mod lower;
pub mod machine;
pub mod managed;
pub mod mir;
pub mod object;
pub mod regalloc;
pub mod runtime;
pub mod select;
pub mod target;
pub mod wrap;
pub mod x64;

pub use compile::{Error, Options, compile, functions_for, listing};
/// The register allocator, whose registers and operands targets speak of.
pub use regalloc2;
