//! Forwarding: loads of what is known already become that value.
//!
//! **What:** A load takes the value that was stored, filled in or loaded before, or the bytes of constant data. Where
//! paths with different writes meet, it becomes a phi of what each path knows; one path may get the load. In loops,
//! loads of what the loop does not write, and of what it writes itself, move in front of it. Loads from slots and
//! globals may be executed anywhere. **Why:** Memory is where most of the work of unoptimized code goes.
//!
//! **Algorithm:** Memory SSA walked upwards with alias queries, as LLVM's EarlyCSE and GVN do, each walk bounded; loads
//! are visited so that those that dominate others come first, and are kept by the state and address that they read
//! (Chow et al., "Effective representation of aliases and indirect memory operations in SSA form", 1996).
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the rules.
//!
//! **Does not try:** addresses that differ per path into a phi, allocations of its own.
//!
//! **Tests:** `tests/files/forward`.

use super::places::{END, Places, Point};
use super::values::{constant_data, extract, filled};
use super::walk::{Access, Walk};
use crate::context::Context;
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};
use son_ir::analysis::alias::is_constant_data;
use son_ir::analysis::{Address, Aliases, Overlap};
use son_ir::{
    AccessFlags, AliasClass, Definition, Function, Graph, Inputs, Module, NewNode, NodeFlags, NodeId, Op, StackSlot,
    SymbolId, Type,
};

/// How many merges of paths deep values are looked for.
const MAX_DEPTH: u32 = 3;
/// Most known values that are kept for one place in one state.
const MAX_KNOWN: usize = 8;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) {
    if !function.graph.nodes().any(|node| function.graph.is(node, Op::Load)) {
        return;
    }
    let aliases = Aliases::new(context.module, function);
    let graph = &mut function.graph;
    graph.hold();
    let entry = (graph.entry_control(), graph.entry_memory());
    let safe = relax(graph, context.module, &function.slots, entry);
    context.count("anywhere", safe);
    let places = Places::new(graph);
    let mut forwarding =
        Forwarding { graph, module: context.module, aliases, places, known: FxHashMap::default(), entry };
    for load in forwarding.places.loads(forwarding.graph) {
        if context.is_exhausted() {
            break;
        }
        context.visit();
        if let Some(change) = forwarding.visit(load) {
            let _ = context.spend();
            context.count(change, 1);
        }
    }
    graph.release();
}

/// Lets loads be executed anywhere whose address is always good; loads of constant data see the entry's memory.
fn relax(graph: &mut Graph, module: &Module, slots: &[StackSlot], (control, memory): (NodeId, NodeId)) -> u64 {
    let mut relaxed = 0;
    for load in (0..graph.len()).map(NodeId::new) {
        if !graph.is_live(load) || !graph.is(load, Op::Load) {
            continue;
        }
        let address = Address::of(graph, graph.input(load, 2));
        if is_constant_data(module, graph, &address) && !graph.access(load).flags.has(AccessFlags::INVARIANT) {
            graph.set_payload(load, graph.access(load).with(AccessFlags::INVARIANT).payload());
        }
        if graph.access(load).flags.has(AccessFlags::INVARIANT) {
            graph.set_input(load, 1, memory);
        }
        if graph.input(load, 0) != control && is_always_good(graph, module, slots, load, &address) {
            graph.set_input(load, 0, control);
            relaxed += 1;
        }
    }
    relaxed
}

fn is_always_good(graph: &Graph, module: &Module, slots: &[StackSlot], load: NodeId, address: &Address) -> bool {
    let bytes = u64::from(graph.ty(load).bytes());
    if graph.access(load).flags.has(AccessFlags::NON_TRAPPING)
        || graph.pointer_fact(graph.input(load, 2)).dereferenceable >= bytes
    {
        return true;
    }
    let size = match graph.op(address.base) {
        Op::SlotAddr => slots[graph.payload(address.base) as usize].size,
        Op::SymbolAddr => {
            let symbol = module.symbol(SymbolId(graph.payload(address.base) as u32));
            match &symbol.definition {
                Definition::Data(data) if !symbol.linkage.is_interposable() => data.size(),
                Definition::ExternalData(Some(size)) => *size,
                _ => 0,
            }
        }
        _ => 0,
    };
    let end = u64::try_from(address.offset).ok().and_then(|offset| offset.checked_add(bytes));
    address.index.is_none() && end.is_some_and(|end| end <= size)
}

/// A place in memory in a certain state.
type Key = (NodeId, Address, Type);

/// A value that is in a place, known from this point on, in the order of this slice of memory.
struct Known {
    from: Point,
    class: AliasClass,
    value: NodeId,
}

pub(super) struct Forwarding<'a> {
    pub(super) graph: &'a mut Graph,
    pub(super) module: &'a Module,
    aliases: Aliases<'a>,
    pub(super) places: Places,
    /// Values that are in memory, and from where on that is known.
    known: FxHashMap<Key, SmallVec<[Known; 2]>>,
    /// Control and memory at the function's entry.
    entry: (NodeId, NodeId),
}

impl Forwarding<'_> {
    pub(super) fn walk(&self) -> Walk<'_> {
        let Places { cfg, dominators, loops, .. } = &self.places;
        Walk { aliases: &self.aliases, cfg, dominators, loops }
    }

    fn access(&self, pointer: NodeId, ty: Type, class: AliasClass) -> Access {
        self.access_at(Address::of(self.graph, pointer), ty, class)
    }

    pub(super) fn access_at(&self, address: Address, ty: Type, class: AliasClass) -> Access {
        let index = address.index.map_or(address.base, |index| index.node);
        let home = self.places.deeper(self.places.early(address.base), self.places.early(index));
        Access { address, ty, class, home }
    }

    pub(super) fn resolve(&self, state: NodeId, access: &Access) -> NodeId {
        self.walk().resolve(self.graph, state, access)
    }

    /// Replaces the load if its value is known, or moves it out of a loop; what was done.
    fn visit(&mut self, load: NodeId) -> Option<&'static str> {
        if !self.graph.is_live(load) || self.graph.is_unused(load) {
            return None;
        }
        let pointer = self.graph.input(load, 2);
        let access = self.access(pointer, self.graph.ty(load), self.graph.access(load).class);
        if let Some(value) = constant_data(self.module, self.graph, &access.address, access.ty) {
            self.graph.replace(load, value);
            return Some("constant");
        }
        let at = self.places.point_of_load(self.graph, load);
        let state = self.resolve(self.graph.input(load, 1), &access);
        if let Some(value) = self.written(state, &access).or_else(|| self.lookup(state, &access, at)) {
            self.graph.replace(load, value);
            return Some("forwarded");
        }
        if let Some(value) = self.merged(load, state, &access) {
            self.graph.replace(load, value);
            return Some("merged");
        }
        if let Some(value) = self.carried(load, state, &access) {
            self.graph.replace(load, value);
            return Some("carried");
        }
        if let Some(table) = self.dispatched(load, state, &access) {
            self.graph.replace(load, table);
            return Some("dispatched");
        }
        let moved = self.leave_loops(load, &access);
        let at = self.places.point_of_load(self.graph, load);
        self.remember(state, &access, at, load);
        moved.then_some("hoisted")
    }

    pub(super) fn remember(&mut self, state: NodeId, access: &Access, at: Point, value: NodeId) {
        let known = self.known.entry((state, access.address, access.ty)).or_default();
        if known.len() < MAX_KNOWN {
            known.push(Known { from: at, class: access.class, value });
        }
    }

    /// A value that is known to be in that place from a point before `at`.
    pub(super) fn lookup(&self, state: NodeId, access: &Access, at: Point) -> Option<NodeId> {
        let known = self.known.get(&(state, access.address, access.ty))?;
        // Of two loads of different slices in one block either may have to be executed first.
        let before = |known: &Known| self.places.comes_before(known.from, at, known.class == access.class);
        known.iter().find(|known| before(known) && self.graph.is_live(known.value)).map(|known| known.value)
    }

    /// What the write that made the state put there.
    pub(super) fn written(&mut self, state: NodeId, access: &Access) -> Option<NodeId> {
        let op = self.graph.op(state);
        if self.is_unwritten(state, access) {
            let poison = self.graph.poison(access.ty);
            return Some(self.graph.raw(Op::Freeze, access.ty, 0, &[poison]));
        }
        if !matches!(op, Op::Store | Op::MemSet | Op::MemCopy | Op::MemMove) {
            return None;
        }
        let Overlap::At(distance) = self.walk().overlap(self.graph, state, access) else { return None };
        let bytes = super::walk::written_bytes(self.graph, state);
        let covered = u64::try_from(distance).ok().filter(|&start| start + access.bytes() <= bytes);
        let Some(start) = covered else { return self.pieced(state, access) };
        let value = self.graph.input(state, 3);
        match op {
            Op::Store => extract(self.graph, value, access.ty, start),
            Op::MemSet if self.graph.constant(self.graph.input(state, 4)).is_some() => {
                filled(self.graph, value, access.ty)
            }
            _ => None,
        }
    }

    /// Is the access one of a private slot before anything was stored in it? That holds any value.
    pub(super) fn is_unwritten(&self, state: NodeId, access: &Access) -> bool {
        let private = access.class.as_slot().is_some() && self.graph.is(access.address.base, Op::SlotAddr);
        state == self.entry.1 && private
    }

    /// At a phi of memory: a phi of the values that the ways know. One way that knows none may get a load, if the
    /// load is executed whenever the phi is.
    fn merged(&mut self, load: NodeId, phi: NodeId, access: &Access) -> Option<NodeId> {
        if !self.graph.is(phi, Op::Phi) {
            return None;
        }
        let (control, region) = (self.graph.input(load, 0), self.graph.input(phi, 0));
        let anywhere = control == self.entry.0 && self.graph.is(region, Op::Loop);
        let movable = control == region || anywhere;
        let values = self.values_of_ways(phi, access, movable.then_some(load), MAX_DEPTH)?;
        Some(self.phi_of(phi, access, &values))
    }

    fn phi_of(&mut self, phi: NodeId, access: &Access, values: &[NodeId]) -> NodeId {
        if values.iter().all(|&value| value == values[0]) {
            return values[0];
        }
        let region = self.graph.input(phi, 0);
        let mut inputs: Inputs = smallvec![region];
        inputs.extend_from_slice(values);
        let merged = self.graph.raw(Op::Phi, access.ty, 0, &inputs);
        let block = self.places.cfg.block_of(region);
        self.places.set_early(merged, block);
        self.remember(phi, access, (block, 0), merged);
        merged
    }

    /// The value at the end of each way into a phi, a new load for one of them if `load` may be moved there.
    fn values_of_ways(
        &mut self,
        phi: NodeId,
        access: &Access,
        load: Option<NodeId>,
        depth: u32,
    ) -> Option<Vec<NodeId>> {
        let region = self.graph.input(phi, 0);
        let ways = self.graph.num_inputs(region);
        if depth == 0
            || ways > 16
            || self.walk().varies(self.graph, phi, access)
            || !self.is_known_before(region, access)
        {
            return None;
        }
        let is_loop = self.graph.is(region, Op::Loop);
        let mut values: Vec<Option<NodeId>> = Vec::with_capacity(ways);
        // The back edge of a loop first: without a value there, nothing is gained.
        for way in (0..ways).rev() {
            let value = self.value_at_end(phi, way, access, depth);
            values.push(value);
            let missing = values.iter().filter(|value| value.is_none()).count();
            if missing > usize::from(load.is_some()) || (is_loop && way == 1 && value.is_none()) {
                return None;
            }
        }
        values.reverse();
        if values.iter().all(Option::is_none) {
            return None;
        }
        let load_in = |this: &mut Self, way: usize| this.load_at_end(phi, way, load.expect("checked above"));
        let filled = values.into_iter().enumerate().map(|(way, value)| value.unwrap_or_else(|| load_in(self, way)));
        Some(filled.collect())
    }

    /// Is the address computed before each way into the region?
    pub(super) fn is_known_before(&self, region: NodeId, access: &Access) -> bool {
        let block = self.places.cfg.block_of(region);
        access.home.is_some() && access.home != block && self.places.dominators.dominates(access.home, block)
    }

    fn value_at_end(&mut self, phi: NodeId, way: usize, access: &Access, depth: u32) -> Option<NodeId> {
        let control = self.graph.input(self.graph.input(phi, 0), way);
        let end = (self.places.cfg.block_of(control), END);
        let state = self.resolve(self.graph.input(phi, way + 1), access);
        if state == phi {
            return None;
        }
        if let Some(value) = self.written(state, access).or_else(|| self.lookup(state, access, end)) {
            return Some(value);
        }
        if !self.graph.is(state, Op::Phi) {
            return None;
        }
        let values = self.values_of_ways(state, access, None, depth - 1)?;
        Some(self.phi_of(state, access, &values))
    }

    /// The load, at the end of a way into a region.
    fn load_at_end(&mut self, phi: NodeId, way: usize, load: NodeId) -> NodeId {
        let control = self.graph.input(self.graph.input(phi, 0), way);
        let memory = self.graph.input(phi, way + 1);
        self.copy_load(load, [control, memory, self.graph.input(load, 2)])
    }

    /// The same load with other control, memory and address.
    pub(super) fn copy_load(&mut self, load: NodeId, inputs: [NodeId; 3]) -> NodeId {
        let (ty, payload) = (self.graph.ty(load), self.graph.payload(load));
        let saved = self.graph.current_origin();
        self.graph.set_origin(self.graph.origin(load));
        let new = NewNode { op: Op::Load as u16, ty, flags: NodeFlags::NONE, payload, inputs: &inputs };
        let copy = self.graph.share(&new);
        self.graph.set_origin(saved);
        self.places.set_early(copy, self.places.cfg.block_of(inputs[0]));
        copy
    }

    /// Moves a load that is executed in each round of a loop, or may be executed anywhere, in front of the loop if
    /// that does not change what it reads, and on outwards.
    fn leave_loops(&mut self, load: NodeId, access: &Access) -> bool {
        let mut moved = false;
        while let Some((header, memory)) = self.way_out(load, access) {
            if self.graph.input(load, 0) == header {
                self.graph.set_input(load, 0, self.graph.input(header, 0));
            }
            self.graph.set_input(load, 1, memory);
            moved = true;
        }
        moved
    }

    /// The loop that the load can leave, and memory as it is in front of it: not an earlier state, even if nothing
    /// between touches the load's bytes, since the order of accesses is kept by class.
    fn way_out(&self, load: NodeId, access: &Access) -> Option<(NodeId, NodeId)> {
        let (graph, control, memory) = (&*self.graph, self.graph.input(load, 0), self.graph.input(load, 1));
        let state = self.walk().skip(graph, memory, access, &mut 64);
        let of_phi = graph.is(state, Op::Phi).then(|| graph.input(state, 0));
        let header = if control == self.entry.0 { of_phi? } else { control };
        if !graph.is(header, Op::Loop) || !self.is_known_before(header, access) {
            return None;
        }
        if self.is_outside(header, memory) {
            return Some((header, memory));
        }
        let unwritten = of_phi == Some(header) && self.resolve(state, access) != state;
        unwritten.then(|| (header, graph.input(state, 1)))
    }

    /// Is a state of memory made before the loop?
    fn is_outside(&self, header: NodeId, state: NodeId) -> bool {
        let (block, made_in) = (self.places.cfg.block_of(header), self.places.early(state));
        made_in.is_some() && made_in != block && self.places.dominators.dominates(made_in, block)
    }
}
