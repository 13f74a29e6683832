//! The printer: a module to text.

mod body;
mod data;
mod fact;
mod layout;
mod module;
mod node;

pub(crate) use fact::put_fact;
pub(crate) use layout::Layout;
pub(crate) use node::NodePrinter;

use super::{IdealOps, OpNames};
use crate::analysis::Schedule;
use crate::graph::Graph;
use crate::module::{Function, Module};

/// How nodes are called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Names {
    /// Numbered in the order of the text, by kind: `b3` is a block, `m1` memory, `v7` a value.
    #[default]
    Ordered,
    /// By their index in the graph, `n17`: the same in two dumps of a graph that was not compacted between.
    Index,
}

/// How to print.
#[derive(Clone, Copy)]
pub struct TextOptions<'a> {
    /// How nodes are called.
    pub names: Names,
    /// Print loop depths and facts that follow from others, as comments.
    pub comments: bool,
    /// Print source locations.
    pub locations: bool,
    /// Names of ops beyond the ideal ones.
    pub ops: &'a dyn OpNames,
}

impl Default for TextOptions<'_> {
    fn default() -> Self {
        TextOptions { names: Names::Ordered, comments: true, locations: true, ops: &IdealOps }
    }
}

/// The module as text.
pub fn print_with(module: &Module, options: &TextOptions) -> String {
    let mut out = String::new();
    module::print_module(module, options, &mut out);
    out
}

/// One function of the module as text.
pub fn print_function(module: &Module, function: &Function) -> String {
    print_function_with(module, function, &TextOptions::default())
}

/// One function of the module as text.
pub fn print_function_with(module: &Module, function: &Function, options: &TextOptions) -> String {
    let mut out = String::new();
    module::print_function(module, function, options, &mut out);
    out
}

/// A graph in the order of its schedule, as the body of `function`: after selection, say.
pub fn print_scheduled(
    module: &Module,
    function: &Function,
    graph: &Graph,
    schedule: &Schedule,
    options: &TextOptions,
) -> String {
    let mut out = String::from("function ");
    module::put_head(&mut out, module, function);
    out.push_str(" {\n");
    body::print_blocks(module, function, &Layout::scheduled(graph, schedule), options, &mut out);
    out.push_str("}\n");
    out
}

/// The name and signature of a function.
pub(crate) fn print_function_head(module: &Module, function: &Function) -> String {
    let mut out = String::new();
    module::put_head(&mut out, module, function);
    out
}

/// Appends formatted text to a string, which cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {{
        use std::fmt::Write;
        let _ = write!($out, $($arg)*);
    }};
}
use put;

/// Appends a list, with commas.
fn put_list<T>(out: &mut String, items: impl IntoIterator<Item = T>, mut put_one: impl FnMut(&mut String, T)) {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        put_one(out, item);
    }
}

/// A string in quotes, with what cannot stand there escaped. Characters beyond ASCII stay.
fn put_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 32 || c as u32 == 127 => put!(out, "\\{:02x}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The name of a symbol after `@`, in quotes unless it is a word.
fn put_symbol(out: &mut String, name: &str) {
    out.push('@');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$' | b'-');
    if !name.is_empty() && name.bytes().all(plain) {
        out.push_str(name);
    } else {
        put_quoted(out, name);
    }
}
