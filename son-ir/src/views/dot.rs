//! DOT.
