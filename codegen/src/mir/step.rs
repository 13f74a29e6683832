//! Sums that step a pointer, next to an access through it.
//!
//! Some CPUs write an address back: `x = load [p]` and `q = p + 8` are one instruction, if `p` is not needed any more
//! and both pointers get one register. Emission makes one of neighbours; here the sum is put behind an access through
//! `p` at distance 0 or 8. Accesses between that one and the place where the sum was go from `q`, so that `p` ends, and
//! no more values live at once than before.
//!
//! What an instruction set can write back it says by [`Isa::step`]. Linear: the search has a bound.

use super::pair::are_neighbours;
use super::{Mir, Span};
use crate::isa::Isa;
use crate::machine::{Base, InstFlags, MachineInst, OperandSpec};
use regalloc2::{Block, Inst, Operand, OperandKind, VReg};

/// Instructions before and behind a sum that are looked at.
const REACH: usize = 48;

/// Moves all sums of the function that step a pointer.
pub(super) fn step(mir: &mut Mir, isa: &dyn Isa) {
    let mut uses: Option<Vec<u32>> = None;
    for block in (0..mir.begun_count()).map(Block::new) {
        let range = mir.block_insts(block);
        for at in range.iter() {
            if let Some(amount) = isa.step(mir.inst(at)) {
                let uses = uses.get_or_insert_with(|| count_uses(mir));
                try_step(mir, isa, uses, at, amount, (range.first().index(), range.last().index()));
            }
        }
    }
}

/// Number of uses of each value, by instructions and edges.
fn count_uses(mir: &Mir) -> Vec<u32> {
    let mut uses = vec![0; mir.vreg_count()];
    let used = mir.operands.iter().filter(|operand| operand.kind() == OperandKind::Use).map(|operand| operand.vreg());
    for vreg in used.chain(mir.arguments.iter().copied()) {
        uses[vreg.vreg()] += 1;
    }
    uses
}

/// An access through the pointer that is stepped.
struct Access {
    at: usize,
    inst: MachineInst,
    /// Which of its operands is the pointer.
    base: usize,
}

fn try_step(mir: &mut Mir, isa: &dyn Isa, uses: &[u32], sum: Inst, amount: i64, (first, last): (usize, usize)) {
    let &[result, pointer] = mir.inst_operands(sum) else { return };
    let (next, old, sum) = (result.vreg(), pointer.vreg(), sum.index());
    let (first, last) = (first.max(sum.saturating_sub(REACH)), (last - 1).min(sum + REACH));
    let Some(accesses) = accesses(mir, isa, (old, uses[old.vreg()]), sum, first..=last) else { return };
    for (number, access) in accesses.iter().enumerate().rev() {
        let disp = i64::from(access.inst.disp);
        if disp != 0 && disp != amount || access.inst.flags.contains(InstFlags::ALONE) {
            continue;
        }
        let paired = accesses
            .get(number + 1)
            .is_some_and(|other| other.at == access.at + 1 && are_neighbours(isa, &access.inst, &other.inst));
        let (place, later) = (accesses[number + paired as usize].at, &accesses[number + 1 + paired as usize..]);
        let used_before = (sum + 1..=place).any(|at| reads(mir, at, next));
        let moved = |access: &Access| i64::from(access.inst.disp) - amount;
        if !used_before && later.iter().all(|access| isa.reaches(&access.inst, moved(access))) {
            for access in later {
                mir.insts[access.at].disp = moved(access) as i32;
                let operand = &mut mir.operands[mir.operand_spans[access.at].range()][access.base];
                *operand = Operand::new(next, operand.constraint(), operand.kind(), operand.pos());
            }
            return move_behind(mir, sum, place);
        }
    }
}

/// Accesses through a pointer in some instructions; `None` if the pointer has other uses behind the first of them, or
/// elsewhere.
fn accesses(
    mir: &Mir,
    isa: &dyn Isa,
    (pointer, uses): (VReg, u32),
    sum: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Option<Vec<Access>> {
    let mut found: Vec<Access> = Vec::new();
    let mut seen = 1;
    for at in range.filter(|&at| at != sum) {
        let operands = mir.inst_operands(Inst::new(at));
        let count = operands.iter().filter(|operand| is_use(operand, pointer)).count();
        if count == 0 {
            continue;
        }
        seen += count as u32;
        let base = base_operand(mir, isa, at).filter(|&base| count == 1 && operands[base].vreg() == pointer);
        match base {
            Some(base) => found.push(Access { at, inst: *mir.inst(Inst::new(at)), base }),
            // What is before the access at which the pointer ends does not matter.
            None => found.clear(),
        }
    }
    (seen == uses && !found.is_empty()).then_some(found)
}

/// Which operand is the register that the address starts from, if nothing but a distance is added to it.
pub(super) fn base_operand(mir: &Mir, isa: &dyn Isa, at: usize) -> Option<usize> {
    let inst = mir.inst(Inst::new(at));
    let specs = isa.ops()[inst.opcode.0 as usize].operands;
    let place = specs.iter().position(|&spec| spec == OperandSpec::Memory)?;
    (inst.base == Base::Reg && inst.scale == 0).then_some(place)
}

fn is_use(operand: &Operand, vreg: VReg) -> bool {
    operand.kind() == OperandKind::Use && operand.vreg() == vreg
}

fn reads(mir: &Mir, at: usize, vreg: VReg) -> bool {
    mir.inst_operands(Inst::new(at)).iter().any(|operand| is_use(operand, vreg))
}

/// Puts an instruction right behind another one of its block.
pub(super) fn move_behind(mir: &mut Mir, from: usize, place: usize) {
    fn rotate<T>(list: &mut [T], from: usize, place: usize) {
        match from <= place {
            true => list[from..=place].rotate_left(1),
            false => list[place + 1..=from].rotate_right(1),
        }
    }
    rotate::<MachineInst>(&mut mir.insts, from, place);
    rotate::<u32>(&mut mir.origins, from, place);
    rotate::<Span>(&mut mir.operand_spans, from, place);
}
