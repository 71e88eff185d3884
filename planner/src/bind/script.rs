//! What scripts need beside whole statements: expressions on their own, and types of variables.

use canopy_format::{DataType, Value};

use super::binder::{Binder, Rows, one_row};
use super::context::{BindContext, TypedValue};
use super::error::{BindError, Result};
use super::expression::{self, ExprContext};
use super::scope::{NameList, Scope};
use crate::algebra::{Named, OutputColumn, Query, Relation};
use crate::catalog::Catalog;
use crate::syntax::ast::{self, Span};

/// An expression of a script with its names resolved.
#[derive(Debug)]
pub enum BoundExpression {
    /// It reads nothing: its value.
    Constant(TypedValue),
    /// It reads tables, or gives another value each time: a query of one row and one column.
    Query(Box<Query>),
}

/// Returns the expression of a script, coerced to the type that is wanted if there is one.
///
/// # Errors
/// [`BindError`] with its place in `context.text`: names, types, or a constant that cannot be computed.
pub fn bind_expression(
    expression: &ast::Expr,
    wanted: Option<&DataType>,
    catalog: &dyn Catalog,
    context: &BindContext,
) -> Result<BoundExpression> {
    let bound = Binder::new(catalog, context).script_expression(expression, wanted);
    bound.map_err(|error| positioned(error, &context.text))
}

/// Returns the type that DECLARE or a procedure's parameter spells, its parameters left out; None for ANY TYPE.
///
/// # Errors
/// [`BindError`] with its place in `text` when there is no such type.
pub fn declared_type(declared: &ast::DataType, text: &str) -> Result<Option<DataType>> {
    if let ast::DataTypeKind::Any(what) = &declared.kind
        && what.value.eq_ignore_ascii_case("type")
    {
        return Ok(None);
    }
    expression::data_type(declared).map(Some).map_err(|error| positioned(error, text))
}

fn positioned(mut error: BindError, text: &str) -> BindError {
    error.position = Some(error.span.line_column(text));
    error
}

impl Binder<'_> {
    fn script_expression(
        mut self,
        expression: &ast::Expr,
        wanted: Option<&DataType>,
    ) -> Result<BoundExpression> {
        let scope = Scope::new(NameList::default(), None);
        let bound = self.expr(expression, ExprContext::plain(&scope, "expression of a script"))?;
        let bound = match wanted {
            Some(wanted) => self.assign(bound, wanted, expression.span)?,
            None => bound,
        };
        let data_type = bound.data_type().clone();
        match self.try_fold(&bound) {
            Some(Ok(value)) => return Ok(BoundExpression::Constant(TypedValue { data_type, value })),
            Some(Err(error)) => return Err(BindError::new(error.to_string(), expression.span)),
            None => {}
        }
        let column = self.ids.column("", data_type);
        let named = Named { column: column.clone(), expr: bound };
        let relation = Relation::Project { input: Box::new(one_row()), columns: vec![named] };
        let output = OutputColumn { column, name: String::new(), anonymous: true };
        let rows = Rows { relation, columns: vec![output], value_table: false };
        Ok(BoundExpression::Query(Box::new(self.finish(rows))))
    }

    /// Binds CREATE PROCEDURE. The body's statements are bound when they run: they may name what they make.
    pub(super) fn create_procedure(
        &mut self,
        create: &ast::CreateProcedure,
        span: Span,
    ) -> Result<super::CreateRoutine> {
        if let ast::ProcedureBody::Foreign { language, .. } = &create.body {
            return Err(BindError::unsupported(
                format!("CREATE PROCEDURE with LANGUAGE {}", language.value),
                language.span,
            ));
        }
        if create.modifiers.temporary {
            return Err(BindError::unsupported("CREATE TEMP PROCEDURE", create.name.span));
        }
        if let Some(connection) = &create.connection {
            return Err(BindError::unsupported("WITH CONNECTION", connection.span));
        }
        let mut names: Vec<&str> = Vec::new();
        for parameter in &create.parameters {
            let Some(name) = &parameter.name else {
                return Err(BindError::new("Every parameter needs a name", parameter.span));
            };
            if names.iter().any(|known| known.eq_ignore_ascii_case(&name.value)) {
                return Err(BindError::new(format!("Duplicate argument name {}", name.value), name.span));
            }
            names.push(&name.value);
            match &parameter.kind {
                ast::ParameterType::Value(declared) if matches!(declared.kind, ast::DataTypeKind::Any(_)) => {
                }
                ast::ParameterType::Value(declared) => drop(expression::data_type(declared)?),
                ast::ParameterType::Table(table) => {
                    return Err(BindError::new("Only table functions take tables", table.span));
                }
            }
        }
        Ok(super::CreateRoutine {
            name: super::from::table_path(&create.name),
            kind: crate::catalog::RoutineKind::Procedure,
            temporary: false,
            or_replace: create.modifiers.or_replace,
            if_not_exists: create.modifiers.if_not_exists,
            options: self.options(create.options.as_ref())?,
            statement: span.text(&self.context.text).to_owned(),
        })
    }
}

/// Bytes that a value takes, roughly, for limits on variables.
pub fn value_bytes(value: &Value) -> usize {
    let inside = match value {
        Value::String(text) | Value::Json(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Array(parts) | Value::Struct(parts) => parts.iter().map(value_bytes).sum(),
        _ => 0,
    };
    8 + inside
}
