//! What stores count, for metrics.

use std::ops::Add;
use std::sync::atomic::{AtomicU64, Ordering};

/// A snapshot of what a store and the stores it wraps have counted since they were opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Requests to the underlying store, each attempt counted.
    pub requests: u64,
    /// Bytes that those requests read.
    pub bytes_read: u64,
    /// Bytes that those requests wrote.
    pub bytes_written: u64,
    /// Attempts that repeat a failed one.
    pub retries: u64,
    /// Blocks answered from the cache's memory.
    pub memory_hits: u64,
    /// Bytes answered from the cache's memory.
    pub memory_hit_bytes: u64,
    /// Blocks answered from the cache's disk.
    pub disk_hits: u64,
    /// Bytes answered from the cache's disk.
    pub disk_hit_bytes: u64,
    /// Blocks that waited for another caller's request of the same block.
    pub shared_hits: u64,
    /// Blocks that the cache had to ask for.
    pub misses: u64,
    /// Bytes that the cache had to ask for.
    pub miss_bytes: u64,
    /// Blocks on the cache's disk that were damaged and dropped.
    pub disk_corrupt: u64,
    /// Blocks not written to the cache's disk because it could not keep up or failed.
    pub disk_skipped: u64,
    /// Bytes that the cache holds in memory now.
    pub memory_bytes: u64,
    /// Bytes that the cache holds on disk now.
    pub disk_bytes: u64,
}

impl Add for Counters {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            bytes_read: self.bytes_read + other.bytes_read,
            bytes_written: self.bytes_written + other.bytes_written,
            retries: self.retries + other.retries,
            memory_hits: self.memory_hits + other.memory_hits,
            memory_hit_bytes: self.memory_hit_bytes + other.memory_hit_bytes,
            disk_hits: self.disk_hits + other.disk_hits,
            disk_hit_bytes: self.disk_hit_bytes + other.disk_hit_bytes,
            shared_hits: self.shared_hits + other.shared_hits,
            misses: self.misses + other.misses,
            miss_bytes: self.miss_bytes + other.miss_bytes,
            disk_corrupt: self.disk_corrupt + other.disk_corrupt,
            disk_skipped: self.disk_skipped + other.disk_skipped,
            memory_bytes: self.memory_bytes + other.memory_bytes,
            disk_bytes: self.disk_bytes + other.disk_bytes,
        }
    }
}

/// The requests of a store that asks no other.
#[derive(Debug, Default)]
pub(crate) struct RequestCounters {
    requests: AtomicU64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
}

impl RequestCounters {
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, bytes: usize) {
        self.bytes_read.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn wrote(&self, bytes: usize) {
        self.bytes_written.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Counters {
        Counters {
            requests: self.requests.load(Ordering::Relaxed),
            bytes_read: self.bytes_read.load(Ordering::Relaxed),
            bytes_written: self.bytes_written.load(Ordering::Relaxed),
            ..Counters::default()
        }
    }
}
