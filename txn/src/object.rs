//! Writing objects whose names are never reused, and waiting between attempts.

use std::time::Duration;

use bytes::Bytes;
use canopy_storage::{Clock, Key, ObjectStore, PutOutcome, StorageError};
use rand::Rng;

use crate::{Result, TxnError};

/// Waits between attempts: twice as long each time, half of it by chance, so that writers who met once part.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { next: FIRST_WAIT }
    }

    /// Returns how long to wait now.
    pub(crate) fn step(&mut self, rng: &mut impl Rng) -> Duration {
        let wait = self.next.mul_f64(rng.random_range(0.5..1.0));
        self.next = (self.next * 2).min(LONGEST_WAIT);
        wait
    }
}

const ATTEMPTS_MAX: u32 = 5;

/// Writes an object under a name that only this writer knows, so that finding it there means an own success.
pub(crate) async fn put_new(
    store: &dyn ObjectStore,
    clock: &dyn Clock,
    key: &Key,
    bytes: &Bytes,
) -> Result<()> {
    let mut wait = FIRST_WAIT;
    let mut failure = None;
    for _ in 0..ATTEMPTS_MAX {
        let unknown = match store.put_if_absent(key, bytes.clone()).await {
            PutOutcome::Created(_) => return Ok(()),
            PutOutcome::Exists => None,
            PutOutcome::Unknown(error) => Some(error),
        };
        match store.get(key).await {
            Ok(found) if found == *bytes => return Ok(()),
            // Damaged on the way, as far as one reading can tell.
            Ok(_) => failure = None,
            Err(StorageError::NotFound { .. }) => failure = unknown.or(failure),
            Err(error) => failure = Some(error),
        }
        if failure.as_ref().is_some_and(|error| !error.is_transient()) {
            break;
        }
        clock.sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    Err(failure.map_or_else(
        || TxnError::damaged(key, "an object of this name exists with other bytes"),
        TxnError::from,
    ))
}

/// Returns an object, or nothing when there is none.
pub(crate) async fn get_optional(store: &dyn ObjectStore, key: &Key) -> Result<Option<Bytes>> {
    match store.get(key).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(StorageError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
