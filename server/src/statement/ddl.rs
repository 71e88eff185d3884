//! CREATE and DROP of schemas (datasets) and tables.

use std::sync::Arc;

use canopy_exec::function::format_value;
use canopy_planner::bind::{CreateSchema, CreateTable, DropSchema, DropTable, StatementOption};
use canopy_txn::{Options, TableState, TxnError};

use super::{Outcome, StatementRun, insert};
use crate::error::{ErrorKind, Result, ServerError};
use crate::script::prepare_temporary_dataset;

/// Dataset and name of a table that should be there: a temporary one, or completed with the default dataset.
pub(super) fn table_path(statement: &StatementRun<'_>, path: &[String]) -> Result<(String, String)> {
    match statement.run.session.temporary_table(&statement.snapshot, path) {
        Some(temporary) => Ok(temporary),
        None => new_table_path(statement, path),
    }
}

/// Dataset and name of a table to be made, completed with the default dataset.
pub(super) fn new_table_path(statement: &StatementRun<'_>, path: &[String]) -> Result<(String, String)> {
    match path {
        [table] => Ok((statement.run.dataset.clone(), table.clone())),
        [.., dataset, table] => Ok((dataset.clone(), table.clone())),
        [] => Err(ServerError::invalid("a table needs a name")),
    }
}

fn dataset_name(path: &[String]) -> Result<String> {
    path.last().cloned().ok_or_else(|| ServerError::invalid("a dataset needs a name"))
}

/// Option of a table that was made by CREATE SNAPSHOT TABLE.
pub(super) const SNAPSHOT_OPTION: &str = "$snapshot";

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
    for (name, expressions) in [("partition_by", partition_by), ("cluster_by", cluster_by)] {
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
    let options = stored_options(&create.options, &[], &[]);
    transaction.create_dataset(&name, options).map_err(|error| worded(error, "Schema", &name))?;
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
    if !drop.cascade && !(tables.is_empty() && definitions.is_empty()) {
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

/// Runs CREATE TABLE, with or without a query; the table and its rows appear in one commit.
pub(super) async fn create_table(statement: &StatementRun<'_>, create: CreateTable) -> Result<Outcome> {
    let mut transaction = statement.transaction();
    let (dataset, name) = match (create.temporary, create.name.last()) {
        (true, Some(name)) => {
            (prepare_temporary_dataset(&statement.run.session, &mut transaction)?, name.clone())
        }
        _ => new_table_path(statement, &create.name)?,
    };
    let path = if create.temporary { name.clone() } else { format!("{dataset}.{name}") };
    let existing = statement.snapshot.table(&dataset, &name).map(|table| table.id);
    if create.if_not_exists && existing.is_some() {
        return Ok(Outcome::message(format!("Table {path} exists already")));
    }
    if let (true, Some(existing)) = (create.or_replace, existing) {
        transaction.drop_table(existing)?;
    }
    let schema = Arc::new(create.schema);
    let options = stored_options(&create.options, &create.partition_by, &create.cluster_by);
    let table =
        transaction.create_table(&dataset, &name, (*schema).clone(), options.clone()).map_err(|error| {
            match error {
                TxnError::NotFound { .. } => {
                    ServerError::new(ErrorKind::NotFound, format!("Not found: Dataset {dataset}"))
                }
                error => worded(error, "Table", &path),
            }
        })?;
    let mut outcome = Outcome::default();
    if let Some(query) = create.query
        && !statement.run.dry_run
    {
        let (files, statistics) = insert::write_query(statement, query, table, schema, &options).await?;
        transaction.append(table, files)?;
        outcome.statistics = statistics;
    }
    statement.commit(transaction).await?;
    let done = if create.or_replace && existing.is_some() { "Replaced" } else { "Created" };
    outcome.message = match outcome.statistics.rows_modified {
        0 => format!("{done} table {path}"),
        rows => format!("{done} table {path} with {rows} row(s)"),
    };
    Ok(outcome)
}

/// Runs DROP TABLE. The files stay for time travel.
pub(super) async fn drop_table(statement: &StatementRun<'_>, drop: DropTable) -> Result<Outcome> {
    let (dataset, name) = table_path(statement, &drop.name)?;
    let Some(table) = statement.snapshot.table(&dataset, &name).map(|table| table.id) else {
        if drop.if_exists {
            return Ok(Outcome::message(format!("Table {dataset}.{name} does not exist")));
        }
        return Err(ServerError::new(ErrorKind::NotFound, format!("Not found: Table {dataset}.{name}")));
    };
    let mut transaction = statement.transaction();
    transaction.drop_table(table)?;
    statement.commit(transaction).await?;
    Ok(Outcome::message(format!("Dropped table {dataset}.{name}")))
}
