//! Reading records, and following the log to its end.
//!
//! The end is found by asking for the next key until there is none, never by listing: some stores list
//! without order or late.

use std::sync::Arc;

use canopy_storage::ObjectStore;
use futures::future::try_join_all;

use super::{Shared, Step};
use crate::action::Record;
use crate::codec::envelope::Kind;
use crate::codec::record::decode_record;
use crate::codec::{message, open_message};
use crate::{Result, Snapshot, TxnError, key, object};

/// A record as it was read.
#[derive(Debug, Clone)]
pub(crate) struct FoundRecord {
    pub(crate) record: Arc<Record>,
    pub(crate) crc: u32,
}

/// Reads records from a store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordReader<'a> {
    store: &'a dyn ObjectStore,
}

/// Positions beyond the end that are looked at when a log is opened.
const LOOKAHEAD: u64 = 4;

/// The most records that are asked for at once when many are to be read.
const WINDOW_MAX: u64 = 16;

impl<'a> RecordReader<'a> {
    pub(crate) fn new(store: &'a dyn ObjectStore) -> Self {
        Self { store }
    }

    /// Returns the record at a position, or nothing when there is none.
    pub(crate) async fn get(&self, seq: u64) -> Result<Option<FoundRecord>> {
        let key = key::record(seq);
        let Some(bytes) = object::get_optional(self.store, &key).await? else { return Ok(None) };
        let (record, crc) = decode_record(key.as_str(), &bytes)?;
        if record.seq != seq {
            return Err(TxnError::damaged(key, format!("expected log position {seq}, found {}", record.seq)));
        }
        Ok(Some(FoundRecord { record: Arc::new(record), crc }))
    }

    /// Returns the records from `first` on that are there, at most `width` of them.
    pub(crate) async fn read_window(&self, first: u64, width: u64) -> Result<Vec<FoundRecord>> {
        let found = try_join_all((first..first + width).map(|seq| self.get(seq))).await?;
        let mut records: Vec<FoundRecord> = Vec::with_capacity(found.len());
        for (seq, found) in (first..).zip(&found) {
            match found {
                Some(record) if records.len() as u64 == seq - first => records.push(record.clone()),
                Some(_) => {
                    // A gap: the record came between the two reads, or it is lost.
                    let missing = first + records.len() as u64;
                    self.get(missing).await?.ok_or_else(|| lost(missing, seq))?;
                    return Ok(records);
                }
                None => {}
            }
        }
        Ok(records)
    }

    /// Checks that nothing lies beyond the end: a lost record would look like it.
    pub(crate) async fn check_end(&self, end: u64) -> Result<()> {
        let ahead = (end + 2..end + 2 + LOOKAHEAD).map(|seq| self.get(seq));
        let beyond = try_join_all(ahead).await?.into_iter().flatten().next();
        match beyond {
            // It may have come since the end was found; then so did the one before it.
            Some(found) if self.get(end + 1).await?.is_none() => Err(lost(end + 1, found.record.seq)),
            _ => Ok(()),
        }
    }

    /// Returns the records from `first` to `last`, which must all be there.
    pub(crate) async fn read_range(&self, first: u64, last: u64) -> Result<Vec<FoundRecord>> {
        let mut records = Vec::new();
        let mut next = first;
        while next <= last {
            let window = self.read_window(next, WINDOW_MAX.min(last - next + 1)).await?;
            if window.is_empty() {
                return Err(lost(next, last));
            }
            next += window.len() as u64;
            records.extend(window);
        }
        Ok(records)
    }

    /// Returns the highest position that may be gone.
    pub(crate) async fn boundary(&self) -> Result<u64> {
        let key = key::boundary();
        match object::get_optional(self.store, &key).await? {
            Some(bytes) => open_message::<message::Boundary>(Kind::Boundary, key.as_str(), &bytes)
                .map(|(boundary, _)| boundary.seq),
            None => Ok(0),
        }
    }

    /// Follows the log from a state to its end; `each` takes the steps.
    pub(crate) async fn follow(
        &self,
        mut state: Arc<Snapshot>,
        mut each: impl FnMut(Step),
    ) -> Result<Arc<Snapshot>> {
        let mut width = 1;
        loop {
            let window = self.read_window(state.seq + 1, width).await?;
            let done = (window.len() as u64) < width;
            for found in window {
                let step = next_step(&state, found)?;
                state = Arc::clone(&step.snapshot);
                each(step);
            }
            // A window cut short by a gap that closed meanwhile looks like the end; the writer of the
            // missing record finished after this call began, so stopping before it is right.
            if done {
                return Ok(state);
            }
            width = (width * 2).min(WINDOW_MAX);
        }
    }
}

fn lost(seq: u64, later: u64) -> TxnError {
    TxnError::damaged(
        key::record(seq),
        format!("the record is missing, though the log reaches position {later}"),
    )
}

/// Returns the step that a record makes from a state.
///
/// # Errors
/// [`TxnError::Damaged`] when the record does not follow: a fork, a foreign log, or an action that cannot be.
pub(crate) fn next_step(state: &Snapshot, found: FoundRecord) -> Result<Step> {
    let FoundRecord { record, crc } = found;
    let damaged = |reason: String| TxnError::damaged(key::record(record.seq), reason);
    if record.seq != state.seq + 1 {
        return Err(damaged(format!("it cannot follow log position {}", state.seq)));
    }
    if record.previous_crc != state.record_crc {
        let (expected, found) = (state.record_crc, record.previous_crc);
        let before = state.seq;
        return Err(damaged(format!(
            "the log forked: it follows a record {before} with CRC {found:08x}, but that has {expected:08x}"
        )));
    }
    if state.seq > 0 && record.domain != state.domain {
        return Err(damaged(format!(
            "expected a record of log {}, found one of {}",
            state.domain, record.domain
        )));
    }
    if record.timestamp_us <= state.timestamp_us {
        let (now, before) = (record.timestamp_us, state.timestamp_us);
        return Err(damaged(format!("its time {now} is not after {before} of the record before")));
    }
    let mut next = state.clone();
    for transaction in &record.transactions {
        let applied = next.apply(transaction, record.seq, record.timestamp_us);
        applied
            .map_err(|error| damaged(format!("transaction {} cannot be applied: {error}", transaction.id)))?;
    }
    next.advance(&record, crc);
    Ok(Step { record, snapshot: Arc::new(next) })
}

impl Snapshot {
    /// Completes the move to a record's position, once its transactions are applied.
    pub(crate) fn advance(&mut self, record: &Record, crc: u32) {
        if self.seq == 0 {
            self.domain = record.domain;
            self.created_us = record.timestamp_us;
        }
        self.forget(record.timestamp_us);
        self.seq = record.seq;
        self.timestamp_us = record.timestamp_us;
        self.record_crc = crc;
    }
}

impl Shared {
    /// Follows the log to its end and returns the state there.
    pub(crate) async fn refresh(&self) -> Result<Arc<Snapshot>> {
        let start = self.current();
        let reader = RecordReader::new(&*self.store);
        let followed = reader.follow(Arc::clone(&start), |step| drop(self.install(step))).await;
        // The boundary is read after the probes: a key that was probed and lies above it was not deleted before
        // the probe, so "not there" meant the end, and a key that lies below may be a late writer's that nobody must read.
        let boundary = reader.boundary().await?;
        if start.seq < boundary {
            return self.reopen().await;
        }
        self.head.lock().boundary = boundary;
        followed
    }

    /// Starts again from the latest checkpoint, because the records after the current state may be gone.
    async fn reopen(&self) -> Result<Arc<Snapshot>> {
        let opened = super::open::load_state(&self.store).await?;
        let mut head = self.head.lock();
        if head.current.seq < opened.state.seq {
            head.current = Arc::clone(&opened.state);
            head.history = opened.history.into();
        }
        head.boundary = opened.boundary;
        Ok(opened.state)
    }
}
