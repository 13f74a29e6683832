//! AArch64.

pub mod abi;
mod asm;
mod control;
mod disassemble;
mod emit;
pub mod encode;
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
use ops::{OPS, Op};
use regalloc2::{MachineEnv, PReg, PRegSet, RegClass};
use regs::*;
use son_ir::CallConv;
use std::sync::LazyLock;
use target_lexicon::Architecture;

/// The ISA, with the calling convention of the procedure call standard.
#[derive(Debug)]
pub struct Aarch64 {
    system: System,
    convention: Convention,
}

/// The instance for systems other than Windows.
pub fn isa() -> &'static Aarch64 {
    static ISA: LazyLock<Aarch64> =
        LazyLock::new(|| Aarch64 { system: System::Standard, convention: convention(false) });
    &ISA
}

/// The instance for Windows.
pub fn windows() -> &'static Aarch64 {
    static ISA: LazyLock<Aarch64> = LazyLock::new(|| Aarch64 { system: System::Windows, convention: convention(true) });
    &ISA
}

fn convention(frame_at_entry: bool) -> Convention {
    Convention {
        clobbers: abi::CALLER_SAVED,
        half_saved: abi::HALF_SAVED,
        callee_saved: &abi::CALLEE_SAVED,
        environments: [environment(&[]), environment(&[]), environment(&[X19])],
        fast_environment: environment(&abi::CALLEE_SAVED),
        red_zone: 0,
        frame_at_entry,
    }
}

/// Caller-saved registers are preferred: a callee-saved one costs a store and a load.
fn environment(reserved: &[PReg]) -> MachineEnv {
    let saved = |class: RegClass| {
        let registers = abi::CALLEE_SAVED.into_iter().filter(move |register| register.class() == class);
        registers.filter(|register| !reserved.contains(register)).collect()
    };
    let of = |class: RegClass| abi::CALLER_SAVED.into_iter().filter(move |reg| reg.class() == class).collect();
    MachineEnv {
        preferred_regs_by_class: [of(RegClass::Int), of(RegClass::Float), PRegSet::empty()],
        non_preferred_regs_by_class: [saved(RegClass::Int), saved(RegClass::Float), PRegSet::empty()],
        scratch_by_class: [None; 3],
        fixed_stack_slots: Vec::new(),
    }
}

/// Bytes of the area of saved registers: whole pairs of each class, and the frame record if calls or the frame need it.
fn saved_bytes(saved: &[PReg], record: bool) -> u32 {
    let ints = saved.iter().filter(|register| register.class() == RegClass::Int).count();
    16 * (ints.div_ceil(2) + (saved.len() - ints).div_ceil(2) + record as usize) as u32
}

impl Isa for Aarch64 {
    fn name(&self) -> &'static str {
        "AArch64"
    }

    fn architecture(&self) -> Architecture {
        Architecture::Aarch64(target_lexicon::Aarch64Architecture::Aarch64)
    }

    fn listing_style(&self) -> ListingStyle {
        ListingStyle { head: "", comment: "//" }
    }

    fn ops(&self) -> &'static [OpInfo] {
        OPS
    }

    fn jump(&self) -> Opcode {
        Op::Jump.into()
    }

    fn copy(&self, class: RegClass) -> MachineInst {
        MachineInst::new(if class == RegClass::Int { Op::MovRR } else { Op::FmovRR }, 8)
    }

    fn slot_load(&self, class: RegClass, wide: bool) -> MachineInst {
        match class {
            RegClass::Int => MachineInst::new(Op::Load, 8),
            _ => MachineInst::new(Op::LoadF, if wide { 16 } else { 8 }),
        }
    }

    fn slot_store(&self, class: RegClass, wide: bool) -> MachineInst {
        match class {
            RegClass::Int => MachineInst::new(Op::Store, 8),
            _ => MachineInst::new(Op::StoreF, if wide { 16 } else { 8 }),
        }
    }

    /// What loads and stores write back is in 9 bits.
    fn step(&self, inst: &MachineInst) -> Option<i64> {
        let amount = match Op::of(inst.opcode) {
            Op::AddRI => inst.imm,
            Op::SubRI => -inst.imm,
            _ => return None,
        };
        (inst.size == 8 && (-256..256).contains(&amount)).then_some(amount)
    }

    fn reaches(&self, access: &MachineInst, disp: i64) -> bool {
        select::reaches(disp, access.size)
    }

    fn pair_kind(&self, access: &MachineInst) -> Option<u8> {
        let kind = match Op::of(access.opcode) {
            Op::Load => 0,
            Op::Store | Op::StoreZero => 1,
            Op::LoadF => 2,
            Op::StoreF => 3,
            _ => return None,
        };
        (access.scale == 0 && access.size >= 4 && select::pair_reaches(access)).then_some(kind)
    }

    fn convention(&self, _conv: CallConv) -> &Convention {
        &self.convention
    }

    fn base_register(&self) -> PReg {
        X19
    }

    fn stack_align(&self) -> u32 {
        abi::STACK_ALIGN
    }

    fn stack_stays_aligned(&self) -> bool {
        true
    }

    /// The frame record (frame pointer and return address) is at the bottom, where the frame pointer points.
    fn saved_area(&self, mode: FrameMode, mir: &Mir, saved: &[PReg], slots: u64) -> SavedArea {
        // What touches pages is a call, too.
        let probed = self.probed_frame().is_some_and(|least| slots + u64::from(abi::STACK_ALIGN) > u64::from(least));
        // What is signed is saved.
        let signed = mir.facts().protection.signs_leaves;
        let record = mir.facts().calls || probed || signed || mode != FrameMode::Fixed;
        let size = saved_bytes(saved, record) + mir.facts().home_size;
        SavedArea { size, above_pointer: Some(size), inside: 0 }
    }

    /// A page: the one below the stack is mapped when the one above it is touched.
    fn probed_frame(&self) -> Option<u32> {
        (self.system == System::Windows).then_some(4096)
    }

    fn windows_unwinding(&self, code: &Code) -> Vec<WindowsUnwinding> {
        unwind::windows_unwinding(code)
    }

    fn unwinding(&self) -> Unwinding {
        Unwinding { code_unit: 4, stack_pointer: 31, return_address: 30, pushed: 0 }
    }

    fn register_name(&self, register: PReg) -> &'static str {
        const INTS: [&str; 32] = [
            "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
            "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30",
            "sp",
        ];
        const FLOATS: [&str; 32] = [
            "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",
            "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30",
            "v31",
        ];
        match register.class() {
            RegClass::Int => INTS[register.hw_enc()],
            _ => FLOATS[register.hw_enc()],
        }
    }

    fn condition_name(&self, cond: u8) -> Option<&'static str> {
        Cond::from_u8(cond).map(Cond::name)
    }

    fn emitter(&self) -> Box<dyn Emit> {
        Box::new(emit::Emitter::default())
    }

    fn jump_size(&self, kind: u32, long: bool) -> u32 {
        emit::jump_size(kind, long)
    }

    fn jump_reaches(&self, kind: u32, distance: i64) -> bool {
        emit::jump_reaches(kind, distance)
    }

    fn write_jump(&self, kind: u32, long: bool, distance: i64, code: &mut Vec<u8>) {
        emit::write_jump(kind, long, distance, code);
    }

    fn write_padding(&self, bytes: usize, code: &mut Vec<u8>) {
        emit::write_padding(bytes, code);
    }

    fn disassemble(&self, code: &Code, names: &dyn Names, each: &mut dyn FnMut(u32, &str)) {
        disassemble::disassemble(code, names, each);
    }
}
