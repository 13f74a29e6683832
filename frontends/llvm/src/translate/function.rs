//! A function: blocks in reverse post order, phis as variables, and what values the text's locals have.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::Block as Place;
use son_ir::builder::Block;
use son_ir::{BuildError, Function, FunctionBuilder, FunctionFlags, NodeId, Var};

use super::At;
use super::cfg::{FlowGraph, phis, terminator};
use super::context::Context;
use super::hints;
use super::intrinsics::Intrinsic;
use super::promote::{Promotion, called_symbol, symbol_of};
use super::signatures::function_flags;
use crate::Keyword;
use crate::ast::{BlockId, Body, Definition, Inst, InstKind, List, LocalId, MetadataKind, Operand, Value, ValueKind};
use crate::error::{ErrorKind, Fault, Result};
use crate::types::{TypeId, TypeTable};

/// What a local of the text is in the graph.
#[derive(Clone, Copy)]
pub(super) enum Local {
    /// Its instruction is not translated yet.
    Missing,
    Node(NodeId),
    /// The leaves of an aggregate: a run of `parts`.
    Parts(List),
    /// A stack slot that became a variable.
    Variable(Var),
    /// A phi whose block is not translated yet: the first of its variables.
    Phi(Var),
}

/// An input of a phi: what the variables from `var` on are at the end of a block.
struct Move {
    var: Var,
    value: Operand,
}

pub(super) struct Translator<'t, 'm, 'a> {
    pub(super) context: &'t mut Context<'m, 'a>,
    pub(super) types: &'t TypeTable<'a>,
    pub(super) body: &'t Body<'a>,
    pub(super) builder: FunctionBuilder,
    pub(super) flow: FlowGraph,
    pub(super) promotion: Promotion,
    /// By block of the text: the builder's.
    pub(super) blocks: Vec<Block>,
    /// By offset of a call of `assume`: the block for what follows it.
    pub(super) assumed: FxHashMap<u32, Block>,
    /// By block of the text: its number among the indirect targets.
    pub(super) indirect: Vec<Option<u32>>,
    locals: Vec<Local>,
    /// By local: the place of the block that defines it.
    homes: Vec<Place>,
    /// The place of the block at hand.
    place: Place,
    parts: Vec<NodeId>,
    /// Where the instruction at hand is, for faults.
    pub(super) offset: u32,
}

/// Translates the function with this index, whose body is parsed.
pub(super) fn translate<'a>(
    context: &mut Context<'_, 'a>,
    types: &TypeTable<'a>,
    body: &Body<'a>,
    index: usize,
) -> Result<Function> {
    let function = &context.ast.functions[index];
    let id = context.function_signature(index)?;
    let symbol = context.symbol(function.symbol, function.offset)?;
    let mut builder = FunctionBuilder::for_symbol(symbol, id, context.module.signature(id));
    let result = context.ast.attributes[function.ret_attributes.index()].set;
    builder.add_flags(function_flags(function, result));
    if let Some(number) = function.debug {
        builder.begins_at(context.hints.beginning(&mut context.module, &context.ast.metadata, number));
    }
    builder.add_flags(context.protection);
    let promotion = Promotion::new(types, body, |inst| ignores_arguments(context, body, inst));
    let mut translator = Translator {
        flow: FlowGraph::new(body),
        promotion,
        blocks: vec![builder.current(); body.blocks.len()],
        assumed: Default::default(),
        indirect: vec![None; body.blocks.len()],
        locals: vec![Local::Missing; body.locals.list.len()],
        homes: vec![Place::ENTRY; body.locals.list.len()],
        place: Place::ENTRY,
        parts: Vec::new(),
        offset: function.offset,
        context,
        types,
        body,
        builder,
    };
    translator.find_indirect_targets(index)?;
    translator.define_params(index)?;
    translator.run()?;
    let offset = function.offset;
    translator.builder.finish().map_err(|error| mistake(offset, &error))
}

fn mistake(offset: u32, error: &BuildError) -> Box<Fault> {
    match error {
        BuildError::UndefinedVariable { .. } => {
            Fault::invalid(offset, "a phi of this function has no value for one of its predecessors")
        }
        other => Fault::invalid(offset, other.to_string()),
    }
}

/// Whether the instruction is a call that only marks its arguments.
fn ignores_arguments(context: &Context<'_, '_>, body: &Body<'_>, inst: &Inst) -> bool {
    let intrinsic = called_symbol(body, inst).and_then(|symbol| context.intrinsic_of(symbol));
    matches!(intrinsic, Some(Intrinsic::Ignore))
}

impl<'a> Translator<'_, '_, 'a> {
    fn run(&mut self) -> Result<()> {
        let mut ways_in = std::mem::take(&mut self.flow.ways_in);
        let order = std::mem::take(&mut self.flow.order);
        if ways_in[order[0].index()] > 0 {
            return Err(Fault::invalid(self.offset, "a branch goes to the entry block"));
        }
        self.prepare(&order);
        let moves = self.prepare_phis(&order)?;
        for &block in &order {
            if self.blocks[block.index()] != self.builder.current() {
                self.builder.enter(self.blocks[block.index()]);
            }
            self.place = self.flow.place(block);
            self.define_phis(block)?;
            self.instructions(block, &moves)?;
            for &target in self.flow.successors(block) {
                ways_in[target.index()] -= 1;
                if ways_in[target.index()] == 0 {
                    self.builder.seal(self.blocks[target.index()]);
                }
            }
        }
        Ok(())
    }

    /// Makes the builder's blocks and tells it the flow graph, if that has loops.
    fn prepare(&mut self, order: &[BlockId]) {
        for &block in &order[1..] {
            self.blocks[block.index()] = self.builder.create_block();
        }
        if self.calls_what_returns_twice() {
            // What such a function changes between the two returns must stay in memory.
            self.promotion.drop_all();
        }
        let mut edges = Vec::new();
        let mut progress = true;
        for &block in order {
            let mut end = self.blocks[block.index()];
            if self.context.has_assumptions {
                end = self.prepare_assumptions(block, end, &mut edges);
            }
            if self.flow.has_loops {
                for &target in self.flow.successors(block) {
                    edges.push((end, self.blocks[target.index()]));
                    progress &= !self.flow.goes_back(block, target) || self.progresses(block);
                }
            }
        }
        if !self.flow.is_reducible {
            self.builder.plan_edges(&edges);
        }
        if self.flow.has_loops && progress {
            self.builder.add_flags(FunctionFlags::MUST_PROGRESS);
        }
    }

    /// Whether the loop that the block closes is known to end.
    fn progresses(&self, block: BlockId) -> bool {
        let end = terminator(self.body, block);
        let number = end.and_then(|inst| self.body.attachment(inst, MetadataKind::Loop));
        number.is_some_and(|number| hints::must_progress(&self.context.ast.metadata, number))
    }

    /// A block for what follows each assumption of `block`, which goes on at `end`; the last of them.
    fn prepare_assumptions(&mut self, block: BlockId, mut end: Block, edges: &mut Vec<(Block, Block)>) -> Block {
        for inst in &self.body.insts[self.body.blocks[block.index()].insts.range()] {
            if self.intrinsic(inst) == Some(Intrinsic::Assume) {
                let next = self.builder.create_block();
                self.assumed.insert(inst.offset, next);
                edges.push((end, next));
                end = next;
            }
        }
        end
    }

    fn calls_what_returns_twice(&self) -> bool {
        let twice = |set: crate::ast::AttributeSet| set.contains(Keyword::ReturnsTwice);
        self.body.calls.iter().any(|call| {
            let callee = symbol_of(self.body, call.callee).and_then(|s| self.context.function_of(s));
            twice(call.attributes.set) || callee.is_some_and(|f| twice(self.context.ast.functions[f].attributes.set))
        })
    }

    /// The intrinsic that the instruction calls.
    pub(super) fn intrinsic(&self, inst: &Inst) -> Option<Intrinsic> {
        self.context.intrinsic_of(called_symbol(self.body, inst)?)
    }

    /// Numbers the blocks whose address is taken.
    fn find_indirect_targets(&mut self, index: usize) -> Result<()> {
        let symbol = self.context.ast.functions[index].symbol;
        for address in &self.body.constants.block_addresses {
            if address.function != symbol {
                return Err(Fault::unsupported(address.offset, "address of a block of another function"));
            }
            self.context.take_block(symbol, &address.block);
        }
        let Some(taken) = self.context.taken_blocks.get_mut(&symbol) else { return Ok(()) };
        for (name, &number) in &taken.numbers {
            match self.body.locals.get(name).map(|local| local.definition) {
                Some(Definition::Block(block)) => self.indirect[block.index()] = Some(number),
                _ => {
                    let message = format!("an address is taken of block {name:?}, which does not exist");
                    return Err(Fault::invalid(self.offset, message));
                }
            }
        }
        let ends = self.flow.order.iter().filter_map(|&block| terminator(self.body, block));
        for inst in ends {
            if let InstKind::IndirectBr { targets, .. } = inst.kind {
                let targets = &self.body.targets[targets.range()];
                taken.targets.extend(targets.iter().filter_map(|target| self.indirect[target.index()]));
            }
        }
        self.builder.set_indirect_targets(taken.numbers.len() as u32);
        Ok(())
    }

    fn define_params(&mut self, index: usize) -> Result<()> {
        let ast = self.context.ast;
        let params = ast.functions[index].params.range();
        let mut next = 0;
        for (position, param) in ast.params[params].iter().enumerate() {
            let count = self.context.lowering.count(self.types, param.ty).at(param.offset)?;
            let nodes: SmallVec<[NodeId; 4]> = (next..next + count).map(|index| self.builder.param(index)).collect();
            next += count;
            if let [node] = nodes[..] {
                self.assume_attributes(node, &ast.attributes[param.attributes.index()]);
            }
            // Parameters are the first locals of a body, in order.
            self.set_parts(LocalId(position as u32), param.ty, &nodes)?;
        }
        Ok(())
    }

    /// A variable for each leaf of each phi, and what they are at the ends of blocks, by block.
    fn prepare_phis(&mut self, order: &[BlockId]) -> Result<Vec<Vec<Move>>> {
        let mut moves: Vec<Vec<Move>> = Vec::new();
        for &block in order {
            for inst in phis(self.body, block) {
                let (InstKind::Phi { ty, inputs, .. }, Some(result)) = (inst.kind, inst.result) else {
                    continue;
                };
                let parts = self.context.lowering.parts(self.types, ty).at(inst.offset)?;
                let vars: SmallVec<[Var; 4]> = parts.iter().map(|leaf| self.builder.declare(leaf.ty)).collect();
                let Some(&var) = vars.first() else { continue };
                self.locals[result.index()] = Local::Phi(var);
                moves.resize_with(self.body.blocks.len(), Vec::new);
                for edge in &self.body.edges[inputs.range()] {
                    let value = Operand { ty, value: edge.value };
                    moves[edge.block.index()].push(Move { var, value });
                }
            }
        }
        Ok(moves)
    }

    fn define_phis(&mut self, block: BlockId) -> Result<()> {
        for inst in phis(self.body, block) {
            let (InstKind::Phi { ty, .. }, Some(result)) = (inst.kind, inst.result) else { continue };
            self.offset = inst.offset;
            self.set_origin(inst);
            let Local::Phi(Var(first)) = self.locals[result.index()] else { continue };
            let count = self.context.lowering.count(self.types, ty).at(inst.offset)?;
            let mut nodes: SmallVec<[NodeId; 4]> = SmallVec::new();
            for var in first..first + count as u32 {
                let value = self.builder.get(Var(var));
                nodes.push(value.map_err(|error| mistake(inst.offset, &error))?);
            }
            self.set_parts(result, ty, &nodes)?;
        }
        Ok(())
    }

    fn instructions(&mut self, block: BlockId, moves: &[Vec<Move>]) -> Result<()> {
        let moves = moves.get(block.index()).map_or(&[][..], |moves| moves);
        let range = self.body.blocks[block.index()].insts.range();
        for inst in &self.body.insts[range] {
            self.offset = inst.offset;
            self.set_origin(inst);
            match inst.kind {
                InstKind::Phi { .. } => {}
                kind if kind.is_terminator() => {
                    self.make_moves(moves)?;
                    self.terminator(inst)?;
                }
                _ => self.instruction(inst)?,
            }
            if !self.builder.is_open() {
                // What follows a trap is not reached.
                break;
            }
        }
        Ok(())
    }

    fn make_moves(&mut self, moves: &[Move]) -> Result<()> {
        for Move { var: Var(first), value, .. } in moves {
            for (index, &node) in self.parts(*value)?.iter().enumerate() {
                self.builder.def(Var(first + index as u32), node);
            }
        }
        Ok(())
    }

    fn set_origin(&mut self, inst: &Inst) {
        if let Some(number) = inst.debug {
            let Context { hints, module, ast, .. } = &mut *self.context;
            let origin = hints.location(module, &ast.metadata, number);
            self.builder.set_origin(origin);
        }
    }

    // ---- Values ----

    /// The node of a scalar.
    #[inline]
    pub(super) fn scalar(&mut self, operand: Operand) -> Result<NodeId> {
        match operand.value.kind() {
            ValueKind::Constant(id) => self.scalar_constant(operand.ty, id),
            ValueKind::Local(local) => match self.locals[local.index()] {
                Local::Node(node) if self.reaches(local) => Ok(node),
                other => self.other_local(other, operand.ty),
            },
        }
    }

    /// Whether the definition of a local dominates the place at hand.
    #[inline]
    fn reaches(&self, local: LocalId) -> bool {
        let home = self.homes[local.index()];
        home == self.place || self.flow.dominators.dominates(home, self.place)
    }

    #[inline]
    pub(super) fn scalar_of(&mut self, ty: TypeId, value: Value) -> Result<NodeId> {
        self.scalar(Operand { ty, value })
    }

    #[cold]
    fn other_local(&self, local: Local, ty: TypeId) -> Result<NodeId> {
        match local {
            Local::Parts(_) => Err(self.unsupported(format!("type '{}' here", self.types.display(ty)))),
            _ => Err(Fault::invalid(self.offset, "a value is used where its definition does not reach")),
        }
    }

    /// The nodes of a value's leaves.
    pub(super) fn parts(&mut self, operand: Operand) -> Result<SmallVec<[NodeId; 4]>> {
        match operand.value.kind() {
            ValueKind::Constant(id) => self.constant_parts(operand.ty, id),
            ValueKind::Local(local) => match self.locals[local.index()] {
                Local::Node(_) => Ok(SmallVec::from_slice(&[self.scalar(operand)?])),
                Local::Parts(list) if self.reaches(local) => Ok(SmallVec::from_slice(&self.parts[list.range()])),
                other => self.other_local(other, operand.ty).map(|node| SmallVec::from_slice(&[node])),
            },
        }
    }

    /// The variable that the address of a slot became.
    #[inline]
    pub(super) fn variable(&self, pointer: Value) -> Option<Var> {
        let ValueKind::Local(local) = pointer.kind() else { return None };
        match self.locals[local.index()] {
            Local::Variable(var) => Some(var),
            _ => None,
        }
    }

    /// Gives the instruction's result its node.
    #[inline]
    pub(super) fn set(&mut self, inst: &Inst, node: NodeId) {
        if let Some(result) = inst.result {
            self.locals[result.index()] = Local::Node(node);
            self.homes[result.index()] = self.place;
        }
    }

    /// Gives the instruction's result, of type `ty`, the nodes of its leaves.
    pub(super) fn set_result(&mut self, inst: &Inst, ty: TypeId, nodes: &[NodeId]) -> Result<()> {
        match inst.result {
            Some(result) => self.set_parts(result, ty, nodes),
            None => Ok(()),
        }
    }

    pub(super) fn set_variable(&mut self, inst: &Inst, var: Var) {
        if let Some(result) = inst.result {
            self.locals[result.index()] = Local::Variable(var);
            self.homes[result.index()] = self.place;
        }
    }

    /// Gives a local of type `ty` the nodes of its leaves.
    pub(super) fn set_parts(&mut self, local: LocalId, ty: TypeId, nodes: &[NodeId]) -> Result<()> {
        let lowered = self.context.lowering.lower(self.types, ty).at(self.offset)?;
        self.homes[local.index()] = self.place;
        self.locals[local.index()] = match (lowered, nodes) {
            (super::types::Lowered::Scalar(_), [node]) => Local::Node(*node),
            _ => {
                let start = self.parts.len();
                self.parts.extend_from_slice(nodes);
                Local::Parts(List::new(start, self.parts.len()))
            }
        };
        Ok(())
    }

    /// A fault at the instruction at hand.
    #[cold]
    pub(super) fn unsupported(&self, what: impl Into<std::borrow::Cow<'static, str>>) -> Box<Fault> {
        Fault::unsupported(self.offset, what)
    }

    #[cold]
    pub(super) fn fault(&self, kind: ErrorKind) -> Box<Fault> {
        Fault::new(self.offset, kind)
    }
}
