//! A function in the form that is executed: the schedule's blocks as one array of instructions on numbered cells.
//!
//! Each value has cells of its own in the frame. Constants come first, so that entering a function copies them
//! at once. Projections and `pi` share the cells of what they project or refine; memory and control have none.

use super::value::{Cell, cells_of, cells_of_scalar};
use crate::analysis::{Block, Schedule};
use crate::graph::{Graph, NodeId};
use crate::module::{Function, SigId, SymbolId};
use crate::ops::{NodeFlags, Op};
use crate::payload::CallFlags;
use crate::types::Type;

/// No cell.
pub(super) const NO_CELL: u32 = u32::MAX;

/// How an instruction is executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// A computation on scalars of up to 64 bits.
    Narrow,
    /// A computation in which a vector or a wider scalar takes part.
    General,
    /// A load of a scalar of up to 64 bits.
    NarrowLoad,
    /// Anything else.
    Other,
}

impl Way {
    fn of(op: Op, narrow: bool) -> Way {
        match (op.is_computation(), narrow) {
            (true, true) => Way::Narrow,
            (true, false) => Way::General,
            (false, true) if op == Op::Load => Way::NarrowLoad,
            _ => Way::Other,
        }
    }
}

/// An instruction. A jump to a region is one of op `region`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instruction {
    pub(super) op: Op,
    pub(super) way: Way,
    /// Number of operands in `args`.
    pub(super) count: u8,
    /// Type of the result, or of the value that a store writes.
    pub(super) ty: Type,
    /// Type of the first operand.
    pub(super) from: Type,
    pub(super) flags: NodeFlags,
    /// First cell of the result, and of the second one of `atomiccas`.
    pub(super) result: u32,
    pub(super) second: u32,
    /// First cells of the data operands, as far as there is room.
    pub(super) args: [u32; 3],
    /// The node's payload, or a row of one of the tables of [`Code`].
    pub(super) payload: u64,
    pub(super) node: NodeId,
}

/// A way from block to block.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    /// First instruction of the target.
    pub(super) target: u32,
    /// Instructions of the target, counted when it is entered.
    pub(super) steps: u32,
    /// Moves into the target's phis, a range of [`Code::moves`].
    pub(super) moves: (u32, u32),
    /// Does a move read what an earlier one wrote?
    pub(super) parallel: bool,
}

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) callee: u32,
    pub(super) args: Vec<(u32, Type)>,
    /// Cell of each result.
    pub(super) results: Vec<u32>,
    pub(super) signature: SigId,
    pub(super) flags: CallFlags,
    /// Edge of the normal exit, if the call ends its block. Nothing takes the exceptional one: the C library of
    /// the interpreter raises no exceptions.
    pub(super) exit: Option<u32>,
}

/// A branch with many targets: value and edge, sorted by value, and the edge of all others.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    pub(super) cases: Vec<(u64, u32)>,
    pub(super) default: Option<u32>,
}

/// A function ready for execution.
#[derive(Debug)]
pub(super) struct Code {
    /// Row of [`crate::Module::functions`].
    pub(super) row: u32,
    pub(super) constants: Vec<Cell>,
    /// Cells of a frame, constants included.
    pub(super) cells: u32,
    /// Instructions of the entry block.
    pub(super) entry_steps: u32,
    pub(super) instructions: Vec<Instruction>,
    pub(super) edges: Vec<Edge>,
    /// Source and target cell.
    pub(super) moves: Vec<(u32, u32)>,
    pub(super) calls: Vec<Call>,
    pub(super) targets: Vec<Targets>,
    /// Operands of returns: ranges by payload, cells and types.
    pub(super) returns: Vec<Vec<(u32, Type)>>,
    /// Number and cell of each used parameter.
    pub(super) params: Vec<(u32, u32)>,
    /// Row and cell of the address of each used stack slot.
    pub(super) slots: Vec<(u32, u32)>,
    /// First cell of each node's value, for states.
    pub(super) cell_of: Vec<u32>,
}

/// Addresses that constants refer to.
pub(super) trait Addresses {
    fn symbol(&self, symbol: SymbolId) -> Cell;
    fn block(&self, function: SymbolId, target: u32) -> Cell;
}

/// Translates the function in this row of the module.
pub(super) fn translate(row: u32, function: &Function, addresses: &dyn Addresses) -> Code {
    let schedule = Schedule::new(&function.graph);
    let code = Code {
        row,
        constants: Vec::new(),
        cells: 0,
        entry_steps: 0,
        instructions: Vec::new(),
        edges: Vec::new(),
        moves: Vec::new(),
        calls: Vec::new(),
        targets: Vec::new(),
        returns: Vec::new(),
        params: Vec::new(),
        slots: Vec::new(),
        cell_of: vec![NO_CELL; function.graph.len()],
    };
    let blocks = schedule.cfg.len();
    let mut translator = Translator {
        function,
        graph: &function.graph,
        schedule,
        code,
        starts: vec![0; blocks],
        heads: Vec::new(),
        last_edge: vec![0; blocks],
    };
    translator.number_constants(addresses);
    translator.number_values();
    for block in translator.schedule.cfg.blocks() {
        translator.block(block);
    }
    translator.finish()
}

struct Translator<'a> {
    function: &'a Function,
    graph: &'a Graph,
    schedule: Schedule,
    code: Code,
    /// First instruction of each block.
    starts: Vec<u32>,
    /// Target block of each edge.
    heads: Vec<Block>,
    /// The last edge out of each block: the one into a region, if there is such.
    last_edge: Vec<u32>,
}

impl Translator<'_> {
    fn number_constants(&mut self, addresses: &dyn Addresses) {
        for &node in self.schedule.all_nodes() {
            let (ty, payload) = (self.graph.ty(node), self.graph.payload(node));
            let mut value = [Cell::default(); 2];
            match self.graph.op(node) {
                Op::Const if ty.is_vector() => {
                    self.code.cell_of[node.index()] = self.code.constants.len() as u32;
                    constant_lanes(ty, u128::from(payload), &mut self.code.constants);
                    continue;
                }
                Op::WideConst => {
                    self.code.cell_of[node.index()] = self.code.constants.len() as u32;
                    let bits = self.graph.tables().wide[payload as usize];
                    constant_lanes(ty, bits, &mut self.code.constants);
                    continue;
                }
                Op::Const => value[0] = Cell::new(payload),
                Op::Poison if ty.is_data() => {
                    self.code.cell_of[node.index()] = self.code.constants.len() as u32;
                    self.code.constants.extend(std::iter::repeat_n(Cell::POISON, cells_of(ty)));
                    continue;
                }
                Op::SymbolAddr => value[0] = addresses.symbol(SymbolId(payload as u32)),
                Op::BlockAddr => value[0] = addresses.block(self.function.symbol, payload as u32),
                _ => continue,
            }
            self.code.cell_of[node.index()] = self.code.constants.len() as u32;
            self.code.constants.extend_from_slice(&value[..cells_of_scalar(ty)]);
        }
        self.code.cells = self.code.constants.len() as u32;
    }

    fn number_values(&mut self) {
        for i in 0..self.schedule.all_nodes().len() {
            let node = self.schedule.all_nodes()[i];
            let ty = self.graph.ty(node);
            if ty.is_data() && self.code.cell_of[node.index()] == NO_CELL && !self.graph.is(node, Op::Pi) {
                self.number(node, ty);
            }
        }
        for i in 0..self.schedule.all_nodes().len() {
            let node = self.schedule.all_nodes()[i];
            if self.graph.is(node, Op::Pi) && self.graph.ty(node).is_data() {
                self.code.cell_of[node.index()] = self.cell(self.graph.input(node, 1));
            }
        }
    }

    fn number(&mut self, node: NodeId, ty: Type) {
        let payload = self.graph.payload(node);
        let cell = self.code.cells;
        self.code.cell_of[node.index()] = cell;
        self.code.cells += cells_of(ty) as u32;
        match self.graph.op(node) {
            Op::SlotAddr => self.code.slots.push((payload as u32, cell)),
            Op::Proj if self.graph.input(node, 0) == NodeId::START => {
                self.code.params.push((payload as u32 - 2, cell));
            }
            _ => {}
        }
    }

    fn cell(&self, node: NodeId) -> u32 {
        self.code.cell_of[node.index()]
    }

    fn block(&mut self, block: Block) {
        self.starts[block.index()] = self.code.instructions.len() as u32;
        for i in 0..self.schedule.nodes(block).len() {
            let node = self.schedule.nodes(block)[i];
            self.node(block, node);
        }
        let end = self.schedule.cfg.end(block);
        if matches!(self.graph.op(end), Op::Region | Op::Loop) {
            let edge = self.edge(block, self.schedule.cfg.successors(block)[0]);
            self.push(Op::Region, Type::CTRL, NO_CELL, &[], u64::from(edge), end);
        }
    }

    fn data_operands(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.graph.inputs(node).filter(|&input| self.graph.ty(input).is_data())
    }

    fn push(&mut self, op: Op, ty: Type, result: u32, operands: &[NodeId], payload: u64, node: NodeId) {
        let mut args = [NO_CELL; 3];
        for (arg, &operand) in args.iter_mut().zip(operands) {
            *arg = self.cell(operand);
        }
        let narrow = |ty: Type| !ty.is_vector() && ty.bits() <= 64;
        let narrow = narrow(ty) && operands.iter().all(|&operand| narrow(self.graph.ty(operand)));
        self.code.instructions.push(Instruction {
            op,
            way: Way::of(op, narrow),
            count: operands.len().min(3) as u8,
            ty,
            from: operands.first().map_or(ty, |&operand| self.graph.ty(operand)),
            flags: self.graph.flags(node),
            result,
            second: NO_CELL,
            args,
            payload,
            node,
        });
    }

    fn node(&mut self, block: Block, node: NodeId) {
        let (op, ty, mut payload) = (self.graph.op(node), self.graph.ty(node), self.graph.payload(node));
        let operands: smallvec::SmallVec<[NodeId; 8]> = self.data_operands(node).collect();
        let mut result = self.cell(node);
        let mut value_type = ty;
        match op {
            Op::Start | Op::Stop | Op::Region | Op::Loop | Op::Proj | Op::Phi | Op::Pi | Op::MergeMem => return,
            Op::FrameState | Op::VirtualObj | Op::SlotAddr => return,
            Op::Const | Op::WideConst | Op::Poison | Op::SymbolAddr | Op::BlockAddr => return,
            Op::If | Op::Never => payload = self.two_way(block),
            Op::Switch => payload = self.switch(block, node),
            Op::IndirectBr => payload = self.indirect(block),
            Op::Return => {
                self.code
                    .returns
                    .push(operands.iter().map(|&value| (self.cell(value), self.graph.ty(value))).collect());
                payload = self.code.returns.len() as u64 - 1;
            }
            Op::Call | Op::TailCall => payload = self.call(block, node, &operands),
            Op::Store | Op::StoreOrdered | Op::AtomicRmw => value_type = self.graph.ty(operands[1]),
            Op::AtomicCas => value_type = self.graph.ty(operands[1]),
            _ => {}
        }
        if ty == Type::TUPLE && !matches!(op, Op::Call | Op::If | Op::Switch | Op::IndirectBr | Op::Never) {
            (result, value_type) = self.tuple_result(node, value_type);
        }
        self.push(op, value_type, result, &operands, payload, node);
        if op == Op::AtomicCas {
            let swapped = self.graph.find_proj(node, 3).map_or(NO_CELL, |proj| self.cell(proj));
            self.code.instructions.last_mut().expect("just pushed").second = swapped;
        }
    }

    /// Edges of projections 0 and 1, packed.
    fn two_way(&mut self, block: Block) -> u64 {
        let (first, _) = self.edges(block);
        let mut edges = [u32::MAX; 2];
        for (edge, number) in (first..).zip(self.projection_numbers(block)) {
            edges[number.min(1) as usize] = edge;
        }
        u64::from(edges[0]) | u64::from(edges[1]) << 32
    }

    /// Cell and type of projection 2; that of the value where it is not used.
    fn tuple_result(&mut self, node: NodeId, value_type: Type) -> (u32, Type) {
        match self.graph.find_proj(node, 2) {
            Some(value) => (self.cell(value), self.graph.ty(value)),
            None => (NO_CELL, value_type),
        }
    }

    fn call(&mut self, block: Block, node: NodeId, operands: &[NodeId]) -> u64 {
        let site = *self.graph.call_site(node);
        let mut results = Vec::new();
        for user in self.graph.users(node) {
            let index = self.graph.payload(user);
            if self.graph.is(user, Op::Proj) && self.graph.ty(user).is_data() && index >= 2 {
                let index = index as usize - 2;
                results.resize(results.len().max(index + 1), NO_CELL);
                results[index] = self.cell(user);
            }
        }
        let ends = self.schedule.cfg.end(block) == node && self.graph.is(node, Op::Call);
        let exit = if ends { Some(self.edges(block).0) } else { None };
        self.code.calls.push(Call {
            callee: self.cell(operands[0]),
            args: operands[1..].iter().map(|&arg| (self.cell(arg), self.graph.ty(arg))).collect(),
            results,
            signature: site.signature,
            flags: site.flags,
            exit,
        });
        self.code.calls.len() as u64 - 1
    }

    fn switch(&mut self, block: Block, node: NodeId) -> u64 {
        let values = self.graph.switch_table(node).values.clone();
        let (first, _) = self.edges(block);
        let numbers = self.projection_numbers(block);
        let mut targets = Targets { cases: Vec::with_capacity(values.len()), default: None };
        for (edge, number) in (first..).zip(numbers) {
            match number {
                0 => targets.default = Some(edge),
                _ => targets.cases.push((values[number as usize - 1], edge)),
            }
        }
        targets.cases.sort_unstable();
        self.code.targets.push(targets);
        self.code.targets.len() as u64 - 1
    }

    fn indirect(&mut self, block: Block) -> u64 {
        let (first, _) = self.edges(block);
        let cases = self.projection_numbers(block).into_iter().zip(first..).collect();
        self.code.targets.push(Targets { cases, default: None });
        self.code.targets.len() as u64 - 1
    }

    /// The projection that each successor of the block starts with.
    fn projection_numbers(&self, block: Block) -> Vec<u64> {
        let cfg = &self.schedule.cfg;
        cfg.successors(block).iter().map(|&next| self.graph.payload(cfg.head(next))).collect()
    }

    /// Edges to all successors of the block: number of the first, and how many.
    fn edges(&mut self, block: Block) -> (u32, u32) {
        let first = self.code.edges.len() as u32;
        let count = self.schedule.cfg.successors(block).len();
        for i in 0..count {
            let next = self.schedule.cfg.successors(block)[i];
            self.edge(block, next);
        }
        (first, count as u32)
    }

    fn edge(&mut self, from: Block, to: Block) -> u32 {
        let edge = self.code.edges.len() as u32;
        self.code.edges.push(Edge { target: 0, steps: 0, moves: (0, 0), parallel: false });
        self.heads.push(to);
        self.last_edge[from.index()] = edge;
        edge
    }

    /// The moves into the phis of all regions.
    fn moves(&mut self) {
        let mut written = vec![u32::MAX; self.code.cells as usize];
        for block in self.schedule.cfg.blocks() {
            let head = self.schedule.cfg.head(block);
            if !matches!(self.graph.op(head), Op::Region | Op::Loop) {
                continue;
            }
            let phis: Vec<NodeId> = self.graph.phis(head).filter(|&phi| self.cell(phi) != NO_CELL).collect();
            for (way, control) in self.graph.inputs(head).enumerate() {
                let from = self.schedule.cfg.block_of(control);
                if from.is_some() {
                    self.moves_of_edge(self.last_edge[from.index()], &phis, way, &mut written);
                }
            }
        }
    }

    fn moves_of_edge(&mut self, edge: u32, phis: &[NodeId], way: usize, written: &mut [u32]) {
        let first = self.code.moves.len() as u32;
        let mut parallel = false;
        for &phi in phis {
            let (source, target) = (self.cell(self.graph.input(phi, way + 1)), self.cell(phi));
            if source == target || source == NO_CELL {
                continue;
            }
            for i in 0..cells_of(self.graph.ty(phi)) as u32 {
                parallel |= written[(source + i) as usize] == edge;
                written[(target + i) as usize] = edge;
                self.code.moves.push((source + i, target + i));
            }
        }
        let moves = (first, self.code.moves.len() as u32);
        let edge = &mut self.code.edges[edge as usize];
        (edge.moves, edge.parallel) = (moves, parallel);
    }

    fn finish(mut self) -> Code {
        self.moves();
        let ends = self.starts.iter().skip(1).copied().chain([self.code.instructions.len() as u32]);
        let lengths: Vec<u32> = self.starts.iter().zip(ends).map(|(start, end)| end - start).collect();
        self.code.entry_steps = lengths[0];
        for (edge, to) in self.code.edges.iter_mut().zip(&self.heads) {
            let moves = edge.moves.1 - edge.moves.0;
            (edge.target, edge.steps) = (self.starts[to.index()], lengths[to.index()] + moves + 1);
        }
        self.code
    }
}

fn constant_lanes(ty: Type, bits: u128, cells: &mut Vec<Cell>) {
    let width = ty.scalar().bits();
    for lane in 0..ty.lanes() {
        let value = (bits >> (lane * width)) & crate::eval::mask(width);
        cells.push(Cell::new(value as u64));
        if width > 64 {
            cells.push(Cell::new((value >> 64) as u64));
        }
    }
}
