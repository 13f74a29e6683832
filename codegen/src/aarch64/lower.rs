//! Calls, returns, parameters, variable arguments, switches and copies of memory by the procedure call standard.

use super::abi::{self, System};
use super::ops::Op as M;
use super::regs::{v, x};
use crate::lower::calls::{self, CallOps, Ends, Entry, Parameters, SavePlace, Unnamed};
use crate::lower::values::{call_results, results_of_runtime};
use crate::lower::{End, Lower, LowerError, Lowering, class_of, words_in};
use crate::machine::{Address, Base, MachineInst, Opcode};
use crate::mir::Location;
use crate::runtime::Runtime;
use regalloc2::{PReg, RegClass, VReg};
use smallvec::{SmallVec, smallvec};
use son_ir::{CallConv, CallFlags, NodeId, Param, Passing, Signature, Type};

/// Most bytes of a struct that is copied by loads and stores.
const UNROLLED_COPY: u32 = 128;

/// The rules of AAPCS64, as a system has them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aapcs64 {
    /// The system.
    pub system: System,
}

/// Hands out registers and places on the stack to arguments, in order.
#[derive(Default)]
struct Arguments {
    system: System,
    /// Floats are in integer registers.
    only_ints: bool,
    ints: usize,
    floats: usize,
    stack: u64,
    /// Parts of an array that follow.
    rest: u32,
}

impl Arguments {
    fn new(l: &Lowering, signature: &Signature) -> Arguments {
        let system = match signature.conv {
            CallConv::Windows => System::Windows,
            _ => System::of(&l.source.module.triple),
        };
        Arguments { system, only_ints: system == System::Windows && signature.variadic, ..Arguments::default() }
    }

    /// Where an argument goes: two places for 128 bits, which start at a multiple of 16 and, but for Apple, at an even
    /// register.
    fn place(&mut self, ty: Type) -> SmallVec<[Location; 2]> {
        let words = words_in(ty);
        if class_of(ty) == RegClass::Float && !self.only_ints {
            if self.floats < abi::FLOAT_ARGS {
                self.floats += 1;
                return smallvec![Location::Reg(v(self.floats - 1))];
            }
            return self.on_stack(1, ty);
        }
        let first = self.first(words);
        if first + words <= abi::INT_ARGS {
            self.ints = first + words;
            return (first..self.ints).map(|number| Location::Reg(x(number))).collect();
        }
        // No integer that follows goes into a register that is left.
        self.ints = abi::INT_ARGS;
        self.on_stack(words, ty)
    }

    /// The first register of an integer of so many words.
    fn first(&self, words: usize) -> usize {
        if self.system == System::Apple { self.ints } else { self.ints.next_multiple_of(words) }
    }

    fn on_stack(&mut self, words: usize, ty: Type) -> SmallVec<[Location; 2]> {
        let bytes = u64::from(ty.bytes());
        let bytes = if self.system == System::Apple { bytes } else { bytes.next_multiple_of(abi::STACK_UNIT) };
        let size = bytes / words as u64;
        let offset = self.stack.next_multiple_of(bytes.min(16));
        self.stack = offset + bytes;
        let place = |word: usize| Location::Stack { offset: (offset + word as u64 * size) as u32, size: size as u32 };
        (0..words).map(place).collect()
    }

    /// Where a part of an array goes: all of them to registers or all to the stack, one right behind the other, the
    /// first one aligned as the array.
    fn part(&mut self, ty: Type, rest: u32, align: u32) -> SmallVec<[Location; 2]> {
        let (float, words) = (class_of(ty) == RegClass::Float && !self.only_ints, words_in(ty));
        let is_first = self.rest == 0;
        if is_first {
            let count = rest as usize + 1;
            let fits = match float {
                true => self.floats + count <= abi::FLOAT_ARGS,
                false => self.first(words) + count * words <= abi::INT_ARGS,
            };
            // No argument of the kind that follows goes into a register that is left.
            match float {
                _ if fits => {}
                true => self.floats = abi::FLOAT_ARGS,
                false => self.ints = abi::INT_ARGS,
            }
        }
        self.rest = rest;
        if !float || self.floats < abi::FLOAT_ARGS {
            return self.place(ty);
        }
        let size = ty.bytes();
        if is_first {
            let align = if align == 0 { size } else { align.min(abi::STACK_ALIGN) };
            self.stack = self.stack.next_multiple_of(u64::from(align));
        }
        let offset = self.stack as u32;
        self.stack += u64::from(size);
        if rest == 0 && self.system != System::Apple {
            self.stack = self.stack.next_multiple_of(abi::STACK_UNIT);
        }
        smallvec![Location::Stack { offset, size }]
    }

    /// The place of a struct that is copied to the stack, as LLVM does it. C passes the address of a copy instead.
    fn copied(&mut self, size: u64, align: u32) -> u64 {
        let offset = self.stack.next_multiple_of(u64::from(align).max(abi::STACK_UNIT));
        self.stack = offset + size.next_multiple_of(abi::STACK_UNIT);
        offset
    }

    /// Where the parameter goes, with its special places; nowhere if it is the address of what is copied.
    fn param(&mut self, param: &Param) -> Result<SmallVec<[Location; 2]>, LowerError> {
        match param.passing {
            Passing::StructReturn => Ok(smallvec![Location::Reg(abi::INDIRECT_RESULT)]),
            Passing::ByValue(size, align) => {
                self.copied(size, align);
                Ok(SmallVec::new())
            }
            Passing::Vector => Err(LowerError::Signature("a vector".to_owned())),
            Passing::Part(rest, align) => Ok(self.part(param.ty, rest, align)),
            Passing::Direct => Ok(self.place(param.ty)),
        }
    }

    /// Variable arguments follow. Apple's systems have them all on the stack, in words.
    fn end_named(&mut self) {
        if self.system == System::Apple {
            (self.ints, self.floats) = (abi::INT_ARGS, abi::FLOAT_ARGS);
            self.stack = self.stack.next_multiple_of(abi::STACK_UNIT);
            self.system = System::Standard;
        }
    }
}

/// The registers in which results of these types are returned.
fn results(types: &[Param]) -> Result<SmallVec<[PReg; 4]>, LowerError> {
    let mut arguments = Arguments::default();
    let mut registers = SmallVec::new();
    for param in types {
        for place in arguments.param(param)? {
            let Location::Reg(register) = place else {
                return Err(LowerError::Signature("a result of so many values".to_owned()));
            };
            registers.push(register);
        }
    }
    Ok(registers)
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
    int: [op(M::Load), op(M::Store)],
    float: [op(M::LoadF), op(M::StoreF)],
    address: op(M::Address),
};

/// Windows: the place of an integer register's variable argument, from the first stack argument.
fn home(number: usize) -> i32 {
    8 * number as i32 - abi::HOME_SIZE as i32
}

impl Lower for Aapcs64 {
    fn enter(&self, l: &mut Lowering) -> Result<(), LowerError> {
        calls::enter(l, &OPS, Arguments::new(l, l.signature()))
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
            End::Trap => MachineInst::new(M::Trap, 0),
            End::Unreachable => MachineInst::new(M::Unreachable, 0),
            End::Table => MachineInst::new(M::JumpTable, 8),
            End::Register => MachineInst::new(M::JumpReg, 8),
        })
    }
}

impl Parameters for Arguments {
    fn take(&mut self, l: &mut Lowering, entry: &mut Entry, param: &Param) -> Result<SmallVec<[VReg; 2]>, LowerError> {
        if let Passing::ByValue(size, align) = param.passing {
            let offset = self.copied(size, align);
            return Ok(smallvec![entry.address(l, &OPS, offset)]);
        }
        let value = |location| match location {
            // The bits of a float.
            Location::Reg(register) if register.class() != class_of(param.ty) => {
                let (float, bits) = (l.temp(param.ty), l.temp(Type::I64));
                entry.register(register, bits);
                entry.then(MachineInst::new(M::FmovFI, param.ty.bytes() as u8), &[float, bits]);
                float
            }
            _ => entry.value(l, &OPS, param.ty, location),
        };
        Ok(self.param(param)?.into_iter().map(value).collect())
    }

    /// The argument registers that no parameter took.
    fn unnamed(&self) -> Unnamed {
        let ints = (self.ints..abi::INT_ARGS).map(x);
        match self.system {
            System::Standard => Unnamed {
                registers: ints.chain((self.floats..abi::FLOAT_ARGS).map(v)).collect(),
                place: SavePlace::Slot(abi::SAVE_AREA_SIZE),
            },
            System::Windows => {
                Unnamed { registers: ints.collect(), place: SavePlace::Home(home(self.ints), abi::HOME_SIZE) }
            }
            System::Apple => Unnamed::default(),
        }
    }
}

/// The list is where the next argument is, or else: see [`saved_list`].
fn va_start(l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
    let mut named = Arguments::new(l, l.signature());
    for param in &l.signature().params {
        named.param(param)?;
    }
    if named.system == System::Standard {
        saved_list(l, node, &named);
        return Ok(());
    }
    named.end_named();
    let place = match named.system {
        System::Windows if named.ints < abi::INT_ARGS => home(named.ints),
        _ => named.stack as i32,
    };
    calls::start_list(l, &OPS, node, place);
    Ok(())
}

/// The list has five fields: the next stack argument, the ends of the two parts of the save area, and the distances
/// from there to the next argument in each.
fn saved_list(l: &mut Lowering, node: NodeId, named: &Arguments) {
    let slot = l.save_area.expect("a function that starts a list saves its arguments");
    let stack = named.stack.next_multiple_of(abi::STACK_UNIT) as i32;
    let addresses = [
        (0, calls::at(Base::IncomingArg, stack)),
        (8, Address::named(Base::Slot, slot, abi::SAVE_AREA_FLOATS as i32)),
        (16, Address::named(Base::Slot, slot, abi::SAVE_AREA_SIZE as i32)),
    ];
    for (field, address) in addresses {
        calls::store_address(l, &OPS, node, field, address);
    }
    let list = l.vreg(l.graph().input(node, 2));
    let left = |taken: usize, count: usize, size: i64| (taken as i64 - count as i64) * size;
    let offsets = [(24, left(named.ints, abi::INT_ARGS, 8)), (28, left(named.floats, abi::FLOAT_ARGS, 16))];
    for (disp, offset) in offsets {
        let value = l.temp(Type::I32);
        l.push(MachineInst::new(M::MovI, 4).imm(offset), &[value]);
        l.push(MachineInst::new(M::Store, 4).at(Address::reg(disp)), &[list, value]);
    }
}

fn ret(l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
    let registers = results(&l.signature().results)?;
    let vregs: SmallVec<[VReg; 4]> = l.graph().inputs(node).skip(2).map(|value| l.vreg(value)).collect();
    calls::leave(l, &OPS, &registers, &vregs);
    Ok(())
}

/// Arguments of a call in their places.
#[derive(Default)]
struct Call {
    arguments: Arguments,
    places: calls::Call,
}

fn call(l: &mut Lowering, node: NodeId, tail: bool) -> Result<(), LowerError> {
    let graph = l.graph();
    let site = *graph.call_site(node);
    let signature = l.source.module.signature(site.signature);
    let mut call = Call { arguments: Arguments::new(l, signature), ..Call::default() };
    let mut inputs = graph.inputs(node).skip(3);
    for (number, param) in signature.params.iter().enumerate() {
        if number == signature.named() {
            call.arguments.end_named();
        }
        call.param(l, param, &mut inputs)?;
    }
    if signature.variadic && signature.unnamed == 0 {
        call.arguments.end_named();
    }
    // Arguments beyond the parameters are passed by their types.
    for input in inputs {
        let places = call.arguments.place(graph.ty(input));
        call.put(l, places, &[input]);
    }
    if tail && call.arguments.stack == 0 {
        call.places.jump(l, &OPS, node);
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
    let (stack, conv) = (call.arguments.stack, signature.conv);
    call.places.emit(l, &OPS, node, &Ends { registers: &registers, results: &results, stack, conv });
    if tail {
        calls::leave(l, &OPS, &registers, &results);
    }
    Ok(())
}

impl Call {
    fn param(
        &mut self,
        l: &mut Lowering,
        param: &Param,
        inputs: &mut impl Iterator<Item = NodeId>,
    ) -> Result<(), LowerError> {
        let Some(input) = inputs.next() else { return Ok(()) };
        if let Passing::ByValue(size, align) = param.passing {
            let pointer = l.vreg(input);
            return copy_argument(l, pointer, self.arguments.copied(size, align), size);
        }
        let places = self.arguments.param(param)?;
        let words = if words_in(param.ty) == 2 { [input, inputs.next().unwrap_or(input)] } else { [input; 2] };
        self.put(l, places, &words);
        Ok(())
    }

    fn put(&mut self, l: &mut Lowering, places: SmallVec<[Location; 2]>, words: &[NodeId]) {
        for (location, &word) in places.into_iter().zip(words) {
            let mut vreg = l.vreg(word);
            if let Location::Reg(register) = location
                && register.class() != vreg.class()
            {
                let bits = l.temp(Type::I64);
                l.push(MachineInst::new(M::FmovIF, l.graph().ty(word).bytes() as u8), &[bits, vreg]);
                vreg = bits;
            }
            self.places.put(location, vreg);
        }
    }
}

/// Copies a struct to the stack arguments of the next call.
fn copy_argument(l: &mut Lowering, pointer: VReg, offset: u64, size: u64) -> Result<(), LowerError> {
    let fits = offset.checked_add(size).is_some_and(|end| end < 1 << 30);
    if !fits {
        return Err(LowerError::Size(size));
    }
    let (offset, bytes) = (offset as i32, size as u32);
    if bytes > UNROLLED_COPY {
        let (to, count) = (l.temp(Type::PTR), l.temp(Type::I64));
        l.push(MachineInst::new(M::Address, 8).at(calls::at(Base::OutgoingArg, offset)), &[to]);
        l.push(MachineInst::new(M::MovI, 8).imm(i64::from(bytes)), &[count]);
        let site = l.mir.call_site(&[], &[x(0), x(1), x(2)].map(Location::Reg));
        let copy = MachineInst::new(M::Call, 8).symbol(Runtime::MemCpy.symbol());
        l.push(copy.imm(i64::from(site)), &[to, pointer, count]);
        return Ok(());
    }
    calls::copy_unrolled(l, &OPS, pointer, offset, bytes);
    Ok(())
}

/// Calls a function of the runtime library: two words are a result like two integers.
fn call_runtime(l: &mut Lowering, node: NodeId, function: Runtime) {
    let graph = l.graph();
    let results = results_of_runtime(l, node);
    let registers: &[PReg] = match results.len() {
        2 => &[x(0), x(1)],
        1 => &[v(0)],
        _ => &[],
    };
    let mut call = Call::default();
    for input in graph.inputs(node).filter(|&input| graph.ty(input).is_data()) {
        let places = call.arguments.place(graph.ty(input));
        call.put(l, places, &[input]);
    }
    let ends = Ends { registers, results: &results, stack: call.arguments.stack, conv: CallConv::C };
    call.places.emit_direct(l, MachineInst::new(M::Call, 8).symbol(function.symbol()), &ends);
}
