//! Remarks on allocations: where each ends, and why.

use super::objects::{Kind, MAX_BYTES, Object, Objects, Use};
use crate::context::Context;
use crate::remarks::Remark;
use son_ir::analysis::allocation::Allocation;
use son_ir::analysis::call_graph::direct_callee;
use son_ir::{Function, Graph, Module, Op, SymbolId};

/// What is said of an allocation that goes; where its bytes end is known when the function is finished.
const LOCAL: &str = "does not escape";

/// Remarks on each allocation of the function.
pub(super) fn explain(graph: &Graph, objects: &Objects, context: &mut Context) {
    if !context.wants_remarks() {
        return;
    }
    let module = context.module;
    for object in objects.list.iter().filter(|object| !object.phi) {
        let size = size(&object.memory);
        let why = || objects.reason(object).map(|used| (describe(module, graph, used), graph.origin(used.user)));
        let (what, reason) = match (object.failed, object.points.is_empty()) {
            (false, true) => (format!("{size} {LOCAL}"), None),
            (false, false) => {
                let (why, at) = why().unzip();
                (format!("{size} moves to the heap on a rare path only: {}", why.unwrap_or_default()), at)
            }
            (true, _) => {
                let (why, at) = why().unzip();
                (format!("{size} escapes: {}", why.unwrap_or_else(|| "it meets other memory".to_owned())), at)
            }
        };
        context.remark(graph.origin(object.call), !object.failed, what, reason);
    }
    explain_others(graph, objects, context);
}

/// Remarks on the allocations that are no objects.
pub(super) fn explain_others(graph: &Graph, objects: &Objects, context: &mut Context) {
    for node in graph.nodes().filter(|_| context.wants_remarks()).collect::<Vec<_>>() {
        let Some(memory) = Allocation::of(context.module, graph, node) else { continue };
        if !objects.list.iter().any(|object| object.call == node) {
            let why = if memory.bytes > MAX_BYTES { "may be large" } else { "is one of too many" };
            context.remark(graph.origin(node), false, format!("{} stays: it {why}", size(&memory)), None);
        }
    }
}

fn size(memory: &Allocation) -> String {
    match (memory.exact, memory.bytes) {
        (true, 1) => "allocation of 1 byte".to_owned(),
        (true, bytes) => format!("allocation of {bytes} bytes"),
        (false, bytes) if bytes <= MAX_BYTES => format!("allocation of at most {bytes} bytes"),
        _ => "allocation of unknown size".to_owned(),
    }
}

/// Through what an object escapes.
fn describe(module: &Module, graph: &Graph, used: &Use) -> String {
    match (graph.op(used.user), used.index) {
        (Op::Call | Op::TailCall, 2) => "called".to_owned(),
        (Op::Call | Op::TailCall, _) => match direct_callee(graph, used.user) {
            Some(callee) => format!("passed to {}", module.symbol(callee).name),
            None => "passed to an unknown function".to_owned(),
        },
        (Op::Return, _) => "returned".to_owned(),
        (Op::Store, 3) => "stored".to_owned(),
        (Op::Phi | Op::Select, _) => "merged with other pointers".to_owned(),
        (Op::PtrToInt, _) => "made an integer".to_owned(),
        (op, _) if op.is_int_compare() => "compared with a pointer that it may be".to_owned(),
        (Op::StoreOrdered | Op::AtomicRmw | Op::AtomicCas, 3 | 4) => "stored for other threads".to_owned(),
        (Op::LoadOrdered | Op::StoreOrdered | Op::AtomicRmw | Op::AtomicCas, _) => "accessed as volatile".to_owned(),
        (Op::FrameState | Op::Guard | Op::Deopt, _) => "seen by a frame state".to_owned(),
        (op, _) => format!("used by {}", op.text()),
    }
}

impl Objects {
    /// The use through which an object escapes; if that is a phi of objects, the use through which that one does.
    fn reason<'a>(&'a self, mut object: &'a Object) -> Option<&'a Use> {
        for _ in 0..self.list.len() {
            let used = object.told.map(|at| &object.uses[at])?;
            match used.kind {
                Kind::Merge(other) | Kind::Resize(other) if self.list[other].told.is_some() => {
                    object = &self.list[other];
                }
                _ => return Some(used),
            }
        }
        None
    }
}

/// Says where the bytes of what does not escape ended, now that the function is finished.
pub(crate) fn settle(function: &Function, remarks: &mut [Remark]) {
    let graph = &function.graph;
    for remark in remarks.iter_mut().filter(|remark| is_local(remark, function.symbol)) {
        let is_slot = |&node: &son_ir::NodeId| graph.is(node, Op::SlotAddr) && graph.origin(node) == remark.origin;
        let stays = graph.nodes().find(is_slot).is_some();
        remark.message += if stays { ": on the stack" } else { ": removed" };
    }
}

fn is_local(remark: &Remark, function: SymbolId) -> bool {
    remark.function == function && remark.message.ends_with(LOCAL) && remark.origin != son_ir::Origin::default()
}
