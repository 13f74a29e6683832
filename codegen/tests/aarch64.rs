//! Every form of the AArch64 encoder, over random operands, against LLVM's assembler.
//!
//! `SON_FORMS=1000` chooses so many operands for each form and size; without it, few. Without the assembler nothing is
//! compared, and the test says so.

use object::{Object, ObjectSection};
use son_codegen::aarch64::encode::{FORMS, Field, Form, Row, decode, encode, text};
use std::process::Command;

/// A small generator of pseudo-random numbers (Marsaglia, "Xorshift RNGs", 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn is_register(field: Field) -> bool {
    use Field::*;
    matches!(field, Reg(_) | Stack(_) | W(_) | X(_) | Address(_) | Float(_) | H(_) | S(_) | D(_) | Vector(_))
}

/// Registers differ from each other, since some instructions must not name one twice.
fn operands(row: &Row, size: u8, random: &mut Random) -> Vec<i64> {
    let mut list: Vec<i64> = Vec::new();
    let mut used = [false; 32];
    for &field in row.fields {
        let (from, to, step) = field.range(size);
        let count = ((to - from) / step) as u64 + 1;
        let operand = loop {
            // The ends of the range are more likely than by chance.
            let at = match random.below(8) {
                0 => 0,
                1 => count - 1,
                _ => random.below(count),
            };
            let operand = from + at as i64 * step;
            let taken = is_register(field) && std::mem::replace(&mut used[operand as usize], true);
            if !taken && field.takes(operand, size) {
                break operand;
            }
        };
        list.push(operand);
    }
    list
}

fn assemble(lines: &str) -> Option<Vec<u8>> {
    let directory = tempfile::tempdir().expect("a directory");
    let (source, object) = (directory.path().join("a.s"), directory.path().join("a.o"));
    std::fs::write(&source, lines).expect("a file");
    let tool = "llvm-mc-19";
    let arguments = ["-triple=aarch64", "-mattr=+v8.5a,+lse,+fullfp16", "-filetype=obj", "-o"];
    let output = Command::new(tool).args(arguments).arg(&object).arg(&source).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = std::fs::read(&object).expect("the object");
    let file = object::File::parse(&*bytes).expect("an object");
    Some(file.section_by_name(".text").expect("code").data().expect("bytes").to_vec())
}

#[test]
fn every_form_is_what_the_assembler_makes_of_its_text() {
    let choices: usize = std::env::var("SON_FORMS").ok().and_then(|count| count.parse().ok()).unwrap_or(40);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut cases: Vec<(Form, u32, String)> = Vec::new();
    for row in FORMS {
        for &size in row.width.sizes() {
            let count = if row.fields.is_empty() { 1 } else { choices };
            for _ in 0..count {
                let operands = operands(row, size, &mut random);
                let form = Form::of(row);
                let word = encode(form, size, &operands).expect("operands in their ranges");
                let decoded = decode(word).expect("a word of the table");
                assert_eq!(encode(decoded.0, decoded.1, &decoded.2), Some(word), "{form:?} {operands:?}");
                cases.push((form, word, text(form, size, &operands, None)));
            }
        }
    }
    let lines: String = cases.iter().map(|(.., text)| format!("{text}\n")).collect();
    let Some(code) = assemble(&lines) else {
        eprintln!("NOT COMPARED: llvm-mc-19 is not installed");
        return;
    };
    assert_eq!(code.len(), 4 * cases.len());
    let mut wrong = String::new();
    for ((form, word, text), expected) in cases.iter().zip(code.chunks_exact(4)) {
        let expected = u32::from_le_bytes(expected.try_into().expect("four bytes"));
        if *word != expected {
            wrong.push_str(&format!("{form:?}: `{text}` is {expected:08x}, not {word:08x}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    eprintln!("{} instructions compared", cases.len());
}

#[test]
fn what_does_not_fit_is_refused() {
    assert_eq!(encode(Form::AddI, 8, &[0, 1, 4096, 0]), None);
    assert_eq!(encode(Form::Ldr, 8, &[0, 1, 4,]), None);
    assert_eq!(encode(Form::Movz, 4, &[0, 1, 2]), None);
    assert_eq!(encode(Form::Ldr, 3, &[0, 1, 0]), None);
    assert_eq!(decode(0xffff_ffff), None);
}
