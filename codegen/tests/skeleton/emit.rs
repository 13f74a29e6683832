//! The encoder. The first byte of an instruction is its op; registers follow, a byte each, then constants.
//!
//! Jumps are `op distance` and `op size/condition a b distance`, the long ones with another op and 32 bits of distance,
//! counted from the end.

use crate::ops::{Op, SCRATCH, STACK};
use son_codegen::buffer::{CodeBuffer, FrameEvent, Label};
use son_codegen::isa::{Emit, FunctionContext, Targets};
use son_codegen::machine::{Base, MachineInst};
use son_codegen::regalloc2::{Allocation, PReg};

/// The first byte of what does nothing.
pub(crate) const NOTHING: u8 = 0xff;
/// Marks the long form of a jump.
pub(crate) const LONG: u8 = 0x80;

/// A jump's kind: condition, width and both registers, or nothing but [`ALWAYS`].
fn conditional(inst: &MachineInst, cond: u8, [a, b]: [PReg; 2]) -> u32 {
    u32::from_le_bytes([cond, inst.size, a.hw_enc() as u8, b.hw_enc() as u8])
}

/// The kind of a jump without condition, which has no such width.
const ALWAYS: u32 = 0;

pub(crate) fn jump_size(kind: u32, long: bool) -> u32 {
    let head = if kind == ALWAYS { 1 } else { 5 };
    head + if long { 4 } else { 1 }
}

pub(crate) fn write_jump(kind: u32, long: bool, distance: i64, code: &mut Vec<u8>) {
    let op = if kind == ALWAYS { Op::Jump } else { Op::Branch };
    code.push(op as u8 | if long { LONG } else { 0 });
    if kind != ALWAYS {
        code.extend(kind.to_le_bytes());
    }
    match long {
        true => code.extend((distance as i32).to_le_bytes()),
        false => code.push(distance as i8 as u8),
    }
}

fn reg(allocation: Allocation) -> PReg {
    allocation.as_reg().expect("the table wants registers")
}

/// The emitter keeps the bytes of the function.
#[derive(Default)]
pub(crate) struct Emitter {
    bytes: Vec<u8>,
}

impl Emitter {
    fn put(&mut self, code: &mut CodeBuffer, op: Op, registers: &[PReg], constant: &[u8]) {
        self.bytes.push(op as u8);
        self.bytes.extend(registers.iter().map(|register| register.hw_enc() as u8));
        self.bytes.extend(constant);
        code.advance(1 + registers.len() + constant.len());
    }

    /// Moves the stack pointer.
    fn move_stack(&mut self, code: &mut CodeBuffer, by: i64) {
        self.put(code, Op::Constant, &[SCRATCH], &by.to_le_bytes());
        self.put(code, Op::Add, &[STACK, STACK, SCRATCH], &[]);
    }

    /// Loads or stores 8 bytes at an offset from the stack pointer.
    fn access(&mut self, code: &mut CodeBuffer, op: Op, register: PReg, offset: i32) {
        self.put(code, op, &[register], &offset.to_le_bytes());
    }
}

impl Emit for Emitter {
    fn begin(&mut self) {
        self.bytes.clear();
    }

    fn prologue(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        if function.frame.size > 0 {
            self.move_stack(code, -i64::from(function.frame.size));
            code.frame_event(FrameEvent::CfaOffset(function.frame.size));
        }
    }

    fn epilogue(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer) {
        if function.frame.size > 0 {
            self.move_stack(code, i64::from(function.frame.size));
        }
    }

    fn describe_frame(&mut self, _function: FunctionContext<'_>, _code: &mut CodeBuffer) {}

    fn bind(&mut self, code: &mut CodeBuffer, label: Label) {
        code.bind(label);
    }

    fn copy(&mut self, function: FunctionContext<'_>, code: &mut CodeBuffer, from: Allocation, to: Allocation) {
        let place = |spilled: Allocation| function.frame.spill(spilled.as_stack().expect("no register")).1;
        match (from.as_reg(), to.as_reg()) {
            (Some(from), Some(to)) => self.put(code, Op::Move, &[to, from], &[]),
            (Some(from), None) => self.access(code, Op::Store, from, place(to)),
            (None, Some(to)) => self.access(code, Op::Load, to, place(from)),
            (None, None) => unreachable!("the allocator moves by way of a register"),
        }
    }

    fn absorbs_copy(&self, _inst: &MachineInst, _allocations: &[Allocation]) -> bool {
        false
    }

    fn inst(
        &mut self,
        function: FunctionContext<'_>,
        code: &mut CodeBuffer,
        inst: &MachineInst,
        a: &[Allocation],
        _copied: Option<PReg>,
    ) {
        let is = |op: Op| inst.opcode == op.into();
        let slot = |inst: &MachineInst| {
            assert_eq!(inst.base, Base::Slot, "selection refuses other addresses");
            function.frame.slot(inst.symbol).1 + inst.disp
        };
        match () {
            _ if is(Op::Params) || is(Op::Unreachable) => {}
            _ if is(Op::Ret) => {
                self.epilogue(function, code);
                self.put(code, Op::Ret, &[], &[]);
            }
            _ if is(Op::Constant) => self.put(code, Op::Constant, &[reg(a[0])], &inst.imm.to_le_bytes()),
            _ if is(Op::AddConstant) => {
                self.put(code, Op::AddConstant, &[reg(a[0]), reg(a[1])], &[inst.imm as i8 as u8]);
            }
            _ if is(Op::Load) => self.access(code, Op::Load, reg(a[0]), slot(inst)),
            _ if is(Op::Store) => self.access(code, Op::Store, reg(a[0]), slot(inst)),
            _ if is(Op::Move) => self.put(code, Op::Move, &[reg(a[0]), reg(a[1])], &[]),
            _ => {
                let op = [Op::Add, Op::Sub, Op::Mul].into_iter().find(|&op| is(op)).expect("all other ops");
                self.put(code, op, &[reg(a[0]), reg(a[1]), reg(a[2])], &[]);
            }
        }
    }

    fn branch(
        &mut self,
        _function: FunctionContext<'_>,
        code: &mut CodeBuffer,
        inst: &MachineInst,
        a: &[Allocation],
        Targets { succs, next }: Targets<'_>,
    ) {
        let last = match *succs {
            [yes, no] if next == Some(yes) => {
                code.jump(conditional(inst, inst.cond ^ 1, [reg(a[0]), reg(a[1])]), no);
                yes
            }
            [yes, no] => {
                code.jump(conditional(inst, inst.cond, [reg(a[0]), reg(a[1])]), yes);
                no
            }
            _ => succs[0],
        };
        if next != Some(last) {
            code.jump(ALWAYS, last);
        }
    }

    fn bytes(&mut self) -> &[u8] {
        &self.bytes
    }
}
