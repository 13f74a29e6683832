//! Compares and what consumes them, jumps, calls, thread-locals, atomics, the stack.

use super::asm::{Assembler, IndexExtension, Mem, reg};
use super::emit::{B, B_COND, TBZ};
use super::encode::{Form, add_immediate};
use super::ops::{AtomicOp, Compare, Consumer, Op, extended};
use super::regs::*;
use super::{abi, ops};
use crate::buffer::{Label, RelocationKind, RelocationTarget};
use crate::isa::Targets;
use crate::machine::MachineInst;
use crate::mir::Location;
use crate::runtime::Runtime;
use regalloc2::{Allocation, PReg, RegClass};

impl Assembler<'_> {
    // ---- compares ----

    fn set_flags(&mut self, compare: Compare, inst: &MachineInst, a: &[Allocation]) {
        let size = inst.size;
        match compare {
            Compare::CmpRR => self.compare(Form::Subs, size, reg(a[0]), reg(a[1]), inst.imm),
            Compare::TstRR => self.compare(Form::Ands, size, reg(a[0]), reg(a[1]), inst.imm),
            Compare::TstRI => self.logic(Form::AndsI, size, [ZR, reg(a[0])], inst.imm),
            Compare::CmpRI => {
                let form = if inst.imm < 0 { Form::AddsI } else { Form::SubsI };
                let imm = add_immediate(inst.imm.abs()).expect("MIR law 3: an immediate of 12 bits");
                self.put(form, size, &[31, reg(a[0]).hw_enc() as i64, imm.0, imm.1]);
            }
            Compare::Fcmp => self.regs(Form::Fcmp, size, &[reg(a[0]), reg(a[1])]),
            Compare::FcmpZero => self.regs(Form::FcmpZero, size, &[reg(a[0])]),
            Compare::Chain => self.chain(inst, a),
        }
    }

    /// Compares one after the other, each with its own operands.
    fn chain(&mut self, inst: &MachineInst, mut a: &[Allocation]) {
        let mir = self.mir;
        for (number, link) in mir.chain(inst.imm).iter().enumerate() {
            let op = Op::of(link.opcode);
            let (compare, _) = Compare::parts(op).expect("MIR law 6: a chain of compares");
            let (own, others) = a.split_at(ops::OPS[op as usize].operands.len());
            match number {
                0 => self.set_flags(compare, link, own),
                _ => self.link(compare, link, own),
            }
            a = others;
        }
    }

    /// A compare that is done if the flags say so.
    fn link(&mut self, compare: Compare, inst: &MachineInst, a: &[Allocation]) {
        let (flags, cond) = (i64::from(inst.from), i64::from(inst.cond));
        let number = |place: usize| reg(a[place]).hw_enc() as i64;
        match compare {
            Compare::Fcmp => self.put(Form::Fccmp, inst.size, &[number(0), number(1), flags, cond]),
            Compare::CmpRR => self.put(Form::Ccmp, inst.size, &[number(0), number(1), flags, cond]),
            _ => {
                debug_assert_eq!(compare, Compare::CmpRI, "MIR law 3: later links compare only");
                let form = if inst.imm < 0 { Form::CcmnI } else { Form::CcmpI };
                self.put(form, inst.size, &[number(0), inst.imm.abs(), flags, cond]);
            }
        }
    }

    /// Emits a fused op whose result is a value; `a` are all operands.
    pub(super) fn consume(&mut self, compare: Compare, consumer: Consumer, inst: &MachineInst, a: &[Allocation]) {
        let cond = Cond::from_u8(inst.cond).expect("MIR law 5: a condition");
        let to = reg(a[0]);
        if matches!(consumer, Consumer::Set | Consumer::Mask) {
            self.set_flags(compare, inst, &a[1..]);
            return self.set(consumer, to, cond, inst.from);
        }
        // Constants are what the instruction makes of zero.
        let constant = matches!(consumer, Consumer::SelectZero | Consumer::SelectOne | Consumer::SelectOnes);
        let (no, first) = if constant { (ZR, 2) } else { (reg(a[2]), 3) };
        self.set_flags(compare, inst, &a[first..]);
        let yes = reg(a[1]);
        let form = match consumer {
            Consumer::SelectFloat => Form::Fcsel,
            Consumer::SelectNext | Consumer::SelectOne => Form::Csinc,
            Consumer::SelectNot | Consumer::SelectOnes => Form::Csinv,
            Consumer::SelectNeg => Form::Csneg,
            _ => Form::Csel,
        };
        if inst.from == 16 {
            return self.select_whole(cond, [to, yes, no]);
        }
        let scratch = if to.class() == RegClass::Float { V31 } else { X16 };
        match cond.parts() {
            (cond, None) => self.choose(form, inst.from, [to, yes, no], cond),
            (first, Some(second)) => {
                self.choose(form, inst.from, [scratch, yes, no], first);
                self.choose(form, inst.from, [to, yes, scratch], second);
            }
        }
    }

    /// Selects one of two float registers with all their bits, which only a jump can.
    fn select_whole(&mut self, cond: Cond, [to, yes, no]: [PReg; 3]) {
        let done = self.code.label();
        self.copy_float(V31, yes);
        let (first, second) = cond.parts();
        for cond in [Some(first), second].into_iter().flatten() {
            self.jump(cond, done);
        }
        self.copy_float(V31, no);
        self.code.bind(done);
        self.copy_float(to, V31);
    }

    /// 0 or 1, or 0 or all ones: what the inverse condition makes of two zeroes.
    fn set(&mut self, consumer: Consumer, to: PReg, cond: Cond, from: u8) {
        let (form, size) = if consumer == Consumer::Set { (Form::Csinc, 4) } else { (Form::Csinv, from) };
        let (first, second) = cond.parts();
        self.choose(form, size, [to, ZR, ZR], first.inverted());
        if let Some(second) = second {
            self.choose(form, size, [to, to, ZR], second.inverted());
        }
    }

    // ---- jumps ----

    fn jump(&mut self, cond: Cond, label: Label) {
        self.code.jump(B_COND | cond as u32, label);
    }

    fn jump_always(&mut self, label: Label) {
        self.code.jump(B, label);
    }

    /// Emits a terminator that has successors.
    pub(super) fn branch(&mut self, op: Op, inst: &MachineInst, a: &[Allocation], targets: Targets<'_>) {
        if let Some((compare, Consumer::Jump)) = Compare::parts(op) {
            return self.two_way(compare, inst, a, targets);
        }
        match op {
            Op::Jump if targets.next == Some(targets.succs[0]) => {}
            Op::Jump => self.jump_always(targets.succs[0]),
            Op::JumpTable => self.jump_table(inst.imm as u32, reg(a[0]), reg(a[1]), reg(a[2])),
            _ => self.regs(Form::Br, 8, &[reg(a[0])]),
        }
    }

    fn two_way(
        &mut self,
        compare: Compare,
        inst: &MachineInst,
        a: &[Allocation],
        Targets { succs, next }: Targets<'_>,
    ) {
        let (mut cond, mut yes, mut no) =
            (Cond::from_u8(inst.cond).expect("MIR law 5: a condition"), succs[0], succs[1]);
        if next == Some(yes) {
            (cond, yes, no) = (cond.inverted(), no, yes);
        }
        match test_jump(compare, inst, cond) {
            Some(kind) => self.code.jump(kind | reg(a[0]).hw_enc() as u32, yes),
            None => {
                self.set_flags(compare, inst, a);
                let (first, second) = cond.parts();
                self.jump(first, yes);
                if let Some(second) = second {
                    self.jump(second, yes);
                }
            }
        }
        if next != Some(no) {
            self.jump_always(no);
        }
    }

    /// The table holds distances from its start, so that no entry needs a relocation when the code is loaded.
    fn jump_table(&mut self, table: u32, base: PReg, entry: PReg, index: PReg) {
        self.target_address(base, RelocationTarget::Table(table), 0);
        let operands = [entry, base, index].map(|register| register.hw_enc() as i64);
        self.put(Form::LdrsXIndex, 4, &[operands[0], operands[1], operands[2], 1]);
        self.regs_shifted(Form::Add, 8, [entry, entry, base], 0);
        self.regs(Form::Br, 8, &[entry]);
    }

    // ---- calls ----

    /// Emits a call, a return or an op at the function's entry; false if the op is none of them.
    pub(super) fn call_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let symbol = RelocationTarget::Symbol(inst.symbol);
        match op {
            Op::Params => self.mark_entry(),
            Op::Barrier | Op::Unreachable => {}
            Op::Trap => self.put(Form::Brk, 8, &[1]),
            Op::Call => {
                self.stack_arguments(inst, a, 0);
                self.relocated(Form::Bl, &[], RelocationKind::Call26, symbol, 0);
                self.mark_second_return(inst);
            }
            Op::CallReg => {
                let target = reg(a[self.mir.site_results(inst.imm).len()]);
                self.stack_arguments(inst, a, 1);
                self.regs(Form::Blr, 8, &[target]);
                self.mark_second_return(inst);
            }
            Op::Ret => {
                self.epilogue();
                self.regs(Form::Ret, 8, &[LR]);
                self.after_epilogue();
            }
            Op::TailCall => {
                self.epilogue();
                self.relocated(Form::B, &[], RelocationKind::Jump26, symbol, 0);
                self.after_epilogue();
            }
            Op::TailCallReg => {
                self.epilogue();
                let mut target = abi::TAIL_CALLEE;
                if self.mir.facts().protection.branch_targets {
                    // From the scratch registers one may jump to what is marked as the start of a function.
                    self.copy_int(X16, target, 8);
                    target = X16;
                }
                self.regs(Form::Br, 8, &[target]);
                self.after_epilogue();
            }
            Op::TlsDescriptor => self.tls_descriptor(symbol),
            Op::TlsVariable => self.tls_variable(symbol),
            _ => return self.stack_op(op, inst, a),
        }
        true
    }

    /// What returns twice does so the second time by a jump to the address behind the call.
    fn mark_second_return(&mut self, inst: &MachineInst) {
        if self.mir.facts().protection.branch_targets && self.mir.site(inst.imm).returns_twice {
            self.put(Form::BtiJ, 8, &[]);
        }
    }

    /// Stores the arguments that travel on the stack; spilled ones by way of a scratch register.
    fn stack_arguments(&mut self, inst: &MachineInst, a: &[Allocation], before: usize) {
        let mir = self.mir;
        let first = mir.site_results(inst.imm).len() + before;
        for (location, &allocation) in mir.site_arguments(inst.imm).iter().zip(&a[first..]) {
            let Location::Stack { offset, size } = *location else { continue };
            let to = self.frame_mem(self.frame.outgoing()).plus(i64::from(offset));
            if let Some(from) = allocation.as_reg() {
                self.store(to, from, size as u8);
                continue;
            }
            let from = self.spill(allocation);
            let step = size.min(8) as u8;
            for word in (0..i64::from(size)).step_by(8) {
                self.load(X17, from.plus(word), step);
                self.store(to.plus(word), X17, step);
            }
        }
    }

    // ---- addresses by way of the GOT and of the thread ----

    /// The address of a symbol from its entry in the GOT.
    pub(super) fn got_entry(&mut self, to: PReg, symbol: u32) {
        let symbol = RelocationTarget::Symbol(symbol);
        self.relocated(Form::Adrp, &[to], RelocationKind::AdrGotPage, symbol, 0);
        self.relocated(Form::Ldr, &[to, to], RelocationKind::Ld64GotLo12Nc, symbol, 0);
    }

    /// Emits an op that computes a thread-local address without a call; false if the op is none.
    pub(super) fn tls_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let (symbol, disp) = (RelocationTarget::Symbol(inst.symbol), i64::from(inst.disp));
        match op {
            Op::TlsBase => self.regs(Form::MrsThread, 8, &[reg(a[0])]),
            Op::TlsLocal => {
                let to = reg(a[0]);
                self.regs(Form::MrsThread, 8, &[to]);
                self.put(Form::AddI, 8, &[to.hw_enc() as i64, to.hw_enc() as i64, 0, 1]);
                self.code.relocation(4, RelocationKind::TlsLeAddHi12, symbol, disp);
                self.relocated(Form::AddI, &[to, to], RelocationKind::TlsLeAddLo12Nc, symbol, disp);
            }
            Op::TlsInitial => {
                let to = reg(a[0]);
                self.relocated(Form::Adrp, &[X16], RelocationKind::TlsIeAdrGotTpRelPage21, symbol, 0);
                self.relocated(Form::Ldr, &[X16, X16], RelocationKind::TlsIeLd64GotTpRelLo12Nc, symbol, 0);
                self.regs(Form::MrsThread, 8, &[to]);
                self.regs_shifted(Form::Add, 8, [to, to, X16], 0);
            }
            Op::TlsIndex => self.tls_index(symbol, reg(a[0])),
            _ => return false,
        }
        true
    }

    /// The thread, in its register, has a table of blocks, one for each image.
    fn tls_index(&mut self, symbol: RelocationTarget, to: PReg) {
        const TABLE: i64 = 0x58;
        let index = RelocationTarget::Symbol(Runtime::ThreadLocalIndex.symbol());
        self.relocated(Form::Adrp, &[to], RelocationKind::AdrPrelPgHi21, index, 0);
        self.load(to, Mem::Low(to, index, 0), 4);
        self.load(X17, Mem::Offset(x(18), TABLE), 8);
        self.load(to, Mem::Index(X17, to, IndexExtension::None, true), 8);
        self.put(Form::AddI, 8, &[to.hw_enc() as i64, to.hw_enc() as i64, 0, 1]);
        self.code.relocation(4, RelocationKind::SectionOffsetHi12, symbol, 0);
        self.relocated(Form::AddI, &[to, to], RelocationKind::SectionOffsetLo12, symbol, 0);
    }

    /// The sequence is the one that linkers know and relax. The function that it calls changes `x0` and `x1` alone.
    fn tls_descriptor(&mut self, symbol: RelocationTarget) {
        self.relocated(Form::Adrp, &[x(0)], RelocationKind::TlsDescAdrPage21, symbol, 0);
        self.relocated(Form::Ldr, &[x(1), x(0)], RelocationKind::TlsDescLd64Lo12, symbol, 0);
        self.relocated(Form::AddI, &[x(0), x(0)], RelocationKind::TlsDescAddLo12, symbol, 0);
        self.relocated_call(x(1), symbol);
        self.regs(Form::MrsThread, 8, &[x(1)]);
        self.regs_shifted(Form::Add, 8, [x(0), x(0), x(1)], 0);
    }

    /// The descriptor's first word is a function that takes the descriptor.
    fn tls_variable(&mut self, symbol: RelocationTarget) {
        self.relocated(Form::Adrp, &[x(0)], RelocationKind::TlvPage, symbol, 0);
        self.relocated(Form::Ldr, &[x(0), x(0)], RelocationKind::TlvPageOffset, symbol, 0);
        self.load(x(1), Mem::Offset(x(0), 0), 8);
        self.regs(Form::Blr, 8, &[x(1)]);
    }

    fn relocated_call(&mut self, target: PReg, symbol: RelocationTarget) {
        self.regs(Form::Blr, 8, &[target]);
        self.code.relocation(4, RelocationKind::TlsDescCall, symbol, 0);
    }

    // ---- atomics ----

    /// Emits an ordered or atomic access; false if the op is none. What is changed is so by a loop of exclusive
    /// accesses that starts over if another thread wrote in between.
    pub(super) fn atomic_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        let (size, r) = (inst.size, |number: usize| reg(a[number]));
        match op {
            Op::Fence => self.put(Form::DmbIsh, 8, &[]),
            Op::Ldar => self.regs(Form::Ldar, size, &[r(0), r(1)]),
            Op::Stlr => self.regs(Form::Stlr, size, &[r(1), r(0)]),
            Op::LseExchange => self.regs(Form::SwpAl, size, &[r(2), r(0), r(1)]),
            Op::LseUpdate => {
                let operation = AtomicOp::from_i64(inst.imm).expect("MIR law 6: an atomic operation");
                let form = lse_form(operation).expect("selection asks for operations that there are");
                self.regs(form, size, &[r(2), r(0), r(1)]);
            }
            Op::LseSwap => self.lse_swap(size, r(0), r(1), [r(2), r(3)]),
            Op::LseSwapSet => {
                self.lse_swap(size, r(0), r(2), [r(3), r(4)]);
                self.compare(Form::Subs, size.max(4), r(0), r(3), 0);
                self.choose(Form::Csinc, 4, [r(1), ZR, ZR], Cond::Ne);
            }
            Op::Exchange => self.exclusive(size, r(0), r(1), |_| r(2)),
            Op::Update => {
                let operation = AtomicOp::from_i64(inst.imm).expect("MIR law 6: an atomic operation");
                let (old, new, operand) = (r(0), r(1), r(3));
                self.exclusive(size, old, r(2), |assembler| {
                    assembler.combine(operation, size, [new, old, operand]);
                    new
                });
            }
            Op::Swap => self.swap(size, r(0), r(1), [r(2), r(3)]),
            Op::SwapPair => {
                let [low, high, swapped, first] = [r(0), r(1), r(2), r(3)];
                self.swap_pair([low, high], [first, X17], r(4), [[r(5), r(6)], [r(7), r(8)]]);
                self.choose(Form::Csinc, 4, [swapped, ZR, ZR], Cond::Ne);
            }
            Op::LseSwapPair => {
                let (results, address, expected, new) = ([r(0), r(1)], r(3), [r(4), r(5)], r(6));
                let seen = [X16, X17];
                self.copy_ints(seen, expected);
                self.regs(Form::CaspAl, 8, &[X16, new, address]);
                self.compare_pair(seen, expected);
                self.copy_ints(results, seen);
                self.choose(Form::Csinc, 4, [r(2), ZR, ZR], Cond::Ne);
            }
            Op::SwapSet => {
                self.swap(size, r(0), r(2), [r(3), r(4)]);
                self.choose(Form::Csinc, 4, [r(1), ZR, ZR], Cond::Ne);
            }
            _ => return false,
        }
        true
    }

    /// Loads the old value, stores the one that `new` computes from it, until nobody came in between.
    fn exclusive(&mut self, size: u8, old: PReg, address: PReg, new: impl FnOnce(&mut Self) -> PReg) {
        let again = self.code.label();
        self.code.bind(again);
        self.regs(Form::Ldaxr, size, &[old, address]);
        let new = new(self);
        self.regs(Form::Stlxr, size, &[X16, new, address]);
        self.code.jump(CBNZ_W | X16.hw_enc() as u32, again);
    }

    fn swap(&mut self, size: u8, old: PReg, address: PReg, [expected, new]: [PReg; 2]) {
        let (again, done) = (self.code.label(), self.code.label());
        self.code.bind(again);
        self.regs(Form::Ldaxr, size, &[old, address]);
        self.compare(Form::Subs, size.max(4), old, expected, 0);
        self.jump(Cond::Ne, done);
        self.regs(Form::Stlxr, size, &[X16, new, address]);
        self.code.jump(CBNZ_W | X16.hw_enc() as u32, again);
        self.code.bind(done);
    }

    /// What is read is of one moment only if it is written back, changed or not.
    fn swap_pair(&mut self, old: [PReg; 2], stored: [PReg; 2], address: PReg, [expected, new]: [[PReg; 2]; 2]) {
        let again = self.code.label();
        self.code.bind(again);
        self.regs(Form::Ldaxp, 8, &[old[0], old[1], address]);
        self.compare_pair(old, expected);
        for word in 0..2 {
            self.choose(Form::Csel, 8, [stored[word], new[word], old[word]], Cond::Eq);
        }
        self.regs(Form::Stlxp, 8, &[X16, stored[0], stored[1], address]);
        self.code.jump(CBNZ_W | X16.hw_enc() as u32, again);
    }

    /// The flags of two words that are compared with two others: are all equal?
    fn compare_pair(&mut self, a: [PReg; 2], b: [PReg; 2]) {
        self.compare(Form::Subs, 8, a[0], b[0], 0);
        self.put(Form::Ccmp, 8, &[a[1].hw_enc() as i64, b[1].hw_enc() as i64, 0, Cond::Eq as i64]);
    }

    fn copy_ints(&mut self, to: [PReg; 2], from: [PReg; 2]) {
        for (to, from) in to.into_iter().zip(from) {
            self.copy_int(to, from, 8);
        }
    }

    fn lse_swap(&mut self, size: u8, old: PReg, address: PReg, [expected, new]: [PReg; 2]) {
        self.copy_int(old, expected, size.max(4));
        self.regs(Form::CasAl, size, &[old, new, address]);
    }

    fn combine(&mut self, op: AtomicOp, size: u8, registers: [PReg; 3]) {
        let (width, [new, old, operand]) = (size.max(4), registers);
        let form = match op {
            AtomicOp::Add => Form::Add,
            AtomicOp::Sub => Form::Sub,
            AtomicOp::And | AtomicOp::Nand => Form::And,
            AtomicOp::Or => Form::Orr,
            AtomicOp::Xor => Form::Eor,
            AtomicOp::Min => return self.keep_if(Cond::Lt, true, size, registers),
            AtomicOp::Max => return self.keep_if(Cond::Gt, true, size, registers),
            AtomicOp::Umin => return self.keep_if(Cond::Lo, false, size, registers),
            AtomicOp::Umax => return self.keep_if(Cond::Hi, false, size, registers),
        };
        self.regs_shifted(form, width, [new, old, operand], 0);
        if op == AtomicOp::Nand {
            self.regs_shifted(Form::Orn, width, [new, ZR, new], 0);
        }
    }

    /// The old value if it compares so with the operand, else the operand.
    fn keep_if(&mut self, cond: Cond, signed: bool, size: u8, [new, old, operand]: [PReg; 3]) {
        if size < 4 {
            let form = if signed { Form::Sbfm } else { Form::Ubfm };
            self.bit_field(form, 4, new, old, ops::field(0, i64::from(size) * 8 - 1));
            self.regs_extended(Form::SubsX, 4, [ZR, new, operand], extended(signed, size, 0));
        } else {
            self.compare(Form::Subs, size, old, operand, 0);
        }
        self.choose(Form::Csel, size.max(4), [new, old, operand], cond);
    }

    // ---- the stack ----

    fn stack_op(&mut self, op: Op, inst: &MachineInst, a: &[Allocation]) -> bool {
        match op {
            Op::Alloca | Op::AllocaProbed => {
                self.lower_stack_pointer(op, reg(a[1]));
                let (align, outgoing) =
                    (inst.imm.max(i64::from(abi::STACK_ALIGN)), i64::from(self.frame.outgoing_size));
                let from = if op == Op::Alloca { X16 } else { SP };
                self.align_stack_pointer(from, align);
                // The block starts above the stack arguments of calls.
                let below_arguments = -outgoing & (align - 1);
                if below_arguments != 0 {
                    self.add_offset(SP, SP, -below_arguments);
                }
                self.add_offset(reg(a[0]), SP, outgoing);
            }
            Op::StackSave => self.add_offset(reg(a[0]), SP, 0),
            Op::StackRestore => self.add_offset(SP, reg(a[0]), 0),
            Op::FrameAddress => self.copy_int(reg(a[0]), FP, 8),
            Op::ReturnAddress if self.has_record() => {
                let (register, above) = self.frame.incoming();
                let area = self.frame.saved_area.size as i32;
                let place = self.frame_mem((register, above - area + 8));
                self.load(reg(a[0]), place, 8);
            }
            Op::ReturnAddress => self.copy_int(reg(a[0]), LR, 8),
            Op::SaveVarargs => self.save_varargs(inst),
            _ => return false,
        }
        true
    }

    /// By so many bytes, into the scratch register; page by page the stack pointer itself, to a multiple of 16.
    fn lower_stack_pointer(&mut self, op: Op, bytes: PReg) {
        if op == Op::Alloca {
            return self.put(Form::SubSp, 8, &[16, 31, bytes.hw_enc() as i64, 0]);
        }
        self.add_offset(bytes, bytes, 15);
        self.bit_field(Form::Ubfm, 8, bytes, bytes, ops::field(4, 63));
        self.touch_pages();
    }

    /// Registers are stored by their number.
    fn save_varargs(&mut self, inst: &MachineInst) {
        let area = self.frame_mem(self.frame.slot(inst.symbol));
        let mir = self.mir;
        for &location in mir.site_arguments(inst.imm) {
            let Location::Reg(register) = location else { continue };
            let number = register.hw_enc() as i64;
            match register.class() {
                RegClass::Int => self.store(area.plus(8 * number), register, 8),
                _ => self.store(area.plus(i64::from(abi::SAVE_AREA_FLOATS) + 16 * number), register, 16),
            }
        }
    }
}

/// The instruction that does the operation in memory and returns the old value, if there is one.
pub(super) fn lse_form(operation: AtomicOp) -> Option<Form> {
    Some(match operation {
        AtomicOp::Add => Form::LdaddAl,
        AtomicOp::Or => Form::LdsetAl,
        AtomicOp::Xor => Form::LdeorAl,
        AtomicOp::Min => Form::LdsminAl,
        AtomicOp::Max => Form::LdsmaxAl,
        AtomicOp::Umin => Form::LduminAl,
        AtomicOp::Umax => Form::LdumaxAl,
        // The bits of the operand are cleared.
        AtomicOp::And => Form::LdclrAl,
        AtomicOp::Sub | AtomicOp::Nand => return None,
    })
}

/// `cbz` on 32 bits.
const CBZ: u32 = 0x3400_0000;
/// `cbnz` on 32 bits.
const CBNZ_W: u32 = CBZ | INVERTED;
const INVERTED: u32 = 1 << 24;

/// The jump that needs no flags: on a register that is zero or not, on one bit of it, on its sign.
fn test_jump(compare: Compare, inst: &MachineInst, cond: Cond) -> Option<u32> {
    let width = u32::from(inst.size) * 8;
    let test = |bit: u32, set: bool| TBZ | (bit >> 5) << 31 | (bit & 31) << 19 | if set { INVERTED } else { 0 };
    let mask = if width == 64 { inst.imm as u64 } else { u64::from(inst.imm as u32) };
    match (compare, cond) {
        (Compare::CmpRI, Cond::Eq | Cond::Ne) if inst.imm == 0 => {
            let inverted = if cond == Cond::Ne { INVERTED } else { 0 };
            Some(CBZ | (width >> 6) << 31 | inverted)
        }
        (Compare::CmpRI, Cond::Lt | Cond::Ge) if inst.imm == 0 => Some(test(width - 1, cond == Cond::Lt)),
        (Compare::TstRI, Cond::Eq | Cond::Ne) if mask.is_power_of_two() => {
            Some(test(mask.trailing_zeros(), cond == Cond::Ne))
        }
        _ => None,
    }
}
