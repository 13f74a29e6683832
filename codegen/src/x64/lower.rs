//! Calls, returns, parameters, variable arguments, switches and copies of memory by the calling conventions.

use super::abi::{self, FLOAT_ARGS, FLOAT_RESULTS, INT_ARGS, INT_RESULTS, System};
use super::ops::Op as M;
use super::regs::RAX;
use crate::lower::calls::{self, CallOps, Ends, Entry, Parameters, SavePlace, Unnamed};
use crate::lower::values::{call_results, results_of_runtime};
use crate::lower::{End, Lower, LowerError, Lowering, class_of, words_in};
use crate::machine::{Address, Base, MachineInst, Opcode};
use crate::mir::Location;
use crate::runtime::{self, Runtime};
use regalloc2::{PReg, RegClass, VReg};
use smallvec::{SmallVec, smallvec};
use son_ir::{CallConv, CallFlags, NodeId, Param, Passing, Type};

/// The rules of the conventions; which one is that of a signature.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conventions;

/// Hands out registers and places on the stack to arguments, in order.
struct Arguments {
    system: System,
    /// By the convention of Windows, arguments of both classes.
    ints: usize,
    floats: usize,
    stack: u64,
}

impl Arguments {
    /// For a function or call of this convention.
    fn new(l: &Lowering, conv: CallConv) -> Arguments {
        let system = System::of(&l.source.module.triple).of_call(conv);
        let stack = if system == System::Windows { abi::WINDOWS_HOME } else { 0 };
        Arguments { system, ints: 0, floats: 0, stack }
    }

    fn stack(&mut self, size: u64, align: u64) -> u64 {
        let offset = self.stack.next_multiple_of(align.max(abi::STACK_UNIT));
        self.stack = offset + size.next_multiple_of(abi::STACK_UNIT);
        offset
    }

    /// Are there arguments on the stack?
    fn on_stack(&self) -> bool {
        self.stack > if self.system == System::Windows { abi::WINDOWS_HOME } else { 0 }
    }

    /// Where an argument of this type goes: two places for 128 bits.
    fn place(&mut self, ty: Type) -> SmallVec<[Location; 2]> {
        let words = words_in(ty);
        match class_of(ty) {
            class if self.system == System::Windows => (0..words).map(|_| self.by_position(class)).collect(),
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

    /// Windows: the register of a word is that of its position among all.
    fn by_position(&mut self, class: RegClass) -> Location {
        let position = self.ints;
        self.ints += 1;
        let registers = if class == RegClass::Float { abi::WINDOWS_FLOAT_ARGS } else { abi::WINDOWS_INT_ARGS };
        match registers.get(position) {
            Some(&register) => Location::Reg(register),
            None => Location::Stack { offset: self.stack(abi::STACK_UNIT, 1) as u32, size: 8 },
        }
    }

    /// Is an argument of this type passed by its address? A vector of 16 bytes is on Windows.
    fn by_address(&self, ty: Type) -> bool {
        self.system == System::Windows && class_of(ty) == RegClass::Float && ty.bytes() > 8
    }

    /// The place of a struct that is copied to the stack.
    fn copied(&mut self, size: u64, align: u32) -> Result<u64, LowerError> {
        match self.system {
            System::Unix => Ok(self.stack(size, u64::from(align))),
            System::Windows => Err(LowerError::Signature("an argument with `byval`".to_owned())),
        }
    }
}

/// The registers in which results of these types are returned.
fn results(types: &[Param]) -> Result<SmallVec<[PReg; 4]>, LowerError> {
    let (mut ints, mut floats) = (INT_RESULTS.iter(), FLOAT_RESULTS.iter());
    let mut registers = SmallVec::new();
    for param in types {
        let float = class_of(param.ty) == RegClass::Float || param.passing == Passing::Vector;
        let words = if float { 1 } else { words_in(param.ty) };
        for _ in 0..words {
            let next = if float { floats.next() } else { ints.next() };
            registers.push(*next.ok_or_else(|| LowerError::Signature("a result of so many values".to_owned()))?);
        }
    }
    Ok(registers)
}

/// The type of what is passed with [`Passing::Vector`].
const WIDE: Type = Type::F64.vector(2);

/// A slot with two words in it, and the addresses of both.
fn pair(l: &mut Lowering) -> [Address; 2] {
    let slot = l.mir.slot(16, 16);
    [0, 8].map(|disp| Address::named(Base::Slot, slot, disp))
}

/// Two words in one register, by way of memory.
fn pack(l: &mut Lowering, words: [VReg; 2]) -> VReg {
    let (places, wide) = (pair(l), l.temp(WIDE));
    for (place, word) in places.into_iter().zip(words) {
        l.push(MachineInst::new(M::MovMR, 8).at(place), &[word]);
    }
    l.push(MachineInst::new(M::MovsRM, 16).at(places[0]), &[wide]);
    wide
}

/// The two words of a register.
fn unpack(l: &mut Lowering, wide: VReg, words: [VReg; 2]) {
    unpacking(l, wide, words).iter().for_each(|(inst, vreg)| l.push(*inst, &[*vreg]));
}

/// The instructions for that.
fn unpacking(l: &mut Lowering, wide: VReg, [low, high]: [VReg; 2]) -> [(MachineInst, VReg); 3] {
    let places = pair(l);
    let word = |place| MachineInst::new(M::MovRM, 8).at(place);
    [(MachineInst::new(M::MovsMR, 16).at(places[0]), wide), (word(places[0]), low), (word(places[1]), high)]
}

const fn op(op: M) -> Opcode {
    Opcode(op as u16)
}

const OPS: CallOps = CallOps {
    params: op(M::Params),
    save_varargs: op(M::SaveVarargs),
    ret: op(M::Ret),
    call: op(M::Call),
    call_register: op(M::CallReg),
    tail_call: op(M::TailCall),
    tail_call_register: op(M::TailCallReg),
    int: [op(M::MovRM), op(M::MovMR)],
    float: [op(M::MovsRM), op(M::MovsMR)],
    address: op(M::Lea),
};

/// Bytes up to which an argument is copied by single moves.
const UNROLLED_COPY: u64 = 128;

impl Lower for Conventions {
    fn enter(&self, l: &mut Lowering) -> Result<(), LowerError> {
        calls::enter(l, &OPS, Arguments::new(l, l.signature().conv))
    }

    fn ret(&self, l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
        ret(l, node)
    }

    fn call(&self, l: &mut Lowering, node: NodeId, tail: bool) -> Result<(), LowerError> {
        call(l, node, tail)
    }

    fn call_runtime(&self, l: &mut Lowering, node: NodeId, function: Runtime) -> Result<(), LowerError> {
        call_runtime(l, node, function);
        Ok(())
    }

    fn va_start(&self, l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
        va_start(l, node)
    }

    fn end(&self, end: End) -> Option<MachineInst> {
        Some(match end {
            End::Trap => MachineInst::new(M::Ud2, 0),
            End::Unreachable => MachineInst::new(M::Unreachable, 0),
            End::Table => MachineInst::new(M::JumpTable, 8),
            End::Register => MachineInst::new(M::JumpReg, 8),
        })
    }
}

impl Parameters for Arguments {
    fn take(&mut self, l: &mut Lowering, entry: &mut Entry, param: &Param) -> Result<SmallVec<[VReg; 2]>, LowerError> {
        match param.passing {
            Passing::ByValue(size, align) => {
                let offset = self.copied(size, align)?;
                Ok(smallvec![entry.address(l, &OPS, offset)])
            }
            Passing::Vector => {
                let (wide, words) = (self.take_direct(l, entry, WIDE)[0], [l.temp(Type::I64), l.temp(Type::I64)]);
                unpacking(l, wide, words).iter().for_each(|(inst, vreg)| entry.then(*inst, &[*vreg]));
                Ok(SmallVec::from_slice(&words))
            }
            _ => Ok(self.take_direct(l, entry, param.ty)),
        }
    }

    /// The argument registers that no parameter took, and `al`; on Windows those of integers, where floats are, too.
    fn unnamed(&self) -> Unnamed {
        match self.system {
            System::Unix => {
                let registers = [&INT_ARGS[self.ints..], &FLOAT_ARGS[self.floats..], &[abi::VARIADIC_COUNT]].concat();
                Unnamed { registers, place: SavePlace::Slot(abi::SAVE_AREA_SIZE) }
            }
            System::Windows => {
                let registers = abi::WINDOWS_INT_ARGS.get(self.ints..).unwrap_or_default().to_vec();
                Unnamed { registers, place: SavePlace::Home(8 * self.ints as i32, 0) }
            }
        }
    }
}

impl Arguments {
    fn take_direct(&mut self, l: &mut Lowering, entry: &mut Entry, ty: Type) -> SmallVec<[VReg; 2]> {
        if self.by_address(ty) {
            let (address, vreg) = (self.take_direct(l, entry, Type::PTR)[0], l.temp(ty));
            entry.then(MachineInst::new(M::MovsRM, ty.bytes() as u8).at(Address::reg(0)), &[vreg, address]);
            return smallvec![vreg];
        }
        self.place(ty).into_iter().map(|location| entry.value(l, &OPS, ty, location)).collect()
    }
}

/// On Windows a list is the address of the next argument, in words: the places of those in registers are below the
/// others.
fn va_start(l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
    let signature = l.signature();
    let mut named = Arguments::new(l, signature.conv);
    for param in &signature.params {
        match param.passing {
            Passing::ByValue(size, align) => {
                named.copied(size, align)?;
            }
            passing => {
                let ty = if passing == Passing::Vector { WIDE } else { param.ty };
                named.place(if named.by_address(ty) { Type::PTR } else { ty });
            }
        }
    }
    if named.system == System::Windows {
        calls::start_list(l, &OPS, node, 8 * named.ints as i32);
        return Ok(());
    }
    let slot = l.save_area.expect("a function that starts a list saves its arguments");
    let list = l.vreg(l.graph().input(node, 2));
    let floats = i64::from(abi::SAVE_AREA_FLOATS) + named.floats as i64 * 16;
    for (field, value) in [(0, named.ints as i64 * 8), (4, floats)] {
        l.push(MachineInst::new(M::MovMI, 4).at(Address::reg(field)).imm(value), &[list]);
    }
    calls::store_address(l, &OPS, node, 8, calls::at(Base::IncomingArg, named.stack as i32));
    calls::store_address(l, &OPS, node, 16, Address::named(Base::Slot, slot, 0));
    Ok(())
}

fn ret(l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
    let signature = l.signature();
    let mut registers = results(&signature.results)?;
    let words: SmallVec<[VReg; 4]> = l.graph().inputs(node).skip(2).map(|value| l.vreg(value)).collect();
    let mut vregs: SmallVec<[VReg; 4]> = SmallVec::new();
    let mut words = words.into_iter();
    for param in &signature.results {
        match (param.passing, words.next(), words_in(param.ty) == 2) {
            (Passing::Vector, Some(low), _) => vregs.push(pack(l, [low, words.next().unwrap_or(low)])),
            (_, Some(low), true) => vregs.extend([low, words.next().unwrap_or(low)]),
            (_, word, _) => vregs.extend(word),
        }
    }
    if let Some(number) = signature.params.iter().position(|param| param.passing == Passing::StructReturn)
        && vregs.is_empty()
    {
        registers.push(RAX);
        vregs.push(l.params[number][0]);
    }
    calls::leave(l, &OPS, &registers, &vregs);
    Ok(())
}

/// Arguments of a call in their places.
struct Call {
    arguments: Arguments,
    places: calls::Call,
    /// Structs that are copied to the stack: pointer, offset, size.
    copies: Vec<(VReg, u64, u64)>,
}

fn call(l: &mut Lowering, node: NodeId, tail: bool) -> Result<(), LowerError> {
    let graph = l.graph();
    let site = *graph.call_site(node);
    let signature = l.source.module.signature(site.signature);
    let mut call = Call::new(l, signature.conv);
    let mut inputs = graph.inputs(node).skip(3);
    for param in &signature.params {
        call.param(l, param, &mut inputs)?;
    }
    // Arguments beyond the parameters are passed by their types.
    for input in inputs {
        call.direct(l, graph.ty(input), &[input]);
    }
    if signature.variadic && call.arguments.system == System::Windows {
        call.repeat_floats(l);
    } else if signature.variadic {
        let count = l.temp(Type::I32);
        l.push(MachineInst::new(M::MovI, 4).imm(call.arguments.floats as i64), &[count]);
        call.places.put(Location::Reg(abi::VARIADIC_COUNT), count);
    }
    for &(pointer, offset, size) in &call.copies {
        copy_argument(l, pointer, offset, size)?;
    }
    let same = Arguments::new(l, l.signature().conv).system == call.arguments.system;
    if tail && same && !call.arguments.on_stack() {
        call.places.jump(l, &OPS, node);
        return Ok(());
    }
    if tail && site.flags.has(CallFlags::MUST_TAIL) {
        return Err(LowerError::Unsupported(
            "tail call with arguments on the stack, or of another convention".to_owned(),
        ));
    }
    let registers = results(&signature.results)?;
    let count = signature.results.iter().map(|result| words_in(result.ty)).sum();
    let mut words = call_results(l, node, count).into_iter();
    let mut results: SmallVec<[VReg; 4]> = SmallVec::new();
    let mut vectors = Vec::new();
    for result in &signature.results {
        let mut word = |l: &mut Lowering| match words.next().filter(|word| word.is_some()) {
            Some(proj) => l.vreg(proj),
            None => l.mir.vreg(class_of(result.ty)),
        };
        if result.passing == Passing::Vector {
            let (wide, words) = (l.temp(WIDE), [word(l), word(l)]);
            vectors.push((wide, words));
            results.push(wide);
        } else {
            results.extend((0..words_in(result.ty)).map(|_| word(l)));
        }
    }
    let (stack, conv) = (call.arguments.stack, signature.conv);
    call.places.emit(l, &OPS, node, &Ends { registers: &registers, results: &results, stack, conv });
    vectors.into_iter().for_each(|(wide, words)| unpack(l, wide, words));
    if tail {
        calls::leave(l, &OPS, &registers, &results);
    }
    Ok(())
}

impl Call {
    fn new(l: &Lowering, conv: CallConv) -> Call {
        let arguments = Arguments::new(l, conv);
        Call { arguments, places: calls::Call::default(), copies: Vec::new() }
    }

    fn param(
        &mut self,
        l: &mut Lowering,
        param: &Param,
        inputs: &mut impl Iterator<Item = NodeId>,
    ) -> Result<(), LowerError> {
        let Some(input) = inputs.next() else { return Ok(()) };
        if param.passing == Passing::Vector {
            let words = [input, inputs.next().unwrap_or(input)].map(|word| l.vreg(word));
            let wide = pack(l, words);
            self.values(l, WIDE, &[wide]);
        } else if let Passing::ByValue(size, align) = param.passing {
            let pointer = l.vreg(input);
            let offset = self.arguments.copied(size, align)?;
            self.copies.push((pointer, offset, size));
        } else if words_in(param.ty) == 2 {
            let high = inputs.next().unwrap_or(input);
            self.direct(l, param.ty, &[input, high]);
        } else {
            self.direct(l, param.ty, &[input]);
        }
        Ok(())
    }

    fn direct(&mut self, l: &mut Lowering, ty: Type, words: &[NodeId]) {
        let words: SmallVec<[VReg; 2]> = words.iter().map(|&word| l.vreg(word)).collect();
        self.values(l, ty, &words);
    }

    /// An argument of this type in these registers.
    fn values(&mut self, l: &mut Lowering, ty: Type, words: &[VReg]) {
        if self.arguments.by_address(ty) {
            let [copy, _] = pair(l);
            l.push(MachineInst::new(M::MovsMR, 16).at(copy), words);
            return self.address_of(l, copy);
        }
        for (location, &word) in self.arguments.place(ty).into_iter().zip(words) {
            self.places.put(location, word);
        }
    }

    /// Passes the address of a slot.
    fn address_of(&mut self, l: &mut Lowering, slot: Address) {
        let address = l.temp(Type::PTR);
        l.push(MachineInst::new(M::Lea, 8).at(slot), &[address]);
        self.arguments.place(Type::PTR).into_iter().for_each(|location| self.places.put(location, address));
    }

    /// Windows: a variadic function looks for floats in the integer registers of their positions.
    fn repeat_floats(&mut self, l: &mut Lowering) {
        for (location, float) in self.places.arguments() {
            let Location::Reg(register) = location else { continue };
            if let Some(position) = abi::WINDOWS_FLOAT_ARGS.iter().position(|&float| float == register) {
                let bits = l.temp(Type::I64);
                l.push(MachineInst::new(M::MovIF, 8), &[bits, float]);
                self.places.put(Location::Reg(abi::WINDOWS_INT_ARGS[position]), bits);
            }
        }
    }
}

/// Copies a struct to the stack arguments of the next call.
fn copy_argument(l: &mut Lowering, pointer: VReg, offset: u64, size: u64) -> Result<(), LowerError> {
    let bytes = u32::try_from(size).ok().filter(|&size| size < 1 << 30).ok_or(LowerError::Size(size))?;
    match size > UNROLLED_COPY {
        true => copy_by_string(l, pointer, offset as i32, bytes),
        false => calls::copy_unrolled(l, &OPS, pointer, offset as i32, bytes),
    }
    Ok(())
}

fn copy_by_string(l: &mut Lowering, pointer: VReg, offset: i32, bytes: u32) {
    let unit = if bytes.is_multiple_of(8) { 8 } else { 1 };
    let (to, count) = (l.temp(Type::PTR), l.temp(Type::I64));
    l.push(MachineInst::new(M::Lea, 8).at(calls::at(Base::OutgoingArg, offset)), &[to]);
    l.push(MachineInst::new(M::MovI, 8).imm(i64::from(bytes / unit)), &[count]);
    l.push(MachineInst::new(M::RepMovs, unit as u8), &[to, pointer, count]);
}

/// Calls a function of the runtime library. Integers of two words are passed like two integers; on Windows by their
/// address, and returned in a float register.
fn call_runtime(l: &mut Lowering, node: NodeId, function: Runtime) {
    let graph = l.graph();
    let mut call = Call::new(l, CallConv::C);
    let windows = call.arguments.system == System::Windows;
    let inputs: SmallVec<[NodeId; 4]> = graph.inputs(node).filter(|&input| graph.ty(input).is_data()).collect();
    if windows && inputs.len() > 1 && runtime::on_words(graph, node).is_some() {
        for words in inputs.chunks(2) {
            let places = pair(l);
            for (place, &word) in places.into_iter().zip(words) {
                let value = l.vreg(word);
                l.push(MachineInst::new(M::MovMR, 8).at(place), &[value]);
            }
            call.address_of(l, places[0]);
        }
    } else {
        inputs.iter().for_each(|&input| call.direct(l, graph.ty(input), &[input]));
    }
    let results = results_of_runtime(l, node);
    let wide = (windows && results.len() == 2).then(|| l.temp(WIDE));
    let registers: &[PReg] = match results.len() {
        2 if !windows => &INT_RESULTS[..2],
        0 => &[],
        _ => &FLOAT_RESULTS[..1],
    };
    let returned: SmallVec<[VReg; 2]> = wide.map_or(results.clone(), |wide| smallvec![wide]);
    let ends = Ends { registers, results: &returned, stack: call.arguments.stack, conv: CallConv::C };
    call.places.emit_direct(l, MachineInst::new(M::Call, 8).symbol(function.symbol()), &ends);
    if let Some(wide) = wide {
        unpack(l, wide, [results[0], results[1]]);
    }
}
