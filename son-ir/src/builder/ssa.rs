//! Variables to phis while the code is built.
//!
//! Braun et al., "Simple and Efficient Construction of Static Single Assignment Form" (CC 2013), without
//! recursion: blocks that need a phi are kept on a worklist, and phis that turn out trivial are replaced when
//! it is empty.

use super::{Block, BlockData, BuildError, FunctionBuilder, MEMORY, Stage, Var};
use crate::graph::NodeId;
use crate::ops::Op;
use crate::types::Type;
use smallvec::SmallVec;

/// Phis of one lookup whose inputs are still to be found, or that are to be checked for being trivial.
#[derive(Default)]
struct Lookup {
    empty: Vec<(Block, NodeId)>,
    made: Vec<NodeId>,
    undefined: Option<Block>,
}

impl FunctionBuilder {
    /// A new variable of this type.
    pub fn declare(&mut self, ty: Type) -> Var {
        self.variables.push(ty);
        Var(self.variables.len() as u32 - 1)
    }

    /// Number of variables declared, memory included.
    pub fn num_variables(&self) -> usize {
        self.variables.len()
    }

    /// Type of a variable.
    pub fn variable_type(&self, var: Var) -> Type {
        self.variables[var.0 as usize]
    }

    /// Gives the variable a value from here on.
    pub fn def(&mut self, var: Var, value: NodeId) {
        self.definitions.insert((self.current, var), value);
    }

    /// Gives the variable a value from the end of `block` on; the block must be filled or open.
    pub fn def_at_end(&mut self, block: Block, var: Var, value: NodeId) {
        self.definitions.insert((block, var), value);
    }

    /// The variable's value here.
    ///
    /// # Errors
    /// A path that is known by now gives the variable no value. For paths that are known only when a block is
    /// sealed, [`FunctionBuilder::finish`] returns the error.
    pub fn get(&mut self, var: Var) -> Result<NodeId, BuildError> {
        self.get_at(self.current, var)
    }

    /// The variable's value here; on paths that give it none any one value (`freeze` of poison), as C programs
    /// expect that read words which are partly initialized.
    pub fn get_or_unspecified(&mut self, var: Var) -> NodeId {
        self.tolerant.insert(var);
        let mut lookup = Lookup::default();
        self.look_up(self.current, var, &mut lookup)
    }

    fn get_at(&mut self, block: Block, var: Var) -> Result<NodeId, BuildError> {
        let mut lookup = Lookup::default();
        let value = self.look_up(block, var, &mut lookup);
        match lookup.undefined {
            Some(block) if var != MEMORY => Err(BuildError::UndefinedVariable { var, block }),
            _ => Ok(value),
        }
    }

    pub(super) fn memory_at_end(&mut self, block: Block) -> NodeId {
        let mut lookup = Lookup::default();
        self.look_up(block, MEMORY, &mut lookup)
    }

    fn look_up(&mut self, block: Block, var: Var, lookup: &mut Lookup) -> NodeId {
        let value = self.find(block, var, lookup);
        while let Some((block, phi)) = lookup.empty.pop() {
            self.fill_phi(block, var, phi, lookup);
        }
        let made = std::mem::take(&mut lookup.made);
        self.remove_trivial(made);
        self.resolve(value)
    }

    /// The value at the end of `block`, possibly a phi whose inputs are not filled in yet.
    fn find(&mut self, block: Block, var: Var, lookup: &mut Lookup) -> NodeId {
        let mut passed: SmallVec<[Block; 8]> = SmallVec::new();
        let mut at = block;
        let value = loop {
            if let Some(&value) = self.definitions.get(&(at, var)) {
                break self.resolve(value);
            }
            let data = &self.blocks[at.index()];
            if !data.sealed {
                let phi = self.empty_phi(at, var);
                self.blocks[at.index()].incomplete.push((var, phi));
                break phi;
            }
            match data.predecessors.len() {
                0 => {
                    // What no path from the entry leads to needs no value.
                    if at == Block(0) {
                        lookup.undefined.get_or_insert(at);
                    }
                    let ty = self.variable_type(var);
                    break self.unspecified(ty);
                }
                1 => {
                    passed.push(at);
                    at = data.predecessors[0].0;
                }
                _ => {
                    let phi = self.empty_phi(at, var);
                    lookup.empty.push((at, phi));
                    lookup.made.push(phi);
                    break phi;
                }
            }
        };
        for block in passed {
            self.definitions.insert((block, var), value);
        }
        value
    }

    /// Any one value, a new one each time.
    pub fn unspecified(&mut self, ty: Type) -> NodeId {
        let poison = self.graph.poison(ty);
        if ty == Type::MEM { poison } else { self.graph.raw(Op::Freeze, ty, 0, &[poison]) }
    }

    fn empty_phi(&mut self, block: Block, var: Var) -> NodeId {
        let region = self.region(block);
        let phi = self.graph.raw(Op::Phi, self.variable_type(var), 0, &[region]);
        self.definitions.entry((block, var)).or_insert(phi);
        phi
    }

    fn fill_phi(&mut self, block: Block, var: Var, phi: NodeId, lookup: &mut Lookup) {
        for i in 0..self.blocks[block.index()].predecessors.len() {
            let before = self.blocks[block.index()].predecessors[i].0;
            let value = self.find(before, var, lookup);
            self.graph.add_input(phi, value);
        }
    }

    /// Replaces phis that merge one value only, and those that become trivial thereby.
    pub(super) fn remove_trivial(&mut self, mut worklist: Vec<NodeId>) {
        while let Some(phi) = worklist.pop() {
            if !self.graph.is_live(phi) || self.is_incomplete(phi) {
                continue;
            }
            let Some(value) = self.only_value(phi) else { continue };
            let graph = &self.graph;
            worklist.extend(graph.users(phi).filter(|&user| user != phi && graph.is(user, Op::Phi)));
            let value = if value.is_some() { value } else { self.graph.poison(self.graph.ty(phi)) };
            self.graph.replace(phi, value);
            self.graph.kill(phi);
            self.forwarded.insert(phi, value);
        }
    }

    /// The one value that the phi merges, if it is one: none at all gives the placeholder.
    fn only_value(&self, phi: NodeId) -> Option<NodeId> {
        let mut only = NodeId::NONE;
        for value in self.graph.inputs(phi).skip(1) {
            if value != phi && value != only {
                if only.is_some() {
                    return None;
                }
                only = value;
            }
        }
        Some(only)
    }

    /// Does the phi still wait for inputs?
    fn is_incomplete(&self, phi: NodeId) -> bool {
        let ways = self.graph.num_inputs(self.graph.input(phi, 0));
        ways == 0 || self.graph.num_inputs(phi) != ways + 1
    }

    /// What a value has become: phis that turned out to merge one value only are replaced by it.
    pub fn resolve(&mut self, mut value: NodeId) -> NodeId {
        if self.graph.is_live(value) {
            return value;
        }
        let first = value;
        while let Some(&next) = self.forwarded.get(&value) {
            value = next;
        }
        self.forwarded.insert(first, value);
        value
    }

    /// The region at the block's head, made if need be.
    fn region(&mut self, block: Block) -> NodeId {
        let data = &self.blocks[block.index()];
        if data.head.is_some() {
            return data.head;
        }
        let inputs: SmallVec<[NodeId; 4]> = data.predecessors.iter().map(|way| way.1).collect();
        let region = self.graph.raw(Op::Region, Type::CTRL, 0, &inputs);
        self.blocks[block.index()].head = region;
        region
    }

    /// Control at the head of a block that is entered now.
    pub(super) fn head_control(&mut self, block: Block) -> NodeId {
        let BlockData { sealed, head, predecessors, .. } = &self.blocks[block.index()];
        if head.is_some() || !*sealed || predecessors.len() != 1 {
            return self.region(block);
        }
        let control = predecessors[0].1;
        self.blocks[block.index()].head = control;
        control
    }

    /// One more way from the current block into `target`.
    pub(super) fn add_edge(&mut self, target: Block, control: NodeId) {
        let from = self.current;
        match self.plan.redirected(from, target) {
            Some((dispatch, selector, number)) => {
                let ty = self.variable_type(selector);
                let value = self.graph.iconst(ty, u64::from(number));
                self.split_edge(from, dispatch, selector, value, control);
            }
            None => self.add_plain_edge(from, target, control),
        }
    }

    /// Goes to `dispatch` through a block of its own that sets the selector.
    fn split_edge(&mut self, from: Block, dispatch: Block, selector: Var, value: NodeId, control: NodeId) {
        let middle = self.create_block();
        self.add_plain_edge(from, middle, control);
        let data = &mut self.blocks[middle.index()];
        (data.sealed, data.stage, data.head) = (true, Stage::Filled, control);
        self.definitions.insert((middle, selector), value);
        self.add_plain_edge(middle, dispatch, control);
    }

    pub(super) fn add_plain_edge(&mut self, from: Block, target: Block, control: NodeId) {
        let data = &mut self.blocks[target.index()];
        assert!(!data.sealed, "block {} is sealed", target.0);
        data.predecessors.push((from, control));
        if data.head.is_some() {
            let head = data.head;
            self.graph.add_input(head, control);
        }
    }

    /// No more jumps to the block will come.
    pub fn seal(&mut self, block: Block) {
        if self.plan.is_entry(block) && !self.dispatched {
            return;
        }
        let data = &mut self.blocks[block.index()];
        if std::mem::replace(&mut data.sealed, true) {
            return;
        }
        let incomplete = std::mem::take(&mut data.incomplete);
        for &(var, phi) in &incomplete {
            let mut lookup = Lookup::default();
            self.fill_phi(block, var, phi, &mut lookup);
            while let Some((block, phi)) = lookup.empty.pop() {
                self.fill_phi(block, var, phi, &mut lookup);
            }
            if let Some(block) = lookup.undefined.filter(|_| var != MEMORY && !self.tolerant.contains(&var)) {
                self.mistake.get_or_insert(BuildError::UndefinedVariable { var, block });
            }
            lookup.made.push(phi);
            self.remove_trivial(lookup.made);
        }
    }

    /// Is the block sealed?
    pub fn is_sealed(&self, block: Block) -> bool {
        self.blocks[block.index()].sealed
    }
}
