//! The Sea-of-Nodes graph of the son compiler backend.

#[macro_use]
mod flags;
pub mod analysis;
pub mod builder;
pub mod eval;
pub mod facts;
pub mod graph;
pub mod interp;
pub mod module;
pub mod ops;
pub mod payload;
pub mod peep;
pub mod prelude;
pub mod text;
pub mod types;
pub mod verify;
pub mod views;

pub use builder::{BuildError, Cursor, FunctionBuilder, Var};
pub use graph::{Graph, Inputs, NewNode, NodeId, Origin, Tables, Uses};
pub use module::*;
pub use ops::{NodeFlags, Op, OpFlags};
pub use payload::*;
pub use types::Type;
pub use verify::{Violation, verify_function, verify_module};
