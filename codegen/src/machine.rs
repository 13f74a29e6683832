//! Machine instructions without operands: the fixed-size record that a machine graph node and a MIR instruction share.
//!
//! A selected node is exactly one MIR instruction, which may be several instructions of the CPU when a flag would
//! otherwise have to live between them (`cmp; jcc`) or when registers are fixed (`cdq; idiv`). The record says all of
//! it but the registers; those are the inputs and results of the node, in the order of [`OpInfo::operands`].

use regalloc2::{PReg, PRegSet, RegClass};

/// A row of the ISA's own op table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Opcode(pub u16);

/// What an address starts from. The index register (present when `scale` is not zero) and `disp` are added to it.
///
/// The field [`MachineInst::symbol`] names the slot, symbol, constant or block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[repr(u8)]
pub enum Base {
    /// Nothing: `disp` is absolute, or the index alone is the address.
    #[default]
    None,
    /// A register: one more operand, before the index.
    Reg,
    /// A stack slot of the function.
    Slot,
    /// The stack arguments that the caller passed; `disp` 0 is the first.
    IncomingArg,
    /// The stack arguments of the next call; `disp` 0 is the first.
    OutgoingArg,
    /// A symbol that this module or the linker resolves directly, relative to the program counter. Allows no index.
    Symbol,
    /// The GOT entry of a symbol: the memory operand is the symbol's address. Allows no index.
    Got,
    /// An entry of the function's constant pool. Allows no index.
    Constant,
    /// The indirect target of this function that the symbol numbers; once emitted, the label. Allows no index.
    Block,
    /// A thread-local symbol of the executable itself, relative to the thread pointer.
    ThreadLocal,
    /// The GOT entry that holds a symbol's offset from the thread pointer. Allows no index.
    GotThreadOffset,
}

impl Base {
    /// True if [`MachineInst::symbol`] of such an address names a symbol of the module.
    pub fn names_symbol(self) -> bool {
        matches!(self, Base::Symbol | Base::Got | Base::ThreadLocal | Base::GotThreadOffset)
    }

    /// True if an index register may be added.
    pub fn allows_index(self) -> bool {
        matches!(self, Base::None | Base::Reg | Base::Slot | Base::IncomingArg | Base::OutgoingArg | Base::ThreadLocal)
    }
}

/// Flags of one instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct InstFlags(pub u8);

impl InstFlags {
    /// No flag.
    pub const NONE: InstFlags = InstFlags(0);
    /// A read-modify-write of memory that is atomic.
    pub const LOCK: InstFlags = InstFlags(1);
    /// The index of the address has 32 bits and zeroes above.
    pub const UNSIGNED_INDEX: InstFlags = InstFlags(2);
    /// The index of the address has 32 bits and copies of its sign above.
    pub const SIGNED_INDEX: InstFlags = InstFlags(4);
    /// The access is volatile or atomic: it is not joined with others.
    pub const ALONE: InstFlags = InstFlags(8);

    /// True if all flags of `other` are set.
    pub fn contains(self, other: InstFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Value of [`MachineInst::symbol`] when nothing is named.
pub const NO_SYMBOL: u32 = u32::MAX;

/// A machine instruction without its registers.
///
/// Unused fields keep their default, so that equal instructions are equal records.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MachineInst {
    /// Row of the ISA's table.
    pub opcode: Opcode,
    /// Width of the operation in bytes: 1, 2, 4, 8 or 16.
    pub size: u8,
    /// Width in bytes of the source of an extension or conversion.
    pub from: u8,
    /// Condition code in the ISA's numbering.
    pub cond: u8,
    /// What the address starts from.
    pub base: Base,
    /// Factor of the index register: 1, 2, 4 or 8; 0 without index.
    pub scale: u8,
    /// Flags.
    pub flags: InstFlags,
    /// Constant part of the address, or the addend of a symbol.
    pub disp: i32,
    /// The callee of a direct call, or what `base` names; [`NO_SYMBOL`] otherwise.
    pub symbol: u32,
    /// Immediate operand; for calls the index of the call site, for table jumps the index of the table, for chains that
    /// of the chain.
    pub imm: i64,
}

const _: () = assert!(size_of::<MachineInst>() == 24);

/// An address: the part of [`MachineInst`] that says where memory is accessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Address {
    /// See [`MachineInst::base`].
    pub base: Base,
    /// See [`MachineInst::scale`].
    pub scale: u8,
    /// See [`MachineInst::disp`].
    pub disp: i32,
    /// See [`MachineInst::symbol`].
    pub symbol: u32,
}

impl Address {
    /// `[base + disp]`, with one register operand.
    pub fn reg(disp: i32) -> Address {
        Address { base: Base::Reg, scale: 0, disp, symbol: NO_SYMBOL }
    }

    /// An address that starts from something named: a slot, symbol, constant or block.
    pub fn named(base: Base, symbol: u32, disp: i32) -> Address {
        Address { base, scale: 0, disp, symbol }
    }

    /// Adds an index register, scaled by 1, 2, 4 or 8.
    pub fn indexed(self, scale: u8) -> Address {
        Address { scale, ..self }
    }

    /// Number of register operands: 0, 1 or 2.
    pub fn registers(self) -> usize {
        (self.base == Base::Reg) as usize + (self.scale != 0) as usize
    }
}

impl MachineInst {
    /// An instruction of the given width, with everything else unset.
    pub fn new(opcode: impl Into<Opcode>, size: u8) -> MachineInst {
        MachineInst {
            opcode: opcode.into(),
            size,
            from: 0,
            cond: 0,
            base: Base::None,
            scale: 0,
            flags: InstFlags::NONE,
            disp: 0,
            symbol: NO_SYMBOL,
            imm: 0,
        }
    }

    /// Sets the source width of an extension or conversion.
    pub fn from_size(self, from: u8) -> MachineInst {
        MachineInst { from, ..self }
    }

    /// Sets the condition code.
    pub fn cond(self, cond: impl Into<u8>) -> MachineInst {
        MachineInst { cond: cond.into(), ..self }
    }

    /// Sets the immediate.
    pub fn imm(self, imm: i64) -> MachineInst {
        MachineInst { imm, ..self }
    }

    /// Sets the address.
    pub fn at(self, address: Address) -> MachineInst {
        let Address { base, scale, disp, symbol } = address;
        MachineInst { base, scale, disp, symbol, ..self }
    }

    /// Sets the symbol that a direct call or a thread-local access names.
    pub fn symbol(self, symbol: u32) -> MachineInst {
        MachineInst { symbol, ..self }
    }

    /// Adds flags.
    pub fn flags(self, flags: InstFlags) -> MachineInst {
        MachineInst { flags: InstFlags(self.flags.0 | flags.0), ..self }
    }

    /// The address part.
    pub fn address(&self) -> Address {
        Address { base: self.base, scale: self.scale, disp: self.disp, symbol: self.symbol }
    }
}

/// One operand of an op, as the register allocator must see it.
///
/// Results come first, then temporaries, then inputs. "Late" inputs are still read after the first result or temporary
/// has been written, so they share no register with a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperandSpec {
    /// A result in any register.
    Def(RegClass),
    /// A result in any register, written before the inputs are read: it shares no register with them.
    DefEarly(RegClass),
    /// A result in a fixed register.
    DefFixed(PReg),
    /// A result in the register of the operand with this number (two-address form).
    DefReuse(RegClass, u8),
    /// A scratch register during the instruction; the allocator's affair, no value of the program.
    Temp(RegClass),
    /// An input in any register.
    Use(RegClass),
    /// An input in any register, read late.
    UseLate(RegClass),
    /// An input in a register or spilled, the instruction reads either.
    UseAny(RegClass),
    /// An input in a register or spilled, read late.
    UseAnyLate(RegClass),
    /// An input in a fixed register.
    UseFixed(PReg),
    /// The registers of the address: base if [`Base::Reg`], then index if `scale` is not 0. Read early.
    Memory,
    /// As `Memory`, but read late.
    MemoryLate,
    /// The results that the call site lists (for the entry of a function: its parameters).
    SiteResults,
    /// The arguments that the call site lists (for a return: the returned values).
    SiteArguments,
    /// The inputs of all instructions of the chain, one after the other.
    Chain,
}

/// Chains: instructions that are emitted as part of one op, since each hands flags to the next. Their rows of the op
/// table say which inputs they take.
#[derive(Clone, Debug, Default)]
pub struct Chains {
    links: Vec<MachineInst>,
    ends: Vec<u32>,
}

impl Chains {
    /// Adds a chain; its number is the `imm` of the op that has it.
    pub fn add(&mut self, links: &[MachineInst]) -> u32 {
        self.links.extend_from_slice(links);
        self.ends.push(self.links.len() as u32);
        self.ends.len() as u32 - 1
    }

    /// The instructions of a chain, if there is one with this number.
    pub fn get(&self, number: i64) -> Option<&[MachineInst]> {
        let number = usize::try_from(number).ok()?;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        Some(&self.links[start..*self.ends.get(number)? as usize])
    }

    /// Forgets all chains.
    pub fn clear(&mut self) {
        self.links.clear();
        self.ends.clear();
    }
}

/// What an op does besides computing, as a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpFlags(pub u16);

impl OpFlags {
    /// A pure computation.
    pub const PURE: OpFlags = OpFlags(0);
    /// Reads memory at its address (or anywhere, for calls).
    pub const READ: OpFlags = OpFlags(1);
    /// Writes memory at its address (or anywhere, for calls).
    pub const WRITE: OpFlags = OpFlags(2);
    /// Must not be removed, repeated or moved over another such op.
    pub const SIDE: OpFlags = OpFlags(4);
    /// May fault for some inputs, so it stays below the test that excludes them.
    pub const TRAPS: OpFlags = OpFlags(8);
    /// A call: clobbers what its call site says.
    pub const CALL: OpFlags = OpFlags(16);
    /// Ends a block.
    pub const TERMINATOR: OpFlags = OpFlags(32);
    /// Ends the function.
    pub const RETURN: OpFlags = OpFlags(64);
    /// A copy of its input.
    pub const MOVE: OpFlags = OpFlags(128);
    /// Cheaper to execute again than to spill and reload, provided its address has no register.
    pub const REMAT: OpFlags = OpFlags(256);
    /// The first two inputs may be exchanged.
    pub const COMMUTES: OpFlags = OpFlags(512);
    /// Uses the condition code.
    pub const COND: OpFlags = OpFlags(1024);
    /// Reads or writes the stack pointer beyond its frame slots: needs a frame pointer.
    pub const DYNAMIC_STACK: OpFlags = OpFlags(2048);
    /// Ends the function without returning.
    pub const DEAD_END: OpFlags = OpFlags(4096);
    /// Needs the frame, though its address does not say so.
    pub const FRAME: OpFlags = OpFlags(8192);

    /// The union.
    pub const fn with(self, other: OpFlags) -> OpFlags {
        OpFlags(self.0 | other.0)
    }

    /// True if all bits of `other` are set.
    pub const fn contains(self, other: OpFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// True if some bit of `other` is set.
    pub const fn intersects(self, other: OpFlags) -> bool {
        self.0 & other.0 != 0
    }
}

/// Row of an ISA's op table.
#[derive(Debug)]
pub struct OpInfo {
    /// Name in dumps.
    pub name: &'static str,
    /// Operands: results, temporaries, inputs.
    pub operands: &'static [OperandSpec],
    /// What it does besides computing.
    pub flags: OpFlags,
    /// Cycles until the result may be used, the load of a folded memory operand included.
    pub latency: u8,
    /// Registers that it destroys besides its results, for ops without call site.
    pub clobbers: PRegSet,
    /// One line of explanation.
    pub doc: &'static str,
}

impl OpInfo {
    /// True if `flag` is set.
    pub fn is(&self, flag: OpFlags) -> bool {
        self.flags.contains(flag)
    }

    /// True if its operands and clobbers depend on a call site, whose number is the instruction's `imm`.
    pub fn has_site(&self) -> bool {
        self.operands.iter().any(|spec| matches!(spec, OperandSpec::SiteArguments | OperandSpec::SiteResults))
    }

    /// Number of results that are values of the program, call sites excluded.
    pub fn results(&self) -> usize {
        use OperandSpec::*;
        self.operands.iter().filter(|spec| matches!(spec, Def(_) | DefEarly(_) | DefFixed(_) | DefReuse(..))).count()
    }
}
