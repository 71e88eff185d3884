//! Time travel: the state at an earlier time or log position.
//!
//! Every record has a time later than the record before, so a time names a position without any clock being right.

use std::sync::Arc;

use super::checkpoint::LoadedCheckpoint;
use super::open::micros;
use super::read::{RecordReader, next_step};
use super::{Log, Shared, Step};
use crate::{AsOf, AsOfReason, Result, Snapshot, TxnError};

impl Log {
    /// Returns the state as of a time, microseconds since the epoch: that of the last record not later than it.
    /// [`Snapshot::seq`] tells which it was.
    ///
    /// A time within the last seconds can be overtaken: a writer whose clock is slow may yet add a record before it.
    ///
    /// # Errors
    /// [`TxnError::AsOf`] when the time lies in the future, before the warehouse, or beyond the retention.
    pub async fn snapshot_as_of(&self, timestamp_us: i64) -> Result<Arc<Snapshot>> {
        let head = self.shared.refresh().await?;
        let now = self.shared.now_us();
        let fail = |reason| Err(TxnError::AsOf { asked: AsOf::Timestamp(timestamp_us), reason });
        let oldest_us = now.saturating_sub(micros(self.shared.options.retention));
        if timestamp_us >= head.timestamp_us {
            return if timestamp_us > now.max(head.timestamp_us) {
                fail(AsOfReason::Future)
            } else {
                Ok(head)
            };
        }
        if timestamp_us < head.created_us {
            return fail(AsOfReason::BeforeCreation { created_us: head.created_us });
        }
        if timestamp_us < oldest_us {
            return fail(AsOfReason::BeyondRetention { oldest_us });
        }
        self.shared.find(Point { asked: AsOf::Timestamp(timestamp_us) }).await
    }

    /// Returns the state at a log position.
    ///
    /// # Errors
    /// [`TxnError::AsOf`] when there is no such position, or its records may be gone.
    pub async fn snapshot_at(&self, seq: u64) -> Result<Arc<Snapshot>> {
        let head = self.shared.refresh().await?;
        let fail = |reason| Err(TxnError::AsOf { asked: AsOf::Seq(seq), reason });
        match seq {
            0 => fail(AsOfReason::BeforeCreation { created_us: head.created_us }),
            seq if seq > head.seq => fail(AsOfReason::Future),
            seq if seq == head.seq => Ok(head),
            _ => self.shared.find(Point { asked: AsOf::Seq(seq) }).await,
        }
    }
}

/// A point in history that lies before the log's end.
#[derive(Debug, Clone, Copy)]
struct Point {
    asked: AsOf,
}

impl Point {
    /// Whether a position with this time is not after the point.
    fn reaches(&self, seq: u64, timestamp_us: i64) -> bool {
        match self.asked {
            AsOf::Timestamp(at) => timestamp_us <= at,
            AsOf::Seq(at) => seq <= at,
        }
    }
}

/// Records that are read at once while replaying.
const WINDOW: u64 = 16;

impl Shared {
    async fn find(&self, point: Point) -> Result<Arc<Snapshot>> {
        if let Some(snapshot) = self.find_in_memory(point) {
            return Ok(snapshot);
        }
        let reader = RecordReader::new(&*self.store);
        let start = self.checkpoint_before(point).await?;
        let first = start.seq;
        let replayed = replay(&reader, start, point).await;
        // After the reads, for the reason that `Shared::refresh` gives.
        let boundary = reader.boundary().await?;
        if first < boundary {
            return Err(TxnError::AsOf { asked: point.asked, reason: AsOfReason::Gone { boundary } });
        }
        replayed
    }

    fn find_in_memory(&self, point: Point) -> Option<Arc<Snapshot>> {
        let head = self.head.lock();
        let reached = |step: &Step| point.reaches(step.snapshot.seq, step.snapshot.timestamp_us);
        let count = head.history.partition_point(reached);
        count.checked_sub(1).map(|index| Arc::clone(&head.history[index].snapshot))
    }

    /// Returns the latest known checkpoint that is not after the point, or the state before the first record.
    async fn checkpoint_before(&self, point: Point) -> Result<Arc<Snapshot>> {
        let latest = self.checkpoint.lock().await.clone();
        if let Some(latest) = latest {
            if point.reaches(latest.reference.seq, latest.reference.timestamp_us) {
                return Ok(Arc::clone(&latest.state));
            }
            let count = latest.earlier.partition_point(|r| point.reaches(r.seq, r.timestamp_us));
            for reference in latest.earlier[..count].iter().rev() {
                match LoadedCheckpoint::read(&self.store, &reference.key).await {
                    Ok(checkpoint) => return Ok(checkpoint.state),
                    Err(TxnError::Storage(error)) if error.is_transient() => return Err(error.into()),
                    Err(error) => tracing::warn!(%error, "passing over a checkpoint"),
                }
            }
        }
        Ok(Arc::new(Snapshot::empty(Arc::clone(&self.store))))
    }
}

async fn replay(reader: &RecordReader<'_>, mut state: Arc<Snapshot>, point: Point) -> Result<Arc<Snapshot>> {
    loop {
        let window = reader.read_window(state.seq + 1, WINDOW).await?;
        if window.is_empty() {
            return Ok(state);
        }
        for found in window {
            if !point.reaches(found.record.seq, found.record.timestamp_us) {
                return Ok(state);
            }
            state = next_step(&state, found)?.snapshot;
        }
    }
}
