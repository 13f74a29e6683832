//! What was written last to a place, by a short look up through memory. It is a guess: writes to other addresses are
//! passed by, whether they may reach the place or not. For what only has to know what is likely.

use son_ir::analysis::Address;
use son_ir::analysis::anti_dependence::slice_index;
use son_ir::{AliasClass, Graph, NodeId, Op};

/// What tells the bytes at a place.
pub(crate) enum Source {
    /// This value was stored there.
    Value(NodeId),
    /// It was filled with zeros.
    Zeros,
    /// Nothing was, since the function began.
    Caller,
    /// Nothing was, since the object was made.
    Nothing,
    /// What was written on the ways on which control comes.
    Phi(NodeId),
}

/// What tells the bytes `offset` from a pointer in a state, for an access of this class. Takes from `steps` as many as
/// it needs, and gives up when there are none left.
pub(crate) fn last_written(
    graph: &Graph,
    mut state: NodeId,
    class: AliasClass,
    (base, offset): (NodeId, i64),
    steps: &mut usize,
) -> Option<Source> {
    let maker = graph.is(base, Op::Proj).then(|| graph.input(base, 0)).filter(|&maker| maker != NodeId::START);
    loop {
        *steps = steps.checked_sub(1)?;
        let made_by = if graph.is(state, Op::Proj) { graph.input(state, 0) } else { state };
        state = match graph.op(made_by) {
            Op::Phi if graph.is(graph.input(made_by, 0), Op::Loop) => graph.input(made_by, 1),
            Op::Phi => return Some(Source::Phi(made_by)),
            Op::MergeMem => graph.input(made_by, slice(graph, made_by, class, base)),
            Op::Store => {
                let address = Address::of(graph, graph.input(made_by, 2));
                if (address.base, address.index.is_none(), address.offset) == (base, true, offset) {
                    return Some(Source::Value(graph.input(made_by, 3)));
                }
                graph.input(made_by, 1)
            }
            Op::MemSet => {
                let filled = Address::of(graph, graph.input(made_by, 2));
                let (byte, bytes) = (graph.constant(graph.input(made_by, 3)), graph.constant(graph.input(made_by, 4)));
                let end = bytes.and_then(|bytes| filled.offset.checked_add_unsigned(bytes));
                let covers = filled.index.is_none() && end.is_some_and(|end| (filled.offset..end).contains(&offset));
                if filled.base == base && covers && byte == Some(0) {
                    return Some(Source::Zeros);
                }
                graph.input(made_by, 1)
            }
            Op::Start => return Some(Source::Caller),
            _ if Some(made_by) == maker => return Some(Source::Nothing),
            _ => graph.input(made_by, 1),
        };
    }
}

/// The input of a merge that tells of the object: its own slice, if it is a slot that has one.
fn slice(graph: &Graph, merge: NodeId, class: AliasClass, base: NodeId) -> usize {
    let own = graph.is(base, Op::SlotAddr).then(|| AliasClass::slot(graph.payload(base) as u32));
    own.map(|own| slice_index(graph, merge, own))
        .filter(|&index| index > 0)
        .unwrap_or_else(|| slice_index(graph, merge, class))
}
