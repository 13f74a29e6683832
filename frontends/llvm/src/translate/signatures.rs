//! Signatures of functions and calls, and the attributes that graph and back end use.

use son_ir::{CallConv, CallFlags, Extension, FunctionFlags, Param, Passing, SigId, Signature};

use super::At;
use super::context::Context;
use crate::Keyword;
use crate::ast::{AttributeSet, Convention, Function, FunctionAttributes, MemoryEffect, ParamAttributes};
use crate::error::{Fault, Result};
use crate::types::{Type as Ast, TypeId, TypeTable};

/// What a signature says besides types and attributes.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Parameters from this number on are variable arguments.
    pub(crate) fixed: usize,
    /// Are there more arguments than parameters?
    pub(crate) variadic: bool,
    pub(crate) convention: Convention,
    /// Where faults are.
    pub(crate) offset: u32,
}

impl Context<'_, '_> {
    /// The signature of a function of the text.
    pub(crate) fn function_signature(&mut self, index: usize) -> Result<SigId> {
        if let Some(known) = self.signatures[index] {
            return Ok(known);
        }
        let ast = self.ast;
        let function = &ast.functions[index];
        let params = ast.params[function.params.range()]
            .iter()
            .map(|param| (param.ty, &ast.attributes[param.attributes.index()]));
        let ret = (function.ret, &ast.attributes[function.ret_attributes.index()]);
        let shape = Shape {
            fixed: usize::MAX,
            variadic: function.varargs,
            convention: function.convention,
            offset: function.offset,
        };
        let signature = self.signature(&ast.types, params, ret, shape)?;
        self.signatures[index] = Some(signature);
        Ok(signature)
    }

    /// A signature from types and attributes.
    pub(crate) fn signature<'p>(
        &mut self,
        types: &TypeTable<'_>,
        params: impl Iterator<Item = (TypeId, &'p ParamAttributes)>,
        ret: (TypeId, &ParamAttributes),
        shape: Shape,
    ) -> Result<SigId> {
        let Shape { fixed, variadic, convention, offset } = shape;
        let conv = convention_of(convention, offset)?;
        let mut signature = Signature { variadic, conv, ..Signature::default() };
        for (number, (ty, attributes)) in params.enumerate() {
            let before = signature.params.len();
            self.add_params(types, ty, attributes, offset, &mut signature.params)?;
            if number >= fixed {
                signature.unnamed += (signature.params.len() - before) as u32;
            }
        }
        self.add_params(types, ret.0, ret.1, offset, &mut signature.results)?;
        Ok(self.module.signature_id(signature))
    }

    fn add_params(
        &mut self,
        types: &TypeTable<'_>,
        ty: TypeId,
        attributes: &ParamAttributes,
        offset: u32,
        into: &mut Vec<Param>,
    ) -> Result<()> {
        let parts = self.lowering.parts(types, ty).at(offset)?;
        let is_array = matches!(types.resolve(ty), Ast::Array { .. });
        let is_vector = matches!(types.resolve(ty), Ast::Vector { .. });
        for (number, leaf) in parts.iter().enumerate() {
            let mut param = Param::new(leaf.ty);
            if is_vector && leaf.ty.is_int() {
                param.passing = Passing::Vector;
            } else if parts.len() == 1 && (!is_array || attributes.stack_align == 0) {
                self.apply_attributes(types, attributes, offset, &mut param)?;
            } else if is_array {
                param.passing = Passing::Part((parts.len() - 1 - number) as u32, attributes.stack_align);
            }
            into.push(param);
        }
        Ok(())
    }

    fn apply_attributes(
        &mut self,
        types: &TypeTable<'_>,
        attributes: &ParamAttributes,
        offset: u32,
        param: &mut Param,
    ) -> Result<()> {
        let set = attributes.set;
        let refused = [Keyword::Nest, Keyword::SwiftError, Keyword::SwiftSelf, Keyword::SwiftAsync];
        let refused = refused.into_iter().find(|&word| set.contains(word));
        let typed = attributes.typed.map(|(word, _)| word).filter(|&word| word != Keyword::ElementType);
        if let Some(word) = refused.or(typed) {
            return Err(Fault::unsupported(offset, format!("attribute '{}'", word.text())));
        }
        if let Some(ty) = attributes.byval {
            let layout = self.lowering.layouts.of(types, ty).map_err(super::types::layout_error).at(offset)?;
            let align = if attributes.align != 0 { attributes.align } else { layout.align };
            param.passing = Passing::ByValue(layout.size, align);
        } else if attributes.sret.is_some() {
            param.passing = Passing::StructReturn;
        }
        param.extension = if set.contains(Keyword::ZeroExt) {
            Extension::Zero
        } else if set.contains(Keyword::SignExt) {
            Extension::Sign
        } else {
            Extension::None
        };
        param.no_alias = set.contains(Keyword::NoAlias);
        param.non_null = set.contains(Keyword::NonNull) || attributes.dereferenceable > 0;
        param.no_capture = attributes.no_capture;
        param.dereferenceable = attributes.dereferenceable;
        param.align_log2 = attributes.align.max(1).trailing_zeros() as u8;
        Ok(())
    }
}

fn convention_of(convention: Convention, offset: u32) -> Result<CallConv> {
    match (convention.keyword, convention.number) {
        (Keyword::CCc | Keyword::Coldcc, _) => Ok(CallConv::C),
        (Keyword::X86_64SysV, _) | (Keyword::Cc, 78) => Ok(CallConv::SystemV),
        (Keyword::Win64, _) | (Keyword::Cc, 79) => Ok(CallConv::Windows),
        (Keyword::Fastcc, _) => Ok(CallConv::Fast),
        (Keyword::Cc, 0 | 9) => Ok(CallConv::C),
        (Keyword::Cc, 8) => Ok(CallConv::Fast),
        (Keyword::Cc, number) => Err(Fault::unsupported(offset, format!("calling convention {number}"))),
        (keyword, _) => Err(Fault::unsupported(offset, format!("calling convention '{}'", keyword.text()))),
    }
}

/// Which memory a function may touch: none, only to read it, only that of its arguments.
fn memory_flags(attributes: &FunctionAttributes) -> (bool, bool, bool) {
    let effects = attributes.effects();
    let none = |effect| effect == MemoryEffect::None;
    let reads = |effect| matches!(effect, MemoryEffect::None | MemoryEffect::Read);
    // What only the callee sees is state all the same: two calls of `malloc` are not one.
    let outside = none(effects.inaccessible) && none(effects.errno) && none(effects.other);
    let all = [effects.arguments, effects.other, effects.inaccessible, effects.errno];
    let no_memory = outside && none(effects.arguments);
    (no_memory, all.into_iter().all(reads), outside && !no_memory)
}

/// What is known of a call with these attributes.
pub(crate) fn call_flags(attributes: &FunctionAttributes, result: AttributeSet) -> CallFlags {
    let (none, read_only, arguments) = memory_flags(attributes);
    let has = |word| attributes.set.contains(word);
    let flags = [
        (has(Keyword::NoReturn), CallFlags::NO_RETURN),
        (has(Keyword::ReturnsTwice), CallFlags::RETURNS_TWICE),
        (none, CallFlags::NO_MEMORY),
        (read_only, CallFlags::READ_ONLY),
        (arguments, CallFlags::ARGUMENT_MEMORY),
        (has(Keyword::WillReturn), CallFlags::WILL_RETURN),
        (has(Keyword::Cold), CallFlags::COLD),
        (has(Keyword::AlwaysInline), CallFlags::ALWAYS_INLINE),
        (has(Keyword::NoInline), CallFlags::NO_INLINE),
        (has(Keyword::NoUnwind), CallFlags::NO_UNWIND),
        (result.contains(Keyword::NoAlias), CallFlags::NO_ALIAS_RESULT),
        (has(Keyword::NoBuiltin) && !has(Keyword::Builtin), CallFlags::NO_BUILTIN),
    ];
    flags.into_iter().filter(|flag| flag.0).fold(CallFlags::NONE, |all, flag| all.or(flag.1))
}

/// What is known or wanted of a function.
pub(crate) fn function_flags(function: &Function<'_>, result: AttributeSet) -> FunctionFlags {
    let (none, read_only, _) = memory_flags(&function.attributes);
    let has = |word| function.attributes.set.contains(word);
    let flags = [
        (has(Keyword::NoInline), FunctionFlags::NO_INLINE),
        (has(Keyword::AlwaysInline), FunctionFlags::ALWAYS_INLINE),
        (has(Keyword::OptSize) || has(Keyword::MinSize), FunctionFlags::OPT_SIZE),
        (has(Keyword::OptNone), FunctionFlags::OPT_NONE),
        (has(Keyword::MustProgress), FunctionFlags::MUST_PROGRESS),
        (has(Keyword::NoReturn), FunctionFlags::NO_RETURN),
        (has(Keyword::Cold), FunctionFlags::COLD),
        (has(Keyword::NoUnwind), FunctionFlags::NO_UNWIND),
        (has(Keyword::InlineHint), FunctionFlags::INLINE_HINT),
        (read_only, FunctionFlags::READ_ONLY),
        (none, FunctionFlags::NO_MEMORY),
        (has(Keyword::WillReturn), FunctionFlags::WILL_RETURN),
        (result.contains(Keyword::NoAlias), FunctionFlags::NO_ALIAS_RESULT),
        (has(Keyword::UwTable), FunctionFlags::UNWIND_TABLE),
        (function.attributes.branch_targets, FunctionFlags::BRANCH_TARGETS),
        (function.attributes.signs_return, FunctionFlags::PROTECTS_RETURN),
        (function.attributes.signs_leaves, FunctionFlags::SIGNS_LEAVES),
    ];
    flags.into_iter().filter(|flag| flag.0).fold(FunctionFlags::NONE, |all, flag| all.or(flag.1))
}
