//! The builder that the author of a frontend meets first.
//!
//! A [`Cursor`] stands in a function under construction and appends to it. It wires control and memory, makes
//! phis of variables, gives literals the type that is wanted, and checks everything. Its methods take
//! `&self`, so calls nest:
//!
//! ```
//! use son_ir::prelude::*;
//! # fn main() -> Result<(), BuildError> {
//! let mut module = Module::new(Triple::host());
//! let f = module.function("accumulate", [I32, I32], I32);
//! let (n, a) = (f.param(0), f.param(1));
//! let (x, i) = (f.var(I32), f.var(I32));
//! f.set(x, 0);
//! f.set(i, 0);
//! f.while_(|f| f.lt(i, n), |f| {
//!     f.set(x, f.add(x, a));
//!     f.set(i, f.add(i, 1));
//! })?;
//! f.ret(x)?;
//! f.finish()?;
//! # Ok(())
//! # }
//! ```
//!
//! # Mistakes
//!
//! A method that makes a value returns one even when its operands do not fit; the first mistake is kept, with
//! the function's name and the source location, and returned by the next method that returns a `Result`:
//! statements that end blocks, the structured helpers, and at last [`Cursor::finish`]. So a frontend writes
//! `?` after statements, not after expressions, and loses nothing.
//!
//! ```
//! use son_ir::prelude::*;
//! let mut module = Module::new(Triple::host());
//! let f = module.function("wrong", [I32, I64], I32);
//! let sum = f.add(f.param(0), f.param(1));
//! let mistake = f.ret(sum).unwrap_err();
//! assert_eq!(mistake.to_string(), "in wrong: add: operand 1 has type i64, expected i32");
//! ```
//!
//! # Control
//!
//! [`Cursor::if_else`], [`Cursor::while_`], [`Cursor::loop_`] and [`Cursor::switch`] take closures. Beneath
//! them are [blocks](Cursor::block): created, entered, filled, ended by a jump, branch or return, and sealed
//! when all jumps to them are built ([`Cursor::finish`] seals what is left). A language with `goto` creates its
//! blocks, announces all edges with [`Cursor::plan_edges`] if loops may be entered in several places, and
//! jumps as it likes.

mod check;
mod control;
mod memory;
mod objects;
mod operand;
mod ops;
mod speculation;

#[cfg(test)]
mod tests;

pub use control::{Computed, Done, Loop, Switch};
pub use operand::{Operand, Operands, Types, Value};

use super::{BuildError, FunctionBuilder, Place, Var};
use crate::graph::NodeId;
use crate::module::{Definition, FunctionFlags, Linkage, Location, Module, Param, Signature, Symbol, SymbolId};
use crate::ops::Op;
use crate::payload::Weights;
use crate::types::Type;
use std::cell::{Cell, Ref, RefCell, RefMut};

/// Appends to a function under construction. Made by [`Module::function`]; see the [module's doc](self).
pub struct Cursor<'m> {
    module: RefCell<&'m mut Module>,
    builder: RefCell<FunctionBuilder>,
    /// The first mistake, until it is returned.
    mistake: RefCell<Option<BuildError>>,
    /// Was a mistake made? Then the function is not added.
    failed: Cell<bool>,
    /// For the next branch.
    weights: Cell<Weights>,
    /// Where in the source the next instructions are from.
    location: Cell<Option<(u32, u32, u32)>>,
    signature: Signature,
    /// Told apart from other functions of the module.
    owner: u32,
}

impl Module {
    /// Starts a function with a body and external linkage. The cursor stands at its entry.
    pub fn function(&mut self, name: &str, params: impl Types, results: impl Types) -> Cursor<'_> {
        self.function_with(name, Linkage::External, Signature::new(params.types(), results.types()))
    }

    /// Starts a function with this signature and linkage.
    pub fn function_with(&mut self, name: &str, linkage: Linkage, signature: Signature) -> Cursor<'_> {
        let id = self.signature_id(signature.clone());
        let mut mistake = None;
        let symbol = match self.find_symbol(name) {
            Some(symbol) => {
                mistake = self.redefined(symbol, name, id);
                symbol
            }
            None => self.add_symbol(Symbol::new(name, linkage, Definition::ExternalFunction(id))),
        };
        if mistake.is_none() {
            self.symbols[symbol.index()].linkage = linkage;
            self.symbols[symbol.index()].local = linkage.is_local();
        }
        let builder = FunctionBuilder::for_symbol(symbol, id, &signature);
        let owner = symbol.0;
        let cursor = Cursor {
            module: RefCell::new(self),
            builder: RefCell::new(builder),
            mistake: RefCell::new(None),
            failed: Cell::new(false),
            weights: Cell::default(),
            location: Cell::default(),
            signature,
            owner,
        };
        if let Some(mistake) = mistake {
            cursor.keep(mistake);
        }
        cursor
    }

    /// Declares a function that will get a body later, or is defined in another module: calls need its symbol.
    pub fn declare(&mut self, name: &str, params: impl Types, results: impl Types) -> SymbolId {
        self.import_function(name, Signature::new(params.types(), results.types()))
    }

    /// Declares a function with more arguments than parameters, like `printf`.
    pub fn declare_variadic(&mut self, name: &str, params: impl Types, results: impl Types) -> SymbolId {
        self.import_function(name, Signature::new(params.types(), results.types()).variadic())
    }

    /// The mistake of defining this symbol as a function with this signature, if it is one.
    fn redefined(&self, symbol: SymbolId, name: &str, id: crate::module::SigId) -> Option<BuildError> {
        let message = match &self.symbol(symbol).definition {
            Definition::ExternalFunction(known) if *known == id => return None,
            Definition::ExternalFunction(_) => "it was declared with another signature",
            Definition::Function(_) => "it is defined twice",
            _ => "it is data, and cannot be defined as a function",
        };
        Some(BuildError::Symbol { name: name.to_owned(), message: message.to_owned() })
    }
}

impl Cursor<'_> {
    // ---- State ----

    /// The module, to look at.
    pub fn module(&self) -> Ref<'_, Module> {
        Ref::map(self.module.borrow(), |module| &**module)
    }

    /// The module, to add signatures, symbols and data to.
    pub fn module_mut(&self) -> RefMut<'_, Module> {
        RefMut::map(self.module.borrow_mut(), |module| &mut **module)
    }

    /// The low-level builder beneath, for what the cursor has no method for. It checks nothing.
    pub fn builder_mut(&self) -> RefMut<'_, FunctionBuilder> {
        self.builder.borrow_mut()
    }

    /// The function's symbol: calls of it are recursive.
    pub fn symbol(&self) -> SymbolId {
        self.builder.borrow().symbol()
    }

    /// Adds flags of the function.
    pub fn add_flags(&self, flags: FunctionFlags) {
        self.builder.borrow_mut().add_flags(flags);
    }

    /// Instructions from now on come from this line and column (0 if unknown) of the file, a row of
    /// [`Module::files`]; see [`Module::file`].
    pub fn at(&self, file: u32, line: u32, column: u32) {
        self.location.set(Some((file, line, column)));
        let origin = self.module.borrow_mut().add_location(Location::new(file, line, column));
        self.builder.borrow_mut().set_origin(origin);
    }

    /// Keeps a mistake if it is the first.
    fn keep(&self, error: BuildError) {
        self.failed.set(true);
        let mut kept = self.mistake.borrow_mut();
        if kept.is_none() {
            *kept = Some(self.placed(error));
        }
    }

    /// The mistake with the function and the source location.
    fn placed(&self, error: BuildError) -> BuildError {
        let module = self.module.borrow();
        let place = self.location.get().map(|(file, line, column)| {
            let file = module.files.get(file as usize).map_or(String::new(), |file| file.path.clone());
            Place { file, line, column }
        });
        let function = module.symbol(self.symbol()).name.clone();
        BuildError::In { place, function, error: Box::new(error) }
    }

    /// The kept mistake, if there is one.
    ///
    /// # Errors
    /// The first mistake since the last time.
    pub fn check(&self) -> Result<(), BuildError> {
        match self.mistake.borrow_mut().take() {
            Some(mistake) => Err(mistake),
            None => Ok(()),
        }
    }

    /// Is a block open for the instruction? If not, that is a mistake.
    fn is_open_for(&self, op: Op) -> bool {
        let open = self.builder.borrow().is_open();
        if !open {
            self.keep(BuildError::NoOpenBlock { op });
        }
        open
    }

    /// Ends the function and adds it to the module.
    ///
    /// # Errors
    /// The first mistake that was not returned yet, or one that only the whole function shows: a block without
    /// an end, a variable that is read where a path gives it no value, a loop with several entries that were
    /// not announced. The function is not added then, even if the mistake was returned before.
    pub fn finish(self) -> Result<SymbolId, BuildError> {
        self.check()?;
        let symbol = self.symbol();
        if self.failed.get() {
            let name = self.module().symbol(symbol).name.clone();
            return Err(BuildError::Symbol { name, message: "its body had mistakes".to_owned() });
        }
        let builder =
            self.builder.replace(FunctionBuilder::for_symbol(symbol, crate::module::SigId(0), &self.signature));
        let function = builder.finish().map_err(|error| self.placed(error))?;
        self.module.borrow_mut().add_function(function);
        Ok(symbol)
    }

    // ---- Values ----

    fn value(&self, node: NodeId, ty: Type) -> Value {
        Value { node, ty, owner: self.owner }
    }

    /// A value in place of one that could not be made.
    fn placeholder(&self, ty: Type) -> Value {
        let node = self.builder.borrow_mut().graph_mut().poison(if ty.is_data() { ty } else { Type::I64 });
        self.value(node, ty)
    }

    /// Parameter `index`.
    pub fn param(&self, index: usize) -> Value {
        match self.signature.params.get(index) {
            Some(&Param { ty, .. }) => {
                let node = self.builder.borrow().param(index);
                self.value(node, ty)
            }
            None => {
                let message = format!("there is no parameter {index}");
                self.keep(BuildError::Shape { op: Op::Start, message });
                self.placeholder(Type::I64)
            }
        }
    }

    /// A constant of any type: an integer, 0 as the null pointer, a float, a truth value.
    pub fn constant(&self, ty: Type, value: impl Into<Operand>) -> Value {
        match value.into() {
            Operand::Value(_) | Operand::Var(_) => {
                self.keep(BuildError::Shape { op: Op::Const, message: "a constant is a literal".to_owned() });
                self.placeholder(ty)
            }
            literal => self.operand(Op::Const, 0, literal, ty),
        }
    }

    /// The operand as a value of the type: values and variables must have it, literals get it.
    pub fn typed(&self, ty: Type, operand: impl Into<Operand>) -> Value {
        self.operand(Op::Const, 0, operand.into(), ty)
    }

    /// The poison value.
    pub fn poison(&self, ty: Type) -> Value {
        self.placeholder(ty)
    }

    /// The address of a symbol: of a function or of data.
    pub fn address_of(&self, symbol: SymbolId) -> Value {
        if symbol.index() >= self.module.borrow().symbols.len() {
            let message = format!("there is no symbol {}", symbol.0);
            self.keep(BuildError::Shape { op: Op::SymbolAddr, message });
            return self.placeholder(Type::PTR);
        }
        let node = self.builder.borrow_mut().symbol_addr(symbol);
        self.value(node, Type::PTR)
    }

    /// The address of a constant C string with a zero at its end.
    pub fn string(&self, text: &str) -> Value {
        let symbol = self.module.borrow_mut().string(text);
        self.address_of(symbol)
    }

    // ---- Variables ----

    /// A new variable. It is given values by [`Cursor::set`] and read by [`Cursor::get`], or by being an
    /// operand; where paths meet, it has the value that the path taken gave it.
    pub fn var(&self, ty: Type) -> Var {
        self.builder.borrow_mut().declare(ty)
    }

    /// A new variable with a value.
    pub fn var_of(&self, value: Value) -> Var {
        let var = self.var(value.ty);
        self.set(var, value);
        var
    }

    fn var_type(&self, var: Var) -> Option<Type> {
        let builder = self.builder.borrow();
        let known = var.0 > 0 && (var.0 as usize) < builder.num_variables();
        if known {
            return Some(builder.variable_type(var));
        }
        drop(builder);
        self.keep(BuildError::Shape { op: Op::Phi, message: format!("there is no variable {}", var.0) });
        None
    }

    /// Gives the variable a value from here on.
    pub fn set(&self, var: Var, value: impl Into<Operand>) {
        let Some(ty) = self.var_type(var) else { return };
        let operand = value.into();
        if let Some(found) = self.type_of(operand).filter(|&found| found != ty) {
            self.keep(BuildError::VariableType { var, expected: ty, found });
            return;
        }
        let value = self.operand(Op::Phi, 0, operand, ty);
        self.builder.borrow_mut().def(var, value.node);
    }

    /// The variable's value here.
    pub fn get(&self, var: Var) -> Value {
        let Some(ty) = self.var_type(var) else { return self.placeholder(Type::I64) };
        let value = self.builder.borrow_mut().get(var);
        match value {
            Ok(node) => self.value(node, ty),
            Err(mistake) => {
                self.keep(mistake);
                self.placeholder(ty)
            }
        }
    }
}
