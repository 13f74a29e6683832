//! Copies after register allocation: those that copy what is there already, those of which a reader can read the
//! original, and those that nobody reads.
//!
//! The allocator splits the life of a value and joins the pieces by moves. It does not see that a piece that got its
//! register late has it because another piece holds the value in a register all the time, nor that a value that is
//! reloaded and spilled again is still in its slot.
//!
//! Two analyses over places (registers and spill slots). Forward: which places hold the same value, by numbering
//! values; at a block with more ways in, places are the same if they are on every way (a partition refined until it is
//! stable, as in Alpern, Wegman, Zadeck: "Detecting equality of variables in programs", 1988). Backward: which places
//! are read later. A move becomes one from a place to itself, which emits nothing.
//!
//! Only places that moves name are looked at. Functions with too many of them for their blocks are left as they are.

use crate::isa::Isa;
use crate::mir::Mir;
use crate::regalloc::View;
use regalloc2::{
    Allocation, Block, Edit, Function, Inst, InstRange, Operand, OperandConstraint, OperandKind, OperandPos, Output,
    PReg, ProgPoint,
};
use rustc_hash::FxHashMap;

/// Registers of both classes.
const REGISTERS: usize = 64;
/// Most words of state.
const LARGEST: usize = 1 << 20;
/// Visits of a block after which the function is left as it is; loops of loops need few.
const VISITS: usize = 12;
/// Number of a place that no move names.
const NO_PLACE: u32 = u32::MAX;

/// Removes what moves need not do.
pub(crate) fn propagate(mir: &Mir, isa: &dyn Isa, output: &mut Output) {
    if output.edits.is_empty() {
        return;
    }
    let places = Places::new(output);
    if places.count * mir.block_count() > LARGEST {
        return;
    }
    let view = View::new(mir, isa);
    let mut values = Values::new(&view, &places);
    if values.solve(output) {
        values.rewrite(output);
        let liveness = Liveness::solve(&view, &places, output);
        liveness.remove_dead(output);
    }
}

/// Numbers of the places that moves name.
struct Places {
    numbers: Vec<u32>,
    count: usize,
}

impl Places {
    fn new(output: &Output) -> Places {
        let mut places = Places { numbers: vec![NO_PLACE; REGISTERS + output.num_spillslots], count: 0 };
        for (_, Edit::Move { from, to }) in &output.edits {
            for allocation in [from, to] {
                let number = &mut places.numbers[index(*allocation).expect("moves name places")];
                if *number == NO_PLACE {
                    *number = places.count as u32;
                    places.count += 1;
                }
            }
        }
        places
    }

    fn of(&self, allocation: Allocation) -> Option<usize> {
        let number = self.numbers[index(allocation)?];
        (number != NO_PLACE).then_some(number as usize)
    }

    /// The places that an instruction writes.
    fn written<'a>(&'a self, view: &'a View<'_>, output: &'a Output, inst: Inst) -> impl Iterator<Item = usize> + 'a {
        let clobbers = view.inst_clobbers(inst).into_iter().filter_map(|register| self.of(Allocation::reg(register)));
        self.operands(view, output, inst, OperandKind::Def).chain(clobbers)
    }

    /// The places of an instruction's operands of this kind.
    fn operands<'a>(
        &'a self,
        view: &'a View<'_>,
        output: &'a Output,
        inst: Inst,
        kind: OperandKind,
    ) -> impl Iterator<Item = usize> + 'a {
        let all = view.inst_operands(inst).iter().zip(output.inst_allocs(inst));
        all.filter(move |(operand, _)| operand.kind() == kind).filter_map(|(_, &allocation)| self.of(allocation))
    }
}

fn index(allocation: Allocation) -> Option<usize> {
    let register = |register: PReg| register.class() as usize * (REGISTERS / 2) + register.hw_enc();
    allocation.as_reg().map(register).or_else(|| allocation.as_stack().map(|slot| REGISTERS + slot.index()))
}

/// Makes a move one from a register to itself.
fn remove(from: &mut Allocation, to: &mut Allocation) {
    if from.is_reg() {
        *to = *from;
    } else {
        *from = *to;
    }
}

/// Number of the first move of a block.
fn first_move(output: &Output, insts: InstRange) -> usize {
    output.edits.partition_point(|(point, _)| *point < ProgPoint::before(insts.first()))
}

/// Which places hold the same value.
struct Values<'a> {
    view: &'a View<'a>,
    places: &'a Places,
    /// Numbers of values by place at the start of each block; empty if nothing is known yet.
    starts: Vec<Vec<u32>>,
    now: Vec<u32>,
    next: u32,
    numbers: Vec<u32>,
    pairs: FxHashMap<(u32, u32), u32>,
}

impl<'a> Values<'a> {
    fn new(view: &'a View<'a>, places: &'a Places) -> Values<'a> {
        let mut starts = vec![Vec::new(); view.num_blocks()];
        starts[0] = (0..places.count as u32).collect();
        Values { view, places, starts, now: Vec::new(), next: 0, numbers: Vec::new(), pairs: FxHashMap::default() }
    }

    /// Finds the states at the starts of the blocks; false if that takes too long.
    fn solve(&mut self, output: &Output) -> bool {
        let blocks = self.view.num_blocks();
        let mut waits = vec![false; blocks];
        waits[0] = true;
        for _ in 0..VISITS {
            for block in (0..blocks).map(Block::new) {
                if !std::mem::take(&mut waits[block.index()]) {
                    continue;
                }
                self.block(block, output);
                self.normalize();
                for &succ in self.view.block_succs(block) {
                    waits[succ.index()] |= self.meet(succ);
                }
            }
            if !waits.contains(&true) {
                return true;
            }
        }
        false
    }

    fn enter(&mut self, block: Block) {
        self.now.clone_from(&self.starts[block.index()]);
        self.next = self.places.count as u32;
    }

    fn block(&mut self, block: Block, output: &Output) {
        self.enter(block);
        let insts = self.view.block_insns(block);
        let mut edit = first_move(output, insts);
        for inst in insts.iter() {
            self.moves(output, &mut edit, ProgPoint::before(inst));
            self.execute(output, inst);
            self.moves(output, &mut edit, ProgPoint::after(inst));
        }
    }

    /// Numbers values by the first place that holds them.
    fn normalize(&mut self) {
        self.numbers.clear();
        self.numbers.resize(self.next as usize, u32::MAX);
        let mut count = 0;
        for value in &mut self.now {
            let number = &mut self.numbers[*value as usize];
            if *number == u32::MAX {
                *number = count;
                count += 1;
            }
            *value = *number;
        }
    }

    /// Places hold the same value at the start of the block if they do so here and did so far. True if that changes.
    fn meet(&mut self, block: Block) -> bool {
        let known = &mut self.starts[block.index()];
        if known.is_empty() {
            known.clone_from(&self.now);
            return true;
        }
        if *known == self.now {
            return false;
        }
        self.pairs.clear();
        let mut changed = false;
        for (known, &value) in known.iter_mut().zip(&self.now) {
            let count = self.pairs.len() as u32;
            let number = *self.pairs.entry((*known, value)).or_insert(count);
            changed |= number != *known;
            *known = number;
        }
        changed
    }

    fn moves(&mut self, output: &Output, edit: &mut usize, point: ProgPoint) {
        while let Some(&(at, Edit::Move { from, to })) = output.edits.get(*edit)
            && at == point
        {
            self.copy(from, to);
            *edit += 1;
        }
    }

    fn copy(&mut self, from: Allocation, to: Allocation) {
        if let (Some(from), Some(to)) = (self.places.of(from), self.places.of(to)) {
            self.now[to] = self.now[from];
        }
    }

    fn execute(&mut self, output: &Output, inst: Inst) {
        for place in self.places.written(self.view, output, inst) {
            self.now[place] = self.next;
            self.next += 1;
        }
    }

    fn same(&self, a: Allocation, b: Allocation) -> bool {
        self.places.of(a).zip(self.places.of(b)).is_some_and(|(a, b)| self.now[a] == self.now[b])
    }

    /// Removes moves that change nothing, and lets readers of a copy read the original.
    fn rewrite(&mut self, output: &mut Output) {
        let mut originals: Vec<Option<Allocation>> = vec![None; self.places.count];
        for block in (0..self.view.num_blocks()).map(Block::new) {
            if self.starts[block.index()].is_empty() {
                continue;
            }
            self.enter(block);
            originals.fill(None);
            let insts = self.view.block_insns(block);
            let mut edit = first_move(output, insts);
            for inst in insts.iter() {
                self.rewrite_moves(output, &mut edit, ProgPoint::before(inst), &mut originals);
                self.read_originals(output, inst, &originals);
                self.execute(output, inst);
                self.rewrite_moves(output, &mut edit, ProgPoint::after(inst), &mut originals);
            }
        }
    }

    fn rewrite_moves(
        &mut self,
        output: &mut Output,
        edit: &mut usize,
        point: ProgPoint,
        originals: &mut [Option<Allocation>],
    ) {
        while let Some((at, Edit::Move { from, to })) = output.edits.get_mut(*edit)
            && *at == point
        {
            *edit += 1;
            if self.same(*from, *to) {
                remove(from, to);
                continue;
            }
            if from.is_reg()
                && to.is_reg()
                && let Some(to) = self.places.of(*to)
            {
                originals[to] = Some(*from);
            }
            self.copy(*from, *to);
        }
    }

    fn read_originals(&self, output: &mut Output, inst: Inst, originals: &[Option<Allocation>]) {
        let operands = self.view.inst_operands(inst);
        let start = output.inst_alloc_offsets[inst.index()] as usize;
        for number in 0..operands.len() {
            let allocation = output.allocs[start + number];
            let original = self.places.of(allocation).and_then(|place| originals[place]);
            let Some(original) = original.filter(|&original| self.same(original, allocation)) else { continue };
            let early = |(other, &at): (&Operand, &Allocation)| {
                other.kind() == OperandKind::Def && other.pos() == OperandPos::Early && at == original
            };
            let all = &output.allocs[start..start + operands.len()];
            if is_free(operands, number) && !operands.iter().zip(all).any(early) {
                output.allocs[start + number] = original;
            }
        }
    }
}

/// May the input be in any register?
fn is_free(operands: &[Operand], number: usize) -> bool {
    let operand = operands[number];
    operand.kind() == OperandKind::Use
        && operand.pos() == OperandPos::Early
        && matches!(operand.constraint(), OperandConstraint::Any | OperandConstraint::Reg)
        && !operands
            .iter()
            .any(|other| matches!(other.constraint(), OperandConstraint::Reuse(input) if input == number))
}

/// Which places are read later: sets of their numbers as bits.
struct Liveness<'a> {
    view: &'a View<'a>,
    places: &'a Places,
    /// Words of a set.
    words: usize,
    /// By block, at its end.
    ends: Vec<u64>,
}

impl<'a> Liveness<'a> {
    fn solve(view: &'a View<'a>, places: &'a Places, output: &mut Output) -> Liveness<'a> {
        let (blocks, words) = (view.num_blocks(), places.count.div_ceil(64));
        let mut liveness = Liveness { view, places, words, ends: vec![0; blocks * words] };
        let mut work: Vec<Block> = (0..blocks).map(Block::new).collect();
        let mut waits = vec![true; blocks];
        let mut live = Vec::new();
        while let Some(block) = work.pop() {
            waits[block.index()] = false;
            liveness.walk(block, output, &mut live, false);
            for &before in view.block_preds(block) {
                let mut changed = false;
                for (known, &live) in liveness.ends[before.index() * words..].iter_mut().zip(&live) {
                    changed |= live & !*known != 0;
                    *known |= live;
                }
                if changed && !std::mem::replace(&mut waits[before.index()], true) {
                    work.push(before);
                }
            }
        }
        liveness
    }

    fn remove_dead(&self, output: &mut Output) {
        let mut live = Vec::new();
        for block in (0..self.view.num_blocks()).map(Block::new) {
            self.walk(block, output, &mut live, true);
        }
    }

    /// Finds what is live at the start of the block; moves to what is dead are removed if asked for.
    fn walk(&self, block: Block, output: &mut Output, live: &mut Vec<u64>, removes: bool) {
        let start = block.index() * self.words;
        live.clear();
        live.extend_from_slice(&self.ends[start..start + self.words]);
        let insts = self.view.block_insns(block);
        let mut edit = first_move(output, InstRange::new(insts.last().next(), insts.last().next()));
        for number in (0..insts.len()).rev() {
            let inst = Inst::new(insts.first().index() + number);
            self.moves(output, &mut edit, ProgPoint::after(inst), live, removes);
            self.places.written(self.view, output, inst).for_each(|place| live[place / 64] &= !(1 << (place % 64)));
            let read = self.places.operands(self.view, output, inst, OperandKind::Use);
            read.for_each(|place| live[place / 64] |= 1 << (place % 64));
            self.moves(output, &mut edit, ProgPoint::before(inst), live, removes);
        }
    }

    fn moves(&self, output: &mut Output, edit: &mut usize, point: ProgPoint, live: &mut [u64], removes: bool) {
        while let Some((at, Edit::Move { from, to })) = edit.checked_sub(1).and_then(|last| output.edits.get_mut(last))
            && *at == point
        {
            *edit -= 1;
            if from == to {
                continue;
            }
            let (Some(source), Some(target)) = (self.places.of(*from), self.places.of(*to)) else { continue };
            if take(live, target) {
                live[source / 64] |= 1 << (source % 64);
            } else if removes {
                remove(from, to);
            }
        }
    }
}

/// Takes a place out of a set; was it there?
fn take(live: &mut [u64], place: usize) -> bool {
    let (word, bit) = (&mut live[place / 64], 1 << (place % 64));
    let was = *word & bit != 0;
    *word &= !bit;
    was
}
