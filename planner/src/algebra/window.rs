//! Window functions in the algebra.

use canopy_format::Value;

use super::{AggregateCall, Column, Expr, Relation, SortKey};

/// Adds a column a call: a value a row, of the rows around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The rows.
    pub input: Relation,
    /// Rows with equal keys form a partition; none: all rows are one.
    pub partition_by: Vec<Expr>,
    /// The order within a partition.
    pub order_by: Vec<SortKey>,
    /// The calls.
    pub calls: Vec<WindowCall>,
}

/// One call of a [`Window`].
#[derive(Debug, Clone, PartialEq)]
pub struct WindowCall {
    /// An aggregate, or a window function of the catalog; without an order or limit of its own.
    pub call: AggregateCall,
    /// The call's ORDER BY: so many of the window's first sort keys.
    pub order_key_count: usize,
    /// The rows it sees; None is the whole partition.
    pub frame: Option<WindowFrame>,
}

/// The rows that a call sees for a row.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowFrame {
    /// ROWS or RANGE.
    pub unit: FrameUnit,
    /// The first row.
    pub start: FrameBound,
    /// The last row.
    pub end: FrameBound,
}

/// What a frame counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// Distance in the one sort key; the current row stands for its peers.
    Range,
}

/// One end of a frame; offsets are there and not negative.
#[derive(Debug, Clone, PartialEq)]
pub enum FrameBound {
    /// The partition's first row.
    UnboundedPreceding,
    /// So far before.
    Preceding(Value),
    /// The row itself.
    CurrentRow,
    /// So far after.
    Following(Value),
    /// The partition's last row.
    UnboundedFollowing,
}

impl Window {
    /// The columns of the calls.
    pub fn outputs(&self) -> impl Iterator<Item = &Column> {
        self.calls.iter().map(|call| &call.call.output)
    }

    /// The expressions of partition, order and calls.
    pub fn exprs(&self) -> Vec<&Expr> {
        let keys = self.order_by.iter().map(|key| &key.expr);
        let calls = self.calls.iter().flat_map(|call| call.call.exprs());
        self.partition_by.iter().chain(keys).chain(calls).collect()
    }

    /// The expressions of partition, order and calls, to be changed.
    pub fn exprs_mut(&mut self) -> Vec<&mut Expr> {
        let keys = self.order_by.iter_mut().map(|key| &mut key.expr);
        let calls = self.calls.iter_mut().flat_map(|call| call.call.exprs_mut());
        self.partition_by.iter_mut().chain(keys).chain(calls).collect()
    }
}
