//! Names of ops above the ideal range: how a target's table reaches the text form.

/// Names and payloads of ops that are not in the table of ideal ops.
pub trait OpNames {
    /// The name of an op above the ideal range.
    fn name(&self, op: u16) -> Option<&str>;

    /// The op of that name.
    fn number(&self, name: &str) -> Option<u16>;

    /// What the payload means, to stand in parentheses; empty if it means nothing. A payload printed so is
    /// not read back.
    fn payload(&self, op: u16, payload: u64) -> String {
        let _ = op;
        if payload == 0 { String::new() } else { format!("{payload:#x}") }
    }
}

/// There are no ops beyond the ideal ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdealOps;

impl OpNames for IdealOps {
    fn name(&self, _op: u16) -> Option<&str> {
        None
    }

    fn number(&self, _name: &str) -> Option<u16> {
        None
    }
}
