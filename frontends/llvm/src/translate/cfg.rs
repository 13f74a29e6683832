//! Flow graph of a body: order of the blocks, so that a value is translated before its uses, and dominators.

use son_ir::analysis::{Block as Place, Dominators};

use crate::ast::{BlockId, Body, Inst, InstKind};

/// The flow graph of a body, without blocks that are not reached.
pub(crate) struct FlowGraph {
    /// Reached blocks in reverse post order.
    pub(crate) order: Vec<BlockId>,
    /// By block: number of ways in, from reached blocks.
    pub(crate) ways_in: Vec<u32>,
    /// Whether some way goes backwards in the order.
    pub(crate) has_loops: bool,
    /// Whether each loop is entered in one block only.
    pub(crate) is_reducible: bool,
    /// Of places in the order.
    pub(crate) dominators: Dominators,
    /// By block: its place in the order.
    places: Vec<Place>,
    /// By block: where its successors start and end in `targets`.
    starts: Vec<(u32, u32)>,
    targets: Vec<BlockId>,
}

impl FlowGraph {
    pub(crate) fn new(body: &Body<'_>) -> FlowGraph {
        let count = body.blocks.len();
        let mut flow = FlowGraph {
            order: Vec::with_capacity(count),
            ways_in: vec![0; count],
            has_loops: false,
            is_reducible: true,
            dominators: Dominators::of_blocks(1, |_| &[]),
            places: vec![Place::NONE; count],
            starts: vec![(0, 0); count],
            targets: Vec::with_capacity(count * 2),
        };
        flow.walk(body);
        flow.find_dominators();
        flow
    }

    /// Depth first, without recursion.
    fn walk(&mut self, body: &Body<'_>) {
        let entry = body.order[0];
        let mut seen = vec![false; body.blocks.len()];
        seen[entry.index()] = true;
        self.find_successors(body, entry);
        let mut stack = vec![(entry, 0)];
        while let Some((block, next)) = stack.last_mut() {
            let (block, index) = (*block, *next);
            *next += 1;
            match self.successors(block).get(index).copied() {
                Some(target) if !std::mem::replace(&mut seen[target.index()], true) => {
                    self.find_successors(body, target);
                    stack.push((target, 0));
                }
                Some(_) => {}
                None => {
                    self.order.push(block);
                    stack.pop();
                }
            }
        }
        self.order.reverse();
        for (place, block) in self.order.iter().enumerate() {
            self.places[block.index()] = Place(place as u32);
        }
    }

    fn find_successors(&mut self, body: &Body<'_>, block: BlockId) {
        let start = self.targets.len() as u32;
        if let Some(end) = terminator(body, block) {
            body.each_successor(end, |target| self.targets.push(target));
        }
        self.starts[block.index()] = (start, self.targets.len() as u32);
    }

    fn find_dominators(&mut self) {
        let mut edges = Vec::with_capacity(self.targets.len());
        for &block in &self.order {
            for target in self.successors(block) {
                edges.push((self.places[target.index()], self.places[block.index()]));
            }
        }
        // Ways in by target: where each one's start, then a counting sort.
        let mut starts = vec![0; self.order.len() + 1];
        edges.iter().for_each(|(target, _)| starts[target.index() + 1] += 1);
        for (place, block) in self.order.iter().enumerate() {
            self.ways_in[block.index()] = starts[place + 1];
            starts[place + 1] += starts[place];
        }
        let mut next = starts.clone();
        let mut ways_in = vec![Place::ENTRY; edges.len()];
        for &(target, from) in &edges {
            ways_in[next[target.index()] as usize] = from;
            next[target.index()] += 1;
        }
        self.dominators = Dominators::of_blocks(self.order.len(), |place| {
            &ways_in[starts[place.index()] as usize..starts[place.index() + 1] as usize]
        });
        for &(target, from) in &edges {
            self.has_loops |= target <= from;
            self.is_reducible &= target > from || self.dominators.dominates(target, from);
        }
    }

    /// Where control goes from a reached block, once for each way.
    pub(crate) fn successors(&self, block: BlockId) -> &[BlockId] {
        let (start, end) = self.starts[block.index()];
        &self.targets[start as usize..end as usize]
    }

    /// Whether a way from `block` to `target` goes backwards.
    pub(crate) fn goes_back(&self, block: BlockId, target: BlockId) -> bool {
        self.place(target) <= self.place(block)
    }

    /// The place of a block in the order.
    pub(crate) fn place(&self, block: BlockId) -> Place {
        self.places[block.index()]
    }
}

/// The last instruction of a block.
pub(crate) fn terminator<'b>(body: &'b Body<'_>, block: BlockId) -> Option<&'b Inst> {
    body.insts[body.blocks[block.index()].insts.range()].last()
}

/// The phis at the start of a block.
pub(crate) fn phis<'b>(body: &'b Body<'_>, block: BlockId) -> impl Iterator<Item = &'b Inst> {
    let insts = &body.insts[body.blocks[block.index()].insts.range()];
    insts.iter().take_while(|inst| matches!(inst.kind, InstKind::Phi { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BodyReader, parse_module};

    fn flow(body: &str) -> FlowGraph {
        let text = format!("define void @f(i1 %c) {{\n{body}\n}}");
        let module = parse_module(text.as_bytes()).expect("valid");
        let mut reader = BodyReader::new(&module);
        reader.read(&module, 0).expect("valid");
        FlowGraph::new(&reader.body)
    }

    #[test]
    fn unreached_blocks_are_left_out() {
        let flow = flow("br label %a\nb: br label %a\na: ret void");
        assert_eq!(flow.order.len(), 2);
        assert_eq!(flow.ways_in.iter().sum::<u32>(), 1);
        assert!(!flow.has_loops);
    }

    #[test]
    fn loops_of_two_entries_are_seen() {
        let one = flow("br label %a\na: br i1 %c, label %b, label %e\nb: br label %a\ne: ret void");
        assert!(one.has_loops && one.is_reducible);
        let two = flow("br i1 %c, label %a, label %b\na: br label %b\nb: br i1 %c, label %a, label %e\ne: ret void");
        assert!(two.has_loops && !two.is_reducible);
    }
}
