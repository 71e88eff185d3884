//! TABLE arguments of table functions.

use canopy_format::Value;

use super::Object;
use super::arguments::{Passed, parameter_name};
use crate::algebra::{Expr, Named, OutputColumn, Relation};
use crate::bind::binder::{Binder, Rows};
use crate::bind::error::{BindError, Result};
use crate::bind::expression::{assignable, data_type};
use crate::bind::from::{FromContext, Source};
use crate::bind::scope::{Row, struct_columns};
use crate::syntax::ast::{self, ArgumentValue, ExprKind, RoutineParameter, Span, TableArgument, TableType};

impl Binder<'_> {
    /// Returns the rows passed for a TABLE parameter.
    pub(super) fn table_argument(
        &mut self,
        object: &Object,
        parameter: &RoutineParameter,
        passed: &Passed<'_>,
        cx: FromContext<'_>,
        span: Span,
    ) -> Result<Rows> {
        let Passed::Argument(argument) = passed else {
            return Err(not_a_table(object, parameter, span));
        };
        match &argument.value {
            ArgumentValue::Table(TableArgument::Name(path)) => {
                let table = ast::TablePath { path: path.clone(), alias: None, offset: None, as_of: None };
                let source = self.named_table(&table)?;
                Ok(rows_of(source))
            }
            ArgumentValue::Table(TableArgument::Call(call)) => {
                self.table_function(call, None, call.name.span, cx).map(rows_of)
            }
            ArgumentValue::Expr(ast::Expr { kind: ExprKind::Subquery(query), .. }) => {
                self.query(query, cx.outer)
            }
            _ => Err(not_a_table(object, parameter, argument.span)),
        }
    }

    /// Returns the rows with just the columns of a TABLE type, found by name and of its types.
    pub(super) fn as_table_type(
        &mut self,
        rows: Rows,
        wanted: &TableType,
        what: &str,
        span: Span,
    ) -> Result<Rows> {
        let mut columns = Vec::with_capacity(wanted.columns.len());
        let mut outputs = Vec::with_capacity(wanted.columns.len());
        for column in &wanted.columns {
            let declared = data_type(&column.data_type)?;
            let name = column.name.as_ref().map(|name| name.value.as_str()).unwrap_or_default();
            let value = match (&column.name, rows.columns.as_slice()) {
                (None, [value]) if wanted.columns.len() == 1 => Expr::Column(value.column.clone()),
                (None, _) => {
                    return Err(BindError::new(format!("{what} must be a value table"), span));
                }
                (Some(_), outputs) => column_named(outputs, rows.value_table, name)
                    .ok_or_else(|| BindError::new(format!("{what} has no column {name}"), span))?,
            };
            if !assignable(&value, &declared) {
                let found = value.data_type();
                let message =
                    format!("Column {name} of {what} has type {found}, which does not coerce to {declared}");
                return Err(BindError::new(message, span));
            }
            let expr = self.coerce(value, &declared, span)?;
            let column = self.ids.column(name, declared);
            columns.push(Named { column: column.clone(), expr });
            outputs.push(OutputColumn { column, name: name.to_owned(), anonymous: name.is_empty() });
        }
        let value_table = matches!(wanted.columns.as_slice(), [column] if column.name.is_none());
        let relation = Relation::Project { input: Box::new(rows.relation), columns };
        Ok(Rows { relation, columns: outputs, value_table })
    }

    /// Returns a table of no rows of a TABLE type: what a table function's body is checked with.
    pub(super) fn empty_table(&mut self, wanted: &TableType) -> Result<Rows> {
        let mut outputs = Vec::with_capacity(wanted.columns.len());
        for column in &wanted.columns {
            let name = column.name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
            let column = self.ids.column(name.clone(), data_type(&column.data_type)?);
            outputs.push(OutputColumn { column, anonymous: name.is_empty(), name });
        }
        let columns = outputs.iter().map(|output| output.column.clone()).collect();
        let value_table = matches!(wanted.columns.as_slice(), [column] if column.name.is_none());
        Ok(Rows {
            relation: Relation::Values { columns, rows: Vec::<Vec<Value>>::new() },
            columns: outputs,
            value_table,
        })
    }
}

fn not_a_table(object: &Object, parameter: &RoutineParameter, span: Span) -> BindError {
    let (name, parameter) = (&object.name, parameter_name(parameter));
    BindError::new(
        format!(
            "Argument {parameter} of table function {name} must be a table: TABLE name, or a query in parentheses"
        ),
        span,
    )
}

fn column_named(outputs: &[OutputColumn], value_table: bool, name: &str) -> Option<Expr> {
    if let ([value], true) = (outputs, value_table)
        && let Some(fields) = struct_columns(&Expr::Column(value.column.clone()))
    {
        return fields
            .into_iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.expr);
    }
    let mut found =
        outputs.iter().filter(|output| !output.anonymous && output.name.eq_ignore_ascii_case(name));
    found.next().map(|output| Expr::Column(output.column.clone()))
}

/// Returns the rows of one table in FROM as a query's rows.
fn rows_of(source: Source) -> Rows {
    let Source { relation, names } = source;
    if let [range] = names.ranges.as_slice()
        && let Row::Value(Expr::Column(column)) = &range.row
    {
        let output = OutputColumn { column: column.clone(), name: String::new(), anonymous: true };
        return Rows { relation, columns: vec![output], value_table: true };
    }
    let columns = names.columns.into_iter().filter_map(|named| match named.expr {
        Expr::Column(column) => {
            Some(OutputColumn { column, anonymous: named.name.is_empty(), name: named.name })
        }
        _ => None,
    });
    let columns = columns.collect();
    Rows { relation, columns, value_table: false }
}

/// The type of a parameter, as the column list of a table; None where it is a scalar or templated one.
pub(super) fn declared_table(parameter: &RoutineParameter) -> Option<&TableType> {
    match &parameter.kind {
        ast::ParameterType::Table(table) => Some(table),
        ast::ParameterType::Value(_) => None,
    }
}

/// True for `TABLE<...>` and `ANY TABLE`.
pub(super) fn takes_table(parameter: &RoutineParameter) -> bool {
    match &parameter.kind {
        ast::ParameterType::Table(_) => true,
        ast::ParameterType::Value(declared) => {
            matches!(&declared.kind, ast::DataTypeKind::Any(what) if what.value.eq_ignore_ascii_case("TABLE"))
        }
    }
}
