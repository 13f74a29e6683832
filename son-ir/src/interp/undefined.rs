//! What undefined behaviour the interpreter detects.

use thiserror::Error;

/// A kind of undefined behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Undefined {
    /// An access near address 0.
    #[error("access of {size} bytes through a null pointer")]
    Null {
        /// Bytes of the access.
        size: u64,
    },
    /// An access that is not within a live object.
    #[error("access of {size} bytes at offset {offset} of {object}, which has {bytes} bytes")]
    OutOfBounds {
        /// What is accessed.
        object: String,
        /// Its size.
        bytes: u64,
        /// Where, from its start.
        offset: i64,
        /// Bytes of the access.
        size: u64,
    },
    /// An access through an address that belongs to nothing.
    #[error("access of {size} bytes at {address:#x}, where there is no object")]
    NoObject {
        /// The address.
        address: u64,
        /// Bytes of the access.
        size: u64,
    },
    /// An access of an object that is gone.
    #[error("access of {object} after its end")]
    UseAfterFree {
        /// What was there.
        object: String,
    },
    /// A second `free`.
    #[error("{object} is freed twice")]
    DoubleFree {
        /// What was there.
        object: String,
    },
    /// `free` or `realloc` of an address that no allocation returned.
    #[error("{address:#x} is freed but was not allocated")]
    InvalidFree {
        /// The address.
        address: u64,
    },
    /// An address that is not the multiple that the access promises.
    #[error("address {address:#x} is not a multiple of {align}")]
    Misaligned {
        /// The address.
        address: u64,
        /// What it should be a multiple of.
        align: u64,
    },
    /// A store to constant data.
    #[error("write to the constant {object}")]
    WriteToConstant {
        /// What is written to.
        object: String,
    },
    /// A load or store of code.
    #[error("access of the code of {object}")]
    AccessOfCode {
        /// The function.
        object: String,
    },
    /// `memcopy` of ranges that overlap.
    #[error("memory is copied between overlapping ranges")]
    Overlap,
    /// Poison where a value decides.
    #[error("poison as {0}")]
    Poison(&'static str),
    /// `freeze` of poison, which may be any value, where [`Limits::determinate`](super::Limits) forbids it.
    #[error("poison becomes some value")]
    Frozen,
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// The minimum divided by -1.
    #[error("overflow of a division")]
    DivisionOverflow,
    /// Control reached `unreachable`, or what comes after a call that does not return.
    #[error("{0} is reached")]
    Reached(&'static str),
    /// Too many calls inside each other, or too much memory on the stack.
    #[error("the stack is exhausted")]
    StackExhausted,
    /// A call with other types than the function has.
    #[error("call of {function} with a different signature")]
    SignatureMismatch {
        /// The function.
        function: String,
    },
    /// A call of, or jump to, an address that is not code.
    #[error("{address:#x} is not the address of {what}")]
    NotCode {
        /// The address.
        address: u64,
        /// What it should be the address of.
        what: &'static str,
    },
    /// An argument that the C library does not allow.
    #[error("{function}: {message}")]
    Library {
        /// The function.
        function: String,
        /// What is wrong.
        message: String,
    },
}
