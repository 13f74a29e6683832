//! The top level: target, files, symbols in their order, each with all its properties.

use super::data::{put_hex, put_initializer};
use super::{TextOptions, body, put, put_list, put_quoted, put_symbol};
use crate::analysis::allocation::Role;
use crate::module::{Definition, Function, Module, Param, Passing, Signature, Symbol, SymbolId};
use crate::text::words::{FlagWords, Words};

pub(super) fn print_module(module: &Module, options: &TextOptions, out: &mut String) {
    out.push_str("module ");
    put_quoted(out, &module.name);
    put!(out, "\ntarget \"{}\"\n", module.triple);
    for file in &module.files {
        out.push_str("file ");
        put_quoted(out, &file.path);
        if let Some(md5) = &file.md5 {
            out.push_str(" md5 ");
            put_hex(out, md5);
        }
        out.push('\n');
    }
    if options.locations {
        print_locations(module, out);
    }
    for comdat in &module.comdats {
        out.push_str("comdat ");
        put_quoted(out, &comdat.name);
        out.push_str(if comdat.any { " any\n" } else { "\n" });
    }
    for (row, symbol) in module.symbols.iter().enumerate() {
        print_item(module, SymbolId(row as u32), symbol, options, out);
    }
    let lists = [("constructor", &module.constructors), ("destructor", &module.destructors)];
    for (word, list) in lists {
        for &(priority, symbol) in list {
            put!(out, "{word} {priority} ");
            put_symbol(out, name_of(module, symbol));
            out.push('\n');
        }
    }
    if let Some(symbol) = module.deoptimizer {
        out.push_str("deoptimizer ");
        put_symbol(out, name_of(module, symbol));
        out.push('\n');
    }
}

fn print_locations(module: &Module, out: &mut String) {
    for (row, location) in module.locations.iter().enumerate().skip(1) {
        put!(out, "location !{row} = {}:{}:{}", location.file, location.line, location.column);
        if let Some(function) = location.function {
            out.push_str(" of ");
            put_symbol(out, name_of(module, function));
        }
        if location.inlined_at.0 != 0 {
            put!(out, " at !{}", location.inlined_at.0);
        }
        out.push('\n');
    }
}

/// The name of a symbol; a symbol that does not exist has one that cannot be read back.
pub(super) fn name_of(module: &Module, symbol: SymbolId) -> &str {
    module.symbols.get(symbol.index()).map_or("?", |symbol| &symbol.name)
}

fn print_item(module: &Module, id: SymbolId, symbol: &Symbol, options: &TextOptions, out: &mut String) {
    match &symbol.definition {
        Definition::Function(row) => {
            if let Some(function) = module.functions.get(*row as usize).filter(|function| function.symbol == id) {
                out.push('\n');
                print_function(module, function, options, out);
            }
            return;
        }
        Definition::ExternalFunction(signature) => {
            out.push_str("declare ");
            put_symbol(out, &symbol.name);
            put_signature(out, module.signature(*signature));
            put_words(module, symbol, out);
        }
        Definition::ExternalData(size) => {
            out.push_str("extern ");
            put_symbol(out, &symbol.name);
            put_words(module, symbol, out);
            if let Some(size) = size {
                put!(out, " size {size}");
            }
        }
        Definition::Data(data) => {
            out.push_str("data ");
            put_symbol(out, &symbol.name);
            put_words(module, symbol, out);
            out.push_str(if data.constant { " constant = " } else { " = " });
            put_initializer(out, module, data);
        }
        Definition::Alias(target, offset) => {
            out.push_str("alias ");
            put_symbol(out, &symbol.name);
            put_words(module, symbol, out);
            out.push_str(" = ");
            put_symbol(out, name_of(module, *target));
            if *offset != 0 {
                put!(out, " + {offset}");
            }
        }
    }
    out.push('\n');
}

/// A function: its symbol, signature and properties, and its body.
pub(super) fn print_function(module: &Module, function: &Function, options: &TextOptions, out: &mut String) {
    out.push_str("function ");
    put_head(out, module, function);
    if let Some(symbol) = module.symbols.get(function.symbol.index()) {
        put_words(module, symbol, out);
    }
    function.flags.flag_words().for_each(|word| put!(out, " {word}"));
    if function.indirect_targets > 0 {
        put!(out, " targets {}", function.indirect_targets);
    }
    out.push_str(" {\n");
    body::print_body(module, function, options, out);
    out.push_str("}\n");
}

/// Name and signature.
pub(super) fn put_head(out: &mut String, module: &Module, function: &Function) {
    put_symbol(out, name_of(module, function.symbol));
    if let Some(signature) = module.signatures.get(function.signature.index()) {
        put_signature(out, signature);
    }
}

/// The properties of a symbol that are not the default.
fn put_words(module: &Module, symbol: &Symbol, out: &mut String) {
    let words = [symbol.linkage.word(), symbol.visibility.word()];
    words.into_iter().flatten().for_each(|word| put!(out, " {word}"));
    if symbol.local != symbol.linkage.is_local() {
        out.push_str(if symbol.local { " local" } else { " not_local" });
    }
    if symbol.unnamed_addr {
        out.push_str(" unnamed_addr");
    }
    if let Some(model) = symbol.tls.and_then(Words::word) {
        put!(out, " tls {model}");
    }
    if let Some(section) = &symbol.section {
        out.push_str(" section ");
        put_quoted(out, section);
    }
    if let Some(comdat) = symbol.comdat.and_then(|row| module.comdats.get(row as usize)) {
        out.push_str(" comdat ");
        put_quoted(out, &comdat.name);
    }
    if symbol.align != 0 {
        put!(out, " align {}", symbol.align);
    }
    if let Some(allocator) = &symbol.allocator {
        out.push_str(" allocator ");
        put_quoted(out, &allocator.family);
        put_role(out, allocator.role);
    }
}

/// `alloc(size 0, align 1)` and its like.
fn put_role(out: &mut String, role: Role) {
    let (word, numbers, flag) = match role {
        Role::Allocate { size, count, align, zeroed } => {
            let flag = if zeroed { "zeroed" } else { "" };
            ("alloc", [("size", Some(size)), ("count", count), ("align", align), ("", None)], flag)
        }
        Role::Resize { old, size, count, align } => {
            ("resize", [("old", Some(old)), ("size", Some(size)), ("count", count), ("align", align)], "")
        }
        Role::Free { memory, null } => {
            let flag = if null { "null" } else { "" };
            ("free", [("memory", Some(memory)), ("", None), ("", None), ("", None)], flag)
        }
        Role::Nothing => ("nothing", [("", None); 4], ""),
    };
    let numbers = numbers.into_iter().filter_map(|(name, number)| Some(format!("{name} {}", number?)));
    let parts: Vec<String> = numbers.chain((!flag.is_empty()).then(|| flag.to_owned())).collect();
    put!(out, " {word}({})", parts.join(", "));
}

/// Parameters, results and convention.
pub(super) fn put_signature(out: &mut String, signature: &Signature) {
    out.push('(');
    let (named, unnamed) = signature.params.split_at(signature.named());
    put_list(out, named, put_param);
    if signature.variadic {
        out.push_str(if named.is_empty() { "..." } else { ", ..." });
    }
    for param in unnamed {
        out.push_str(", ");
        put_param(out, param);
    }
    out.push(')');
    match &signature.results[..] {
        [] => {}
        [one] if *one == Param::new(one.ty) => put!(out, " -> {}", one.ty),
        results => {
            out.push_str(" -> (");
            put_list(out, results, put_param);
            out.push(')');
        }
    }
    if let Some(word) = signature.conv.word() {
        put!(out, " {word}");
    }
}

fn put_param(out: &mut String, param: &Param) {
    put!(out, "{}", param.ty);
    match param.passing {
        Passing::Direct => {}
        Passing::ByValue(size, align) => put!(out, " byval({size}, {align})"),
        Passing::StructReturn => out.push_str(" sret"),
        Passing::Vector => out.push_str(" vector"),
        Passing::Part(rest, 0) => put!(out, " part({rest})"),
        Passing::Part(rest, align) => put!(out, " part({rest}, {align})"),
    }
    if let Some(word) = param.extension.word() {
        put!(out, " {word}");
    }
    let flags = [(param.no_alias, " no_alias"), (param.non_null, " non_null"), (param.no_capture, " no_capture")];
    flags.into_iter().filter(|flag| flag.0).for_each(|flag| out.push_str(flag.1));
    if param.dereferenceable != 0 {
        put!(out, " dereferenceable {}", param.dereferenceable);
    }
    if param.align_log2 != 0 {
        put!(out, " align {}", 1u64 << param.align_log2);
    }
}
