//! A module made ready: an address for each symbol, initialized data, code translated when first called.

use super::code::{Addresses, Code, translate};
use super::host::Host;
use super::machine::{Machine, Reason, Stop};
use super::memory::{Kind, Memory, Uninitialized};
use super::value::{Cell, Value};
use super::{Limits, Outcome, library};
use crate::module::{Data, Definition, Linkage, Module, RelocationTarget, SymbolId};
use crate::ops::FIRST_MACHINE_OP;
use crate::types::Type;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::cell::OnceCell;
use std::rc::Rc;

/// A module made ready to be run many times.
pub struct Interpreter<'m> {
    pub(super) module: &'m Module,
    addresses: SymbolAddresses,
    /// Memory as it is before the program starts.
    initial: Memory,
    code: Vec<OnceCell<Rc<Code>>>,
    /// What the C library has under the symbol's name.
    pub(super) natives: Vec<Option<library::Function>>,
    /// `FILE` objects of the standard streams, input first.
    pub(super) streams: [Cell; 3],
}

#[derive(Default)]
struct SymbolAddresses {
    symbols: Vec<Cell>,
    blocks: HashMap<(SymbolId, u32), Cell, FxBuildHasher>,
}

impl Addresses for SymbolAddresses {
    fn symbol(&self, symbol: SymbolId) -> Cell {
        self.symbols[symbol.index()]
    }

    fn block(&self, function: SymbolId, target: u32) -> Cell {
        self.blocks.get(&(function, target)).copied().unwrap_or(Cell::POISON)
    }
}

impl<'m> Interpreter<'m> {
    /// Lays out the module's data.
    pub fn new(module: &'m Module) -> Interpreter<'m> {
        let names: Rc<[String]> = module.symbols.iter().map(|symbol| symbol.name.clone()).collect();
        let mut memory = Memory::new(u64::MAX, Uninitialized::Unspecified(0));
        memory.name_symbols(names);
        let streams = std::array::from_fn(|_| memory.create_with(Kind::Host, &[], 216, 16));
        let natives = module
            .symbols
            .iter()
            .map(|symbol| match symbol.definition {
                Definition::ExternalFunction(_) => library::find(&symbol.name),
                _ => None,
            })
            .collect();
        let mut interpreter = Interpreter {
            module,
            addresses: SymbolAddresses::default(),
            initial: memory,
            code: module.functions.iter().map(|_| OnceCell::new()).collect(),
            natives,
            streams,
        };
        interpreter.lay_out();
        interpreter.relocate();
        interpreter
    }

    fn lay_out(&mut self) {
        for (i, symbol) in self.module.symbols.iter().enumerate() {
            let id = SymbolId(i as u32);
            let align = u64::from(symbol.align.max(1));
            let missing = symbol.linkage == Linkage::Weak && self.natives[i].is_none();
            let cell = match &symbol.definition {
                // What nobody defines may be asked for by a weak reference: it is null then.
                Definition::ExternalFunction(_) | Definition::ExternalData(_) if missing => Cell::default(),
                Definition::Function(_) | Definition::ExternalFunction(_) => {
                    self.initial.create(Kind::Function(id), 0, align)
                }
                Definition::Data(data) => self.initial.create_with(Kind::Global(id), &data.bytes, data.size(), align),
                Definition::ExternalData(size) => self.external_data(id, &symbol.name, *size),
                Definition::Alias(..) => Cell::default(),
            };
            self.addresses.symbols.push(cell);
        }
        for i in 0..self.module.symbols.len() {
            self.addresses.symbols[i] = self.resolve_alias(SymbolId(i as u32));
        }
        for function in &self.module.functions {
            for target in 0..function.indirect_targets {
                let cell = self.initial.create(Kind::Block(function.symbol, target), 0, 16);
                self.addresses.blocks.insert((function.symbol, target), cell);
            }
        }
    }

    fn resolve_alias(&self, symbol: SymbolId) -> Cell {
        let (mut symbol, mut offset) = (symbol, 0i64);
        for _ in 0..self.module.symbols.len() {
            match self.module.symbol(symbol).definition {
                Definition::Alias(target, more) => (symbol, offset) = (target, offset.wrapping_add(more)),
                _ => break,
            }
        }
        let cell = self.addresses.symbols[symbol.index()];
        Cell::pointer(cell.bits.wrapping_add_signed(offset), cell.tag)
    }

    /// Data of the C library, or an object without bytes, so that only an access is an error.
    fn external_data(&mut self, id: SymbolId, name: &str, size: Option<u64>) -> Cell {
        let stream = match name {
            "stdin" | "__stdinp" => Some(self.streams[0]),
            "stdout" | "__stdoutp" => Some(self.streams[1]),
            "stderr" | "__stderrp" => Some(self.streams[2]),
            _ => None,
        };
        match (stream, name) {
            (Some(stream), _) => {
                let cell = self.initial.create_with(Kind::Global(id), &[], 8, 8);
                self.store_pointer(cell, 0, stream);
                cell
            }
            (None, "environ" | "__environ") => {
                let list = self.initial.create_with(Kind::Host, &[], 8, 8);
                let cell = self.initial.create_with(Kind::Global(id), &[], 8, 8);
                self.store_pointer(cell, 0, list);
                cell
            }
            _ => self.initial.create_with(Kind::Global(id), &[], size.unwrap_or(0), 16),
        }
    }

    fn store_pointer(&mut self, object: Cell, offset: u64, pointer: Cell) {
        let at = Cell::pointer(object.bits + offset, object.tag);
        if let Ok(place) = self.initial.writable_place(at, 8, 1) {
            self.initial.store_cell(place, Type::PTR, pointer);
        }
    }

    fn relocate(&mut self) {
        for (i, symbol) in self.module.symbols.iter().enumerate() {
            if let Definition::Data(data) = &symbol.definition {
                let object = self.addresses.symbols[i];
                self.relocate_data(object, data);
                if data.constant {
                    self.initial.make_constant(object.tag);
                }
            }
        }
    }

    fn relocate_data(&mut self, object: Cell, data: &Data) {
        for relocation in &data.relocations {
            let target = self.target(relocation.target);
            let mut value = Cell::pointer(target.bits.wrapping_add_signed(relocation.addend), target.tag);
            if let Some(minus) = relocation.minus {
                value = Cell::new(value.bits.wrapping_sub(self.target(minus).bits));
            }
            let at = Cell::pointer(object.bits.wrapping_add(relocation.offset), object.tag);
            let size = u64::from(relocation.size.clamp(1, 8));
            if let Ok(place) = self.initial.writable_place(at, size, 1) {
                let ty = if size == 8 { Type::PTR } else { Type::int(size as u32 * 8) };
                self.initial.store_cell(place, ty, value);
            }
        }
    }

    fn target(&self, target: RelocationTarget) -> Cell {
        match target {
            RelocationTarget::Symbol(symbol) => self.addresses.symbol(symbol),
            RelocationTarget::Block(function, block) => self.addresses.block(function, block),
        }
    }

    /// The address of a symbol, as the program sees it.
    pub(super) fn address(&self, symbol: SymbolId) -> Cell {
        self.addresses.symbol(symbol)
    }

    /// The code of a function; an error if it is not in a form that can be executed.
    pub(super) fn code(&self, row: u32) -> Result<Rc<Code>, Stop> {
        let slot = &self.code[row as usize];
        if let Some(code) = slot.get() {
            return Ok(Rc::clone(code));
        }
        let function = &self.module.functions[row as usize];
        if function.graph.nodes().any(|node| function.graph.op_number(node) >= FIRST_MACHINE_OP) {
            return Err(Reason::unsupported("machine nodes"));
        }
        Ok(Rc::clone(slot.get_or_init(|| Rc::new(translate(row, function, &self.addresses)))))
    }

    fn machine<'a>(&'a self, limits: &'a Limits, host: &'a mut dyn Host) -> Machine<'a> {
        let mut memory = self.initial.clone();
        memory.configure(limits.memory, limits.uninitialized);
        Machine::new(self, memory, limits, host)
    }

    /// Calls a function.
    pub fn run(&self, function: SymbolId, args: &[Value], limits: &Limits, host: &mut dyn Host) -> Outcome {
        let mut machine = self.machine(limits, host);
        let callee = self.address(function);
        machine.start(callee, args)
    }

    /// Runs a program, see [`super::run_main`].
    pub fn run_main(&self, args: &[&[u8]], limits: &Limits, host: &mut dyn Host) -> Outcome {
        let mut machine = self.machine(limits, host);
        machine.run_program(args)
    }
}
