//! Variable arguments: copies of lists, and `va_arg` where a list is a pointer.

use son_ir::{MemAccess, NodeFlags, Op, Type};
use target_lexicon::{Architecture, OperatingSystem, Triple};

use super::At;
use super::function::Translator;
use super::types::layout_error;
use crate::ast::{Inst, Operand, Value};
use crate::error::Result;
use crate::types::TypeId;

/// Bytes of a variable argument, and of a list that is a pointer to the next one.
const WORD: u64 = 8;

/// Bytes of a `va_list`; those of one word are pointers.
fn list_size(triple: &Triple) -> u64 {
    let pointer = matches!(
        triple.operating_system,
        OperatingSystem::Windows | OperatingSystem::Darwin(_) | OperatingSystem::MacOSX(_) | OperatingSystem::IOS(_)
    );
    match triple.architecture {
        Architecture::X86_64 if triple.operating_system != OperatingSystem::Windows => 24,
        Architecture::Aarch64(_) if !pointer => 32,
        _ => WORD,
    }
}

impl Translator<'_, '_, '_> {
    pub(super) fn va_copy(&mut self, to: Operand, from: Operand) -> Result<()> {
        let size = list_size(&self.context.module.triple);
        let (to, from) = (self.scalar(to)?, self.scalar(from)?);
        let size = self.builder.iconst(Type::I64, size as i64);
        self.builder.memory_op(Op::MemCopy, &[to, from, size], MemAccess::aligned(8).payload());
        Ok(())
    }

    /// The next argument of a list that is a pointer: what is aligned by more than a word is so in the list, too.
    pub(super) fn va_arg(&mut self, inst: &Inst, list: Value, ty: TypeId) -> Result<()> {
        let is_pointer = list_size(&self.context.module.triple) == WORD;
        if !is_pointer {
            return self.unknown(inst);
        }
        let layout = self.context.lowering.layouts.of(self.types, ty).map_err(layout_error).at(self.offset)?;
        let scalar = self.number_type(ty)?;
        let list = self.scalar_of(TypeId::PTR, list)?;
        let access = MemAccess::aligned(WORD as u32);
        let mut place = self.builder.load(Type::PTR, list, access);
        if u64::from(layout.align) > WORD {
            let up = self.offset_by(place, i64::from(layout.align) - 1, NodeFlags::NONE);
            let address = self.builder.pure(Op::PtrToInt, Type::I64, &[up]);
            let below = self.builder.iconst(Type::I64, i64::from(layout.align) - 1);
            let excess = self.builder.pure(Op::And, Type::I64, &[address, below]);
            let zero = self.builder.iconst(Type::I64, 0);
            let back = self.builder.pure(Op::Sub, Type::I64, &[zero, excess]);
            place = self.builder.pure(Op::PtrAdd, Type::PTR, &[up, back]);
        }
        let next = self.offset_by(place, layout.size.next_multiple_of(WORD) as i64, NodeFlags::NONE);
        self.builder.store(list, next, access);
        let value = self.builder.load(scalar, place, MemAccess::aligned(layout.align.min(16)));
        self.set(inst, value);
        Ok(())
    }
}
