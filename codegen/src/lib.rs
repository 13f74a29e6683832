//! Lowering to machine code.
