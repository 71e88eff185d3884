//! OPTIONS lists: names with constant values.

use canopy_format::{DataType, Value};

use super::binder::Binder;
use super::context::TypedValue;
use super::error::{BindError, Result};
use super::expression::ExprContext;
use super::scope::{NameList, Scope};
use super::statement::StatementOption;
use crate::syntax::ast::{self, Span};

impl Binder<'_> {
    /// Returns the options with their values.
    pub(super) fn options(&mut self, options: Option<&ast::Options>) -> Result<Vec<StatementOption>> {
        let entries = options.map_or(&[][..], |options| &options.entries);
        let mut bound: Vec<StatementOption> = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.assign != ast::OptionAssign::Set {
                return Err(BindError::unsupported("Option with += or -=", entry.name.span));
            }
            let name = entry.name.value.to_ascii_lowercase();
            if bound.iter().any(|known| known.name == name) {
                return Err(BindError::new(format!("Duplicate option {name}"), entry.name.span));
            }
            let value = self.constant(&entry.value)?;
            bound.push(StatementOption { name, value });
        }
        Ok(bound)
    }

    /// Returns the value of a constant expression.
    pub(super) fn constant(&mut self, expr: &ast::Expr) -> Result<TypedValue> {
        let scope = Scope::new(NameList::default(), None);
        let value = self.expr(expr, ExprContext::plain(&scope, "constant expression"))?;
        let data_type = value.data_type().clone();
        Ok(TypedValue { value: self.fold(&value, expr.span)?, data_type })
    }
}

/// Takes the option out of the list as a string.
pub(super) fn take_string(
    options: &mut Vec<StatementOption>,
    name: &str,
    span: Span,
) -> Result<Option<String>> {
    let Some(value) = take(options, name) else { return Ok(None) };
    match value.value {
        Value::String(text) => Ok(Some(text.to_string())),
        _ => Err(wrong_type(name, "STRING", &value.data_type, span)),
    }
}

/// Takes the option out of the list as strings.
pub(super) fn take_strings(
    options: &mut Vec<StatementOption>,
    name: &str,
    span: Span,
) -> Result<Option<Vec<String>>> {
    let Some(value) = take(options, name) else { return Ok(None) };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.to_string()),
        _ => None,
    };
    let texts = match &value.value {
        Value::Array(values) => values.iter().map(text).collect(),
        _ => None,
    };
    texts.map(Some).ok_or_else(|| wrong_type(name, "ARRAY<STRING>", &value.data_type, span))
}

fn take(options: &mut Vec<StatementOption>, name: &str) -> Option<TypedValue> {
    let at = options.iter().position(|option| option.name == name)?;
    Some(options.remove(at).value)
}

fn wrong_type(name: &str, wanted: &str, found: &DataType, span: Span) -> BindError {
    BindError::new(format!("Option {name} must be of type {wanted}, but is {found}"), span)
}
