//! From tiles to the machine graph, in the ideal order: each node is made after its inputs.

use super::graph::{FIRST_RESULT, MachineGraph, Row};
use super::{Kind, Operand, Selection, TileData, TileId, kind, split};
use crate::machine::OpInfo;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::Block;
use son_ir::ops::FIRST_MACHINE_OP;
use son_ir::{Graph, NewNode, NodeFlags, NodeId, Op, OpFlags, Type};

/// Makes the machine graph.
pub fn build(selection: Selection, ops: &'static [OpInfo]) -> MachineGraph {
    let nodes = selection.graph.len();
    let mut graph = Graph::new();
    *graph.tables_mut() = selection.graph.tables().clone();
    graph.hold();
    let mut builder = Builder {
        machine: MachineGraph {
            graph,
            rows: Vec::new(),
            constants: Default::default(),
            chains: Default::default(),
            ops,
        },
        values: vec![NodeId::NONE; nodes],
        replaced: FxHashMap::default(),
        shared: FxHashMap::default(),
        block: Block::ENTRY,
        selection,
    };
    builder.run();
    let Builder { mut machine, selection, .. } = builder;
    (machine.constants, machine.chains) = (selection.constants, selection.chains);
    machine.graph.release();
    machine
}

struct Builder<'a> {
    selection: Selection<'a>,
    machine: MachineGraph,
    /// The machine node that holds the value of an ideal node.
    values: Vec<NodeId>,
    /// Operands in place of inputs of nodes that stay ideal.
    replaced: FxHashMap<(NodeId, u32), Operand>,
    /// Leaves and partially dead nodes made already, by the node and where they can be used.
    shared: FxHashMap<(NodeId, u32), NodeId>,
    block: Block,
}

impl Builder<'_> {
    fn run(&mut self) {
        for &(node, index, operand) in &self.selection.replaced {
            self.replaced.insert((node, index), operand);
        }
        let schedule = self.selection.schedule;
        self.values[NodeId::START.index()] = NodeId::START;
        self.values[NodeId::STOP.index()] = NodeId::STOP;
        for block in schedule.cfg.blocks() {
            self.block = block;
            for &node in schedule.nodes(block) {
                self.node(node);
            }
        }
        for block in schedule.cfg.blocks() {
            self.merge(schedule.cfg.head(block));
        }
        let stop = self.selection.graph.inputs(NodeId::STOP);
        let exits: SmallVec<[NodeId; 8]> = stop.map(|exit| self.values[exit.index()]).filter(|v| v.is_some()).collect();
        for exit in exits {
            self.machine.graph.add_input(NodeId::STOP, exit);
        }
    }

    fn node(&mut self, node: NodeId) {
        let graph = self.selection.graph;
        self.machine.graph.set_origin(graph.origin(node));
        let op = graph.op(node);
        let tile = self.selection.tile_of[node.index()];
        if tile != TileId::NONE && tile != TileId::KEPT {
            if self.values[node.index()] == NodeId::NONE && !self.is_split(node) {
                self.covered(tile);
            }
            return;
        }
        match op {
            Op::Start => {}
            Op::Region | Op::Loop => self.copy(node, &[]),
            Op::Phi => {
                let region = self.values[graph.input(node, 0).index()];
                self.copy(node, &[region]);
            }
            _ if tile == TileId::NONE && matches!(kind(graph, node, op), Kind::Value | Kind::Leaf) => {}
            _ => {
                let inputs: SmallVec<[NodeId; 8]> =
                    (0..graph.num_inputs(node)).map(|index| self.kept_input(node, index)).collect();
                self.copy(node, &inputs);
            }
        }
    }

    fn copy(&mut self, node: NodeId, inputs: &[NodeId]) {
        let graph = self.selection.graph;
        let new = NewNode {
            op: graph.op_number(node),
            ty: graph.ty(node),
            flags: graph.flags(node),
            payload: graph.payload(node),
            inputs,
        };
        self.values[node.index()] = self.machine.graph.insert(&new);
    }

    /// An input of a node that stays ideal.
    fn kept_input(&mut self, node: NodeId, index: usize) -> NodeId {
        match self.replaced.get(&(node, index as u32)) {
            Some(&operand) => self.operand(operand),
            None => {
                let input = self.selection.graph.input(node, index);
                if index == 2 && self.selection.is(input, Op::SymbolAddr) {
                    // The callee of a direct call is a name, no value.
                    self.copy(input, &[]);
                    return std::mem::replace(&mut self.values[input.index()], NodeId::NONE);
                }
                self.operand(Operand::Fresh(input))
            }
        }
    }

    /// Adds the inputs of a region and of its phis.
    fn merge(&mut self, head: NodeId) {
        let graph = self.selection.graph;
        if !matches!(graph.op(head), Op::Region | Op::Loop) {
            return;
        }
        let region = self.values[head.index()];
        let phis: SmallVec<[NodeId; 8]> = graph.phis(head).filter(|phi| self.values[phi.index()].is_some()).collect();
        for (way, control) in graph.inputs(head).enumerate() {
            let from = self.selection.schedule.cfg.block_of(control);
            if !from.is_some() {
                continue;
            }
            self.machine.graph.add_input(region, self.values[control.index()]);
            self.block = from;
            for &phi in &phis {
                let value = self.operand(Operand::Fresh(graph.input(phi, way + 1)));
                self.machine.graph.add_input(self.values[phi.index()], value);
            }
        }
    }

    fn operand(&mut self, operand: Operand) -> NodeId {
        match operand {
            Operand::Inner(tile) => {
                let tile = self.selection.tiles[tile.0 as usize];
                self.instruction(&tile)
            }
            Operand::Value(node) | Operand::Fresh(node) => {
                let node = self.selection.strip(node);
                let value = self.values[node.index()];
                if value.is_some() {
                    return value;
                }
                if self.is_split(node) {
                    self.in_block(node)
                } else {
                    self.leaf(node, matches!(operand, Operand::Fresh(_)))
                }
            }
        }
    }

    /// Is the node computed in several blocks?
    fn is_split(&self, node: NodeId) -> bool {
        let tile = self.selection.tile_of[node.index()];
        tile != TileId::NONE
            && tile != TileId::KEPT
            && self.selection.split.contains_key(&node)
            && self.selection.tiles[tile.0 as usize].results[1] == NodeId::NONE
    }

    /// The value of a split node in this block.
    fn in_block(&mut self, node: NodeId) -> NodeId {
        let above = split::above(&self.selection.split[&node], self.selection.schedule, self.block);
        let key = (node, above.map_or(self.block.0, |block| block.0));
        if let Some(&made) = self.shared.get(&key) {
            return made;
        }
        let tile = self.selection.tiles[self.selection.tile_of[node.index()].0 as usize];
        let made = self.instruction(&tile);
        self.shared.insert(key, made);
        made
    }

    /// A constant or address. Those that are worth a register in a loop are shared by the whole nest of loops and
    /// placed outside of it, others by the block.
    fn leaf(&mut self, node: NodeId, fresh: bool) -> NodeId {
        debug_assert!(self.selection.op(node).is(OpFlags::CHEAP), "{node} {} has no value", self.selection.op(node));
        let isa = self.selection.isa;
        let tile = isa.leaf(&mut self.selection, node, fresh);
        let late = tile.late;
        let key = (node, self.region(late));
        if let Some(&made) = self.shared.get(&key).filter(|_| !(fresh && late)) {
            return made;
        }
        let id = self.selection.finish([NodeId::NONE; 2], false, tile);
        let tile = self.selection.tiles[id.0 as usize];
        let made = self.instruction(&tile);
        if !(fresh && late) {
            self.shared.insert(key, made);
        }
        made
    }

    /// Number of the part of the function that shares a leaf: the outermost loop, else the block.
    fn region(&self, late: bool) -> u32 {
        let loops = &self.selection.schedule.loops;
        let mut outermost = loops.innermost(self.block).filter(|_| !late);
        while let Some(outer) = outermost.and_then(|inner| loops.parent(inner)) {
            outermost = Some(outer);
        }
        match outermost {
            Some(outer) => outer.0 | 1 << 31,
            None => self.block.0,
        }
    }

    fn covered(&mut self, id: TileId) {
        let tile = self.selection.tiles[id.0 as usize];
        let made = self.instruction(&tile);
        if tile.results[1] == NodeId::NONE && (tile.ty != Type::TUPLE || tile.chain) {
            self.values[tile.results[0].index()] = made;
            return;
        }
        for (number, &result) in tile.results.iter().enumerate() {
            if result.is_some() {
                let ty = self.selection.ty(result);
                let proj = NewNode {
                    op: Op::Proj as u16,
                    ty,
                    flags: NodeFlags::NONE,
                    payload: u64::from(FIRST_RESULT) + number as u64,
                    inputs: &[made],
                };
                self.values[result.index()] = self.machine.graph.insert(&proj);
            }
        }
    }

    fn instruction(&mut self, tile: &TileData) -> NodeId {
        let mut inputs: SmallVec<[NodeId; 8]> = SmallVec::new();
        let graph = self.selection.graph;
        let memory = (tile.memory.is_some()).then(|| self.values[tile.memory.index()]);
        // Control at the entry means that the node may be anywhere.
        let anywhere = !tile.control.is_some()
            || (graph.is(tile.control, Op::Proj) && graph.input(tile.control, 0) == NodeId::START);
        let control = (tile.chain || !anywhere).then(|| self.values[tile.control.index()]);
        if tile.chain {
            inputs.extend(control);
            inputs.extend(memory);
        }
        for at in tile.operands.0..tile.operands.1 {
            let operand = self.selection.operands[at as usize];
            inputs.push(self.operand(operand));
        }
        if !tile.chain {
            inputs.extend(memory);
            inputs.extend(control);
        }
        let row = Row {
            inst: tile.inst,
            class: tile.class,
            chain: tile.chain,
            memory: memory.is_some(),
            control: !tile.chain && control.is_some(),
            late: tile.late,
        };
        self.machine.rows.push(row);
        self.machine.graph.insert(&NewNode {
            op: FIRST_MACHINE_OP + tile.inst.opcode.0,
            ty: tile.ty,
            flags: NodeFlags::NONE,
            payload: self.machine.rows.len() as u64 - 1,
            inputs: &inputs,
        })
    }
}
