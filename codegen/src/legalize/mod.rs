//! Legalization: from what the graph may say to what targets have instructions for.
//!
//! Integers of odd widths are kept in the next of 8, 16, 32 and 64 bits; the bits above their width are anything, and
//! are made what they should be only where an op looks at them. Wider integers become two words. Ops that look at the upper bits of narrow integers are
//! done at 32 bits. Divisions by constants become multiplications, sparse switches become trees of branches, short
//! block operations become loads and stores, and what no target does in an instruction becomes what it does.
//!
//! One walk over the nodes, inputs first. An old node stays as it is, so that its users can see the type that it has
//! in the program; what stands for it is on record, and users that need no change themselves are given it as input.
//! Phis of loops get what comes around at the end. Linear.
//!
//! What remains for selection: integer types `i1 i8 i16 i32 i64`, `i1` with logic, `select`, extensions, and as a
//! condition only; `i8` and `i16` with ops that do not look above their width, and compares; block operations that are
//! long; comparisons and swaps of two words; float ops without an instruction, which are calls of the C library.

mod atomic;
mod bits;
mod block;
mod divide;
mod narrow;
mod ordered;
mod switch;
mod wide;

use crate::lower::LowerError;
use rustc_hash::FxHashMap;
use son_ir::{Function, Graph, Inputs, NewNode, NodeFlags, NodeId, Op, Type};

/// What the target's instructions can do beyond the common set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Capabilities {
    /// Counts ones.
    pub count_ones: bool,
    /// Has 16-byte loads and stores of any alignment.
    pub moves_16_bytes: bool,
    /// Compares and swaps 16 bytes at once.
    pub swaps_16_bytes: bool,
    /// Reverses the bits of a word.
    pub reverses_bits: bool,
}

/// Brings the function into legal form. `fast` leaves out what only makes code faster.
///
/// # Errors
/// An op on integers of more than 64 bits that nothing stands for.
pub fn legalize(function: &mut Function, capabilities: &Capabilities, fast: bool) -> Result<(), LowerError> {
    let graph = &mut function.graph;
    graph.hold();
    let saved = graph.current_origin();
    let order = graph.post_order();
    let new_of = vec![NodeId::NONE; graph.len()];
    let has_wide = order.iter().any(|&node| wide::is_wide(graph.ty(node)));
    let mut legalizer = Legalizer {
        graph,
        new_of,
        has_wide,
        high_of: FxHashMap::default(),
        refused: None,
        phis: Vec::new(),
        high_phis: Vec::new(),
        switch_types: FxHashMap::default(),
        capabilities: *capabilities,
        fast,
    };
    for &node in &order {
        if legalizer.graph.is_live(node) {
            legalizer.graph.set_origin(legalizer.graph.origin(node));
            legalizer.visit(node);
        }
    }
    legalizer.close_loops(&order);
    let refused = legalizer.refused;
    graph.set_origin(saved);
    graph.release();
    refused.map_or(Ok(()), Err)
}

/// The graph while it is legalized.
struct Legalizer<'a> {
    graph: &'a mut Graph,
    /// What stands for each old node; none if it is itself.
    new_of: Vec<NodeId>,
    /// Is there an integer of more than 64 bits?
    has_wide: bool,
    /// What stands for the high words of such integers; for the low ones, `new_of`.
    high_of: FxHashMap<NodeId, NodeId>,
    /// The first op that nothing stands for.
    refused: Option<LowerError>,
    /// Old phis of more than 64 bits, and the new ones of their high words.
    high_phis: Vec<(NodeId, NodeId)>,
    /// Old phis that were made anew, and the new ones.
    phis: Vec<(NodeId, NodeId)>,
    /// Types of operands of switches on odd integers.
    switch_types: FxHashMap<NodeId, Type>,
    capabilities: Capabilities,
    fast: bool,
}

/// The type that an integer type is kept in.
fn container(ty: Type) -> Type {
    match ty.bits() {
        _ if !ty.is_int() => ty,
        1 => Type::I1,
        2..=8 => Type::I8,
        9..=16 => Type::I16,
        17..=32 => Type::I32,
        33..=64 => Type::I64,
        _ => ty,
    }
}

impl Legalizer<'_> {
    fn visit(&mut self, node: NodeId) {
        if self.new_of[node.index()].is_some() {
            return;
        }
        let op = self.graph.op(node);
        if self.has_wide && self.atomic_words(node, op) {
            return;
        }
        if matches!(op, Op::LoadOrdered | Op::StoreOrdered) && self.split_ordered(node, op) {
            return;
        }
        if matches!(op, Op::LoadOrdered | Op::StoreOrdered | Op::AtomicRmw) && self.ordered_float(node, op) {
            return;
        }
        if self.has_wide && self.touches_wide(node) {
            return self.wide(node, op);
        }
        let new = match op {
            Op::Switch => {
                self.note_switch(node);
                self.keep(node);
                return self.switch(node);
            }
            Op::MemCopy | Op::MemMove | Op::MemSet => self.block_operation(node, op),
            Op::Phi => self.phi(node),
            Op::Load => self.load(node),
            Op::Store => self.store(node),
            _ => self.value(node, op),
        };
        match new {
            Some(new) => self.new_of[node.index()] = new,
            None => self.keep(node),
        }
    }

    /// The node stays, with what stands for its inputs.
    fn keep(&mut self, node: NodeId) {
        for index in 0..self.graph.num_inputs(node) {
            if self.graph.is_back_edge(node, index) {
                continue;
            }
            let new = self.legal(self.graph.input(node, index));
            self.graph.set_input(node, index, new);
        }
    }

    /// What stands for an old node.
    fn legal(&self, old: NodeId) -> NodeId {
        match self.new_of.get(old.index()) {
            Some(&new) if new.is_some() => new,
            _ => old,
        }
    }

    fn value(&mut self, node: NodeId, op: Op) -> Option<NodeId> {
        let operand = self.operand_type(node, op);
        if operand == Type::I1
            && let Some(new) = self.boolean(node, op)
        {
            return Some(new);
        }
        let odd = |ty: Type| ty.is_int() && container(ty) != ty;
        if odd(operand) || odd(self.graph.ty(node)) || (is_narrow(operand) && looks_up(op)) {
            return self.narrow(node, op, operand);
        }
        self.expand(node, op, operand)
    }

    /// The type whose bits the op looks at: that of its last input, or of its result if it has no data input.
    fn operand_type(&self, node: NodeId, op: Op) -> Type {
        match op {
            Op::Call | Op::TailCall | Op::Return | Op::Proj => self.graph.ty(node),
            _ => self.graph.inputs(node).next_back().map_or(self.graph.ty(node), |input| self.graph.ty(input)),
        }
    }

    /// Phis of odd integers are made anew; what comes around a loop follows at the end.
    fn phi(&mut self, node: NodeId) -> Option<NodeId> {
        let ty = self.graph.ty(node);
        if container(ty) == ty {
            return None;
        }
        let inputs: Inputs = (0..self.graph.num_inputs(node))
            .map(|index| {
                self.legal(self.graph.input(node, if self.graph.is_back_edge(node, index) { 1 } else { index }))
            })
            .collect();
        let phi = self.graph.raw(Op::Phi, container(ty), self.graph.payload(node), &inputs);
        self.phis.push((node, phi));
        Some(phi)
    }

    /// Gives loops and their phis what stands for what comes around.
    fn close_loops(&mut self, order: &[NodeId]) {
        for (old, phi) in std::mem::take(&mut self.phis) {
            if self.graph.is_back_edge(old, 2) {
                let around = self.legal(self.graph.input(old, 2));
                self.graph.set_input(phi, 2, around);
            }
        }
        for (old, phi) in std::mem::take(&mut self.high_phis) {
            if self.graph.is_back_edge(old, 2) {
                let around = self.words(self.graph.input(old, 2)).high;
                self.graph.set_input(phi, 2, around);
            }
        }
        for &node in order {
            let last = match self.graph.is_live(node).then(|| self.graph.op(node)) {
                Some(Op::Loop) => 1,
                Some(Op::Phi) if self.graph.is_back_edge(node, 2) => 2,
                _ => continue,
            };
            let around = self.legal(self.graph.input(node, last));
            if self.graph.ty(around) == self.graph.ty(node) {
                self.graph.set_input(node, last, around);
            }
        }
    }

    // ---- Short names for making nodes ----

    /// What stands for the inputs of an old node, without control.
    fn operands(&self, node: NodeId) -> Inputs {
        let skipped = usize::from(self.graph.op(node).takes_control());
        self.graph.inputs(node).skip(skipped).map(|input| self.legal(input)).collect()
    }

    /// Not simplified: the rewrite rules would undo what legalization does.
    fn op(&mut self, op: Op, ty: Type, inputs: &[NodeId]) -> NodeId {
        self.graph.share(&NewNode { op: op as u16, ty, flags: NodeFlags::NONE, payload: 0, inputs })
    }

    fn constant(&mut self, ty: Type, value: u64) -> NodeId {
        self.graph.iconst(ty, value)
    }

    fn compare(&mut self, op: Op, a: NodeId, b: NodeId) -> NodeId {
        self.op(op, Type::I1, &[a, b])
    }

    fn shift(&mut self, op: Op, value: NodeId, amount: u32) -> NodeId {
        let ty = self.graph.ty(value);
        let amount = self.constant(ty, u64::from(amount));
        self.op(op, ty, &[value, amount])
    }
}

fn is_narrow(ty: Type) -> bool {
    ty == Type::I8 || ty == Type::I16
}

/// Does the op's result depend on bits above the width of its operands, when it is done on more bits?
fn looks_up(op: Op) -> bool {
    use Op::*;
    matches!(
        op,
        SDiv | UDiv
            | SRem
            | URem
            | LShr
            | AShr
            | Fshl
            | Fshr
            | SMulHigh
            | UMulHigh
            | SMin
            | SMax
            | UMin
            | UMax
            | Abs
            | Ctpop
            | Ctlz
            | Cttz
            | Bswap
            | Bitreverse
            | SAddOverflow
            | UAddOverflow
            | SSubOverflow
            | USubOverflow
            | SMulOverflow
            | UMulOverflow
            | SToF
            | UToF
    )
}
