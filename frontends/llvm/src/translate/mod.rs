//! From what the text says to modules of the graph.

mod aggregates;
mod arithmetic;
mod calls;
mod cfg;
mod classes;
mod constants;
mod context;
mod data;
mod function;
mod hints;
mod intrinsics;
mod memory;
mod promote;
mod quad;
mod signatures;
mod symbols;
mod types;
mod variadic;
mod wide;

use son_ir::Module;
use target_lexicon::Triple;

use crate::error::{Error, Fault, Result};
use crate::parse::{BodyReader, parse_module};
use context::Context;

/// What a reader is told beside the text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What to compile for when the text does not say; the host if this does not say either.
    pub triple: Option<Triple>,
}

/// Reads LLVM IR text. `file` is the module's name when the text has none.
///
/// # Errors
/// The text is wrong, or uses what is not supported; the error says where and names it.
///
/// ```
/// let text = b"define i32 @twice(i32 %a) {\n  %b = add i32 %a, %a\n  ret i32 %b\n}";
/// let module = son_llvm::read(text, "twice.ll", &son_llvm::Options::default())?;
/// assert_eq!(module.functions.len(), 1);
///
/// let wrong = b"define i32 @twice(i32 %a) {\n  %b = add i32 %a, %c\n  ret i32 %b\n}";
/// let error = son_llvm::read(wrong, "wrong.ll", &son_llvm::Options::default()).err();
/// assert_eq!(error.unwrap().to_string(), "2:20: error: use of undefined value '%c'");
/// # Ok::<(), son_llvm::Error>(())
/// ```
pub fn read(text: &[u8], file: &str, options: &Options) -> std::result::Result<Module, Error> {
    let ast = parse_module(text)?;
    let mut reader = BodyReader::new(&ast);
    let mut context = Context::new(&ast, file, options).map_err(|fault: Box<Fault>| fault.locate(text))?;
    context.declare().map_err(|fault| fault.locate(text))?;
    for index in 0..ast.functions.len() {
        if ast.functions[index].body.is_none() {
            continue;
        }
        reader.read(&ast, index)?;
        let function = function::translate(&mut context, &reader.types, &reader.body, index);
        context.module.add_function(function.map_err(|fault| fault.locate(text))?);
    }
    context.define_data().map_err(|fault| fault.locate(text))?;
    let first_class = context.hints.classes() + 1;
    let mut module = context.module;
    classes::assign(&mut module, first_class);
    Ok(module)
}

/// A result with an error that has no position yet.
trait At<T> {
    /// Says where the fault is.
    fn at(self, offset: u32) -> Result<T>;
}

impl<T> At<T> for std::result::Result<T, crate::error::ErrorKind> {
    #[inline]
    fn at(self, offset: u32) -> Result<T> {
        self.map_err(|kind| Fault::new(offset, kind))
    }
}
