//! What an author of a frontend may do wrong.

use super::{Block, Var};
use crate::ops::Op;
use crate::types::Type;
use std::fmt;
use thiserror::Error;

/// A mistake in the use of the builder. It names the instruction, block or variable.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BuildError {
    /// An operand has the wrong type.
    #[error("{op}: operand {operand} has type {found}, expected {expected}")]
    TypeMismatch {
        /// The instruction.
        op: Op,
        /// Number of the operand, from 0.
        operand: usize,
        /// What the instruction takes.
        expected: String,
        /// What it was given.
        found: Type,
    },
    /// A value of the wrong type was given to a variable.
    #[error("variable {} of type {expected} is given a value of type {found}", .var.0)]
    VariableType {
        /// The variable.
        var: Var,
        /// Its type.
        expected: Type,
        /// The value's type.
        found: Type,
    },
    /// A variable is read where some path to the place gives it no value.
    #[error("variable {} is used in block {} but not defined on every path to it", .var.0, .block.0)]
    UndefinedVariable {
        /// The variable.
        var: Var,
        /// Where it is read.
        block: Block,
    },
    /// A block that can be reached has no terminator.
    #[error("control may run off the end of block {}", .0.0)]
    Unterminated(Block),
    /// An instruction comes after the block's terminator, or before any block is entered.
    #[error("{op}: no block is open here")]
    NoOpenBlock {
        /// The instruction.
        op: Op,
    },
    /// A block that was sealed gets one more way in.
    #[error("block {} is sealed and cannot be jumped to any more", .0.0)]
    Sealed(Block),
    /// A block was entered twice.
    #[error("block {} is filled already", .0.0)]
    Filled(Block),
    /// Control enters a loop in more than one place.
    #[error("block {} belongs to a loop with several entries: announce the edges with `plan_edges`", .0.0)]
    Irreducible(Block),
    /// Number or types of arguments, results or cases do not fit.
    #[error("{op}: {message}")]
    Shape {
        /// The instruction.
        op: Op,
        /// What is wrong.
        message: String,
    },
    /// A name is defined twice, or used as what it is not.
    #[error("symbol {name}: {message}")]
    Symbol {
        /// The symbol.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// A mistake with its function and, if known, the place in the source.
    #[error("{}in {function}: {error}", .place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default())]
    In {
        /// Where in the source; see [`Cursor::at`](super::Cursor::at).
        place: Option<Place>,
        /// The function.
        function: String,
        /// The mistake.
        error: Box<BuildError>,
    },
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, or 0 if unknown.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if self.column > 0 { write!(f, ":{}", self.column) } else { Ok(()) }
    }
}

impl BuildError {
    /// Where in the source the mistake is, if that is known.
    pub fn place(&self) -> Option<&Place> {
        match self {
            BuildError::In { place, .. } => place.as_ref(),
            _ => None,
        }
    }

    /// The mistake itself, without its place.
    pub fn mistake(&self) -> &BuildError {
        match self {
            BuildError::In { error, .. } => error.mistake(),
            other => other,
        }
    }
}
