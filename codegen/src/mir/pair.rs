//! Accesses of neighbours in memory, next to each other.
//!
//! Some CPUs have one instruction for two of them; emission makes one of accesses that follow each other. Here a load is
//! put behind an earlier one of its neighbour, and a store in front of a later one, over what does not touch the same
//! bytes: arithmetic, loads (for a load), and accesses at other distances from the same base. Stores elsewhere and calls
//! stay in the way.
//!
//! Which accesses have such an instruction the instruction set says by [`Isa::pair_kind`]. Linear: the search has a
//! bound, so that values do not wait long in registers.

use super::Mir;
use super::step::{base_operand, move_behind};
use crate::isa::Isa;
use crate::machine::{Base, InstFlags, MachineInst, OpFlags};
use regalloc2::{Block, Inst, VReg};
use std::ops::Range;

/// Instructions between two accesses that are joined.
const REACH: usize = 24;

/// Joins accesses in all blocks: loads with later ones, then stores with earlier ones.
pub(super) fn pair(mir: &mut Mir, isa: &dyn Isa) {
    for block in (0..mir.begun_count()).map(Block::new) {
        let range = mir.block_insts(block);
        let (first, last) = (range.first().index(), range.last().index());
        let mut at = first;
        while at < last {
            at += 1 + join_load(mir, isa, at, last) as usize;
        }
        let mut at = last;
        while at > first {
            at -= 1 + (at > first + 1 && join_store(mir, isa, at, first)) as usize;
        }
    }
}

/// Puts the next load of a neighbour behind the load at this place, if there is one.
fn join_load(mir: &mut Mir, isa: &dyn Isa, at: usize, last: usize) -> bool {
    let Some(place) = candidate(mir, isa, at, OpFlags::READ) else { return false };
    let end = last.min(at + REACH);
    let Some(other) = (at + 1..end).find(|&other| is_neighbour(mir, isa, place, at, other)) else { return false };
    let free = Place::of(mir, isa, other).is_some_and(|moved| is_free(mir, isa, moved, OpFlags::WRITE, at + 1..other));
    if free {
        move_behind(mir, other, at);
    }
    free
}

/// Puts the last store of a neighbour in front of the store at this place, if there is one.
fn join_store(mir: &mut Mir, isa: &dyn Isa, at: usize, first: usize) -> bool {
    let Some(place) = candidate(mir, isa, at, OpFlags::WRITE) else { return false };
    let start = first.max(at.saturating_sub(REACH));
    let found = (start..at).rev().find(|&other| is_neighbour(mir, isa, place, at, other));
    let Some(other) = found else { return false };
    let touches = OpFlags::READ.with(OpFlags::WRITE);
    let free = Place::of(mir, isa, other).is_some_and(|moved| is_free(mir, isa, moved, touches, other + 1..at));
    if free {
        move_behind(mir, other, at - 1);
    }
    free
}

/// The bytes of an access that does no more than this, if it may be one of two.
fn candidate(mir: &Mir, isa: &dyn Isa, at: usize, does: OpFlags) -> Option<Place> {
    let inst = mir.inst(Inst::new(at));
    isa.pair_kind(inst)?;
    let fits = flags(isa, inst).contains(does) && !inst.flags.contains(InstFlags::ALONE);
    Place::of(mir, isa, at).filter(|_| fits)
}

fn is_neighbour(mir: &Mir, isa: &dyn Isa, place: Place, at: usize, other: usize) -> bool {
    let [inst, second] = [at, other].map(|at| mir.inst(Inst::new(at)));
    are_neighbours(isa, inst, second)
        && !second.flags.contains(InstFlags::ALONE)
        && Place::of(mir, isa, other).is_some_and(|other| other.origin == place.origin)
}

/// Are two accesses from the same base those of neighbours, for which there is one instruction?
pub(super) fn are_neighbours(isa: &dyn Isa, first: &MachineInst, second: &MachineInst) -> bool {
    let distance = (i64::from(first.disp) - i64::from(second.disp)).abs();
    let is_near = distance == i64::from(first.size) && (first.size, first.base) == (second.size, second.base);
    is_near && isa.pair_kind(first).is_some_and(|kind| isa.pair_kind(second) == Some(kind))
}

fn flags(isa: &dyn Isa, inst: &MachineInst) -> OpFlags {
    isa.ops()[inst.opcode.0 as usize].flags
}

/// Does none of these instructions do this to the place?
fn is_free(mir: &Mir, isa: &dyn Isa, place: Place, touches: OpFlags, mut insts: Range<usize>) -> bool {
    insts.all(|at| {
        let inst = mir.inst(Inst::new(at));
        let flags = flags(isa, inst);
        let stays = flags.intersects(OpFlags::SIDE.with(OpFlags::CALL).with(OpFlags::DYNAMIC_STACK));
        let elsewhere = || Place::of(mir, isa, at).is_some_and(|other| place.is_apart_from(other));
        !stays && !inst.flags.contains(InstFlags::ALONE) && (!flags.intersects(touches) || elsewhere())
    })
}

/// What an address without index starts from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Register(VReg),
    Named(Base, u32),
}

/// Bytes at a constant distance from something.
#[derive(Clone, Copy)]
struct Place {
    origin: Origin,
    start: i64,
    size: i64,
}

impl Place {
    /// The bytes that an instruction accesses.
    fn of(mir: &Mir, isa: &dyn Isa, at: usize) -> Option<Place> {
        let inst = mir.inst(Inst::new(at));
        let origin = match inst.base {
            Base::Reg => Origin::Register(mir.inst_operands(Inst::new(at))[base_operand(mir, isa, at)?].vreg()),
            Base::Slot | Base::IncomingArg | Base::OutgoingArg | Base::Constant if inst.scale == 0 => {
                Origin::Named(inst.base, inst.symbol)
            }
            _ => return None,
        };
        Some(Place { origin, start: i64::from(inst.disp), size: i64::from(inst.size) })
    }

    /// Different slots are apart; nobody has the address of a constant.
    fn is_apart_from(self, other: Place) -> bool {
        let is_constant = |place: Place| matches!(place.origin, Origin::Named(Base::Constant, _));
        match (self.origin, other.origin) {
            (a, b) if a == b => self.start + self.size <= other.start || other.start + other.size <= self.start,
            (Origin::Named(..), Origin::Named(..)) => true,
            _ => is_constant(self) || is_constant(other),
        }
    }
}
