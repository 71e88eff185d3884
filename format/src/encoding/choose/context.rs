//! Where in a tree a choice is made, and under which costs.

use super::{Cost, Tree};
use crate::encoding::fsst::ColumnSymbols;
use crate::encoding::{DEPTH_MAX, Encoding, Lane, Node};

/// What a scheme knows beside the values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// What bytes and time cost.
    pub(crate) cost: &'a Cost,
    /// Whether the lanes are bits of FLOAT64.
    pub(crate) floats: bool,
    depth: usize,
    parent: Option<Encoding>,
    hint: Option<&'a Tree>,
    symbols: Option<&'a ColumnSymbols>,
}

impl<'a> Context<'a> {
    /// The root of a payload.
    pub(crate) fn new(cost: &'a Cost) -> Self {
        Self { cost, floats: false, depth: 0, parent: None, hint: None, symbols: None }
    }

    /// The same with the tree to try first.
    pub(crate) fn hinted(self, hint: Option<&'a Tree>) -> Self {
        Self { hint, ..self }
    }

    /// The same for text of a column that has a symbol table.
    pub(crate) fn with_symbols(self, symbols: &'a ColumnSymbols) -> Self {
        Self { symbols: Some(symbols), ..self }
    }

    /// The column's symbols: for its values as they are, not for parts of them.
    pub(crate) fn symbols(&self) -> Option<&'a ColumnSymbols> {
        self.symbols
    }

    /// The same for the bits of FLOAT64.
    pub(crate) fn of_floats(self) -> Self {
        Self { floats: true, ..self }
    }

    /// The place of child `index` of a node of `encoding`: other values than the node's, plain numbers.
    pub(crate) fn child(&self, encoding: Encoding, index: usize) -> Self {
        let hint = self.hint.filter(|tree| tree.encoding == encoding);
        Self {
            cost: self.cost,
            floats: false,
            depth: self.depth + 1,
            parent: Some(encoding),
            hint: hint.and_then(|tree| tree.children.get(index)),
            symbols: None,
        }
    }

    /// The place of a child that holds some of the node's own values.
    pub(crate) fn values(&self, encoding: Encoding, index: usize) -> Self {
        Self { floats: self.floats, ..self.child(encoding, index) }
    }

    /// Returns the cheapest tree of a child's numbers.
    pub(crate) fn encode<L: Lane>(&self, encoding: Encoding, index: usize, values: &[L]) -> Node {
        super::fixed(values, &self.child(encoding, index))
    }

    /// Whether a node here may have children: trees end with leaves, and an encoding does not stand right under
    /// itself.
    pub(crate) fn may_nest(&self, encoding: Encoding) -> bool {
        self.depth + 2 < DEPTH_MAX && self.parent != Some(encoding)
    }

    pub(super) fn hint(&self) -> Option<&'a Tree> {
        self.hint
    }
}
