//! How a log is opened.

use std::sync::Arc;
use std::time::Duration;

use canopy_storage::{Clock, SystemClock};

/// What [`crate::Log::open`] needs beside the store.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids and jitter come from. Two logs over one store must never have the same.
    pub seed: [u8; 32],
    /// Refuse every write, and the creation of a warehouse too.
    pub read_only: bool,
    /// Write a checkpoint after every so many records; 0 for never.
    pub checkpoint_every: u64,
    /// How far back [`crate::Log::snapshot_as_of`] goes.
    pub retention: Duration,
    /// How long a commit is tried before its outcome is given up as unknown.
    pub commit_timeout: Duration,
    /// The most transactions in one record.
    pub batch_transactions_max: usize,
}

impl LogOptions {
    /// Returns the defaults over a clock and a seed.
    pub fn new(clock: Arc<dyn Clock>, seed: [u8; 32]) -> Self {
        Self {
            clock,
            seed,
            read_only: false,
            checkpoint_every: 100,
            retention: Duration::from_secs(7 * 24 * 3600),
            commit_timeout: Duration::from_secs(30),
            batch_transactions_max: 64,
        }
    }

    /// Returns the defaults over the machine's clock and randomness: for the composition root.
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), rand::random())
    }
}
