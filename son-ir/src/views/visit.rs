//! petgraph's visit traits for views of a graph.

use crate::graph::{Graph, NodeId, Uses};
use crate::ops::Op;
use crate::types::Type;
use petgraph::Direction;
use petgraph::visit::{
    Data, EdgeRef, GraphBase, GraphProp, GraphRef, IntoEdgeReferences, IntoEdges, IntoEdgesDirected, IntoNeighbors,
    IntoNeighborsDirected, IntoNodeIdentifiers, IntoNodeReferences, NodeCount, NodeIndexable, Visitable,
};

/// What flows along an edge.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EdgeKind {
    /// Control, or the tuple of a branch.
    Control,
    /// A value.
    Data,
    /// A state of memory.
    Memory,
    /// The control that a refined value, a phi, a load or a store is pinned to: it does not pass control on.
    Pin,
    /// A frame state.
    State,
}

/// What flows along input `index` of `user`.
pub fn edge_kind(graph: &Graph, user: NodeId, index: usize) -> EdgeKind {
    let input = graph.input(user, index);
    match graph.ty(input) {
        Type::CTRL if takes_control(graph, user) => EdgeKind::Control,
        Type::CTRL => EdgeKind::Pin,
        Type::MEM => EdgeKind::Memory,
        Type::STATE => EdgeKind::State,
        Type::TUPLE => match graph.ty(user) {
            Type::CTRL => EdgeKind::Control,
            Type::MEM => EdgeKind::Memory,
            _ => EdgeKind::Data,
        },
        _ => EdgeKind::Data,
    }
}

/// Is the node part of the control skeleton: does it take control and pass it on?
fn takes_control(graph: &Graph, node: NodeId) -> bool {
    let ty = graph.ty(node);
    ty == Type::CTRL || ty == Type::TUPLE && node != NodeId::START
}

/// Is the node of the control skeleton, `start` and `stop` included?
fn is_control(graph: &Graph, node: NodeId) -> bool {
    matches!(graph.ty(node), Type::CTRL | Type::TUPLE)
}

/// An edge: input `index` of `user`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GraphEdge {
    /// Where it comes from.
    pub definition: NodeId,
    /// Where it goes to.
    pub user: NodeId,
    /// Which input of the user it is.
    pub index: usize,
    /// What flows along it.
    pub kind: EdgeKind,
}

impl EdgeRef for GraphEdge {
    type NodeId = NodeId;
    type EdgeId = (NodeId, usize);
    type Weight = EdgeKind;

    fn source(&self) -> NodeId {
        self.definition
    }

    fn target(&self) -> NodeId {
        self.user
    }

    fn weight(&self) -> &EdgeKind {
        &self.kind
    }

    fn id(&self) -> (NodeId, usize) {
        (self.user, self.index)
    }
}

/// Which nodes and edges a view shows.
trait Shows: Copy {
    fn node(graph: &Graph, node: NodeId) -> bool;
    fn edge(graph: &Graph, edge: &GraphEdge) -> bool;
}

#[derive(Clone, Copy)]
struct Control;
#[derive(Clone, Copy)]
struct Values;
#[derive(Clone, Copy)]
struct Whole;

impl Shows for Control {
    fn node(graph: &Graph, node: NodeId) -> bool {
        is_control(graph, node)
    }

    fn edge(_: &Graph, edge: &GraphEdge) -> bool {
        edge.kind == EdgeKind::Control
    }
}

impl Shows for Values {
    fn node(_: &Graph, _: NodeId) -> bool {
        true
    }

    fn edge(graph: &Graph, edge: &GraphEdge) -> bool {
        let around = || edge.index > 1 && graph.is(edge.user, Op::Phi) && graph.is(graph.input(edge.user, 0), Op::Loop);
        !matches!(edge.kind, EdgeKind::Control | EdgeKind::Pin) && !around()
    }
}

impl Shows for Whole {
    fn node(_: &Graph, _: NodeId) -> bool {
        true
    }

    fn edge(_: &Graph, _: &GraphEdge) -> bool {
        true
    }
}

/// Edges of a node in one direction.
pub struct Edges<'a> {
    graph: &'a Graph,
    shows: fn(&Graph, &GraphEdge) -> bool,
    node: NodeId,
    /// Next input, when edges come in.
    next: usize,
    /// Next use, when edges go out.
    uses: Option<Uses<'a>>,
}

impl<'a> Edges<'a> {
    fn new<S: Shows>(graph: &'a Graph, node: NodeId, direction: Direction) -> Edges<'a> {
        let uses = (direction == Direction::Outgoing).then(|| graph.uses(node));
        Edges { graph, shows: S::edge, node, next: 0, uses }
    }

    fn next_edge(&mut self) -> Option<GraphEdge> {
        let (definition, user, index) = match &mut self.uses {
            Some(uses) => {
                let (user, index) = uses.next()?;
                (self.node, user, index)
            }
            None => {
                let index = self.next;
                self.next += 1;
                (index < self.graph.num_inputs(self.node))
                    .then(|| (self.graph.input(self.node, index), self.node, index))?
            }
        };
        Some(GraphEdge { definition, user, index, kind: edge_kind(self.graph, user, index) })
    }
}

impl Iterator for Edges<'_> {
    type Item = GraphEdge;

    fn next(&mut self) -> Option<GraphEdge> {
        loop {
            let edge = self.next_edge()?;
            if (self.shows)(self.graph, &edge) {
                return Some(edge);
            }
        }
    }
}

/// Nodes at the other ends of edges.
pub struct Neighbors<'a>(Edges<'a>, Direction);

impl Iterator for Neighbors<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let edge = self.0.next()?;
        Some(if self.1 == Direction::Outgoing { edge.user } else { edge.definition })
    }
}

/// Nodes of a view.
pub struct Nodes<'a> {
    graph: &'a Graph,
    shows: fn(&Graph, NodeId) -> bool,
    next: usize,
}

impl Iterator for Nodes<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        while self.next < self.graph.len() {
            let node = NodeId::new(self.next);
            self.next += 1;
            if self.graph.is_live(node) && (self.shows)(self.graph, node) {
                return Some(node);
            }
        }
        None
    }
}

/// All edges of a view, by user.
pub struct AllEdges<'a> {
    nodes: Nodes<'a>,
    edges: Option<Edges<'a>>,
    start: fn(&'a Graph, NodeId) -> Edges<'a>,
}

impl Iterator for AllEdges<'_> {
    type Item = GraphEdge;

    fn next(&mut self) -> Option<GraphEdge> {
        loop {
            if let Some(edge) = self.edges.as_mut().and_then(Edges::next) {
                return Some(edge);
            }
            let node = self.nodes.next()?;
            self.edges = Some((self.start)(self.nodes.graph, node));
        }
    }
}

macro_rules! view {
    ($(#[$doc:meta])* $name:ident shows $shows:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'a>(pub &'a Graph);

        impl $name<'_> {
            fn nodes(&self) -> Nodes<'_> {
                Nodes { graph: self.0, shows: $shows::node, next: 0 }
            }
        }

        impl GraphBase for $name<'_> {
            type NodeId = NodeId;
            type EdgeId = (NodeId, usize);
        }

        impl GraphRef for $name<'_> {}

        impl Data for $name<'_> {
            type NodeWeight = ();
            type EdgeWeight = EdgeKind;
        }

        impl GraphProp for $name<'_> {
            type EdgeType = petgraph::Directed;
        }

        impl<'a> IntoNeighbors for $name<'a> {
            type Neighbors = Neighbors<'a>;

            fn neighbors(self, node: NodeId) -> Neighbors<'a> {
                self.neighbors_directed(node, Direction::Outgoing)
            }
        }

        impl<'a> IntoNeighborsDirected for $name<'a> {
            type NeighborsDirected = Neighbors<'a>;

            fn neighbors_directed(self, node: NodeId, direction: Direction) -> Neighbors<'a> {
                Neighbors(self.edges_directed(node, direction), direction)
            }
        }

        impl<'a> IntoEdges for $name<'a> {
            type Edges = Edges<'a>;

            fn edges(self, node: NodeId) -> Edges<'a> {
                self.edges_directed(node, Direction::Outgoing)
            }
        }

        impl<'a> IntoEdgesDirected for $name<'a> {
            type EdgesDirected = Edges<'a>;

            fn edges_directed(self, node: NodeId, direction: Direction) -> Edges<'a> {
                Edges::new::<$shows>(self.0, node, direction)
            }
        }

        impl<'a> IntoEdgeReferences for $name<'a> {
            type EdgeRef = GraphEdge;
            type EdgeReferences = AllEdges<'a>;

            fn edge_references(self) -> AllEdges<'a> {
                let nodes = Nodes { graph: self.0, shows: $shows::node, next: 0 };
                let start = |graph, node| Edges::new::<$shows>(graph, node, Direction::Incoming);
                AllEdges { nodes, edges: None, start }
            }
        }

        impl<'a> IntoNodeIdentifiers for $name<'a> {
            type NodeIdentifiers = Nodes<'a>;

            fn node_identifiers(self) -> Nodes<'a> {
                Nodes { graph: self.0, shows: $shows::node, next: 0 }
            }
        }

        impl<'a> IntoNodeReferences for $name<'a> {
            type NodeRef = (NodeId, &'a ());
            type NodeReferences = std::iter::Map<Nodes<'a>, fn(NodeId) -> (NodeId, &'a ())>;

            fn node_references(self) -> Self::NodeReferences {
                self.node_identifiers().map(|node| (node, &()))
            }
        }

        impl NodeIndexable for $name<'_> {
            fn node_bound(&self) -> usize {
                self.0.len()
            }

            fn to_index(&self, node: NodeId) -> usize {
                node.index()
            }

            fn from_index(&self, index: usize) -> NodeId {
                NodeId::new(index)
            }
        }

        impl NodeCount for $name<'_> {
            fn node_count(&self) -> usize {
                self.nodes().count()
            }
        }

        impl Visitable for $name<'_> {
            type Map = Visited;

            fn visit_map(&self) -> Visited {
                Visited(vec![false; self.0.len()])
            }

            fn reset_map(&self, map: &mut Visited) {
                map.0.clear();
                map.0.resize(self.0.len(), false);
            }
        }
    };
}

view! {
    /// The control skeleton: control tokens, branches and their projections, effects on the chain of control.
    ControlView shows Control
}
view! {
    /// Values, memory and states; without what comes around a loop, so that there is no cycle.
    DataView shows Values
}
view! {
    /// All nodes and edges.
    WholeView shows Whole
}

/// Which nodes an algorithm has seen.
#[derive(Clone, Default)]
pub struct Visited(Vec<bool>);

impl petgraph::visit::VisitMap<NodeId> for Visited {
    fn visit(&mut self, node: NodeId) -> bool {
        !std::mem::replace(&mut self.0[node.index()], true)
    }

    fn is_visited(&self, node: &NodeId) -> bool {
        self.0[node.index()]
    }

    fn unvisit(&mut self, node: NodeId) -> bool {
        std::mem::replace(&mut self.0[node.index()], false)
    }
}
