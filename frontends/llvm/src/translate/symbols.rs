//! Symbols: definitions first, in order of the text; declarations when they are mentioned.

use son_ir as son;

use super::At;
use super::context::Context;
use crate::Keyword;
use crate::ast::{
    Alias, AllocRole, Constant, DllStorage, Function, Global, Linkage, Operand, Param, Placement, SymbolTraits,
    ThreadLocal, ValueKind, Visibility,
};
use crate::error::{ErrorKind, Fault, Result};
use crate::symbols::{SymbolId, SymbolKind};
use crate::types::Type as Ast;
use son::analysis::allocation::{Allocator, Role};

/// So many aliases may stand for one another.
const MAX_ALIASES: u32 = 64;

impl<'a> Context<'_, 'a> {
    /// Adds the symbols of all definitions.
    pub(crate) fn declare(&mut self) -> Result<()> {
        let ast = self.ast;
        for (index, global) in ast.globals.iter().enumerate() {
            if global.init.is_some() && !is_special(&ast.symbols.get(global.symbol).name, global) {
                self.declare_global(index)?;
            }
        }
        for (index, function) in ast.functions.iter().enumerate() {
            if function.body.is_some() {
                self.declare_function(index)?;
            }
        }
        for alias in &ast.aliases {
            self.declare_alias(alias)?;
        }
        Ok(())
    }

    /// The module's symbol for one of the text, which is mentioned at `offset`.
    #[inline]
    pub(crate) fn symbol(&mut self, symbol: SymbolId, offset: u32) -> Result<son::SymbolId> {
        match self.symbols[symbol.index()] {
            Some(known) => Ok(known),
            None => self.mention(symbol, offset),
        }
    }

    fn mention(&mut self, symbol: SymbolId, offset: u32) -> Result<son::SymbolId> {
        match self.ast.symbols.get(symbol).kind {
            SymbolKind::Function(index) => {
                if self.intrinsics[index as usize].is_some() {
                    return Err(Fault::invalid(offset, "the address of an intrinsic is taken"));
                }
                self.declare_function(index as usize)
            }
            SymbolKind::Global(index) => self.declare_global(index as usize),
            SymbolKind::Alias(_) | SymbolKind::Undefined(_) => {
                let name = self.ast.symbols.get(symbol).display();
                Err(Fault::new(offset, ErrorKind::Undefined { what: "value", name }))
            }
        }
    }

    fn declare_function(&mut self, index: usize) -> Result<son::SymbolId> {
        let function = &self.ast.functions[index];
        self.check_function(function)?;
        let signature = self.function_signature(index)?;
        let definition = son::Definition::ExternalFunction(signature);
        let allocator = self.allocator(function, signature)?;
        let id = self.add(function.offset, function.symbol, &function.traits, &function.placement, definition)?;
        self.module.symbols[id.index()].allocator = allocator;
        Ok(id)
    }

    /// What attributes say of a function of an allocator, if that is enough.
    fn allocator(&self, function: &Function<'_>, signature: son::SigId) -> Result<Option<Allocator>> {
        let attributes = &function.attributes;
        let params = &self.ast.params[function.params.range()];
        let is_int = |number: u32| {
            let param = params.get(number as usize);
            param.is_some_and(|param| matches!(self.ast.types.resolve(param.ty), Ast::Int(_)))
        };
        let named = attributes.alloc_size.into_iter().flat_map(|(size, count)| [Some(size), count]).flatten();
        if !named.into_iter().all(is_int) {
            return Err(Fault::invalid(function.offset, "'allocsize' names what is no integer parameter"));
        }
        let (Some(kind), Some((start, end))) = (attributes.alloc_kind, attributes.alloc_family) else {
            return Ok(None);
        };
        let has = |word: Keyword| {
            let is = |param: &Param| self.ast.attributes[param.attributes.index()].set.contains(word);
            params.iter().position(is).and_then(|number| u8::try_from(number).ok())
        };
        let (old, align) = (has(Keyword::AllocPtr), has(Keyword::AllocAlign));
        let number = |number: u32| u8::try_from(number).ok();
        let size = attributes.alloc_size.and_then(|sizes| number(sizes.0));
        let count = attributes.alloc_size.and_then(|sizes| sizes.1).and_then(number);
        let role = match kind.role {
            AllocRole::Alloc => size.map(|size| Role::Allocate { size, count, align, zeroed: kind.zeroed }),
            AllocRole::Realloc => old.zip(size).map(|(old, size)| Role::Resize { old, size, count, align }),
            AllocRole::Free => old.map(|memory| Role::Free { memory, null: false }),
        };
        let Some(role) = role.filter(|_| !kind.aligned || align.is_some()) else { return Ok(None) };
        let family = &self.ast.text[start as usize..end as usize];
        let allocator = Allocator { role, family: String::from_utf8_lossy(family).into_owned().into() };
        let signature = self.module.signature(signature);
        // A parameter of several parts would shift the others.
        Ok(Some(allocator).filter(|said| signature.params.len() == params.len() && said.fits(signature)))
    }

    fn check_function(&self, function: &Function<'_>) -> Result<()> {
        let refused = [
            (function.gc.is_some(), "garbage collection strategy"),
            (function.prefix.is_some(), "prefix data"),
            (function.prologue.is_some(), "prologue data"),
            (function.attributes.set.contains(Keyword::Naked), "naked function"),
            (function.placement.partition.is_some(), "partition"),
        ];
        match refused.iter().find(|(found, _)| *found) {
            Some((_, what)) => Err(Fault::unsupported(function.offset, *what)),
            None => Ok(()),
        }
    }

    fn declare_global(&mut self, index: usize) -> Result<son::SymbolId> {
        let global = &self.ast.globals[index];
        let offset = global.offset;
        if global.address_space != 0 {
            return Err(Fault::unsupported(offset, "address space"));
        }
        let layout = self.lowering.layouts.of(&self.ast.types, global.ty);
        let definition = match global.init {
            None => son::Definition::ExternalData(layout.ok().map(|layout| layout.size)),
            Some(_) => {
                layout.map_err(super::types::layout_error).at(offset)?;
                son::Definition::Data(son::Data::default())
            }
        };
        let id = self.add(offset, global.symbol, &global.traits, &global.placement, definition)?;
        if global.placement.align == 0
            && let Ok(layout) = self.lowering.layouts.of(&self.ast.types, global.ty)
        {
            self.module.symbols[id.index()].align = layout.align;
        }
        Ok(id)
    }

    fn declare_alias(&mut self, alias: &Alias<'a>) -> Result<()> {
        if alias.ifunc {
            return Err(Fault::unsupported(alias.offset, "ifunc"));
        }
        let target = self.alias_target(alias)?;
        let ast = self.ast;
        let address = self.linear(&ast.types, &ast.constants, target, alias.offset)?;
        let (Some(son::RelocationTarget::Symbol(target)), None) = (address.plus, address.minus) else {
            return Err(Fault::unsupported(alias.offset, "alias of what is no symbol"));
        };
        let definition = son::Definition::Alias(target, address.addend);
        self.add(alias.offset, alias.symbol, &alias.traits, &Placement::default(), definition)?;
        Ok(())
    }

    /// What an alias stands for, when aliases of aliases are followed.
    fn alias_target(&self, alias: &Alias<'a>) -> Result<Operand> {
        let mut target = alias.target;
        for _ in 0..MAX_ALIASES {
            let ValueKind::Constant(constant) = target.value.kind() else { return Ok(target) };
            let Constant::Symbol(symbol) = self.ast.constants.get(constant) else { return Ok(target) };
            match self.ast.symbols.get(symbol).kind {
                SymbolKind::Alias(next) => target = self.ast.aliases[next as usize].target,
                _ => return Ok(target),
            }
        }
        Err(Fault::invalid(alias.offset, "aliases of aliases go on too long"))
    }

    fn add(
        &mut self,
        offset: u32,
        symbol: SymbolId,
        traits: &SymbolTraits,
        placement: &Placement<'a>,
        definition: son::Definition,
    ) -> Result<son::SymbolId> {
        let name = self.name(symbol, offset)?;
        if let Some(other) = self.module.find_symbol(&name) {
            // `\01name` and `name` are one symbol to the linker.
            let fresh = matches!(definition, son::Definition::ExternalFunction(_) | son::Definition::ExternalData(_));
            if fresh {
                self.symbols[symbol.index()] = Some(other);
                return Ok(other);
            }
            return Err(Fault::new(offset, ErrorKind::Redefined { what: "symbol", name }));
        }
        let comdat = match &placement.comdat {
            Some(name) => Some(self.comdat(name, offset)?),
            None => None,
        };
        let text = |text: &Option<std::borrow::Cow<'a, [u8]>>| {
            text.as_ref().map(|text| String::from_utf8_lossy(text).into_owned())
        };
        let id = self.module.add_symbol(son::Symbol {
            name,
            linkage: linkage(traits.linkage),
            visibility: match (traits.dll, traits.visibility) {
                (DllStorage::Import, _) => son::Visibility::Imported,
                (DllStorage::Export, _) => son::Visibility::Exported,
                (DllStorage::None, Visibility::Default) => son::Visibility::Default,
                (DllStorage::None, Visibility::Hidden) => son::Visibility::Hidden,
                (DllStorage::None, Visibility::Protected) => son::Visibility::Protected,
            },
            local: traits.dso_local,
            tls: tls(traits.thread_local).map(|asked| asked.max(self.least_model(traits))),
            section: text(&placement.section),
            comdat,
            align: placement.align,
            unnamed_addr: traits.unnamed_addr,
            allocator: None,
            definition,
        });
        self.symbols[symbol.index()] = Some(id);
        Ok(id)
    }

    /// How thread-local variables are reached at worst: what is part of a program is at a distance that is known when
    /// it starts, what is part of the same image at one that the linker knows.
    fn least_model(&self, traits: &SymbolTraits) -> son::TlsModel {
        match (self.is_shared, traits.dso_local) {
            (true, false) => son::TlsModel::GeneralDynamic,
            (true, true) => son::TlsModel::LocalDynamic,
            (false, false) => son::TlsModel::InitialExec,
            (false, true) => son::TlsModel::LocalExec,
        }
    }

    /// The linker's name of a symbol.
    fn name(&self, symbol: SymbolId, offset: u32) -> Result<String> {
        let symbol = self.ast.symbols.get(symbol);
        if let Some(number) = symbol.number {
            return Ok(format!("__unnamed_{number}"));
        }
        // A name that starts with the byte 1 is not mangled, which no name is here.
        let name = symbol.name.strip_prefix(b"\x01").unwrap_or(&symbol.name);
        match std::str::from_utf8(name) {
            Ok(name) if !name.contains('\0') => Ok(name.to_owned()),
            _ => Err(Fault::unsupported(offset, "symbol name that is not UTF-8")),
        }
    }

    fn comdat(&mut self, name: &[u8], offset: u32) -> Result<u32> {
        let text = String::from_utf8_lossy(name);
        if let Some(row) = self.module.comdats.iter().position(|comdat| comdat.name == text) {
            return Ok(row as u32);
        }
        let Some(comdat) = self.ast.comdats.iter().find(|comdat| *comdat.name == *name) else {
            let name = format!("${text}");
            return Err(Fault::new(offset, ErrorKind::Undefined { what: "comdat", name }));
        };
        let any = match comdat.kind {
            Keyword::Any => true,
            Keyword::NoDuplicates => false,
            kind => {
                let what = format!("comdat of kind '{}'", kind.text());
                return Err(Fault::unsupported(offset, what));
            }
        };
        self.module.comdats.push(son::Comdat { name: text.into_owned(), any });
        Ok(self.module.comdats.len() as u32 - 1)
    }
}

/// Whether a variable is an instruction to the compiler rather than data.
pub(crate) fn is_special(name: &[u8], global: &Global<'_>) -> bool {
    name.starts_with(b"llvm.") || global.placement.section.as_deref() == Some(b"llvm.metadata")
}

fn linkage(linkage: Linkage) -> son::Linkage {
    match linkage {
        Linkage::External => son::Linkage::External,
        Linkage::AvailableExternally => son::Linkage::AvailableExternally,
        Linkage::LinkOnce | Linkage::LinkOnceOdr => son::Linkage::LinkOnce,
        Linkage::Weak | Linkage::WeakOdr | Linkage::ExternWeak => son::Linkage::Weak,
        Linkage::Appending => son::Linkage::Appending,
        Linkage::Internal => son::Linkage::Internal,
        Linkage::Private => son::Linkage::Private,
        Linkage::Common => son::Linkage::Common,
    }
}

fn tls(model: ThreadLocal) -> Option<son::TlsModel> {
    Some(match model {
        ThreadLocal::No => return None,
        ThreadLocal::GeneralDynamic => son::TlsModel::GeneralDynamic,
        ThreadLocal::LocalDynamic => son::TlsModel::LocalDynamic,
        ThreadLocal::InitialExec => son::TlsModel::InitialExec,
        ThreadLocal::LocalExec => son::TlsModel::LocalExec,
    })
}
