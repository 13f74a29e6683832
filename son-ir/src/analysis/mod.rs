//! Questions about a whole graph that both the optimizer and code generation ask.

pub mod address_uses;
pub mod alias;
pub mod allocation;
pub mod anti_dependence;
pub mod call_graph;
pub mod cfg;
pub mod dominators;
pub mod effects;
pub mod frequency;
pub mod loops;
pub mod schedule;

pub use address_uses::{AddressUse, AddressUses};
pub use alias::{Address, Aliases, Overlap};
pub use call_graph::CallGraph;
pub use cfg::{Block, Cfg};
pub use dominators::Dominators;
pub use effects::{Effects, Ideal, Target, effects, ideal_effects, is_sliced, memory_after};
pub use frequency::Frequencies;
pub use loops::{LoopId, Loops};
pub use schedule::{Blocks, Schedule, check::check_schedule};
