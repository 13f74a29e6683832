//! Building a function: blocks and variables in, a graph out.
//!
//! [`FunctionBuilder`] wires control and memory by itself and turns variables into phis while the code is
//! built. It trusts its caller about types, as readers of checked input do; the checked API for authors of
//! frontends, [`Cursor`], lies on top of it.
//!
//! A block is *entered*, filled with instructions, and ended by a terminator. It is *sealed* when no more
//! jumps to it will come; a variable read in a block that is not sealed becomes a phi whose inputs follow
//! later. Blocks need not be sealed one by one: [`FunctionBuilder::finish`] seals what is left.
//!
//! ```
//! use son_ir::{Function, FunctionBuilder, Module, Op, Signature, Type, Weights};
//! # fn main() -> Result<(), son_ir::BuildError> {
//! let mut module = Module::new(target_lexicon::Triple::host());
//! let mut f = FunctionBuilder::new(&mut module, "count", Signature::new([Type::I32], [Type::I32]));
//! let (head, body, done) = (f.create_block(), f.create_block(), f.create_block());
//! let i = f.declare(Type::I32);
//! let zero = f.iconst(Type::I32, 0);
//! f.def(i, zero);
//! f.jump(head);
//! f.enter(head);
//! let (x, n) = (f.get(i)?, f.param(0));
//! let less = f.pure(Op::Slt, Type::I1, &[x, n]);
//! f.branch(less, body, done, Weights::default());
//! f.enter(body);
//! let one = f.iconst(Type::I32, 1);
//! let next = f.pure(Op::Add, Type::I32, &[x, one]);
//! f.def(i, next);
//! f.jump(head);
//! f.enter(done);
//! f.ret(&[x]);
//! let function: Function = f.finish()?;
//! module.add_function(function);
//! # Ok(())
//! # }
//! ```

pub mod cursor;
mod data;
mod error;
mod finish;
mod reducible;
mod ssa;

pub use cursor::{Cursor, Operand, Operands, Types, Value};
pub use error::{BuildError, Place};

use crate::graph::{Graph, NodeId, Origin};
use crate::module::{Definition, FunctionFlags, Linkage, Module, SigId, Signature, StackSlot, Symbol, SymbolId};
use crate::ops::{NodeFlags, Op};
use crate::payload::{CallFlags, CallSite, MemAccess, SwitchTable, Weights};
use crate::types::Type;
use hashbrown::{HashMap, HashSet};
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

/// A block under construction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Block(pub u32);

impl Block {
    /// As an index of side tables.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A variable: it may be given a value many times, and becomes phis where paths meet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Var(pub u32);

/// The state of memory is a variable too.
const MEMORY: Var = Var(0);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Not entered yet.
    New,
    /// Entered, instructions may follow.
    Open,
    /// Ended by a terminator.
    Filled,
}

struct BlockData {
    stage: Stage,
    sealed: bool,
    /// Control where the block starts; none until it is needed.
    head: NodeId,
    /// Ways in: the block that each comes from, and its control.
    predecessors: SmallVec<[(Block, NodeId); 2]>,
    /// Phis that wait for the block to be sealed.
    incomplete: Vec<(Var, NodeId)>,
}

/// What a call returns.
#[derive(Clone, Debug, Default)]
pub struct CallResults {
    /// Values in the order of the signature's results.
    pub values: SmallVec<[NodeId; 2]>,
}

/// Builds the body of one function.
pub struct FunctionBuilder {
    symbol: SymbolId,
    signature: SigId,
    params: Vec<NodeId>,
    graph: Graph,
    slots: Vec<StackSlot>,
    indirect_targets: u32,
    flags: FunctionFlags,
    blocks: Vec<BlockData>,
    variables: Vec<Type>,
    /// Value of a variable at the end (so far) of a block.
    definitions: HashMap<(Block, Var), NodeId, FxBuildHasher>,
    /// Variables that may be read where they have no value.
    tolerant: HashSet<Var, FxBuildHasher>,
    /// First mistake that was seen when it could not be returned.
    mistake: Option<BuildError>,
    /// What removed phis became.
    forwarded: HashMap<NodeId, NodeId, FxBuildHasher>,
    /// Redirections of edges into loops with several entries.
    plan: reducible::Plan,
    /// Are the dispatch blocks filled, so that all ways into the entries of loops are known?
    dispatched: bool,
    current: Block,
    control: NodeId,
}

impl FunctionBuilder {
    /// A builder for the function `name`, whose symbol is added to the module unless it is there already.
    /// The entry block is open.
    pub fn new(module: &mut Module, name: &str, signature: Signature) -> FunctionBuilder {
        let sig = module.signature_id(signature);
        let symbol = match module.find_symbol(name) {
            Some(symbol) => symbol,
            None => module.add_symbol(Symbol::new(name, Linkage::External, Definition::ExternalFunction(sig))),
        };
        FunctionBuilder::for_symbol(symbol, sig, module.signature(sig))
    }

    /// A builder for the function of a symbol that exists: needs the module no longer, so that functions can be
    /// built side by side.
    pub fn for_symbol(symbol: SymbolId, id: SigId, signature: &Signature) -> FunctionBuilder {
        let mut graph = Graph::new();
        graph.hold();
        let control = graph.entry_control();
        let memory = graph.entry_memory();
        let params = signature.params.iter().enumerate().map(|(i, param)| graph.param(i as u32, param.ty)).collect();
        let mut builder = FunctionBuilder {
            symbol,
            signature: id,
            params,
            graph,
            slots: Vec::new(),
            indirect_targets: 0,
            flags: FunctionFlags::NONE,
            blocks: Vec::new(),
            variables: vec![Type::MEM],
            definitions: HashMap::default(),
            tolerant: HashSet::default(),
            mistake: None,
            forwarded: HashMap::default(),
            plan: reducible::Plan::default(),
            dispatched: false,
            current: Block(0),
            control,
        };
        let entry = builder.create_block();
        builder.blocks[entry.index()] = BlockData {
            stage: Stage::Open,
            sealed: true,
            head: control,
            predecessors: SmallVec::new(),
            incomplete: Vec::new(),
        };
        builder.def(MEMORY, memory);
        builder
    }

    // ---- State ----

    /// The graph as built so far.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The graph, for adding rows to its tables and for nodes without control or memory.
    pub fn graph_mut(&mut self) -> &mut Graph {
        &mut self.graph
    }

    /// The function's symbol.
    pub fn symbol(&self) -> SymbolId {
        self.symbol
    }

    /// Adds flags of the function.
    pub fn add_flags(&mut self, flags: FunctionFlags) {
        self.flags = self.flags.or(flags);
    }

    /// Instructions from now on come from this source location.
    pub fn set_origin(&mut self, origin: Origin) {
        self.graph.set_origin(origin);
    }

    /// The function begins at this source location: what makes its frame belongs there.
    pub fn begins_at(&mut self, origin: Origin) {
        self.graph.set_node_origin(NodeId::START, origin);
    }

    /// The open block.
    pub fn current(&self) -> Block {
        self.current
    }

    /// Is a block open for instructions?
    pub fn is_open(&self) -> bool {
        self.blocks[self.current.index()].stage == Stage::Open
    }

    /// Control at this point.
    pub fn control(&self) -> NodeId {
        self.control
    }

    /// The state of memory at this point.
    pub fn memory(&mut self) -> NodeId {
        self.get(MEMORY).expect("memory is defined at the entry")
    }

    /// Makes `memory` the state of memory at this point.
    pub fn set_memory(&mut self, memory: NodeId) {
        self.def(MEMORY, memory);
    }

    // ---- Values ----

    /// Parameter `index`.
    pub fn param(&self, index: usize) -> NodeId {
        self.params[index]
    }

    /// An integer or pointer constant.
    pub fn iconst(&mut self, ty: Type, value: i64) -> NodeId {
        if ty.bits() > 64 {
            return self.graph.wide_const(ty, i128::from(value) as u128);
        }
        self.graph.iconst(ty, value as u64)
    }

    /// An `f32` constant.
    pub fn f32const(&mut self, value: f32) -> NodeId {
        self.graph.fconst(Type::F32, u64::from(value.to_bits()))
    }

    /// An `f64` constant.
    pub fn f64const(&mut self, value: f64) -> NodeId {
        self.graph.fconst(Type::F64, value.to_bits())
    }

    /// Address of a symbol of the module.
    pub fn symbol_addr(&mut self, symbol: SymbolId) -> NodeId {
        self.graph.node(Op::SymbolAddr, Type::PTR, NodeFlags::NONE, u64::from(symbol.0), &[])
    }

    /// An instruction without control, memory, flags or payload.
    pub fn pure(&mut self, op: Op, ty: Type, inputs: &[NodeId]) -> NodeId {
        self.graph.pure(op, ty, inputs)
    }

    /// An instruction without control and memory.
    pub fn pure_with(&mut self, op: Op, ty: Type, flags: NodeFlags, payload: u64, inputs: &[NodeId]) -> NodeId {
        self.graph.node(op, ty, flags, payload, inputs)
    }

    /// An instruction that must stay under the present control: a division.
    pub fn pinned(&mut self, op: Op, ty: Type, flags: NodeFlags, inputs: &[NodeId]) -> NodeId {
        let mut all: SmallVec<[NodeId; 4]> = smallvec::smallvec![self.control];
        all.extend_from_slice(inputs);
        self.graph.node(op, ty, flags, 0, &all)
    }

    // ---- Memory ----

    /// A new stack slot; its row, for [`FunctionBuilder::slot_addr`].
    pub fn create_slot(&mut self, size: u64, align: u32) -> u32 {
        self.slots.push(StackSlot { size, align });
        self.slots.len() as u32 - 1
    }

    /// Address of a stack slot.
    pub fn slot_addr(&mut self, slot: u32) -> NodeId {
        self.graph.node(Op::SlotAddr, Type::PTR, NodeFlags::NONE, u64::from(slot), &[])
    }

    /// Reads a value.
    pub fn load(&mut self, ty: Type, address: NodeId, access: MemAccess) -> NodeId {
        let inputs = [self.control, self.memory(), address];
        self.graph.node(Op::Load, ty, NodeFlags::NONE, access.payload(), &inputs)
    }

    /// Writes a value.
    pub fn store(&mut self, address: NodeId, value: NodeId, access: MemAccess) {
        self.memory_op(Op::Store, &[address, value], access.payload());
    }

    /// An effect whose result is memory: `store`, `memcopy`, `memmove`, `memset`.
    pub fn memory_op(&mut self, op: Op, operands: &[NodeId], payload: u64) {
        let mut inputs: SmallVec<[NodeId; 6]> = smallvec::smallvec![self.control, self.memory()];
        inputs.extend_from_slice(operands);
        let memory = self.graph.node(op, Type::MEM, NodeFlags::NONE, payload, &inputs);
        self.set_memory(memory);
    }

    /// An effect with control and memory as projections 0 and 1, and results of these types from 2 on: ordered
    /// accesses, atomics, fences, `stackalloc`, `va_start`, barriers, allocations.
    pub fn effect(&mut self, op: Op, operands: &[NodeId], payload: u64, results: &[Type]) -> CallResults {
        let mut inputs: SmallVec<[NodeId; 6]> = smallvec::smallvec![self.control, self.memory()];
        inputs.extend_from_slice(operands);
        let node = self.graph.raw(op, Type::TUPLE, payload, &inputs);
        self.control = self.graph.proj(node, 0, Type::CTRL);
        let memory = self.graph.proj(node, 1, Type::MEM);
        self.set_memory(memory);
        let graph = &mut self.graph;
        CallResults { values: results.iter().enumerate().map(|(i, &ty)| graph.proj(node, i as u32 + 2, ty)).collect() }
    }

    /// Calls the address with the arguments.
    pub fn call(
        &mut self,
        callee: NodeId,
        id: SigId,
        signature: &Signature,
        flags: CallFlags,
        args: &[NodeId],
    ) -> CallResults {
        if flags.has(CallFlags::RETURNS_TWICE) {
            self.add_flags(FunctionFlags::CALLS_RETURNS_TWICE);
        }
        let payload = self.graph.tables_mut().add_call(CallSite { signature: id, flags });
        let mut operands: SmallVec<[NodeId; 8]> = smallvec::smallvec![callee];
        operands.extend_from_slice(args);
        let results: SmallVec<[Type; 2]> = signature.results.iter().map(|result| result.ty).collect();
        self.effect(Op::Call, &operands, payload, &results)
    }

    /// Calls with an exceptional exit: control goes to `normal` or `unwind`. The results are valid in `normal`.
    pub fn invoke(
        &mut self,
        callee: NodeId,
        (id, signature): (SigId, &Signature),
        flags: CallFlags,
        args: &[NodeId],
        (normal, unwind): (Block, Block),
    ) -> CallResults {
        let results = self.call(callee, id, signature, flags.or(CallFlags::UNWINDS), args);
        let call = self.graph.input(self.control, 0);
        let exceptional = self.graph.proj(call, signature.results.len() as u32 + 2, Type::CTRL);
        let control = self.control;
        self.add_edge(normal, control);
        self.add_edge(unwind, exceptional);
        self.end_block();
        results
    }

    // ---- Control ----

    /// A new block.
    pub fn create_block(&mut self) -> Block {
        self.blocks.push(BlockData {
            stage: Stage::New,
            sealed: false,
            head: NodeId::NONE,
            predecessors: SmallVec::new(),
            incomplete: Vec::new(),
        });
        Block(self.blocks.len() as u32 - 1)
    }

    /// Opens a block for instructions.
    pub fn enter(&mut self, block: Block) {
        debug_assert!(self.blocks[block.index()].stage == Stage::New, "block {} is entered twice", block.0);
        self.current = block;
        self.blocks[block.index()].stage = Stage::Open;
        self.control = self.head_control(block);
    }

    /// Number of blocks created.
    pub fn num_blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Was the block entered already?
    pub fn is_entered(&self, block: Block) -> bool {
        self.blocks[block.index()].stage != Stage::New
    }

    /// Is there a way into the block, as far as is known?
    pub fn is_reached(&self, block: Block) -> bool {
        block == Block(0) || !self.blocks[block.index()].predecessors.is_empty()
    }

    fn end_block(&mut self) {
        let block = self.current;
        self.blocks[block.index()].stage = Stage::Filled;
    }

    /// Goes on at `target`.
    pub fn jump(&mut self, target: Block) {
        let control = self.control;
        self.add_edge(target, control);
        self.end_block();
    }

    /// Goes on at `on_true` if the condition holds, else at `on_false`.
    pub fn branch(&mut self, condition: NodeId, on_true: Block, on_false: Block, weights: Weights) {
        let node = self.graph.raw(Op::If, Type::TUPLE, weights.payload(), &[self.control, condition]);
        let taken = self.graph.proj(node, 0, Type::CTRL);
        let other = self.graph.proj(node, 1, Type::CTRL);
        self.add_edge(on_true, taken);
        self.add_edge(on_false, other);
        self.end_block();
    }

    /// Goes on at the block of the case that equals the value, else at `default`. `weights` are of the default
    /// and then of each case, or empty.
    pub fn switch(&mut self, value: NodeId, default: Block, cases: &[(u64, Block)], weights: &[u32]) {
        let mask = self.graph.ty(value).mask();
        let values = cases.iter().map(|&(value, _)| value & mask).collect();
        let payload = self.graph.tables_mut().add_switch(SwitchTable { values, weights: weights.to_vec() });
        let node = self.graph.raw(Op::Switch, Type::TUPLE, payload, &[self.control, value]);
        for (i, target) in std::iter::once(default).chain(cases.iter().map(|case| case.1)).enumerate() {
            let control = self.graph.insert_proj(node, i as u32, Type::CTRL);
            self.add_edge(target, control);
        }
        self.end_block();
    }

    /// Goes on at the block whose address is given. Target `k` is the block of `blockaddr` number `k`.
    pub fn indirect_branch(&mut self, address: NodeId, targets: &[(u32, Block)]) {
        let node = self.graph.raw(Op::IndirectBr, Type::TUPLE, 0, &[self.control, address]);
        for &(number, target) in targets {
            self.indirect_targets = self.indirect_targets.max(number + 1);
            let control = self.graph.insert_proj(node, number, Type::CTRL);
            self.add_edge(target, control);
        }
        self.end_block();
    }

    /// Declares that there are so many indirect targets.
    pub fn set_indirect_targets(&mut self, count: u32) {
        self.indirect_targets = self.indirect_targets.max(count);
    }

    fn exit(&mut self, op: Op, payload: u64, operands: &[NodeId]) {
        let mut inputs: SmallVec<[NodeId; 6]> = smallvec::smallvec![self.control, self.memory()];
        inputs.extend_from_slice(operands);
        let node = self.graph.raw(op, Type::CTRL, payload, &inputs);
        self.graph.add_input(NodeId::STOP, node);
        self.end_block();
    }

    /// Returns the values.
    pub fn ret(&mut self, values: &[NodeId]) {
        self.exit(Op::Return, 0, values);
    }

    /// Calls in place of this frame and returns what that returns.
    pub fn tail_call(&mut self, callee: NodeId, signature: SigId, flags: CallFlags, args: &[NodeId]) {
        let payload = self.graph.tables_mut().add_call(CallSite { signature, flags });
        let mut operands: SmallVec<[NodeId; 8]> = smallvec::smallvec![callee];
        operands.extend_from_slice(args);
        self.exit(Op::TailCall, payload, &operands);
    }

    /// Stops the program abnormally.
    pub fn trap(&mut self) {
        self.exit(Op::Trap, 0, &[]);
    }

    /// Never reached.
    pub fn unreachable(&mut self) {
        self.exit(Op::Unreachable, 0, &[]);
    }

    /// Deoptimizes to the state.
    pub fn deopt(&mut self, state: NodeId) {
        self.exit(Op::Deopt, 0, &[state]);
    }

    /// Goes on if the condition holds, else leaves with the state, and with memory as it is here.
    pub fn guard(&mut self, condition: NodeId, state: NodeId) {
        let inputs = [self.control, self.memory(), condition, state];
        self.control = self.graph.raw(Op::Guard, Type::CTRL, 0, &inputs);
    }

    /// A place where the frame can be read or deoptimized.
    pub fn safepoint(&mut self, state: NodeId) {
        let inputs = [self.control, self.memory(), state];
        self.control = self.graph.raw(Op::Safepoint, Type::CTRL, 0, &inputs);
    }
}
