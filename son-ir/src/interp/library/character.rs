//! `ctype.h`, for the C locale, and the tables that glibc's macros read.

use super::{Reply, Row, moved};
use crate::interp::machine::{Machine, Stop};
use crate::interp::memory::Kind;
use crate::interp::value::Cell;
use crate::types::Type;

macro_rules! class {
    ($test:expr) => {
        |_, args| {
            let byte = args.int(0)?;
            let test: fn(u8) -> bool = $test;
            Ok(Reply::Int(i64::from(u8::try_from(byte).is_ok_and(test))))
        }
    };
}

macro_rules! mapping {
    ($map:expr) => {
        |_, args| {
            let value = args.int(0)?;
            let map: fn(&u8) -> u8 = $map;
            Ok(Reply::Int(u8::try_from(value).map_or(value, |byte| i64::from(map(&byte)))))
        }
    };
}

pub(super) const TABLE: &[Row] = &[
    ("isalpha", class!(|byte| byte.is_ascii_alphabetic())),
    ("isdigit", class!(|byte| byte.is_ascii_digit())),
    ("isalnum", class!(|byte| byte.is_ascii_alphanumeric())),
    ("isspace", class!(is_space)),
    ("isupper", class!(|byte| byte.is_ascii_uppercase())),
    ("islower", class!(|byte| byte.is_ascii_lowercase())),
    ("ispunct", class!(|byte| byte.is_ascii_punctuation())),
    ("isprint", class!(|byte| (0x20..0x7f).contains(&byte))),
    ("isgraph", class!(|byte| byte.is_ascii_graphic())),
    ("iscntrl", class!(|byte| byte.is_ascii_control())),
    ("isxdigit", class!(|byte| byte.is_ascii_hexdigit())),
    ("isblank", class!(|byte| byte == b' ' || byte == b'\t')),
    ("toupper", mapping!(u8::to_ascii_uppercase)),
    ("tolower", mapping!(u8::to_ascii_lowercase)),
    ("__ctype_b_loc", |m, _| table(m, 0, 2, |byte| i64::from(mask(byte)))),
    ("__ctype_toupper_loc", |m, _| table(m, 1, 4, |byte| i64::from(byte.to_ascii_uppercase()))),
    ("__ctype_tolower_loc", |m, _| table(m, 2, 4, |byte| i64::from(byte.to_ascii_lowercase()))),
];

pub(super) fn is_space(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}

/// The bits that glibc's `isalpha` and its kin test, on a little-endian machine.
fn mask(byte: u8) -> u16 {
    let classes = [
        (8, byte.is_ascii_uppercase()),
        (9, byte.is_ascii_lowercase()),
        (10, byte.is_ascii_alphabetic()),
        (11, byte.is_ascii_digit()),
        (12, byte.is_ascii_hexdigit()),
        (13, is_space(byte)),
        (14, (0x20..0x7f).contains(&byte)),
        (15, byte.is_ascii_graphic()),
        (0, byte == b' ' || byte == b'\t'),
        (1, byte.is_ascii_control()),
        (2, byte.is_ascii_punctuation()),
        (3, byte.is_ascii_alphanumeric()),
    ];
    classes.into_iter().filter(|class| class.1).fold(0, |mask, (bit, _)| mask | 1 << bit)
}

/// The address of a pointer to the entry for 0 in a table for -128 to 255.
fn table(m: &mut Machine<'_>, which: usize, size: u64, entry: fn(u8) -> i64) -> Result<Reply, Stop> {
    if let Some(made) = m.library.tables[which] {
        return Ok(Reply::Pointer(made));
    }
    let mut bytes = Vec::new();
    for index in -128i64..256 {
        let value = if index == -1 && which > 0 { -1 } else { entry(index as u8) };
        bytes.extend_from_slice(&value.to_le_bytes()[..size as usize]);
    }
    let table = m.memory.create_with(Kind::Host, &bytes, bytes.len() as u64, 16);
    let pointer: Cell = m.memory.create_with(Kind::Host, &[], 8, 8);
    let place = m.memory.writable_place(pointer, 8, 8)?;
    m.memory.store_cell(place, Type::PTR, moved(table, 128 * size));
    m.library.tables[which] = Some(pointer);
    Ok(Reply::Pointer(pointer))
}
