//! A store that fails on purpose, by seed.
//!
//! Whether a call fails, and how, is drawn from the seed, the operation, the key and how often that operation has been called
//! on that key. So a run replays from its seed even when calls of different keys interleave differently.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::{Clock, Counters, Key, ObjectMeta, ObjectStore, PutOutcome, Result, StorageError};

/// What may happen to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Fails before it had any effect.
    ErrorBefore,
    /// Takes effect, but the answer is lost.
    LostReply,
    /// The answer says that the end is unknown; the write takes effect some calls later, if it still may.
    LatePut,
    /// A read returns fewer bytes than asked for.
    TruncatedRead,
    /// A read returns one wrong bit.
    BitFlip,
    /// Takes longer.
    Delay,
}

/// How likely each fault is in one operation, from 0 to 1. What has no meaning for the operation is ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FaultRates {
    /// Rate of [`Fault::ErrorBefore`].
    pub error_before: f64,
    /// Rate of [`Fault::LostReply`].
    pub lost_reply: f64,
    /// Rate of [`Fault::LatePut`]; writes only.
    pub late_put: f64,
    /// Rate of [`Fault::TruncatedRead`]; gets only.
    pub truncated_read: f64,
    /// Rate of [`Fault::BitFlip`]; gets only.
    pub bit_flip: f64,
    /// Rate of [`Fault::Delay`], drawn apart from the others.
    pub delay: f64,
}

/// What [`FaultStore`] injects.
#[derive(Debug, Clone)]
pub struct FaultOptions {
    /// Fixes all draws.
    pub seed: u64,
    /// Faults of `get`, `get_range` and `get_ranges`.
    pub get: FaultRates,
    /// Faults of `put`.
    pub put: FaultRates,
    /// Faults of `put_if_absent` and `put_if_match`.
    pub conditional_put: FaultRates,
    /// Faults of `head` and `list`.
    pub look: FaultRates,
    /// Faults of `delete`.
    pub delete: FaultRates,
    /// The longest [`Fault::Delay`].
    pub delay_max: Duration,
    /// A late write takes effect at most this many calls later.
    pub late_calls_max: u64,
}

impl FaultOptions {
    /// Returns options that inject nothing yet.
    pub fn new(seed: u64) -> Self {
        let none = FaultRates::default();
        let (get, put, conditional_put, look, delete) = (none, none, none, none, none);
        let delay_max = Duration::from_millis(100);
        Self { seed, get, put, conditional_put, look, delete, delay_max, late_calls_max: 10 }
    }

    /// Returns options that inject every fault that an honest but troubled store shows, in every operation at `rate`;
    /// reads return no wrong bytes.
    pub fn troubled(seed: u64, rate: f64) -> Self {
        let read = FaultRates { error_before: rate, lost_reply: rate, delay: rate, ..FaultRates::default() };
        let write = FaultRates { late_put: rate, ..read };
        Self { get: read, put: write, conditional_put: write, look: read, delete: read, ..Self::new(seed) }
    }
}

/// One injected fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// The operation: get, put, `put_if_absent`, `put_if_match`, head, list, delete.
    pub operation: &'static str,
    /// The key or prefix.
    pub key: String,
    /// What happened.
    pub fault: Fault,
}

/// Wraps a store and injects faults.
#[derive(Debug)]
pub struct FaultStore {
    inner: Arc<dyn ObjectStore>,
    options: FaultOptions,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: u64,
    calls_of: HashMap<(&'static str, String), u64>,
    late: Vec<Late>,
    injected: Vec<Injected>,
}

#[derive(Debug)]
struct Late {
    due_call: u64,
    write: Write,
}

#[derive(Debug, Clone)]
struct Write {
    key: Key,
    bytes: Bytes,
    condition: Condition,
}

#[derive(Debug, Clone)]
enum Condition {
    None,
    Absent,
    Version(String),
}

impl FaultStore {
    /// Returns `inner` with faults; delays pass on `clock`.
    pub fn new(inner: Arc<dyn ObjectStore>, options: FaultOptions, clock: Arc<dyn Clock>) -> Self {
        Self { inner, options, clock, state: Mutex::default() }
    }

    /// Returns what was injected so far.
    pub fn injected(&self) -> Vec<Injected> {
        self.state.lock().injected.clone()
    }

    /// Lets all late writes take effect now.
    pub async fn flush_late(&self) {
        let late = std::mem::take(&mut self.state.lock().late);
        for Late { write, .. } in late {
            self.apply(&write).await;
        }
    }

    /// Counts the call, lets due late writes in, waits if so drawn, and returns the fault drawn and its dice.
    async fn call(&self, operation: &'static str, key: &str, rates: &FaultRates) -> (Option<Fault>, StdRng) {
        let (mut dice, due) = {
            let mut state = self.state.lock();
            state.calls += 1;
            let now = state.calls;
            let nth = state.calls_of.entry((operation, key.to_owned())).or_default();
            *nth += 1;
            let seed = format!("{} {operation} {key} {nth}", self.options.seed);
            let (due, late) =
                std::mem::take(&mut state.late).into_iter().partition(|late| late.due_call <= now);
            state.late = late;
            (StdRng::seed_from_u64(fnv1a(seed.as_bytes())), due)
        };
        let due: Vec<Late> = due;
        for Late { write, .. } in due {
            self.apply(&write).await;
        }
        if dice.random_bool(rates.delay.clamp(0.0, 1.0)) {
            self.note(operation, key, Fault::Delay);
            self.clock.sleep(self.options.delay_max.mul_f64(dice.random())).await;
        }
        let table = [
            (Fault::ErrorBefore, rates.error_before),
            (Fault::LostReply, rates.lost_reply),
            (Fault::LatePut, rates.late_put),
            (Fault::TruncatedRead, rates.truncated_read),
            (Fault::BitFlip, rates.bit_flip),
        ];
        let mut point: f64 = dice.random();
        for (fault, rate) in table {
            if point < rate {
                self.note(operation, key, fault);
                return (Some(fault), dice);
            }
            point -= rate;
        }
        (None, dice)
    }

    fn note(&self, operation: &'static str, key: &str, fault: Fault) {
        tracing::debug!(operation, key, ?fault, "injected");
        self.state.lock().injected.push(Injected { operation, key: key.to_owned(), fault });
    }

    fn error(&self, operation: &'static str, key: &str, fault: Fault) -> StorageError {
        StorageError::Unavailable {
            store: self.uri().to_owned(),
            key: key.to_owned(),
            operation,
            attempts: 1,
            reason: format!("injected {fault:?}"),
        }
    }

    async fn apply(&self, write: &Write) -> PutOutcome {
        let bytes = write.bytes.clone();
        match &write.condition {
            Condition::Absent => self.inner.put_if_absent(&write.key, bytes).await,
            Condition::Version(version) => self.inner.put_if_match(&write.key, bytes, version).await,
            Condition::None => match self.inner.put(&write.key, bytes).await {
                Ok(()) => PutOutcome::Created(String::new()),
                Err(error) => PutOutcome::Unknown(error),
            },
        }
    }

    async fn write(&self, operation: &'static str, rates: FaultRates, write: Write) -> PutOutcome {
        let rates = FaultRates { truncated_read: 0.0, bit_flip: 0.0, ..rates };
        let (fault, mut dice) = self.call(operation, write.key.as_str(), &rates).await;
        let Some(fault) = fault else { return self.apply(&write).await };
        let error = self.error(operation, write.key.as_str(), fault);
        match fault {
            Fault::LostReply => drop(self.apply(&write).await),
            Fault::LatePut => {
                let mut state = self.state.lock();
                let due_call = state.calls + dice.random_range(1..=self.options.late_calls_max.max(1));
                state.late.push(Late { due_call, write });
            }
            _ => {}
        }
        PutOutcome::Unknown(error)
    }

    /// Runs a call that returns no object bytes.
    async fn plain<T>(
        &self,
        operation: &'static str,
        key: &str,
        rates: FaultRates,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let rates = FaultRates { late_put: 0.0, truncated_read: 0.0, bit_flip: 0.0, ..rates };
        match self.call(operation, key, &rates).await.0 {
            None => call.await,
            Some(fault) => {
                if fault == Fault::LostReply {
                    drop(call.await);
                }
                Err(self.error(operation, key, fault))
            }
        }
    }

    async fn read(
        &self,
        key: &Key,
        call: impl Future<Output = Result<Vec<Bytes>>> + Send,
    ) -> Result<Vec<Bytes>> {
        let rates = FaultRates { late_put: 0.0, ..self.options.get };
        let (fault, mut dice) = self.call("get", key.as_str(), &rates).await;
        let Some(fault) = fault else { return call.await };
        if matches!(fault, Fault::ErrorBefore | Fault::LostReply) {
            return Err(self.error("get", key.as_str(), fault));
        }
        let mut all = call.await?;
        let Some(bytes) = all.iter_mut().filter(|bytes| !bytes.is_empty()).last() else { return Ok(all) };
        if fault == Fault::TruncatedRead {
            bytes.truncate(dice.random_range(0..bytes.len()));
        } else {
            let mut flipped = bytes.to_vec();
            let at = dice.random_range(0..flipped.len());
            flipped[at] ^= 1 << dice.random_range(0..8);
            *bytes = flipped.into();
        }
        Ok(all)
    }
}

#[async_trait]
impl ObjectStore for FaultStore {
    fn uri(&self) -> &str {
        self.inner.uri()
    }

    async fn get(&self, key: &Key) -> Result<Bytes> {
        let call = async { Ok(vec![self.inner.get(key).await?]) };
        Ok(self.read(key, call).await?.pop().unwrap_or_default())
    }

    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        let call = async { Ok(vec![self.inner.get_range(key, range).await?]) };
        Ok(self.read(key, call).await?.pop().unwrap_or_default())
    }

    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.read(key, self.inner.get_ranges(key, ranges)).await
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        self.plain("head", key.as_str(), self.options.look, self.inner.head(key)).await
    }

    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        let write = Write { key: key.clone(), bytes, condition: Condition::None };
        match self.write("put", self.options.put, write).await {
            PutOutcome::Unknown(error) => Err(error),
            PutOutcome::Created(_) | PutOutcome::Exists => Ok(()),
        }
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome {
        let write = Write { key: key.clone(), bytes, condition: Condition::Absent };
        self.write("put_if_absent", self.options.conditional_put, write).await
    }

    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome {
        let write = Write { key: key.clone(), bytes, condition: Condition::Version(version.to_owned()) };
        self.write("put_if_match", self.options.conditional_put, write).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        self.plain("list", prefix, self.options.look, self.inner.list(prefix)).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.plain("delete", key.as_str(), self.options.delete, self.inner.delete(key)).await
    }

    fn counters(&self) -> Counters {
        self.inner.counters()
    }
}

/// Returns the 64-bit FNV-1a hash: the same on every machine and in every release, as a seed must be.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests;
