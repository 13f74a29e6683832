//! The encoder: a table of instruction forms, from which encoding, disassembly and the test against an independent
//! assembler come.
//!
//! A [`Form`] is the fixed bits of an instruction, how its width is written ([`Width`]), its operand [`Field`]s and a
//! template of its text. Encoding puts the operands into their fields; disassembly finds the form whose fixed bits
//! are those of the word, takes the operands out of it and fills in the template. Aliases (`cmp`, `mov`, `lsl`) have
//! no forms of their own: the table says `subs xzr`, `orr` and `ubfm`.

mod field;
mod forms;
mod immediate;

pub use field::{Field, Width, condition_name};
pub use forms::{FORMS, Form, Row};
pub use immediate::{add_immediate, bitmask, bitmask_value, float_immediate, float_value};

/// Encodes an instruction of a width in bytes; `None` if an operand does not fit its field.
///
/// Operands are in the order of the form's fields: numbers of registers, and immediates as the assembler writes them
/// (offsets in bytes, bitmasks and float immediates as their encoded bits).
pub fn encode(form: Form, size: u8, operands: &[i64]) -> Option<u32> {
    let row = form.row();
    debug_assert_eq!(row.fields.len(), operands.len(), "{form:?}");
    let mut word = row.bits | row.width.bits(size)?;
    for (field, &operand) in row.fields.iter().zip(operands) {
        word |= field.insert(operand, size)?;
    }
    Some(word)
}

/// The form, width and operands of a word, if it is in the table.
pub fn decode(word: u32) -> Option<(Form, u8, Vec<i64>)> {
    FORMS.iter().enumerate().find_map(|(number, row)| {
        if word & row.fixed() != row.bits {
            return None;
        }
        let size = row.width.size(word)?;
        let operands: Option<Vec<i64>> = row.fields.iter().map(|field| field.extract(word, size)).collect();
        Some((Form::nth(number), size, operands?))
    })
}

/// The text of an instruction. `target` replaces the operand that is relative to the program counter, or that a
/// relocation fills.
pub fn text(form: Form, size: u8, operands: &[i64], target: Option<&str>) -> String {
    let row = form.row();
    let mut text = String::new();
    let mut fields = row.fields.iter().zip(operands);
    let mut pieces = row.text.split("{}");
    text.push_str(&pieces.next().unwrap_or("").replace("{m}", row.width.suffix(size)));
    for piece in pieces {
        if let Some((field, &operand)) = fields.next() {
            match target {
                Some(target) if field.is_target() => text.push_str(target),
                _ => field.print(operand, size, &mut text),
            }
        }
        text.push_str(piece);
    }
    text
}
