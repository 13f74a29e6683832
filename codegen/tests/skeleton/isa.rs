//! Registers, frame and jumps.

use crate::emit::{Emitter, jump_size, write_jump};
use crate::ops::{BASE, CONDITIONS, OPS, Op, STACK, VALUES};
use son_codegen::buffer::Code;
use son_codegen::frame::FrameMode;
use son_codegen::isa::{Convention, Emit, Isa, ListingStyle, Names, SavedArea, Unwinding};
use son_codegen::machine::{MachineInst, OpInfo, Opcode};
use son_codegen::mir::Mir;
use son_codegen::regalloc2::{MachineEnv, PReg, PRegSet, RegClass};
use son_ir::CallConv;
use std::sync::LazyLock;
use target_lexicon::Architecture;

/// The instruction set.
pub(crate) struct Skeleton {
    convention: Convention,
}

/// The only instance.
pub(crate) fn isa() -> &'static Skeleton {
    static ISA: LazyLock<Skeleton> = LazyLock::new(|| Skeleton { convention: convention() });
    &ISA
}

/// All registers of values are destroyed by calls, so that no prologue saves any.
fn convention() -> Convention {
    let values: PRegSet = VALUES.into_iter().collect();
    let environment = MachineEnv {
        preferred_regs_by_class: [values, PRegSet::empty(), PRegSet::empty()],
        non_preferred_regs_by_class: [PRegSet::empty(); 3],
        scratch_by_class: [None; 3],
        fixed_stack_slots: Vec::new(),
    };
    Convention {
        clobbers: values,
        half_saved: PRegSet::empty(),
        callee_saved: &[],
        environments: [environment.clone(), environment.clone(), environment.clone()],
        fast_environment: environment,
        red_zone: 0,
        frame_at_entry: true,
    }
}

impl Isa for Skeleton {
    fn name(&self) -> &'static str {
        "skeleton"
    }

    fn architecture(&self) -> Architecture {
        Architecture::Unknown
    }

    fn listing_style(&self) -> ListingStyle {
        ListingStyle { head: "", comment: ";" }
    }

    fn ops(&self) -> &'static [OpInfo] {
        OPS
    }

    fn jump(&self) -> Opcode {
        Op::Jump.into()
    }

    fn copy(&self, _class: RegClass) -> MachineInst {
        MachineInst::new(Op::Move, 8)
    }

    fn slot_load(&self, _class: RegClass, _wide: bool) -> MachineInst {
        MachineInst::new(Op::Load, 8)
    }

    fn slot_store(&self, _class: RegClass, _wide: bool) -> MachineInst {
        MachineInst::new(Op::Store, 8)
    }

    fn convention(&self, _conv: CallConv) -> &Convention {
        &self.convention
    }

    fn base_register(&self) -> PReg {
        BASE
    }

    fn stack_align(&self) -> u32 {
        8
    }

    fn stack_stays_aligned(&self) -> bool {
        true
    }

    fn saved_area(&self, _mode: FrameMode, _mir: &Mir, _saved: &[PReg], _slots: u64) -> SavedArea {
        SavedArea::default()
    }

    fn unwinding(&self) -> Unwinding {
        Unwinding { code_unit: 1, stack_pointer: STACK.hw_enc() as u16, return_address: 14, pushed: 0 }
    }

    fn register_name(&self, register: PReg) -> &'static str {
        const NAMES: [&str; 16] =
            ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "sp"];
        NAMES[register.hw_enc()]
    }

    fn condition_name(&self, cond: u8) -> Option<&'static str> {
        CONDITIONS.get(usize::from(cond)).copied()
    }

    fn emitter(&self) -> Box<dyn Emit> {
        Box::new(Emitter::default())
    }

    fn jump_size(&self, kind: u32, long: bool) -> u32 {
        jump_size(kind, long)
    }

    fn jump_reaches(&self, _kind: u32, distance: i64) -> bool {
        i8::try_from(distance).is_ok()
    }

    fn write_jump(&self, kind: u32, long: bool, distance: i64, code: &mut Vec<u8>) {
        write_jump(kind, long, distance, code);
    }

    fn write_padding(&self, bytes: usize, code: &mut Vec<u8>) {
        // A register is copied to itself.
        (0..bytes).for_each(|_| code.push(crate::emit::NOTHING));
    }

    fn disassemble(&self, _code: &Code, _names: &dyn Names, _each: &mut dyn FnMut(u32, &str)) {}
}
