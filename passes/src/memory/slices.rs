//! Slicing of memory: the single chain that a frontend builds becomes a chain for each alias class.
//!
//! **What:** Loads and stores of a class take the state of that class only; calls and other accesses of many
//! classes take a sparse merge of the slices that they may touch. **Why:** A load that nothing before it in a loop
//! overwrites is seen to be invariant, equal loads share a value number across unrelated stores, and stores that
//! nobody reads have no use: those to private stack slots, which not even a return reads, die at once.
//!
//! **Algorithm:** Memory is executed symbolically, block by block in reverse post order, as SSA construction does
//! with variables. A state is a base and the slices that differ from it, 64 at most. Where states meet, classes that
//! differ get a phi; a loop's header gets phis for what is written in the loop. Something that writes all classes
//! makes a new base.
//!
//! **Needs:** loop form. **Gives:** memory slices. **Breaks:** the fixpoint of the rules.
//!
//! **Does not try:** addresses: two accesses of a class are taken to overlap, see [`forward`](super::forward).
//!
//! **Tests:** `tests/files/slices`.

use super::classes::{Sliced, mark_escaped};
use super::events::Events;
use super::state::{Merger, State};
use crate::context::Context;
use son_ir::analysis::effects::{ideal_effects, memory_after};
use son_ir::analysis::{Block, LoopId};
use son_ir::{AccessFlags, AliasClass, Function, Graph, NodeId, Op, Type};

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    let graph = &mut function.graph;
    if !graph.nodes().any(|node| graph.is(node, Op::Load) || graph.is(node, Op::Store)) || !context.spend() {
        return;
    }
    // Writes that nothing needs any more would keep old phis alive.
    graph.compact();
    mark_escaped(graph);
    let sliced = Sliced::of(graph);
    if sliced.is_empty() {
        return;
    }
    graph.hold();
    let old_phis: Vec<NodeId> =
        graph.nodes().filter(|&node| graph.is(node, Op::Phi) && graph.ty(node) == Type::MEM).collect();
    let events = Events::new(graph);
    let written = WrittenInLoops::new(graph, &events, &sliced);
    let entry = graph.entry_memory();
    let mut slicer = Slicer {
        graph,
        sliced,
        ends: vec![None; events.cfg.len()],
        open: vec![Vec::new(); events.cfg.len()],
        events: &events,
        written,
        merger: Merger::default(),
        entry,
        rewired: 0,
    };
    slicer.run();
    context.count("rewired", slicer.rewired);
    remove(graph, &old_phis);
    graph.release();
}

/// Removes phis that use nothing but each other any more.
fn remove(graph: &mut Graph, phis: &[NodeId]) {
    for &phi in phis {
        while graph.num_inputs(phi) > 1 {
            graph.remove_input(phi, graph.num_inputs(phi) - 1);
        }
    }
    phis.iter().for_each(|&phi| graph.kill(phi));
}

struct Slicer<'a> {
    graph: &'a mut Graph,
    sliced: Sliced,
    events: &'a Events,
    written: WrittenInLoops,
    merger: Merger,
    /// State at the end of each block done.
    ends: Vec<Option<State>>,
    /// Phis of headers that wait for the state at the back edge, with their classes.
    open: Vec<Vec<(NodeId, AliasClass)>>,
    entry: NodeId,
    rewired: u64,
}

impl Slicer<'_> {
    fn run(&mut self) {
        for block in self.events.cfg.blocks() {
            let mut state = self.start(block);
            for &event in self.events.of(block) {
                self.execute(event, &mut state);
            }
            self.close_loop(block, &state);
            self.ends[block.index()] = Some(state);
        }
    }

    fn start(&mut self, block: Block) -> State {
        let before = self.events.cfg.predecessors(block);
        let head = self.events.cfg.head(block);
        if block == Block::ENTRY {
            State::new(self.entry)
        } else if self.graph.is(head, Op::Loop) {
            self.enter_loop(block, head)
        } else if let [only] = before {
            self.end(*only).clone()
        } else {
            self.meet(head, before)
        }
    }

    fn end(&self, block: Block) -> &State {
        self.ends[block.index()].as_ref().expect("law 8: only loops have predecessors that come later")
    }

    fn phi(&mut self, region: NodeId, class: AliasClass, values: &[NodeId]) -> NodeId {
        let mut inputs = vec![region];
        inputs.extend_from_slice(values);
        self.graph.raw(Op::Phi, Type::MEM, u64::from(class.0), &inputs)
    }

    /// The state at the header of a loop: a phi for what the loop writes.
    fn enter_loop(&mut self, block: Block, head: NodeId) -> State {
        let before = self.events.cfg.predecessors(block)[0];
        let mut state = self.end(before).clone();
        let written = self.events.loops.innermost(block).map_or(Written::default(), |of| self.written.take(of));
        if let Some(all) = written.many {
            let entry = self.merger.whole(self.graph, &state, all);
            let phi = self.phi(head, AliasClass::ANY, &[entry]);
            self.open[block.index()].push((phi, all));
            // Slices that differ from the new base stay.
            let private: Vec<(AliasClass, NodeId)> =
                state.classes().filter(|class| !class.overlaps(all)).map(|class| (class, state.get(class))).collect();
            let unwritten =
                written.classes.iter().filter(|class| !class.overlaps(all)).map(|&class| (class, state.get(class)));
            let kept: Vec<(AliasClass, NodeId)> = private.into_iter().chain(unwritten).collect();
            state = State::new(phi);
            kept.into_iter().for_each(|(class, slice)| state.set(class, slice));
        }
        for class in written.classes {
            if written.many.is_none_or(|all| !class.overlaps(all)) {
                let phi = self.phi(head, class, &[state.get(class)]);
                self.open[block.index()].push((phi, class));
                state.set(class, phi);
            }
        }
        state
    }

    /// Gives the phis of the loop that the block goes back to their second value.
    fn close_loop(&mut self, block: Block, state: &State) {
        let Some(&header) = self.events.cfg.successors(block).iter().find(|header| **header <= block) else { return };
        for (phi, class) in std::mem::take(&mut self.open[header.index()]) {
            let again = if class.is_slice() { state.get(class) } else { self.merger.whole(self.graph, state, class) };
            self.graph.add_input(phi, again);
        }
    }

    /// The state where several ways meet.
    fn meet(&mut self, region: NodeId, before: &[Block]) -> State {
        let first = self.end(before[0]).clone();
        if before.iter().all(|&block| *self.end(block) == first) {
            return first;
        }
        let same_base = before.iter().all(|&block| self.end(block).base == first.base);
        let mut classes: Vec<AliasClass> = before.iter().flat_map(|&block| self.end(block).classes()).collect();
        classes.sort_unstable();
        classes.dedup();
        let mut state = State::new(first.base);
        if !same_base {
            // What differs beside the base goes into the new one, but for private slots, which nobody reaches
            // through it.
            let values =
                self.at_ends(before, |slicer, state| slicer.merger.whole(slicer.graph, state, AliasClass::ESCAPED));
            state = State::new(self.phi(region, AliasClass::ANY, &values));
            classes.retain(|class| !class.overlaps(AliasClass::ESCAPED));
        }
        for class in classes {
            let values = self.at_ends(before, |_, state| state.get(class));
            let same = values.iter().all(|&value| value == values[0]);
            let value = if same { values[0] } else { self.phi(region, class, &values) };
            if value != state.base {
                state.set(class, value);
            }
        }
        state
    }

    fn at_ends(&mut self, blocks: &[Block], mut value: impl FnMut(&mut Self, &State) -> NodeId) -> Vec<NodeId> {
        let mut values = Vec::with_capacity(blocks.len());
        for &block in blocks {
            let state = self.ends[block.index()].take().expect("law 8: only loops have predecessors that come later");
            values.push(value(self, &state));
            self.ends[block.index()] = Some(state);
        }
        values
    }

    /// Gives a memory operation the part of the state that it touches, and the state what it writes.
    fn execute(&mut self, node: NodeId, state: &mut State) {
        let effects = ideal_effects(self.graph, node, self.graph.op(node));
        let class = self.sliced.class(effects.class);
        let touches = effects.reads || effects.writes;
        let memory = if !touches || self.is_invariant(node) {
            self.entry
        } else if class.is_slice() {
            state.get(class)
        } else {
            self.merger.whole(self.graph, state, class)
        };
        if self.graph.input(node, 1) != memory {
            self.graph.set_input(node, 1, memory);
            self.rewired += 1;
        }
        if effects.writes {
            let after = self.memory_after(node);
            if class.is_slice() { state.set(class, after) } else { state.overwrite(class, after) }
        }
    }

    fn is_invariant(&self, node: NodeId) -> bool {
        self.graph.is(node, Op::Load) && self.graph.access(node).flags.has(AccessFlags::INVARIANT)
    }

    fn memory_after(&mut self, node: NodeId) -> NodeId {
        match memory_after(self.graph, node) {
            Some(after) => after,
            None => self.graph.proj(node, 1, Type::MEM),
        }
    }
}

/// What is written somewhere in a loop.
#[derive(Clone, Default)]
struct Written {
    /// Single classes.
    classes: Vec<AliasClass>,
    /// All classes, or all that escape.
    many: Option<AliasClass>,
}

impl Written {
    fn add(&mut self, class: AliasClass) {
        if class.is_slice() {
            self.classes.push(class);
        } else if self.many != Some(AliasClass::ANY) {
            self.many = Some(class);
        }
    }

    fn tidy(&mut self) {
        self.classes.sort_unstable();
        self.classes.dedup();
    }
}

/// For each loop, what is written in it.
struct WrittenInLoops {
    of: Vec<Written>,
}

impl WrittenInLoops {
    fn new(graph: &Graph, events: &Events, sliced: &Sliced) -> WrittenInLoops {
        let mut of = vec![Written::default(); events.loops.len()];
        for block in events.cfg.blocks() {
            let Some(innermost) = events.loops.innermost(block) else { continue };
            for &node in events.of(block) {
                let effects = ideal_effects(graph, node, graph.op(node));
                if effects.writes {
                    of[innermost.0 as usize].add(sliced.class(effects.class));
                }
            }
        }
        // Inner loops come after outer ones.
        for inner in events.loops.all().rev() {
            of[inner.0 as usize].tidy();
            if let Some(outer) = events.loops.parent(inner) {
                let Written { classes, many } = of[inner.0 as usize].clone();
                let outer = &mut of[outer.0 as usize];
                outer.classes.extend(classes);
                many.into_iter().for_each(|class| outer.add(class));
            }
        }
        WrittenInLoops { of }
    }

    /// What the loop writes; asked for once.
    fn take(&mut self, of: LoopId) -> Written {
        std::mem::take(&mut self.of[of.0 as usize])
    }
}
