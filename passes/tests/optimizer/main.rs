//! The optimizer as a whole.

mod common;
mod differential;
mod memory;
mod sccp;
