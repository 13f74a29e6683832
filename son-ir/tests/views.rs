//! petgraph's algorithms on views of random functions agree with ours.

mod support;

use petgraph::algo::{dominators::simple_fast, is_cyclic_directed, tarjan_scc, toposort};
use petgraph::visit::{Dfs, EdgeRef, IntoEdgeReferences, IntoEdgesDirected, IntoNodeIdentifiers, NodeCount, Reversed};
use petgraph::{Directed, Direction, Graph as Petgraph};
use proptest::collection::vec;
use proptest::prelude::*;
use son_ir::analysis::{Block, Cfg, Dominators, Loops};
use son_ir::views::{ControlView, DataView, EdgeKind, WholeView};
use son_ir::{Graph, NodeId, Op};

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn dominators_agree(numbers in vec(any::<u16>(), 0..300)) {
        let module = support::module(&numbers);
        let graph = &module.functions[0].graph;
        let cfg = Cfg::new(graph);
        let ours = Dominators::new(&cfg);
        let theirs = simple_fast(ControlView(graph), NodeId::START);
        let mut block_of_head = vec![Block::NONE; graph.len()];
        cfg.blocks().for_each(|block| block_of_head[cfg.head(block).index()] = block);
        for block in cfg.blocks().skip(1) {
            let chain = theirs.strict_dominators(cfg.head(block)).expect("all control is reached");
            let immediate = chain.map(|node| block_of_head[node.index()]).find(|block| block.is_some());
            prop_assert_eq!(immediate, Some(ours.immediate(block)));
        }
    }

    #[test]
    fn loops_are_the_cycles_of_control(numbers in vec(any::<u16>(), 0..300)) {
        let module = support::module(&numbers);
        let graph = &module.functions[0].graph;
        let cfg = Cfg::new(graph);
        let loops = Loops::new(&cfg, &Dominators::new(&cfg));
        let outer = loops.all().filter(|&each| loops.parent(each).is_none()).count();
        let cycles = tarjan_scc(ControlView(graph)).into_iter().filter(|part| part.len() > 1).count();
        prop_assert_eq!(outer, cycles);
        prop_assert_eq!(is_cyclic_directed(WholeView(graph)), cycles > 0);
    }

    #[test]
    fn values_have_an_order(numbers in vec(any::<u16>(), 0..300)) {
        let module = support::module(&numbers);
        let graph = &module.functions[0].graph;
        let order = toposort(DataView(graph), None).expect("law 13");
        let mut place = vec![usize::MAX; graph.len()];
        order.iter().enumerate().for_each(|(i, &node)| place[node.index()] = i);
        for edge in DataView(graph).edge_references() {
            prop_assert!(place[edge.source().index()] < place[edge.target().index()]);
        }
    }

    #[test]
    fn the_whole_is_seen(numbers in vec(any::<u16>(), 0..100)) {
        let module = support::module(&numbers);
        let graph = &module.functions[0].graph;
        let view = WholeView(graph);
        let edges: usize = graph.nodes().map(|node| graph.num_inputs(node)).sum();
        prop_assert_eq!(view.node_count(), graph.live());
        prop_assert_eq!(view.edge_references().count(), edges);
        let outgoing: usize = view.node_identifiers().map(|n| view.edges_directed(n, Direction::Outgoing).count()).sum();
        prop_assert_eq!(outgoing, edges);
        // Everything that lives is reached from stop backwards.
        let mut reached = 0;
        let mut walk = Dfs::new(Reversed(view), NodeId::STOP);
        while walk.next(Reversed(view)).is_some() {
            reached += 1;
        }
        prop_assert_eq!(reached, graph.post_order().iter().filter(|&&n| n != NodeId::START || reaches_start(graph)).count());
        let copy: Petgraph<(), EdgeKind, Directed> =
            Petgraph::from_edges(view.edge_references().map(|e| (e.source().index() as u32, e.target().index() as u32, e.kind)));
        prop_assert_eq!(copy.edge_count(), edges);
    }
}

fn reaches_start(graph: &Graph) -> bool {
    graph.nodes().any(|node| graph.is(node, Op::Proj) && graph.input(node, 0) == NodeId::START)
}
