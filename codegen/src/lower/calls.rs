//! What is the same in all calling conventions once it is known where each value goes: the instructions at a function's
//! entry, at calls and at returns, and copies of structs to the stack.

use super::values::{parameters, uses_va_start};
use super::{LowerError, Lowering, class_of};
use crate::machine::{Address, Base, MachineInst, NO_SYMBOL, Opcode};
use crate::mir::Location;
use crate::select::symbols::called_by_pointer;
use regalloc2::{PReg, RegClass, VReg};
use smallvec::SmallVec;
use son_ir::{CallConv, CallFlags, NodeId, Op, Param, SymbolId, Type};

/// The ops of a target for that. Calls, returns, and what takes parameters have the number of a site as `imm`.
#[derive(Clone, Copy, Debug)]
pub struct CallOps {
    /// Takes parameters from their registers.
    pub params: Opcode,
    /// Stores the registers of variable arguments to a slot.
    pub save_varargs: Opcode,
    /// Returns.
    pub ret: Opcode,
    /// Calls a symbol.
    pub call: Opcode,
    /// Calls an address.
    pub call_register: Opcode,
    /// Jumps to a symbol in place of the frame.
    pub tail_call: Opcode,
    /// Jumps to an address in place of the frame.
    pub tail_call_register: Opcode,
    /// Loads and stores of integers and of floats.
    pub int: [Opcode; 2],
    /// See `int`.
    pub float: [Opcode; 2],
    /// The address of memory.
    pub address: Opcode,
}

/// A place among the stack arguments, of the function or of its calls.
pub fn at(base: Base, disp: i32) -> Address {
    Address::named(base, NO_SYMBOL, disp)
}

/// What a function finds at its entry.
#[derive(Default)]
pub struct Entry {
    registers: Vec<PReg>,
    vregs: Vec<VReg>,
    /// Instructions behind the one that takes all registers.
    then: Vec<(MachineInst, SmallVec<[VReg; 2]>)>,
}

/// Registers of variable arguments, and where they are saved.
#[derive(Default)]
pub struct Unnamed {
    /// Those that no parameter took.
    pub registers: Vec<PReg>,
    /// Where they go.
    pub place: SavePlace,
}

/// Where registers of variable arguments are saved.
#[derive(Default)]
pub enum SavePlace {
    /// Nowhere.
    #[default]
    Nowhere,
    /// In a slot of so many bytes.
    Slot(u32),
    /// In words from this one of the stack arguments on, of which so many bytes are the function's own.
    Home(i32, u32),
}

/// Where a convention has parameters.
pub trait Parameters {
    /// Takes the words of a parameter.
    fn take(&mut self, l: &mut Lowering, entry: &mut Entry, param: &Param) -> Result<SmallVec<[VReg; 2]>, LowerError>;

    /// What is behind all parameters, in a function that asks for its variable arguments.
    fn unnamed(&self) -> Unnamed;
}

impl Entry {
    /// A value of this type at its place.
    pub fn value(&mut self, l: &mut Lowering, ops: &CallOps, ty: Type, location: Location) -> VReg {
        let vreg = l.temp(ty);
        match location {
            Location::Reg(register) => self.register(register, vreg),
            Location::Stack { offset, size } => {
                let float = class_of(ty) == RegClass::Float;
                let ([load, _], size) = if float { (ops.float, ty.bytes()) } else { (ops.int, size) };
                let load = MachineInst::new(load, size as u8);
                self.then(load.at(at(Base::IncomingArg, offset as i32)), &[vreg]);
            }
        }
        vreg
    }

    /// The address of what is among the stack arguments.
    pub fn address(&mut self, l: &mut Lowering, ops: &CallOps, offset: u64) -> VReg {
        let vreg = l.temp(Type::PTR);
        self.then(MachineInst::new(ops.address, 8).at(at(Base::IncomingArg, offset as i32)), &[vreg]);
        vreg
    }

    /// Takes a register.
    pub fn register(&mut self, register: PReg, vreg: VReg) {
        self.registers.push(register);
        self.vregs.push(vreg);
    }

    /// Adds an instruction.
    pub fn then(&mut self, inst: MachineInst, vregs: &[VReg]) {
        self.then.push((inst, SmallVec::from_slice(vregs)));
    }
}

/// Takes the parameters, and saves the registers of variable arguments.
pub fn enter(l: &mut Lowering, ops: &CallOps, mut parameters_at: impl Parameters) -> Result<(), LowerError> {
    let (signature, projections) = (l.signature(), parameters(l));
    let mut entry = Entry::default();
    for (number, param) in signature.params.iter().enumerate() {
        let nodes = projections.get(number).copied().unwrap_or([NodeId::NONE; 2]);
        let vregs = parameters_at.take(l, &mut entry, param)?;
        for (&node, &vreg) in nodes.iter().zip(&vregs) {
            if node.is_some() {
                l.set_vreg(node, vreg);
            }
        }
        l.params.push(vregs);
    }
    let saves = signature.variadic && uses_va_start(l);
    let unnamed = if saves { parameters_at.unnamed() } else { Unnamed::default() };
    let named = entry.vregs.len();
    for &register in &unnamed.registers {
        let vreg = l.mir.vreg(register.class());
        entry.register(register, vreg);
    }
    let site = l.mir.call_site(&entry.registers, &[]);
    l.push(MachineInst::new(ops.params, 0).imm(i64::from(site)), &entry.vregs);
    save(l, ops, &unnamed, &entry.vregs[named..]);
    entry.then.iter().for_each(|(inst, vregs)| l.push(*inst, vregs));
    Ok(())
}

fn save(l: &mut Lowering, ops: &CallOps, unnamed: &Unnamed, vregs: &[VReg]) {
    match unnamed.place {
        SavePlace::Nowhere => {}
        SavePlace::Slot(size) => {
            let slot = l.mir.slot(size, 16);
            l.save_area = Some(slot);
            let locations: Vec<Location> = unnamed.registers.iter().copied().map(Location::Reg).collect();
            let site = l.mir.call_site(&[], &locations);
            l.push(MachineInst::new(ops.save_varargs, 16).imm(i64::from(site)).symbol(slot), vregs);
        }
        SavePlace::Home(first, size) => {
            l.mir.set_home_size(size);
            for (place, &vreg) in (first..).step_by(8).zip(vregs) {
                l.push(MachineInst::new(ops.int[1], 8).at(at(Base::IncomingArg, place)), &[vreg]);
            }
        }
    }
}

/// Starts a list that is the address of the next argument, in words.
pub fn start_list(l: &mut Lowering, ops: &CallOps, node: NodeId, next: i32) {
    store_address(l, ops, node, 0, at(Base::IncomingArg, next));
}

/// Stores an address in a field of the list that a node starts.
pub fn store_address(l: &mut Lowering, ops: &CallOps, node: NodeId, field: i32, address: Address) {
    let (list, pointer) = (l.vreg(l.graph().input(node, 2)), l.temp(Type::PTR));
    l.push(MachineInst::new(ops.address, 8).at(address), &[pointer]);
    l.push(MachineInst::new(ops.int[1], 8).at(Address::reg(field)), &[list, pointer]);
}

/// Returns with values in these registers.
pub fn leave(l: &mut Lowering, ops: &CallOps, registers: &[PReg], values: &[VReg]) {
    let locations: SmallVec<[Location; 4]> = registers.iter().copied().map(Location::Reg).collect();
    let site = l.mir.call_site(&[], &locations);
    l.push(MachineInst::new(ops.ret, 0).imm(i64::from(site)), values);
}

/// Arguments of a call in their places.
#[derive(Default)]
pub struct Call {
    locations: Vec<Location>,
    vregs: Vec<VReg>,
}

/// Where the results of a call go, and what else is known of it.
pub struct Ends<'a> {
    /// Their registers.
    pub registers: &'a [PReg],
    /// The results.
    pub results: &'a [VReg],
    /// Bytes of the stack arguments, and of what the callee may write below them.
    pub stack: u64,
    /// The convention.
    pub conv: CallConv,
}

impl Call {
    /// Adds an argument.
    pub fn put(&mut self, location: Location, vreg: VReg) {
        self.locations.push(location);
        self.vregs.push(vreg);
    }

    /// The arguments so far.
    pub fn arguments(&self) -> Vec<(Location, VReg)> {
        self.locations.iter().copied().zip(self.vregs.iter().copied()).collect()
    }

    /// Calls a function by name.
    pub fn emit_direct(self, l: &mut Lowering, inst: MachineInst, ends: &Ends) {
        let number = self.site(l, ends);
        let vregs: SmallVec<[VReg; 8]> = ends.results.iter().copied().chain(self.vregs).collect();
        l.push(inst.imm(i64::from(number)), &vregs);
    }

    /// The call's record: where arguments and results are.
    fn site(&self, l: &mut Lowering, ends: &Ends) -> u32 {
        let number = l.mir.call_site(ends.registers, &self.locations);
        let site = l.mir.call_site_mut(number);
        site.stack_size = site.stack_size.max(ends.stack.next_multiple_of(8) as u32);
        site.convention = ends.conv;
        number
    }

    /// Calls what the node calls.
    pub fn emit(mut self, l: &mut Lowering, ops: &CallOps, node: NodeId, ends: &Ends) {
        let graph = l.graph();
        let number = self.site(l, ends);
        l.mir.call_site_mut(number).returns_twice = graph.call_site(node).flags.has(CallFlags::RETURNS_TWICE);
        let inst = self.callee(l, graph.input(node, 2), [ops.call, ops.call_register]);
        let vregs: SmallVec<[VReg; 8]> = ends.results.iter().copied().chain(self.vregs).collect();
        l.push(inst.imm(i64::from(number)), &vregs);
    }

    /// Jumps to what the node calls, whose arguments are all in registers, in place of this frame.
    pub fn jump(mut self, l: &mut Lowering, ops: &CallOps, node: NodeId) {
        let number = l.mir.call_site(&[], &self.locations);
        let callee = l.graph().input(node, 2);
        let inst = self.callee(l, callee, [ops.tail_call, ops.tail_call_register]);
        l.push(inst.imm(i64::from(number)), &self.vregs);
    }

    /// The instruction that goes to a symbol, by its pointer if it is in another image, or to an address, which is the
    /// first input.
    fn callee(&mut self, l: &mut Lowering, callee: NodeId, [direct, by_register]: [Opcode; 2]) -> MachineInst {
        if !l.graph().is(callee, Op::SymbolAddr) {
            self.vregs.insert(0, l.vreg(callee));
            return MachineInst::new(by_register, 8);
        }
        let symbol = l.graph().payload(callee) as u32;
        let inst = MachineInst::new(direct, 8).symbol(symbol);
        match called_by_pointer(l.source.module, l.source.module.symbol(SymbolId(symbol))) {
            true => MachineInst { base: Base::Got, ..inst },
            false => inst,
        }
    }
}

/// Copies so many bytes to the stack arguments of the next call by loads and stores.
pub fn copy_unrolled(l: &mut Lowering, ops: &CallOps, pointer: VReg, offset: i32, bytes: u32) {
    let mut done = 0;
    while done < bytes {
        let step = 1 << (bytes - done).min(16).ilog2();
        let ([load, store], ty) = match step {
            16 => (ops.float, Type::F64.vector(2)),
            _ => (ops.int, Type::I64),
        };
        let temp = l.temp(ty);
        l.push(MachineInst::new(load, step as u8).at(Address::reg(done as i32)), &[temp, pointer]);
        l.push(MachineInst::new(store, step as u8).at(at(Base::OutgoingArg, offset + done as i32)), &[temp]);
        done += step;
    }
}
