//! Initializers: text where it is text, bytes in hexadecimal, runs of zeros, addresses.

use super::module::name_of;
use super::{put, put_symbol};
use crate::module::{Data, Module, Relocation, RelocationTarget};

/// Runs of so many zeros are printed as a number.
const ZERO_RUN: usize = 8;
/// Bytes on a line.
const LINE: usize = 64;

/// The value after `=`.
pub(super) fn put_initializer(out: &mut String, module: &Module, data: &Data) {
    if data.bytes.is_empty() {
        if data.zeroed == 0 {
            out.push_str("{}");
        } else {
            put!(out, "zero {}", data.zeroed);
        }
        return;
    }
    let pieces = pieces(data);
    if let [piece] = &pieces[..] {
        return put_piece(out, module, data, piece);
    }
    out.push_str("{\n");
    for piece in &pieces {
        out.push_str("  ");
        put_piece(out, module, data, piece);
        out.push('\n');
    }
    out.push('}');
}

enum Piece<'a> {
    Bytes(&'a [u8]),
    Zeros(usize),
    Address(&'a Relocation),
}

fn pieces(data: &Data) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for relocation in &data.relocations {
        let (start, end) = (relocation.offset as usize, relocation.offset as usize + usize::from(relocation.size));
        if start < at || end > data.bytes.len() {
            continue;
        }
        split(&data.bytes[at..start], &mut pieces);
        pieces.push(Piece::Address(relocation));
        at = end;
    }
    split(&data.bytes[at..], &mut pieces);
    pieces
}

/// Splits bytes at long runs of zeros and into lines.
fn split<'a>(mut bytes: &'a [u8], pieces: &mut Vec<Piece<'a>>) {
    while !bytes.is_empty() {
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        if zeros >= ZERO_RUN {
            pieces.push(Piece::Zeros(zeros));
            bytes = &bytes[zeros..];
            continue;
        }
        let limit = bytes.len().min(LINE);
        let mut run = 0;
        let mut end = limit;
        for (index, &byte) in bytes[..limit].iter().enumerate() {
            run = if byte == 0 { run + 1 } else { 0 };
            if run == ZERO_RUN {
                end = index + 1 - ZERO_RUN;
                break;
            }
            if byte == b'\n' && index + 2 < bytes.len() && is_text(&bytes[..=index]) {
                end = index + 1;
                break;
            }
        }
        let (line, rest) = bytes.split_at(end.max(1));
        pieces.push(Piece::Bytes(line));
        bytes = rest;
    }
}

/// Would most of the bytes stand for themselves?
fn is_text(bytes: &[u8]) -> bool {
    let plain = bytes.iter().filter(|byte| matches!(byte, 32..127 | b'\n' | b'\t')).count();
    plain * 4 >= bytes.len() * 3
}

fn put_piece(out: &mut String, module: &Module, data: &Data, piece: &Piece) {
    match piece {
        Piece::Zeros(count) => put!(out, "zero {count}"),
        Piece::Bytes(bytes) if is_text(bytes) => {
            out.push('"');
            for &byte in *bytes {
                match byte {
                    b'"' => out.push_str("\\\""),
                    b'\\' => out.push_str("\\\\"),
                    b'\n' => out.push_str("\\n"),
                    b'\t' => out.push_str("\\t"),
                    32..127 => out.push(char::from(byte)),
                    _ => put!(out, "\\{byte:02x}"),
                }
            }
            out.push('"');
        }
        Piece::Bytes(bytes) => put_hex(out, bytes),
        Piece::Address(relocation) => put_relocation(out, module, data, relocation),
    }
}

pub(super) fn put_hex(out: &mut String, bytes: &[u8]) {
    out.push_str("x\"");
    bytes.iter().for_each(|byte| put!(out, "{byte:02x}"));
    out.push('"');
}

fn put_relocation(out: &mut String, module: &Module, data: &Data, relocation: &Relocation) {
    put!(out, "address {} ", relocation.size);
    put_target(out, module, relocation.target);
    if let Some(minus) = relocation.minus {
        out.push_str(" - ");
        put_target(out, module, minus);
    }
    if relocation.addend != 0 {
        put!(out, " + {}", relocation.addend);
    }
    let start = relocation.offset as usize;
    let under = &data.bytes[start..start + usize::from(relocation.size)];
    if under.iter().any(|&byte| byte != 0) {
        out.push_str(" over ");
        put_hex(out, under);
    }
}

fn put_target(out: &mut String, module: &Module, target: RelocationTarget) {
    match target {
        RelocationTarget::Symbol(symbol) => put_symbol(out, name_of(module, symbol)),
        RelocationTarget::Block(symbol, number) => {
            out.push_str("block ");
            put_symbol(out, name_of(module, symbol));
            put!(out, " {number}");
        }
    }
}
