//! Which stack slots are only loaded and stored whole: they become variables of the builder.

use crate::ast::{Body, Constant, Definition, Inst, InstKind, Value, ValueKind};
use crate::symbols::SymbolId;
use crate::types::{Type, TypeId, TypeTable};

/// By local: whether it is the address of such a slot, and the type of its contents.
pub(crate) struct Promotion {
    contents: Vec<Option<TypeId>>,
}

impl Promotion {
    /// Looks at all uses of the slots of the entry block. `ignored` says which calls do nothing to their
    /// arguments.
    pub(crate) fn new(types: &TypeTable<'_>, body: &Body<'_>, ignored: impl Fn(&Inst) -> bool) -> Promotion {
        let mut promotion = Promotion { contents: vec![None; body.locals.list.len()] };
        let entry = body.blocks[body.order[0].index()].insts;
        for inst in &body.insts[entry.range()] {
            if let (InstKind::Alloca { ty, count: None, inalloca: false, .. }, Some(result)) = (inst.kind, inst.result)
            {
                promotion.contents[result.index()] = is_scalar(types, ty).then_some(ty);
            }
        }
        for inst in &body.insts {
            promotion.look_at(body, inst, &ignored);
        }
        promotion
    }

    fn look_at(&mut self, body: &Body<'_>, inst: &Inst, ignored: impl Fn(&Inst) -> bool) {
        match inst.kind {
            InstKind::Load { ty, pointer, volatile: false, atomic: None, .. } => {
                self.keep_whole(pointer, ty);
            }
            InstKind::Store { value, pointer, volatile: false, atomic: None, .. } => {
                self.drop_slot(value.value);
                self.keep_whole(pointer, value.ty);
            }
            InstKind::Call(_) if ignored(inst) => {}
            _ => body.each_value(inst, |value| self.drop_slot(value)),
        }
    }

    fn keep_whole(&mut self, pointer: Value, ty: TypeId) {
        if let ValueKind::Local(local) = pointer.kind() {
            let contents = &mut self.contents[local.index()];
            if *contents != Some(ty) {
                *contents = None;
            }
        }
    }

    fn drop_slot(&mut self, value: Value) {
        if let ValueKind::Local(local) = value.kind() {
            self.contents[local.index()] = None;
        }
    }

    /// Keeps all slots in memory.
    pub(crate) fn drop_all(&mut self) {
        self.contents.fill(None);
    }

    /// Type of the variable that the alloca becomes.
    pub(crate) fn variable(&self, inst: &Inst) -> Option<TypeId> {
        self.contents[inst.result?.index()]
    }

    /// Whether any slot becomes a variable.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.contents.iter().flatten().count()
    }
}

fn is_scalar(types: &TypeTable<'_>, ty: TypeId) -> bool {
    match types.get(ty) {
        Type::Int(bits) => bits <= son_ir::Type::MAX_INT_BITS,
        Type::Ptr(0) | Type::Float | Type::Double => true,
        _ => false,
    }
}

/// The symbol that an instruction calls, if its callee is named.
pub(crate) fn called_symbol(body: &Body<'_>, inst: &Inst) -> Option<SymbolId> {
    let InstKind::Call(call) = inst.kind else { return None };
    symbol_of(body, body.calls[call as usize].callee)
}

/// The symbol whose address a value is.
pub(crate) fn symbol_of(body: &Body<'_>, value: Value) -> Option<SymbolId> {
    let ValueKind::Constant(constant) = value.kind() else { return None };
    match body.constants.get(constant) {
        Constant::Symbol(symbol) => Some(symbol),
        _ => None,
    }
}

/// The instruction that defines a value.
pub(crate) fn defining<'b>(body: &'b Body<'_>, value: Value) -> Option<&'b Inst> {
    let ValueKind::Local(local) = value.kind() else { return None };
    match body.locals.list[local.index()].definition {
        Definition::Inst(inst) => Some(&body.insts[inst as usize]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BodyReader, parse_module};

    #[test]
    fn slots_whose_address_is_used_stay() {
        let text = b"declare void @g(ptr)
            define i32 @f(i32 %n, i1 %c) {
              %whole = alloca i32
              %escapes = alloca i32
              %stored = alloca ptr
              %address = alloca ptr
              %part = alloca i64
              %volatile = alloca i32
              store i32 %n, ptr %whole
              store ptr %stored, ptr %address
              call void @g(ptr %escapes)
              %a = load i32, ptr %whole
              %b = load i32, ptr %part
              %v = load volatile i32, ptr %volatile
              ret i32 %a
            }";
        let module = parse_module(text).expect("valid");
        let mut reader = BodyReader::new(&module);
        reader.read(&module, 1).expect("valid");
        let promotion = Promotion::new(&reader.types, &reader.body, |_| false);
        assert_eq!(promotion.count(), 2);
        assert_eq!(promotion.variable(&reader.body.insts[0]), Some(TypeId::I32));
        assert_eq!(promotion.variable(&reader.body.insts[3]), Some(TypeId::PTR));
    }
}
