//! Names: columns, range variables, struct fields by dotted path, functions that need no parentheses.

use canopy_exec::function;
use canopy_format::{DataType, StructField, Value};

use super::ExprContext;
use crate::algebra::Expr;
use crate::bind::binder::{Binder, referenced_columns};
use crate::bind::error::{BindError, Result};
use crate::bind::object::is_volatile;
use crate::bind::scope::{NameList, NamedColumn, Reference, Row, Scope, Target, lookup_column};
use crate::bind::suggest;
use crate::syntax::ast::{self, Ident, Span};

/// Functions that may be called without parentheses.
const WITHOUT_PARENTHESES: &[&str] =
    &["current_date", "current_datetime", "current_time", "current_timestamp"];

impl Binder<'_> {
    /// Returns what the path means.
    pub(in crate::bind) fn path(&mut self, path: &ast::Path, cx: ExprContext<'_>) -> Result<Expr> {
        if let Some(found) = self.resolve_path(path, cx.scope)? {
            return Ok(found);
        }
        // A column hides a variable of its name.
        if let Some(found) = self.variable(path)? {
            return Ok(found);
        }
        if let Some(name) = path.as_ident().filter(|name| !name.quoted)
            && WITHOUT_PARENTHESES.iter().any(|known| name.value.eq_ignore_ascii_case(known))
        {
            return self.call(&name.value.to_ascii_lowercase(), Vec::new(), path.span);
        }
        Err(unrecognized(path, cx.scope))
    }

    /// Returns what the path means, or None when its first part is no name in sight.
    pub fn resolve_path(&mut self, path: &ast::Path, scope: &Scope<'_>) -> Result<Option<Expr>> {
        let [first, rest @ ..] = path.parts.as_slice() else { return Ok(None) };
        let Some((target, home)) = scope.lookup(&first.value, !rest.is_empty()) else { return Ok(None) };
        let (mut value, rest) = match target {
            Target::Ambiguous => return Err(ambiguous(first)),
            Target::Value(value) => (value, rest),
            Target::Range(range) => match (range.row, rest) {
                (Row::Value(value), rest) => (value, rest),
                (Row::Columns(columns), []) => (self.row_value(columns, path.span)?, rest),
                (Row::Columns(columns), [name, rest @ ..]) => {
                    match home.names.hidden_column(Some(&first.value), &name.value) {
                        Some(Target::Value(hidden)) => (hidden, rest),
                        _ => (column_of_range(&columns, first, name)?, rest),
                    }
                }
            },
        };
        for field in rest {
            value = self.field_of(value, field)?;
        }
        if !matches!(value, Expr::Column(_)) {
            self.charge_copy(&value, path.span)?;
        }
        let mut columns = Vec::new();
        referenced_columns(&value, &mut columns);
        home.note(Reference { text: path.dotted(), span: path.span, columns });
        Ok(Some(value))
    }

    /// Returns `base.field`.
    pub(super) fn field(&mut self, base: &ast::Expr, field: &Ident, cx: ExprContext<'_>) -> Result<Expr> {
        let base = self.expr(base, cx)?;
        self.field_of(base, field)
    }

    /// Returns the field of a STRUCT, or the member of a JSON object.
    pub(in crate::bind) fn field_of(&mut self, base: Expr, field: &Ident) -> Result<Expr> {
        let fields = match base.data_type() {
            DataType::Json => {
                let key = Expr::Literal(Value::from(field.value.as_str()), DataType::String);
                return self.call("$subscript_offset", vec![base, key], field.span);
            }
            DataType::Struct(fields) => fields.clone(),
            other => {
                let message = format!("Cannot access field {} on a value with type {other}", field.value);
                return Err(BindError::new(message, field.span));
            }
        };
        let matches = |candidate: &StructField| {
            !candidate.name.is_empty() && candidate.name.eq_ignore_ascii_case(&field.value)
        };
        let mut found = fields.iter().enumerate().filter(|(_, candidate)| matches(candidate));
        match (found.next(), found.next()) {
            (Some((index, found)), None) => {
                Ok(Expr::Field { input: Box::new(base), index, data_type: found.data_type.clone() })
            }
            (Some(_), Some(_)) => {
                Err(BindError::new(format!("Struct field name {} is ambiguous", field.value), field.span))
            }
            (None, _) => {
                let names = fields.iter().map(|field| field.name.as_str());
                let message = format!("Field name {} does not exist in {}", field.value, base.data_type());
                Err(BindError::new(with_suggestion(message, &field.value, names), field.span))
            }
        }
    }

    /// Returns the STRUCT of a range variable's columns.
    pub fn row_value(&mut self, columns: Vec<NamedColumn>, span: Span) -> Result<Expr> {
        let (names, values): (Vec<String>, Vec<Expr>) =
            columns.into_iter().map(|column| (column.name, column.expr)).unzip();
        self.struct_of(names, values, span)
    }

    /// Returns `WITH(a AS 1, ..., body)`: the names stand for their values.
    pub(super) fn with_expression(
        &mut self,
        bindings: &[ast::Binding],
        body: &ast::Expr,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let Some((first, rest)) = bindings.split_first() else { return self.expr(body, cx) };
        let value = self.expr(&first.value, cx)?;
        // What may be computed again takes the name's places at once: aggregate calls leave the expression.
        let once =
            is_volatile(&value).then(|| self.ids.column(first.name.value.clone(), value.data_type().clone()));
        let expr = once.clone().map_or_else(|| value.clone(), Expr::Column);
        let columns = vec![NamedColumn { name: first.name.value.clone(), expr }];
        let scope = Scope::new(NameList { columns, ranges: Vec::new(), hidden: Vec::new() }, Some(cx.scope));
        let body =
            self.nested(body.span, |binder| binder.with_expression(rest, body, cx.with_scope(&scope)))?;
        match once {
            Some(column) => self.let_in(vec![(column, value)], body, first.value.span),
            None => Ok(body),
        }
    }
}

fn column_of_range(columns: &[NamedColumn], range: &Ident, name: &Ident) -> Result<Expr> {
    match lookup_column(columns, &name.value) {
        Some(Target::Value(value)) => Ok(value),
        Some(_) => Err(ambiguous(name)),
        None => {
            let message = format!("Name {} not found inside {}", name.value, range.value);
            let names = columns.iter().map(|column| column.name.as_str());
            Err(BindError::new(with_suggestion(message, &name.value, names), name.span))
        }
    }
}

pub(in crate::bind) fn ambiguous(name: &Ident) -> BindError {
    BindError::new(format!("Column name {} is ambiguous", name.value), name.span)
}

/// Returns the error for a path whose first part is no name in sight.
pub(in crate::bind) fn unrecognized(path: &ast::Path, scope: &Scope<'_>) -> BindError {
    let first = &path.parts[0].value;
    let mut message = format!("Unrecognized name: {}", path.dotted());
    if let Some(name) = scope.suggestion(first) {
        let rest: Vec<&str> = path.parts[1..].iter().map(|part| part.value.as_str()).collect();
        let name = std::iter::once(name.as_str()).chain(rest).collect::<Vec<_>>().join(".");
        message.push_str(&format!("; Did you mean {name}?"));
    } else if path.parts.len() == 1 && function::find(first).is_some() {
        message.push_str(&format!("; {} is a function and needs parentheses", first.to_uppercase()));
    }
    BindError::new(message, path.span)
}

fn with_suggestion<'n>(message: String, name: &str, names: impl Iterator<Item = &'n str>) -> String {
    match suggest::closest(name, names.filter(|name| !name.is_empty())) {
        Some(found) => format!("{message}; Did you mean {found}?"),
        None => message,
    }
}
