//! x86-64.

pub mod abi;
mod asm;
mod atomics;
mod checked;
mod codes;
mod control;
mod disassemble;
mod emit;
pub mod features;
mod float;
mod int;
pub mod lower;
pub mod ops;
pub mod regs;
pub mod select;

use crate::buffer::Code;
use crate::frame::FrameMode;
use crate::isa::{Emit, Isa, ListingStyle, Names, SavedArea, Unwinding};
use crate::machine::{MachineInst, OpInfo, Opcode};
use emit::JUMP_ALWAYS;
use ops::{OPS, Op};
use regalloc2::{MachineEnv, PReg, PRegSet, RegClass};
use regs::*;
use std::sync::LazyLock;
use target_lexicon::Architecture;

/// The ISA, with the System V calling convention.
#[derive(Debug)]
pub struct X64 {
    environments: [MachineEnv; 3],
    fast_environment: MachineEnv,
}

/// The only instance.
pub fn isa() -> &'static X64 {
    static ISA: LazyLock<X64> = LazyLock::new(|| X64 {
        environments: [environment(&[]), environment(&[RBP]), environment(&[RBP, RBX])],
        fast_environment: environment(&abi::CALLEE_SAVED),
    });
    &ISA
}

/// Caller-saved registers are preferred: a callee-saved one costs a push and a pop. `rsp` is never allocated.
fn environment(reserved: &[PReg]) -> MachineEnv {
    let callee_saved = abi::CALLEE_SAVED.into_iter().filter(|register| !reserved.contains(register)).collect();
    let of = |class: RegClass| abi::CALLER_SAVED.into_iter().filter(move |reg| reg.class() == class).collect();
    MachineEnv {
        preferred_regs_by_class: [of(RegClass::Int), of(RegClass::Float), PRegSet::empty()],
        non_preferred_regs_by_class: [callee_saved, PRegSet::empty(), PRegSet::empty()],
        scratch_by_class: [None; 3],
        fixed_stack_slots: Vec::new(),
    }
}

impl Isa for X64 {
    fn name(&self) -> &'static str {
        "x86-64"
    }

    fn architecture(&self) -> Architecture {
        Architecture::X86_64
    }

    fn listing_style(&self) -> ListingStyle {
        ListingStyle { head: "        .intel_syntax noprefix\n", comment: "#" }
    }

    fn ops(&self) -> &'static [OpInfo] {
        OPS
    }

    fn jump(&self) -> Opcode {
        Op::Jump.into()
    }

    fn copy(&self, class: RegClass) -> MachineInst {
        MachineInst::new(if class == RegClass::Int { Op::MovRR } else { Op::MovsRR }, 8)
    }

    fn slot_load(&self, class: RegClass, wide: bool) -> MachineInst {
        match class {
            RegClass::Int => MachineInst::new(Op::MovRM, 8),
            _ => MachineInst::new(Op::MovsRM, if wide { 16 } else { 8 }),
        }
    }

    fn slot_store(&self, class: RegClass, wide: bool) -> MachineInst {
        match class {
            RegClass::Int => MachineInst::new(Op::MovMR, 8),
            _ => MachineInst::new(Op::MovsMR, if wide { 16 } else { 8 }),
        }
    }

    fn environment(&self, mode: FrameMode) -> &MachineEnv {
        &self.environments[mode as usize]
    }

    fn fast_environment(&self) -> &MachineEnv {
        &self.fast_environment
    }

    fn call_clobbers(&self, _wide: bool) -> PRegSet {
        abi::CALLER_SAVED
    }

    fn callee_saved(&self) -> &'static [PReg] {
        &abi::CALLEE_SAVED
    }

    fn base_register(&self) -> PReg {
        RBX
    }

    fn stack_align(&self) -> u32 {
        abi::STACK_ALIGN
    }

    fn red_zone(&self) -> u32 {
        abi::RED_ZONE
    }

    fn stack_stays_aligned(&self) -> bool {
        false
    }

    /// The return address, the frame pointer if there is one, and what is pushed after it.
    fn saved_area(&self, mode: FrameMode, _calls: bool, saved: &[PReg]) -> SavedArea {
        SavedArea { size: 8 * (1 + saved.len() as u32 + (mode != FrameMode::Fixed) as u32), above_pointer: 16 }
    }

    fn unwinding(&self) -> Unwinding {
        Unwinding { code_unit: 1, stack_pointer: 7, return_address: 16, pushed: 8 }
    }

    fn emitter(&self) -> Box<dyn Emit> {
        Box::new(emit::Emitter::new())
    }

    fn jump_size(&self, kind: u32, long: bool) -> u32 {
        emit::jump_size(kind as u8, long)
    }

    fn jump_reaches(&self, _kind: u32, distance: i64) -> bool {
        i8::try_from(distance).is_ok()
    }

    fn write_jump(&self, kind: u32, long: bool, distance: i64, code: &mut Vec<u8>) {
        emit::write_jump(kind as u8, long, distance, code);
    }

    fn write_padding(&self, bytes: usize, code: &mut Vec<u8>) {
        emit::write_padding(bytes, code);
    }

    fn disassemble(&self, code: &Code, names: &dyn Names, each: &mut dyn FnMut(u32, &str)) {
        disassemble::disassemble(code, names, each);
    }

    fn register_name(&self, register: PReg) -> &'static str {
        const INTS: [&str; 16] = [
            "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
            "r15",
        ];
        const FLOATS: [&str; 16] = [
            "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
            "xmm13", "xmm14", "xmm15",
        ];
        match register.class() {
            RegClass::Int => INTS[register.hw_enc()],
            _ => FLOATS[register.hw_enc()],
        }
    }

    fn condition_name(&self, cond: u8) -> Option<&'static str> {
        Cond::from_u8(cond).map(Cond::name)
    }
}
