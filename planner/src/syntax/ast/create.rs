//! CREATE for schemas, tables, views, indexes, policies and models.

use super::{ColumnDef, Connection, Expr, Ident, ObjectKind, Options, Path, Query, SelectItem, Span};

/// What may stand around the object's kind in every CREATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CreateModifiers {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `TEMP`, `TEMPORARY`.
    pub temporary: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}

/// `CREATE [EXTERNAL] SCHEMA name ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSchema {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// `EXTERNAL`.
    pub external: bool,
    /// The name.
    pub name: Path,
    /// `DEFAULT COLLATE`.
    pub default_collate: Option<Expr>,
    /// `WITH CONNECTION`.
    pub connection: Option<Connection>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// Where it stands.
    pub span: Span,
}

/// `CREATE [EXTERNAL | SNAPSHOT] TABLE name ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// Plain, external or snapshot.
    pub kind: TableKind,
    /// The name.
    pub name: Path,
    /// Columns and constraints; None where no list was written.
    pub elements: Option<Vec<TableElement>>,
    /// `LIKE`, `CLONE` or `COPY`.
    pub source: Option<TableSource>,
    /// `DEFAULT COLLATE`.
    pub default_collate: Option<Expr>,
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `CLUSTER BY`.
    pub cluster_by: Vec<Expr>,
    /// `WITH PARTITION COLUMNS [(columns)]` of an external table; Some(empty) without a list.
    pub partition_columns: Option<Vec<ColumnDef>>,
    /// `WITH CONNECTION`.
    pub connection: Option<Connection>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// `AS query`.
    pub query: Option<Box<Query>>,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableKind {
    /// Kept in our own files.
    Plain,
    /// `EXTERNAL`.
    External,
    /// `SNAPSHOT`.
    Snapshot,
}

/// A column or a constraint of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum TableElement {
    /// A column.
    Column(ColumnDef),
    /// A constraint.
    Constraint(TableConstraint),
}

/// `[CONSTRAINT name] ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct TableConstraint {
    /// Its name.
    pub name: Option<Ident>,
    /// What is declared.
    pub kind: TableConstraintKind,
    /// `ENFORCED` or `NOT ENFORCED`, where written.
    pub enforced: Option<bool>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of constraint.
#[derive(Clone, Debug, PartialEq)]
pub enum TableConstraintKind {
    /// `PRIMARY KEY (columns)`.
    PrimaryKey(Vec<KeyColumn>),
    /// `FOREIGN KEY (columns) REFERENCES ...`.
    ForeignKey {
        /// Our columns.
        columns: Vec<Ident>,
        /// Theirs.
        reference: Reference,
    },
    /// `CHECK (condition)`.
    Check(Expr),
}

/// A column of a primary key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyColumn {
    /// The column.
    pub name: Ident,
    /// ASC or DESC, where written.
    pub direction: Option<super::Direction>,
    /// NULLS FIRST or LAST, where written.
    pub nulls: Option<super::NullsOrder>,
}

/// `REFERENCES table (columns) [MATCH ...] [ON UPDATE ...] [ON DELETE ...] [[NOT] ENFORCED]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The table.
    pub table: Path,
    /// Its columns.
    pub columns: Vec<Ident>,
    /// `MATCH SIMPLE | FULL | NOT DISTINCT`, words as written in capitals.
    pub matching: Option<String>,
    /// `ON UPDATE action`, words in capitals.
    pub on_update: Option<String>,
    /// `ON DELETE action`, words in capitals.
    pub on_delete: Option<String>,
    /// `ENFORCED` or `NOT ENFORCED`, where written.
    pub enforced: Option<bool>,
    /// Where it stands.
    pub span: Span,
}

/// The table that a new one is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSource {
    /// LIKE, CLONE or COPY.
    pub kind: TableSourceKind,
    /// The table.
    pub table: Path,
    /// `FOR SYSTEM_TIME AS OF`.
    pub as_of: Option<Expr>,
    /// `WHERE ...` of CLONE and COPY.
    pub filter: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// How a new table is made from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableSourceKind {
    /// `LIKE`: its schema only.
    Like,
    /// `CLONE`: shares its files, copy on write.
    Clone,
    /// `COPY`: its rows.
    Copy,
}

/// `CREATE [MATERIALIZED] VIEW name ... AS query`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateView {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// `MATERIALIZED`.
    pub materialized: bool,
    /// `RECURSIVE`.
    pub recursive: bool,
    /// The name.
    pub name: Path,
    /// The columns' names.
    pub columns: Vec<ViewColumn>,
    /// `SQL SECURITY INVOKER | DEFINER`: the word as written, in capitals.
    pub sql_security: Option<String>,
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `CLUSTER BY`.
    pub cluster_by: Vec<Expr>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// What it shows.
    pub source: ViewSource,
    /// Where it stands.
    pub span: Span,
}

/// A column of a view's list.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewColumn {
    /// Its name.
    pub name: Ident,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
}

/// What a view shows.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewSource {
    /// `AS query`.
    Query(Box<Query>),
    /// `AS REPLICA OF view`.
    ReplicaOf(Path),
}

/// `CREATE [SEARCH | VECTOR] [UNIQUE] INDEX name ON table ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// Which index.
    pub object: ObjectKind,
    /// `UNIQUE`.
    pub unique: bool,
    /// The name.
    pub name: Path,
    /// The table.
    pub table: Path,
    /// The table's alias.
    pub alias: Option<Ident>,
    /// `UNNEST(...)` joins before the keys.
    pub unnests: Vec<super::Unnest>,
    /// What is indexed.
    pub keys: IndexKeys,
    /// `STORING (...)`.
    pub storing: Vec<Expr>,
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// Where it stands.
    pub span: Span,
}

/// What an index covers.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexKeys {
    /// `(ALL COLUMNS [WITH COLUMN OPTIONS (...)])`.
    AllColumns(Vec<IndexKey>),
    /// `(a, b)`.
    Columns(Vec<IndexKey>),
}

/// One key of an index.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexKey {
    /// The value and its order.
    pub item: super::OrderItem,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
}

/// `CREATE ROW ACCESS POLICY [name] ON table GRANT TO (...) FILTER USING (...)`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateRowAccessPolicy {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// The name.
    pub name: Option<Path>,
    /// The table.
    pub table: Path,
    /// Who may see rows.
    pub grantees: Vec<Expr>,
    /// Which rows.
    pub filter: Expr,
    /// Where it stands.
    pub span: Span,
}

/// `CREATE MODEL name ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateModel {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// The name.
    pub name: Path,
    /// `INPUT (columns)`.
    pub input: Option<Vec<ColumnDef>>,
    /// `OUTPUT (columns)`.
    pub output: Option<Vec<ColumnDef>>,
    /// `TRANSFORM (items)`.
    pub transform: Vec<SelectItem>,
    /// `REMOTE`.
    pub remote: bool,
    /// `WITH CONNECTION`.
    pub connection: Option<Connection>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// The training data: `AS query` is one entry without a name, `AS (name AS (query), ...)` several.
    pub queries: Vec<ModelQuery>,
    /// Where it stands.
    pub span: Span,
}

/// One query that feeds a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelQuery {
    /// Its name.
    pub name: Option<Ident>,
    /// The query.
    pub query: Query,
}

/// `CREATE CAPACITY | RESERVATION | ASSIGNMENT name OPTIONS (...)`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateResource {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// Which kind.
    pub object: ObjectKind,
    /// The name.
    pub name: Path,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// Where it stands.
    pub span: Span,
}
