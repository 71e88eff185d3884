//! The face of every reader, and the count of bad records that readers of one load share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use canopy_format::Batch;

use crate::error::{Result, ServerError};

/// Reads the rows of a file, or of a part of one, in their order.
pub struct BatchReader {
    name: String,
    rows: Box<dyn Iterator<Item = Result<Batch>> + Send>,
    failed: bool,
}

impl BatchReader {
    pub(super) fn new(
        name: impl Into<String>,
        rows: impl Iterator<Item = Result<Batch>> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), rows: Box::new(rows), failed: false }
    }

    /// The file that is read, for messages and progress.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Iterator for BatchReader {
    type Item = Result<Batch>;

    /// The next batch, of at least one row and at most [`canopy_format::BATCH_ROWS`]; nothing after an error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.rows.next();
        self.failed = matches!(next, Some(Err(_)));
        next
    }
}

impl std::fmt::Debug for BatchReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchReader").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Counts rows left out because they were bad, over all readers of a load.
#[derive(Debug, Clone)]
pub struct BadRecords {
    limit: u64,
    count: Arc<AtomicU64>,
}

impl BadRecords {
    /// Allows this many.
    pub fn new(limit: u64) -> Self {
        Self { limit, count: Arc::default() }
    }

    /// Counts a bad row; its error when there are now too many.
    pub(super) fn add(&self, error: ServerError) -> Result<()> {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        if count <= self.limit {
            tracing::debug!(%error, "bad record left out");
            return Ok(());
        }
        match self.limit {
            0 => Err(error),
            limit => Err(ServerError::new(
                error.kind,
                format!("too many bad records, the limit is {limit}; the last: {error}"),
            )),
        }
    }
}
