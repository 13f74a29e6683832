//! The assembler: CPU instructions with their operands, encoded into the code of a function.

use super::codes::register;
use super::control::Described;
use super::regs::*;
use crate::buffer::{CodeBuffer, Label, RelocationKind, RelocationTarget};
use crate::frame::{Frame, FrameOffset, FrameRegister};
use crate::machine::{Base, MachineInst};
use crate::mir::Mir;
use iced_x86::{Code, Encoder, Instruction, OpKind, Register};
use regalloc2::{Allocation, PReg};

/// What a memory operand's displacement refers to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reference {
    Relocation(RelocationKind, RelocationTarget),
    Label(Label),
}

/// A memory operand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mem {
    pub(super) base: Register,
    pub(super) index: Register,
    pub(super) scale: u32,
    pub(super) disp: i32,
    pub(super) segment: Register,
    pub(super) reference: Option<Reference>,
}

impl Mem {
    /// `[base + disp]`.
    pub(super) fn at(base: PReg, disp: i32) -> Mem {
        Mem { base: register(base, 8), ..Mem::absolute(disp) }
    }

    /// `[disp]`.
    pub(super) fn absolute(disp: i32) -> Mem {
        Mem { base: Register::None, index: Register::None, scale: 1, disp, segment: Register::None, reference: None }
    }

    /// Relative to the instruction pointer.
    pub(super) fn relative(reference: Reference, disp: i32) -> Mem {
        Mem { base: Register::RIP, reference: Some(reference), ..Mem::absolute(disp) }
    }

    /// `[base + index * scale]`. An `rbp` or `r13` as base costs a displacement, so it becomes the index if it can.
    pub(super) fn indexed(base: PReg, index: PReg, scale: u32) -> Mem {
        let (base, index) = if scale == 1 && base.hw_enc() & 7 == 5 { (index, base) } else { (base, index) };
        Mem { index: register(index, 8), scale, ..Mem::at(base, 0) }
    }

    /// The same, `bytes` further.
    pub(super) fn offset(self, bytes: i32) -> Mem {
        Mem { disp: self.disp + bytes, ..self }
    }
}

/// A register or memory operand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rm {
    Reg(PReg),
    Mem(Mem),
}

/// Assembles into a [`CodeBuffer`].
pub(super) struct Assembler<'a> {
    pub(super) encoder: &'a mut Encoder,
    pub(super) code: &'a mut CodeBuffer,
    pub(super) mir: &'a Mir,
    pub(super) frame: &'a Frame,
    /// Whether the current block has the frame.
    pub(super) has_frame: bool,
    /// What the flags describe after the last instruction.
    pub(super) described: Option<Described>,
}

/// Kinds of immediates, by how the CPU widens them.
fn immediate_kind(size: u8, short: bool) -> OpKind {
    match (size, short) {
        (1, _) => OpKind::Immediate8,
        (2, true) => OpKind::Immediate8to16,
        (4, true) => OpKind::Immediate8to32,
        (_, true) => OpKind::Immediate8to64,
        (2, false) => OpKind::Immediate16,
        (4, false) => OpKind::Immediate32,
        (_, false) => OpKind::Immediate32to64,
    }
}

impl Assembler<'_> {
    // ---- operands ----

    /// An operand in a register or a spill slot.
    pub(super) fn any(&self, allocation: Allocation) -> Rm {
        match allocation.as_reg() {
            Some(register) => Rm::Reg(register),
            None => Rm::Mem(self.frame_mem(self.frame.spill(allocation.as_stack().expect("register or slot")))),
        }
    }

    /// A place in the frame.
    pub(super) fn frame_mem(&self, (register, offset): FrameOffset) -> Mem {
        let base = match register {
            FrameRegister::Stack => RSP,
            FrameRegister::Pointer => RBP,
            FrameRegister::Base => RBX,
        };
        Mem::at(base, offset)
    }

    /// The address of an instruction; `registers` starts with those of its memory operand.
    pub(super) fn address(&self, inst: &MachineInst, registers: &[Allocation]) -> Mem {
        let symbol = RelocationTarget::Symbol(inst.symbol);
        let relative = |kind| Mem::relative(Reference::Relocation(kind, symbol), inst.disp);
        let in_frame = |place: FrameOffset| self.frame_mem(place).offset(inst.disp);
        let mut mem = match inst.base {
            Base::None => Mem::absolute(inst.disp),
            Base::Reg => Mem::at(reg(registers[0]), inst.disp),
            Base::Slot => in_frame(self.frame.slot(inst.symbol)),
            Base::IncomingArg => in_frame(self.frame.incoming()),
            Base::OutgoingArg => in_frame(self.frame.outgoing()),
            Base::Symbol => relative(RelocationKind::Pc32),
            Base::Got => relative(RelocationKind::RexGotPcRelX),
            Base::GotThreadOffset => relative(RelocationKind::GotTpOff),
            Base::Constant => {
                let constant = RelocationTarget::Constant(inst.symbol);
                Mem::relative(Reference::Relocation(RelocationKind::Pc32, constant), inst.disp)
            }
            Base::Block => Mem::relative(Reference::Label(Label(inst.symbol)), inst.disp),
            Base::ThreadLocal => Mem {
                segment: Register::FS,
                reference: Some(Reference::Relocation(RelocationKind::TpOff32, symbol)),
                ..Mem::absolute(inst.disp)
            },
        };
        if inst.scale != 0 {
            mem.index = register(reg(registers[(inst.base == Base::Reg) as usize]), 8);
            mem.scale = u32::from(inst.scale);
        }
        mem
    }

    // ---- instructions ----

    /// An instruction without operands.
    pub(super) fn plain(&mut self, code: Code) {
        let mut instruction = Instruction::default();
        instruction.set_code(code);
        self.encode(&instruction, None);
    }

    /// `code rm`.
    pub(super) fn rm(&mut self, code: Code, rm: Rm, size: u8) {
        self.build(code, |instruction| set_rm(instruction, 0, rm, size));
    }

    /// `code rm` with a register.
    pub(super) fn reg(&mut self, code: Code, reg: PReg, size: u8) {
        self.rm(code, Rm::Reg(reg), size);
    }

    /// `code reg, rm`, with sizes of both.
    pub(super) fn reg_rm(&mut self, code: Code, reg: (PReg, u8), rm: (Rm, u8)) {
        self.build(code, |instruction| {
            instruction.set_op0_register(register(reg.0, reg.1));
            set_rm(instruction, 1, rm.0, rm.1)
        });
    }

    /// `code rm, reg`, both of one size.
    pub(super) fn rm_reg(&mut self, code: Code, rm: Rm, reg: PReg, size: u8) {
        self.build(code, |instruction| {
            instruction.set_op1_register(register(reg, size));
            set_rm(instruction, 0, rm, size)
        });
    }

    /// `code rm, imm`; the immediate is as wide as the operation, or one byte if `short`.
    pub(super) fn rm_imm(&mut self, code: Code, rm: Rm, size: u8, imm: i64, short: bool) {
        self.build(code, |instruction| {
            set_immediate(instruction, 1, immediate_kind(size, short), imm);
            set_rm(instruction, 0, rm, size)
        });
    }

    /// `code rm, imm8` for instructions that take a plain byte.
    pub(super) fn rm_byte(&mut self, code: Code, rm: Rm, size: u8, imm: u8) {
        self.build(code, |instruction| {
            set_immediate(instruction, 1, OpKind::Immediate8, i64::from(imm));
            set_rm(instruction, 0, rm, size)
        });
    }

    /// `code rm, reg` where the second register has its own size (`shl rm, cl`).
    pub(super) fn rm_cl(&mut self, code: Code, rm: Rm, size: u8) {
        self.build(code, |instruction| {
            instruction.set_op1_register(Register::CL);
            set_rm(instruction, 0, rm, size)
        });
    }

    /// `code reg, rm, imm`; the immediate is as wide as the operation, or one byte if `short`.
    pub(super) fn reg_rm_imm(&mut self, code: Code, reg: PReg, rm: Rm, size: u8, imm: i64, short: bool) {
        self.build(code, |instruction| {
            instruction.set_op0_register(register(reg, size));
            set_immediate(instruction, 2, immediate_kind(size, short), imm);
            set_rm(instruction, 1, rm, size)
        });
    }

    /// `code reg, rm, imm8` for instructions that take a plain byte.
    pub(super) fn reg_rm_byte(&mut self, code: Code, reg: PReg, rm: Rm, size: u8, imm: u8) {
        self.build(code, |instruction| {
            instruction.set_op0_register(register(reg, size));
            set_immediate(instruction, 2, OpKind::Immediate8, i64::from(imm));
            set_rm(instruction, 1, rm, size)
        });
    }

    /// Builds an instruction of which `operands` sets the operands and returns the memory operand, and encodes it.
    pub(super) fn build(&mut self, code: Code, operands: impl FnOnce(&mut Instruction) -> Option<Mem>) {
        let mut instruction = Instruction::default();
        instruction.set_code(code);
        let mem = operands(&mut instruction);
        self.encode(&instruction, mem);
    }

    /// Encodes an instruction whose memory operand, if it has one, is `mem`.
    pub(super) fn encode(&mut self, instruction: &Instruction, mem: Option<Mem>) {
        self.described = None;
        let length = match self.encoder.encode(instruction, 0) {
            Ok(length) => length,
            Err(error) => unreachable!("MIR law 3: operands fit their op: {error}"),
        };
        self.code.advance(length);
        if let Some(Mem { reference: Some(reference), disp, base, .. }) = mem {
            let back = length as u32 - self.encoder.get_constant_offsets().displacement_offset() as u32;
            let past_field = if base == Register::RIP { i64::from(back) } else { 0 };
            match reference {
                Reference::Relocation(kind, target) => {
                    let kind = shorter_got(kind, instruction);
                    self.code.relocation(back, kind, target, i64::from(disp) - past_field);
                }
                Reference::Label(label) => self.code.label_field(back, label, disp - back as i32),
            }
        }
    }

    /// Appends a byte to the code.
    pub(super) fn byte(&mut self, byte: u8) {
        self.encoder.write_u8(byte);
        self.code.advance(1);
    }
}

/// The linker may turn a load from the GOT into a `lea`; the relocation says whether there is a REX prefix.
fn shorter_got(kind: RelocationKind, instruction: &Instruction) -> RelocationKind {
    use Code::*;
    match (kind, instruction.code()) {
        (RelocationKind::RexGotPcRelX, Mov_r64_rm64) => RelocationKind::GotLoad,
        (RelocationKind::RexGotPcRelX, Cmp_r64_rm64 | Add_r64_rm64 | Test_rm64_r64) => kind,
        (RelocationKind::RexGotPcRelX, Call_rm64 | Jmp_rm64) => RelocationKind::GotPcRelX,
        (RelocationKind::RexGotPcRelX, _) => RelocationKind::GotPcRel,
        _ => kind,
    }
}

/// The register of an operand that must be in one.
pub(super) fn reg(allocation: Allocation) -> PReg {
    allocation.as_reg().expect("an operand with a register constraint")
}

fn set_immediate(instruction: &mut Instruction, operand: u32, kind: OpKind, imm: i64) {
    instruction.set_op_kind(operand, kind);
    instruction.set_immediate32(imm as u32);
}

pub(super) fn set_rm(instruction: &mut Instruction, operand: u32, rm: Rm, size: u8) -> Option<Mem> {
    match rm {
        Rm::Reg(reg) => {
            instruction.set_op_register(operand, register(reg, size));
            None
        }
        Rm::Mem(mem) => {
            set_mem(instruction, operand, &mem);
            Some(mem)
        }
    }
}

/// A displacement that a relocation fills has 32 bits; others are as short as they can be.
fn set_mem(instruction: &mut Instruction, operand: u32, mem: &Mem) {
    instruction.set_op_kind(operand, OpKind::Memory);
    instruction.set_memory_base(mem.base);
    instruction.set_memory_index(mem.index);
    instruction.set_memory_index_scale(mem.scale);
    instruction.set_segment_prefix(mem.segment);
    let related = mem.reference.is_some();
    let displacement = if related { 0 } else { mem.disp };
    instruction.set_memory_displacement64(displacement as i64 as u64);
    // The encoder's name for a displacement of 32 bits is that of the address size.
    instruction.set_memory_displ_size(match () {
        _ if related || mem.base == Register::None => 8,
        _ if displacement == 0 => 0,
        _ if i8::try_from(displacement).is_ok() => 1,
        _ => 8,
    });
}
