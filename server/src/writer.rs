//! Rows into data files: whole stripes go to a few encoders in turn, each of which fills and uploads files.
//!
//! Nothing is visible until the files are committed; files of a statement that fails stay behind as
//! orphans of its session, which the log knows.

use std::sync::Arc;

use canopy_format::file::{FileWriter, WriteOptions};
use canopy_format::{Batch, Schema};
use canopy_storage::ObjectStore;
use canopy_txn::{NewFile, Session, TableId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::{ErrorKind, Result, ServerError};
use crate::stored::as_stored;

/// Rows handed to an encoder together: a stripe, so that neighbouring rows stay neighbours.
const STRIPE_ROWS: usize = 65_536;
/// Encoded size at which a file is closed.
const FILE_BYTES_TARGET: usize = 64 << 20;
/// Stripes that wait for each encoder.
const STRIPES_IN_FLIGHT: usize = 1;

/// Where a writer's files go.
#[derive(Clone)]
pub struct WriteTarget {
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// Names the files.
    pub session: Arc<Session>,
    /// The table.
    pub table: TableId,
    /// Its columns; batches have one of each, in order.
    pub schema: Arc<Schema>,
    /// Encoders to run at once.
    pub encoders: usize,
}

/// A stripe of rows and its number.
type Stripe = (u64, Vec<Batch>);
/// A finished file and its first stripe's number.
type NumberedFile = (u64, NewFile);

/// Writes batches into files of one table.
pub struct TableWriter {
    pending: Vec<Batch>,
    pending_rows: usize,
    next_stripe: u64,
    row_count: u64,
    encoders: Vec<mpsc::Sender<Stripe>>,
    running: Vec<JoinHandle<Result<Vec<NumberedFile>>>>,
}

impl TableWriter {
    /// Starts the encoders.
    pub fn start(target: WriteTarget) -> Self {
        let (mut encoders, mut running) = (Vec::new(), Vec::new());
        for _ in 0..target.encoders.max(1) {
            let (sender, receiver) = mpsc::channel(STRIPES_IN_FLIGHT);
            let target = target.clone();
            let runtime = tokio::runtime::Handle::current();
            encoders.push(sender);
            running.push(tokio::task::spawn_blocking(move || encode(&target, receiver, &runtime)));
        }
        Self { pending: Vec::new(), pending_rows: 0, next_stripe: 0, row_count: 0, encoders, running }
    }

    /// Rows taken so far.
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// Takes rows.
    ///
    /// # Errors
    /// What an encoder met: a value that does not fit its column, a store that takes no more.
    pub async fn write(&mut self, batch: Batch) -> Result<()> {
        let batch = batch.compact();
        self.row_count += batch.rows() as u64;
        let mut offset = 0;
        while offset < batch.rows() {
            let take = (STRIPE_ROWS - self.pending_rows).min(batch.rows() - offset);
            self.pending.push(batch.clone().slice(offset, take));
            self.pending_rows += take;
            offset += take;
            if self.pending_rows == STRIPE_ROWS {
                self.hand_over().await?;
            }
        }
        Ok(())
    }

    async fn hand_over(&mut self) -> Result<()> {
        let stripe = (self.next_stripe, std::mem::take(&mut self.pending));
        let encoder = (self.next_stripe % self.encoders.len() as u64) as usize;
        self.next_stripe += 1;
        self.pending_rows = 0;
        if self.encoders[encoder].send(stripe).await.is_err() {
            // The encoder has stopped: its result says why.
            return Err(self.join().await.err().unwrap_or_else(|| internal("an encoder stopped early")));
        }
        Ok(())
    }

    /// Closes the files and returns them in the order of their rows.
    ///
    /// # Errors
    /// As [`TableWriter::write`].
    pub async fn finish(mut self) -> Result<Vec<NewFile>> {
        if self.pending_rows > 0 {
            self.hand_over().await?;
        }
        let mut files = self.join().await?;
        files.sort_by_key(|(stripe, _)| *stripe);
        Ok(files.into_iter().map(|(_, file)| file).collect())
    }

    async fn join(&mut self) -> Result<Vec<NumberedFile>> {
        self.encoders.clear();
        let mut files = Vec::new();
        let mut failure = None;
        for encoder in self.running.drain(..) {
            match encoder.await {
                Ok(Ok(written)) => files.extend(written),
                Ok(Err(error)) => drop(failure.get_or_insert(error)),
                Err(panic) => drop(failure.get_or_insert(internal(&panic.to_string()))),
            }
        }
        failure.map_or(Ok(files), Err)
    }
}

fn internal(what: &str) -> ServerError {
    ServerError::new(ErrorKind::Internal, format!("internal error while writing files: {what}"))
}

/// Fills and uploads files until the stripes end. Runs on a thread that may block.
fn encode(
    target: &WriteTarget,
    mut stripes: mpsc::Receiver<Stripe>,
    runtime: &tokio::runtime::Handle,
) -> Result<Vec<NumberedFile>> {
    let mut files = Vec::new();
    let mut current: Option<(u64, FileWriter)> = None;
    while let Some((number, batches)) = stripes.blocking_recv() {
        if current.is_none() {
            let options = WriteOptions { uuid: *uuid::Uuid::new_v4().as_bytes(), ..Default::default() };
            current = Some((number, FileWriter::new((*target.schema).clone(), options)?));
        }
        let Some((_, writer)) = &mut current else { continue };
        for batch in batches {
            writer.write(&as_stored(batch, &target.schema)?)?;
        }
        if writer.encoded_bytes() >= FILE_BYTES_TARGET as u64
            && let Some(full) = current.take()
        {
            files.push(upload(target, full, runtime)?);
        }
    }
    if let Some(last) = current {
        files.push(upload(target, last, runtime)?);
    }
    Ok(files)
}

fn upload(
    target: &WriteTarget,
    (number, writer): (u64, FileWriter),
    runtime: &tokio::runtime::Handle,
) -> Result<NumberedFile> {
    let written = writer.finish()?;
    let key = target.session.data_key(target.table);
    runtime.block_on(target.store.put(&key, written.bytes))?;
    Ok((number, NewFile::new(key, written.statistics)))
}
