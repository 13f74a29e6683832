//! What the tests and benchmarks of `son` share.
//!
//! Everything here treats the compiler as a user does, through the command line of `sonc`, and
//! compares what it builds with what clang builds from the same source. A test that needs a
//! program of the system asks [`tools`] for it; where it is missing the test is skipped loudly
//! and the skip is counted, see [`tools::require`].
//!
//! Environment: `SONC` names another `sonc` than the one of the workspace,
//! `SON_TESTS_REQUIRE_TOOLS=1` turns skips into failures.

pub mod aarch64;
pub mod abi;
pub mod alloc;
pub mod csmith;
pub mod files;
pub mod generate;
pub mod graphs;
pub mod growth;
pub mod images;
pub mod ir;
pub mod libraries;
pub mod lua;
pub mod machine;
pub mod mutate;
pub mod objects;
pub mod parallel;
pub mod predication;
pub mod process;
pub mod programs;
pub mod random;
pub mod range;
pub mod scale;
pub mod sonc;
pub mod states;
pub mod tools;
pub mod windows;
pub mod workspace;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../frontends/calc/docs/tutorial.md")]
struct Tutorial;
