//! TABLE_CONSTRAINTS, KEY_COLUMN_USAGE and CONSTRAINT_COLUMN_USAGE.

use canopy_format::{DataType, Value};
use canopy_txn::{DatasetState, TableState};

use super::{CATALOG, Made, Source, place, tables_of, texts, yes_no};
use crate::statement::constraint::{foreign_keys, primary_key};

fn primary_name(table: &TableState) -> String {
    format!("{}.pk$", table.name)
}

/// `catalog, schema, name` of a constraint, which stands in its table's dataset.
fn constraint_place(table: &TableState, name: &str) -> Vec<Value> {
    vec![Value::from(CATALOG), Value::from(&*table.dataset), Value::from(name)]
}

pub(super) fn table_constraints(source: &Source<'_>, datasets: &[&DatasetState]) -> Made {
    let columns = texts([
        "constraint_catalog",
        "constraint_schema",
        "constraint_name",
        "table_catalog",
        "table_schema",
        "table_name",
        "constraint_type",
        "is_deferrable",
        "initially_deferred",
        "enforced",
    ]);
    let mut rows = Vec::new();
    for table in tables_of(source, datasets) {
        let mut add = |name: &str, kind: &str| {
            let mut row = constraint_place(table, name);
            row.extend(place(&table.dataset, &table.name));
            row.extend([Value::from(kind), yes_no(false), yes_no(false), yes_no(false)]);
            rows.push(row);
        };
        if !primary_key(&table.options).is_empty() {
            add(&primary_name(table), "PRIMARY KEY");
        }
        foreign_keys(&table.options).iter().for_each(|key| add(&key.name, "FOREIGN KEY"));
    }
    (columns, rows)
}

pub(super) fn key_column_usage(source: &Source<'_>, datasets: &[&DatasetState]) -> Made {
    let mut columns = texts([
        "constraint_catalog",
        "constraint_schema",
        "constraint_name",
        "table_catalog",
        "table_schema",
        "table_name",
        "column_name",
    ]);
    columns.push(("ordinal_position", DataType::Int64));
    columns.push(("position_in_unique_constraint", DataType::Int64));
    let mut rows = Vec::new();
    for table in tables_of(source, datasets) {
        let mut add = |name: &str, columns: &[String], is_foreign: bool| {
            for (index, column) in columns.iter().enumerate() {
                let position = Value::Int64(index as i64 + 1);
                let mut row = constraint_place(table, name);
                row.extend(place(&table.dataset, &table.name));
                let in_unique = if is_foreign { position.clone() } else { Value::Null };
                row.extend([Value::from(column.as_str()), position, in_unique]);
                rows.push(row);
            }
        };
        add(&primary_name(table), &primary_key(&table.options), false);
        foreign_keys(&table.options).iter().for_each(|key| add(&key.name, &key.columns, true));
    }
    (columns, rows)
}

pub(super) fn constraint_column_usage(source: &Source<'_>, datasets: &[&DatasetState]) -> Made {
    let columns = texts([
        "table_catalog",
        "table_schema",
        "table_name",
        "column_name",
        "constraint_catalog",
        "constraint_schema",
        "constraint_name",
    ]);
    let mut rows = Vec::new();
    for table in tables_of(source, datasets) {
        let mut add = |dataset: &str, name: &str, columns: &[String], constraint: &str| {
            for column in columns {
                let mut row = place(dataset, name);
                row.push(Value::from(column.as_str()));
                row.extend(constraint_place(table, constraint));
                rows.push(row);
            }
        };
        add(&table.dataset, &table.name, &primary_key(&table.options), &primary_name(table));
        for key in foreign_keys(&table.options) {
            // The referenced columns; a table without a dataset is of our own.
            let (dataset, name) = match key.table.as_slice() {
                [.., dataset, name] => (dataset.as_str(), name.as_str()),
                [name] => (&*table.dataset, name.as_str()),
                [] => continue,
            };
            add(dataset, name, &key.referenced, &key.name);
        }
    }
    (columns, rows)
}
