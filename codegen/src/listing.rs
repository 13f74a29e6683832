//! Assembly listings.
//!
//! Comments say what the instructions do not: the blocks of the machine IR with their loop depth and frequency, and
//! the sizes of functions and frames.

use crate::buffer::RelocationTarget;
use crate::function::{BlockNote, CompiledFunction};
use crate::isa::{Isa, Names};
use crate::mir::Constant;
use crate::runtime;
use rustc_hash::FxHashSet;
use son_ir::{Data, Definition, Linkage, Module, Symbol, SymbolId, Visibility};
use std::fmt::{self, Write};

/// Writes a module as assembly; `functions` holds the code of each row of [`Module::functions`], or nothing for those
/// that are not emitted.
///
/// # Errors
/// Those of `out`.
pub fn write_listing(
    module: &Module,
    isa: &dyn Isa,
    functions: &[Option<CompiledFunction>],
    out: &mut dyn Write,
) -> fmt::Result {
    let style = isa.listing_style();
    writeln!(out, "{} {}, {}", style.comment, module.name, isa.name())?;
    write!(out, "{}", style.head)?;
    for (row, code) in functions.iter().enumerate() {
        if let Some(code) = code {
            function(module, isa, row, code, out)?;
        }
    }
    for symbol in &module.symbols {
        match &symbol.definition {
            Definition::Data(data) if symbol.linkage != Linkage::AvailableExternally => {
                object(module, functions, symbol, data, out)?;
            }
            Definition::Alias(target, offset) => {
                writeln!(out)?;
                linkage(symbol, out)?;
                writeln!(out, "        .set    {}, {}{offset:+}", symbol.name, module.symbol(*target).name)?;
            }
            _ => {}
        }
    }
    writeln!(out, "        .section .note.GNU-stack,\"\",@progbits")
}

/// The names in one function.
struct FunctionNames<'a> {
    module: &'a Module,
    row: usize,
    code: &'a CompiledFunction,
    /// What a comment starts with.
    comment: &'static str,
}

impl FunctionNames<'_> {
    fn label(&self, note: &BlockNote) -> String {
        format!(".L{}_{}", self.row, note.block)
    }
}

impl Names for FunctionNames<'_> {
    fn target(&self, target: RelocationTarget) -> String {
        match target {
            RelocationTarget::Symbol(symbol) if let Some(name) = runtime::name(symbol) => name.to_owned(),
            RelocationTarget::Symbol(symbol) => self.module.symbol(SymbolId(symbol)).name.clone(),
            RelocationTarget::TlsGetAddr => "__tls_get_addr".to_owned(),
            RelocationTarget::Constant(number) => format!(".LC{}_{number}", self.row),
            RelocationTarget::Table(number) => format!(".LJ{}_{number}", self.row),
        }
    }

    fn place(&self, offset: u32) -> Option<String> {
        let note = self.code.blocks.iter().find(|note| note.offset == offset);
        Some(note.map_or_else(|| format!(".Lx{}_{offset}", self.row), |note| self.label(note)))
    }
}

fn function(module: &Module, isa: &dyn Isa, row: usize, code: &CompiledFunction, out: &mut dyn Write) -> fmt::Result {
    let symbol = module.symbol(module.functions[row].symbol);
    let comment = isa.listing_style().comment;
    let names = FunctionNames { module, row, code, comment };
    writeln!(out)?;
    section(symbol, ".text", out)?;
    linkage(symbol, out)?;
    writeln!(out, "        .p2align 4")?;
    writeln!(out, "        .type   {}, @function", symbol.name)?;
    let head = format!("{}:", symbol.name);
    writeln!(out, "{head:<40}{comment} {} bytes, frame of {}", code.code.bytes.len(), code.frame_size)?;
    let places = places_inside(code);
    let mut blocks = code.blocks.iter().peekable();
    let mut result = Ok(());
    isa.disassemble(&code.code, &names, &mut |offset, text| {
        let mut write = || {
            while let Some(note) = blocks.next_if(|note| note.offset <= offset) {
                block(&names.label(note), note, comment, out)?;
            }
            if places.binary_search(&offset).is_ok() {
                writeln!(out, ".Lx{row}_{offset}:")?;
            }
            writeln!(out, "        {text}")
        };
        if result.is_ok() {
            result = write();
        }
    });
    result?;
    writeln!(out, "        .size   {0}, . - {0}", symbol.name)?;
    constants(&names, out)
}

/// Offsets that something jumps to and that are not the start of a block.
fn places_inside(code: &CompiledFunction) -> Vec<u32> {
    let starts: FxHashSet<u32> = code.blocks.iter().map(|note| note.offset).collect();
    let mut places: Vec<u32> = code.code.labels.clone();
    places.retain(|place| *place != u32::MAX && !starts.contains(place));
    places.sort_unstable();
    places.dedup();
    places
}

fn block(label: &str, note: &BlockNote, comment: &str, out: &mut dyn Write) -> fmt::Result {
    let head = format!("{label}:");
    write!(out, "{head:<40}{comment} frequency {}", Rounded(note.frequency))?;
    if note.loop_depth > 0 {
        write!(out, ", loop depth {}", note.loop_depth)?;
    }
    writeln!(out)
}

/// Three significant digits.
struct Rounded(f32);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            value if value >= 100.0 => write!(f, "{value:.0}"),
            value if value >= 1.0 => write!(f, "{}", (value * 100.0).round() / 100.0),
            value => write!(f, "{}", (value * 10_000.0).round() / 10_000.0),
        }
    }
}

/// Constants and jump tables of a function.
fn constants(names: &FunctionNames<'_>, out: &mut dyn Write) -> fmt::Result {
    let code = names.code;
    if code.constants.is_empty() && code.tables.is_empty() {
        return Ok(());
    }
    writeln!(out, "        .section .rodata")?;
    for (number, constant) in code.constants.iter().enumerate() {
        writeln!(out, "        .p2align {}", constant.size.trailing_zeros())?;
        writeln!(out, ".LC{}_{number}:", names.row)?;
        quantities(constant, names.comment, out)?;
    }
    for (number, table) in code.tables.iter().enumerate() {
        writeln!(out, "        .p2align 2")?;
        writeln!(out, ".LJ{}_{number}:", names.row)?;
        for &entry in table {
            let place = names.place(entry).unwrap_or_default();
            writeln!(out, "        .long   {place} - .LJ{}_{number}", names.row)?;
        }
    }
    Ok(())
}

fn quantities(constant: &Constant, comment: &str, out: &mut dyn Write) -> fmt::Result {
    let bytes = &constant.bytes[..usize::from(constant.size)];
    if let Ok(word) = <[u8; 4]>::try_from(bytes) {
        let value = u32::from_le_bytes(word);
        return writeln!(out, "        .long   {value:#x}  {comment} {}", f32::from_bits(value));
    }
    for word in bytes.chunks_exact(8) {
        let value = u64::from_le_bytes(word.try_into().expect("8 bytes"));
        writeln!(out, "        .quad   {value:#x}  {comment} {}", f64::from_bits(value))?;
    }
    Ok(())
}

// ---- data ----

fn section(symbol: &Symbol, default: &str, out: &mut dyn Write) -> fmt::Result {
    match &symbol.section {
        Some(name) => writeln!(out, "        .section {name},\"aw\""),
        None => writeln!(out, "        {default}"),
    }
}

fn linkage(symbol: &Symbol, out: &mut dyn Write) -> fmt::Result {
    let name = &symbol.name;
    match symbol.linkage {
        Linkage::Internal | Linkage::Private => {}
        Linkage::Weak | Linkage::LinkOnce => writeln!(out, "        .weak   {name}")?,
        _ => writeln!(out, "        .globl  {name}")?,
    }
    match symbol.visibility {
        Visibility::Default | Visibility::Imported | Visibility::Exported => Ok(()),
        Visibility::Hidden => writeln!(out, "        .hidden {name}"),
        Visibility::Protected => writeln!(out, "        .protected {name}"),
    }
}

fn object(
    module: &Module,
    functions: &[Option<CompiledFunction>],
    symbol: &Symbol,
    data: &Data,
    out: &mut dyn Write,
) -> fmt::Result {
    let (name, size, align) = (&symbol.name, data.size(), symbol.align.max(1));
    writeln!(out)?;
    if symbol.linkage == Linkage::Common {
        return writeln!(out, "        .comm   {name}, {size}, {align}");
    }
    let default = match (symbol.tls.is_some(), data.constant) {
        (true, _) => ".section .tdata,\"awT\",@progbits",
        (_, true) if data.relocations.is_empty() => ".section .rodata",
        (_, true) => ".section .data.rel.ro,\"aw\",@progbits",
        _ if data.bytes.is_empty() => ".bss",
        _ => ".data",
    };
    section(symbol, default, out)?;
    linkage(symbol, out)?;
    writeln!(out, "        .p2align {}", align.trailing_zeros())?;
    writeln!(out, "        .type   {name}, @object")?;
    writeln!(out, "        .size   {name}, {size}")?;
    writeln!(out, "{name}:")?;
    let mut at = 0;
    for relocation in &data.relocations {
        bytes(&data.bytes[at..relocation.offset as usize], out)?;
        let directive = if relocation.size == 4 { ".long" } else { ".quad" };
        let target = relocation_name(module, functions, relocation.target);
        write!(out, "        {directive}   {target}")?;
        if relocation.addend != 0 {
            write!(out, "{:+}", relocation.addend)?;
        }
        if let Some(minus) = relocation.minus {
            write!(out, " - {}", relocation_name(module, functions, minus))?;
        }
        writeln!(out)?;
        at = relocation.offset as usize + usize::from(relocation.size);
    }
    match data.bytes.is_empty() {
        true => writeln!(out, "        .zero   {size}"),
        false => bytes(&data.bytes[at..], out),
    }
}

fn relocation_name(
    module: &Module,
    functions: &[Option<CompiledFunction>],
    target: son_ir::RelocationTarget,
) -> String {
    match target {
        son_ir::RelocationTarget::Symbol(symbol) => module.symbol(symbol).name.clone(),
        son_ir::RelocationTarget::Block(symbol, number) => {
            let name = &module.symbol(symbol).name;
            let code = match module.symbol(symbol).definition {
                Definition::Function(row) => functions.get(row as usize).and_then(Option::as_ref),
                _ => None,
            };
            let offset = code.and_then(|code| code.indirect_targets.get(number as usize));
            format!("{name}+{}", offset.copied().unwrap_or_default())
        }
    }
}

/// Text as a string, zeroes by their number, other bytes one by one.
fn bytes(bytes: &[u8], out: &mut dyn Write) -> fmt::Result {
    if bytes.is_empty() {
        return Ok(());
    }
    if bytes.iter().all(|&byte| byte == 0) {
        return writeln!(out, "        .zero   {}", bytes.len());
    }
    if let Some((0, text)) = bytes.split_last()
        && text.iter().all(|&byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n' | b'\t'))
    {
        return writeln!(out, "        .string \"{}\"", text.escape_ascii());
    }
    for line in bytes.chunks(16) {
        let list: Vec<String> = line.iter().map(u8::to_string).collect();
        writeln!(out, "        .byte   {}", list.join(", "))?;
    }
    Ok(())
}
