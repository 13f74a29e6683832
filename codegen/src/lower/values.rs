//! What all calling conventions ask of a function and its calls.

use super::{Lowering, word_of, words_in};
use crate::runtime::Runtime;
use regalloc2::VReg;
use smallvec::{SmallVec, smallvec};
use son_ir::{NodeId, Op, Type};

/// The projections of the parameters: low and high word.
pub fn parameters(l: &Lowering) -> Vec<[NodeId; 2]> {
    let graph = l.graph();
    let mut nodes = vec![[NodeId::NONE; 2]; l.signature().params.len()];
    for proj in graph.users(NodeId::START).filter(|&proj| graph.ty(proj).is_data()) {
        let (number, high) = word_of(graph.payload(proj));
        nodes[number as usize - 2][high as usize] = proj;
    }
    nodes
}

/// Does the function ask for its variable arguments?
pub fn uses_va_start(l: &Lowering) -> bool {
    l.source.schedule.all_nodes().iter().any(|&node| l.graph().is(node, Op::VaStart))
}

/// The projections of a call's results, a word each.
pub fn call_results(l: &Lowering, node: NodeId, count: usize) -> SmallVec<[NodeId; 4]> {
    let graph = l.graph();
    let mut nodes = smallvec![NodeId::NONE; count];
    let mut words: SmallVec<[(u64, NodeId); 4]> =
        graph.users(node).filter(|&proj| graph.ty(proj).is_data()).map(|proj| (graph.payload(proj), proj)).collect();
    words.sort_unstable_by_key(|word| word_of(word.0));
    let signature = l.source.module.signature(graph.call_site(node).signature);
    let mut place = 0;
    for (number, result) in signature.results.iter().enumerate() {
        for high in 0..words_in(result.ty) {
            let wanted = (number as u64 + 2, high == 1);
            if let Some(word) = words.iter().find(|word| word_of(word.0) == wanted) {
                nodes[place] = word.1;
            }
            place += 1;
        }
    }
    nodes
}

/// Registers of what a function of the runtime library returns for a node: nothing, a value, or two words.
pub fn results_of_runtime(l: &mut Lowering, node: NodeId) -> SmallVec<[VReg; 2]> {
    let graph = l.graph();
    let word = |l: &mut Lowering, number| match graph.find_proj(node, number) {
        Some(proj) => l.vreg(proj),
        None => l.temp(Type::I64),
    };
    match graph.ty(node) {
        Type::TUPLE => (0..2).map(|number| word(l, number)).collect(),
        ty if ty.is_data() => smallvec![l.vreg(node)],
        _ => SmallVec::new(),
    }
}

/// The function of the C library that computes a float op.
pub fn library_function(op: Op, ty: Type) -> Option<Runtime> {
    let [double, single] = match op {
        Op::FRem => [Runtime::Fmod, Runtime::FmodF],
        Op::FMa => [Runtime::Fma, Runtime::FmaF],
        Op::FFloor => [Runtime::Floor, Runtime::FloorF],
        Op::FCeil => [Runtime::Ceil, Runtime::CeilF],
        Op::FRoundZero => [Runtime::Trunc, Runtime::TruncF],
        Op::FRint => [Runtime::Rint, Runtime::RintF],
        Op::FRound => [Runtime::Round, Runtime::RoundF],
        _ => return None,
    };
    Some(if ty == Type::F32 { single } else { double })
}
