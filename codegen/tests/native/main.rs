//! The back half by itself: machine IR built by hand, compiled to an object, linked with C by `cc`, and run.

mod build;
mod calls;
mod eval;
mod forms;
mod frames;
mod ints;
mod jumps;
mod listings;
mod objects;
mod random;
