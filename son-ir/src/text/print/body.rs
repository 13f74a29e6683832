//! A body: slots, shapes, then blocks in order, or a plain list if there is no schedule.

use super::fact::put_fact;
use super::layout::Layout;
use super::node::NodePrinter;
use super::{Names, TextOptions, put, put_list, put_quoted, put_symbol};
use crate::analysis::Block;
use crate::facts::Fact;
use crate::graph::{Graph, NodeId};
use crate::module::{Function, Module};
use crate::ops::Op;
use crate::payload::Shape;
use crate::types::Type;

/// Where comments start.
const COMMENT_COLUMN: usize = 60;

pub(super) fn print_body(module: &Module, function: &Function, options: &TextOptions, out: &mut String) {
    for (row, slot) in function.slots.iter().enumerate() {
        put!(out, "  slot ${row} {}", slot.size);
        if slot.align != 1 {
            put!(out, " align {}", slot.align);
        }
        out.push('\n');
    }
    match Layout::new(module, function) {
        Ok(layout) => print_blocks(module, function, &layout, options, out),
        Err(violation) => {
            put!(out, "  ; not by the law: {violation}\n");
            print_plain(module, function, options, out);
        }
    }
}

pub(super) fn print_blocks(
    module: &Module,
    function: &Function,
    layout: &Layout,
    options: &TextOptions,
    out: &mut String,
) {
    let Layout { graph, schedule, original, assumed } = layout;
    let mut printer = NodePrinter::new(module, function, graph, options, assumed);
    match options.names {
        Names::Ordered => schedule.all_nodes().iter().for_each(|&node| printer.give_name(node)),
        Names::Index => schedule.all_nodes().iter().for_each(|&node| printer.name_by(node, original[node.index()])),
    }
    print_shapes(module, &mut printer, schedule.all_nodes(), out);
    for block in schedule.cfg.blocks() {
        let head = schedule.cfg.head(block);
        let comment = if options.comments { block_comment(layout, &printer, block) } else { String::new() };
        if graph.is(head, Op::Proj) {
            let label = format!("{}:", printer.name(head));
            put_line(out, &label, &comment);
        }
        for &node in schedule.nodes(block) {
            if node == head && !graph.is(head, Op::Proj) {
                let line = printer.statement(node);
                put_line(out, &line, &comment);
            } else if printer.has_statement(node) {
                let line = format!("  {}", printer.statement(node));
                let comment = if options.comments { fact_comment(layout, module, node) } else { String::new() };
                put_line(out, &line, &comment);
            }
        }
    }
    print_stop(graph, schedule.all_nodes(), &printer, out);
}

fn put_line(out: &mut String, line: &str, comment: &str) {
    out.push_str(line);
    if !comment.is_empty() {
        let blanks = COMMENT_COLUMN.saturating_sub(line.chars().count()).max(1);
        put!(out, "{:blanks$}; {comment}", "");
    }
    out.push('\n');
}

/// Loop depth, and where control comes from if the head does not say it.
fn block_comment(layout: &Layout, printer: &NodePrinter, block: Block) -> String {
    let Layout { graph, schedule, .. } = layout;
    let mut parts = Vec::new();
    let depth = schedule.loops.block_depth(block);
    if depth > 0 {
        parts.push(format!("depth {depth}"));
    }
    let head = schedule.cfg.head(block);
    if graph.is(head, Op::Proj)
        && let [from] = schedule.cfg.predecessors(block)
    {
        let from = schedule.cfg.head(*from);
        let from = if from == NodeId::START { graph.find_proj(from, 0).unwrap_or(from) } else { from };
        parts.push(format!("from {}", printer.name(from)));
    }
    parts.join(", ")
}

/// What is known of the node, if it follows from its inputs; if not, the statement says it.
fn fact_comment(layout: &Layout, module: &Module, node: NodeId) -> String {
    let Layout { graph, assumed, .. } = layout;
    let mut text = String::new();
    let fact = graph.fact(node);
    if !assumed[node.index()] && *fact != Fact::Any {
        put_fact(&mut text, module, graph.ty(node), fact);
    }
    text
}

/// A function that breaks the law: its nodes by index.
fn print_plain(module: &Module, function: &Function, options: &TextOptions, out: &mut String) {
    let graph = &function.graph;
    let assumed = vec![false; graph.len()];
    let mut printer = NodePrinter::new(module, function, graph, options, &assumed);
    let nodes: Vec<NodeId> = graph.nodes().collect();
    match options.names {
        Names::Ordered => nodes.iter().for_each(|&node| printer.give_name(node)),
        Names::Index => nodes.iter().for_each(|&node| printer.name_by(node, node)),
    }
    print_shapes(module, &mut printer, &nodes, out);
    for &node in nodes.iter().filter(|&&node| printer.has_statement(node)) {
        put!(out, "  {}\n", printer.statement(node));
    }
    print_stop(graph, &nodes, &printer, out);
}

/// A `stop` statement, if the exits alone in their order do not say what its inputs are.
fn print_stop(graph: &Graph, order: &[NodeId], printer: &NodePrinter, out: &mut String) {
    let exits = order.iter().copied().filter(|&node| printer.is_exit(node));
    if !exits.eq(graph.inputs(NodeId::STOP)) {
        out.push_str("  stop ");
        put_list(out, graph.inputs(NodeId::STOP), |out, input| out.push_str(&printer.name(input)));
        out.push('\n');
    }
}

/// The shapes that nodes mention, in that order.
fn print_shapes(module: &Module, printer: &mut NodePrinter, nodes: &[NodeId], out: &mut String) {
    let graph = printer.graph;
    for &node in nodes {
        if !graph.is(node, Op::Alloc) && !graph.is(node, Op::VirtualObj) {
            continue;
        }
        let Some(shape) = graph.tables().shapes.get(graph.payload(node) as usize) else { continue };
        if let Some(number) = printer.new_shape(graph.payload(node)) {
            put!(out, "  shape %{number} ");
            put_shape(module, shape, out);
        }
    }
}

fn put_shape(module: &Module, shape: &Shape, out: &mut String) {
    put_quoted(out, &shape.name);
    if shape.id != 0 {
        put!(out, " id {}", shape.id);
    }
    out.push_str(" {");
    put_list(out, &shape.fields, |out, (ty, offset): &(Type, u32)| put!(out, "{ty} {offset}"));
    put!(out, "}} size {}", shape.size);
    if let Some(element) = shape.element {
        put!(out, " element {element}");
    }
    if let Some((ty, offset)) = shape.length {
        put!(out, " length {ty} {offset}");
    }
    out.push_str(" allocator ");
    put_symbol(out, super::module::name_of(module, shape.allocator));
    out.push('\n');
}
