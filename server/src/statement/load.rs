//! LOAD DATA: files into a table, which is made if it is not there; all rows appear in one commit.

use std::sync::Arc;

use canopy_format::{Batch, Schema};
use canopy_planner::bind::LoadData;
use canopy_planner::partition::is_partition_time;
use canopy_proto::query::Statistics;
use canopy_storage::OpenOptions;
use canopy_txn::{NewFile, Options, TableId};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::{Outcome, StatementRun, blocking, create_table, ddl, insert, options};
use crate::error::{ErrorKind, Result, ServerError};
use crate::load::{self, BatchReader, Format, LoadOptions, Source};

/// Batches that a reader may be ahead of the writer.
const BATCHES_AHEAD: usize = 64;

/// Runs LOAD DATA.
pub(super) async fn run(statement: &StatementRun<'_>, load: LoadData) -> Result<Outcome> {
    let (dataset, name) = ddl::table_path(statement, &load.name)?;
    let path = format!("{dataset}.{name}");
    if statement.snapshot.dataset(&dataset).is_none() {
        return Err(ServerError::new(ErrorKind::NotFound, format!("Not found: Dataset {dataset}")));
    }
    let existing = statement.snapshot.table(&dataset, &name).cloned();
    if let Some(table) = &existing {
        ddl::check_writable(table)?;
    }
    let ingestion = existing.as_ref().is_some_and(|table| table.schema.fields.iter().any(is_partition_time));
    let is_ingestion = |text: &String| {
        text.to_ascii_uppercase()
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| word == "_PARTITIONTIME" || word == "_PARTITIONDATE")
    };
    if ingestion || load.partition_by.iter().any(is_ingestion) {
        let message = "LOAD DATA into a table with ingestion-time partitions is not supported";
        return Err(ServerError::new(ErrorKind::Unsupported, message));
    }
    let options = stored_options(&load)?;
    let format = Format::from_name(&load.format)?;
    let given = load.schema.or_else(|| existing.as_ref().map(|table| (*table.schema).clone()));
    let prepared = prepare(load.uris, format, options, given).await?;
    let mut transaction = statement.transaction();
    let (table, schema, options) = match &existing {
        Some(table) => (table.id, table.schema.clone(), Options::clone(&table.options)),
        None => {
            let mut options = ddl::stored_options(&[], &load.partition_by, &load.cluster_by);
            options::set_of_table(&mut options, &load.table_options)?;
            create_table::check_layout(&options, &prepared.schema)?;
            let table =
                transaction.create_table(&dataset, &name, prepared.schema.clone(), options.clone())?;
            (table, Arc::new(prepared.schema.clone()), options)
        }
    };
    if statement.run.dry_run {
        return Ok(Outcome::default());
    }
    let (files, rows) = write(statement, prepared.readers, table, schema, &options).await?;
    match load.overwrite && existing.is_some() {
        true => transaction.overwrite(table, files)?,
        false => transaction.append(table, files)?,
    }
    statement.commit(transaction).await?;
    let made = if existing.is_some() { "" } else { " (new table)" };
    Ok(Outcome {
        statistics: Statistics { rows_modified: rows, ..Default::default() },
        message: format!("Loaded {rows} row(s) into {path}{made}"),
    })
}

fn stored_options(load: &LoadData) -> Result<LoadOptions> {
    let mut options = LoadOptions::default();
    for option in &load.options {
        options.set(&option.name, &option.value.value)?;
    }
    Ok(options)
}

/// Readers over the files, and the columns that they deliver.
struct Prepared {
    schema: Schema,
    readers: Vec<BatchReader>,
}

async fn prepare(
    uris: Vec<String>,
    format: Format,
    options: LoadOptions,
    given: Option<Schema>,
) -> Result<Prepared> {
    let runtime = Handle::current();
    blocking(move || {
        let sources = Source::resolve(&uris, &OpenOptions::default(), &runtime)?;
        let (schema, options) = match given {
            Some(schema) => (schema, options),
            None => {
                let detected = load::detect(&sources, format, &options)?;
                (detected.schema, detected.options)
            }
        };
        let readers = load::open(&sources, format, &options, &schema)?;
        Ok(Prepared { schema, readers })
    })
    .await
}

/// Writes what the readers deliver, in their order; some of them read ahead of the one whose turn it is.
async fn write(
    statement: &StatementRun<'_>,
    readers: Vec<BatchReader>,
    table: TableId,
    schema: Arc<Schema>,
    options: &Options,
) -> Result<(Vec<NewFile>, u64)> {
    let ahead = statement.run.engine.threads();
    let mut writer = insert::start_writer(statement, table, schema, options).await?;
    let mut waiting = readers.into_iter();
    let mut reading = std::collections::VecDeque::new();
    loop {
        while reading.len() <= ahead
            && let Some(reader) = waiting.next()
        {
            reading.push_back(start(reader));
        }
        let Some(mut batches) = reading.pop_front() else { break };
        while let Some(batch) = batches.recv().await {
            writer.write(batch?).await?;
        }
    }
    let rows = writer.row_count();
    let files = writer.finish().await?;
    statement.run.engine.metrics().rows_written.inc_by(rows);
    Ok((files, rows))
}

/// Runs a reader on a thread of its own until its rows or its listener end.
fn start(reader: BatchReader) -> mpsc::Receiver<Result<Batch>> {
    let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
    tokio::task::spawn_blocking(move || {
        for batch in reader {
            if sender.blocking_send(batch).is_err() {
                return;
            }
        }
    });
    receiver
}
