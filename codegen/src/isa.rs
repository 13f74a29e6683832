//! What the parts of the back end that know no ISA ask of one.

use crate::buffer::{Code, CodeBuffer, Label, RelocationTarget};
use crate::frame::{Frame, FrameMode};
use crate::machine::{MachineInst, OpInfo, Opcode};
use crate::mir::Mir;
use regalloc2::{Allocation, MachineEnv, PReg, PRegSet, RegClass};
use son_ir::CallConv;
use target_lexicon::Architecture;

/// An instruction set with its calling convention.
pub trait Isa: Sync {
    /// Name in messages.
    fn name(&self) -> &'static str;

    /// What objects call it.
    fn architecture(&self) -> Architecture;

    /// What listings of its assembly begin with.
    fn listing_style(&self) -> ListingStyle;

    /// The op table, indexed by [`Opcode`].
    fn ops(&self) -> &'static [OpInfo];

    /// The op that jumps to the only successor; it ends the blocks that split critical edges.
    fn jump(&self) -> Opcode;

    /// The instruction that copies a register of a class.
    fn copy(&self, class: RegClass) -> MachineInst;

    /// The instruction that loads a register of a class from a stack slot; all 16 bytes of a float if `wide`.
    fn slot_load(&self, class: RegClass, wide: bool) -> MachineInst;

    /// The instruction that stores one.
    fn slot_store(&self, class: RegClass, wide: bool) -> MachineInst;

    /// What the instruction adds to its only input, if an access through the sum or the input can do so as well.
    fn step(&self, _inst: &MachineInst) -> Option<i64> {
        None
    }

    /// May an access have this distance from the register of its address?
    fn reaches(&self, _access: &MachineInst, _disp: i64) -> bool {
        false
    }

    /// A number of the kind of access, if two of a kind whose bytes are neighbours can be one instruction.
    fn pair_kind(&self, _access: &MachineInst) -> Option<u8> {
        None
    }

    // ---- registers and the frame ----

    /// A calling convention, or the platform's for those that say no other.
    fn convention(&self, conv: CallConv) -> &Convention;

    /// The register that addresses the slots in [`FrameMode::PointerAndBase`].
    fn base_register(&self) -> PReg;

    /// Alignment of the stack pointer at calls.
    fn stack_align(&self) -> u32;

    /// Must the stack pointer be aligned in functions that call nothing, too?
    fn stack_stays_aligned(&self) -> bool;

    /// Where the prologue saves registers, if these must be restored besides those of the frame itself, above so many
    /// bytes of slots.
    fn saved_area(&self, mode: FrameMode, mir: &Mir, saved: &[PReg], slots: u64) -> SavedArea;

    /// Frames of so many bytes are made page by page, by a function of the system.
    fn probed_frame(&self) -> Option<u32> {
        None
    }

    /// How unwinders find the caller of a function at its entry.
    fn unwinding(&self) -> Unwinding;

    /// How unwinders of Windows undo the prologue of a function, by parts of it from the first on; nothing if it has no
    /// prologue.
    fn windows_unwinding(&self, _code: &Code) -> Vec<WindowsUnwinding> {
        Vec::new()
    }

    /// Name of a register.
    fn register_name(&self, register: PReg) -> &'static str;

    /// Name of a condition code, if it is one.
    fn condition_name(&self, cond: u8) -> Option<&'static str>;

    // ---- code ----

    /// A new emitter; it is kept for many functions.
    fn emitter(&self) -> Box<dyn Emit>;

    /// Bytes of a jump of this kind, in its short or long form.
    fn jump_size(&self, kind: u32, long: bool) -> u32;

    /// True if the short form reaches so far, counted from the end of the jump.
    fn jump_reaches(&self, kind: u32, distance: i64) -> bool;

    /// Writes a jump over a distance counted from its end.
    fn write_jump(&self, kind: u32, long: bool, distance: i64, code: &mut Vec<u8>);

    /// Are instructions without effect worth their time where control runs through them into a loop that they align?
    fn pads_executed(&self) -> bool {
        false
    }

    /// Writes instructions without effect, so many bytes of them.
    fn write_padding(&self, bytes: usize, code: &mut Vec<u8>);

    /// Calls `each` with the offset and the assembly of every instruction.
    fn disassemble(&self, code: &Code, names: &dyn Names, each: &mut dyn FnMut(u32, &str));
}

/// What a calling convention says of registers and of the frame.
#[derive(Clone, Debug)]
pub struct Convention {
    /// Registers that a call destroys.
    pub clobbers: PRegSet,
    /// Float registers of which a call keeps the lower halves only.
    pub half_saved: PRegSet,
    /// Registers that a function must restore, in the order in which it saves them.
    pub callee_saved: &'static [PReg],
    /// Registers for the allocator by the frame's mode; those that address the frame are not among them.
    pub environments: [MachineEnv; 3],
    /// Registers for the fast allocator, which keeps nothing in a register across calls: none that must be restored.
    pub fast_environment: MachineEnv,
    /// Bytes below the stack pointer that a leaf function may use.
    pub red_zone: u32,
    /// Does the frame begin with the function? Unwinders of Windows know no other.
    pub frame_at_entry: bool,
}

impl Convention {
    /// Registers that a call destroys, in functions where float registers hold 16 bytes if `wide`.
    pub fn clobbers(&self, wide: bool) -> PRegSet {
        let mut clobbers = self.clobbers;
        if wide {
            clobbers.union_from(self.half_saved);
        }
        clobbers
    }
}

/// The top of a frame: the return address, if a call pushes it, and the saved registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SavedArea {
    /// Bytes of it.
    pub size: u32,
    /// Bytes from the frame pointer, in modes that have one, to the top; nothing if it points to the bottom of the frame.
    pub above_pointer: Option<u32>,
    /// Bytes of registers that are saved in the frame below.
    pub inside: u32,
}

/// What holds at the entry of every function, in DWARF's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unwinding {
    /// Bytes that all instructions are multiples of.
    pub code_unit: u8,
    /// The stack pointer.
    pub stack_pointer: u16,
    /// The register, or the number that stands for the place, of the return address.
    pub return_address: u16,
    /// Bytes that a call pushes: the return address, or nothing.
    pub pushed: u32,
}

/// What unwinders of Windows know of a part of a function, besides where the function is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WindowsUnwinding {
    /// Where the part starts in the function.
    pub start: u32,
    /// The record of codes.
    pub codes: Vec<u8>,
    /// Does the entry that leads there name the end of the function? Else the record has its size.
    pub names_end: bool,
}

/// How listings are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListingStyle {
    /// Directives at the top.
    pub head: &'static str,
    /// What a comment starts with.
    pub comment: &'static str,
}

/// Names of what code refers to, for listings.
pub trait Names {
    /// What a relocation refers to.
    fn target(&self, target: RelocationTarget) -> String;

    /// A place in the same function, by its offset.
    fn place(&self, offset: u32) -> Option<String>;
}

/// The function whose code is emitted.
#[derive(Clone, Copy)]
pub struct FunctionContext<'a> {
    /// Its machine IR.
    pub mir: &'a Mir,
    /// Its frame.
    pub frame: &'a Frame,
    /// Whether the current block has the frame.
    pub has_frame: bool,
}

/// Where a block goes: labels of the successors, and of the block that follows in the layout.
#[derive(Clone, Copy, Debug)]
pub struct Targets<'a> {
    /// Labels of the successors, in their order.
    pub succs: &'a [Label],
    /// Label of the block that is emitted next.
    pub next: Option<Label>,
}

/// Emits machine code. Raw bytes are kept inside; places, jumps and relocations go to the [`CodeBuffer`].
///
/// Blocks are bound by [`Emit::bind`], labels of the function's blocks have the blocks' numbers.
pub trait Emit {
    /// Starts a function.
    fn begin(&mut self);

    /// Saves registers and makes the frame.
    fn prologue(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer);

    /// Marks a block that is jumped to by address, in functions that ask for it.
    fn landing(&mut self, _function: FunctionContext<'_>, _code: &mut CodeBuffer) {}

    /// Are jumps by way of tables checked for marks, too?
    fn marks_tables(&self) -> bool {
        true
    }

    /// Undoes the prologue on the way to a block without frame.
    fn epilogue(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer);

    /// Tells debuggers that the code from here on has the frame, or not.
    fn describe_frame(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer);

    /// Binds a label.
    fn bind(&mut self, code: &mut CodeBuffer, label: Label);

    /// Emits a move between registers and spill slots.
    fn copy(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer, from: Allocation, to: Allocation);

    /// True if the instruction does without the copy of its first input to the register of its result, given the
    /// allocations of its operands; the place copied from is then passed to [`Emit::inst`].
    fn absorbs_copy(&self, inst: &MachineInst, allocations: &[Allocation]) -> bool;

    /// Emits an instruction that is no branch.
    fn inst(
        &mut self,
        function: FunctionContext<'_>,
        code: &mut CodeBuffer,
        inst: &MachineInst,
        allocations: &[Allocation],
        copied: Option<PReg>,
    );

    /// Emits a terminator with successors.
    fn branch(
        &mut self,
        function: FunctionContext<'_>,
        code: &mut CodeBuffer,
        inst: &MachineInst,
        allocations: &[Allocation],
        targets: Targets<'_>,
    );

    /// The raw bytes of the function.
    fn bytes(&mut self) -> &[u8];
}
