//! Facts of the calling conventions, as data: that of System V and, where it says so, that of Windows.

use super::regs::*;
use regalloc2::{PReg, PRegSet};
use son_ir::CallConv;
use target_lexicon::{OperatingSystem, Triple};

/// Whose calling convention.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum System {
    /// System V's.
    Unix,
    /// That of Windows.
    Windows,
}

impl System {
    /// The system of a triple.
    pub fn of(triple: &Triple) -> System {
        match triple.operating_system {
            OperatingSystem::Windows => System::Windows,
            _ => System::Unix,
        }
    }

    /// Whose convention it is on this system.
    pub fn of_call(self, conv: CallConv) -> System {
        match conv {
            CallConv::C | CallConv::Fast => self,
            CallConv::SystemV => System::Unix,
            CallConv::Windows => System::Windows,
        }
    }
}

/// Integer registers of the first four arguments by the convention of Windows.
pub const WINDOWS_INT_ARGS: [PReg; 4] = [RCX, RDX, R8, R9];
/// Float registers of the same arguments.
pub const WINDOWS_FLOAT_ARGS: [PReg; 4] = [XMM0, XMM1, XMM2, XMM3];
/// Registers that a function must restore by the convention of Windows.
pub const WINDOWS_CALLEE_SAVED: [PReg; 18] =
    [RBX, RBP, RDI, RSI, R12, R13, R14, R15, XMM6, XMM7, XMM8, XMM9, XMM10, XMM11, XMM12, XMM13, XMM14, XMM15];
/// Bytes below the stack arguments that the caller leaves to the callee, by the convention of Windows: places for the
/// arguments in registers.
pub const WINDOWS_HOME: u64 = 32;

/// Registers of the first six INTEGER eightbytes of the arguments.
pub const INT_ARGS: [PReg; 6] = [RDI, RSI, RDX, RCX, R8, R9];
/// Registers of the first eight SSE eightbytes of the arguments.
pub const FLOAT_ARGS: [PReg; 8] = [XMM0, XMM1, XMM2, XMM3, XMM4, XMM5, XMM6, XMM7];
/// Registers of INTEGER eightbytes of the result. A caller's buffer for a big result is returned in the first.
pub const INT_RESULTS: [PReg; 2] = [RAX, RDX];
/// Registers of SSE eightbytes of the result.
pub const FLOAT_RESULTS: [PReg; 2] = [XMM0, XMM1];
/// Holds the number of float registers used when a variadic function is called.
pub const VARIADIC_COUNT: PReg = RAX;
/// The static chain (`nest`).
pub const STATIC_CHAIN: PReg = R10;

/// Aggregates up to this size travel in registers.
pub const MAX_REGISTER_AGGREGATE: u64 = 16;
/// Size of a stack argument's unit.
pub const STACK_UNIT: u64 = 8;
/// Alignment of the stack pointer at a call instruction.
pub const STACK_ALIGN: u32 = 16;
/// Bytes below the stack pointer that signal handlers leave alone.
pub const RED_ZONE: u32 = 128;
/// The register save area of a variadic function: six integer registers, then eight float registers of 16 bytes.
pub const SAVE_AREA_SIZE: u32 = 6 * 8 + 8 * 16;
/// Where the float registers start in the save area.
pub const SAVE_AREA_FLOATS: u32 = 6 * 8;

/// Registers that a call destroys, but for `rax`.
pub const CALLER_SAVED_BUT_RAX: PRegSet = set(&[
    RCX, RDX, RSI, RDI, R8, R9, R10, R11, XMM0, XMM1, XMM2, XMM3, XMM4, XMM5, XMM6, XMM7, XMM8, XMM9, XMM10, XMM11,
    XMM12, XMM13, XMM14, XMM15,
]);
/// Registers that a call destroys.
pub const CALLER_SAVED: PRegSet = CALLER_SAVED_BUT_RAX.with(RAX);
/// Registers that a function must restore.
pub const CALLEE_SAVED: [PReg; 6] = [RBX, RBP, R12, R13, R14, R15];
