//! Window specifications: what stands after OVER and in the WINDOW clause.

use super::{Expr, Ident, OrderItem, Span};

/// `OVER name` or `OVER (base PARTITION BY ... ORDER BY ... frame)`.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowSpec {
    /// The window named, alone or as the base of what follows.
    pub base: Option<Ident>,
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`.
    pub order_by: Vec<OrderItem>,
    /// `ROWS` or `RANGE`.
    pub frame: Option<WindowFrame>,
    /// Where it stands.
    pub span: Span,
}

/// A frame; `ROWS start` alone means `BETWEEN start AND CURRENT ROW`.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowFrame {
    /// ROWS or RANGE.
    pub unit: FrameUnit,
    /// The first row.
    pub start: FrameBound,
    /// The last row, where written.
    pub end: Option<FrameBound>,
    /// Where it stands.
    pub span: Span,
}

/// What a frame counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameUnit {
    /// Physical rows.
    Rows,
    /// Distance in the ordering value.
    Range,
}

/// One end of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameBound {
    /// `UNBOUNDED PRECEDING`.
    UnboundedPreceding,
    /// `n PRECEDING`.
    Preceding(Box<Expr>),
    /// `CURRENT ROW`.
    CurrentRow,
    /// `n FOLLOWING`.
    Following(Box<Expr>),
    /// `UNBOUNDED FOLLOWING`.
    UnboundedFollowing,
}

/// `name AS (specification)` of the WINDOW clause.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedWindow {
    /// The name defined.
    pub name: Ident,
    /// What it stands for.
    pub spec: WindowSpec,
}
