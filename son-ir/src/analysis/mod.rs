//! Questions about a whole graph that both the optimizer and code generation ask.

pub mod call_graph;
pub mod cfg;
pub mod dominators;

pub use call_graph::CallGraph;
pub use cfg::{Block, Cfg};
pub use dominators::Dominators;
