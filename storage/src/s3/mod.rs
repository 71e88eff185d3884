//! A store in an S3 bucket, by the AWS SDK.
//!
//! The SDK's own retries are off: a repeated conditional write can be refused by its own first success, and only
//! [`crate::RetryStore`], which [`crate::open`] puts around this store, knows which requests may be repeated.
//! An answer 412 is [`PutOutcome::Exists`]; 409 is not: some servers send it to one of two racing writers
//! when neither has won yet, so it is [`PutOutcome::Unknown`] like a timeout.

mod client;
mod error;
mod read;
mod write;

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use bytes::Bytes;

use crate::counters::RequestCounters;
use crate::object::{check_order, check_prefix, check_range};
use crate::{Counters, Key, ObjectMeta, ObjectStore, PutOutcome, Result, StorageError, coalesce};
pub use client::{S3Credentials, S3Options};
use error::Place;
use write::Condition;

/// Objects under one prefix of a bucket.
#[derive(Debug)]
pub struct S3Store {
    client: Client,
    uri: String,
    endpoint: String,
    bucket: String,
    /// Empty or ending in `/`.
    prefix: String,
    attempt_timeout: Duration,
    counters: RequestCounters,
}

impl S3Store {
    /// Returns the store under `prefix` (empty, or a key) of `bucket`. Makes no request to the store.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when an option has no meaning.
    pub async fn new(bucket: &str, prefix: &str, options: &S3Options) -> Result<Self> {
        let (client, endpoint) = client::connect(options).await?;
        let uri =
            if prefix.is_empty() { format!("s3://{bucket}") } else { format!("s3://{bucket}/{prefix}") };
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self {
            client,
            uri,
            endpoint,
            bucket: bucket.to_owned(),
            prefix,
            attempt_timeout: options.attempt_timeout,
            counters: RequestCounters::default(),
        })
    }

    fn object(&self, key: &Key) -> String {
        format!("{}{key}", self.prefix)
    }

    fn place<'a>(&'a self, operation: &'static str, key: &'a str) -> Place<'a> {
        Place { store: &self.uri, endpoint: &self.endpoint, bucket: &self.bucket, key, operation }
    }
}

#[async_trait]
impl ObjectStore for S3Store {
    fn uri(&self) -> &str {
        &self.uri
    }

    async fn get(&self, key: &Key) -> Result<Bytes> {
        self.read(key, None).await
    }

    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        check_order(key, &range)?;
        if range.is_empty() {
            // HTTP has no empty ranges; the answer still depends on the object.
            check_range(key, &range, self.head(key).await?.size)?;
            return Ok(Bytes::new());
        }
        self.read(key, Some(range)).await
    }

    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        coalesce::get_ranges(self, key, ranges).await
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        self.read_head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        self.write(key, bytes, Condition::None).await.map(drop)
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome {
        outcome(self.write(key, bytes, Condition::Absent).await)
    }

    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome {
        outcome(self.write(key, bytes, Condition::Version(version)).await)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        check_prefix(prefix)?;
        self.read_list(prefix).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.counters.request();
        let sent = self.client.delete_object().bucket(&self.bucket).key(self.object(key)).send().await;
        match sent.map_err(|error| self.place("delete", key.as_str()).failure(error)) {
            Ok(_) | Err(error::Failure::Other(StorageError::NotFound { .. })) => Ok(()),
            Err(failure) => Err(failure.into_error()),
        }
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
