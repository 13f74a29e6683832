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
/// The instructions of the codes that follow are not in this part of the function.
const END_OF_PROLOGUE: u8 = 0xe5;

/// Bytes of a function that a record can say.
const LONGEST_PART: u32 = 4 * 0x3_ffff;

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

/// The codes of the prologue, the last instruction's first.
fn steps(code: &Code) -> Vec<Vec<u8>> {
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
    steps.reverse();
    steps
}

/// Nothing for a function without prologue: its return address is in its register. A function that is longer than a
/// record can say has several, the later ones without instructions for the prologue.
pub(super) fn windows_unwinding(code: &Code) -> Vec<WindowsUnwinding> {
    let steps = steps(code);
    // An epilogue takes the stack pointer from the frame pointer, if there is one, in place of adding to it.
    let skipped = steps.iter().position(|step| step[0] == SET_POINTER).unwrap_or(0);
    let first: usize = steps[..skipped].iter().map(Vec::len).sum();
    let epilogue_size = 4 * (steps.len() - skipped + 1) as u32;
    let epilogues = code.frame_events.iter().filter(|(_, event)| *event == FrameEvent::Remember);
    let epilogues: Vec<u32> = epilogues.map(|&(at, _)| at).collect();
    let longest_epilogue = 4 * steps.len() as u32 + 4;
    let (mut parts, mut start, size) = (Vec::new(), 0, code.bytes.len() as u32);
    while start < size && !steps.is_empty() {
        let end = part_end(start, size, &epilogues, longest_epilogue);
        let head = if start == 0 { &[][..] } else { &[END_OF_PROLOGUE][..] };
        let mut codes = [head, &steps.concat(), &[END]].concat();
        codes.resize(codes.len().next_multiple_of(4), NOTHING);
        let inside: Vec<u32> = epilogues.iter().copied().filter(|at| (start..end).contains(at)).collect();
        let first = (first + head.len()) as u32;
        let epilogues = match inside[..] {
            [at] if at + epilogue_size == end => Epilogues::AtEnd(first),
            _ => Epilogues::Listed(inside.iter().map(|&at| ((at - start) / 4) | first << 22).collect()),
        };
        let codes = record((end - start) / 4, &epilogues, &codes);
        parts.push(WindowsUnwinding { start, codes, names_end: false });
        start = end;
    }
    parts
}

/// The end of a part that starts here: no epilogue is in two.
fn part_end(start: u32, size: u32, epilogues: &[u32], longest_epilogue: u32) -> u32 {
    let limit = start + LONGEST_PART;
    if size <= limit {
        return size;
    }
    let cut = epilogues.iter().find(|&&at| (at + 1..at + longest_epilogue).contains(&limit));
    cut.copied().unwrap_or(limit)
}

/// The epilogues of a part.
enum Epilogues {
    /// The only one, the last instructions: its first code.
    AtEnd(u32),
    /// Where each begins, and its first code.
    Listed(Vec<u32>),
}

/// In the head of a record: the only epilogue is at the end.
const EPILOGUE_AT_END: u32 = 1 << 21;

/// The record: sizes, where epilogues are, codes.
fn record(instructions: u32, epilogues: &Epilogues, codes: &[u8]) -> Vec<u8> {
    let (flag, number, scopes) = match epilogues {
        Epilogues::AtEnd(first) => (EPILOGUE_AT_END, *first, &[][..]),
        Epilogues::Listed(scopes) => (0, scopes.len() as u32, &scopes[..]),
    };
    let words = codes.len() as u32 / 4;
    let mut head = vec![instructions & 0x3_ffff | flag];
    match number < 32 && words < 32 && number + words > 0 {
        true => head[0] |= number << 22 | words << 27,
        false => head.push(number & 0xffff | words << 16),
    }
    head.extend_from_slice(scopes);
    let mut bytes: Vec<u8> = head.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.extend_from_slice(codes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{END_OF_PROLOGUE, EPILOGUE_AT_END, LONGEST_PART, windows_unwinding};
    use crate::buffer::{Code, FrameEvent};

    /// A frame of a pair, and epilogues of two instructions at these places.
    fn code(size: u32, epilogues: &[u32]) -> Code {
        let saved = [FrameEvent::CfaOffset(16), FrameEvent::Saved(29, -16), FrameEvent::Saved(30, -8)];
        let events = saved.map(|event| (4, event)).into_iter();
        let frame_events = events.chain(epilogues.iter().map(|&at| (at, FrameEvent::Remember))).collect();
        Code { bytes: vec![0; size as usize], frame_events, ..Code::default() }
    }

    /// Instructions, and places and first codes of epilogues that are listed.
    fn head(record: &[u8]) -> (u32, Vec<(u32, u32)>) {
        let word = |at: usize| u32::from_le_bytes(record[4 * at..4 * at + 4].try_into().expect("four bytes"));
        let scope = |at: usize| (word(at) & 0x3_ffff, word(at) >> 22);
        (word(0) & 0x3_ffff, (1..=(word(0) >> 22 & 31) as usize).map(scope).collect())
    }

    #[test]
    fn an_epilogue_at_the_end_is_not_listed() {
        let at_end = windows_unwinding(&code(64, &[56]));
        let word = u32::from_le_bytes(at_end[0].codes[..4].try_into().expect("four bytes"));
        assert_eq!(word, 16 | EPILOGUE_AT_END | 1 << 27);
        assert_eq!(at_end[0].codes.len(), 8, "the head and a word of codes");
    }

    #[test]
    fn long_functions_have_several_records() {
        let short = windows_unwinding(&code(64, &[52]));
        assert_eq!((short.len(), head(&short[0].codes)), (1, (16, vec![(13, 0)])));

        let size = 2 * LONGEST_PART + 400;
        let straddling = LONGEST_PART - 4;
        let parts = windows_unwinding(&code(size, &[40, straddling, size - 8]));
        let starts: Vec<u32> = parts.iter().map(|part| part.start).collect();
        assert_eq!(starts, [0, straddling, straddling + LONGEST_PART]);
        let heads: Vec<_> = parts.iter().map(|part| head(&part.codes)).collect();
        assert_eq!(heads.iter().map(|head| 4 * head.0).sum::<u32>(), size);
        assert_eq!(heads[0].1, [(10, 0)]);
        assert_eq!(heads[1].1, [(0, 1)], "behind the code that says that there is no prologue");
        assert!(!parts[0].codes.contains(&END_OF_PROLOGUE));
        assert!(parts[1..].iter().all(|part| part.codes.contains(&END_OF_PROLOGUE)));
    }
}
