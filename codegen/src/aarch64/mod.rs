//! AArch64.

pub mod encode;
