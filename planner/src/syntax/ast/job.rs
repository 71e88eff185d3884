//! Statements that move data in and out, and EXPLAIN.

use super::{ColumnDef, Connection, Expr, Options, Path, Query, Span, Statement, TableElement};

/// `LOAD DATA INTO | OVERWRITE table ... FROM FILES (...)`.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadData {
    /// `OVERWRITE`: the rows that were there go.
    pub overwrite: bool,
    /// `TEMP TABLE`.
    pub temporary: bool,
    /// The table.
    pub table: Path,
    /// `OVERWRITE | INTO PARTITIONS (condition)`.
    pub partitions: Option<Expr>,
    /// The columns; None where no list was written.
    pub elements: Option<Vec<TableElement>>,
    /// `DEFAULT COLLATE`.
    pub default_collate: Option<Expr>,
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `CLUSTER BY`.
    pub cluster_by: Vec<Expr>,
    /// `OPTIONS (...)` of the table.
    pub options: Option<Options>,
    /// `FROM FILES (...)`.
    pub files: Options,
    /// `WITH PARTITION COLUMNS [(columns)]`; Some(empty) without a list.
    pub partition_columns: Option<Vec<ColumnDef>>,
    /// `WITH CONNECTION`.
    pub connection: Option<Connection>,
    /// Where it stands.
    pub span: Span,
}

/// `EXPORT DATA [WITH CONNECTION c] [OPTIONS (...)] AS query`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportData {
    /// `WITH CONNECTION`.
    pub connection: Option<Connection>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// The rows.
    pub query: Box<Query>,
    /// Where it stands.
    pub span: Span,
}

/// `EXPORT MODEL name [WITH CONNECTION c] [OPTIONS (...)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportModel {
    /// The model.
    pub name: Path,
    /// `WITH CONNECTION`.
    pub connection: Option<Connection>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// Where it stands.
    pub span: Span,
}

/// `EXPLAIN [ANALYZE] statement`: an extension, BigQuery shows plans elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Explain {
    /// `ANALYZE`: run it and show what happened.
    pub analyze: bool,
    /// What is explained.
    pub statement: Box<Statement>,
    /// Where it stands.
    pub span: Span,
}
