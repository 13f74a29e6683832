//! The C library of the interpreter: as much as test programs and benchmarks call, deterministic, strict about
//! what C leaves undefined.
//!
//! `rand` is a fixed generator, clocks advance with executed instructions, `getenv` finds nothing. A function is
//! a row of `find`'s table; those that call back (`qsort`) run in steps between which the program runs.

mod character;
mod complex;
mod format;
mod jump;
mod math;
mod memory;
mod number;
mod sort;
mod stdio;
mod stdlib;
mod string;

pub(super) use sort::{Search, Sort};

use super::machine::{Machine, Stop};
use super::undefined::Undefined;
use super::value::{Cell, Value};
use crate::types::Type;
use smallvec::{SmallVec, smallvec};

/// A function of the library.
pub(super) type Function = for<'a, 'b> fn(&'a mut Machine<'b>, &Args<'_>) -> Result<Reply, Stop>;

/// A row of a table of functions.
type Row = (&'static str, Function);

/// What a function returns.
pub(super) enum Reply {
    /// Nothing.
    Nothing,
    /// An integer, cut to the type that the caller expects.
    Int(i64),
    /// A pointer.
    Pointer(Cell),
    /// A float, rounded to the type that the caller expects.
    Float(f64),
    /// The two doubles of a complex number.
    Complex(f64, f64),
    /// A frame was pushed, or another one is on top: what is returned comes later.
    Pushed,
}

impl Reply {
    /// As results, the first of this type.
    pub(super) fn into_results(self, ty: Option<Type>) -> SmallVec<[Value; 2]> {
        let Some(ty) = ty else { return SmallVec::new() };
        if let Reply::Complex(real, imaginary) = self {
            return smallvec![Value::f64(real), Value::f64(imaginary)];
        }
        smallvec![match self {
            Reply::Nothing | Reply::Pushed | Reply::Complex(..) => Value::poison(ty),
            Reply::Int(value) if ty.bits() > 64 => Value::wide(ty, i128::from(value) as u128),
            Reply::Int(value) => Value::int(ty, value as u64),
            Reply::Pointer(cell) if ty.bits() == 64 => Value::from_cells(ty, &[cell]),
            Reply::Pointer(cell) => Value::int(ty, cell.bits),
            Reply::Float(value) if ty == Type::F32 => Value::f32(value as f32),
            Reply::Float(value) => Value::int(ty, value.to_bits()),
        }]
    }
}

/// What the library remembers.
#[derive(Default)]
pub(super) struct State {
    random: u64,
    /// `errno`, made when first asked for.
    errno: Option<Cell>,
    /// The rest of the string that `strtok` splits.
    token: Option<Cell>,
    /// Tables of `__ctype_b_loc` and its kin, made when first asked for.
    tables: [Option<Cell>; 3],
    /// Functions to be called at exit.
    pub(super) at_exit: Vec<Cell>,
    /// Where `longjmp` may go.
    jumps: Vec<jump::Target>,
    /// A character that `ungetc` gave back.
    pushed_back: Option<u8>,
}

/// Arguments of a call, taken with checks.
pub(super) struct Args<'a> {
    pub(super) function: &'a str,
    pub(super) values: &'a [Value],
}

impl Args<'_> {
    /// The error of an argument that C does not allow.
    fn error(&self, message: impl Into<String>) -> Stop {
        Undefined::Library { function: self.function.to_owned(), message: message.into() }.into()
    }

    fn get(&self, index: usize) -> Result<&Value, Stop> {
        let value = self.values.get(index).ok_or_else(|| self.error("too few arguments"))?;
        if value.is_poison() {
            return Err(self.error(format!("argument {index} is poison")));
        }
        Ok(value)
    }

    fn pointer(&self, index: usize) -> Result<Cell, Stop> {
        let value = self.get(index)?;
        match value.ty().is_pointer() {
            true => Ok(value.cells[0]),
            false => Err(self.error(format!("argument {index} is not a pointer"))),
        }
    }

    /// An integer as a signed number.
    fn int(&self, index: usize) -> Result<i64, Stop> {
        let value = self.get(index)?;
        match value.ty().is_int() && value.ty().bits() <= 64 {
            true => Ok(value.ty().sign_extend(value.cells[0].bits)),
            false => Err(self.error(format!("argument {index} is not an integer"))),
        }
    }

    /// A size.
    fn size(&self, index: usize) -> Result<u64, Stop> {
        let value = self.get(index)?;
        self.int(index).map(|_| value.cells[0].bits)
    }

    fn float(&self, index: usize) -> Result<f64, Stop> {
        self.get(index)?.as_f64().ok_or_else(|| self.error(format!("argument {index} is not a float")))
    }
}

/// The function of this name.
pub(super) fn find(name: &str) -> Option<Function> {
    let name = name.strip_prefix("__isoc99_").or_else(|| name.strip_prefix("__isoc23_")).unwrap_or(name);
    let tables = [
        memory::TABLE,
        string::TABLE,
        stdio::TABLE,
        stdlib::TABLE,
        number::TABLE,
        character::TABLE,
        math::TABLE,
        complex::TABLE,
        jump::TABLE,
        sort::TABLE,
    ];
    tables.into_iter().flatten().find(|row| row.0 == name).map(|row| row.1)
}

/// The pointer moved by an offset.
fn moved(pointer: Cell, offset: u64) -> Cell {
    Cell::pointer(pointer.bits.wrapping_add(offset), pointer.tag)
}

const NULL: Cell = Cell::new(0);
