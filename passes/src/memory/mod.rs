//! Passes over the memory graph.

pub(crate) mod classes;
mod events;
pub(crate) mod slices;
mod state;
