//! How unwinders of Windows undo a prologue: codes made from the rules that debuggers get.

use crate::buffer::{Code, FrameEvent};
use crate::isa::WindowsUnwinding;

/// DWARF's numbers of the first eight registers, by the CPU's.
const DWARF: [u16; 8] = [0, 2, 1, 3, 7, 6, 4, 5];
/// DWARF's number of the first float register.
const FIRST_FLOAT: u16 = 17;

/// Operations of unwind codes.
#[derive(Clone, Copy)]
enum Operation {
    Push = 0,
    AllocateLarge = 1,
    AllocateSmall = 2,
    SetPointer = 3,
    SaveFloat = 8,
    SaveFloatFar = 9,
}

fn cpu_number(dwarf: u16) -> u8 {
    DWARF.iter().position(|&number| number == dwarf).unwrap_or(usize::from(dwarf)) as u8
}

/// Codes in the order of execution, each with what follows it.
#[derive(Default)]
struct Codes {
    list: Vec<Vec<u16>>,
    /// The frame pointer, or zero.
    pointer: u8,
}

impl Codes {
    fn add(&mut self, at: u32, operation: Operation, info: u8, more: &[u16]) {
        let head = at as u16 | (operation as u16) << 8 | u16::from(info) << 12;
        self.list.push([&[head], more].concat());
    }

    fn allocate(&mut self, at: u32, bytes: u32) {
        match bytes {
            8..=128 => self.add(at, Operation::AllocateSmall, (bytes / 8 - 1) as u8, &[]),
            0..0x8_0000 => self.add(at, Operation::AllocateLarge, 0, &[(bytes / 8) as u16]),
            _ => self.add(at, Operation::AllocateLarge, 1, &[bytes as u16, (bytes >> 16) as u16]),
        }
    }

    /// A float register at this distance from the stack pointer.
    fn save_float(&mut self, at: u32, register: u8, distance: u32) {
        match u16::try_from(distance / 16) {
            Ok(distance) => self.add(at, Operation::SaveFloat, register, &[distance]),
            Err(_) => self.add(at, Operation::SaveFloatFar, register, &[distance as u16, (distance >> 16) as u16]),
        }
    }
}

/// Nothing for a function without prologue: its return address is on top of the stack.
pub(super) fn windows_unwinding(code: &Code) -> Option<WindowsUnwinding> {
    let events: Vec<(u32, FrameEvent)> =
        code.frame_events.iter().copied().take_while(|(_, event)| *event != FrameEvent::Remember).collect();
    let (mut codes, mut cfa) = (Codes::default(), 8);
    for (number, &(at, event)) in events.iter().enumerate() {
        match event {
            FrameEvent::CfaOffset(offset) => {
                match events.get(number + 1) {
                    Some(&(next, FrameEvent::Saved(register, place)))
                        if next == at && register < FIRST_FLOAT && place == -(offset as i32) =>
                    {
                        codes.add(at, Operation::Push, cpu_number(register), &[]);
                    }
                    _ => codes.allocate(at, offset - cfa),
                }
                cfa = offset;
            }
            FrameEvent::CfaRegister(register, _) => {
                codes.pointer = cpu_number(register);
                codes.add(at, Operation::SetPointer, 0, &[]);
            }
            FrameEvent::Saved(register, place) if register >= FIRST_FLOAT => {
                codes.save_float(at, (register - FIRST_FLOAT) as u8, (cfa as i32 + place) as u32);
            }
            _ => {}
        }
    }
    let end = events.last()?.0 as u8;
    let words: Vec<u16> = codes.list.iter().rev().flatten().copied().collect();
    const VERSION: u8 = 1;
    let mut bytes = vec![VERSION, end, words.len() as u8, codes.pointer];
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    Some(WindowsUnwinding { start: 0, codes: bytes, names_end: true })
}
