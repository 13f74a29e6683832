//! Jump threading: a way into a branch that decides it goes past it.
//!
//! **What:** where a region's branch or switch depends on a phi of the region that is constant over some of the ways in,
//! those ways go straight to the side that the constant decides. **Why:** `while (a && b)` and flags set on one path and
//! tested on the next cost one branch instead of two.
//!
//! **Algorithm:** as LLVM's jump threading over phis of constants. Each such way joins the side behind the branch by a
//! region; values of the branch's block that are used behind it are repaired as in SSA construction, pure nodes of the
//! block being copied with the way's values.
//!
//! **Needs:** loop form. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** regions with effects or loads before the branch, loop headers, conditions over several blocks.
//!
//! **Tests:** `tests/files/thread`, `passes/tests/thread.rs`.

use crate::copy::Copies;
use crate::places::{Places, has_no_phi};
use crate::reaching::{Merge, Reaching, Scope};
use smallvec::SmallVec;
use son_ir::analysis::Block;
use son_ir::eval::{self, Evaluated};
use son_ir::{Graph, Inputs, NodeId, Op, OpFlags, Type};

/// Most pure nodes of the branch's block that are copied for each way.
const MAX_COPIED: usize = 6;
/// Most ops between a phi and what is decided by it.
const MAX_DEPTH: u32 = 3;

/// Threads all ways that can be. Returns how many were.
pub fn thread(graph: &mut Graph) -> usize {
    let has_candidate = graph.nodes().any(|node| is_branch(graph, node) && decided_ways(graph, node).next().is_some());
    if !has_candidate {
        return 0;
    }
    let mut places = Places::new(graph);
    let branches: Vec<NodeId> =
        places.cfg.blocks().map(|block| places.cfg.end(block)).filter(|&end| is_branch(graph, end)).collect();
    graph.hold();
    let saved = graph.current_origin();
    let mut threaded = 0;
    let mut unreached = Vec::new();
    for branch in branches {
        if is_threadable(graph, &places, branch) {
            threaded += thread_branch(graph, &mut places, branch, &mut unreached);
        }
    }
    // Only now: regions that lose a way, and those that no way is left of, are heads of blocks as long as places count.
    for region in unreached {
        if graph.is_live(region) {
            graph.kill_control(region);
        }
    }
    graph.set_origin(saved);
    graph.release();
    threaded
}

fn is_branch(graph: &Graph, node: NodeId) -> bool {
    graph.is(node, Op::If) || graph.is(node, Op::Switch)
}

/// Ways into the branch's region over which its condition is constant: index and the side taken, the last way first.
fn decided_ways(graph: &Graph, branch: NodeId) -> impl Iterator<Item = (usize, NodeId)> + '_ {
    let region = graph.input(branch, 0);
    let condition = graph.input(branch, 1);
    let ways = if graph.is(region, Op::Region) { graph.num_inputs(region) } else { 0 };
    (0..ways).rev().filter_map(move |way| {
        let value = over(graph, region, condition, way, MAX_DEPTH)?;
        Some((way, side(graph, branch, value)?))
    })
}

/// The projection of a branch or switch that is taken for this value of its condition.
pub(crate) fn side(graph: &Graph, branch: NodeId, value: u128) -> Option<NodeId> {
    let number = if graph.is(branch, Op::If) {
        u64::from(value & 1 == 0)
    } else {
        let case = graph.switch_table(branch).values.iter().position(|&case| u128::from(case) == value);
        case.map_or(0, |case| case as u64 + 1)
    };
    graph.find_proj(branch, number as u32)
}

/// The constant that a value is when the region was entered by this way.
fn over(graph: &Graph, region: NodeId, value: NodeId, way: usize, depth: u32) -> Option<u128> {
    let op = graph.op(value);
    if op == Op::Phi && graph.input(value, 0) == region {
        return graph.constant(graph.input(value, way + 1)).map(u128::from);
    }
    if op == Op::Const {
        return graph.constant(value).map(u128::from);
    }
    if depth == 0 || !is_evaluated(op) {
        return None;
    }
    let operands: Option<SmallVec<[u128; 2]>> =
        graph.inputs(value).map(|input| over(graph, region, input, way, depth - 1)).collect();
    let from = graph.ty(graph.input(value, graph.num_inputs(value) - 1));
    match eval::scalar(op, graph.flags(value), graph.ty(value), from, &operands?)? {
        Evaluated::Bits(bits) => Some(bits),
        _ => None,
    }
}

/// Ops that conditions are made of.
fn is_evaluated(op: Op) -> bool {
    op.is_int_compare() || matches!(op, Op::Xor | Op::And | Op::Or | Op::ZExt | Op::SExt | Op::Trunc)
}

/// Has the branch's block nothing but phis and a few pure nodes, and does a way in decide it?
fn is_threadable(graph: &Graph, places: &Places, branch: NodeId) -> bool {
    if !graph.is_live(branch) || decided_ways(graph, branch).next().is_none() {
        return false;
    }
    let region = graph.input(branch, 0);
    let block = places.block_of(region);
    if !block.is_some() || places.head(block) != region {
        return false;
    }
    let plain = graph.uses(region).all(|(user, index)| user == branch || (index == 0 && graph.is(user, Op::Phi)));
    let inside = places.nodes(block).iter().filter(|&&node| graph.is_live(node) && node != region && node != branch);
    let mut copied = 0;
    for &node in inside {
        let op = graph.op(node);
        if op == Op::Phi || op.is(OpFlags::CHEAP) || (op == Op::Proj && graph.input(node, 0) == branch) {
            continue;
        }
        if op.takes_control() || !op.is(OpFlags::SHARED) || has_no_phi(graph, node) {
            return false;
        }
        copied += 1;
    }
    plain && copied <= MAX_COPIED
}

/// Sends all decided ways past the branch. Its region is added to the unreached ones if there are no others.
fn thread_branch(graph: &mut Graph, places: &mut Places, branch: NodeId, unreached: &mut Vec<NodeId>) -> usize {
    let region = graph.input(branch, 0);
    let block = places.block_of(region);
    let ways: SmallVec<[(usize, NodeId); 4]> = decided_ways(graph, branch).collect();
    for &(way, side) in &ways {
        thread_way(graph, places, (region, block), way, side);
    }
    match graph.num_inputs(region) {
        0 => unreached.push(region),
        1 => {
            let before = graph.input(region, 0);
            places.absorb(places.block_of(before), block);
            graph.collapse_region(region);
        }
        _ => {}
    }
    ways.len()
}

/// Sends one way into the region to a side of its branch.
fn thread_way(graph: &mut Graph, places: &mut Places, (region, block): (NodeId, Block), way: usize, side: NodeId) {
    let control = graph.input(region, way);
    let phis: Inputs = graph.phis(region).collect();
    let mut copies = Copies::new(block, places.block_of(control));
    for &phi in &phis {
        copies.bind(phi, graph.input(phi, way + 1));
    }
    let values: Vec<NodeId> = places
        .nodes(block)
        .iter()
        .copied()
        .chain(phis)
        .filter(|&node| is_used_behind(graph, places, block, node))
        .collect();
    let merged = graph.raw(Op::Region, Type::CTRL, 0, &[control, side]);
    let users: SmallVec<[(NodeId, usize); 8]> = graph.uses(side).filter(|&(user, _)| user != merged).collect();
    for (user, index) in users {
        graph.set_input(user, index, merged);
    }
    let merges = [Merge { block: places.block_of(side), region: merged }];
    places.merge_at_head(side, merged);
    for node in values {
        let copy = copies.get(graph, places, node);
        let uses = uses_behind(graph, places, block, node);
        Reaching::new(Scope::Block(block), &merges, (copy, node), node).repair(graph, places, &uses);
    }
    graph.drop_region_input(region, way);
}

/// Uses of a node outside of its block.
fn uses_behind(graph: &Graph, places: &Places, block: Block, node: NodeId) -> SmallVec<[(NodeId, usize); 8]> {
    let is_behind = |&(user, index): &(NodeId, usize)| {
        let at = places.use_block(graph, user, index);
        at.is_some() && at != block
    };
    graph.uses(node).filter(is_behind).collect()
}

fn is_used_behind(graph: &Graph, places: &Places, block: Block, node: NodeId) -> bool {
    let value = graph.is_live(node) && !matches!(graph.ty(node), Type::CTRL | Type::TUPLE);
    value
        && places.block_of(node) == block
        && !graph.op(node).is(OpFlags::CHEAP)
        && !uses_behind(graph, places, block, node).is_empty()
}
