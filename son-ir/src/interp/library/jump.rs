//! `setjmp` and `longjmp`: the call stack is data, so a jump cuts it.
//!
//! Variables live in cells, which a jump does not turn back: as in C, what changed since `setjmp` and is not
//! volatile has no certain value.

use super::{Args, Reply, Row};
use crate::interp::machine::{Machine, Stop};
use crate::interp::value::{Cell, Value};
use crate::types::Type;
use smallvec::smallvec;

/// Where a `setjmp` was.
pub(in crate::interp) struct Target {
    depth: usize,
    serial: u64,
    pc: u32,
}

/// Marks a buffer that `setjmp` filled.
const MARK: u64 = 0x6a6d_7062_7566_0000;

pub(super) const TABLE: &[Row] = &[
    ("setjmp", set),
    ("_setjmp", set),
    ("__sigsetjmp", set),
    ("sigsetjmp", set),
    ("longjmp", jump),
    ("_longjmp", jump),
    ("siglongjmp", jump),
];

fn set(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let Some(frame) = m.frames.last() else { return Err(args.error("no caller")) };
    let target = Target { depth: m.frames.len(), serial: frame.serial, pc: frame.pc };
    let frames = &m.frames;
    let is_alive = |target: &Target| frames.get(target.depth - 1).is_some_and(|frame| frame.serial == target.serial);
    // Buffers name targets by number, so only dead ones at the end can go.
    while m.library.jumps.last().is_some_and(|target| !is_alive(target)) {
        m.library.jumps.pop();
    }
    let same = |known: &Target| known.serial == target.serial && known.pc == target.pc;
    let number = match m.library.jumps.iter().position(same) {
        Some(number) => number,
        None => {
            m.library.jumps.push(target);
            m.library.jumps.len() - 1
        }
    };
    let place = m.memory.writable_place(args.pointer(0)?, 8, 8)?;
    m.memory.store_cell(place, Type::I64, Cell::new(MARK + number as u64));
    Ok(Reply::Int(0))
}

fn jump(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let place = m.memory.place(args.pointer(0)?, 8, 8)?;
    let number = m.memory.load_cell(place, Type::I64).bits.wrapping_sub(MARK);
    let target = m.library.jumps.get(number as usize);
    let live =
        target.filter(|target| m.frames.get(target.depth - 1).is_some_and(|frame| frame.serial == target.serial));
    let Some(&Target { depth, pc, .. }) = live else {
        return Err(args.error("the function that called setjmp has returned"));
    };
    while m.frames.len() > depth {
        m.pop_frame();
    }
    m.frames[depth - 1].pc = pc;
    let value = args.int(1)?;
    m.returned = Some(smallvec![Value::int(Type::I32, if value == 0 { 1 } else { value as u64 })]);
    Ok(Reply::Pushed)
}
