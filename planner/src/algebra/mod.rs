//! The resolved algebra: what the binder makes of a query and the rules rewrite.
//!
//! Columns are ids, unique in the query, never names. A relation's output columns can be computed
//! from the tree ([`Relation::columns`]). Correlation shows as free column ids inside the relation of
//! an [`Expr::Subquery`] or on the right side of a dependent [`Join`]; the decorrelation rules
//! remove both before the physical plan is made.

mod columns;
mod display;
mod expr;
mod recursive;
mod relation;
mod visit;
mod window;

pub use expr::{
    AggregateCall, ArraySource, ArraySubquery, ArraySubqueryResult, Expr, Having, SortKey, Subquery,
    SubqueryKind,
};
pub use recursive::Recursive;
pub use relation::{
    Aggregate, Join, JoinKind, Named, Relation, Scan, ScanColumn, SetOperation, SetOperator, Unnest,
};
pub use window::{FrameBound, FrameUnit, Window, WindowCall, WindowFrame};

use canopy_format::DataType;

/// Identifies a column within one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u32);

/// A column: its id, its type, and a name for people (EXPLAIN, messages).
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The id.
    pub id: ColumnId,
    /// The name it came with; not unique, may be empty.
    pub name: String,
    /// The type.
    pub data_type: DataType,
}

/// Hands out column ids.
#[derive(Debug, Clone, Default)]
pub struct ColumnIds {
    next: u32,
}

impl ColumnIds {
    /// Returns a fresh column.
    pub fn column(&mut self, name: impl Into<String>, data_type: DataType) -> Column {
        Column { id: self.id(), name: name.into(), data_type }
    }

    /// Returns a fresh id.
    pub fn id(&mut self) -> ColumnId {
        self.next += 1;
        ColumnId(self.next)
    }
}

/// A bound query: its relation, the result's columns in order, and the ids used so far.
#[derive(Debug, Clone)]
pub struct Query {
    /// The rows, the outermost order and limit on top; may have columns beside the output's (sort keys).
    pub relation: Relation,
    /// Result columns: names as the client sees them, and whether each was made up (`f0_`).
    pub output: Vec<OutputColumn>,
    /// For rules that need fresh columns.
    pub ids: ColumnIds,
    /// SELECT AS STRUCT or AS VALUE: the one output column is the row itself.
    pub value_table: bool,
}

/// A column of a query's result.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputColumn {
    /// The column of the relation.
    pub column: Column,
    /// The name a client sees.
    pub name: String,
    /// True for a made-up name.
    pub anonymous: bool,
}
