//! Calls and returns, and library functions that call back.

use super::code::{Call, Code, Instruction, NO_CELL};
use super::library;
use super::machine::{Activity, Frame, Machine, Reason, Stop};
use super::memory::Kind;
use super::undefined::Undefined;
use super::value::{Cell, Value, cells_of};
use crate::module::{Function, Passing, SigId, SymbolId};
use crate::payload::CallFlags;
use crate::types::Type;
use smallvec::SmallVec;

/// Results of a call.
pub(super) type Results = SmallVec<[Value; 2]>;

/// Arguments of a call.
#[derive(Clone, Copy)]
pub(super) enum Args<'a> {
    /// Cells of the frame with this base.
    Cells(&'a [(u32, Type)], usize),
    /// Values.
    Values(&'a [Value]),
}

impl Args<'_> {
    fn len(&self) -> usize {
        match self {
            Args::Cells(cells, _) => cells.len(),
            Args::Values(values) => values.len(),
        }
    }

    fn ty(&self, index: usize) -> Type {
        match self {
            Args::Cells(cells, _) => cells[index].1,
            Args::Values(values) => values[index].ty(),
        }
    }

    fn value(&self, index: usize, cells: &[Cell]) -> Value {
        match self {
            Args::Values(values) => values[index].clone(),
            Args::Cells(args, base) => {
                let (cell, ty) = args[index];
                let first = base + cell as usize;
                Value::from_cells(ty, &cells[first..first + cells_of(ty)])
            }
        }
    }

    fn all(&self, cells: &[Cell]) -> Vec<Value> {
        (0..self.len()).map(|index| self.value(index, cells)).collect()
    }
}

/// A library function that calls back: executed in steps, between which the program runs.
pub(super) enum Native {
    /// Constructors, then `main` with these arguments.
    Program { constructors: Vec<Cell>, main: Cell, args: Vec<Value>, called: bool },
    /// What `atexit` asked for, then destructors, then the end.
    Exit { code: i32, destructors: Vec<Cell> },
    /// `qsort`.
    Sort(library::Sort),
    /// `bsearch`.
    Search(library::Search),
}

/// What a native function wants next.
pub(super) enum Step {
    Call(Cell, SmallVec<[Value; 3]>),
    Return(Results),
}

impl Machine<'_> {
    pub(super) fn call(&mut self, code: &Code, instruction: &Instruction, base: usize) -> Result<(), Stop> {
        let call = &code.calls[instruction.payload as usize];
        let callee = self.cells[base + call.callee as usize];
        self.invoke(callee, Args::Cells(&call.args, base), Some(call.signature))
    }

    pub(super) fn tail_call(&mut self, code: &Code, instruction: &Instruction, base: usize) -> Result<(), Stop> {
        let call = &code.calls[instruction.payload as usize];
        let callee = self.cells[base + call.callee as usize];
        let args = Args::Cells(&call.args, base).all(&self.cells);
        let symbol = self.callee(callee)?;
        if let Some(row) = self.row(symbol) {
            self.check_signature(&self.module.functions[row as usize], Args::Values(&args), Some(call.signature))?;
        }
        self.pop_frame();
        self.invoke(callee, Args::Values(&args), Some(call.signature))
    }

    fn callee(&self, callee: Cell) -> Result<SymbolId, Stop> {
        if callee.is_poison() {
            return Err(Undefined::Poison("the callee of a call").into());
        }
        match self.memory.code_at(callee) {
            Some(Kind::Function(symbol)) => Ok(symbol),
            _ => Err(Undefined::NotCode { address: callee.bits, what: "a function" }.into()),
        }
    }

    fn row(&self, symbol: SymbolId) -> Option<u32> {
        match self.module.symbol(symbol).definition {
            crate::module::Definition::Function(row) => Some(row),
            _ => None,
        }
    }

    /// Calls: pushes a frame, or sets what was returned at once.
    pub(super) fn invoke(&mut self, callee: Cell, args: Args<'_>, signature: Option<SigId>) -> Result<(), Stop> {
        let symbol = self.callee(callee)?;
        match self.row(symbol) {
            Some(row) => self.enter(row, args, signature),
            None => self.call_library(symbol, args, signature),
        }
    }

    fn check_signature(&self, function: &Function, args: Args<'_>, site: Option<SigId>) -> Result<(), Stop> {
        let own = self.module.signature(function.signature);
        if site == Some(function.signature) && (own.variadic || args.len() == own.params.len()) {
            return Ok(());
        }
        let count = own.params.len();
        let enough = args.len() == count || (own.variadic && args.len() > count);
        let same = enough && (0..count).all(|i| args.ty(i) == own.params[i].ty);
        let results = site.is_none_or(|site| {
            let site = &self.module.signature(site).results;
            site.len() == own.results.len() && site.iter().zip(&own.results).all(|(a, b)| a.ty == b.ty)
        });
        match same && results {
            true => Ok(()),
            false => Err(Undefined::SignatureMismatch { function: self.memory.name(function.symbol) }.into()),
        }
    }

    /// Enters a function of the module.
    fn enter(&mut self, row: u32, args: Args<'_>, signature: Option<SigId>) -> Result<(), Stop> {
        let module = self.module;
        let function = &module.functions[row as usize];
        self.check_signature(function, args, signature)?;
        let code = self.image.code(row)?;
        let base = self.cells.len();
        let used = ((base + code.cells as usize) * size_of::<Cell>() + self.frames.len() * size_of::<Frame>()) as u64;
        if used > self.limits.stack {
            return Err(Undefined::StackExhausted.into());
        }
        self.steps = self.steps.saturating_sub(u64::from(code.entry_steps));
        let own = module.signature(function.signature);
        let first_object = self.stack_objects.len();
        self.cells.extend_from_slice(&code.constants);
        self.cells.resize(base + code.cells as usize, Cell::POISON);
        for &(index, cell) in &code.params {
            self.pass(args, index as usize, base + cell as usize, own.params[index as usize].passing)?;
        }
        for &(slot, cell) in &code.slots {
            let slot = &function.slots[slot as usize];
            self.cells[base + cell as usize] = self.stack_object(slot.size, u64::from(slot.align))?;
        }
        let site = signature.map(|id| module.signature(id).params.as_slice()).unwrap_or_default();
        let passing = |i: usize| site.get(i).map_or(Passing::Direct, |param| param.passing);
        let varargs = (own.params.len()..args.len()).map(|i| (args.value(i, &self.cells), passing(i))).collect();
        self.serials += 1;
        let serial = self.serials;
        self.frames.push(Frame { activity: Activity::Code(code), serial, base, pc: 0, first_object, varargs });
        Ok(())
    }

    /// Copies an argument into the callee's frame, and what it points to if it is passed by value.
    fn pass(&mut self, args: Args<'_>, index: usize, target: usize, passing: Passing) -> Result<(), Stop> {
        let value = args.value(index, &self.cells);
        if let Passing::ByValue(size, align) = passing {
            let copy = self.stack_object(size, u64::from(align))?;
            self.memory.copy(copy, value.cells[0], size)?;
            self.cells[target] = copy;
        } else {
            self.cells[target..target + value.cells.len()].copy_from_slice(&value.cells);
        }
        Ok(())
    }

    /// A new object of the frame on top, or of the one about to be pushed.
    pub(super) fn stack_object(&mut self, size: u64, align: u64) -> Result<Cell, Stop> {
        if !self.memory.has_room(size) {
            return Err(Undefined::StackExhausted.into());
        }
        let object = self.memory.create(Kind::Stack, size, align);
        self.stack_objects.push(object.tag);
        Ok(object)
    }

    /// Ends the stack objects after the first so many.
    pub(super) fn drop_stack_objects(&mut self, keep: usize) {
        for object in self.stack_objects.drain(keep..) {
            self.memory.destroy(object);
        }
    }

    pub(super) fn pop_frame(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.cells.truncate(frame.base);
            self.drop_stack_objects(frame.first_object);
        }
    }

    /// Hands results to the frame on top; to the outside if there is none.
    pub(super) fn deliver(&mut self, values: Results) -> Result<(), Stop> {
        let Some(frame) = self.frames.last() else { return Err(Reason::Finished(values.into_vec()).into()) };
        let Activity::Code(code) = &frame.activity else { return self.step_native(Some(values)) };
        let (code, base) = (std::rc::Rc::clone(code), frame.base);
        let instruction = &code.instructions[frame.pc as usize];
        let call = &code.calls[instruction.payload as usize];
        if call.flags.has(CallFlags::NO_RETURN) {
            return Err(Undefined::Reached("what follows a call that does not return").into());
        }
        self.set_results(call, base, values);
        if self.limits.check_facts {
            self.check_results(&code, instruction)?;
        }
        let next = match call.exit {
            Some(normal) => self.take(&code, normal, base),
            None => self.frames[self.frames.len() - 1].pc + 1,
        };
        let top = self.frames.len() - 1;
        self.frames[top].pc = next;
        Ok(())
    }

    fn set_results(&mut self, call: &Call, base: usize, values: Results) {
        for (value, &cell) in values.iter().zip(&call.results) {
            if cell != NO_CELL {
                let first = base + cell as usize;
                self.cells[first..first + value.cells.len()].copy_from_slice(&value.cells);
            }
        }
    }

    /// Calls a function that the module does not define.
    fn call_library(&mut self, symbol: SymbolId, args: Args<'_>, signature: Option<SigId>) -> Result<(), Stop> {
        self.steps = self.steps.saturating_sub(1);
        let values = args.all(&self.cells);
        let module = self.module;
        let name = &module.symbol(symbol).name;
        let result = match signature.map(|id| module.signature(id)) {
            Some(signature) => signature.results.first().map(|result| result.ty),
            None => Some(Type::I32),
        };
        if self.trace {
            self.trace_call(name, &values);
        }
        if let Some(function) = self.image.natives[symbol.index()] {
            return match function(self, &library::Args { function: name, values: &values })? {
                library::Reply::Pushed => Ok(()),
                reply => {
                    self.returned = Some(reply.into_results(result));
                    Ok(())
                }
            };
        }
        match self.host.call(name, &values, &mut self.memory) {
            Some(results) => self.returned = Some(results.into()),
            None => return Err(Reason::unsupported(format!("call of {name}"))),
        }
        Ok(())
    }

    // ---- Native functions that call back ----

    pub(super) fn push_native(&mut self, native: Native) {
        self.serials += 1;
        self.frames.push(Frame {
            activity: Activity::Native(Some(native)),
            serial: self.serials,
            base: self.cells.len(),
            pc: 0,
            first_object: self.stack_objects.len(),
            varargs: Vec::new(),
        });
    }

    /// Goes on with the native function on top, given what its callback returned.
    pub(super) fn step_native(&mut self, returned: Option<Results>) -> Result<(), Stop> {
        let top = self.frames.len() - 1;
        let Activity::Native(slot) = &mut self.frames[top].activity else { return Ok(()) };
        let Some(mut native) = slot.take() else { return Ok(()) };
        let value = returned.and_then(|values| values.into_iter().next());
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return Err(Reason::StepLimit.into());
        }
        let step = match &mut native {
            Native::Program { constructors, main, args, called } => match constructors.pop() {
                Some(constructor) => Step::Call(constructor, SmallVec::new()),
                None if !*called => {
                    *called = true;
                    Step::Call(*main, args.drain(..).collect())
                }
                None => {
                    let code = value.and_then(|value| value.as_i64()).unwrap_or(0) as i32;
                    return self.exit(code);
                }
            },
            Native::Exit { code, destructors } => match self.library.at_exit.pop().or_else(|| destructors.pop()) {
                Some(function) => Step::Call(function, SmallVec::new()),
                None => return Err(Reason::Exit(*code).into()),
            },
            Native::Sort(sort) => sort.step(&mut self.memory, value)?,
            Native::Search(search) => search.step(value)?,
        };
        self.frames[top].activity = Activity::Native(Some(native));
        match step {
            Step::Call(callee, args) => self.invoke(callee, Args::Values(&args), None),
            Step::Return(results) => {
                self.pop_frame();
                self.returned = Some(results);
                Ok(())
            }
        }
    }

    /// `exit`: leaves all frames, then runs what is to be run at the end.
    pub(super) fn exit(&mut self, code: i32) -> Result<(), Stop> {
        while !self.frames.is_empty() {
            self.pop_frame();
        }
        let mut destructors = self.module.destructors.clone();
        destructors.sort_by_key(|&(priority, _)| priority);
        let destructors = destructors.into_iter().map(|(_, symbol)| self.image.address(symbol)).collect();
        self.push_native(Native::Exit { code, destructors });
        Ok(())
    }

    pub(super) fn push_program(&mut self, args: &[&[u8]]) -> Result<(), Stop> {
        let module = self.module;
        let main = module.find_symbol("main").filter(|&symbol| module.body(symbol).is_some());
        let Some(main) = main else { return Err(Reason::unsupported("a module without main")) };
        let list = self.memory.create_with(Kind::Host, &[], (args.len() as u64 + 1) * 8, 16);
        for (i, arg) in args.iter().enumerate() {
            let string = self.memory.create_with(Kind::Host, arg, arg.len() as u64 + 1, 16);
            let place = self.memory.place(Cell::pointer(list.bits + i as u64 * 8, list.tag), 8, 8)?;
            self.memory.store_cell(place, Type::PTR, string);
        }
        let environment = self.memory.create_with(Kind::Host, &[], 8, 16);
        let mut values = vec![
            Value::int(Type::I32, args.len() as u64),
            Value::from_cells(Type::PTR, &[list]),
            Value::from_cells(Type::PTR, &[environment]),
        ];
        if let Some(function) = module.body(main) {
            values.truncate(module.signature(function.signature).params.len());
        }
        let mut constructors = module.constructors.clone();
        constructors.sort_by_key(|&(priority, _)| std::cmp::Reverse(priority));
        let constructors = constructors.into_iter().map(|(_, symbol)| self.image.address(symbol)).collect();
        self.push_native(Native::Program { constructors, main: self.image.address(main), args: values, called: false });
        Ok(())
    }
}
