//! The top level: target, files, symbols; bodies come last.

use super::{Parsed, Parser, Result, body};
use crate::graph::{Graph, Origin};
use crate::module::{
    Comdat, Definition, Function, FunctionFlags, Linkage, Location, Module, RelocationTarget, SigId, SourceFile,
    Symbol, SymbolId,
};
use crate::ops::Op;
use crate::text::OpNames;
use crate::text::lexer::Token;
use crate::text::words::FlagWords;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use target_lexicon::Triple;

/// Where a symbol is mentioned that may be declared later.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// Target of an alias.
    Alias(SymbolId),
    /// Target of a relocation.
    Target(SymbolId, usize),
    /// What is subtracted in a relocation.
    Minus(SymbolId, usize),
    /// A row of the constructors.
    Constructor(usize),
    /// A row of the destructors.
    Destructor(usize),
    /// What takes states.
    Deoptimizer,
    /// The function of a row of the locations.
    Location(usize),
}

/// A function whose body is read later.
struct Pending {
    symbol: SymbolId,
    signature: SigId,
    flags: FunctionFlags,
    indirect_targets: u32,
    /// Where its body starts, after the brace.
    at: usize,
}

/// What a body needs to know of the rest.
pub(super) struct Context<'a> {
    pub(super) names: &'a dyn OpNames,
    /// Ops by name.
    pub(super) ops: HashMap<&'static str, Op, FxBuildHasher>,
    /// Source locations by the number they have in the text.
    pub(super) locations: HashMap<&'a str, Origin, FxBuildHasher>,
}

pub(super) struct ModuleParser<'a> {
    pub(super) p: Parser<'a>,
    module: Module,
    context: Context<'a>,
    pending: Vec<Pending>,
    mentions: Vec<(String, usize, Place)>,
    comdats: Vec<(SymbolId, String, usize)>,
    inlined_at: Vec<(usize, &'a str, usize)>,
}

/// Reads the whole text.
pub(super) fn parse_module<'a>(p: Parser<'a>, names: &'a dyn OpNames) -> Result<Parsed> {
    let ops = Op::all().map(|op| (op.text(), op)).collect();
    let context = Context { names, ops, locations: HashMap::default() };
    let mut parser = ModuleParser {
        p,
        module: Module::new(Triple::host()),
        context,
        pending: Vec::new(),
        mentions: Vec::new(),
        comdats: Vec::new(),
        inlined_at: Vec::new(),
    };
    parser.items()?;
    parser.resolve()?;
    parser.bodies()
}

impl<'a> ModuleParser<'a> {
    fn items(&mut self) -> Result<()> {
        loop {
            self.p.skip_breaks()?;
            if self.p.token == Token::End {
                return Ok(());
            }
            let at = self.p.at;
            let word = self.p.word("an item (`function`, `declare`, `data`, ...)")?;
            match word {
                "target" => self.target_triple()?,
                "module" => {
                    if matches!(self.p.token, Token::Text(_)) {
                        self.module.name = self.p.string("the name of the module")?;
                    }
                }
                "file" => {
                    let path = self.p.string("the name of a file")?;
                    let md5 = if self.p.accept_word("md5")? { Some(self.md5()?) } else { None };
                    self.module.files.push(SourceFile { path, md5 });
                }
                "location" => self.location()?,
                "comdat" => {
                    let name = self.p.string("the name of a comdat group")?;
                    let any = self.p.accept_word("any")?;
                    self.module.comdats.push(Comdat { name, any });
                }
                "declare" => self.declare()?,
                "extern" => self.extern_data()?,
                "data" => self.data()?,
                "alias" => self.alias()?,
                "function" => self.function()?,
                "constructor" => self.constructor(true)?,
                "destructor" => self.constructor(false)?,
                "deoptimizer" => {
                    let at = self.p.at;
                    let name = self.p.symbol()?;
                    self.later(name, at, Place::Deoptimizer);
                }
                _ => return self.p.error(at, format!("`{word}` starts no item")),
            }
            self.p.end_of_statement()?;
            if self.p.is('}') {
                return self.p.expected("an item");
            }
        }
    }

    fn target_triple(&mut self) -> Result<()> {
        let at = self.p.at;
        let triple = self.p.string("a target triple")?;
        match triple.parse() {
            Ok(triple) => self.module.triple = triple,
            Err(error) => return self.p.error(at, format!("unknown target {triple:?}: {error}")),
        }
        Ok(())
    }

    /// `x"..."` of 16 bytes
    fn md5(&mut self) -> Result<[u8; 16]> {
        let at = self.p.at;
        let bytes = match self.p.advance()? {
            Token::Hex(bytes) => <[u8; 16]>::try_from(bytes).ok(),
            _ => None,
        };
        bytes.map_or_else(|| self.p.error(at, "expected 16 bytes (`x\"...\"`)"), Ok)
    }

    /// `!7 = FILE:LINE:COLUMN [of @FUNCTION] [at !3]`
    fn location(&mut self) -> Result<()> {
        let at = self.p.at;
        let Token::Location(number) = self.p.advance()? else {
            return self.p.error(at, "expected the number of a location (`!7`)");
        };
        self.p.expect('=')?;
        let file = self.p.small()?;
        self.p.expect(':')?;
        let line = self.p.small()?;
        self.p.expect(':')?;
        let column = self.p.small()?;
        let row = self.module.locations.len();
        if self.context.locations.insert(number, Origin(row as u32)).is_some() {
            return self.p.error(at, format!("location `!{number}` is defined twice"));
        }
        self.module.locations.push(Location::new(file, line, column));
        if self.p.accept_word("of")? {
            let at = self.p.at;
            let name = self.p.symbol()?;
            self.later(name, at, Place::Location(row));
        }
        if self.p.accept_word("at")? {
            let at = self.p.at;
            match self.p.advance()? {
                Token::Location(outer) => self.inlined_at.push((row, outer, at)),
                other => return self.p.error(at, format!("expected a location, found {}", other.describe())),
            }
        }
        Ok(())
    }

    /// Mentions a symbol that may be declared later.
    pub(super) fn later(&mut self, name: String, at: usize, place: Place) {
        self.mentions.push((name, at, place));
    }

    /// The symbol of an item, without properties yet.
    fn new_symbol(&mut self) -> Result<(Symbol, SymbolId)> {
        let at = self.p.at;
        let name = self.p.symbol()?;
        if self.module.find_symbol(&name).is_some() {
            return self.p.error(at, format!("symbol `@{name}` is defined twice"));
        }
        let symbol = Symbol::new(&name, Linkage::External, Definition::ExternalData(None));
        let id = self.module.add_symbol(symbol.clone());
        Ok((symbol, id))
    }

    /// Takes the words of the symbol's properties, and others by `more`.
    fn words(
        &mut self,
        symbol: &mut Symbol,
        id: SymbolId,
        mut more: impl FnMut(&mut Self, &'a str) -> Result<bool>,
    ) -> Result<()> {
        let mut comdat = None;
        while let Token::Word(word) = self.p.token {
            let at = self.p.at;
            if !self.p.symbol_word(symbol, &mut comdat)? && !more(self, word)? {
                return self.p.error(at, format!("`{word}` is not a property of this item"));
            }
        }
        self.comdats.extend(comdat.map(|(name, at)| (id, name, at)));
        Ok(())
    }

    fn finish(&mut self, mut symbol: Symbol, id: SymbolId, definition: Definition) {
        symbol.definition = definition;
        self.module.symbols[id.index()] = symbol;
    }

    fn declare(&mut self) -> Result<()> {
        let (mut symbol, id) = self.new_symbol()?;
        let signature = self.p.signature()?;
        let signature = self.module.signature_id(signature);
        self.words(&mut symbol, id, |_, _| Ok(false))?;
        self.finish(symbol, id, Definition::ExternalFunction(signature));
        Ok(())
    }

    fn extern_data(&mut self) -> Result<()> {
        let (mut symbol, id) = self.new_symbol()?;
        let mut size = None;
        self.words(&mut symbol, id, |this, word| {
            if word == "size" {
                this.p.advance()?;
                size = Some(this.p.unsigned()?);
            }
            Ok(word == "size")
        })?;
        self.finish(symbol, id, Definition::ExternalData(size));
        Ok(())
    }

    fn data(&mut self) -> Result<()> {
        let (mut symbol, id) = self.new_symbol()?;
        let mut constant = false;
        self.words(&mut symbol, id, |this, word| {
            if word == "constant" {
                this.p.advance()?;
                constant = true;
            }
            Ok(word == "constant")
        })?;
        self.p.expect('=')?;
        let mut data = self.initializer(id)?;
        data.constant = constant;
        self.finish(symbol, id, Definition::Data(data));
        Ok(())
    }

    /// `alias @name WORDS = @target + OFFSET`
    fn alias(&mut self) -> Result<()> {
        let (mut symbol, id) = self.new_symbol()?;
        self.words(&mut symbol, id, |_, _| Ok(false))?;
        self.p.expect('=')?;
        let at = self.p.at;
        let target = self.p.symbol()?;
        self.later(target, at, Place::Alias(id));
        let offset = self.addend()?;
        self.finish(symbol, id, Definition::Alias(id, offset));
        Ok(())
    }

    fn constructor(&mut self, first: bool) -> Result<()> {
        let priority = self.p.small()?;
        let at = self.p.at;
        let name = self.p.symbol()?;
        let Module { constructors, destructors, .. } = &mut self.module;
        let list = if first { constructors } else { destructors };
        list.push((priority, SymbolId(0)));
        let row = list.len() - 1;
        self.later(name, at, if first { Place::Constructor(row) } else { Place::Destructor(row) });
        Ok(())
    }

    fn function(&mut self) -> Result<()> {
        let (mut symbol, id) = self.new_symbol()?;
        let signature = self.p.signature()?;
        let signature = self.module.signature_id(signature);
        let mut flags = FunctionFlags::NONE;
        let mut indirect_targets = 0;
        self.words(&mut symbol, id, |this, word| {
            if word == "targets" {
                this.p.advance()?;
                indirect_targets = this.p.small()?;
                return Ok(true);
            }
            let Some(more) = flags.with_word(word) else { return Ok(false) };
            flags = more;
            this.p.advance()?;
            Ok(true)
        })?;
        if !self.p.is('{') {
            return self.p.expected("`{`");
        }
        let at = self.p.at + 1;
        self.pending.push(Pending { symbol: id, signature, flags, indirect_targets, at });
        self.finish(symbol, id, Definition::ExternalFunction(signature));
        // The token after the brace was not read yet.
        self.p.lexer.skip_body()?;
        self.p.advance()?;
        Ok(())
    }

    /// Replaces names that were mentioned by what they name.
    fn resolve(&mut self) -> Result<()> {
        for (name, at, place) in std::mem::take(&mut self.mentions) {
            let Some(symbol) = self.module.find_symbol(&name) else {
                return self.p.error(at, format!("symbol `@{name}` is not declared"));
            };
            self.fill(place, symbol);
        }
        let groups: HashMap<&str, usize, FxBuildHasher> =
            self.module.comdats.iter().enumerate().map(|(row, comdat)| (comdat.name.as_str(), row)).collect();
        for (id, name, at) in &self.comdats {
            let Some(&row) = groups.get(name.as_str()) else {
                return self.p.error(*at, format!("comdat group {name:?} is not declared"));
            };
            self.module.symbols[id.index()].comdat = Some(row as u32);
        }
        for (row, outer, at) in std::mem::take(&mut self.inlined_at) {
            match self.context.locations.get(outer) {
                Some(&outer) => self.module.locations[row].inlined_at = outer,
                None => return self.p.error(at, format!("location `!{outer}` is not defined")),
            }
        }
        Ok(())
    }

    fn fill(&mut self, place: Place, symbol: SymbolId) {
        let set = |target: &mut RelocationTarget| {
            *target = match *target {
                RelocationTarget::Symbol(_) => RelocationTarget::Symbol(symbol),
                RelocationTarget::Block(_, number) => RelocationTarget::Block(symbol, number),
            };
        };
        let Module { symbols, locations, constructors, destructors, deoptimizer, .. } = &mut self.module;
        match place {
            Place::Deoptimizer => *deoptimizer = Some(symbol),
            Place::Location(row) => locations[row].function = Some(symbol),
            Place::Constructor(row) => constructors[row].1 = symbol,
            Place::Destructor(row) => destructors[row].1 = symbol,
            Place::Alias(id) => {
                if let Definition::Alias(target, _) = &mut symbols[id.index()].definition {
                    *target = symbol;
                }
            }
            Place::Target(id, row) | Place::Minus(id, row) => {
                if let Definition::Data(data) = &mut symbols[id.index()].definition {
                    let relocation = &mut data.relocations[row];
                    match place {
                        Place::Minus(..) => relocation.minus.iter_mut().for_each(set),
                        _ => set(&mut relocation.target),
                    }
                }
            }
        }
    }

    fn bodies(mut self) -> Result<Parsed> {
        let mut places = Vec::with_capacity(self.pending.len());
        for pending in std::mem::take(&mut self.pending) {
            let function = Function {
                symbol: pending.symbol,
                signature: pending.signature,
                graph: Graph::new(),
                slots: Vec::new(),
                indirect_targets: pending.indirect_targets,
                flags: pending.flags,
            };
            let parser = Parser::new(self.p.source, pending.at)?;
            let (function, place) = body::parse_body(parser, &mut self.module, &self.context, function)?;
            self.module.add_function(function);
            places.push(place);
        }
        Ok(Parsed { module: self.module, places })
    }
}
