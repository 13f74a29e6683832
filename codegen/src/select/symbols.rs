//! How symbols are reached, whatever the instruction set.

use son_ir::{Linkage, Module, Symbol, TlsModel, Visibility};
use target_lexicon::{BinaryFormat, Environment};

/// Is the symbol's address a constant distance from the code?
pub fn is_near(module: &Module, symbol: &Symbol) -> bool {
    // In Mach-O another image cannot replace what this one defines.
    let own = matches!(symbol.visibility, Visibility::Hidden | Visibility::Protected | Visibility::Exported)
        || (is_mach_o(module) && matches!(symbol.linkage, Linkage::External | Linkage::Appending));
    // In COFF all symbols are near but those that say otherwise, and those that may be nowhere.
    // GNU's linker lets data be that of another image without being told.
    let automatic = module.triple.environment == Environment::Gnu && !symbol.is_function() && !symbol.local;
    let may_be_far = symbol.visibility == Visibility::Imported
        || (symbol.linkage == Linkage::Weak || automatic) && !symbol.is_defined();
    match is_coff(module) {
        true => !may_be_far,
        false => symbol.local || symbol.linkage.is_local() || (own && symbol.is_defined()),
    }
}

/// Is a function called by its pointer, since it is in another image, or may be nowhere, which is not near?
pub fn called_by_pointer(module: &Module, symbol: &Symbol) -> bool {
    let may_be_nowhere = is_coff(module) && symbol.linkage == Linkage::Weak && !symbol.is_defined();
    symbol.visibility == Visibility::Imported || may_be_nowhere
}

fn is_mach_o(module: &Module) -> bool {
    module.triple.binary_format == BinaryFormat::Macho
}

fn is_coff(module: &Module) -> bool {
    module.triple.binary_format == BinaryFormat::Coff
}

/// How a thread-local symbol is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThreadLocal {
    /// As ELF has it.
    Model(TlsModel),
    /// By the function in its descriptor, as Mach-O has it.
    Variable,
    /// In the block that the image's index leads to, as COFF has it.
    Index,
}

/// How a thread-local symbol of the module is reached.
pub fn thread_local(module: &Module, symbol: &Symbol) -> ThreadLocal {
    match module.triple.binary_format {
        BinaryFormat::Macho => ThreadLocal::Variable,
        BinaryFormat::Coff => ThreadLocal::Index,
        _ => ThreadLocal::Model(symbol.tls.unwrap_or(TlsModel::GeneralDynamic)),
    }
}
