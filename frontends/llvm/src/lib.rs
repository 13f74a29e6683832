//! LLVM IR text to graph.
//!
//! [`read`] makes a module of the graph from a text, in one go.
//!
//! Below it, reading works in two steps. [`parse_module`] reads the top level of a text into flat tables
//! ([`ast::Module`]) and skips function bodies. A [`BodyReader`] parses one body at a time into
//! buffers that the next body uses again, so that memory stays small and threads can share the work.

pub mod ast;
mod error;
mod keyword;
mod layout;
mod lexer;
mod numbers;
mod parse;
mod symbols;
mod token;
mod translate;
mod types;

pub use error::{Error, ErrorKind};
pub use keyword::Keyword;
pub use layout::{DataLayout, Layout, LayoutError, Layouts};
pub use numbers::NumberTable;
pub use parse::{BodyReader, parse_module};
pub use symbols::{Symbol, SymbolId, SymbolKind, Symbols};
pub use translate::{Options, read};
pub use types::{MAX_DEPTH, NamedBody, NamedType, Type, TypeId, TypeTable};
