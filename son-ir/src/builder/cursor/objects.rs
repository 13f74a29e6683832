//! Managed objects: what a frontend's own allocator makes, of a shape that the optimizer knows.
//!
//! A [`Shape`] says what an object is: fields with types and offsets, elements behind them, a length, and the runtime
//! function that allocates. Fields and elements of a new object are zero. Whoever only reads and writes fields, and
//! compares references, need not have the object at all: the optimizer takes it apart.
//!
//! ```
//! use son_ir::prelude::*;
//! # fn main() -> Result<(), BuildError> {
//! let mut module = Module::new(Triple::host());
//! let allocator = module.declare("allocate", [I64, I64], PTR);
//! let point = Shape::object("Point", 1, [(I32, 8), (I32, 12)], 16, allocator);
//! let f = module.function("sum", [I32, I32], I32);
//! let p = f.allocate(&point);
//! f.set_field(&point, p, 0, f.param(0));
//! f.set_field(&point, p, 1, f.param(1));
//! f.ret(f.add(f.get_field(&point, p, 0), f.get_field(&point, p, 1)))?;
//! f.finish()?;
//! # Ok(())
//! # }
//! ```

use super::check::shape as mistake;
use super::{Cursor, Operand, Value};
use crate::ops::{NodeFlags, Op};
use crate::payload::{MemAccess, Shape};
use crate::types::Type;

/// Alignment that allocators promise.
const ALIGN: u64 = 8;

impl Cursor<'_> {
    /// A new object without elements. References are `ptr`.
    pub fn allocate(&self, shape: &Shape) -> Value {
        self.allocate_array(shape, 0)
    }

    /// A new object of so many elements.
    pub fn allocate_array(&self, shape: &Shape, count: impl Into<Operand>) -> Value {
        let count = self.operand(Op::Alloc, 0, count.into(), Type::I64);
        let row = self.builder.borrow_mut().graph_mut().tables_mut().add_shape(shape.clone());
        self.effect(Op::Alloc, &[count], row, Type::PTR)
    }

    /// The value of a field, by its number.
    pub fn get_field(&self, shape: &Shape, object: impl Into<Operand>, number: usize) -> Value {
        let (ty, address, access) = self.field_address(shape, object.into(), number);
        self.load_with(ty, address, access)
    }

    /// Gives a field a value.
    pub fn set_field(&self, shape: &Shape, object: impl Into<Operand>, number: usize, value: impl Into<Operand>) {
        let (ty, address, access) = self.field_address(shape, object.into(), number);
        let value = self.operand(Op::Store, 1, value.into(), ty);
        self.store_with(address, value, access);
    }

    /// The value of an element, which exists.
    pub fn get_element(&self, shape: &Shape, object: impl Into<Operand>, index: impl Into<Operand>) -> Value {
        let (ty, address, access) = self.element_address(shape, object.into(), index.into());
        self.load_with(ty, address, access)
    }

    /// Gives an element, which exists, a value.
    pub fn set_element(
        &self,
        shape: &Shape,
        object: impl Into<Operand>,
        index: impl Into<Operand>,
        value: impl Into<Operand>,
    ) {
        let (ty, address, access) = self.element_address(shape, object.into(), index.into());
        let value = self.operand(Op::Store, 1, value.into(), ty);
        self.store_with(address, value, access);
    }

    fn field_address(&self, shape: &Shape, object: Operand, number: usize) -> (Type, Value, MemAccess) {
        let Some(&(ty, offset)) = shape.fields.get(number) else {
            self.keep(mistake(Op::PtrAdd, format!("{} has no field {number}", shape.name)));
            return (Type::I64, self.placeholder(Type::PTR), MemAccess::default());
        };
        let object = self.operand(Op::PtrAdd, 0, object, Type::PTR);
        let address = self.offset_by(object, i64::from(offset));
        (ty, address, MemAccess::aligned(aligned_at(u64::from(offset), ty)))
    }

    fn element_address(&self, shape: &Shape, object: Operand, index: Operand) -> (Type, Value, MemAccess) {
        let Some(ty) = shape.element else {
            self.keep(mistake(Op::PtrAdd, format!("{} has no elements", shape.name)));
            return (Type::I64, self.placeholder(Type::PTR), MemAccess::default());
        };
        let object = self.operand(Op::PtrAdd, 0, object, Type::PTR);
        let first = self.offset_by(object, i64::from(shape.size));
        let index = self.operand(Op::PtrAdd, 1, index, Type::I64);
        let offset = self.mul(index, i64::from(ty.bytes()));
        let address = self.pure_address(first, offset);
        let stride = u64::from(shape.size) | u64::from(ty.bytes());
        (ty, address, MemAccess::aligned(aligned_at(stride, ty)))
    }

    fn offset_by(&self, object: Value, offset: i64) -> Value {
        let offset = self.operand(Op::PtrAdd, 1, Operand::Int(offset.into()), Type::I64);
        self.pure_address(object, offset)
    }

    fn pure_address(&self, base: Value, offset: Value) -> Value {
        let inputs = [base.node, offset.node];
        let node = self.builder.borrow_mut().pure_with(Op::PtrAdd, Type::PTR, NodeFlags::NSW, 0, &inputs);
        self.value(node, Type::PTR)
    }
}

/// Alignment of a part at an offset.
fn aligned_at(offset: u64, ty: Type) -> u32 {
    let natural = u64::from(ty.bytes().max(1).next_power_of_two());
    let offset = if offset == 0 { ALIGN } else { 1 << offset.trailing_zeros() };
    natural.min(offset).min(ALIGN) as u32
}
