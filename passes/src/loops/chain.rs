//! Lists of memory that the function made itself: how many elements a loop that walks one will meet.
//!
//! The loop begins at fresh memory, and goes from each element to what is loaded from a place in it, or to a place there:
//! loops walk pointers to elements, or pointers to links. In a tree, it goes to one or the other child. What was written
//! to that place of each element last, before the loop, tells the next one; where nothing was, and where the first one
//! comes again, the chain ends. It is a guess: another write may reach the place, and the loop may end before the chain
//! does. So the loop is peeled, which is right whatever it does; loads that find what was stored decide the tests of
//! the copies.

use super::peel::makes_object;
use crate::memory::{Source, last_written};
use smallvec::SmallVec;
use son_ir::analysis::Address;
use son_ir::{Graph, Inputs, NodeId, Op, Type};

/// Most elements.
const MAX_ELEMENTS: usize = 16;
/// Most links of an element.
const MAX_LINKS: usize = 4;
/// Most steps through memory and from element to element.
const MAX_STEPS: usize = 512;

/// The number of elements of the list that the loop walks, if it seems to walk one.
pub(super) fn elements(graph: &Graph, head: NodeId) -> Option<usize> {
    let walked = graph.phis(head).filter(|&phi| graph.ty(phi) == Type::PTR);
    walked.filter_map(|phi| length(graph, phi)).min()
}

fn length(graph: &Graph, phi: NodeId) -> Option<usize> {
    let first = Address::of(graph, graph.input(phi, 1));
    fresh(graph, first.base)?;
    let links = links(graph, phi)?;
    let mut walk = Walk { graph, links, path: SmallVec::new(), steps: MAX_STEPS };
    walk.longest(first)
}

/// How a loop gets from one element to the next.
#[derive(Clone, Copy)]
struct Link {
    /// Where in the element the pointer to the next one is.
    offset: i64,
    /// What is added to it.
    beyond: i64,
    load: NodeId,
}

/// What the phi may be next.
fn links(graph: &Graph, phi: NodeId) -> Option<SmallVec<[Link; MAX_LINKS]>> {
    let mut links = SmallVec::new();
    let mut pending: SmallVec<[NodeId; 8]> = smallvec::smallvec![graph.input(phi, 2)];
    let mut seen = pending.clone();
    while let Some(pointer) = pending.pop() {
        let next = Address::of(graph, pointer);
        let joined = match graph.op(next.base) {
            Op::Phi if next.base != phi && graph.input(next.base, 0) != graph.input(phi, 0) => 1,
            Op::Select => 1,
            Op::Load => {
                let place = Address::of(graph, graph.input(next.base, 2));
                let plain = place.base == phi && place.index.is_none() && next.index.is_none();
                if !plain || links.len() == MAX_LINKS {
                    return None;
                }
                links.push(Link { offset: place.offset, beyond: next.offset, load: next.base });
                continue;
            }
            _ => return None,
        };
        for input in graph.inputs(next.base).skip(joined).filter(|_| next.offset == 0) {
            if seen.len() < 2 * MAX_LINKS && !seen.contains(&input) {
                seen.push(input);
                pending.push(input);
            }
        }
    }
    (!links.is_empty()).then_some(links)
}

/// The address, if it is one of memory that the function got, or of a slot.
fn fresh(graph: &Graph, address: NodeId) -> Option<NodeId> {
    if graph.is(address, Op::SlotAddr) {
        return Some(address);
    }
    let maker = graph.is(address, Op::Proj).then(|| graph.input(address, 0))?;
    makes_object(graph, maker).then_some(address)
}

struct Walk<'a> {
    graph: &'a Graph,
    links: SmallVec<[Link; MAX_LINKS]>,
    /// The elements on the way here.
    path: SmallVec<[(NodeId, i64); MAX_ELEMENTS]>,
    steps: usize,
}

impl Walk<'_> {
    /// Elements on the longest way from here, which is no longer than [`MAX_ELEMENTS`].
    fn longest(&mut self, at: Address) -> Option<usize> {
        let here = (at.base, at.offset);
        if self.graph.constant(at.base) == Some(0) || self.path.contains(&here) {
            return Some(0);
        }
        if self.path.len() == MAX_ELEMENTS {
            return None;
        }
        let element = fresh(self.graph, at.base).filter(|_| at.index.is_none())?;
        self.path.push(here);
        let mut longest = 0;
        for link in self.links.clone() {
            let next = self.linked(element, at.offset.wrapping_add(link.offset), link.load)?;
            let more = next.map_or(Some(0), |next| {
                let mut next = Address::of(self.graph, next);
                next.offset = next.offset.wrapping_add(link.beyond);
                self.longest(next)
            });
            longest = longest.max(more?);
        }
        self.path.pop();
        Some(longest + 1)
    }

    /// What was written last, before the loop, to this place of the element; or that nothing was.
    fn linked(&mut self, element: NodeId, offset: i64, load: NodeId) -> Option<Option<NodeId>> {
        let mut pending: SmallVec<[NodeId; 4]> = smallvec::smallvec![self.graph.input(load, 1)];
        let mut seen = pending.clone();
        let mut found = None;
        let class = self.graph.access(load).class;
        while let Some(state) = pending.pop() {
            let value = match last_written(self.graph, state, class, (element, offset), &mut self.steps)? {
                Source::Value(value) => Some(value),
                Source::Caller | Source::Nothing | Source::Zeros => None,
                Source::Phi(phi) => {
                    for way in self.graph.inputs(phi).skip(1).filter(|way| !seen.contains(way)).collect::<Inputs>() {
                        seen.push(way);
                        pending.push(way);
                    }
                    continue;
                }
            };
            if found.is_some_and(|other| other != value) {
                return None;
            }
            found = Some(value);
        }
        found
    }
}
