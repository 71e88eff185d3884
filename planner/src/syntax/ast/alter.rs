//! ALTER statements.

use super::{ColumnDef, ColumnSchema, Expr, Ident, ObjectKind, Options, Path, Span, TableConstraint};

/// `ALTER kind [IF EXISTS] name action, ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct Alter {
    /// What kind of object.
    pub object: ObjectKind,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Which one; None for `ALTER BI_CAPACITY`-like objects that need none.
    pub name: Option<Path>,
    /// `ON table`, for row access policies and indexes.
    pub on: Option<Path>,
    /// What is changed, at least one.
    pub actions: Vec<AlterAction>,
    /// Where it stands.
    pub span: Span,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterAction {
    /// Which change.
    pub kind: AlterActionKind,
    /// Where it stands.
    pub span: Span,
}

/// The changes.
#[derive(Clone, Debug, PartialEq)]
pub enum AlterActionKind {
    /// `SET OPTIONS (...)`.
    SetOptions(Options),
    /// `SET DEFAULT COLLATE x`.
    SetDefaultCollate(Expr),
    /// `ADD COLUMN [IF NOT EXISTS] column`.
    AddColumn {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The column.
        column: ColumnDef,
        /// `PRECEDING c` or `FOLLOWING c`.
        position: Option<ColumnPosition>,
        /// `FILL USING expression`.
        fill: Option<Expr>,
    },
    /// `DROP COLUMN [IF EXISTS] name`.
    DropColumn {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The column.
        name: Ident,
    },
    /// `RENAME COLUMN [IF EXISTS] old TO new`.
    RenameColumn {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The column.
        from: Ident,
        /// Its new name.
        to: Ident,
    },
    /// `RENAME TO name`.
    RenameTo(Path),
    /// `ALTER COLUMN [IF EXISTS] name ...`.
    AlterColumn {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The column.
        name: Path,
        /// The change.
        change: ColumnChange,
    },
    /// `ADD [CONSTRAINT [IF NOT EXISTS] name] PRIMARY KEY | FOREIGN KEY | CHECK ...`.
    AddConstraint {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The constraint.
        constraint: TableConstraint,
    },
    /// `DROP CONSTRAINT [IF EXISTS] name`.
    DropConstraint {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The constraint.
        name: Ident,
    },
    /// `DROP PRIMARY KEY [IF EXISTS]`.
    DropPrimaryKey {
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `ALTER CONSTRAINT [IF EXISTS] name [NOT] ENFORCED`.
    EnforceConstraint {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The constraint.
        name: Ident,
        /// Whether it is enforced.
        enforced: bool,
    },
    /// `ALTER CONSTRAINT [IF EXISTS] name SET OPTIONS (...)`.
    SetConstraintOptions {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The constraint.
        name: Ident,
        /// The options.
        options: Options,
    },
    /// `GRANT TO (...)` of a row access policy.
    GrantTo(Vec<Expr>),
    /// `REVOKE FROM (...)`; None is `REVOKE FROM ALL`.
    RevokeFrom(Option<Vec<Expr>>),
    /// `FILTER USING (...)` of a row access policy.
    FilterUsing(Expr),
    /// `REBUILD` of an index.
    Rebuild,
}

/// Where a new column goes.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnPosition {
    /// `PRECEDING column`.
    Preceding(Ident),
    /// `FOLLOWING column`.
    Following(Ident),
}

/// A change of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnChange {
    /// `SET OPTIONS (...)`.
    SetOptions(Options),
    /// `SET DATA TYPE type`.
    SetDataType(ColumnSchema),
    /// `SET DEFAULT expression`.
    SetDefault(Expr),
    /// `DROP DEFAULT`.
    DropDefault,
    /// `DROP NOT NULL`.
    DropNotNull,
    /// `SET [GENERATED] AS ...`.
    SetGenerated(super::GeneratedColumn),
    /// `DROP GENERATED`.
    DropGenerated,
}
