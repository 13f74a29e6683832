//! The Sea-of-Nodes graph.
