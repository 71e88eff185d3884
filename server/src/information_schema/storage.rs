//! PARTITIONS and TABLE_STORAGE.

use std::collections::BTreeMap;

use canopy_format::{DataType, Value};
use canopy_planner::catalog::CatalogError;
use canopy_txn::{DatasetState, FileEntry};

use super::{CATALOG, Made, Source, files_of, place, tables_of, texts};
use crate::catalog::PARTITION_BY;
use crate::statement::ddl::SNAPSHOT_OPTION;

/// What some files hold.
#[derive(Default, Clone, Copy)]
struct Sum {
    rows: u64,
    logical_bytes: u64,
}

impl Sum {
    fn add(&mut self, file: &FileEntry) {
        let live = file.live_row_count();
        let raw: u64 = file.statistics.columns.iter().map(|column| column.raw_bytes).sum();
        self.rows += live;
        // Deleted rows are taken to be as large as the others.
        let share = u128::from(raw) * u128::from(live) / u128::from(file.statistics.row_count.max(1));
        self.logical_bytes += share as u64;
    }
}

fn number(value: u64) -> Value {
    Value::Int64(i64::try_from(value).unwrap_or(i64::MAX))
}

pub(super) fn partitions(source: &Source<'_>, datasets: &[&DatasetState]) -> Result<Made, CatalogError> {
    let mut columns = texts(["table_catalog", "table_schema", "table_name", "partition_id"]);
    columns
        .extend(["total_rows", "total_logical_bytes", "total_billable_bytes"].map(|n| (n, DataType::Int64)));
    columns.push(("last_modified_time", DataType::Timestamp));
    columns.push(("storage_tier", DataType::String));
    let mut rows = Vec::new();
    for table in tables_of(source, datasets) {
        let mut sums: BTreeMap<Option<&str>, Sum> = BTreeMap::new();
        let listed = files_of(source, table)?;
        if !table.options.contains_key(PARTITION_BY) {
            sums.insert(None, Sum::default());
        }
        for file in &listed.files {
            sums.entry(file.partition.as_deref()).or_default().add(file);
        }
        for (partition, sum) in sums {
            let mut row = place(&table.dataset, &table.name);
            row.extend([
                partition.map_or(Value::Null, Value::from),
                number(sum.rows),
                number(sum.logical_bytes),
                number(sum.logical_bytes),
                Value::Timestamp(table.modified_us),
                Value::from("ACTIVE"),
            ]);
            rows.push(row);
        }
    }
    Ok((columns, rows))
}

pub(super) fn table_storage(source: &Source<'_>, datasets: &[&DatasetState]) -> Result<Made, CatalogError> {
    let mut columns = texts(["project_id", "table_catalog", "table_schema", "table_name"]);
    columns.push(("creation_time", DataType::Timestamp));
    columns.extend(
        [
            "total_rows",
            "total_partitions",
            "total_logical_bytes",
            "active_logical_bytes",
            "long_term_logical_bytes",
            "total_physical_bytes",
            "active_physical_bytes",
            "long_term_physical_bytes",
        ]
        .map(|name| (name, DataType::Int64)),
    );
    columns.push(("storage_last_modified_time", DataType::Timestamp));
    columns.push(("deleted", DataType::Bool));
    columns.push(("table_type", DataType::String));
    let mut rows = Vec::new();
    for table in tables_of(source, datasets) {
        let listed = files_of(source, table)?;
        let mut sum = Sum::default();
        listed.files.iter().for_each(|file| sum.add(file));
        let mut partitions: Vec<&str> =
            listed.files.iter().filter_map(|file| file.partition.as_deref()).collect();
        partitions.sort_unstable();
        partitions.dedup();
        let is_snapshot = table.options.contains_key(SNAPSHOT_OPTION);
        let mut row = vec![Value::from(CATALOG)];
        row.extend(place(&table.dataset, &table.name));
        row.extend([
            Value::Timestamp(table.created_us),
            number(sum.rows),
            number(partitions.len() as u64),
            number(sum.logical_bytes),
            number(sum.logical_bytes),
            number(0),
            number(table.byte_size()),
            number(table.byte_size()),
            number(0),
            Value::Timestamp(table.modified_us),
            Value::Bool(false),
            Value::from(if is_snapshot { "SNAPSHOT" } else { "BASE TABLE" }),
        ]);
        rows.push(row);
    }
    Ok((columns, rows))
}
