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
mod unwind;

use crate::buffer::Code;
use crate::frame::FrameMode;
use crate::isa::{Convention, Emit, Isa, ListingStyle, Names, SavedArea, Unwinding, WindowsUnwinding};
use crate::machine::{MachineInst, OpInfo, Opcode};
use crate::mir::Mir;
use abi::System;
use emit::JUMP_ALWAYS;
use ops::{OPS, Op};
use regalloc2::{MachineEnv, PReg, PRegSet, RegClass};
use regs::*;
use son_ir::CallConv;
use std::sync::LazyLock;
use target_lexicon::Architecture;

/// The ISA, with the conventions that there are for it.
#[derive(Debug)]
pub struct X64 {
    system: System,
    system_v: Convention,
    windows: Convention,
}

/// The instance for Unix systems.
pub fn isa() -> &'static X64 {
    static ISA: LazyLock<X64> = LazyLock::new(|| X64::new(System::Unix));
    &ISA
}

/// The instance for Windows.
pub fn windows() -> &'static X64 {
    static ISA: LazyLock<X64> = LazyLock::new(|| X64::new(System::Windows));
    &ISA
}

impl X64 {
    fn new(system: System) -> X64 {
        X64 {
            system,
            system_v: convention(System::Unix, &abi::CALLEE_SAVED, abi::RED_ZONE),
            windows: convention(System::Windows, &abi::WINDOWS_CALLEE_SAVED, 0),
        }
    }
}

fn convention(system: System, callee_saved: &'static [PReg], red_zone: u32) -> Convention {
    let environment = |reserved: &[PReg]| environment(callee_saved, callee_saved, reserved);
    Convention {
        clobbers: caller_saved(callee_saved),
        half_saved: PRegSet::empty(),
        callee_saved,
        environments: [environment(&[]), environment(&[RBP]), environment(&[RBP, RBX])],
        fast_environment: fast_environment(callee_saved),
        red_zone,
        frame_at_entry: system == System::Windows,
    }
}

/// All registers that hold values but these.
fn caller_saved(callee_saved: &[PReg]) -> PRegSet {
    let mut registers = abi::CALLER_SAVED;
    abi::CALLEE_SAVED.into_iter().for_each(|register| registers.add(register));
    callee_saved.iter().for_each(|&register| registers.remove(register));
    registers
}

/// Besides caller-saved registers, those that arguments of calls by another convention are in.
fn fast_environment(callee_saved: &[PReg]) -> MachineEnv {
    let arguments = abi::INT_ARGS.iter().chain(&abi::FLOAT_ARGS);
    let others: Vec<PReg> = arguments.copied().filter(|register| callee_saved.contains(register)).collect();
    environment(callee_saved, &others, &[])
}

/// Caller-saved registers are preferred: a callee-saved one costs a push and a pop. `rsp` is never allocated.
fn environment(callee_saved: &[PReg], used: &[PReg], reserved: &[PReg]) -> MachineEnv {
    let of = |class: RegClass| caller_saved(callee_saved).into_iter().filter(move |reg| reg.class() == class).collect();
    let saved = |class: RegClass| {
        let registers = used.iter().copied().filter(move |register| register.class() == class);
        registers.filter(|register| !reserved.contains(register)).collect()
    };
    MachineEnv {
        preferred_regs_by_class: [of(RegClass::Int), of(RegClass::Float), PRegSet::empty()],
        non_preferred_regs_by_class: [saved(RegClass::Int), saved(RegClass::Float), PRegSet::empty()],
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

    fn convention(&self, conv: CallConv) -> &Convention {
        match self.system.of_call(conv) {
            System::Unix => &self.system_v,
            System::Windows => &self.windows,
        }
    }

    fn base_register(&self) -> PReg {
        RBX
    }

    fn stack_align(&self) -> u32 {
        abi::STACK_ALIGN
    }

    fn stack_stays_aligned(&self) -> bool {
        false
    }

    /// The return address, the frame pointer if there is one, and what is pushed after it. Float registers are not
    /// pushed. By the convention of Windows the frame pointer is set last.
    fn saved_area(&self, mode: FrameMode, mir: &Mir, saved: &[PReg], _slots: u64) -> SavedArea {
        let floats = saved.iter().filter(|register| register.class() == RegClass::Float).count() as u32;
        let size = 8 * (1 + saved.len() as u32 - floats + (mode != FrameMode::Fixed) as u32);
        let windows = self.system.of_call(mir.convention()) == System::Windows;
        SavedArea { size, above_pointer: (!windows).then_some(16), inside: 16 * floats }
    }

    /// A page: the one below the stack is mapped when the one above it is touched.
    fn probed_frame(&self) -> Option<u32> {
        (self.system == System::Windows).then_some(4096)
    }

    fn unwinding(&self) -> Unwinding {
        Unwinding { code_unit: 1, stack_pointer: 7, return_address: 16, pushed: 8 }
    }

    fn windows_unwinding(&self, code: &Code) -> Vec<WindowsUnwinding> {
        unwind::windows_unwinding(code).into_iter().collect()
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

    /// One of them fills up to 15 bytes.
    fn pads_executed(&self) -> bool {
        true
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
