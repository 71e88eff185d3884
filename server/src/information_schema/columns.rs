//! COLUMNS and COLUMN_FIELD_PATHS.

use canopy_format::{DataType, Field, Mode, Value};
use canopy_planner::catalog::CatalogError;
use canopy_planner::partition::is_partition_time;
use canopy_txn::{DatasetState, TableState};

use super::{Made, Source, optional, place, tables_of, text, texts, yes_no};
use crate::catalog::layout;

pub(super) fn columns(source: &Source<'_>, datasets: &[&DatasetState]) -> Result<Made, CatalogError> {
    let mut columns = texts(["table_catalog", "table_schema", "table_name", "column_name"]);
    columns.push(("ordinal_position", DataType::Int64));
    columns.extend(texts(["is_nullable", "data_type", "is_generated", "is_hidden", "is_system_defined"]));
    columns.push(("is_partitioning_column", DataType::String));
    columns.push(("clustering_ordinal_position", DataType::Int64));
    columns.extend(texts(["collation_name", "column_default"]));
    let mut rows = Vec::new();
    for table in tables_of(source, datasets) {
        let layout = layout(&table.options, &table.schema)?;
        for (index, field) in table.schema.fields.iter().enumerate() {
            let partitions = layout.partitioning.as_ref().is_some_and(|by| by.field == field.id);
            let cluster = layout.cluster_by.iter().position(|name| name.eq_ignore_ascii_case(&field.name));
            let mut row = place(&table.dataset, &table.name);
            row.extend([
                Value::from(field.name.as_str()),
                Value::Int64(index as i64 + 1),
                yes_no(field.mode != Mode::Required),
                Value::from(text::data_type(field).as_str()),
                Value::from("NEVER"),
                yes_no(is_partition_time(field)),
                yes_no(is_partition_time(field)),
                yes_no(partitions),
                cluster.map_or(Value::Null, |at| Value::Int64(at as i64 + 1)),
                Value::from("NULL"),
                Value::from(field.default_expression.as_deref().unwrap_or("NULL")),
            ]);
            rows.push(row);
        }
    }
    Ok((columns, rows))
}

pub(super) fn field_paths(source: &Source<'_>, datasets: &[&DatasetState]) -> Made {
    let columns = texts([
        "table_catalog",
        "table_schema",
        "table_name",
        "column_name",
        "field_path",
        "data_type",
        "description",
        "collation_name",
    ]);
    let mut rows = Vec::new();
    for table in tables_of(source, datasets) {
        for field in table.schema.fields.iter().filter(|field| !is_partition_time(field)) {
            add_paths(table, &field.name, &field.name, field, &mut rows);
        }
    }
    (columns, rows)
}

/// Adds the field and, below it, its parts.
fn add_paths(table: &TableState, column: &str, path: &str, field: &Field, rows: &mut Vec<Vec<Value>>) {
    let mut row = place(&table.dataset, &table.name);
    row.extend([
        Value::from(column),
        Value::from(path),
        Value::from(text::data_type(field).as_str()),
        optional(field.description.as_deref()),
        Value::from("NULL"),
    ]);
    rows.push(row);
    for part in &field.children {
        add_paths(table, column, &format!("{path}.{}", part.name), part, rows);
    }
}
