//! The loop that executes instructions, on a call stack of its own.

use super::code::{Code, Instruction, NO_CELL, Way};
use super::host::Host;
use super::image::Interpreter;
use super::library;
use super::memory::Memory;
use super::undefined::Undefined;
use super::value::{Cell, Value, cells_of};
use super::{Limits, Outcome, Place, calls};
use crate::graph::NodeId;
use crate::module::{Module, Passing};
use crate::ops::Op;
use crate::payload::Shape;
use crate::types::Type;
use smallvec::SmallVec;
use std::rc::Rc;

/// Why execution ends.
#[derive(Debug)]
pub(super) enum Reason {
    Finished(Vec<Value>),
    Exit(i32),
    Abort,
    Trap,
    Undefined(Undefined),
    StepLimit,
    /// With this state.
    Deopt(NodeId),
    WrongFact(String),
    Unsupported(String),
}

/// The end of execution. Small, since each instruction may return it.
pub(super) type Stop = Box<Reason>;

impl From<Undefined> for Stop {
    fn from(what: Undefined) -> Stop {
        Box::new(Reason::Undefined(what))
    }
}

impl From<Box<Undefined>> for Stop {
    fn from(what: Box<Undefined>) -> Stop {
        Box::new(Reason::Undefined(*what))
    }
}

impl Reason {
    pub(super) fn unsupported(what: impl Into<String>) -> Stop {
        Box::new(Reason::Unsupported(what.into()))
    }
}

/// An activation: of a function of the module, or of a library function that calls back.
pub(super) struct Frame {
    pub(super) activity: Activity,
    /// Distinguishes activations, for `longjmp`.
    pub(super) serial: u64,
    /// First cell.
    pub(super) base: usize,
    /// The instruction being executed.
    pub(super) pc: u32,
    /// Stack objects of callers.
    pub(super) first_object: usize,
    /// Arguments beyond the parameters, and how they are passed.
    pub(super) varargs: Vec<(Value, Passing)>,
}

pub(super) enum Activity {
    Code(Rc<Code>),
    Native(Option<calls::Native>),
}

/// A running program.
pub(super) struct Machine<'a> {
    pub(super) image: &'a Interpreter<'a>,
    pub(super) module: &'a Module,
    pub(super) memory: Memory,
    pub(super) cells: Vec<Cell>,
    pub(super) frames: Vec<Frame>,
    /// Stack slots and dynamic allocations of all frames.
    pub(super) stack_objects: Vec<u32>,
    pub(super) limits: &'a Limits,
    pub(super) steps: u64,
    /// Guards that the first activation executed.
    pub(super) guards: u64,
    /// Shape and number of elements of each managed object.
    pub(super) managed: Vec<(Rc<Shape>, u64)>,
    pub(super) serials: u64,
    pub(super) host: &'a mut dyn Host,
    pub(super) trace: bool,
    pub(super) library: library::State,
    /// Results on their way to the frame on top.
    pub(super) returned: Option<SmallVec<[Value; 2]>>,
}

/// What comes after an instruction.
pub(super) enum Next {
    /// The following one.
    Following,
    /// The one with this number.
    At(u32),
    /// Whatever the frame on top does.
    Frame,
}

impl<'a> Machine<'a> {
    pub(super) fn new(
        image: &'a Interpreter<'a>,
        memory: Memory,
        limits: &'a Limits,
        host: &'a mut dyn Host,
    ) -> Machine<'a> {
        let trace = host.wants_events();
        Machine {
            image,
            module: image.module,
            memory,
            cells: Vec::new(),
            frames: Vec::new(),
            stack_objects: Vec::new(),
            limits,
            steps: limits.steps,
            guards: 0,
            managed: Vec::new(),
            serials: 0,
            host,
            trace,
            library: library::State::default(),
            returned: None,
        }
    }

    /// Calls the function and runs to the end.
    pub(super) fn start(&mut self, callee: Cell, args: &[Value]) -> Outcome {
        let stop = match self.invoke(callee, calls::Args::Values(args), None) {
            Ok(()) => self.run(),
            Err(stop) => stop,
        };
        self.outcome(*stop)
    }

    /// Runs constructors, `main` and what comes after it.
    pub(super) fn run_program(&mut self, args: &[&[u8]]) -> Outcome {
        let stop = match self.push_program(args) {
            Ok(()) => self.run(),
            Err(stop) => stop,
        };
        self.outcome(*stop)
    }

    fn run(&mut self) -> Stop {
        loop {
            let result = match self.returned.take() {
                Some(values) => self.deliver(values),
                None => match self.frames.last() {
                    Some(Frame { activity: Activity::Code(code), .. }) => {
                        let code = Rc::clone(code);
                        self.execute(&code)
                    }
                    Some(_) => self.step_native(None),
                    None => Err(Reason::Finished(Vec::new()).into()),
                },
            };
            if let Err(stop) = result {
                return stop;
            }
        }
    }

    /// Executes the frame on top until another frame is.
    fn execute(&mut self, code: &Code) -> Result<(), Stop> {
        let frame = self.frames.len() - 1;
        let base = self.frames[frame].base;
        let mut pc = self.frames[frame].pc;
        loop {
            let instruction = &code.instructions[pc as usize];
            let next = match instruction.way {
                Way::Narrow => self.narrow(instruction, base),
                Way::NarrowLoad => self.load_narrow(instruction, base),
                Way::General => self.general(instruction, base),
                Way::Other => self.other(code, instruction, frame, pc),
            };
            match next {
                Ok(Next::Following) => pc += 1,
                Ok(Next::At(target)) => pc = target,
                Ok(Next::Frame) => return Ok(()),
                Err(stop) => {
                    self.frames[frame].pc = pc;
                    return Err(stop);
                }
            }
        }
    }

    /// Follows an edge: moves values into the phis of its target. The number of the next instruction.
    pub(super) fn take(&mut self, code: &Code, edge: u32, base: usize) -> u32 {
        let edge = &code.edges[edge as usize];
        self.steps = self.steps.saturating_sub(u64::from(edge.steps));
        let moves = &code.moves[edge.moves.0 as usize..edge.moves.1 as usize];
        let frame = &mut self.cells[base..];
        if edge.parallel {
            let values: SmallVec<[Cell; 16]> = moves.iter().map(|&(source, _)| frame[source as usize]).collect();
            for (&(_, target), value) in moves.iter().zip(values) {
                frame[target as usize] = value;
            }
        } else {
            for &(source, target) in moves {
                frame[target as usize] = frame[source as usize];
            }
        }
        edge.target
    }

    pub(super) fn arg(&self, instruction: &Instruction, index: usize, base: usize) -> Cell {
        self.cells[base + instruction.args[index] as usize]
    }

    fn branch(&mut self, code: &Code, instruction: &Instruction, base: usize) -> Result<Next, Stop> {
        let condition = self.arg(instruction, 0, base);
        if condition.is_poison() {
            return Err(Undefined::Poison("the condition of a branch").into());
        }
        let edge = if condition.bits & 1 == 1 { instruction.payload } else { instruction.payload >> 32 } as u32;
        self.follow(code, Some(edge), base)
    }

    /// Follows an edge if there is one.
    fn follow(&mut self, code: &Code, edge: Option<u32>, base: usize) -> Result<Next, Stop> {
        match edge {
            Some(_) if self.steps == 0 => Err(Reason::StepLimit.into()),
            Some(edge) if edge != u32::MAX => Ok(Next::At(self.take(code, edge, base))),
            _ => Err(Undefined::Reached("a way that the graph does not have").into()),
        }
    }

    fn load_narrow(&mut self, instruction: &Instruction, base: usize) -> Result<Next, Stop> {
        let pointer = self.arg(instruction, 0, base);
        let align = 1 << (instruction.payload >> 32 & 63);
        let place = self.memory.place(pointer, u64::from(instruction.ty.bytes()), align)?;
        let value = self.memory.load_cell(place, instruction.ty);
        self.set(instruction, base, value)
    }

    /// Writes a result of one cell.
    pub(super) fn set(&mut self, instruction: &Instruction, base: usize, value: Cell) -> Result<Next, Stop> {
        if instruction.result != NO_CELL {
            self.cells[base + instruction.result as usize] = value;
            if self.limits.check_facts {
                self.check_fact(instruction, base)?;
            }
        }
        Ok(Next::Following)
    }

    /// Operand `index` as a value of so many cells.
    pub(super) fn cells_at(&self, cell: u32, ty: Type, base: usize) -> SmallVec<[Cell; 2]> {
        let first = base + cell as usize;
        SmallVec::from_slice(&self.cells[first..first + cells_of(ty)])
    }

    /// Everything but computations and narrow loads.
    fn other(&mut self, code: &Code, instruction: &Instruction, frame: usize, pc: u32) -> Result<Next, Stop> {
        let base = self.frames[frame].base;
        match instruction.op {
            Op::Region => self.follow(code, Some(instruction.payload as u32), base),
            Op::If => self.branch(code, instruction, base),
            Op::Call => {
                self.frames[frame].pc = pc;
                self.call(code, instruction, base).map(|()| Next::Frame)
            }
            Op::Never => self.follow(code, Some(instruction.payload as u32), base),
            Op::Switch => self.switch(code, instruction, base),
            Op::IndirectBr => self.indirect_branch(code, instruction, base),
            Op::TailCall => self.tail_call(code, instruction, base).map(|()| Next::Frame),
            Op::Return => {
                let values = code.returns[instruction.payload as usize]
                    .iter()
                    .map(|&(cell, ty)| Value::from_cells(ty, &self.cells_at(cell, ty, base)))
                    .collect();
                self.pop_frame();
                self.returned = Some(values);
                Ok(Next::Frame)
            }
            Op::Trap => Err(Reason::Trap.into()),
            Op::Unreachable => Err(Undefined::Reached("unreachable code").into()),
            Op::Deopt => Err(Reason::Deopt(self.state_of(code, instruction.node)).into()),
            Op::Guard => self.guard(code, instruction, base).map(|()| Next::Following),
            Op::Safepoint => self.may_leave(code, instruction, true).map(|()| Next::Following),
            _ => self.memory_effect(instruction, base).map(|()| Next::Following),
        }
    }

    fn switch(&mut self, code: &Code, instruction: &Instruction, base: usize) -> Result<Next, Stop> {
        let value = self.arg(instruction, 0, base);
        if value.is_poison() {
            return Err(Undefined::Poison("the operand of a switch").into());
        }
        let targets = &code.targets[instruction.payload as usize];
        let high = if instruction.from.bits() > 64 {
            self.cells_at(instruction.args[0], instruction.from, base)[1].bits
        } else {
            0
        };
        let found = targets.cases.binary_search_by_key(&value.bits, |case| case.0).ok().filter(|_| high == 0);
        self.follow(code, found.map(|at| targets.cases[at].1).or(targets.default), base)
    }

    fn indirect_branch(&mut self, code: &Code, instruction: &Instruction, base: usize) -> Result<Next, Stop> {
        let address = self.arg(instruction, 0, base);
        if address.is_poison() {
            return Err(Undefined::Poison("the target of a jump").into());
        }
        let symbol = self.module.functions[code.row as usize].symbol;
        let number = match self.memory.code_at(address) {
            Some(super::memory::Kind::Block(function, number)) if function == symbol => number,
            _ => return Err(Undefined::NotCode { address: address.bits, what: "a block of this function" }.into()),
        };
        let targets = &code.targets[instruction.payload as usize];
        let found = targets.cases.iter().find(|case| case.0 == u64::from(number)).map(|case| case.1);
        self.follow(code, found, base)
    }

    fn guard(&mut self, code: &Code, instruction: &Instruction, base: usize) -> Result<(), Stop> {
        let condition = self.arg(instruction, 0, base);
        if condition.is_poison() {
            return Err(Undefined::Poison("the condition of a guard").into());
        }
        self.may_leave(code, instruction, condition.bits & 1 == 1)
    }

    /// A place where the call may be left, and is if it shall not go on.
    fn may_leave(&mut self, code: &Code, instruction: &Instruction, goes_on: bool) -> Result<(), Stop> {
        let first = self.frames.len() == 1;
        let forced = first && self.limits.fail_guard == Some(self.guards);
        self.guards += u64::from(first);
        if forced || !goes_on {
            return Err(Reason::Deopt(self.state_of(code, instruction.node)).into());
        }
        Ok(())
    }

    fn state_of(&self, code: &Code, node: NodeId) -> NodeId {
        let graph = &self.module.functions[code.row as usize].graph;
        graph.inputs(node).find(|&input| graph.ty(input) == Type::STATE).unwrap_or(node)
    }

    // ---- The end ----

    fn outcome(&mut self, reason: Reason) -> Outcome {
        let place = self.place();
        match reason {
            Reason::Finished(values) => Outcome::Returned(values),
            Reason::Exit(code) => Outcome::Exit(code),
            Reason::Abort => Outcome::Abort,
            Reason::Trap => Outcome::Trap(place),
            Reason::Undefined(what) => Outcome::Undefined(what, place),
            Reason::StepLimit => Outcome::StepLimit,
            Reason::Deopt(state) => Outcome::Deopt(Box::new(self.rebuild(state))),
            Reason::WrongFact(what) => Outcome::WrongFact(what, place),
            Reason::Unsupported(what) => Outcome::Unsupported(what, place),
        }
    }

    /// The instruction that is being executed in the innermost function.
    fn place(&self) -> Place {
        let active = self.frames.iter().rev().find_map(|frame| match &frame.activity {
            Activity::Code(code) => Some((code, frame.pc)),
            Activity::Native(_) => None,
        });
        let Some((code, pc)) = active else {
            return Place { function: String::new(), node: NodeId::START, location: None };
        };
        let function = &self.module.functions[code.row as usize];
        let node = code.instructions.get(pc as usize).map_or(NodeId::START, |instruction| instruction.node);
        let location = self.module.locations.get(function.graph.origin(node).0 as usize);
        let location = location.filter(|location| location.line > 0).map(|location| {
            let file = self.module.files.get(location.file as usize).map_or("", |file| &file.path);
            format!("{file}:{}:{}", location.line, location.column)
        });
        Place { function: self.module.symbol(function.symbol).name.clone(), node, location }
    }
}
