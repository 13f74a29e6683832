//! Passes over the memory graph.

pub(crate) mod classes;
pub(crate) mod dead_stores;
mod events;
pub(crate) mod forward;
mod places;
pub(crate) mod slices;
mod state;
mod values;
mod walk;
