//! INFORMATION_SCHEMA: views on the catalog itself, their rows made from the snapshot that the statement reads.
//!
//! Column names are BigQuery's; columns of which nothing can be known here are left out.

mod columns;
mod constraints;
mod jobs;
mod routines;
mod storage;
mod tables;
mod text;

use canopy_format::{DataType, Value};
use canopy_planner::catalog::{CatalogError, SystemTable};
use canopy_txn::{DatasetState, Snapshot, TableFiles, TableState};

use crate::jobs::Jobs;
use crate::script::is_temporary;

/// The word that such a view's path has before its name.
const INFORMATION_SCHEMA: &str = "INFORMATION_SCHEMA";
/// The name of the one project that a warehouse is.
const CATALOG: &str = "canopy";

/// What the views are made of.
pub(crate) struct Source<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) jobs: &'a Jobs,
    pub(crate) now_us: i64,
    /// Where to wait for the store.
    pub(crate) runtime: &'a tokio::runtime::Handle,
}

/// Columns with their types, and rows.
type Made = (Vec<(&'static str, DataType)>, Vec<Vec<Value>>);

/// Returns the view of the path: `INFORMATION_SCHEMA.TABLES` of all datasets, `dataset.INFORMATION_SCHEMA.TABLES` of one.
/// None when the path names no such view.
///
/// # Errors
/// For a dataset or a view that is not there, or a store that cannot deliver.
pub(crate) fn view(source: &Source<'_>, path: &[String]) -> Result<Option<SystemTable>, CatalogError> {
    let [qualifiers @ .., schema, name] = path else { return Ok(None) };
    if !schema.eq_ignore_ascii_case(INFORMATION_SCHEMA) {
        return Ok(None);
    }
    let is_region = |qualifier: &String| qualifier.to_ascii_lowercase().starts_with("region-");
    let datasets: Vec<&DatasetState> = match qualifiers.last().filter(|last| !is_region(last)) {
        None => source.snapshot.datasets().filter(|dataset| !is_temporary(&dataset.name)).collect(),
        Some(dataset) => {
            let found = source.snapshot.dataset(dataset);
            vec![found.ok_or_else(|| CatalogError::DatasetNotFound(dataset.clone()))?]
        }
    };
    let name = name.to_ascii_uppercase();
    let (columns, rows) = match name.as_str() {
        "SCHEMATA" => tables::schemata(&datasets),
        "SCHEMATA_OPTIONS" => tables::schemata_options(&datasets),
        "TABLES" => tables::tables(source, &datasets),
        "TABLE_OPTIONS" => tables::table_options(source, &datasets),
        "VIEWS" => tables::views(source, &datasets),
        "COLUMNS" => columns::columns(source, &datasets)?,
        "COLUMN_FIELD_PATHS" => columns::field_paths(source, &datasets),
        "PARTITIONS" => storage::partitions(source, &datasets)?,
        "TABLE_STORAGE" => storage::table_storage(source, &datasets)?,
        "ROUTINES" => routines::routines(source, &datasets),
        "PARAMETERS" => routines::parameters(source, &datasets),
        "TABLE_CONSTRAINTS" => constraints::table_constraints(source, &datasets),
        "KEY_COLUMN_USAGE" => constraints::key_column_usage(source, &datasets),
        "CONSTRAINT_COLUMN_USAGE" => constraints::constraint_column_usage(source, &datasets),
        "JOBS" | "JOBS_BY_PROJECT" | "JOBS_BY_USER" => jobs::jobs(source.jobs),
        _ => return Err(CatalogError::TableNotFound(format!("{INFORMATION_SCHEMA}.{name}"))),
    };
    let columns = columns.into_iter().map(|(name, data_type)| (name.to_owned(), data_type)).collect();
    Ok(Some(SystemTable { columns, rows }))
}

/// The tables of datasets that have not expired.
fn tables_of<'s>(
    source: &'s Source<'_>,
    datasets: &'s [&DatasetState],
) -> impl Iterator<Item = &'s TableState> {
    let tables = datasets.iter().flat_map(|dataset| source.snapshot.tables(&dataset.name));
    tables
        .filter(|table| !crate::statement::options::is_expired(&table.options, source.now_us))
        .map(|table| &**table)
}

/// The files of a table.
fn files_of(source: &Source<'_>, table: &TableState) -> Result<std::sync::Arc<TableFiles>, CatalogError> {
    let loaded = source.runtime.block_on(table.files());
    loaded.map_err(|error| CatalogError::Unavailable(error.to_string()))
}

/// `catalog, schema, name`: how most rows begin.
fn place(dataset: &str, name: &str) -> Vec<Value> {
    vec![Value::from(CATALOG), Value::from(dataset), Value::from(name)]
}

fn yes_no(yes: bool) -> Value {
    Value::from(if yes { "YES" } else { "NO" })
}

/// A text, or NULL.
fn optional(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}

/// Columns of texts.
fn texts<const N: usize>(names: [&'static str; N]) -> Vec<(&'static str, DataType)> {
    names.into_iter().map(|name| (name, DataType::String)).collect()
}
