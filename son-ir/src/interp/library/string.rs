//! The `str` functions of `string.h`.

use super::memory::allocate;
use super::{Args, NULL, Reply, Row, moved};
use crate::interp::machine::{Machine, Stop};
use crate::interp::value::Cell;

pub(super) const TABLE: &[Row] = &[
    ("strlen", |m, args| Ok(Reply::Int(length(m, args.pointer(0)?, u64::MAX)? as i64))),
    ("strnlen", |m, args| Ok(Reply::Int(length(m, args.pointer(0)?, args.size(1)?)? as i64))),
    ("strcmp", |m, args| compare(m, args, u64::MAX, |byte| byte)),
    ("strcoll", |m, args| compare(m, args, u64::MAX, |byte| byte)),
    ("strncmp", |m, args| compare(m, args, args.size(2)?, |byte| byte)),
    ("strcasecmp", |m, args| compare(m, args, u64::MAX, |byte| byte.to_ascii_lowercase())),
    ("strncasecmp", |m, args| compare(m, args, args.size(2)?, |byte| byte.to_ascii_lowercase())),
    ("strcpy", |m, args| copy(m, args).map(|_| ()).and_then(|()| Ok(Reply::Pointer(args.pointer(0)?)))),
    ("__strcpy_chk", |m, args| copy(m, args).map(|_| ()).and_then(|()| Ok(Reply::Pointer(args.pointer(0)?)))),
    ("stpcpy", |m, args| Ok(Reply::Pointer(moved(args.pointer(0)?, copy(m, args)?)))),
    ("strncpy", strncpy),
    ("__strncpy_chk", strncpy),
    ("strcat", |m, args| append(m, args, u64::MAX)),
    ("__strcat_chk", |m, args| append(m, args, u64::MAX)),
    ("strncat", |m, args| append(m, args, args.size(2)?)),
    ("strchr", |m, args| find_char(m, args, |bytes, byte| bytes.iter().position(|&b| b == byte))),
    ("index", |m, args| find_char(m, args, |bytes, byte| bytes.iter().position(|&b| b == byte))),
    ("strrchr", |m, args| find_char(m, args, |bytes, byte| bytes.iter().rposition(|&b| b == byte))),
    ("strchrnul", |m, args| {
        let (start, byte) = (args.pointer(0)?, args.int(1)? as u8);
        let text = m.memory.string(start, u64::MAX)?;
        let at = text.iter().position(|&b| b == byte).unwrap_or(text.len());
        Ok(Reply::Pointer(moved(start, at as u64)))
    }),
    ("strstr", strstr),
    ("strpbrk", |m, args| {
        let at = span(m, args, false)?;
        let start = args.pointer(0)?;
        let end = length(m, start, u64::MAX)?;
        Ok(Reply::Pointer(if at == end { NULL } else { moved(start, at) }))
    }),
    ("strspn", |m, args| Ok(Reply::Int(span(m, args, true)? as i64))),
    ("strcspn", |m, args| Ok(Reply::Int(span(m, args, false)? as i64))),
    ("strdup", |m, args| duplicate(m, args, u64::MAX)),
    ("strndup", |m, args| duplicate(m, args, args.size(1)?)),
    ("strtok", strtok),
    ("strerror", |m, args| Ok(Reply::Pointer(constant(m, format!("Error {}", args.int(0)?).as_bytes())))),
];

/// A string that lives for ever.
pub(super) fn constant(m: &mut Machine<'_>, bytes: &[u8]) -> Cell {
    m.memory.create_with(crate::interp::memory::Kind::Host, bytes, bytes.len() as u64 + 1, 1)
}

fn length(m: &Machine<'_>, string: Cell, limit: u64) -> Result<u64, Stop> {
    Ok(m.memory.string(string, limit)?.len() as u64)
}

/// The sign of the first difference, as distance of the bytes.
pub(super) fn difference(a: &[u8], b: &[u8]) -> i64 {
    let first = a.iter().zip(b).find(|(x, y)| x != y);
    match first {
        Some((x, y)) => i64::from(*x) - i64::from(*y),
        None => a.len() as i64 - b.len() as i64,
    }
}

fn compare(m: &mut Machine<'_>, args: &Args<'_>, limit: u64, fold: fn(u8) -> u8) -> Result<Reply, Stop> {
    let (a, b) = (m.memory.string(args.pointer(0)?, limit)?, m.memory.string(args.pointer(1)?, limit)?);
    let at = |text: &[u8], i: usize| i64::from(text.get(i).map_or(0, |&byte| fold(byte)));
    let differing = (0..a.len().max(b.len())).find(|&i| at(a, i) != at(b, i));
    Ok(Reply::Int(differing.map_or(0, |i| at(a, i) - at(b, i))))
}

/// Copies a string with its end; its length.
fn copy(m: &mut Machine<'_>, args: &Args<'_>) -> Result<u64, Stop> {
    let mut bytes = m.memory.string(args.pointer(1)?, u64::MAX)?.to_vec();
    bytes.push(0);
    m.memory.write(args.pointer(0)?, &bytes)?;
    Ok(bytes.len() as u64 - 1)
}

fn strncpy(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let (to, size) = (args.pointer(0)?, args.size(2)?);
    let bytes = m.memory.string(args.pointer(1)?, size)?.to_vec();
    m.memory.fill(to, NULL, size)?;
    m.memory.write(to, &bytes)?;
    Ok(Reply::Pointer(to))
}

fn append(m: &mut Machine<'_>, args: &Args<'_>, limit: u64) -> Result<Reply, Stop> {
    let to = args.pointer(0)?;
    let mut bytes = m.memory.string(args.pointer(1)?, limit)?.to_vec();
    bytes.push(0);
    let end = length(m, to, u64::MAX)?;
    m.memory.write(moved(to, end), &bytes)?;
    Ok(Reply::Pointer(to))
}

fn find_char(m: &mut Machine<'_>, args: &Args<'_>, position: fn(&[u8], u8) -> Option<usize>) -> Result<Reply, Stop> {
    let (start, byte) = (args.pointer(0)?, args.int(1)? as u8);
    let text = m.memory.string(start, u64::MAX)?;
    let at = if byte == 0 { Some(text.len()) } else { position(text, byte) };
    Ok(Reply::Pointer(at.map_or(NULL, |at| moved(start, at as u64))))
}

fn strstr(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let start = args.pointer(0)?;
    let (text, part) = (m.memory.string(start, u64::MAX)?, m.memory.string(args.pointer(1)?, u64::MAX)?);
    let at = if part.is_empty() { Some(0) } else { text.windows(part.len()).position(|window| window == part) };
    Ok(Reply::Pointer(at.map_or(NULL, |at| moved(start, at as u64))))
}

/// Length of the start of the string whose bytes are (or are not) in the set.
fn span(m: &Machine<'_>, args: &Args<'_>, within: bool) -> Result<u64, Stop> {
    let (text, set) = (m.memory.string(args.pointer(0)?, u64::MAX)?, m.memory.string(args.pointer(1)?, u64::MAX)?);
    Ok(text.iter().position(|byte| set.contains(byte) != within).unwrap_or(text.len()) as u64)
}

fn duplicate(m: &mut Machine<'_>, args: &Args<'_>, limit: u64) -> Result<Reply, Stop> {
    let mut bytes = m.memory.string(args.pointer(0)?, limit)?.to_vec();
    bytes.push(0);
    let Reply::Pointer(block) = allocate(m, bytes.len() as u64, 1) else { return Ok(Reply::Pointer(NULL)) };
    if block.bits != 0 {
        m.memory.write(block, &bytes)?;
    }
    Ok(Reply::Pointer(block))
}

fn strtok(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let given = args.pointer(0)?;
    let start = if given.bits == 0 { m.library.token } else { Some(given) };
    let Some(start) = start else { return Ok(Reply::Pointer(NULL)) };
    let text = m.memory.string(start, u64::MAX)?;
    let set = m.memory.string(args.pointer(1)?, u64::MAX)?;
    let Some(first) = text.iter().position(|byte| !set.contains(byte)) else {
        m.library.token = None;
        return Ok(Reply::Pointer(NULL));
    };
    let length = text[first..].iter().position(|byte| set.contains(byte));
    m.library.token = length.map(|length| moved(start, (first + length) as u64 + 1));
    if let Some(length) = length {
        m.memory.write(moved(start, (first + length) as u64), &[0])?;
    }
    Ok(Reply::Pointer(moved(start, first as u64)))
}
