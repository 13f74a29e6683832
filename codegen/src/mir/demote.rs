//! Functions that call something that returns twice (`setjmp`).
//!
//! When such a call returns again, registers and spill slots hold what later code left there. So each value that
//! lives across one, or from block to block, gets a stack slot of its own: it is stored where it is defined and
//! reloaded before each use. Slots are never shared, so a value that the second return needs is still there.

use super::{Mir, Span};
use crate::isa::Isa;
use crate::machine::{Address, Base, MachineInst, OpFlags};
use regalloc2::{Block, Inst, Operand, OperandKind, RegClass, VReg};

/// Stack slot of a value that has none.
const NO_SLOT: u32 = u32::MAX;

/// Gives slots to the values of a function; its edges are not split yet.
pub(super) fn demote(mir: &mut Mir, isa: &dyn Isa) {
    let slots = assign_slots(mir, isa);
    let mut new = Mir { vreg_count: mir.vreg_count, facts: mir.facts, ..Mir::default() };
    std::mem::swap(&mut new.slots, &mut mir.slots);
    std::mem::swap(&mut new.sites, &mut mir.sites);
    std::mem::swap(&mut new.locations, &mut mir.locations);
    std::mem::swap(&mut new.tables, &mut mir.tables);
    std::mem::swap(&mut new.table_entries, &mut mir.table_entries);
    std::mem::swap(&mut new.indirect_targets, &mut mir.indirect_targets);
    std::mem::swap(&mut new.constants, &mut mir.constants);
    std::mem::swap(&mut new.constant_numbers, &mut mir.constant_numbers);
    std::mem::swap(&mut new.chains, &mut mir.chains);
    let mut rewriter = Rewriter { old: mir, new, isa, slots };
    for block in (0..rewriter.old.block_count()).map(Block::new) {
        rewriter.block(block);
    }
    *mir = rewriter.new;
}

/// The slot of each virtual register, [`NO_SLOT`] for those that live within a stretch of one block.
fn assign_slots(mir: &mut Mir, isa: &dyn Isa) -> Vec<u32> {
    const UNDEFINED: u32 = u32::MAX;
    let mut slots = vec![NO_SLOT; mir.vreg_count()];
    let mut stretches = vec![UNDEFINED; mir.vreg_count()];
    let mut stretch = 0;
    let mut uses: Vec<(VReg, u32)> = Vec::new();
    for block in (0..mir.block_count()).map(Block::new) {
        stretch += 1;
        for param in mir.block_params(block) {
            stretches[param.vreg()] = stretch;
        }
        for inst in mir.block_insts(block).iter() {
            let operands = mir.inst_operands(inst);
            uses.extend(operands.iter().filter(|o| o.kind() == OperandKind::Use).map(|o| (o.vreg(), stretch)));
            stretch += returns_twice(mir, isa, inst) as u32;
            for result in operands.iter().filter(|o| o.kind() == OperandKind::Def) {
                stretches[result.vreg().vreg()] = stretch;
            }
        }
        for position in 0..mir.succs(block).len() {
            uses.extend(mir.succ_arguments(block, position).iter().map(|&vreg| (vreg, stretch)));
        }
    }
    for (vreg, stretch) in uses {
        if stretches[vreg.vreg()] != stretch && slots[vreg.vreg()] == NO_SLOT {
            let wide = vreg.class() == RegClass::Float && mir.facts().wide_floats;
            slots[vreg.vreg()] = mir.slot(if wide { 16 } else { 8 }, 8);
        }
    }
    slots
}

fn returns_twice(mir: &Mir, isa: &dyn Isa, inst: Inst) -> bool {
    let record = mir.inst(inst);
    let info = &isa.ops()[record.opcode.0 as usize];
    info.is(OpFlags::CALL) && info.has_site() && mir.site(record.imm).returns_twice
}

struct Rewriter<'a> {
    old: &'a Mir,
    new: Mir,
    isa: &'a dyn Isa,
    slots: Vec<u32>,
}

impl Rewriter<'_> {
    fn block(&mut self, block: Block) {
        let data = self.old.block(block);
        self.new.begin_block(data.frequency, data.loop_depth);
        let insts = self.old.block_insts(block);
        for &param in self.old.block_params(block) {
            self.new.param(param);
        }
        for &param in self.old.block_params(block) {
            self.store(param, self.old.origin(insts.first()));
        }
        for inst in insts.iter() {
            if inst == insts.last() {
                self.last(block, inst);
            } else {
                self.inst(inst);
            }
        }
    }

    fn inst(&mut self, inst: Inst) {
        let origin = self.old.origin(inst);
        let mut operands = self.old.inst_operands(inst).to_vec();
        self.reload_operands(&mut operands, origin);
        self.append(*self.old.inst(inst), &operands, origin);
        for result in operands.iter().filter(|operand| operand.kind() == OperandKind::Def) {
            self.store(result.vreg(), origin);
        }
    }

    fn last(&mut self, block: Block, inst: Inst) {
        let origin = self.old.origin(inst);
        let mut operands = self.old.inst_operands(inst).to_vec();
        self.reload_operands(&mut operands, origin);
        let edges: Vec<(Block, Vec<VReg>)> = (0..self.old.succs(block).len())
            .map(|position| {
                let arguments = self.old.succ_arguments(block, position);
                let arguments = arguments.iter().map(|&vreg| self.reload(vreg, origin)).collect();
                (self.old.succs(block)[position], arguments)
            })
            .collect();
        self.append(*self.old.inst(inst), &operands, origin);
        for (target, arguments) in edges {
            self.new.succ(target, &arguments);
        }
    }

    fn reload_operands(&mut self, operands: &mut [Operand], origin: u32) {
        for operand in operands {
            if operand.kind() == OperandKind::Use {
                let vreg = self.reload(operand.vreg(), origin);
                *operand = Operand::new(vreg, operand.constraint(), operand.kind(), operand.pos());
            }
        }
    }

    /// The value of a register, reloaded if it has a slot.
    fn reload(&mut self, vreg: VReg, origin: u32) -> VReg {
        let slot = self.slots[vreg.vreg()];
        if slot == NO_SLOT {
            return vreg;
        }
        let copy = self.new.vreg(vreg.class());
        let load = self.isa.slot_load(vreg.class(), self.old.facts().wide_floats);
        self.new.push(self.isa, load.at(Address::named(Base::Slot, slot, 0)), &[copy], origin);
        copy
    }

    fn store(&mut self, vreg: VReg, origin: u32) {
        let slot = self.slots[vreg.vreg()];
        if slot != NO_SLOT {
            let store = self.isa.slot_store(vreg.class(), self.old.facts().wide_floats);
            self.new.push(self.isa, store.at(Address::named(Base::Slot, slot, 0)), &[vreg], origin);
        }
    }

    /// Adds an instruction with operands that are complete, temporaries included.
    fn append(&mut self, inst: MachineInst, operands: &[Operand], origin: u32) {
        let start = self.new.operands.len();
        self.new.operands.extend_from_slice(operands);
        self.new.operand_spans.push(Span::new(start, self.new.operands.len()));
        self.new.insts.push(inst);
        self.new.origins.push(origin);
        self.new.current_block().insts.end += 1;
    }
}
