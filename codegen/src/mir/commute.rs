//! Choice of the input that a two-address op overwrites.
//!
//! `a + b` takes the register of its first input. If that one lives on and the other does not, exchanging them saves a
//! move. Where values die is estimated: at the last use in the order of the blocks, unless that use is in a deeper
//! loop than the definition.

use super::Mir;
use crate::isa::Isa;
use crate::machine::OpFlags;
use regalloc2::{Block, Inst, Operand, OperandConstraint, OperandKind, VReg};

/// Where a register is defined and used.
#[derive(Clone, Copy, Default)]
struct Life {
    def_depth: u32,
    last_use: u32,
}

/// Exchanges inputs of commutative ops.
pub(super) fn commute(mir: &mut Mir, isa: &dyn Isa) {
    let lives = lives(mir);
    for block in (0..mir.block_count()).map(Block::new) {
        let depth = mir.block(block).loop_depth;
        for inst in mir.block_insts(block).iter() {
            if isa.ops()[mir.inst(inst).opcode.0 as usize].is(OpFlags::COMMUTES) {
                exchange(mir, inst, depth, &lives);
            }
        }
    }
}

fn lives(mir: &Mir) -> Vec<Life> {
    let mut lives = vec![Life::default(); mir.vreg_count()];
    for block in (0..mir.block_count()).map(Block::new) {
        let depth = mir.block(block).loop_depth;
        let insts = mir.block_insts(block);
        for param in mir.block_params(block) {
            lives[param.vreg()].def_depth = depth;
        }
        for inst in insts.iter() {
            for operand in mir.inst_operands(inst) {
                let life = &mut lives[operand.vreg().vreg()];
                match operand.kind() {
                    OperandKind::Def => life.def_depth = depth,
                    OperandKind::Use => life.last_use = inst.index() as u32,
                }
            }
        }
        // What a block that splits an edge passes on dies where the edge starts.
        let last = mir.block_insts(mir.begun(block)).last();
        for position in 0..mir.succs(block).len() {
            for argument in mir.succ_arguments(block, position) {
                lives[argument.vreg()].last_use = last.index() as u32;
            }
        }
    }
    lives
}

/// The operands of commutative ops are the result, then the two inputs.
fn exchange(mir: &mut Mir, inst: Inst, depth: u32, lives: &[Life]) {
    let dies = |vreg: VReg| {
        let life = lives[vreg.vreg()];
        life.last_use == inst.index() as u32 && life.def_depth >= depth
    };
    let range = mir.operand_spans[inst.index()].range();
    let [result, first, second] = &mut mir.operands[range] else { return };
    let reuses = matches!(result.constraint(), OperandConstraint::Reuse(1));
    if reuses && !dies(first.vreg()) && dies(second.vreg()) {
        let (old_first, old_second) = (*first, *second);
        *first = with_vreg(old_first, old_second.vreg());
        *second = with_vreg(old_second, old_first.vreg());
    }
}

fn with_vreg(operand: Operand, vreg: VReg) -> Operand {
    Operand::new(vreg, operand.constraint(), operand.kind(), operand.pos())
}
