//! Switches as targets have them: dense tables that start at 0 and are only entered with an index that they have,
//! behind a tree of compares.
//!
//! Cases are sorted; a range that is dense enough stays a `switch` on the value less its start, few cases become a
//! chain of compares, and everything else is split in two by a compare. Splits are where the gap is widest near the
//! middle, so that the tree is balanced: with `n` cases it takes `n log n` time.

use super::{Legalizer, container};
use son_ir::{NodeId, Op, SwitchTable, Type, Weights};

/// Fewest cases of a table.
const MIN_TABLE: usize = 4;
/// A table has an entry for a case at least once in so many.
const DENSITY: u64 = 8;
/// Most cases of a chain of compares.
const MAX_CHAIN: usize = 3;

/// A case: value, its control projection, and its weight.
#[derive(Clone, Copy)]
struct Case {
    value: u64,
    target: NodeId,
    weight: u32,
}

/// What remains to be built: cases in `first..end` that control reaches by `control`.
struct Part {
    control: NodeId,
    first: usize,
    end: usize,
}

impl Legalizer<'_> {
    /// Builds the tree of a switch in its place.
    pub(super) fn switch(&mut self, node: NodeId) {
        let table = self.graph.switch_table(node).clone();
        let held = self.graph.input(node, 1);
        let logical = self.switch_types.get(&node).copied().unwrap_or(self.graph.ty(held));
        let ty = if logical.bits() <= 32 { Type::I32 } else { Type::I64 };
        let value = if self.graph.ty(held) == Type::I1 {
            self.op(Op::ZExt, ty, &[held])
        } else {
            self.zero_extended(held, logical, ty)
        };
        let (cases, default) = self.cases(node, &table);
        let never = default.is_none_or(|default| self.is_dead_end(default));
        let mut parts = vec![Part { control: self.graph.input(node, 0), first: 0, end: cases.len() }];
        let mut defaults = Vec::new();
        while let Some(part) = parts.pop() {
            let inside = &cases[part.first..part.end];
            if inside.is_empty() {
                defaults.push(part.control);
            } else if is_dense(inside) {
                self.table(part.control, value, inside, never, !table.weights.is_empty(), &mut defaults);
            } else if inside.len() <= MAX_CHAIN {
                defaults.push(self.chain(part.control, value, inside));
            } else {
                let middle = part.first + split(inside);
                let (below, above) =
                    self.two_ways(part.control, value, cases[middle].value, inside, middle - part.first);
                parts.push(Part { control: above, first: middle, end: part.end });
                parts.push(Part { control: below, first: part.first, end: middle });
            }
        }
        match (default, &defaults[..]) {
            (Some(default), []) => self.graph.kill_control(default),
            (Some(default), [only]) => self.graph.replace(default, *only),
            (Some(default), several) => {
                let merged = self.graph.raw(Op::Region, Type::CTRL, 0, several);
                self.graph.replace(default, merged);
            }
            (None, _) => {}
        }
        default.into_iter().for_each(|default| self.graph.kill(default));
        self.graph.kill(node);
    }

    /// Records the type of a switch's operand before what stands for it is put in its place.
    pub(super) fn note_switch(&mut self, node: NodeId) {
        let ty = self.graph.ty(self.graph.input(node, 1));
        if container(ty) != ty {
            self.switch_types.insert(node, ty);
        }
    }

    fn cases(&self, node: NodeId, table: &SwitchTable) -> (Vec<Case>, Option<NodeId>) {
        let mut default = None;
        let mut cases = Vec::with_capacity(table.values.len());
        for proj in self.graph.users(node) {
            match self.graph.payload(proj) as usize {
                0 => default = Some(proj),
                k => {
                    let weight = table.weights.get(k).copied().unwrap_or(1);
                    cases.push(Case { value: table.values[k - 1], target: proj, weight });
                }
            }
        }
        cases.sort_unstable_by_key(|case| case.value);
        (cases, default)
    }

    /// Is it undefined to get there?
    fn is_dead_end(&self, control: NodeId) -> bool {
        self.graph.users(control).any(|user| self.graph.is(user, Op::Unreachable))
    }

    /// A table for a dense range, entered after a test of the range unless no other value occurs. Adds the control of
    /// values that are not in it to `defaults`.
    fn table(
        &mut self,
        control: NodeId,
        value: NodeId,
        cases: &[Case],
        never: bool,
        weighted: bool,
        defaults: &mut Vec<NodeId>,
    ) {
        let ty = self.graph.ty(value);
        let start = if cases[0].value <= cases.len() as u64 { 0 } else { cases[0].value };
        let last = cases[cases.len() - 1].value - start;
        let index = if start == 0 {
            value
        } else {
            let base = self.constant(ty, start);
            self.op(Op::Sub, ty, &[value, base])
        };
        let limit = self.constant(ty, last);
        let inside = self.compare(Op::Ule, index, limit);
        let mut control = control;
        if !never && self.graph.constant(inside) != Some(1) {
            let weights = Weights { on_true: cases.len() as u32, on_false: 1 };
            let (yes, no) = self.branch(control, inside, weights);
            control = yes;
            defaults.push(no);
        }
        let weights = if weighted {
            std::iter::once(1).chain(cases.iter().map(|case| case.weight)).collect()
        } else {
            Vec::new()
        };
        let values = cases.iter().map(|case| case.value - start).collect();
        let payload = self.graph.tables_mut().add_switch(SwitchTable { values, weights });
        let index = if ty == Type::I64 { index } else { self.op(Op::ZExt, Type::I64, &[index]) };
        let switch = self.graph.raw(Op::Switch, Type::TUPLE, payload, &[control, index]);
        for (i, case) in cases.iter().enumerate() {
            let way = self.graph.insert_proj(switch, i as u32 + 1, Type::CTRL);
            self.graph.replace(case.target, way);
            self.graph.kill(case.target);
        }
        if !never && last >= cases.len() as u64 {
            defaults.push(self.graph.insert_proj(switch, 0, Type::CTRL));
        }
    }

    /// A compare for each case; the control of values that are none of them.
    fn chain(&mut self, mut control: NodeId, value: NodeId, cases: &[Case]) -> NodeId {
        let mut cases = cases.to_vec();
        cases.sort_by_key(|case| std::cmp::Reverse(case.weight));
        for case in cases {
            let constant = self.constant(self.graph.ty(value), case.value);
            let test = self.compare(Op::Eq, value, constant);
            let (yes, no) = self.branch(control, test, Weights::default());
            self.graph.replace(case.target, yes);
            self.graph.kill(case.target);
            control = no;
        }
        control
    }

    fn two_ways(
        &mut self,
        control: NodeId,
        value: NodeId,
        pivot: u64,
        cases: &[Case],
        below: usize,
    ) -> (NodeId, NodeId) {
        let sum = |cases: &[Case]| cases.iter().map(|case| u64::from(case.weight)).sum::<u64>();
        let (mut low, mut high) = (sum(&cases[..below]), sum(&cases[below..]));
        while low.max(high) > u64::from(u32::MAX) {
            (low, high) = (low / 2, high / 2);
        }
        let pivot = self.constant(self.graph.ty(value), pivot);
        let test = self.compare(Op::Ult, value, pivot);
        self.branch(control, test, Weights { on_true: low as u32, on_false: high as u32 })
    }

    /// A branch: control if the test holds, and if not.
    pub(super) fn branch(&mut self, control: NodeId, test: NodeId, weights: Weights) -> (NodeId, NodeId) {
        let branch = self.graph.raw(Op::If, Type::TUPLE, weights.payload(), &[control, test]);
        (self.graph.insert_proj(branch, 0, Type::CTRL), self.graph.insert_proj(branch, 1, Type::CTRL))
    }
}

fn is_dense(cases: &[Case]) -> bool {
    let range = cases[cases.len() - 1].value - cases[0].value;
    cases.len() >= MIN_TABLE && range / DENSITY <= cases.len() as u64
}

/// Where to split: at the widest gap in the middle half.
fn split(cases: &[Case]) -> usize {
    let (from, to) = (cases.len() / 4, cases.len() - cases.len() / 4);
    let gap = |&i: &usize| cases[i].value - cases[i - 1].value;
    (from.max(1)..to.max(2)).rev().max_by_key(gap).unwrap_or(cases.len() / 2)
}
