//! Requests that read: an object or a range of it, what is known of it, and lists.

use std::ops::Range;

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use bytes::{Bytes, BytesMut};

use super::error::{Failure, Place, size};
use super::{S3Store, check_range};
use crate::{Key, ObjectMeta, Result};

/// A buffer is reserved up to this size on the server's word alone.
const RESERVED_BYTES_MAX: u64 = 64 << 20;

impl S3Store {
    /// Returns the object, or the bytes of a range that is not empty.
    pub(super) async fn read(&self, key: &Key, range: Option<Range<u64>>) -> Result<Bytes> {
        let place = self.place("get", key.as_str());
        self.counters.request();
        let mut request = self.client.get_object().bucket(&self.bucket).key(self.object(key));
        if let Some(range) = &range {
            request = request.range(format!("bytes={}-{}", range.start, range.end - 1));
        }
        let answer = match (request.send().await.map_err(|error| place.failure(error)), &range) {
            (Ok(answer), _) => answer,
            (Err(Failure::Range(_, size)), Some(range)) => {
                let size = match size {
                    Some(size) => size,
                    None => self.read_head(key).await?.size,
                };
                check_range(key, range, size)?;
                return Err(
                    place.unavailable(format!("range {range:?} refused for an object of {size} bytes"))
                );
            }
            (Err(failure), _) => return Err(failure.into_error()),
        };
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
        let expected = match &range {
            Some(range) => {
                // A range that starts inside and ends outside is cut short by the server, not refused.
                let size = answer.content_range().and_then(size);
                let size =
                    size.ok_or_else(|| place.unavailable("answer to a range without its size".to_owned()))?;
                check_range(key, range, size)?;
                range.end - range.start
            }
            None => length.ok_or_else(|| place.unavailable("answer without a length".to_owned()))?,
        };
        self.collect(place, answer.body, expected).await
    }

    /// Returns the body, which must have `expected` bytes.
    async fn collect(&self, place: Place<'_>, mut body: ByteStream, expected: u64) -> Result<Bytes> {
        let mut buffer = BytesMut::new();
        loop {
            let piece = match tokio::time::timeout(self.attempt_timeout, body.next()).await {
                Ok(Some(Ok(piece))) => piece,
                Ok(Some(Err(error))) => return Err(place.unavailable(format!("body broke off: {error}"))),
                Ok(None) => break,
                Err(_) => {
                    let waited = self.attempt_timeout;
                    return Err(place.unavailable(format!("no further byte of the body within {waited:?}")));
                }
            };
            self.counters.read(piece.len());
            if buffer.is_empty() {
                if piece.len() as u64 == expected {
                    return Ok(piece);
                }
                buffer.reserve(usize::try_from(expected.min(RESERVED_BYTES_MAX)).unwrap_or(0));
            }
            if (buffer.len() + piece.len()) as u64 > expected {
                return Err(place.unavailable(format!("body is longer than the {expected} bytes announced")));
            }
            buffer.extend_from_slice(&piece);
        }
        if buffer.len() as u64 != expected {
            return Err(place.unavailable(format!("body ended after {} of {expected} bytes", buffer.len())));
        }
        Ok(buffer.freeze())
    }

    pub(super) async fn read_head(&self, key: &Key) -> Result<ObjectMeta> {
        let place = self.place("head", key.as_str());
        self.counters.request();
        let sent = self.client.head_object().bucket(&self.bucket).key(self.object(key)).send().await;
        let answer = sent.map_err(|error| place.failure(error).into_error())?;
        meta(place, key.clone(), answer.content_length(), answer.last_modified(), answer.e_tag())
    }

    pub(super) async fn read_list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        let place = self.place("list", prefix);
        let full = format!("{}{prefix}", self.prefix);
        let mut found = Vec::new();
        let mut token = None;
        loop {
            self.counters.request();
            let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(&full);
            let sent = request.set_continuation_token(token.take()).send().await;
            let answer = sent.map_err(|error| place.failure(error).into_error())?;
            for object in answer.contents() {
                let name = object.key().and_then(|name| name.strip_prefix(&self.prefix)).unwrap_or_default();
                // Names that are no keys, such as the folder markers of other tools, are not ours.
                let Ok(key) = Key::new(name) else {
                    tracing::debug!(name = object.key(), "skipped an object whose name is not a key");
                    continue;
                };
                found.push(meta(place, key, object.size(), object.last_modified(), object.e_tag())?);
            }
            match answer.next_continuation_token() {
                Some(next) if answer.is_truncated() == Some(true) => token = Some(next.to_owned()),
                _ => return Ok(found),
            }
        }
    }
}

fn meta(
    place: Place<'_>,
    key: Key,
    size: Option<i64>,
    modified: Option<&DateTime>,
    version: Option<&str>,
) -> Result<ObjectMeta> {
    let size = size.and_then(|size| u64::try_from(size).ok());
    let (Some(size), Some(version)) = (size, version) else {
        return Err(place.unavailable(format!("{key} was described without a size or an ETag")));
    };
    let modified_us = modified.map_or(0, |time| {
        time.secs().saturating_mul(1_000_000).saturating_add(i64::from(time.subsec_nanos() / 1000))
    });
    Ok(ObjectMeta { key, size, modified_us, version: version.to_owned() })
}
