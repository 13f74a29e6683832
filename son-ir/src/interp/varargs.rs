//! Variable arguments: the `va_list` of the System V ABI for x86-64, since frontends expand `va_arg` to reads
//! of it.
//!
//! The list is a struct of 24 bytes: offsets of the next general and vector register in a save area (48 and
//! 176 at its end), the address of the next argument on the stack, and the address of the save area.

use super::machine::{Machine, Reason, Stop};
use super::undefined::Undefined;
use super::value::{Cell, Value};
use crate::module::{Passing, Signature};
use crate::types::Type;
use target_lexicon::{Architecture, OperatingSystem};

/// Where an argument travels.
enum Class {
    General(u64),
    Vector,
    Memory { size: u64, align: u64 },
}

impl Class {
    /// Bytes on the stack, with padding.
    fn room(&self) -> u64 {
        match *self {
            Class::General(words) => words * 8 + 8,
            Class::Vector => 32,
            Class::Memory { size, align } => size.next_multiple_of(8) + align,
        }
    }
}

const GENERAL_END: u64 = 48;
const VECTOR_END: u64 = 176;

fn class(ty: Type, passing: Passing) -> Class {
    match passing {
        Passing::ByValue(size, align) => Class::Memory { size, align: u64::from(align) },
        _ if ty.is_float() || (ty.is_vector() && ty.bits() <= 128) => Class::Vector,
        _ if ty.is_vector() => {
            let size = u64::from(ty.bytes());
            Class::Memory { size, align: size.next_power_of_two() }
        }
        _ => Class::General(u64::from(ty.bits().div_ceil(64))),
    }
}

/// Registers that the fixed parameters use, as offsets in the save area. Those on the stack lie before the
/// variable ones and are not seen through the list.
fn fixed(signature: &Signature) -> (u64, u64) {
    let (mut general, mut vector) = (0, GENERAL_END);
    for param in &signature.params {
        match class(param.ty, param.passing) {
            Class::General(words) if general + words * 8 <= GENERAL_END => general += words * 8,
            Class::Vector if vector < VECTOR_END => vector += 16,
            _ => {}
        }
    }
    (general, vector)
}

impl Machine<'_> {
    /// Fills the list at the address with the variable arguments of the frame on top.
    pub(super) fn va_start(&mut self, list: Cell) -> Result<(), Stop> {
        let triple = &self.module.triple;
        let windows = triple.operating_system == OperatingSystem::Windows;
        if triple.architecture != Architecture::X86_64 || windows {
            return Err(Reason::unsupported(format!("va_start for {triple}")));
        }
        let super::machine::Activity::Code(code) = &self.frames[self.frames.len() - 1].activity else { return Ok(()) };
        let signature = self.module.functions[code.row as usize].signature;
        let (first_general, first_vector) = fixed(self.module.signature(signature));
        let top = self.frames.len() - 1;
        let varargs = std::mem::take(&mut self.frames[top].varargs);
        let area = self.stack_object(VECTOR_END, 16)?;
        let room: u64 = varargs.iter().map(|(value, passing)| class(value.ty(), *passing).room()).sum();
        let overflow = self.stack_object(room, 16)?;
        let (mut general, mut vector, mut next) = (first_general, first_vector, 0u64);
        let at = |object: Cell, offset: u64| Cell::pointer(object.bits + offset, object.tag);
        for (value, passing) in &varargs {
            let target = match class(value.ty(), *passing) {
                Class::General(words) if general + words * 8 <= GENERAL_END => {
                    general += words * 8;
                    at(area, general - words * 8)
                }
                Class::Vector if vector < VECTOR_END => {
                    vector += 16;
                    at(area, vector - 16)
                }
                Class::General(words) => {
                    let start = if words == 2 { next.next_multiple_of(16) } else { next };
                    next = start + words * 8;
                    at(overflow, start)
                }
                Class::Vector if value.ty().is_float() => {
                    next += 8;
                    at(overflow, next - 8)
                }
                Class::Vector => {
                    next = next.next_multiple_of(16) + 16;
                    at(overflow, next - 16)
                }
                Class::Memory { size, align } => {
                    let start = next.next_multiple_of(align.clamp(8, 16));
                    next = start + size.next_multiple_of(8);
                    at(overflow, start)
                }
            };
            match *passing {
                Passing::ByValue(size, _) => self.memory.copy(target, value.cells[0], size)?,
                _ => self.put_argument(target, value)?,
            }
        }
        self.frames[top].varargs = varargs;
        self.put_list(list, first_general, first_vector, overflow, area)
    }

    /// Writes an argument as the caller would: an integer fills its word.
    fn put_argument(&mut self, target: Cell, value: &Value) -> Result<(), Stop> {
        let ty = value.ty();
        let size = u64::from(ty.bytes());
        if ty.is_int() && ty.bits() < 64 {
            let place = self.memory.writable_place(target, 8, 8)?;
            self.memory.store_cell(place, Type::I64, value.cells[0]);
            return Ok(());
        }
        let place = self.memory.writable_place(target, size, 1)?;
        self.memory.store(place, ty, &value.cells);
        Ok(())
    }

    fn put_list(&mut self, list: Cell, general: u64, vector: u64, overflow: Cell, area: Cell) -> Result<(), Stop> {
        let fields = [
            (0, Type::I32, Cell::new(general)),
            (4, Type::I32, Cell::new(vector)),
            (8, Type::PTR, overflow),
            (16, Type::PTR, area),
        ];
        for (offset, ty, value) in fields {
            let place = self.memory.writable_place(
                Cell::pointer(list.bits.wrapping_add(offset), list.tag),
                u64::from(ty.bytes()),
                1,
            )?;
            self.memory.store_cell(place, ty, value);
        }
        Ok(())
    }

    /// Takes the next argument of a list, as `va_arg` does.
    pub(super) fn va_arg(&mut self, list: Cell, ty: Type) -> Result<Value, Stop> {
        let at = |object: Cell, offset: u64| Cell::pointer(object.bits.wrapping_add(offset), object.tag);
        let is_vector = ty.is_float();
        let (field, end, step) = if is_vector { (4, VECTOR_END, 16) } else { (0, GENERAL_END, 8) };
        let place = self.memory.place(at(list, field), 4, 4)?;
        let offset = self.memory.load_cell(place, Type::I32);
        if offset.is_poison() {
            return Err(Undefined::Poison("a va_list").into());
        }
        let (field, source, moved) = if offset.bits + step <= end {
            let area = self.memory.load_cell(self.memory.place(at(list, 16), 8, 8)?, Type::PTR);
            (field, at(area, offset.bits), Cell::new(offset.bits + step))
        } else {
            let overflow = self.memory.load_cell(self.memory.place(at(list, 8), 8, 8)?, Type::PTR);
            (8, overflow, at(overflow, 8))
        };
        let place = self.memory.writable_place(at(list, field), if field == 8 { 8 } else { 4 }, 4)?;
        self.memory.store_cell(place, if field == 8 { Type::PTR } else { Type::I32 }, moved);
        let value = self.memory.load_cell(self.memory.place(source, u64::from(ty.bytes()), 1)?, ty);
        Ok(Value::from_cells(ty, &[value]))
    }
}
