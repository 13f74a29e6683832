//! How symbols are reached, whatever the instruction set.

use son_ir::{Linkage, Module, Symbol, TlsModel, Visibility};
use target_lexicon::BinaryFormat;

/// Is the symbol's address a constant distance from the code?
pub fn is_near(module: &Module, symbol: &Symbol) -> bool {
    // In Mach-O another image cannot replace what this one defines.
    let own = symbol.visibility != Visibility::Default
        || (is_mach_o(module) && matches!(symbol.linkage, Linkage::External | Linkage::Appending));
    symbol.local || symbol.linkage.is_local() || (own && symbol.is_defined())
}

fn is_mach_o(module: &Module) -> bool {
    module.triple.binary_format == BinaryFormat::Macho
}

/// How a thread-local symbol is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThreadLocal {
    /// As ELF has it.
    Model(TlsModel),
    /// By the function in its descriptor, as Mach-O has it.
    Variable,
}

/// How a thread-local symbol of the module is reached.
pub fn thread_local(module: &Module, symbol: &Symbol) -> ThreadLocal {
    match is_mach_o(module) {
        true => ThreadLocal::Variable,
        false => ThreadLocal::Model(symbol.tls.unwrap_or(TlsModel::GeneralDynamic)),
    }
}
