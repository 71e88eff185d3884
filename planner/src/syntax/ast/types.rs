//! Type names as written: in casts, typed constructors, parameters and column definitions.

use super::{Expr, Ident, Options, Path, Reference, Span};

/// A type as written, e.g. `ARRAY<STRUCT<a INT64, b NUMERIC(10, 2)>>`.
#[derive(Clone, Debug, PartialEq)]
pub struct DataType {
    /// Which type.
    pub kind: DataTypeKind,
    /// `(L)` or `(P, S)` after the type.
    pub parameters: Vec<TypeParameter>,
    /// `COLLATE 'und:ci'`.
    pub collate: Option<Box<Expr>>,
    /// Where it stands.
    pub span: Span,
}

/// The shapes of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum DataTypeKind {
    /// A type by name: `INT64`, `STRING`, `INTERVAL`.
    Named(Path),
    /// `ARRAY<T>`.
    Array(Box<DataType>),
    /// `STRUCT<[name] T, ...>`, also the empty `STRUCT<>`.
    Struct(Vec<StructFieldType>),
    /// `RANGE<T>`.
    Range(Box<DataType>),
    /// `ANY TYPE` or another templated type such as `ANY TABLE`: only for parameters of functions.
    Any(Ident),
}

/// One field of a STRUCT type.
#[derive(Clone, Debug, PartialEq)]
pub struct StructFieldType {
    /// Its name; anonymous fields have none.
    pub name: Option<Ident>,
    /// Its type.
    pub data_type: DataType,
    /// Where it stands.
    pub span: Span,
}

/// One parameter of a parameterised type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeParameter {
    /// A literal, e.g. the 10 of `NUMERIC(10)`.
    Literal(Expr),
    /// `MAX`.
    Max(Span),
}

/// A column of a table definition, or a field of a STRUCT column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDef {
    /// Its name; fields of a STRUCT may have none.
    pub name: Option<Ident>,
    /// Its type and attributes.
    pub schema: ColumnSchema,
    /// Where it stands.
    pub span: Span,
}

/// A column's type with the attributes that BigQuery lets stand at every level of nesting.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSchema {
    /// The type.
    pub kind: ColumnSchemaKind,
    /// Parameters of the type.
    pub parameters: Vec<TypeParameter>,
    /// Attributes, in written order.
    pub attributes: Vec<ColumnAttribute>,
    /// Where it stands.
    pub span: Span,
}

/// The shapes of a column's type.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnSchemaKind {
    /// A type by name.
    Named(Path),
    /// `ARRAY<T>`; T may carry attributes.
    Array(Box<ColumnSchema>),
    /// `STRUCT<name T, ...>`; fields may carry attributes.
    Struct(Vec<ColumnDef>),
    /// `RANGE<T>`.
    Range(Box<ColumnSchema>),
    /// No type was written: a generated column, or a view's column.
    Inferred,
}

/// One attribute of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnAttribute {
    /// `NOT NULL`.
    NotNull(Span),
    /// `HIDDEN`.
    Hidden(Span),
    /// `COLLATE expression`.
    Collate(Expr),
    /// `DEFAULT expression`.
    Default(Expr),
    /// `[GENERATED ALWAYS] AS (expression)`.
    Generated(GeneratedColumn),
    /// `[CONSTRAINT name] PRIMARY KEY [[NOT] ENFORCED]`.
    PrimaryKey {
        /// `ENFORCED` or `NOT ENFORCED`, where written.
        enforced: Option<bool>,
        /// Where it stands.
        span: Span,
    },
    /// `[CONSTRAINT name] REFERENCES table (column)`.
    ForeignKey {
        /// The constraint's name.
        name: Option<Ident>,
        /// What is referred to.
        reference: Reference,
    },
    /// `OPTIONS (...)`.
    Options(Options),
}

/// The expression of a generated column.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedColumn {
    /// When the value is made; None for a bare `AS (expression)`.
    pub always: Option<bool>,
    /// `STORED`, `STORED VOLATILE` or virtual.
    pub stored: StoredMode,
    /// The expression; an identity column has its settings instead.
    pub value: GeneratedValue,
    /// Where it stands.
    pub span: Span,
}

/// Whether a generated column is kept on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredMode {
    /// Computed when read.
    Virtual,
    /// `STORED`.
    Stored,
    /// `STORED VOLATILE`.
    StoredVolatile,
}

/// What a generated column is computed from.
#[derive(Clone, Debug, PartialEq)]
pub enum GeneratedValue {
    /// `AS (expression)`.
    Expression(Expr),
    /// `AS IDENTITY (START WITH 1 INCREMENT BY 1 MAXVALUE 9 MINVALUE 1 CYCLE)`.
    Identity(IdentitySequence),
}

/// Settings of an identity column; all optional.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct IdentitySequence {
    /// `START WITH n`.
    pub start: Option<Expr>,
    /// `INCREMENT BY n`.
    pub increment: Option<Expr>,
    /// `MAXVALUE n`.
    pub max: Option<Expr>,
    /// `MINVALUE n`.
    pub min: Option<Expr>,
    /// `CYCLE` or `NO CYCLE`.
    pub cycle: Option<bool>,
}
