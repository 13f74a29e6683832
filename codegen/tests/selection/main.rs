//! The whole code generator: graphs in, native code out, compared with the interpreter and with expected listings.

mod memory;
mod native;
mod random;
