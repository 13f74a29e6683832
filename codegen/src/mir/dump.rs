//! Text of machine IR, for people.
//!
//! ```text
//! b1 (v4, v5): ; frequency 10, depth 1
//!   v6 = add.4 v4, v5
//!   jump.cmp.i.4 lt v6, 100 -> b1(v6, v5), b2
//! ```

use super::Mir;
use crate::isa::Isa;
use crate::machine::{Base, InstFlags, MachineInst, OpFlags, OpInfo, OperandSpec};
use regalloc2::{Block, Inst, Operand, OperandConstraint, OperandKind, VReg};
use std::fmt;

/// Shows machine IR with the names of an ISA.
pub struct Dump<'a> {
    /// The function.
    pub mir: &'a Mir,
    /// Its ISA.
    pub isa: &'a dyn Isa,
}

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, slot) in self.mir.slots().iter().enumerate() {
            writeln!(f, "slot{number}: {} bytes, aligned by {}", slot.size, slot.align)?;
        }
        for (number, constant) in self.mir.constants().iter().enumerate() {
            writeln!(f, "const{number}: {:02x?}", &constant.bytes[..constant.size as usize])?;
        }
        (0..self.mir.block_count()).try_for_each(|block| self.block(f, Block::new(block)))
    }
}

impl Dump<'_> {
    fn block(&self, f: &mut fmt::Formatter<'_>, block: Block) -> fmt::Result {
        let data = self.mir.block(block);
        write!(f, "b{}", block.index())?;
        arguments(f, self.mir.block_params(block))?;
        writeln!(f, ": ; frequency {}, depth {}", data.frequency, data.loop_depth)?;
        for inst in self.mir.block_insts(block).iter() {
            self.inst(f, inst)?;
            if inst == self.mir.block_insts(block).last() {
                self.successors(f, block)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn successors(&self, f: &mut fmt::Formatter<'_>, block: Block) -> fmt::Result {
        for (position, succ) in self.mir.succs(block).iter().enumerate() {
            write!(f, "{}b{}", if position == 0 { " -> " } else { ", " }, succ.index())?;
            arguments(f, self.mir.succ_arguments(block, position))?;
        }
        Ok(())
    }

    fn inst(&self, f: &mut fmt::Formatter<'_>, inst: Inst) -> fmt::Result {
        let record = self.mir.inst(inst);
        let info = &self.isa.ops()[record.opcode.0 as usize];
        let operands = self.mir.inst_operands(inst);
        write!(f, "  ")?;
        let results = operands.iter().take_while(|operand| operand.kind() == OperandKind::Def).count();
        for (i, result) in operands[..results].iter().enumerate() {
            write!(f, "{}{}", if i > 0 { ", " } else { "" }, self.operand(result))?;
        }
        write!(f, "{}{}", if results > 0 { " = " } else { "" }, info.name)?;
        self.record(f, record, info, &operands[results..])
    }

    /// The fields of an instruction that are set, and its inputs.
    fn record(
        &self,
        f: &mut fmt::Formatter<'_>,
        record: &MachineInst,
        info: &OpInfo,
        inputs: &[Operand],
    ) -> fmt::Result {
        if record.size != 0 {
            write!(f, ".{}", record.size)?;
        }
        if record.from != 0 {
            write!(f, " from.{}", record.from)?;
        }
        if record.flags.contains(InstFlags::LOCK) {
            write!(f, " lock")?;
        }
        if info.is(OpFlags::COND) {
            write!(f, " {}", self.isa.condition_name(record.cond).unwrap_or("?"))?;
        }
        let mut separator = " ";
        for input in inputs {
            write!(f, "{separator}{}", self.operand(input))?;
            separator = ", ";
        }
        let has_memory = info.operands.iter().any(|spec| matches!(spec, OperandSpec::Memory | OperandSpec::MemoryLate));
        if has_memory {
            write!(f, "{separator}[")?;
            address(f, record)?;
            write!(f, "]")?;
            separator = ", ";
        } else if record.symbol != crate::machine::NO_SYMBOL {
            write!(f, "{separator}symbol{}", record.symbol)?;
            separator = ", ";
        }
        if record.imm != 0 {
            write!(f, "{separator}{}", record.imm)?;
        }
        Ok(())
    }

    fn operand(&self, operand: &Operand) -> String {
        match operand.constraint() {
            OperandConstraint::FixedReg(register) => {
                format!("{}:{}", operand.vreg(), self.isa.register_name(register))
            }
            OperandConstraint::Any => format!("{}?", operand.vreg()),
            _ => operand.vreg().to_string(),
        }
    }
}

/// The registers of the address are among the inputs before it.
fn address(f: &mut fmt::Formatter<'_>, record: &MachineInst) -> fmt::Result {
    let symbol = record.symbol;
    match record.base {
        Base::None => write!(f, "0")?,
        Base::Reg => write!(f, "reg")?,
        Base::Slot => write!(f, "slot{symbol}")?,
        Base::IncomingArg => write!(f, "incoming")?,
        Base::OutgoingArg => write!(f, "outgoing")?,
        Base::Symbol => write!(f, "symbol{symbol}")?,
        Base::Got => write!(f, "got symbol{symbol}")?,
        Base::Constant => write!(f, "const{symbol}")?,
        Base::Block => write!(f, "target{symbol}")?,
        Base::ThreadLocal => write!(f, "thread symbol{symbol}")?,
        Base::GotThreadOffset => write!(f, "got thread symbol{symbol}")?,
    }
    if record.scale != 0 {
        write!(f, " + reg*{}", record.scale)?;
    }
    if record.disp != 0 {
        write!(f, " {} {}", if record.disp < 0 { '-' } else { '+' }, record.disp.unsigned_abs())?;
    }
    Ok(())
}

fn arguments(f: &mut fmt::Formatter<'_>, vregs: &[VReg]) -> fmt::Result {
    if vregs.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = vregs.iter().map(VReg::to_string).collect();
    write!(f, "({})", list.join(", "))
}
