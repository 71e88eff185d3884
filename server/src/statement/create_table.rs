//! CREATE TABLE: from columns, from a query, from another table.

use std::sync::Arc;

use canopy_planner::bind::{CreateTable, TableCopy};
use canopy_planner::partition::Partitioning;
use canopy_txn::{Options, TableState, TxnError};

use super::{Outcome, StatementRun, constraint, ddl, insert, options};
use crate::catalog::{CLUSTER_BY, PARTITION_BY};
use crate::error::{ErrorKind, Result, ServerError};
use crate::script::prepare_temporary_dataset;

/// Runs CREATE TABLE; the table and its rows appear in one commit.
pub(super) async fn run(statement: &StatementRun<'_>, create: CreateTable) -> Result<Outcome> {
    let mut transaction = statement.transaction();
    let (dataset, name) = match (create.temporary, create.name.last()) {
        (true, Some(name)) => {
            (prepare_temporary_dataset(&statement.run.session, &mut transaction)?, name.clone())
        }
        _ => ddl::new_table_path(statement, &create.name)?,
    };
    let path = if create.temporary { name.clone() } else { format!("{dataset}.{name}") };
    let existing = statement.snapshot.table(&dataset, &name).cloned();
    if create.if_not_exists && existing.is_some() {
        return Ok(Outcome::message(format!("Table {path} exists already")));
    }
    let source = match &create.source {
        Some(copy) => Some((copy, source_table(statement, copy).await?)),
        None => None,
    };
    let mut wanted = source.as_ref().map(|(copy, table)| copied_options(copy, table)).unwrap_or_default();
    options::set_of_table(&mut wanted, &create.options)?;
    set_layout(&mut wanted, &create)?;
    constraint::add(&mut wanted, &path, &create.constraints)?;

    if let Some(existing) = &existing
        && (create.or_replace || options::is_expired(&existing.options, statement.now_us))
    {
        transaction.drop_table(existing.id)?;
    }
    let schema = Arc::new(create.schema);
    let table =
        transaction.create_table(&dataset, &name, (*schema).clone(), wanted.clone()).map_err(|error| {
            match error {
                TxnError::NotFound { .. } => {
                    ServerError::new(ErrorKind::NotFound, format!("Not found: Dataset {dataset}"))
                }
                error => ddl::worded(error, "Table", &path),
            }
        })?;
    let mut outcome = Outcome::default();
    if let Some((TableCopy { with_rows: true, .. }, source)) = &source {
        transaction.share(table, &*source.files().await?)?;
    }
    if let Some(query) = create.query
        && !statement.run.dry_run
    {
        let (files, statistics) = insert::write_query(statement, query, table, schema, &wanted).await?;
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

/// The table that a new one is made from, at its time.
async fn source_table(statement: &StatementRun<'_>, copy: &TableCopy) -> Result<Arc<TableState>> {
    let snapshot = match copy.as_of_us {
        None => statement.snapshot.clone(),
        Some(time) => statement.run.engine.warehouse().log().snapshot_as_of(time).await?,
    };
    ddl::existing_table_at(statement, &snapshot, &copy.name)
}

/// Options that a table takes over: a copy is a table of its own, which does not expire with its source.
fn copied_options(copy: &TableCopy, source: &TableState) -> Options {
    let mut options = Options::clone(&source.options);
    options.remove(ddl::SNAPSHOT_OPTION);
    options::remove_expiration(&mut options);
    if copy.is_snapshot {
        options.insert(ddl::SNAPSHOT_OPTION.to_owned(), source.path());
    }
    options
}

/// Sets PARTITION BY and CLUSTER BY where they are given.
fn set_layout(options: &mut Options, create: &CreateTable) -> Result<()> {
    for (name, texts) in [(PARTITION_BY, &create.partition_by), (CLUSTER_BY, &create.cluster_by)] {
        if !texts.is_empty() {
            options.insert(name.to_owned(), texts.join(", "));
        }
    }
    check_layout(options, &create.schema)
}

/// Checks that the options fit the columns and each other.
///
/// # Errors
/// For partitions that the columns do not have, or a required filter without partitions.
pub(super) fn check_layout(options: &Options, schema: &canopy_format::Schema) -> Result<()> {
    match options.get(PARTITION_BY) {
        Some(text) => {
            Partitioning::parse(text, schema).map_err(|error| ServerError::invalid(error.message))?;
        }
        None if options.get("require_partition_filter").is_some_and(|text| text == "true") => {
            return Err(ServerError::invalid(
                "require_partition_filter can be set only for a table with PARTITION BY",
            ));
        }
        None => {}
    }
    Ok(())
}
