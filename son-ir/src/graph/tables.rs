//! Rows that are too large for a node's payload: the payload is the row's number.

use crate::payload::{AliasClass, CallSite, FrameDescriptor, Shape, SwitchTable};

/// The side tables of a graph. Rows are added and never removed.
#[derive(Clone, Default)]
pub struct Tables {
    /// Constants wider than 64 bits, by the payload of `wideconst`.
    pub wide: Vec<u128>,
    /// By the payload of `switch`.
    pub switches: Vec<SwitchTable>,
    /// By the payload of `call` and `tailcall`.
    pub calls: Vec<CallSite>,
    /// By the payload of `mergemem`: the class of each input after the base, ascending.
    pub merges: Vec<Vec<AliasClass>>,
    /// By the payload of `framestate`.
    pub frames: Vec<FrameDescriptor>,
    /// By the payload of `alloc` and `virtualobj`.
    pub shapes: Vec<Shape>,
}

/// The number of `row` in `rows`, added at the end if it is not the last one already.
fn add<T: PartialEq>(rows: &mut Vec<T>, row: T) -> u64 {
    if rows.last() != Some(&row) {
        rows.push(row);
    }
    rows.len() as u64 - 1
}

impl Tables {
    /// The payload for this wide constant: equal constants get equal payloads.
    pub fn add_wide(&mut self, value: u128) -> u64 {
        match self.wide.iter().position(|&other| other == value) {
            Some(row) => row as u64,
            None => add(&mut self.wide, value),
        }
    }

    /// The payload for this switch.
    pub fn add_switch(&mut self, table: SwitchTable) -> u64 {
        add(&mut self.switches, table)
    }

    /// The payload for this call site.
    pub fn add_call(&mut self, site: CallSite) -> u64 {
        add(&mut self.calls, site)
    }

    /// The payload for a merge of slices of these classes.
    pub fn add_merge(&mut self, classes: Vec<AliasClass>) -> u64 {
        add(&mut self.merges, classes)
    }

    /// The payload for this frame.
    pub fn add_frame(&mut self, frame: FrameDescriptor) -> u64 {
        add(&mut self.frames, frame)
    }

    /// The payload for this shape: equal shapes get equal payloads.
    pub fn add_shape(&mut self, shape: Shape) -> u64 {
        match self.shapes.iter().position(|other| *other == shape) {
            Some(row) => row as u64,
            None => add(&mut self.shapes, shape),
        }
    }
}
