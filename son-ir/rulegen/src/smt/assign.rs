//! The types and flags at which a rule is proven.

use super::Sort;
use crate::ops::{NodeFlags, Op};
use crate::rule::{Kind, Rule};
use crate::slots::{FLOAT, INT, Kinds, PTR, SlotId};
use crate::types::Type;

/// Widths that the narrower types of a type-changing rule take.
const NARROWER: &[u32] = &[1, 8, 16, 32, 64];

/// A type for each slot of a rule, and which optional flags its pattern has.
#[derive(Clone, Debug)]
pub struct Assignment {
    sorts: Vec<(SlotId, Sort)>,
    /// Flags with a `?` that are set.
    pub flags: NodeFlags,
    /// For messages.
    pub text: String,
}

impl Assignment {
    /// What stands for the type of the slot.
    pub fn sort(&self, rule: &Rule, slot: SlotId) -> Sort {
        let slot = rule.slots.find(slot);
        let known = self.sorts.iter().find(|(other, _)| *other == slot);
        known.map_or(Sort::Int(64), |(_, sort)| *sort)
    }
}

fn sort_of(ty: Type) -> Sort {
    if ty.is_pointer() {
        Sort::Pointer
    } else if ty.is_float() {
        Sort::Float(ty.bits())
    } else {
        Sort::Int(ty.bits())
    }
}

/// All well-typed instances whose widest open type has `width` bits, with each set of optional flags.
pub fn assignments(rule: &Rule, width: u32) -> Vec<Assignment> {
    let mut slots: Vec<SlotId> = (0..rule.slots.len()).map(|slot| rule.slots.find(slot)).collect();
    slots.sort_unstable();
    slots.dedup();
    let is_open = |slot: &SlotId| rule.slots.fixed(*slot).is_none();
    let open: Vec<SlotId> = slots.iter().copied().filter(is_open).collect();
    let fixed = slots.iter().filter_map(|&slot| Some((slot, sort_of(rule.slots.fixed(slot)?))));
    let mut choices: Vec<Vec<(SlotId, Sort)>> = vec![fixed.collect()];
    for &slot in &open {
        let sorts = sorts_of(rule.slots.kinds(slot), width);
        let with = |choice: &Vec<_>, sort: &Sort| [choice.as_slice(), &[(slot, *sort)]].concat();
        choices = choices.iter().flat_map(|choice| sorts.iter().map(move |sort| with(choice, sort))).collect();
    }
    let mut found = Vec::new();
    for sorts in choices {
        let widest = sorts.iter().filter(|(slot, _)| open.contains(slot)).map(|(_, sort)| sort.bits()).max();
        let base = Assignment { text: describe(rule, &sorts), sorts, flags: NodeFlags::NONE };
        if widest.is_none_or(|widest| widest == width) && pattern_is_well_typed(rule, &base) {
            found.extend(flag_sets(rule).into_iter().map(|flags| with_flags(&base, flags)));
        }
    }
    found
}

fn sorts_of(kinds: Kinds, width: u32) -> Vec<Sort> {
    let mut widths: Vec<u32> = NARROWER.iter().copied().filter(|&narrower| narrower < width).collect();
    widths.push(width);
    let mut sorts = Vec::new();
    if kinds & INT != 0 {
        sorts.extend(widths.iter().map(|&bits| Sort::Int(bits)));
    }
    if kinds & PTR != 0 && width == 64 {
        sorts.push(Sort::Pointer);
    }
    if kinds & FLOAT != 0 {
        sorts.extend(widths.iter().filter(|bits| matches!(bits, 8 | 16 | 32 | 64)).map(|&bits| Sort::Float(bits)));
    }
    sorts
}

fn with_flags(base: &Assignment, flags: NodeFlags) -> Assignment {
    let mut text = base.text.clone();
    for (name, flag) in NodeFlags::NAMES {
        if flags.has(*flag) {
            text.push_str(&format!(" .{}", name.to_lowercase()));
        }
    }
    Assignment { text, flags, ..base.clone() }
}

/// None, each, and all of the flags that are kept.
fn flag_sets(rule: &Rule) -> Vec<NodeFlags> {
    /// The fast-math flags that license a rewrite, but make nothing poison.
    const SILENT: NodeFlags = NodeFlags::ARCP.or(NodeFlags::CONTRACT).or(NodeFlags::AFN).or(NodeFlags::REASSOC);
    let mut kept = NodeFlags::NONE;
    for term in &rule.terms {
        if let Kind::Op { maybe, .. } = term.kind {
            kept = kept.or(maybe.without(SILENT));
        }
    }
    let mut sets = vec![NodeFlags::NONE];
    sets.extend(NodeFlags::NAMES.iter().map(|(_, flag)| *flag).filter(|flag| kept.has(*flag)));
    if !sets.contains(&kept) {
        sets.push(kept);
    }
    sets
}

fn describe(rule: &Rule, sorts: &[(SlotId, Sort)]) -> String {
    let type_of = |slot: SlotId| sorts.iter().find(|(other, _)| *other == rule.slots.find(slot)).map(|(_, sort)| sort);
    let mut parts = Vec::new();
    for var in rule.vars.iter().chain(&rule.consts) {
        match type_of(var.slot) {
            Some(Sort::Int(bits)) => parts.push(format!("{}: i{bits}", var.name)),
            Some(Sort::Float(bits)) => parts.push(format!("{}: f{bits}", var.name)),
            _ => parts.push(format!("{}: ptr", var.name)),
        }
    }
    if let Some(sort) = type_of(rule.terms[rule.lhs].slot) {
        parts.push(format!("result: {}{}", if matches!(sort, Sort::Float(_)) { "f" } else { "i" }, sort.bits()));
    }
    parts.join(", ")
}

fn pattern_is_well_typed(rule: &Rule, assignment: &Assignment) -> bool {
    rule.below(rule.lhs).into_iter().all(|term| {
        let Some(op) = rule.op(term) else { return true };
        let first = assignment.sort(rule, rule.terms[rule.inputs(term)[0]].slot);
        well_typed(op, assignment.sort(rule, rule.terms[term].slot), first)
    })
}

/// May the op make a value of this sort from this first input?
pub(super) fn well_typed(op: Op, result: Sort, input: Sort) -> bool {
    match op {
        Op::Trunc | Op::FTrunc => result.bits() < input.bits(),
        Op::ZExt | Op::SExt | Op::FExt => result.bits() > input.bits(),
        Op::Bitcast => result.bits() == input.bits(),
        Op::Bswap => result.bits().is_multiple_of(8),
        Op::PtrToInt => result.bits() == 64,
        Op::IntToPtr => input.bits() == 64,
        _ => true,
    }
}
