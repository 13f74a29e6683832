//! Facts of the procedure call standard (AAPCS64), as data.

use super::regs::{range, v, x};
use regalloc2::{PReg, PRegSet, RegClass};
use target_lexicon::{OperatingSystem, Triple};

/// What systems do differently from the procedure call standard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum System {
    /// Nothing.
    #[default]
    Standard,
    /// That of Windows: variadic functions have all arguments in integer registers, and their places in memory are those
    /// of the stack arguments.
    Windows,
    /// Apple's: stack arguments take as many bytes as they have, variable ones are all on the stack.
    Apple,
}

impl System {
    /// The system of a triple.
    pub fn of(triple: &Triple) -> System {
        match triple.operating_system {
            OperatingSystem::Darwin(_) | OperatingSystem::MacOSX(_) | OperatingSystem::IOS(_) => System::Apple,
            OperatingSystem::Windows => System::Windows,
            _ => System::Standard,
        }
    }
}

/// Number of registers of integer arguments and results, from `x0` on.
pub const INT_ARGS: usize = 8;
/// Number of registers of float arguments and results, from `v0` on.
pub const FLOAT_ARGS: usize = 8;
/// Holds the address where a big result is written.
pub const INDIRECT_RESULT: PReg = x(8);
/// Holds the callee of a tail call that is no symbol.
pub const TAIL_CALLEE: PReg = x(9);
/// Size of a stack argument's unit.
pub const STACK_UNIT: u64 = 8;
/// Alignment of the stack pointer whenever memory is accessed by it.
pub const STACK_ALIGN: u32 = 16;
/// The save area of a variadic function: eight integer registers, then eight float registers of 16 bytes.
pub const SAVE_AREA_FLOATS: u32 = 64;
/// Bytes of it.
pub const SAVE_AREA_SIZE: u32 = 64 + 128;
/// Bytes of the integer registers of arguments below those on the stack, in a variadic function on Windows.
pub const HOME_SIZE: u32 = 64;
/// Where the function of Windows that touches the pages of a frame finds their size, in units of 16 bytes.
pub const PROBED_SIZE: PReg = x(15);

/// Registers that a call destroys, of those that hold values. The scratch registers `x16`, `x17` and `v31` belong to
/// emission, `x18` to the platform.
pub const CALLER_SAVED: PRegSet = caller_saved(0);
/// The same without the first.
pub const CALLER_SAVED_BUT_X0: PRegSet = caller_saved(1);

const fn caller_saved(first: usize) -> PRegSet {
    let mut set = range(first, 15, RegClass::Int);
    let mut number = 0;
    while number < 31 {
        if number < 8 || number > 15 {
            set.add(v(number));
        }
        number += 1;
    }
    set
}
/// Float registers of which a call keeps the lower halves only.
pub const HALF_SAVED: PRegSet = range(8, 15, RegClass::Float);
/// Registers that a function must restore; of float registers the lower halves.
pub const CALLEE_SAVED: [PReg; 18] = {
    let mut registers = [x(19); 18];
    let mut number = 0;
    while number < 18 {
        registers[number] = if number < 10 { x(19 + number) } else { v(number - 2) };
        number += 1;
    }
    registers
};
