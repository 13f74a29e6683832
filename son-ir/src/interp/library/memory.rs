//! `stdlib.h` allocation and the `mem` functions of `string.h`.

use super::{Args, NULL, Reply, Row, moved};
use crate::interp::machine::{Machine, Stop};
use crate::interp::memory::{Kind, Memory};
use crate::interp::undefined::Undefined;
use crate::interp::value::Cell;

pub(super) const TABLE: &[Row] = &[
    ("malloc", |m, args| Ok(allocate(m, args.size(0)?, 16))),
    ("calloc", calloc),
    ("realloc", realloc),
    ("reallocarray", |m, args| {
        let size = args.size(1)?.checked_mul(args.size(2)?);
        size.map_or(Ok(Reply::Pointer(NULL)), |size| resize(m, args.pointer(0)?, size))
    }),
    ("free", |m, args| {
        let pointer = args.pointer(0)?;
        if pointer.bits != 0 {
            m.memory.free(pointer)?;
        }
        Ok(Reply::Nothing)
    }),
    ("aligned_alloc", |m, args| aligned(m, args, args.size(0)?, args.size(1)?)),
    ("memalign", |m, args| aligned(m, args, args.size(0)?, args.size(1)?)),
    ("posix_memalign", posix_memalign),
    ("malloc_usable_size", |m, args| Ok(Reply::Int(m.memory.heap_object(args.pointer(0)?)?.1 as i64))),
    ("memcpy", memcpy),
    ("__memcpy_chk", memcpy),
    ("mempcpy", |m, args| {
        memcpy(m, args)?;
        Ok(Reply::Pointer(moved(args.pointer(0)?, args.size(2)?)))
    }),
    ("memmove", memmove),
    ("__memmove_chk", memmove),
    ("memset", memset),
    ("__memset_chk", memset),
    ("bzero", |m, args| {
        m.memory.fill(args.pointer(0)?, NULL, args.size(1)?)?;
        Ok(Reply::Nothing)
    }),
    ("memcmp", compare),
    ("bcmp", compare),
    ("memchr", |m, args| find(m, args, |bytes, byte| bytes.iter().position(|&b| b == byte))),
    ("memrchr", |m, args| find(m, args, |bytes, byte| bytes.iter().rposition(|&b| b == byte))),
    ("memmem", memmem),
];

/// A heap block, null if there is no room.
pub(super) fn allocate(m: &mut Machine<'_>, size: u64, align: u64) -> Reply {
    match m.memory.has_room(size) {
        true => Reply::Pointer(m.memory.create(Kind::Heap, size, align)),
        false => Reply::Pointer(NULL),
    }
}

fn calloc(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let size = args.size(0)?.checked_mul(args.size(1)?);
    Ok(Reply::Pointer(match size.filter(|&size| m.memory.has_room(size)) {
        Some(size) => m.memory.create_with(Kind::Heap, &[], size, 16),
        None => NULL,
    }))
}

fn realloc(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    resize(m, args.pointer(0)?, args.size(1)?)
}

fn resize(m: &mut Machine<'_>, old: Cell, size: u64) -> Result<Reply, Stop> {
    if old.bits == 0 {
        return Ok(allocate(m, size, 16));
    }
    let (object, old_size) = m.memory.heap_object(old)?;
    if size == 0 {
        m.memory.destroy(object);
        return Ok(Reply::Pointer(NULL));
    }
    if !m.memory.has_room(size) {
        return Ok(Reply::Pointer(NULL));
    }
    let new = m.memory.create(Kind::Heap, size, 16);
    m.memory.copy(new, Cell::pointer(old.bits, object), size.min(old_size))?;
    m.memory.destroy(object);
    Ok(Reply::Pointer(new))
}

fn aligned(m: &mut Machine<'_>, args: &Args<'_>, align: u64, size: u64) -> Result<Reply, Stop> {
    match align.is_power_of_two() && align <= 1 << 20 {
        true => Ok(allocate(m, size, align)),
        false => Err(args.error(format!("alignment {align}"))),
    }
}

fn posix_memalign(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let Reply::Pointer(block) = aligned(m, args, args.size(1)?, args.size(2)?)? else { return Ok(Reply::Int(12)) };
    if block.bits == 0 {
        return Ok(Reply::Int(12));
    }
    let place = m.memory.writable_place(args.pointer(0)?, 8, 8)?;
    m.memory.store_cell(place, crate::types::Type::PTR, block);
    Ok(Reply::Int(0))
}

fn memcpy(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let (to, from, size) = (args.pointer(0)?, args.pointer(1)?, args.size(2)?);
    if size > 0 && (to.bits == from.bits || Memory::overlap(to, from, size)) {
        return Err(Undefined::Overlap.into());
    }
    memmove(m, args)
}

fn memmove(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    m.memory.copy(args.pointer(0)?, args.pointer(1)?, args.size(2)?)?;
    Ok(Reply::Pointer(args.pointer(0)?))
}

fn memset(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    m.memory.fill(args.pointer(0)?, Cell::new(args.int(1)? as u64), args.size(2)?)?;
    Ok(Reply::Pointer(args.pointer(0)?))
}

fn compare(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let size = args.size(2)?;
    let (a, b) = (m.memory.bytes(args.pointer(0)?, size)?, m.memory.bytes(args.pointer(1)?, size)?);
    Ok(Reply::Int(super::string::difference(a, b)))
}

fn find(m: &mut Machine<'_>, args: &Args<'_>, position: fn(&[u8], u8) -> Option<usize>) -> Result<Reply, Stop> {
    // The range may go beyond the object if the byte comes earlier.
    let start = args.pointer(0)?;
    let size = args.size(2)?;
    let known = size.min(m.memory.room_at(start)?);
    match position(m.memory.bytes(start, known)?, args.int(1)? as u8) {
        Some(at) => Ok(Reply::Pointer(moved(start, at as u64))),
        None => {
            m.memory.bytes(start, size)?;
            Ok(Reply::Pointer(NULL))
        }
    }
}

fn memmem(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let start = args.pointer(0)?;
    let (hay, needle) = (m.memory.bytes(start, args.size(1)?)?, m.memory.bytes(args.pointer(2)?, args.size(3)?)?);
    let found = if needle.is_empty() { Some(0) } else { hay.windows(needle.len()).position(|part| part == needle) };
    Ok(Reply::Pointer(found.map_or(NULL, |at| moved(start, at as u64))))
}
