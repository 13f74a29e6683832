//! Disassembly for listings, from the table of forms.

use super::encode;
use crate::buffer::{Code, Relocation, RelocationKind};
use crate::isa::Names;

/// Calls `each` with the offset and the text of every instruction.
pub(super) fn disassemble(code: &Code, names: &dyn Names, each: &mut dyn FnMut(u32, &str)) {
    let mut relocations = code.relocations.iter().peekable();
    for (number, bytes) in code.bytes.chunks_exact(4).enumerate() {
        let offset = 4 * number as u32;
        let word = u32::from_le_bytes(bytes.try_into().expect("four bytes"));
        let relocation = relocations.next_if(|relocation| relocation.offset <= offset);
        let Some((form, size, operands)) = encode::decode(word) else {
            each(offset, &format!(".inst   {word:#010x}"));
            continue;
        };
        let is_relative = form.row().fields.iter().any(|field| matches!(field, encode::Field::Target(..)));
        let target = match relocation {
            Some(relocation) => Some(relocated(relocation, names)),
            None if is_relative => operands.last().and_then(|&by| names.place((i64::from(offset) + by) as u32)),
            None => None,
        };
        let text = encode::text(form, size, &operands, target.as_deref());
        let (name, rest) = text.split_once(' ').unwrap_or((&text, ""));
        each(offset, format!("{name:<7} {rest}").trim_end());
    }
}

/// The operand that a relocation fills.
fn relocated(relocation: &Relocation, names: &dyn Names) -> String {
    use RelocationKind::*;
    let prefix = match relocation.kind {
        AddAbsLo12Nc | Ldst8AbsLo12Nc | Ldst16AbsLo12Nc | Ldst32AbsLo12Nc | Ldst64AbsLo12Nc | Ldst128AbsLo12Nc => {
            ":lo12:"
        }
        AdrGotPage => ":got:",
        Ld64GotLo12Nc => ":got_lo12:",
        TlsLeAddHi12 => ":tprel_hi12:",
        TlsLeAddLo12Nc => ":tprel_lo12_nc:",
        TlsIeAdrGotTpRelPage21 => ":gottprel:",
        TlsIeLd64GotTpRelLo12Nc => ":gottprel_lo12:",
        TlsDescAdrPage21 => ":tlsdesc:",
        TlsDescLd64Lo12 | TlsDescAddLo12 => ":tlsdesc_lo12:",
        _ => "",
    };
    let name = names.target(relocation.target);
    match relocation.addend {
        0 => format!("{prefix}{name}"),
        addend => format!("{prefix}{name}{addend:+}"),
    }
}
