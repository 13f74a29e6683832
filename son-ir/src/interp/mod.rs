//! The reference interpreter: the definition of what a graph means.
//!
//! It executes the [schedule](crate::analysis::Schedule) of each function, block by block, on a memory of
//! bytes, and reports undefined behaviour where it happens: accesses outside of live objects, poison that
//! decides something, divisions by zero, calls with other signatures, what the C library forbids. Pure nodes
//! compute by [`crate::eval`]. It has a call stack of its own, so nothing in the program can exhaust that of
//! the process; every resource has a [limit](Limits).
//!
//! Choices where the semantics leave one: `freeze` of poison gives zero, bytes that were never written read as
//! [`Limits::uninitialized`] says, NaNs are the host's, objects have increasing addresses that are never used
//! twice. Atomic accesses happen at once; there is one thread.
//!
//! Where compiled code is left with a state, the frames and objects of the unoptimized code are rebuilt: see
//! [`DeoptState`].
//!
//! Functions that the module does not define are looked up in a small C library ([`library`]), then asked
//! of the [`Host`].
//!
//! ```
//! use son_ir::{FunctionBuilder, Module, Op, Signature, Type};
//! use son_ir::interp::{self, Captured, Limits, Outcome, Value};
//! # fn main() -> Result<(), son_ir::BuildError> {
//! let mut module = Module::new(target_lexicon::Triple::host());
//! let mut f = FunctionBuilder::new(&mut module, "double", Signature::new([Type::I32], [Type::I32]));
//! let sum = f.pure(Op::Add, Type::I32, &[f.param(0), f.param(0)]);
//! f.ret(&[sum]);
//! let function = f.finish()?;
//! let double = function.symbol;
//! module.add_function(function);
//! let outcome = interp::run(&module, double, &[Value::int(Type::I32, 21)], &Limits::default(), &mut Captured::default());
//! assert_eq!(outcome, Outcome::Returned(vec![Value::int(Type::I32, 42)]));
//! # Ok(())
//! # }
//! ```

mod calls;
mod code;
mod effects;
mod host;
mod image;
pub mod library;
mod machine;
mod memory;
mod pure;
mod state;
mod undefined;
mod value;
mod varargs;

#[cfg(test)]
mod tests;

pub use host::{Captured, Event, Host, Stream};
pub use image::Interpreter;
pub use memory::{Memory, Uninitialized};
pub use state::{DeoptFrame, DeoptObject, DeoptState, StateValue};
pub use undefined::Undefined;
pub use value::Value;

use crate::graph::NodeId;
use crate::module::{Module, SymbolId};
use std::fmt;

/// How much a program may use, and how it is run.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Instructions to execute.
    pub steps: u64,
    /// Bytes of memory objects.
    pub memory: u64,
    /// Bytes of the call stack, as the interpreter counts them.
    pub stack: u64,
    /// What bytes that were never written read as.
    pub uninitialized: Uninitialized,
    /// Makes the guard or safepoint that the function called first executes as number so many, from 0, leave it, whatever
    /// the condition.
    pub fail_guard: Option<u64>,
    /// Checks that each value fits the fact that the graph holds of it: finds unsound facts.
    pub check_facts: bool,
    /// Counts `freeze` of poison as undefined: what remains has one meaning, to which others can be compared.
    pub determinate: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            steps: 10_000_000_000,
            memory: 1 << 30,
            stack: 64 << 20,
            uninitialized: Uninitialized::Unspecified(0xa5),
            fail_guard: None,
            check_facts: false,
            determinate: false,
        }
    }
}

/// Where something happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Name of the function.
    pub function: String,
    /// The node that was executed.
    pub node: NodeId,
    /// `file:line:column` of its source, if known.
    pub location: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in {} at {}", self.function, self.node)?;
        match &self.location {
            Some(location) => write!(f, " ({location})"),
            None => Ok(()),
        }
    }
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The function returned.
    Returned(Vec<Value>),
    /// The program called `exit`, or returned from `main`.
    Exit(i32),
    /// The program called `abort`.
    Abort,
    /// The program reached a trap.
    Trap(Place),
    /// The program did what is undefined.
    Undefined(Undefined, Place),
    /// The program used up its steps.
    StepLimit,
    /// A guard failed, or a deopt was reached.
    Deopt(Box<DeoptState>),
    /// A value does not fit the fact that the graph holds of it: a bug of the transfer functions.
    WrongFact(String, Place),
    /// The program asked for what the interpreter does not have.
    Unsupported(String, Place),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Returned(values) => write!(f, "returned {values:?}"),
            Outcome::Exit(code) => write!(f, "exit code {code}"),
            Outcome::Abort => f.write_str("aborted"),
            Outcome::Trap(place) => write!(f, "trap {place}"),
            Outcome::Undefined(what, place) => write!(f, "undefined behaviour: {what}, {place}"),
            Outcome::StepLimit => f.write_str("step limit"),
            Outcome::Deopt(state) => write!(f, "deoptimized: {state}"),
            Outcome::WrongFact(what, place) => write!(f, "wrong fact: {what}, {place}"),
            Outcome::Unsupported(what, place) => write!(f, "not supported: {what}, {place}"),
        }
    }
}

/// Calls a function of the module. For many calls of one module, make an [`Interpreter`] once.
pub fn run(module: &Module, function: SymbolId, args: &[Value], limits: &Limits, host: &mut dyn Host) -> Outcome {
    Interpreter::new(module).run(function, args, limits, host)
}

/// Runs a program: constructors, `main` with these arguments (the first is the program's name), what `atexit`
/// asked for, destructors.
pub fn run_main(module: &Module, args: &[&[u8]], limits: &Limits, host: &mut dyn Host) -> Outcome {
    Interpreter::new(module).run_main(args, limits, host)
}
