//! Modules: symbols, what they name, and the tables that functions share.

use crate::analysis::allocation::Allocator;
use crate::graph::{Graph, Origin};
use crate::types::Type;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use target_lexicon::Triple;

macro_rules! index_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index of the module's table.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index_type! {
    /// A symbol of a module.
    SymbolId
}
index_type! {
    /// A function signature of a module.
    SigId
}

/// How a parameter is passed, beyond its type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Passing {
    /// As the type says.
    #[default]
    Direct,
    /// The caller copies the pointed-to bytes into the argument area: size and alignment.
    ByValue(u64, u32),
    /// The address where the callee writes its result.
    StructReturn,
    /// A part of an array, which some conventions pass whole, in registers or in memory: so many parts follow, and the
    /// array's alignment in memory, 0 for that of the part.
    Part(u32, u32),
    /// The two words of an integer of 128 bits are a vector, which conventions pass in one register of floats.
    Vector,
}

/// How a narrow integer fills its register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Extension {
    /// Upper bits are anything.
    #[default]
    None,
    /// Upper bits are zero.
    Zero,
    /// Upper bits are the sign.
    Sign,
}

/// A parameter or result of a signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Param {
    /// Its type.
    pub ty: Type,
    /// How it is passed.
    pub passing: Passing,
    /// How a narrow integer fills its register.
    pub extension: Extension,
    /// No other pointer of the callee reaches the same bytes.
    pub no_alias: bool,
    /// It is not null.
    pub non_null: bool,
    /// The callee keeps no copy of the pointer.
    pub no_capture: bool,
    /// So many bytes can be read from it.
    pub dereferenceable: u64,
    /// Logarithm of the alignment of the pointer.
    pub align_log2: u8,
}

impl Param {
    /// A plain parameter.
    pub fn new(ty: Type) -> Param {
        Param {
            ty,
            passing: Passing::Direct,
            extension: Extension::None,
            no_alias: false,
            non_null: false,
            no_capture: false,
            dereferenceable: 0,
            align_log2: 0,
        }
    }
}

impl From<Type> for Param {
    fn from(ty: Type) -> Param {
        Param::new(ty)
    }
}

/// Convention of a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CallConv {
    /// The platform's C convention.
    #[default]
    C,
    /// Ours, for functions that nobody else calls: the back end may pass as it likes.
    Fast,
    /// That of Unix systems on x86-64, wherever it is.
    SystemV,
    /// That of Windows, wherever it is.
    Windows,
}

/// Parameters, results and convention of a function.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Signature {
    /// Parameters in order.
    pub params: Vec<Param>,
    /// Results; more than one are returned in registers as the fields of a small struct.
    pub results: Vec<Param>,
    /// Are there more arguments than parameters?
    pub variadic: bool,
    /// In the signature of a call: so many parameters, the last ones, are variable arguments of types that do not say
    /// how they are passed.
    pub unnamed: u32,
    /// Convention.
    pub conv: CallConv,
}

impl Signature {
    /// A plain C signature.
    pub fn new(params: impl IntoIterator<Item = Type>, results: impl IntoIterator<Item = Type>) -> Signature {
        Signature {
            params: params.into_iter().map(Param::new).collect(),
            results: results.into_iter().map(Param::new).collect(),
            variadic: false,
            unnamed: 0,
            conv: CallConv::C,
        }
    }

    /// Number of parameters that are no variable arguments.
    pub fn named(&self) -> usize {
        self.params.len() - self.unnamed as usize
    }

    /// The same with more arguments allowed.
    pub fn variadic(mut self) -> Signature {
        self.variadic = true;
        self
    }
}

/// Who sees a symbol and which definition wins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Linkage {
    /// Visible to the linker, one definition.
    #[default]
    External,
    /// Local to the module.
    Internal,
    /// Local, and without an entry in the symbol table where the format allows it.
    Private,
    /// Defined here or elsewhere, any definition may win.
    Weak,
    /// As weak, and all definitions are equal; dropped if unused (`linkonce_odr`).
    LinkOnce,
    /// Tentative definition of C, merged by the linker.
    Common,
    /// A body for the optimizer only; the symbol is defined elsewhere.
    AvailableExternally,
    /// Joined with same-named arrays of other modules.
    Appending,
}

impl Linkage {
    /// Is the symbol invisible outside the module?
    pub fn is_local(self) -> bool {
        matches!(self, Linkage::Internal | Linkage::Private)
    }

    /// Can the linker or loader pick another definition with other behaviour?
    pub fn is_interposable(self) -> bool {
        matches!(self, Linkage::Weak | Linkage::Common)
    }
}

/// Visibility to other images.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Visibility {
    /// As the format's default.
    #[default]
    Default,
    /// Not visible.
    Hidden,
    /// Visible, not replaceable.
    Protected,
    /// Windows: defined in another image, and reached by a pointer that the loader fills.
    Imported,
    /// Windows: visible to images that import it.
    Exported,
}

/// Model of access to a thread-local, those that need to know more last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "the ELF TLS models by their names")]
pub enum TlsModel {
    GeneralDynamic,
    LocalDynamic,
    InitialExec,
    LocalExec,
}

/// Which of several equal comdat groups the linker keeps.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Comdat {
    /// Name of the group.
    pub name: String,
    /// Is any of them as good as another? Otherwise duplicates are an error.
    pub any: bool,
}

/// A named thing: function, data or alias, defined here or elsewhere.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Name, as the linker sees it; any bytes but NUL are allowed by ELF, names are UTF-8 here.
    pub name: String,
    /// Who sees it.
    pub linkage: Linkage,
    /// Visibility to other images.
    pub visibility: Visibility,
    /// May the address be taken as within this image (`dso_local`)?
    pub local: bool,
    /// Thread-local, by this model.
    pub tls: Option<TlsModel>,
    /// Section asked for.
    pub section: Option<String>,
    /// Comdat group: row of the module's table.
    pub comdat: Option<u32>,
    /// Alignment asked for, in bytes; 0 if none.
    pub align: u32,
    /// May the address be merged with that of equal data?
    pub unnamed_addr: bool,
    /// What it is to an allocator, if it says more than its name.
    pub allocator: Option<Allocator>,
    /// What it names.
    pub definition: Definition,
}

/// What a symbol names.
#[derive(Clone, Debug)]
pub enum Definition {
    /// A function of another module.
    ExternalFunction(SigId),
    /// Data of another module; its size if known.
    ExternalData(Option<u64>),
    /// The function in this row of [`Module::functions`].
    Function(u32),
    /// Data of this module.
    Data(Data),
    /// Another name for an address: symbol and offset.
    Alias(SymbolId, i64),
}

/// An initialized object.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Its bytes; relocations are added where they say.
    pub bytes: Vec<u8>,
    /// Size, if there are only zeros: `bytes` is empty then.
    pub zeroed: u64,
    /// Addresses within the bytes, by ascending offset.
    pub relocations: Vec<Relocation>,
    /// Is it never written?
    pub constant: bool,
}

impl Data {
    /// Size in bytes.
    pub fn size(&self) -> u64 {
        if self.bytes.is_empty() { self.zeroed } else { self.bytes.len() as u64 }
    }
}

/// What a relocation's value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RelocationTarget {
    /// Address of a symbol.
    Symbol(SymbolId),
    /// Address of indirect target number `.1` of the function named by symbol `.0`.
    Block(SymbolId, u32),
}

/// An address inside initialized data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Relocation {
    /// Where in the bytes.
    pub offset: u64,
    /// Bytes of the field: 8, or 4 for the low half or a difference.
    pub size: u8,
    /// What is stored.
    pub target: RelocationTarget,
    /// Added to it.
    pub addend: i64,
    /// Subtracted from it, for differences of addresses.
    pub minus: Option<RelocationTarget>,
}

/// A stack slot of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackSlot {
    /// Bytes.
    pub size: u64,
    /// Alignment in bytes, a power of two.
    pub align: u32,
}

bitflags_lite! {
    /// What is known or wanted of a function.
    FunctionFlags: u32 {
        /// Never inline it.
        NO_INLINE = 1,
        /// Always inline it.
        ALWAYS_INLINE = 2,
        /// Prefer small code.
        OPT_SIZE = 4,
        /// Do not optimize.
        OPT_NONE = 8,
        /// Its loops end (C's forward progress).
        MUST_PROGRESS = 16,
        /// Calls something that returns twice.
        CALLS_RETURNS_TWICE = 32,
        /// It never returns.
        NO_RETURN = 64,
        /// Rarely executed.
        COLD = 128,
        /// It raises no exceptions.
        NO_UNWIND = 256,
        /// Inlining is welcome.
        INLINE_HINT = 512,
        /// It writes no memory that the caller can see.
        READ_ONLY = 1024,
        /// It neither reads nor writes memory that the caller can see.
        NO_MEMORY = 2048,
        /// It certainly returns.
        WILL_RETURN = 4096,
        /// Its result aliases nothing that existed before.
        NO_ALIAS_RESULT = 8192,
        /// It needs unwind tables.
        UNWIND_TABLE = 16384,
        /// Where it may be jumped to by address there are instructions that say so.
        BRANCH_TARGETS = 32768,
        /// The return address is protected: signed while it is in memory, if the processor has signatures.
        PROTECTS_RETURN = 65536,
        /// It is signed even in functions that keep it in its register.
        SIGNS_LEAVES = 131072,
    }
}

/// A function with a body.
#[derive(Clone)]
pub struct Function {
    /// Its symbol.
    pub symbol: SymbolId,
    /// Its signature.
    pub signature: SigId,
    /// Its body.
    pub graph: Graph,
    /// Its stack slots, by the payload of `slot`.
    pub slots: Vec<StackSlot>,
    /// Number of indirect targets (blocks whose address is taken).
    pub indirect_targets: u32,
    /// What is known or wanted of it.
    pub flags: FunctionFlags,
}

impl Function {
    /// The same function with an empty graph.
    pub fn clone_without_graph(&self) -> Function {
        Function {
            symbol: self.symbol,
            signature: self.signature,
            graph: Graph::new(),
            slots: self.slots.clone(),
            indirect_targets: self.indirect_targets,
            flags: self.flags,
        }
    }
}

/// A place in source text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Location {
    /// Row of [`Module::files`].
    pub file: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1; 0 if unknown.
    pub column: u32,
    /// The function that was inlined, if one was and is known.
    pub function: Option<SymbolId>,
    /// The call that this was inlined through; unknown if it was not.
    pub inlined_at: Origin,
}

impl Location {
    /// A place that was not inlined.
    pub fn new(file: u32, line: u32, column: u32) -> Location {
        Location { file, line, column, function: None, inlined_at: Origin::default() }
    }
}

/// A file of source text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// Its path.
    pub path: String,
    /// The MD5 of its text, by which debuggers know that it is the same.
    pub md5: Option<[u8; 16]>,
}

/// A translation unit.
#[derive(Clone)]
pub struct Module {
    /// What it is compiled for.
    pub triple: Triple,
    /// Name of the source file, for the object's symbol table.
    pub name: String,
    /// Symbols.
    pub symbols: Vec<Symbol>,
    /// Bodies.
    pub functions: Vec<Function>,
    /// Signatures, each once.
    pub signatures: Vec<Signature>,
    /// Comdat groups.
    pub comdats: Vec<Comdat>,
    /// Source files.
    pub files: Vec<SourceFile>,
    /// Source locations; row 0 is "unknown".
    pub locations: Vec<Location>,
    /// Constructors and destructors: priority and function.
    pub constructors: Vec<(u32, SymbolId)>,
    /// See `constructors`.
    pub destructors: Vec<(u32, SymbolId)>,
    /// Runtime function that is called where compiled code is left with a state: it takes the address of a table that
    /// says what the state is made of and that of the values in it, and does not return.
    pub deoptimizer: Option<SymbolId>,
    by_name: HashMap<String, SymbolId, FxBuildHasher>,
    signature_ids: HashMap<Signature, SigId, FxBuildHasher>,
}

impl Module {
    /// An empty module.
    ///
    /// ```
    /// use son_ir::{Module, Signature, Type};
    /// let mut module = Module::new(target_lexicon::Triple::host());
    /// let puts = module.import_function("puts", Signature::new([Type::PTR], [Type::I32]));
    /// assert_eq!(module.symbol(puts).name, "puts");
    /// ```
    pub fn new(triple: Triple) -> Module {
        Module {
            triple,
            name: String::new(),
            symbols: Vec::new(),
            functions: Vec::new(),
            signatures: Vec::new(),
            comdats: Vec::new(),
            files: Vec::new(),
            locations: vec![Location::new(0, 0, 0)],
            constructors: Vec::new(),
            destructors: Vec::new(),
            deoptimizer: None,
            by_name: HashMap::default(),
            signature_ids: HashMap::default(),
        }
    }

    /// The number of an equal signature, added if new.
    pub fn signature_id(&mut self, signature: Signature) -> SigId {
        if let Some(&id) = self.signature_ids.get(&signature) {
            return id;
        }
        let id = SigId(self.signatures.len() as u32);
        self.signatures.push(signature.clone());
        self.signature_ids.insert(signature, id);
        id
    }

    /// A signature.
    pub fn signature(&self, id: SigId) -> &Signature {
        &self.signatures[id.index()]
    }

    /// A symbol.
    pub fn symbol(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.index()]
    }

    /// The symbol of that name.
    pub fn find_symbol(&self, name: &str) -> Option<SymbolId> {
        self.by_name.get(name).copied()
    }

    /// Adds a symbol, or completes the one of that name.
    pub fn add_symbol(&mut self, symbol: Symbol) -> SymbolId {
        if let Some(&id) = self.by_name.get(&symbol.name) {
            self.symbols[id.index()] = symbol;
            return id;
        }
        let id = SymbolId(self.symbols.len() as u32);
        self.by_name.insert(symbol.name.clone(), id);
        self.symbols.push(symbol);
        id
    }

    /// A function of another module; the existing symbol if there is one of that name.
    pub fn import_function(&mut self, name: &str, signature: Signature) -> SymbolId {
        if let Some(id) = self.find_symbol(name) {
            return id;
        }
        let signature = self.signature_id(signature);
        self.add_symbol(Symbol::new(name, Linkage::External, Definition::ExternalFunction(signature)))
    }

    /// Data of another module; the existing symbol if there is one of that name.
    pub fn import_data(&mut self, name: &str) -> SymbolId {
        match self.find_symbol(name) {
            Some(id) => id,
            None => self.add_symbol(Symbol::new(name, Linkage::External, Definition::ExternalData(None))),
        }
    }

    /// Data of this module.
    pub fn define_data(&mut self, name: &str, linkage: Linkage, align: u32, data: Data) -> SymbolId {
        self.add_symbol(Symbol { align, ..Symbol::new(name, linkage, Definition::Data(data)) })
    }

    /// Adds a body under its symbol, which then names it.
    pub fn add_function(&mut self, function: Function) -> u32 {
        let row = self.functions.len() as u32;
        self.symbols[function.symbol.index()].definition = Definition::Function(row);
        self.functions.push(function);
        row
    }

    /// The body that the symbol names, if it is here.
    pub fn body(&self, symbol: SymbolId) -> Option<&Function> {
        match self.symbol(symbol).definition {
            Definition::Function(row) => self.functions.get(row as usize),
            _ => None,
        }
    }

    /// The signature of the function that the symbol names.
    pub fn function_signature(&self, symbol: SymbolId) -> Option<SigId> {
        match self.symbol(symbol).definition {
            Definition::ExternalFunction(signature) => Some(signature),
            Definition::Function(row) => self.functions.get(row as usize).map(|function| function.signature),
            _ => None,
        }
    }

    /// Adds a source location, unless it was the last one added.
    pub fn add_location(&mut self, location: Location) -> Origin {
        if self.locations.last() != Some(&location) {
            self.locations.push(location);
        }
        Origin(self.locations.len() as u32 - 1)
    }
}

impl Symbol {
    /// A symbol without further properties.
    pub fn new(name: &str, linkage: Linkage, definition: Definition) -> Symbol {
        Symbol {
            name: name.to_owned(),
            linkage,
            visibility: Visibility::Default,
            local: linkage.is_local(),
            tls: None,
            section: None,
            comdat: None,
            align: 0,
            unnamed_addr: false,
            allocator: None,
            definition,
        }
    }

    /// Is it a function?
    pub fn is_function(&self) -> bool {
        matches!(self.definition, Definition::Function(_) | Definition::ExternalFunction(_))
    }

    /// Is a definition of it here, in this object file?
    pub fn is_defined(&self) -> bool {
        !matches!(self.definition, Definition::ExternalFunction(_) | Definition::ExternalData(_))
            && self.linkage != Linkage::AvailableExternally
    }

    /// May its address be null? That of what nobody needs to define.
    pub fn may_be_null(&self) -> bool {
        self.linkage == Linkage::Weak && !self.is_defined()
    }
}
