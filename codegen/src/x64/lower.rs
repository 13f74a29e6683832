//! Calls, returns, parameters, variable arguments, switches and copies of memory by the System V convention.

use super::abi::{self, FLOAT_ARGS, FLOAT_RESULTS, INT_ARGS, INT_RESULTS};
use super::ops::Op as M;
use super::regs::{R11, RAX, RDI, RDX, RSI};
use crate::lower::values::{call_results, library_function, parameters, uses_va_start};
use crate::lower::{Lower, LowerError, Lowering, class_of, words_in};
use crate::machine::{Address, Base, MachineInst};
use crate::mir::Location;
use crate::runtime::{self, Runtime};
use regalloc2::{PReg, RegClass, VReg};
use smallvec::{SmallVec, smallvec};
use son_ir::analysis::Block;
use son_ir::{CallFlags, NodeId, Op, Param, Passing, Type};

/// The rules of the System V convention.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemV;

/// Hands out registers and places on the stack to arguments, in order.
#[derive(Default)]
struct Arguments {
    ints: usize,
    floats: usize,
    stack: u64,
}

impl Arguments {
    fn stack(&mut self, size: u64, align: u64) -> u64 {
        let offset = self.stack.next_multiple_of(align.max(abi::STACK_UNIT));
        self.stack = offset + size.next_multiple_of(abi::STACK_UNIT);
        offset
    }

    /// Where an argument of this type goes: two places for 128 bits.
    fn place(&mut self, ty: Type) -> SmallVec<[Location; 2]> {
        let words = words_in(ty);
        match class_of(ty) {
            RegClass::Float if self.floats < FLOAT_ARGS.len() => {
                self.floats += 1;
                smallvec![Location::Reg(FLOAT_ARGS[self.floats - 1])]
            }
            RegClass::Int if self.ints + words <= INT_ARGS.len() => {
                self.ints += words;
                (self.ints - words..self.ints).map(|number| Location::Reg(INT_ARGS[number])).collect()
            }
            _ => {
                let bytes = u64::from(ty.bytes()).next_multiple_of(8);
                let offset = self.stack(bytes, bytes) as u32;
                if words == 2 {
                    // As LLVM does it, no integer that follows goes into a register that is left.
                    self.ints = INT_ARGS.len();
                }
                match words {
                    2 => (0..2).map(|word| Location::Stack { offset: offset + word * 8, size: 8 }).collect(),
                    _ => smallvec![Location::Stack { offset, size: bytes as u32 }],
                }
            }
        }
    }
}

/// The registers in which results of these types are returned.
fn results(types: &[Param]) -> Result<SmallVec<[PReg; 4]>, LowerError> {
    let (mut ints, mut floats) = (INT_RESULTS.iter(), FLOAT_RESULTS.iter());
    let mut registers = SmallVec::new();
    for param in types {
        for _ in 0..words_in(param.ty) {
            let next = if class_of(param.ty) == RegClass::Float { floats.next() } else { ints.next() };
            registers.push(*next.ok_or_else(|| LowerError::Signature("a result of so many values".to_owned()))?);
        }
    }
    Ok(registers)
}

fn at(base: Base, disp: u32) -> Address {
    Address::named(base, crate::machine::NO_SYMBOL, disp as i32)
}

/// Bytes up to which an argument is copied by single moves.
const UNROLLED_COPY: u64 = 128;

impl Lower for SystemV {
    fn enter(&self, l: &mut Lowering) -> Result<(), LowerError> {
        Entry::default().enter(l)
    }

    fn complex(&self, l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
        match l.graph().op(node) {
            Op::Call => call(l, node, false),
            Op::TailCall => call(l, node, true),
            Op::Return => ret(l, node),
            Op::Trap => {
                l.push(MachineInst::new(M::Ud2, 0), &[]);
                Ok(())
            }
            Op::Unreachable => {
                l.push(MachineInst::new(M::Unreachable, 0), &[]);
                Ok(())
            }
            Op::MemCopy => runtime_copy(l, node, Runtime::MemCpy),
            Op::MemMove => runtime_copy(l, node, Runtime::MemMove),
            Op::MemSet => runtime_copy(l, node, Runtime::MemSet),
            Op::VaStart => va_start(l, node),
            _ if runtime::on_words(l.graph(), node).is_some() => {
                call_on_words(l, node);
                Ok(())
            }
            op => match library_function(op, l.graph().ty(node)) {
                Some(function) => {
                    float_call(l, node, function);
                    Ok(())
                }
                None => Err(LowerError::Unsupported(op.text().to_owned())),
            },
        }
    }

    fn switch(&self, l: &mut Lowering, node: NodeId, targets: &[Option<Block>]) -> Result<(), LowerError> {
        let from = l.source.schedule.block_of(node);
        let mut blocks: Vec<Block> = targets.iter().flatten().copied().collect();
        blocks.sort_unstable();
        blocks.dedup();
        let position = |block: Block| blocks.binary_search(&block).expect("it is in the list") as u32;
        // A value without target cannot occur.
        let entries: Vec<u32> = targets.iter().map(|target| target.map_or(0, position)).collect();
        let table = l.mir.jump_table(&entries);
        let index = l.vreg(l.graph().input(node, 1));
        l.push(MachineInst::new(M::JumpTable, 8).imm(i64::from(table)), &[index]);
        blocks.into_iter().for_each(|to| l.succ(from, to));
        Ok(())
    }

    fn indirect_branch(&self, l: &mut Lowering, node: NodeId) {
        let address = l.vreg(l.graph().input(node, 1));
        l.push(MachineInst::new(M::JumpReg, 8), &[address]);
        let from = l.source.schedule.block_of(node);
        for position in 0..l.source.schedule.cfg.successors(from).len() {
            let to = l.source.schedule.cfg.successors(from)[position];
            let number = l.graph().payload(l.source.schedule.cfg.head(to)) as u32;
            l.indirect_target(number, to);
            l.succ(from, to);
        }
    }
}

/// The function's parameters.
#[derive(Default)]
struct Entry {
    arguments: Arguments,
    registers: Vec<PReg>,
    vregs: Vec<VReg>,
    /// Loads of parameters on the stack.
    loads: Vec<(MachineInst, VReg)>,
}

impl Entry {
    fn enter(mut self, l: &mut Lowering) -> Result<(), LowerError> {
        let signature = l.signature();
        let projections = parameters(l);
        for (number, param) in signature.params.iter().enumerate() {
            let nodes = projections.get(number).copied().unwrap_or([NodeId::NONE; 2]);
            let vregs = match param.passing {
                Passing::ByValue(size, align) => {
                    let offset = self.arguments.stack(size, u64::from(align));
                    let vreg = l.temp(Type::PTR);
                    self.loads.push((MachineInst::new(M::Lea, 8).at(at(Base::IncomingArg, offset as u32)), vreg));
                    smallvec![vreg]
                }
                _ => self.direct(l, param.ty),
            };
            for (&node, &vreg) in nodes.iter().zip(&vregs) {
                if node.is_some() {
                    l.set_vreg(node, vreg);
                }
            }
            l.params.push(vregs);
        }
        let saves = signature.variadic && uses_va_start(l);
        let named = self.registers.len();
        if saves {
            self.take_unnamed(l);
        }
        let site = l.mir.call_site(&self.registers, &[]);
        l.push(MachineInst::new(M::Params, 0).imm(i64::from(site)), &self.vregs);
        if saves {
            let slot = l.mir.slot(abi::SAVE_AREA_SIZE, 16);
            let locations: Vec<Location> = self.registers[named..].iter().map(|&reg| Location::Reg(reg)).collect();
            let site = l.mir.call_site(&[], &locations);
            let inst = MachineInst::new(M::SaveVarargs, 0).imm(i64::from(site)).symbol(slot);
            l.push(inst, &self.vregs[named..]);
        }
        for &(inst, vreg) in &self.loads {
            l.push(inst, &[vreg]);
        }
        Ok(())
    }

    fn direct(&mut self, l: &mut Lowering, ty: Type) -> SmallVec<[VReg; 2]> {
        let mut vregs = SmallVec::new();
        for location in self.arguments.place(ty) {
            let vreg = l.temp(ty);
            vregs.push(vreg);
            match location {
                Location::Reg(register) => {
                    self.registers.push(register);
                    self.vregs.push(vreg);
                }
                Location::Stack { offset, size } => {
                    let float = class_of(ty) == RegClass::Float;
                    let (op, size) = if float { (M::MovsRM, ty.bytes() as u8) } else { (M::MovRM, size as u8) };
                    self.loads.push((MachineInst::new(op, size).at(at(Base::IncomingArg, offset)), vreg));
                }
            }
        }
        vregs
    }

    /// The argument registers that no parameter took, and `al`.
    fn take_unnamed(&mut self, l: &mut Lowering) {
        let ints = INT_ARGS[self.arguments.ints..].iter();
        for &register in ints.chain(&FLOAT_ARGS[self.arguments.floats..]).chain(&[abi::VARIADIC_COUNT]) {
            self.registers.push(register);
            self.vregs.push(l.mir.vreg(register.class()));
        }
    }
}

fn va_start(l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
    let mut named = Arguments::default();
    for param in &l.signature().params {
        match param.passing {
            Passing::ByValue(size, align) => {
                named.stack(size, u64::from(align));
            }
            _ => {
                named.place(param.ty);
            }
        }
    }
    // The slot made last: that of the save area.
    let slot = l.mir.slots().len() as u32 - 1;
    let list = l.vreg(l.graph().input(node, 2));
    let field = |op, disp| MachineInst::new(op, 8).at(Address::reg(disp));
    let ints = (named.ints * 8) as i64;
    let floats = i64::from(abi::SAVE_AREA_FLOATS) + named.floats as i64 * 16;
    l.push(MachineInst { size: 4, ..field(M::MovMI, 0) }.imm(ints), &[list]);
    l.push(MachineInst { size: 4, ..field(M::MovMI, 4) }.imm(floats), &[list]);
    let (overflow, saved) = (l.temp(Type::PTR), l.temp(Type::PTR));
    l.push(MachineInst::new(M::Lea, 8).at(at(Base::IncomingArg, named.stack as u32)), &[overflow]);
    l.push(field(M::MovMR, 8), &[list, overflow]);
    l.push(MachineInst::new(M::Lea, 8).at(Address::named(Base::Slot, slot, 0)), &[saved]);
    l.push(field(M::MovMR, 16), &[list, saved]);
    Ok(())
}

fn ret(l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
    let signature = l.signature();
    let mut registers = results(&signature.results)?;
    let mut vregs: SmallVec<[VReg; 4]> = l.graph().inputs(node).skip(2).map(|value| l.vreg(value)).collect();
    if let Some(number) = signature.params.iter().position(|param| param.passing == Passing::StructReturn)
        && vregs.is_empty()
    {
        registers.push(RAX);
        vregs.push(l.params[number][0]);
    }
    leave(l, &registers, &vregs);
    Ok(())
}

/// Returns with values in these registers.
fn leave(l: &mut Lowering, registers: &[PReg], values: &[VReg]) {
    let locations: SmallVec<[Location; 4]> = registers.iter().copied().map(Location::Reg).collect();
    let site = l.mir.call_site(&[], &locations);
    l.push(MachineInst::new(M::Ret, 0).imm(i64::from(site)), values);
}

/// Arguments of a call in their places.
#[derive(Default)]
struct Call {
    arguments: Arguments,
    locations: Vec<Location>,
    vregs: Vec<VReg>,
    /// Structs that are copied to the stack: pointer, offset, size.
    copies: Vec<(VReg, u64, u64)>,
}

fn call(l: &mut Lowering, node: NodeId, tail: bool) -> Result<(), LowerError> {
    let graph = l.graph();
    let site = *graph.call_site(node);
    let signature = l.source.module.signature(site.signature);
    let mut call = Call::default();
    let mut inputs = graph.inputs(node).skip(3);
    for param in &signature.params {
        call.param(l, param, &mut inputs);
    }
    // Arguments beyond the parameters are passed by their types.
    for input in inputs {
        call.direct(l, graph.ty(input), &[input]);
    }
    if signature.variadic {
        let count = l.temp(Type::I32);
        l.push(MachineInst::new(M::MovI, 4).imm(call.arguments.floats as i64), &[count]);
        call.locations.push(Location::Reg(abi::VARIADIC_COUNT));
        call.vregs.push(count);
    }
    for &(pointer, offset, size) in &call.copies {
        copy_argument(l, pointer, offset as u32, size)?;
    }
    let on_stack = call.arguments.stack > 0;
    if tail && !on_stack {
        call.jump(l, node);
        return Ok(());
    }
    if tail && site.flags.has(CallFlags::MUST_TAIL) {
        return Err(LowerError::Unsupported("tail call with arguments on the stack".to_owned()));
    }
    let registers = results(&signature.results)?;
    let projections = call_results(l, node, registers.len());
    let results: SmallVec<[VReg; 4]> = projections
        .iter()
        .zip(&registers)
        .map(|(&proj, register)| if proj.is_some() { l.vreg(proj) } else { l.mir.vreg(register.class()) })
        .collect();
    call.emit(l, node, &registers, &results);
    if tail {
        leave(l, &registers, &results);
    }
    Ok(())
}

impl Call {
    fn param(&mut self, l: &mut Lowering, param: &Param, inputs: &mut impl Iterator<Item = NodeId>) {
        let Some(input) = inputs.next() else { return };
        if let Passing::ByValue(size, align) = param.passing {
            let pointer = l.vreg(input);
            let offset = self.arguments.stack(size, u64::from(align));
            self.copies.push((pointer, offset, size));
        } else if words_in(param.ty) == 2 {
            let high = inputs.next().unwrap_or(input);
            self.direct(l, param.ty, &[input, high]);
        } else {
            self.direct(l, param.ty, &[input]);
        }
    }

    fn direct(&mut self, l: &mut Lowering, ty: Type, words: &[NodeId]) {
        for (location, &word) in self.arguments.place(ty).into_iter().zip(words) {
            self.locations.push(location);
            self.vregs.push(l.vreg(word));
        }
    }

    /// Calls, and takes the results from these registers.
    fn emit(self, l: &mut Lowering, node: NodeId, registers: &[PReg], results: &[VReg]) {
        let graph = l.graph();
        let number = l.mir.call_site(registers, &self.locations);
        let record = l.mir.call_site_mut(number);
        record.stack_size = self.arguments.stack as u32;
        record.returns_twice = graph.call_site(node).flags.has(CallFlags::RETURNS_TWICE);
        let mut vregs: SmallVec<[VReg; 8]> = SmallVec::from_slice(results);
        let callee = graph.input(node, 2);
        let inst = match graph.is(callee, Op::SymbolAddr) {
            true => MachineInst::new(M::Call, 8).symbol(graph.payload(callee) as u32),
            false => {
                vregs.push(l.vreg(callee));
                MachineInst::new(M::CallReg, 8)
            }
        };
        vregs.extend_from_slice(&self.vregs);
        l.push(inst.imm(i64::from(number)), &vregs);
    }

    /// Jumps to the callee, whose arguments are all in registers, in place of this frame.
    fn jump(mut self, l: &mut Lowering, node: NodeId) {
        let graph = l.graph();
        let number = l.mir.call_site(&[], &self.locations);
        let callee = graph.input(node, 2);
        let inst = match graph.is(callee, Op::SymbolAddr) {
            true => MachineInst::new(M::TailCall, 8).symbol(graph.payload(callee) as u32),
            false => {
                debug_assert!(!self.locations.contains(&Location::Reg(R11)));
                self.vregs.insert(0, l.vreg(callee));
                MachineInst::new(M::TailCallReg, 8)
            }
        };
        l.push(inst.imm(i64::from(number)), &self.vregs);
    }
}

/// Copies a struct to the stack arguments of the next call.
fn copy_argument(l: &mut Lowering, pointer: VReg, offset: u32, size: u64) -> Result<(), LowerError> {
    let bytes = u32::try_from(size).ok().filter(|&size| size < 1 << 30).ok_or(LowerError::Size(size))?;
    if size > UNROLLED_COPY {
        return copy_by_string(l, pointer, offset, bytes);
    }
    let mut done = 0;
    while done < bytes {
        let step = match bytes - done {
            16.. => 16,
            rest => 1 << rest.ilog2(),
        };
        let (load, store, ty) = match step {
            16 => (M::MovsRM, M::MovsMR, Type::F64.vector(2)),
            _ => (M::MovRM, M::MovMR, Type::I64),
        };
        let temp = l.temp(ty);
        l.push(MachineInst::new(load, step as u8).at(Address::reg(done as i32)), &[temp, pointer]);
        l.push(MachineInst::new(store, step as u8).at(at(Base::OutgoingArg, offset + done)), &[temp]);
        done += step;
    }
    Ok(())
}

fn copy_by_string(l: &mut Lowering, pointer: VReg, offset: u32, bytes: u32) -> Result<(), LowerError> {
    let unit = if bytes.is_multiple_of(8) { 8 } else { 1 };
    let (to, count) = (l.temp(Type::PTR), l.temp(Type::I64));
    l.push(MachineInst::new(M::Lea, 8).at(at(Base::OutgoingArg, offset)), &[to]);
    l.push(MachineInst::new(M::MovI, 8).imm(i64::from(bytes / unit)), &[count]);
    l.push(MachineInst::new(M::RepMovs, unit as u8), &[to, pointer, count]);
    Ok(())
}

/// A copy or fill of memory by a function of the C library: three arguments.
fn runtime_copy(l: &mut Lowering, node: NodeId, function: Runtime) -> Result<(), LowerError> {
    let locations = [RDI, RSI, RDX].map(Location::Reg);
    let vregs: SmallVec<[VReg; 3]> = l.graph().inputs(node).skip(2).map(|value| l.vreg(value)).collect();
    let site = l.mir.call_site(&[], &locations);
    l.push(MachineInst::new(M::Call, 8).symbol(function.symbol()).imm(i64::from(site)), &vregs);
    Ok(())
}

/// Calls a function of integers of two words each, which are passed like two integers.
fn call_on_words(l: &mut Lowering, node: NodeId) {
    let graph = l.graph();
    let function = runtime::on_words(graph, node).expect("the caller asked");
    let mut vregs: SmallVec<[VReg; 8]> = SmallVec::new();
    let results: &[PReg] = match graph.ty(node) {
        Type::TUPLE => {
            for number in 0..2 {
                let proj = graph.find_proj(node, number);
                vregs.push(match proj {
                    Some(proj) => l.vreg(proj),
                    None => l.mir.vreg(RegClass::Int),
                });
            }
            &INT_RESULTS[..2]
        }
        _ => {
            vregs.push(l.vreg(node));
            &FLOAT_RESULTS[..1]
        }
    };
    let mut call = Call::default();
    for input in graph.inputs(node).filter(|&input| graph.ty(input).is_data()) {
        call.direct(l, graph.ty(input), &[input]);
    }
    vregs.extend(call.vregs);
    let site = l.mir.call_site(results, &call.locations);
    l.push(MachineInst::new(M::Call, 8).symbol(function.symbol()).imm(i64::from(site)), &vregs);
}

/// Calls a function of floats.
fn float_call(l: &mut Lowering, node: NodeId, function: Runtime) {
    let mut vregs: SmallVec<[VReg; 4]> = smallvec![l.vreg(node)];
    vregs.extend(l.graph().inputs(node).map(|input| l.vreg(input)));
    let locations: SmallVec<[Location; 3]> =
        FLOAT_ARGS.iter().take(vregs.len() - 1).map(|&register| Location::Reg(register)).collect();
    let site = l.mir.call_site(&FLOAT_RESULTS[..1], &locations);
    l.push(MachineInst::new(M::Call, 8).symbol(function.symbol()).imm(i64::from(site)), &vregs);
}
