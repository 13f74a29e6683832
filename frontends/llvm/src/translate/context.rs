//! What the translation of all functions of a module shares.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use son_ir as son;
use target_lexicon::Triple;

use super::Options;
use super::hints::{Hints, has_module_flag};
use super::intrinsics::{self, Intrinsic};
use super::types::Lowering;
use crate::ast::{Module, Name};
use crate::error::{Fault, Result};
use crate::symbols::{SymbolId, SymbolKind};

/// Blocks of a function whose address is taken, by name: their number among the indirect targets.
#[derive(Default)]
pub(crate) struct TakenBlocks<'a> {
    pub(crate) numbers: FxHashMap<Name<'a>, u32>,
    /// Numbers of those that some indirect branch goes to; the address of others is never used to go there.
    pub(crate) targets: FxHashSet<u32>,
}

/// The module being made, and what is known of the text's.
pub(crate) struct Context<'m, 'a> {
    pub(crate) ast: &'m Module<'a>,
    pub(crate) module: son::Module,
    pub(crate) lowering: Lowering,
    pub(crate) hints: Hints,
    /// By the text's symbol: the module's, once it is mentioned.
    pub(crate) symbols: Vec<Option<son::SymbolId>>,
    /// By the text's function: which intrinsic it is.
    pub(crate) intrinsics: Vec<Option<Intrinsic>>,
    /// Whether the text declares `llvm.expect`.
    pub(crate) has_expectations: bool,
    /// Whether the text declares `llvm.assume`.
    pub(crate) has_assumptions: bool,
    /// Whether the object may become part of a shared library.
    pub(crate) is_shared: bool,
    /// How all functions are protected.
    pub(crate) protection: son::FunctionFlags,
    /// By the text's function: its signature, once it is needed.
    pub(crate) signatures: Vec<Option<son::SigId>>,
    /// By the text's symbol of a function.
    pub(crate) taken_blocks: FxHashMap<SymbolId, TakenBlocks<'a>>,
}

impl<'m, 'a> Context<'m, 'a> {
    pub(crate) fn new(ast: &'m Module<'a>, file: &str, options: &Options) -> Result<Context<'m, 'a>> {
        let mut module = son::Module::new(triple(ast, options)?);
        module.name = match &*ast.source_filename {
            b"" => file.to_owned(),
            name => String::from_utf8_lossy(name).into_owned(),
        };
        if let Some((_, offset)) = ast.assembly.first() {
            return Err(Fault::unsupported(*offset, "module-level assembly"));
        }
        let name = |symbol| &*ast.symbols.get(symbol).name;
        let intrinsics: Vec<Option<Intrinsic>> =
            ast.functions.iter().map(|function| intrinsics::find(name(function.symbol))).collect();
        let has_expectations = intrinsics.contains(&Some(Intrinsic::Expect));
        let has_assumptions = intrinsics.contains(&Some(Intrinsic::Assume));
        let mut context = Context {
            ast,
            module,
            lowering: Lowering::new(ast.layout.clone()),
            hints: Hints::default(),
            symbols: vec![None; ast.symbols.iter().count()],
            intrinsics,
            has_expectations,
            has_assumptions,
            is_shared: has_flag(ast, b"PIC Level") && !has_flag(ast, b"PIE Level"),
            protection: protection(ast),
            signatures: vec![None; ast.functions.len()],
            taken_blocks: FxHashMap::default(),
        };
        for address in &ast.constants.block_addresses {
            context.take_block(address.function, &address.block);
        }
        Ok(context)
    }

    /// The number of a block whose address is taken, among those of its function.
    pub(crate) fn take_block(&mut self, function: SymbolId, block: &Name<'a>) -> u32 {
        let taken = self.taken_blocks.entry(function).or_default();
        let next = taken.numbers.len() as u32;
        match taken.numbers.get(block) {
            Some(&number) => number,
            None => {
                taken.numbers.insert(block.clone(), next);
                next
            }
        }
    }

    /// The function that a symbol of the text names.
    pub(crate) fn function_of(&self, symbol: SymbolId) -> Option<usize> {
        match self.ast.symbols.get(symbol).kind {
            SymbolKind::Function(index) => Some(index as usize),
            _ => None,
        }
    }

    /// The intrinsic that a symbol of the text names.
    pub(crate) fn intrinsic_of(&self, symbol: SymbolId) -> Option<Intrinsic> {
        self.intrinsics[self.function_of(symbol)?]
    }
}

fn triple(ast: &Module<'_>, options: &Options) -> Result<Triple> {
    if ast.triple.is_empty() {
        return Ok(options.triple.clone().unwrap_or_else(Triple::host));
    }
    let text: Cow<'_, str> = String::from_utf8_lossy(&ast.triple);
    // Of an environment, the version does not matter.
    let unversioned = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let triple = text.parse().or_else(|_| unversioned.parse());
    triple.map_err(|_| Fault::unsupported(0, format!("target '{text}'")))
}

fn has_flag(ast: &Module<'_>, name: &[u8]) -> bool {
    has_module_flag(&ast.metadata, &ast.constants, name)
}

/// What flags of the module ask of all functions: that places that are jumped to by address are marked, and that
/// returns keep to a second stack, which needs no code.
fn protection(ast: &Module<'_>) -> son::FunctionFlags {
    let flags = [
        (has_flag(ast, b"cf-protection-branch"), son::FunctionFlags::BRANCH_TARGETS),
        (has_flag(ast, b"cf-protection-return"), son::FunctionFlags::PROTECTS_RETURN),
    ];
    flags.into_iter().filter(|flag| flag.0).fold(son::FunctionFlags::NONE, |all, flag| all.or(flag.1))
}
