//! Register allocation: `regalloc2` behind one trait of ours.
//!
//! [`Backtracking`] is for optimized code, [`Fast`] for -O0; both keep their memory from function to function. The
//! result is `regalloc2`'s: an allocation for each operand and a sorted list of moves between instructions.
//! [`check`] proves a result by symbolic execution (`regalloc2::checker`); tests run it always.
//! [`reload_by_computing`] replaces reloads of constants and addresses by computing them again.

use crate::frame::FrameMode;
use crate::isa::Isa;
use crate::machine::{Base, MachineInst, OpFlags, OpInfo};
use crate::mir::{Location, Mir};
use regalloc2::{
    Algorithm, Allocation, Block, Ctx, Edit, Function, Inst, InstPosition, InstRange, MachineEnv, Operand, OperandKind,
    Output, PRegSet, ProgPoint, RegAllocError, RegClass, RegallocOptions, VReg,
};

/// A register allocator.
pub trait Allocator {
    /// The registers that it hands out.
    fn environment<'a>(&self, mir: &Mir, isa: &'a dyn Isa, mode: FrameMode) -> &'a MachineEnv {
        &isa.convention(mir.convention()).environments[mode as usize]
    }

    /// Assigns registers.
    ///
    /// # Errors
    /// If the MIR breaks a law of `regalloc2`, which the MIR verifier reports in our words.
    fn allocate(&mut self, mir: &Mir, isa: &dyn Isa, mode: FrameMode) -> Result<&mut Output, RegAllocError>;
}

/// Backtracking allocation with live range splitting.
#[derive(Default)]
pub struct Backtracking {
    context: Ctx,
    validate: bool,
}

/// One pass over each block, everything spilled between blocks.
#[derive(Debug, Default)]
pub struct Fast {
    output: Output,
    validate: bool,
}

impl Backtracking {
    /// With `validate`, checks first that the MIR is in SSA form.
    pub fn new(validate: bool) -> Backtracking {
        Backtracking { context: Ctx::default(), validate }
    }
}

impl Fast {
    /// With `validate`, checks first that the MIR is in SSA form.
    pub fn new(validate: bool) -> Fast {
        Fast { output: Output::default(), validate }
    }
}

impl Allocator for Backtracking {
    fn allocate(&mut self, mir: &Mir, isa: &dyn Isa, mode: FrameMode) -> Result<&mut Output, RegAllocError> {
        let options =
            RegallocOptions { validate_ssa: self.validate, algorithm: Algorithm::Ion, ..RegallocOptions::default() };
        let view = View::new(mir, isa);
        regalloc2::run_with_ctx(&view, self.environment(mir, isa, mode), &options, &mut self.context)?;
        Ok(&mut self.context.output)
    }
}

impl Allocator for Fast {
    fn environment<'a>(&self, mir: &Mir, isa: &'a dyn Isa, _: FrameMode) -> &'a MachineEnv {
        &isa.convention(mir.convention()).fast_environment
    }

    fn allocate(&mut self, mir: &Mir, isa: &dyn Isa, mode: FrameMode) -> Result<&mut Output, RegAllocError> {
        let options = RegallocOptions {
            validate_ssa: self.validate,
            algorithm: Algorithm::Fastalloc,
            ..RegallocOptions::default()
        };
        self.output = regalloc2::run(&View::new(mir, isa), self.environment(mir, isa, mode), &options)?;
        Ok(&mut self.output)
    }
}

/// Checks that each operand reads what it should under a result of an allocator.
///
/// # Errors
/// The checker's messages.
pub fn check(mir: &Mir, isa: &dyn Isa, environment: &MachineEnv, output: &Output) -> Result<(), String> {
    let view = View::new(mir, isa);
    let mut checker = regalloc2::checker::Checker::new(&view, environment);
    checker.prepare(output);
    checker.run().map_err(|errors| format!("{errors:?}"))
}

/// What `regalloc2` sees of a function.
pub(crate) struct View<'a> {
    mir: &'a Mir,
    ops: &'static [OpInfo],
    isa: &'a dyn Isa,
}

impl<'a> View<'a> {
    pub(crate) fn new(mir: &'a Mir, isa: &'a dyn Isa) -> View<'a> {
        View { mir, ops: isa.ops(), isa }
    }

    fn info(&self, inst: Inst) -> &'static OpInfo {
        &self.ops[self.mir.inst(inst).opcode.0 as usize]
    }
}

impl Function for View<'_> {
    fn num_insts(&self) -> usize {
        self.mir.inst_count()
    }

    fn num_blocks(&self) -> usize {
        self.mir.block_count()
    }

    fn entry_block(&self) -> Block {
        Block::new(0)
    }

    fn block_insns(&self, block: Block) -> InstRange {
        self.mir.block_insts(block)
    }

    fn block_succs(&self, block: Block) -> &[Block] {
        self.mir.succs(block)
    }

    fn block_preds(&self, block: Block) -> &[Block] {
        self.mir.preds(block)
    }

    fn block_params(&self, block: Block) -> &[VReg] {
        self.mir.block_params(block)
    }

    fn is_ret(&self, inst: Inst) -> bool {
        self.info(inst).is(OpFlags::RETURN)
    }

    fn is_branch(&self, inst: Inst) -> bool {
        let flags = self.info(inst).flags;
        flags.contains(OpFlags::TERMINATOR) && !flags.contains(OpFlags::RETURN)
    }

    fn branch_blockparams(&self, block: Block, _: Inst, position: usize) -> &[VReg] {
        self.mir.succ_arguments(block, position)
    }

    fn inst_operands(&self, inst: Inst) -> &[Operand] {
        self.mir.inst_operands(inst)
    }

    /// A call's results are in registers that calls destroy; `regalloc2` wants them out of the clobbers.
    fn inst_clobbers(&self, inst: Inst) -> PRegSet {
        let info = self.info(inst);
        if !(info.is(OpFlags::CALL) && info.has_site()) {
            return info.clobbers;
        }
        if info.is(OpFlags::RETURN) {
            return PRegSet::empty();
        }
        let site = self.mir.inst(inst).imm;
        let convention = self.isa.convention(self.mir.site(site).convention);
        let mut clobbers = convention.clobbers(self.mir.facts().wide_floats);
        for location in self.mir.site_results(site) {
            if let Location::Reg(register) = *location {
                clobbers.remove(register);
            }
        }
        clobbers
    }

    fn num_vregs(&self) -> usize {
        self.mir.vreg_count()
    }

    fn spillslot_size(&self, class: RegClass) -> usize {
        if class == RegClass::Float && self.mir.facts().wide_floats { 2 } else { 1 }
    }
}

/// The moves before, between and after the instructions of a block.
pub fn edits_of(output: &Output, insts: InstRange) -> &[(ProgPoint, Edit)] {
    let start = output.edits.partition_point(|(point, _)| *point < ProgPoint::before(insts.first()));
    let count = output.edits[start..].partition_point(|(point, _)| *point <= ProgPoint::after(insts.last()));
    &output.edits[start..start + count]
}

/// What a spill slot is known to hold, wherever it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    ResultOf(Inst),
    Anything,
}

/// An instruction to execute instead of the move with this number in [`Output::edits`]: the instruction's number.
pub type Recomputed = (u32, Inst);

/// Finds reloads of values that are cheaper to compute again, drops the stores that nothing reads any more (their
/// edits become moves from a place to itself), and lists the reloads in `recomputed`.
///
/// A slot qualifies if every store into it directly follows an equal rematerializable instruction, and only moves to
/// registers read it.
pub fn reload_by_computing(mir: &Mir, isa: &dyn Isa, output: &mut Output, recomputed: &mut Vec<Recomputed>) {
    recomputed.clear();
    if output.num_spillslots == 0 {
        return;
    }
    let mut held = vec![Held::Nothing; output.num_spillslots];
    for allocation in &output.allocs {
        if let Some(slot) = allocation.as_stack() {
            held[slot.index()] = Held::Anything;
        }
    }
    // The gap between two instructions, by the second one, and the registers that its moves wrote so far.
    let (mut gap, mut written) = (0, PRegSet::empty());
    for (point, Edit::Move { from, to }) in &output.edits {
        let next = point.inst().index() + (point.pos() == InstPosition::After) as usize;
        if next != gap {
            (gap, written) = (next, PRegSet::empty());
        }
        let Some(slot) = to.as_stack() else {
            written.add(to.as_reg().expect("a move writes a register or a slot"));
            continue;
        };
        let stored = match point.pos() {
            _ if from.as_reg().is_none_or(|register| written.contains(register)) => None,
            InstPosition::After => result_in(mir, isa, output, point.inst(), *from),
            InstPosition::Before if point.inst().index() > 0 => {
                result_in(mir, isa, output, Inst::new(point.inst().index() - 1), *from)
            }
            InstPosition::Before => None,
        };
        let held = &mut held[slot.index()];
        *held = match (*held, stored) {
            (Held::Nothing, Some(inst)) => Held::ResultOf(inst),
            (Held::ResultOf(first), Some(inst)) if mir.inst(first) == mir.inst(inst) => *held,
            _ => Held::Anything,
        };
    }
    for (number, (_, edit)) in output.edits.iter_mut().enumerate() {
        let Edit::Move { from, to } = edit;
        let held = |place: &Allocation| place.as_stack().map_or(Held::Anything, |slot| held[slot.index()]);
        if let Held::ResultOf(_) = held(to) {
            *to = *from;
        } else if let Held::ResultOf(inst) = held(from) {
            recomputed.push((number as u32, inst));
        }
    }
}

/// The instruction, if it is rematerializable and its only result is in this register.
fn result_in(mir: &Mir, isa: &dyn Isa, output: &Output, inst: Inst, register: Allocation) -> Option<Inst> {
    let record = mir.inst(inst);
    let info = &isa.ops()[record.opcode.0 as usize];
    let operands = mir.inst_operands(inst);
    let fits = rematerializable(record, info)
        && operands.len() == 1
        && operands[0].kind() == OperandKind::Def
        && output.inst_allocs(inst)[0] == register
        && register.is_reg();
    fits.then_some(inst)
}

/// Loads qualify if nothing writes what they read: constants and the GOT.
fn rematerializable(record: &MachineInst, info: &OpInfo) -> bool {
    info.is(OpFlags::REMAT)
        && (!info.is(OpFlags::READ) || matches!(record.base, Base::Constant | Base::Got | Base::GotThreadOffset))
}
