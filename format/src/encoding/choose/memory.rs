//! The previous block's tree, tried first: neighbours look alike, so most searches end with the first try.

use super::cost::Cost;
use crate::encoding::{Encoding, Node};

/// Blocks after which the search is made again, whatever the last tree gives: a column may have changed so that
/// another encoding became better without the old one becoming worse.
const SEARCH_EVERY: usize = 16;

/// A chosen tree without its values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    pub(super) encoding: Encoding,
    /// Cost of a value: the forecast for the next block.
    pub(super) value_cost: f64,
    pub(super) children: Vec<Tree>,
}

impl Tree {
    fn of(node: &Node, cost: &Cost) -> Self {
        Self {
            encoding: node.encoding,
            value_cost: cost.node(node) / node.len.max(1) as f64,
            children: node.children.iter().map(|child| Tree::of(child, cost)).collect(),
        }
    }
}

/// What a stream's writer keeps from block to block.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    last: Option<Tree>,
    blocks: usize,
}

impl Memory {
    /// The tree to try first; None when a search is due.
    pub(crate) fn hint(&self) -> Option<&Tree> {
        self.last.as_ref().filter(|_| !self.blocks.is_multiple_of(SEARCH_EVERY))
    }

    /// Keeps what a block has become.
    pub(crate) fn remember(&mut self, node: &Node, cost: &Cost) {
        self.last = Some(Tree::of(node, cost));
        self.blocks += 1;
    }
}
