//! Compiler of rewrite rules.
