//! CREATE and DROP of schemas (datasets), DROP of tables, and what statements share about tables.

use std::sync::Arc;

use canopy_exec::function::format_value;
use canopy_planner::bind::{CreateSchema, DropSchema, DropTable, StatementOption};
use canopy_txn::{Options, Snapshot, TableState, TxnError};

use super::{Outcome, StatementRun, options};
use crate::catalog::{CLUSTER_BY, PARTITION_BY};
use crate::error::{ErrorKind, Result, ServerError};

/// Dataset and name of a table that should be there: a temporary one, or completed with the default dataset.
pub(super) fn table_path(statement: &StatementRun<'_>, path: &[String]) -> Result<(String, String)> {
    match statement.run.session.temporary_table(&statement.snapshot, path) {
        Some(temporary) => Ok(temporary),
        None => new_table_path(statement, path),
    }
}

/// A table that should be there, as the statement sees it.
///
/// # Errors
/// When there is none.
pub(super) fn existing_table(statement: &StatementRun<'_>, path: &[String]) -> Result<Arc<TableState>> {
    existing_table_at(statement, &statement.snapshot, path)
}

/// A table that should be there, at a snapshot of the caller's.
///
/// # Errors
/// When there is none.
pub(super) fn existing_table_at(
    statement: &StatementRun<'_>,
    snapshot: &Snapshot,
    path: &[String],
) -> Result<Arc<TableState>> {
    let (dataset, name) = table_path(statement, path)?;
    snapshot
        .table(&dataset, &name)
        .cloned()
        .ok_or_else(|| ServerError::new(ErrorKind::NotFound, format!("Not found: Table {dataset}.{name}")))
}

/// A table that should be there, and whose rows may change.
///
/// # Errors
/// When there is none, and for a table snapshot.
pub(super) fn writable_table(statement: &StatementRun<'_>, path: &[String]) -> Result<Arc<TableState>> {
    let table = existing_table(statement, path)?;
    check_writable(&table)?;
    Ok(table)
}

/// Dataset and name of a table to be made, completed with the default dataset.
pub(super) fn new_table_path(statement: &StatementRun<'_>, path: &[String]) -> Result<(String, String)> {
    match path {
        [table] => Ok((statement.run.dataset.clone(), table.clone())),
        [.., dataset, table] => Ok((dataset.clone(), table.clone())),
        [] => Err(ServerError::invalid("a table needs a name")),
    }
}

pub(super) fn dataset_name(path: &[String]) -> Result<String> {
    path.last().cloned().ok_or_else(|| ServerError::invalid("a dataset needs a name"))
}

/// Option of a table that was made by CREATE SNAPSHOT TABLE.
pub(crate) const SNAPSHOT_OPTION: &str = "$snapshot";

/// Checks that the table's rows may change.
///
/// # Errors
/// For a table snapshot.
pub(super) fn check_writable(table: &TableState) -> Result<()> {
    match table.options.contains_key(SNAPSHOT_OPTION) {
        false => Ok(()),
        true => {
            Err(ServerError::invalid(format!("Table {} is a snapshot: its rows do not change", table.path())))
        }
    }
}

/// OPTIONS, PARTITION BY and CLUSTER BY as the log keeps them: text by name.
pub(super) fn stored_options(
    options: &[StatementOption],
    partition_by: &[String],
    cluster_by: &[String],
) -> Options {
    let mut stored: Options = options
        .iter()
        .map(|option| (option.name.clone(), format_value(&option.value.value, &option.value.data_type)))
        .collect();
    for (name, expressions) in [(PARTITION_BY, partition_by), (CLUSTER_BY, cluster_by)] {
        if !expressions.is_empty() {
            stored.insert(name.to_owned(), expressions.join(", "));
        }
    }
    stored
}

/// BigQuery's wording for names that are there already, or are not.
pub(super) fn worded(error: TxnError, kind: &str, name: &str) -> ServerError {
    match error {
        TxnError::AlreadyExists { .. } => {
            ServerError::new(ErrorKind::Duplicate, format!("Already Exists: {kind} {name}"))
        }
        TxnError::NotFound { .. } => {
            ServerError::new(ErrorKind::NotFound, format!("Not found: {kind} {name}"))
        }
        error => error.into(),
    }
}

/// Runs CREATE SCHEMA.
pub(super) async fn create_schema(statement: &StatementRun<'_>, create: CreateSchema) -> Result<Outcome> {
    let name = dataset_name(&create.name)?;
    if create.if_not_exists && statement.snapshot.dataset(&name).is_some() {
        return Ok(Outcome::message(format!("Schema {name} exists already")));
    }
    if create.or_replace {
        return Err(ServerError::new(ErrorKind::Unsupported, "CREATE OR REPLACE SCHEMA is not supported"));
    }
    let mut transaction = statement.transaction();
    let mut stored = Options::new();
    options::set_of_dataset(&mut stored, &create.options)?;
    transaction.create_dataset(&name, stored).map_err(|error| worded(error, "Schema", &name))?;
    statement.commit(transaction).await?;
    Ok(Outcome::message(format!("Created schema {name}")))
}

/// Runs DROP SCHEMA; with CASCADE its tables go with it, in the same commit.
pub(super) async fn drop_schema(statement: &StatementRun<'_>, drop: DropSchema) -> Result<Outcome> {
    let name = dataset_name(&drop.name)?;
    if drop.if_exists && statement.snapshot.dataset(&name).is_none() {
        return Ok(Outcome::message(format!("Schema {name} does not exist")));
    }
    let mut transaction = statement.transaction();
    let tables: Vec<_> = statement.snapshot.tables(&name).map(|table| table.id).collect();
    let definitions: Vec<_> = statement.snapshot.definitions_of(&name).cloned().collect();
    let is_empty = tables.is_empty() && definitions.is_empty();
    if !(drop.cascade || is_empty) {
        let (tables, others) = (tables.len(), definitions.len());
        return Err(ServerError::invalid(format!(
            "Dataset {name} is still in use: it has {tables} table(s) and {others} view(s) or routine(s); drop them \
             first, or add CASCADE"
        )));
    }
    for table in tables {
        transaction.drop_table(table)?;
    }
    for definition in definitions {
        transaction.drop_definition(&name, definition.kind, &definition.name)?;
    }
    transaction.drop_dataset(&name).map_err(|error| worded(error, "Schema", &name))?;
    statement.commit(transaction).await?;
    Ok(Outcome::message(format!("Dropped schema {name}")))
}

/// Follows the columns that PARTITION BY and CLUSTER BY name.
///
/// # Errors
/// When such a column is dropped.
pub(super) fn follow_layout(
    options: &mut Options,
    table: &str,
    renamed: &[(String, String)],
    dropped: &[String],
) -> Result<()> {
    let Some(text) = options.get(CLUSTER_BY).cloned() else {
        return check_unpartitioned(options, table, renamed, dropped);
    };
    let mut columns: Vec<String> = text.split(", ").map(str::to_owned).collect();
    if columns.iter().any(|column| dropped.contains(column)) {
        return Err(ServerError::invalid(format!("Cannot drop a clustering column of table {table}")));
    }
    for (old, new) in renamed {
        columns.iter_mut().filter(|column| *column == old).for_each(|column| *column = new.clone());
    }
    options.insert(CLUSTER_BY.to_owned(), columns.join(", "));
    check_unpartitioned(options, table, renamed, dropped)
}

/// The partition column keeps its name: the clause is kept as it was written.
fn check_unpartitioned(
    options: &Options,
    table: &str,
    renamed: &[(String, String)],
    dropped: &[String],
) -> Result<()> {
    let Some(text) = options.get(PARTITION_BY) else { return Ok(()) };
    let is_named = |column: &String| {
        text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .any(|word| word.eq_ignore_ascii_case(column))
    };
    if dropped.iter().any(is_named) || renamed.iter().any(|(old, _)| is_named(old)) {
        return Err(ServerError::invalid(format!(
            "Cannot drop or rename the partitioning column of table {table}"
        )));
    }
    Ok(())
}

/// Runs DROP TABLE. The files stay for time travel.
pub(super) async fn drop_table(statement: &StatementRun<'_>, drop: DropTable) -> Result<Outcome> {
    let (dataset, name) = table_path(statement, &drop.name)?;
    let found = statement.snapshot.table(&dataset, &name);
    let Some((table, is_snapshot)) =
        found.map(|table| (table.id, table.options.contains_key(SNAPSHOT_OPTION)))
    else {
        if drop.if_exists {
            return Ok(Outcome::message(format!("Table {dataset}.{name} does not exist")));
        }
        return Err(ServerError::new(ErrorKind::NotFound, format!("Not found: Table {dataset}.{name}")));
    };
    if is_snapshot != drop.is_snapshot {
        let word = if is_snapshot { "SNAPSHOT TABLE" } else { "TABLE" };
        return Err(ServerError::invalid(format!("{dataset}.{name} is dropped by DROP {word}")));
    }
    let mut transaction = statement.transaction();
    transaction.drop_table(table)?;
    statement.commit(transaction).await?;
    Ok(Outcome::message(format!("Dropped table {dataset}.{name}")))
}
