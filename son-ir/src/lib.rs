//! The Sea-of-Nodes graph of the son compiler backend.

#[macro_use]
mod flags;
pub mod ops;
pub mod types;

pub use ops::{NodeFlags, Op, OpFlags};
pub use types::Type;
