//! The optimizer.
pub mod inline;
