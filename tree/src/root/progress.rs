//! How far a query is, for progress bars: counters that only grow.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one running query.
#[derive(Debug, Default)]
pub struct Progress {
    tasks_done: AtomicU64,
    tasks_total: AtomicU64,
    rows_scanned: AtomicU64,
    bytes_processed: AtomicU64,
}

impl Progress {
    /// Tasks that have finished.
    pub fn tasks_done(&self) -> u64 {
        self.tasks_done.load(Ordering::Relaxed)
    }

    /// Tasks known so far; grows as later fragments start.
    pub fn tasks_total(&self) -> u64 {
        self.tasks_total.load(Ordering::Relaxed)
    }

    /// Rows that scans of finished tasks have read.
    pub fn rows_scanned(&self) -> u64 {
        self.rows_scanned.load(Ordering::Relaxed)
    }

    /// Bytes that scans of finished tasks have processed.
    pub fn bytes_processed(&self) -> u64 {
        self.bytes_processed.load(Ordering::Relaxed)
    }

    pub(super) fn expect_tasks(&self, count: u64) {
        self.tasks_total.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn task_done(&self, count: u64, rows: u64, bytes: u64) {
        self.tasks_done.fetch_add(count, Ordering::Relaxed);
        self.rows_scanned.fetch_add(rows, Ordering::Relaxed);
        self.bytes_processed.fetch_add(bytes, Ordering::Relaxed);
    }
}
