//! Compares and what consumes them, jumps, calls, and the stack pointer.

use super::asm::{Assembler, Mem, Reference, Rm, reg};
use super::codes::{self, Alu, by_size, by_word};
use super::ops::{Compare, Consumer, Op};
use super::regs::*;
use super::{JUMP_ALWAYS, abi};
use crate::buffer::{Label, RelocationKind, RelocationTarget};
use crate::isa::Targets;
use crate::machine::{Base, MachineInst};
use crate::mir::Location;
use crate::runtime::Runtime;
use iced_x86::Code;
use regalloc2::{Allocation, PReg};

/// What the CPU's flags describe, so that a test of the same register can be left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Described {
    pub(super) register: PReg,
    size: u8,
    /// Carry and overflow are clear, as after a test.
    logical: bool,
}

impl Assembler<'_> {
    // ---- flags ----

    /// Notes that the zero and sign flags describe a register after an arithmetic instruction.
    pub(super) fn describe(&mut self, alu: Alu, register: PReg, size: u8) {
        let logical = matches!(alu, Alu::And | Alu::Or | Alu::Xor);
        self.described = matches!(alu, Alu::And | Alu::Or | Alu::Xor | Alu::Add | Alu::Sub).then_some(Described {
            register,
            size,
            logical,
        });
    }

    /// True if the flags are those of comparing the register with zero, as far as `cond` looks at them.
    fn is_described(&self, register: PReg, size: u8, cond: u8) -> bool {
        let by_result = [Cond::E, Cond::Ne, Cond::S, Cond::Ns].iter().any(|&c| c as u8 == cond);
        self.described.is_some_and(|described| {
            described.register == register && described.size == size && (described.logical || by_result)
        })
    }

    // ---- compares ----

    /// Emits the compare of a fused op; `a` are the inputs of the compare.
    fn compare(&mut self, compare: Compare, inst: &MachineInst, a: &[Allocation]) {
        use Compare::*;
        let size = inst.size;
        match compare {
            CmpRR => match self.any(a[1]) {
                Rm::Reg(b) => self.rm_reg(Alu::Cmp.rm_reg(size), Rm::Reg(reg(a[0])), b, size),
                b => self.reg_rm(Alu::Cmp.reg_rm(size), (reg(a[0]), size), (b, size)),
            },
            CmpRI => self.compare_imm(self.any(a[0]), inst),
            CmpRM => {
                let mem = Rm::Mem(self.address(inst, &a[1..]));
                self.reg_rm(Alu::Cmp.reg_rm(size), (reg(a[0]), size), (mem, size));
            }
            CmpMR => {
                let mem = Rm::Mem(self.address(inst, a));
                self.rm_reg(Alu::Cmp.rm_reg(size), mem, reg(a[a.len() - 1]), size);
            }
            CmpMI => self.compare_imm(Rm::Mem(self.address(inst, a)), inst),
            TestRR => match self.any(a[1]) {
                Rm::Reg(b) if reg(a[0]) == b => self.test_self(b, inst),
                b => self.rm_reg(by_size(Code::Test_rm8_r8, size), b, reg(a[0]), size),
            },
            TestRI => self.test_imm(self.any(a[0]), inst.imm, size),
            TestMR => {
                let mem = Rm::Mem(self.address(inst, a));
                self.rm_reg(by_size(Code::Test_rm8_r8, size), mem, reg(a[a.len() - 1]), size);
            }
            TestMI => self.test_imm(Rm::Mem(self.address(inst, a)), inst.imm, size),
            BtRR => self.rm_reg(by_word(Code::Bt_rm16_r16, size), Rm::Reg(reg(a[0])), reg(a[1]), size),
            BtRI => self.rm_byte(by_word(Code::Bt_rm16_imm8, size), self.any(a[0]), size, inst.imm as u8),
            UcomisRR => self.compare_floats(reg(a[0]), self.any(a[1]), size),
            UcomisRM => self.compare_floats(reg(a[0]), Rm::Mem(self.address(inst, &a[1..])), size),
        }
    }

    fn compare_floats(&mut self, left: PReg, right: Rm, size: u8) {
        let code = if size == 4 { Code::Ucomiss_xmm_xmmm32 } else { Code::Ucomisd_xmm_xmmm64 };
        self.xmm_rm(code, left, right);
    }

    fn compare_imm(&mut self, left: Rm, inst: &MachineInst) {
        match left {
            Rm::Reg(left) if inst.imm == 0 => self.test_self(left, inst),
            left => self.alu_rm_imm(Alu::Cmp, left, inst.imm, inst.size, false),
        }
    }

    fn test_self(&mut self, register: PReg, inst: &MachineInst) {
        if !self.is_described(register, inst.size, inst.cond) {
            self.rm_reg(by_size(Code::Test_rm8_r8, inst.size), Rm::Reg(register), register, inst.size);
        }
    }

    /// A test of bits 0 to 6 needs the low byte only, and one of bits 0 to 30 the low half. Accesses of memory keep their
    /// width.
    fn test_imm(&mut self, left: Rm, imm: i64, size: u8) {
        let size = match (left, imm) {
            (Rm::Reg(_), 0..=0x7f) => 1,
            (Rm::Reg(_), 0..=0x7fff_ffff) => size.min(4),
            _ => size,
        };
        let code = if size == 1 { Code::Test_rm8_imm8 } else { by_word(Code::Test_rm16_imm16, size) };
        match left {
            Rm::Reg(RAX) => self.rm_imm(by_size(Code::Test_AL_imm8, size), left, size, imm, false),
            left => self.rm_imm(code, left, size, imm, false),
        }
    }

    /// Emits a fused op whose result is a value; `a` are all operands.
    pub(super) fn consume(&mut self, compare: Compare, consumer: Consumer, inst: &MachineInst, a: &[Allocation]) {
        match consumer {
            Consumer::Set => self.set(compare, inst, a),
            Consumer::Select => {
                self.compare(compare, inst, &a[3..]);
                self.select(inst, reg(a[0]), self.any(a[2]));
            }
            Consumer::SelectFloat => {
                self.compare(compare, inst, &a[3..]);
                self.select_float(inst, reg(a[0]), self.any(a[2]));
            }
            Consumer::Jump => unreachable!("MIR law 4: a conditional jump ends its block"),
        }
    }

    /// `xor d, d; cmp; setcc d` if the result shares no register with an input, else `cmp; setcc d; movzx d, d`.
    fn set(&mut self, compare: Compare, inst: &MachineInst, a: &[Allocation]) {
        let to = reg(a[0]);
        let two = [Cond::FloatEq as u8, Cond::FloatNe as u8].contains(&inst.cond);
        // Clearing destroys flags that would spare the compare.
        let spared = matches!(compare, Compare::TestRR | Compare::CmpRI)
            && a[1].as_reg().is_some_and(|left| self.is_described(left, inst.size, inst.cond));
        if inst.from != 4 || two || spared || a[1..].contains(&a[0]) {
            return self.set_after(compare, inst, a, to);
        }
        self.constant(to, 0, 4);
        self.compare(compare, inst, &a[1..]);
        self.reg(codes::setcc(inst.cond), to, 1);
    }

    fn set_after(&mut self, compare: Compare, inst: &MachineInst, a: &[Allocation], to: PReg) {
        self.compare(compare, inst, &a[1..]);
        match Cond::from_u8(inst.cond) {
            Some(Cond::FloatEq | Cond::FloatNe) => self.set_float_equality(inst.cond, to),
            _ => self.reg(codes::setcc(inst.cond), to, 1),
        }
        if inst.from == 4 {
            self.reg_rm(Code::Movzx_r32_rm8, (to, 4), (Rm::Reg(to), 1));
        }
    }

    /// Equality of floats takes two flags: the sign of the outcome is set first, and a jump skips its correction.
    fn set_float_equality(&mut self, cond: u8, to: PReg) {
        let equal = cond == Cond::FloatEq as u8;
        let done = self.code.label();
        self.reg(codes::setcc(if equal { Cond::E } else { Cond::Ne } as u8), to, 1);
        self.jump(Cond::Np as u8, done);
        self.rm_imm(Code::Mov_rm8_imm8, Rm::Reg(to), 1, i64::from(!equal), false);
        self.bind(done);
    }

    fn select(&mut self, inst: &MachineInst, to: PReg, if_true: Rm) {
        let size = inst.from.max(4);
        let mut on = |cond: Cond| self.reg_rm(codes::cmovcc(cond as u8, size), (to, size), (if_true, size));
        match Cond::from_u8(inst.cond).expect("MIR law 5: a condition") {
            Cond::FloatNe => {
                on(Cond::Ne);
                on(Cond::P);
            }
            cond => on(cond),
        }
    }

    fn select_float(&mut self, inst: &MachineInst, to: PReg, if_true: Rm) {
        let (take, done) = (self.code.label(), self.code.label());
        match Cond::from_u8(inst.cond).expect("MIR law 5: a condition") {
            Cond::FloatNe => {
                self.jump(Cond::Ne as u8, take);
                self.jump(Cond::Np as u8, done);
            }
            cond => self.jump(cond.inverted() as u8, done),
        }
        self.bind(take);
        self.load_float(to, if_true, inst.from);
        self.bind(done);
    }

    // ---- jumps ----

    /// A conditional jump on one of the CPU's sixteen conditions.
    pub(super) fn jump(&mut self, cond: u8, label: Label) {
        self.code.jump(u32::from(cond), label);
    }

    /// An unconditional jump.
    pub(super) fn jump_always(&mut self, label: Label) {
        self.code.jump(u32::from(JUMP_ALWAYS), label);
    }

    /// Binds a label here.
    pub(super) fn bind(&mut self, label: Label) {
        self.described = None;
        self.code.bind(label);
    }

    /// Emits a terminator that has successors.
    pub(super) fn branch(&mut self, op: Op, inst: &MachineInst, a: &[Allocation], targets: Targets<'_>) {
        if let Some((compare, Consumer::Jump)) = Compare::parts(op) {
            self.compare(compare, inst, a);
            let cond = Cond::from_u8(inst.cond).expect("MIR law 5: a condition");
            return self.two_way(cond, targets);
        }
        match op {
            Op::Jump if targets.next == Some(targets.succs[0]) => {}
            Op::Jump => self.jump_always(targets.succs[0]),
            Op::JumpTable => self.jump_table(inst.imm as u32, reg(a[0]), reg(a[1]), reg(a[2])),
            _ => self.rm(Code::Jmp_rm64, self.any(a[0]), 8),
        }
    }

    fn two_way(&mut self, cond: Cond, Targets { succs, next }: Targets<'_>) {
        let (mut cond, mut yes, mut no) = (cond, succs[0], succs[1]);
        if next == Some(yes) {
            (cond, yes, no) = (cond.inverted(), no, yes);
        }
        match cond {
            Cond::FloatNe => {
                self.jump(Cond::Ne as u8, yes);
                self.jump(Cond::P as u8, yes);
            }
            Cond::FloatEq => {
                self.jump(Cond::Ne as u8, no);
                self.jump(Cond::Np as u8, yes);
            }
            cond => self.jump(cond as u8, yes),
        }
        if next != Some(no) {
            self.jump_always(no);
        }
    }

    /// The table holds distances from its start, so that no entry needs a relocation when the code is loaded.
    fn jump_table(&mut self, table: u32, base: PReg, entry: PReg, index: PReg) {
        let reference = Reference::Relocation(RelocationKind::Pc32, RelocationTarget::Table(table));
        self.lea(base, Mem::relative(reference, 0), 8);
        self.reg_rm(Code::Movsxd_r64_rm32, (entry, 8), (Rm::Mem(Mem::indexed(base, index, 4)), 4));
        self.alu_reg_rm(Alu::Add, entry, Rm::Reg(base), 8);
        if self.mir.facts().protection.branch_targets {
            // Without a mark where it goes: the table cannot be written.
            self.byte(0x3e);
        }
        self.reg(Code::Jmp_rm64, entry, 8);
    }

    // ---- calls ----

    /// Emits a call, a return or an op at the function's entry; false if the op is none of them.
    pub(super) fn call_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        match op {
            Op::Params => self.mark_entry(),
            Op::Barrier | Op::Unreachable => {}
            Op::Ud2 => self.plain(Code::Ud2),
            Op::Call => {
                self.stack_arguments(inst, a, 0);
                self.call_symbol(Code::Call_rel32_64, inst);
                self.mark_second_return(inst);
            }
            Op::CallReg => {
                let target = a[self.mir.site_results(inst.imm).len()];
                self.stack_arguments(inst, a, 1);
                self.rm(Code::Call_rm64, self.any(target), 8);
                self.mark_second_return(inst);
            }
            Op::CallMem => {
                let registers = inst.address().registers();
                let first = self.mir.site_results(inst.imm).len();
                let target = self.address(inst, &a[first..first + registers]);
                self.stack_arguments(inst, a, registers);
                self.rm(Code::Call_rm64, Rm::Mem(target), 8);
                self.mark_second_return(inst);
            }
            Op::Ret => {
                self.epilogue();
                self.plain(Code::Retnq);
                self.after_epilogue();
            }
            Op::TailCall => {
                self.epilogue();
                self.call_symbol(Code::Jmp_rel32_64, inst);
                self.after_epilogue();
            }
            Op::TailCallReg => {
                self.epilogue();
                self.reg(Code::Jmp_rm64, R11, 8);
                self.after_epilogue();
            }
            Op::TlsGeneral => self.tls_general(inst),
            Op::TlsModule => self.tls_module(inst),
            Op::TlsVariable => self.tls_variable(inst),
            _ => return self.stack_op(op, inst, a),
        }
        true
    }

    /// What returns twice does so the second time by a jump to the address behind the call.
    fn mark_second_return(&mut self, inst: &MachineInst) {
        if self.mir.facts().protection.branch_targets && self.mir.site(inst.imm).returns_twice {
            self.plain(Code::Endbr64);
        }
    }

    /// Stores the arguments that travel on the stack. Spilled ones go by way of the stack itself, as no register may
    /// be free.
    fn stack_arguments(&mut self, inst: &MachineInst, a: &[Allocation], before: usize) {
        let site = self.mir;
        let first = site.site_results(inst.imm).len() + before;
        for (location, &allocation) in site.site_arguments(inst.imm).iter().zip(&a[first..]) {
            let Location::Stack { offset, size } = *location else { continue };
            let to = self.frame_mem(self.frame.outgoing()).offset(offset as i32);
            match self.any(allocation) {
                Rm::Reg(from) if from.class() == regalloc2::RegClass::Float => {
                    self.store_float(Rm::Mem(to), from, size as u8);
                }
                Rm::Reg(from) => self.rm_reg(Code::Mov_rm64_r64, Rm::Mem(to), from, 8),
                Rm::Mem(from) => {
                    for word in (0..size as i32).step_by(8) {
                        self.rm(Code::Push_rm64, Rm::Mem(from.offset(word)), 8);
                        self.rm(Code::Pop_rm64, Rm::Mem(to.offset(word)), 8);
                    }
                }
            }
        }
    }

    /// A call of or jump to the symbol that the instruction names.
    fn call_symbol(&mut self, code: Code, inst: &MachineInst) {
        let symbol = RelocationTarget::Symbol(inst.symbol);
        if inst.base == Base::Got {
            let code = if code == Code::Call_rel32_64 { Code::Call_rm64 } else { Code::Jmp_rm64 };
            let reference = Reference::Relocation(RelocationKind::RexGotPcRelX, symbol);
            return self.rm(code, Rm::Mem(Mem::relative(reference, 0)), 8);
        }
        self.near(code, symbol, RelocationKind::Plt32);
    }

    pub(super) fn near(&mut self, code: Code, target: RelocationTarget, kind: RelocationKind) {
        self.build(code, |instruction| {
            instruction.set_op0_kind(iced_x86::OpKind::NearBranch64);
            instruction.set_near_branch64(5);
            None
        });
        self.code.relocation(4, kind, target, -4);
    }

    // ---- thread-locals ----

    /// Emits an op that computes a thread-local address without a call; false if the op is none.
    pub(super) fn tls_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        if op == Op::TlsIndex {
            self.tls_index(inst, reg(a[0]), reg(a[1]));
            return true;
        }
        if !matches!(op, Op::TlsBase | Op::TlsLocal | Op::TlsInitial) {
            return false;
        }
        let to = reg(a[0]);
        let thread = Mem { segment: iced_x86::Register::FS, ..Mem::absolute(0) };
        self.load(to, Rm::Mem(thread), 8);
        let symbol = RelocationTarget::Symbol(inst.symbol);
        match op {
            Op::TlsLocal => {
                let offset = Some(Reference::Relocation(RelocationKind::TpOff32, symbol));
                self.lea(to, Mem { reference: offset, ..Mem::at(to, inst.disp) }, 8);
            }
            Op::TlsInitial => {
                let entry = Mem::relative(Reference::Relocation(RelocationKind::GotTpOff, symbol), 0);
                self.alu_reg_rm(Alu::Add, to, Rm::Mem(entry), 8);
            }
            _ => {}
        }
        true
    }

    /// The thread has a table of blocks, one for each image.
    fn tls_index(&mut self, inst: &MachineInst, to: PReg, table: PReg) {
        const TABLE: i32 = 0x58;
        let index = RelocationTarget::Symbol(Runtime::ThreadLocalIndex.symbol());
        self.load(to, Rm::Mem(Mem::relative(Reference::Relocation(RelocationKind::Pc32, index), 0)), 4);
        self.load(table, Rm::Mem(Mem { segment: iced_x86::Register::GS, ..Mem::absolute(TABLE) }), 8);
        self.load(to, Rm::Mem(Mem::indexed(table, to, 8)), 8);
        let symbol = RelocationTarget::Symbol(inst.symbol);
        let offset = Some(Reference::Relocation(RelocationKind::SectionOffset, symbol));
        self.lea(to, Mem { reference: offset, ..Mem::at(to, inst.disp) }, 8);
    }

    /// The sequence has the prefixes that the linker expects when it relaxes to another model.
    fn tls_general(&mut self, inst: &MachineInst) {
        self.byte(0x66);
        let symbol = RelocationTarget::Symbol(inst.symbol);
        self.lea(RDI, Mem::relative(Reference::Relocation(RelocationKind::TlsGd, symbol), 0), 8);
        for prefix in [0x66, 0x66, 0x48] {
            self.byte(prefix);
        }
        self.near(Code::Call_rel32_64, RelocationTarget::TlsGetAddr, RelocationKind::Plt32);
    }

    /// The distance from the start of the image's block, which the function returns. The linker expects no prefixes.
    fn tls_module(&mut self, inst: &MachineInst) {
        let symbol = RelocationTarget::Symbol(inst.symbol);
        self.lea(RDI, Mem::relative(Reference::Relocation(RelocationKind::TlsLd, symbol), 0), 8);
        self.near(Code::Call_rel32_64, RelocationTarget::TlsGetAddr, RelocationKind::Plt32);
        let offset = Some(Reference::Relocation(RelocationKind::DtpOff32, symbol));
        self.lea(RAX, Mem { reference: offset, ..Mem::at(RAX, 0) }, 8);
    }

    /// The descriptor's first word is a function that takes the descriptor.
    fn tls_variable(&mut self, inst: &MachineInst) {
        let descriptor = Reference::Relocation(RelocationKind::Tlv, RelocationTarget::Symbol(inst.symbol));
        self.load(RDI, Rm::Mem(Mem::relative(descriptor, 0)), 8);
        self.rm(Code::Call_rm64, Rm::Mem(Mem::at(RDI, 0)), 8);
    }

    // ---- the stack ----

    fn stack_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        match op {
            Op::Alloca | Op::AllocaProbed => {
                match op {
                    Op::Alloca => self.alu_reg_rm(Alu::Sub, RSP, Rm::Reg(reg(a[1])), 8),
                    _ => self.touch_pages(),
                }
                let (align, outgoing) =
                    (inst.imm.max(i64::from(abi::STACK_ALIGN)), i64::from(self.frame.outgoing_size));
                self.alu_rm_imm(Alu::And, Rm::Reg(RSP), -align, 8, false);
                // The block starts above the stack arguments of calls.
                let below_arguments = -outgoing & (align - 1);
                if below_arguments != 0 {
                    self.alu_rm_imm(Alu::Sub, Rm::Reg(RSP), below_arguments, 8, false);
                }
                self.lea(reg(a[0]), Mem::at(RSP, outgoing as i32), 8);
            }
            Op::StackSave => self.copy_int(reg(a[0]), RSP, 8),
            Op::StackRestore => self.copy_int(RSP, reg(a[0]), 8),
            Op::FrameAddress => self.copy_int(reg(a[0]), RBP, 8),
            Op::ReturnAddress => {
                let place = self.frame_mem(self.frame.return_address());
                self.load(reg(a[0]), Rm::Mem(place), 8);
            }
            Op::SaveVarargs => self.save_varargs(inst, a),
            _ => return false,
        }
        true
    }

    /// Integer registers are stored by their place in the calling convention; float registers only if `al` says that
    /// the caller used some.
    fn save_varargs(&mut self, inst: &MachineInst, a: &[Allocation]) {
        let area = self.frame_mem(self.frame.slot(inst.symbol));
        let (site, done) = (self.mir.site_arguments(inst.imm), self.code.label());
        let mut tested = false;
        let place = |registers: &[PReg], register: PReg| registers.iter().position(|&r| r == register);
        for &location in site {
            let Location::Reg(register) = location else { continue };
            if let Some(number) = place(&abi::INT_ARGS, register) {
                let to = Rm::Mem(area.offset(8 * number as i32));
                self.rm_reg(Code::Mov_rm64_r64, to, register, 8);
            }
        }
        debug_assert_eq!(site.len(), a.len());
        for &location in site {
            let Location::Reg(register) = location else { continue };
            if let Some(number) = place(&abi::FLOAT_ARGS, register) {
                if !tested {
                    self.rm_reg(Code::Test_rm8_r8, Rm::Reg(RAX), RAX, 1);
                    self.jump(Cond::E as u8, done);
                    tested = true;
                }
                let to = Rm::Mem(area.offset((abi::SAVE_AREA_FLOATS as usize + 16 * number) as i32));
                self.rm_reg(Code::Movaps_xmmm128_xmm, to, register, 16);
            }
        }
        self.bind(done);
    }
}
