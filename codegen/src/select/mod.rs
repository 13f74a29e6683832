//! Selection: which instructions of the target compute the ideal graph.
//!
//! Tiling on the graph, bottom up. The ideal graph is placed first; then its nodes are visited from the last to the
//! first, so that each is met after all its users. Control and effects are always needed, other nodes if a user asked
//! for their value in a register. The target covers a needed node with a *tile*: an instruction that may take in some
//! of the node's inputs as well (an address, a constant, a load that nobody else uses) and asks for the values of the
//! others. A node that several tiles take in is computed by each of them: the target does that with addresses,
//! compares and constants only. At the end the machine graph is built from the tiles, first to last ([`build`]).
//!
//! A load may be taken in by a tile in the same block if nothing between the two overwrites what it reads. The
//! ideal order with each load moved down to its tile is then an order of the machine graph as well, so that
//! placing the machine graph by the ordinary rules always succeeds.
//!
//! Linear in the graph. Machine nodes are not shared or simplified; constants are made once for each block that needs
//! them in registers, or for each nest of loops if they are worth a register there.

pub mod build;
pub mod fused;
pub mod graph;
mod split;
pub mod symbols;

pub use graph::{Constants, FIRST_RESULT, MachineGraph, Row};

use crate::lower::words_in;
use crate::machine::{Chains, MachineInst};
use crate::runtime;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::{Block, Schedule, ideal_effects};
use son_ir::{AliasClass, Extension, Function, Graph, Module, NodeId, Op, OpFlags, Param, Signature, Type};

/// An input of a tile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// The value of an ideal node.
    Value(NodeId),
    /// A constant or address, made anew for this use.
    Fresh(NodeId),
    /// The result of a tile that covers no node.
    Inner(TileId),
}

/// A tile of a [`Selection`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TileId(u32);

/// Users of a node that are looked at for a twin of one of them.
const MAX_USERS: usize = 64;

impl TileId {
    /// No tile.
    const NONE: TileId = TileId(u32::MAX);
    /// The node stays ideal, to become a call of the runtime library later.
    const KEPT: TileId = TileId(u32::MAX - 1);
}

/// Memory that a tile accesses: the inputs of the ideal node that does so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// The state of memory; [`NodeId::NONE`] for a load that reads the same in all states.
    pub memory: NodeId,
    /// The control that makes the access safe.
    pub control: NodeId,
    /// The part of memory.
    pub class: AliasClass,
}

/// A tile under construction.
#[derive(Clone, Debug)]
pub struct Tile {
    inst: MachineInst,
    ty: Type,
    operands: SmallVec<[Operand; 6]>,
    access: Option<Access>,
    control: Option<NodeId>,
    late: bool,
}

impl Tile {
    /// An instruction with a result of this type.
    pub fn new(inst: MachineInst, ty: Type) -> Tile {
        Tile { inst, ty, operands: SmallVec::new(), access: None, control: None, late: false }
    }

    /// Adds an operand.
    pub fn with(mut self, operand: Operand) -> Tile {
        self.operands.push(operand);
        self
    }

    /// Adds operands.
    pub fn with_all(mut self, operands: &[Operand]) -> Tile {
        self.operands.extend_from_slice(operands);
        self
    }

    /// Sets what it does to memory.
    pub fn access(mut self, access: Option<Access>) -> Tile {
        self.access = access;
        self
    }

    /// Must not rise above this control.
    pub fn below(mut self, control: NodeId) -> Tile {
        self.control = Some(control);
        self
    }

    /// May be made far from its uses.
    pub fn early(mut self) -> Tile {
        self.late = false;
        self
    }

    /// Stays where it is used.
    pub fn late(mut self) -> Tile {
        self.late = true;
        self
    }
}

/// A finished tile.
#[derive(Clone, Copy, Debug)]
struct TileData {
    inst: MachineInst,
    ty: Type,
    late: bool,
    chain: bool,
    operands: (u32, u32),
    memory: NodeId,
    control: NodeId,
    class: AliasClass,
    /// The ideal nodes that the results stand for.
    results: [NodeId; 2],
}

/// What an instruction set does in selection.
pub trait Select: Sync {
    /// Covers a node whose value is needed in a register, or an effect: calls [`Selection::cover`].
    fn select(&self, selection: &mut Selection, node: NodeId);

    /// The compare that a branch on this condition jumps by; the branch is the last node of its block.
    fn condition(&self, selection: &mut Selection, branch: NodeId) -> Operand;

    /// Covers a constant or address, for an instruction's operand or `fresh` for a place where it is wanted: an argument
    /// of a call, an input of a phi.
    fn leaf(&self, selection: &mut Selection, node: NodeId, fresh: bool) -> Tile;

    /// Asks for the operands of a call, return or other node that becomes several instructions later.
    fn complex(&self, selection: &mut Selection, node: NodeId);
}

/// The state of selection, and what patterns ask.
pub struct Selection<'a> {
    /// The ideal graph.
    pub graph: &'a Graph,
    /// Its placement.
    pub schedule: &'a Schedule,
    /// The module, for symbols and signatures.
    pub module: &'a Module,
    /// The function's signature.
    pub signature: &'a Signature,
    /// Constants in memory.
    pub constants: Constants,
    /// Chains of instructions that one op stands for.
    pub chains: Chains,
    isa: &'a dyn Select,
    demanded: Vec<bool>,
    /// The tile that covers a node.
    tile_of: Vec<TileId>,
    /// Place of a node in the ideal order.
    position: Vec<u32>,
    /// Place of the first node in the same block that overwrites what the node reads.
    limit: Vec<u32>,
    tiles: Vec<TileData>,
    operands: Vec<Operand>,
    /// For nodes that stay ideal: operands in place of some inputs.
    replaced: Vec<(NodeId, u32, Operand)>,
    /// Nodes that one instruction computes together: quotient and remainder, a product's halves, a sum and its
    /// overflow.
    twins: FxHashMap<NodeId, NodeId>,
    /// Nodes that are computed in several blocks, see [`split`].
    split: FxHashMap<NodeId, split::Blocks>,
    /// What the target has no instructions for.
    refused: Option<String>,
    /// The place up to which loads may be taken in.
    here: u32,
}

impl<'a> Selection<'a> {
    /// Selects tiles for all of the graph.
    pub fn new(
        function: &'a Function,
        schedule: &'a Schedule,
        module: &'a Module,
        isa: &'a dyn Select,
    ) -> Selection<'a> {
        let graph = &function.graph;
        let mut selection = Selection {
            graph,
            schedule,
            module,
            signature: module.signature(function.signature),
            constants: Constants::default(),
            chains: Chains::default(),
            isa,
            demanded: vec![false; graph.len()],
            tile_of: vec![TileId::NONE; graph.len()],
            position: vec![0; graph.len()],
            limit: vec![u32::MAX; graph.len()],
            tiles: Vec::with_capacity(graph.live()),
            operands: Vec::with_capacity(graph.live()),
            replaced: Vec::new(),
            twins: FxHashMap::default(),
            split: split::partially_dead(graph, schedule),
            refused: None,
            here: 0,
        };
        selection.number();
        selection.visit();
        selection
    }

    fn number(&mut self) {
        for (place, &node) in self.schedule.all_nodes().iter().enumerate() {
            self.position[node.index()] = place as u32;
            self.find_twin(node);
        }
        for (reader, writer) in self.schedule.orders() {
            let limit = &mut self.limit[reader.index()];
            *limit = (*limit).min(self.position[writer.index()]);
        }
    }

    /// Looks for the node that is computed together with this one, if it is the rarer of the two.
    fn find_twin(&mut self, node: NodeId) {
        let graph = self.graph;
        let twin = match graph.op(node) {
            Op::SRem => Op::SDiv,
            Op::URem => Op::UDiv,
            Op::SMulHigh | Op::UMulHigh | Op::SMulOverflow | Op::UMulOverflow => Op::Mul,
            Op::SAddOverflow => Op::Add,
            Op::SSubOverflow => Op::Sub,
            _ => return,
        };
        let first = graph.input(node, graph.num_inputs(node) - 2);
        let same = |&other: &NodeId| {
            graph.is(other, twin)
                && graph.inputs(other).eq(graph.inputs(node))
                && !self.twins.contains_key(&other)
                && self.schedule.block_of(other).is_some()
        };
        if let Some(other) = graph.users(first).take(MAX_USERS).find(same) {
            self.twins.insert(node, other);
            self.twins.insert(other, node);
        }
    }

    fn visit(&mut self) {
        let schedule = self.schedule;
        for block in schedule.cfg.blocks() {
            let nodes = schedule.nodes(block).iter();
            for &phi in nodes.filter(|&&node| self.graph.is(node, Op::Phi) && self.graph.ty(node) != Type::MEM) {
                for input in self.graph.inputs(phi).skip(1) {
                    self.demand(Operand::Value(input));
                }
            }
        }
        let isa = self.isa;
        for &node in schedule.all_nodes().iter().rev() {
            self.here = self.position[node.index()];
            let op = self.graph.op(node);
            match kind(self.graph, node, op) {
                Kind::Copied | Kind::Leaf => {}
                Kind::Branch => {
                    let condition = isa.condition(self, node);
                    self.replace_input(node, 1, condition);
                }
                Kind::Complex => isa.complex(self, node),
                Kind::Kept => self.keep(node),
                Kind::Effect => isa.select(self, node),
                Kind::Value if self.demanded[node.index()] && self.tile_of[node.index()] == TileId::NONE => {
                    isa.select(self, node);
                }
                Kind::Value => {}
            }
        }
    }

    // ---- Patterns ask ----

    /// The ideal op of a node.
    pub fn op(&self, node: NodeId) -> Op {
        self.graph.op(node)
    }

    /// Is the node of this op?
    pub fn is(&self, node: NodeId, op: Op) -> bool {
        self.graph.is(node, op)
    }

    /// Type of a node.
    pub fn ty(&self, node: NodeId) -> Type {
        self.graph.ty(node)
    }

    /// Input of a node.
    pub fn input(&self, node: NodeId, index: usize) -> NodeId {
        self.graph.input(node, index)
    }

    /// Value of a constant, sign-extended.
    pub fn constant(&self, node: NodeId) -> Option<i64> {
        self.graph.signed_constant(node)
    }

    /// Has the node one use only?
    pub fn sole(&self, node: NodeId) -> bool {
        self.graph.has_one_use(node)
    }

    /// Has some tile asked for the node's value in a register already?
    pub fn is_demanded(&self, node: NodeId) -> bool {
        self.demanded[node.index()]
    }

    /// The node that one instruction computes together with this one.
    pub fn twin(&self, node: NodeId) -> Option<NodeId> {
        if self.twins.is_empty() { None } else { self.twins.get(&node).copied() }
    }

    /// May the tile of the node that is visited take in the load, whose only use is inside the tile?
    pub fn can_take_in(&self, load: NodeId) -> bool {
        self.graph.is(load, Op::Load)
            && self.sole(load)
            && !self.is_demanded(load)
            && self.schedule.block_of(load) == self.current_block()
            && self.limit[load.index()] >= self.here
    }

    /// The block of the node that is visited.
    pub fn current_block(&self) -> Block {
        self.schedule.block_of(self.schedule.all_nodes()[self.here as usize])
    }

    /// The address and the words of a comparison and swap of 16 bytes, see [`crate::legalize`].
    pub fn swapped_words(&self, node: NodeId) -> Option<SmallVec<[Operand; 5]>> {
        let inputs: SmallVec<[NodeId; 8]> = self.graph.inputs(node).collect();
        (inputs.len() == 7).then(|| inputs[2..].iter().map(|&input| Operand::Value(input)).collect())
    }

    /// The access of a load or store.
    pub fn access(&self, node: NodeId) -> Access {
        let effects = ideal_effects(self.graph, node, self.graph.op(node));
        let any_state = !effects.reads && !effects.writes;
        let memory = if any_state { NodeId::NONE } else { self.graph.input(node, 1) };
        Access { memory, control: self.graph.input(node, 0), class: effects.class }
    }

    // ---- Patterns answer ----

    /// The tile computes the node.
    pub fn cover(&mut self, node: NodeId, tile: Tile) {
        self.cover_both([node, NodeId::NONE], tile);
    }

    /// The results of the tile are these nodes, [`NodeId::NONE`] for one that nobody asked for.
    pub fn cover_both(&mut self, results: [NodeId; 2], tile: Tile) {
        let chain = results[0].is_some() && self.graph.ty(results[0]) == Type::TUPLE;
        let id = self.finish(results, chain, tile);
        for node in results.into_iter().filter(|node| node.is_some()) {
            self.tile_of[node.index()] = id;
        }
    }

    /// The tile computes an operand of another.
    pub fn inner(&mut self, tile: Tile) -> Operand {
        Operand::Inner(self.finish([NodeId::NONE; 2], false, tile))
    }

    /// The node stays ideal, to become a call of the runtime library later.
    pub fn keep(&mut self, node: NodeId) {
        self.tile_of[node.index()] = TileId::KEPT;
        for index in 0..self.graph.num_inputs(node) {
            let input = self.graph.input(node, index);
            if self.graph.ty(input).is_data() {
                self.demand(Operand::Value(input));
            }
        }
    }

    /// The target has no instructions for the node.
    pub fn refuse(&mut self, node: NodeId) {
        let ty = self.graph.ty(node);
        self.refused.get_or_insert_with(|| format!("{} of type {ty}", self.graph.op(node)));
        self.keep(node);
    }

    /// A node that the target has no instructions for, if there is one.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// A node that stays ideal takes this operand in place of an input.
    pub fn replace_input(&mut self, node: NodeId, index: usize, operand: Operand) {
        self.demand(operand);
        self.replaced.push((node, index as u32, operand));
    }

    /// The values that a call, return or other node takes that stays ideal, by index, and how far the signature wants
    /// their registers filled.
    pub fn values_taken(&self, node: NodeId) -> SmallVec<[(usize, Extension); 8]> {
        let (first, params): (usize, &[Param]) = match self.op(node) {
            Op::Call | Op::TailCall => (3, &self.module.signature(self.graph.call_site(node).signature).params),
            Op::Return => (2, &self.signature.results),
            _ => (1, &[]),
        };
        let mut extensions = params.iter().flat_map(|param| std::iter::repeat_n(param.extension, words_in(param.ty)));
        (first..self.graph.num_inputs(node))
            .filter(|&index| self.ty(self.input(node, index)).is_data())
            .map(|index| (index, extensions.next().unwrap_or(Extension::None)))
            .collect()
    }

    fn finish(&mut self, results: [NodeId; 2], chain: bool, tile: Tile) -> TileId {
        let start = self.operands.len() as u32;
        for &operand in &tile.operands {
            self.demand(operand);
        }
        self.operands.extend_from_slice(&tile.operands);
        let control = tile.access.map(|access| access.control).or(tile.control).unwrap_or(NodeId::NONE);
        self.tiles.push(TileData {
            inst: tile.inst,
            ty: tile.ty,
            late: tile.late,
            chain,
            operands: (start, self.operands.len() as u32),
            memory: tile.access.map_or(NodeId::NONE, |access| access.memory),
            control,
            class: tile.access.map_or(AliasClass::ANY, |access| access.class),
            results,
        });
        TileId(self.tiles.len() as u32 - 1)
    }

    fn demand(&mut self, operand: Operand) {
        if let Operand::Value(node) | Operand::Fresh(node) = operand {
            let register = self.strip(node);
            self.demanded[register.index()] = true;
        }
    }

    /// The node in whose register the value of `node` is: looks through what takes no instruction.
    pub fn strip(&self, node: NodeId) -> NodeId {
        let mut node = node;
        loop {
            node = match self.op(node) {
                Op::Pi | Op::Freeze | Op::Opaque | Op::Trunc | Op::PtrToInt | Op::IntToPtr | Op::Bitcast
                    if self.is_free(node) =>
                {
                    self.input(node, self.graph.num_inputs(node) - 1)
                }
                Op::ZExt if self.is_zero_above(self.input(node, 0)) => self.input(node, 0),
                _ => return node,
            };
        }
    }

    /// Does the conversion leave the bits in the same register?
    fn is_free(&self, node: NodeId) -> bool {
        let from = self.ty(self.input(node, self.graph.num_inputs(node) - 1));
        let float = |ty: Type| ty.is_float() || ty.is_vector();
        float(from) == float(self.ty(node)) && from.bits() <= 64
    }

    /// Are the bits of the node's register above its type zero, when it is computed by its own tile? True of
    /// 32-bit operations, narrow loads and compares on targets where such instructions clear the rest.
    pub fn is_zero_above(&self, node: NodeId) -> bool {
        let mut node = node;
        while let Op::Pi | Op::Freeze | Op::Opaque = self.op(node) {
            node = self.input(node, self.graph.num_inputs(node) - 1);
        }
        let (op, ty) = (self.op(node), self.ty(node));
        match op {
            Op::Load => ty.is_int(),
            Op::Proj => self.op(self.input(node, 0)) == Op::LoadOrdered && ty.is_int(),
            _ if op.is_int_compare() || op.is_float_compare() => true,
            Op::SAddOverflow | Op::UAddOverflow | Op::SSubOverflow | Op::USubOverflow => true,
            Op::SMulOverflow | Op::UMulOverflow => true,
            Op::And | Op::Or | Op::Xor if ty == Type::I1 => self.graph.inputs(node).all(|input| self.is_bit(input, 3)),
            Op::Phi | Op::Trunc | Op::Bitcast | Op::PtrToInt | Op::Poison | Op::Freeze | Op::Opaque | Op::Const => {
                false
            }
            _ => ty == Type::I32,
        }
    }
}

impl Selection<'_> {
    /// Is it an outcome, or logic of so many levels on outcomes, whose registers hold 0 or 1?
    fn is_bit(&self, node: NodeId, levels: u32) -> bool {
        let op = self.op(node);
        let logic = matches!(op, Op::And | Op::Or | Op::Xor) && levels > 0;
        self.constant(node).is_some()
            || op.is_int_compare()
            || op.is_float_compare()
            || logic && self.graph.inputs(node).all(|input| self.is_bit(input, levels - 1))
    }
}

/// How a node is treated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Stays as it is.
    Copied,
    /// Constant or address, made where it is needed.
    Leaf,
    /// Needed only if somebody asks.
    Value,
    /// Always needed, one instruction.
    Effect,
    /// Two-way branch.
    Branch,
    /// Always needed, stays ideal until it becomes several instructions.
    Complex,
    /// Stays ideal until it becomes a call of the runtime library.
    Kept,
}

fn kind(graph: &Graph, node: NodeId, op: Op) -> Kind {
    match op {
        Op::If => Kind::Branch,
        Op::Call | Op::Return | Op::TailCall | Op::Switch | Op::IndirectBr | Op::VaStart => Kind::Complex,
        Op::MemCopy | Op::MemMove | Op::MemSet => Kind::Complex,
        Op::Store | Op::LoadOrdered | Op::StoreOrdered | Op::AtomicRmw | Op::AtomicCas | Op::Fence => Kind::Effect,
        Op::StackAlloc | Op::StackSave | Op::StackRestore | Op::Barrier | Op::Prefetch => Kind::Effect,
        Op::Proj | Op::Phi | Op::MergeMem => Kind::Copied,
        _ if runtime::on_words(graph, node).is_some() => Kind::Kept,
        _ if op.is(OpFlags::CHEAP) => Kind::Leaf,
        Op::FrameAddr | Op::ReturnAddr => Kind::Value,
        _ if graph.ty(node) == Type::MEM || op.is(OpFlags::PINNED) && op != Op::Pi => Kind::Copied,
        _ => Kind::Value,
    }
}
