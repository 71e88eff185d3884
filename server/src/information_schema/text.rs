//! Types and statements as text.

use canopy_format::{DataType, Field, Mode, TypeParameters};
use canopy_planner::partition::is_partition_time;
use canopy_txn::{Options, TableState};

use crate::catalog::{CLUSTER_BY, PARTITION_BY};

/// The field's type as GoogleSQL spells it in a column list, parameters included.
pub(super) fn data_type(field: &Field) -> String {
    let value = match (&field.data_type, field.parameters) {
        (DataType::Struct(_), _) => {
            let parts = field.children.iter().map(|part| format!("{} {}", part.name, data_type(part)));
            format!("STRUCT<{}>", parts.collect::<Vec<_>>().join(", "))
        }
        (other, Some(TypeParameters::MaxLength(length))) => format!("{other}({length})"),
        (other, Some(TypeParameters::Decimal { precision, scale })) => {
            format!("{other}({precision}, {scale})")
        }
        (other, None) => other.to_string(),
    };
    match field.mode {
        Mode::Repeated => format!("ARRAY<{value}>"),
        _ => value,
    }
}

/// A statement that would make the table again.
pub(super) fn create_table(table: &TableState) -> String {
    let column = |field: &Field| {
        let not_null = if field.mode == Mode::Required { " NOT NULL" } else { "" };
        let default = field.default_expression.as_ref().map(|text| format!(" DEFAULT {text}"));
        format!("  {} {}{}{not_null}", field.name, data_type(field), default.unwrap_or_default())
    };
    let shown = table.schema.fields.iter().filter(|field| !is_partition_time(field));
    let columns: Vec<String> = shown.map(column).collect();
    let mut text = format!("CREATE TABLE `{}`\n(\n{}\n)", table.path(), columns.join(",\n"));
    for (name, words) in [(PARTITION_BY, "PARTITION BY"), (CLUSTER_BY, "CLUSTER BY")] {
        if let Some(clause) = table.options.get(name) {
            text.push_str(&format!("\n{words} {clause}"));
        }
    }
    let options: Vec<String> = user_options(&table.options)
        .map(|(name, value, data_type)| format!("  {name}={}", literal(value, data_type)))
        .collect();
    if !options.is_empty() {
        text.push_str(&format!("\nOPTIONS(\n{}\n)", options.join(",\n")));
    }
    text.push(';');
    text
}

/// The options that OPTIONS has set, with the type of each.
pub(super) fn user_options(options: &Options) -> impl Iterator<Item = (&str, &str, &'static str)> {
    let is_clause = |name: &str| name == PARTITION_BY || name == CLUSTER_BY || name.starts_with('$');
    options.iter().filter(move |(name, _)| !is_clause(name)).map(|(name, value)| {
        (name.as_str(), value.as_str(), crate::statement::options::type_of(name).unwrap_or("STRING"))
    })
}

/// The option's value as a literal.
pub(super) fn literal(value: &str, data_type: &str) -> String {
    match data_type {
        "STRING" => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")),
        "TIMESTAMP" => format!("TIMESTAMP \"{value}\""),
        _ => value.to_owned(),
    }
}
