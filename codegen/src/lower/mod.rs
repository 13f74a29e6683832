//! From the placed machine graph to machine IR: blocks, virtual registers, block parameters, and the nodes that become
//! several instructions: calls, returns, switches, copies of memory.

pub mod calls;
pub mod values;

use crate::isa::Isa;
use crate::machine::{MachineInst, OpFlags};
use crate::mir::{Mir, Protection};
use crate::runtime::{self, Runtime};
use crate::select::{FIRST_RESULT, MachineGraph, Row};
use regalloc2::{RegClass, VReg};
use smallvec::SmallVec;
use son_ir::analysis::{Block, Cfg, Schedule};
use son_ir::{Function, Graph, Module, NodeId, Op, Signature, Type};
use thiserror::Error;
use values::library_function;

/// Marks a projection that is the high word of a parameter or result of 128 bits.
pub const HIGH_WORD: u64 = 1 << 32;

/// Number of the parameter or result that a projection is a word of, and whether it is the high word.
pub fn word_of(payload: u64) -> (u64, bool) {
    (payload & (HIGH_WORD - 1), payload & HIGH_WORD != 0)
}

/// Number of words that a parameter or result of this type takes.
pub fn words_in(ty: Type) -> usize {
    if ty.is_int() && ty.bits() > 64 { 2 } else { 1 }
}

/// What the code generator cannot do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LowerError {
    /// A signature that the calling convention has no rule for.
    #[error("{0} cannot be passed or returned")]
    Signature(String),
    /// A stack slot or argument that is too large.
    #[error("an object of {0} bytes does not fit into a frame")]
    Size(u64),
    /// A state to leave with, in a module that names nobody who takes it.
    #[error("deoptimization needs a function of the runtime, and the module names none")]
    Deoptimizer,
    /// A node without instructions.
    #[error("no instructions for `{0}`")]
    Unsupported(String),
}

/// What ends a block or function without a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Stops the program.
    Trap,
    /// Is never reached.
    Unreachable,
    /// Jumps by way of a table, by the number in its register.
    Table,
    /// Jumps to the address in its register.
    Register,
}

/// How an instruction set does what takes several instructions: all that depends on the calling convention. A target
/// without calls, say, leaves out what it has not, and functions that need it are refused.
pub trait Lower: Sync {
    /// Parameters at the function's entry.
    fn enter(&self, lowering: &mut Lowering) -> Result<(), LowerError>;

    /// A return with its values.
    fn ret(&self, lowering: &mut Lowering, node: NodeId) -> Result<(), LowerError>;

    /// A call; with `tail`, the function returns what it returns.
    fn call(&self, lowering: &mut Lowering, node: NodeId, _tail: bool) -> Result<(), LowerError> {
        Err(lowering.unsupported(node))
    }

    /// A call of a function of the runtime library, which computes the node from its inputs that are data.
    fn call_runtime(&self, lowering: &mut Lowering, node: NodeId, _function: Runtime) -> Result<(), LowerError> {
        Err(lowering.unsupported(node))
    }

    /// Starts a list of variable arguments.
    fn va_start(&self, lowering: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
        Err(lowering.unsupported(node))
    }

    /// The instruction that ends a block in this way.
    fn end(&self, _end: End) -> Option<MachineInst> {
        None
    }
}

/// What is lowered.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The module.
    pub module: &'a Module,
    /// The function, for its slots and flags.
    pub function: &'a Function,
    /// Its instructions.
    pub machine: &'a MachineGraph,
    /// Their blocks and order.
    pub schedule: &'a Schedule,
}

/// The state of lowering.
pub struct Lowering<'a> {
    /// What is lowered.
    pub source: Source<'a>,
    /// The result.
    pub mir: &'a mut Mir,
    /// Registers of the parameters, by their place in the signature; two for one of 128 bits.
    pub params: Vec<SmallVec<[VReg; 2]>>,
    /// The slot where the registers of variable arguments are saved, if there is one.
    pub save_area: Option<u32>,
    isa: &'a dyn Isa,
    vregs: Vec<VReg>,
    /// Number of a block in the machine IR.
    numbers: Vec<u32>,
    /// Which way into its successor a block is.
    ways: Vec<u32>,
    origin: u32,
    arguments: Vec<VReg>,
}

const NO_BLOCK: u32 = u32::MAX;

/// Fills `mir` with the function.
///
/// # Errors
/// Something that the instruction set or its calling convention cannot do.
pub fn lower(source: Source, isa: &dyn Isa, rules: &dyn Lower, mir: &mut Mir) -> Result<(), LowerError> {
    mir.clear();
    let Source { function, machine, schedule, .. } = source;
    mir.set_convention(source.module.signature(function.signature).conv);
    mir.protect(Protection::of(function));
    let graph = &function.graph;
    let mut used = vec![false; function.slots.len()];
    graph
        .nodes()
        .filter(|&node| graph.is(node, Op::SlotAddr))
        .for_each(|node| used[graph.payload(node) as usize] = true);
    for (slot, used) in function.slots.iter().zip(used) {
        // Those whose address nobody takes keep their number, but have no place.
        let (size, align) = if used { (slot.size, slot.align) } else { (0, 1) };
        mir.slot(u32::try_from(size).ok().filter(|&size| size < 1 << 30).ok_or(LowerError::Size(size))?, align);
    }
    mir.set_chains(&machine.chains);
    for constant in machine.constants.list() {
        mir.constant(&constant.bytes[..constant.size as usize]);
    }
    let mut lowering = Lowering {
        source,
        mir,
        params: Vec::new(),
        save_area: None,
        isa,
        vregs: vec![VReg::invalid(); machine.graph.len()],
        numbers: number_blocks(&machine.graph, &schedule.cfg),
        ways: ways(&machine.graph, &schedule.cfg),
        origin: 0,
        arguments: Vec::new(),
    };
    for block in schedule.cfg.blocks() {
        lowering.block(block, rules)?;
    }
    lowering.mir.finish(isa);
    Ok(())
}

/// Numbers for the blocks that can be reached without the exits of endless loops, which are never taken.
fn number_blocks(graph: &Graph, cfg: &Cfg) -> Vec<u32> {
    let mut numbers = vec![NO_BLOCK; cfg.len()];
    let mut next = 0;
    for block in cfg.blocks() {
        let head = cfg.head(block);
        let never = graph.is(head, Op::Proj) && graph.payload(head) == 1 && graph.is(graph.input(head, 0), Op::Never);
        let reached = cfg.predecessors(block).iter().any(|before| numbers[before.index()] != NO_BLOCK);
        if block == Block::ENTRY || (reached && !never) {
            numbers[block.index()] = next;
            next += 1;
        }
    }
    numbers
}

fn ways(graph: &Graph, cfg: &Cfg) -> Vec<u32> {
    let mut ways = vec![0; cfg.len()];
    for block in cfg.blocks() {
        let head = cfg.head(block);
        if matches!(Op::from_number(graph.op_number(head)), Some(Op::Region | Op::Loop)) {
            for (way, control) in graph.inputs(head).enumerate() {
                let from = cfg.block_of(control);
                if from.is_some() {
                    ways[from.index()] = way as u32;
                }
            }
        }
    }
    ways
}

/// The kind of register for a type.
pub fn class_of(ty: Type) -> RegClass {
    if ty.is_float() || ty.is_vector() { RegClass::Float } else { RegClass::Int }
}

impl<'a> Lowering<'a> {
    /// The graph of machine nodes.
    pub fn graph(&self) -> &'a Graph {
        &self.source.machine.graph
    }

    /// The signature of the function.
    pub fn signature(&self) -> &'a Signature {
        self.source.module.signature(self.source.function.signature)
    }

    /// The register of a node's value.
    pub fn vreg(&mut self, node: NodeId) -> VReg {
        let known = self.vregs[node.index()];
        if known != VReg::invalid() {
            return known;
        }
        let vreg = self.temp(self.graph().ty(node));
        self.vregs[node.index()] = vreg;
        vreg
    }

    /// A new register for a value of this type.
    pub fn temp(&mut self, ty: Type) -> VReg {
        let class = class_of(ty);
        if class == RegClass::Float && ty.bytes() > 8 {
            self.mir.hold_wide_floats();
        }
        self.mir.vreg(class)
    }

    /// The value of the node is in this register.
    pub fn set_vreg(&mut self, node: NodeId, vreg: VReg) {
        self.vregs[node.index()] = vreg;
    }

    /// Adds an instruction.
    pub fn push(&mut self, inst: MachineInst, vregs: &[VReg]) {
        self.mir.push(self.isa, inst, vregs, self.origin);
    }

    /// The block is indirect target number `number`.
    pub fn indirect_target(&mut self, number: u32, to: Block) {
        self.mir.indirect_target(number, regalloc2::Block::new(self.numbers[to.index()] as usize));
    }

    /// Ends the block of a switch with a jump by way of a table with an entry for each value.
    fn table_jump(&mut self, node: NodeId, targets: &[Option<Block>], rules: &dyn Lower) -> Result<(), LowerError> {
        let jump = rules.end(End::Table).ok_or_else(|| self.unsupported(node))?;
        let from = self.source.schedule.block_of(node);
        let mut blocks: Vec<Block> = targets.iter().flatten().copied().collect();
        blocks.sort_unstable();
        blocks.dedup();
        let position = |block: Block| blocks.binary_search(&block).expect("it is in the list") as u32;
        // A value without target cannot occur.
        let entries: Vec<u32> = targets.iter().map(|target| target.map_or(0, position)).collect();
        let table = self.mir.jump_table(&entries);
        let index = self.vreg(self.graph().input(node, 1));
        self.push(jump.imm(i64::from(table)), &[index]);
        blocks.into_iter().for_each(|to| self.succ(from, to));
        Ok(())
    }

    /// Ends the block of an indirect branch with a jump to the address that it takes.
    fn indirect_jump(&mut self, node: NodeId, rules: &dyn Lower) -> Result<(), LowerError> {
        let address = self.vreg(self.graph().input(node, 1));
        self.end(node, End::Register, &[address], rules)?;
        let from = self.source.schedule.block_of(node);
        for &to in self.source.schedule.cfg.successors(from) {
            let number = self.graph().payload(self.source.schedule.cfg.head(to)) as u32;
            self.indirect_target(number, to);
            self.succ(from, to);
        }
        Ok(())
    }

    /// Ends the block with an edge to another; its phis get their values.
    pub fn succ(&mut self, from: Block, to: Block) {
        let (graph, schedule) = (self.graph(), self.source.schedule);
        let mut arguments = std::mem::take(&mut self.arguments);
        arguments.clear();
        if matches!(Op::from_number(graph.op_number(schedule.cfg.head(to))), Some(Op::Region | Op::Loop)) {
            let way = self.ways[from.index()] as usize;
            for phi in self.phis(to) {
                let value = graph.input(phi, way + 1);
                arguments.push(self.vreg(value));
            }
        }
        self.mir.succ(regalloc2::Block::new(self.numbers[to.index()] as usize), &arguments);
        self.arguments = arguments;
    }

    /// The phis of a block that hold data.
    fn phis(&self, block: Block) -> impl Iterator<Item = NodeId> + use<'a> {
        let graph = self.graph();
        let nodes = self.source.schedule.nodes(block)[1..].iter().copied();
        nodes.take_while(move |&node| graph.is(node, Op::Phi)).filter(move |&phi| graph.ty(phi).is_data())
    }

    fn block(&mut self, block: Block, rules: &dyn Lower) -> Result<(), LowerError> {
        if self.numbers[block.index()] == NO_BLOCK {
            return Ok(());
        }
        let Source { schedule, .. } = self.source;
        let graph = self.graph();
        self.mir.begin_block(schedule.frequencies.of(block) as f32, schedule.loops.block_depth(block));
        for phi in self.phis(block) {
            let vreg = self.vreg(phi);
            self.mir.param(vreg);
        }
        for &node in schedule.nodes(block) {
            self.origin = graph.origin(node).0;
            self.node(block, node, rules)?;
        }
        let end = schedule.cfg.end(block);
        if schedule.cfg.block_of(end) != block {
            self.jump(block, schedule.cfg.successors(block)[0]);
        }
        Ok(())
    }

    /// Ends the block with a jump.
    pub fn jump(&mut self, from: Block, to: Block) {
        self.push(MachineInst::new(self.isa.jump(), 0), &[]);
        self.succ(from, to);
    }

    fn node(&mut self, block: Block, node: NodeId, rules: &dyn Lower) -> Result<(), LowerError> {
        let machine = self.source.machine;
        if let Some(row) = machine.row(node) {
            if !machine.info(row.inst.opcode).is(OpFlags::TERMINATOR) {
                self.instruction(node, row);
            }
            return Ok(());
        }
        let cfg = &self.source.schedule.cfg;
        match self.graph().op(node) {
            Op::Start => rules.enter(self),
            Op::Region | Op::Loop | Op::Phi | Op::Proj | Op::MergeMem | Op::Pi | Op::SymbolAddr | Op::Stop => Ok(()),
            Op::If => {
                self.branch(block, node);
                Ok(())
            }
            Op::Never => {
                self.jump(block, cfg.successors(block)[0]);
                Ok(())
            }
            Op::Switch => {
                let targets = self.switch_targets(block, node);
                self.table_jump(node, &targets, rules)
            }
            Op::IndirectBr => self.indirect_jump(node, rules),
            Op::Call => rules.call(self, node, false),
            Op::TailCall => rules.call(self, node, true),
            Op::Return => rules.ret(self, node),
            Op::Trap => self.end(node, End::Trap, &[], rules),
            Op::Unreachable => self.end(node, End::Unreachable, &[], rules),
            Op::VaStart => rules.va_start(self, node),
            _ => match self.runtime_function(node) {
                Some(function) => rules.call_runtime(self, node, function),
                None => Err(self.unsupported(node)),
            },
        }
    }

    /// The function of the runtime library that computes a node without an instruction.
    fn runtime_function(&self, node: NodeId) -> Option<Runtime> {
        let graph = self.graph();
        match graph.op(node) {
            Op::MemCopy => Some(Runtime::MemCpy),
            Op::MemMove => Some(Runtime::MemMove),
            Op::MemSet => Some(Runtime::MemSet),
            op => runtime::on_words(graph, node).or_else(|| library_function(op, graph.ty(node))),
        }
    }

    /// There are no instructions for the node.
    pub fn unsupported(&self, node: NodeId) -> LowerError {
        LowerError::Unsupported(self.graph().op(node).text().to_owned())
    }

    fn end(&mut self, node: NodeId, end: End, vregs: &[VReg], rules: &dyn Lower) -> Result<(), LowerError> {
        let inst = rules.end(end).ok_or_else(|| self.unsupported(node))?;
        self.push(inst, vregs);
        Ok(())
    }

    fn instruction(&mut self, node: NodeId, row: &Row) {
        let mut vregs: SmallVec<[VReg; 8]> = SmallVec::new();
        let results = self.source.machine.info(row.inst.opcode).results();
        if self.graph().ty(node) == Type::TUPLE {
            for number in 0..results as u32 {
                let proj = self.graph().find_proj(node, FIRST_RESULT + number);
                vregs.push(match proj {
                    Some(proj) => self.vreg(proj),
                    None => self.mir.vreg(RegClass::Int),
                });
            }
        } else if results > 0 {
            vregs.push(self.vreg(node));
        }
        self.push_registers(node, row, &mut vregs);
        self.push(row.inst, &vregs);
    }

    fn push_registers(&mut self, node: NodeId, row: &Row, vregs: &mut SmallVec<[VReg; 8]>) {
        let machine = self.source.machine;
        vregs.extend(machine.registers(node, row).map(|input| self.vreg(input)));
    }

    fn branch(&mut self, block: Block, node: NodeId) {
        let condition = self.graph().input(node, 1);
        let row = *self.source.machine.row(condition).expect("selection covered the condition");
        let mut vregs = SmallVec::new();
        self.push_registers(condition, &row, &mut vregs);
        self.push(row.inst, &vregs);
        for position in 0..self.source.schedule.cfg.successors(block).len() {
            let to = self.source.schedule.cfg.successors(block)[position];
            self.succ(block, to);
        }
    }

    /// The blocks of the values of a dense switch, which legalization left: value `k` is case `k`.
    fn switch_targets(&self, block: Block, node: NodeId) -> Vec<Option<Block>> {
        let cfg = &self.source.schedule.cfg;
        let table = self.graph().switch_table(node);
        let size = table.values.iter().max().map_or(0, |&last| last as usize + 1);
        let mut by_projection = vec![None; table.values.len() + 1];
        for &next in cfg.successors(block) {
            by_projection[self.graph().payload(cfg.head(next)) as usize] = Some(next);
        }
        let mut targets = vec![by_projection[0]; size];
        for (case, &value) in table.values.iter().enumerate() {
            targets[value as usize] = by_projection[case + 1];
        }
        targets
    }
}
