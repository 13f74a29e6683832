//! The independent checker of a finished schedule: every use is dominated by its definition, and every reader
//! sees exactly the state of memory that it names.
//!
//! It shares no reasoning with the placement. For one alias class after the other it executes the blocks
//! symbolically, forward to a fixpoint, with the set of states that memory of this class may be called by at
//! each point: a write starts a new set, a phi adds its name where paths meet, and names on which the paths
//! disagree go. A reader's own memory input, followed upwards through what does not touch the class, has to be
//! one of the names. The cost is classes times blocks: for tests and for `--verify-each`.

use super::Schedule;
use crate::analysis::anti_dependence::slice_index;
use crate::analysis::cfg::Block;
use crate::analysis::effects::{Target, effects, memory_after};
use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::payload::AliasClass;
use crate::types::Type;
use smallvec::{SmallVec, smallvec};
use std::fmt;

/// What is wrong with a schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScheduleError {
    /// A node that is executed has no block.
    Missing(NodeId),
    /// `user` uses `input` where that was not executed yet.
    NotDominated {
        /// The user.
        user: NodeId,
        /// What it uses.
        input: NodeId,
    },
    /// The reader sees memory of this class in another state than the one it names.
    WrongState {
        /// The reader.
        reader: NodeId,
        /// The class.
        class: AliasClass,
        /// The state that its memory input means.
        named: NodeId,
    },
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScheduleError::Missing(node) => write!(f, "{node} is needed but has no block"),
            ScheduleError::NotDominated { user, input } => write!(f, "{user} uses {input} before it is executed"),
            ScheduleError::WrongState { reader, class, named } => {
                write!(f, "{reader} does not see memory of class {} as {named} left it", class.0)
            }
        }
    }
}

impl std::error::Error for ScheduleError {}

/// Checks the schedule of `graph`.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_schedule(graph: &Graph, target: &impl Target, schedule: &Schedule) -> Result<(), ScheduleError> {
    check_definitions(graph, schedule)?;
    let mut classes: Vec<AliasClass> = Vec::new();
    for &node in schedule.all_nodes() {
        let effects = effects(graph, node, target);
        if effects.reads || effects.writes {
            classes.push(effects.class);
        }
        if graph.is(node, Op::Phi) && graph.ty(node) == Type::MEM {
            classes.push(AliasClass(graph.payload(node) as u32));
        }
    }
    classes.sort_unstable();
    classes.dedup();
    classes.retain(|&class| class.is_slice());
    // Stands for all memory that no node names.
    classes.push(AliasClass(AliasClass::ESCAPED.0 - 1));
    classes.into_iter().try_for_each(|class| Execution { graph, target, schedule, class }.run())
}

fn check_definitions(graph: &Graph, schedule: &Schedule) -> Result<(), ScheduleError> {
    let mut position = vec![u32::MAX; graph.len()];
    for (at, &node) in schedule.all_nodes().iter().enumerate() {
        position[node.index()] = at as u32;
    }
    for &user in schedule.all_nodes() {
        let head = matches!(Op::from_number(graph.op_number(user)), Some(Op::Region | Op::Loop | Op::Stop));
        for (index, input) in graph.inputs(user).enumerate() {
            let phi = graph.is(user, Op::Phi) && index > 0;
            let at = match phi {
                true => schedule.cfg.block_of(graph.input(graph.input(user, 0), index - 1)),
                false => schedule.block_of(user),
            };
            if head || !at.is_some() {
                continue;
            }
            let from = schedule.block_of(input);
            if !from.is_some() {
                return Err(ScheduleError::Missing(input));
            }
            let same = from == at && !phi;
            let before = position[input.index()] < position[user.index()];
            if !schedule.dominators.dominates(from, at) || (same && !before) {
                return Err(ScheduleError::NotDominated { user, input });
            }
        }
    }
    Ok(())
}

/// Names of one state; sorted.
type Names = SmallVec<[NodeId; 2]>;

/// The symbolic execution for one class.
struct Execution<'a, T> {
    graph: &'a Graph,
    target: &'a T,
    schedule: &'a Schedule,
    class: AliasClass,
}

impl<T: Target> Execution<'_, T> {
    fn run(&self) -> Result<(), ScheduleError> {
        let cfg = &self.schedule.cfg;
        let mut at_end: Vec<Option<Names>> = vec![None; cfg.len()];
        let mut changed = true;
        while changed {
            changed = false;
            for block in cfg.blocks() {
                let mut names = self.names_at_start(block, &at_end);
                for &node in self.schedule.nodes(block) {
                    self.execute(node, &mut names);
                }
                if at_end[block.index()].as_ref() != Some(&names) {
                    at_end[block.index()] = Some(names);
                    changed = true;
                }
            }
        }
        for block in cfg.blocks() {
            let mut names = self.names_at_start(block, &at_end);
            for &node in self.schedule.nodes(block) {
                self.check_reader(node, &names)?;
                self.execute(node, &mut names);
            }
        }
        Ok(())
    }

    /// The names on which all ways in agree so far, and those of the block's own phis.
    fn names_at_start(&self, block: Block, at_end: &[Option<Names>]) -> Names {
        let known = self.schedule.cfg.predecessors(block).iter().filter_map(|before| at_end[before.index()].as_ref());
        let common = known.cloned().reduce(|mut common, other| {
            common.retain(|name| other.contains(name));
            common
        });
        let mut names = common.unwrap_or_default();
        for &node in self.schedule.nodes(block) {
            let class = AliasClass(self.graph.payload(node) as u32);
            let phi = self.graph.is(node, Op::Phi) && self.graph.ty(node) == Type::MEM;
            if phi && class.overlaps(self.class) && !names.contains(&node) {
                names.push(node);
            }
        }
        names.sort_unstable();
        names
    }

    fn execute(&self, node: NodeId, names: &mut Names) {
        if node == NodeId::START {
            *names = self.graph.find_proj(node, 1).into_iter().collect();
        } else if effects(self.graph, node, self.target).overwrites(self.class) {
            *names = smallvec![memory_after(self.graph, node).unwrap_or(node)];
        }
    }

    fn check_reader(&self, node: NodeId, names: &Names) -> Result<(), ScheduleError> {
        let effects = effects(self.graph, node, self.target);
        let Some(memory) = effects.memory.filter(|_| effects.reads && effects.class.overlaps(self.class)) else {
            return Ok(());
        };
        let named = self.meaning(self.graph.input(node, memory as usize));
        if names.contains(&named) {
            return Ok(());
        }
        Err(ScheduleError::WrongState { reader: node, class: self.class, named })
    }

    /// The write, phi or entry that made the state, as far as this class can tell.
    fn meaning(&self, state: NodeId) -> NodeId {
        let mut state = state;
        loop {
            let made_by = if self.graph.is(state, Op::Proj) { self.graph.input(state, 0) } else { state };
            state = match Op::from_number(self.graph.op_number(made_by)) {
                Some(Op::Phi | Op::Start) => return state,
                Some(Op::MergeMem) => self.graph.input(made_by, slice_index(self.graph, made_by, self.class)),
                Some(Op::Pi) => self.graph.input(made_by, 1),
                _ => {
                    let effects = effects(self.graph, made_by, self.target);
                    match effects.memory {
                        Some(at) if !effects.overwrites(self.class) => self.graph.input(made_by, at as usize),
                        _ => return state,
                    }
                }
            };
        }
    }
}
