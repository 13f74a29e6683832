//! Passes over the memory graph.

mod carried;
pub(crate) mod classes;
pub(crate) mod dead_stores;
mod dispatch;
mod events;
pub(crate) mod forward;
pub(crate) mod join_accesses;
mod last_written;
mod pieces;
mod places;
pub(crate) mod promote;
pub(crate) mod slices;
mod state;
mod unread;
mod values;
mod walk;

pub(crate) use last_written::{Source, last_written};
