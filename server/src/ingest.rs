//! Rows from this process into a new table, without SQL: what a program that makes its data uses.

use canopy_format::{Batch, Schema};
use canopy_txn::{Options, Transaction, TxnError};
use tokio::sync::mpsc;

use crate::engine::Engine;
use crate::error::{ErrorKind, Result, ServerError};
use crate::writer::{TableWriter, WriteTarget};

/// Batches that wait for the encoders.
const BATCHES_IN_FLIGHT: usize = 64;

/// What became of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingested {
    /// Rows.
    pub rows: u64,
    /// Data files.
    pub files: u64,
    /// Bytes of the values before encoding.
    pub raw_bytes: u64,
    /// Bytes of the files.
    pub file_bytes: u64,
    /// The first file's key in the store.
    pub first_file: Option<String>,
}

impl Engine {
    /// Creates a table that holds the rows of the batches, which have the schema's columns in order; the
    /// table and its rows appear in one commit. The iterator runs on a thread of its own.
    ///
    /// # Errors
    /// When the dataset is not there or the table is, a value does not fit, or the store fails.
    pub async fn create_table_from(
        &self,
        dataset: &str,
        name: &str,
        schema: Schema,
        batches: impl Iterator<Item = Batch> + Send + 'static,
    ) -> Result<Ingested> {
        let warehouse = self.warehouse();
        let mut transaction = Transaction::begin_at(warehouse.log(), warehouse.snapshot().await?);
        let table =
            transaction.create_table(dataset, name, schema.clone(), Options::default()).map_err(|error| {
                match error {
                    TxnError::AlreadyExists { .. } => ServerError::new(
                        ErrorKind::Duplicate,
                        format!("Already Exists: Table {dataset}.{name}"),
                    ),
                    error => error.into(),
                }
            })?;
        let mut writer = TableWriter::start(WriteTarget {
            store: warehouse.store().clone(),
            session: warehouse.log().session().await?,
            table,
            schema: schema.into(),
            layout: Default::default(),
            encoders: self.threads(),
        });
        let (sender, mut receiver) = mpsc::channel(BATCHES_IN_FLIGHT);
        // The send fails once the writer has given up: then nobody needs further rows.
        let maker = tokio::task::spawn_blocking(move || {
            for batch in batches {
                if sender.blocking_send(batch).is_err() {
                    break;
                }
            }
        });
        while let Some(batch) = receiver.recv().await {
            writer.write(batch).await?;
        }
        maker.await.map_err(|panic| {
            ServerError::new(ErrorKind::Internal, format!("internal error while making rows: {panic}"))
        })?;
        let rows = writer.row_count();
        let files = writer.finish().await?;
        let first_file = files.first().map(|file| file.key.to_string());
        let mut done = Ingested { rows, files: files.len() as u64, first_file, ..Ingested::default() };
        for file in &files {
            done.file_bytes += file.statistics.byte_size;
            done.raw_bytes += file.statistics.columns.iter().map(|column| column.raw_bytes).sum::<u64>();
        }
        transaction.append(table, files)?;
        transaction.commit().await?;
        self.metrics().rows_written.inc_by(rows);
        Ok(done)
    }
}
