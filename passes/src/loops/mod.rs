//! Loop transformations, and what they share.

pub mod predicate;
pub mod rotate;
pub mod shorten;
pub mod split;
pub mod unroll;
pub mod widen;

mod chain;
mod ends;
mod outside;
mod peel;
