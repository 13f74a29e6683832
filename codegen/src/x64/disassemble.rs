//! Disassembly for listings, in the Intel syntax that the GNU assembler reads after `.intel_syntax noprefix`.

use crate::buffer::{Code, Relocation, RelocationKind};
use crate::isa::Names;
use iced_x86::{
    Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter, MemorySizeOptions, NumberBase, OpKind,
    SymbolResolver, SymbolResult,
};
use std::cell::RefCell;
use std::rc::Rc;

/// Calls `each` with the offset and the text of every instruction.
pub(super) fn disassemble(code: &Code, names: &dyn Names, each: &mut dyn FnMut(u32, &str)) {
    let name = Rc::new(RefCell::new(None));
    let mut formatter = formatter(Resolver { name: name.clone(), text: String::new() });
    let mut decoder = Decoder::with_ip(64, &code.bytes, 0, DecoderOptions::NONE);
    let mut instruction = Instruction::default();
    let mut relocations = code.relocations.as_slice();
    let mut text = String::new();
    while decoder.can_decode() {
        let offset = decoder.ip() as u32;
        decoder.decode_out(&mut instruction);
        let end = decoder.ip() as u32;
        while let [first, rest @ ..] = relocations
            && first.offset < offset
        {
            relocations = rest;
        }
        let relocation = relocations.first().filter(|relocation| relocation.offset < end);
        *name.borrow_mut() = match relocation {
            Some(relocation) => Some(relocated(relocation, end, names)),
            None if instruction.op0_kind() == OpKind::NearBranch64 => names.place(instruction.near_branch64() as u32),
            None if instruction.is_ip_rel_memory_operand() => names.place(instruction.memory_displacement64() as u32),
            None => None,
        };
        text.clear();
        formatter.format(&instruction, &mut text);
        each(offset, &text);
    }
}

/// The operand that a relocation fills; the addend of a relative one counts from the field, not from the end.
fn relocated(relocation: &Relocation, end: u32, names: &dyn Names) -> String {
    let past_field = i64::from(end - relocation.offset);
    let (suffix, addend) = match relocation.kind {
        RelocationKind::Pc32 => ("", relocation.addend + past_field),
        RelocationKind::Plt32 => ("@PLT", relocation.addend + past_field),
        RelocationKind::GotPcRel
        | RelocationKind::GotPcRelX
        | RelocationKind::RexGotPcRelX
        | RelocationKind::GotLoad => ("@GOTPCREL", relocation.addend + past_field),
        RelocationKind::GotTpOff => ("@gottpoff", relocation.addend + past_field),
        RelocationKind::Tlv => ("@tlvp", relocation.addend + past_field),
        RelocationKind::TlsGd => ("@tlsgd", relocation.addend + past_field),
        RelocationKind::TlsLd => ("@tlsld", relocation.addend + past_field),
        RelocationKind::DtpOff32 => ("@dtpoff", relocation.addend),
        RelocationKind::TpOff32 => ("@tpoff", relocation.addend),
        _ => ("", relocation.addend),
    };
    let name = names.target(relocation.target);
    match addend {
        0 => format!("{name}{suffix}"),
        _ => format!("{name}{suffix}{addend:+}"),
    }
}

fn formatter(resolver: Resolver) -> IntelFormatter {
    let mut formatter = IntelFormatter::with_options(Some(Box::new(resolver)), None);
    let options = formatter.options_mut();
    options.set_signed_immediate_operands(true);
    options.set_number_base(NumberBase::Decimal);
    options.set_memory_size_options(MemorySizeOptions::Always);
    options.set_space_after_operand_separator(true);
    options.set_space_between_memory_add_operators(true);
    options.set_first_operand_char_index(8);
    options.set_show_branch_size(false);
    options.set_rip_relative_addresses(true);
    formatter
}

/// Gives the operand that refers to a name that name; the formatter owns it, so the name is shared.
struct Resolver {
    name: Rc<RefCell<Option<String>>>,
    text: String,
}

impl SymbolResolver for Resolver {
    fn symbol(
        &mut self,
        instruction: &Instruction,
        _operand: u32,
        instruction_operand: Option<u32>,
        address: u64,
        _address_size: u32,
    ) -> Option<SymbolResult<'_>> {
        let kind = instruction.op_kind(instruction_operand?);
        if !matches!(kind, OpKind::NearBranch64 | OpKind::Memory) {
            return None;
        }
        self.text = self.name.borrow().clone()?;
        Some(SymbolResult::with_str(address, &self.text))
    }
}
