//! The optimizer.
pub mod inline;
pub mod loops;
