//! Facts of the procedure call standard (AAPCS64), as data.

use super::regs::{range, v, x};
use regalloc2::{PReg, PRegSet, RegClass};

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

/// Registers that a call destroys, of those that hold values. Of `v8` to `v15` a call keeps the lower halves only; no
/// value is in them. The scratch registers `x16`, `x17` and `v31` belong to emission, `x18` to the platform.
pub const CALLER_SAVED: PRegSet = {
    let mut set = range(0, 15, RegClass::Int);
    let mut number = 0;
    while number < 31 {
        if number < 8 || number > 15 {
            set.add(v(number));
        }
        number += 1;
    }
    set
};
/// Registers that a function must restore.
pub const CALLEE_SAVED: [PReg; 10] = [x(19), x(20), x(21), x(22), x(23), x(24), x(25), x(26), x(27), x(28)];
