//! The optimizer: passes over the graph of a function, and the one place that runs them.
//!
//! [`optimize`] takes a module to its better form. Functions are visited callees first, so that what is
//! inlined is optimized already. Each pass is a row of the table in [`pipeline`]; [`manager`] does timing,
//! statistics, fuel and verification for all of them.
//!
//! ```
//! use son_ir::{FunctionBuilder, Module, Op, Signature, Type};
//! let mut module = Module::new(target_lexicon::Triple::host());
//! let mut f = FunctionBuilder::new(&mut module, "five", Signature::new([], [Type::I32]));
//! let two = f.iconst(Type::I32, 2);
//! let three = f.iconst(Type::I32, 3);
//! let sum = f.pure(Op::Add, Type::I32, &[two, three]);
//! f.ret(&[sum]);
//! let function = f.finish()?;
//! module.add_function(function);
//! let report = son_passes::optimize(&mut module, &son_passes::Options::default()).unwrap();
//! assert!(report.pass("peephole").is_some());
//! # Ok::<(), son_ir::BuildError>(())
//! ```

mod across_calls;
mod assumed;
mod context;
mod control;
mod copy;
mod escape;
pub mod if_convert;
pub mod inline;
mod kept;
pub mod linear;
pub mod loops;
pub mod manager;
mod memory;
mod merge_branches;
mod options;
mod peephole;
mod pi;
pub mod pipeline;
mod placement;
mod places;
mod private_data;
mod reaching;
mod relations;
pub mod remarks;
mod report;
mod roots;
pub mod scalar;
mod sccp;
mod specialize;
mod strengthen;
mod summaries;
mod tail;
pub mod thread;
mod worklist;

pub use context::Context;
pub use manager::{optimize, run_alone};
pub use options::{Fuel, Level, Observer, Options};
pub use pipeline::{Form, Pass};
pub use remarks::Remark;
pub use report::{Error, PassReport, Report};
