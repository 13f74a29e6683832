//! Partially dead nodes: what is needed on some ways only is computed there.
//!
//! Code motion gives a node one block, the last that dominates all uses. If control goes on from there to uses on
//! several ways, it is computed on the others too, for nothing. A cheap node of one register is computed once in each
//! block that uses it instead, where those are executed less often together: its result is replaced by its input in
//! the set of live values, so that no register is lost (Knoop, Rüthing, Steffen, "Partial dead code elimination",
//! 1994, for one instruction at a time).

use smallvec::SmallVec;
use son_ir::analysis::{Block, Schedule};
use son_ir::{Graph, NodeId, Op};

/// Most uses of a node that is split.
const MAX_USES: usize = 24;

/// By node: is it to be computed in each block that uses it?
pub(super) fn partially_dead(graph: &Graph, schedule: &Schedule) -> Vec<bool> {
    let mut split = vec![false; graph.len()];
    for &node in schedule.all_nodes() {
        let Some(input) = only_register(graph, node) else { continue };
        split[node.index()] = !split[input.index()] && is_rarer_at_uses(graph, schedule, node);
    }
    split
}

/// The only input that is not a constant, of an operation that is one cheap instruction.
fn only_register(graph: &Graph, node: NodeId) -> Option<NodeId> {
    let cheap = matches!(
        Op::from_number(graph.op_number(node))?,
        Op::Add
            | Op::Sub
            | Op::PtrAdd
            | Op::And
            | Op::Or
            | Op::Xor
            | Op::Shl
            | Op::LShr
            | Op::AShr
            | Op::ZExt
            | Op::SExt
    );
    if !cheap || graph.ty(node).bits() > 64 {
        return None;
    }
    let mut registers = graph.inputs(node).filter(|&input| !graph.is(input, Op::Const));
    let only = registers.next().filter(|_| registers.next().is_none());
    only.filter(|&input| graph.ty(input).bits() <= 64)
}

fn is_rarer_at_uses(graph: &Graph, schedule: &Schedule, node: NodeId) -> bool {
    let home = schedule.block_of(node);
    let mut blocks: SmallVec<[Block; MAX_USES]> = SmallVec::new();
    for (count, (user, index)) in graph.uses(node).enumerate() {
        let block = use_block(graph, schedule, user, index);
        if count == MAX_USES || block == home {
            return false;
        }
        if block.is_some() && !blocks.contains(&block) {
            blocks.push(block);
        }
    }
    let at_uses: f64 = blocks.iter().map(|&block| schedule.frequencies.of(block)).sum();
    blocks.len() > 1 && at_uses < schedule.frequencies.of(home)
}

/// The block in which, or at whose end, input `index` of `user` is needed.
fn use_block(graph: &Graph, schedule: &Schedule, user: NodeId, index: usize) -> Block {
    if graph.is(user, Op::Phi) && index > 0 {
        return schedule.cfg.block_of(graph.input(graph.input(user, 0), index - 1));
    }
    schedule.block_of(user)
}
