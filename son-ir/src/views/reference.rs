//! The reference of ops in Markdown, from the op table.

use crate::ops::{Family, Op, OpFlags};
use crate::verify::{Letter, input_letter};
use std::fmt::Write;

const FAMILIES: [(Family, &str); 10] = [
    (Family::Control, "Control"),
    (Family::State, "Speculation"),
    (Family::Merge, "Merges and refinements"),
    (Family::Leaf, "Constants and addresses"),
    (Family::Integer, "Integers"),
    (Family::Float, "Floats"),
    (Family::Compare, "Compares"),
    (Family::Convert, "Conversions"),
    (Family::Memory, "Memory"),
    (Family::Vector, "Vectors"),
];

/// All ops by family: name, inputs, result, properties, meaning.
///
/// ```
/// let reference = son_ir::views::op_reference();
/// assert!(reference.contains("| `add` | an integer, an integer | an integer |"));
/// ```
pub fn op_reference() -> String {
    let mut out = String::from("# Ops\n\nMade from the table in `son-ir/src/ops.rs`.\n");
    for (family, title) in FAMILIES {
        let _ = write!(out, "\n## {title}\n\n| op | inputs | result | properties | meaning |\n|---|---|---|---|---|\n");
        for op in Op::all().filter(|op| op.info().family == family) {
            row(&mut out, op);
        }
    }
    out
}

fn row(out: &mut String, op: Op) {
    let (fixed, repeats) = op.arity();
    let mut inputs: Vec<String> = (0..fixed).filter_map(|i| Some(input_letter(op, i)?.to_string())).collect();
    if let Some(letter) = input_letter(op, fixed).filter(|_| repeats) {
        inputs.push(format!("{letter} any number of times"));
    }
    let properties: Vec<String> =
        OpFlags::NAMES.iter().filter(|row| op.is(row.1)).map(|row| row.0.to_lowercase().replace('_', " ")).collect();
    let (inputs, properties) = (inputs.join(", "), properties.join(", "));
    let (name, result, doc) = (op.text(), Letter(op.signature().1), op.info().doc);
    let _ = writeln!(out, "| `{name}` | {inputs} | {result} | {properties} | {doc} |");
}
