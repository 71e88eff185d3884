//! Recursion in the algebra.

use super::{Column, ColumnId, Relation};

/// WITH RECURSIVE: the base's rows, and those that the step makes of the rows of the iteration before, until it
/// makes none. The step reads them by a [`Relation::Shared`] of the id, whose sources are `columns`.
#[derive(Debug, Clone, PartialEq)]
pub struct Recursive {
    /// Names the rows of the iteration before.
    pub id: u32,
    /// Where it begins.
    pub base: Relation,
    /// The base's columns in output order.
    pub base_columns: Vec<ColumnId>,
    /// What follows.
    pub step: Relation,
    /// The step's columns in output order, of the base's types.
    pub step_columns: Vec<ColumnId>,
    /// The output.
    pub columns: Vec<Column>,
    /// UNION DISTINCT: each distinct row once.
    pub distinct: bool,
}
