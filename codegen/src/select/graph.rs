//! The machine graph: the same sea of nodes, with instructions of the target in place of ideal operations.
//!
//! Control, phis, merges of memory, calls and other things that become several instructions stay ideal nodes. A
//! machine node's op number is [`FIRST_MACHINE_OP`] plus its opcode, its payload a row of [`MachineGraph::rows`].
//! Inputs of a node in the chain of control: control, memory, then its registers; its projections are control,
//! memory, then its results. Inputs of any other: its registers, then memory and control if it takes them; if it has
//! more than one result, they are the projections from [`FIRST_RESULT`] on.

use crate::machine::{Chains, MachineInst, OpFlags, OpInfo, Opcode};
use crate::mir::Constant;
use rustc_hash::FxHashMap;
use son_ir::analysis::{Effects, Target};
use son_ir::ops::FIRST_MACHINE_OP;
use son_ir::{AliasClass, Graph, NodeId};

/// Number of the projection that is the first result: control and memory come before.
pub const FIRST_RESULT: u32 = 2;

/// What a machine node is besides its inputs.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The instruction.
    pub inst: MachineInst,
    /// The part of memory that it accesses.
    pub class: AliasClass,
    /// Is it part of the chain of control?
    pub chain: bool,
    /// Does it take memory?
    pub memory: bool,
    /// Does it take control without being part of its chain?
    pub control: bool,
    /// Is it to stay where it is used: cheap, or part of the branch that uses it?
    pub late: bool,
}

/// Constants in memory, each once.
#[derive(Clone, Debug, Default)]
pub struct Constants {
    list: Vec<Constant>,
    numbers: FxHashMap<Constant, u32>,
}

impl Constants {
    /// Number of the constant with these 4, 8 or 16 bytes.
    pub fn add(&mut self, bytes: &[u8]) -> u32 {
        let mut constant = Constant { bytes: [0; 16], size: bytes.len() as u8 };
        constant.bytes[..bytes.len()].copy_from_slice(bytes);
        *self.numbers.entry(constant).or_insert_with(|| {
            self.list.push(constant);
            self.list.len() as u32 - 1
        })
    }

    /// All constants by number.
    pub fn list(&self) -> &[Constant] {
        &self.list
    }
}

/// The graph of a function after selection.
pub struct MachineGraph {
    /// The nodes.
    pub graph: Graph,
    /// What the machine nodes are.
    pub rows: Vec<Row>,
    /// Constants in memory that they name.
    pub constants: Constants,
    /// Chains that they name.
    pub chains: Chains,
    /// The target's op table.
    pub ops: &'static [OpInfo],
}

impl MachineGraph {
    /// The row of a machine node.
    pub fn row(&self, node: NodeId) -> Option<&Row> {
        (self.graph.op_number(node) >= FIRST_MACHINE_OP).then(|| &self.rows[self.graph.payload(node) as usize])
    }

    /// The table row of an opcode.
    pub fn info(&self, opcode: Opcode) -> &'static OpInfo {
        &self.ops[opcode.0 as usize]
    }

    /// The inputs of a machine node that are registers.
    pub fn registers(&self, node: NodeId, row: &Row) -> impl Iterator<Item = NodeId> + '_ {
        let count = self.graph.num_inputs(node);
        let (skip, end) = match row.chain {
            true => (2, count),
            false => (0, count - row.memory as usize - row.control as usize),
        };
        self.graph.inputs(node).take(end).skip(skip)
    }
}

impl Target for MachineGraph {
    fn effects(&self, graph: &Graph, node: NodeId) -> Effects {
        let row = &self.rows[graph.payload(node) as usize];
        let flags = self.info(row.inst.opcode).flags;
        let count = graph.num_inputs(node) as u32;
        let (control, memory) = match row.chain {
            true => (Some(0), Some(1)),
            false => (row.control.then(|| count - 1), row.memory.then(|| count - 1 - row.control as u32)),
        };
        let writes = row.chain || flags.contains(OpFlags::WRITE);
        Effects {
            control,
            memory,
            reads: row.memory && (row.chain || flags.contains(OpFlags::READ)),
            writes,
            pinned: writes,
            class: row.class,
            cheap: row.late,
        }
    }
}
