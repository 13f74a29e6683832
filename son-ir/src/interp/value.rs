//! Values: a cell for each scalar of up to 64 bits, with poison and the object that a pointer came from.

use crate::eval::mask;
use crate::types::Type;
use smallvec::SmallVec;
use std::fmt;

/// A scalar of up to 64 bits, or half of a wider one.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Cell {
    pub(super) bits: u64,
    /// The object that a pointer came from, 0 if unknown; or [`Cell::POISON_TAG`].
    pub(super) tag: u32,
}

impl Cell {
    const POISON_TAG: u32 = u32::MAX;
    pub(super) const POISON: Cell = Cell { bits: 0, tag: Cell::POISON_TAG };

    pub(super) const fn new(bits: u64) -> Cell {
        Cell { bits, tag: 0 }
    }

    pub(super) const fn pointer(address: u64, object: u32) -> Cell {
        Cell { bits: address, tag: object }
    }

    pub(super) const fn is_poison(self) -> bool {
        self.tag == Cell::POISON_TAG
    }
}

/// Cells that a scalar of this type takes.
pub(super) const fn cells_of_scalar(ty: Type) -> usize {
    if ty.scalar().bits() > 64 { 2 } else { 1 }
}

/// Cells that a value of this type takes: those of each lane in order.
pub(super) const fn cells_of(ty: Type) -> usize {
    ty.lanes() as usize * cells_of_scalar(ty)
}

/// The bytes of a value, bits of lanes one after the other, each byte in a cell.
pub(super) fn pack(ty: Type, cells: &[Cell]) -> SmallVec<[Cell; 16]> {
    let width = ty.scalar().bits() as usize;
    let mut bytes: SmallVec<[Cell; 16]> = SmallVec::from_elem(Cell::default(), ty.bytes() as usize);
    for (lane, parts) in cells.chunks(cells_of_scalar(ty)).enumerate() {
        for bit in 0..width {
            let (at, part) = (lane * width + bit, parts[bit / 64]);
            match part.is_poison() {
                true => bytes[at / 8] = Cell::POISON,
                false => bytes[at / 8].bits |= (part.bits >> (bit % 64) & 1) << (at % 8),
            }
        }
    }
    bytes
}

/// Appends the cells of a value with these bytes, the inverse of [`pack`].
pub(super) fn unpack(ty: Type, bytes: &[Cell], cells: &mut SmallVec<[Cell; 2]>) {
    let width = ty.scalar().bits() as usize;
    for lane in 0..ty.lanes() as usize {
        let mut parts = [Cell::default(); 2];
        for bit in 0..width {
            let at = lane * width + bit;
            if bytes[at / 8].is_poison() {
                parts = [Cell::POISON; 2];
                break;
            }
            parts[bit / 64].bits |= (bytes[at / 8].bits >> (at % 8) & 1) << (bit % 64);
        }
        cells.extend_from_slice(&parts[..cells_of_scalar(ty)]);
    }
}

/// A value of any data type, as arguments and results are.
///
/// ```
/// use son_ir::{Type, interp::Value};
/// let x = Value::int(Type::I32, -1i64 as u64);
/// assert_eq!(x.bits(), Some(0xffff_ffff));
/// assert_eq!(x.to_string(), "i32 -1");
/// assert_eq!(Value::f64(1.5).as_f64(), Some(1.5));
/// assert!(Value::poison(Type::I8).is_poison());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    ty: Type,
    pub(super) cells: SmallVec<[Cell; 2]>,
}

impl Value {
    pub(super) fn from_cells(ty: Type, cells: &[Cell]) -> Value {
        Value { ty, cells: SmallVec::from_slice(cells) }
    }

    /// An integer or pointer from its bits, cut to the type.
    pub fn int(ty: Type, bits: u64) -> Value {
        Value::wide(ty, u128::from(bits))
    }

    /// A scalar of up to 128 bits from its bits, cut to the type.
    pub fn wide(ty: Type, bits: u128) -> Value {
        let bits = bits & mask(ty.bits());
        let cells = [Cell::new(bits as u64), Cell::new((bits >> 64) as u64)];
        Value::from_cells(ty, &cells[..cells_of(ty).min(2)])
    }

    /// An `f32`.
    pub fn f32(value: f32) -> Value {
        Value::int(Type::F32, u64::from(value.to_bits()))
    }

    /// An `f64`.
    pub fn f64(value: f64) -> Value {
        Value::int(Type::F64, value.to_bits())
    }

    /// Poison of this type.
    pub fn poison(ty: Type) -> Value {
        Value { ty, cells: SmallVec::from_elem(Cell::POISON, cells_of(ty)) }
    }

    /// A vector of these scalars, which have one type. At least two.
    pub fn vector(lanes: &[Value]) -> Value {
        let cells: SmallVec<[Cell; 2]> = lanes.iter().flat_map(|lane| lane.cells.iter().copied()).collect();
        Value { ty: lanes[0].ty.vector(lanes.len() as u32), cells }
    }

    /// Its type.
    pub fn ty(&self) -> Type {
        self.ty
    }

    /// Is it, or a lane of it, poison?
    pub fn is_poison(&self) -> bool {
        self.cells.iter().any(|cell| cell.is_poison())
    }

    /// The bits of a scalar; `None` if it is poison or a vector.
    pub fn bits(&self) -> Option<u128> {
        if self.is_poison() || self.ty.is_vector() {
            return None;
        }
        let high = self.cells.get(1).map_or(0, |cell| cell.bits);
        Some(u128::from(self.cells[0].bits) | u128::from(high) << 64)
    }

    /// The signed value of an integer of up to 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.bits().map(|bits| self.ty.sign_extend(bits as u64))
    }

    /// The value of a float, `f32` widened.
    pub fn as_f64(&self) -> Option<f64> {
        match self.ty {
            Type::F32 => self.bits().map(|bits| f64::from(f32::from_bits(bits as u32))),
            Type::F64 => self.bits().map(|bits| f64::from_bits(bits as u64)),
            _ => None,
        }
    }

    /// The lanes of a vector; a scalar is its own lane.
    pub fn lanes(&self) -> impl Iterator<Item = Value> + '_ {
        self.cells.chunks(cells_of_scalar(self.ty)).map(|cells| Value::from_cells(self.ty.scalar(), cells))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ty.is_vector() {
            write!(f, "{} <", self.ty)?;
            for (i, lane) in self.lanes().enumerate() {
                write!(f, "{}{lane}", if i == 0 { "" } else { ", " })?;
            }
            return f.write_str(">");
        }
        write!(f, "{} ", self.ty)?;
        match self.bits() {
            None => f.write_str("poison"),
            Some(bits) if self.ty.is_pointer() => write!(f, "{bits:#x}"),
            Some(bits) if self.ty.is_int() => write!(f, "{}", crate::eval::signed(bits, self.ty.bits())),
            Some(_) => write!(f, "{:?}", self.as_f64().unwrap_or(f64::NAN)),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
