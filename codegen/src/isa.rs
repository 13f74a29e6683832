//! What the parts of the back end that know no ISA ask of one.

use crate::machine::{OpInfo, Opcode};
use regalloc2::{MachineEnv, PReg, PRegSet};

/// An instruction set with its calling convention.
pub trait Isa: Sync {
    /// Name in messages.
    fn name(&self) -> &'static str;

    /// The op table, indexed by [`Opcode`].
    fn ops(&self) -> &'static [OpInfo];

    /// The op that jumps to the only successor; it ends the blocks that split critical edges.
    fn jump(&self) -> Opcode;

    /// Registers for the allocator. With `frame_pointer`, that register is not among them.
    fn environment(&self, frame_pointer: bool) -> &MachineEnv;

    /// Registers that a call destroys.
    fn call_clobbers(&self) -> PRegSet;

    /// Name of a register.
    fn register_name(&self, register: PReg) -> &'static str;

    /// Name of a condition code, if it is one.
    fn condition_name(&self, cond: u8) -> Option<&'static str>;
}
