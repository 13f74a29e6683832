//! `.eh_frame`: how a debugger or an exception finds the frame of the caller.

use super::{ObjectError, Place, Writer};
use crate::buffer::FrameEvent;
use crate::function::CompiledFunction;
use crate::isa::Unwinding;
use gimli::write::{
    Address, CallFrameInstruction, CommonInformationEntry, EhFrame, EndianVec, FrameDescriptionEntry, FrameTable,
    RelocateWriter, Relocation, RelocationTarget,
};
use gimli::{Encoding, Format, LittleEndian, Register};
use object::write::StandardSection;

/// Bytes and the places in them that refer to functions; a symbol is a row of the module's functions.
#[derive(Clone)]
pub(super) struct Section {
    pub(super) bytes: EndianVec<LittleEndian>,
    pub(super) relocations: Vec<Relocation>,
}

impl Section {
    pub(super) fn new() -> Section {
        Section { bytes: EndianVec::new(LittleEndian), relocations: Vec::new() }
    }
}

impl RelocateWriter for Section {
    type Writer = EndianVec<LittleEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.bytes
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.bytes
    }

    fn relocate(&mut self, relocation: Relocation) {
        self.relocations.push(relocation);
    }
}

/// What holds at the entry of each function: the return address is on top of the stack, or in its register.
fn common_entry(unwinding: Unwinding, pointer: gimli::DwEhPe) -> CommonInformationEntry {
    let encoding = Encoding { address_size: 8, format: Format::Dwarf32, version: 1 };
    let return_address = Register(unwinding.return_address);
    let mut common = CommonInformationEntry::new(encoding, unwinding.code_unit, -8, return_address);
    common.fde_address_encoding = pointer;
    let pushed = unwinding.pushed as i32;
    common.add_instruction(CallFrameInstruction::Cfa(Register(unwinding.stack_pointer), pushed));
    if pushed > 0 {
        common.add_instruction(CallFrameInstruction::Offset(return_address, -pushed));
    }
    common
}

fn entry(row: usize, code: &CompiledFunction) -> FrameDescriptionEntry {
    let start = Address::Symbol { symbol: row, addend: 0 };
    let mut entry = FrameDescriptionEntry::new(start, code.code.bytes.len() as u32);
    for &(offset, event) in &code.code.frame_events {
        let instruction = match event {
            FrameEvent::CfaOffset(offset) => CallFrameInstruction::CfaOffset(offset as i32),
            FrameEvent::CfaRegister(register, offset) => CallFrameInstruction::Cfa(Register(register), offset as i32),
            FrameEvent::Saved(register, offset) => CallFrameInstruction::Offset(Register(register), offset),
            FrameEvent::Restored(register) => CallFrameInstruction::Restore(Register(register)),
            FrameEvent::Remember => CallFrameInstruction::RememberState,
            FrameEvent::Restore => CallFrameInstruction::RestoreState,
            FrameEvent::Signed => CallFrameInstruction::NegateRaState,
        };
        entry.add_instruction(offset, instruction);
    }
    entry
}

impl Writer<'_> {
    pub(super) fn unwind_tables(&mut self) -> Result<(), ObjectError> {
        let Some(pointer) = self.format.unwind_pointer() else { return self.windows_unwind_tables() };
        let mut table = FrameTable::default();
        let common = table.add_cie(common_entry(self.isa.unwinding(), pointer));
        for (row, code) in self.functions.iter().enumerate() {
            if let Some(code) = code {
                table.add_fde(common, entry(row, code));
            }
        }
        if table.fde_count() == 0 {
            return Ok(());
        }
        let mut written = EhFrame(Section::new());
        table.write_eh_frame(&mut written).map_err(|error| ObjectError::Write(error.to_string()))?;
        let Section { bytes, relocations } = written.0;
        let section = self.object.section_id(StandardSection::EhFrame);
        let size = bytes.slice().len() as u64;
        let offset = self.object.append_section_data(section, bytes.slice(), 8);
        let base = self.anonymous(Place { section, offset, size });
        for relocation in relocations {
            let RelocationTarget::Symbol(row) = relocation.target else { continue };
            let target = self.code_of(self.module.functions[row].symbol);
            // The distance from the field itself.
            let at = relocation.offset as u64;
            let here = (base.0, base.1 + at as i64);
            self.add_distance((section, at, relocation.size), target, (here, at))?
                .ok_or_else(|| ObjectError::Write("no relocation for unwind tables".to_owned()))?;
        }
        Ok(())
    }
}
