//! Statements that change rows.

use super::{Expr, Ident, Path, Query, Span, TableExpr, WithOffset};

/// `INSERT [INTO] target [(columns)] VALUES ... | query`.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// The table; inside an UPDATE, an array field.
    pub target: Path,
    /// The columns given, empty for all.
    pub columns: Vec<Ident>,
    /// The rows; pipe INSERT takes them from its input.
    pub source: InsertSource,
    /// Where it stands.
    pub span: Span,
}

/// Where inserted rows come from.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertSource {
    /// `VALUES (...), (...)`.
    Values(Vec<InsertRow>),
    /// A query.
    Query(Box<Query>),
    /// The input of a pipe.
    Pipe,
}

/// One row of VALUES.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertRow {
    /// The values.
    pub values: Vec<DmlValue>,
    /// Where it stands.
    pub span: Span,
}

/// A value, or DEFAULT.
#[derive(Clone, Debug, PartialEq)]
pub enum DmlValue {
    /// An expression.
    Expr(Expr),
    /// `DEFAULT`.
    Default(Span),
}

/// `UPDATE target [AS alias] SET ... [FROM ...] WHERE ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The table; inside an UPDATE, an array field.
    pub target: Path,
    /// Its alias.
    pub alias: Option<Ident>,
    /// `WITH OFFSET`, when the target is an array.
    pub offset: Option<WithOffset>,
    /// What is set.
    pub items: Vec<UpdateItem>,
    /// `FROM`.
    pub from: Option<TableExpr>,
    /// `WHERE`; BigQuery insists on one at the top level, the binder says so.
    pub filter: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// One entry of SET.
#[derive(Clone, Debug, PartialEq)]
pub enum UpdateItem {
    /// `path = value`.
    Set {
        /// A path, or a path with subscripts and fields.
        target: Expr,
        /// The new value.
        value: DmlValue,
    },
    /// `(INSERT ...)`, `(UPDATE ...)`, `(DELETE ...)` on an array field.
    Nested(Box<NestedDml>),
}

/// A change of an array inside an UPDATE.
#[derive(Clone, Debug, PartialEq)]
pub enum NestedDml {
    /// Adds elements.
    Insert(Insert),
    /// Changes elements.
    Update(Update),
    /// Removes elements.
    Delete(Delete),
}

/// `DELETE [FROM] target [AS alias] WHERE ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// The table; inside an UPDATE, an array field.
    pub target: Path,
    /// Its alias.
    pub alias: Option<Ident>,
    /// `WITH OFFSET`, when the target is an array.
    pub offset: Option<WithOffset>,
    /// `WHERE`; BigQuery insists on one at the top level, the binder says so.
    pub filter: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// `TRUNCATE TABLE target`.
#[derive(Clone, Debug, PartialEq)]
pub struct Truncate {
    /// The table.
    pub target: Path,
    /// `WHERE ...`.
    pub filter: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// `MERGE [INTO] target USING source ON condition WHEN ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The table changed.
    pub target: Path,
    /// Its alias.
    pub alias: Option<Ident>,
    /// The rows merged in.
    pub source: TableExpr,
    /// Which rows match.
    pub condition: Expr,
    /// The WHEN clauses, at least one; the first that applies to a row is taken.
    pub clauses: Vec<MergeClause>,
    /// Where it stands.
    pub span: Span,
}

/// One WHEN clause.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeClause {
    /// Which rows it is for.
    pub when: MergeWhen,
    /// `AND condition`.
    pub condition: Option<Expr>,
    /// What is done.
    pub action: MergeAction,
    /// Where it stands.
    pub span: Span,
}

/// The rows a WHEN clause is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MergeWhen {
    /// `MATCHED`.
    Matched,
    /// `NOT MATCHED [BY TARGET]`: source rows without a partner.
    NotMatchedByTarget,
    /// `NOT MATCHED BY SOURCE`: target rows without a partner.
    NotMatchedBySource,
}

/// What a WHEN clause does.
#[derive(Clone, Debug, PartialEq)]
pub enum MergeAction {
    /// `INSERT [(columns)] VALUES (...)`.
    Insert {
        /// The columns given, empty for all.
        columns: Vec<Ident>,
        /// The values.
        values: InsertRow,
    },
    /// `INSERT [(columns)] ROW`: the source row as it is.
    InsertRow {
        /// The columns given, empty for all.
        columns: Vec<Ident>,
    },
    /// `UPDATE SET ...`.
    Update(Vec<UpdateItem>),
    /// `DELETE`.
    Delete,
}
