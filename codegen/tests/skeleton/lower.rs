//! The calling convention: up to four integers in registers, one result. There are no calls.

use crate::ops::{ARGUMENTS, Op as M};
use son_codegen::lower::values::parameters;
use son_codegen::lower::{End, Lower, LowerError, Lowering, class_of};
use son_codegen::machine::MachineInst;
use son_codegen::mir::Location;
use son_codegen::regalloc2::{RegClass, VReg};
use son_ir::NodeId;

/// The rules.
pub(crate) struct Convention;

impl Lower for Convention {
    fn enter(&self, l: &mut Lowering) -> Result<(), LowerError> {
        let signature = l.signature();
        let odd = signature.params.iter().find(|param| class_of(param.ty) != RegClass::Int);
        if signature.params.len() > ARGUMENTS.len() || odd.is_some() {
            return Err(LowerError::Signature("what does not fit four registers of integers".to_owned()));
        }
        let mut vregs = Vec::new();
        for (param, [node, _]) in signature.params.iter().zip(parameters(l)) {
            let vreg = if node.is_some() { l.vreg(node) } else { l.temp(param.ty) };
            vregs.push(vreg);
        }
        let site = l.mir.call_site(&ARGUMENTS[..vregs.len()], &[]);
        l.push(MachineInst::new(M::Params, 0).imm(i64::from(site)), &vregs);
        Ok(())
    }

    fn ret(&self, l: &mut Lowering, node: NodeId) -> Result<(), LowerError> {
        let vregs: Vec<VReg> = l.graph().inputs(node).skip(2).map(|value| l.vreg(value)).collect();
        let locations: Vec<Location> = ARGUMENTS.into_iter().map(Location::Reg).take(vregs.len()).collect();
        let site = l.mir.call_site(&[], &locations);
        l.push(MachineInst::new(M::Ret, 0).imm(i64::from(site)), &vregs);
        Ok(())
    }

    fn end(&self, end: End) -> Option<MachineInst> {
        (end == End::Unreachable).then(|| MachineInst::new(M::Unreachable, 0))
    }
}
