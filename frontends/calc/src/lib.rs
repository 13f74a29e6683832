//! The tutorial language.
