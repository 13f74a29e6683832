//! Who calls whom in a module, and an order in which callees come before callers.

use crate::graph::{Graph, NodeId};
use crate::module::{Definition, Function, Module, SymbolId};
use crate::ops::Op;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// The symbol that a call names directly.
pub fn direct_callee(graph: &Graph, call: NodeId) -> Option<SymbolId> {
    let callee = graph.input(call, 2);
    graph.is(callee, Op::SymbolAddr).then(|| SymbolId(graph.payload(callee) as u32))
}

/// Direct calls between the bodies of a module.
pub struct CallGraph {
    graph: DiGraph<u32, ()>,
    callers: Vec<u32>,
    address_taken: Vec<bool>,
}

impl CallGraph {
    /// Of all bodies. Linear in their nodes.
    pub fn new(module: &Module) -> CallGraph {
        let count = module.functions.len();
        let mut graph = DiGraph::with_capacity(count, count);
        (0..count as u32).for_each(|row| {
            graph.add_node(row);
        });
        let mut call_graph = CallGraph { graph, callers: vec![0; count], address_taken: vec![false; count] };
        for (row, function) in module.functions.iter().enumerate() {
            call_graph.add_body(module, row, function);
        }
        call_graph.add_data(module);
        call_graph
    }

    fn add_body(&mut self, module: &Module, row: usize, function: &Function) {
        let graph = &function.graph;
        for address in graph.nodes().filter(|&node| graph.is(node, Op::SymbolAddr)) {
            let Definition::Function(callee) = module.symbol(SymbolId(graph.payload(address) as u32)).definition else {
                continue;
            };
            for (user, index) in graph.uses(address) {
                if matches!(Op::from_number(graph.op_number(user)), Some(Op::Call | Op::TailCall)) && index == 2 {
                    self.graph.add_edge(NodeIndex::new(row), NodeIndex::new(callee as usize), ());
                    self.callers[callee as usize] += 1;
                } else {
                    self.address_taken[callee as usize] = true;
                }
            }
        }
    }

    fn add_data(&mut self, module: &Module) {
        use crate::module::RelocationTarget::Symbol;
        for symbol in &module.symbols {
            let named = match &symbol.definition {
                Definition::Data(data) => {
                    data.relocations.iter().flat_map(|r| [Some(r.target), r.minus]).flatten().collect()
                }
                Definition::Alias(target, _) => vec![Symbol(*target)],
                _ => Vec::new(),
            };
            for target in named {
                let (Symbol(id) | crate::module::RelocationTarget::Block(id, _)) = target;
                if let Definition::Function(row) = module.symbol(id).definition {
                    self.address_taken[row as usize] = true;
                }
            }
        }
        let listed = module.constructors.iter().chain(&module.destructors).map(|row| row.1);
        let allocators = module.functions.iter().flat_map(|function| &function.graph.tables().shapes);
        let of_runtime = allocators.map(|shape| shape.allocator).chain(module.deoptimizer);
        for id in listed.chain(of_runtime) {
            if let Definition::Function(row) = module.symbol(id).definition {
                self.address_taken[row as usize] = true;
            }
        }
    }

    /// Strongly connected components, callees before callers: rows of [`Module::functions`].
    pub fn bottom_up(&self) -> Vec<Vec<u32>> {
        let components = kosaraju_scc(&self.graph);
        components.into_iter().map(|part| part.into_iter().map(|node| self.graph[node]).collect()).collect()
    }

    /// Which bodies call themselves, maybe through others, by row.
    pub fn recursive(&self) -> Vec<bool> {
        let mut recursive = vec![false; self.callers.len()];
        for component in kosaraju_scc(&self.graph) {
            for &node in &component {
                recursive[node.index()] = component.len() > 1 || self.graph.contains_edge(node, node);
            }
        }
        recursive
    }

    /// Number of direct calls of the body; none of one that was added since.
    pub fn callers(&self, row: u32) -> u32 {
        self.callers.get(row as usize).copied().unwrap_or(0)
    }

    /// Is the body's address used other than to call it directly? That of one that was added since may be.
    pub fn is_address_taken(&self, row: u32) -> bool {
        self.address_taken.get(row as usize).copied().unwrap_or(true)
    }
}
