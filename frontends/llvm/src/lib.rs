//! LLVM IR text to graph.
