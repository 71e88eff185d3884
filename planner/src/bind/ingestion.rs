//! Ingestion-time partitions: a hidden column holds when a row came, cut to the partition's length.
//!
//! `_PARTITIONTIME` is stored like any column, so that files have statistics of it; `*` leaves it out.
//! `_PARTITIONDATE` is its date.

use canopy_format::{DataType, Field, Mode, Schema};

use super::binder::Binder;
use super::error::{BindError, Result};
use super::scope::NamedColumn;
use crate::algebra::Expr;
use crate::syntax::ast::{self, Span};

/// The stored column.
pub(crate) const PARTITION_TIME: &str = "_PARTITIONTIME";
/// Its date.
const PARTITION_DATE: &str = "_PARTITIONDATE";
/// How names begin that columns may not have.
const RESERVED: &[&str] =
    &["_PARTITION", "_TABLE_", "_FILE_", "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER"];

/// Whether a stored column stands in no `*`.
pub(crate) fn is_hidden(field: &Field) -> bool {
    field.name.eq_ignore_ascii_case(PARTITION_TIME)
}

/// Checks the name of a column that a user declares.
pub(super) fn check_name(name: &str, span: Span) -> Result<()> {
    let upper = name.to_ascii_uppercase();
    match RESERVED.iter().any(|prefix| upper.starts_with(prefix)) {
        false => Ok(()),
        true => {
            let message = format!("Invalid field name \"{name}\". Names that begin so are reserved");
            Err(BindError::new(message, span))
        }
    }
}

/// Adds the hidden column when PARTITION BY is of the time of ingestion.
pub(super) fn add_partition_time(schema: &mut Schema, partition_by: &[ast::Expr]) {
    let Some(part) = partition_by.first().and_then(granularity) else { return };
    if schema.fields.iter().any(is_hidden) {
        return;
    }
    let mut field = Field::scalar(schema.next_field_id, PARTITION_TIME, DataType::Timestamp, Mode::Nullable);
    field.default_expression = Some(format!("TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), {part})"));
    schema.next_field_id += 1;
    schema.fields.push(field);
}

/// The length of the partitions, when the expression is one of the time of ingestion.
fn granularity(expr: &ast::Expr) -> Option<String> {
    let is_named = |expr: &ast::Expr, names: &[&str]| match &expr.kind {
        ast::ExprKind::Path(path) => path
            .as_ident()
            .is_some_and(|ident| names.iter().any(|name| ident.value.eq_ignore_ascii_case(name))),
        _ => false,
    };
    if is_named(expr, &[PARTITION_DATE]) {
        return Some("DAY".to_owned());
    }
    let ast::ExprKind::Call(call) = &expr.kind else { return None };
    let argument = |at: usize| match call.arguments.get(at).map(|argument| &argument.value) {
        Some(ast::ArgumentValue::Expr(expr)) => Some(expr),
        _ => None,
    };
    if !is_named(argument(0)?, &[PARTITION_TIME, PARTITION_DATE]) {
        return None;
    }
    let part = argument(1).and_then(|part| match &part.kind {
        ast::ExprKind::Path(path) => path.as_ident().map(|part| part.value.to_ascii_uppercase()),
        _ => None,
    });
    Some(
        part.filter(|part| ["HOUR", "DAY", "MONTH", "YEAR"].contains(&part.as_str())).unwrap_or("DAY".into()),
    )
}

impl Binder<'_> {
    /// Returns the names of a hidden column.
    pub(super) fn hidden_columns(&mut self, column: Expr, span: Span) -> Result<Vec<NamedColumn>> {
        let date = self.call("date", vec![column.clone()], span)?;
        Ok(vec![
            NamedColumn { name: PARTITION_TIME.to_owned(), expr: column },
            NamedColumn { name: PARTITION_DATE.to_owned(), expr: date },
        ])
    }
}
