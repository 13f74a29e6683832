//! Machine IR: blocks of machine instructions on virtual registers.
//!
//! All lists are flat arrays of the function, and a [`Mir`] is cleared and reused for the next function, so that
//! nothing is allocated per instruction. It is in SSA form: phis are block parameters, and an edge carries arguments.
//! Blocks are numbered and filled in order (reverse post order serves the allocator best); the first is the entry.

mod commute;
mod demote;
mod dominators;
mod dump;
mod pair;
mod sink;
mod step;
mod verify;

pub(crate) use dominators::Dominators;
pub use dump::Dump;
pub use verify::{MirError, verify};

use crate::isa::Isa;
use crate::machine::{Chains, MachineInst, OpFlags, OpInfo, OperandSpec};
use regalloc2::{
    Block, Inst, InstRange, Operand, OperandConstraint, OperandKind, OperandPos, PReg, PRegSet, RegClass, VReg,
};
use rustc_hash::FxHashMap;
use son_ir::{CallConv, FunctionFlags};
use std::ops::Range;

/// A range of one of the flat arrays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// The range to index with.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Number of elements.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// True without elements.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A block of instructions.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlockData {
    /// Executions for one execution of the function.
    pub frequency: f32,
    /// Number of loops around it.
    pub loop_depth: u32,
    place: u32,
    insts: Span,
    params: Span,
    succs: Span,
    preds: Span,
}

/// Where an argument or result of a call site is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In a register.
    Reg(PReg),
    /// In the area of stack arguments, at this offset; `size` bytes are written (8, or 16 for a vector).
    Stack {
        /// Offset in bytes from the first stack argument.
        offset: u32,
        /// Bytes written.
        size: u32,
    },
}

/// The registers of a call, of a return, or of the function's parameters.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallSite {
    results: Span,
    arguments: Span,
    /// Bytes of stack arguments, rounded up to the unit of the stack.
    pub stack_size: u32,
    /// May return more than once (`setjmp`).
    pub returns_twice: bool,
    /// The convention.
    pub convention: CallConv,
}

/// An object in the function's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackSlot {
    /// Bytes.
    pub size: u32,
    /// A power of two.
    pub align: u32,
}

/// A constant in memory: 4, 8 or 16 bytes, aligned by its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Constant {
    /// The bytes, zeroes behind `size`.
    pub bytes: [u8; 16],
    /// 4, 8 or 16.
    pub size: u8,
}

/// The machine code of one function before registers are assigned.
#[derive(Debug, Default)]
pub struct Mir {
    insts: Vec<MachineInst>,
    origins: Vec<u32>,
    operand_spans: Vec<Span>,
    operands: Vec<Operand>,
    blocks: Vec<BlockData>,
    params: Vec<VReg>,
    succs: Vec<Block>,
    succ_arguments: Vec<Span>,
    arguments: Vec<VReg>,
    preds: Vec<Block>,
    begun: usize,
    vreg_count: u32,
    sites: Vec<CallSite>,
    locations: Vec<Location>,
    slots: Vec<StackSlot>,
    tables: Vec<(Block, Span)>,
    table_entries: Vec<u32>,
    indirect_targets: Vec<Block>,
    constants: Vec<Constant>,
    constant_numbers: FxHashMap<Constant, u32>,
    chains: Chains,
    facts: FunctionFacts,
    convention: CallConv,
}

/// What the instructions together ask of the frame; collected by [`Mir::push`].
#[derive(Clone, Copy, Debug, Default)]
pub struct FunctionFacts {
    /// Some instruction is a call.
    pub calls: bool,
    /// Some instruction moves the stack pointer or needs the frame pointer.
    pub dynamic_stack: bool,
    /// Some call may return twice.
    pub returns_twice: bool,
    /// Some float register holds 16 bytes that matter.
    pub wide_floats: bool,
    /// Bytes for the stack arguments of the calls.
    pub outgoing_size: u32,
    /// Bytes at the top of the frame, right below the stack arguments, for registers of variable arguments.
    pub home_size: u32,
    /// Registers that some instruction destroys, its results aside.
    pub clobbers: PRegSet,
    /// How jumps to addresses are protected.
    pub protection: Protection,
}

/// What makes it harder to take over control by overwriting addresses, on request and where the CPU can.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Protection {
    /// Where the function may be jumped to by address there are instructions that say so.
    pub branch_targets: bool,
    /// The return address is signed while it is in memory, if the CPU can.
    pub signs_return: bool,
    /// It is signed even if it stays in its register.
    pub signs_leaves: bool,
}

impl Protection {
    /// What a function wants.
    pub fn of(function: &son_ir::Function) -> Protection {
        Protection {
            branch_targets: function.flags.has(FunctionFlags::BRANCH_TARGETS),
            signs_return: function.flags.has(FunctionFlags::PROTECTS_RETURN),
            signs_leaves: function.flags.has(FunctionFlags::SIGNS_LEAVES),
        }
    }
}

impl Mir {
    /// Sets how jumps to addresses are protected.
    pub fn protect(&mut self, protection: Protection) {
        self.facts.protection = protection;
    }

    /// Some float register holds 16 bytes that matter, even if no instruction but calls and copies is of that size.
    pub fn hold_wide_floats(&mut self) {
        self.facts.wide_floats = true;
    }

    /// An empty function.
    pub fn new() -> Mir {
        Mir::default()
    }

    /// Empties it for the next function, keeping the memory.
    pub fn clear(&mut self) {
        self.insts.clear();
        self.origins.clear();
        self.operand_spans.clear();
        self.operands.clear();
        self.blocks.clear();
        self.params.clear();
        self.succs.clear();
        self.succ_arguments.clear();
        self.arguments.clear();
        self.preds.clear();
        self.vreg_count = 0;
        self.sites.clear();
        self.locations.clear();
        self.slots.clear();
        self.tables.clear();
        self.table_entries.clear();
        self.indirect_targets.clear();
        self.constants.clear();
        self.constant_numbers.clear();
        self.chains.clear();
        self.facts = FunctionFacts::default();
        self.convention = CallConv::C;
    }

    /// The convention by which the function is called.
    pub fn convention(&self) -> CallConv {
        self.convention
    }

    /// Sets the convention by which the function is called; at first it is the platform's.
    pub fn set_convention(&mut self, convention: CallConv) {
        self.convention = convention;
    }

    /// Asks for so many bytes right below the stack arguments that the caller passed.
    pub fn set_home_size(&mut self, bytes: u32) {
        self.facts.home_size = bytes;
    }

    // ---- building ----

    /// A new virtual register. It must be defined exactly once, by an instruction or as a block parameter.
    pub fn vreg(&mut self, class: RegClass) -> VReg {
        self.vreg_count += 1;
        VReg::new(self.vreg_count as usize - 1, class)
    }

    /// A new stack slot; its number is the `symbol` of addresses with base [`crate::machine::Base::Slot`].
    pub fn slot(&mut self, size: u32, align: u32) -> u32 {
        self.slots.push(StackSlot { size, align });
        self.slots.len() as u32 - 1
    }

    /// A constant of 4, 8 or 16 bytes; its number is the `symbol` of addresses with base [`crate::machine::Base::Constant`].
    pub fn constant(&mut self, bytes: &[u8]) -> u32 {
        let mut constant = Constant { bytes: [0; 16], size: bytes.len() as u8 };
        constant.bytes[..bytes.len()].copy_from_slice(bytes);
        *self.constant_numbers.entry(constant).or_insert_with(|| {
            self.constants.push(constant);
            self.constants.len() as u32 - 1
        })
    }

    /// Sets the chains of instructions, which ops name by their numbers.
    pub fn set_chains(&mut self, chains: &Chains) {
        self.chains.clone_from(chains);
    }

    /// A new call site; its number is the `imm` of the ops that have one.
    pub fn call_site(&mut self, results: &[PReg], arguments: &[Location]) -> u32 {
        let start = self.locations.len();
        self.locations.extend(results.iter().map(|&register| Location::Reg(register)));
        let middle = self.locations.len();
        self.locations.extend_from_slice(arguments);
        let end = self.locations.len();
        let stack_size = arguments
            .iter()
            .map(|location| match *location {
                Location::Reg(_) => 0,
                Location::Stack { offset, size } => offset + size,
            })
            .max()
            .unwrap_or(0);
        self.sites.push(CallSite {
            results: Span::new(start, middle),
            arguments: Span::new(middle, end),
            stack_size: stack_size.next_multiple_of(8),
            returns_twice: false,
            convention: CallConv::C,
        });
        self.sites.len() as u32 - 1
    }

    /// The call site, to set its flags or to enlarge its stack arguments (structs are stored there by instructions
    /// with base `OutgoingArg`). Do so before the call is pushed.
    pub fn call_site_mut(&mut self, site: u32) -> &mut CallSite {
        &mut self.sites[site as usize]
    }

    /// A new jump table for the block begun last; its number is the `imm` of the table jump at the block's end.
    /// Entries are positions in the block's list of successors.
    pub fn jump_table(&mut self, entries: &[u32]) -> u32 {
        let start = self.table_entries.len();
        self.table_entries.extend_from_slice(entries);
        let block = Block::new(self.blocks.len() - 1);
        self.tables.push((block, Span::new(start, self.table_entries.len())));
        self.tables.len() as u32 - 1
    }

    /// Declares that data of the module refers to a block by this number.
    pub fn indirect_target(&mut self, number: u32, block: Block) {
        let needed = (number as usize + 1).max(self.indirect_targets.len());
        self.indirect_targets.resize(needed, Block::new(0));
        self.indirect_targets[number as usize] = block;
    }

    /// Starts the next block. The previous one must have ended in a terminator with all its successors.
    pub fn begin_block(&mut self, frequency: f32, loop_depth: u32) -> Block {
        self.blocks.push(BlockData {
            frequency,
            loop_depth,
            place: self.blocks.len() as u32,
            insts: Span::new(self.insts.len(), self.insts.len()),
            params: Span::new(self.params.len(), self.params.len()),
            succs: Span::new(self.succs.len(), self.succs.len()),
            preds: Span::default(),
        });
        Block::new(self.blocks.len() - 1)
    }

    /// Adds a parameter to the block begun last, before its first instruction.
    pub fn param(&mut self, vreg: VReg) {
        self.params.push(vreg);
        self.current_block().params.end += 1;
    }

    /// Adds a successor to the block begun last, after its terminator, with arguments for its parameters.
    /// Any edge may have arguments; [`Mir::finish`] splits the critical ones.
    pub fn succ(&mut self, target: Block, arguments: &[VReg]) {
        let start = self.arguments.len();
        self.arguments.extend_from_slice(arguments);
        self.succs.push(target);
        self.succ_arguments.push(Span::new(start, self.arguments.len()));
        self.current_block().succs.end += 1;
    }

    fn current_block(&mut self) -> &mut BlockData {
        self.blocks.last_mut().expect("a block has begun")
    }

    /// Adds an instruction to the block begun last.
    ///
    /// `vregs` are its results and inputs in the order of [`OpInfo::operands`] without the temporaries: for a memory
    /// operand the base (if the address has one), then the index (if scaled); for a call site's, the order of the site.
    /// `origin` is carried to the line table.
    pub fn push(&mut self, isa: &dyn Isa, inst: MachineInst, vregs: &[VReg], origin: u32) {
        let info = &isa.ops()[inst.opcode.0 as usize];
        let start = self.operands.len();
        let mut vregs = vregs.iter().copied();
        for &spec in info.operands {
            match spec {
                OperandSpec::Chain => self.push_chain(isa, &inst, &mut vregs),
                _ => self.push_operands(&inst, spec, &mut vregs),
            }
        }
        debug_assert!(vregs.next().is_none(), "{}: too many operands", info.name);
        self.operand_spans.push(Span::new(start, self.operands.len()));
        self.insts.push(inst);
        self.origins.push(origin);
        self.current_block().insts.end += 1;
        self.collect_facts(isa, info, &inst);
    }

    fn push_chain(&mut self, isa: &dyn Isa, inst: &MachineInst, vregs: &mut impl Iterator<Item = VReg>) {
        for number in 0..self.chain(inst.imm).len() {
            let link = self.chain(inst.imm)[number];
            for &spec in isa.ops()[link.opcode.0 as usize].operands {
                self.push_operands(&link, spec, vregs);
            }
        }
    }

    fn push_operands(&mut self, inst: &MachineInst, spec: OperandSpec, vregs: &mut impl Iterator<Item = VReg>) {
        use {OperandConstraint as C, OperandKind::*, OperandPos::*};
        let (constraint, kind, pos) = match spec {
            OperandSpec::Def(_) => (C::Reg, Def, Late),
            OperandSpec::DefEarly(_) => (C::Reg, Def, Early),
            OperandSpec::DefFixed(register) => (C::FixedReg(register), Def, Late),
            OperandSpec::DefReuse(_, input) => (C::Reuse(input as usize), Def, Late),
            OperandSpec::Use(_) => (C::Reg, Use, Early),
            OperandSpec::UseLate(_) => (C::Reg, Use, Late),
            OperandSpec::UseAny(_) => (C::Any, Use, Early),
            OperandSpec::UseAnyLate(_) => (C::Any, Use, Late),
            OperandSpec::UseFixed(register) => (C::FixedReg(register), Use, Early),
            OperandSpec::Temp(class) => {
                let temp = self.vreg(class);
                self.operands.push(Operand::reg_temp(temp));
                return;
            }
            OperandSpec::Memory | OperandSpec::MemoryLate => {
                let pos = if spec == OperandSpec::Memory { Early } else { Late };
                let registers = inst.address().registers();
                self.operands.extend(vregs.take(registers).map(|vreg| Operand::new(vreg, C::Reg, Use, pos)));
                return;
            }
            OperandSpec::Chain => return,
            OperandSpec::SiteResults | OperandSpec::SiteArguments => {
                let results = spec == OperandSpec::SiteResults;
                let site = self.sites[inst.imm as usize];
                let span = if results { site.results } else { site.arguments };
                let (kind, pos) = if results { (Def, Late) } else { (Use, Early) };
                for (location, vreg) in self.locations[span.range()].iter().zip(vregs) {
                    let constraint = match *location {
                        Location::Reg(register) => C::FixedReg(register),
                        Location::Stack { .. } => C::Any,
                    };
                    self.operands.push(Operand::new(vreg, constraint, kind, pos));
                }
                return;
            }
        };
        let vreg = vregs.next().expect("MIR law 2: an operand for each of the op");
        self.operands.push(Operand::new(vreg, constraint, kind, pos));
    }

    fn collect_facts(&mut self, isa: &dyn Isa, info: &OpInfo, inst: &MachineInst) {
        self.facts.clobbers.union_from(info.clobbers);
        self.facts.wide_floats |= inst.size == 16 || inst.from == 16;
        if info.flags.intersects(OpFlags::CALL.with(OpFlags::DYNAMIC_STACK)) {
            let call = info.is(OpFlags::CALL);
            self.facts.calls |= call && !info.is(OpFlags::RETURN);
            self.facts.dynamic_stack |= info.is(OpFlags::DYNAMIC_STACK);
            if call && info.has_site() {
                let site = self.sites[inst.imm as usize];
                self.facts.returns_twice |= site.returns_twice;
                if !info.is(OpFlags::RETURN) {
                    self.facts.clobbers.union_from(isa.convention(site.convention).clobbers);
                    self.facts.outgoing_size = self.facts.outgoing_size.max(site.stack_size);
                }
            }
        }
    }

    /// Ends the function: splits critical edges and lists the predecessors. If some call returns twice, values that
    /// live across it get stack slots of their own.
    pub fn finish(&mut self, isa: &dyn Isa) {
        if self.facts.returns_twice {
            demote::demote(self, isa);
        }
        self.begun = self.blocks.len();
        self.split_critical_edges(isa);
        self.list_predecessors();
    }

    /// Improves a finished function before registers are allocated: inputs of commutative ops are put in the better
    /// order, accesses of neighbours are put together, pointers are stepped where they are used last, and values get copies where calls begin, so that the frame
    /// can be made there.
    pub fn prepare(&mut self, isa: &dyn Isa) {
        commute::commute(self, isa);
        pair::pair(self, isa);
        step::step(self, isa);
        sink::sink(self, isa);
    }

    fn split_critical_edges(&mut self, isa: &dyn Isa) {
        let mut pred_counts = vec![0u32; self.blocks.len()];
        for &succ in &self.succs {
            pred_counts[succ.index()] += 1;
        }
        for block in 0..self.blocks.len() {
            let data = self.blocks[block];
            if data.succs.len() < 2 {
                continue;
            }
            for edge in data.succs.range() {
                let target = self.succs[edge];
                if pred_counts[target.index()] > 1 {
                    let arguments = self.succ_arguments[edge];
                    let frequency = self.critical_edge_frequency(&data, edge, &pred_counts);
                    let depth = data.loop_depth.min(self.blocks[target.index()].loop_depth);
                    self.succs[edge] = self.begin_block(frequency, depth);
                    self.current_block().place = block as u32;
                    let origin = self.origins[data.insts.end as usize - 1];
                    self.push(isa, MachineInst::new(isa.jump(), 0), &[], origin);
                    self.succs.push(target);
                    self.succ_arguments.push(arguments);
                    self.current_block().succs.end += 1;
                    self.succ_arguments[edge] = Span::default();
                }
            }
        }
    }

    /// What the other edge of a two-way branch leaves for this one, if it is the only one of its target; else a share.
    fn critical_edge_frequency(&self, from: &BlockData, edge: usize, pred_counts: &[u32]) -> f32 {
        let bound = from.frequency.min(self.blocks[self.succs[edge].index()].frequency);
        let range = from.succs.range();
        let other = self.succs[if edge == range.start { range.end - 1 } else { range.start }];
        if range.len() == 2 && pred_counts.get(other.index()) == Some(&1) {
            (from.frequency - self.blocks[other.index()].frequency).clamp(0.0, bound)
        } else {
            bound / range.len() as f32
        }
    }

    fn list_predecessors(&mut self) {
        for block in &mut self.blocks {
            block.preds = Span::default();
        }
        for &succ in &self.succs {
            self.blocks[succ.index()].preds.end += 1;
        }
        let mut start = 0;
        for block in &mut self.blocks {
            let count = block.preds.end;
            block.preds = Span { start, end: start };
            start += count;
        }
        self.preds.clear();
        self.preds.resize(self.succs.len(), Block::new(0));
        for block in 0..self.blocks.len() {
            for edge in self.blocks[block].succs.range() {
                let preds = &mut self.blocks[self.succs[edge].index()].preds;
                self.preds[preds.end as usize] = Block::new(block);
                preds.end += 1;
            }
        }
    }

    // ---- reading ----

    /// Number of blocks without those of split edges, which come behind them.
    pub fn begun_count(&self) -> usize {
        self.begun
    }

    /// The block itself, or the predecessor of one that splits an edge.
    pub fn begun(&self, block: Block) -> Block {
        if block.index() < self.begun { block } else { self.preds(block)[0] }
    }

    /// Number of blocks, those of split edges included.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// A block.
    pub fn block(&self, block: Block) -> &BlockData {
        &self.blocks[block.index()]
    }

    /// A block's place in the order in which blocks were begun; that of its predecessor if it splits an edge.
    pub fn place(&self, block: Block) -> u32 {
        self.blocks[block.index()].place
    }

    /// The instructions of a block.
    pub fn block_insts(&self, block: Block) -> InstRange {
        let range = self.blocks[block.index()].insts.range();
        InstRange::new(Inst::new(range.start), Inst::new(range.end))
    }

    /// The parameters of a block.
    pub fn block_params(&self, block: Block) -> &[VReg] {
        &self.params[self.blocks[block.index()].params.range()]
    }

    /// The successors of a block.
    pub fn succs(&self, block: Block) -> &[Block] {
        &self.succs[self.blocks[block.index()].succs.range()]
    }

    /// The arguments that a block passes to its n-th successor.
    pub fn succ_arguments(&self, block: Block, position: usize) -> &[VReg] {
        let edge = self.blocks[block.index()].succs.start as usize + position;
        &self.arguments[self.succ_arguments[edge].range()]
    }

    /// The predecessors of a block, one for each edge.
    pub fn preds(&self, block: Block) -> &[Block] {
        &self.preds[self.blocks[block.index()].preds.range()]
    }

    /// Number of instructions.
    pub fn inst_count(&self) -> usize {
        self.insts.len()
    }

    /// An instruction.
    pub fn inst(&self, inst: Inst) -> &MachineInst {
        &self.insts[inst.index()]
    }

    /// Origin of an instruction.
    pub fn origin(&self, inst: Inst) -> u32 {
        self.origins[inst.index()]
    }

    /// The operands of an instruction.
    pub fn inst_operands(&self, inst: Inst) -> &[Operand] {
        &self.operands[self.operand_spans[inst.index()].range()]
    }

    /// Number of virtual registers.
    pub fn vreg_count(&self) -> usize {
        self.vreg_count as usize
    }

    /// A call site.
    pub fn site(&self, site: i64) -> &CallSite {
        &self.sites[site as usize]
    }

    /// Where the results of a call site are.
    pub fn site_results(&self, site: i64) -> &[Location] {
        &self.locations[self.sites[site as usize].results.range()]
    }

    /// Where the arguments of a call site are.
    pub fn site_arguments(&self, site: i64) -> &[Location] {
        &self.locations[self.sites[site as usize].arguments.range()]
    }

    /// The instructions of a chain.
    pub fn chain(&self, number: i64) -> &[MachineInst] {
        self.chains.get(number).unwrap_or_default()
    }

    /// The stack slots.
    pub fn slots(&self) -> &[StackSlot] {
        &self.slots
    }

    /// The jump tables: the block that jumps, and positions in its list of successors.
    pub fn tables(&self) -> impl Iterator<Item = (Block, &[u32])> {
        self.tables.iter().map(|&(block, span)| (block, &self.table_entries[span.range()]))
    }

    /// The blocks that data of the module refers to, by number.
    pub fn indirect_targets(&self) -> &[Block] {
        &self.indirect_targets
    }

    /// The constants in memory.
    pub fn constants(&self) -> &[Constant] {
        &self.constants
    }

    /// What the instructions ask of the frame.
    pub fn facts(&self) -> &FunctionFacts {
        &self.facts
    }
}
