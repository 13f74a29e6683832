//! Which `iced_x86::Code` encodes a form of an instruction.
//!
//! `Code` lists the forms in the order of the CPU's opcode map, so the number of an instruction in its group and the
//! logarithm of its size are added to the first form of the group. A test disassembles every op, so a wrong sum shows.

use iced_x86::{Code, Register};
use regalloc2::{PReg, RegClass};

/// The form so many behind another one.
pub(super) fn nth(first: Code, number: usize) -> Code {
    Code::try_from(first as usize + number).expect("a form in the group of `first`")
}

/// Logarithm of a size of 1, 2, 4 or 8 bytes.
fn log2(size: u8) -> usize {
    debug_assert!(matches!(size, 1 | 2 | 4 | 8), "size {size}");
    size.trailing_zeros() as usize
}

/// For groups without an 8-bit form: 0, 1, 2 for 2, 4, 8 bytes.
fn log2_word(size: u8) -> usize {
    log2(size) - 1
}

/// One of three neighbours for sizes 2, 4, 8.
pub(super) fn by_word(first: Code, size: u8) -> Code {
    nth(first, log2_word(size))
}

/// One of four neighbours for sizes 1, 2, 4, 8.
pub(super) fn by_size(first: Code, size: u8) -> Code {
    nth(first, log2(size))
}

/// Integer arithmetic by its number in the opcode map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Alu {
    Add = 0,
    Or = 1,
    Adc = 2,
    Sbb = 3,
    And = 4,
    Sub = 5,
    Xor = 6,
    Cmp = 7,
}

impl Alu {
    /// `op rm, reg`.
    pub(super) fn rm_reg(self, size: u8) -> Code {
        const FIRST: [Code; 8] = [
            Code::Add_rm8_r8,
            Code::Or_rm8_r8,
            Code::Adc_rm8_r8,
            Code::Sbb_rm8_r8,
            Code::And_rm8_r8,
            Code::Sub_rm8_r8,
            Code::Xor_rm8_r8,
            Code::Cmp_rm8_r8,
        ];
        by_size(FIRST[self as usize], size)
    }

    /// `op reg, rm`.
    pub(super) fn reg_rm(self, size: u8) -> Code {
        nth(self.rm_reg(size), 4)
    }

    /// `op rax, imm`, of the register's part of `size`.
    pub(super) fn rax_imm(self, size: u8) -> Code {
        nth(self.rm_reg(size), 8)
    }

    /// `op rm, imm` with an immediate as wide as the operation (4 bytes for 8).
    pub(super) fn rm_imm(self, size: u8) -> Code {
        match size {
            1 => nth(Code::Add_rm8_imm8, self as usize),
            _ => by_word(nth(Code::Add_rm16_imm16, 3 * self as usize), size),
        }
    }

    /// `op rm, imm` with an immediate of one byte, sign-extended; not for size 1.
    pub(super) fn rm_imm8(self, size: u8) -> Code {
        by_word(nth(Code::Add_rm16_imm8, 3 * self as usize), size)
    }
}

/// Shifts by their number in the opcode map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Shift {
    Rol = 0,
    Ror = 1,
    Shl = 4,
    Shr = 5,
    Sar = 7,
}

impl Shift {
    fn in_group(self, byte: Code, word: Code, size: u8) -> Code {
        match size {
            1 => nth(byte, self as usize),
            _ => by_word(nth(word, 3 * self as usize), size),
        }
    }

    /// `op rm, imm8`.
    pub(super) fn rm_imm(self, size: u8) -> Code {
        self.in_group(Code::Rol_rm8_imm8, Code::Rol_rm16_imm8, size)
    }

    /// `op rm, 1`.
    pub(super) fn rm_1(self, size: u8) -> Code {
        self.in_group(Code::Rol_rm8_1, Code::Rol_rm16_1, size)
    }

    /// `op rm, cl`.
    pub(super) fn rm_cl(self, size: u8) -> Code {
        self.in_group(Code::Rol_rm8_CL, Code::Rol_rm16_CL, size)
    }
}

/// One-operand arithmetic by its number in the opcode map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Unary {
    Not = 0,
    Neg = 1,
    Mul = 2,
    Imul = 3,
    Div = 4,
    Idiv = 5,
}

impl Unary {
    /// `op rm`.
    pub(super) fn rm(self, size: u8) -> Code {
        match size {
            1 => nth(Code::Not_rm8, self as usize),
            _ => by_word(nth(Code::Not_rm16, 3 * self as usize), size),
        }
    }
}

/// `setcc rm8`.
pub(super) fn setcc(cond: u8) -> Code {
    nth(Code::Seto_rm8, cond as usize)
}

/// `cmovcc reg, rm`.
pub(super) fn cmovcc(cond: u8, size: u8) -> Code {
    by_word(nth(Code::Cmovo_r16_rm16, 3 * cond as usize), size)
}

/// Float arithmetic: forms for single and double.
#[derive(Clone, Copy, Debug)]
pub(super) struct FloatCodes(pub(super) Code, pub(super) Code);

impl FloatCodes {
    /// The form for 4 or 8 bytes.
    pub(super) fn of(self, size: u8) -> Code {
        if size == 4 { self.0 } else { self.1 }
    }
}

/// An integer register's part of 1, 2, 4 or 8 bytes, or a float register.
pub(super) fn register(register: PReg, size: u8) -> Register {
    const BYTES: [Register; 16] = {
        use Register::*;
        [AL, CL, DL, BL, SPL, BPL, SIL, DIL, R8L, R9L, R10L, R11L, R12L, R13L, R14L, R15L]
    };
    const WORDS: [Register; 16] = {
        use Register::*;
        [AX, CX, DX, BX, SP, BP, SI, DI, R8W, R9W, R10W, R11W, R12W, R13W, R14W, R15W]
    };
    const DOUBLES: [Register; 16] = {
        use Register::*;
        [EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, R8D, R9D, R10D, R11D, R12D, R13D, R14D, R15D]
    };
    const QUADS: [Register; 16] = {
        use Register::*;
        [RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15]
    };
    const FLOATS: [Register; 16] = {
        use Register::*;
        [XMM0, XMM1, XMM2, XMM3, XMM4, XMM5, XMM6, XMM7, XMM8, XMM9, XMM10, XMM11, XMM12, XMM13, XMM14, XMM15]
    };
    let number = register.hw_enc();
    match (register.class(), size) {
        (RegClass::Int, 1) => BYTES[number],
        (RegClass::Int, 2) => WORDS[number],
        (RegClass::Int, 4) => DOUBLES[number],
        (RegClass::Int, _) => QUADS[number],
        _ => FLOATS[number],
    }
}
