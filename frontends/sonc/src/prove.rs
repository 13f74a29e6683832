//! `sonc prove`: checks rewrite rules with z3.

use crate::error::Failure;
use crate::options::Prove;
use std::process::ExitCode;

/// Proves the named rules, or all; status 1 if one is refuted or undecided without a listed reason.
pub(crate) fn prove(_options: &Prove) -> Result<ExitCode, Failure> {
    Err(Failure::new("the rules are not part of this build"))
}
