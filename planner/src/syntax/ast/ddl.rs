//! Statements that define, change and remove objects.

use super::{Expr, Ident, Path, Span};

pub use super::alter::*;
pub use super::create::*;
pub use super::routine::*;

/// `OPTIONS (name = value, ...)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The entries, in written order.
    pub entries: Vec<OptionEntry>,
    /// Where it stands.
    pub span: Span,
}

/// One `name = value` (or, for arrays, `name += value`, `name -= value`).
#[derive(Clone, Debug, PartialEq)]
pub struct OptionEntry {
    /// The option.
    pub name: Ident,
    /// How it is assigned.
    pub assign: OptionAssign,
    /// The value.
    pub value: Expr,
}

/// How an option is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionAssign {
    /// `=`.
    Set,
    /// `+=`.
    Add,
    /// `-=`.
    Remove,
}

/// `CONNECTION name` or `CONNECTION DEFAULT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The connection; None is DEFAULT.
    pub name: Option<Path>,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of object that ALTER, DROP and GRANT name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// `SCHEMA` (also `DATASET` in BigQuery's words).
    Schema,
    /// `EXTERNAL SCHEMA`.
    ExternalSchema,
    /// `TABLE`.
    Table,
    /// `SNAPSHOT TABLE`.
    SnapshotTable,
    /// `EXTERNAL TABLE`.
    ExternalTable,
    /// `VIEW`.
    View,
    /// `MATERIALIZED VIEW`.
    MaterializedView,
    /// `FUNCTION`.
    Function,
    /// `AGGREGATE FUNCTION`.
    AggregateFunction,
    /// `TABLE FUNCTION`.
    TableFunction,
    /// `PROCEDURE`.
    Procedure,
    /// `INDEX`.
    Index,
    /// `SEARCH INDEX`.
    SearchIndex,
    /// `VECTOR INDEX`.
    VectorIndex,
    /// `MODEL`.
    Model,
    /// `CONNECTION`.
    Connection,
    /// `ROW ACCESS POLICY`.
    RowAccessPolicy,
    /// `ALL ROW ACCESS POLICIES`.
    AllRowAccessPolicies,
    /// `ORGANIZATION`.
    Organization,
    /// `PROJECT`.
    Project,
    /// `BI_CAPACITY`.
    BiCapacity,
    /// `CAPACITY`.
    Capacity,
    /// `RESERVATION`.
    Reservation,
    /// `ASSIGNMENT`.
    Assignment,
}

impl ObjectKind {
    /// Returns the keywords.
    pub fn keywords(self) -> &'static str {
        match self {
            Self::Schema => "SCHEMA",
            Self::ExternalSchema => "EXTERNAL SCHEMA",
            Self::Table => "TABLE",
            Self::SnapshotTable => "SNAPSHOT TABLE",
            Self::ExternalTable => "EXTERNAL TABLE",
            Self::View => "VIEW",
            Self::MaterializedView => "MATERIALIZED VIEW",
            Self::Function => "FUNCTION",
            Self::AggregateFunction => "AGGREGATE FUNCTION",
            Self::TableFunction => "TABLE FUNCTION",
            Self::Procedure => "PROCEDURE",
            Self::Index => "INDEX",
            Self::SearchIndex => "SEARCH INDEX",
            Self::VectorIndex => "VECTOR INDEX",
            Self::Model => "MODEL",
            Self::Connection => "CONNECTION",
            Self::RowAccessPolicy => "ROW ACCESS POLICY",
            Self::AllRowAccessPolicies => "ALL ROW ACCESS POLICIES",
            Self::Organization => "ORGANIZATION",
            Self::Project => "PROJECT",
            Self::BiCapacity => "BI_CAPACITY",
            Self::Capacity => "CAPACITY",
            Self::Reservation => "RESERVATION",
            Self::Assignment => "ASSIGNMENT",
        }
    }
}

/// `DROP kind [IF EXISTS] name ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    /// What kind of object.
    pub object: ObjectKind,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Which one; None for ALL ROW ACCESS POLICIES.
    pub name: Option<Path>,
    /// `ON table`, for policies and indexes.
    pub on: Option<Path>,
    /// `FOR SYSTEM_TIME`-less CASCADE or RESTRICT.
    pub mode: Option<DropMode>,
    /// Where it stands.
    pub span: Span,
}

/// What DROP does with what depends on the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropMode {
    /// Removed too.
    Cascade,
    /// The statement fails.
    Restrict,
}

/// `UNDROP SCHEMA [IF NOT EXISTS] name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Undrop {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The schema.
    pub name: Path,
    /// `FOR SYSTEM_TIME AS OF ...`.
    pub as_of: Option<Expr>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// Where it stands.
    pub span: Span,
}

/// `GRANT privileges ON kind name TO grantees`, and REVOKE ... FROM.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// REVOKE.
    pub revoke: bool,
    /// The privileges or roles; empty for `ALL PRIVILEGES`.
    pub privileges: Vec<Privilege>,
    /// The kind of object, where written.
    pub object: Option<Path>,
    /// The object.
    pub name: Path,
    /// The principals: string literals or parameters.
    pub grantees: Vec<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// A privilege or role, with columns for column-level privileges.
#[derive(Clone, Debug, PartialEq)]
pub struct Privilege {
    /// Its name, e.g. `roles/bigquery.dataViewer` or `SELECT`.
    pub name: Ident,
    /// `(columns)`.
    pub columns: Vec<Path>,
}
