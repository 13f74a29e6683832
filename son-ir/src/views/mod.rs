//! A graph seen by others: petgraph's visit traits, and pictures.
//!
//! [`ControlView`], [`DataView`] and [`WholeView`] implement petgraph's traits on a borrowed graph, so that
//! its algorithms run on it without a copy. Edges go from definition to use, as execution and values do.
//!
//! ```
//! use petgraph::algo::{dominators::simple_fast, is_cyclic_directed};
//! use son_ir::{NodeId, text, views::{ControlView, DataView}};
//! let module = text::parse("
//!     function @f(i32) -> i32 {
//!       b, m, x = start
//!       y = mul x, x
//!       return b, m, y
//!     }").map_err(|error| error.to_string())?;
//! let graph = &module.functions[0].graph;
//! assert!(!is_cyclic_directed(DataView(graph)));
//! let dominators = simple_fast(ControlView(graph), NodeId::START);
//! assert_eq!(dominators.dominators(NodeId::STOP).unwrap().last(), Some(NodeId::START));
//! # Ok::<(), String>(())
//! ```

pub mod dot;
pub mod html;
mod reference;
mod visit;

pub use reference::op_reference;
pub use visit::{ControlView, DataView, EdgeKind, GraphEdge, WholeView, edge_kind};
