//! CREATE FUNCTION, TABLE FUNCTION and PROCEDURE.

use super::{Block, Connection, CreateModifiers, DataType, Expr, Ident, Options, Path, Query, Span};

/// `CREATE [AGGREGATE] FUNCTION name(parameters) ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateFunction {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// `AGGREGATE`.
    pub aggregate: bool,
    /// The name.
    pub name: Path,
    /// The parameters.
    pub parameters: Vec<RoutineParameter>,
    /// `RETURNS type`.
    pub returns: Option<DataType>,
    /// `SQL SECURITY ...`, the word in capitals.
    pub sql_security: Option<String>,
    /// `DETERMINISTIC`, `NOT DETERMINISTIC`, `IMMUTABLE`, `STABLE`, `VOLATILE`, in capitals.
    pub determinism: Option<String>,
    /// `LANGUAGE name`.
    pub language: Option<Ident>,
    /// `REMOTE`.
    pub remote: bool,
    /// `WITH CONNECTION`.
    pub connection: Option<Connection>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// What it computes.
    pub body: Option<FunctionBody>,
    /// Where it stands.
    pub span: Span,
}

/// What a function computes.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionBody {
    /// `AS (expression)`.
    Sql(Box<Expr>),
    /// `AS 'code'`.
    Code(String, Span),
}

/// A parameter of a function or procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutineParameter {
    /// `IN`, `OUT`, `INOUT`: only for procedures.
    pub mode: Option<ParameterMode>,
    /// Its name.
    pub name: Option<Ident>,
    /// Its type.
    pub kind: ParameterType,
    /// `AS alias` after the type.
    pub alias: Option<Ident>,
    /// `DEFAULT expression`.
    pub default: Option<Expr>,
    /// `NOT AGGREGATE`: only for aggregate functions.
    pub not_aggregate: bool,
    /// Where it stands.
    pub span: Span,
}

/// Which way a procedure's parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterMode {
    /// `IN`.
    In,
    /// `OUT`.
    Out,
    /// `INOUT`.
    InOut,
}

/// A parameter's type.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterType {
    /// A value; [`super::DataTypeKind::Any`] for `ANY TYPE`.
    Value(DataType),
    /// `TABLE<name type, ...>`.
    Table(TableType),
}

/// `TABLE<name type, ...>`; of a value table the only column has no name.
#[derive(Clone, Debug, PartialEq)]
pub struct TableType {
    /// The columns.
    pub columns: Vec<TableTypeColumn>,
    /// Where it stands.
    pub span: Span,
}

/// One column of a TABLE type.
#[derive(Clone, Debug, PartialEq)]
pub struct TableTypeColumn {
    /// Its name.
    pub name: Option<Ident>,
    /// Its type.
    pub data_type: DataType,
}

/// `CREATE TABLE FUNCTION name(parameters) [RETURNS TABLE<...>] AS query`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTableFunction {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// The name.
    pub name: Path,
    /// The parameters.
    pub parameters: Vec<RoutineParameter>,
    /// `RETURNS TABLE<...>`.
    pub returns: Option<TableType>,
    /// `SQL SECURITY ...`, the word in capitals.
    pub sql_security: Option<String>,
    /// `LANGUAGE name`.
    pub language: Option<Ident>,
    /// `WITH CONNECTION`.
    pub connection: Option<Connection>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// Its rows.
    pub body: Option<TableFunctionBody>,
    /// Where it stands.
    pub span: Span,
}

/// What a table function returns.
#[derive(Clone, Debug, PartialEq)]
pub enum TableFunctionBody {
    /// `AS query`.
    Query(Box<Query>),
    /// `AS 'code'`.
    Code(String, Span),
}

/// `CREATE PROCEDURE name(parameters) ... BEGIN ... END`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateProcedure {
    /// Modifiers.
    pub modifiers: CreateModifiers,
    /// The name.
    pub name: Path,
    /// The parameters.
    pub parameters: Vec<RoutineParameter>,
    /// `EXTERNAL SECURITY ...`, the word in capitals.
    pub external_security: Option<String>,
    /// `WITH CONNECTION`.
    pub connection: Option<Connection>,
    /// `OPTIONS (...)`.
    pub options: Option<Options>,
    /// What it does.
    pub body: ProcedureBody,
    /// Where it stands.
    pub span: Span,
}

/// What a procedure does.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcedureBody {
    /// `BEGIN ... END`.
    Block(Block),
    /// `LANGUAGE name [AS 'code']`.
    Foreign {
        /// The language.
        language: Ident,
        /// The code.
        code: Option<(String, Span)>,
    },
}
