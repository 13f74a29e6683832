//! The op table and the registers: sixteen of them, of 64 bits, no floats.

use son_codegen::machine::{OpFlags, OpInfo, Opcode, OperandSpec, OperandSpec::*};
use son_codegen::regalloc2::{PReg, PRegSet, RegClass};

const I: RegClass = RegClass::Int;

/// Register `number`.
pub(crate) const fn r(number: usize) -> PReg {
    PReg::new(number, I)
}

/// Arguments and results are in the first registers.
pub(crate) const ARGUMENTS: [PReg; 4] = [r(0), r(1), r(2), r(3)];
/// Registers for values; a call would destroy all of them.
pub(crate) const VALUES: [PReg; 6] = [r(0), r(1), r(2), r(3), r(4), r(5)];
/// Belongs to emission.
pub(crate) const SCRATCH: PReg = r(12);
/// Addresses the slots where the stack pointer moves.
pub(crate) const BASE: PReg = r(13);
/// The stack pointer.
pub(crate) const STACK: PReg = r(15);

/// A machine op. The variants are the rows of [`OPS`], and the first bytes of instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Op {
    Params,
    Ret,
    Unreachable,
    Move,
    Constant,
    Add,
    AddConstant,
    Sub,
    Mul,
    Load,
    Store,
    Jump,
    Branch,
}

impl From<Op> for Opcode {
    fn from(op: Op) -> Opcode {
        Opcode(op as u16)
    }
}

const fn row(name: &'static str, operands: &'static [OperandSpec], flags: OpFlags, doc: &'static str) -> OpInfo {
    OpInfo { name, operands, flags, latency: 1, clobbers: PRegSet::empty(), doc }
}

const EXIT: OpFlags = OpFlags::TERMINATOR.with(OpFlags::RETURN);
const BRANCH: OpFlags = OpFlags::TERMINATOR.with(OpFlags::COND);
const SUM: OpFlags = OpFlags::COMMUTES;

/// The op table.
pub(crate) static OPS: &[OpInfo] = &[
    row("params", &[SiteResults], OpFlags::SIDE, "the registers of the parameters have their values"),
    row("ret", &[SiteArguments], EXIT, "returns with the values of its site"),
    row("unreachable", &[], EXIT.with(OpFlags::DEAD_END), "is never executed"),
    row("move", &[Def(I), Use(I)], OpFlags::MOVE, "copies a register"),
    row("constant", &[Def(I)], OpFlags::REMAT, "the constant `imm`"),
    row("add", &[Def(I), Use(I), Use(I)], SUM, "sum"),
    row("add.c", &[Def(I), Use(I)], OpFlags::PURE, "sum with `imm` from -128 to 127"),
    row("sub", &[Def(I), Use(I), Use(I)], OpFlags::PURE, "difference"),
    row("mul", &[Def(I), Use(I), Use(I)], SUM, "product"),
    row("load", &[Def(I), Memory], OpFlags::READ.with(OpFlags::REMAT), "loads 8 bytes of a slot"),
    row("store", &[Memory, Use(I)], OpFlags::WRITE, "stores 8 bytes to a slot"),
    row("jump", &[], OpFlags::TERMINATOR, "jumps"),
    row("branch", &[Use(I), Use(I)], BRANCH, "jumps if two values of `size` bytes compare as `cond` says"),
];

/// Conditions; the lowest bit inverts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Cond {
    Eq,
    Ne,
    SignedLess,
    SignedNotLess,
    Less,
    NotLess,
}

const _: () = assert!(Cond::Eq as u8 ^ 1 == Cond::Ne as u8 && Cond::Less as u8 ^ 1 == Cond::NotLess as u8);
const _: () = assert!(Cond::SignedLess as u8 ^ 1 == Cond::SignedNotLess as u8);

impl From<Cond> for u8 {
    fn from(cond: Cond) -> u8 {
        cond as u8
    }
}

/// Names of conditions.
pub(crate) const CONDITIONS: [&str; 6] = ["eq", "ne", "slt", "sge", "ult", "uge"];
