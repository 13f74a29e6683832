//! Pictures of a function for Graphviz: blocks are boxes, nodes stand in the order of a schedule, and each
//! kind of edge has its colour and style.
//!
//! Results of branches and calls are cells of their node, and constants stand where they are used, so that a
//! picture has about as many nodes as the text has lines. Values that come around a loop and back edges do
//! not pull on the layout. A tooltip says what an op means and what is known of its result.
//!
//! ```
//! let module = son_ir::text::parse("function @f(i32) -> i32 { b, m, x = start\n return b, m, x\n }")
//!     .map_err(|error| error.to_string())?;
//! let dot = son_ir::views::dot::function(&module, &module.functions[0], &Default::default());
//! assert!(dot.starts_with("digraph"));
//! # Ok::<(), String>(())
//! ```

use super::visit::{EdgeKind, edge_kind};
use crate::analysis::{Block, Schedule};
use crate::facts::Fact;
use crate::graph::{Graph, NodeId};
use crate::module::{Function, Module};
use crate::ops::{Family, Op};
use crate::text::{self, IdealOps, Layout, NodePrinter, OpNames, TextOptions, put_fact};
use crate::types::Type;
use dot_writer::{Attributes, DotWriter, Scope};
use std::fmt::Write;

/// What a picture shows.
#[derive(Clone, Copy, Debug)]
pub struct DotOptions {
    /// What is known of results, below them.
    pub facts: bool,
    /// The edges from a region to its phis, and from control to what is pinned to it.
    pub pins: bool,
    /// What the colours mean.
    pub legend: bool,
}

impl Default for DotOptions {
    fn default() -> Self {
        DotOptions { facts: true, pins: true, legend: true }
    }
}

const FONT: &str = "Helvetica,Arial,sans-serif";

/// Fill and border of the nodes of a family.
fn colours(family: Family) -> (&'static str, &'static str) {
    match family {
        Family::Control => ("#fbdcd8", "#b03a2e"),
        Family::Merge => ("#fff2c4", "#a67c00"),
        Family::Leaf => ("#f2f2f2", "#7f7f7f"),
        Family::Integer => ("#e2edfb", "#2f6db5"),
        Family::Float => ("#e8e4fb", "#5b4bb5"),
        Family::Compare => ("#d9f1f3", "#1b7f8c"),
        Family::Convert => ("#eef2f6", "#64788c"),
        Family::Memory => ("#dcf3e2", "#2a7d4f"),
        Family::State => ("#f5def3", "#97398f"),
        Family::Vector => ("#efe6d8", "#8a6d3b"),
    }
}

/// Colour, style and width of an edge.
fn line(kind: EdgeKind) -> (&'static str, &'static str, f32) {
    match kind {
        EdgeKind::Control => ("#b03a2e", "solid", 2.2),
        EdgeKind::Data => ("#2f6db5", "solid", 1.0),
        EdgeKind::Memory => ("#2a7d4f", "dashed", 1.5),
        EdgeKind::Pin => ("#b0a58c", "dotted", 1.0),
        EdgeKind::State => ("#97398f", "dashed", 1.0),
    }
}

/// So many phis stand side by side.
const PHIS_IN_A_ROW: usize = 4;

/// Backgrounds of blocks by loop depth.
const DEPTHS: [&str; 5] = ["#fafafa", "#f0f5fc", "#e3edf9", "#d5e4f5", "#c6d9ef"];

/// The function as a DOT graph.
pub fn function(module: &Module, function: &Function, options: &DotOptions) -> String {
    draw(module, function, Layout::new(module, function).ok(), &IdealOps, options)
}

/// A graph in the order of its schedule, as the body of `function`: after selection, say. `ops` names ops
/// beyond the ideal ones.
pub fn scheduled(
    module: &Module,
    function: &Function,
    graph: &Graph,
    schedule: &Schedule,
    ops: &dyn OpNames,
    options: &DotOptions,
) -> String {
    draw(module, function, Some(Layout::scheduled(graph, schedule)), ops, options)
}

/// Without a layout, the function breaks the law: its nodes are drawn without blocks.
fn draw(
    module: &Module,
    function: &Function,
    layout: Option<Layout>,
    ops: &dyn OpNames,
    options: &DotOptions,
) -> String {
    let text = TextOptions { comments: false, locations: false, ops, ..TextOptions::default() };
    let graph = layout.as_ref().map_or(&function.graph, |layout| &layout.graph);
    let nothing = vec![false; if layout.is_some() { 0 } else { graph.len() }];
    let assumed = layout.as_ref().map_or(&nothing, |layout| &layout.assumed);
    let mut printer = NodePrinter::new(module, function, graph, &text, assumed);
    match &layout {
        Some(layout) => layout.schedule.all_nodes().iter().for_each(|&node| printer.give_name(node)),
        None => graph.nodes().for_each(|node| printer.give_name(node)),
    }
    let mut bytes = Vec::new();
    {
        let mut writer = DotWriter::from(&mut bytes);
        let mut picture = writer.digraph();
        prepare(&mut picture, &title(module, function));
        Painter { module, graph, layout: layout.as_ref(), printer, options }.paint(&mut picture);
        if options.legend {
            legend(&mut picture);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The function's name and signature, as the text form writes them.
fn title(module: &Module, function: &Function) -> String {
    let text = text::print_function_head(module, function);
    escape(&text)
}

fn prepare(picture: &mut Scope, title: &str) {
    picture.set("label", title, true).set("labelloc", "t", false).set("fontsize", "16", false);
    picture.set("fontname", FONT, true).set("nodesep", "0.25", false).set("ranksep", "0.32", false);
    picture.set("splines", "spline", false).set("tooltip", " ", true);
    picture.node_attributes().set("fontname", FONT, true).set("fontsize", "11", false).set("shape", "plain", false);
    picture.edge_attributes().set("fontname", FONT, true).set("fontsize", "9", false).set("arrowsize", "0.7", false);
}

struct Painter<'a> {
    module: &'a Module,
    graph: &'a Graph,
    /// None for a function that breaks the law: it has no blocks.
    layout: Option<&'a Layout<'a>>,
    printer: NodePrinter<'a>,
    options: &'a DotOptions,
}

impl Painter<'_> {
    fn paint(&self, picture: &mut Scope) {
        match self.layout {
            Some(layout) => layout.schedule.cfg.blocks().for_each(|block| self.block(picture, layout, block)),
            None => self.graph.nodes().for_each(|node| self.node(picture, node)),
        }
        for user in self.graph.nodes() {
            self.edges_to(picture, user);
        }
    }

    /// The node that stands for `node` in the picture: its tuple for a projection that is a cell of it.
    fn stands_for(&self, node: NodeId) -> NodeId {
        if self.has_box(node) { node } else { self.graph.input(node, 0) }
    }

    /// Has the node a box of its own?
    fn has_box(&self, node: NodeId) -> bool {
        self.printer.has_statement(node) || self.is_head(node)
    }

    /// Is it a projection that starts a block: drawn at the top of its block?
    fn is_head(&self, node: NodeId) -> bool {
        self.layout.is_some_and(|layout| {
            let cfg = &layout.schedule.cfg;
            let block = cfg.block_of(node);
            block.is_some() && cfg.head(block) == node
        })
    }

    fn block(&self, picture: &mut Scope, layout: &Layout, block: Block) {
        let schedule = &layout.schedule;
        let depth = schedule.loops.block_depth(block);
        let mut cluster = picture.cluster();
        let name = self.block_name(layout, block);
        let label = if depth > 0 { format!("{name}   loop depth {depth}") } else { name };
        cluster.set("label", &label, true).set("labeljust", "l", false).set("fontsize", "10", false);
        cluster.set("fontcolor", "#555555", true).set("style", "rounded,filled", true);
        cluster.set("fillcolor", DEPTHS[(depth as usize).min(DEPTHS.len() - 1)], true).set("color", "#c8c8c8", true);
        let frequency = schedule.frequencies.of(block);
        cluster.set("tooltip", &format!("executed {frequency:.2} times per call"), true);
        let nodes: Vec<NodeId> = schedule.nodes(block).iter().copied().filter(|&node| self.has_box(node)).collect();
        nodes.iter().for_each(|&node| self.node(&mut cluster, node));
        self.order(&mut cluster, &nodes);
        drop(cluster);
        // Blocks that follow start below the last node.
        let last = nodes.last().copied();
        for &next in schedule.cfg.successors(block).iter().filter(|&&next| next > block) {
            let head = self.stands_for(schedule.cfg.head(next));
            last.iter().for_each(|&last| self.above(picture, last, head, "2"));
        }
    }

    /// Phis of a block side by side, all others one below the other.
    fn order(&self, cluster: &mut Scope, nodes: &[NodeId]) {
        let mut above: Option<NodeId> = None;
        for row in nodes.chunk_by(|&a, &b| self.graph.is(a, Op::Phi) && self.graph.is(b, Op::Phi)) {
            for row in row.chunks(PHIS_IN_A_ROW) {
                if let [first, _, ..] = row {
                    let mut side_by_side = cluster.subgraph();
                    side_by_side.set("rank", "same", false);
                    row.iter().for_each(|&node| drop(side_by_side.node_named(self.id(node))));
                    drop(side_by_side);
                    above.iter().for_each(|&above| row.iter().for_each(|&node| self.above(cluster, above, node, "4")));
                    above = Some(*first);
                } else {
                    above.iter().for_each(|&above| self.above(cluster, above, row[0], "20"));
                    above = Some(row[0]);
                }
            }
        }
    }

    /// Draws one node above another.
    fn above(&self, picture: &mut Scope, upper: NodeId, lower: NodeId, weight: &str) {
        let mut edge = picture.edge(self.id(upper), self.id(lower)).attributes();
        edge.set("style", "invis", false).set("weight", weight, false);
    }

    fn block_name(&self, layout: &Layout, block: Block) -> String {
        let head = layout.schedule.cfg.head(block);
        let head = if head == NodeId::START { self.graph.find_proj(head, 0).unwrap_or(head) } else { head };
        self.printer.name(head)
    }

    fn id(&self, node: NodeId) -> String {
        format!("n{}", node.index())
    }

    // ---- Nodes ----

    fn node(&self, picture: &mut Scope, node: NodeId) {
        if !self.has_box(node) || node == NodeId::STOP {
            return;
        }
        let label =
            if self.is_head(node) && self.graph.is(node, Op::Proj) { self.head_label(node) } else { self.label(node) };
        let mut drawn = picture.node_named(self.id(node));
        drawn.set_html(&label).set("tooltip", &self.tooltip(node), true);
    }

    fn family(&self, node: NodeId) -> Family {
        Op::from_number(self.graph.op_number(node)).map_or(Family::Leaf, |op| op.info().family)
    }

    /// The top of a block that a branch goes to.
    fn head_label(&self, node: NodeId) -> String {
        let (fill, border) = colours(Family::Control);
        let name = self.printer.name(node);
        format!(
            "<<table border=\"1\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"3\" style=\"rounded\" \
             color=\"{border}\" bgcolor=\"{fill}\"><tr><td><i>{name}</i></td></tr></table>>"
        )
    }

    /// Result and expression, type and fact, and a cell for each projection.
    fn label(&self, node: NodeId) -> String {
        let (fill, border) = colours(self.family(node));
        let projections = self.printer.projections(node).unwrap_or_default();
        let span = projections.iter().flatten().count().max(1);
        let mut label = format!(
            "<<table border=\"1\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"3\" style=\"rounded\" \
             color=\"{border}\" bgcolor=\"{fill}\"><tr><td colspan=\"{span}\">"
        );
        let ty = self.graph.ty(node);
        if ty != Type::TUPLE && !self.leaves(node) {
            let _ = write!(label, "<b>{}</b> = ", self.printer.name(node));
        }
        let _ = write!(label, "{}</td></tr>", escape_html(&shorten(&self.printer.expression(node))));
        if ty.is_data() {
            let _ = write!(label, "<tr><td>{}</td></tr>", self.small(&self.type_and_fact(node)));
        }
        if projections.iter().any(Option::is_some) {
            label.push_str("<hr/><tr>");
            for (index, proj) in projections.iter().enumerate().filter_map(|(i, proj)| Some((i, (*proj)?))) {
                let _ = write!(label, "<td port=\"p{index}\">{}</td>", self.cell(node, index, proj));
            }
            label.push_str("</tr>");
        }
        label.push_str("</table>>");
        label
    }

    fn leaves(&self, node: NodeId) -> bool {
        self.graph.users(node).all(|user| user == NodeId::STOP)
    }

    fn small(&self, text: &str) -> String {
        format!("<font point-size=\"9\" color=\"#666666\">{}</font>", escape_html(text))
    }

    fn type_and_fact(&self, node: NodeId) -> String {
        let (ty, fact) = (self.graph.ty(node), self.graph.fact(node));
        let mut text = ty.to_string();
        if self.options.facts && *fact != Fact::Any {
            text.push(' ');
            put_fact(&mut text, self.module, ty, fact);
        }
        shorten(&text)
    }

    /// A projection as a cell of its tuple.
    fn cell(&self, tuple: NodeId, index: usize, proj: NodeId) -> String {
        let name = self.printer.name(proj);
        let what = match Op::from_number(self.graph.op_number(tuple)) {
            Some(Op::If) => ["true", "false"].get(index).copied().unwrap_or("?").to_owned(),
            Some(Op::Switch) if index == 0 => "default".to_owned(),
            Some(Op::Switch) => {
                let ty = self.graph.ty(self.graph.input(tuple, 1));
                let value = self.graph.switch_table(tuple).values.get(index - 1).copied().unwrap_or(0);
                ty.sign_extend(value).to_string()
            }
            _ if self.graph.ty(proj).is_data() => self.type_and_fact(proj),
            _ => self.graph.ty(proj).to_string(),
        };
        format!("<b>{name}</b><br/>{}", self.small(&what))
    }

    /// What the op means, what is known of the result, and where it comes from.
    fn tooltip(&self, node: NodeId) -> String {
        let mut text = match Op::from_number(self.graph.op_number(node)) {
            Some(op) => format!("{}: {}", op.text(), op.info().doc),
            None => self.printer.expression(node),
        };
        if self.graph.ty(node).is_data() {
            let _ = write!(text, "\\n{}: ", self.printer.name(node));
            text.push_str(&escape(&self.type_and_fact(node)));
        }
        let location = self.module.locations.get(self.graph.origin(node).0 as usize).filter(|place| place.line > 0);
        if let Some(place) = location {
            let file = self.module.files.get(place.file as usize).map_or("?", |file| &file.path);
            let _ = write!(text, "\\n{}:{}:{}", escape(file), place.line, place.column);
        }
        text.replace('"', "\\\"").replace("\\\\\"", "\\\"")
    }

    // ---- Edges ----

    fn edges_to(&self, picture: &mut Scope, user: NodeId) {
        if user == NodeId::STOP || self.printer.is_literal(user) || !self.has_box(user) {
            return;
        }
        for (index, input) in self.graph.inputs(user).enumerate() {
            if !self.printer.is_literal(input) {
                self.edge(picture, user, index, input);
            }
        }
    }

    fn edge(&self, picture: &mut Scope, user: NodeId, index: usize, input: NodeId) {
        let graph = self.graph;
        let kind = edge_kind(graph, user, index);
        if kind == EdgeKind::Pin && !self.options.pins {
            return;
        }
        let from = self.port(user, input);
        let looped = self.goes_back(user, index);
        let (colour, style, width) = line(kind);
        // What comes around a loop is drawn from its lower end, so that it finds its way like the others.
        let (upper, lower) = if looped { (self.id(user), from) } else { (from, self.id(user)) };
        let mut edge = picture.edge(upper, lower).attributes();
        edge.set("color", colour, true).set("style", style, false).set_pen_width(width);
        if kind == EdgeKind::Pin {
            edge.set("arrowhead", "none", false);
        }
        if looped {
            edge.set("dir", "back", false).set("weight", "0", false);
        } else if kind == EdgeKind::Pin {
            edge.set("constraint", "false", false);
        } else if !self.same_block(user, input) {
            edge.set("weight", "0", false);
        }
        let name = self.printer.name(input);
        edge.set("tooltip", &format!("{name}: input {index} of {}", self.printer.name(user)), true);
    }

    /// Where an edge starts: the node, or the cell of its tuple.
    fn port(&self, user: NodeId, input: NodeId) -> String {
        let graph = self.graph;
        if self.is_head(user) && graph.is(user, Op::Proj) {
            return format!("{}:p{}:s", self.id(input), graph.payload(user));
        }
        let drawn = self.stands_for(input);
        if drawn == input { self.id(input) } else { format!("{}:p{}:s", self.id(drawn), graph.payload(input)) }
    }

    /// Does the edge close a loop?
    fn goes_back(&self, user: NodeId, index: usize) -> bool {
        match Op::from_number(self.graph.op_number(user)) {
            Some(Op::Loop) => index == 1,
            Some(Op::Phi) => index == 2 && self.graph.is(self.graph.input(user, 0), Op::Loop),
            _ => false,
        }
    }

    fn same_block(&self, user: NodeId, input: NodeId) -> bool {
        let Some(layout) = self.layout else { return true };
        layout.schedule.block_of(user) == layout.schedule.block_of(input)
    }
}

/// A table that shows each kind of edge and what its colour means.
fn legend(picture: &mut Scope) {
    let rows = [
        (EdgeKind::Control, "━━", "control"),
        (EdgeKind::Data, "──", "value"),
        (EdgeKind::Memory, "╌╌", "memory"),
        (EdgeKind::State, "╌╌", "frame state"),
        (EdgeKind::Pin, "┈┈", "pinned to"),
    ];
    let mut label = String::from("<<table border=\"0\" cellborder=\"0\" cellspacing=\"1\" cellpadding=\"1\"><tr>");
    for (kind, sample, name) in rows {
        let (colour, ..) = line(kind);
        let _ = write!(label, "<td><font color=\"{colour}\">{sample}</font> {name}</td>");
    }
    label.push_str("</tr></table>>");
    let mut cluster = picture.cluster();
    cluster.set("style", "invis", false);
    cluster.node_named("legend").set_html(&label).set("fontsize", "9", false);
}

/// Long expressions (calls, switches) are cut.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 72;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST - 1).collect();
    cut + "…"
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
