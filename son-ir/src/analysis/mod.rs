//! Questions about a whole graph that both the optimizer and code generation ask.

pub mod cfg;
pub mod dominators;

pub use cfg::{Block, Cfg};
pub use dominators::Dominators;
