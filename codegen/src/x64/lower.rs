//! Calls, returns, parameters, variable arguments, switches and copies of memory by the calling conventions.

use super::abi::{self, FLOAT_ARGS, FLOAT_RESULTS, INT_ARGS, INT_RESULTS, System};
use super::ops::Op as M;
use super::regs::{R11, RAX};
use crate::lower::values::{call_results, parameters, results_of_runtime, uses_va_start};
use crate::lower::{End, Lower, LowerError, Lowering, class_of, words_in};
use crate::machine::{Address, Base, MachineInst};
use crate::mir::Location;
use crate::runtime::{self, Runtime};
use crate::select::symbols::called_by_pointer;
use regalloc2::{PReg, RegClass, VReg};
use smallvec::{SmallVec, smallvec};
use son_ir::{CallConv, CallFlags, NodeId, Op, Param, Passing, SymbolId, Type};

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
    let places = pair(l);
    l.push(MachineInst::new(M::MovsMR, 16).at(places[0]), &[wide]);
    for (place, word) in places.into_iter().zip(words) {
        l.push(MachineInst::new(M::MovRM, 8).at(place), &[word]);
    }
}

fn at(base: Base, disp: u32) -> Address {
    Address::named(base, crate::machine::NO_SYMBOL, disp as i32)
}

/// Bytes up to which an argument is copied by single moves.
const UNROLLED_COPY: u64 = 128;

impl Lower for Conventions {
    fn enter(&self, l: &mut Lowering) -> Result<(), LowerError> {
        Entry::new(l).enter(l)
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

/// The function's parameters.
struct Entry {
    arguments: Arguments,
    registers: Vec<PReg>,
    vregs: Vec<VReg>,
    /// Loads of parameters on the stack.
    loads: Vec<(MachineInst, SmallVec<[VReg; 2]>)>,
    /// Vectors, and the words that they are.
    vectors: Vec<(VReg, [VReg; 2])>,
}

impl Entry {
    fn new(l: &Lowering) -> Entry {
        let arguments = Arguments::new(l, l.signature().conv);
        Entry { arguments, registers: Vec::new(), vregs: Vec::new(), loads: Vec::new(), vectors: Vec::new() }
    }

    fn enter(mut self, l: &mut Lowering) -> Result<(), LowerError> {
        let signature = l.signature();
        let projections = parameters(l);
        for (number, param) in signature.params.iter().enumerate() {
            let nodes = projections.get(number).copied().unwrap_or([NodeId::NONE; 2]);
            let vregs = match param.passing {
                Passing::ByValue(size, align) => {
                    let offset = self.arguments.copied(size, align)?;
                    let (lea, vreg) = (MachineInst::new(M::Lea, 8), l.temp(Type::PTR));
                    self.loads.push((lea.at(at(Base::IncomingArg, offset as u32)), smallvec![vreg]));
                    smallvec![vreg]
                }
                Passing::Vector => {
                    let (wide, words) = (self.direct(l, WIDE)[0], [l.temp(Type::I64), l.temp(Type::I64)]);
                    self.vectors.push((wide, words));
                    SmallVec::from_slice(&words)
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
        if saves && self.arguments.system == System::Windows {
            self.save_at_home(l, named);
        } else if saves {
            let slot = l.mir.slot(abi::SAVE_AREA_SIZE, 16);
            l.save_area = Some(slot);
            let locations: Vec<Location> = self.registers[named..].iter().map(|&reg| Location::Reg(reg)).collect();
            let site = l.mir.call_site(&[], &locations);
            let inst = MachineInst::new(M::SaveVarargs, 0).imm(i64::from(site)).symbol(slot);
            l.push(inst, &self.vregs[named..]);
        }
        for (inst, vregs) in &self.loads {
            l.push(*inst, vregs);
        }
        for &(wide, words) in &self.vectors {
            unpack(l, wide, words);
        }
        Ok(())
    }

    fn direct(&mut self, l: &mut Lowering, ty: Type) -> SmallVec<[VReg; 2]> {
        if self.arguments.by_address(ty) {
            let (address, vreg) = (self.direct(l, Type::PTR)[0], l.temp(ty));
            let load = MachineInst::new(M::MovsRM, ty.bytes() as u8).at(Address::reg(0));
            self.loads.push((load, smallvec![vreg, address]));
            return smallvec![vreg];
        }
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
                    self.loads.push((MachineInst::new(op, size).at(at(Base::IncomingArg, offset)), smallvec![vreg]));
                }
            }
        }
        vregs
    }

    /// The argument registers that no parameter took, and `al`; on Windows those of integers, where floats are, too.
    fn take_unnamed(&mut self, l: &mut Lowering) {
        let Arguments { system, ints, floats, .. } = self.arguments;
        let (ints, floats, count) = match system {
            System::Unix => (&INT_ARGS[ints..], &FLOAT_ARGS[floats..], &[abi::VARIADIC_COUNT][..]),
            System::Windows => (abi::WINDOWS_INT_ARGS.get(ints..).unwrap_or_default(), &[][..], &[][..]),
        };
        for &register in ints.iter().chain(floats).chain(count) {
            self.registers.push(register);
            self.vregs.push(l.mir.vreg(register.class()));
        }
    }

    /// Stores the registers from this number on in their places below the stack arguments.
    fn save_at_home(&self, l: &mut Lowering, named: usize) {
        for (number, &vreg) in self.vregs[named..].iter().enumerate() {
            let home = at(Base::IncomingArg, 8 * (self.arguments.ints + number) as u32);
            l.push(MachineInst::new(M::MovMR, 8).at(home), &[vreg]);
        }
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
    let list = l.vreg(l.graph().input(node, 2));
    if named.system == System::Windows {
        let next = l.temp(Type::PTR);
        let home = at(Base::IncomingArg, 8 * named.ints as u32);
        l.push(MachineInst::new(M::Lea, 8).at(home), &[next]);
        l.push(MachineInst::new(M::MovMR, 8).at(Address::reg(0)), &[list, next]);
        return Ok(());
    }
    let slot = l.save_area.expect("a function that starts a list saves its arguments");
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
        call.locations.push(Location::Reg(abi::VARIADIC_COUNT));
        call.vregs.push(count);
    }
    for &(pointer, offset, size) in &call.copies {
        copy_argument(l, pointer, offset as u32, size)?;
    }
    let same = Arguments::new(l, l.signature().conv).system == call.arguments.system;
    if tail && same && !call.arguments.on_stack() {
        call.jump(l, node);
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
    call.emit(l, node, &registers, &results);
    vectors.into_iter().for_each(|(wide, words)| unpack(l, wide, words));
    if tail {
        leave(l, &registers, &results);
    }
    Ok(())
}

impl Call {
    fn new(l: &Lowering, conv: CallConv) -> Call {
        let arguments = Arguments::new(l, conv);
        Call { arguments, locations: Vec::new(), vregs: Vec::new(), copies: Vec::new() }
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
            self.locations.push(location);
            self.vregs.push(word);
        }
    }

    /// Passes the address of a slot.
    fn address_of(&mut self, l: &mut Lowering, slot: Address) {
        let address = l.temp(Type::PTR);
        l.push(MachineInst::new(M::Lea, 8).at(slot), &[address]);
        self.locations.extend(self.arguments.place(Type::PTR));
        self.vregs.push(address);
    }

    /// Windows: a variadic function looks for floats in the integer registers of their positions.
    fn repeat_floats(&mut self, l: &mut Lowering) {
        for number in 0..self.locations.len() {
            let Location::Reg(register) = self.locations[number] else { continue };
            if let Some(position) = abi::WINDOWS_FLOAT_ARGS.iter().position(|&float| float == register) {
                let bits = l.temp(Type::I64);
                l.push(MachineInst::new(M::MovIF, 8), &[bits, self.vregs[number]]);
                self.locations.push(Location::Reg(abi::WINDOWS_INT_ARGS[position]));
                self.vregs.push(bits);
            }
        }
    }

    /// The call's record: where arguments and results are.
    fn site(&self, l: &mut Lowering, results: &[PReg], conv: CallConv) -> u32 {
        let number = l.mir.call_site(results, &self.locations);
        let record = l.mir.call_site_mut(number);
        (record.stack_size, record.convention) = (self.arguments.stack as u32, conv);
        number
    }

    /// Calls, and takes the results from these registers.
    fn emit(self, l: &mut Lowering, node: NodeId, registers: &[PReg], results: &[VReg]) {
        let graph = l.graph();
        let site = graph.call_site(node);
        let number = self.site(l, registers, l.source.module.signature(site.signature).conv);
        l.mir.call_site_mut(number).returns_twice = site.flags.has(CallFlags::RETURNS_TWICE);
        let mut vregs: SmallVec<[VReg; 8]> = SmallVec::from_slice(results);
        let callee = graph.input(node, 2);
        let inst = match graph.is(callee, Op::SymbolAddr) {
            true => direct(l, M::Call, callee),
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
            true => direct(l, M::TailCall, callee),
            false => {
                debug_assert!(!self.locations.contains(&Location::Reg(R11)));
                self.vregs.insert(0, l.vreg(callee));
                MachineInst::new(M::TailCallReg, 8)
            }
        };
        l.push(inst.imm(i64::from(number)), &self.vregs);
    }
}

/// A call of a function of known name; of one in another image by its pointer.
fn direct(l: &Lowering, op: M, callee: NodeId) -> MachineInst {
    let symbol = l.graph().payload(callee) as u32;
    let inst = MachineInst::new(op, 8).symbol(symbol);
    if called_by_pointer(l.source.module, l.source.module.symbol(SymbolId(symbol))) {
        MachineInst { base: Base::Got, ..inst }
    } else {
        inst
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
    let site = call.site(l, registers, CallConv::C);
    let mut vregs: SmallVec<[VReg; 8]> = wide.map_or(results.iter().copied().collect(), |wide| smallvec![wide]);
    vregs.extend(call.vregs);
    l.push(MachineInst::new(M::Call, 8).symbol(function.symbol()).imm(i64::from(site)), &vregs);
    if let Some(wide) = wide {
        unpack(l, wide, [results[0], results[1]]);
    }
}
