//! Loop rotation: a loop that tests at its head tests once before and then at its end.
//!
//! **What:** `while (c) body` becomes `if (c) do body while (c)`. **Why:** the body is executed at least once whenever
//! the loop is entered, so that what does not change in it can be moved before it even if it may trap, and an
//! iteration takes one branch instead of two.
//!
//! **Algorithm:** as LLVM's and C2's loop inversion. The computation of the test, and of all else that lies in the
//! header, is copied twice: with the phis' entry values before the loop, with their next values at its end. The
//! exit becomes a region with a phi for each value of the header that is used behind the loop; where other exits
//! join, phis are repaired as in SSA construction.
//!
//! **Needs:** loop form. **Gives:** rotated loops. **Breaks:** the fixpoint of the peephole rules.
//!
//! **Does not try:** headers with effects or with more than `MAX_COPIED` nodes, loops that test at the end already.
//!
//! **Tests:** `tests/files/rotate`, `passes/tests/loops.rs`.

use crate::copy::Copies;
use crate::places::Places;
use crate::reaching::{Merge, Reaching, Scope};
use son_ir::analysis::LoopId;
use son_ir::{Graph, NodeId, Op, OpFlags, Type};

/// Most nodes of a header that are copied.
const MAX_COPIED: usize = 24;

/// Rotates all loops that can be. Returns how many were.
pub fn rotate(graph: &mut Graph) -> usize {
    if !graph.nodes().any(|node| graph.is(node, Op::Loop)) {
        return 0;
    }
    let mut places = Places::new(graph);
    let header_nodes = header_nodes(graph, &places);
    graph.hold();
    let saved = graph.current_origin();
    let mut rotated = 0;
    for of in places.loops.all().rev() {
        if let Some(exit) = find_exit(graph, &places, of, &header_nodes[of.0 as usize]) {
            rotate_one(graph, &mut places, of, exit, &header_nodes[of.0 as usize]);
            rotated += 1;
        }
    }
    graph.set_origin(saved);
    graph.release();
    rotated
}

/// Nodes in the header of each loop other than control.
fn header_nodes(graph: &Graph, places: &Places) -> Vec<Vec<NodeId>> {
    let mut header_of = vec![None; places.cfg.len()];
    for of in places.loops.all() {
        header_of[places.loops.header(of).index()] = Some(of);
    }
    let mut nodes = vec![Vec::new(); places.loops.len()];
    for node in graph.nodes() {
        let block = places.block_of(node);
        if block.is_some()
            && graph.ty(node) != Type::CTRL
            && graph.ty(node) != Type::TUPLE
            && let Some(of) = header_of[block.index()]
        {
            let list: &mut Vec<NodeId> = &mut nodes[of.0 as usize];
            list.push(node);
        }
    }
    nodes
}

/// The test of a header: the branch, and its projections that stay in the loop and leave it.
#[derive(Clone, Copy)]
struct Exit {
    branch: NodeId,
    stay: NodeId,
    leave: NodeId,
}

fn find_exit(graph: &Graph, places: &Places, of: LoopId, nodes: &[NodeId]) -> Option<Exit> {
    let header = places.loops.header(of);
    let (head, branch) = (places.cfg.head(header), places.cfg.end(header));
    if !graph.is(head, Op::Loop) || !graph.is(branch, Op::If) || graph.input(branch, 0) != head {
        return None;
    }
    let (yes, no) = (graph.find_proj(branch, 0)?, graph.find_proj(branch, 1)?);
    let inside = |control: NodeId| places.contains(of, places.block_of(control));
    let exit = match (inside(yes), inside(no)) {
        (true, false) => Exit { branch, stay: yes, leave: no },
        (false, true) => Exit { branch, stay: no, leave: yes },
        _ => return None,
    };
    let copied = nodes.iter().filter(|&&node| !graph.is(node, Op::Phi)).count();
    let plain = nodes.iter().all(|&node| is_copyable(graph, node));
    (plain && copied <= MAX_COPIED && !tests_at_end(graph, places, of, head)).then_some(exit)
}

fn is_copyable(graph: &Graph, node: NodeId) -> bool {
    let op = graph.op(node);
    op == Op::Phi || !(op.is(OpFlags::PINNED) || op.is(OpFlags::WRITES))
}

/// Does the back edge come from a branch that leaves the loop?
fn tests_at_end(graph: &Graph, places: &Places, of: LoopId, head: NodeId) -> bool {
    let back = graph.input(head, 1);
    if !graph.is(back, Op::Proj) || !graph.is(graph.input(back, 0), Op::If) || back == head {
        return false;
    }
    let branch = graph.input(back, 0);
    let leaves = graph.users(branch).any(|proj| !places.contains(of, places.block_of(proj)));
    let body_behind_test = graph.input(branch, 0) == head && !places.is_empty(places.block_of(back));
    leaves && !body_behind_test
}

fn rotate_one(graph: &mut Graph, places: &mut Places, of: LoopId, exit: Exit, nodes: &[NodeId]) {
    let header = places.loops.header(of);
    let head = places.cfg.head(header);
    places.settle_outside(graph, of, nodes);
    places.settle_outside(graph, of, &[head]);
    let phis: Vec<NodeId> = nodes.iter().copied().filter(|&node| graph.is(node, Op::Phi)).collect();
    let outside: Vec<NodeId> =
        nodes.iter().copied().filter(|&node| !places.outside_uses(graph, of, node).is_empty()).collect();
    let mut before = side(graph, places, head, &phis, 0);
    let mut after = side(graph, places, head, &phis, 1);
    let guard = test(graph, places, exit, &mut before, graph.input(head, 0));
    let again = test(graph, places, exit, &mut after, graph.input(head, 1));
    let values: Vec<(NodeId, NodeId, NodeId)> =
        outside.iter().map(|&node| (node, before.get(graph, places, node), after.get(graph, places, node))).collect();
    let block = places.block_of(exit.leave);
    let region = graph.raw(Op::Region, Type::CTRL, 0, &[guard.1, again.1]);
    places.replace_head(block, region);
    for value in values {
        redirect_outside_uses(graph, places, of, value, Merge { block, region });
    }
    graph.replace(exit.leave, region);
    graph.replace(exit.stay, head);
    places.absorb(header, places.block_of(exit.stay));
    graph.kill(exit.leave);
    graph.kill(exit.stay);
    graph.kill(exit.branch);
    graph.set_input(head, 0, guard.0);
    graph.set_input(head, 1, again.0);
}

/// The substitution for one way into the header: 0 from before, 1 around the loop.
fn side(graph: &Graph, places: &Places, head: NodeId, phis: &[NodeId], way: usize) -> Copies {
    let control = graph.input(head, way);
    let mut copies = Copies::new(places.block_of(head), places.block_of(control));
    copies.bind(head, control);
    for &phi in phis {
        copies.bind(phi, graph.input(phi, way + 1));
    }
    copies
}

/// The loop's test at `control`: the projections that go into the loop and past it.
fn test(graph: &mut Graph, places: &mut Places, exit: Exit, copies: &mut Copies, control: NodeId) -> (NodeId, NodeId) {
    let condition = copies.get(graph, places, graph.input(exit.branch, 1));
    graph.set_origin(graph.origin(exit.branch));
    let branch = graph.raw(Op::If, Type::TUPLE, graph.payload(exit.branch), &[control, condition]);
    let block = places.block_of(control);
    places.put(branch, block);
    let mut side = |proj: NodeId| graph.insert_proj(branch, graph.payload(proj) as u32, Type::CTRL);
    let (stay, leave) = (side(exit.stay), side(exit.leave));
    places.put(stay, block);
    // The exit may leave loops around this one too.
    places.put_as_head(leave, places.block_of(exit.leave));
    (stay, leave)
}

/// Uses behind the exit see the phi of both values; uses where other exits join see phis of that.
fn redirect_outside_uses(
    graph: &mut Graph,
    places: &mut Places,
    of: LoopId,
    (node, first, next): (NodeId, NodeId, NodeId),
    merge: Merge,
) {
    let uses = places.outside_uses(graph, of, node);
    Reaching::new(Scope::Loop(of), &[merge], (first, next), node).repair(graph, places, &uses);
}
