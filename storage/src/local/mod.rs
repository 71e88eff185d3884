//! A store in a directory of a local disk, one file per object.
//!
//! Every write goes to a temporary file first and is synced, then becomes visible in one step: by
//! `rename` when it may replace, by `link` when it must not. `link` fails when the name is taken,
//! so of many processes that create one key exactly one succeeds. At last the directory is synced, so
//! that the name survives a power loss too. The directory `.canopy-store` under the root holds
//! temporary and lock files; keys cannot reach it, nor anything outside the root, because
//! [`Key`] admits no `..` part.
//!
//! Network file systems are not meant: their `link` may answer with an error after success.
//! The start-up probe catches those that break the promise outright.

mod files;

use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::counters::RequestCounters;
use crate::object::{check_prefix, check_range};
use crate::{Counters, Key, ObjectMeta, ObjectStore, PutOutcome, Result, StorageError};
use files::{Files, RESERVED};

/// Objects as files under one directory.
#[derive(Debug, Clone)]
pub struct LocalStore {
    files: Arc<Files>,
    counters: Arc<RequestCounters>,
}

impl LocalStore {
    /// Returns the store under `root`, which is created with the first write.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when `root` exists and is not a directory.
    pub fn new(root: impl Into<PathBuf>) -> Result<Self> {
        Self::with_sync(root, true)
    }

    /// Like [`LocalStore::new`]; `sync == false` skips every `fsync`, for data that may be lost with
    /// the machine's power: tests and demonstrations.
    ///
    /// # Errors
    /// As [`LocalStore::new`].
    pub fn with_sync(root: impl Into<PathBuf>, sync: bool) -> Result<Self> {
        let root = root.into();
        let root = std::path::absolute(&root).map_err(|error| StorageError::Invalid {
            reason: format!("invalid directory {}: {error}", root.display()),
        })?;
        if fs::metadata(&root).is_ok_and(|meta| !meta.is_dir()) {
            return Err(StorageError::Invalid { reason: format!("{} is not a directory", root.display()) });
        }
        Ok(Self { files: Arc::new(Files::new(root, sync)), counters: Arc::default() })
    }

    /// Runs a blocking step on tokio's threads for such work.
    async fn blocking<T: Send + 'static>(
        &self,
        operation: &'static str,
        key: &str,
        step: impl FnOnce(&Files) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.counters.request();
        let files = Arc::clone(&self.files);
        let joined = tokio::task::spawn_blocking(move || step(&files)).await;
        joined.unwrap_or_else(|stopped| {
            Err(StorageError::Unavailable {
                store: self.files.uri().to_owned(),
                key: key.to_owned(),
                operation,
                attempts: 1,
                reason: format!("the task was stopped: {stopped}"),
            })
        })
    }
}

#[async_trait]
impl ObjectStore for LocalStore {
    fn uri(&self) -> &str {
        self.files.uri()
    }

    async fn get(&self, key: &Key) -> Result<Bytes> {
        let of = key.clone();
        let read = self.blocking("get", key.as_str(), move |files| {
            let (file, size) = files.open_to_read(&of)?;
            files.read_at(&of, &file, 0..size)
        });
        let bytes = read.await?;
        self.counters.read(bytes.len());
        Ok(bytes)
    }

    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        let mut one = self.get_ranges(key, &[range]).await?;
        Ok(one.pop().unwrap_or_default())
    }

    /// Reads with one open file; no coalescing, because a system call costs less than a needless copy.
    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let (of, ranges) = (key.clone(), ranges.to_vec());
        let read = self.blocking("get", key.as_str(), move |files| {
            let (file, size) = files.open_to_read(&of)?;
            for range in &ranges {
                check_range(&of, range, size)?;
            }
            ranges.into_iter().map(|range| files.read_at(&of, &file, range)).collect::<Result<Vec<_>>>()
        });
        let all = read.await?;
        self.counters.read(all.iter().map(Bytes::len).sum());
        Ok(all)
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        let of = key.clone();
        self.blocking("head", key.as_str(), move |files| files.head(&of)).await
    }

    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        let of = key.clone();
        self.counters.wrote(bytes.len());
        self.blocking("put", key.as_str(), move |files| files.replace(&of, &bytes)).await
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome {
        let of = key.clone();
        self.counters.wrote(bytes.len());
        let put = self.blocking("put", key.as_str(), move |files| files.create(&of, &bytes));
        outcome(put.await)
    }

    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome {
        let (of, version) = (key.clone(), version.to_owned());
        let put =
            self.blocking("put", key.as_str(), move |files| files.replace_version(&of, &bytes, &version));
        outcome(put.await)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        check_prefix(prefix)?;
        if prefix.split('/').next() == Some(RESERVED) {
            return Ok(Vec::new());
        }
        let of = prefix.to_owned();
        self.blocking("list", prefix, move |files| files.list(&of)).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        let of = key.clone();
        self.blocking("delete", key.as_str(), move |files| files.remove(&of)).await
    }

    fn counters(&self) -> Counters {
        self.counters.snapshot()
    }
}

/// `Some(version)` means written, `None` that the condition did not hold.
fn outcome(result: Result<Option<String>>) -> PutOutcome {
    match result {
        Ok(Some(version)) => PutOutcome::Created(version),
        Ok(None) => PutOutcome::Exists,
        Err(error) => PutOutcome::Unknown(error),
    }
}

#[cfg(test)]
mod tests;
