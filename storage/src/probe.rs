//! The start-up probe: does the store keep the promises that the log rests on?
//!
//! Servers are known that accept a conditional write and let several racing writers win, so the promise is
//! tried out: many creates of one key at once, several times. A store that fails may only be read
//! ([`crate::ReadOnlyStore`]). A probe can show that a promise is broken, not that it is always kept: it
//! does not see what happens while servers of a cluster are lost.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{join_all, try_join_all};

use crate::{Clock, Key, ObjectStore, PutOutcome, Result, StorageError, SystemClock};

/// How hard [`probe`] tries.
#[derive(Debug, Clone)]
pub struct ProbeOptions {
    /// Writers that race for one key.
    pub racers: usize,
    /// Keys that are raced for, one race each, at the same time.
    pub rounds: usize,
    /// Measures the report's times.
    pub clock: Arc<dyn Clock>,
}

impl Default for ProbeOptions {
    fn default() -> Self {
        Self { racers: 32, rounds: 4, clock: Arc::new(SystemClock) }
    }
}

/// What a probe found in a store that passed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeReport {
    /// Races that were run, each with one winner.
    pub races: usize,
    /// Writes in these races.
    pub writes: usize,
    /// Writes whose end the store left open: answers 409 and timeouts.
    pub unknown: usize,
    /// The whole probe's time.
    pub elapsed: Duration,
}

/// Tries the promises of `store` under a prefix of its own, which it leaves empty.
///
/// # Errors
/// [`StorageError::Unsafe`] when a promise is broken; any other error when the store could not be tried.
pub async fn probe(store: &dyn ObjectStore, options: &ProbeOptions) -> Result<ProbeReport> {
    let started_us = options.clock.now_us();
    let prefix = format!("canopy-probe/{}", uuid::Uuid::new_v4().simple());
    let keys = Keys::new(store, &prefix, options.rounds)?;
    let found = run(store, &keys, options.racers).await;
    // Clean up whatever was found; a store that fails here has been reached before and is reached again.
    let cleaned = try_join_all(keys.all().map(|key| store.delete(key))).await;
    let unknown = found?;
    cleaned?;
    let elapsed = Duration::from_micros(u64::try_from(options.clock.now_us() - started_us).unwrap_or(0));
    Ok(ProbeReport { races: options.rounds, writes: options.racers * options.rounds, unknown, elapsed })
}

#[derive(Debug)]
struct Keys {
    store: String,
    races: Vec<Key>,
    written: Key,
    absent: Key,
}

impl Keys {
    fn new(store: &dyn ObjectStore, prefix: &str, races: usize) -> Result<Self> {
        Ok(Self {
            store: store.uri().to_owned(),
            races: (0..races).map(|race| Key::new(format!("{prefix}/race-{race}"))).collect::<Result<_>>()?,
            written: Key::new(format!("{prefix}/written"))?,
            absent: Key::new(format!("{prefix}/absent"))?,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        self.races.iter().chain([&self.written, &self.absent])
    }

    fn broken(&self, reason: String) -> StorageError {
        StorageError::Unsafe { store: self.store.clone(), reason }
    }
}

async fn run(store: &dyn ObjectStore, keys: &Keys, racers: usize) -> Result<usize> {
    // First, because it fails early and clearly when nothing can be written at all.
    writes_are_read(store, keys).await?;
    versions_are_compared(store, keys).await?;
    let races = try_join_all(keys.races.iter().map(|key| race(store, keys, key, racers))).await?;
    // Read once more at the end: a loser's bytes may have come late.
    for (key, (winner, _)) in keys.races.iter().zip(&races) {
        if store.get(key).await? != winner {
            return Err(keys.broken("the bytes of a decided race changed later".to_owned()));
        }
    }
    Ok(races.iter().map(|(_, unknown)| unknown).sum())
}

async fn writes_are_read(store: &dyn ObjectStore, keys: &Keys) -> Result<()> {
    for text in ["first", "second"] {
        store.put(&keys.written, Bytes::from(text)).await?;
        let read = store.get(&keys.written).await?;
        if read != text {
            return Err(keys.broken(format!("wrote {text:?} and read {:?}", String::from_utf8_lossy(&read))));
        }
    }
    let late = store.put_if_absent(&keys.written, Bytes::from_static(b"third")).await;
    match late {
        PutOutcome::Exists => {}
        PutOutcome::Created(_) => return Err(keys.broken("a create of an existing key succeeded".to_owned())),
        PutOutcome::Unknown(error) => return Err(error),
    }
    if store.get(&keys.written).await? != "second" {
        return Err(keys.broken("a refused create changed the object".to_owned()));
    }
    Ok(())
}

async fn versions_are_compared(store: &dyn ObjectStore, keys: &Keys) -> Result<()> {
    let first = store.head(&keys.written).await?.version;
    match store.put_if_match(&keys.written, Bytes::from_static(b"fourth"), &first).await {
        PutOutcome::Created(version) if version != first => {}
        PutOutcome::Created(_) => return Err(keys.broken("other bytes got the same version".to_owned())),
        PutOutcome::Exists => {
            return Err(keys.broken("a replace of the current version was refused".to_owned()));
        }
        PutOutcome::Unknown(error) => return Err(error),
    }
    for (key, what) in [(&keys.written, "a stale version"), (&keys.absent, "a version of an absent key")] {
        match store.put_if_match(key, Bytes::from_static(b"fifth"), &first).await {
            PutOutcome::Exists => {}
            PutOutcome::Created(_) => return Err(keys.broken(format!("a replace of {what} succeeded"))),
            PutOutcome::Unknown(error) => return Err(error),
        }
    }
    if store.get(&keys.written).await? != "fourth" {
        return Err(keys.broken("a refused replace changed the object".to_owned()));
    }
    Ok(())
}

/// Returns the winner's bytes and how many writes ended unknown.
async fn race(store: &dyn ObjectStore, keys: &Keys, key: &Key, racers: usize) -> Result<(Bytes, usize)> {
    let bodies: Vec<Bytes> = (0..racers).map(|racer| Bytes::from(format!("racer {racer}"))).collect();
    let outcomes = join_all(bodies.iter().map(|body| store.put_if_absent(key, body.clone()))).await;
    let mut created = Vec::new();
    let mut unknown = Vec::new();
    let mut last_error = None;
    for (body, outcome) in bodies.iter().zip(outcomes) {
        match outcome {
            PutOutcome::Created(_) => created.push(body),
            PutOutcome::Exists => {}
            PutOutcome::Unknown(error) => {
                unknown.push(body);
                last_error = Some(error);
            }
        }
    }
    let stored = match (store.get(key).await, last_error) {
        (Ok(stored), _) => stored,
        // Nobody is known to have won, and the store said why.
        (Err(StorageError::NotFound { .. }), Some(error)) if created.is_empty() => return Err(error),
        (Err(StorageError::NotFound { .. }), _) => {
            return Err(keys.broken(format!("a key that {} writers created is not there", created.len())));
        }
        (Err(error), _) => return Err(error),
    };
    let winner_stored = match created.as_slice() {
        [winner] => **winner == stored,
        [] => unknown.contains(&&stored),
        several => {
            let winners = several.len();
            return Err(keys.broken(format!("{winners} of {racers} writers that raced for one key won")));
        }
    };
    if !winner_stored {
        return Err(keys.broken("the stored bytes are not those of the winner of a race".to_owned()));
    }
    Ok((stored, unknown.len()))
}

#[cfg(test)]
mod tests;
