//! The builder on control flow of every shape.

use son_ir::analysis::{Cfg, Dominators};
use son_ir::builder::Block;
use son_ir::{BuildError, FunctionBuilder, Graph, Module, NodeId, Op, Signature, Type, Weights};

fn module() -> Module {
    Module::new(target_lexicon::triple!("x86_64-unknown-linux-gnu"))
}

fn builder(module: &mut Module) -> FunctionBuilder {
    FunctionBuilder::new(module, "f", Signature::new([Type::I32, Type::I32], [Type::I32]))
}

fn count(graph: &Graph, op: Op) -> usize {
    graph.nodes().filter(|&node| graph.is(node, op)).count()
}

/// Builds blocks that branch on parameter 0 along `edges`; a block without edges returns variable 0, which each
/// block adds one to.
fn flow(blocks: usize, edges: &[(u32, u32)], planned: bool) -> Result<Graph, BuildError> {
    let mut module = module();
    let mut f = builder(&mut module);
    let list: Vec<Block> = std::iter::once(Block(0)).chain((1..blocks).map(|_| f.create_block())).collect();
    if planned {
        let all: Vec<_> = edges.iter().map(|&(a, b)| (list[a as usize], list[b as usize])).collect();
        f.plan_edges(&all);
    }
    let var = f.declare(Type::I32);
    for &block in &list {
        if block == Block(0) {
            let start = f.param(1);
            f.def(var, start);
        } else {
            f.enter(block);
        }
        let old = f.get(var)?;
        let number = f.iconst(Type::I32, i64::from(block.0) + 1);
        let new = f.pure(Op::Mul, Type::I32, &[old, number]);
        f.def(var, new);
        let next: Vec<Block> = edges.iter().filter(|e| e.0 == block.0).map(|e| list[e.1 as usize]).collect();
        match next[..] {
            [] => f.ret(&[new]),
            [to] => f.jump(to),
            [yes, no] => {
                let (zero, n) = (f.iconst(Type::I32, 0), f.param(0));
                let test = f.pure(Op::Eq, Type::I1, &[n, zero]);
                f.branch(test, yes, no, Weights::default());
            }
            _ => unreachable!("at most two ways out"),
        }
    }
    Ok(f.finish()?.graph)
}

#[test]
fn straight_line_has_one_block() {
    let graph = flow(3, &[(0, 1), (1, 2)], false).unwrap();
    assert_eq!(Cfg::new(&graph).len(), 1);
    assert_eq!(count(&graph, Op::Region) + count(&graph, Op::Phi), 0);
}

#[test]
fn diamond_merges_with_a_phi() {
    let graph = flow(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], false).unwrap();
    let cfg = Cfg::new(&graph);
    assert_eq!((cfg.len(), count(&graph, Op::Region), count(&graph, Op::Phi)), (4, 1, 1));
    let dominators = Dominators::new(&cfg);
    assert_eq!(dominators.immediate(son_ir::analysis::Block(3)), son_ir::analysis::Block::ENTRY);
}

#[test]
fn loop_has_one_entry_and_one_back_edge() {
    let graph = flow(5, &[(0, 1), (1, 2), (1, 3), (2, 1), (3, 1), (3, 4)], false).unwrap();
    let header = graph.nodes().find(|&node| graph.is(node, Op::Loop)).expect("a loop");
    assert_eq!(graph.num_inputs(header), 2);
    assert_eq!(count(&graph, Op::Region), 1, "the two back edges are merged");
}

#[test]
fn endless_loop_keeps_an_exit() {
    let graph = flow(2, &[(0, 1), (1, 1)], false).unwrap();
    assert_eq!((count(&graph, Op::Never), count(&graph, Op::Loop), count(&graph, Op::Unreachable)), (1, 1, 1));
    assert!(graph.num_inputs(NodeId::STOP) == 1);
}

#[test]
fn several_entries_need_a_plan() {
    let edges = [(0, 1), (0, 2), (1, 2), (2, 1), (2, 3)];
    assert!(matches!(flow(4, &edges, false), Err(BuildError::Irreducible(_))));
    let graph = flow(4, &edges, true).unwrap();
    assert_eq!((count(&graph, Op::Loop), count(&graph, Op::Switch)), (1, 1));
}

#[test]
fn unreachable_blocks_vanish() {
    let mut module = module();
    let mut f = builder(&mut module);
    let (dead, join) = (f.create_block(), f.create_block());
    f.jump(join);
    f.enter(dead);
    f.jump(join);
    f.enter(join);
    let x = f.param(0);
    f.ret(&[x]);
    let graph = f.finish().unwrap().graph;
    assert_eq!((Cfg::new(&graph).len(), count(&graph, Op::Region)), (1, 0));
}

#[test]
fn undefined_on_one_path_is_an_error() {
    let mut module = module();
    let mut f = builder(&mut module);
    let (a, b, join) = (f.create_block(), f.create_block(), f.create_block());
    let var = f.declare(Type::I32);
    let (x, one) = (f.param(0), f.iconst(Type::I32, 1));
    let test = f.pure(Op::Eq, Type::I1, &[x, one]);
    f.branch(test, a, b, Weights::default());
    f.enter(a);
    f.def(var, one);
    f.jump(join);
    f.enter(b);
    f.jump(join);
    f.enter(join);
    let value = f.get(var).unwrap();
    f.ret(&[value]);
    assert_eq!(f.finish().err(), Some(BuildError::UndefinedVariable { var, block: Block(0) }));
}

#[test]
fn open_block_is_an_error() {
    let mut module = module();
    let mut f = builder(&mut module);
    let next = f.create_block();
    f.jump(next);
    f.enter(next);
    assert_eq!(f.finish().err(), Some(BuildError::Unterminated(next)));
}

#[test]
fn dead_chain_of_a_million_nodes_dies_without_recursion() {
    let mut graph = Graph::new();
    let x = graph.param(0, Type::I32);
    let mut last = x;
    for _ in 0..1_000_000 {
        last = graph.raw(Op::Mul, Type::I32, 0, &[last, x]);
    }
    graph.kill(last);
    assert_eq!(graph.live(), 2);
}

#[test]
fn node_and_edge_budget() {
    let mut graph = Graph::new();
    let x = graph.param(0, Type::I32);
    let mut last = x;
    for _ in 0..1000 {
        last = graph.raw(Op::Mul, Type::I32, 0, &[last, x]);
    }
    let ret = graph.raw(Op::Return, Type::CTRL, 0, &[x, last]);
    graph.add_input(NodeId::STOP, ret);
    graph.compact();
    let bytes = graph.live() * 36 + graph.edge_capacity() * 16;
    assert!(bytes <= graph.live() * 68 + 256, "{bytes} bytes for {} nodes", graph.live());
}

#[test]
fn order_puts_inputs_first_but_for_back_edges() {
    let graph = flow(6, &[(0, 1), (1, 2), (1, 5), (2, 3), (2, 4), (3, 2), (4, 1)], false).unwrap();
    let mut place = vec![usize::MAX; graph.len()];
    for (i, node) in graph.post_order().into_iter().enumerate() {
        for (index, input) in graph.inputs(node).enumerate() {
            assert!(place[input.index()] < i || graph.is_back_edge(node, index), "{node} before its input {input}");
        }
        place[node.index()] = i;
    }
}
