//! From the machine IR of a function to its code: registers, frame, layout, emission.

use crate::buffer::{Code, CodeBuffer, FrameEvent, Label};
use crate::copies;
use crate::frame::{Frame, FrameError, FrameMode};
use crate::isa::{Emit, FunctionContext, Isa, Targets};
use crate::layout::Layout;
use crate::machine::{Base, MachineInst, OpFlags, OpInfo, OperandSpec};
use crate::mir::{Constant, Mir};
use crate::regalloc::{self, Allocator, Backtracking, Fast, Recomputed};
use crate::wrap::Wrap;
use regalloc2::{Allocation, Block, Edit, Inst, Output, PReg, ProgPoint, RegAllocError};
use smallvec::SmallVec;
use thiserror::Error;

/// How functions are compiled.
#[derive(Clone, Copy, Debug, Default)]
pub struct FunctionOptions {
    /// Allocate registers well, order blocks, align loops; else quickly.
    pub optimize: bool,
    /// Check the result of register allocation.
    pub check: bool,
}

/// Why a function cannot be compiled.
#[derive(Debug, Error)]
pub enum FunctionError {
    /// The frame is too large.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The machine IR breaks a law of the register allocator.
    #[error("register allocation failed: {0}")]
    Allocation(RegAllocError),
    /// The register allocator's result is wrong.
    #[error("the register allocation is wrong: {0}")]
    Check(String),
}

/// A block in the code of a function, for listings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockNote {
    /// Where it starts.
    pub offset: u32,
    /// Its number.
    pub block: u32,
    /// Executions for one of the function.
    pub frequency: f32,
    /// Loops around it.
    pub loop_depth: u32,
}

/// The code of a function with what it refers to.
#[derive(Clone, Debug, Default)]
pub struct CompiledFunction {
    /// Instructions, relocations, unwinding rules, origins; labels up to the number of blocks are those of the blocks.
    pub code: Code,
    /// Constants in memory.
    pub constants: Vec<Constant>,
    /// Jump tables: offsets in the code.
    pub tables: Vec<Vec<u32>>,
    /// Offsets of the blocks whose address is taken, by [`Mir::indirect_target`].
    pub indirect_targets: Vec<u32>,
    /// The blocks in their order.
    pub blocks: Vec<BlockNote>,
    /// Bytes of the frame, the return address excluded.
    pub frame_size: u32,
}

/// Compiles functions one after the other, keeping its memory.
pub struct FunctionCompiler {
    isa: &'static dyn Isa,
    options: FunctionOptions,
    backtracking: Backtracking,
    fast: Fast,
    emitter: Box<dyn Emit>,
    frame: Frame,
    wrap: Wrap,
    layout: Layout,
    code: CodeBuffer,
    recomputed: Vec<Recomputed>,
    positions: Vec<u32>,
}

/// Blocks of up to so many instructions and moves are repeated instead of jumped to, if they end in an indirect jump:
/// each copy gives the branch predictor another history.
const REPEATED_DISPATCH: usize = 20;
/// The same for blocks that return.
const REPEATED_RETURN: usize = 3;
/// Blocks that close a loop at least so often are aligned.
const HOT_LOOP: f32 = 4.0;
/// The alignment of hot loops.
const LOOP_ALIGN: u32 = 16;

/// The longest block of which registers are allocated by backtracking, whose time grows with the square of the length:
/// half a second for so many instructions.
const LONGEST_BACKTRACKED: usize = 32_768;

fn longest_block(mir: &Mir) -> usize {
    (0..mir.block_count()).map(|block| mir.block_insts(Block::new(block)).len()).max().unwrap_or(0)
}

impl FunctionCompiler {
    /// A compiler for an ISA.
    pub fn new(isa: &'static dyn Isa, options: FunctionOptions) -> FunctionCompiler {
        FunctionCompiler {
            isa,
            options,
            backtracking: Backtracking::new(options.check),
            fast: Fast::new(options.check),
            emitter: isa.emitter(),
            frame: Frame::default(),
            wrap: Wrap::default(),
            layout: Layout::default(),
            code: CodeBuffer::default(),
            recomputed: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// Compiles a function; [`Mir::finish`] has been called.
    ///
    /// # Errors
    /// See [`FunctionError`].
    pub fn compile(&mut self, mir: &Mir) -> Result<CompiledFunction, FunctionError> {
        let mode = FrameMode::of(mir, self.isa);
        let backtracks = self.options.optimize && longest_block(mir) <= LONGEST_BACKTRACKED;
        let allocator: &mut dyn Allocator = if backtracks { &mut self.backtracking } else { &mut self.fast };
        let environment = allocator.environment(mir, self.isa, mode);
        let output = allocator.allocate(mir, self.isa, mode).map_err(FunctionError::Allocation)?;
        if self.options.check {
            regalloc::check(mir, self.isa, environment, output).map_err(FunctionError::Check)?;
        }
        if self.options.optimize {
            copies::propagate(mir, self.isa, output);
            if self.options.check {
                regalloc::check(mir, self.isa, environment, output).map_err(FunctionError::Check)?;
            }
        }
        regalloc::reload_by_computing(mir, self.isa, output, &mut self.recomputed);
        self.frame.lay_out(mir, self.isa, mode, output)?;
        match self.options.optimize {
            true => {
                self.wrap.compute(mir, self.isa, &self.frame, output);
                self.layout.compute(mir, self.isa, output, &self.wrap);
            }
            false => self.layout.keep(mir, self.isa, output, &self.wrap),
        }
        self.code.clear(mir.block_count());
        self.emitter.begin();
        Emission {
            context: FunctionContext { mir, frame: &self.frame, has_frame: false },
            ops: self.isa.ops(),
            output,
            wrap: &self.wrap,
            layout: &self.layout,
            recomputed: &self.recomputed,
            emitter: &mut *self.emitter,
            code: &mut self.code,
            optimize: self.options.optimize,
            pads_executed: self.isa.pads_executed(),
        }
        .function(&mut self.positions);
        let code = self.code.finish(self.isa, self.emitter.bytes());
        Ok(self.collect(mir, code))
    }

    fn collect(&self, mir: &Mir, code: Code) -> CompiledFunction {
        let offset = |block: Block| code.labels[self.layout.resolve(block).index()];
        let tables = mir.tables().map(|(block, entries)| {
            let succs = mir.succs(block);
            entries.iter().map(|&entry| offset(succs[entry as usize])).collect()
        });
        let blocks = self.layout.order().iter().map(|&block| BlockNote {
            offset: offset(block),
            block: block.index() as u32,
            frequency: mir.block(block).frequency,
            loop_depth: mir.block(block).loop_depth,
        });
        CompiledFunction {
            tables: tables.collect(),
            indirect_targets: mir.indirect_targets().iter().map(|&block| offset(block)).collect(),
            blocks: blocks.collect(),
            constants: mir.constants().to_vec(),
            frame_size: self.frame.own_size(),
            code,
        }
    }
}

/// The emission of one function.
struct Emission<'a> {
    context: FunctionContext<'a>,
    ops: &'static [OpInfo],
    output: &'a Output,
    wrap: &'a Wrap,
    layout: &'a Layout,
    recomputed: &'a [Recomputed],
    emitter: &'a mut dyn Emit,
    code: &'a mut CodeBuffer,
    optimize: bool,
    /// Is padding that is executed worth it before loops?
    pads_executed: bool,
}

impl Emission<'_> {
    fn function(&mut self, positions: &mut Vec<u32>) {
        let order = self.layout.order();
        positions.clear();
        positions.resize(self.context.mir.block_count(), u32::MAX);
        for (position, block) in order.iter().enumerate() {
            positions[block.index()] = position as u32;
        }
        for (position, &block) in order.iter().enumerate() {
            if self.optimize && self.closes_loop(block, positions) && self.may_pad(position) {
                self.code.align(LOOP_ALIGN);
            }
            self.emitter.bind(self.code, label(block));
            if self.context.mir.facts().protection.branch_targets && self.is_landing(block) {
                self.emitter.landing(self.context, self.code);
            }
            self.enter(block);
            self.block(block, order.get(position + 1).copied());
        }
    }

    /// Makes the frame where it starts, and tells debuggers if the block before, in the order of addresses, differs.
    fn enter(&mut self, block: Block) {
        let starts = self.wrap.start == block.index() as u32;
        let has_frame = self.wrap.has_frame(block) && !starts;
        if self.context.has_frame != has_frame {
            self.context.has_frame = has_frame;
            self.emitter.describe_frame(self.context, self.code);
        }
        if starts {
            self.context.has_frame = true;
            self.emitter.prologue(self.context, self.code);
        }
    }

    /// Is the block jumped to by address, from a table or another value?
    fn is_landing(&self, block: Block) -> bool {
        let mir = self.context.mir;
        let tables = mir.tables().flat_map(|(from, _)| mir.succs(from)).filter(|_| self.emitter.marks_tables());
        tables.chain(mir.indirect_targets()).any(|&to| self.layout.resolve(to) == block)
    }

    /// Is padding before the block at this place not executed, or cheap?
    fn may_pad(&self, position: usize) -> bool {
        let falls_through = |before: usize| {
            let (order, mir) = (self.layout.order(), self.context.mir);
            let to = self.layout.resolve(order[position]);
            mir.succs(order[before]).iter().any(|&next| self.layout.resolve(next) == to)
        };
        self.pads_executed || position.checked_sub(1).is_none_or(|before| !falls_through(before))
    }

    /// True if a block is jumped to from below, and more often so than it is entered from above, where the padding is
    /// executed.
    fn closes_loop(&self, block: Block, positions: &[u32]) -> bool {
        let mir = self.context.mir;
        let data = mir.block(block);
        if data.loop_depth == 0 || data.frequency < HOT_LOOP {
            return false;
        }
        let from_below = |&pred: &Block| {
            // An empty block that splits an edge is skipped; its predecessor jumps.
            let skipped = self.layout.resolve(pred) != pred;
            let jumps = if skipped { mir.preds(pred).first().copied().unwrap_or(pred) } else { pred };
            let loops = mir.place(jumps) >= mir.place(block);
            let below =
                loops && positions[jumps.index()] != u32::MAX && positions[jumps.index()] >= positions[block.index()];
            below.then_some(mir.block(pred).frequency)
        };
        mir.preds(block).iter().filter_map(from_below).sum::<f32>() * 2.0 >= data.frequency
    }

    fn block(&mut self, block: Block, next: Option<Block>) {
        let insts = self.context.mir.block_insts(block);
        let mut edit = self.output.edits.partition_point(|(point, _)| *point < ProgPoint::before(insts.first()));
        for inst in insts.iter() {
            self.code.line(self.context.mir.origin(inst));
            let allocations = self.output.inst_allocs(inst);
            let copied = self.moves(&mut edit, ProgPoint::before(inst), Some((inst, allocations)));
            if inst == insts.last() {
                return self.last(block, inst, allocations, next);
            }
            let record = self.context.mir.inst(inst);
            self.inst(record, allocations, copied);
            self.moves(&mut edit, ProgPoint::after(inst), None);
        }
    }

    /// Emits an instruction, with the address of an indirect target resolved to the label of its block.
    fn inst(&mut self, record: &MachineInst, allocations: &[Allocation], copied: Option<PReg>) {
        if record.base != Base::Block {
            return self.emitter.inst(self.context, self.code, record, allocations, copied);
        }
        // An address that nobody jumps to may be any.
        let target = self.context.mir.indirect_targets().get(record.symbol as usize).copied();
        let symbol = label(self.layout.resolve(target.unwrap_or(Block::new(0)))).0;
        self.emitter.inst(self.context, self.code, &MachineInst { symbol, ..*record }, allocations, copied);
    }

    /// Emits the moves at a point. The last one is not emitted but returned if the instruction behind it absorbs it.
    fn moves(&mut self, edit: &mut usize, point: ProgPoint, before: Option<(Inst, &[Allocation])>) -> Option<PReg> {
        let edits = &self.output.edits;
        while let Some(&(at, Edit::Move { from, to })) = edits.get(*edit)
            && at == point
        {
            let number = *edit;
            *edit += 1;
            if from == to {
                continue;
            }
            let is_last = edits.get(*edit).is_none_or(|(next, _)| *next != point);
            if let (true, Some((inst, allocations))) = (is_last, before)
                && let Some(copied) = self.absorbed(inst, allocations, from, to)
            {
                return Some(copied);
            }
            match self.recomputation(number) {
                Some(inst) => {
                    self.inst(self.context.mir.inst(inst), &[to], None);
                }
                None => self.emitter.copy(self.context, self.code, from, to),
            }
        }
        None
    }

    fn recomputation(&self, edit: usize) -> Option<Inst> {
        let index = self.recomputed.binary_search_by_key(&(edit as u32), |&(edit, _)| edit).ok()?;
        Some(self.recomputed[index].1)
    }

    /// The register that an instruction can read instead of a copy of it.
    fn absorbed(&self, inst: Inst, allocations: &[Allocation], from: Allocation, to: Allocation) -> Option<PReg> {
        let from = from.as_reg()?;
        let record = self.context.mir.inst(inst);
        let reuses = matches!(self.ops[record.opcode.0 as usize].operands.first(), Some(OperandSpec::DefReuse(_, 1)));
        let fits = self.optimize && reuses && allocations[0] == to && self.emitter.absorbs_copy(record, allocations);
        fits.then_some(from)
    }

    fn last(&mut self, block: Block, inst: Inst, allocations: &[Allocation], next: Option<Block>) {
        let mir = self.context.mir;
        let record = mir.inst(inst);
        if self.ops[record.opcode.0 as usize].is(OpFlags::RETURN) {
            return self.emitter.inst(self.context, self.code, record, allocations, None);
        }
        let succs = mir.succs(block);
        if let [only] = *succs {
            let target = self.layout.resolve(only);
            if self.wrap.leaves(block, target) {
                return self.leave(target, record, allocations, next);
            }
            if self.optimize && Some(target) != next && self.is_repeated(target) {
                return self.block(target, None);
            }
        }
        let mut labels: SmallVec<[Label; 2]> = SmallVec::new();
        if succs.len() <= 2 {
            labels.extend(succs.iter().map(|&succ| label(self.layout.resolve(succ))));
        }
        let targets = Targets { succs: &labels, next: next.map(label) };
        self.emitter.branch(self.context, self.code, record, allocations, targets);
    }

    /// Undoes the frame and goes to a block that has none. What follows in the order of addresses has it.
    fn leave(&mut self, target: Block, record: &MachineInst, allocations: &[Allocation], next: Option<Block>) {
        self.emitter.epilogue(self.context, self.code);
        self.context.has_frame = false;
        if Some(target) != next && self.is_repeated(target) {
            self.block(target, None);
        } else {
            let targets = Targets { succs: &[label(target)], next: next.map(label) };
            self.emitter.branch(self.context, self.code, record, allocations, targets);
        }
        self.code.frame_event(FrameEvent::Restore);
        self.context.has_frame = true;
    }

    /// True if a block is repeated instead of jumped to.
    fn is_repeated(&self, block: Block) -> bool {
        let mir = self.context.mir;
        let last = mir.block_insts(block).last();
        let flags = self.ops[mir.inst(last).opcode.0 as usize].flags;
        if !flags.contains(OpFlags::RETURN) {
            return self.dispatch_size(block).is_some_and(|size| size <= REPEATED_DISPATCH);
        }
        let saved = if self.wrap.has_frame(block) { self.context.frame.saved.len() } else { 0 };
        !flags.contains(OpFlags::DEAD_END) && self.size(block) <= REPEATED_RETURN.saturating_sub(saved)
    }

    /// Instructions and moves from the block to an indirect jump, if it does nothing but go there.
    fn dispatch_size(&self, mut block: Block) -> Option<usize> {
        let mut size = 0;
        while size <= REPEATED_DISPATCH {
            size += self.size(block);
            match *self.context.mir.succs(block) {
                [only] if !self.wrap.leaves(block, self.layout.resolve(only)) => block = self.layout.resolve(only),
                [] | [_] | [_, _] => return None,
                _ => return Some(size),
            }
        }
        None
    }

    /// Instructions and moves of a block.
    fn size(&self, block: Block) -> usize {
        let insts = self.context.mir.block_insts(block);
        insts.len() + regalloc::edits_of(self.output, insts).len()
    }
}

fn label(block: Block) -> Label {
    Label(block.index() as u32)
}
