//! Computations: poison, origins of pointers and lanes around [`crate::eval`].

use super::code::{Instruction, NO_CELL};
use super::machine::{Machine, Next, Reason, Stop};
use super::undefined::Undefined;
use super::value::{Cell, Value, cells_of_scalar, pack, unpack};
use crate::eval::{self, Evaluated};
use crate::facts::{Fact, FloatClasses, FloatFact};
use crate::ops::{NodeFlags, Op};
use crate::types::Type;
use smallvec::SmallVec;

impl Machine<'_> {
    /// A computation on scalars of up to 64 bits.
    pub(super) fn narrow(&mut self, instruction: &Instruction, base: usize) -> Result<Next, Stop> {
        let frame = &self.cells[base..];
        if instruction.count == 2 && instruction.flags.is_empty() && !instruction.from.is_float() {
            let (a, b) = (frame[instruction.args[0] as usize], frame[instruction.args[1] as usize]);
            let bits = eval::plain(instruction.op, instruction.from, a.bits, b.bits);
            if let Some(bits) = bits.filter(|_| !a.is_poison() && !b.is_poison()) {
                return self.set(instruction, base, Cell::new(bits));
            }
        }
        let mut args = [Cell::default(); 3];
        for (arg, &cell) in args.iter_mut().zip(&instruction.args[..instruction.count as usize]) {
            *arg = frame[cell as usize];
        }
        let value = self.scalar(instruction, &args[..instruction.count as usize])?;
        self.set(instruction, base, value)
    }

    /// What poison becomes when it is frozen.
    fn frozen(&self) -> Result<Cell, Stop> {
        if self.limits.determinate { Err(Undefined::Frozen.into()) } else { Ok(Cell::default()) }
    }

    /// The result for operands of one cell each.
    fn scalar(&self, instruction: &Instruction, args: &[Cell]) -> Result<Cell, Stop> {
        let op = instruction.op;
        match op {
            Op::Select => {
                return Ok(match (args[0].is_poison(), args[0].bits & 1) {
                    (true, _) => Cell::POISON,
                    (false, 1) => args[1],
                    (false, _) => args[2],
                });
            }
            Op::Freeze if args[0].is_poison() => return self.frozen(),
            Op::Freeze | Op::Opaque => return Ok(args[0]),
            _ => {}
        }
        if args.iter().any(|arg| arg.is_poison()) {
            return of_poison(instruction, args);
        }
        match op {
            Op::PtrAdd => Ok(self.pointer_add(instruction.flags, args[0], args[1])),
            // A pointer keeps its origin while it travels as an integer.
            Op::PtrToInt | Op::IntToPtr | Op::Bitcast if instruction.ty.bits() == 64 => Ok(args[0]),
            _ => {
                let words = args.iter().fold(([0; 3], 0), |(mut words, i), arg| {
                    words[i] = u128::from(arg.bits);
                    (words, i + 1)
                });
                evaluate(instruction, instruction.ty, instruction.from, &words.0[..words.1]).map(|bits| match bits {
                    Some(bits) => Cell::new(bits as u64),
                    None => Cell::POISON,
                })
            }
        }
    }

    fn pointer_add(&self, flags: NodeFlags, pointer: Cell, offset: Cell) -> Cell {
        let address = pointer.bits.wrapping_add(offset.bits);
        if flags.has(NodeFlags::NSW) && !self.memory.stays_within(pointer, address) {
            return Cell::POISON;
        }
        Cell::pointer(address, pointer.tag)
    }

    /// A computation on vectors or scalars of more than 64 bits.
    pub(super) fn general(&mut self, instruction: &Instruction, base: usize) -> Result<Next, Stop> {
        let graph = self.graph_on_top();
        let inputs = graph.inputs(instruction.node).map(|input| graph.ty(input)).filter(|ty| ty.is_data());
        let operands: SmallVec<[(Type, SmallVec<[Cell; 2]>); 3]> =
            inputs.zip(instruction.args).map(|(ty, cell)| (ty, self.cells_at(cell, ty, base))).collect();
        let ty = instruction.ty;
        let lane_cells = cells_of_scalar(ty);
        let mut result: SmallVec<[Cell; 2]> = SmallVec::new();
        match instruction.op {
            Op::Bitcast => unpack(ty, &pack(operands[0].0, &operands[0].1), &mut result),
            Op::ExtractLane => result.extend_from_slice(lane(&operands[0], instruction.payload as usize)),
            Op::InsertLane => {
                result.extend_from_slice(&operands[0].1);
                let first = instruction.payload as usize * lane_cells;
                if let Some(target) = result.get_mut(first..first + lane_cells) {
                    target.copy_from_slice(&operands[1].1);
                }
            }
            Op::Splat => (0..ty.lanes()).for_each(|_| result.extend_from_slice(&operands[0].1)),
            _ => {
                for i in 0..ty.lanes() as usize {
                    let lanes: SmallVec<[&[Cell]; 3]> = operands.iter().map(|operand| lane(operand, i)).collect();
                    self.lane_result(instruction, &operands, &lanes, &mut result)?;
                }
            }
        }
        if instruction.result != NO_CELL {
            let first = base + instruction.result as usize;
            self.cells[first..first + result.len()].copy_from_slice(&result);
        }
        Ok(Next::Following)
    }

    /// The result of one lane.
    fn lane_result(
        &self,
        instruction: &Instruction,
        operands: &[(Type, SmallVec<[Cell; 2]>)],
        lanes: &[&[Cell]],
        result: &mut SmallVec<[Cell; 2]>,
    ) -> Result<(), Stop> {
        let (ty, from) = (instruction.ty.scalar(), instruction.from.scalar());
        let is_wide = operands.iter().any(|operand| cells_of_scalar(operand.0) == 2) || cells_of_scalar(ty) == 2;
        if !is_wide {
            let args: SmallVec<[Cell; 3]> = lanes.iter().map(|cells| cells[0]).collect();
            let scalar = Instruction { ty, from, ..*instruction };
            result.push(self.scalar(&scalar, &args)?);
            return Ok(());
        }
        let poison = |cells: &[Cell]| cells.iter().any(|cell| cell.is_poison());
        let count = cells_of_scalar(ty);
        match instruction.op {
            Op::Select if !poison(lanes[0]) => {
                result.extend_from_slice(if lanes[0][0].bits & 1 == 1 { lanes[1] } else { lanes[2] });
                return Ok(());
            }
            Op::Freeze => {
                match poison(lanes[0]) {
                    true => result.extend(vec![self.frozen()?; count]),
                    false => result.extend_from_slice(lanes[0]),
                }
                return Ok(());
            }
            Op::Opaque => {
                result.extend_from_slice(lanes[0]);
                return Ok(());
            }
            _ => {}
        }
        let word =
            |cells: &[Cell]| u128::from(cells[0].bits) | u128::from(cells.get(1).map_or(0, |cell| cell.bits)) << 64;
        let value = if lanes.iter().any(|cells| poison(cells)) {
            let args: SmallVec<[Cell; 3]> =
                lanes.iter().map(|cells| if poison(cells) { Cell::POISON } else { cells[0] }).collect();
            let divisor = lanes.get(1).filter(|cells| !poison(cells)).map(|cells| word(cells));
            of_poison_with(instruction.op, &args, divisor, from)?;
            None
        } else {
            let words: SmallVec<[u128; 3]> = lanes.iter().map(|cells| word(cells)).collect();
            evaluate(instruction, ty, from, &words)?
        };
        match value {
            Some(bits) => {
                result.extend([Cell::new(bits as u64), Cell::new((bits >> 64) as u64)].into_iter().take(count))
            }
            None => result.extend(std::iter::repeat_n(Cell::POISON, count)),
        }
        Ok(())
    }

    /// Does the result fit the fact that the graph holds of it?
    pub(super) fn check_fact(&self, instruction: &Instruction, base: usize) -> Result<(), Stop> {
        self.check_node(instruction.node, instruction.ty, instruction.result, base)
    }

    fn check_node(&self, node: crate::graph::NodeId, ty: Type, cell: u32, base: usize) -> Result<(), Stop> {
        let value = self.cells[base + cell as usize];
        let graph = self.graph_on_top();
        if value.is_poison() || graph.ty(node) != ty {
            return Ok(());
        }
        let fits = fits(graph.fact(node), ty, value.bits);
        if fits {
            return Ok(());
        }
        let value = Value::from_cells(ty, &[value]);
        Err(Reason::WrongFact(format!("{value} is not in {:?}", graph.fact(node))).into())
    }

    /// As [`Machine::check_fact`], of the first result of a call.
    pub(super) fn check_results(&self, code: &super::code::Code, instruction: &Instruction) -> Result<(), Stop> {
        let graph = self.graph_on_top();
        let Some(proj) = graph.find_proj(instruction.node, 2) else { return Ok(()) };
        let (ty, cell) = (graph.ty(proj), code.cell_of[proj.index()]);
        let base = self.frames[self.frames.len() - 1].base;
        match ty.is_data() && !ty.is_vector() && ty.bits() <= 64 && cell != NO_CELL {
            true => self.check_node(proj, ty, cell, base),
            false => Ok(()),
        }
    }
}

/// Is the value one that the fact allows?
fn fits(fact: &Fact, ty: Type, bits: u64) -> bool {
    match fact {
        Fact::Any => true,
        Fact::Never => false,
        Fact::Int(fact) => fact.contains(ty, bits),
        Fact::Float(fact) => {
            let classes = FloatFact::constant(ty, bits).classes;
            let same = |constant: u64| constant == bits || classes == FloatClasses::NAN;
            fact.classes.has(classes) && fact.constant.is_none_or(same)
        }
        Fact::Pointer(fact) => {
            let aligned = bits == 0 || bits.trailing_zeros() >= u32::from(fact.align_log2);
            aligned && !(fact.non_null && bits == 0) && !(fact.null && bits != 0)
        }
    }
}

/// Lane `index` of a vector; a scalar has every lane.
fn lane(operand: &(Type, SmallVec<[Cell; 2]>), index: usize) -> &[Cell] {
    let (ty, cells) = operand;
    let count = cells_of_scalar(*ty);
    let index = if ty.is_vector() { index.min(ty.lanes() as usize - 1) } else { 0 };
    &cells[index * count..(index + 1) * count]
}

/// The bits, or `None` for poison.
fn evaluate(instruction: &Instruction, ty: Type, from: Type, args: &[u128]) -> Result<Option<u128>, Stop> {
    match eval::scalar(instruction.op, instruction.flags, ty, from, args) {
        Some(Evaluated::Bits(bits)) => Ok(Some(bits)),
        Some(Evaluated::Poison) => Ok(None),
        Some(Evaluated::Undefined) if args.get(1) == Some(&0) => Err(Undefined::DivisionByZero.into()),
        Some(Evaluated::Undefined) => Err(Undefined::DivisionOverflow.into()),
        None => Err(Reason::unsupported(format!("{} on {from}", instruction.op))),
    }
}

fn of_poison(instruction: &Instruction, args: &[Cell]) -> Result<Cell, Stop> {
    let divisor = args.get(1).filter(|arg| !arg.is_poison()).map(|arg| u128::from(arg.bits));
    of_poison_with(instruction.op, args, divisor, instruction.from)?;
    Ok(Cell::POISON)
}

/// An operand is poison: an error where that is undefined.
fn of_poison_with(op: Op, args: &[Cell], divisor: Option<u128>, ty: Type) -> Result<(), Stop> {
    for (i, arg) in args.iter().enumerate() {
        if arg.is_poison() && eval::undefined_with_poison(op, i, divisor, ty) {
            let what = if i == 1 { "a divisor" } else { "the dividend of an undefined division" };
            return Err(Undefined::Poison(what).into());
        }
    }
    Ok(())
}
