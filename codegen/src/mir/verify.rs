//! The laws of machine IR.
//!
//! 1. Each opcode is a row of the ISA's table.
//! 2. Each instruction has the operands that its op, its address and its call site list, of the right classes.
//! 3. `size` is 0, 1, 2, 4, 8 or 16; an index is scaled by 1, 2, 4 or 8 and added only to bases that allow it.
//! 4. A block ends in its only terminator; conditional jumps have two successors, returns none.
//! 5. Ops that use a condition have one of the ISA's.
//! 6. Slots, constants, call sites, chains and jump tables that are named exist; so do a table's successors. Slots are aligned
//!    by powers of two.
//! 7. An edge passes as many arguments as its target has parameters, of the same classes.
//! 8. No critical edge is left, and nothing jumps to the entry, which has no parameters.
//! 9. Each block but the entry comes after one of its predecessors; those that split edges come last.
//!
//! That registers are defined once and before their uses is checked by the allocator (`validate_ssa`).

use super::Mir;
use crate::isa::Isa;
use crate::machine::{Base, OpFlags, OpInfo, OperandSpec};
use regalloc2::{Block, Inst, Operand, OperandKind, RegClass};
use thiserror::Error;

/// A broken law of machine IR.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("MIR law {law}, block b{block}, instruction {inst}: {what}")]
pub struct MirError {
    /// The law's number.
    pub law: u32,
    /// The block.
    pub block: u32,
    /// The instruction, counted through the function.
    pub inst: u32,
    /// What is wrong.
    pub what: String,
}

/// Checks a finished function.
///
/// # Errors
/// The first broken law.
pub fn verify(mir: &Mir, isa: &dyn Isa) -> Result<(), MirError> {
    for block in (0..mir.block_count()).map(Block::new) {
        let verifier = Verifier { mir, isa, block };
        verifier.edges()?;
        verifier.instructions()?;
    }
    Ok(())
}

struct Verifier<'a> {
    mir: &'a Mir,
    isa: &'a dyn Isa,
    block: Block,
}

impl Verifier<'_> {
    fn error(&self, law: u32, inst: Inst, what: impl Into<String>) -> MirError {
        MirError { law, block: self.block.index() as u32, inst: inst.index() as u32, what: what.into() }
    }

    fn instructions(&self) -> Result<(), MirError> {
        let insts = self.mir.block_insts(self.block);
        if insts.len() == 0 {
            return Err(self.error(4, insts.first(), "an empty block"));
        }
        for inst in insts.iter() {
            let record = self.mir.inst(inst);
            let Some(info) = self.isa.ops().get(record.opcode.0 as usize) else {
                return Err(self.error(1, inst, format!("opcode {}", record.opcode.0)));
            };
            if info.is(OpFlags::TERMINATOR) != (inst == insts.last()) {
                return Err(self.error(4, inst, format!("{} is misplaced", info.name)));
            }
            self.fields(inst, info)?;
            self.operands(inst, info)?;
        }
        self.terminator(insts.last())
    }

    fn terminator(&self, inst: Inst) -> Result<(), MirError> {
        let info = &self.isa.ops()[self.mir.inst(inst).opcode.0 as usize];
        let succs = self.mir.succs(self.block).len();
        let fits = match () {
            _ if info.is(OpFlags::RETURN) => succs == 0,
            _ if info.is(OpFlags::COND) => succs == 2,
            _ if self.mir.inst(inst).opcode == self.isa.jump() => succs == 1,
            _ => true,
        };
        if fits { Ok(()) } else { Err(self.error(4, inst, format!("{} with {succs} successors", info.name))) }
    }

    fn fields(&self, inst: Inst, info: &OpInfo) -> Result<(), MirError> {
        let record = self.mir.inst(inst);
        if !matches!(record.size, 0 | 1 | 2 | 4 | 8 | 16) {
            return Err(self.error(3, inst, format!("size {}", record.size)));
        }
        if !matches!(record.scale, 0 | 1 | 2 | 4 | 8) || record.scale != 0 && !record.base.allows_index() {
            return Err(self.error(3, inst, format!("index scaled by {} on {:?}", record.scale, record.base)));
        }
        if info.is(OpFlags::COND) && self.isa.condition_name(record.cond).is_none() {
            return Err(self.error(5, inst, format!("condition {}", record.cond)));
        }
        let named = match record.base {
            Base::Slot => self.mir.slots.get(record.symbol as usize).is_some_and(|s| s.align.is_power_of_two()),
            Base::Constant => (record.symbol as usize) < self.mir.constants.len(),
            _ => true,
        };
        let site = usize::try_from(record.imm).is_ok_and(|site| site < self.mir.sites.len());
        let chained = !info.operands.contains(&OperandSpec::Chain) || !self.mir.chain(record.imm).is_empty();
        if !named || !chained || info.has_site() && !site {
            return Err(self.error(6, inst, format!("{} names what does not exist", info.name)));
        }
        Ok(())
    }

    fn operands(&self, inst: Inst, info: &OpInfo) -> Result<(), MirError> {
        let record = self.mir.inst(inst);
        let mut operands = self.mir.inst_operands(inst).iter();
        let mut take = |kind: OperandKind, class: Option<RegClass>| {
            let fits = |operand: &Operand| operand.kind() == kind && class.is_none_or(|class| operand.class() == class);
            match operands.next() {
                Some(operand) if fits(operand) => Ok(()),
                _ => Err(self.error(2, inst, format!("operands of {}", info.name))),
            }
        };
        use OperandSpec::*;
        let own = info.operands.iter().filter(|&&spec| spec != Chain);
        let links = if info.operands.contains(&Chain) { self.mir.chain(record.imm) } else { &[] };
        let linked = links.iter().flat_map(|link| self.isa.ops()[link.opcode.0 as usize].operands);
        for &spec in own.chain(linked) {
            match spec {
                Chain => {}
                Def(class) | DefEarly(class) | DefReuse(class, _) | Temp(class) => {
                    take(OperandKind::Def, Some(class))?;
                }
                DefFixed(register) => take(OperandKind::Def, Some(register.class()))?,
                Use(class) | UseLate(class) | UseAny(class) | UseAnyLate(class) => {
                    take(OperandKind::Use, Some(class))?;
                }
                UseFixed(register) => take(OperandKind::Use, Some(register.class()))?,
                Memory | MemoryLate => {
                    (0..record.address().registers()).try_for_each(|_| take(OperandKind::Use, Some(RegClass::Int)))?;
                }
                SiteResults => {
                    self.mir.site_results(record.imm).iter().try_for_each(|_| take(OperandKind::Def, None))?
                }
                SiteArguments => {
                    self.mir.site_arguments(record.imm).iter().try_for_each(|_| take(OperandKind::Use, None))?;
                }
            }
        }
        Ok(())
    }

    fn edges(&self) -> Result<(), MirError> {
        let last = self.mir.block_insts(self.block).last();
        let succs = self.mir.succs(self.block);
        for (position, &succ) in succs.iter().enumerate() {
            let (arguments, params) = (self.mir.succ_arguments(self.block, position), self.mir.block_params(succ));
            let fits = arguments.len() == params.len()
                && arguments.iter().zip(params).all(|(argument, param)| argument.class() == param.class());
            if !fits {
                return Err(self.error(7, last, format!("arguments for b{}", succ.index())));
            }
            if succs.len() > 1 && self.mir.preds(succ).len() > 1 {
                return Err(self.error(8, last, format!("the edge to b{} is critical", succ.index())));
            }
        }
        if self.block.index() == 0
            && (!self.mir.preds(self.block).is_empty() || !self.mir.block_params(self.block).is_empty())
        {
            return Err(self.error(8, last, "the entry has predecessors or parameters"));
        }
        let follows = self.mir.preds(self.block).iter().any(|&pred| self.mir.begun(pred) < self.block);
        if self.block.index() > 0 && !follows {
            return Err(self.error(9, last, "no predecessor comes first"));
        }
        let tables_fit = self
            .mir
            .tables()
            .filter(|(block, _)| *block == self.block)
            .all(|(_, entries)| entries.iter().all(|&entry| (entry as usize) < succs.len()));
        if tables_fit { Ok(()) } else { Err(self.error(6, last, "a table entry names no successor")) }
    }
}
