//! Requests that write: one PUT, or a multipart upload when the object is large.
//!
//! Conditional writes are one PUT whatever their size: several servers check no condition when an upload is completed, and
//! the start-up probe has proved the promise of PUT only.

use std::time::Duration;

use aws_sdk_s3::config::Config;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CompletedMultipartUpload, CompletedPart, CreateBucketConfiguration,
};
use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::S3Store;
use super::client::REGION_DEFAULT;
use super::error::{Failure, Place};
use crate::{Key, Result, StorageError};

/// Objects longer than this are uploaded in parts of this size. S3 admits 10,000 parts of at least 5 MiB.
const PART_BYTES: usize = 16 << 20;
const PARTS_MAX: usize = 10_000;

/// A single PUT may take as long as a line of this speed needs for it.
const SLOWEST_BYTES_A_SECOND: usize = 1 << 20;

/// Parts of one object on the way at the same time.
const PARALLEL_PARTS: usize = 4;

/// What must hold for a write to take effect.
#[derive(Debug, Clone, Copy)]
pub(super) enum Condition<'a> {
    None,
    Absent,
    Version(&'a str),
}

impl Condition<'_> {
    fn if_none_match(self) -> Option<String> {
        matches!(self, Self::Absent).then(|| "*".to_owned())
    }

    fn if_match(self) -> Option<String> {
        match self {
            Self::Version(version) => Some(version.to_owned()),
            _ => None,
        }
    }
}

impl S3Store {
    /// Makes the store's bucket, unless the caller has it already.
    ///
    /// # Errors
    /// What the server answered: [`StorageError::Denied`] when the name belongs to another.
    pub async fn create_bucket(&self) -> Result<()> {
        let place = self.place("create", &self.bucket);
        self.counters.request();
        // AWS wants the region named, except its first.
        let region = self.client.config().region().map(|region| region.as_ref().to_owned());
        let elsewhere = region.filter(|region| region != REGION_DEFAULT).map(|region| {
            let constraint = BucketLocationConstraint::from(region.as_str());
            CreateBucketConfiguration::builder().location_constraint(constraint).build()
        });
        let request = self.client.create_bucket().bucket(&self.bucket);
        match request.set_create_bucket_configuration(elsewhere).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
            Err(error) => {
                let taken = error.code() == Some("BucketAlreadyExists");
                let error = place.failure(error).into_error();
                // Some servers know no owners and say so of every bucket; one that can be listed is ours to use.
                if taken && self.read_list("").await.is_ok() { Ok(()) } else { Err(error) }
            }
        }
    }

    /// Writes the object; returns its version, or `None` when the condition did not hold.
    pub(super) async fn write(
        &self,
        key: &Key,
        bytes: Bytes,
        condition: Condition<'_>,
    ) -> Result<Option<String>> {
        let place = self.place("put", key.as_str());
        let wrote = match condition {
            Condition::None if bytes.len() > PART_BYTES => self.upload(place, key, bytes).await,
            _ => self.put_whole(place, key, bytes, condition).await,
        };
        match wrote {
            Ok(Some(version)) => Ok(Some(version)),
            // Without a version the caller could not go on; it reads back and finds one there.
            Ok(None) => Err(place.unavailable("the write was acknowledged without an ETag".to_owned())),
            Err(Failure::Precondition(error)) => match condition {
                Condition::None => Err(error),
                Condition::Absent | Condition::Version(_) => Ok(None),
            },
            // AWS answers so when a version is asked of an absent object; Ceph answers 412.
            Err(Failure::Other(StorageError::NotFound { .. }))
                if matches!(condition, Condition::Version(_)) =>
            {
                Ok(None)
            }
            Err(failure) => Err(failure.into_error()),
        }
    }

    async fn put_whole(
        &self,
        place: Place<'_>,
        key: &Key,
        bytes: Bytes,
        condition: Condition<'_>,
    ) -> Result<Option<String>, Failure> {
        self.counters.request();
        self.counters.wrote(bytes.len());
        let request = self.client.put_object().bucket(&self.bucket).key(self.object(key));
        let request = request.set_if_none_match(condition.if_none_match()).set_if_match(condition.if_match());
        // The timeout counts from the first byte sent, and a long body takes its time.
        let patience =
            self.attempt_timeout + Duration::from_secs((bytes.len() / SLOWEST_BYTES_A_SECOND) as u64);
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(patience).build();
        let request = request.body(ByteStream::from(bytes)).customize();
        let sent = request.config_override(Config::builder().timeout_config(timeouts)).send().await;
        let answer = sent.map_err(|error| place.failure(error))?;
        Ok(answer.e_tag().map(str::to_owned))
    }

    /// Uploads in parts.
    async fn upload(&self, place: Place<'_>, key: &Key, bytes: Bytes) -> Result<Option<String>, Failure> {
        if bytes.len().div_ceil(PART_BYTES) > PARTS_MAX {
            let reason = format!("{key} has {} bytes, more than can be uploaded", bytes.len());
            return Err(Failure::Other(StorageError::Invalid { reason }));
        }
        self.counters.request();
        let sent =
            self.client.create_multipart_upload().bucket(&self.bucket).key(self.object(key)).send().await;
        let created = sent.map_err(|error| place.failure(error))?;
        let Some(id) = created.upload_id() else {
            return Err(Failure::Other(place.unavailable("an upload was opened without an id".to_owned())));
        };
        let done = self.upload_parts(place, key, id, bytes).await;
        if done.is_err() {
            // Parts of an upload left open are paid for and not seen; that this fails too changes nothing for the caller.
            self.counters.request();
            let abort = self.client.abort_multipart_upload().bucket(&self.bucket).key(self.object(key));
            if let Err(error) = abort.upload_id(id).send().await {
                tracing::debug!(%key, error = %place.failure(error).into_error(), "an upload could not be aborted");
            }
        }
        done
    }

    async fn upload_parts(
        &self,
        place: Place<'_>,
        key: &Key,
        id: &str,
        bytes: Bytes,
    ) -> Result<Option<String>, Failure> {
        let object = self.object(key);
        let starts = (0..bytes.len()).step_by(PART_BYTES);
        // At most 10,000 parts, so the number fits.
        let parts = (1i32..).zip(starts).map(|(number, start)| {
            let part = bytes.slice(start..bytes.len().min(start + PART_BYTES));
            let object = &object;
            async move {
                self.counters.request();
                self.counters.wrote(part.len());
                let request = self.client.upload_part().bucket(&self.bucket).key(object).upload_id(id);
                let sent = request.part_number(number).body(ByteStream::from(part)).send().await;
                let answer = sent.map_err(|error| place.failure(error))?;
                let e_tag = answer.e_tag().map(str::to_owned);
                Ok::<_, Failure>(CompletedPart::builder().part_number(number).set_e_tag(e_tag).build())
            }
        });
        let parts: Vec<_> = stream::iter(parts).buffered(PARALLEL_PARTS).try_collect().await?;
        self.counters.request();
        let complete =
            self.client.complete_multipart_upload().bucket(&self.bucket).key(&object).upload_id(id);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let sent = complete.multipart_upload(parts).send().await;
        let answer = sent.map_err(|error| place.failure(error))?;
        Ok(answer.e_tag().map(str::to_owned))
    }
}
