//! x86-64.

pub mod abi;
pub mod ops;
pub mod regs;

use crate::isa::Isa;
use crate::machine::{OpInfo, Opcode};
use ops::{OPS, Op};
use regalloc2::{MachineEnv, PReg, PRegSet, RegClass};
use regs::*;
use std::sync::LazyLock;

/// The ISA, with the System V calling convention.
#[derive(Debug)]
pub struct X64 {
    environment: MachineEnv,
    environment_with_frame_pointer: MachineEnv,
}

/// The only instance.
pub fn isa() -> &'static X64 {
    static ISA: LazyLock<X64> = LazyLock::new(|| X64 {
        environment: environment(false),
        environment_with_frame_pointer: environment(true),
    });
    &ISA
}

/// Caller-saved registers are preferred: a callee-saved one costs a push and a pop. `rsp` is never allocated.
fn environment(frame_pointer: bool) -> MachineEnv {
    let mut callee_saved: PRegSet = abi::CALLEE_SAVED.into_iter().collect();
    if frame_pointer {
        callee_saved.remove(RBP);
    }
    let of = |class: RegClass| {
        abi::CALLER_SAVED
            .into_iter()
            .filter(move |reg| reg.class() == class)
            .collect()
    };
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

    fn ops(&self) -> &'static [OpInfo] {
        OPS
    }

    fn jump(&self) -> Opcode {
        Op::Jump.into()
    }

    fn environment(&self, frame_pointer: bool) -> &MachineEnv {
        if frame_pointer {
            &self.environment_with_frame_pointer
        } else {
            &self.environment
        }
    }

    fn call_clobbers(&self) -> PRegSet {
        abi::CALLER_SAVED
    }

    fn register_name(&self, register: PReg) -> &'static str {
        const INTS: [&str; 16] = [
            "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11",
            "r12", "r13", "r14", "r15",
        ];
        const FLOATS: [&str; 16] = [
            "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
            "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
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
