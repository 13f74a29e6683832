//! Partially dead nodes: what is needed on some ways only is computed there.
//!
//! Code motion gives a node one block, the last that dominates all uses. If control goes on from there to uses on
//! several ways, it is computed on the others too, for nothing. A cheap node is computed once on each way instead, in
//! the first block of it that uses the node, where those are executed less often together (Knoop, Rüthing, Steffen,
//! "Partial dead code elimination", 1994). Users come first, so that what only they need goes with them.
//!
//! A result is replaced by its inputs in the set of live values: no register is lost with one of them. With more of
//! them it pays if most ways do not need the result, as in interpreters, whose ways decode their operands differently.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::analysis::{Block, Schedule};
use son_ir::{Graph, NodeId, Op};

/// Most uses of a node that is split.
const MAX_USES: usize = 4096;

/// What has several inputs must be needed in less than this share of the executions.
const RARE: f64 = 0.5;

/// Blocks that compute a node, none of which dominates another, in the order of the dominator tree.
pub(super) type Blocks = SmallVec<[Block; 4]>;

/// The nodes that are computed where they are used, with the blocks that do so.
pub(super) fn partially_dead(graph: &Graph, schedule: &Schedule) -> FxHashMap<NodeId, Blocks> {
    let mut split = FxHashMap::default();
    for &node in schedule.all_nodes().iter().rev() {
        let share = match registers(graph, node) {
            Some(1) => 1.0,
            Some(2..) => RARE,
            _ => continue,
        };
        if let Some(blocks) = rarer_blocks(graph, schedule, &split, node, share) {
            split.insert(node, blocks);
        }
    }
    split
}

/// Number of inputs that are no constants, of an operation that is one cheap instruction.
fn registers(graph: &Graph, node: NodeId) -> Option<usize> {
    let op = Op::from_number(graph.op_number(node))?;
    let selects = |node: NodeId| graph.users(node).all(|user| graph.is(user, Op::Select));
    let cheap = match op {
        Op::Add | Op::Sub | Op::PtrAdd | Op::And | Op::Or | Op::Xor | Op::Shl | Op::LShr | Op::AShr => true,
        Op::ZExt | Op::SExt | Op::SToF | Op::Select => true,
        _ => op.is_int_compare() && selects(node),
    };
    let fits = |node: NodeId| graph.ty(node).bits() <= 64;
    let inputs = || graph.inputs(node).filter(|&input| !graph.is(input, Op::Const));
    (cheap && fits(node) && inputs().all(fits)).then(|| inputs().count())
}

/// The first blocks on all ways that use the node, if they are executed in less than this share of the executions of
/// the node's own.
fn rarer_blocks(
    graph: &Graph,
    schedule: &Schedule,
    split: &FxHashMap<NodeId, Blocks>,
    node: NodeId,
    share: f64,
) -> Option<Blocks> {
    let (home, dominators) = (schedule.block_of(node), &schedule.dominators);
    let mut blocks = Blocks::new();
    let mut uses: SmallVec<[(NodeId, usize); 8]> = graph.uses(node).take(MAX_USES).collect();
    let mut count = uses.len();
    while let Some((user, index)) = uses.pop() {
        if only_decides(graph, user) {
            uses.extend(graph.uses(user).take(MAX_USES - count));
            count += uses.len();
        } else if let Some(computed) = split.get(&user) {
            blocks.extend_from_slice(computed);
            count += computed.len();
        } else {
            let block = use_block(graph, schedule, user, index);
            if block == home {
                return None;
            }
            blocks.extend(block.is_some().then_some(block));
        }
        if count >= MAX_USES {
            return None;
        }
    }
    // A block is followed by those that it dominates.
    blocks.sort_unstable_by_key(|&block| dominators.interval(block));
    blocks.dedup_by(|&mut next, &mut first| dominators.dominates(first, next));
    let frequency: f64 = blocks.iter().map(|&block| schedule.frequencies.of(block)).sum();
    (blocks.len() > 1 && frequency < share * schedule.frequencies.of(home)).then_some(blocks)
}

/// That of a split node's blocks which dominates this one.
pub(super) fn above(blocks: &Blocks, schedule: &Schedule, block: Block) -> Option<Block> {
    let dominators = &schedule.dominators;
    let start = dominators.interval(block).0;
    let next = blocks.partition_point(|&other| dominators.interval(other).0 <= start);
    blocks[..next].last().copied().filter(|&last| dominators.dominates(last, block))
}

/// Is the node a compare that branches alone use? It is made anew at each of them.
fn only_decides(graph: &Graph, node: NodeId) -> bool {
    let compares = Op::from_number(graph.op_number(node)).is_some_and(Op::is_int_compare);
    compares && graph.users(node).all(|user| graph.is(user, Op::If))
}

/// The block in which, or at whose end, input `index` of `user` is needed.
fn use_block(graph: &Graph, schedule: &Schedule, user: NodeId, index: usize) -> Block {
    if graph.is(user, Op::Phi) && index > 0 {
        return schedule.cfg.block_of(graph.input(graph.input(user, 0), index - 1));
    }
    schedule.block_of(user)
}
