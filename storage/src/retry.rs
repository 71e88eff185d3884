//! Bounded retries with jittered exponential backoff.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::{Clock, Counters, Key, ObjectMeta, ObjectStore, PutOutcome, Result, StorageError, coalesce};

/// How often and how long [`RetryStore`] tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included; at least one is made.
    pub attempts_max: u32,
    /// The wait after the first failure; each further wait is twice as long.
    pub backoff_first: Duration,
    /// The longest wait.
    pub backoff_max: Duration,
    /// No attempt starts later than this after the first one started.
    pub total_max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_max: 4,
            backoff_first: Duration::from_millis(100),
            backoff_max: Duration::from_secs(2),
            total_max: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Returns the wait before attempt `attempt + 1`: between half and the whole of the doubled backoff,
    /// so that callers that failed together do not come back together.
    pub fn backoff(&self, attempt: u32, rng: &mut impl Rng) -> Duration {
        let doubled = self.backoff_first.saturating_mul(1 << attempt.saturating_sub(1).min(20));
        doubled.min(self.backoff_max).mul_f64(rng.random_range(0.5..=1.0))
    }
}

/// Repeats what failed in passing, except conditional writes.
///
/// A conditional write that is repeated blindly can be refused by its own first success, so it is tried once and
/// a doubtful end is [`PutOutcome::Unknown`], for the caller to settle by reading back.
#[derive(Debug)]
pub struct RetryStore {
    inner: Arc<dyn ObjectStore>,
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    rng: Mutex<StdRng>,
    retries: AtomicU64,
}

impl RetryStore {
    /// Returns `inner` with retries; `seed` fixes the jitter.
    pub fn new(inner: Arc<dyn ObjectStore>, policy: RetryPolicy, clock: Arc<dyn Clock>, seed: u64) -> Self {
        let rng = Mutex::new(StdRng::seed_from_u64(seed));
        Self { inner, policy, clock, rng, retries: AtomicU64::new(0) }
    }

    async fn retry<T, F: Future<Output = Result<T>>>(&self, attempt: impl Fn() -> F) -> Result<T> {
        let started_us = self.clock.now_us();
        let mut made = 0;
        loop {
            let mut error = match attempt().await {
                Err(error) if error.is_transient() => error,
                done => return done,
            };
            made += 1;
            if let StorageError::Unavailable { attempts, .. } = &mut error {
                *attempts = made;
            }
            let wait = self.policy.backoff(made, &mut *self.rng.lock());
            let spent = Duration::from_micros(u64::try_from(self.clock.now_us() - started_us).unwrap_or(0));
            if made >= self.policy.attempts_max || spent + wait > self.policy.total_max {
                return Err(error);
            }
            tracing::debug!(%error, attempt = made, ?wait, "retrying");
            self.retries.fetch_add(1, Ordering::Relaxed);
            self.clock.sleep(wait).await;
        }
    }
}

#[async_trait]
impl ObjectStore for RetryStore {
    fn uri(&self) -> &str {
        self.inner.uri()
    }

    async fn get(&self, key: &Key) -> Result<Bytes> {
        self.retry(|| self.inner.get(key)).await
    }

    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.retry(|| self.inner.get_range(key, range.clone())).await
    }

    /// Merges neighbours here, so that one failed read out of many is repeated alone.
    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        coalesce::get_ranges(self, key, ranges).await
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        self.retry(|| self.inner.head(key)).await
    }

    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        self.retry(|| self.inner.put(key, bytes.clone())).await
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome {
        self.inner.put_if_absent(key, bytes).await
    }

    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome {
        self.inner.put_if_match(key, bytes, version).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        self.retry(|| self.inner.list(prefix)).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.retry(|| self.inner.delete(key)).await
    }

    fn counters(&self) -> Counters {
        let own = Counters { retries: self.retries.load(Ordering::Relaxed), ..Counters::default() };
        self.inner.counters() + own
    }
}

#[cfg(test)]
mod tests;
