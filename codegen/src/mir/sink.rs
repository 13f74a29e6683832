//! Preparation of shrink wrapping: values that calls make callee-saved get their registers where the calls begin.
//!
//! A function that returns early on a cheap test should not save registers before it. The frame is made where it is
//! needed (see [`crate::wrap`]); but a parameter that lives across a call has one register from the entry on, a
//! callee-saved one, so the entry would need the frame. Here such values are copied in the block that dominates all
//! calls, and what that block dominates uses the copies.

use super::dominators::Dominators;
use super::{Mir, Span};
use crate::isa::Isa;
use crate::machine::OpFlags;
use regalloc2::{Block, Operand, OperandKind, VReg};

/// The block must be executed less often than this share of the function's calls to be worth the copies.
const RARE: f32 = 0.95;

/// Copies values at the block that dominates all calls, if the entry need not have a frame; the edges are split.
pub(super) fn sink(mir: &mut Mir, isa: &dyn Isa) {
    let facts = mir.facts();
    if !facts.calls || facts.dynamic_stack || facts.returns_twice || mir.begun_count() < 2 {
        return;
    }
    let Some((block, inside)) = region_of_calls(mir, isa) else { return };
    let copies = copies(mir, isa, block, &inside);
    if copies.iter().any(|copy| copy.is_some()) {
        rename(mir, &inside, &copies);
        insert(mir, isa, block, &copies);
    }
}

/// The block that dominates all calls, outside of loops and rarer than the entry, and what it dominates.
fn region_of_calls(mir: &Mir, isa: &dyn Isa) -> Option<(Block, Vec<bool>)> {
    let calls = |block: Block| mir.block_insts(block).iter().any(|inst| is_call(mir, isa, inst));
    if calls(Block::new(0)) {
        return None;
    }
    let tree = Dominators::of(mir)?;
    let calling = (1..mir.begun_count()).map(Block::new).filter(|&block| calls(block));
    let mut block = calling.map(|block| block.index() as u32).reduce(|a, b| tree.common(a, b))?;
    while mir.block(Block::new(block as usize)).loop_depth > 0 {
        block = tree.immediate(block);
    }
    let place = Block::new(block as usize);
    let rare = mir.block(place).frequency < RARE * mir.block(Block::new(0)).frequency;
    (block != 0 && rare).then(|| (place, tree.region(mir, block)))
}

fn is_call(mir: &Mir, isa: &dyn Isa, inst: regalloc2::Inst) -> bool {
    let info = &isa.ops()[mir.inst(inst).opcode.0 as usize];
    info.is(OpFlags::CALL) && !info.is(OpFlags::RETURN)
}

/// The copy of each value that is defined outside and used inside behind the first call.
fn copies(mir: &mut Mir, isa: &dyn Isa, block: Block, inside: &[bool]) -> Vec<Option<VReg>> {
    const UNUSED: u32 = 0;
    let mut last_use = vec![UNUSED; mir.vreg_count()];
    let mut outside = vec![false; mir.vreg_count()];
    let mut first_call = u32::MAX;
    let mut classes: Vec<Option<VReg>> = vec![None; mir.vreg_count()];
    for at in (0..mir.block_count()).map(Block::new) {
        let insts = mir.block_insts(at);
        let mut note = |vreg: VReg, inst: usize| {
            if inside[at.index()] {
                last_use[vreg.vreg()] = last_use[vreg.vreg()].max(inst as u32);
            }
        };
        for inst in insts.iter() {
            if inside[at.index()] && is_call(mir, isa, inst) {
                first_call = first_call.min(inst.index() as u32);
            }
            for operand in mir.inst_operands(inst) {
                match operand.kind() {
                    OperandKind::Use => note(operand.vreg(), inst.index()),
                    OperandKind::Def => outside[operand.vreg().vreg()] = !inside[at.index()],
                }
                classes[operand.vreg().vreg()] = Some(operand.vreg());
            }
        }
        for position in 0..mir.succs(at).len() {
            for &argument in mir.succ_arguments(at, position) {
                note(argument, insts.last().index());
                classes[argument.vreg()] = Some(argument);
            }
        }
        for param in mir.block_params(at) {
            // The block's own parameters are defined where the copies are.
            outside[param.vreg()] = !inside[at.index()] || at == block;
        }
    }
    let copied = |vreg: usize| outside[vreg] && last_use[vreg] > first_call;
    let wanted: Vec<usize> = (0..mir.vreg_count()).filter(|&vreg| copied(vreg)).collect();
    let mut copies = vec![None; mir.vreg_count()];
    for vreg in wanted {
        copies[vreg] = classes[vreg].map(|old| mir.vreg(old.class()));
    }
    copies
}

/// Replaces the values by their copies inside.
fn rename(mir: &mut Mir, inside: &[bool], copies: &[Option<VReg>]) {
    let copy = |vreg: VReg| copies.get(vreg.vreg()).copied().flatten();
    for block in (0..mir.block_count()).filter(|&block| inside[block]) {
        for inst in mir.blocks[block].insts.range() {
            for operand in &mut mir.operands[mir.operand_spans[inst].range()] {
                if let (OperandKind::Use, Some(new)) = (operand.kind(), copy(operand.vreg())) {
                    *operand = Operand::new(new, operand.constraint(), operand.kind(), operand.pos());
                }
            }
        }
        for edge in mir.blocks[block].succs.range() {
            for argument in &mut mir.arguments[mir.succ_arguments[edge].range()] {
                *argument = copy(*argument).unwrap_or(*argument);
            }
        }
    }
}

/// Puts the copies at the start of the block.
fn insert(mir: &mut Mir, isa: &dyn Isa, block: Block, copies: &[Option<VReg>]) {
    let at = mir.blocks[block.index()].insts.start as usize;
    let origin = mir.origins[at];
    let (mut insts, mut spans) = (Vec::new(), Vec::new());
    for (number, copy) in copies.iter().enumerate() {
        let Some(copy) = *copy else { continue };
        let old = VReg::new(number, copy.class());
        let start = mir.operands.len();
        mir.operands.extend([Operand::reg_def(copy), Operand::any_use(old)]);
        spans.push(Span::new(start, mir.operands.len()));
        insts.push(isa.copy(copy.class()));
    }
    let count = insts.len() as u32;
    mir.origins.splice(at..at, std::iter::repeat_n(origin, insts.len()));
    mir.insts.splice(at..at, insts);
    mir.operand_spans.splice(at..at, spans);
    for (number, data) in mir.blocks.iter_mut().enumerate() {
        if data.insts.start as usize >= at && number != block.index() {
            data.insts.start += count;
            data.insts.end += count;
        }
    }
    mir.blocks[block.index()].insts.end += count;
}
