//! Relations of the algebra.

use std::sync::Arc;

use canopy_format::{FieldId, Value};

use super::{AggregateCall, Column, ColumnId, Expr, SortKey, Window, recursive::Recursive};
use crate::catalog::TableSource;

/// Rows of columns.
#[derive(Debug, Clone, PartialEq)]
pub enum Relation {
    /// A table of the snapshot.
    Scan(Scan),
    /// Literal rows; no columns and one row for SELECT without FROM.
    Values {
        /// The columns.
        columns: Vec<Column>,
        /// The rows.
        rows: Vec<Vec<Value>>,
    },
    /// Rows for which the predicate is TRUE.
    Filter {
        /// The rows.
        input: Box<Relation>,
        /// A BOOL.
        predicate: Expr,
    },
    /// Exactly these columns.
    Project {
        /// The rows.
        input: Box<Relation>,
        /// The columns.
        columns: Vec<Named>,
    },
    /// A join.
    Join(Box<Join>),
    /// A row for each element of an array of the row.
    Unnest(Box<Unnest>),
    /// Groups.
    Aggregate(Box<Aggregate>),
    /// An order.
    Sort {
        /// The rows.
        input: Box<Relation>,
        /// The keys.
        keys: Vec<SortKey>,
    },
    /// The first rows, by the order of an input that is a sort.
    Limit {
        /// The rows.
        input: Box<Relation>,
        /// Most rows; None is all.
        limit: Option<u64>,
        /// Rows left out first.
        offset: u64,
    },
    /// UNION ALL, UNION DISTINCT, INTERSECT DISTINCT, EXCEPT DISTINCT (ALL forms where GoogleSQL has them).
    SetOperation(Box<SetOperation>),
    /// Exactly one row: NULLs for none, an error for more.
    SingleRow(Box<Relation>),
    /// Adds a column that numbers rows uniquely in the query.
    RowNumber {
        /// The rows.
        input: Box<Relation>,
        /// The number, INT64.
        column: Column,
    },
    /// WITH RECURSIVE.
    Recursive(Box<Recursive>),
    /// Window functions.
    Window(Box<Window>),
    /// Computes `definition` once; `body` reads it through `Shared` relations.
    With {
        /// Names the definition within the query.
        id: u32,
        /// The shared rows.
        definition: Box<Relation>,
        /// The reader.
        body: Box<Relation>,
    },
    /// The rows of an enclosing `With`, under fresh column ids.
    Shared {
        /// The `With`.
        id: u32,
        /// Fresh columns, one for each of the definition's, in order.
        columns: Vec<Column>,
        /// The definition's column each stands for.
        sources: Vec<ColumnId>,
    },
}

/// An expression under a fresh (or, for a plain column, the same) id.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The column.
    pub column: Column,
    /// Its value.
    pub expr: Expr,
}

/// A table of the snapshot.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The table.
    pub table: Arc<TableSource>,
    /// The columns read.
    pub columns: Vec<ScanColumn>,
    /// Conjuncts pushed into the scan.
    pub predicates: Vec<Expr>,
    /// TABLESAMPLE: the fraction of the stripes to read.
    pub sample: Option<f64>,
}

impl PartialEq for Scan {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
            && self.columns == other.columns
            && self.predicates == other.predicates
            && self.sample == other.sample
    }
}

/// A stored column that a scan reads.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanColumn {
    /// The column of the query.
    pub column: Column,
    /// The stored top-level column.
    pub field: FieldId,
    /// Which nested fields are wanted, at any depth; None is all. Rules narrow it, and the column's
    /// type with it.
    pub nested: Option<Vec<FieldId>>,
}

/// Which rows a join lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// Matching pairs; without conditions, all pairs.
    Inner,
    /// And left rows without a match.
    Left,
    /// And right rows without a match.
    Right,
    /// And both.
    Full,
    /// Left rows with a match, once.
    Semi,
    /// Left rows without a match.
    Anti,
    /// NOT IN: left rows that surely match nothing.
    NullAwareAnti,
    /// Left rows and a BOOL column that tells of a match.
    Mark,
    /// Left rows with the one match or NULLs; an error for more.
    Single,
}

/// A join.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// The kind.
    pub kind: JoinKind,
    /// The left rows.
    pub left: Relation,
    /// The right rows; may refer to the left's columns when `dependent`.
    pub right: Relation,
    /// Conjuncts; none is TRUE.
    pub on: Vec<Expr>,
    /// For [`JoinKind::Mark`]: the column.
    pub mark: Option<Column>,
    /// For [`JoinKind::Mark`]: NULL where IN would say NULL.
    pub null_aware: bool,
    /// The right side refers to the left row (a lateral or correlated join).
    pub dependent: bool,
}

/// UNNEST: the input's columns, the element, the offset.
#[derive(Debug, Clone, PartialEq)]
pub struct Unnest {
    /// The rows.
    pub input: Relation,
    /// An array of the row.
    pub array: Expr,
    /// The element.
    pub element: Column,
    /// WITH OFFSET.
    pub offset: Option<Column>,
    /// LEFT JOIN UNNEST.
    pub outer: bool,
}

/// Groups: one row for each distinct combination of keys; one row in all without keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The rows.
    pub input: Relation,
    /// The keys.
    pub keys: Vec<Named>,
    /// The calls.
    pub calls: Vec<AggregateCall>,
}

/// Which set operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// All rows of all inputs.
    UnionAll,
    /// Each distinct row once.
    UnionDistinct,
    /// Distinct rows found in every input.
    IntersectDistinct,
    /// Distinct rows of the first found in no other.
    ExceptDistinct,
    /// Rows of both, as often as in the one with fewer.
    IntersectAll,
    /// Rows of the first, less those of the second, counted.
    ExceptAll,
}

/// A set operation over inputs of the same column types.
#[derive(Debug, Clone, PartialEq)]
pub struct SetOperation {
    /// The operator.
    pub operator: SetOperator,
    /// Two or more inputs.
    pub inputs: Vec<Relation>,
    /// For each input its columns in output order.
    pub input_columns: Vec<Vec<ColumnId>>,
    /// The output.
    pub columns: Vec<Column>,
}

impl Relation {
    /// The relation's columns, in order.
    pub fn columns(&self) -> Vec<Column> {
        match self {
            Relation::Scan(scan) => scan.columns.iter().map(|c| c.column.clone()).collect(),
            Relation::Values { columns, .. } | Relation::Shared { columns, .. } => columns.clone(),
            Relation::Filter { input, .. }
            | Relation::Sort { input, .. }
            | Relation::Limit { input, .. }
            | Relation::SingleRow(input)
            | Relation::With { body: input, .. } => input.columns(),
            Relation::Project { columns, .. } => columns.iter().map(|c| c.column.clone()).collect(),
            Relation::Join(join) => join.columns(),
            Relation::Unnest(unnest) => {
                let mut columns = unnest.input.columns();
                columns.push(unnest.element.clone());
                columns.extend(unnest.offset.clone());
                columns
            }
            Relation::Aggregate(aggregate) => {
                let keys = aggregate.keys.iter().map(|key| key.column.clone());
                keys.chain(aggregate.calls.iter().map(|call| call.output.clone())).collect()
            }
            Relation::SetOperation(operation) => operation.columns.clone(),
            Relation::Recursive(recursive) => recursive.columns.clone(),
            Relation::RowNumber { input, column } => {
                let mut columns = input.columns();
                columns.push(column.clone());
                columns
            }
            Relation::Window(window) => {
                let mut columns = window.input.columns();
                columns.extend(window.outputs().cloned());
                columns
            }
        }
    }
}

impl Join {
    fn columns(&self) -> Vec<Column> {
        let mut columns = self.left.columns();
        match self.kind {
            JoinKind::Semi | JoinKind::Anti | JoinKind::NullAwareAnti => {}
            JoinKind::Mark => columns.extend(self.mark.clone()),
            _ => columns.extend(self.right.columns()),
        }
        columns
    }
}
