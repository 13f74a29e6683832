//! How unwinders of Windows undo a prologue: codes made from the rules that debuggers get.
//!
//! There is a code for each instruction of the prologue, in reverse; an epilogue is the same codes, from the first that
//! it has an instruction for.

use crate::buffer::{Code, FrameEvent};
use crate::isa::WindowsUnwinding;

/// DWARF's numbers of the frame pointer, and of the first float register.
const FP: u16 = 29;
const FIRST_FLOAT: u16 = 64;
/// The first callee-saved registers.
const FIRST_SAVED: u16 = 19;
const FIRST_SAVED_FLOAT: u16 = FIRST_FLOAT + 8;

const SET_POINTER: u8 = 0xe1;
const NOTHING: u8 = 0xe3;
const END: u8 = 0xe4;

fn allocate(bytes: u32) -> Vec<u8> {
    let units = bytes / 16;
    match units {
        0..0x20 => vec![units as u8],
        0x20..0x800 => vec![0xc0 | (units >> 8) as u8, units as u8],
        _ => vec![0xe0, (units >> 16) as u8, (units >> 8) as u8, units as u8],
    }
}

/// One or two registers saved at `offset` from the stack pointer, which goes down by `moved` first.
fn save(registers: &[u16], offset: u32, moved: u32) -> Vec<u8> {
    let (first, pair) = (registers[0], registers.len() == 2);
    let place = if moved > 0 { moved / 8 - 1 } else { offset / 8 };
    let wide = |code: u32, register: u16| {
        let word = code << 8 | u32::from(register) << 6 | place;
        vec![(word >> 8) as u8, word as u8]
    };
    let short = |code: u32, register: u16| {
        let word = code << 8 | u32::from(register) << 5 | place;
        vec![(word >> 8) as u8, word as u8]
    };
    match (first, pair, moved > 0) {
        (FP, _, false) => vec![0x40 | place as u8],
        (FP, _, true) => vec![0x80 | place as u8],
        (FIRST_FLOAT.., true, false) => wide(0xd8, first - FIRST_SAVED_FLOAT),
        (FIRST_FLOAT.., true, true) => wide(0xda, first - FIRST_SAVED_FLOAT),
        (FIRST_FLOAT.., false, false) => wide(0xdc, first - FIRST_SAVED_FLOAT),
        (FIRST_FLOAT.., false, true) => short(0xde, first - FIRST_SAVED_FLOAT),
        (_, true, false) => wide(0xc8, first - FIRST_SAVED),
        (_, true, true) => wide(0xcc, first - FIRST_SAVED),
        (_, false, false) => wide(0xd0, first - FIRST_SAVED),
        (_, false, true) => short(0xd4, first - FIRST_SAVED),
    }
}

/// What one step of the prologue is, from the rules that hold behind it: the canonical frame address moves up, registers
/// are saved, or the frame pointer is set.
fn step(events: &[FrameEvent], cfa: &mut u32) -> Vec<u8> {
    let (mut moved, mut saved, mut place) = (0, Vec::new(), 0);
    for event in events {
        match *event {
            FrameEvent::CfaOffset(offset) => {
                moved = offset - *cfa;
                *cfa = offset;
            }
            FrameEvent::Saved(register, distance) => {
                place = if saved.is_empty() { (*cfa as i32 + distance) as u32 } else { place };
                saved.push(register);
            }
            FrameEvent::CfaRegister(..) => return vec![SET_POINTER],
            _ => {}
        }
    }
    if saved.is_empty() { allocate(moved) } else { save(&saved, place, moved) }
}

/// Nothing for a function without prologue: its return address is in its register.
pub(super) fn windows_unwinding(code: &Code) -> Option<WindowsUnwinding> {
    let prologue = code.frame_events.iter().position(|(_, event)| *event == FrameEvent::Remember);
    let events = &code.frame_events[..prologue.unwrap_or(code.frame_events.len())];
    let (mut steps, mut cfa, mut before) = (Vec::new(), 0, 0);
    for group in events.chunk_by(|a, b| a.0 == b.0) {
        let rules: Vec<FrameEvent> = group.iter().map(|&(_, event)| event).collect();
        let instructions = (group[0].0 - before) / 4;
        steps.extend((1..instructions).map(|_| vec![NOTHING]));
        steps.push(step(&rules, &mut cfa));
        before = group[0].0;
    }
    (!steps.is_empty()).then_some(())?;
    steps.reverse();
    // An epilogue takes the stack pointer from the frame pointer, if there is one, in place of adding to it.
    let first = steps.iter().position(|step| step[0] == SET_POINTER).unwrap_or(0);
    let first: usize = steps[..first].iter().map(Vec::len).sum();
    let mut codes = steps.concat();
    codes.push(END);
    codes.resize(codes.len().next_multiple_of(4), NOTHING);
    let epilogues = code.frame_events.iter().filter(|(_, event)| *event == FrameEvent::Remember);
    let scopes: Vec<u32> = epilogues.map(|&(at, _)| (at / 4) | ((first as u32) << 22)).collect();
    Some(WindowsUnwinding { codes: record(code.bytes.len() as u32 / 4, &scopes, &codes), names_end: false })
}

/// The record: sizes, where epilogues are, codes.
fn record(instructions: u32, scopes: &[u32], codes: &[u8]) -> Vec<u8> {
    let (count, words) = (scopes.len() as u32, codes.len() as u32 / 4);
    let mut head = vec![instructions & 0x3_ffff];
    match count < 32 && words < 32 && count + words > 0 {
        true => head[0] |= count << 22 | words << 27,
        false => head.push(count & 0xffff | words << 16),
    }
    head.extend_from_slice(scopes);
    let mut bytes: Vec<u8> = head.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.extend_from_slice(codes);
    bytes
}
