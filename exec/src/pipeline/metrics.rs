//! What each operator of the plan did.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use canopy_proto::plan::OperatorProfile;

use crate::memory::OperatorMemory;

/// Counters of one operator of the plan, shared by its workers.
pub(crate) struct Metrics {
    operator_id: u32,
    name: String,
    /// What it holds.
    pub(crate) memory: Arc<OperatorMemory>,
    rows_out: AtomicU64,
    batches_out: AtomicU64,
    cpu_ns: AtomicU64,
    pub(crate) bytes_processed: AtomicU64,
    pub(crate) bytes_fetched: AtomicU64,
    pub(crate) rows_scanned: AtomicU64,
    pub(crate) blocks_skipped: AtomicU64,
    pub(crate) blocks_read: AtomicU64,
    pub(crate) runtime_filter_rows_dropped: AtomicU64,
}

impl Metrics {
    pub(crate) fn new(operator_id: u32, name: &str) -> Arc<Self> {
        let counter = || AtomicU64::new(0);
        Arc::new(Self {
            operator_id,
            name: name.to_owned(),
            memory: OperatorMemory::new(format!("{name} {operator_id}")),
            rows_out: counter(),
            batches_out: counter(),
            cpu_ns: counter(),
            bytes_processed: counter(),
            bytes_fetched: counter(),
            rows_scanned: counter(),
            blocks_skipped: counter(),
            blocks_read: counter(),
            runtime_filter_rows_dropped: counter(),
        })
    }

    /// Runs `work` and counts its time.
    #[inline]
    pub(crate) fn time<T>(&self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.spent(started.elapsed());
        result
    }

    /// Counts time on a worker.
    pub(crate) fn spent(&self, time: Duration) {
        self.cpu_ns.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    /// Counts a batch that goes on.
    #[inline]
    pub(crate) fn batch_out(&self, rows: usize) {
        self.rows_out.fetch_add(rows as u64, Ordering::Relaxed);
        self.batches_out.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters as a message.
    pub(crate) fn profile(&self) -> OperatorProfile {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        OperatorProfile {
            operator_id: self.operator_id,
            name: self.name.clone(),
            rows_out: read(&self.rows_out),
            batches_out: read(&self.batches_out),
            cpu_ns: read(&self.cpu_ns),
            peak_memory_bytes: self.memory.peak(),
            bytes_processed: read(&self.bytes_processed),
            bytes_fetched: read(&self.bytes_fetched),
            rows_scanned: read(&self.rows_scanned),
            blocks_skipped: read(&self.blocks_skipped),
            blocks_read: read(&self.blocks_read),
            runtime_filter_rows_dropped: read(&self.runtime_filter_rows_dropped),
            spilled_bytes: 0,
        }
    }
}
