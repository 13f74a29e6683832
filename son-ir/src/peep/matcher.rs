//! The compiled rules: the decision tree that `son-rulegen` writes from `rules/*.rules`.

use super::questions::{self, constant, one_use};
use super::{RuleInfo, arith, build, fire, is_late};
use crate::graph::{Graph, NewNode, NodeId};
use crate::ops::NodeFlags;
use crate::types::Type;

fn bits(graph: &Graph, node: NodeId) -> u32 {
    graph.ty(node).bits()
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));
