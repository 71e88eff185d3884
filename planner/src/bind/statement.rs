//! Bound statements: names resolved, types checked, ready to be planned or carried out.

use std::sync::Arc;

use canopy_format::{DataType, Schema};

use super::context::TypedValue;
use crate::algebra::Query;
use crate::catalog::{RoutineKind, TableSource};

/// A statement with names and types resolved. Names of things to be made or removed stay paths as written
/// (`[table]`, `[dataset, table]`): whoever carries the statement out completes them.
#[derive(Debug)]
pub enum BoundStatement {
    /// A query.
    Query(Query),
    /// EXPLAIN.
    Explain {
        /// ANALYZE: run it.
        analyze: bool,
        /// What is explained.
        statement: Box<BoundStatement>,
    },
    /// CREATE SCHEMA.
    CreateSchema(CreateSchema),
    /// DROP SCHEMA.
    DropSchema(DropSchema),
    /// CREATE TABLE, with or without AS.
    CreateTable(CreateTable),
    /// DROP TABLE.
    DropTable(DropTable),
    /// ALTER TABLE; None when IF EXISTS found no table.
    AlterTable(Option<Box<AlterTable>>),
    /// ALTER SCHEMA.
    AlterSchema(Alter),
    /// ALTER VIEW.
    AlterView(Alter),
    /// CREATE VIEW.
    CreateView(CreateView),
    /// CREATE FUNCTION, CREATE AGGREGATE FUNCTION, CREATE TABLE FUNCTION or CREATE PROCEDURE.
    CreateRoutine(CreateRoutine),
    /// DROP VIEW, DROP FUNCTION and their like.
    DropDefinition(DropDefinition),
    /// INSERT.
    Insert(Insert),
    /// UPDATE, DELETE or MERGE.
    Modify(Modify),
    /// TRUNCATE TABLE.
    Truncate(Truncate),
    /// LOAD DATA.
    LoadData(LoadData),
    /// EXPORT DATA.
    ExportData(ExportData),
}

/// CREATE SCHEMA.
#[derive(Debug)]
pub struct CreateSchema {
    /// The name's parts.
    pub name: Vec<String>,
    /// OR REPLACE.
    pub or_replace: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// OPTIONS.
    pub options: Vec<StatementOption>,
}

/// DROP SCHEMA.
#[derive(Debug)]
pub struct DropSchema {
    /// The name's parts.
    pub name: Vec<String>,
    /// IF EXISTS.
    pub if_exists: bool,
    /// CASCADE: its tables go too.
    pub cascade: bool,
}

/// CREATE TABLE.
#[derive(Debug)]
pub struct CreateTable {
    /// The name's parts.
    pub name: Vec<String>,
    /// TEMP: ends with the script.
    pub temporary: bool,
    /// The columns, with ids from 1.
    pub schema: Schema,
    /// OR REPLACE.
    pub or_replace: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// PARTITION BY, as text.
    pub partition_by: Vec<String>,
    /// CLUSTER BY, as text.
    pub cluster_by: Vec<String>,
    /// OPTIONS.
    pub options: Vec<StatementOption>,
    /// AS: the first rows; the output has the schema's columns in order.
    pub query: Option<Query>,
    /// Keys.
    pub constraints: Constraints,
    /// LIKE, COPY or CLONE: the table that this one is made from.
    pub source: Option<TableCopy>,
}

/// The table that a new one is made from: it gives columns, partitions, clusters and options.
#[derive(Debug)]
pub struct TableCopy {
    /// The name's parts.
    pub name: Vec<String>,
    /// FOR SYSTEM_TIME AS OF, microseconds since the epoch.
    pub as_of_us: Option<i64>,
    /// COPY, CLONE: its rows too.
    pub with_rows: bool,
    /// SNAPSHOT TABLE: the rows stay as they are.
    pub is_snapshot: bool,
}

/// Keys, which are declared and not enforced.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constraints {
    /// The columns of the primary key; none where there is no key.
    pub primary_key: Vec<String>,
    /// The foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
}

/// FOREIGN KEY.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignKey {
    /// CONSTRAINT.
    pub name: Option<String>,
    /// Our columns.
    pub columns: Vec<String>,
    /// The other table's name.
    pub table: Vec<String>,
    /// Its columns.
    pub referenced: Vec<String>,
}

/// ALTER of what has only options: SET OPTIONS; an option that is NULL goes.
#[derive(Debug)]
pub struct Alter {
    /// The name's parts.
    pub name: Vec<String>,
    /// IF EXISTS.
    pub if_exists: bool,
    /// SET OPTIONS.
    pub options: Vec<StatementOption>,
}

/// ALTER TABLE: what the table is after all actions.
#[derive(Debug)]
pub struct AlterTable {
    /// The name's parts.
    pub name: Vec<String>,
    /// The columns afterwards; those that stay keep their ids.
    pub schema: Schema,
    /// Names of columns that go.
    pub dropped: Vec<String>,
    /// Old and new names of columns, in order.
    pub renamed: Vec<(String, String)>,
    /// SET OPTIONS; an option that is NULL goes.
    pub options: Vec<StatementOption>,
    /// Changes of keys, in order.
    pub constraints: Vec<ConstraintChange>,
    /// RENAME TO.
    pub rename_to: Option<String>,
    /// The rows in their new types, when stored values change: they replace all files.
    pub rewrite: Option<Query>,
}

/// A change of a table's keys.
#[derive(Debug)]
pub enum ConstraintChange {
    /// ADD.
    Add {
        /// The keys.
        constraints: Constraints,
        /// IF NOT EXISTS.
        if_not_exists: bool,
    },
    /// DROP CONSTRAINT.
    Drop {
        /// The constraint's name.
        name: String,
        /// IF EXISTS.
        if_exists: bool,
    },
    /// DROP PRIMARY KEY.
    DropPrimaryKey {
        /// IF EXISTS.
        if_exists: bool,
    },
}

/// DROP TABLE.
#[derive(Debug)]
pub struct DropTable {
    /// The name's parts.
    pub name: Vec<String>,
    /// IF EXISTS.
    pub if_exists: bool,
    /// DROP SNAPSHOT TABLE.
    pub is_snapshot: bool,
}

/// CREATE VIEW. The query was bound once, so that what is wrong with it is said now.
#[derive(Debug)]
pub struct CreateView {
    /// The name's parts.
    pub name: Vec<String>,
    /// TEMP: ends with the session or script.
    pub temporary: bool,
    /// OR REPLACE.
    pub or_replace: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// The columns as they are now; a view follows its tables when they change.
    pub columns: Vec<(String, DataType)>,
    /// OPTIONS.
    pub options: Vec<StatementOption>,
    /// The whole statement's text, to be kept as [`ViewSource::statement`](crate::catalog::ViewSource::statement).
    pub statement: String,
}

/// CREATE FUNCTION and its like. A body whose types are known was bound once, so that what is wrong with it is
/// said now.
#[derive(Debug)]
pub struct CreateRoutine {
    /// The name's parts.
    pub name: Vec<String>,
    /// What it can be called as.
    pub kind: RoutineKind,
    /// TEMP: ends with the session or script.
    pub temporary: bool,
    /// OR REPLACE.
    pub or_replace: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// OPTIONS.
    pub options: Vec<StatementOption>,
    /// The whole statement's text, to be kept as
    /// [`RoutineSource::statement`](crate::catalog::RoutineSource::statement).
    pub statement: String,
}

/// DROP VIEW, DROP FUNCTION, DROP TABLE FUNCTION or DROP PROCEDURE.
#[derive(Debug)]
pub struct DropDefinition {
    /// The name's parts.
    pub name: Vec<String>,
    /// What kind of routine; None is a view.
    pub routine: Option<RoutineKind>,
    /// IF EXISTS.
    pub if_exists: bool,
}

/// INSERT.
#[derive(Debug)]
pub struct Insert {
    /// The name's parts.
    pub name: Vec<String>,
    /// The table as it is in the snapshot.
    pub table: Arc<TableSource>,
    /// The rows: the output has the table's columns in order, with DEFAULT or NULL for those not given.
    pub source: Query,
}

/// UPDATE, DELETE or MERGE: which rows go, and which come.
#[derive(Debug)]
pub struct Modify {
    /// Which statement.
    pub kind: ModifyKind,
    /// The name's parts.
    pub name: Vec<String>,
    /// The table as it is in the snapshot.
    pub table: Arc<TableSource>,
    /// The changes, a row each. The first column is the number of the row that goes, as
    /// [`ROW_NUMBER`](crate::catalog::ROW_NUMBER) counts, or NULL where none does. The second, which DELETE has not, is a BOOL:
    /// whether a row comes. The rest are the values of that row, one for each column of the table.
    /// A row that goes twice is an error of the statement.
    pub source: Query,
}

/// The statements that change rows where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModifyKind {
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// MERGE.
    Merge,
}

/// TRUNCATE TABLE: all rows go.
#[derive(Debug)]
pub struct Truncate {
    /// The name's parts.
    pub name: Vec<String>,
    /// The table as it is in the snapshot.
    pub table: Arc<TableSource>,
}

/// LOAD DATA.
#[derive(Debug)]
pub struct LoadData {
    /// The name's parts.
    pub name: Vec<String>,
    /// OVERWRITE: the rows that were there go.
    pub overwrite: bool,
    /// The columns; None leaves them to the table or to detection.
    pub schema: Option<Schema>,
    /// PARTITION BY, as text.
    pub partition_by: Vec<String>,
    /// CLUSTER BY, as text.
    pub cluster_by: Vec<String>,
    /// OPTIONS of the table.
    pub table_options: Vec<StatementOption>,
    /// The files' format in capitals: `PARQUET`, `CSV`, `JSON`.
    pub format: String,
    /// Where the files are.
    pub uris: Vec<String>,
    /// The other options of FROM FILES.
    pub options: Vec<StatementOption>,
}

/// EXPORT DATA.
#[derive(Debug)]
pub struct ExportData {
    /// Where the files go; a `*` stands for a number.
    pub uri: String,
    /// The files' format in capitals.
    pub format: String,
    /// The other options.
    pub options: Vec<StatementOption>,
    /// The rows.
    pub query: Query,
}

/// One entry of OPTIONS.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementOption {
    /// The name in lower case.
    pub name: String,
    /// The value, a constant.
    pub value: TypedValue,
}

impl BoundStatement {
    /// Returns the statement's type as BigQuery names it in job statistics: `SELECT`, `INSERT`, ...
    pub fn type_name(&self) -> &'static str {
        match self {
            BoundStatement::Query(_) => "SELECT",
            BoundStatement::Explain { .. } => "EXPLAIN",
            BoundStatement::CreateSchema(_) => "CREATE_SCHEMA",
            BoundStatement::DropSchema(_) => "DROP_SCHEMA",
            BoundStatement::CreateTable(CreateTable {
                source: Some(TableCopy { is_snapshot: true, .. }),
                ..
            }) => "CREATE_SNAPSHOT_TABLE",
            BoundStatement::CreateTable(create) if create.query.is_some() => "CREATE_TABLE_AS_SELECT",
            BoundStatement::CreateTable(_) => "CREATE_TABLE",
            BoundStatement::DropTable(drop) if drop.is_snapshot => "DROP_SNAPSHOT_TABLE",
            BoundStatement::DropTable(_) => "DROP_TABLE",
            BoundStatement::AlterTable(_) => "ALTER_TABLE",
            BoundStatement::AlterSchema(_) => "ALTER_SCHEMA",
            BoundStatement::AlterView(_) => "ALTER_VIEW",
            BoundStatement::CreateView(_) => "CREATE_VIEW",
            BoundStatement::CreateRoutine(create) => match create.kind {
                RoutineKind::Function => "CREATE_FUNCTION",
                RoutineKind::TableFunction => "CREATE_TABLE_FUNCTION",
                RoutineKind::Procedure => "CREATE_PROCEDURE",
            },
            BoundStatement::DropDefinition(drop) => match drop.routine {
                None => "DROP_VIEW",
                Some(RoutineKind::Function) => "DROP_FUNCTION",
                Some(RoutineKind::TableFunction) => "DROP_TABLE_FUNCTION",
                Some(RoutineKind::Procedure) => "DROP_PROCEDURE",
            },
            BoundStatement::Insert(_) => "INSERT",
            BoundStatement::Modify(modify) => match modify.kind {
                ModifyKind::Update => "UPDATE",
                ModifyKind::Delete => "DELETE",
                ModifyKind::Merge => "MERGE",
            },
            BoundStatement::Truncate(_) => "TRUNCATE_TABLE",
            BoundStatement::LoadData(_) => "LOAD_DATA",
            BoundStatement::ExportData(_) => "EXPORT_DATA",
        }
    }

    /// True when the statement answers with rows.
    pub fn returns_rows(&self) -> bool {
        matches!(self, BoundStatement::Query(_) | BoundStatement::Explain { .. })
    }
}
